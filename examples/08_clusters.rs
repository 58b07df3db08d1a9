//! Noise that runs share in groups: how often intervals hold the truth when runs are drawn, and when clusters are.
//!
//! `cargo run --release --example 08_clusters -- 500 1000` makes the table of docs/evidence.md: 500 sweeps a row, 1,000
//! replicates each. Without words, four sweeps a row show that it runs.
#![allow(clippy::print_stdout)]

use nbar::law::{Law, chinchilla};
use nbar::{BootstrapOptions, FitOptions, Observations, fit_scaling_law};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// E, A, B, α, β that every sweep is drawn from.
const TRUTH: [f64; 5] = [1.8172, 477.8, 2143.4, 0.3473, 0.3672];
/// Standard deviation of the noise in ln L.
const DEVIATION: f64 = 0.003;
/// What 95 % intervals are of, and in the last place the 90 % interval of a run of another cluster at ten times the compute.
const NAMES: [&str; 9] = ["E", "ln A", "ln B", "alpha", "beta", "a_opt", "L 10x", "ln N* 10x", "run 90 %"];

/// What runs share noise.
#[derive(Clone, Copy)]
enum Design {
    /// Those of a budget, of so many from 6e18 to 3e21 FLOPs; about 63 runs in all.
    Budgets(usize),
    /// Those that saw the data in one of six orders, whatever their budget of nine.
    Orders,
    /// Those of one of four seeds; each has the same 16 runs.
    Seeds,
}

/// Uniform and normal numbers.
struct Random(ChaCha8Rng);

impl Random {
    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// N at the compute-optimal split of a budget.
fn optimum(p: &[f64], flops: f64) -> f64 {
    let ratio = (p[3] * p[1] / (p[4] * p[2])).powf(1.0 / (p[3] + p[4]));
    ratio * (flops / 6.0).powf(p[4] / (p[3] + p[4]))
}

/// N, D and the cluster of each run.
fn runs(design: Design, random: &mut Random) -> Vec<(f64, f64, usize)> {
    let mut runs = Vec::new();
    let budgets = match design {
        Design::Seeds => {
            for i in 0..64 {
                let n = [190e6, 370e6, 760e6, 1.3e9][i % 4];
                runs.push((n, 20.0 * n * [1.0, 2.0, 5.0, 10.0][i / 4 % 4], i / 16));
            }
            0
        }
        Design::Budgets(budgets) => budgets,
        Design::Orders => 9,
    };
    for budget in 0..budgets {
        let flops = 6e18 * 500f64.powf(budget as f64 / (budgets - 1) as f64);
        let sizes = if budgets > 9 { 3.0 } else { 5.0 };
        let count = (sizes + sizes * random.uniform()) as usize;
        for i in 0..count {
            let off = 4f64.powf(2.0 * i as f64 / (count - 1) as f64 - 1.0) * (0.05 * random.normal()).exp();
            let n = optimum(&TRUTH, flops) * off;
            let order = (6.0 * random.uniform()) as usize;
            runs.push((n, flops / 6.0 / n, if matches!(design, Design::Orders) { order } else { budget }));
        }
    }
    runs
}

/// Which of [`NAMES`] the intervals hold that are drawn by runs, and those by clusters.
fn simulate(
    design: Design,
    shared: f64,
    replicates: usize,
    seed: u64,
) -> nbar::Result<[[bool; NAMES.len()]; 2]> {
    let law = chinchilla();
    let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
    let runs = runs(design, &mut random);
    let of_cluster: Vec<f64> = (0..64).map(|_| random.normal()).collect();
    let mut noise =
        |of: f64| (DEVIATION * (shared.sqrt() * of + (1.0 - shared).sqrt() * random.normal())).exp();
    let loss = runs.iter().map(|(n, d, c)| law.loss(&TRUTH, &[*n, *d]) * noise(of_cluster[*c])).collect();
    let alone =
        Observations::new(runs.iter().map(|r| r.0).collect(), runs.iter().map(|r| r.1).collect(), loss)?;
    let clusters: Vec<String> = runs.iter().map(|(.., cluster)| cluster.to_string()).collect();
    let far = 10.0 * runs.iter().map(|(n, d, _)| 6.0 * n * d).fold(0.0, f64::max);
    let (n, d) = (optimum(&TRUTH, far), far / 6.0 / optimum(&TRUTH, far));
    let another = law.loss(&TRUTH, &[n, d]) * noise(of_cluster[63]);
    let quantity = |which: usize, p: &[f64]| match which {
        0 | 3 | 4 => p[which],
        1 | 2 => p[which].ln(),
        5 => p[4] / (p[3] + p[4]),
        6 => law.loss(p, &[n, d]),
        _ => optimum(p, far).ln(),
    };
    let together = alone.clone().with_clusters(&clusters)?;
    let mut held = [[false; NAMES.len()]; 2];
    for (held, observations) in held.iter_mut().zip([alone, together]) {
        let fit = fit_scaling_law(&observations, &FitOptions::default().with_jobs(1))?;
        let draws =
            fit.bootstrap(&BootstrapOptions::default().with_replicates(replicates).with_seed(seed))?;
        let inside = |[low, high]: [f64; 2], value: f64| low <= value && value <= high;
        for (which, held) in held.iter_mut().enumerate() {
            *held = match which {
                8 => inside(draws.clone().at_level(0.9)?.predict(n, d)?.loss.run_interval, another),
                _ => inside(draws.estimate(|p| quantity(which, p)).interval, quantity(which, &TRUTH)),
            };
        }
    }
    Ok(held)
}

fn main() -> nbar::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default| words.get(i).and_then(|w| w.parse().ok()).unwrap_or(default);
    let (sweeps, replicates) = (number(0, 4), number(1, 200));
    println!("| clusters | shared | drawn | {} |", NAMES.join(" | "));
    println!("|---|---|---|{}", "---|".repeat(NAMES.len()));
    for (name, design, shared) in [
        ("9 budgets", Design::Budgets(9), 0.5),
        ("9 budgets", Design::Budgets(9), 0.0),
        ("9 budgets", Design::Budgets(9), 0.9),
        ("20 budgets", Design::Budgets(20), 0.5),
        ("6 orders", Design::Orders, 0.5),
        ("4 seeds", Design::Seeds, 0.5),
    ] {
        let each = (0..sweeps).into_par_iter().map(|i| simulate(design, shared, replicates, i as u64));
        let held: Vec<_> = each.collect::<nbar::Result<_>>()?;
        for (place, drawn) in ["runs", "clusters"].into_iter().enumerate() {
            let share = |k: usize| held.iter().filter(|held| held[place][k]).count() as f64 / sweeps as f64;
            let shares: Vec<String> = (0..NAMES.len()).map(|k| format!("{:.1}", 100.0 * share(k))).collect();
            println!("| {name} | {:.0} % | {drawn} | {} |", 100.0 * shared, shares.join(" | "));
        }
    }
    Ok(())
}
