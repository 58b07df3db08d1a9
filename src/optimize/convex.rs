//! The problem `min_p Σ w ρ(r - J p) + Σ (g p + ½ h p²) + ½ Σ d p² + ½ pᵀ C p`: linear regression with Huber's ρ. g and h are the
//! slope and the curvature of priors. C, where there is one, is the curvature of the residuals.
//!
//! Newton's method with a line search that passes as many kinks in one step as it pays to pass.

use super::curvature::{Curvature, factor_shifted, product};
use crate::kernel::measure::Measure;
use crate::kernel::{Columns, Kernel, LANES, dispatch, dot, fma, fold, normal_equations};
use crate::numeric::cholesky::{cholesky, cholesky_solve};
use crate::objective::Penalty;

/// Newton steps.
const LIMIT: usize = 60;
/// Evaluations of the slope in one line search.
const LINE_LIMIT: usize = 40;
/// A step that foretells a gain of this many times all there is.
const ABSURD: f64 = 1e6;
/// Share of the slope at the start of a line search that may be left at its end.
const SLACK: f64 = 0.1;
/// A gain below this, relatively, ends the descent.
const NO_GAIN: f64 = 1e-14;
/// Nor is a gain worth another step that is this little of what was gained before: where residuals are taken to be linear,
/// and where it is known how they curve.
const LITTLE_GAIN: [f64; 2] = [2e-1, 1e-2];
/// Keeps the curvature positive definite where too few rows lie inside δ.
const RIDGE: f64 = 1e-13;
/// With curvature, a parameter's scale counts for this share of the largest at least: of a term that has all but vanished
/// nothing is known.
const LEAST_SCALE: f64 = 1e-6;

/// Buffers of the problem, for one thread, and its solution.
#[derive(Debug, Clone, Default)]
pub(super) struct Convex {
    /// The solution; 0 for parameters that are not free.
    pub(super) p: Vec<f64>,
    /// r - J p.
    residuals: Vec<f64>,
    /// J times the step.
    along: Vec<f64>,
    slope: Vec<f64>,
    curved: Vec<f64>,
    /// Minus the gradient.
    gain: Vec<f64>,
    step: Vec<f64>,
    scale: Vec<f64>,
    damping: Vec<f64>,
    /// Slope and curvature of the priors.
    slopes: Vec<f64>,
    firm: Vec<f64>,
    matrix: Vec<f64>,
    /// Where there is curvature: the lower triangle of the Gauss-Newton matrix of the rows inside δ at p = 0.
    pub(super) inside: Vec<f64>,
    /// The curvature of the residuals, p of the free parameters, and a matrix to fall back on.
    part: Vec<f64>,
    stepped: Vec<f64>,
    kept: Vec<f64>,
}

/// One problem: data and which parameters are free.
#[derive(Debug, Clone, Copy)]
pub(super) struct Problem<'a> {
    pub(super) residuals: &'a [f64],
    /// Parameter by parameter.
    pub(super) jacobian: &'a [f64],
    pub(super) weight: &'a [f64],
    pub(super) measure: Measure,
    /// What priors add at p = 0.
    pub(super) penalty: &'a Penalty,
    /// Indices of the free parameters.
    pub(super) free: &'a [usize],
    /// Whether each parameter is damped.
    pub(super) damped: &'a [bool],
    /// Damping in units of Σ w J², the curvature that all rows inside δ would have.
    pub(super) damping: f64,
    /// Whether steps along which there is no curvature are shortened before they are tried. Without, they run away, as they
    /// should where a parameter belongs at infinity.
    pub(super) careful: bool,
    /// Curvature of the residuals; none if they are linear.
    pub(super) curvature: Option<Curvature<'a>>,
}

impl Convex {
    pub(super) fn new(parameters: usize) -> Self {
        Self { p: vec![0.0; parameters], ..Self::default() }
    }

    /// Solves the problem; leaves its solution in `p` and returns what is minimised there, without the damping.
    pub(super) fn solve(&mut self, problem: Problem<'_>) -> f64 {
        let (n, free) = (problem.residuals.len(), problem.free.len());
        for buffer in [&mut self.residuals, &mut self.along, &mut self.slope, &mut self.curved] {
            buffer.resize(n, 0.0);
        }
        for buffer in [&mut self.gain, &mut self.step, &mut self.scale, &mut self.damping] {
            buffer.resize(free, 0.0);
        }
        for buffer in [&mut self.slopes, &mut self.firm] {
            buffer.clear();
            buffer.resize(free, 0.0);
        }
        for pull in &problem.penalty.pulls {
            if let Some(a) = problem.free.iter().position(|j| *j == pull.free) {
                self.slopes[a] += pull.slope;
                self.firm[a] += pull.firm;
            }
        }
        self.matrix.resize(free * free, 0.0);
        if problem.measure.below == 1.0 {
            dispatch(Solve::<false> { buffers: self, problem })
        } else {
            dispatch(Solve::<true> { buffers: self, problem })
        }
    }
}

