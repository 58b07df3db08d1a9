//! Intervals of 95 % hold the truth about as often as that; examples/05_coverage.rs has the whole study.

#[path = "../../examples/coverage/study.rs"]
mod study;

use nbar::BootstrapOptions;
use nbar::bootstrap::Resample;
use study::{Cell, NAMES, Noise, coverage};

const SIMULATIONS: u64 = 200;
const REPLICATES: usize = 200;

/// Between 93 and 97 % are asked for (85 to 95 % of run intervals of 90 %), and binomial scatter of 3.5 standard
/// deviations: one of the 44 checks below would fail by chance once in 100 seeds.
fn covers(cell: Cell, between: [f64; 2]) {
    let options = BootstrapOptions::default().with_replicates(REPLICATES);
    let (fitted, shares) = coverage(cell, SIMULATIONS, &options);
    assert_eq!(fitted as u64, SIMULATIONS);
    for (which, (name, share)) in NAMES.iter().zip(shares).enumerate() {
        let [low, high] = if which == 10 { [0.85, 0.95] } else { between };
        let scatter = |p: f64| 3.5 * (p * (1.0 - p) / SIMULATIONS as f64).sqrt();
        assert!(share >= low - scatter(low) && share <= high + scatter(high), "{cell:?}, {name}: {share}");
    }
}

#[test]
fn intervals_of_fifty_runs_cover() {
    for noise in [Noise::Normal, Noise::Student] {
        covers(Cell { runs: 50, checkpoints: 1, noise, deviation: 0.003 }, [0.93, 0.97]);
    }
}

#[test]
fn intervals_of_fifty_runs_with_ten_checkpoints_each_cover() {
    covers(Cell { runs: 50, checkpoints: 10, noise: Noise::Laplace, deviation: 0.003 }, [0.93, 0.97]);
}

#[test]
fn intervals_of_sixteen_runs_cover() {
    covers(Cell { runs: 16, checkpoints: 1, noise: Noise::Normal, deviation: 0.01 }, [0.90, 0.98]);
}

#[test]
fn intervals_that_treat_checkpoints_as_independent_do_not_cover() {
    let cell = Cell { runs: 50, checkpoints: 10, noise: Noise::Normal, deviation: 0.003 };
    let options = BootstrapOptions::default().with_replicates(REPLICATES).with_resample(Resample::Rows);
    let (_, shares) = coverage(cell, 50, &options);
    // The naive standard error is about √(1 + 9 · .8) = 2.9 times too small.
    assert!(shares[1] < 0.75, "ln A: {}", shares[1]);
}
