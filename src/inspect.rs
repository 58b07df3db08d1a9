//! What a sweep holds, what a fit would make of it, and what looks odd about it, before a law is chosen.
//!
//! ```
//! use nbar::{ObservationOptions, Sweep, inspect};
//! let table = "run,params,tokens,loss\na,1B,20B,2.51\nb,7,140B,2.1\n";
//! let inspection = inspect(&Sweep::from_csv_str("runs.csv", table)?, &ObservationOptions::default());
//! assert_eq!(inspection.table.runs, 2);
//! let said = inspection.findings[0].to_string();
//! assert!(said.starts_with("1 run has fewer than 10K or more than 100T parameters"), "{said}");
//! assert_eq!(inspection.findings[0].places[0].to_string(), "run 'b' (line 3)");
//! # Ok::<(), nbar::Error>(())
//! ```

mod schedules;
mod table;
mod usable;

pub use crate::finding::{Finding, FindingKind, LearningRate, Place};
pub use schedules::ScheduleGroup;
pub use table::{Range, Table};
pub use usable::{FitInput, LawUse};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fit::{Warning, of_places, of_pruning};
use crate::{Document, ObservationOptions, Observations, Sweep, finding};

/// A family of runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// Its name, as the table has it; none for the runs that have none.
    pub name: Option<String>,
    /// Its runs.
    pub runs: usize,
}

/// What a sweep holds.
///
/// ```
/// use nbar::{Document, ObservationOptions, Sweep, inspect};
/// let inspection = inspect(&Sweep::from_csv_path("data/overtraining.csv")?, &ObservationOptions::default());
/// assert_eq!(inspection.groups.iter().map(|group| group.runs).collect::<Vec<_>>(), [34, 35, 35]);
/// assert!(inspection.to_json().starts_with(r#"{"schema":"nbar.inspect/1","tables":[{"#));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The table of each file.
    pub tables: Vec<Table>,
    /// Columns, counts and ranges of all of them together.
    pub table: Table,
    /// Families of runs; empty where no run has one.
    pub groups: Vec<Group>,
    /// How runs were pruned.
    pub schedules: Vec<ScheduleGroup>,
    /// What a fit of the Chinchilla law to the dense runs says of the sparse ones, and whether the sweep tells pruning windows apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pruning: Vec<Warning>,
    /// What a fit of the Chinchilla law to all runs says of where they lie: whether they tell sizes from tokens, and lie on one law.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Warning>,
    /// What is known of the learning rate over the loss curves.
    pub learning_rate: LearningRate,
    /// What a fit with the options given would use.
    pub fit: FitInput,
    /// What looks odd.
    pub findings: Vec<Finding>,
}

impl Document for Inspection {
    const SCHEMA: &'static str = "nbar.inspect/1";
}

/// Says what a sweep holds and what a fit of these options would use. It refuses nothing: what a fit would refuse is said in
/// [`FitInput::refusal`].
#[must_use]
pub fn inspect(sweep: &Sweep, options: &ObservationOptions) -> Inspection {
    let every = table::every_row(sweep);
    let table = Table::with(sweep, every.as_ref().ok());
    let schedules = schedules::groups(sweep, every.as_ref().ok());
    // A fit needs its memory.
    drop(every);
    let observations = sweep.observations(options).ok();
    let of = |says: fn(&Observations) -> Vec<Warning>| observations.as_ref().map_or_else(Vec::new, says);
    Inspection {
        tables: vec![table.clone()],
        table,
        groups: groups(sweep),
        schedules,
        pruning: of(of_pruning),
        places: of(of_places),
        learning_rate: LearningRate::of(sweep),
        fit: FitInput::of(sweep, options),
        findings: finding::all(sweep),
    }
}

fn groups(sweep: &Sweep) -> Vec<Group> {
    let mut runs: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for run in sweep.runs() {
        *runs.entry(run.group()).or_default() += 1;
    }
    if runs.keys().all(Option::is_none) {
        return Vec::new();
    }
    runs.into_iter().map(|(name, runs)| Group { name: name.map(str::to_owned), runs }).collect()
}
