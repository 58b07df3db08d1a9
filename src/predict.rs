//! The loss of a run that has not been trained, with its intervals.

mod asked;
mod bent;
mod new_run;
mod outcome;
mod reach;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use asked::Asked;
pub use new_run::NewRun;
pub use outcome::Outcome;
pub(crate) use outcome::{interval_score, lies_in};

use crate::bootstrap::{Ensemble, Estimate, alike, not_identified};
use crate::fit::{Fit, Place, Warning};
use crate::law::Input;
use crate::numeric::parallel::map_watched;
use crate::observation::TrainingFlops;
use crate::{Document, Error, Result};

/// A loss with both its intervals, in nats a token.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PredictedLoss {
    /// The law's value at the optimum.
    pub estimate: f64,
    /// Where the law's curve lies.
    pub mean_interval: [f64; 2],
    /// Where a new run would land if the law bends as the runs suggest: the interval to quote.
    ///
    /// Of ln L: it covers the estimate and the estimate moved by the mean bend, and beyond either goes `√(w² + (z g)²)`, w being the half width of
    /// [`run_interval_if_law_holds`](Self::run_interval_if_law_holds) on that side, g the bend's standard deviation and z the normal
    /// quantile of the level. The same as that where the runs show no bend, or where it is switched off.
    pub run_interval: [f64; 2],
    /// Where it would land if the law holds: the curve's draws with the residuals of the sweep added, these of a scale that is a power
    /// of the size and length of runs if the sweep says so. It covers `mean_interval`.
    pub run_interval_if_law_holds: [f64; 2],
    /// The bend there, if it is not switched off and there is one to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bend: Option<LossBend>,
}

/// How far ln L may lie from the law, as the runs suggest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LossBend {
    /// Probability that the law bends at all, half beforehand.
    pub probability: f64,
    /// Mean shift of ln L. The estimate is not moved by it.
    pub shift: f64,
    /// Standard deviation of that.
    pub std_error: f64,
}

/// How far a question lies beyond the sweep: what is asked for over the largest in the sweep. Not numbers where there is no sweep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Extrapolation {
    /// Training FLOPs; 6 N̄ D over what the sweep's runs cost, as measured where that is known.
    pub flops: f64,
    /// Parameters, as the law counts them.
    pub params: f64,
    /// Tokens.
    pub tokens: f64,
}

impl Extrapolation {
    /// How far beyond the sweep's largest budget an answer may go before that is the first thing to say of it.
    pub const FAR: f64 = 100.0;
}

/// A prediction. Of a run of which FLOPs alone are known the counts of parameters and tokens are not numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Prediction {
    /// The loss.
    pub loss: PredictedLoss,
    /// Parameters as the law counts them: N̄, unless the fit chose another size.
    pub params: f64,
    /// N̄ of the run, which its compute is counted by.
    pub average_params: f64,
    /// Tokens of the run.
    pub tokens: f64,
    /// Training FLOPs: 6 N̄ D, or 6 N₀ D if the fit [counts them so](crate::observation::FlopsCount::Dense), or as [the law reads
    /// them](crate::Fit::flops_of).
    pub flops: f64,
    /// How far this lies beyond the sweep.
    pub extrapolation: Extrapolation,
    /// What to know before believing it: first what is of this question, then what is of the fit.
    pub warnings: Vec<Warning>,
    /// N₀ of the run.
    pub initial_params: f64,
    /// Parameters that are left at its end; not a number where only their average is told.
    pub final_params: f64,
    /// Level of the intervals.
    pub level: f64,
    /// Name of the run, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What came of it, if its loss was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl Document for Prediction {
    const SCHEMA: &'static str = "nbar.predict/2";
}

impl Fit {
    /// The law's loss for a run of `params` parameters (averaged over training, if it is pruned) and `tokens` tokens, in nats a
    /// token: without an interval what [`Ensemble::predict`] says.
    ///
    /// # Errors
    /// As for [`Ensemble::predict`].
    pub fn predict(&self, params: f64, tokens: f64) -> Result<f64> {
        self.predict_run(&NewRun::dense(params, tokens)?)
    }

    /// The law's loss for a run, pruned or not, in nats a token: without an interval what [`Ensemble::predict_run`] says.
    ///
    /// # Errors
    /// As for [`Ensemble::predict_run`].
    pub fn predict_run(&self, run: &NewRun) -> Result<f64> {
        if run.group().is_some() && self.by_group().is_some() {
            let of_group = Ensemble::without_draws(self.clone());
            return of_group.of_run(run).and_then(|own| own.fit.predict_run(run));
        }
        let inputs = run.inputs(self)?;
        let (loss, needed) =
            self.resting_on(&self.parameters, |p| self.law().loss(p, &inputs), |a, b| alike(*a, *b));
        match needed {
            Some(parameter) => Err(not_identified("predict", &parameter)),
            None if loss.is_finite() && loss > 0.0 => Ok(loss),
            None => {
                let problem = format!("the law has a loss of {loss} there");
                Err(Error::unanswerable("predict", problem, "ask about a run nearer to those of the sweep"))
            }
        }
    }

