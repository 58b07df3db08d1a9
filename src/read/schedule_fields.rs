//! What a row says of a schedule, and of the learning rate.

use super::cells::{Range, is_none};
use super::fields::{Field, normalise};
use crate::Result;
use crate::schedule::ScheduleFields;
use crate::schedule::decay::{Decay, Said};

/// What a row says of a schedule, by the texts and numbers of its fields.
pub(super) fn schedule_fields(
    text: impl Fn(Field) -> Option<String>,
    number: impl Fn(Field, Range) -> Result<Option<f64>>,
) -> Result<ScheduleFields> {
    // A dense run has none, however that is written.
    let text = |field: Field| text(field).filter(|cell| cell.eq_ignore_ascii_case("dense") || !is_none(cell));
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
/// `header` than nbar's own, may say what nbar has no word for: then the decay is that of one that says nothing.
pub(super) fn decay(
    header: &str,
    text: impl Fn(Field) -> Option<String>,
    number: impl Fn(Field, Range) -> Result<Option<f64>>,
) -> (Result<Decay>, Said) {
    let parts = [Field::LrFloor, Field::LrWarmup, Field::LrDecay].map(|field| number(field, Range::Share));
    let part = |own: &Result<Option<f64>>| match own {
        Ok(share) => share.map(Ok),
        Err(error) => Some(Err(error.to_string().into())),
    };
    let [floor, warmup, share] = [0, 1, 2].map(|i| part(&parts[i]));
    let end = number(Field::LrEnd, Range::NonNegative).ok().flatten();
    let is_of_trainer = floor.is_none() && end.is_none() && normalise(header) == "lrschedulertype";
    // The Hugging Face Trainer ends at 0 where nothing else is said.
    let floor = match text(Field::LrSchedule) {
        Some(word) if is_of_trainer && !word.contains("min_lr") => Some(Ok(0.0)),
        _ => floor,
    };
    let unread = |field| number(field, Range::Positive).err().map(|error| error.to_string().into());
    let unread_plan = unread(Field::PlannedTokens).or_else(|| unread(Field::PlannedSteps));
    let said = Said { schedule: text(Field::LrSchedule), floor, end, warmup, share, unread_plan };
    let of = |[floor, warmup, share]: [Result<Option<f64>>; 3]| {
        let [floor, warmup] = [floor?, warmup?].map(|share| share.unwrap_or(0.0));
        Decay::new(said.schedule.as_deref(), floor, warmup, share?)
    };
    let decay = of(parts);
    let is_own = header == Field::LrSchedule.name();
    (if is_own { decay } else { Ok(decay.unwrap_or_default()) }, said)
}
