//! Sparse or dense: what the next run should be, down to steps and layers.
//!
//! For a budget of training FLOPs, a number of tokens to serve and some sparsities, [`Ensemble::plan`] gives the
//! compute-optimal run of each, its pruning schedule in whole steps, the shape of a network of that size, and which of them
//! costs least in all. docs/method.md, "Plans", has the definitions.

mod costs;
mod draft;
mod options;

use serde::{Deserialize, Serialize};

pub use costs::{BreakEven, EqualLoss};
pub use options::PlanOptions;

use super::engine::{LimitedBy, RunShape, Split, enough, farthest, no_optimum};
use super::regret::Regret;
use super::window::BestWindow;
use crate::bootstrap::{Ensemble, Estimate, OfAll};
use crate::fit::Warning;
use crate::network::{TransformerShape, shapes};
use crate::numeric::parallel::map_blocks;
use crate::schedule::PlannedSchedule;
use crate::{Document, Result};
use draft::{Cost, Draft, Outcome};

/// The compute-optimal run of one sparsity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedRun {
    /// In the end; 0 is dense.
    pub sparsity: f64,
    /// N₀, so that the schedule in whole steps gives N̄.
    pub initial_params: Estimate,
    /// N̄.
    pub average_params: Estimate,
    /// Parameters left at the end, and served.
    pub final_params: Estimate,
    /// D.
    pub tokens: Estimate,
    /// Optimiser steps: D over the tokens of a step, to the nearest; to a thousandth where the whole steps move D itself.
    pub steps: u64,
    /// Where to prune; none for the dense run.
    pub schedule: Option<PlannedSchedule>,
    /// Loss, nats a token.
    pub loss: Estimate,
    /// What keeps it from being better, if anything does.
    pub limited_by: Option<LimitedBy>,
    /// The budget: 6 N̄ D, or 6 N₀ D if the fit [counts FLOPs so](crate::observation::FlopsCount::Dense).
    pub training_flops: Estimate,
    /// 2 N_final for each token served, or, at a sparse speedup X, 2 N₀ / X.
    pub serving_flops: Estimate,
    /// Both.
    pub total_flops: Estimate,
    /// Bytes of the counted parameters when served: 2, or as many as [are given](super::AllocationOptions::bytes_per_param), for each that is left, and for a sparse network a bit for each of N₀ that
    /// says which.
    pub served_bytes: Estimate,
    /// Share of the draws in which its loss is the least at this budget; ties are shared.
    pub least_loss: f64,
    /// What other sizes cost at this budget, along the same schedule; none in plans that were saved without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret: Option<Regret>,
    /// The run of this sparsity that reaches the loss of the dense compute-optimal run, and its cost; none if no run does.
    pub at_dense_loss: Option<EqualLoss>,
    /// The same where training and serving together cost least, not training alone: a smaller run, trained for longer. None where nothing is
    /// served.
    pub at_least_total: Option<EqualLoss>,
    /// The sparse speedup above which it costs less than dense at that loss; none for the dense run, where nothing is served, and
    /// where no speedup up to the ideal is enough.
    pub break_even_speedup: Option<f64>,
    /// The network of nearest size to N₀; none where there is none within a tenth.
    pub network: Option<TransformerShape>,
    /// What integrates its schedule again, in the words of the program that asks: none unless that sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// Runs of one budget, and which of them is best.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
    /// Level of the intervals.
    pub level: f64,
    /// Training FLOPs of each run.
    pub flops: f64,
    /// Tokens to serve.
    pub inference_tokens: f64,
    /// Tokens of a step.
    pub step_tokens: f64,
    /// In the order of the sparsities asked for.
    pub runs: Vec<PlannedRun>,
    /// The sparsity of the run of least loss at the budget; none where all are alike.
    pub best_by_loss: Option<f64>,
    /// The sparsity that costs least, training and serving, at the loss of the dense compute-optimal run; none where all are alike.
    pub best_by_total: Option<f64>,
    /// The sparsity that costs least at that loss if each run is what costs least in all; none where all are alike, and where nothing
    /// is served.
    pub best_by_least_total: Option<f64>,
    /// Numbers of served tokens at which another run becomes the cheapest.
    pub break_even: Vec<BreakEven>,
    /// The budget over the largest of the sweep.
    pub extrapolation: f64,
    /// The window of each sparse run, where it was [chosen](PlanOptions::best_window).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<BestWindow>,
}

