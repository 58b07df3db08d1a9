//! What of a table of runs may be of pruning or of experts, and is not read.

use crate::read::columns::Columns;
use crate::read::doubtful::DoubtfulColumns;
use crate::read::fields::Field;
use crate::read::row::Rows;
use crate::run::Ended;

/// Columns of such a table that may say how runs are pruned, where none that is read does, or that they are of experts.
pub(in crate::read) fn doubtful_columns(columns: &Columns) -> DoubtfulColumns {
    let mut told = Field::SCHEDULE.iter().chain(&[Field::AverageParams, Field::FinalParams]);
    let is_off = columns.is_off(Field::FinalSparsity);
    let is_read = told.any(|field| columns.index(*field).is_some());
    let epochs = columns.epochs_alone().map(|index| (index, columns.headers()[index].as_str()));
    let is_free = |index: usize| !is_read && columns.field_of(index).is_none();
    DoubtfulColumns::new(columns.headers(), is_free, is_off)
        .with_names(columns.names().filter(|_| !is_read && !is_off))
        .with_experts(columns.texts_of_experts())
        .with_epochs(epochs)
}

/// A measured run that did not come to its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unfinished {
    pub(crate) run: Option<String>,
    pub(crate) line: u64,
    /// In the word of its tracker.
    pub(crate) state: &'static str,
}

impl Unfinished {
    /// What a row says of its run's state.
    pub(in crate::read) fn of(columns: &Columns, row: &impl Rows, run: Option<&str>) -> Option<Self> {
        let is_state = |header: &String| Field::named(header) == Some(Field::State);
        let column = columns.headers().iter().position(is_state)?;
        match Ended::of_state(row.cell(column))? {
            Ended::Unfinished(state) => Some(Self { run: run.map(str::to_owned), line: row.line(), state }),
            Ended::Diverged(_) => None,
        }
    }
}
