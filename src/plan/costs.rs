//! What runs cost to train and to serve at one loss, and where another becomes the cheapest.

use serde::{Deserialize, Serialize};

use super::{Draft, PlanOptions};
use crate::bootstrap::Estimate;

/// Relative difference below which two runs are alike.
const ALIKE: f64 = 1e-12;

/// The run of a sparsity that reaches the loss of the dense compute-optimal run at least training cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EqualLoss {
    /// N̄.
    pub average_params: Estimate,
    /// D.
    pub tokens: Estimate,
    /// 6 N̄ D.
    pub training_flops: Estimate,
    /// FLOPs of the tokens served.
    pub serving_flops: Estimate,
    /// Both.
    pub total_flops: Estimate,
    /// Share of the draws in which the total is the least of all runs; ties are shared.
    pub cheapest: f64,
}

/// A number of served tokens at which another run becomes the cheapest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BreakEven {
    /// The other run's sparsity.
    pub sparsity: f64,
    /// Tokens served.
    pub inference_tokens: Estimate,
}

/// The costs of one sparsity at the loss of the dense optimum (N*, D*) of a budget C.
///
/// The law's N and D are then those of the dense run, so that N̄ = N*/ratio, the ratio being the law's N over N̄; training
/// costs `6 N̄ D* = C / ratio`, and T served tokens cost `serving N* T`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    /// FLOPs of training.
    pub(super) training: f64,
    /// FLOPs of serving a token, over N*.
    pub(super) serving: f64,
    /// FLOPs of serving a token, over the run's own N̄.
    pub(super) serving_ratio: f64,
    /// FLOPs of serving a token at a speedup of 1, over N*; none for the dense run.
    unsped: Option<f64>,
}

impl Costs {
    pub(super) fn new(draft: &Draft, options: &PlanOptions) -> Self {
        let ratios = draft.ratios;
        let sparse = draft.sparsity > 0.0;
        let serving_ratio = match options.sparse_speedup {
            Some(speedup) if sparse => 2.0 * ratios.initial / speedup,
            _ => 2.0 * ratios.last,
        };
        Self {
            training: options.flops / ratios.law,
            serving: serving_ratio / ratios.law,
            serving_ratio,
            unsped: sparse.then_some(2.0 * ratios.initial / ratios.law),
        }
    }

    /// Training and serving.
    pub(super) fn total(&self, dense_params: f64, inference_tokens: f64) -> f64 {
        self.training + self.serving * dense_params * inference_tokens
    }

    /// The speedup X at which `C / ratio + 2 N₀ T / X` is the dense run's `C + 2 N* T`.
    pub(super) fn break_even_speedup(&self, dense_params: f64, options: &PlanOptions) -> Option<f64> {
        let tokens = options.inference_tokens;
        let left = options.flops + 2.0 * dense_params * tokens - self.training;
        let speedup = self.unsped? * dense_params * tokens / left;
        (left > 0.0 && tokens > 0.0).then_some(speedup)
    }
}

/// Of each run, the share of the draws in which `of(run, N*)` is the least.
pub(super) fn shares(costs: &[Costs], dense_params: &[f64], of: impl Fn(&Costs, f64) -> f64) -> Vec<f64> {
    let values: Vec<Vec<f64>> =
        costs.iter().map(|cost| dense_params.iter().map(|n| of(cost, *n)).collect()).collect();
    least_of(&values)
}

/// Of each run, the share of the draws in which its value is the least; ties are shared.
pub(super) fn least_of(values: &[Vec<f64>]) -> Vec<f64> {
    let draws = values.first().map_or(0, Vec::len);
    let mut shares = vec![0.0; values.len()];
    for draw in 0..draws {
        let least = values.iter().map(|of| of[draw]).fold(f64::INFINITY, f64::min);
        let wins: Vec<bool> = values.iter().map(|of| of[draw] <= least * (1.0 + ALIKE)).collect();
        let ties = wins.iter().filter(|won| **won).count().max(1) as f64;
        shares.iter_mut().zip(wins).filter(|(_, won)| *won).for_each(|(share, _)| *share += 1.0 / ties);
    }
    shares.iter_mut().for_each(|share| *share /= draws.max(1) as f64);
    shares
}

/// Which is the least; none where several are and all are alike, the first where some are.
pub(super) fn least(values: &[f64]) -> Option<usize> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let mut alike = (0..values.len()).filter(|i| values[*i] <= least * (1.0 + ALIKE));
    let first = alike.next()?;
    (values.len() == 1 || alike.count() + 1 < values.len()).then_some(first)
}

/// For the cheapest run, the nearest numbers of served tokens below and above at which another one takes its place: that run, and
/// the number times N*.
///
/// Totals are `training + serving N* T`: lines in T, of which two cross once or never.
pub(super) fn break_even(best: usize, costs: &[Costs]) -> Vec<(usize, f64)> {
    let of = &costs[best];
    let crossings = |dearer_to_serve: bool| {
        costs.iter().enumerate().filter_map(move |(i, other)| {
            let (serving, training) = (of.serving - other.serving, other.training - of.training);
            let crosses = if dearer_to_serve { serving < 0.0 } else { serving > 0.0 };
            // In training alone they may differ by rounding only, and then cross at no token served.
            let differ = training.abs() > ALIKE * of.training;
            (i != best && crosses && differ && training / serving > 0.0).then_some((i, training / serving))
        })
    };
    let below = crossings(true).max_by(|a, b| a.1.total_cmp(&b.1));
    let above = crossings(false).min_by(|a, b| a.1.total_cmp(&b.1));
    below.into_iter().chain(above).collect()
}
