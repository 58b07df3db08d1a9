//! Where a run would land if the law holds.

use std::borrow::Cow;

use super::Ensemble;
use super::spread::Spread;
use super::trend::{Column, Trend};
use crate::Result;
use crate::fit::Residual;
use crate::law::Kind;
use crate::numeric::sum_quantile::{Weighted, sum_quantile};

/// What a scale may be a power of.
const KINDS: [Kind; 3] = [Kind::Params, Kind::Tokens, Kind::Flops];

/// Runs beyond the parameters that it takes to tell whether scatter is a power of anything.
const LEAST_FREEDOM: f64 = 20.0;
/// Least share of its noise that is taken to be left in a residual.
const LEAST_LEFT: f64 = 1e-3;

/// How the runs of a sweep scatter about the law: their residuals, widened by √(n/(n-p)) for the p parameters that were fitted to n
/// runs; each run counts once, whatever rows and evaluations it brings.
#[derive(Debug, Clone)]
pub(crate) struct Scatter {
    /// Residual and weight of each row.
    rows: Vec<(f64, f64)>,
    in_order: Weighted,
    trend: Option<Trend>,
    /// How far the trend counts.
    straight: f64,
}

impl Scatter {
    pub(super) fn new(ensemble: &Ensemble) -> Result<Self> {
        let (fit, rows) = (&ensemble.fit, &ensemble.fit.rows);
        let residuals = fit.residuals_of(rows, fit.options.residual)?;
        let runs: Vec<_> = rows.by_run().map(|(_, run)| run).collect();
        let [groups, freedom] = ensemble.freedom();
        let widening = (groups / freedom).sqrt();
        let mut weight = vec![0.0; rows.len()];
        for run in &runs {
            weight[run.clone()].fill(1.0 / run.len() as f64);
        }
        let mut columns = fit.law().spec().columns(rows)?;
        let inputs_of_rows: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for evaluations in rows.repeated(&inputs_of_rows).iter().flatten() {
            evaluations.iter().for_each(|row| weight[*row] /= evaluations.len() as f64);
        }
        let kinds: Vec<Kind> = fit.law().spec().layout().map(|(_, kind)| kind).collect();
        let places = KINDS.iter().filter_map(|kind| kinds.iter().position(|k| k == kind));
        let columns = places.map(|place| Column::new(std::mem::take(&mut columns[place]), place)).collect();
        // A row that the fit follows says little of its scatter.
        let leverages = ensemble.leverages().map_or_else(|| vec![0.0; rows.len()], <[f64]>::to_vec);
        let left: Vec<f64> = leverages.iter().map(|h| (1.0 - h).max(LEAST_LEFT)).collect();
        let whole: Vec<f64> = residuals.iter().zip(&left).map(|(r, left)| r / left.sqrt()).collect();
        let say: Vec<f64> = weight.iter().zip(&left).map(|(w, left)| w * left).collect();
        let enough = freedom >= LEAST_FREEDOM;
        let trend = enough.then(|| Trend::of(columns, &whole, &say, &runs)).flatten();
        let rows: Vec<(f64, f64)> = residuals.iter().map(|r| widening * r).zip(weight).collect();
        Ok(Self { in_order: Weighted::new(rows.clone()), rows, trend, straight: straight(ensemble) })
    }