    /// Training FLOPs of a dense run as answers count them: 6 N D. Of a law that reads FLOPs as the sweep's column has them, as many times that as
    /// these are in the geometric mean.
    ///
    /// ```
    /// use nbar::{FitOptions, Observations, fit_scaling_law, law::by_name};
    /// let (n, d) = (vec![1e8, 2e8, 4e8, 8e8], vec![2e9, 4e9, 8e9, 1.6e10]);
    /// let flops = n.iter().zip(&d).map(|(n, d)| 1.3 * 6.0 * n * d).collect();
    /// let rows = Observations::new(n, d, vec![3.5, 3.2, 3.0, 2.9])?.with_flops(flops)?;
    /// let fit = fit_scaling_law(&rows, &FitOptions::default().with_law(by_name("compute")?))?;
    /// assert!((fit.flops_of(1e9, 1e10) / 6e19 - 1.3).abs() < 1e-12);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn flops_of(&self, params: f64, tokens: f64) -> f64 {
        self.training_flops().over_average(1.0) * params * tokens
    }

    pub(crate) fn training_flops(&self) -> TrainingFlops {
        self.observations.training_flops(self.law().spec().inputs.contains(&Input::Flops))
    }

    /// FLOPs of the rows as answers count them, or as they are counted where the law reads them.
    pub(crate) fn budgets(&self) -> Vec<f64> {
        match self.law().spec().inputs.contains(&Input::Flops) {
            true => self.observations.flops().collect(),
            false => self.observations.flops_of_answers().collect(),
        }
    }
}

impl Ensemble {
    /// Predicts the loss of a run of `params` parameters (averaged over training, if it is pruned) and
    /// `tokens` tokens.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let prediction = ensemble.predict(1e9, 20e9)?;
    /// let [lower, upper] = prediction.loss.run_interval;
    /// assert!(lower < prediction.loss.estimate && prediction.loss.estimate < upper);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`predict_run`](Self::predict_run), and when a number is not positive and finite.
    pub fn predict(&self, params: f64, tokens: f64) -> Result<Prediction> {
        self.predict_run(&NewRun::dense(params, tokens)?)
    }

    /// Predicts the loss of a run, pruned or not, under any law.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::predict::NewRun;
    /// use nbar::{Extent, Network, Schedule, schedule::Unit};
    /// # let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let schedule = Schedule::one_shot(0.5, 0.5, Unit::Fraction);
    /// let run = NewRun::new(schedule.trajectory(Network::new(1e8), Extent::new(2e10))?);
    /// let (pruned, dense) = (ensemble.predict_run(&run)?, ensemble.predict(7.5e7, 2e10)?);
    /// assert_eq!(pruned.loss.estimate, dense.loss.estimate);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the law reads what the run does not give, the number of different tokens, and when the loss depends on a parameter
    /// that the sweep does not identify. Of a fit by groups, when the run does not say [its group](NewRun::with_group), or one that the fit
    /// does not have.
    pub fn predict_run(&self, run: &NewRun) -> Result<Prediction> {
        self.of_run(run)?.of_this(run)
    }

