//! Laws and sizes side by side, fitted to the same runs and asked about the same runs.
//!
//! What a law leaves in the runs that it was fitted to falls with every parameter; what it says about runs that it
//! has not seen does not. So candidates are judged by their error on held-out runs, the largest by FLOPs, and those that
//! this does not tell apart are one group.

mod candidates;
mod paired;

use std::sync::Arc;

use serde::{Serialize, Serializer};

pub use candidates::Candidates;

use crate::bootstrap::{BootstrapOptions, Drawn, Estimate, Interval, Resample};
use crate::document::ByName;
use crate::fit::{Conditions, Fit, FitOptions, Residual, Rho, Warning, fit_scaling_law};
use crate::holdout::{ANOTHER_ORDER, Errors, HoldOut, parts};
use crate::law::{Input, Law};
use crate::objective::{Coordinates, log_likelihood};
use crate::units::format_count;
use crate::{Document, Error, Observations, Result};
use paired::{Paired, judge, ln_losses};

/// What one law on one size comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// Name of the law.
    pub law: String,
    /// What N is; none where the law chooses its own counts.
    pub size: Option<String>,
    /// Parameters that were fitted.
    pub parameters: usize,
    /// Σ w ρ over all runs.
    pub objective: f64,
    /// Errors on the rows that were fitted, all of them.
    pub fitted: Errors,
    /// Akaike's criterion, 2 (p + 1) - 2 ln(likelihood), under the density exp(-ρ/s)/Z of which the objective is the
    /// logarithm, s being the one parameter more.
    pub aic: f64,
    /// The Bayesian criterion, (p + 1) ln n - 2 ln(likelihood).
    pub bic: f64,
    /// Errors on held-out runs, each at its last row, of a fit to the rest.
    pub held_out: Errors,
    /// Its group, from 1. The first is the candidate of the least RMS on held-out runs, with all those not told apart from it:
    /// the interval of what they are [behind](Self::behind) it reaches down to 0. The second is built likewise of the others,
    /// and so on.
    pub group: usize,
    /// Its RMS on held-out runs less the least of all candidates, over the replicates in which both converged; none if these
    /// are fewer than two, or an observer stopped them with too few for an interval.
    pub behind: Option<Estimate>,
    /// Share of the replicates in which this candidate has the least RMS on held-out runs; ties are shared. NaN if an
    /// observer stopped them with too few for an interval.
    pub wins: f64,
    /// Replicates of this candidate that did not converge: they win nothing.
    pub failed: usize,
    /// Replicates that were also searched from the screen.
    pub audited: usize,
    /// How many of these searches found a lower minimum than the refits, or one where no refit converged.
    pub disagreed: usize,
    /// The loss of each row, in nats a token, as the fit to all runs has it.
    pub fitted_losses: Vec<f64>,
    /// The same of the fit to the smaller runs: for held-out runs, what is foretold.
    pub predicted_losses: Vec<f64>,
    /// The fit to all runs; in the document its parameters by name, `values`, and its warnings.
    #[serde(flatten, serialize_with = "values")]
    pub fit: Fit,
    /// The fit to the smaller runs.
    #[serde(skip)]
    pub smaller: Fit,
}

fn values<S: Serializer>(fit: &Fit, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Values<'a> {
        values: ByName<'a>,
        warnings: &'a [Warning],
    }
    let names = fit.law().spec().parameters.iter().map(|p| &*p.name);
    let values = ByName(names.zip(fit.parameters.iter().copied()).collect());
    Values { values, warnings: &fit.warnings }.serialize(serializer)
}

impl Compared {
    /// Its law, and what N is.
    #[must_use]
    pub fn name(&self) -> String {
        candidate_name(&self.law, self.size.as_deref())
    }
}

fn candidate_name(law: &str, size: Option<&str>) -> String {
    size.map_or_else(|| law.to_owned(), |size| format!("{law} on {size} parameters"))
}

