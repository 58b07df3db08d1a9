//! Newton's method with a Levenberg shift, from near a minimum to a gradient at rounding.

use super::composite::Composite;
use super::minimum::{Minimum, Termination};
use super::robust::Robust;
use crate::kernel::measure::Sums;
use crate::kernel::power_sum::Workspace;
use crate::numeric::cholesky::{cholesky, cholesky_solve};
use crate::numeric::sum::product;
use crate::objective::Objective;

/// Gradient, relative to what cancels in it, below which a point is stationary: some thousand roundings.
const STATIONARY: f64 = 1e-12;
/// Gradient below which a point is stationary too if a full Newton step would gain nothing and does not: where
/// a residual sits on a knee of ρ, rounding of its sign is all that is left.
const FLAT: f64 = 1e-8;
/// Predicted gain, relative to the objective, below which a step is not worth taking.
const NO_GAIN: f64 = 1e-14;
/// Curvature and gradient, relative to the largest there could be, below which a parameter is dead.
const DEAD: f64 = 1e-13;
/// Mean |residual| of a perfect fit: what rounding makes of ln L, or of L over the mean L, at the most; what it does as a rule; and the
/// mean slope of ρ below which that shows in sums.
const PERFECT: f64 = 1e-14;
const ROUNDED: f64 = 1e-15;
const NEARLY: f64 = 1e-5;
/// Levenberg shift beyond which no step that long could fail to descend but for rounding.
const LARGEST_SHIFT: f64 = 1e12;

/// Buffers of a polish, for one thread.
#[derive(Debug, Clone)]
pub(crate) struct Polisher {
    pub(crate) workspace: Workspace,
    pub(super) theta: Vec<f64>,
    trial: Vec<f64>,
    step: Vec<f64>,
    pub(super) gradient: Vec<f64>,
    trial_gradient: Vec<f64>,
    hessian: Vec<f64>,
    trial_hessian: Vec<f64>,
    factor: Vec<f64>,
    /// The size of each parameter, and its longest step.
    units: Vec<f64>,
    pub(super) longest: Vec<f64>,
    pub(super) robust: Robust,
    pub(super) composite: Composite,
}

impl Polisher {
    pub(crate) fn new(objective: &Objective) -> Self {
        let p = objective.parameters();
        let (vector, matrix) = (vec![0.0; p], vec![0.0; p * p]);
        Self {
            workspace: objective.workspace(),
            theta: vector.clone(),
            trial: vector.clone(),
            step: vector.clone(),
            gradient: vector.clone(),
            trial_gradient: vector,
            hessian: matrix.clone(),
            trial_hessian: matrix.clone(),
            factor: matrix,
            units: objective.coordinates().free_units(),
            longest: objective.coordinates().longest_steps(),
            robust: Robust::new(objective),
            composite: Composite::new(objective),
        }
    }

    /// The objective at a point.
    pub(crate) fn value(&mut self, objective: &Objective, point: &[f64]) -> f64 {
        self.workspace.softening = 1.0;
        objective.gradient(point, &mut self.workspace, &mut self.trial_gradient).value
    }

    /// Newton's method from `self.theta`, for `limit` evaluations at most.
    pub(super) fn newton(&mut self, objective: &Objective, limit: usize) -> Minimum {
        self.try_newton(objective, limit, usize::MAX)
    }

