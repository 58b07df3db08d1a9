//! What is asked of a fit, and whether the answers keep their promises: the next runs, plans, designs, twins, runs held out and
//! laws compared.

#[path = "../common/mod.rs"]
mod common;

mod bend;
mod closed_forms;
mod compare;
mod design;
mod every_law;
mod families;
mod first_runs;
mod forecasts;
mod holdout;
mod limits;
mod plan;
mod plans_of_every_law;
mod regret;
mod sparse_runs;
mod stopped;
mod twins;
mod valleys;
mod ways;
mod windows;

use common::sweeps::runs_by;
use nbar::law::by_name;
use nbar::schedule::{Ramp, Shape, Unit};
use nbar::{BootstrapOptions, Ensemble, FitOptions, Schedule, Size, fit_scaling_law};

/// A law of a table of data/.
fn drawn(table: &str, law: &str, size: Size, options: &BootstrapOptions) -> Ensemble {
    let law = FitOptions::default().with_law(by_name(law).unwrap());
    fit_scaling_law(&runs_by(table, size), &law).unwrap().bootstrap(options).unwrap()
}

fn replicates(count: usize) -> BootstrapOptions {
    BootstrapOptions::default().with_replicates(count)
}

/// A law of the 240 dense runs.
fn dense(law: &str) -> Ensemble {
    drawn("chinchilla", law, Size::AVERAGE, &replicates(30))
}

/// A law of the 48 sparse runs.
fn sparse(law: &str, size: Size) -> Ensemble {
    drawn("t5_c4_sparse", law, size, &replicates(30))
}

/// The law of repeated data, of its own runs.
fn repeated() -> Ensemble {
    drawn("repeated_data", "repeated-data", Size::AVERAGE, &replicates(30))
}

/// Half of the compute while pruning to a fifth.
fn pruned() -> Schedule {
    Ramp::new(Shape::Geometric, 0.8, 0.25, 0.75, Unit::Compute).into()
}
