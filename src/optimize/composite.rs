//! Steps across the kinks that know how the residuals curve.
//!
//! Each step minimises a model that keeps ρ, linearises the residuals and adds their curvature, `-Σ ψ ∂² ln L̂`: sequential
//! quadratic programming for composite objectives (Fletcher 1982, Math. Prog. Study 17, 67). It looks across all kinks as
//! [`Robust`](super::robust::Robust) does, and converges as Newton's method does. Three things let its steps be long:
//!
//! - A coefficient is stepped in its own unit, c (1 + p): L̂ is linear in it, and a term that is to vanish is seen at once.
//! - A step along a curved valley ends beside its floor: the coefficients alone take it back (a second-order correction).
//! - Where curvature is negative its size is taken instead (Dauphin et al. 2014, arXiv 1406.2572).

use super::convex::{Convex, Problem, Value, retracted};
use super::curvature::{Curvature, learn};
use crate::kernel::power_sum::Workspace;
use crate::kernel::{dispatch, dot_slices};
use crate::objective::{Objective, Penalty};

/// A gain below this, relatively, ends the descent: Newton's method proves the rest.
const NO_GAIN: f64 = 1e-10;
/// A step longer than this share of the longest is taken again with the size of all curvature that is negative.
const LONG: f64 = 0.2;
/// Lengths at which a step is tried, each a quarter of the one before.
const TRIES: usize = 3;
/// Corrections of one trial.
const CORRECTIONS: usize = 3;
/// Share of the foretold gain below which a trial is corrected, and the loss, in foretold gains, from which on it is too late.
const POOR: f64 = 0.75;
const HOPELESS: f64 = -2e4;
/// Share of the foretold gain that is enough.
const ENOUGH: f64 = 1e-2;
/// Damping after a first failure, in units of the curvature that all rows inside δ would have; below the least it is none.
const FIRST_DAMPING: f64 = 1e-5;
const LEAST_DAMPING: f64 = 1e-7;
const LAST_DAMPING: f64 = 1e8;
/// Largest share of L̂ from which a term that shrinks may be about to vanish, and one at which it has.
const SMALL: f64 = 0.1;
const VANISHED: f64 = 1e-12;

/// Buffers of the descent, for one thread.
#[derive(Debug, Clone)]
pub(super) struct Composite {
    residuals: Vec<f64>,
    jacobian: Vec<f64>,
    /// Residuals and Jacobian at the point that is tried.
    next_residuals: Vec<f64>,
    next_jacobian: Vec<f64>,
    kept: Vec<f64>,
    step: Vec<f64>,
    gradient: Vec<f64>,
    change: Vec<f64>,
    slope: Vec<f64>,
    /// The Hessian, or where it is learnt the curvature of the residuals; and the same in the coordinates of the steps.
    hessian: Vec<f64>,
    steps: Vec<f64>,
    /// Whether `hessian` is the whole.
    whole: bool,
    /// What priors add.
    penalty: Penalty,
    convex: Convex,
    all: Vec<usize>,
    coefficients: Vec<usize>,
    every: Vec<bool>,
}

/// How far a descent may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach<'a> {
    /// The longest step of each parameter.
    pub(super) longest: &'a [f64],
    /// Evaluations.
    pub(super) limit: usize,
    /// Coefficients that are not looked at again if they shrink.
    pub(super) settled: &'a [usize],
}

/// How a descent ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Descended {
    pub(super) value: f64,
    pub(super) evaluations: usize,
    /// A coefficient that is about to vanish: it ended there.
    pub(super) vanishing: Option<usize>,
}

impl Composite {
    pub(super) fn new(objective: &Objective) -> Self {
        let parameters = objective.parameters();
        let vector = vec![0.0; parameters];
        Self {
            residuals: Vec::new(),
            jacobian: Vec::new(),
            next_residuals: Vec::new(),
            next_jacobian: Vec::new(),
            kept: vector.clone(),
            step: vector.clone(),
            gradient: vector.clone(),
            change: vector,
            slope: Vec::new(),
            hessian: vec![0.0; parameters * parameters],
            steps: vec![0.0; parameters * parameters],
            whole: true,
            penalty: Penalty::default(),
            convex: Convex::new(parameters),
            all: (0..parameters).collect(),
            coefficients: (0..parameters).filter(|j| objective.coordinates().is_coefficient(*j)).collect(),
            every: vec![true; parameters],
        }
    }

