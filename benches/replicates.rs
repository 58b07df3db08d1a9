//! Do the refits of the bootstrap miss optima that a search of each replicate from every start finds?
//!
//! `cargo bench --bench replicates [-- COUNT]`; 300 replicates take about a minute on one thread. An end
//! counts as lower from 1e-6 of the objective on; what is not stationary counts as no end.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use nbar::bench::replicates_and_searches;
use nbar::law::by_name;
use nbar::{BootstrapOptions, FitOptions, ObservationOptions, ReadOptions, Sweep, fit_scaling_law};

/// Differences of the objective beyond this, relatively, count.
const LOWER: f64 = 1e-6;
/// Tables, conditions on their rows, and laws that are hard to refit, and two that are easy.
const CASES: [(&str, &str, &str); 7] = [
    ("repeated_data", "", "repeated-data"),
    ("sparsellm_1b", "", "chinchilla"),
    ("chinchilla", "outlier=0", "kaplan"),
    ("t5_c4_sparse", "", "chinchilla"),
    ("t5_c4_sparse", "", "sparse"),
    ("chinchilla", "outlier=0", "chinchilla"),
    ("overtraining", "", "chinchilla"),
];

fn main() -> nbar::Result<()> {
    let count = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(1000usize);
    let draws = BootstrapOptions::default().with_replicates(count);
    println!(
        "| table | law | replicates | search lower | refit lower | no end: refit | search | seconds: refit | search |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (table, filter, law) in CASES {
        let read = ReadOptions::default();
        let read = if filter.is_empty() { read } else { read.with_filter(filter) };
        let path = format!("{}/data/{table}.csv", env!("CARGO_MANIFEST_DIR"));
        let runs = Sweep::from_csv_path_with(path, &read)?.observations(&ObservationOptions::default())?;
        let law = by_name(law).expect("a law with a name");
        let fit = fit_scaling_law(&runs, &FitOptions::default().with_law(law.clone()).with_jobs(1))?;
        let start = Instant::now();
        fit.bootstrap(&draws)?;
        let refitting = start.elapsed().as_secs_f64();
        let ends = replicates_and_searches(&fit, &draws)?;
        let searching = start.elapsed().as_secs_f64() - 2.0 * refitting;
        let share = |of: fn(&[Option<f64>; 2]) -> bool| {
            100.0 * ends.iter().filter(|ends| of(ends)).count() as f64 / count as f64
        };
        let below = |[one, other]: [Option<f64>; 2]| {
            one.zip(other).is_some_and(|(one, other)| one < other * (1.0 - LOWER))
        };
        let [lower, higher] = [[1, 0], [0, 1]].map(|[one, other]| {
            100.0 * ends.iter().filter(|ends| below([ends[one], ends[other]])).count() as f64 / count as f64
        });
        println!(
            "| {table} | {} | {count} | {lower:.1} % | {higher:.1} % | {:.1} % | {:.1} % | {refitting:.2} | {searching:.2} |",
            law.spec().name,
            share(|ends| ends[0].is_none()),
            share(|ends| ends[1].is_none()),
        );
    }
    Ok(())
}
