//! Curves of runs that are not finished: the loss that each will end at.
//!
//! The law of a curve, of a run's losses L over its tokens: `L = L₀ + A S^-α + K m`. S is the learning so far, the integral of the learning rate η over its peak.
//! m is 1 while the rate is at its peak, and falls after it: [`Annealing`] says how.
//!
//! α, p and the memory are common to the runs. L₀ is each run's own; A and K are alike among the runs, relative to their losses. Errors are calibrated by
//! stopping the same curves earlier: see `docs/method.md`.

mod annealing;
mod calibrate;
mod curve;
mod decay;
mod family;
mod gather;
mod laws;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bootstrap::check_level;
use crate::numeric::statistics::upper_median;
use crate::{Document, Error, Estimate, Result, Sweep};
pub use annealing::Annealing;
use calibrate::Calibration;
use curve::Curve;
use family::{Family, Told};
use gather::{Gathered, gather};
use laws::Found;

/// Where runs are to end, how their learning rate falls, and the level of the intervals.
///
/// ```
/// let options = nbar::forecast::ForecastOptions::default().with_to(1e11).with_lr_schedule("constant".to_owned());
/// assert_eq!((options.to, options.level), (Some(1e11), 0.95));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ForecastOptions {
    /// Tokens at which every run is to end; default what the sweep says of each (`planned_tokens`, `planned_steps`).
    pub to: Option<f64>,
    /// How the learning rate falls, in place of what the sweep says: constant, cosine, linear or wsd.
    pub lr_schedule: Option<String>,
    /// Learning rate at the end over its peak, likewise.
    pub lr_floor: Option<f64>,
    /// Share of the run that warm-up takes, likewise.
    pub lr_warmup: Option<f64>,
    /// Share of the run over which wsd falls, likewise.
    pub lr_decay: Option<f64>,
    /// How losses follow a rate that falls; default [`Annealing::Followed`].
    pub annealing: Annealing,
    /// Share of the planned tokens after which rows are held back, to compare them with the forecasts; default none.
    pub stop: Option<f64>,
    /// Level of the intervals; default 0.95.
    pub level: f64,
}

impl Default for ForecastOptions {
    fn default() -> Self {
        Self {
            to: None,
            lr_schedule: None,
            lr_floor: None,
            lr_warmup: None,
            lr_decay: None,
            annealing: Annealing::default(),
            stop: None,
            level: 0.95,
        }
    }
}

impl ForecastOptions {
    setters! {
        /// Sets the tokens at which every run is to end.
        with_to(to: f64);
        /// Says how the learning rate falls.
        with_lr_schedule(lr_schedule: String);
        /// Says where it ends, over its peak.
        with_lr_floor(lr_floor: f64);
        /// Says what share of the run warm-up takes.
        with_lr_warmup(lr_warmup: f64);
        /// Says over what share of the run wsd falls.
        with_lr_decay(lr_decay: f64);
        /// Says how losses follow the rate.
        with_annealing(annealing: Annealing);
        /// Holds back what came after this share of the planned tokens.
        with_stop(stop: f64);
        /// Sets the level.
        with_level(level: f64);
    }
}

/// The loss that a run will end at.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunForecast {
    /// The run.
    pub run: String,
    /// Its group, if it has one.
    pub group: Option<String>,
    /// Its prunable parameters, and those that are never pruned.
    pub params: f64,
    /// Parameters that are never pruned.
    pub fixed_params: f64,
    /// N̄ and the final count at the planned end, of runs that are pruned.
    pub pruned_to: Option<[f64; 2]>,
    /// Tokens of its last row.
    pub tokens: f64,
    /// Tokens at which it is planned to end.
    pub planned_tokens: f64,
    /// Whether it has ended: its loss is then the measured one.
    pub finished: bool,
    /// Loss of its last row.
    pub last_loss: f64,
    /// The loss at the planned end, from its own curve and those of the others.
    pub loss: Estimate,
    /// The interval of 90 %.
    pub interval_90: [f64; 2],
    /// The same from its own rows alone, with the exponents of all; none for runs that have ended.
    pub own: Option<Estimate>,
    /// Weight for a fit: 1 for a measured loss, less as the forecast's error is greater.
    pub weight: f64,
    /// What came, where it was held back.
    pub came: Option<f64>,
    /// Its row that is farthest from what those before it say, where that is ten times as far as rows usually are: its tokens, its loss, and how
    /// many times.
    pub odd_row: Option<[f64; 3]>,
    /// Its rows: tokens and losses.
    pub rows: Vec<[f64; 2]>,
}

