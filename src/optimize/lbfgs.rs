//! L-BFGS with More-Thuente line search, by argmin; its types stay in this file.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use crate::kernel::power_sum::Workspace;
use crate::objective::Objective;

/// Pairs of steps and gradient changes remembered.
const MEMORY: usize = 10;

/// The objective as argmin wants it: cost and gradient are asked for separately at the same point, so one
/// pass is kept; the best point is kept because argmin loses it when a line search fails; and evaluations
/// are counted because its line search has no limit of its own.
struct Problem<'a> {
    objective: &'a Objective,
    limit: usize,
    state: RefCell<State<'a>>,
}

struct State<'a> {
    workspace: &'a mut Workspace,
    theta: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    best: Vec<f64>,
    best_value: f64,
    evaluations: usize,
}

#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error("evaluation limit")]
    EvaluationLimit,
    #[error("the objective is not finite")]
    NotFinite,
}

impl Problem<'_> {
    fn evaluate<T>(&self, theta: &[f64], read: impl Fn(&State<'_>) -> T) -> Result<T, Error> {
        let state = &mut *self.state.borrow_mut();
        if state.theta != theta {
            if state.evaluations >= self.limit {
                return Err(Stop::EvaluationLimit.into());
            }
            state.evaluations += 1;
            state.value = self.objective.gradient(theta, state.workspace, &mut state.gradient).value;
            state.theta.clear();
            state.theta.extend_from_slice(theta);
            if !state.value.is_finite() {
                return Err(Stop::NotFinite.into());
            }
            if state.value < state.best_value {
                state.best_value = state.value;
                state.best.copy_from_slice(theta);
            }
        }
        Ok(read(state))
    }
}

impl CostFunction for &Problem<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, Error> {
        self.evaluate(theta, |state| state.value)
    }
}

impl Gradient for &Problem<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, Error> {
        self.evaluate(theta, |state| state.gradient.clone())
    }
}

/// Where a descent came to.
#[derive(Debug, Clone)]
pub(super) struct Descent {
    /// The best point seen, centred.
    pub(super) theta: Vec<f64>,
    /// The objective there; infinite if it was not evaluated.
    pub(super) objective: f64,
    pub(super) evaluations: usize,
}

/// Descends from `start` (centred). How it ended is of no interest: the polish decides.
pub(super) fn descend(
    objective: &Objective,
    workspace: &mut Workspace,
    start: &[f64],
    limit: usize,
) -> Descent {
    let problem = Problem {
        objective,
        limit,
        state: RefCell::new(State {
            workspace,
            theta: Vec::new(),
            value: f64::INFINITY,
            gradient: vec![0.0; start.len()],
            best: start.to_vec(),
            best_value: f64::INFINITY,
            evaluations: 0,
        }),
    };
    // Below the objective's scale of 1e-3, but not at rounding: the descent only has to reach the basin.
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_cost(1e-12)
        .and_then(|solver| solver.with_tolerance_grad(1e-9));
    if let Ok(solver) = solver {
        // An error here is a line search that failed or the limit: the best point so far is what counts.
        let _ended = Executor::new(&problem, solver)
            .configure(|state| state.param(start.to_vec()).max_iters(limit as u64).counting(false))
            .timer(false)
            .run();
    }
    let state = problem.state.into_inner();
    Descent { theta: state.best, objective: state.best_value, evaluations: state.evaluations }
}
