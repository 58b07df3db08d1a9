//! The line through the minima of several budgets.

use std::collections::BTreeMap;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::polynomial::{Place, students_t};
use crate::Estimate;

/// The minima are off their line by more than their errors if chance does so less often.
const RARE: f64 = 0.05;
/// Coefficients of a parabola.
const OF_PARABOLA: f64 = 3.0;

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
    /// do: intervals are so many times wider. Else 1, and where budgets share runs; null where their errors are not known.
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

/// A minimum, and how it moves with the losses of its runs.
#[derive(Debug, Clone)]
pub(super) struct Minimum {
    pub(super) place: Place,
    /// By how much, per unit of a run's loss relative to the least.
    pub(super) pulls: Vec<(u32, f64)>,
    /// Variance of losses about the parabola, relative to the least squared; not a number where it has no freedom.
    pub(super) noise: f64,
}

/// The variance of a weighted sum of minima, and its freedom, where budgets share runs; none where each run is at one budget. What a run is off
/// may be its own at each budget or one at all of them: the larger of the two variances counts. It is not a number where no budget has four runs:
/// what is left of the line, which is all there is of separate runs, is the same three runs all along.
fn of_shared(weights: &[f64], minima: &[Minimum]) -> Option<(f64, f64)> {
    let mut by_run: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (weight, minimum) in weights.iter().zip(minima) {
        for (run, pull) in &minimum.pulls {
            by_run.entry(*run).or_default().push(weight * pull);
        }
    }
    if by_run.values().all(|budgets| budgets.len() == 1) {
        return None;
    }
    let free = || minima.iter().filter(|minimum| minimum.place.freedom > 0.0);
    let squares: f64 = free().map(|minimum| minimum.noise * minimum.place.freedom).sum();
    let noise = squares / free().map(|minimum| minimum.place.freedom).sum::<f64>();
    let of_one: f64 = by_run.values().map(|budgets| budgets.iter().sum::<f64>().powi(2)).sum();
    let of_each: f64 = by_run.values().flatten().map(|pull| pull * pull).sum();
    Some((noise * of_one.max(of_each), by_run.len() as f64 - OF_PARABOLA))
}

/// The line through minima. Its errors follow from those of the minima. Where these are off the line by more, or not known, they follow from
/// what is left of the line.
pub(super) fn line(ln_flops: &[f64], minima: &[Minimum], level: f64) -> PowerOfCompute {
    let y: Vec<f64> = minima.iter().map(|minimum| minimum.place.at).collect();
    let (weights, slope, mean) = straight(ln_flops, &y);
    let count = y.len() as f64;
    let middle = ln_flops.iter().sum::<f64>() / count;
    let freedom = count - 2.0;
    let squares: f64 = ln_flops.iter().zip(&y).map(|(x, y)| (y - mean - slope * (x - middle)).powi(2)).sum();
    let leverage = |w: &f64| 1.0 / count + w * w / weights.iter().map(|w| w * w).sum::<f64>();
    // A sum of the minima's variances, and its freedom: that of Welch (1947), which allows for variances that are estimates themselves.
    let sum = |shares: &[f64]| {
        let parts: Vec<f64> =
            shares.iter().zip(minima).map(|(share, minimum)| share * minimum.place.variance).collect();
        let whole: f64 = parts.iter().sum();
        let spread: f64 =
            parts.iter().zip(minima).map(|(v, minimum)| v * v / (minimum.place.freedom + 2.0)).sum();
        (whole, whole * whole / spread - 2.0)
    };
    let left: Vec<f64> = weights.iter().map(|w| 1.0 - leverage(w)).collect();
    let (known, known_by) = sum(&left);
    let ratio = squares / known;
    let rare = FisherSnedecor::new(freedom, known_by).is_ok_and(|f| f.sf(ratio) < RARE);
    let even = vec![1.0 / count; y.len()];
    let is_shared = of_shared(&even, minima).is_some();
    let widened = if rare && ratio > 1.0 && !is_shared { ratio.sqrt() } else { 1.0 };
    let estimate = |value: f64, weights: &[f64]| {
        let shares: Vec<f64> = weights.iter().map(|w| w * w).collect();
        let own = of_shared(weights, minima).unwrap_or_else(|| sum(&shares));
        let (variance, freedom) = match own {
            (variance, _) if variance.is_nan() && !is_shared => {
                (shares.iter().sum::<f64>() * squares / freedom, freedom)
            }
            (variance, _) if widened > 1.0 => (variance * widened * widened, freedom),
            own => own,
        };
        let error = variance.sqrt();
        let half = if error > 0.0 { error * students_t(level, freedom) } else { error };
        Estimate::straight(value, error, [value - half, value + half])
    };
    PowerOfCompute {
        slope: estimate(slope, &weights),
        coefficient: (mean - slope * middle).exp(),
        at_middle: exponential(estimate(mean, &even)),
        widened: if known.is_nan() && !is_shared { f64::NAN } else { widened },
    }
}

/// What has this logarithm.
pub(super) fn exponential(ln: Estimate) -> Estimate {
    let estimate = ln.estimate.exp();
    Estimate { estimate, std_error: estimate * ln.std_error, ..ln.with_ends(f64::exp) }
}
