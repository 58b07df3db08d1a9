//! How often do intervals of fits with priors cover the truth, of priors that are right and of one that is wrong by 2 s?
//!
//! `cargo bench --bench priors -- 500 200` draws 500 sweeps of 50 runs of each case from a law with normal noise of 0.5 %, takes
//! 200 replicates of each and prints the table of docs/evidence.md. `-- 500 200 firm` takes the cases with that word only, and
//! `squared` fits by least squares, whose density is that of the noise.
//! The centre of a right prior is drawn about the truth with the prior's own s.
#![allow(clippy::print_stdout)]

use nbar::fit::{Prior, Rho};
use nbar::law::{Law, chinchilla};
use nbar::{BootstrapOptions, FitOptions, Observations, Result, fit_scaling_law};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const NAMES: [&str; 5] = ["E", "A", "B", "alpha", "beta"];
const TRUTH: [f64; 5] = [1.8172, 477.8, 2143.4, 0.3473, 0.3672];
const NOISE: f64 = 0.005;
const LEVEL: f64 = 0.95;

/// A prior of a case: the parameter's place, its width, and whether that is a factor.
type Width = (usize, f64, bool);

/// A case: its name, its priors, and by how many s their centres are wrong; none if these are drawn.
type Case = (&'static str, &'static [Width], Option<f64>);

const CASES: [Case; 6] = [
    ("none", &[], None),
    ("E+-0.03, right", &[(0, 0.03, false)], None),
    ("A x/1.2 and beta+-0.02, right", &[(1, 1.2, true), (4, 0.02, false)], None),
    ("E+-0.005, firm, right", &[(0, 0.005, false)], None),
    ("E+-0.03, wrong by 2 s", &[(0, 0.03, false)], Some(2.0)),
    ("E+-0.005, firm, wrong by 2 s", &[(0, 0.005, false)], Some(2.0)),
];

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (-2.0 * uniform(rng).ln()).sqrt() * (std::f64::consts::TAU * uniform(rng)).cos()
}

/// Five sizes of 20M to 2B parameters, each at ten lengths of 10 to 320 tokens a parameter.
fn runs(rng: &mut ChaCha8Rng) -> Result<Observations> {
    let n: Vec<f64> = (0..50).map(|i| 2e7 * 10f64.powf(f64::from(i / 10) / 2.0)).collect();
    let d: Vec<f64> = (0..50).map(|i| n[i] * 10.0 * 32f64.powf((i % 10) as f64 / 9.0)).collect();
    let loss =
        n.iter().zip(&d).map(|(n, d)| chinchilla().loss(&TRUTH, &[*n, *d]) * (NOISE * normal(rng)).exp());
    let loss = loss.collect();
    Observations::new(n, d, loss)
}

fn prior((place, width, by_factor): Width, by: f64) -> Prior {
    match by_factor {
        true => Prior::LogNormal { centre: TRUTH[place] * width.powf(by), factor: width },
        false => Prior::Normal { centre: TRUTH[place] + by * width, s: width },
    }
}

fn covers([lower, upper]: [f64; 2], truth: f64) -> f64 {
    f64::from(u8::from(lower <= truth && truth <= upper))
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let (numbers, words): (Vec<_>, Vec<_>) = words.into_iter().partition(|a| a.parse::<usize>().is_ok());
    let number = |place: usize, usual| numbers.get(place).and_then(|a| a.parse().ok()).unwrap_or(usual);
    let (sweeps, replicates): (usize, usize) = (number(0, 500), number(1, 200));
    let (squared, words): (Vec<_>, Vec<_>) = words.into_iter().partition(|word| word == "squared");
    println!("| prior | interval | E | A | B | alpha | beta | priors decide |");
    println!("|---|---|---|---|---|---|---|---|");
    for (name, widths, wrong) in CASES {
        if !words.iter().all(|word| name.contains(word.as_str())) {
            continue;
        }
        let (mut covered, mut decided) = ([[0.0; 5]; 2], 0.0);
        for sweep in 0..sweeps {
            let mut rng = ChaCha8Rng::seed_from_u64(sweep as u64);
            let rows = runs(&mut rng)?;
            let mut options = FitOptions::default().with_jobs(1);
            if !squared.is_empty() {
                options = options.with_rho(Rho::Squared);
            }
            for width in widths {
                let by = wrong.unwrap_or_else(|| normal(&mut rng));
                options = options.with_prior(NAMES[width.0], prior(*width, by));
            }
            let fit = fit_scaling_law(&rows, &options)?;
            decided += fit.decided_by_priors()?.iter().map(|(_, share)| share).sum::<f64>();
            let draws = BootstrapOptions::default().with_replicates(replicates).with_level(LEVEL);
            let ensemble = fit.bootstrap(&draws)?;
            for (place, parameter) in NAMES.iter().enumerate() {
                let drawn = ensemble.parameter(parameter).map_or([f64::NAN; 2], |e| e.interval);
                let [lower, upper] = fit.profile(parameter, LEVEL)?.interval;
                let profiled = [lower.unwrap_or(f64::NEG_INFINITY), upper.unwrap_or(f64::INFINITY)];
                covered[0][place] += covers(drawn, TRUTH[place]);
                covered[1][place] += covers(profiled, TRUTH[place]);
            }
        }
        for (kind, covered) in ["bootstrap", "profile"].iter().zip(covered) {
            let share = |count: &f64| format!("{:.1} %", 100.0 * count / sweeps as f64);
            let cells = covered.iter().map(share).collect::<Vec<_>>().join(" | ");
            let decide = decided / (sweeps * widths.len().max(1)) as f64;
            println!("| {name} | {kind} | {cells} | {:.0} % |", 100.0 * decide);
        }
    }
    Ok(())
}
