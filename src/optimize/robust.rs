//! Steps across the kinks: Gauss-Newton in which ρ is kept and only the residuals are linearised.
//!
//! `min_p Σ w ρ(r - J p) + ½ λ pᵀ D p` is convex and needs no further evaluation of the law. It is solved by
//! Newton's method with an exact line search, which passes as many kinks in one step as it pays to pass; the
//! damping λ follows how well the linear residuals foretold the true ones.

use super::newton::{cholesky, cholesky_solve};
use crate::kernel::power_sum::Workspace;
use crate::kernel::{Kernel, dispatch, dot, fma};
use crate::objective::Objective;

/// Newton steps in one convex problem.
const INNER_LIMIT: usize = 60;
/// Evaluations of the slope in one line search.
const LINE_LIMIT: usize = 40;
/// A gain below this, relatively, ends the descent.
const NO_GAIN: f64 = 1e-13;
/// Undamped steps that may pass without a new best point.
const STRIDES: usize = 12;
/// Steps in the coefficients alone after a stride that led uphill.
const REFITS: usize = 2;
/// Damping of the strides that are tried when undamped ones lead nowhere.
const STRIDE_DAMPINGS: [f64; 2] = [1e-3, 3e-2];
/// Damping from which a descent starts, in units of the curvature that all rows inside δ would have.
const FIRST_DAMPING: f64 = 1e-6;
/// Damping at which it gives up.
const LAST_DAMPING: f64 = 1e6;
/// Keeps the curvature positive definite where too few rows lie inside δ.
const RIDGE: f64 = 1e-13;

/// Buffers of the descent, for one thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Robust {
    residuals: Vec<f64>,
    jacobian: Vec<f64>,
    /// Residuals at the current p.
    inner: Vec<f64>,
    /// Change of the residuals along the step.
    along: Vec<f64>,
    slope: Vec<f64>,
    curved: Vec<f64>,
    trial: Vec<f64>,
    best: Vec<f64>,
    trial_residuals: Vec<f64>,
    trial_jacobian: Vec<f64>,
    p: Vec<f64>,
    step: Vec<f64>,
    /// Jᵀ W J: steps are damped by how much they change the residuals, so that a valley in which they hardly
    /// change is walked in strides.
    metric: Vec<f64>,
    gradient: Vec<f64>,
    matrix: Vec<f64>,
}

impl Robust {
    pub(super) fn new(parameters: usize) -> Self {
        let vector = vec![0.0; parameters];
        Self {
            trial: vector.clone(),
            best: vector.clone(),
            p: vector.clone(),
            step: vector.clone(),
            metric: vec![0.0; parameters * parameters],
            gradient: vector,
            matrix: vec![0.0; parameters * parameters],
            ..Self::default()
        }
    }

    /// Lowers the objective from `theta` in place; returns the evaluations used.
    pub(super) fn descend(
        &mut self,
        objective: &Objective,
        workspace: &mut Workspace,
        theta: &mut [f64],
        limit: usize,
    ) -> usize {
        let (rows, delta) = (objective.rows(), objective.delta());
        let (n, parameters) = (rows.ln_loss.len(), theta.len());
        for buffer in [&mut self.residuals, &mut self.trial_residuals, &mut self.inner, &mut self.along] {
            buffer.resize(n, 0.0);
        }
        self.slope.resize(n, 0.0);
        self.curved.resize(n, 0.0);
        self.jacobian.resize(n * parameters, 0.0);
        self.trial_jacobian.resize(n * parameters, 0.0);
        objective.linearise(theta, workspace, &mut self.residuals, &mut self.jacobian);
        let mut value = huber_sum(&self.residuals, &rows.weight, delta);
        let mut best = value;
        let mut damping = FIRST_DAMPING;
        let mut evaluations = 1;
        // Steps since the best point, which may lead uphill before they lead further down.
        let mut strides = 0;
        let mut striding = true;
        let mut shorter = STRIDE_DAMPINGS.into_iter();
        self.best.copy_from_slice(theta);
        while evaluations < limit && damping < LAST_DAMPING {
            if striding && strides > 0 {
                self.refit_coefficients(objective, workspace, theta, FIRST_DAMPING);
                evaluations += REFITS;
                value = huber_sum(&self.residuals, &rows.weight, delta);
                if value < best - NO_GAIN * best {
                    (best, strides) = (value, 0);
                    self.best.copy_from_slice(theta);
                }
            }
            let foretold = self.inner_minimum(&rows.weight, delta, damping);
            if !(value - foretold > NO_GAIN * value) {
                break;
            }
            for (j, trial) in self.trial.iter_mut().enumerate() {
                // L̂ itself is linear in a coefficient, so that a step p in ln c means c (1 + p).
                let p = self.p[j];
                *trial = theta[j] + if objective.is_coefficient(j) { retracted(p) } else { p };
            }
            objective.linearise(&self.trial, workspace, &mut self.trial_residuals, &mut self.trial_jacobian);
            evaluations += 1;
            let next = huber_sum(&self.trial_residuals, &rows.weight, delta);
            let ratio = (value - next) / (value - foretold);
            let better = next < best - NO_GAIN * best;
            if better || (striding && next.is_finite()) || ratio > 1e-4 {
                theta.copy_from_slice(&self.trial);
                std::mem::swap(&mut self.residuals, &mut self.trial_residuals);
                std::mem::swap(&mut self.jacobian, &mut self.trial_jacobian);
                value = next;
            }
            if better {
                (best, strides) = (next, 0);
                self.best.copy_from_slice(theta);
            } else {
                strides += 1;
            }
            if striding && strides >= STRIDES {
                // The strides led nowhere: back to the best point, and on with more care.
                strides = 0;
                match shorter.next() {
                    Some(more) => damping = more,
                    None => striding = false,
                }
                theta.copy_from_slice(&self.best);
                objective.linearise(theta, workspace, &mut self.residuals, &mut self.jacobian);
                evaluations += 1;
                value = best;
            } else if !striding {
                if ratio > 0.75 {
                    damping = (damping / 8.0).max(1e-12);
                } else if !(ratio > 0.25) {
                    damping *= 8.0;
                }
            }
        }
        theta.copy_from_slice(&self.best);
        evaluations
    }

