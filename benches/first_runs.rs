//! Do designs of first sweeps keep what they promise?
//!
//! `cargo bench --bench first_runs -- 300` designs a sweep for each guess, fills its table 300 times with losses of the guess and noise of its
//! own, and asks the fits, with 1,000 draws each, as `nbar fit` and `nbar allocate` do. It prints the table of docs/evidence.md.
#![allow(clippy::print_stdout)]

use nbar::design::{Decision, FirstRunsOptions};
use nbar::law::by_name;
use nbar::predict::NewRun;
use nbar::read::PointTable;
use nbar::{
    AllocationOptions, BootstrapOptions, Ensemble, Fit, FitOptions, ObservationOptions, Result, Sweep,
    fit_scaling_law,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

struct Case {
    name: &'static str,
    law: &'static str,
    set: &'static [(&'static str, f64)],
    budget: f64,
    target: f64,
    runs: usize,
    noise: f64,
    decision: Decision,
    /// A parameter whose interval is promised too.
    told: Option<&'static str>,
}

const USUAL: &[(&str, f64)] = &[("E", 1.7), ("A", 400.0), ("B", 410.0), ("alpha", 0.34), ("beta", 0.28)];
const BESIROGLU: &[(&str, f64)] =
    &[("E", 1.817), ("A", 482.0), ("B", 2085.4), ("alpha", 0.348), ("beta", 0.366)];
const SCHEDULE: &[(&str, f64)] =
    &[("E", 1.817), ("A", 482.0), ("B", 2085.4), ("C", 2e5), ("alpha", 0.348), ("beta", 0.366), ("p", 1.0)];
const MEAN: &[(&str, f64)] =
    &[("E", 1.817), ("A", 482.0), ("B", 2085.4), ("alpha", 0.348), ("beta", 0.366), ("p", 1.0)];

const CASES: [Case; 6] = [
    Case {
        name: "1e20 FLOPs, noise .005",
        law: "chinchilla",
        set: USUAL,
        budget: 1e20,
        target: 1e22,
        runs: 24,
        noise: 0.005,
        decision: Decision::Params,
        told: None,
    },
    Case {
        name: "the same for L",
        law: "chinchilla",
        set: USUAL,
        budget: 1e20,
        target: 1e22,
        runs: 24,
        noise: 0.005,
        decision: Decision::Loss,
        told: None,
    },
    Case {
        name: "1e19 FLOPs, noise .002",
        law: "chinchilla",
        set: BESIROGLU,
        budget: 1e19,
        target: 1e21,
        runs: 24,
        noise: 0.002,
        decision: Decision::Params,
        told: None,
    },
    Case {
        name: "1e21 FLOPs, 40 runs",
        law: "E + A/N^alpha + B/D^beta",
        set: BESIROGLU,
        budget: 1e21,
        target: 1e24,
        runs: 40,
        noise: 0.005,
        decision: Decision::Params,
        told: None,
    },
    Case {
        name: "order of the mean",
        law: "power-mean",
        set: MEAN,
        budget: 1e20,
        target: 1e22,
        runs: 24,
        noise: 0.003,
        decision: Decision::Params,
        told: Some("p"),
    },
    Case {
        name: "law of schedules",
        law: "schedule",
        set: SCHEDULE,
        budget: 1e20,
        target: 1e22,
        runs: 30,
        noise: 0.003,
        decision: Decision::Params,
        told: Some("p"),
    },
];

/// The table with losses of the guess and new noise.
fn filled(table: &str, guess: &Ensemble, noise: f64, random: &mut ChaCha8Rng) -> Result<String> {
    let mut uniform = || (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
    let mut normal = || (-2.0 * f64::ln(uniform())).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    let points = PointTable::from_reader("sweep.csv", table.as_bytes())?.points;
    let mut lines = table.lines();
    let mut out = format!("{}\n", lines.next().unwrap_or_default());
    for (line, point) in lines.zip(&points) {
        let loss = guess.predict_run(&NewRun::of_point(point)?)?.loss.estimate;
        out += &format!("{line}{}\n", loss * f64::exp(noise * normal()));
    }
    Ok(out)
}

/// Lengths of the intervals of ln N*, of ln L and of a parameter, infinite where there are none; whether the first holds N*.
fn asked(text: &str, case: &Case, truth: f64) -> Result<([f64; 3], bool)> {
    let rows = Sweep::from_csv_str("sweep.csv", text)?.observations(&ObservationOptions::default())?;
    let fit = fit_scaling_law(&rows, &FitOptions::default().with_law(by_name(case.law)?))?;
    let none = ([f64::INFINITY; 3], false);
    let Ok(ensemble) = fit.bootstrap(&BootstrapOptions::default()) else { return Ok(none) };
    let Ok(best) = ensemble.frontier(&[case.target], &AllocationOptions::default()) else { return Ok(none) };
    if !ensemble.fit.answers_are_trustworthy() {
        return Ok(none);
    }
    let length = |[low, high]: [f64; 2]| Some(high - low).filter(|w| !w.is_nan()).unwrap_or(f64::INFINITY);
    let params = best[0].average_params.interval;
    let told =
        case.told.and_then(|name| ensemble.parameter(name)).map_or(f64::INFINITY, |of| length(of.interval));
    let lengths = [length(params.map(f64::ln)), length(best[0].loss.interval.map(f64::ln)), told];
    Ok((lengths, params[0] <= truth && truth <= params[1]))
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    0.5 * (of[(of.len() - 1) / 2] + of[of.len() / 2])
}

fn main() -> Result<()> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (sweeps, only) = (numbers.first().copied().unwrap_or(10), numbers.get(1));
    println!(
        "| guess and budget | chosen | promised N*, L, p | found in {sweeps} sweeps | found / promised | hold N*, % |\n|---|---|---|---|---|---|"
    );
    for (k, case) in CASES.iter().enumerate().filter(|(k, _)| only.is_none_or(|only| *only == *k as u64)) {
        let guess = Fit::of_constants(by_name(case.law)?, case.set)?;
        let options = FirstRunsOptions::new(case.target, case.budget)
            .with_runs(case.runs)
            .with_noise(case.noise)
            .with_decision(case.decision);
        let first = guess.first_runs(&options)?;
        let best = &first.designs[first.chosen];
        let mut promised = vec![best.params.width, best.loss.width];
        promised.extend(
            best.pruning.iter().find(|(name, _)| Some(name.as_str()) == case.told).map(|(_, of)| of.width),
        );
        let (table, law) = (best.table(), Ensemble::without_draws(guess));
        let mut random = ChaCha8Rng::seed_from_u64(20_261_126);
        random.set_stream(k as u64);
        let (mut found, mut held) = (vec![Vec::new(); promised.len()], 0);
        for _ in 0..sweeps {
            let (lengths, holds) =
                asked(&filled(&table, &law, case.noise, &mut random)?, case, first.target_params)?;
            found.iter_mut().zip(lengths).for_each(|(all, length)| all.push(length));
            held += u64::from(holds);
        }
        let found: Vec<f64> = found.into_iter().map(median).collect();
        let list = |of: &[f64]| of.iter().map(|x| format!("{x:.3}")).collect::<Vec<_>>().join(", ");
        let over: Vec<f64> = found.iter().zip(&promised).map(|(found, promised)| found / promised).collect();
        println!(
            "| {} | {} | {} | {} | {} | {:.0} |",
            case.name,
            best.layout,
            list(&promised),
            list(&found),
            list(&over),
            100.0 * held as f64 / sweeps as f64
        );
    }
    Ok(())
}