fn each_once(warnings: Vec<Warning>) -> Vec<Warning> {
    let mut once: Vec<Warning> = Vec::new();
    for warning in warnings {
        if !once.iter().any(|known| known.to_string() == warning.to_string()) {
            once.push(warning);
        }
    }
    once
}

impl Document for Plan {
    const SCHEMA: &'static str = "nbar.plan/1";
}

impl Plan {
    /// The run of a sparsity.
    #[must_use]
    pub fn run(&self, sparsity: f64) -> Option<&PlannedRun> {
        self.runs.iter().find(|run| run.sparsity == sparsity)
    }
}

impl Ensemble {
    /// The compute-optimal run of each sparsity, and which is best.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::answer::{AllocationOptions, PlanOptions};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let runs = AllocationOptions::default().with_inference_tokens(2e12);
    /// let plan = ensemble.plan(&PlanOptions::new(1e21).with_runs(runs).with_sparsities(vec![0.0, 0.8]))?;
    /// // Under a law of N̄ the sparse run reaches the same loss and is half as large when served.
    /// assert_eq!((plan.best_by_loss, plan.best_by_total), (None, Some(0.8)));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When an option is out of its range, the schedule does not fit into the run in steps of `every`, the law does not read both N
    /// and D or reads what is not given, has no optimum, or the answer depends on parameters that the sweep does not identify.
    pub fn plan(&self, options: &PlanOptions) -> Result<Plan> {
        options.validate()?;
        self.check_falls("plan")?;
        let dense = self.draft(0.0, &options.ramp, options)?;
        let windows = options.sparsities.iter().map(|s| self.plan_window(*s, options));
        let windows = windows.collect::<Result<Vec<_>>>()?;
        let draft = |(sparsity, window): (&f64, &Option<BestWindow>)| {
            let ramp = window.as_ref().map_or_else(|| options.ramp.clone(), |best| best.of(&options.ramp));
            self.draft(*sparsity, &ramp, options)
        };
        let drafts = options.sparsities.iter().zip(&windows).map(draft).collect::<Result<Vec<_>>>()?;
        let (dense, found, regrets) = self.outcomes(&dense, &drafts, options)?;
        let served = options.runs.inference_tokens;
        let costs_of = |run: fn(&Outcome) -> Option<Split>| {
            found.map(|all| {
                let cost = |(outcome, draft): (&Outcome, &Draft)| run(outcome).map(|run| draft.cost(run));
                all.iter().zip(&drafts).map(cost).collect::<Vec<_>>()
            })
        };
        let (costs, costs_in_all) = (costs_of(|outcome| outcome.equal), costs_of(|outcome| outcome.least));
        let losses = |all: &Vec<Outcome>| all.iter().map(|outcome| outcome.loss).collect::<Vec<_>>();
        let totals = |all: &Vec<Option<Cost>>| costs::totals(all, served);
        let least = costs::shares(drafts.len(), &found.mixed().map(losses).collect::<Vec<_>>());
        let wins = |of: &OfAll<Vec<Option<Cost>>>| {
            costs::shares(drafts.len(), &of.mixed().map(totals).collect::<Vec<_>>())
        };
        let (cheapest, cheapest_in_all) = (wins(&costs), wins(&costs_in_all));
        let best_by_total = costs::least(&totals(&costs.optimum));
        let best_by_least_total = costs::least(&totals(&costs_in_all.optimum)).filter(|_| served > 0.0);
        let break_even = best_by_total.map_or_else(Vec::new, |best| {
            let of = |(run, side): (usize, costs::Side)| BreakEven {
                sparsity: drafts[run].sparsity,
                inference_tokens: self.crossing(&costs, [best, run], side),
            };
            costs::neighbours(best, &costs.optimum).into_iter().map(of).collect()
        });
        let extrapolation = self.fit.beyond(options.flops);
        let range = farthest(found.optimum.iter().zip(&drafts).filter_map(|(outcome, draft)| {
            let Split { params, tokens, .. } = outcome.best;
            let flops = draft.training * params * tokens;
            self.fit.outside_of_budget([draft.ratios.law * params, flops, tokens])
        }));
        let unique = options.runs.unique_tokens;
        let longest = found.optimum.iter().map(|outcome| outcome.best.tokens).fold(0.0, f64::max);
        let repeats = self.fit.outside_repeats(longest, unique);
        // The dense run is asked about in any case.
        let usual = RunShape::default();
        let shapes = drafts.iter().map(|draft| draft.runs.shape.unit()).chain([usual.unit()]);
        let outside = shapes.flat_map(|shape| self.fit.beyond_pruning(shape)).collect();
        let at_end = |split: &&Split| split.limit == Some(LimitedBy::Range);
        let [ended, of_bent] =
            [dense.draws.iter().filter(at_end).count(), dense.mixed().filter(at_end).count()];
        let ended = enough(ended, of_bent, (self.draws.len(), self.options.level));
        let best_by_loss = costs::least(&losses(&found.optimum));
        let sparsities: Vec<f64> = drafts.iter().map(|draft| draft.sparsity).collect();
        let dense_total = options.flops + 2.0 * served * dense.optimum.params;
        let planned = |i: usize| {
            let outcomes = found.map(|all| all[i]);
            let shares = [least[i], cheapest[i], cheapest_in_all[i]];
            PlannedRun {
                regret: Some(regrets[i].clone()),
                ..self.planned(&drafts[i], &outcomes, shares, dense_total, options)
            }
        };
        let runs = map_blocks(self.fit.options.jobs, drafts.len(), 1, |block| block.map(planned).collect());
        let sparsity = |best: Option<usize>| best.map(|best| sparsities[best]);
        Ok(Plan {
            warnings: range
                .into_iter()
                .chain(repeats)
                .chain(no_optimum(ended, self.draws.len()))
                .chain(each_once(outside))
                .chain(each_once(windows.iter().flatten().flat_map(|best| best.warnings.clone()).collect()))
                .collect(),
            level: self.options.level,
            flops: options.flops,
            inference_tokens: served,
            step_tokens: options.step_tokens,
            runs,
            best_by_loss: sparsity(best_by_loss),
            best_by_total: sparsity(best_by_total),
            best_by_least_total: sparsity(best_by_least_total),
            break_even,
            extrapolation,
            windows: windows.into_iter().flatten().collect(),
        })
    }

