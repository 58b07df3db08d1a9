//! The scale of the density that makes the objective a likelihood.

use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::erf::erf;

use super::Rho;
use crate::Observations;
use crate::numeric::statistics::quantiles;

/// The standard deviation of normal numbers over the median of their sizes.
const NORMAL: f64 = 1.4826;
/// Halvings of the bracket: more change nothing in double precision.
const HALVINGS: usize = 60;

/// A density `exp(-ρ(r)/s) / Z(s)`: what Z and its slope are for a ρ.
///
/// For Huber's, `Z = G + T`, `G = √(2πs) erf(δ/√(2s))` the part within δ and `T = (2s/δ) exp(-δ²/(2s))` the tails
/// (Huber 1964 for the form), and `s² Z' = s (G/2 + T)`. Where ρ is multiplied by k below 0, half of it is that of s and
/// half that of s/k. For r²/2 and |r| it is Gauss's and Laplace's.
fn normaliser(s: f64, rho: Rho) -> (f64, f64) {
    match rho {
        Rho::Huber { delta } => huber(s, delta),
        Rho::Squared => {
            let z = (std::f64::consts::TAU * s).sqrt();
            (z, 0.5 * s * z)
        }
        Rho::Laplace => (2.0 * s, 2.0 * s * s),
        Rho::Asymmetric { factor, delta } => {
            let ((above, above_slope), (below, below_slope)) = (huber(s, delta), huber(s / factor, delta));
            (0.5 * (above + below), 0.5 * (above_slope + factor * below_slope))
        }
    }
}

/// Z and s² Z' of Huber's density.
fn huber(s: f64, delta: f64) -> (f64, f64) {
    let u = delta / (2.0 * s).sqrt();
    let (core, tails) = ((std::f64::consts::TAU * s).sqrt() * erf(u), 2.0 * s / delta * (-u * u).exp());
    (core + tails, s * (0.5 * core + tails))
}

