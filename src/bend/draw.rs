//! One draw of a bend: a function of where a run is.

use nalgebra::DVector;
use rand_chacha::ChaCha8Rng;

use super::Bend;
use super::features::Features;
use crate::fit::MOST_AXES;
use crate::kernel::{Kernel, LANES, dispatch, fma};
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

    /// The waves of one place, added up.
    #[inline(always)]
    fn sum<const FMA: bool>(&self, x: &[f64]) -> f64 {
        let mut angles = self.phases;
        for (frequencies, x) in self.frequencies.iter().zip(x) {
            for i in 0..WAVES {
                angles[i] = fma::<FMA>(frequencies[i], *x, angles[i]);
            }
        }
        let mut sums = [0.0; LANES];
        for block in 0..WAVES / LANES {
            for i in 0..LANES {
                let wave = block * LANES + i;
                sums[i] = fma::<FMA>(self.amplitudes[wave], cos::<FMA>(angles[wave]), sums[i]);
            }
        }
        sums.iter().sum()
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
        self.waves.sum::<FMA>(self.x)
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
            *to += self.waves.sum::<FMA>(x) + self.features.weighted::<FMA>(x, self.weights);
        }
    }
}

/// The cosine to 1e-10, without a branch, so that several are worked out at once: by the nearest multiple of π.
#[inline(always)]
fn cos<const FMA: bool>(angle: f64) -> f64 {
    /// 1.5 · 2⁵²: added to a small number, it leaves the nearest integer.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const SERIES: [f64; 8] = [
        1.0,
        -0.5,
        1.0 / 24.0,
        -1.0 / 720.0,
        1.0 / 40_320.0,
        -1.0 / 3_628_800.0,
        1.0 / 479_001_600.0,
        -1.0 / 87_178_291_200.0,
    ];
    let nearest = |x: f64| (x + ROUND) - ROUND;
    let halves = nearest(angle * std::f64::consts::FRAC_1_PI);
    let rest = fma::<FMA>(halves, -std::f64::consts::PI, angle);
    let odd = fma::<FMA>(-2.0, nearest(0.5 * halves), halves).abs();
    let x = rest * rest;
    let mut sum = SERIES[SERIES.len() - 1];
    for i in (0..SERIES.len() - 1).rev() {
        sum = fma::<FMA>(sum, x, SERIES[i]);
    }
    sum * fma::<FMA>(-2.0, odd, 1.0)
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
    fn cosines_are_right() {
        for i in -2000..2000 {
            let angle = f64::from(i) * 0.1237;
            assert!((cos::<false>(angle) - angle.cos()).abs() < 1e-9, "{angle}");
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
