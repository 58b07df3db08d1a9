//! Do intervals of the loss hold at the end of a ladder, whose runs all lie near one number of tokens a parameter?
//!
//! `cargo bench --bench ladder -- 300` draws 300 ladders of each kind from a known law, fits them and prints the table of docs/evidence.md: the
//! shares of 95 % intervals that hold the law's loss at the largest run, and a new run there. A second table is of many small runs beside few
//! large ones, through which a fit of nearly least absolute deviations passes.
#![allow(clippy::print_stdout)]

use nbar::law::Separable;
use nbar::{BootstrapOptions, FitOptions, Observations, Result, Rho, fit_scaling_law};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// About the fit of `data/chinchilla.csv`, and one whose tokens count for longer.
const LAWS: [Separable; 2] = [
    Separable { e: 1.8172, a: 477.8, b: 2143.4, alpha: 0.3473, beta: 0.3672 },
    Separable { e: 1.55, a: 1200.0, b: 180.0, alpha: 0.41, beta: 0.23 },
];
const NOISE: f64 = 0.004;
/// Smallest and largest size, tokens a parameter, and by how much these scatter.
const SIZES: [f64; 2] = [3e7, 3e9];
const RATIO: f64 = 20.0;
const SCATTER: f64 = 0.3;

fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    (-2.0 * uniform(random).ln()).sqrt() * (std::f64::consts::TAU * uniform(random)).cos()
}

/// Small runs are so much smaller than large ones at the least, and see so many tokens a parameter.
const SMALL: f64 = 0.1;
const RATIOS: [f64; 2] = [5.0, 100.0];

/// Sizes and lengths of so many runs along a ladder.
fn ladder(runs: usize, random: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let params = |run: usize| SIZES[0] * (SIZES[1] / SIZES[0]).powf(run as f64 / (runs - 1) as f64);
    (0..runs).map(|run| [params(run), params(run) * RATIO * (SCATTER * normal(random)).exp()]).collect()
}

/// The same of so many small runs, spread at random, and so many large ones.
fn few_large([small, large]: [usize; 2], random: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let mut between = |[low, high]: [f64; 2]| low * (high / low).powf(uniform(random));
    let small = (0..small).map(|_| {
        let params = between([SIZES[0], SMALL * SIZES[1]]);
        [params, params * between(RATIOS)]
    });
    let mut runs: Vec<[f64; 2]> = small.collect();
    runs.resize(runs.len() + large, [SIZES[1], SIZES[1] * RATIO]);
    runs
}

/// Whether the intervals hold the law's loss at the end of one sweep, and a new run's.
fn held(
    law: &Separable,
    runs: &[[f64; 2]],
    (rho, seed): (Rho, u64),
    random: &mut ChaCha8Rng,
) -> Result<[bool; 2]> {
    let loss = runs.iter().map(|[n, d]| law.loss(*n, *d) * (NOISE * normal(random)).exp()).collect();
    let (n, d) = runs.iter().map(|[n, d]| (*n, *d)).unzip();
    let options = FitOptions::default().with_rho(rho).with_jobs(1);
    let ensemble = fit_scaling_law(&Observations::new(n, d, loss)?, &options)?
        .bootstrap(&BootstrapOptions::default().with_seed(seed))?;
    let tokens = RATIO * SIZES[1];
    let told = ensemble.predict(SIZES[1], tokens)?.loss;
    let truth = law.loss(SIZES[1], tokens);
    let landed = truth * (NOISE * normal(random)).exp();
    let holds = |[low, high]: [f64; 2], value: f64| (low..=high).contains(&value);
    Ok([holds(told.mean_interval, truth), holds(told.run_interval, landed)])
}

fn main() -> Result<()> {
    let sweeps = std::env::args().skip(1).find_map(|text| text.parse::<u64>().ok()).unwrap_or(20);
    println!("| β | runs | ρ | the law's loss | a new run |\n|---|---|---|---|---|");
    for (law, runs) in LAWS.iter().flat_map(|law| [16, 40].map(|runs| (law, runs))) {
        for rho in [Rho::Huber { delta: 1e-3 }, Rho::Huber { delta: 1e-2 }, Rho::Squared] {
            let [loss, run] = shares(sweeps, |seed| {
                let random = &mut ChaCha8Rng::seed_from_u64(seed);
                held(law, &ladder(runs, random), (rho, seed), random)
            })?;
            println!("| {} | {runs} | {rho} | {loss} | {run} |", law.beta);
        }
    }
    println!("\n| β | small | large | ρ | the law's loss | a new run |\n|---|---|---|---|---|---|");
    for (law, counts) in LAWS.iter().flat_map(|law| [[20, 2], [60, 2], [30, 1]].map(|counts| (law, counts))) {
        for rho in [Rho::Huber { delta: 1e-3 }, Rho::Squared] {
            let [loss, run] = shares(sweeps, |seed| {
                let random = &mut ChaCha8Rng::seed_from_u64(seed);
                held(law, &few_large(counts, random), (rho, seed), random)
            })?;
            println!("| {} | {} | {} | {rho} | {loss} | {run} |", law.beta, counts[0], counts[1]);
        }
    }
    Ok(())
}

/// Shares of so many sweeps that hold, with their binomial errors.
fn shares(sweeps: u64, held: impl Fn(u64) -> Result<[bool; 2]> + Sync + Send) -> Result<[String; 2]> {
    let each: Vec<[bool; 2]> = (0..sweeps).into_par_iter().map(held).collect::<Result<_>>()?;
    Ok([0, 1].map(|which| {
        let share = each.iter().filter(|held| held[which]).count() as f64 / sweeps as f64;
        format!("{:.1} ± {:.1}", 100.0 * share, 100.0 * (share * (1.0 - share) / sweeps as f64).sqrt())
    }))
}