    /// A few steps in the coefficients alone, at the exponents of `theta`: L̂ is linear in them.
    fn refit_coefficients(
        &mut self,
        objective: &Objective,
        workspace: &mut Workspace,
        theta: &mut [f64],
        damping: f64,
    ) {
        let (rows, n) = (objective.rows(), self.residuals.len());
        for _ in 0..REFITS {
            for j in (0..theta.len()).filter(|j| !objective.is_coefficient(*j)) {
                self.jacobian[j * n..][..n].fill(0.0);
            }
            self.inner_minimum(&rows.weight, objective.delta(), damping);
            for (j, theta) in theta.iter_mut().enumerate() {
                if objective.is_coefficient(j) {
                    *theta += retracted(self.p[j]);
                }
            }
            objective.linearise(theta, workspace, &mut self.residuals, &mut self.jacobian);
        }
    }

    /// Solves the convex problem; leaves its solution in `p` and returns Σ w ρ there, without the damping.
    fn inner_minimum(&mut self, weight: &[f64], delta: f64, damping: f64) -> f64 {
        let (n, parameters) = (self.residuals.len(), self.p.len());
        self.inner.copy_from_slice(&self.residuals);
        self.p.fill(0.0);
        for j in 0..parameters {
            let column = &self.jacobian[j * n..][..n];
            for ((out, w), x) in self.slope.iter_mut().zip(weight).zip(column) {
                *out = w * x;
            }
            for k in 0..=j {
                let value = dispatch(Dot(&self.slope, &self.jacobian[k * n..][..n]));
                self.metric[j * parameters + k] = value;
                self.metric[k * parameters + j] = value;
            }
            self.metric[j * parameters + j] *= 1.0 + 1e-9;
        }
        let mut value = huber_sum(&self.inner, weight, delta);
        for _ in 0..INNER_LIMIT {
            for i in 0..n {
                let r = self.inner[i];
                self.slope[i] = weight[i] * r.clamp(-delta, delta);
                self.curved[i] = if r.abs() <= delta { weight[i] } else { 0.0 };
            }
            for j in 0..parameters {
                let left = &self.jacobian[j * n..][..n];
                let damped: f64 = (0..parameters).map(|k| self.metric[j * parameters + k] * self.p[k]).sum();
                self.gradient[j] = damping * damped - dispatch(Dot(&self.slope, left));
                for ((out, curved), x) in self.along.iter_mut().zip(&self.curved).zip(left) {
                    *out = curved * x;
                }
                for k in 0..=j {
                    self.matrix[j * parameters + k] = dispatch(Dot(&self.along, &self.jacobian[k * n..][..n]))
                        + damping * self.metric[j * parameters + k];
                }
                self.matrix[j * parameters + j] += RIDGE * self.metric[j * parameters + j].max(f64::MIN_POSITIVE);
                self.step[j] = -self.gradient[j];
            }
            if !cholesky(&mut self.matrix, parameters) {
                break;
            }
            cholesky_solve(&self.matrix, &mut self.step);
            self.along.fill(0.0);
            for j in 0..parameters {
                let factor = self.step[j];
                for (out, x) in self.along.iter_mut().zip(&self.jacobian[j * n..][..n]) {
                    *out += factor * x;
                }
            }
            let t = self.exact_step(weight, delta, damping);
            if !(t > 0.0 && t.is_finite()) {
                break;
            }
            for (inner, along) in self.inner.iter_mut().zip(&self.along) {
                *inner -= t * along;
            }
            for (p, step) in self.p.iter_mut().zip(&self.step) {
                *p += t * step;
            }
            let next = huber_sum(&self.inner, weight, delta) ;
            let damped = 0.5 * damping * self.in_metric(&self.p, &self.p);
            let gain = value - (next + damped);
            value = next + damped;
            if !(gain > 1e-15 * value) {
                break;
            }
        }
        huber_sum(&self.inner, weight, delta)
    }