    /// That of one group of a fit by groups: of its own runs if they are enough, else of all groups' runs, whose spread is as large as its
    /// own, or larger. Own residuals are few, and the fit follows them: their mean square is over the share of it that is left in them.
    pub(super) fn of_group(whole: &Ensemble, own: &Ensemble, group: &str) -> Result<Self> {
        if own.freedom()[1] >= LEAST_FREEDOM {
            return Self::new(own);
        }
        let mut scatter = whole.scatter()?.clone();
        let is_own = whole.fit.rows.is_of_group(group).unwrap_or_default();
        let followed = whole.leverages().unwrap_or_default();
        let mean_square = |of: &[f64]| {
            let mut sums = [0.0; 2];
            for (row, ((residual, weight), share)) in scatter.rows.iter().zip(of).enumerate() {
                let left = 1.0 - followed.get(row).unwrap_or(&0.0);
                sums[0] += share * weight * residual * residual;
                sums[1] += share * weight * left.max(LEAST_LEFT);
            }
            sums[0] / sums[1]
        };
        let larger = (mean_square(&is_own) / mean_square(&vec![1.0; is_own.len()])).sqrt().max(1.0);
        scatter.rows.iter_mut().for_each(|(residual, _)| *residual *= larger);
        scatter.in_order = Weighted::new(scatter.rows.clone());
        scatter.straight = straight(own);
        let [from, to] = [whole, own].map(|of| of.fit.law().spec().layout().collect::<Vec<_>>());
        scatter.trend = scatter
            .trend
            .and_then(|trend| trend.moved(|place| to.iter().position(|input| *input == from[place])));
        Ok(scatter)
    }

    /// Residuals at the scale that runs have at this place.
    fn at(&self, inputs: &[f64]) -> Cow<'_, Weighted> {
        let Some(trend) = &self.trend else { return Cow::Borrowed(&self.in_order) };
        let scales = trend.scales(inputs).into_iter().zip(&self.rows);
        let scaled =
            scales.map(|(scale, (residual, weight))| (residual * scale.powf(self.straight), *weight));
        Cow::Owned(Weighted::new(scaled.collect()))
    }
}

/// How far a trend counts. Where the law bends, sizes of residuals tell of that, and the bend carries it: the scale counts as far as there is none.
fn straight(ensemble: &Ensemble) -> f64 {
    ensemble.bend.of(&ensemble.fit).map_or(1.0, |bend| 1.0 - bend.probability).max(0.0)
}

/// Where a run would land, at any level: quantiles of the draws' losses times the exponential of the sweep's residuals (on L: plus
/// residuals), every pair of both.
#[derive(Debug)]
pub(crate) struct Landing<'a> {
    law: Spread<'a>,
    of_logs: bool,
    /// Losses of the draws in order, in logarithms if residuals are.
    losses: Vec<f64>,
    scatter: Cow<'a, Weighted>,
}

impl<'a> Landing<'a> {
    /// Of a run that has these inputs and a loss that is spread so.
    ///
    /// # Errors
    /// When the residuals cannot be worked out.
    pub(crate) fn new(law: Spread<'a>, inputs: &[f64]) -> Result<Self> {
        let of_logs = law.ensemble.fit.options.residual == Residual::LnLoss;
        let of_loss = |loss: &f64| if of_logs { loss.ln() } else { *loss };
        let mut losses: Vec<f64> = law.draws.iter().map(of_loss).collect();
        losses.sort_unstable_by(f64::total_cmp);
        let scatter = match losses.is_empty() {
            true => Cow::Owned(Weighted::new(Vec::new())),
            false => law.ensemble.scatter()?.at(inputs),
        };
        Ok(Self { law, of_logs, losses, scatter })
    }

    /// The loss as the law has it.
    pub(crate) fn law(&self) -> &Spread<'a> {
        &self.law
    }

    /// Never narrower than the interval of the law, and with its draws as far from the estimate as that has them; the same without draws.
    pub(crate) fn interval(&self, level: f64) -> [f64; 2] {
        let law = self.law.interval(level);
        if self.losses.is_empty() {
            return law;
        }
        let (tails, farther) = self.law.tails(level);
        let estimate = if self.of_logs { self.law.estimate.ln() } else { self.law.estimate };
        let losses: Vec<f64> =
            self.losses.iter().map(|loss| estimate + farther * (loss - estimate)).collect();
        let [lower, upper] = tails.map(|p| {
            let end = sum_quantile(&losses, &self.scatter, p);
            if self.of_logs { end.exp() } else { end }
        });
        [lower.min(law[0]), upper.max(law[1])]
    }
}
