//! Do intervals hold the truth as often as they say? Sweeps are drawn from a known law, fitted and bootstrapped.
//!
//! `cargo run --release --example 05_coverage -- 1000 400` makes the table of docs/evidence.md: 1,000 sweeps a row, 400
//! replicates each, in about five minutes on two cores. Two more words choose what differs between replicates and the
//! kind of interval: `... -- 1000 400 runs percentile`. Without any, 20 sweeps a row give a first idea.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "coverage/study.rs"]
mod study;

use nbar::BootstrapOptions;
use study::{Cell, NAMES, Noise, coverage};

fn main() -> nbar::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default| words.get(i).and_then(|w| w.parse().ok()).unwrap_or(default);
    let (simulations, replicates) = (number(0, 20), number(1, 200));
    let mut options = BootstrapOptions::default().with_replicates(replicates as usize);
    if let Some(word) = words.get(2) {
        options = options.with_resample(word.parse()?);
    }
    if let Some(word) = words.get(3) {
        options = options.with_interval(word.parse()?);
    }
    println!(
        "{simulations} sweeps a row, {replicates} replicates by {}, intervals {}\n",
        options.resample, options.interval
    );
    println!("| runs | rows each | noise | sd | {} |", NAMES.join(" | "));
    println!("|---|---|---|---|{}", "---|".repeat(NAMES.len()));
    for runs in [9, 16, 50, 240] {
        for checkpoints in [1, 10] {
            for noise in [Noise::Normal, Noise::Laplace, Noise::Student] {
                for deviation in [0.003, 0.01] {
                    if runs == 9 && (checkpoints > 1 || noise != Noise::Normal) {
                        continue;
                    }
                    let (fitted, shares) =
                        coverage(Cell { runs, checkpoints, noise, deviation }, simulations, &options);
                    let shares: Vec<String> = shares.iter().map(|s| format!("{:.1}", 100.0 * s)).collect();
                    println!("| {runs} | {checkpoints} | {noise:?} | {deviation} | {} |", shares.join(" | "));
                    if fitted as u64 != simulations {
                        eprintln!("{} sweeps of the row above were refused", simulations - fitted as u64);
                    }
                }
            }
        }
    }
    Ok(())
}
