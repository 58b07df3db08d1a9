//! Times the tasks that `peers/compare.py` sets beside Python: seconds of one thread, a JSON line each.
//!
//! `cargo bench --bench tasks`; each task is repeated and the fastest repetition counts.

use std::time::Instant;

use nbar::optimize::Starts;
use nbar::{
    BootstrapOptions, FitOptions, ObservationOptions, Observations, ReadOptions, Sweep, Trajectory,
    fit_scaling_law, law::Law, law::chinchilla,
};

/// Prints the fastest of `repetitions` runs of a task, with what it found.
#[allow(clippy::print_stdout)]
fn timed(task: &str, repetitions: usize, run: impl Fn() -> f64) {
    let mut fastest = f64::INFINITY;
    let mut found = f64::NAN;
    for _ in 0..repetitions {
        let start = Instant::now();
        found = run();
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    println!("{{\"task\": \"{task}\", \"seconds\": {fastest:e}, \"found\": {found:?}}}");
}

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

fn main() -> nbar::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/chinchilla.csv");
    let sweep = Sweep::from_csv_path_with(path, &ReadOptions::default().with_filter("outlier=0"))?;
    let observations = sweep.observations(&ObservationOptions::default())?;
    let options = FitOptions::default().with_jobs(1);
    let fit = fit_scaling_law(&observations, &options)?;
    assert_eq!(chinchilla().name(), fit.law().name());
    let objective = |options: &FitOptions, observations: &Observations| {
        fit_scaling_law(observations, options).map_or(f64::NAN, |fit| fit.objective)
    };
    timed("fit", 50, || objective(&options, &observations));
    let published = options.clone().with_starts(Starts::Hoffmann);
    timed("hoffmann", 3, || objective(&published, &observations));
    let replicates = BootstrapOptions::default().with_replicates(4000);
    timed("bootstrap", 5, || {
        let ensemble = fit.bootstrap(&replicates);
        ensemble.ok().and_then(|e| e.parameter("alpha")).map_or(f64::NAN, |alpha| alpha.std_error)
    });
    for (task, rows) in
        [("rows_1e3", 1000), ("rows_1e4", 10_000), ("rows_1e5", 100_000), ("rows_1e6", 1_000_000)]
    {
        let many = synthetic(rows);
        timed(task, 3, || objective(&options, &many));
    }
    let logged: Vec<(f64, f64)> =
        (0..1_000_000).map(|i| (f64::from(i) * 1e5, 1e9 - f64::from(i) * 800.0)).collect();
    let trajectory = Trajectory::from_counts(&logged, 1e11)?;
    timed("trajectory_1e6", 10, || trajectory.average_params());
    Ok(())
}
