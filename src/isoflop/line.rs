//! The line through the minima of several budgets.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::polynomial::{Place, students_t};
use crate::Estimate;

/// The minima are off their line by more than their errors if chance does so less often.
const RARE: f64 = 0.05;

/// A power of compute: `N* = k C^slope`, from the least-squares line of ln N* on ln C.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PowerOfCompute {
    /// The power.
    pub slope: Estimate,
    /// k.
    pub coefficient: f64,
    /// The line at [`Isoflop::middle`](super::Isoflop::middle), the budget at which it is known best.
    pub at_middle: Estimate,
    /// How many times farther from the line the minima lie than their own errors tell, as a standard deviation, where an F test at 5 % says that they
    /// do: intervals are so many times wider. Else 1; null where their errors are not known.
    pub widened: f64,
}

/// A straight line by least squares: its weights for the slope, its slope, and its value at the mean of x.
pub(super) fn straight(x: &[f64], y: &[f64]) -> (Vec<f64>, f64, f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let squares: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
    let weights: Vec<f64> = x.iter().map(|x| (x - mean) / squares).collect();
    let slope = weights.iter().zip(y).map(|(w, y)| w * y).sum();
    (weights, slope, y.iter().sum::<f64>() / y.len() as f64)
}

/// The line through minima. Its errors follow from those of the minima. Where these are off the line by more, or not known, they follow from
/// what is left of the line.
pub(super) fn line(ln_flops: &[f64], minima: &[Place], level: f64) -> PowerOfCompute {
    let y: Vec<f64> = minima.iter().map(|place| place.at).collect();
    let (weights, slope, mean) = straight(ln_flops, &y);
    let count = y.len() as f64;
    let middle = ln_flops.iter().sum::<f64>() / count;
    let freedom = count - 2.0;
    let squares: f64 = ln_flops.iter().zip(&y).map(|(x, y)| (y - mean - slope * (x - middle)).powi(2)).sum();
    let leverage = |w: &f64| 1.0 / count + w * w / weights.iter().map(|w| w * w).sum::<f64>();
    // A sum of the minima's variances, and its freedom: that of Welch (1947), which allows for variances that are estimates themselves.
    let sum = |shares: &[f64]| {
        let parts: Vec<f64> =
            shares.iter().zip(minima).map(|(share, place)| share * place.variance).collect();
        let whole: f64 = parts.iter().sum();
        let spread: f64 = parts.iter().zip(minima).map(|(v, place)| v * v / (place.freedom + 2.0)).sum();
        (whole, whole * whole / spread - 2.0)
    };
    let left: Vec<f64> = weights.iter().map(|w| 1.0 - leverage(w)).collect();
    let (known, known_by) = sum(&left);
    let ratio = squares / known;
    let rare = FisherSnedecor::new(freedom, known_by).is_ok_and(|f| f.sf(ratio) < RARE);
    let widened = if rare && ratio > 1.0 { ratio.sqrt() } else { 1.0 };
    let estimate = |value: f64, weights: &[f64]| {
        let shares: Vec<f64> = weights.iter().map(|w| w * w).collect();
        let (variance, freedom) = match sum(&shares) {
            (variance, _) if variance.is_nan() => (shares.iter().sum::<f64>() * squares / freedom, freedom),
            (variance, _) if widened > 1.0 => (variance * widened * widened, freedom),
            own => own,
        };
        let error = variance.sqrt();
        let half = if error > 0.0 { error * students_t(level, freedom) } else { error };
        Estimate::straight(value, error, [value - half, value + half])
    };
    let even = vec![1.0 / count; y.len()];
    PowerOfCompute {
        slope: estimate(slope, &weights),
        coefficient: (mean - slope * middle).exp(),
        at_middle: exponential(estimate(mean, &even)),
        widened: if known.is_nan() { f64::NAN } else { widened },
    }
}

/// What has this logarithm.
pub(super) fn exponential(ln: Estimate) -> Estimate {
    let estimate = ln.estimate.exp();
    Estimate { estimate, std_error: estimate * ln.std_error, ..ln.with_ends(f64::exp) }
}