/// The s that maximises the likelihood of residuals whose mean ρ is `mean`. Setting the slope in s to zero gives
/// `mean = s² Z'/Z`, which rises with s; so s lies between the mean (Laplace) and twice the mean (Gaussian: the variance).
pub(crate) fn likelihood_scale(mean: f64, rho: Rho) -> f64 {
    let mean_at = |s: f64| {
        let (z, slope) = normaliser(s, rho);
        slope / z
    };
    let (mut low, mut high) = (mean, 2.0 * mean);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if mean_at(middle) < mean { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The same of a fit, its weights scaled to a mean of 1.
pub(crate) fn profile_scale(objective: f64, rows: &Observations, rho: Rho) -> f64 {
    let weights = rows.weight().map_or(rows.len() as f64, |weights| weights.iter().sum());
    likelihood_scale(objective / weights, rho) * weights / rows.len() as f64
}

/// The scale by which twice what Σ w ρ falls is χ² whatever the noise: `Σ w² ρ'²/Σ w ρ''`, times n/(n - p) for p parameters (Schrader and
/// Hettmansperger 1980). ρ'' is the slope of ρ' over half a standard deviation to either side, as the residuals' median size has it; the p smallest
/// residuals, which the fit may have made so, say nothing of these.
pub(crate) fn drop_scale(residuals: &[f64], weights: Option<&[f64]>, rho: Rho, parameters: usize) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let Some(least) = sizes.get(parameters).copied() else { return f64::NAN };
    let [size] = quantiles(&mut sizes[parameters..], [0.5]);
    let reach = 0.5 * NORMAL * size;
    let curved = |r: f64| (rho.slope(r + reach) - rho.slope(r - reach)) / (2.0 * reach);
    let (mut squares, mut curvature, mut whole, mut seen) = (0.0, 0.0, 0.0, 0.0);
    for (row, r) in residuals.iter().enumerate() {
        squares += (weight(row) * rho.slope(*r)).powi(2);
        whole += weight(row);
        if r.abs() >= least {
            curvature += weight(row) * curved(*r);
            seen += weight(row);
        }
    }
    let n = residuals.len() as f64;
    squares / (curvature * whole / seen) * n / (n - parameters as f64)
}

/// The greatest log likelihood a row of residuals whose mean ρ is `mean`.
pub(crate) fn log_likelihood(mean: f64, rho: Rho) -> f64 {
    let s = likelihood_scale(mean, rho);
    -mean / s - normaliser(s, rho).0.ln()
}

/// The quantile of χ² with one degree of freedom.
pub(crate) fn chi_squared(level: f64) -> f64 {
    ChiSquared::new(1.0).map_or(f64::NAN, |chi| chi.inverse_cdf(level))
}

/// The mean of ρ'' under the density of scale s: that of ρ'²/s, by parts.
pub(super) fn curvature(s: f64, rho: Rho) -> f64 {
    let core = |s: f64, delta: f64| (std::f64::consts::TAU * s).sqrt() * erf(delta / (2.0 * s).sqrt());
    match rho {
        Rho::Huber { delta } => core(s, delta) / normaliser(s, rho).0,
        Rho::Squared => 1.0,
        Rho::Laplace => 1.0 / s,
        Rho::Asymmetric { factor, delta } => {
            0.5 * (core(s, delta) + factor * core(s / factor, delta)) / normaliser(s, rho).0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn huber(delta: f64) -> Rho {
        Rho::Huber { delta }
    }

    #[test]
    fn the_scale_is_that_of_laplace_and_of_gauss_at_the_two_ends() {
        assert!((likelihood_scale(3e-6, huber(1e-9)) / 3e-6 - 1.0).abs() < 1e-3);
        assert!((likelihood_scale(5e-5, huber(10.0)) / 1e-4 - 1.0).abs() < 1e-9);
        assert!((likelihood_scale(3e-3, Rho::Laplace) / 3e-3 - 1.0).abs() < 1e-12);
        assert!((likelihood_scale(5e-5, Rho::Squared) / 1e-4 - 1.0).abs() < 1e-12);
    }

    /// ln Z by numerical integration of exp(-ρ/s).
    fn integrated(rho: Rho, s: f64) -> f64 {
        let of = |r: f64| match rho {
            Rho::Squared => 0.5 * r * r,
            Rho::Laplace => r.abs(),
            Rho::Huber { delta } | Rho::Asymmetric { delta, .. } => {
                let size = r.abs();
                let one = if size <= delta { 0.5 * r * r } else { delta * (size - 0.5 * delta) };
                match rho {
                    Rho::Asymmetric { factor, .. } if r < 0.0 => factor * one,
                    _ => one,
                }
            }
        };
        let h = 1e-5;
        let half =
            |sign: f64| (0..200_000).map(|i| (-of(sign * (f64::from(i) + 0.5) * h) / s).exp()).sum::<f64>();
        (h * (half(1.0) + half(-1.0))).ln()
    }

    #[test]
    fn the_scale_maximises_the_likelihood_with_the_normaliser_integrated_numerically() {
        let mean = 2e-4;
        for rho in [huber(0.01), Rho::Squared, Rho::Asymmetric { factor: 10.0, delta: 0.01 }] {
            let minus_log_likelihood = |s: f64| mean / s + integrated(rho, s);
            let s = likelihood_scale(mean, rho);
            let (at, below, above) =
                (minus_log_likelihood(s), minus_log_likelihood(0.99 * s), minus_log_likelihood(1.01 * s));
            assert!(at < below && at < above, "{rho}");
            // The least of the parabola through the three lies at s, to the third derivative.
            assert!(((below - above) / (below + above - 2.0 * at)).abs() < 0.05, "{rho}");
            assert!((log_likelihood(mean, rho) + at).abs() < 1e-6, "{rho}");
        }
        // Laplace's ρ is |r|, of another size.
        let (rho, mean) = (Rho::Laplace, 0.01);
        assert!((log_likelihood(mean, rho) + 1.0 + integrated(rho, mean)).abs() < 1e-6);
    }

    #[test]
    fn a_fall_is_judged_by_the_noise_that_there_is() {
        // Normal residuals of standard deviation .01: the variance for least squares; π/2 times δ² over s for Laplace's density.
        let normal = statrs::distribution::Normal::standard();
        let residuals: Vec<f64> =
            (0..4000).map(|i| 0.01 * normal.inverse_cdf((f64::from(i) + 0.5) / 4000.0)).collect();
        assert!((drop_scale(&residuals, None, Rho::Squared, 0) / 1e-4 - 1.0).abs() < 1e-3);
        assert!((drop_scale(&residuals, None, Rho::Squared, 2000) / 2e-4 - 1.0).abs() < 1e-3);
        let mean = residuals.iter().map(|r| huber(1e-5).of(*r)).sum::<f64>() / 4000.0;
        let by_density = likelihood_scale(mean, huber(1e-5));
        let ratio = drop_scale(&residuals, None, huber(1e-5), 0) / by_density;
        // The density falls by 4 % within half a standard deviation.
        assert!((ratio / std::f64::consts::FRAC_PI_2 - 1.0).abs() < 0.05, "{ratio}");
    }

    #[test]
    fn the_likelihood_is_that_of_gauss_where_delta_is_large() {
        // -½ ln(2πe s) at the variance s = 1e-4.
        let gauss = -0.5 * (std::f64::consts::TAU * std::f64::consts::E * 1e-4).ln();
        assert!((log_likelihood(5e-5, huber(10.0)) - gauss).abs() < 1e-9);
        assert!((log_likelihood(5e-5, Rho::Squared) - gauss).abs() < 1e-12);
    }

    #[test]
    fn the_curvature_is_the_mean_of_second_differences_under_the_density() {
        let h = 1e-5;
        let kinks = [Rho::Laplace, Rho::Asymmetric { factor: 10.0, delta: 0.01 }];
        for (rho, s) in [(huber(0.01), 3e-4), (huber(0.01), 1e-5), (Rho::Squared, 1e-4)]
            .into_iter()
            .chain(kinks.map(|rho| (rho, 2e-3)))
        {
            let (mut sum, mut whole) = (0.0, 0.0);
            for i in -200_000..=200_000 {
                let r = f64::from(i) * h;
                let density = (-rho.of(r) / s).exp();
                sum += density * (rho.of(r + h) - 2.0 * rho.of(r) + rho.of(r - h)) / (h * h);
                whole += density;
            }
            assert!(
                (sum / whole / curvature(s, rho) - 1.0).abs() < 1e-3,
                "{rho}: {} {}",
                sum / whole,
                curvature(s, rho)
            );
        }
    }
}