    /// The same until so many steps have failed.
    pub(super) fn try_newton(&mut self, objective: &Objective, limit: usize, failures: usize) -> Minimum {
        let mut failed = 0;
        let out = (&mut *self.gradient, &mut *self.hessian);
        let mut sums = objective.hessian(&self.theta, &mut self.workspace, out);
        let mut evaluations = 1;
        let mut shift = 0.0f64;
        let mut relative = objective.relative_gradient(sums, &self.gradient, &self.workspace);
        let termination = loop {
            let descent = self.solve(&mut shift, sums.slope);
            let gain = -0.5 * product(&self.gradient, &self.step);
            let flat = relative <= FLAT && shift == 0.0 && descent && gain <= NO_GAIN * sums.value;
            if relative <= STATIONARY && (!descent || gain <= NO_GAIN * sums.value) {
                break Termination::Stationary;
            }
            if perfect(objective, sums) {
                break Termination::Stationary;
            }
            if !descent || shift > LARGEST_SHIFT {
                let is_rounded =
                    nearly_perfect(objective, sums) && is_mean(objective, relative * sums.slope, PERFECT);
                break if is_rounded { Termination::Stationary } else { Termination::Stalled };
            }
            if evaluations >= limit {
                break Termination::EvaluationLimit;
            }
            let sizes = self.step.iter().zip(&self.longest).map(|(step, longest)| step.abs() / longest);
            let size = sizes.fold(0.0, f64::max);
            let scale = if size > 1.0 { 1.0 / size } else { 1.0 };
            for ((trial, theta), step) in self.trial.iter_mut().zip(&self.theta).zip(&self.step) {
                *trial = theta + scale * step;
            }
            let out = (&mut *self.trial_gradient, &mut *self.trial_hessian);
            let next = objective.hessian(&self.trial, &mut self.workspace, out);
            evaluations += 1;
            let next_relative = objective.relative_gradient(next, &self.trial_gradient, &self.workspace);
            let predicted = scale * (2.0 - scale) * gain;
            let ratio = (sums.value - next.value) / predicted;
            if improves(objective, (sums, relative), (next, next_relative)) {
                shift = match ratio {
                    r if r > 0.75 => shift / 8.0,
                    r if r < 0.25 => 4.0 * shift.max(1e-4),
                    _ => shift,
                };
                if shift < 1e-7 {
                    shift = 0.0;
                }
                (sums, relative) = (next, next_relative);
                std::mem::swap(&mut self.theta, &mut self.trial);
                std::mem::swap(&mut self.gradient, &mut self.trial_gradient);
                std::mem::swap(&mut self.hessian, &mut self.trial_hessian);
            } else if relative <= STATIONARY || flat {
                break Termination::Stationary;
            } else {
                failed += 1;
                if failed >= failures {
                    break Termination::EvaluationLimit;
                }
                shift = 8.0 * shift.max(1e-4);
            }
        };
        Minimum {
            theta: self.theta.clone(),
            objective: sums.value,
            gradient: relative,
            termination,
            evaluations,
        }
    }

    /// Solves (H + shift · |diag H|) step = -gradient, raising the shift until the matrix is positive
    /// definite; false if no shift is enough.
    fn solve(&mut self, shift: &mut f64, slope: f64) -> bool {
        let p = self.theta.len();
        let (hessian, units) = (&self.hessian, &self.units);
        // A firm prior is no measure of what rows say of the other parameters.
        let of_priors = |i: usize| {
            self.workspace.pulls.iter().filter(|(own, ..)| *own == i).map(|(.., by)| by).sum::<f64>()
        };
        let curvature = |i: usize| (hessian[i * p + i] - of_priors(i)).abs() * units[i] * units[i];
        let largest = (0..p).map(curvature).fold(0.0, f64::max);
        let is_dead = |i: usize, gradient: &[f64]| {
            curvature(i) <= DEAD * largest && gradient[i].abs() * units[i] <= DEAD * slope
        };
        if !(largest.is_finite() && largest > 0.0) {
            return false;
        }
        while *shift <= LARGEST_SHIFT {
            self.factor.copy_from_slice(&self.hessian);
            for i in 0..p {
                if is_dead(i, &self.gradient) {
                    // The term of this parameter has vanished: leave it where it is.
                    for j in 0..p {
                        self.factor[i * p + j] = 0.0;
                        self.factor[j * p + i] = 0.0;
                    }
                    self.factor[i * p + i] = 1.0;
                } else {
                    let unit = units[i] * units[i];
                    self.factor[i * p + i] += *shift * curvature(i).max(1e-10 * largest) / unit;
                }
            }
            if cholesky(&mut self.factor, p) {
                for i in 0..p {
                    self.step[i] = if is_dead(i, &self.gradient) { 0.0 } else { -self.gradient[i] };
                }
                cholesky_solve(&self.factor, &mut self.step);
                return self.step.iter().all(|s| s.is_finite());
            }
            *shift = 4.0 * shift.max(2.5e-4);
        }
        false
    }
}

/// Lower, or as low to rounding and flatter: sums and relative gradient of the point and of the next. Rounding moves each residual, and
/// the objective by that times its slope.
fn improves(objective: &Objective, (now, relative): (Sums, f64), (next, next_relative): (Sums, f64)) -> bool {
    let of_residuals =
        if nearly_perfect(objective, now) { ROUNDED * objective.size() * now.slope } else { 0.0 };
    let rounding = 8.0 * f64::EPSILON * now.value + of_residuals;
    next.value < now.value - rounding || (next.value <= now.value + rounding && next_relative < relative)
}

/// Whether all residuals are rounding: then so is their gradient, and no step can improve it.
fn perfect(objective: &Objective, sums: Sums) -> bool {
    // Summing the weights is for those that can pass alone.
    sums.slope < 1e-6 * objective.size() && is_mean(objective, sums.slope, PERFECT)
}

/// Whether residuals are so small that rounding shows in what they are summed to.
fn nearly_perfect(objective: &Objective, sums: Sums) -> bool {
    is_mean(objective, sums.slope, NEARLY)
}

/// Whether a sum of slopes over the rows is no more than this on the mean.
fn is_mean(objective: &Objective, slope: f64, most: f64) -> bool {
    slope <= most * objective.size() * objective.rows().weight.iter().sum::<f64>()
}
