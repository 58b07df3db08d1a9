//! One draw of a bend: a function of where a run is.

use nalgebra::DVector;
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::Bend;
use super::features::Features;
use crate::kernel::{Kernel, dispatch};
use crate::numeric::random::{normal, stream, uniform};

/// Waves of which a draw of the process is a sum: their covariance is off by 1/√(2 × 32) in one draw, and right over all.
const WAVES: usize = 32;
/// Stream of the first draw, above those of the replicates and the residuals.
const STREAM: u64 = 1 << 40;

/// `ln L = ln L̂ + J dθ + δ(x)`, of one dθ and one δ.
#[derive(Debug, Clone)]
pub(crate) struct BendDraw<'a> {
    bend: &'a Bend,
    features: &'a Features,
    /// dθ, on the fitted scale, of each parameter of the law.
    pub(crate) change: Vec<f64>,
    /// What the covariance with each chosen point is multiplied by.
    pull: Vec<f64>,
    waves: Waves,
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
}

/// The waves of one place, added up.
struct Added<'a> {
    waves: &'a Waves,
    x: &'a [f64],
}

impl Kernel for Added<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let mut angles = self.waves.phases;
        for (frequencies, x) in self.waves.frequencies.iter().zip(self.x) {
            angles.iter_mut().zip(frequencies).for_each(|(angle, frequency)| *angle += frequency * x);
        }
        angles.iter_mut().zip(&self.waves.amplitudes).for_each(|(angle, by)| *angle = by * cos(*angle));
        angles.iter().sum()
    }
}

/// The cosine to 1e-10, without a branch, so that several are worked out at once: by the nearest multiple of π.
#[inline(always)]
fn cos(angle: f64) -> f64 {
    /// 1.5 · 2⁵²: added to a small number, it leaves the nearest integer.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let nearest = |x: f64| (x + ROUND) - ROUND;
    let halves = nearest(angle * std::f64::consts::FRAC_1_PI);
    let rest = angle - halves * std::f64::consts::PI;
    let odd = (halves - 2.0 * nearest(0.5 * halves)).abs();
    let x = rest * rest;
    let series = [-0.5, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40_320.0, -1.0 / 3_628_800.0, 1.0 / 479_001_600.0];
    let tail = x.powi(7) / -87_178_291_200.0;
    let sum = 1.0 + tail + x * series.iter().rev().fold(0.0, |sum, c| sum * x + c);
    sum * (1.0 - 2.0 * odd)
}

impl Bend {
    /// Draw `index` of a law that bends; none where it is not likely to bend at all.
    pub(crate) fn draw(&self, seed: u64, index: usize) -> Option<BendDraw<'_>> {
        let mut rng = stream(seed, STREAM + index as u64);
        let mut left = self.probability * uniform(&mut rng);
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
        let scale = ChiSquared::new(self.freedom).map_or(1.0, |law| {
            (self.freedom / law.inverse_cdf(uniform(&mut rng)).max(f64::MIN_POSITIVE)).sqrt()
        });
        let sigma = component.variance.sqrt() * scale;
        let mut own = DVector::from_fn(bent.mean.len(), |_, _| sigma * normal(&mut rng));
        // With L Lᵀ the inverse covariance over σ², L⁻ᵀ of normal numbers has the covariance.
        bent.beside.l_dirty().tr_solve_lower_triangular_mut(&mut own);
        let coefficients = &bent.mean + own;
        let noise = DVector::from_fn(family.explained.len(), |_, _| sigma * normal(&mut rng));
        let by_law = &family.explained - &family.overlap * &coefficients + noise;
        let moved = &self.whitening * (&family.inverse * by_law);
        let waves = Waves::new(&mut rng, dims, family.features.length, bent.ratio * sigma);
        let at_points = family.features.points.iter().map(|x| waves.at(x));
        let mut pull = DVector::from_iterator(coefficients.len(), at_points);
        // The process less what its values at the chosen points say of it, plus what the coefficients do.
        let factor = &family.features.factor;
        let solved = factor.solve_lower_triangular_mut(&mut pull);
        pull = coefficients - pull;
        (solved && factor.tr_solve_lower_triangular_mut(&mut pull)).then(|| BendDraw {
            bend: self,
            features: &family.features,
            change: self.tangent.spread(&moved),
            pull: family.features.weights(&pull),
            waves,
        })
    }
}

impl BendDraw<'_> {
    /// δ at a point of the axes.
    pub(crate) fn at(&self, x: &[f64]) -> f64 {
        self.waves.at(x) + self.features.weighted(x, &self.pull)
    }

    pub(crate) fn axes(&self) -> &crate::fit::Axes {
        &self.bend.axes
    }

    /// The optimum, on the fitted scale, of which `change` is one.
    pub(crate) fn theta(&self) -> &[f64] {
        self.bend.tangent.theta()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_are_right() {
        for i in -2000..2000 {
            let angle = f64::from(i) * 0.1237;
            assert!((cos(angle) - angle.cos()).abs() < 1e-9, "{angle}");
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