/// Forecasts of a sweep's runs, and what they rest on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Forecasts {
    /// In the order of the sweep.
    pub runs: Vec<RunForecast>,
    /// Runs without a forecast, each with why.
    pub left_out: BTreeMap<String, String>,
    /// Whether learning rates are taken to fall to 0 as nothing says where they end.
    pub floor_assumed: bool,
    /// The law.
    pub law: &'static str,
    /// α.
    pub alpha: f64,
    /// How losses follow the rate; none where it does not fall.
    pub annealing: Option<Annealing>,
    /// p, or γ of the multi-power law; none where the rate does not fall, and under Tissue's law.
    pub power: Option<f64>,
    /// The memory M, in tokens at the peak rate, and under Tissue's law in tokens; none where the rate does not fall.
    pub memory: Option<f64>,
    /// β of the multi-power law.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fade: Option<f64>,
    /// Share of the learning rate's fall that the rows of any run show; none where it does not fall. What the rest of it is worth is not of
    /// these runs: below a half, intervals may be much too narrow.
    pub fall_shown: Option<f64>,
    /// Noise of a row, over the loss.
    pub noise: f64,
    /// Forecasts that were tried on the same curves, stopped earlier.
    pub tries: usize,
    /// By what the model's errors were multiplied since the tries erred by so much more.
    pub factor: f64,
    /// Degrees of freedom of the intervals.
    pub freedom: f64,
    /// Level of the intervals.
    pub level: f64,
    /// How the forecasts compare with what was held back.
    pub score: Option<ForecastScore>,
}

/// Forecasts against what came.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ForecastScore {
    /// Runs of which the final loss was held back.
    pub runs: usize,
    /// Root of the mean square error of the forecasts, nats a token.
    pub rms: f64,
    /// The same of the last losses, taken for final ones.
    pub rms_of_last: f64,
    /// Share of the losses within their interval of 90 %.
    pub within_90: f64,
    /// Mean width of these intervals.
    pub width_90: f64,
}

impl ForecastScore {
    fn of(runs: &[RunForecast]) -> Option<Self> {
        let came: Vec<(&RunForecast, f64)> = runs.iter().filter_map(|run| Some((run, run.came?))).collect();
        let mean = |of: &dyn Fn(&RunForecast, f64) -> f64| {
            came.iter().map(|(run, came)| of(run, *came)).sum::<f64>() / came.len() as f64
        };
        let is_within =
            |run: &RunForecast, came: f64| run.interval_90[0] <= came && came <= run.interval_90[1];
        (!came.is_empty()).then(|| Self {
            runs: came.len(),
            rms: mean(&|run, came| (run.loss.estimate - came).powi(2)).sqrt(),
            rms_of_last: mean(&|run, came| (run.last_loss - came).powi(2)).sqrt(),
            within_90: mean(&|run, came| f64::from(u8::from(is_within(run, came)))),
            width_90: mean(&|run, _| run.interval_90[1] - run.interval_90[0]),
        })
    }
}

impl Document for Forecasts {
    const SCHEMA: &'static str = "nbar.forecast/1";
}

const LAW_CONSTANT: &str = "L = L0 + A S^-alpha";