    /// Itself, or, of a fit by groups, what it says of the group of a run.
    pub(crate) fn of_run(&self, run: &NewRun) -> Result<Cow<'_, Self>> {
        match run.group().filter(|_| self.fit.by_group().is_some()) {
            Some(group) => self.of_group(group).map(Cow::Owned),
            None => Ok(Cow::Borrowed(self)),
        }
    }

    fn of_this(&self, run: &NewRun) -> Result<Prediction> {
        let run = &*run.counted_in(&self.fit)?;
        let (size, trajectory) = (self.fit.observations.size(), run.trajectory());
        let inputs = run.inputs(&self.fit)?;
        if self.fit.has_alternatives() {
            self.identified("predict", |p| self.fit.law().loss(p, &inputs), |a, b| alike(*a, *b))?;
        }
        let (params, average_params, tokens) =
            (run.params(size), trajectory.average_params(), trajectory.tokens());
        let flops = run.flops_in(&self.fit);
        let unknown = |count: f64| if run.is_flops_alone() { f64::NAN } else { count };
        let extrapolation = self.fit.extrapolation(unknown(params), flops, unknown(tokens));
        let own = self.fit.outside(unknown(params), flops, unknown(tokens));
        let asked = self.asked_of(&inputs, self.place(run).as_deref())?;
        let loss = asked.at(self.options.level);
        if loss.estimate <= 0.0 {
            let problem =
                format!("the law gives a loss of {:.4} there, and no loss is below 0", loss.estimate);
            return Err(Error::unanswerable("loss", problem, "ask for runs nearer to the sweep"));
        }
        let of_measured = |measured| Outcome::new(measured, &loss, &asked.quantiles(), self.options.level);
        let outcome = run.measured_loss().map(of_measured);
        Ok(Prediction {
            loss,
            outcome,
            params: unknown(params),
            average_params: unknown(average_params),
            tokens: unknown(tokens),
            flops,
            extrapolation,
            warnings: own
                .into_iter()
                .chain(self.fit.outside_repeats(tokens, run.unique_tokens()))
                .chain(run.outside_columns(&self.fit))
                .chain(self.fit.beyond_pruning(trajectory))
                .chain(self.fit.split_untold().filter(|_| !run.is_counted()))
                .chain(self.fit.warnings.iter().cloned())
                .collect(),
            initial_params: unknown(trajectory.initial_params()),
            final_params: trajectory.known_last().map_or(f64::NAN, unknown),
            level: self.options.level,
            run: run.name().map(str::to_owned),
        })
    }

    /// Predicts the losses of several runs at once, on as many threads as [the fit](crate::FitOptions::jobs).
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::predict::NewRun;
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let runs = [NewRun::dense(1e9, 20e9)?, NewRun::dense(7e9, 140e9)?];
    /// let predictions = ensemble.predict_runs(&runs)?;
    /// assert_eq!(predictions[1], ensemble.predict_run(&runs[1])?);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`predict_run`](Self::predict_run), for the first run of which there is one; [`Error::Cancelled`] when the fit's
    /// [observer](crate::FitOptions::observer) stops it.
    pub fn predict_runs(&self, runs: &[NewRun]) -> Result<Vec<Prediction>> {
        let options = &self.fit.options;
        let watch = options.watch("predictions", runs.len());
        // Of each group once.
        let mut own: BTreeMap<Option<&str>, Cow<'_, Self>> = BTreeMap::new();
        for run in runs {
            if let Entry::Vacant(place) = own.entry(run.group()) {
                place.insert(self.of_run(run)?);
            }
        }
        let one = |(): &mut (), i: usize| own[&runs[i].group()].of_this(&runs[i]);
        let made = options.in_pool(|| map_watched(&watch, options.jobs, runs.len(), || (), one))?;
        if made.len() < runs.len() {
            let problem = format!("stopped after {} of {} runs", made.len(), runs.len());
            return Err(Error::cancelled("predict", problem));
        }
        made.into_iter().collect()
    }

    /// The loss of one run less that of another, as the law's curve has it: in each draw of both together, so that what is uncertain of
    /// both alike drops out. Exactly 0 where the law reads nothing in which they differ.
    ///
    /// # Errors
    /// As for [`predict_run`](Self::predict_run).
    pub fn loss_difference(&self, run: &NewRun, other: &NewRun) -> Result<Estimate> {
        if let (Cow::Owned(own), true) = (self.of_run(run)?, run.group() == other.group()) {
            return own.loss_difference(run, other);
        }
        let (run, other) = (run.counted_in(&self.fit)?, other.counted_in(&self.fit)?);
        let runs = [run.inputs(&self.fit)?, other.inputs(&self.fit)?];
        let losses =
            |parameters: &[f64]| runs.each_ref().map(|inputs| self.fit.law().loss(parameters, inputs));
        let same = |a: &[f64; 2], b: &[f64; 2]| alike(a[0], b[0]) && alike(a[1], b[1]);
        let found = self.identified("predict", losses, same)?;
        Ok(self.estimate_of(found.map(|[run, other]| run - other)))
    }

    /// Quantiles of the loss of a run, as pairs of a probability and a loss. None without draws.
    pub(crate) fn run_quantiles(&self, run: &NewRun) -> Result<Vec<[f64; 2]>> {
        let run = &*run.counted_in(&self.fit)?;
        Ok(self.asked_of(&run.inputs(&self.fit)?, self.place(run).as_deref())?.quantiles())
    }

    fn asked_of(&self, inputs: &[f64], place: Option<&[f64]>) -> Result<Asked<'_>> {
        let spread = self.spread(|parameters| self.fit.law().loss(parameters, inputs));
        Asked::new(spread, inputs, place)
    }

    /// Where a run is on the axes of the bend, if there is one.
    fn place(&self, run: &NewRun) -> Option<Vec<f64>> {
        let trajectory = run.trajectory();
        let place = Place {
            params: run.params(self.fit.observations.size()).ln(),
            tokens: trajectory.tokens().ln(),
            unique_tokens: run.unique_tokens().map_or(f64::NAN, f64::ln),
            flops: run.flops_in(&self.fit).ln(),
            density: (trajectory.final_params() / trajectory.initial_params()).ln(),
        };
        self.bend().map(|bend| bend.axes.at(place).collect())
    }

    /// The loss from what the law reads, and where that is on the axes of the bend.
    pub(crate) fn predict_inputs(&self, inputs: &[f64], place: Option<&[f64]>) -> Result<PredictedLoss> {
        Ok(self.asked_of(inputs, place)?.at(self.options.level))
    }
}
