//! One draw of a bend: a function of where a run is.

use nalgebra::DVector;
use rand_chacha::ChaCha8Rng;

use super::Bend;
use super::features::Features;
use super::way::Way;
use crate::fit::MOST_AXES;
use crate::kernel::{Kernel, LANES, dispatch, fma, fold};
use crate::numeric::random::{chi_squared, normal, stream, uniform};

/// Waves of which a draw of the process is a sum: their covariance is off by 1/√(2 × 32) in one draw, and right over all.
const WAVES: usize = 32;
/// How often a draw is tried whose exponents are to keep their sign.
const TRIES: usize = 32;
/// Stream of the first draw, above those of the replicates and the residuals.
const STREAM: u64 = 1 << 40;

/// `ln L = ln L̂ + J dθ + δ(x)`, of one dθ and one δ.
#[derive(Debug, Clone)]
pub(crate) struct BendDraw {
    /// The place of the family that it was drawn from.
    family: usize,
    /// dθ, on the fitted scale, of each parameter of the law.
    change: Vec<f64>,
    /// What the covariance with each chosen point is multiplied by.
    pull: Vec<f64>,
    waves: Waves,
}

/// A draw, and what it was drawn from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bent<'a> {
    pub(crate) bend: &'a Bend,
    pub(crate) draw: &'a BendDraw,
}

/// Of each wave: its frequency along each axis (axis by axis), phase and amplitude.
#[derive(Debug, Clone)]
struct Waves {
    frequencies: Vec<[f64; WAVES]>,
    phases: [f64; WAVES],
    amplitudes: [f64; WAVES],
}

impl Waves {
    /// A process of variance `amplitude`² over this length.
    fn new(rng: &mut ChaCha8Rng, axes: usize, length: f64, amplitude: f64) -> Self {
        let each = |of: &mut dyn FnMut() -> f64| std::array::from_fn(|_| of());
        let frequencies = (0..axes).map(|_| each(&mut || normal(rng) / length)).collect();
        let phases = each(&mut || std::f64::consts::TAU * uniform(rng));
        // A normal cosine and a normal sine make a wave of Rayleigh's amplitude.
        let amplitudes = each(&mut || amplitude * (-2.0 * uniform(rng).ln() / WAVES as f64).sqrt());
        Self { frequencies, phases, amplitudes }
    }

    fn at(&self, x: &[f64]) -> f64 {
        dispatch(Added { waves: self, x })
    }

    /// The waves of one place, added to some lanes.
    #[inline(always)]
    fn add<const FMA: bool>(&self, x: &[f64], sums: &mut [f64; LANES]) {
        let mut angles = self.phases;
        for (frequencies, x) in self.frequencies.iter().zip(x) {
            for i in 0..WAVES {
                angles[i] = fma::<FMA>(frequencies[i], *x, angles[i]);
            }
        }
        for block in 0..WAVES / LANES {
            for i in 0..LANES {
                let wave = block * LANES + i;
                sums[i] = fma::<FMA>(self.amplitudes[wave], cos::<FMA>(angles[wave]), sums[i]);
            }
        }
    }

    /// Their sum at a place, and how it changes along some directions.
    #[inline(always)]
    fn changes<const FMA: bool>(&self, way: &Way, axes: usize, sums: &mut [[f64; LANES]; 4]) {
        let (mut angles, mut rates, mut asides) = (self.phases, [0.0; WAVES], [0.0; WAVES]);
        for (axis, frequencies) in self.frequencies.iter().enumerate().take(axes) {
            for i in 0..WAVES {
                angles[i] = fma::<FMA>(frequencies[i], way.at[axis], angles[i]);
                rates[i] = fma::<FMA>(frequencies[i], way.to[axis], rates[i]);
                asides[i] = fma::<FMA>(frequencies[i], way.aside[axis], asides[i]);
            }
        }
        for block in 0..WAVES / LANES {
            for i in 0..LANES {
                let wave = block * LANES + i;
                let (sin, cos) = sin_cos::<FMA>(angles[wave]);
                let (sin, cos, rate) =
                    (self.amplitudes[wave] * sin, self.amplitudes[wave] * cos, rates[wave]);
                sums[0][i] += cos;
                sums[1][i] = fma::<FMA>(-rate, sin, sums[1][i]);
                sums[2][i] = fma::<FMA>(-rate * rate, cos, sums[2][i]);
                sums[3][i] = fma::<FMA>(-asides[wave], sin, sums[3][i]);
            }
        }
    }
}

