//! Columns, counts and ranges of a sweep.

use serde::Serialize;

use crate::run::ColumnMapping;
use crate::{Checkpoints, ObservationOptions, Observations, Result, Size, Sweep};

/// Least and greatest of a column over every row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Range {
    /// `initial_params`, `average_params`, `tokens`, `unique_tokens`, `flops` (6 N̄ D) or `loss`.
    pub column: &'static str,
    /// Least value.
    pub least: f64,
    /// Greatest value.
    pub greatest: f64,
}

/// Columns, counts and ranges of a sweep.
///
/// ```
/// use nbar::{Sweep, inspect::Table};
/// let table = Table::of(&Sweep::from_csv_path("data/gemstones_hot.csv")?);
/// assert_eq!((table.formats[0].as_str(), table.runs, table.checkpoints), ("sweep table, CSV", 22, 220));
/// assert_eq!(table.columns.len(), 5);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Table {
    /// The files, in order; none for runs built in memory.
    pub files: Vec<String>,
    /// The format that each was recognised as.
    pub formats: Vec<String>,
    /// Rows read, those filtered out included.
    pub rows: usize,
    /// What was made of the files beside their columns: what a tool leaves out, units that were changed.
    pub notes: Vec<String>,
    /// Rows of logs that are no measurement of their own.
    pub passed_over: usize,
    /// Rows that the filter left out.
    pub filtered_out: usize,
    /// Runs.
    pub runs: usize,
    /// Rows of all runs.
    pub checkpoints: usize,
    /// What was read as what.
    pub columns: Vec<ColumnMapping>,
    /// Columns that stand for no field.
    pub unused_columns: Vec<String>,
    /// Ranges; those of N̄ and FLOPs only where N̄ of every run is known.
    pub ranges: Vec<Range>,
    /// Rows that say how many different tokens were seen.
    pub rows_with_unique_tokens: usize,
    /// Rows that have a weight.
    pub rows_with_weight: usize,
}

impl Table {
    /// Columns, counts and ranges of a sweep.
    #[must_use]
    pub fn of(sweep: &Sweep) -> Self {
        Self::with(sweep, every_row(sweep).ok().as_ref())
    }

    pub(super) fn with(sweep: &Sweep, every: Option<&Observations>) -> Self {
        let rows = || sweep.runs().iter().flat_map(|run| run.checkpoints());
        let mut ranges = vec![range("initial_params", sweep.runs().iter().map(|run| run.initial_params()))];
        ranges.extend(every.map(|all| range("average_params", all.average_params().iter().copied())));
        ranges.push(range("tokens", rows().map(|row| row.tokens)));
        ranges.push(range("unique_tokens", rows().filter_map(|row| row.unique_tokens())));
        ranges.extend(every.map(|all| range("flops", all.flops())));
        ranges.push(range("loss", rows().map(|row| row.loss)));
        ranges.retain(|range| range.least <= range.greatest);
        // What stands for the counts of runs of which FLOPs alone are known is no count.
        if every.is_some_and(Observations::is_flops_alone) {
            ranges.retain(|range| matches!(range.column, "flops" | "loss"));
        }
        Self {
            files: sweep.files().to_vec(),
            formats: sweep.sources().iter().map(|source| source.format().to_owned()).collect(),
            notes: sweep.sources().iter().flat_map(|source| source.notes.clone()).collect(),
            passed_over: sweep.rows_passed_over(),
            rows: sweep.rows_read(),
            filtered_out: sweep.rows_filtered_out(),
            runs: sweep.len(),
            checkpoints: sweep.checkpoint_count(),
            columns: sweep.mapping().to_vec(),
            unused_columns: sweep.unused_columns().to_vec(),
            ranges,
            rows_with_unique_tokens: rows().filter(|row| row.unique_tokens().is_some()).count(),
            rows_with_weight: rows().filter(|row| row.weight().is_some()).count(),
        }
    }
}

fn range(column: &'static str, values: impl Iterator<Item = f64>) -> Range {
    let [least, greatest] =
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)]);
    Range { column, least, greatest }
}

/// Every checkpoint with its N̄, in the order of runs and tokens.
pub(super) fn every_row(sweep: &Sweep) -> Result<Observations> {
    sweep.observations(
        &ObservationOptions::default().with_size(Size::AVERAGE).with_checkpoints(Checkpoints::All),
    )
}
