//! What the next run should be: closed forms against a minimiser of their own, every law against its first-order condition.

mod closed_forms;
mod compare;
mod design;
mod every_law;
mod holdout;
mod limits;
mod plan;
mod plans_of_every_law;
mod twins;

use nbar::bootstrap::Interval;
use nbar::law::by_name;
use nbar::schedule::{Ramp, Shape, Unit};
use nbar::{
    BootstrapOptions, Ensemble, FitOptions, ObservationOptions, ReadOptions, Schedule, Size, Sweep,
    fit_scaling_law,
};

fn fitted_on(table: &str, filter: &str, law: &str, size: Size, interval: Interval) -> Ensemble {
    let sweep = Sweep::from_csv_path_with(table, &ReadOptions::default().with_filter(filter)).unwrap();
    let observations = sweep.observations(&ObservationOptions::default().with_size(size)).unwrap();
    let options = FitOptions::default().with_law(by_name(law).unwrap());
    let draws = BootstrapOptions::default().with_replicates(30).with_interval(interval);
    fit_scaling_law(&observations, &options).unwrap().bootstrap(&draws).unwrap()
}

/// A law of the 240 dense runs.
fn dense(law: &str) -> Ensemble {
    fitted_on("data/chinchilla.csv", "outlier=0", law, Size::PowerMean(1.0), Interval::Corrected)
}

/// A law of the 48 sparse runs.
fn sparse(law: &str, size: Size) -> Ensemble {
    fitted_on("data/t5_c4_sparse.csv", "params>0", law, size, Interval::Corrected)
}

/// Half of the compute while pruning to a fifth.
fn pruned() -> Schedule {
    Ramp::new(Shape::Geometric, 0.8, 0.25, 0.75, Unit::Compute).into()
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() <= tolerance, "{found} is not {expected}");
}
