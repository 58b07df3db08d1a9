//! What users wait for: fits, the bootstrap, many rows and a long log on one thread, questions on all. `peers/compare.sh` sets the first
//! three beside Python.
//!
//! `cargo bench --bench tasks [-- NAME]`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
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

fn tasks(criterion: &mut Criterion) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/chinchilla.csv");
    let sweep = Sweep::from_csv_path_with(path, &ReadOptions::default().with_filter("outlier=0"));
    let sweep = sweep.expect("the table of the repository");
    let observations = sweep.observations(&ObservationOptions::default()).expect("dense runs");
    let options = FitOptions::default().with_jobs(1);
    let fit = |options: &FitOptions, observations: &Observations| {
        fit_scaling_law(observations, options).expect("enough rows")
    };
    criterion.bench_function("fit", |b| b.iter(|| fit(&options, &observations)));
    let published = options.clone().with_starts(Starts::Hoffmann);
    let mut slow = criterion.benchmark_group("slow");
    slow.sample_size(10);
    slow.bench_function("hoffmann", |b| b.iter(|| fit(&published, &observations)));
    let replicates = BootstrapOptions::default().with_replicates(4000);
    let fitted = fit(&options, &observations);
    slow.bench_function("bootstrap", |b| b.iter(|| fitted.bootstrap(&replicates).expect("enough runs")));
    slow.finish();

    // Questions to a thousand draws: a budget, a hundred, a loss with serving.
    let ensemble = fitted.bootstrap(&BootstrapOptions::default()).expect("enough runs");
    let plain = AllocationOptions::default();
    let served = plain.clone().with_inference_tokens(2e12);
    let budgets: Vec<f64> = (0..100).map(|i| 1e21 * 10f64.powf(f64::from(i) / 33.0)).collect();
    criterion.bench_function("allocate", |b| b.iter(|| ensemble.allocate(1e24, &plain).expect("an optimum")));
    criterion.bench_function("frontier", |b| b.iter(|| ensemble.frontier(&budgets, &plain).expect("optima")));
    criterion
        .bench_function("cheapest", |b| b.iter(|| ensemble.cheapest(2.0, &served).expect("a loss above E")));

    let mut rows = criterion.benchmark_group("rows");
    rows.sample_size(10);
    for count in [1_000, 10_000, 100_000, 1_000_000, 10_000_000] {
        let many = synthetic(count);
        rows.throughput(Throughput::Elements(count as u64));
        rows.bench_function(count.to_string(), |b| b.iter(|| fit(&options, &many)));
    }
    rows.finish();
    let logged: Vec<(f64, f64)> =
        (0..1_000_000).map(|i| (f64::from(i) * 1e5, 1e9 - f64::from(i) * 800.0)).collect();
    let trajectory = Trajectory::from_counts(&logged, 1e11).expect("falling counts");
    criterion.bench_function("trajectory", |b| b.iter(|| trajectory.average_params()));
}

criterion_group!(benches, tasks);
criterion_main!(benches);