/// A row of the sweep, as all candidates were asked about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ComparedRow {
    /// Name of the run.
    pub run: String,
    /// Whether the run was held out.
    pub held_out: bool,
    /// Whether this is the run's last row, at which it is scored.
    pub last: bool,
    /// D.
    pub tokens: f64,
    /// Training FLOPs, 6 N̄ D.
    pub flops: f64,
    /// The loss that was measured, in nats a token.
    pub loss: f64,
}

/// Candidates group by group. In a group, whose members are not told apart, those of fewer parameters come first, then names
/// decide.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// ρ of every fit.
    #[serde(rename = "loss")]
    pub rho: Rho,
    /// What its residuals are differences of.
    #[serde(rename = "on")]
    pub residual: Residual,
    /// Share of the runs that was to be held out.
    pub share: f64,
    /// Level of the intervals.
    pub level: f64,
    bootstrap: Drawn,
    /// Replicates that every candidate has if an [`Observer`](crate::Observer) stopped them: the first so many. None where
    /// they are complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<usize>,
    #[serde(flatten)]
    conditions: Conditions,
    /// The candidates.
    pub candidates: Vec<Compared>,
    /// Those that could not be fitted, each with why and what to do.
    pub left_out: Vec<String>,
    /// Names of the held-out runs.
    pub runs: Vec<String>,
    /// Runs that were fitted.
    pub fitted_runs: usize,
    /// Clusters with runs both fitted and held out, as in a [holdout](crate::holdout::Split::shared_clusters).
    #[serde(skip_serializing_if = "is_zero")]
    pub shared_clusters: usize,
    /// Rows of the sweep, in the order of each candidate's losses.
    pub rows: Vec<ComparedRow>,
}

