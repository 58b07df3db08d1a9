//! Paired replicates: the same weights of the runs, or of their clusters, for every candidate.

use std::collections::BTreeMap;

use crate::bootstrap::{BootstrapOptions, Estimate, Refits, Refitted, least_draws};
use crate::fit::Fit;
use crate::law::Law;
use crate::numeric::random::{stream, uniform};
use crate::numeric::statistics::{interval, standard_deviation};
use crate::objective::{Objective, evaluate};
use crate::observe::Watch;
use crate::{Observations, Result};

use super::Compared;

/// Errors this close, relatively, are tied: of a dense sweep all sizes are one.
const TIED: f64 = 1e-6;
/// Most points that each refit starts from: those of a bootstrap, then the minima of the fit to the smaller runs.
const STARTS: usize = 3;

/// What every candidate shares: how replicates are drawn, and the place of each run, or that of its cluster, among the weights
/// of a draw.
pub(super) struct Paired<'a> {
    draws: &'a BootstrapOptions,
    places: BTreeMap<u32, usize>,
    weights: usize,
}

/// Buffers of one thread.
struct Draw {
    objective: Objective,
    of_run: Vec<f64>,
    of_row: Vec<f64>,
}

impl<'a> Paired<'a> {
    /// For observations of all runs, whatever the order of their rows.
    pub(super) fn new(draws: &'a BootstrapOptions, all: &Observations) -> Self {
        let all = all.in_order();
        let (of_row, weights) = all.clusters();
        let place = |(run, place): (&u32, u32)| (*run, place as usize);
        Self { draws, places: all.run().iter().zip(of_row).map(place).collect(), weights }
    }

    /// The place of each row's run.
    fn of_rows(&self, rows: &Observations) -> Vec<usize> {
        rows.run().iter().map(|run| self.places[run]).collect()
    }

    /// Refits a candidate with each draw of the runs' weights: the RMS error of ln L on the held-out runs, with the weights
    /// of that draw; none where the refit did not converge.
    pub(super) fn refit(
        &self,
        smaller: &Fit,
        held_out: &Observations,
        watch: &Watch<'_>,
    ) -> Result<Refitted<Option<f64>>> {
        let (objective, optimum) = smaller.objective_at_optimum(smaller.options.rho)?;
        let held_out = &held_out.in_order();
        let [of_fitted, of_held_out] = [&smaller.rows, held_out].map(|rows| self.of_rows(rows));
        let law = smaller.law();
        let columns = law.spec().columns(held_out)?;
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let measured: Vec<f64> = held_out.loss().iter().map(|loss| loss.ln()).collect();
        let coordinates = objective.coordinates();
        let others = smaller.minima.iter().map(|minimum| coordinates.natural_to_free(&minimum.parameters));
        let finite = |start: &Vec<f64>| start.iter().all(|x| x.is_finite());
        let starts: Vec<Vec<f64>> = smaller
            .starts_of_replicates(&objective, &optimum)
            .into_iter()
            .chain(others)
            .filter(finite)
            .take(STARTS)
            .collect();
        let refits = Refits {
            options: &smaller.options,
            objective: &objective,
            starts: &starts,
            count: self.draws.replicates,
            watch,
        };
        refits.run(
            || Draw {
                objective: objective.clone(),
                of_run: vec![0.0; self.weights],
                of_row: vec![0.0; of_fitted.len()],
            },
            |drawn, i| {
                let mut rng = stream(self.draws.seed, i as u64);
                drawn.of_run.iter_mut().for_each(|w| *w = -uniform(&mut rng).ln());
                for (row, run) in drawn.of_row.iter_mut().zip(&of_fitted) {
                    *row = drawn.of_run[*run];
                }
                objective.resample(&drawn.of_row, &mut drawn.objective);
                objective.draw_priors(&mut rng, &mut drawn.objective);
                &drawn.objective
            },
            |drawn, minimum| {
                let fitted = coordinates.free_to_fitted(&minimum.theta);
                let foretold = ln_losses(law, &fitted, &columns, measured.len());
                let (mut squares, mut whole) = (0.0, 0.0);
                for ((foretold, measured), run) in foretold.iter().zip(&measured).zip(&of_held_out) {
                    squares += drawn.of_run[*run] * (foretold - measured).powi(2);
                    whole += drawn.of_run[*run];
                }
                let rms = (squares / whole).sqrt();
                (minimum.termination.is_converged() && rms.is_finite()).then_some(rms)
            },
        )
    }
}

/// ln L̂ of each row, at parameters on the scale on which they are fitted.
pub(super) fn ln_losses(law: &dyn Law, theta: &[f64], columns: &[&[f64]], rows: usize) -> Vec<f64> {
    let (mut ln_loss, mut jacobian) = (vec![0.0; rows], vec![0.0; rows * theta.len()]);
    evaluate(law, theta, columns, false, (&mut ln_loss, &mut jacobian));
    ln_loss
}

/// What the replicates say of candidates whose errors are in ascending order: how far each is behind the first, how often it is
/// the least, and its group.
pub(super) fn judge(compared: &mut [Compared], replicates: &[Vec<Option<f64>>], draws: &BootstrapOptions) {
    let errors: Vec<f64> = compared.iter().map(|candidate| candidate.held_out.rms).collect();
    let behind = |place, best| behind([place, best], &errors, replicates, draws);
    let groups = groups(&errors, |place, best| behind(place, best).is_some_and(|b| b.interval[0] > 0.0));
    let wins = wins(replicates, draws);
    for (place, candidate) in compared.iter_mut().enumerate() {
        candidate.behind = behind(place, 0);
        (candidate.wins, candidate.group) = (wins[place], groups[place]);
    }
}

