//! The best run of a budget, of several, and of a loss.

use serde::Serialize;

use super::engine::{
    AllocationOptions, Bill, LimitedBy, Limits, Reading, Split, enough, no_optimum, positive,
};
use super::regret::{self, Regret};
use crate::bootstrap::{Ensemble, Estimate, NEVER, OfAll, Sample, alike};
use crate::fit::Warning;
use crate::numeric::parallel::map_blocks;
use crate::predict::Extrapolation;
use crate::{Document, Error, Result};

/// The best run of a budget or of a loss.
///
/// Where some draws do not reach a loss, upper ends of intervals may be infinite, and standard errors are not numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Allocation {
    /// N₀.
    pub initial_params: Estimate,
    /// N̄.
    pub average_params: Estimate,
    /// Parameters left at the end.
    pub final_params: Estimate,
    /// D.
    pub tokens: Estimate,
    /// D / N̄.
    pub tokens_per_param: Estimate,
    /// Training FLOPs: 6 N̄ D, or 6 N₀ D if the fit [counts them so](crate::observation::FlopsCount::Dense), or as [the law reads
    /// them](crate::Fit::flops_of).
    pub flops: Estimate,
    /// FLOPs of serving the tokens that are asked for.
    pub serving_flops: Estimate,
    /// Both together.
    pub total_flops: Estimate,
    /// Loss of the run, nats a token.
    pub loss: Estimate,
    /// What keeps the run from being better, if anything does.
    pub limited_by: Option<LimitedBy>,
    /// Share of the draws in which such a run exists: 1, unless a loss was asked for.
    pub reachable: f64,
    /// How far it lies beyond the sweep.
    pub extrapolation: Extrapolation,
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
    /// What [`total_flops`](Self::total_flops) cost, where prices are given.
    #[serde(flatten)]
    pub bill: Bill,
    /// What other sizes cost at this budget; none among several budgets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regret: Option<Regret>,
    /// Level of the intervals.
    pub level: f64,
}

impl Document for Allocation {
    const SCHEMA: &'static str = "nbar.allocate/1";
}

/// A run and its loss, if there is one.
type Found = Option<(Split, f64)>;

fn same_run(a: &Found, b: &Found) -> bool {
    let losses = a.zip(*b).is_none_or(|((_, a), (_, b))| alike(a, b));
    losses && Split::same(a.map(|a| a.0), b.map(|b| b.0))
}

/// Budgets whose runs are held in memory at once, for all draws.
const AT_ONCE: usize = 128;