    /// aᵀ M b with M = Jᵀ W J: how much two steps change the same residuals.
    fn in_metric(&self, a: &[f64], b: &[f64]) -> f64 {
        let n = a.len();
        (0..n).map(|i| a[i] * (0..n).map(|j| self.metric[i * n + j] * b[j]).sum::<f64>()).sum()
    }

    /// The zero of the slope along the step: it rises, piecewise linearly, so that Newton's method between
    /// brackets ends after few pieces.
    fn exact_step(&self, weight: &[f64], delta: f64, damping: f64) -> f64 {
        let (linear, quadratic) =
            (damping * self.in_metric(&self.step, &self.p), damping * self.in_metric(&self.step, &self.step));
        let slope = |t: f64| {
            let line = Line { residuals: &self.inner, along: &self.along, weight, delta, t };
            let (first, second) = dispatch(line);
            (first + linear + t * quadratic, second + quadratic)
        };
        let (mut low, mut high, mut t) = (0.0, f64::INFINITY, 1.0);
        for _ in 0..LINE_LIMIT {
            let (first, second) = slope(t);
            if first == 0.0 {
                return t;
            }
            if first < 0.0 { low = t } else { high = t }
            let newton = t - first / second;
            let inside = newton > low && newton < high;
            let next = match (inside, high.is_finite()) {
                (true, _) if second > 0.0 => newton.min(if high.is_finite() { high } else { 16.0 * t }),
                (_, true) => 0.5 * (low + high),
                _ => 4.0 * t,
            };
            if (next - t).abs() <= 1e-14 * t {
                return next;
            }
            t = next;
        }
        t
    }
}

/// The change of ln c for a step p: to c (1 + p), but no further down than a tenth, because c is positive.
fn retracted(p: f64) -> f64 {
    p.max(-0.9).ln_1p()
}

/// Σ w ρ(r).
fn huber_sum(residuals: &[f64], weight: &[f64], delta: f64) -> f64 {
    let one = |r: f64| {
        let clipped = r.clamp(-delta, delta);
        clipped * (r - 0.5 * clipped)
    };
    residuals.iter().zip(weight).map(|(r, w)| w * one(*r)).sum()
}

struct Dot<'a>(&'a [f64], &'a [f64]);

impl Kernel for Dot<'_> {
    type Output = f64;
    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        dot::<FMA>(self.0, self.1)
    }
}

/// Slope and curvature of Σ w ρ(r - t a) in t.
struct Line<'a> {
    residuals: &'a [f64],
    along: &'a [f64],
    weight: &'a [f64],
    delta: f64,
    t: f64,
}

impl Kernel for Line<'_> {
    type Output = (f64, f64);
    #[inline(always)]
    fn run<const FMA: bool>(self) -> (f64, f64) {
        const LANES: usize = crate::kernel::LANES;
        let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
        let rows = self.residuals.as_chunks::<LANES>().0.iter().zip(self.along.as_chunks::<LANES>().0);
        for ((r, a), w) in rows.zip(self.weight.as_chunks::<LANES>().0) {
            for i in 0..LANES {
                let moved = fma::<FMA>(-self.t, a[i], r[i]);
                let wa = w[i] * a[i];
                first[i] = fma::<FMA>(-moved.clamp(-self.delta, self.delta), wa, first[i]);
                second[i] += if moved.abs() <= self.delta { wa * a[i] } else { 0.0 };
            }
        }
        (first.iter().sum(), second.iter().sum())
    }
}
