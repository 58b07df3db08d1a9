//! Do the intervals of isoFLOP minima and of the lines through them hold?
//!
//! `cargo bench --bench valleys -- 500` draws 500 sweeps of each design, whose valleys are parabolas, and prints the table of docs/evidence.md; then
//! how long the valleys take, over a bootstrap of 1,000 replicates of the law beside them.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use nbar::isoflop::{IsoflopOptions, isoflop};
use nbar::{
    BootstrapOptions, Estimate, FitOptions, ObservationOptions, Observations, Result, Sweep, fit_scaling_law,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

struct Design {
    name: &'static str,
    budgets: usize,
    runs: usize,
    noise: f64,
    /// How far the middle of the sizes lies from the minimum, as a factor.
    off: f64,
}

const DESIGNS: [Design; 5] = [
    Design { name: "7 budgets of 9 runs", budgets: 7, runs: 9, noise: 0.005, off: 1.0 },
    Design { name: "the same, 1.6 times too large", budgets: 7, runs: 9, noise: 0.005, off: 1.6 },
    Design { name: "the same, noise of 0.012", budgets: 7, runs: 9, noise: 0.012, off: 1.0 },
    Design { name: "7 budgets of 5 runs", budgets: 7, runs: 5, noise: 0.003, off: 1.3 },
    Design { name: "3 budgets of 12 runs", budgets: 3, runs: 12, noise: 0.005, off: 1.0 },
];

fn star(flops: f64) -> f64 {
    0.05 * flops.powf(0.47)
}

fn sweep(design: &Design, random: &mut ChaCha8Rng) -> Result<Observations> {
    let mut uniform = || (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
    let mut normal = || (-2.0 * f64::ln(uniform())).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    let (mut params, mut tokens, mut loss) = (Vec::new(), Vec::new(), Vec::new());
    for k in 0..design.budgets {
        let flops = 1e18 * 1000f64.powf(k as f64 / (design.budgets - 1) as f64);
        for i in 0..design.runs {
            let place = 2.0 * i as f64 / (design.runs - 1) as f64 - 1.0;
            let n = design.off * star(flops) * 3.3f64.powf(place);
            params.push(n);
            tokens.push(flops / (6.0 * n));
            loss.push(3.0 + 0.08 * (n / star(flops)).ln().powi(2) + design.noise * normal());
        }
    }
    Observations::new(params, tokens, loss)
}

fn main() -> Result<()> {
    let sweeps = std::env::args().skip(1).find_map(|text| text.parse::<u64>().ok()).unwrap_or(20);
    println!("| design | minima | slope | N* at the middle | sweeps with a line |\n|---|---|---|---|---|");
    for (stream, design) in DESIGNS.iter().enumerate() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        random.set_stream(stream as u64);
        let (mut lines, mut inside, mut minima) = (0, [0; 3], 0);
        for _ in 0..sweeps {
            let Ok(found) = isoflop(&sweep(design, &mut random)?, &IsoflopOptions::default()) else {
                continue;
            };
            lines += 1;
            let mut holds = |which: usize, of: Estimate, truth: f64| {
                inside[which] += u64::from(of.interval[0] <= truth && truth <= of.interval[1]);
            };
            for valley in &found.valleys {
                let Some(params) = valley.params else { continue };
                minima += 1;
                holds(0, params, star(valley.flops));
            }
            holds(1, found.params.slope, 0.47);
            holds(2, found.params.at_middle, star(found.middle));
        }
        let share = |inside: u64, of: u64| 100.0 * inside as f64 / of as f64;
        println!(
            "| {} | {:.1} | {:.1} | {:.1} | {lines} of {sweeps} |",
            design.name,
            share(inside[0], minima),
            share(inside[1], lines),
            share(inside[2], lines)
        );
    }
    let rows =
        Sweep::from_csv_path("data/chinchilla_isoflop.csv")?.observations(&ObservationOptions::default())?;
    let start = Instant::now();
    let found = isoflop(&rows, &IsoflopOptions::default())?;
    let alone = start.elapsed();
    let ensemble = fit_scaling_law(&rows, &FitOptions::default())?.bootstrap(&BootstrapOptions::default())?;
    let drawn = start.elapsed() - alone;
    found.beside(&ensemble)?;
    let beside = start.elapsed() - alone - drawn;
    println!(
        "\nover the fit with its 1,000 replicates: valleys {:.4}, the law beside them {:.3}",
        alone.as_secs_f64() / drawn.as_secs_f64(),
        beside.as_secs_f64() / drawn.as_secs_f64()
    );
    Ok(())
}
