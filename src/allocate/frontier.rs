//! The best run of a budget, of several, and of a loss.

use rayon::prelude::*;
use serde::Serialize;

use super::options::positive;
use super::split::{Limits, Split};
use super::surface::Reading;
use super::{AllocationOptions, LimitedBy};
use crate::bootstrap::{Ensemble, Estimate};
use crate::fit::Warning;
use crate::predict::Extrapolation;
use crate::{Error, Result};

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
    /// Training FLOPs, 6 N̄ D.
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
}

/// The loss's place among the quantities of [`Ensemble::finish`].
const LOSS: usize = 8;

impl Ensemble {
    /// The run of least loss for a budget of FLOPs: of training, 6 N̄ D, and of serving, if tokens are to be served.
    ///
    /// Closed form where the law is `E + A/N̄^α + B/D^β` on such runs, else a search over ln D from one token to one parameter.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # use nbar::allocate::AllocationOptions;
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
        positive("flops", flops)?;
        let (reading, limits) = self.question(options)?;
        limits.check(flops)?;
        let near = limits.best(&mut reading.surface(&self.fit.parameters), flops, None).tokens;
        let best = |parameters: &[f64]| {
            let mut surface = reading.surface(parameters);
            let split = limits.best(&mut surface, flops, Some(near));
            let loss = surface.loss(split.params, split.tokens);
            Some((split, loss))
        };
        let mut run = self.finish(options, &reading, best, |_| None)?;
        let (spent, exact) =
            if limits.serving > 0.0 { (&mut run.total_flops, true) } else { (&mut run.flops, false) };
        *spent = Estimate::exact(flops);
        if !exact {
            run.total_flops = run.flops;
        }
        Ok(run)
    }

    /// The best runs of several budgets.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # use nbar::allocate::AllocationOptions;
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let runs = ensemble.frontier(&[1e21, 1e22], &AllocationOptions::default())?;
    /// assert!(runs[1].loss.estimate < runs[0].loss.estimate);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`allocate`](Self::allocate), of any of them.
    pub fn frontier(&self, budgets: &[f64], options: &AllocationOptions) -> Result<Vec<Allocation>> {
        budgets.par_iter().map(|flops| self.allocate(*flops, options)).collect()
    }

    /// The run that costs the least FLOPs, of training and of serving, and reaches a loss.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # use nbar::allocate::AllocationOptions;
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
        let cheapest =
            |parameters: &[f64]| Some((limits.cheapest(&mut reading.surface(parameters), loss, near)?, loss));
        let least = |parameters: &[f64]| {
            let mut surface = reading.surface(parameters);
            let last = limits.best(&mut surface, limits.most(), None);
            Some(Unreached { loss, least: surface.loss(last.params, last.tokens) })
        };
        let mut run = self.finish(options, &reading, cheapest, least)?;
        run.loss = Estimate::exact(loss);
        Ok(run)
    }

    fn question(&self, options: &AllocationOptions) -> Result<(Reading<'_>, Limits)> {
        options.validate()?;
        self.identified("allocate")?;
        let reading = Reading::new(&self.fit, options)?;
        reading.both()?;
        Ok((reading, Limits::new(options)))
    }

    /// The run at the optimum and in every draw, with all that follows from N̄, D and the loss.
    fn finish(
        &self,
        options: &AllocationOptions,
        reading: &Reading<'_>,
        split: impl Fn(&[f64]) -> Option<(Split, f64)> + Send + Sync,
        unreached: impl Fn(&[f64]) -> Option<Unreached>,
    ) -> Result<Allocation> {
        let (ratios, limits) = (options.shape.ratios(self.fit.observations.size()), Limits::new(options));
        let at_end = std::sync::atomic::AtomicUsize::new(0);
        let quantities = |(split, loss): (Split, f64)| {
            let Split { params, tokens, .. } = split;
            let (flops, serving) = (6.0 * params * tokens, limits.serving * params);
            [
                ratios.initial * params,
                params,
                ratios.last * params,
                tokens,
                tokens / params,
                flops,
                serving,
                flops + serving,
                loss,
            ]
        };
        let whole = split(&self.fit.parameters);
        if let Some((Split { limit: Some(LimitedBy::Range), .. }, _)) = whole {
            return Err(reading.no_optimum());
        }
        let mut missing = [f64::INFINITY; LOSS + 1];
        // A run that does not exist has no ratio.
        missing[4] = f64::NAN;
        missing[LOSS] = f64::NAN;
        let answers = self.answers(missing, whole.map(quantities), |draw| {
            let found = split(draw)?;
            if found.0.limit == Some(LimitedBy::Range) {
                at_end.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            Some(quantities(found))
        });
        let (Some((split, _)), Some(estimates)) = (whole, answers.estimates) else {
            let Unreached { loss, least } =
                unreached(&self.fit.parameters).unwrap_or(Unreached { loss: f64::NAN, least: f64::NAN });
            return Err(Error::NotReachable { loss, least, probability: answers.reached });
        };
        let [
            initial_params,
            average_params,
            final_params,
            tokens,
            tokens_per_param,
            flops,
            serving_flops,
            total_flops,
            loss,
        ] = estimates;
        let extrapolation = self.fit.extrapolation(ratios.law * split.params, split.params, split.tokens);
        let mut warnings = Vec::new();
        if extrapolation.flops > 1.0 {
            warnings
                .push(Warning::ExtrapolatesBeyond { what: "flops".to_owned(), factor: extrapolation.flops });
        }
        let (ended, draws) = (at_end.into_inner(), self.draws.len());
        if ended > 0 {
            warnings.push(Warning::NoOptimum { draws: ended, of: draws });
        }
        if answers.reached < 1.0 {
            warnings.push(Warning::NotReachable { probability: answers.reached });
        }
        Ok(Allocation {
            initial_params,
            average_params,
            final_params,
            tokens,
            tokens_per_param,
            flops,
            serving_flops,
            total_flops,
            loss,
            limited_by: split.limit,
            reachable: answers.reached,
            extrapolation,
            warnings,
        })
    }
}

/// A loss that is not reached, and the least that is.
pub(super) struct Unreached {
    pub(super) loss: f64,
    pub(super) least: f64,
}
