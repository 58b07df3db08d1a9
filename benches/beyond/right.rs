//! Laws that are right: how often intervals hold the truth.

use nbar::bootstrap::Estimate;
use nbar::{AllocationOptions, BootstrapOptions, Ensemble, Result, fit_scaling_law};
use rayon::prelude::*;

use crate::designs::{Design, HARD, USUAL};
use crate::random::Random;
use crate::table::{Share, holds};
use crate::truth::{LAW, RIGHT};
use crate::usual::{Usual, median};

/// What is asked of each sweep, at 95 % but for the last two, which are of 90 %.
const QUESTIONS: [&str; 16] = [
    "E",
    "ln A",
    "ln B",
    "alpha",
    "beta",
    "a_opt",
    "law at 10x",
    "law at 100x",
    "N* at 10x, law holds",
    "N* at 100x, law holds",
    "loss at 10x",
    "loss at 100x",
    "N* at 10x",
    "N* at 100x",
    "run at 1x",
    "run at 10x",
];
/// Questions of 95 % of the law itself, and all of 95 %.
const OF_LAW: usize = 10;
const ALL: usize = 14;

/// Whether each interval held, where there is one, and the width of the run interval at 10x over the usual one.
type Answers = ([Option<bool>; QUESTIONS.len()], f64);

#[allow(clippy::print_stdout)]
pub(crate) fn print(sweeps: usize, replicates: usize, chosen: &[String]) -> Result<()> {
    let designs: Vec<(usize, Design)> = USUAL.into_iter().chain(HARD).enumerate().collect();
    let is_chosen =
        |design: &Design| chosen.is_empty() || chosen.iter().any(|part| design.name.contains(part));
    println!(
        "| {sweeps} sweeps each, {replicates} replicates | {} | mean of the first ten | width ratio |",
        QUESTIONS.join(" | ")
    );
    println!("|---{}|---|---|", "|---".repeat(QUESTIONS.len()));
    for (place, design) in designs.into_iter().filter(|(_, design)| is_chosen(design)) {
        let seeds = (0..sweeps).into_par_iter();
        let answers = seeds.map(|i| answers(&design, (1_000_000 * (place + 1) + i) as u64, replicates));
        let answers: Vec<Answers> = answers.collect::<Result<_>>()?;
        let share = |k: usize| Share::of(answers.iter().filter_map(|(held, _)| held[k]));
        let shares: Vec<Share> = (0..QUESTIONS.len()).map(share).collect();
        let mean = shares[..OF_LAW].iter().map(|share| share.percent()).sum::<f64>() / OF_LAW as f64;
        let cells: Vec<String> = shares.iter().map(|share| share.cell()).collect();
        let width = median(answers.iter().map(|(_, width)| *width).collect());
        println!("| {} | {} | {mean:.1} | {width:.2} |", design.name, cells.join(" | "));
    }
    println!(
        "\nShares that hold, in %, of intervals of 95 % (runs: 90 %), with binomial standard deviations. Width ratio: median\n\
         of the width of the run interval at 10x over the usual one."
    );
    Ok(())
}

fn answers(design: &Design, seed: u64, replicates: usize) -> Result<Answers> {
    let mut random = Random::new(seed);
    let sweep = design.sweep(&LAW, true, &mut random)?;
    let budget = sweep.flops().fold(0.0, f64::max);
    let fit = fit_scaling_law(&sweep, &design.options())?;
    let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(replicates).with_seed(seed))?;
    let [_, a, b, alpha, beta] = RIGHT;
    let own = |of: &dyn Fn(&[f64]) -> f64| holds(ensemble.estimate(of).interval, of(&RIGHT));
    let mut held = [None; QUESTIONS.len()];
    let parameter = |name: &str, truth: f64| ensemble.parameter(name).map(|x| holds(x.interval, truth));
    held[0] = parameter("E", RIGHT[0]);
    held[1] = parameter("A", a);
    held[2] = parameter("B", b);
    held[3] = parameter("alpha", alpha);
    held[4] = parameter("beta", beta);
    held[5] = Some(own(&|p| p[4] / (p[3] + p[4])));
    for (k, factor) in [10.0, 100.0].into_iter().enumerate() {
        let best = LAW.best(factor * budget);
        let law = ensemble.predict(best.params, best.tokens).ok();
        held[6 + k] = law.map(|law| holds(law.loss.mean_interval, best.loss));
        let run = ensemble.allocate(factor * budget, &AllocationOptions::default()).ok();
        let of = |estimate: Estimate, truth: f64| holds(estimate.interval, truth);
        held[8 + k] = run.as_ref().map(|run| {
            let params = run.average_params;
            holds(params.interval_if_law_holds.unwrap_or(params.interval), best.params)
        });
        held[10 + k] = run.as_ref().map(|run| of(run.loss, best.loss));
        held[12 + k] = run.map(|run| of(run.average_params, best.params));
    }
    let ensemble = ensemble.at_level(0.9)?;
    let mut ratio = f64::NAN;
    for (k, factor) in [1.0, 10.0].into_iter().enumerate() {
        let best = LAW.best(factor * budget);
        let [interval, _, usual] = run_intervals(&ensemble, best.params, best.tokens)?;
        let landed = best.loss * design.new_noise(best.params, &mut random).exp();
        held[ALL + k] = Some(holds(interval, landed));
        ratio = (interval[1] - interval[0]) / (usual[1] - usual[0]);
    }
    Ok((held, ratio))
}

/// The run intervals of a dense run: the one to quote, that of a law that holds, and the usual one.
pub(crate) fn run_intervals(ensemble: &Ensemble, params: f64, tokens: f64) -> Result<[[f64; 2]; 3]> {
    let loss = ensemble.predict(params, tokens)?.loss;
    let usual = Usual::new(ensemble)?.interval(&[params, tokens], ensemble.options.level);
    Ok([loss.run_interval, loss.run_interval_if_law_holds, usual])
}