    /// Lowers the objective from `theta` in place.
    pub(super) fn descend(
        &mut self,
        objective: &Objective,
        workspace: &mut Workspace,
        theta: &mut [f64],
        reach: Reach<'_>,
    ) -> Descended {
        let (n, parameters) = (objective.rows().target.len(), theta.len());
        for buffer in [&mut self.residuals, &mut self.next_residuals, &mut self.slope] {
            buffer.resize(n, 0.0);
        }
        for buffer in [&mut self.jacobian, &mut self.next_jacobian] {
            buffer.resize(n * parameters, 0.0);
        }
        objective.linearise(theta, workspace, (&mut self.residuals, &mut self.jacobian));
        let mut value = self.differentiate(objective, workspace, theta);
        let mut evaluations = 1;
        let (mut damping, mut rise) = (0.0f64, 4.0);
        // The longest step that is tried, in units of the longest.
        let mut radius = 1.0f64;
        while evaluations < reach.limit && damping < LAST_DAMPING {
            let foretold = self.model(objective, workspace, damping, reach.longest);
            if !(value - foretold > NO_GAIN * value) {
                break;
            }
            let vanishing = self.vanishing(objective, reach.settled);
            if vanishing.is_some() {
                return Descended { value, evaluations, vanishing };
            }
            let size = self.size(reach.longest);
            let mut scale = if size > radius { radius / size } else { 1.0 };
            self.kept.copy_from_slice(theta);
            self.step.copy_from_slice(&self.convex.p);
            let mut ratio = f64::NEG_INFINITY;
            let mut tries = 0;
            while tries < TRIES && !(ratio > ENOUGH) {
                scale *= if tries > 0 { 0.25 } else { 1.0 };
                tries += 1;
                let gain = scale * (value - foretold);
                ratio = self.attempt(objective, workspace, theta, (scale, value, gain), &mut evaluations);
            }
            if ratio > ENOUGH {
                std::mem::swap(&mut self.residuals, &mut self.next_residuals);
                std::mem::swap(&mut self.jacobian, &mut self.next_jacobian);
                value = if objective.terms().is_some() {
                    self.differentiate(objective, workspace, theta)
                } else {
                    self.learn(objective, workspace, theta)
                };
                radius = if tries > 1 { 2.0 * scale * size } else { (4.0 * radius).min(1.0) };
                damping *= if ratio > POOR { 0.2 } else { 0.5 };
                if damping < LEAST_DAMPING {
                    damping = 0.0;
                }
                rise = 4.0;
            } else {
                theta.copy_from_slice(&self.kept);
                damping = (rise * damping).max(FIRST_DAMPING);
                rise *= 2.0;
            }
        }
        Descended { value, evaluations, vanishing: None }
    }

    /// How the objective rises with a coefficient at `theta`, as a share of what cancels in it.
    pub(super) fn rise(
        &mut self,
        objective: &Objective,
        workspace: &mut Workspace,
        theta: &[f64],
        coefficient: usize,
    ) -> f64 {
        objective.linearise(theta, workspace, (&mut self.residuals, &mut self.jacobian));
        self.pull(objective, workspace);
        let n = self.residuals.len();
        let pulls = self.jacobian[coefficient * n..][..n].iter().zip(&self.slope).map(|(x, s)| -x * s);
        let penalty = objective.penalty(theta, workspace);
        let of_priors = penalty.pulls.iter().filter(|pull| pull.free == coefficient).map(|pull| pull.slope);
        let pulls = pulls.chain(of_priors);
        let (sum, sizes) = pulls.fold((0.0, 0.0), |(sum, sizes), x| (sum + x, sizes + x.abs()));
        if sizes > 0.0 { sum / sizes } else { 0.0 }
    }

    /// w ρ' of each row, into `slope`.
    fn pull(&mut self, objective: &Objective, workspace: &Workspace) {
        let (weight, measure) = (&objective.rows().weight, objective.measure(workspace));
        for (slope, (r, w)) in self.slope.iter_mut().zip(self.residuals.iter().zip(weight)) {
            let side = if *r < 0.0 { measure.below } else { 1.0 };
            *slope = side * w * r.clamp(-measure.delta, measure.delta);
        }
    }

    /// The objective, with its Hessian.
    fn differentiate(&mut self, objective: &Objective, workspace: &mut Workspace, theta: &[f64]) -> f64 {
        let sums = objective.hessian(theta, workspace, (&mut self.gradient, &mut self.hessian));
        self.whole = true;
        self.penalty = objective.penalty(theta, workspace);
        self.set_steps();
        sums.value
    }

    /// The objective, with the curvature of the residuals as the last step has it. For laws that are no sum of powers, whose
    /// Hessian takes an evaluation a parameter: it is exact at the start, and then learns from how the Jacobian changes.
    fn learn(&mut self, objective: &Objective, workspace: &Workspace, theta: &[f64]) -> f64 {
        let (weight, measure) = (&objective.rows().weight, objective.measure(workspace));
        let (n, p) = (self.residuals.len(), theta.len());
        if self.whole {
            for a in 0..p {
                for b in 0..p {
                    self.hessian[a * p + b] -= self.convex.inside[a.max(b) * p + a.min(b)];
                }
            }
            self.whole = false;
        }
        self.pull(objective, workspace);
        let pull = |jacobian: &[f64], j: usize| dot_slices(&jacobian[j * n..][..n], &self.slope);
        for j in 0..p {
            self.step[j] = theta[j] - self.kept[j];
            self.gradient[j] = -pull(&self.jacobian, j);
            self.change[j] = self.gradient[j] + pull(&self.next_jacobian, j);
        }
        learn(&mut self.hessian, &self.step, &mut self.change);
        self.penalty = objective.penalty(theta, workspace);
        self.penalty.pulls.iter().for_each(|pull| self.gradient[pull.free] += pull.slope);
        self.set_steps();
        dispatch(Value { residuals: &self.residuals, weight, measure }) + self.penalty.value
    }

