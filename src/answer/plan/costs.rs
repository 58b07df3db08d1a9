//! What runs cost to train and to serve at one loss, and where another becomes the cheapest.

use serde::{Deserialize, Serialize};

use super::draft::{Cost, Draft};
use crate::answer::engine::{Bill, Prices, Split};
use crate::bootstrap::{Ensemble, Estimate, OfAll};

/// Relative difference below which two runs are alike: what searches leave is less.
const ALIKE: f64 = 1e-9;

/// The run of a sparsity that reaches the loss of the dense compute-optimal run at the least cost, of training or in all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EqualLoss {
    /// N̄.
    pub average_params: Estimate,
    /// D.
    pub tokens: Estimate,
    /// Training FLOPs: 6 N̄ D, or 6 N₀ D if the fit [counts them so](crate::observation::FlopsCount::Dense).
    pub training_flops: Estimate,
    /// FLOPs of the tokens served.
    pub serving_flops: Estimate,
    /// Both.
    pub total_flops: Estimate,
    /// Share of the draws in which the total is the least of all runs; ties are shared.
    pub cheapest: f64,
    /// Share of the draws in which there is such a run.
    pub reachable: f64,
    /// What the total costs, where prices are given.
    #[serde(flatten)]
    pub bill: Bill,
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

/// On which side of a number of served tokens another run is the cheaper one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Side {
    Below,
    Above,
}

/// Training and serving of each run; without end where there is none.
pub(super) fn totals(costs: &[Option<Cost>], served: f64) -> Vec<f64> {
    let total = |cost: &Option<Cost>| cost.map_or(f64::INFINITY, |c| c.training + c.token * served);
    costs.iter().map(total).collect()
}

/// Of each run, the share of the draws in which its value is the least; ties are shared, and none wins where all are without end. `values` are
/// of all runs, draw by draw.
/// Without draws these are not numbers.
pub(super) fn shares(runs: usize, values: &[Vec<f64>]) -> Vec<f64> {
    let mut shares = vec![0.0; runs];
    for of_runs in values {
        let wins = winners(of_runs);
        wins.iter().for_each(|run| shares[*run] += 1.0 / wins.len() as f64);
    }
    shares.iter_mut().for_each(|share| *share /= values.len() as f64);
    shares
}

/// Which is the least; none where several are and all are alike, the first where some are.
pub(super) fn least(values: &[f64]) -> Option<usize> {
    let alike = winners(values);
    (values.len() == 1 || alike.len() < values.len()).then(|| alike.first().copied())?
}

fn winners(values: &[f64]) -> Vec<usize> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let is_least = |i: &usize| least.is_finite() && values[*i] <= least * (1.0 + ALIKE);
    (0..values.len()).filter(is_least).collect()
}

/// Where `other` takes the place of `best`. Totals are `training + token T`: lines in T, of which two cross once or never.
fn crossing(best: Cost, other: Cost, side: Side) -> f64 {
    let (training, token) = match side {
        Side::Above => (other.training - best.training, best.token - other.token),
        Side::Below => (best.training - other.training, other.token - best.token),
    };
    // If the other is no cheaper to serve it is never better above; if it is no dearer, always below.
    // Costs of a token that differ by rounding only are alike.
    if token > ALIKE * best.token { (training / token).max(0.0) } else { f64::INFINITY }
}

/// For the cheapest run, the runs that take its place at the nearest numbers of served tokens below and above.
pub(super) fn neighbours(best: usize, costs: &[Option<Cost>]) -> Vec<(usize, Side)> {
    let Some(of) = costs[best] else { return Vec::new() };
    let at = |side: Side| {
        costs.iter().enumerate().filter_map(move |(i, other)| {
            let tokens = crossing(of, (*other)?, side);
            // In training alone they may differ by rounding only, and then cross at no token served.
            let differ = (other.as_ref()?.training - of.training).abs() > ALIKE * of.training;
            (i != best && differ && tokens > 0.0 && tokens.is_finite()).then_some((i, tokens))
        })
    };
    let below = at(Side::Below).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| (i, Side::Below));
    let above = at(Side::Above).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| (i, Side::Above));
    below.into_iter().chain(above).collect()
}

impl Ensemble {
    /// The number of served tokens at which the second run takes the place of the first.
    pub(super) fn crossing(
        &self,
        costs: &OfAll<Vec<Option<Cost>>>,
        [best, other]: [usize; 2],
        side: Side,
    ) -> Estimate {
        let tokens = costs.map(|all| match (all[best], all[other]) {
            (Some(best), Some(other)) => Some([crossing(best, other, side)]),
            _ => None,
        });
        let [estimate] =
            self.answers([f64::INFINITY], &tokens).estimates.unwrap_or([Estimate::exact(f64::NAN)]);
        estimate
    }

    pub(super) fn equal_loss(
        &self,
        draft: &Draft,
        runs: &OfAll<Option<Split>>,
        (served, prices): (f64, &Prices),
        cheapest: f64,
    ) -> Option<EqualLoss> {
        let quantities = runs.map(|run| {
            let Split { params, tokens, .. } = (*run)?;
            let Cost { training, token } = draft.cost((*run)?);
            Some([params, tokens, training, token * served, training + token * served])
        });
        // A run that does not exist is no larger than the caps, and costs without end.
        let limits = self.limits(&draft.runs);
        let (params, tokens) = (limits.params, limits.tokens);
        let serving = if served == 0.0 { 0.0 } else { draft.serving * params * served };
        let missing = [params, tokens, f64::INFINITY, serving, f64::INFINITY];
        let answers = self.answers(missing, &quantities);
        let [average_params, tokens, training_flops, serving_flops, total_flops] = answers.estimates?;
        let total_flops = total_flops.agreeing_with([training_flops, serving_flops]);
        Some(EqualLoss {
            average_params,
            tokens,
            training_flops,
            serving_flops,
            total_flops,
            cheapest,
            reachable: answers.reached,
            bill: prices.bill(total_flops),
        })
    }
}
