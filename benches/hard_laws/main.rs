//! Does the default search miss optima of laws that are no sums of powers? `cargo bench --bench hard_laws [-- SEEDS [LAW…]]`
//!
//! For each law, size of the sweep and noise, synthetic sweeps are fitted from the default starts, from 240 random ones
//! and from the truth. A sweep is *missed* where either of the others ends more than 1e-6 of the objective below the
//! default. Where the lower end is not stationary, the lower values are those of parameters that run off, and the sweep is
//! counted apart: *edge*.

use std::time::Instant;

use nbar::optimize::Starts;
use nbar::{Fit, FitOptions, fit_scaling_law};

mod sweeps;

use sweeps::{LAWS, NOISES, RUNS, sweep};

/// Differences of the objective beyond this, relatively, count.
const WORSE: f64 = 1e-6;
/// And are large beyond this.
const MUCH_WORSE: f64 = 1e-3;

#[derive(Default)]
struct Tally {
    sweeps: u32,
    missed: u32,
    by_much: u32,
    silent: u32,
    edge: u32,
    random: u32,
    unproven: u32,
    worst: f64,
    times: Vec<f64>,
}

#[allow(clippy::print_stdout)]
fn main() -> nbar::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let seeds = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(20u64);
    let chosen =
        |law: &&str| arguments.iter().all(|a| a.parse::<u64>().is_ok()) || arguments.iter().any(|a| a == law);
    println!(
        "| law | sweeps | missed | by 1e-3 | no warning | worst | edge | random misses | not proven | median ms | slowest |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for name in LAWS.iter().filter(|law| chosen(law)) {
        let mut tally = Tally::default();
        for (i, runs) in RUNS.into_iter().enumerate() {
            for (j, noise) in NOISES.into_iter().enumerate() {
                for seed in 0..seeds {
                    let drawn = sweep(name, runs, noise, 100_000 * (3 * i + j) as u64 + seed)?;
                    let options = FitOptions::default().with_law(drawn.law.clone());
                    let fit =
                        |starts| fit_scaling_law(&drawn.observations, &options.clone().with_starts(starts));
                    let start = Instant::now();
                    let default = fit_scaling_law(&drawn.observations, &options.clone().with_jobs(1))?;
                    tally.times.push(1e3 * start.elapsed().as_secs_f64());
                    let random = fit(Starts::Random { count: 240, seed: 1 })?;
                    let truth = fit(Starts::Given(vec![drawn.truth.clone()]))?;
                    tally.random += u32::from(random.objective > default.objective * (1.0 + WORSE));
                    let best = if truth.objective < random.objective { &truth } else { &random };
                    tally.add(&default, best);
                }
            }
        }
        tally.print(name);
    }
    Ok(())
}

impl Tally {
    fn add(&mut self, default: &Fit, best: &Fit) {
        self.sweeps += 1;
        self.unproven += u32::from(!default.termination.is_converged());
        let excess = default.objective / best.objective - 1.0;
        if excess > WORSE && !best.termination.is_converged() {
            self.edge += 1;
        } else if excess > WORSE {
            self.missed += 1;
            self.by_much += u32::from(excess > MUCH_WORSE);
            self.silent += u32::from(default.warnings.is_empty());
            self.worst = self.worst.max(excess);
        }
    }

    #[allow(clippy::print_stdout)]
    fn print(&mut self, name: &str) {
        self.times.sort_by(f64::total_cmp);
        let last = self.times.len().saturating_sub(1);
        let Self { sweeps, missed, by_much, silent, edge, random, unproven, worst, times } = self;
        let (median, slowest) = (times[last / 2], times[last]);
        println!(
            "| {name} | {sweeps} | {missed} | {by_much} | {silent} | {worst:.1e} | {edge} | {random} | {unproven} | {median:.1} | {slowest:.0} |"
        );
    }
}
