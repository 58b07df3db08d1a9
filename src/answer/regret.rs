//! What a wrong choice costs: runs of other sizes than the best of a budget.

mod sizes;

use serde::{Deserialize, Serialize};

use super::engine::{AllocationOptions, LimitedBy, Reading, positive};
use crate::bootstrap::{Ensemble, Estimate, OfAll, Sample};
use crate::{Document, Result};
use sizes::Costs;
pub(super) use sizes::{Asked, Found, same};

/// A run of another size than the best, trained with the same budget.
///
/// Draws of the law differ in where the best run is. The size is that of the law at its optimum, and each draw says what that costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OtherSize {
    /// Its size over that of the best run.
    pub factor: f64,
    /// N̄.
    pub average_params: f64,
    /// D: what the budget leaves.
    pub tokens: f64,
    /// Loss, nats a token.
    pub loss: Estimate,
    /// By what share its loss is above the least of the budget: 0.01 is 1 %. The interval is between quantiles of the draws, as that of
    /// [`flops_to_match`](Self::flops_to_match). Negative only where the size breaks a cap.
    pub excess_loss: Estimate,
    /// FLOPs that a run of this size takes to reach the least loss of the budget. None if it never does; infinite where a draw does not.
    pub flops_to_match: Option<Estimate>,
    /// FLOPs with which the best run has the loss of this one, at the optimum of the fit: the rest of the budget is wasted. None if no run
    /// does.
    pub flops_worth: Option<f64>,
    /// Share of the draws in which its loss is [within](Regret::within) of the least. Not a number without draws.
    pub near_best: f64,
    /// The cap that it breaks, if any.
    pub breaks: Option<LimitedBy>,
}

/// What runs of other sizes cost at one budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Regret {
    /// FLOPs of training and of serving.
    pub flops: f64,
    /// How far above the least a loss is near the best, as a share of it: 0.005.
    pub within: f64,
    /// The least N̄ about the best run whose loss is near the best.
    pub least_params: Estimate,
    /// What ends the band there, if the loss does not.
    pub least_params_limited_by: Option<LimitedBy>,
    /// The most N̄.
    pub most_params: Estimate,
    /// What ends the band there, if the loss does not.
    pub most_params_limited_by: Option<LimitedBy>,
    /// Runs of ¼, ½, 1, 2 and 4 times the best size; those that the budget does not pay for are left out.
    pub sizes: Vec<OtherSize>,
}

impl Regret {
    /// Sizes that are asked about, over the best.
    ///
    /// ```
    /// assert_eq!(nbar::answer::Regret::FACTORS, [0.25, 0.5, 1.0, 2.0, 4.0]);
    /// ```
    pub const FACTORS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
}

impl Document for Regret {
    const SCHEMA: &'static str = "nbar.regret/1";
}

/// Losses this far above the least, as a share of it, are near the best.
const WITHIN: f64 = 0.005;

impl Ensemble {
    /// What it costs to train a run of another size than the best with the same budget.
    ///
    /// A size k N* has the loss `L(k N*, C/(6 k N*))`; its excess is that over the least loss of the budget, less 1.
    ///
    /// ```
    /// use nbar::answer::AllocationOptions;
    /// use nbar::{Ensemble, Fit, law::by_name};
    /// let constants = [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
    /// let law = Ensemble::without_draws(Fit::of_constants(by_name("chinchilla")?, &constants)?);
    /// let regret = law.regret(5.76e23, &AllocationOptions::default())?;
    /// let half = &regret.sizes[1];
    /// // With half of the parameters the same loss takes a fifth more compute (de Vries 2023).
    /// assert!((half.flops_to_match.unwrap().estimate / 5.76e23 - 1.208).abs() < 0.001);
    /// assert!(half.excess_loss.estimate < regret.within && regret.least_params.estimate < half.average_params);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`allocate`](Self::allocate).
    pub fn regret(&self, flops: f64, options: &AllocationOptions) -> Result<Regret> {
        positive("flops", flops)?;
        let (reading, limits) = self.question(options)?;
        let best = reading.best_of(&limits, flops)?;
        let asked = Asked::new(&limits, flops, best);
        let of = |sample: Sample<'_>| {
            let mut surface = reading.surface(sample);
            let best = limits.best(&mut surface, flops, Some(best.tokens));
            asked.of(&mut surface, best)
        };
        let found = self.bent("allocate", of, same)?;
        Ok(self.regret_from(&asked, &found, &reading))
    }

    /// What was found of the sizes that were asked about.
    pub(super) fn regret_from(
        &self,
        asked: &Asked<'_>,
        found: &OfAll<Found>,
        reading: &Reading<'_>,
    ) -> Regret {
        let [least_params, most_params] =
            [0, 1].map(|end| self.estimate_of(found.map(|all| all.band[end].0)));
        let [least_params_limited_by, most_params_limited_by] = found.optimum.band.map(|end| end.1);
        // A size at which the law has no loss is none.
        let is_known = |place: usize| found.optimum.sizes[place].loss.is_finite();
        let known = asked.sizes.iter().enumerate().filter(|(place, _)| is_known(*place));
        let sizes = known.map(|(place, size)| OtherSize {
            factor: size.factor,
            average_params: size.params,
            tokens: size.tokens,
            breaks: size.breaks,
            flops_worth: asked.worth(&mut reading.surface(&self.fit.parameters), size),
            ..self.other_size(&found.map(|all| all.sizes[place]), size.breaks.is_none())
        });
        Regret {
            flops: asked.flops,
            within: WITHIN,
            least_params,
            least_params_limited_by,
            most_params,
            most_params_limited_by,
            sizes: sizes.collect(),
        }
    }

    /// What one size costs.
    fn other_size(&self, found: &OfAll<Costs>, is_allowed: bool) -> OtherSize {
        // The best run is found to rounding.
        let excess = |costs: &Costs| match costs.loss / costs.least - 1.0 {
            // A draw without a best run has none that is near it.
            _ if !costs.least.is_finite() => f64::INFINITY,
            excess if is_allowed => excess.max(0.0),
            excess => excess,
        };
        let flops = |of: fn(&Costs) -> Option<f64>| {
            of(&found.optimum)
                .map(|_| self.over_draws(&found.map(|costs| of(costs).unwrap_or(f64::INFINITY))))
        };
        let near = found.mixed().filter(|costs| excess(costs) <= WITHIN).count();
        OtherSize {
            factor: f64::NAN,
            average_params: f64::NAN,
            tokens: f64::NAN,
            breaks: None,
            loss: self.estimate_of(found.map(|costs| costs.loss)),
            excess_loss: self.over_draws(&found.map(excess)),
            flops_to_match: flops(|costs| costs.to_match),
            flops_worth: None,
            near_best: near as f64 / found.draws.len() as f64,
        }
    }
}
