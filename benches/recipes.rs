//! Do intervals of a multiplier hold, and is the probability that one of two equal recipes is better uniform?
//!
//! `cargo bench --bench recipes -- 500` draws 500 pairs of sweeps of each design, of 50 runs each, and prints the table of
//! docs/evidence.md. Half of the noise's variance is shared by runs that match. A second table has fits of two groups of 25 runs each, which
//! differ in what a parameter counts for, and a third of fits in which one group has few runs; `-- 500 families` prints these alone, `-- 500 equal` the recipes that are equal.
#![allow(clippy::print_stdout)]

use nbar::bootstrap::Estimate;
use nbar::families::fit_by_group;
use nbar::law::Separable;
use nbar::versus::{VersusOptions, versus};
use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Observations, Result, Run, Sweep};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const BASELINE: Separable = Separable { e: 1.8172, a: 477.8, b: 2143.4, alpha: 0.3473, beta: 0.3672 };
const CHALLENGER: Separable = Separable { e: 1.83, a: 470.0, b: 2300.0, alpha: 0.3473, beta: 0.3672 };
const NOISE: f64 = 0.003;
const RUNS: usize = 50;
/// What a parameter of the second group counts for.
const KAPPA: f64 = 0.8;
const BUDGETS: [f64; 4] = [1e18, 1e19, 1e20, 1e22];

struct Random(ChaCha8Rng);