    /// For θ = ln (1 + p): d²f/dp² = d²f/dθ² - df/dθ.
    fn set_steps(&mut self) {
        self.steps.copy_from_slice(&self.hessian);
        for &j in &self.coefficients {
            self.steps[j * self.gradient.len() + j] -= self.gradient[j];
        }
    }

    /// Leaves the step in `convex.p` and returns the objective that the model foretells.
    fn model(&mut self, objective: &Objective, workspace: &Workspace, damping: f64, longest: &[f64]) -> f64 {
        let problem = Problem {
            residuals: &self.residuals,
            jacobian: &self.jacobian,
            weight: &objective.rows().weight,
            measure: objective.measure(workspace),
            penalty: &self.penalty,
            free: &self.all,
            damped: &self.every,
            damping,
            careful: true,
            curvature: Some(Curvature { matrix: &self.steps, whole: self.whole, absolute: false }),
        };
        let foretold = self.convex.solve(problem);
        if self.size(longest) < LONG {
            return foretold;
        }
        let curvature = Curvature { matrix: &self.steps, whole: self.whole, absolute: true };
        self.convex.solve(Problem { curvature: Some(curvature), ..problem })
    }

    /// The length of the step, in units of the longest of each parameter.
    fn size(&self, longest: &[f64]) -> f64 {
        let sizes = self.convex.p.iter().zip(longest).map(|(p, longest)| p.abs() / longest);
        sizes.fold(0.0, f64::max)
    }

    /// A coefficient that the step takes to zero, or that shrinks and counts for little already.
    fn vanishing(&self, objective: &Objective, settled: &[usize]) -> Option<usize> {
        let (n, rows) = (self.residuals.len(), objective.rows().len);
        let share = |j: usize| {
            let column = &self.jacobian[j * n..][..rows];
            column.iter().fold(0.0f64, |most, x| most.max(x.abs())) / objective.size()
        };
        let is_vanishing = |j: &usize| {
            let p = self.convex.p[*j];
            p <= -1.0 || (p < 0.0 && (VANISHED..SMALL).contains(&share(*j)))
        };
        self.coefficients.iter().copied().filter(|j| !settled.contains(j)).find(is_vanishing)
    }

    /// Puts a share of the step into `theta`, corrected by the coefficients where it helps; returns the gain as a share of
    /// the one foretold.
    fn attempt(
        &mut self,
        objective: &Objective,
        workspace: &mut Workspace,
        theta: &mut [f64],
        (scale, value, foretold): (f64, f64, f64),
        evaluations: &mut usize,
    ) -> f64 {
        for (theta, (kept, step)) in theta.iter_mut().zip(self.kept.iter().zip(&self.step)) {
            *theta = kept + scale * step;
        }
        for &j in &self.coefficients {
            theta[j] = self.kept[j] + retracted(scale * self.step[j]);
        }
        let (weight, measure) = (&objective.rows().weight, objective.measure(workspace));
        let mut look = |theta: &[f64], residuals: &mut Vec<f64>, jacobian: &mut Vec<f64>| {
            objective.linearise(theta, workspace, (&mut *residuals, jacobian));
            *evaluations += 1;
            let penalty = objective.penalty(theta, workspace);
            let sum = dispatch(Value { residuals: &*residuals, weight, measure }) + penalty.value;
            ((value - sum) / foretold, penalty)
        };
        let (mut ratio, mut penalty) = look(theta, &mut self.next_residuals, &mut self.next_jacobian);
        for _ in 0..CORRECTIONS {
            if ratio > POOR || !(ratio > HOPELESS) {
                break;
            }
            self.convex.solve(Problem {
                residuals: &self.next_residuals,
                jacobian: &self.next_jacobian,
                weight,
                measure,
                penalty: &penalty,
                free: &self.coefficients,
                damped: &self.every,
                damping: 0.0,
                careful: false,
                curvature: None,
            });
            for &j in &self.coefficients {
                theta[j] += retracted(self.convex.p[j]);
            }
            let before = ratio;
            (ratio, penalty) = look(theta, &mut self.next_residuals, &mut self.next_jacobian);
            if !(ratio > before) {
                break;
            }
        }
        ratio
    }
}
