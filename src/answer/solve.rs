//! Inverse questions: what reaches a loss, all but one of N, D and the sparsity being given.

mod ray;

use serde::Serialize;

use super::engine::{AllocationOptions, Bill, Reading, RunShape, SizeRatios, positive};
use crate::bootstrap::{Ensemble, Estimate, Sample, alike};
use crate::fit::Warning;
use crate::numeric::roots::root_to;
use crate::observation::TrainingFlops;
use crate::predict::Extrapolation;
use crate::{Document, Error, Result, Schedule};
use ray::Ray;

/// The run that reaches a loss: what was given, exactly, and what was asked for, with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Answer {
    /// N₀.
    pub initial_params: Estimate,
    /// N̄.
    pub average_params: Estimate,
    /// Parameters left at the end.
    pub final_params: Estimate,
    /// 1 - N_final/N₀.
    pub sparsity: Estimate,
    /// D.
    pub tokens: Estimate,
    /// Training FLOPs: 6 N̄ D, or 6 N₀ D if the fit [counts them so](crate::observation::FlopsCount::Dense), or as [the law reads
    /// them](crate::Fit::flops_of).
    pub flops: Estimate,
    /// The loss, as asked for.
    pub loss: Estimate,
    /// Share of the draws in which there is such a run.
    pub reachable: f64,
    /// How far it lies beyond the sweep.
    pub extrapolation: Extrapolation,
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
    /// What the training FLOPs cost, where prices are given.
    #[serde(flatten)]
    pub bill: Bill,
    /// What was asked for: `tokens`, `initial_params` (and all sizes with it), `flops` or `sparsity`.
    pub solved_for: &'static str,
    /// Level of the intervals.
    pub level: f64,
}

impl Document for Answer {
    const SCHEMA: &'static str = "nbar.solve/1";
}

/// The highest sparsity that is looked at, and how many are, evenly spread in the logarithm of the density.
const MOST_SPARSE: f64 = 0.999;
const SPARSITIES: usize = 48;
/// The logarithm of the density is known to this.
const DENSITY: f64 = 1e-10;
/// A loss is below another if it is by more than this, relatively.
const ROUNDING: f64 = 1e-9;

/// A question.
#[derive(Debug, Clone, Copy)]
struct Asked {
    loss: f64,
    solved_for: &'static str,
    /// Which of the run's quantities are no answers.
    given: [bool; 6],
}

/// A run of some shape.
#[derive(Debug, Clone, Copy)]
struct Found {
    ratios: SizeRatios,
    /// N̄.
    average: f64,
    /// D.
    tokens: f64,
}

impl Found {
    /// N₀, N̄, N_final, sparsity, D and training FLOPs.
    fn quantities(self, count: TrainingFlops) -> [f64; 6] {
        let Self { ratios, average, tokens } = self;
        let sparsity = 1.0 - ratios.last / ratios.initial;
        let [initial, last] = [ratios.initial, ratios.last].map(|ratio| ratio * average);
        [initial, average, last, sparsity, tokens, count.over_average(ratios.initial) * average * tokens]
    }
}

impl Ensemble {
    /// The tokens after which a run of `params` parameters before pruning reaches a loss.
    ///
    /// Of the options the shape, the number of different tokens and the prices count.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # use nbar::answer::AllocationOptions;
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let run = ensemble.tokens_for(3.0, 1e9, &AllocationOptions::default())?;
    /// assert!((fit.predict(1e9, run.tokens.estimate)? - 3.0).abs() < 1e-12);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a number is not positive and finite, the law does not read tokens or has parameters that the sweep does not
    /// identify, and when it does not come down to the loss: [`Error::NotReachable`].
    pub fn tokens_for(&self, loss: f64, params: f64, options: &AllocationOptions) -> Result<Answer> {
        positive("params", params)?;
        let reading = self.asked(loss, options)?;
        reading.reads_tokens()?;
        let ratios = options.shape.ratios(self.fit.observations.size());
        let average = params / ratios.initial;
        let asked = Asked { loss, solved_for: "tokens", given: [true, true, true, true, false, false] };
        let line = Ray::new(&reading, &self.fit.parameters, ([average.ln(), 0.0], [0.0, 1.0]), loss);
        line.check_first("token")?;
        self.answer(asked, options, |sample| {
            line.reach(sample).map(|tokens| Found { ratios, average, tokens })
        })
    }

