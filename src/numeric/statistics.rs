//! Quantiles and spreads of draws.

use statrs::statistics::{Data, OrderStatistics, Statistics};

/// Standard deviation with n - 1.
pub(crate) fn standard_deviation(values: &[f64]) -> f64 {
    values.std_dev()
}

/// The root of the mean square that values are off an estimate: their deviation, and how far their mean is off it.
pub(crate) fn deviation_from(estimate: f64, values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    standard_deviation(values).hypot(mean - estimate)
}

/// The middle one, of an even number the upper of two; not a number of none.
pub(crate) fn upper_median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The ends of the central interval of this level. Reorders `values`.
pub(crate) fn interval(values: &mut [f64], level: f64) -> [f64; 2] {
    quantiles(values, [0.5 * (1.0 - level), 0.5 * (1.0 + level)])
}

/// Quantiles, median-unbiased (type 8 of Hyndman and Fan 1996). Reorders `values`.
pub(crate) fn quantiles<const N: usize>(values: &mut [f64], at: [f64; N]) -> [f64; N] {
    let mut data = Data::new(values);
    at.map(|p| data.quantile(p))
}
