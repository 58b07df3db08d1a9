//! Influence: what the fit comes to without one run, and without a handful.
//!
//! Each run (all its rows) is left out in turn and the law refitted from the optimum (Cook 1977, by refits and not by
//! a linear estimate). Runs that mask each other are found by leaving out greedily: the run whose leaving changes
//! the fit most, then, without it, the next, and so on. A handful is 2 % of the runs, rounded up, but five at most.

use std::ops::Range;

use serde::Serialize;

use super::Refit;
use crate::fit::{Fit, Warning};
use crate::numeric::parallel::map_watched;
use crate::objective::Objective;
use crate::observe::Watch;
use crate::optimize::{Distance, Polisher, quick_search};
use crate::{Error, Result};

/// Most runs in a handful, and the share of all runs that it is.
const HANDFUL: usize = 5;
const SHARE: f64 = 0.02;
/// Runs that are tried one by one; of more, those whose rows pull the most.
const MOST_TRIED: usize = 1000;
/// Rows times refits in one round.
const MOST_WORK: usize = 2_000_000;
/// Another run belongs to the handful if it adds this share to the change.
const ADDS: f64 = 0.05;

/// Which runs the fit rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Influence {
    /// Each run left out alone, largest change first. Of more than 1,000 runs, or fewer among more than 2,000 rows, those
    /// whose rows pull the most.
    pub single: Vec<Refit<String>>,
    /// Runs left out together, greedily: entry k is the fit without the runs of entries 0 to k.
    pub joint: Vec<Refit<String>>,
}

/// A refit, and where it ended.
type Ended = (Refit<String>, Vec<f64>);

/// Rows by run, in order.
struct Rows {
    runs: Vec<u32>,
    of_run: Vec<Range<usize>>,
}

impl Rows {
    fn new(fit: &Fit) -> Self {
        let (runs, of_run) = fit.rows.by_run().unzip();
        Self { runs, of_run }
    }

    /// The runs to try: those with the largest Σ w |ρ'| times the leverage of the row.
    fn candidates(&self, objective: &Objective, optimum: &[f64], rows: usize) -> Vec<usize> {
        let most = (MOST_WORK / rows.max(1)).clamp(HANDFUL, MOST_TRIED);
        let mut all: Vec<usize> = (0..self.runs.len()).collect();
        if all.len() > most {
            let pulls = objective.pulls(optimum);
            let pull = |run: usize| pulls[self.of_run[run].clone()].iter().sum::<f64>();
            let of_run: Vec<f64> = all.iter().map(|run| pull(*run)).collect();
            all.sort_by(|a, b| of_run[*b].total_cmp(&of_run[*a]));
            all.truncate(most);
        }
        all
    }
}

impl Fit {
    /// Leaves runs out and refits: each alone, and a handful together.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/chinchilla.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let influence = fit.influence()?;
    /// assert_eq!((influence.single.len(), influence.joint.len()), (245, 5));
    /// assert!(influence.joint[4].change.size > 1.0);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a parameter of the fit is not finite, or leaving one run out leaves too few rows for the law; when the fit's
    /// [observer](crate::FitOptions::observer) stops it.
    pub fn influence(&self) -> Result<Influence> {
        let (objective, optimum) = self.objective_at_optimum(self.options.rho)?;
        let rows = Rows::new(self);
        let candidates = rows.candidates(&objective, &optimum, self.observations.len());
        let handful = ((rows.runs.len() as f64 * SHARE).ceil() as usize).clamp(1, HANDFUL);
        let watch = &self.options.watch("runs left out", handful * candidates.len());
        let mut counts = vec![1.0; self.observations.len()];
        let mut from = optimum;
        let mut left = candidates.clone();
        let (mut single, mut joint): (Vec<Refit<String>>, Vec<Refit<String>>) = (Vec::new(), Vec::new());
        for round in 0..handful {
            let kept = counts.iter().filter(|c| **c > 0.0).count();
            left.retain(|run| kept - rows.of_run[*run].len() > self.free_parameters());
            let refits = self.refits(&objective, &rows, (&counts, &from), &left, watch)?;
            if watch.is_stopped() {
                return Err(Error::cancelled("influence", "stopped before every run was left out"));
            }
            let size =
                |refit: &Option<Ended>| refit.as_ref().map_or(-1.0, |(without, _)| without.change.size);
            let most = (0..left.len()).max_by(|a, b| size(&refits[*a]).total_cmp(&size(&refits[*b])));
            if let Some((without, theta)) = most.and_then(|i| refits[i].clone()) {
                let run = left.swap_remove(most.unwrap_or_default());
                counts[rows.of_run[run].clone()].fill(0.0);
                from = theta;
                joint.push(without);
            }
            if round == 0 {
                single = refits.into_iter().flatten().map(|(without, _)| without).collect();
                single.sort_by(|a, b| b.change.size.total_cmp(&a.change.size));
            }
        }
        if single.is_empty() {
            let problem = "without any one run too few rows are left, or no refit converges";
            return Err(Error::unanswerable("influence", problem, "add runs"));
        }
        Ok(Influence { single, joint })
    }