/// Enough replicates for an interval, unless so few were asked for.
fn enough(draws: &BootstrapOptions) -> usize {
    least_draws(draws.level).min(draws.replicates)
}

/// The error of one candidate less that of another, over the replicates in which both converged; none if they are too few.
fn behind(
    [own, other]: [usize; 2],
    errors: &[f64],
    replicates: &[Vec<Option<f64>>],
    draws: &BootstrapOptions,
) -> Option<Estimate> {
    let pairs = replicates[own].iter().zip(&replicates[other]);
    let made = pairs.len();
    let mut differences: Vec<f64> =
        pairs.filter_map(|(own, other)| Some(difference((*own)?, (*other)?))).collect();
    (made >= enough(draws) && differences.len() > 1).then(|| {
        let (apart, error) = (difference(errors[own], errors[other]), standard_deviation(&differences));
        Estimate::straight(apart, error, interval(&mut differences, draws.level))
    })
}

/// The share of the replicates in which each candidate is the least; ties are shared.
fn wins(replicates: &[Vec<Option<f64>>], draws: &BootstrapOptions) -> Vec<f64> {
    let made = replicates.iter().map(Vec::len).min().unwrap_or_default();
    let (mut decided, mut wins) = (0, vec![0.0; replicates.len()]);
    for i in 0..made {
        let all: Vec<Option<f64>> = replicates.iter().map(|replicates| replicates[i]).collect();
        let least = all.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        let winners: Vec<usize> =
            (0..all.len()).filter(|place| all[*place].is_some_and(|r| r <= least * (1.0 + TIED))).collect();
        decided += usize::from(!winners.is_empty());
        for place in &winners {
            wins[*place] += 1.0 / winners.len() as f64;
        }
    }
    let share = |wins| if made >= enough(draws) { wins / (decided as f64).max(1.0) } else { f64::NAN };
    wins.into_iter().map(share).collect()
}

/// The group of each candidate, from 1: the best of those that are left, and all that are not surely behind it.
fn groups(errors: &[f64], is_behind: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut groups = vec![0; errors.len()];
    let mut left: Vec<usize> = (0..errors.len()).collect();
    for group in 1.. {
        let Some(&best) = left.first() else { break };
        let (apart, own): (Vec<usize>, _) = left
            .into_iter()
            .partition(|place| *place != best && (!errors[*place].is_finite() || is_behind(*place, best)));
        own.into_iter().for_each(|place| groups[place] = group);
        left = apart;
    }
    groups
}

/// What one error is more than another; ties differ by nothing.
fn difference(own: f64, other: f64) -> f64 {
    if (own - other).abs() <= TIED * own.max(other) { 0.0 } else { own - other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::UNWATCHED;
    use crate::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};

    #[test]
    fn groups_are_built_from_the_best_down() {
        // Behind only by more than 2: the third is apart from the first, and the fourth from neither the third nor the second.
        let errors = [1.0, 2.5, 3.5, 4.5, 9.0, f64::NAN];
        assert_eq!(groups(&errors, |place, best| errors[place] - errors[best] > 2.0), [1, 1, 2, 2, 3, 4]);
        assert_eq!(groups(&errors[..5], |_, _| false), [1; 5]);
        assert!(groups(&[], |_, _| true).is_empty());
    }

    #[test]
    fn a_replicate_is_the_error_of_a_fit_from_scratch_with_its_weights() {
        let sweep = Sweep::from_csv_path("data/overtraining.csv").unwrap();
        let all = sweep.observations(&ObservationOptions::default()).unwrap();
        let (fitted, held_out) = (all.subset(|row| row % 4 != 0), all.subset(|row| row % 4 == 0));
        let draws = BootstrapOptions::default().with_replicates(12).with_seed(3);
        let options = FitOptions::default();
        let smaller = fit_scaling_law(&fitted, &options).unwrap();
        let replicates = Paired::new(&draws, &all).refit(&smaller, &held_out, &UNWATCHED).unwrap();
        assert_eq!(replicates.ended.len(), 12);
        for (i, rms) in replicates.ended.iter().enumerate() {
            // One exponential weight a run, in the order of their names; each of its runs has one row.
            let mut rng = stream(3, i as u64);
            let mut names: Vec<String> = all.run().iter().map(|run| all.run_name(*run)).collect();
            names.sort();
            let weights: BTreeMap<String, f64> =
                names.into_iter().map(|name| (name, -uniform(&mut rng).ln())).collect();
            let of = |some: &Observations| {
                some.run().iter().map(|run| weights[&some.run_name(*run)]).collect::<Vec<f64>>()
            };
            let fit = fit_scaling_law(&fitted.clone().with_weights(of(&fitted)).unwrap(), &options).unwrap();
            let of_held_out: Vec<f64> = of(&held_out);
            let (mut squares, mut whole) = (0.0, 0.0);
            for (row, weight) in of_held_out.iter().enumerate() {
                let foretold = fit.predict(held_out.params()[row], held_out.tokens()[row]).unwrap();
                squares += weight * (foretold / held_out.loss()[row]).ln().powi(2);
                whole += weight;
            }
            let expected = (squares / whole).sqrt();
            assert!((rms.unwrap() / expected - 1.0).abs() < 1e-7, "{i}: {rms:?} is not {expected}");
        }
    }
}