impl Ensemble {
    /// The run of least loss for a budget of FLOPs: of training, 6 N̄ D, and of serving, if tokens are to be served.
    ///
    /// Closed form where the law is `E + A/N̄^α + B/D^β` on such runs, else a search over ln D from one token to one parameter.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # use nbar::answer::AllocationOptions;
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let run = ensemble.allocate(1e21, &AllocationOptions::default())?;
    /// let flops = 6.0 * run.average_params.estimate * run.tokens.estimate;
    /// assert!((flops / 1e21 - 1.0).abs() < 1e-12);
    /// // If many tokens will be served, a smaller network trained for longer is better.
    /// let served = ensemble.allocate(1e21, &AllocationOptions::default().with_inference_tokens(1e12))?;
    /// assert!(served.tokens_per_param.estimate > run.tokens_per_param.estimate);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the budget is not positive and finite, or cannot be spent within the caps; when the law has parameters that the
    /// sweep does not identify, or has no optimum.
    pub fn allocate(&self, flops: f64, options: &AllocationOptions) -> Result<Allocation> {
        let (reading, limits) = self.question(options)?;
        positive("flops", flops)?;
        let near = reading.best_of(&limits, flops)?;
        let asked = regret::Asked::new(&limits, flops, near);
        let both = |sample: Sample<'_>| {
            let mut surface = reading.surface(sample);
            let split = limits.best(&mut surface, flops, Some(near.tokens));
            let loss = surface.loss(split.params, split.tokens);
            (Some((split, loss)), asked.of(&mut surface, split))
        };
        let found = self.bent("allocate", both, |a, b| same_run(&a.0, &b.0) && regret::same(&a.1, &b.1))?;
        let run = self.spent(flops, options, &found.map(|(run, _)| *run))?;
        let regret = self.regret_from(&asked, &found.map(|(_, sizes)| sizes.clone()), &reading);
        Ok(Allocation { regret: Some(regret), ..run })
    }

    /// The run that was found for a budget.
    fn spent(&self, flops: f64, options: &AllocationOptions, found: &OfAll<Found>) -> Result<Allocation> {
        let run = self.finish(options, found, |_| None, Some(flops))?;
        Ok(Allocation { bill: options.prices.bill(run.total_flops), ..run })
    }

    /// The best runs of several budgets, without what other sizes cost.
    ///
    /// # Errors
    /// As for [`allocate`](Self::allocate), of any of them.
    pub fn frontier(&self, budgets: &[f64], options: &AllocationOptions) -> Result<Vec<Allocation>> {
        let (reading, limits) = self.question(options)?;
        budgets.iter().try_for_each(|flops| positive("flops", *flops))?;
        let mut runs = Vec::with_capacity(budgets.len());
        for budgets in budgets.chunks(AT_ONCE) {
            let near: Vec<Split> =
                budgets.iter().map(|flops| reading.best_of(&limits, *flops)).collect::<Result<_>>()?;
            let found = self.bent(
                "allocate",
                |sample| {
                    let mut surface = reading.surface(sample);
                    // So far a draw is from the optimum at one budget, and about so far at the next.
                    let mut apart = 1.0;
                    let best = |(flops, near): (&f64, &Split)| {
                        let split = limits.best(&mut surface, *flops, Some(apart * near.tokens));
                        apart = split.tokens / near.tokens;
                        Some((split, surface.loss(split.params, split.tokens)))
                    };
                    budgets.iter().zip(&near).map(best).collect::<Vec<_>>()
                },
                |a, b| a.iter().zip(b).all(|(a, b)| same_run(a, b)),
            )?;
            let run = |k: usize| self.spent(budgets[k], options, &found.map(|runs| runs[k]));
            let finished =
                map_blocks(self.fit.options.jobs, budgets.len(), 1, |block| block.map(run).collect());
            runs.extend(finished.into_iter().collect::<Result<Vec<_>>>()?);
        }
        Ok(runs)
    }

    /// The run that costs the least FLOPs, of training and of serving, and reaches a loss.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # use nbar::answer::AllocationOptions;
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let options = AllocationOptions::default();
    /// let run = ensemble.cheapest(3.0, &options)?;
    /// let back = ensemble.allocate(run.flops.estimate, &options)?;
    /// assert!((back.loss.estimate - 3.0).abs() < 1e-9 && run.reachable == 1.0);
    /// assert!(ensemble.cheapest(1.0, &options).unwrap_err().to_string().contains("not reachable"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`allocate`](Self::allocate), and when the law at its optimum does not reach the loss: [`Error::NotReachable`].
    pub fn cheapest(&self, loss: f64, options: &AllocationOptions) -> Result<Allocation> {
        positive("loss", loss)?;
        let (reading, limits) = self.question(options)?;
        let near = limits.cheapest(&mut reading.surface(&self.fit.parameters), loss, None);
        if let Some(ended) = near.filter(|split| split.limit == Some(LimitedBy::Range)) {
            return Err(reading.no_optimum(ended.end(), ended.cap(&limits)));
        }
        if let Some(near) = near {
            let flops = limits.cost(near.params, near.tokens);
            limits.check_gain(&mut reading.at_optimum(), (flops, near))?;
        }
        let cheapest =
            |sample: Sample<'_>| Some((limits.cheapest(&mut reading.surface(sample), loss, near)?, loss));
        let least = |parameters: &[f64]| {
            let mut surface = reading.surface(parameters);
            Some(Unreached { loss, least: limits.least_loss(&mut surface) })
        };
        let mut run = self.finish(options, &self.bent("allocate", cheapest, same_run)?, least, None)?;
        run.loss = Estimate::exact(loss);
        run.bill = options.prices.bill(run.total_flops);
        run.regret = Some(self.regret(run.total_flops.estimate, options)?);
        Ok(run)
    }

    pub(crate) fn question(&self, options: &AllocationOptions) -> Result<(Reading<'_>, Limits)> {
        options.validate()?;
        self.check_falls("allocate")?;
        let reading = Reading::new(&self.fit, options)?;
        reading.both()?;
        Ok((reading, self.limits(options)))
    }

    pub(super) fn limits(&self, options: &AllocationOptions) -> Limits {
        Limits::new(options, &self.fit)
    }

    /// All that follows from N̄, D and the loss, and from the FLOPs that were asked for, if they were.
    fn finish(
        &self,
        options: &AllocationOptions,
        found: &OfAll<Found>,
        unreached: impl Fn(&[f64]) -> Option<Unreached>,
        budget: Option<f64>,
    ) -> Result<Allocation> {
        let (ratios, limits) = (options.shape.ratios(self.fit.observations.size()), self.limits(options));
        let law = found.optimum.map(|(split, _)| split);
        // A network that is served costs some of the budget, and has an end where it costs all of it.
        let most = budget.map_or(f64::INFINITY, |budget| budget / limits.serving);
        let quantities = |(split, loss): (Split, f64)| {
            let [params, tokens] = law.map_or([split.params, split.tokens], |law| split.reach(law));
            let params = params.min(most);
            let flops = limits.training * split.params * split.tokens;
            let serving = limits.serving * params;
            let [initial, last] = [ratios.initial, ratios.last].map(|ratio| ratio * params);
            let ratio = (tokens / params).clamp(NEVER.recip(), NEVER);
            [initial, params, last, tokens, ratio, flops, serving, serving / flops, flops + serving, loss]
        };
        // A run that does not exist is no larger than the caps, costs without end, and has no ratio and no loss.
        let (params, tokens) = (limits.params, limits.tokens);
        let [initial, last] = [ratios.initial, ratios.last].map(|ratio| ratio * params);
        let serving = if limits.serving == 0.0 { 0.0 } else { limits.serving * params };
        let (none, never) = (f64::NAN, f64::INFINITY);
        let missing = [initial, params, last, tokens, none, never, serving, none, never, none];
        let answers = self.answers(missing, &found.map(|found| found.map(quantities)));
        let (Some((split, _)), Some(estimates)) = (found.optimum, answers.estimates) else {
            let Unreached { loss, least } =
                unreached(&self.fit.parameters).unwrap_or(Unreached { loss: f64::NAN, least: f64::NAN });
            return Err(Error::NotReachable { loss, least, probability: answers.reached });
        };
        let [
            initial_params,
            average_params,
            final_params,
            tokens,
            ratio,
            flops,
            serving,
            of_both,
            total,
            loss,
        ] = estimates;
        let (flops, serving, total) = match budget {
            Some(budget) if limits.serving > 0.0 => {
                let [flops, serving] = of_both.split(budget, [flops, serving]);
                (flops, serving, Estimate::exact(budget))
            }
            Some(budget) => (Estimate::exact(budget), serving, Estimate::exact(budget)),
            None => (flops, serving, total.agreeing_with([flops, serving])),
        };
        let extrapolation = self.fit.extrapolation(
            ratios.law * split.params,
            limits.training * split.params * split.tokens,
            split.tokens,
        );
        let at_end = |found: &&(Split, f64)| found.0.limit == Some(LimitedBy::Range);
        let ended = found.draws.iter().flatten().filter(at_end).count();
        let of_bent = found.mixed().flatten().filter(at_end).count();
        let ended = enough(ended, of_bent, (self.draws.len(), self.options.level));
        let training = limits.training * split.params * split.tokens;
        let range = self.fit.outside_of_budget([ratios.law * split.params, training, split.tokens]);
        let repeats = self.fit.outside_repeats(split.tokens, options.unique_tokens);
        let outside = self.fit.beyond_pruning(options.shape.unit());
        let mut warnings: Vec<Warning> = range
            .into_iter()
            .chain(repeats)
            .chain(no_optimum(ended, self.draws.len()))
            .chain(outside)
            .collect();
        if answers.reached < 1.0 {
            warnings.push(Warning::NotReachable { probability: answers.reached });
        }
        Ok(Allocation {
            initial_params,
            average_params,
            final_params,
            tokens,
            tokens_per_param: ratio,
            flops,
            serving_flops: serving,
            total_flops: total,
            loss,
            limited_by: split.limit,
            reachable: answers.reached,
            extrapolation,
            warnings,
            bill: Bill::default(),
            regret: None,
            level: self.options.level,
        })
    }
}

/// A loss that is not reached, and the least that is.
pub(super) struct Unreached {
    pub(super) loss: f64,
    pub(super) least: f64,
}