struct Added<'a> {
    waves: &'a Waves,
    x: &'a [f64],
}

impl Kernel for Added<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let mut sums = [0.0; LANES];
        self.waves.add::<FMA>(self.x, &mut sums);
        fold(sums)
    }
}

/// Waves and features of some places.
struct Both<'a> {
    waves: &'a Waves,
    features: &'a Features,
    weights: &'a [f64],
    axes: usize,
    points: &'a [[f64; MOST_AXES]],
    to: &'a mut [f64],
}

impl Kernel for Both<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (to, x) in self.to.iter_mut().zip(self.points) {
            let x = &x[..self.axes];
            let mut sums = [0.0; LANES];
            self.waves.add::<FMA>(x, &mut sums);
            self.features.add::<FMA>(x, self.weights, &mut sums);
            *to += fold(sums);
        }
    }
}

/// Waves and features along a way.
struct Along<'a> {
    waves: &'a Waves,
    features: &'a Features,
    weights: &'a [f64],
    axes: usize,
    way: &'a Way,
}

impl Kernel for Along<'_> {
    type Output = [f64; 4];

    #[inline(always)]
    fn run<const FMA: bool>(self) -> [f64; 4] {
        let mut sums = [[0.0; LANES]; 4];
        self.waves.changes::<FMA>(self.way, self.axes, &mut sums);
        self.features.changes::<FMA>((self.way, self.axes), self.weights, &mut sums);
        let [value, slope, curvature, aside] = sums;
        [fold(value), fold(slope), fold(curvature), fold(aside)]
    }
}

/// The cosine to 1e-10, without a branch, so that several are worked out at once.
#[inline(always)]
fn cos<const FMA: bool>(angle: f64) -> f64 {
    let (rest, sign) = reduced::<FMA>(angle);
    series::<FMA>(rest * rest, &COS) * sign
}

/// The sine to 1e-9, and the cosine.
#[inline(always)]
fn sin_cos<const FMA: bool>(angle: f64) -> (f64, f64) {
    let (rest, sign) = reduced::<FMA>(angle);
    let x = rest * rest;
    (series::<FMA>(x, &SIN) * rest * sign, series::<FMA>(x, &COS) * sign)
}

const COS: [f64; 8] = [
    1.0,
    -0.5,
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40_320.0,
    -1.0 / 3_628_800.0,
    1.0 / 479_001_600.0,
    -1.0 / 87_178_291_200.0,
];
const SIN: [f64; 7] = [
    1.0,
    -1.0 / 6.0,
    1.0 / 120.0,
    -1.0 / 5_040.0,
    1.0 / 362_880.0,
    -1.0 / 39_916_800.0,
    1.0 / 6_227_020_800.0,
];

/// What is left of an angle beside the nearest multiple of π, and the sign that this multiple gives.
#[inline(always)]
fn reduced<const FMA: bool>(angle: f64) -> (f64, f64) {
    /// 1.5 · 2⁵²: added to a small number, it leaves the nearest integer.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let nearest = |x: f64| (x + ROUND) - ROUND;
    let halves = nearest(angle * std::f64::consts::FRAC_1_PI);
    let odd = fma::<FMA>(-2.0, nearest(0.5 * halves), halves).abs();
    (fma::<FMA>(halves, -std::f64::consts::PI, angle), fma::<FMA>(-2.0, odd, 1.0))
}

#[inline(always)]
fn series<const FMA: bool>(x: f64, of: &[f64]) -> f64 {
    let mut sum = of[of.len() - 1];
    for i in (0..of.len() - 1).rev() {
        sum = fma::<FMA>(sum, x, of[i]);
    }
    sum
}

impl Bend {
    /// Draw `index` of a law that bends, whose exponents keep their sign; none where it is not likely to bend at all, or no such draw
    /// is found.
    pub(crate) fn draw(&self, seed: u64, index: usize) -> Option<BendDraw> {
        let mut rng = stream(seed, STREAM + index as u64);
        (0..TRIES).find_map(|_| self.any(&mut rng))
    }

