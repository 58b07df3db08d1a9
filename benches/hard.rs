//! Does the default search miss optima on small noisy sweeps? `cargo bench --bench hard [-- SEEDS]`
//!
//! For each number of runs and each noise, synthetic sweeps of the Chinchilla law are fitted from the default
//! starts and from 288 random ones; the table counts the sweeps on which either ends higher than the other by
//! more than 1e-6 of the objective.

use nbar::optimize::Starts;
use nbar::{FitOptions, Observations, fit_scaling_law};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Differences of the objective beyond this, relatively, count.
const WORSE: f64 = 1e-6;

/// A sweep of `runs` runs with normal noise of standard deviation `noise` in ln L.
fn sweep(runs: usize, noise: f64, seed: u64) -> nbar::Result<Observations> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = move || (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
    let (mut n, mut d, mut loss) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let (params, tokens) = (1e7 * 1e3f64.powf(uniform()), 1e9 * 1e3f64.powf(uniform()));
        let normal = (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
        n.push(params);
        d.push(tokens);
        loss.push((1.8 + 480.0 / params.powf(0.35) + 2100.0 / tokens.powf(0.37)) * (noise * normal).exp());
    }
    Observations::new(n, d, loss)
}

#[allow(clippy::print_stdout)]
fn main() -> nbar::Result<()> {
    let seeds = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(200u64);
    let random = FitOptions::default().with_starts(Starts::Random { count: 288, seed: 1 });
    println!("| runs | noise | sweeps | default worse | random worse | worst default | default not proven |");
    println!("|---|---|---|---|---|---|---|");
    let (mut all, mut missed) = (0, 0);
    for runs in [8, 15, 30] {
        for noise in [0.001, 0.01, 0.04] {
            let (mut ours, mut theirs, mut unproven, mut worst) = (0, 0, 0, 0.0f64);
            for seed in 0..seeds {
                let observations = sweep(runs, noise, seed)?;
                let default = fit_scaling_law(&observations, &FitOptions::default())?;
                let searched = fit_scaling_law(&observations, &random)?.objective;
                let excess = default.objective / searched - 1.0;
                ours += u32::from(excess > WORSE);
                theirs += u32::from(excess < -WORSE);
                unproven += u32::from(!default.termination.is_converged());
                worst = worst.max(excess);
            }
            all += seeds;
            missed += ours;
            println!("| {runs} | {noise} | {seeds} | {ours} | {theirs} | {worst:.1e} | {unproven} |");
        }
    }
    println!("\ndefault worse on {missed} of {all} sweeps");
    Ok(())
}
