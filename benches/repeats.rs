//! Do intervals of variance components hold, of runs and of their evaluations, and what do weights by them gain?
//!
//! `cargo bench --bench repeats -- 500` draws 500 sweeps of 50 runs of each design from a known law, fits them and prints the tables of
//! docs/evidence.md. Noise of runs is .3 %, that of evaluations what the design says. Even: 25 places of two seeds, three evaluations each. Uneven: 20
//! places of one to four seeds, one to six evaluations each.
#![allow(clippy::print_stdout)]

use nbar::fit::Scatter;
use nbar::law::Separable;
use nbar::{BootstrapOptions, FitOptions, Observations, Result, fit_scaling_law};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const LAW: Separable = Separable { e: 1.8172, a: 477.8, b: 2143.4, alpha: 0.3473, beta: 0.3672 };
const RUN: f64 = 0.003;
const RUNS: usize = 50;
/// A run that is foretold, in and beyond the sweep.
const NEW: [(f64, f64); 2] = [(5e8, 1e10), (2e10, 4e11)];

struct Random(ChaCha8Rng);

impl Random {
    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Rows of runs of a design, with the noise of evaluations.
fn sweep(is_even: bool, noise: f64, random: &mut Random) -> Result<Observations> {
    let (mut n, mut d, mut loss, mut run) = (vec![], vec![], vec![], vec![]);
    let (mut runs, mut place) = (0, 0);
    while runs < RUNS {
        let params = 3e7 * 60f64.powf(random.uniform());
        let tokens = params * 5.0 * 40f64.powf(random.uniform());
        let seeds = if is_even { 2 } else { 1 + place % 4 };
        for _ in 0..seeds.min(RUNS - runs) {
            let of_run = RUN * random.normal();
            for _ in 0..if is_even { 3 } else { 1 + runs * 7 % 6 } {
                n.push(params);
                d.push(tokens);
                loss.push(LAW.loss(params, tokens) * (of_run + noise * random.normal()).exp());
                run.push(runs as u32);
            }
            runs += 1;
        }
        place += 1;
    }
    Observations::new(n, d, loss)?.with_runs(run, (0..runs).map(|i| format!("r{i}")).collect())
}

fn main() -> Result<()> {
    let sweeps = std::env::args().skip(1).find_map(|text| text.parse::<usize>().ok()).unwrap_or(20);
    println!(
        "| design | evaluations | weights | run | evaluation | both | p < .05 | alpha | its mean width | run in the sweep | beyond |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (design, is_even) in [("even", true), ("uneven", false)] {
        for noise in [0.0015, 0.006] {
            // Even runs have even weights.
            for weighed in [false, true].into_iter().filter(|weighed| !(is_even && *weighed)) {
                let mut random = Random(ChaCha8Rng::seed_from_u64(3));
                let (mut inside, mut width) = ([0; 7], 0.0);
                for number in 0..sweeps {
                    let mut rows = sweep(is_even, noise, &mut random)?;
                    if weighed {
                        rows = rows.with_power_weights("repeats:1".parse()?)?;
                    }
                    let fit = fit_scaling_law(&rows, &FitOptions::default().with_jobs(1))?;
                    let draws = BootstrapOptions::default().with_replicates(300).with_seed(number as u64);
                    let ensemble = fit.bootstrap(&draws)?;
                    let mut note = |place: usize, [low, high]: [f64; 2], truth: f64| {
                        inside[place] += usize::from(low <= truth && truth <= high);
                    };
                    let repeats = fit.repeats().expect("the sweep has repeats");
                    let ends = |of: Option<Scatter>| of.map_or([f64::NAN; 2], |of| of.interval);
                    note(0, ends(repeats.run), RUN);
                    note(1, ends(repeats.evaluation), noise);
                    note(2, repeats.interval, RUN.hypot(noise));
                    note(3, [0.0, 0.05], repeats.p.unwrap_or(1.0));
                    let alpha = ensemble.parameter("alpha").map_or([f64::NAN; 2], |alpha| alpha.interval);
                    note(4, alpha, LAW.alpha);
                    width += (alpha[1] - alpha[0]) / sweeps as f64;
                    for (place, (n, d)) in NEW.into_iter().enumerate() {
                        let landed = LAW.loss(n, d) * (RUN.hypot(noise) * random.normal()).exp();
                        note(5 + place, ensemble.predict(n, d)?.loss.run_interval, landed);
                    }
                }
                let share = |place: usize| format!("{:.1}", 100.0 * inside[place] as f64 / sweeps as f64);
                let all: Vec<String> =
                    (0..5).map(share).chain([format!("{width:.4}")]).chain((5..7).map(share)).collect();
                println!(
                    "| {design} | {noise} | {} | {} |",
                    if weighed { "repeats" } else { "none" },
                    all.join(" | ")
                );
            }
        }
    }
    Ok(())
}
