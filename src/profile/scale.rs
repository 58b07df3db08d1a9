//! The scale of the density that makes Huber's objective a likelihood.

use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::erf::erf;

/// Halvings of the bracket: more change nothing in double precision.
const HALVINGS: usize = 60;

/// The s that maximises the likelihood of residuals whose mean ρ_δ is `mean` under the density
/// `exp(-ρ_δ(r)/s) / Z(s)`, with `Z = G + T`, `G = √(2πs) erf(δ/√(2s))` the part within δ and
/// `T = (2s/δ) exp(-δ²/(2s))` the tails (Huber 1964 for the form). Setting the slope in s to zero gives
/// `mean = s² Z'/Z = s (G/2 + T) / (G + T)`, which rises with s; so s lies between the mean (δ → 0, Laplace) and
/// twice the mean (δ → ∞, Gaussian: the variance).
pub(crate) fn likelihood_scale(mean: f64, delta: f64) -> f64 {
    let mean_at = |s: f64| {
        let (core, tails) = normaliser(s, delta);
        s * (0.5 * core + tails) / (core + tails)
    };
    let (mut low, mut high) = (mean, 2.0 * mean);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if mean_at(middle) < mean { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// G and T, the parts of Z within δ and beyond.
fn normaliser(s: f64, delta: f64) -> (f64, f64) {
    let u = delta / (2.0 * s).sqrt();
    ((2.0 * std::f64::consts::PI * s).sqrt() * erf(u), 2.0 * s / delta * (-u * u).exp())
}

/// The greatest log likelihood a row of residuals whose mean ρ_δ is `mean`.
pub(crate) fn log_likelihood(mean: f64, delta: f64) -> f64 {
    let s = likelihood_scale(mean, delta);
    let (core, tails) = normaliser(s, delta);
    -mean / s - (core + tails).ln()
}

/// The quantile of χ² with one degree of freedom.
pub(super) fn chi_squared(level: f64) -> f64 {
    ChiSquared::new(1.0).map_or(f64::NAN, |chi| chi.inverse_cdf(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_that_of_laplace_and_of_gauss_at_the_two_ends() {
        assert!((likelihood_scale(3e-6, 1e-9) / 3e-6 - 1.0).abs() < 1e-3);
        assert!((likelihood_scale(5e-5, 10.0) / 1e-4 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_scale_maximises_the_likelihood_with_the_normaliser_integrated_numerically() {
        let (mean, delta) = (2e-4, 0.01);
        let minus_log_likelihood = |s: f64| {
            let rho = |r: f64| if r <= delta { 0.5 * r * r } else { delta * (r - 0.5 * delta) };
            let h = 1e-5;
            let z: f64 = (0..200_000).map(|i| 2.0 * h * (-rho((f64::from(i) + 0.5) * h) / s).exp()).sum();
            mean / s + z.ln()
        };
        let s = likelihood_scale(mean, delta);
        let (at, below, above) =
            (minus_log_likelihood(s), minus_log_likelihood(0.99 * s), minus_log_likelihood(1.01 * s));
        assert!(at < below && at < above);
        // The least of the parabola through the three lies at s, to the third derivative.
        assert!(((below - above) / (below + above - 2.0 * at)).abs() < 0.05);
    }

    #[test]
    fn the_likelihood_is_that_of_gauss_where_delta_is_large() {
        // -½ ln(2πe s) at the variance s = 1e-4.
        let gauss = -0.5 * (std::f64::consts::TAU * std::f64::consts::E * 1e-4).ln();
        assert!((log_likelihood(5e-5, 10.0) - gauss).abs() < 1e-9);
    }

    #[test]
    fn the_quantile_is_the_square_of_the_normal_one() {
        assert!((chi_squared(0.95) - 3.841_458_820_694_124).abs() < 1e-6);
    }
}