    fn any(&self, rng: &mut ChaCha8Rng) -> Option<BendDraw> {
        let mut left = self.probability * uniform(rng);
        let mut chosen = None;
        for component in &self.components {
            let Some(bent) = &component.bent else { continue };
            chosen = Some((component, bent));
            left -= component.weight;
            if left <= 0.0 {
                break;
            }
        }
        let (component, bent) = chosen?;
        let (family, dims) = (&self.families[component.family], self.axes.len());
        let scale = (self.freedom / chi_squared(rng, self.freedom).max(f64::MIN_POSITIVE)).sqrt();
        let sigma = component.variance.sqrt() * scale;
        let mut own = DVector::from_fn(bent.mean.len(), |_, _| sigma * normal(rng));
        // With L Lᵀ the inverse covariance over σ², L⁻ᵀ of normal numbers has the covariance.
        bent.beside.l_dirty().tr_solve_lower_triangular_mut(&mut own);
        let coefficients = &bent.mean + own;
        let noise = DVector::from_fn(family.explained.len(), |_, _| sigma * normal(rng));
        let by_law = &family.explained - &family.overlap * &coefficients + noise;
        let change = self.tangent.spread(&(&self.whitening * (&family.inverse * by_law)));
        if self.positive.iter().any(|place| self.tangent.theta()[*place] + change[*place] <= 0.0) {
            return None;
        }
        let waves = Waves::new(rng, dims, family.features.length, bent.ratio * sigma);
        let at_points = family.features.points.iter().map(|x| waves.at(x));
        let mut pull = DVector::from_iterator(coefficients.len(), at_points);
        // The process less what its values at the chosen points say of it, plus what the coefficients do.
        let factor = &family.features.factor;
        let solved = factor.solve_lower_triangular_mut(&mut pull);
        pull = coefficients - pull;
        (solved && factor.tr_solve_lower_triangular_mut(&mut pull)).then(|| BendDraw {
            family: component.family,
            change,
            pull: family.features.weights(&pull),
            waves,
        })
    }
}

impl<'a> Bent<'a> {
    fn features(&self) -> &'a Features {
        &self.bend.families[self.draw.family].features
    }

    /// Adds δ at some points of so many axes.
    #[inline]
    pub(crate) fn add(&self, points: &[[f64; MOST_AXES]], to: &mut [f64]) {
        let (axes, waves, weights) = (self.bend.axes.len(), &self.draw.waves, &*self.draw.pull);
        dispatch(Both { waves, features: self.features(), weights, axes, points, to });
    }

    /// δ on a way, its first and second derivative in the direction, and its first in the other.
    #[inline]
    pub(crate) fn along(&self, way: &Way) -> [f64; 4] {
        let (axes, waves, weights) = (self.bend.axes.len(), &self.draw.waves, &*self.draw.pull);
        dispatch(Along { waves, features: self.features(), weights, axes, way })
    }

    /// The length over which it bends, in e-folds.
    pub(crate) fn length(&self) -> f64 {
        self.features().length
    }

    pub(crate) fn axes(&self) -> &'a crate::fit::Axes {
        &self.bend.axes
    }

    /// The optimum, on the fitted scale, of which [`change`](Self::change) is one.
    pub(crate) fn theta(&self) -> &'a [f64] {
        self.bend.tangent.theta()
    }

    /// dθ, on the fitted scale, of each parameter of the law.
    pub(crate) fn change(&self) -> &'a [f64] {
        &self.draw.change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_and_cosines_are_right() {
        for i in -2000..2000 {
            let angle = f64::from(i) * 0.1237;
            assert!((cos::<false>(angle) - angle.cos()).abs() < 1e-9, "{angle}");
            assert!((sin_cos::<false>(angle).0 - angle.sin()).abs() < 2e-9, "{angle}");
        }
    }

    #[test]
    fn waves_have_the_covariance_of_the_process() {
        let (mut rng, mut sums) = (stream(7, 0), [0.0; 2]);
        let count = 20_000;
        for _ in 0..count {
            let waves = Waves::new(&mut rng, 2, 2.0, 3.0);
            let [a, b] = [[1.0, 5.0], [2.0, 3.0]].map(|x| waves.at(&x));
            sums[0] += a * a;
            sums[1] += a * b;
        }
        // 9, and 9 exp(-5/8), each known to 9 √(2/20000) = .09: four of these.
        for (sum, expected) in sums.iter().zip([9.0, 9.0 * (-0.625f64).exp()]) {
            assert!((sum / f64::from(count) - expected).abs() < 0.36, "{sums:?}");
        }
    }
}
