//! Arguments that several subcommands share.

mod fit;
mod law;
mod parse;
mod schedule;
mod sweep;
mod table;

pub(crate) use fit::{AnswerArgs, BendArgs, DECAY_FLAGS, DrawArgs, SavedFitArgs, load, load_both, report};
pub(crate) use law::{LawArgs, RestrictionArgs, SearchArgs, fixed, laws, split_laws};
pub(crate) use parse::{amount, bytes, level, quantity, seconds, share, whole};
pub(crate) use schedule::{RampArgs, SCHEDULE_FLAGS, ScheduleArgs};
pub(crate) use sweep::{CurveArgs, ObservationArgs, SweepArgs, say_columns};
pub(crate) use table::TableArgs;

use nbar::Error;

/// Whether an error is one of the command line rather than of the input.
pub(crate) fn is_usage(error: &Error) -> bool {
    matches!(error, Error::Option { .. })
}
