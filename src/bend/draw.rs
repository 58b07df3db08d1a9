//! One draw of a bend: a function of where a run is.

use nalgebra::DVector;
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::Bend;
use super::features::Features;
use crate::numeric::random::{stream, uniform};

/// Waves of which a draw of the process is a sum: their covariance is off by 1/√(2 × 64) in one draw, and right over all.
const WAVES: usize = 64;
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
    pull: DVector<f64>,
    /// Frequencies, and amplitudes of cosine and sine.
    waves: Vec<(Vec<f64>, f64, f64)>,
}

impl Bend {
    /// Draw `index`; none where it has no bend.
    pub(crate) fn draw(&self, seed: u64, index: usize) -> Option<BendDraw<'_>> {
        let mut rng = stream(seed, STREAM + index as u64);
        let mut left = uniform(&mut rng);
        let component = self.components.iter().find(|component| {
            left -= component.weight;
            left <= 0.0
        });
        let component = component.or(self.components.last())?;
        let bent = component.bent.as_ref()?;
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
        let amplitude = bent.ratio * sigma / (WAVES as f64).sqrt();
        let length = family.features.length;
        let waves: Vec<_> = (0..WAVES)
            .map(|_| {
                let frequency = (0..dims).map(|_| normal(&mut rng) / length).collect();
                (frequency, amplitude * normal(&mut rng), amplitude * normal(&mut rng))
            })
            .collect();
        let at_points = family.features.points.iter().map(|x| sum_of(&waves, x));
        let mut pull = DVector::from_iterator(coefficients.len(), at_points);
        // The process less what its values at the chosen points say of it, plus what the coefficients do.
        let factor = &family.features.factor;
        let solved = factor.solve_lower_triangular_mut(&mut pull);
        pull = coefficients - pull;
        (solved && factor.tr_solve_lower_triangular_mut(&mut pull)).then(|| BendDraw {
            bend: self,
            features: &family.features,
            change: self.tangent.spread(&moved),
            pull,
            waves,
        })
    }
}

impl BendDraw<'_> {
    /// δ at a point of the axes.
    pub(crate) fn at(&self, x: &[f64]) -> f64 {
        sum_of(&self.waves, x) + self.features.covariances(x).dot(&self.pull)
    }

    pub(crate) fn axes(&self) -> &crate::fit::Axes {
        &self.bend.axes
    }

    /// The optimum, on the fitted scale, of which `change` is one.
    pub(crate) fn theta(&self) -> &[f64] {
        self.bend.tangent.theta()
    }
}

fn sum_of(waves: &[(Vec<f64>, f64, f64)], x: &[f64]) -> f64 {
    let wave = |(frequency, of_cos, of_sin): &(Vec<f64>, f64, f64)| {
        let (sin, cos) = frequency.iter().zip(x).map(|(f, x)| f * x).sum::<f64>().sin_cos();
        of_cos * cos + of_sin * sin
    };
    waves.iter().map(wave).sum()
}

/// A normal number (Box and Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v) = (uniform(rng), uniform(rng));
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}