    /// The fits without the rows whose count is 0 and those of one run more; none where it did not converge.
    fn refits(
        &self,
        objective: &Objective,
        rows: &Rows,
        (counts, from): (&[f64], &[f64]),
        runs: &[usize],
        watch: &Watch<'_>,
    ) -> Result<Vec<Option<Ended>>> {
        let law = &self.options.law;
        let one = |(scratch, polisher, own): &mut (Objective, Polisher, Vec<f64>), i: usize| {
            own.copy_from_slice(counts);
            own[rows.of_run[runs[i]].clone()].fill(0.0);
            objective.resample(own, scratch);
            let mut minimum = polisher.polish(scratch, from, Distance::Near);
            if !minimum.termination.is_converged() {
                minimum = quick_search(law.as_ref(), scratch, polisher)?;
            }
            let parameters = objective.coordinates().free_to_natural(&minimum.theta);
            if parameters.iter().any(|value| !value.is_finite()) {
                return None;
            }
            let run = self.observations.run_name(rows.runs[runs[i]]);
            let ended =
                (scratch.reported(&minimum.theta, minimum.objective), minimum.termination.is_converged());
            Some((Refit::new(self, run, parameters, ended), minimum.theta))
        };
        let buffers = || (objective.clone(), Polisher::new(objective), vec![0.0; counts.len()]);
        self.options.in_pool(|| map_watched(watch, self.options.jobs, runs.len(), buffers, one))
    }

    /// The handful that changes the fit most, if that matters: see [`Change`].
    pub(crate) fn influence_warning(&self) -> Result<Option<Warning>> {
        let mut joint = self.influence()?.joint;
        // The last run that adds to the change.
        let mut end = 0;
        for (i, without) in joint.iter().enumerate().skip(1) {
            if without.change.size > joint[end].change.size * (1.0 + ADDS) {
                end = i;
            }
        }
        joint.truncate(end + 1);
        let runs = joint.iter().map(|without| without.at.clone()).collect();
        let most = joint.pop().filter(|without| without.change.size >= 1.0);
        Ok(most.map(|without| Warning::InfluentialRuns { runs, change: without.change }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::UNWATCHED;
    use crate::{FitOptions, Observations, Rho, fit_scaling_law};

    #[test]
    fn of_many_runs_those_that_pull_the_most_change_the_fit_most() {
        let (mut n, mut d, mut loss) = (vec![], vec![], vec![]);
        for i in 0..2500 {
            n.push(1e7 * 1.15f64.powi(i / 50));
            d.push(1e8 * 1.15f64.powi(i % 50));
            let (n, d) = (n[i as usize], d[i as usize]);
            let noise = 0.02 * (f64::from(i) * 1.7).sin();
            loss.push((1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * noise.exp());
        }
        let observations = Observations::new(n, d, loss).unwrap();
        let fit = fit_scaling_law(&observations, &FitOptions::default().with_rho(Rho::Huber { delta: 0.01 }))
            .unwrap();
        let (objective, optimum) = fit.objective_at_optimum(fit.options.rho).unwrap();
        let rows = Rows::new(&fit);
        let tried = rows.candidates(&objective, &optimum, 2500);
        assert_eq!(tried.len(), 800);
        let every: Vec<usize> = (0..2500).collect();
        let refits = fit.refits(&objective, &rows, (&vec![1.0; 2500], &optimum), &every, &UNWATCHED).unwrap();
        let size = |run: usize| refits[run].as_ref().map_or(0.0, |(without, _)| without.change.size);
        let mut ranked = every;
        ranked.sort_by(|a, b| size(*b).total_cmp(&size(*a)));
        assert!(ranked[..50].iter().all(|run| tried.contains(run)));
        assert_eq!(fit.influence().unwrap().single.len(), 800);
    }
}