    fn planned(
        &self,
        draft: &Draft,
        outcomes: &OfAll<Outcome>,
        [least_loss, cheapest, cheapest_in_all]: [f64; 3],
        dense_total: f64,
        options: &PlanOptions,
    ) -> PlannedRun {
        let Draft { sparsity, ratios, training, .. } = *draft;
        let (flops, served) = (options.flops, options.runs.inference_tokens);
        let of = |quantity: &dyn Fn(&Outcome) -> f64| self.estimate_of(outcomes.map(quantity));
        let reach = |outcome: &Outcome| outcome.best.reach(outcomes.optimum.best);
        let times = |ratio: f64| of(&|outcome| ratio * reach(outcome)[0]);
        let token = draft.serving;
        let costs = (served, &options.runs.prices);
        let initial_params = times(ratios.initial);
        let break_even_speedup = (sparsity > 0.0 && served > 0.0)
            .then_some(outcomes.optimum.equal)
            .flatten()
            .map(|Split { params, tokens, .. }| {
                2.0 * ratios.initial * params * served / (dense_total - training * params * tokens)
            })
            .filter(|speedup| *speedup > 0.0 && *speedup <= ratios.initial / ratios.last);
        PlannedRun {
            sparsity,
            average_params: times(1.0),
            final_params: times(ratios.last),
            tokens: of(&|outcome| reach(outcome)[1]),
            steps: draft.steps as u64,
            loss: of(&|outcome| outcome.loss),
            limited_by: outcomes.optimum.best.limit,
            training_flops: Estimate::exact(flops),
            serving_flops: times(token * served),
            total_flops: times(token * served).plus(flops),
            served_bytes: times(draft.runs.served_bytes_ratio()),
            least_loss,
            regret: None,
            at_dense_loss: self.equal_loss(draft, &outcomes.map(|o| o.equal), costs, cheapest),
            at_least_total: self.equal_loss(draft, &outcomes.map(|o| o.least), costs, cheapest_in_all),
            break_even_speedup,
            network: shapes(initial_params.estimate, options.vocabulary).ok().map(|all| all[0]),
            initial_params,
            schedule: draft.schedule.clone(),
            command: None,
        }
    }
}