/// `SIDED` says that negative residuals count otherwise.
struct Solve<'a, const SIDED: bool> {
    buffers: &'a mut Convex,
    problem: Problem<'a>,
}

impl<const SIDED: bool> Kernel for Solve<'_, SIDED> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let Problem {
            residuals,
            jacobian,
            weight,
            measure,
            penalty,
            free,
            damped,
            damping,
            careful,
            curvature,
        } = self.problem;
        let Measure { delta, below, .. } = measure;
        let Convex {
            p,
            residuals: inner,
            along,
            slope,
            curved,
            gain,
            step,
            scale,
            damping: own,
            slopes,
            firm,
            matrix,
            inside,
            part,
            stepped,
            kept,
        } = self.buffers;
        let (n, count) = (residuals.len(), free.len());
        inner.copy_from_slice(residuals);
        p.fill(0.0);
        for (a, &j) in free.iter().enumerate() {
            let column = &jacobian[j * n..][..n];
            for ((out, w), x) in slope.iter_mut().zip(weight).zip(column) {
                *out = w * x;
            }
            scale[a] = dot::<FMA>(slope, column).max(f64::MIN_POSITIVE);
        }
        let curves = curvature.is_some();
        let least = if curves { LEAST_SCALE * scale.iter().copied().fold(0.0, f64::max) } else { 0.0 };
        for (a, &j) in free.iter().enumerate() {
            scale[a] = scale[a].max(least);
            own[a] = if damped[j] { damping * scale[a] } else { 0.0 };
        }
        let little = LITTLE_GAIN[usize::from(curves)];
        stepped.clear();
        stepped.resize(count, 0.0);
        let mut value = huber_sum::<FMA, SIDED>(inner, weight, measure) + penalty.value;
        let (start, mut undamped) = (value, value);
        for round in 0..LIMIT {
            for ((r, w), (slope, curved)) in
                inner.iter().zip(weight).zip(slope.iter_mut().zip(curved.iter_mut()))
            {
                let w = w * side::<SIDED>(*r, below);
                *slope = w * r.clamp(-delta, delta);
                *curved = if r.abs() <= delta { w } else { 0.0 };
            }
            let columns = Columns { values: jacobian, stride: n, which: free };
            normal_equations::<FMA>(columns, slope, curved, gain, matrix);
            (0..count).for_each(|a| matrix[a * count + a] += firm[a]);
            if let (0, Some(curvature)) = (round, curvature) {
                inside.clear();
                inside.extend_from_slice(matrix);
                curvature.part(free, matrix, scale, part);
            }
            for a in 0..count {
                gain[a] -= slopes[a] + (own[a] + firm[a]) * stepped[a];
                matrix[a * count + a] += own[a] + RIDGE * scale[a];
            }
            let factored = if curves {
                for a in 0..count {
                    gain[a] -= product(part, a, stepped);
                }
                matrix.iter_mut().zip(&*part).for_each(|(matrix, part)| *matrix += part);
                factor_shifted(matrix, scale, kept)
            } else {
                cholesky(matrix, count)
            };
            if !factored {
                break;
            }
            step.copy_from_slice(gain);
            cholesky_solve(matrix, step);
            along.fill(0.0);
            let (mut downhill, mut linear, mut quadratic) = (0.0, 0.0, 0.0);
            for (a, &j) in free.iter().enumerate() {
                for (out, x) in along.iter_mut().zip(&jacobian[j * n..][..n]) {
                    *out = fma::<FMA>(step[a], *x, *out);
                }
                downhill -= gain[a] * step[a];
                linear += step[a] * (slopes[a] + (own[a] + firm[a]) * stepped[a]);
                quadratic += (own[a] + firm[a]) * step[a] * step[a];
                if curves {
                    linear += step[a] * product(part, a, stepped);
                    quadratic += step[a] * product(part, a, step);
                }
            }
            // Where no row lies inside δ along the step, its length means nothing.
            let absurd = careful && -downhill > ABSURD * value;
            let first = if absurd { value / -downhill } else { 1.0 };
            let along_step = (downhill, linear, quadratic);
            let t = line_search::<FMA, SIDED>(inner, along, weight, measure, first, along_step);
            if !(t > 0.0 && t.is_finite()) {
                break;
            }
            for (inner, along) in inner.iter_mut().zip(&*along) {
                *inner = fma::<FMA>(-t, *along, *inner);
            }
            undamped = huber_sum::<FMA, SIDED>(inner, weight, measure) + penalty.value;
            let mut damped = 0.0;
            for a in 0..count {
                stepped[a] += t * step[a];
                damped += 0.5 * own[a] * stepped[a] * stepped[a];
                undamped += stepped[a] * (slopes[a] + 0.5 * firm[a] * stepped[a]);
            }
            if curves {
                undamped += (0..count).map(|a| 0.5 * stepped[a] * product(part, a, stepped)).sum::<f64>();
            }
            let gained = value - (undamped + damped);
            value = undamped + damped;
            if !(gained > NO_GAIN * value + little * (start - value)) {
                break;
            }
        }
        for (a, &j) in free.iter().enumerate() {
            p[j] = stepped[a];
        }
        undamped
    }
}

