//! The law beside the valleys.

use serde::Serialize;

use super::budgets::Budget;
use super::isocost::Isocost;
use super::line::straight;
use super::polynomial::Polynomial;
use super::{Isoflop, PowerOfCompute};
use crate::answer::AllocationOptions;
use crate::answer::engine::LimitedBy;
use crate::bootstrap::alike;
use crate::fit::Warning;
use crate::{Ensemble, Error, Estimate, Result};

/// What a fitted law says of the same budgets, and what parabolas would make of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BesideLaw {
    /// The law's formula.
    pub law: String,
    /// Powers of compute by which its N* and D* grow, between these budgets.
    pub slopes: [Estimate; 2],
    /// Its N* and D* at [`Isoflop::middle`].
    pub at_middle: [Estimate; 2],
    /// Whether the slopes of N* differ by more than both intervals together, `|a - b| > √(u² + v²)`, u and v being how far each interval
    /// reaches towards the other; none where one has no interval, or one that does not end.
    pub slopes_differ: Option<bool>,
    /// The same of N* at the middle, in logarithms.
    pub middles_differ: Option<bool>,
    /// If the law holds: the slope of N* that parabolas find on its own losses of these runs, less that of the law.
    pub slope_bias: Option<f64>,
    /// The same of N* at the middle, as a factor.
    pub middle_bias: Option<f64>,
    /// Level of its intervals.
    pub level: f64,
    /// What to know of its fit before believing it.
    pub warnings: Vec<Warning>,
}

impl Isoflop {
    /// The same with a law, fitted to the same runs, beside it.
    ///
    /// # Errors
    /// When the law has no best run of a budget, or rests on parameters that the sweep does not identify.
    pub fn beside(mut self, ensemble: &Ensemble) -> Result<Self> {
        if ensemble.fit.says_nothing_of_dense() {
            let problem =
                "every run of the sweep is pruned, and the law beside the valleys is that of dense runs";
            let remedy = "let N be the average (`size=average`) of a law that reads no more of pruning (`law=chinchilla`), or leave the law out (`replicates=0`)";
            return Err(Error::unanswerable("isoflop", problem, remedy));
        }
        let options = AllocationOptions::default();
        let (reading, limits) = ensemble.question(&options)?;
        // Budgets as the law counts them.
        let counted = |budget: &Budget| {
            let ln = budget.points.iter().map(|[params, tokens, ..]| params + tokens);
            limits.training * (ln.sum::<f64>() / budget.points.len() as f64).exp()
        };
        let flops: Vec<f64> = self.budgets.iter().map(counted).collect();
        let mut ended = None;
        let mut optimum = reading.surface(&ensemble.fit.parameters);
        for flops in &flops {
            let best = limits.best(&mut optimum, *flops, None);
            ended = ended.or(Some(best).filter(|best| best.limit == Some(LimitedBy::Range)));
        }
        if let Some(best) = ended {
            return Err(reading.no_optimum(best.end(), Some("leave the law out (`replicates=0`)")));
        }
        // FLOPs that are not 6 N̄ D make other runs equal.
        let otherwise = ensemble.fit.observations.flops_over_average().is_some();
        let costs: Vec<Isocost> = self.budgets.iter().map(Isocost::of).collect();
        let best = |parameters: &[f64]| -> Vec<[f64; 2]> {
            let mut surface = reading.surface(parameters);
            if otherwise {
                return costs.iter().map(|cost| cost.best(&mut surface)).collect();
            }
            let one = |flops: &f64| {
                let split = limits.best(&mut surface, *flops, None);
                [split.params.ln(), split.tokens.ln()]
            };
            flops.iter().map(one).collect()
        };
        let same = |a: &Vec<[f64; 2]>, b: &Vec<[f64; 2]>| {
            a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| alike(*a, *b))
        };
        let found = ensemble.identified("isoflop", best, same)?;
        for (k, valley) in self.valleys.iter_mut().enumerate() {
            valley.law_params = Some(ensemble.estimate_of(found.map(|all| all[k][0].exp())));
        }
        let used: Vec<usize> =
            (0..self.valleys.len()).filter(|k| self.valleys[*k].params.is_some()).collect();
        let x: Vec<f64> = used.iter().map(|k| self.budgets[*k].ln_flops).collect();
        let of = |all: &Vec<[f64; 2]>, which: usize| {
            let y: Vec<f64> = used.iter().map(|k| all[*k][which]).collect();
            let (_, slope, mean) = straight(&x, &y);
            [slope, mean]
        };
        let slopes = [0, 1].map(|which| ensemble.estimate_of(found.map(|all| of(all, which)[0])));
        let at_middle = [0, 1].map(|which| ensemble.estimate_of(found.map(|all| of(all, which)[1].exp())));
        let mut on_law = Vec::with_capacity(used.len());
        for k in &used {
            let budget = &self.budgets[*k];
            let sizes: Vec<f64> = budget.points.iter().map(|point| point[0]).collect();
            let loss = |[params, tokens, ..]: &[f64; 4]| optimum.loss(params.exp(), tokens.exp());
            let losses: Vec<f64> = budget.points.iter().map(loss).collect();
            on_law.extend(Polynomial::through(&sizes, &losses, 3).and_then(|p| p.least(0.5)).map(|p| p.at));
        }
        let bias = (on_law.len() == used.len()).then(|| {
            let ((_, slope, mean), own) = (straight(&x, &on_law), of(&found.optimum, 0));
            [slope - own[0], (mean - own[1]).exp()]
        });
        let PowerOfCompute { slope, at_middle: middle, .. } = self.params;
        self.law = Some(BesideLaw {
            law: ensemble.fit.law().spec().formula.to_string(),
            slopes,
            at_middle,
            slopes_differ: differ(slope, slopes[0], |x| x),
            middles_differ: differ(middle, at_middle[0], f64::ln),
            slope_bias: bias.map(|[slope, _]| slope),
            middle_bias: bias.map(|[_, factor]| factor),
            level: ensemble.options.level,
            warnings: ensemble.fit.warnings.clone(),
        });
        Ok(self)
    }
}

/// N* and the least loss of a budget whose runs cost this, under the law.
///
/// # Errors
/// When the law rests on parameters that the sweep does not identify.
#[cfg(feature = "plot")]
pub(crate) fn best_along(ensemble: &Ensemble, cost: &Isocost) -> Result<[Estimate; 2]> {
    let (reading, _) = ensemble.question(&AllocationOptions::default())?;
    let best = |parameters: &[f64]| {
        let mut surface = reading.surface(parameters);
        let [params, tokens] = cost.best(&mut surface);
        [params.exp(), surface.loss(params.exp(), tokens.exp())]
    };
    let same = |a: &[f64; 2], b: &[f64; 2]| a.iter().zip(b).all(|(a, b)| alike(*a, *b));
    let found = ensemble.identified("isoflop", best, same)?;
    Ok([0, 1].map(|which| ensemble.estimate_of(found.map(|all| all[which]))))
}

/// Whether two estimates differ by more than their intervals reach towards each other, together.
fn differ(a: Estimate, b: Estimate, of: impl Fn(f64) -> f64) -> Option<bool> {
    let (low, high) = if a.estimate < b.estimate { (a, b) } else { (b, a) };
    let reach = [of(low.interval[1]) - of(low.estimate), of(high.estimate) - of(high.interval[0])];
    let apart = of(high.estimate) - of(low.estimate);
    reach.iter().all(|reach| reach.is_finite()).then(|| apart > reach[0].hypot(reach[1]))
}
