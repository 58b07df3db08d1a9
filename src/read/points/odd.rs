//! What of a table of runs may be of pruning or of experts, and is not read.

use crate::read::columns::Columns;
use crate::read::doubtful::DoubtfulColumns;
use crate::read::fields::Field;

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