impl Random {
    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

fn design(random: &mut Random) -> Vec<(f64, f64)> {
    let run = |random: &mut Random| {
        let params = 3e7 * 60f64.powf(random.uniform());
        (params, params * 5.0 * 40f64.powf(random.uniform()))
    };
    (0..RUNS).map(|_| run(random)).collect()
}

fn sweep(law: &Separable, runs: &[(f64, f64)], shared: &[f64], random: &mut Random) -> Result<Observations> {
    let (params, tokens): (Vec<f64>, Vec<f64>) = runs.iter().copied().unzip();
    let noise = |shared: &f64, random: &mut Random| NOISE * 0.5f64.sqrt() * (shared + random.normal());
    let loss = runs.iter().zip(shared).map(|((n, d), shared)| law.loss(*n, *d) * noise(shared, random).exp());
    Observations::new(params, tokens, loss.collect())
}

/// The challenger's FLOPs for the loss that the baseline has at a budget, over the budget.
fn truth(challenger: &Separable, flops: f64) -> f64 {
    let (n, d) = BASELINE.optimum(flops);
    let (n, d) = challenger.cheapest(BASELINE.loss(n, d), 0.0).map_or((f64::INFINITY, 1.0), |run| run);
    6.0 * n * d / flops
}

fn main() -> Result<()> {
    let number = |text: String| text.parse::<usize>().ok();
    let sweeps = std::env::args().skip(1).find_map(number).unwrap_or(20);
    if std::env::args().any(|word| word == "families") {
        return families(sweeps);
    }
    println!(
        "| design | challenger | multiplier at 1e18, 1e19, 1e20, 1e22 FLOPs, and at 1e22 if laws hold, % inside 95 % intervals | difference of losses | better: p of uniform | better if laws hold: p of uniform | share of .05 to .95 |\n|---|---|---|---|---|---|---|"
    );
    for (name, matched) in [("the same runs", true), ("other runs", false)] {
        let asked = |word: &str| std::env::args().any(|own| own == word);
        for (which, challenger) in [("worse", CHALLENGER), ("equal", BASELINE)] {
            if asked("equal") && which != "equal" {
                continue;
            }
            let mut random = Random(ChaCha8Rng::seed_from_u64(1));
            let (mut inside, mut apart) = ([0; BUDGETS.len() + 1], [0; BUDGETS.len() + 1]);
            let mut better = [const { [const { Vec::new() }; 2] }; BUDGETS.len()];
            for sweep_number in 0..sweeps {
                let runs = design(&mut random);
                let others = if matched { runs.clone() } else { design(&mut random) };
                let shared: Vec<f64> = (0..RUNS).map(|_| random.normal()).collect();
                let own: Vec<f64> =
                    if matched { shared.clone() } else { (0..RUNS).map(|_| random.normal()).collect() };
                let a = sweep(&challenger, &others, &own, &mut random)?;
                let b = sweep(&BASELINE, &runs, &shared, &mut random)?;
                let draws = BootstrapOptions::default().with_seed(sweep_number as u64);
                let options = VersusOptions::default().with_budgets(BUDGETS.to_vec());
                let found = versus(&a, &b, &FitOptions::default(), &draws, &options)?;
                let holds = |[low, high]: [f64; 2], value: f64| usize::from(low <= value && value <= high);
                let straight = |of: &Estimate| of.interval_if_law_holds.unwrap_or(of.interval);
                for (place, row) in found.rows.iter().enumerate() {
                    let right = truth(&challenger, BUDGETS[place]);
                    inside[place] += row.multiplier.map_or(0, |m| holds(m.interval, right));
                    let losses = [challenger, BASELINE].map(|law| {
                        let (n, d) = law.optimum(BUDGETS[place]);
                        law.loss(n, d)
                    });
                    let difference = losses[0] - losses[1];
                    apart[place] += row.difference.map_or(0, |d| holds(d.interval, difference));
                    if place + 1 == BUDGETS.len() {
                        inside[place + 1] += row.multiplier.map_or(0, |m| holds(straight(&m), right));
                        apart[place + 1] += row.difference.map_or(0, |d| holds(straight(&d), difference));
                    }
                    better[place][0].push(row.better);
                    better[place][1].push(row.better_if_laws_hold);
                }
            }
            let shares = |all: [usize; BUDGETS.len() + 1]| {
                all.map(|count| format!("{:.1}", 100.0 * count as f64 / sweeps as f64)).join(", ")
            };
            let of = |kind: usize, of: fn(&mut [f64]) -> f64| {
                better.clone().map(|mut kinds| format!("{:.3}", of(&mut kinds[kind]))).join(", ")
            };
            let inner = |all: &mut [f64]| {
                all.iter().filter(|p| (0.05..=0.95).contains(*p)).count() as f64 / all.len() as f64
            };
            let uniform = if which == "equal" {
                format!("{} | {} | {}", of(0, is_uniform), of(1, is_uniform), of(0, inner))
            } else {
                "- | - | -".to_owned()
            };
            println!("| {name} | {which} | {} | {} | {uniform} |", shares(inside), shares(apart));
        }
    }
    if std::env::args().any(|word| word == "equal") { Ok(()) } else { families(sweeps) }
}

/// The probability of so great a distance from uniform, by Kolmogorov and Smirnov (Stephens 1970 for small numbers).
fn is_uniform(all: &mut [f64]) -> f64 {
    all.sort_by(f64::total_cmp);
    let n = all.len() as f64;
    let away = |(i, p): (usize, &f64)| (p - i as f64 / n).max((i as f64 + 1.0) / n - p);
    let farthest = all.iter().enumerate().map(away).fold(0.0, f64::max);
    let x = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * farthest;
    let term = |k: i32| f64::from(1 - 2 * ((k + 1) % 2)) * (-2.0 * f64::from(k * k) * x * x).exp();
    (2.0 * (1..100).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

/// Intervals of what groups share, and of what a parameter counts for.
fn families(sweeps: usize) -> Result<()> {
    let mut random = Random(ChaCha8Rng::seed_from_u64(2));
    let (mut inside, mut refused) = ([0; 3], 0);
    for number in 0..sweeps {
        let run = |(i, (n, d)): (usize, (f64, f64)), random: &mut Random| {
            let (group, counts) = if i % 2 == 0 { ("a", 1.0) } else { ("b", KAPPA) };
            let loss = BASELINE.loss(counts * n, d) * (NOISE * random.normal()).exp();
            Run::dense(format!("r{i}"), n, d, loss).with_group(group)
        };
        let runs = design(&mut random).into_iter().enumerate().map(|one| run(one, &mut random)).collect();
        let observations = Sweep::from_runs(runs)?.observations(&ObservationOptions::default())?;
        let shared = ["E", "B", "alpha", "beta"];
        let family = fit_by_group(&observations, &FitOptions::default(), &shared, Some("a"))?;
        refused += usize::from(family.separate.is_some_and(|separate| separate.p < 0.05));
        let ensemble = family.fit.bootstrap(&BootstrapOptions::default().with_seed(number as u64))?;
        let found = [ensemble.parameter("alpha"), ensemble.parameter("beta"), ensemble.counts_for("b")];
        for (place, (found, right)) in found.iter().zip([BASELINE.alpha, BASELINE.beta, KAPPA]).enumerate() {
            let holds = found.is_some_and(|f| f.interval[0] <= right && right <= f.interval[1]);
            inside[place] += usize::from(holds);
        }
    }
    let share = |count: usize| 100.0 * count as f64 / sweeps as f64;
    println!("\n| shared alpha | shared beta | kappa = {KAPPA} | p of sharing < .05 |\n|---|---|---|---|");
    let [alpha, beta, kappa] = inside.map(share);
    println!("| {alpha:.1} | {beta:.1} | {kappa:.1} | {:.1} |", share(refused));
    println!(
        "\n| runs | noise over the others' | loss of the law | loss of a new run | half its interval, % of L |\n|---|---|---|---|---|"
    );
    for runs in [4, 6, 10, 25] {
        for noise in [1.0, 3.0] {
            small_group(sweeps, runs, noise)?;
        }
    }
    Ok(())
}

/// Intervals of a loss and of a new run, of a group of few runs beside one of 25, which share exponents.
fn small_group(sweeps: usize, runs: usize, noise: f64) -> Result<()> {
    let mut random = Random(ChaCha8Rng::seed_from_u64(3));
    let (mut inside, mut widths) = ([0; 2], Vec::new());
    let (params, tokens) = (1e9, 2e10);
    for number in 0..sweeps {
        let of =
            |(law, count, group, noise): (Separable, usize, &str, f64), random: &mut Random| -> Vec<Run> {
                let places = design(random);
                let one = |(i, (n, d)): (usize, (f64, f64))| {
                    let loss = law.loss(n, d) * (noise * NOISE * random.normal()).exp();
                    Run::dense(format!("{group}{i}"), n, d, loss).with_group(group)
                };
                places.into_iter().take(count).enumerate().map(one).collect()
            };
        let mut all = of((BASELINE, RUNS / 2, "a", 1.0), &mut random);
        all.extend(of((CHALLENGER, runs, "b", noise), &mut random));
        let new = CHALLENGER.loss(params, tokens) * (noise * NOISE * random.normal()).exp();
        let observations = Sweep::from_runs(all)?.observations(&ObservationOptions::default())?;
        let family = fit_by_group(&observations, &FitOptions::default(), &["alpha", "beta"], Some("a"))?;
        let ensemble = family.fit.bootstrap(&BootstrapOptions::default().with_seed(number as u64))?;
        let loss = ensemble.of_group("b")?.predict(params, tokens)?.loss;
        let holds = |[low, high]: [f64; 2], value: f64| i32::from(low <= value && value <= high);
        inside[0] += holds(loss.mean_interval, CHALLENGER.loss(params, tokens));
        inside[1] += holds(loss.run_interval, new);
        widths.push(50.0 * (loss.run_interval[1] - loss.run_interval[0]) / loss.estimate);
    }
    widths.sort_by(f64::total_cmp);
    let [law, run] = inside.map(|count| 100.0 * f64::from(count) / sweeps as f64);
    println!("| {runs} | {noise} | {law:.1} | {run:.1} | {:.2} |", widths[widths.len() / 2]);
    Ok(())
}
