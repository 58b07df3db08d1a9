//! Fitting on a part of the runs and predicting the rest: what the intervals are worth on runs that the fit
//! has not seen.
//!
//! A run stands on one side of a split with all its rows. Each held-out run is scored at its last row, against
//! two simpler predictions: the loss of the nearest fitted run, and a power law in compute alone,
//! `L = E + K/C^γ`, fitted with the same objective to the same rows.

mod document;
mod kinds;
mod parts;
mod score;
mod split;

use std::sync::Arc;

use serde::Serialize;

pub use score::{Errors, Score};
pub use split::HoldOut;

use crate::error::Location;
use crate::fit::{FitOptions, Warning, fit_scaling_law};
use crate::law::compute;
use crate::numeric::parallel::map_watched;
use crate::observe::Watch;
use crate::{BootstrapOptions, Ensemble, Error, Observations, Result};
use document::About;
pub(crate) use parts::parts;
pub(crate) use split::ANOTHER_ORDER;
use split::Part;

/// Squares of distances that differ by less, in e-folds, are one.
const ALIKE: f64 = 1e-9;

/// A row of a run that was held out: what it scored, and what was foretold.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HeldOutRow {
    /// Name of the run.
    pub run: String,
    /// Whether this is the run's last row, at which it is scored.
    pub last: bool,
    /// N, as the law counts it.
    pub params: f64,
    /// D.
    pub tokens: f64,
    /// Training FLOPs, as the sweep counts them.
    pub flops: f64,
    /// The same over the most that were fitted.
    pub reach: f64,
    /// The loss that was measured, in nats a token.
    pub loss: f64,
    /// The loss that the law predicts.
    pub predicted: f64,
    /// Where the law's curve lies.
    pub mean_interval: [f64; 2],
    /// Where a new run would land if the law bends as the fitted runs suggest: the interval that is scored.
    pub run_interval: [f64; 2],
    /// Where it would land if the law holds.
    pub run_interval_if_law_holds: [f64; 2],
    /// Loss of the fitted row nearest in (ln N, ln D).
    pub nearest: f64,
    /// The loss that the power law in compute predicts.
    pub compute: f64,
}

/// One fit, and the runs that it was asked about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Split {
    /// What the held-out runs have in common: a pruning window, a schedule or a group; none where they are no such kind.
    pub kind: Option<String>,
    /// Runs that were fitted.
    pub fitted_runs: usize,
    /// Their rows.
    pub fitted_rows: usize,
    /// Runs that were held out beyond those asked for, because they tie with the least of those in the
    /// quantity that orders the runs.
    pub tied: usize,
    /// Clusters with runs both fitted and held out: what they share makes the held-out ones look better foretold than runs of
    /// other clusters would be.
    pub shared_clusters: usize,
    /// The fitted parameters, in the order of the law.
    pub parameters: Vec<f64>,
    /// How well the held-out runs were foretold.
    pub score: Score,
    /// What to know before believing the fit.
    pub warnings: Vec<Warning>,
    /// The rows that were held out.
    pub rows: Vec<HeldOutRow>,
}

/// What came of holding runs out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HoldoutReport {
    about: About,
    /// The splits, in order.
    pub splits: Vec<Split>,
    /// All held-out runs of all splits together.
    pub overall: Score,
    /// Splits left out because too little was left to fit, or no replicate of it converged.
    pub skipped: usize,
    /// Splits that are missing because an [`Observer`](crate::Observer) stopped the work.
    pub missing: usize,
}

impl HoldoutReport {
    /// Whether an [`Observer`](crate::Observer) stopped the work: splits are missing, or replicates of the last.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let is_partial = |warning: &Warning| matches!(warning, Warning::Partial { .. });
        self.missing > 0 || self.splits.iter().flat_map(|split| &split.warnings).any(is_partial)
    }

    /// Whether nothing speaks against using the fits: see [`Fit::is_trustworthy`](crate::Fit::is_trustworthy).
    #[must_use]
    pub fn is_trustworthy(&self) -> bool {
        !self.splits.iter().flat_map(|split| &split.warnings).any(Warning::is_disqualifying)
    }
}

/// Fits a law without some of the runs and predicts them, split by split.
///
/// Each split is fitted and bootstrapped with the options given; the level of the intervals and the seed, which
/// also shuffles the folds, are those of `bootstrap`. If the [observer](FitOptions::observer) stops it, the splits so far are
/// [partial](HoldoutReport::is_partial).
///
/// ```
/// use nbar::holdout::{HoldOut, holdout};
/// use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, law::Input};
/// let sweep = Sweep::from_csv_path("data/chinchilla.csv")?;
/// let observations = sweep.observations(&ObservationOptions::default())?;
/// let bootstrap = BootstrapOptions::default().with_replicates(100).with_level(0.9);
/// let largest = HoldOut::Largest { by: Input::Flops, share: 0.2 };
/// let report = holdout(&observations, &FitOptions::default(), &bootstrap, &largest)?;
/// assert_eq!((report.splits[0].fitted_runs, report.overall.runs), (196, 49));
/// assert!(report.overall.law.rms < report.overall.nearest.rms);
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// When nothing is held out, or what is left is less than three runs, two clusters or the law's parameters plus one rows; when
/// an option is out of its range; when an observer stops it before one split is done.
pub fn holdout(
    observations: &Observations,
    fit: &FitOptions,
    bootstrap: &BootstrapOptions,
    hold_out: &HoldOut,
) -> Result<HoldoutReport> {
    let fit = &*fit.reading(observations)?;
    let (parts, mut skipped) = parts(observations, hold_out, bootstrap.seed, fit.free_parameters() + 1)?;
    let mut splits = Vec::with_capacity(parts.len());
    let watch = fit.watch("replicates", parts.len() * bootstrap.replicates);
    let mut missing = 0;
    for (place, part) in parts.iter().enumerate() {
        if watch.is_stopped() {
            missing = parts.len() - place;
            break;
        }
        match split(observations, fit, bootstrap, part, &watch) {
            Err(Error::Cancelled { .. }) if !splits.is_empty() => {
                missing = parts.len() - place;
                break;
            }
            // The first, smallest groups of a rolling holdout may not bear a fit; the last, largest must. Of kinds one must.
            Err(Error::Unanswerable { .. })
                if hold_out.may_skip()
                    && (place + 1 < parts.len() || hold_out.is_by_kind() && !splits.is_empty()) =>
            {
                skipped += 1;
            }
            ended => splits.push(ended?),
        }
    }
    let overall = Score::of(splits.iter().flat_map(|split| &split.rows), bootstrap.level);
    let about = About::of(observations, fit, bootstrap, hold_out);
    Ok(HoldoutReport { about, splits, overall, skipped, missing })
}

