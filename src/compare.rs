//! Laws and sizes side by side, fitted to the same runs and asked about the same runs.
//!
//! What a law leaves in the runs that it was fitted to falls with every parameter; what it says about runs that it
//! has not seen does not. So candidates are ranked by their error on held-out runs, the largest by FLOPs.

use std::sync::Arc;

use serde::Serialize;

use crate::bootstrap::{stream, uniform};
use crate::fit::{Fit, FitOptions, fit_scaling_law};
use crate::holdout::{Errors, HoldOut, parts};
use crate::law::{Input, Law};
use crate::objective::Residual;
use crate::profile::scale::log_likelihood;
use crate::statistics::interval;
use crate::{Error, Observations, Result};

/// Errors this close, relatively, are tied: of a dense sweep all sizes are one.
const TIED: f64 = 1e-6;

/// How to compare.
///
/// ```
/// let options = nbar::compare::CompareOptions::default().with_share(0.3);
/// assert_eq!((options.share, options.replicates, options.level), (0.3, 1000, 0.95));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CompareOptions {
    /// Share of the runs to hold out, the largest by FLOPs; default 0.2.
    pub share: f64,
    /// Draws of the held-out runs' weights, which say how sure the ranking is; default 1,000.
    pub replicates: usize,
    /// Seed of the draws; default 0.
    pub seed: u64,
    /// Level of the intervals; default 0.95.
    pub level: f64,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self { share: 0.2, replicates: 1000, seed: 0, level: 0.95 }
    }
}

impl CompareOptions {
    /// Sets the share of the runs to hold out.
    #[must_use]
    pub fn with_share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

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
    /// Share of the draws in which this candidate has the least RMS on held-out runs; ties are shared.
    pub wins: f64,
    /// Interval of its RMS less that of the first candidate; zero for the first.
    pub behind: [f64; 2],
    /// The fit to all runs.
    #[serde(skip)]
    pub fit: Fit,
    /// ln predicted - ln measured of each held-out run, in the order of [`Comparison::runs`].
    pub errors: Vec<f64>,
}

/// Candidates in the order of their error on held-out runs, least first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The candidates.
    pub candidates: Vec<Compared>,
    /// Names of the held-out runs.
    pub runs: Vec<String>,
    /// Runs that were fitted.
    pub fitted_runs: usize,
}

/// Fits each candidate to all runs and to the smaller ones, and ranks them by their error on the largest.
///
/// A candidate is a law with observations on the size that it reads; all observations must be of the same runs in the
/// same order, as those that one sweep gives for different sizes are.
///
/// ```
/// use std::sync::Arc;
/// use nbar::compare::{CompareOptions, compare};
/// use nbar::{FitOptions, ObservationOptions, Size, Sweep, law::chinchilla};
/// let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv")?;
/// let on = |size| sweep.observations(&ObservationOptions::default().with_size(size));
/// let candidates = [
///     (Arc::new(chinchilla()) as Arc<dyn nbar::law::Law>, on(Size::AVERAGE)?),
///     (Arc::new(chinchilla()), on(Size::Final)?),
/// ];
/// let comparison = compare(&candidates, &FitOptions::default(), &CompareOptions::default())?;
/// assert_eq!(comparison.candidates[0].size.as_deref(), Some("average"));
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// When there is no candidate, observations differ in their runs, one lacks an input of its law, too little is left to
/// fit, or an option is out of its range.
pub fn compare(
    candidates: &[(Arc<dyn Law>, Observations)],
    options: &FitOptions,
    how: &CompareOptions,
) -> Result<Comparison> {
    let Some((_, first)) = candidates.first() else {
        let expected = "at least one";
        return Err(Error::InvalidOption { name: "candidates", value: "none".to_owned(), expected });
    };
    let same = |o: &Observations| o.run() == first.run() && o.loss() == first.loss();
    if let Some((law, _)) = candidates.iter().find(|(_, o)| !same(o)) {
        return Err(Error::Unanswerable {
            question: "comparison",
            problem: format!("the observations of {} are not of the same runs", law.name()),
            remedy: "take all candidates' observations from one sweep",
        });
    }
    if how.replicates == 0 {
        let expected = "at least 1; 1000 is usual";
        return Err(Error::InvalidOption { name: "replicates", value: "0".to_owned(), expected });
    }
    let free = |law: &Arc<dyn Law>| options.clone().with_law(Arc::clone(law)).free_parameters();
    let most = candidates.iter().map(|(law, _)| free(law)).max().unwrap_or_default();
    let largest = HoldOut::Largest { by: Input::Flops, share: how.share };
    let (splits, _) = parts(first, largest, how.seed, most + 1)?;
    let part = &splits[0];
    let run = first.run();
    let last = last_rows(first);
    let mut compared = Vec::with_capacity(candidates.len());
    for (law, observations) in candidates {
        let options = options.clone().with_law(Arc::clone(law));
        let fit = fit_scaling_law(observations, &options)?;
        let smaller = fit_scaling_law(&observations.subset(|row| part.fitted.contains(&run[row])), &options)?;
        let held_out = observations.subset(|row| part.held_out.contains(&run[row]) && last.contains(&row));
        compared.push(summary(fit, &smaller, &held_out)?);
    }
    rank(&mut compared, how);
    let held_out = first.subset(|row| part.held_out.contains(&run[row]) && last.contains(&row));
    let runs = held_out.run().iter().map(|run| held_out.run_name(*run)).collect();
    Ok(Comparison { candidates: compared, runs, fitted_runs: part.fitted.len() })
}

