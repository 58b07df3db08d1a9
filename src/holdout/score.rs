//! How far predictions are off.

use serde::Serialize;

use super::HeldOutRow;
use crate::predict::{interval_score, lies_in};

/// Errors of predictions: ln predicted - ln measured, so that positive is too high.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Errors {
    /// Mean of the errors in ln L.
    pub bias: f64,
    /// Root of the mean of their squares.
    pub rms: f64,
    /// The largest in size.
    pub largest: f64,
    /// Mean size of predicted - measured, in nats a token.
    pub loss: f64,
    /// Mean size of predicted/measured - 1, in per cent.
    pub percent: f64,
}

impl Errors {
    /// Of pairs of a predicted and a measured loss, whatever their order.
    pub(crate) fn of(pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut pairs: Vec<(f64, f64)> = pairs.collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let pairs = pairs.iter().copied();
        let count = pairs.len() as f64;
        let mean = |of: fn(f64, f64) -> f64| pairs.clone().map(|(p, m)| of(p, m)).sum::<f64>() / count;
        Self {
            bias: mean(|p, m| (p / m).ln()),
            rms: mean(|p, m| (p / m).ln().powi(2)).sqrt(),
            largest: pairs
                .clone()
                .map(|(p, m)| (p / m).ln().abs())
                .fold(0.0, |most, error| if error > most || error.is_nan() { error } else { most }),
            loss: mean(|p, m| (p - m).abs()),
            percent: mean(|p, m| 100.0 * (p / m - 1.0).abs()),
        }
    }
}

/// How well held-out runs were foretold, each at its last row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Score {
    /// Runs that were held out.
    pub runs: usize,
    /// FLOPs of the least and of the greatest of them over the most that were fitted.
    pub reach: [f64; 2],
    /// How many of them landed in their run interval.
    pub in_run_interval: usize,
    /// How many landed in the interval of the law's curve, which leaves out the scatter of single runs.
    pub in_mean_interval: usize,
    /// Mean width of the run interval in ln L: 0.02 is 2 % of L.
    pub run_width: f64,
    /// Mean interval score of the run interval, in ln L: its width, and `2/(1 - level)` times the distance by which a run
    /// misses it (Gneiting and Raftery 2007). Less is better; no interval does better than the true quantiles.
    pub run_score: f64,
    /// Errors of the law.
    pub law: Errors,
    /// Errors of taking the loss of the nearest fitted run.
    pub nearest: Errors,
    /// Errors of the power law in compute alone.
    pub compute: Errors,
}

impl Score {
    pub(super) fn of<'a>(rows: impl IntoIterator<Item = &'a HeldOutRow>, level: f64) -> Self {
        let last: Vec<&HeldOutRow> = rows.into_iter().filter(|row| row.last).collect();
        let errors =
            |predicted: fn(&HeldOutRow) -> f64| Errors::of(last.iter().map(|row| (predicted(row), row.loss)));
        let inside = |interval: fn(&HeldOutRow) -> [f64; 2]| {
            last.iter().filter(|row| lies_in(interval(row), row.loss)).count()
        };
        let mean = |of: &dyn Fn([f64; 2], f64) -> f64| {
            let ln = |row: &&HeldOutRow| of(row.run_interval.map(|end| end.max(0.0).ln()), row.loss.ln());
            let mut values: Vec<f64> = last.iter().map(ln).collect();
            values.sort_by(f64::total_cmp);
            values.iter().sum::<f64>() / last.len() as f64
        };
        let reach = || last.iter().map(|row| row.reach);
        Self {
            runs: last.len(),
            reach: [reach().fold(f64::INFINITY, f64::min), reach().fold(0.0, f64::max)],
            in_run_interval: inside(|row| row.run_interval),
            in_mean_interval: inside(|row| row.mean_interval),
            run_width: mean(&|[lower, upper], _| upper - lower),
            run_score: mean(&|interval, loss| interval_score(interval, loss, level)),
            law: errors(|row| row.predicted),
            nearest: errors(|row| row.nearest),
            compute: errors(|row| row.compute),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Errors;

    #[test]
    fn errors_are_those_of_their_definitions() {
        let e = std::f64::consts::E;
        let errors = Errors::of([(e, 1.0), (2.0, 2.0 * e)].into_iter());
        let expected = [0.0, 1.0, 1.0, (e - 1.0 + 2.0 * e - 2.0) / 2.0, 50.0 * (e - 1.0 + 1.0 - 1.0 / e)];
        let found = [errors.bias, errors.rms, errors.largest, errors.loss, errors.percent];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
        assert!(Errors::of([(2.1, 2.0)].into_iter()).bias > 0.0, "too high is positive");
    }
}
