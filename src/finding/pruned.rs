//! Columns that nothing reads and that may say of runs what a fit should know, and logs that lack counts.

use std::collections::HashSet;

use super::kind::{Finding, FindingKind, Found, Place};
use crate::run::{About, Doubtful};
use crate::{Run, Sweep};

pub(super) fn findings(sweep: &Sweep) -> Vec<Finding> {
    of_columns(&sweep.doubtful, sweep.len())
}

/// What such columns of a table of so many runs say.
pub(super) fn of_columns(doubtful: &[Doubtful], runs: usize) -> Vec<Finding> {
    // Of columns that a config groups, as `pruning/method`, the first says it.
    let above = |doubtful: &Doubtful| doubtful.column.rsplit_once('/').map(|(above, _)| above.to_owned());
    let mut told = HashSet::new();
    let first = move |doubtful: &&Doubtful| {
        let kind = std::mem::discriminant(&doubtful.about);
        above(doubtful).is_none_or(|above| told.insert((above, kind)))
    };
    let says = doubtful.iter().filter(|doubtful| doubtful.says().is_some()).filter(first);
    let found = says.filter_map(|doubtful| {
        let (column, values) = (doubtful.column.clone(), doubtful.says()?);
        let kind = match doubtful.about.clone() {
            About::Pruning { is_off } => FindingKind::PruningNotRead { column, values, is_off },
            About::Epochs => FindingKind::EpochsBeside { column, values },
            About::Experts { remedy } => FindingKind::Experts { column, values, remedy },
        };
        Some(Finding { kind, count: runs, places: Vec::new() })
    });
    found.collect()
}

/// Runs whose counts end before them.
pub(super) fn counts_end(sweep: &Sweep) -> Option<Finding> {
    let least = sweep.runs().iter().filter_map(Run::counts_end).min_by(f64::total_cmp)?;
    Finding::some(FindingKind::CountsEnd { least }, of(sweep, |run| run.counts_end().is_some()))
}

/// Runs whose counts are held over changes that they may have missed.
pub(super) fn counts_apart(sweep: &Sweep) -> Option<Finding> {
    let most = sweep.runs().iter().filter_map(Run::counts_apart).max_by(f64::total_cmp)?;
    Finding::some(FindingKind::CountsApart { most }, of(sweep, |run| run.counts_apart().is_some()))
}

/// Runs that no log counts, where it counts others.
pub(super) fn not_counted(sweep: &Sweep) -> Option<Finding> {
    // A table that says which runs are pruned says it of them, too.
    let says = |field: &str| sweep.mapping().iter().any(|mapping| mapping.field == field);
    let is_any =
        sweep.runs().iter().any(Run::is_logged) && !["schedule", "final_sparsity"].into_iter().any(says);
    Finding::some(FindingKind::NotCounted, of(sweep, |run| is_any && run.is_uncounted()))
}

fn of(sweep: &Sweep, is_one: impl Fn(&Run) -> bool) -> Found {
    let mut found = Found::default();
    for run in (0..sweep.len()).filter(|run| is_one(&sweep.runs()[*run])) {
        found.add(|| Place::run(sweep, run));
    }
    found
}