/// The row of most tokens of each run; of several, the last.
fn last_rows(observations: &Observations) -> std::collections::BTreeSet<usize> {
    let mut last = std::collections::BTreeMap::new();
    for (row, run) in observations.run().iter().enumerate() {
        let known = last.entry(*run).or_insert(row);
        if observations.tokens()[row] >= observations.tokens()[*known] {
            *known = row;
        }
    }
    last.into_values().collect()
}

fn summary(fit: Fit, smaller: &Fit, held_out: &Observations) -> Result<Compared> {
    let errors = predictions(smaller, held_out)?;
    let fitted = predictions(&fit, &fit.observations)?;
    let of = |errors: &[f64], losses: &[f64]| {
        Errors::of(
            errors
                .iter()
                .zip(losses)
                .map(|(e, loss)| (loss * e.exp(), *loss))
                .collect::<Vec<_>>()
                .into_iter(),
        )
    };
    let rows = fit.observations.len() as f64;
    let weight = fit.observations.weight().map_or(rows, |w| w.iter().sum());
    let likelihood = rows * log_likelihood(fit.objective / weight, fit.options.loss);
    let count = fit.free_parameters() as f64 + 1.0;
    Ok(Compared {
        law: fit.law().name().to_owned(),
        size: fit.law().inputs().contains(&Input::Params).then(|| fit.observations.size().to_string()),
        parameters: fit.free_parameters(),
        objective: fit.objective,
        fitted: of(&fitted, fit.observations.loss()),
        aic: 2.0 * count - 2.0 * likelihood,
        bic: count * rows.ln() - 2.0 * likelihood,
        held_out: of(&errors, held_out.loss()),
        wins: 0.0,
        behind: [0.0; 2],
        fit,
        errors,
    })
}

/// ln predicted - ln measured of each row.
fn predictions(fit: &Fit, observations: &Observations) -> Result<Vec<f64>> {
    let asked = Fit { observations: observations.clone(), ..fit.clone() };
    Ok(asked.residuals_on(Residual::LnLoss)?.into_iter().map(|r| -r).collect())
}

/// Sorts by RMS on held-out runs, and draws the runs' weights to see how sure that order is.
fn rank(compared: &mut [Compared], how: &CompareOptions) {
    compared.sort_by(|a, b| a.held_out.rms.total_cmp(&b.held_out.rms));
    let mut behind = vec![Vec::with_capacity(how.replicates); compared.len()];
    for i in 0..how.replicates {
        let mut rng = stream(how.seed, i as u64);
        let weights: Vec<f64> = compared[0].errors.iter().map(|_| -uniform(&mut rng).ln()).collect();
        let whole: f64 = weights.iter().sum();
        let rms = |c: &Compared| {
            (c.errors.iter().zip(&weights).map(|(e, w)| w * e * e).sum::<f64>() / whole).sqrt()
        };
        let all: Vec<f64> = compared.iter().map(rms).collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        let tied: Vec<bool> = all.iter().map(|rms| *rms <= least * (1.0 + TIED)).collect();
        let share = 1.0 / (tied.iter().filter(|t| **t).count() * how.replicates) as f64;
        for (candidate, _) in compared.iter_mut().zip(&tied).filter(|(_, tied)| **tied) {
            candidate.wins += share;
        }
        for (behind, rms) in behind.iter_mut().zip(&all) {
            behind.push(rms - all[0]);
        }
    }
    for (candidate, draws) in compared.iter_mut().zip(&mut behind) {
        candidate.behind = interval(draws, how.level);
    }
}