/// The loss at which each run of a sweep will end.
///
/// ```
/// use nbar::Sweep;
/// use nbar::forecast::{ForecastOptions, forecast};
/// let sweep = Sweep::from_csv_path("data/gemstones_cool_end.csv")?;
/// let options = ForecastOptions::default().with_to(1.1e11).with_lr_schedule("constant".to_owned()).with_stop(0.5);
/// let found = forecast(&sweep, &options)?;
/// let first = &found.runs[0];
/// assert!((first.loss.estimate / first.came.unwrap() - 1.0).abs() < 0.01);
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// [`Error::Option`] for options out of their range. [`Error::MissingInput`] where nothing says how the learning rate falls, or no run says where it is to
/// end. What is said of the learning rate and cannot be read, if no run is left. [`Error::Unanswerable`] where no run has a forecast: each is finished, or too short, or does not fall.
pub fn forecast(sweep: &Sweep, options: &ForecastOptions) -> Result<Forecasts> {
    check_level(options.level)?;
    check(options)?;
    let Gathered { curves, finished, left_out, floor_assumed } = gather(sweep, options)?;
    let unit = upper_median(curves.iter().map(|(curve, _)| curve.planned).collect());
    let all: Vec<Curve> = curves.iter().map(|(curve, _)| curve.clone()).collect();
    let falls = all.iter().any(|curve| curve.decay.rate(1.0) < 1.0);
    let annealing = falls.then_some(options.annealing);
    decay::check_share(all.iter().map(|curve| curve.decay), options)?;
    let found = Found::of(&all, annealing, unit);
    let shape = found.shape;
    let odd_rows = Family::of(&all, annealing, unit).odd_rows(shape);
    let open = curves.iter().filter(|(_, done)| !done);
    let share = upper_median(open.map(|(curve, _)| curve.last() / curve.planned).collect());
    let calibration = Calibration::of(&curves, share, (annealing, unit));
    let mut runs = Vec::with_capacity(curves.len() + finished.len());
    for (place, (curve, done)) in curves.iter().enumerate() {
        let told = found.told[place];
        let own = (!done).then(|| found.alone((place, curve), annealing, unit));
        let mut run = made(sweep, options, curve.run, curve.planned)?;
        run.odd_row = odd_rows[place].and_then(|(row, times)| {
            let [tokens, loss] = curve.farthest_of(row, &run.rows)?;
            Some([tokens, loss, times])
        });
        runs.push((
            curve.run,
            match done {
                true => run.measured(shape.noise()),
                false => run.forecast(told, own, &calibration, options.level, shape.noise()),
            },
        ));
    }
    for (index, planned) in finished {
        runs.push((index, made(sweep, options, index, planned)?.measured(shape.noise())));
    }
    runs.sort_by_key(|(index, _)| *index);
    let runs: Vec<RunForecast> = runs.into_iter().map(|(_, run)| run).collect();
    Ok(Forecasts {
        score: ForecastScore::of(&runs),
        runs,
        left_out,
        floor_assumed,
        law: annealing.map_or(LAW_CONSTANT, Annealing::law),
        alpha: shape.alpha(),
        annealing,
        power: annealing.filter(|of| *of != Annealing::Tissue).map(|_| shape.power()),
        memory: annealing.map(|_| shape.memory() * unit),
        fade: annealing.filter(|of| *of == Annealing::MultiPower).map(|_| shape.fade()),
        fall_shown: annealing.map(|_| all.iter().map(Curve::fall_shown).fold(0.0, f64::max)),
        noise: shape.noise(),
        tries: calibration.tries,
        factor: calibration.factor,
        freedom: calibration.freedom,
        level: options.level,
    })
}

/// Refuses options that are out of their range.
fn check(options: &ForecastOptions) -> Result<()> {
    if let Some(to) = options.to.filter(|to| !(to.is_finite() && *to > 0.0)) {
        return Err(Error::option("to", to, "is not a positive, finite number", "give tokens, as 1.4e12"));
    }
    if let Some(stop) = options.stop.filter(|stop| !(*stop > 0.0 && *stop < 1.0)) {
        let remedy = "give a share of the planned tokens, as 0.75";
        return Err(Error::option("stop", stop, "does not lie between 0 and 1", remedy));
    }
    Ok(())
}

/// What is known of a run before its forecast: all that is told comes after.
fn made(sweep: &Sweep, options: &ForecastOptions, index: usize, planned: f64) -> Result<RunForecast> {
    let run = &sweep.runs()[index];
    let stop = options.stop.map_or(f64::INFINITY, |share| share * planned * (1.0 + 1e-9));
    let rows: Vec<[f64; 2]> =
        run.checkpoints().iter().filter(|c| c.tokens <= stop).map(|c| [c.tokens, c.loss]).collect();
    let last = rows.last().copied().unwrap_or([f64::NAN; 2]);
    let course = if run.has_course() { Some(curve::course(run, planned)?) } else { None };
    let whole = run.extent().tokens >= planned * (1.0 - 1e-2);
    Ok(RunForecast {
        run: run.id().to_owned(),
        group: run.group().map(str::to_owned),
        params: run.params,
        fixed_params: run.fixed_params(),
        pruned_to: course.map(|course| [course.average_params(), course.final_params()]),
        tokens: last[0],
        planned_tokens: planned,
        finished: false,
        last_loss: last[1],
        loss: Estimate::exact(last[1]),
        interval_90: [last[1]; 2],
        own: None,
        weight: 1.0,
        came: (options.stop.is_some() && whole).then(|| run.last_loss()),
        odd_row: None,
        rows,
    })
}

impl RunForecast {
    /// Of a run that has ended: its own loss, with the noise of a row.
    fn measured(self, noise: f64) -> Self {
        let mut loss = self.loss;
        loss.std_error = noise * loss.estimate;
        Self { finished: true, loss, came: None, ..self }
    }

    fn forecast(
        self,
        told: Told,
        own: Option<Told>,
        calibration: &Calibration,
        level: f64,
        noise: f64,
    ) -> Self {
        let error = |told: Told| calibration.factor * told.error;
        let estimate =
            |told: Told| Estimate::straight(told.loss, error(told), calibration.interval(told, level));
        let loss = estimate(told);
        Self {
            interval_90: calibration.interval(told, 0.9),
            own: own.map(estimate),
            weight: (noise * loss.estimate / loss.std_error).powi(2).min(1.0),
            loss,
            ..self
        }
    }
}
