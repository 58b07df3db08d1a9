//! What a row says of a schedule.

use super::cells::Range;
use super::fields::Field;
use crate::Result;
use crate::schedule::ScheduleFields;

/// What a row says of a schedule, by the texts and numbers of its fields.
pub(super) fn schedule_fields(
    text: impl Fn(Field) -> Option<String>,
    number: impl Fn(Field, Range) -> Result<Option<f64>>,
) -> Result<ScheduleFields> {
    Ok(ScheduleFields {
        schedule: text(Field::Schedule),
        final_sparsity: number(Field::FinalSparsity, Range::Sparsity)?,
        initial_sparsity: number(Field::InitialSparsity, Range::Sparsity)?,
        prune_start: number(Field::PruneStart, Range::NonNegative)?,
        prune_end: number(Field::PruneEnd, Range::NonNegative)?,
        prune_unit: text(Field::PruneUnit),
        prune_every: number(Field::PruneEvery, Range::Positive)?,
        prune_power: number(Field::PrunePower, Range::Positive)?,
    })
}