fn split(
    observations: &Observations,
    options: &FitOptions,
    bootstrap: &BootstrapOptions,
    part: &Part,
    watch: &Watch<'_>,
) -> Result<Split> {
    let run = observations.run();
    let fitted = observations.subset(|row| part.fitted.contains(&run[row]));
    let held_out = observations.subset(|row| part.held_out.contains(&run[row]));
    let fit = fit_scaling_law(&fitted, options)?;
    let by_compute = fit_scaling_law(&fitted, &options.without_restrictions().with_law(Arc::new(compute())))?;
    let ensemble = fit.bootstrap_watched(bootstrap, watch)?;
    let by_flops = |flops: f64| by_compute.law().loss(&by_compute.parameters, &[flops]);
    let flops: Vec<f64> = held_out.flops().collect();
    let inputs = options.law.spec().columns(&held_out)?;
    let read = |row: usize| inputs.iter().map(|column| column[row]).collect::<Vec<f64>>();
    let last = held_out.is_last();
    let places = ensemble.bend().map(|bend| bend.axes.columns(&held_out)).transpose()?;
    let place = |row: usize| {
        let axes = places.as_ref()?.iter();
        Some(axes.map(|axis| axis[row]).collect::<Vec<f64>>())
    };
    let size = |rows: &Observations, row: usize| [rows.params()[row].ln(), rows.tokens()[row].ln()];
    let sizes: Vec<[f64; 2]> = (0..fitted.len()).map(|row| size(&ensemble.fit.rows, row)).collect();
    let predict = |(): &mut (), row: usize| {
        let read = (&read(row)[..], place(row));
        let [params, tokens] = size(&held_out, row);
        let flops = (flops[row], by_flops(flops[row]));
        predict(&ensemble, &held_out, (row, last[row]), read, (flops, nearest(&sizes, [params, tokens])))
    };
    let predictions = options.watch("predictions", held_out.len());
    let made = || map_watched(&predictions, options.jobs, held_out.len(), || (), predict);
    let rows = options.in_pool(made)?.into_iter().collect::<Result<Vec<HeldOutRow>>>()?;
    if rows.len() < held_out.len() {
        let problem = format!("stopped after {} of {} predictions", rows.len(), held_out.len());
        return Err(Error::cancelled("holdout", problem));
    }
    Ok(Split {
        kind: part.kind.clone(),
        fitted_runs: part.fitted.len(),
        fitted_rows: fitted.len(),
        tied: part.tied,
        shared_clusters: part.shared_clusters(observations),
        parameters: ensemble.fit.parameters.clone(),
        score: Score::of(&rows, bootstrap.level),
        warnings: ensemble.fit.warnings,
        rows,
    })
}

/// The place nearest to another; the first of several that rounding alone tells apart, as on a grid.
fn nearest(places: &[[f64; 2]], to: [f64; 2]) -> usize {
    let mut best = (0, f64::INFINITY);
    for (index, at) in places.iter().enumerate() {
        let distance = (at[0] - to[0]).powi(2) + (at[1] - to[1]).powi(2);
        if distance < best.1 - ALIKE * (1.0 + distance) {
            best = (index, distance);
        }
    }
    best.0
}

fn predict(
    ensemble: &Ensemble,
    held_out: &Observations,
    (row, last): (usize, bool),
    (inputs, place): (&[f64], Option<Vec<f64>>),
    ((flops, compute), nearest): ((f64, f64), usize),
) -> Result<HeldOutRow> {
    let (params, tokens, run) = (held_out.params()[row], held_out.tokens()[row], held_out.run()[row]);
    let of_run = |error| Location::in_run(&held_out.run_name(run)).blame(error);
    let loss = ensemble.predict_inputs(inputs, place.as_deref()).map_err(of_run)?;
    Ok(HeldOutRow {
        run: held_out.run_name(run),
        last,
        params,
        tokens,
        flops,
        reach: ensemble.fit.beyond_counted(flops),
        loss: held_out.loss()[row],
        predicted: loss.estimate,
        mean_interval: loss.mean_interval,
        run_interval: loss.run_interval,
        run_interval_if_law_holds: loss.run_interval_if_law_holds,
        nearest: ensemble.fit.rows.loss()[nearest],
        compute,
    })
}