    /// The parameters with which a run of `tokens` tokens reaches a loss.
    ///
    /// # Errors
    /// As for [`tokens_for`](Self::tokens_for).
    pub fn params_for(&self, loss: f64, tokens: f64, options: &AllocationOptions) -> Result<Answer> {
        positive("tokens", tokens)?;
        let reading = self.asked(loss, options)?;
        reading.reads_params()?;
        let ratios = options.shape.ratios(self.fit.observations.size());
        let given = [false, false, false, true, true, false];
        let line = Ray::new(&reading, &self.fit.parameters, ([0.0, tokens.ln()], [1.0, 0.0]), loss);
        line.check_first("parameter")?;
        self.answer(Asked { loss, solved_for: "initial_params", given }, options, |sample| {
            line.reach(sample).map(|average| Found { ratios, average, tokens })
        })
    }

    /// The training FLOPs with which a law of compute alone reaches a loss. Parameters and tokens of the answer are not numbers.
    ///
    /// Of the options the prices count; caps, served tokens and a schedule are refused.
    ///
    /// ```
    /// use nbar::{Ensemble, Fit, answer::AllocationOptions, law::by_name};
    /// let law = Fit::of_constants(by_name("compute")?, &[("E", 1.4), ("K", 83.634), ("gamma", 0.08593)])?;
    /// let run = Ensemble::without_draws(law).flops_for(2.27, &AllocationOptions::default())?;
    /// assert!((run.flops.estimate / 1.19e23 - 1.0).abs() < 1e-3 && run.tokens.estimate.is_nan());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`tokens_for`](Self::tokens_for), and when the law tells parameters from tokens.
    pub fn flops_for(&self, loss: f64, options: &AllocationOptions) -> Result<Answer> {
        let plain = AllocationOptions::default().with_prices(options.prices);
        if *options != plain {
            let problem = "the law is of compute alone: caps, served tokens and schedules are not read by it";
            let remedy = "leave them out, or fit a law of both parameters and tokens, such as chinchilla";
            return Err(Error::unanswerable("solve", problem, remedy));
        }
        let reading = self.asked(loss, options)?;
        if reading.tells_apart() {
            let law = self.fit.law().spec().name.clone();
            let problem =
                format!("the {law} law tells parameters from tokens: FLOPs alone do not say the loss");
            return Err(Error::unanswerable("solve", problem, "ask for the cheapest run of the loss"));
        }
        let ratios = options.shape.ratios(self.fit.observations.size());
        let asked = Asked { loss, solved_for: "flops", given: [false, false, false, true, false, false] };
        let line = Ray::new(&reading, &self.fit.parameters, ([0.0; 2], [0.0, 1.0]), loss);
        let mut answer = self.answer(asked, options, |sample| {
            line.reach(sample).map(|tokens| Found { ratios, average: 1.0, tokens })
        })?;
        let unknown = Estimate::exact(f64::NAN);
        (answer.initial_params, answer.average_params, answer.final_params) = (unknown, unknown, unknown);
        (answer.tokens, answer.extrapolation.params, answer.extrapolation.tokens) =
            (unknown, f64::NAN, f64::NAN);
        Ok(answer)
    }