/// Where the slope along a step has all but vanished: it rises, piecewise linearly, from `downhill` at 0.
/// Newton's method where its step stays between the brackets, else false position with the Illinois
/// correction. (No closure: it would be compiled without the wider instructions.)
#[inline(always)]
fn line_search<const FMA: bool, const SIDED: bool>(
    residuals: &[f64],
    along: &[f64],
    weight: &[f64],
    measure: Measure,
    first: f64,
    (downhill, linear, quadratic): (f64, f64, f64),
) -> f64 {
    let (mut low, mut low_slope) = (0.0, downhill);
    let (mut high, mut high_slope) = (f64::INFINITY, f64::INFINITY);
    let mut t = first;
    for _ in 0..LINE_LIMIT {
        let (first, second) = line::<FMA, SIDED>(residuals, along, weight, measure, t);
        let (first, second) = (first + linear + t * quadratic, second + quadratic);
        if first.abs() <= SLACK * downhill.abs() {
            break;
        }
        if first < 0.0 {
            (low, low_slope) = (t, first);
            high_slope *= 0.5;
        } else {
            (high, high_slope) = (t, first);
            low_slope *= 0.5;
        }
        let newton = t - first / second;
        t = if second > 0.0 && newton > low && newton < high {
            newton.min(16.0 * t)
        } else if high.is_finite() {
            low + (high - low) * low_slope / (low_slope - high_slope)
        } else {
            4.0 * t
        };
    }
    t
}

/// The change of ln c for a step p: L̂ is linear in c, so that it means c (1 + p), but no further down than a
/// tenth, because c is positive.
pub(super) fn retracted(p: f64) -> f64 {
    p.max(-0.9).ln_1p()
}

/// Slope and curvature of Σ w ρ(r - t a) in t.
#[inline(always)]
fn line<const FMA: bool, const SIDED: bool>(
    residuals: &[f64],
    along: &[f64],
    weight: &[f64],
    Measure { delta, below, .. }: Measure,
    t: f64,
) -> (f64, f64) {
    let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
    let rows = residuals.as_chunks::<LANES>().0.iter().zip(along.as_chunks::<LANES>().0);
    for ((r, a), w) in rows.zip(weight.as_chunks::<LANES>().0) {
        for i in 0..LANES {
            let moved = fma::<FMA>(-t, a[i], r[i]);
            let wa = w[i] * side::<SIDED>(moved, below) * a[i];
            first[i] = fma::<FMA>(-moved.clamp(-delta, delta), wa, first[i]);
            second[i] += if moved.abs() <= delta { wa * a[i] } else { 0.0 };
        }
    }
    (fold(first), fold(second))
}

/// What a residual's weight is multiplied by.
#[inline(always)]
fn side<const SIDED: bool>(residual: f64, below: f64) -> f64 {
    if SIDED && residual < 0.0 { below } else { 1.0 }
}

/// Σ w ρ(r).
#[inline(always)]
fn huber_sum<const FMA: bool, const SIDED: bool>(
    residuals: &[f64],
    weight: &[f64],
    Measure { delta, below, .. }: Measure,
) -> f64 {
    let mut value = [0.0; LANES];
    for (r, w) in residuals.as_chunks::<LANES>().0.iter().zip(weight.as_chunks::<LANES>().0) {
        for i in 0..LANES {
            let clipped = r[i].clamp(-delta, delta);
            let w = w[i] * side::<SIDED>(r[i], below);
            value[i] = fma::<FMA>(w * clipped, r[i] - 0.5 * clipped, value[i]);
        }
    }
    fold(value)
}

/// Σ w ρ(r) of residuals.
pub(super) struct Value<'a> {
    pub(super) residuals: &'a [f64],
    pub(super) weight: &'a [f64],
    pub(super) measure: Measure,
}

impl Kernel for Value<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        if self.measure.below == 1.0 {
            huber_sum::<FMA, false>(self.residuals, self.weight, self.measure)
        } else {
            huber_sum::<FMA, true>(self.residuals, self.weight, self.measure)
        }
    }
}
