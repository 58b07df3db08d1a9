//! How often are laws told apart that are all right, and wrong ones from them?
//!
//! `cargo bench --bench apart -- 200` draws 200 sweeps of each design from a law with normal noise of 0.3 % and prints the
//! table of docs/evidence.md; each takes 200 paired replicates. `-- 200 ladder` draws one design only.
#![allow(clippy::print_stdout)]

use std::sync::Arc;

use nbar::compare::{Candidates, Comparison};
use nbar::law::{Law, by_name, chinchilla};
use nbar::schedule::{Ramp, Shape, Unit};
use nbar::{
    BootstrapOptions, Extent, FitOptions, Network, ObservationOptions, Result, Run, Schedule, Size, Sweep,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// E, A, B, α and β; in the pruned sweeps α = β = 0.36.
const TRUTH: [f64; 5] = [1.8172, 477.8, 2143.4, 0.3473, 0.3672];
const NOISE: f64 = 0.003;

struct Random(ChaCha8Rng);

impl Random {
    fn within(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.within(0.0, 1.0).ln()).sqrt() * self.within(0.0, std::f64::consts::TAU).cos()
    }
}

/// N and D of five to nine sizes, from a quarter to four times the best, at each of nine budgets from 6e18 to 3e21 FLOPs.
fn isoflop(truth: &[f64; 5], random: &mut Random) -> Vec<(f64, f64)> {
    let [_, a, b, alpha, beta] = truth;
    let mut runs = Vec::new();
    for budget in 0..9 {
        let product = 1e18 * 500f64.powf(f64::from(budget) / 8.0);
        let best = (alpha * a / (beta * b)).powf(1.0 / (alpha + beta)) * product.powf(beta / (alpha + beta));
        let sizes = random.within(5.0, 10.0).floor();
        for i in 0..sizes as u32 {
            let n = best * 0.25 * 16f64.powf(f64::from(i) / (sizes - 1.0)) * (0.05 * random.normal()).exp();
            runs.push((n, product / n));
        }
    }
    runs
}

/// Four sizes at 20, 40, 100 and 200 tokens a parameter.
fn ladder() -> Vec<(f64, f64)> {
    let of = |n: f64| [20.0, 40.0, 100.0, 200.0].map(|ratio| (n, ratio * n));
    [190e6, 370e6, 760e6, 1.3e9].into_iter().flat_map(of).collect()
}

/// A sweep of these N̄ and D; every second run reaches its N̄ pruned, over a window of its own.
fn sweep(runs: &[(f64, f64)], truth: &[f64; 5], prunes: bool, random: &mut Random) -> Result<Sweep> {
    let mut made = Vec::new();
    for (i, &(n, d)) in runs.iter().enumerate() {
        let loss = chinchilla().loss(truth, &[n, d]) * (NOISE * random.normal()).exp();
        if !prunes || i % 2 == 0 {
            made.push(Run::dense(format!("{i:03}"), n, d, loss));
            continue;
        }
        let (start, sparsity) = (random.within(0.0, 0.6), random.within(0.3, 0.9));
        let end = random.within(start + 0.1, 1.0);
        let shape = if random.within(0.0, 1.0) < 0.5 { Shape::Linear } else { Shape::Cubic };
        let schedule = Schedule::from(Ramp::new(shape, sparsity, start, end, Unit::Fraction));
        let density = schedule.trajectory(Network::new(1.0), Extent::new(d))?.average_params();
        made.push(Run::dense(format!("{i:03}"), n / density, d, loss).with_schedule(schedule));
    }
    Sweep::from_runs(made)
}

/// What is compared, and which of it is right.
struct Design {
    name: &'static str,
    laws: &'static [&'static str],
    sizes: &'static [Size],
    wrong: &'static str,
}

impl Design {
    fn compare(&self, seed: u64) -> Result<Comparison> {
        let random = &mut Random(ChaCha8Rng::seed_from_u64(seed));
        let prunes = self.sizes.len() > 1;
        let truth = if prunes { [TRUTH[0], TRUTH[1], TRUTH[2], 0.36, 0.36] } else { TRUTH };
        let runs = if self.name == "ladder" { ladder() } else { isoflop(&truth, random) };
        let sweep = sweep(&runs, &truth, prunes, random)?;
        let laws = self.laws.iter().map(|law| by_name(law)).collect::<Result<Vec<Arc<dyn Law>>>>()?;
        let candidates = Candidates::of(&sweep, &laws, self.sizes, &ObservationOptions::default())?;
        candidates.compare(&FitOptions::default(), 0.2, &BootstrapOptions::default().with_replicates(200))
    }
}

const DESIGNS: [Design; 3] = [
    Design {
        name: "isoFLOP",
        laws: &["chinchilla", "coupled", "compute"],
        sizes: &[Size::AVERAGE],
        wrong: "compute",
    },
    Design {
        name: "ladder",
        laws: &["chinchilla", "coupled", "compute"],
        sizes: &[Size::AVERAGE],
        wrong: "compute",
    },
    Design {
        name: "half pruned",
        laws: &["tied", "chinchilla", "coupled", "power-mean"],
        sizes: &[Size::AVERAGE, Size::Final],
        wrong: "final",
    },
];

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let count = words.iter().find_map(|word| word.parse().ok()).unwrap_or(10);
    let is_named = |design: &Design| words.iter().any(|word| word == design.name);
    let named = DESIGNS.iter().any(is_named);
    println!("| design | right laws | in one group | with the best | wrong: all told apart | none |");
    println!("|---|---|---|---|---|---|");
    for design in DESIGNS.iter().filter(|design| !named || is_named(design)) {
        let (mut one, mut best, mut apart, mut none, mut laws) = (0, 0, 0, 0, 0);
        for seed in 0..count {
            let comparison = design.compare(seed)?;
            let is_wrong = |name: &str| name.contains(design.wrong);
            let (wrong, right): (Vec<_>, Vec<_>) =
                comparison.candidates.iter().partition(|candidate| is_wrong(&candidate.name()));
            laws = right.len();
            one += u64::from(right.iter().all(|candidate| candidate.group == right[0].group));
            best += u64::from(right.iter().all(|candidate| candidate.group == 1));
            apart += u64::from(wrong.iter().all(|candidate| candidate.group > 1));
            none += u64::from(wrong.iter().all(|candidate| candidate.group == 1));
        }
        let share = |hits: u64| {
            let share = hits as f64 / count as f64;
            format!("{:.1} ± {:.1} %", 100.0 * share, 100.0 * (share * (1.0 - share) / count as f64).sqrt())
        };
        println!(
            "| {} | {laws} | {} | {} | {} | {} |",
            design.name,
            share(one),
            share(best),
            share(apart),
            share(none)
        );
    }
    Ok(())
}