    /// The least sparsity with which a run of `tokens` tokens that ends with `final_params` parameters reaches a loss; the sparser, the
    /// larger before pruning. `schedule` says along what curve, whatever its own sparsity; of the options the number of different tokens
    /// and the prices count.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::{Schedule, answer::AllocationOptions, schedule::{Ramp, Shape, Unit}};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// // A network of a billion parameters as good as a dense one of a billion and a half.
    /// let loss = fit.predict(1.5e9, 1e11)?;
    /// let ramp = Schedule::from(Ramp::new(Shape::Geometric, 0.5, 0.25, 0.75, Unit::Compute));
    /// let run = ensemble.sparsity_for(loss, 1e9, 1e11, &ramp, &AllocationOptions::default())?;
    /// assert!((run.average_params.estimate / 1.5e9 - 1.0).abs() < 1e-9);
    /// assert!((run.final_params.estimate / 1e9 - 1.0).abs() < 1e-12 && run.sparsity.estimate > 0.5);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`tokens_for`](Self::tokens_for), and when the schedule prunes nothing or has several cuts.
    pub fn sparsity_for(
        &self,
        loss: f64,
        final_params: f64,
        tokens: f64,
        schedule: &Schedule,
        runs: &AllocationOptions,
    ) -> Result<Answer> {
        positive("final_params", final_params)?;
        positive("tokens", tokens)?;
        if *schedule == Schedule::Dense {
            let problem = "a dense run has no sparsity to choose";
            let remedy = "give the schedule along which it is pruned (`schedule`, `prune_start`, `prune_end`, `prune_unit`)";
            return Err(Error::unanswerable("solve", problem, remedy));
        }
        let options = |sparsity: f64| {
            let shape = RunShape::new(&schedule.with_final_sparsity(sparsity)?)?;
            Ok(AllocationOptions {
                shape,
                unique_tokens: runs.unique_tokens,
                prices: runs.prices,
                ..AllocationOptions::default()
            })
        };
        let lowest = if let Schedule::Ramp(ramp) = schedule { ramp.initial_sparsity } else { 0.0 };
        self.asked(loss, &options(lowest)?)?.reads_params()?;
        let size = self.fit.observations.size();
        let (first, last) = (-(-lowest).ln_1p(), -(1.0 - MOST_SPARSE).ln());
        // All densities that are looked at: of a ramp that starts sparse the exact first, not its rounding.
        let at = |ln_ratio: f64| -> Result<(Reading<'_>, SizeRatios)> {
            let options = options(if ln_ratio == first { lowest } else { -(-ln_ratio).exp_m1() })?;
            Ok((Reading::new(&self.fit, &options)?, options.shape.ratios(size)))
        };
        let step = (last - first) / (SPARSITIES - 1) as f64;
        let places: Vec<f64> = (0..SPARSITIES).map(|i| first + step * i as f64).collect();
        let readings = places.iter().map(|ln_ratio| at(*ln_ratio)).collect::<Result<Vec<_>>>()?;
        let loss_of = |sample: Sample<'_>, (reading, ratios): &(Reading<'_>, SizeRatios)| {
            reading.surface(sample).loss(final_params / ratios.last, tokens)
        };
        let unpruned = loss_of((&self.fit.parameters).into(), &readings[0]);
        if unpruned < loss * (1.0 - ROUNDING) {
            let sparser = readings[1..].iter().map(|reading| loss_of((&self.fit.parameters).into(), reading));
            let least = sparser.fold(f64::INFINITY, f64::min);
            let (sparser, remedy) = match least < unpruned * (1.0 - ROUNDING) {
                true => (
                    format!("sparser ones to {least:.4} at the least"),
                    "ask for a loss between these, fewer `final_params` or fewer `tokens`",
                ),
                false => (
                    "sparser ones come higher: it needs no pruning".to_owned(),
                    "ask for fewer `final_params` or fewer `tokens`",
                ),
            };
            let problem = format!("such a run comes to {unpruned:.4} without more pruning, and {sparser}");
            return Err(Error::unanswerable("solve", problem, remedy));
        }
        let given = [false, false, true, false, true, false];
        let mut answer = self.answer(Asked { loss, solved_for: "sparsity", given }, runs, |sample| {
            let losses: Vec<f64> = readings.iter().map(|reading| loss_of(sample, reading)).collect();
            let Some(reached) = losses.iter().position(|found| *found <= loss) else {
                return Err(losses.iter().copied().fold(f64::INFINITY, f64::min));
            };
            let above =
                |ln_ratio: f64| loss - at(ln_ratio).map_or(f64::NAN, |reading| loss_of(sample, &reading));
            let ln_ratio = match reached {
                0 => first,
                _ => root_to(DENSITY, places[reached - 1], places[reached], above),
            };
            let ratios = at(ln_ratio).map_err(|_| f64::NAN)?.1;
            Ok(Found { ratios, average: final_params / ratios.last, tokens })
        })?;
        let found = options(answer.sparsity.estimate)?.shape;
        answer.warnings.extend(self.fit.beyond_pruning(found.unit()));
        Ok(answer)
    }

    fn asked(&self, loss: f64, options: &AllocationOptions) -> Result<Reading<'_>> {
        positive("loss", loss)?;
        options.validate()?;
        self.check_falls("solve")?;
        Reading::new(&self.fit, options)
    }

    /// What `of` finds at the optimum and in every draw, or the least loss where it finds nothing.
    fn answer(
        &self,
        Asked { loss, solved_for, given }: Asked,
        options: &AllocationOptions,
        of: impl Fn(Sample<'_>) -> Result<Found, f64> + Send + Sync,
    ) -> Result<Answer> {
        let count = self.fit.training_flops();
        let same = |a: &Result<Found, f64>, b: &Result<Found, f64>| match (a, b) {
            (Ok(a), Ok(b)) => a.quantities(count).iter().zip(b.quantities(count)).all(|(a, b)| alike(*a, b)),
            (a, b) => a.is_err() && b.is_err(),
        };
        let found = self.bent("solve", of, same)?;
        let quantities = |found: &Result<Found, f64>| found.ok().map(|found| found.quantities(count));
        let answers = self.answers([f64::INFINITY; 6], &found.map(quantities));
        let (run, mut estimates) = match (found.optimum, answers.estimates) {
            (Ok(run), Some(estimates)) => (run, estimates),
            (other, _) => {
                let least = other.err().unwrap_or(f64::NAN);
                return Err(Error::NotReachable { loss, least, probability: answers.reached });
            }
        };
        for (estimate, _) in estimates.iter_mut().zip(given).filter(|(_, given)| *given) {
            *estimate = Estimate::exact(estimate.estimate);
        }
        let (params, flops, tokens) = (run.ratios.law * run.average, run.quantities(count)[5], run.tokens);
        let extrapolation = self.fit.extrapolation(params, flops, tokens);
        let outside = match solved_for {
            // Neither parameters nor tokens are asked for, or answered.
            "flops" => self.fit.outside(f64::NAN, flops, f64::NAN),
            _ => self.fit.outside(params, flops, tokens),
        };
        let pruned = self.fit.beyond_pruning(options.shape.unit());
        let repeats = self.fit.outside_repeats(tokens, options.unique_tokens);
        let split = self.fit.split_untold().filter(|_| solved_for != "flops");
        let mut warnings: Vec<Warning> =
            outside.into_iter().chain(repeats).chain(pruned).chain(split).collect();
        if answers.reached < 1.0 {
            warnings.push(Warning::NotReachable { probability: answers.reached });
        }
        let [mut initial_params, mut average_params, final_params, mut sparsity, tokens, flops] = estimates;
        if solved_for == "sparsity" {
            // None of them is below what is left in the end, and the sparsity is that of the counts. What is not known stays so.
            let left = final_params.estimate;
            let ends = |estimate: Estimate, of: &dyn Fn(f64) -> f64| Estimate {
                interval: estimate.interval.map(of),
                interval_if_law_holds: estimate.interval_if_law_holds.map(|ends| ends.map(of)),
                ..estimate
            };
            [initial_params, average_params] = [initial_params, average_params]
                .map(|count| ends(count, &|end| if end < left { left } else { end }));
            let of_count = |end: f64| if end.is_finite() { 1.0 - left / end } else { end };
            let of_initial = ends(initial_params, &of_count);
            (sparsity.interval, sparsity.interval_if_law_holds) =
                (of_initial.interval, of_initial.interval_if_law_holds);
        }
        Ok(Answer {
            initial_params,
            average_params,
            final_params,
            sparsity,
            tokens,
            flops,
            loss: Estimate::exact(loss),
            reachable: answers.reached,
            extrapolation,
            warnings,
            bill: options.prices.bill(flops),
            solved_for,
            level: self.options.level,
        })
    }
}
