//! What came of a run whose loss was predicted.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::PredictedLoss;

/// A loss this close to an interval, relatively, lies in it: both are computed with rounding.
const EDGE: f64 = 1e-9;

/// A measured loss beside its forecast. Without an interval all but the loss and the error are not numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The loss that was measured, nats a token.
    pub loss: f64,
    /// ln predicted - ln measured: positive is too high.
    pub error: f64,
    /// ln measured - ln predicted over the standard deviation of the run interval on that side: its half width in ln L over the normal
    /// quantile of its level. Beyond that quantile it lies outside of the interval.
    pub z: f64,
    /// Place in the predictive distribution: the probability of a lower loss, known from 0.001 to 0.999. What lies farther out
    /// counts as these.
    pub pit: f64,
    /// Whether it lies in the run interval.
    pub in_run_interval: Option<bool>,
    /// Interval score in ln L: the width, and `2/(1 - level)` times the distance by which it misses the interval.
    pub run_score: f64,
}

impl Outcome {
    /// Of a measured loss; `quantiles` are pairs of a probability and a loss, in their order.
    pub(crate) fn new(measured: f64, forecast: &PredictedLoss, quantiles: &[[f64; 2]], level: f64) -> Self {
        let ln = (measured / forecast.estimate).ln();
        let run = forecast.run_interval;
        let [below, above] = run.map(|end| (end.max(0.0) / forecast.estimate).ln().abs());
        let normal = Normal::standard();
        let (half, is_known) = (if ln < 0.0 { below } else { above }, !level.is_nan());
        let quantile = if is_known { normal.inverse_cdf(0.5 * (1.0 + level)) } else { f64::NAN };
        Self {
            loss: measured,
            error: -ln,
            z: ln / half * quantile,
            pit: place(measured, quantiles),
            in_run_interval: is_known.then(|| lies_in(run, measured)),
            run_score: interval_score(run.map(|end| end.max(0.0).ln()), measured.ln(), level),
        }
    }
}

/// Whether a loss lies in an interval.
pub(crate) fn lies_in([lower, upper]: [f64; 2], loss: f64) -> bool {
    lower * (1.0 - EDGE) <= loss && loss <= upper * (1.0 + EDGE)
}

/// The width of an interval, and `2/(1 - level)` times the distance by which a value misses it.
pub(crate) fn interval_score([lower, upper]: [f64; 2], value: f64, level: f64) -> f64 {
    upper - lower + 2.0 / (1.0 - level) * (lower - value).max(value - upper).max(0.0)
}

/// The probability of less than `loss`: between quantiles the normal quantile of the probability is a line in ln L.
fn place(loss: f64, quantiles: &[[f64; 2]]) -> f64 {
    let (Some(first), Some(last)) = (quantiles.first(), quantiles.last()) else { return f64::NAN };
    if loss <= first[1] {
        return first[0];
    }
    let normal = Normal::standard();
    for pair in quantiles.windows(2) {
        let [[p, from], [q, to]] = [pair[0], pair[1]];
        if loss <= to {
            let share = (loss / from).ln() / (to / from).ln();
            let [low, high] = [p, q].map(|p| normal.inverse_cdf(p));
            return normal.cdf(low + share * (high - low));
        }
    }
    last[0]
}

#[cfg(test)]
mod tests {
    use super::super::asked::TAILS;
    use super::*;

    #[test]
    fn an_interval_scores_its_width_and_what_it_misses_by() {
        let score = |value| interval_score([1.0, 1.5], value, 0.75);
        assert_eq!([1.0, 1.25, 1.5].map(score), [0.5; 3]);
        assert_eq!([0.75, 2.0].map(score), [0.5 + 8.0 * 0.25, 0.5 + 8.0 * 0.5]);
    }

    #[test]
    fn a_log_normal_forecast_has_normal_places_and_z() {
        let (normal, deviation) = (Normal::standard(), 0.02);
        let loss = |z: f64| 2.5 * (deviation * z).exp();
        let quantiles: Vec<[f64; 2]> = TAILS
            .into_iter()
            .chain(TAILS.into_iter().rev().map(|tail| 1.0 - tail))
            .map(|p| [p, loss(normal.inverse_cdf(p))])
            .collect();
        let z = normal.inverse_cdf(0.95);
        let forecast = PredictedLoss {
            estimate: 2.5,
            mean_interval: [2.49, 2.51],
            run_interval: [loss(-z), loss(z)],
            run_interval_if_law_holds: [loss(-z), loss(z)],
            bend: None,
        };
        for at in [-2.7, -1.0, 0.0, 0.3, 1.6, 1.7] {
            let outcome = Outcome::new(loss(at), &forecast, &quantiles, 0.9);
            assert!(
                (outcome.z - at).abs() < 1e-9 && (outcome.pit - normal.cdf(at)).abs() < 1e-9,
                "{outcome:?}"
            );
            assert!((outcome.error + deviation * at).abs() < 1e-12);
            assert_eq!(outcome.in_run_interval, Some(at.abs() < z));
        }
        let far = [-9.0, 9.0].map(|at| Outcome::new(loss(at), &forecast, &quantiles, 0.9).pit);
        assert_eq!(far, [0.001, 0.999]);
    }
}
