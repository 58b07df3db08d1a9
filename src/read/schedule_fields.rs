//! What a row says of a schedule, and of the learning rate.

use super::cells::Range;
use super::fields::Field;
use crate::Result;
use crate::schedule::ScheduleFields;
use crate::schedule::decay::Decay;

/// What a row says of a schedule, by the texts and numbers of its fields.
pub(super) fn schedule_fields(
    text: impl Fn(Field) -> Option<String>,
    number: impl Fn(Field, Range) -> Result<Option<f64>>,
) -> Result<ScheduleFields> {
    Ok(ScheduleFields {
        schedule: text(Field::Schedule),
        final_sparsity: number(Field::FinalSparsity, Range::Sparsity)?,
        initial_sparsity: number(Field::InitialSparsity, Range::Sparsity)?,
        prune_start: number(Field::PruneStart, Range::Place)?,
        prune_end: number(Field::PruneEnd, Range::Place)?,
        prune_unit: text(Field::PruneUnit),
        prune_every: number(Field::PruneEvery, Range::Positive)?,
        prune_power: number(Field::PrunePower, Range::Positive)?,
    })
}

/// What a row says of how the learning rate falls; a cosine to 0, without warm-up, where it does not. A config's column, of another
/// `header` than nbar's own, may say what nbar has no word for: then nothing is said.
pub(super) fn decay(
    header: &str,
    text: impl Fn(Field) -> Option<String>,
    number: impl Fn(Field, Range) -> Result<Option<f64>>,
) -> Result<Decay> {
    let share = |field| number(field, Range::Share);
    let [floor, warmup] = [share(Field::LrFloor)?, share(Field::LrWarmup)?].map(|share| share.unwrap_or(0.0));
    let decay = Decay::new(text(Field::LrSchedule).as_deref(), floor, warmup, share(Field::LrDecay)?);
    if header == Field::LrSchedule.name() { decay } else { Ok(decay.unwrap_or_default()) }
}