impl Document for Comparison {
    const SCHEMA: &'static str = "nbar.compare/2";
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What [`Candidates::compare`] comes to, for candidates of one sweep.
fn compare(
    candidates: &[(Arc<dyn Law>, Observations)],
    options: &FitOptions,
    share: f64,
    draws: &BootstrapOptions,
) -> Result<Comparison> {
    let Some((_, first)) = candidates.first() else {
        return Err(Error::option("candidates", "", "are none", "give at least one"));
    };
    let same = |o: &Observations| o.run() == first.run() && o.loss() == first.loss();
    if let Some((law, _)) = candidates.iter().find(|(_, o)| !same(o)) {
        let problem = format!("the observations of {} are not of the same runs", law.spec().name);
        let remedy = "take all candidates' observations from one sweep";
        return Err(Error::unanswerable("comparison", problem, remedy));
    }
    let mut read = Vec::with_capacity(candidates.len());
    for (law, observations) in candidates {
        read.push((law.reading(observations)?.unwrap_or_else(|| Arc::clone(law)), observations));
    }
    let candidates = &read;
    draws.validate()?;
    let (resample, interval) = (draws.resample, draws.interval);
    if resample != Resample::Weights {
        let problem = "is not what a comparison draws";
        return Err(Error::option("resample", resample, problem, "leave it at `weights`"));
    }
    if !matches!(interval, Interval::Corrected | Interval::Percentile) {
        let remedy = "leave it at `percentile`";
        return Err(Error::option("interval", interval, "is not how a comparison reads its draws", remedy));
    }
    let free = |law: &Arc<dyn Law>| options.clone().with_law(Arc::clone(law)).free_parameters();
    let least = candidates.iter().map(|(law, _)| free(law)).min().unwrap_or_default();
    let largest = HoldOut::Largest { by: Input::Flops, share };
    let (splits, _) = parts(first, &largest, draws.seed, least + 1).map_err(no_largest)?;
    let part = &splits[0];
    let run = first.run();
    let last = first.is_last();
    let is_fitted = |row: usize| part.fitted.contains(&run[row]);
    let is_scored = |row: usize| part.held_out.contains(&run[row]) && last[row];
    let scored = first.subset(is_scored);
    let paired = Paired::new(draws, first);
    let (mut fitted, mut left_out) = (Vec::with_capacity(candidates.len()), Vec::new());
    let mut refused = None;
    let mut refuse = |law: &Arc<dyn Law>, observations: &Observations, error: Error| {
        if !is_of_candidate(&error) {
            return Err(error);
        }
        let name = candidate_name(&law.spec().name, size(law, observations).as_deref());
        left_out.push(format!("{name}: {error}"));
        refused.get_or_insert(error);
        Ok(())
    };
    for (law, observations) in candidates {
        let options = options.clone().with_law(Arc::clone(law));
        let fits = has_all_named(&options, candidates).and_then(|()| {
            let fit = fit_scaling_law(observations, &options)?;
            let smaller = observations.subset(is_fitted);
            enough_left(&smaller, &options)?;
            summary(fit, fit_scaling_law(&smaller, &options)?, is_scored)
        });
        match fits {
            Ok(compared) => fitted.push((compared, observations)),
            Err(error) => refuse(law, observations, error)?,
        }
    }
    let watch = options.watch("replicates", fitted.len() * draws.replicates);
    let (mut compared, mut stopped) = (Vec::with_capacity(fitted.len()), false);
    for (mut candidate, observations) in fitted {
        match paired.refit(&candidate.smaller, &observations.subset(is_scored), &watch) {
            Ok(replicates) => {
                candidate.failed = replicates.ended.iter().filter(|rms| rms.is_none()).count();
                (candidate.audited, candidate.disagreed) = (replicates.audited, replicates.disagreed);
                stopped |= replicates.stopped;
                compared.push((candidate, replicates.ended));
            }
            Err(error) => refuse(&candidate.fit.options.law, observations, error)?,
        }
    }
    if let Some(error) = refused.filter(|_| compared.is_empty()) {
        return Err(error);
    }
    compared.sort_by(|(a, _), (b, _)| a.held_out.rms.total_cmp(&b.held_out.rms));
    let (mut compared, replicates): (Vec<_>, Vec<_>) = compared.into_iter().unzip();
    judge(&mut compared, &replicates, draws);
    compared.sort_by_cached_key(|candidate| (candidate.group, candidate.parameters, candidate.name()));
    // Laws that stand beside need no trial.
    let names: Vec<String> = compared.iter().map(|candidate| candidate.law.clone()).collect();
    for warning in compared.iter_mut().flat_map(|candidate| &mut candidate.fit.warnings) {
        if let Warning::LackOfFit { laws, .. } = warning {
            laws.retain(|law| !names.contains(law));
        }
    }
    let partial = stopped.then(|| replicates.iter().map(Vec::len).min().unwrap_or_default());
    let runs = scored.run().iter().map(|run| scored.run_name(*run)).collect();
    let row = |(row, flops): (usize, f64)| ComparedRow {
        run: first.run_name(run[row]),
        held_out: !is_fitted(row),
        last: last[row],
        tokens: first.tokens()[row],
        flops,
        loss: first.loss()[row],
    };
    let rows = first.flops().enumerate().map(row).collect();
    Ok(Comparison {
        rho: options.rho,
        residual: options.residual,
        share,
        level: draws.level,
        bootstrap: Drawn::of(draws, true),
        partial,
        conditions: Conditions::of(options, first),
        candidates: compared,
        left_out,
        runs,
        fitted_runs: part.fitted.len(),
        shared_clusters: part.shared_clusters(first),
        rows,
    })
}

/// A comparison orders runs by their FLOPs and by nothing else.
fn no_largest(error: Error) -> Error {
    if error.remedy().as_deref() != Some(ANOTHER_ORDER) {
        return error;
    }
    let remedy =
        "add runs of other budgets, or hold out folds of one law at a time (nbar holdout, with `by=run`)";
    Error::unanswerable("compare", error.problem(), remedy)
}

/// Refuses a law without a parameter that is fixed, tied, bounded or known beforehand, and that another candidate has.
fn has_all_named(options: &FitOptions, all: &[(Arc<dyn Law>, &Observations)]) -> Result<()> {
    let tied = options.tied.iter().flat_map(|(a, b)| [a, b]);
    let fixed = options.fixed.iter().map(|(name, _)| name);
    let bounded = options.bounds.iter().map(|(name, _)| name);
    let known = options.priors.iter().map(|(name, _)| name);
    let law = options.law.spec();
    let has = |law: &Arc<dyn Law>, name: &str| law.spec().place(name).is_some();
    let mut named = fixed.chain(tied).chain(bounded).chain(known);
    match named.find(|name| law.place(name).is_none() && all.iter().any(|(other, _)| has(other, name))) {
        None => Ok(()),
        Some(name) => {
            let problem = format!("the {} law has no parameter '{name}'", law.name);
            Err(Error::unanswerable("fit", problem, "leave the law out, or restrict only what all laws have"))
        }
    }
}

/// Refuses a law with too many parameters for the runs that are not held out.
fn enough_left(smaller: &Observations, options: &FitOptions) -> Result<()> {
    let (free, left) = (options.free_parameters(), smaller.len());
    if left > free {
        return Ok(());
    }
    let (law, free) = (&options.law.spec().name, format_count(free, "free parameter"));
    let left = format_count(left, "observation");
    let problem = format!("the {law} law has {free}, and {left} are left without the largest runs");
    Err(Error::unanswerable("fit", problem, "add runs, or hold out fewer of them (`share`)"))
}

/// Whether an error is of one candidate alone, so that the others can be compared without it.
fn is_of_candidate(error: &Error) -> bool {
    matches!(error, Error::MissingInput { .. } | Error::Value { .. } | Error::Unanswerable { .. })
}

/// What N is; none where the law chooses its own counts.
fn size(law: &Arc<dyn Law>, observations: &Observations) -> Option<String> {
    law.spec().inputs.contains(&Input::Params).then(|| observations.size().to_string())
}

fn summary(fit: Fit, smaller: Fit, is_scored: impl Fn(usize) -> bool) -> Result<Compared> {
    let observations = &fit.observations;
    let (fitted_losses, predicted_losses) = (losses(&fit, observations)?, losses(&smaller, observations)?);
    let errors = |predicted: &[f64], counts: &dyn Fn(usize) -> bool| {
        let pairs = predicted.iter().copied().zip(observations.loss().iter().copied()).enumerate();
        let pairs: Vec<(f64, f64)> = pairs.filter(|(row, _)| counts(*row)).map(|(_, pair)| pair).collect();
        Errors::of(pairs.into_iter())
    };
    let rows = observations.len() as f64;
    let weight = fit.rows.weight().map_or(rows, |w| w.iter().sum());
    let likelihood = rows * log_likelihood(fit.of_rows() / weight, fit.options.rho);
    let count = fit.free_parameters() as f64 + 1.0;
    Ok(Compared {
        law: fit.law().spec().name.to_string(),
        size: size(&fit.options.law, observations),
        parameters: fit.free_parameters(),
        objective: fit.objective,
        fitted: errors(&fitted_losses, &|_| true),
        aic: 2.0 * count - 2.0 * likelihood,
        bic: count * rows.ln() - 2.0 * likelihood,
        held_out: errors(&predicted_losses, &is_scored),
        group: 0,
        behind: None,
        wins: 0.0,
        failed: 0,
        audited: 0,
        disagreed: 0,
        fitted_losses,
        predicted_losses,
        fit,
        smaller,
    })
}

/// The loss of each row as a fit has it.
fn losses(fit: &Fit, observations: &Observations) -> Result<Vec<f64>> {
    let law = fit.law();
    let columns = law.spec().columns(observations)?;
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let theta = Coordinates::new(&fit.options.law).natural_to_fitted(&fit.parameters);
    let mut losses = ln_losses(law, &theta, &columns, observations.len());
    losses.iter_mut().for_each(|loss| *loss = loss.exp());
    Ok(losses)
}
