//! What a row says of a schedule, and of the learning rate.

use super::cells::Range;
use super::fields::Field;
use crate::schedule::ScheduleFields;
use crate::schedule::decay::{Decay, DecayShape};
use crate::{Error, Result};

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

/// What a row says of how the learning rate falls; a cosine to 0, without warm-up, where it does not.
pub(super) fn decay(
    text: impl Fn(Field) -> Option<String>,
    number: impl Fn(Field, Range) -> Result<Option<f64>>,
) -> Result<Decay> {
    let share = number(Field::LrDecay, Range::Share)?;
    let warmup = number(Field::LrWarmup, Range::Share)?.unwrap_or(0.0);
    let shape = match text(Field::LrSchedule).map(|name| name.to_lowercase()).as_deref() {
        None | Some("cosine") => DecayShape::Cosine,
        Some("constant") => DecayShape::Constant,
        Some("linear") => DecayShape::Linear,
        Some("wsd") => {
            let missing = || {
                let remedy = "give the share of the run over which the rate falls in the column `lr_decay`";
                Error::missing("lr_schedule 'wsd'", "its decay", "the row does not give", remedy)
            };
            DecayShape::Wsd(share.filter(|share| *share > 0.0).ok_or_else(missing)?)
        }
        Some(other) => {
            let problem = "is not known";
            let remedy = "choose one of constant, cosine, linear, wsd, or read no such column: `columns: lr_schedule=`";
            return Err(Error::value("lr_schedule", other, problem, remedy));
        }
    };
    let fall = if let DecayShape::Wsd(share) = shape { share } else { 0.0 };
    if warmup + fall > 1.0 || warmup == 1.0 {
        let problem = "leaves no run after it, or overlaps with `lr_decay`";
        return Err(Error::value(
            "lr_warmup",
            warmup,
            problem,
            "give shares of the run that add up to 1 at most",
        ));
    }
    Ok(Decay { shape, floor: number(Field::LrFloor, Range::Share)?.unwrap_or(0.0), warmup })
}
