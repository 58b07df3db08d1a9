//! Quantiles and spreads of draws.

use statrs::statistics::{Data, OrderStatistics, Statistics};

/// Standard deviation with n - 1.
pub(crate) fn standard_deviation(values: &[f64]) -> f64 {
    values.std_dev()
}

/// The ends of the central interval of this level: quantiles (1 ∓ level)/2, median-unbiased (type 8 of
/// Hyndman and Fan 1996). Reorders `values`.
pub(crate) fn interval(values: &mut [f64], level: f64) -> [f64; 2] {
    let mut data = Data::new(values);
    [data.quantile(0.5 * (1.0 - level)), data.quantile(0.5 * (1.0 + level))]
}
