//! Steps across the kinks: Gauss-Newton in which ρ is kept and only the residuals are linearised.
//!
//! Each step solves a [`Convex`] problem, which looks across all kinks at once. After it the coefficients are
//! refitted at the new exponents, L̂ being linear in them, so that a curved valley between a coefficient and its
//! exponent is walked along its floor. The damping, of the exponents alone, follows how well the linear
//! residuals foretold the true ones.

use super::convex::{Convex, Problem, Value, retracted};
use crate::kernel::dispatch;
use crate::kernel::power_sum::Workspace;
use crate::objective::Objective;

/// Most steps in the coefficients alone after each step in all parameters.
const REFITS: usize = 2;
/// Relative change of the objective that ends them.
const REFITTED: f64 = 1e-2;

/// How long a descent goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Effort {
    /// Evaluations.
    limit: usize,
    /// A gain below this, relatively, ends it.
    no_gain: f64,
    /// Damping from which it starts, in units of the curvature that all rows inside δ would have.
    first_damping: f64,
    /// Damping at which it gives up.
    last_damping: f64,
    /// By how much it changes.
    change: f64,
    /// As in [`Problem`].
    careful: bool,
}

impl Effort {
    /// Near a minimum, where only kinks are in the way.
    pub(super) const NEAR: Self = Self {
        limit: 150,
        no_gain: 1e-7,
        first_damping: 1e-6,
        last_damping: 1e6,
        change: 8.0,
        careful: false,
    };
    /// Near a minimum of least absolute deviations, where δ is so small that the last steps gain next to nothing.
    pub(super) const VERTEX: Self = Self { no_gain: 1e-14, careful: true, ..Self::NEAR };
    /// From anywhere: along a curved valley steps may gain little for long.
    pub(super) const ANYWHERE: Self = Self {
        limit: 3000,
        no_gain: 1e-14,
        first_damping: 1e-2,
        last_damping: 1e12,
        change: 2.0,
        ..Self::NEAR
    };
}

/// Buffers of the descent, for one thread.
#[derive(Debug, Clone)]
pub(super) struct Robust {
    residuals: Vec<f64>,
    jacobian: Vec<f64>,
    /// Residuals, Jacobian and θ of the best point, while another is tried.
    kept_residuals: Vec<f64>,
    kept_jacobian: Vec<f64>,
    kept: Vec<f64>,
    convex: Convex,
    all: Vec<usize>,
    coefficients: Vec<usize>,
    /// Which parameters are damped: the exponents.
    damped: Vec<bool>,
}

impl Robust {
    pub(super) fn new(objective: &Objective) -> Self {
        let parameters = objective.parameters();
        let is_coefficient = |j: &usize| objective.coordinates().is_coefficient(*j);
        Self {
            residuals: Vec::new(),
            jacobian: Vec::new(),
            kept_residuals: Vec::new(),
            kept_jacobian: Vec::new(),
            kept: vec![0.0; parameters],
            convex: Convex::new(parameters),
            all: (0..parameters).collect(),
            coefficients: (0..parameters).filter(is_coefficient).collect(),
            damped: (0..parameters).map(|j| !is_coefficient(&j)).collect(),
        }
    }

    /// Lowers the objective from `theta` in place; returns the evaluations used.
    pub(super) fn descend(
        &mut self,
        objective: &Objective,
        workspace: &mut Workspace,
        theta: &mut [f64],
        effort: Effort,
    ) -> usize {
        let (n, parameters) = (objective.rows().target.len(), theta.len());
        for buffer in [&mut self.residuals, &mut self.kept_residuals] {
            buffer.resize(n, 0.0);
        }
        for buffer in [&mut self.jacobian, &mut self.kept_jacobian] {
            buffer.resize(n * parameters, 0.0);
        }
        let mut evaluations = 1;
        objective.linearise(theta, workspace, (&mut self.residuals, &mut self.jacobian));
        let mut value = self.refit_coefficients(objective, workspace, (theta, effort), &mut evaluations);
        let mut damping = effort.first_damping;
        while evaluations < effort.limit && damping < effort.last_damping {
            let penalty = &objective.penalty(theta, workspace);
            let foretold = self.convex.solve(Problem {
                residuals: &self.residuals,
                jacobian: &self.jacobian,
                weight: &objective.rows().weight,
                measure: objective.measure(workspace),
                penalty,
                free: &self.all,
                damped: &self.damped,
                damping,
                careful: effort.careful,
                curvature: None,
            });
            if !(value - foretold > effort.no_gain * value) {
                break;
            }
            self.kept.copy_from_slice(theta);
            for (j, theta) in theta.iter_mut().enumerate() {
                let p = self.convex.p[j];
                *theta += if self.damped[j] { p } else { retracted(p) };
            }
            std::mem::swap(&mut self.residuals, &mut self.kept_residuals);
            std::mem::swap(&mut self.jacobian, &mut self.kept_jacobian);
            objective.linearise(theta, workspace, (&mut self.residuals, &mut self.jacobian));
            evaluations += 1;
            let next = self.refit_coefficients(objective, workspace, (theta, effort), &mut evaluations);
            let ratio = (value - next) / (value - foretold);
            if ratio > 1e-4 {
                value = next;
            } else {
                theta.copy_from_slice(&self.kept);
                std::mem::swap(&mut self.residuals, &mut self.kept_residuals);
                std::mem::swap(&mut self.jacobian, &mut self.kept_jacobian);
            }
            if ratio > 0.75 {
                damping = (damping / effort.change).max(1e-12);
            } else if !(ratio > 0.25) {
                damping *= effort.change;
            }
        }
        evaluations
    }

    /// Steps in the coefficients alone, at the exponents of `theta`. Returns the objective.
    fn refit_coefficients(
        &mut self,
        objective: &Objective,
        workspace: &mut Workspace,
        (theta, effort): (&mut [f64], Effort),
        evaluations: &mut usize,
    ) -> f64 {
        let (weight, measure) = (&objective.rows().weight, objective.measure(workspace));
        let mut penalty = objective.penalty(theta, workspace);
        let mut value = dispatch(Value { residuals: &self.residuals, weight, measure }) + penalty.value;
        for _ in 0..REFITS {
            if !value.is_finite() || self.coefficients.is_empty() {
                break;
            }
            self.convex.solve(Problem {
                residuals: &self.residuals,
                jacobian: &self.jacobian,
                weight,
                measure,
                penalty: &penalty,
                free: &self.coefficients,
                damped: &self.damped,
                damping: 0.0,
                careful: effort.careful,
                curvature: None,
            });
            for &j in &self.coefficients {
                theta[j] += retracted(self.convex.p[j]);
            }
            objective.linearise(theta, workspace, (&mut self.residuals, &mut self.jacobian));
            *evaluations += 1;
            let before = value;
            penalty = objective.penalty(theta, workspace);
            value = dispatch(Value { residuals: &self.residuals, weight, measure }) + penalty.value;
            if !((before - value).abs() > REFITTED * value) {
                break;
            }
        }
        value
    }
}
