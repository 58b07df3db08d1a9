//! What users wait for: fits, the bootstrap, many rows and a long log on one thread, questions on all. `peers/compare.sh` sets the first
//! three beside Python.
//!
//! `cargo bench --bench tasks [-- NAME]`.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use nbar::answer::AllocationOptions;
use nbar::optimize::Starts;
use nbar::{
    BootstrapOptions, FitOptions, ObservationOptions, Observations, ReadOptions, Sweep, Trajectory,
    fit_scaling_law,
};

/// Runs of the Chinchilla law with residuals of about 1 %.
fn synthetic(rows: usize) -> Observations {
    let spread = |i: usize, by: usize| (i.wrapping_mul(by) % 1009) as f64 / 1009.0;
    let n: Vec<f64> = (0..rows).map(|i| 1e7 * 1e3f64.powf(spread(i, 7))).collect();
    let d: Vec<f64> = (0..rows).map(|i| 1e9 * 1e3f64.powf(spread(i, 31))).collect();
    let truth = [1.8, 480.0, 2100.0, 0.35, 0.37];
    let loss = |i: usize| {
        (truth[0] + truth[1] / n[i].powf(truth[3]) + truth[2] / d[i].powf(truth[4]))
            * (0.02 * (spread(i, 613) - 0.5)).exp()
    };
    let losses = (0..rows).map(loss).collect();
    Observations::new(n, d, losses).expect("positive columns")
}

/// Prints the seconds of a task, the fastest in at least three rounds and two seconds, if its name was asked for.
fn task<T>(name: &str, mut work: impl FnMut() -> T) {
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if !asked.is_empty() && !asked.iter().any(|part| name.contains(part.as_str())) {
        return;
    }
    let (begin, mut rounds, mut fastest) = (Instant::now(), 0, f64::INFINITY);
    while rounds < 3 || begin.elapsed() < Duration::from_secs(2) {
        let start = Instant::now();
        black_box(work());
        fastest = fastest.min(start.elapsed().as_secs_f64());
        rounds += 1;
    }
    println!("{name}: {fastest:.3e} s, the fastest of {rounds}");
}

fn main() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/chinchilla.csv");
    let sweep = Sweep::from_csv_path_with(path, &ReadOptions::default().with_filter("outlier=0"));
    let sweep = sweep.expect("the table of the repository");
    let observations = sweep.observations(&ObservationOptions::default()).expect("dense runs");
    let options = FitOptions::default().with_jobs(1);
    let fit = |options: &FitOptions, observations: &Observations| {
        fit_scaling_law(observations, options).expect("enough rows")
    };
    task("fit", || fit(&options, &observations));
    let published = options.clone().with_starts(Starts::Hoffmann);
    task("hoffmann", || fit(&published, &observations));
    let replicates = BootstrapOptions::default().with_replicates(4000);
    let fitted = fit(&options, &observations);
    task("bootstrap", || fitted.bootstrap(&replicates).expect("enough runs"));

    // Questions to a thousand draws: a budget, a hundred, a loss with serving.
    let ensemble = fitted.bootstrap(&BootstrapOptions::default()).expect("enough runs");
    let plain = AllocationOptions::default();
    let served = plain.clone().with_inference_tokens(2e12);
    let budgets: Vec<f64> = (0..100).map(|i| 1e21 * 10f64.powf(f64::from(i) / 33.0)).collect();
    task("allocate", || ensemble.allocate(1e24, &plain).expect("an optimum"));
    task("frontier", || ensemble.frontier(&budgets, &plain).expect("optima"));
    task("cheapest", || ensemble.cheapest(2.0, &served).expect("a loss above E"));

    for count in [1_000, 10_000, 100_000, 1_000_000, 10_000_000] {
        let many = synthetic(count);
        task(&format!("rows/{count}"), || fit(&options, &many));
    }
    let logged: Vec<(f64, f64)> =
        (0..1_000_000).map(|i| (f64::from(i) * 1e5, 1e9 - f64::from(i) * 800.0)).collect();
    let trajectory = Trajectory::from_counts(&logged, 1e11).expect("falling counts");
    task("trajectory", || trajectory.average_params());
}
