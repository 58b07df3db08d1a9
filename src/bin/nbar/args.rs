//! Arguments that several subcommands share, and what is said of them.

mod fit;
mod law;
mod parse;
mod schedule;
mod sweep;

pub(crate) use fit::{DrawArgs, LevelArgs, SavedFitArgs, load};
pub(crate) use law::{LawArgs, RestrictionArgs, SearchArgs};
pub(crate) use parse::{amount, quantity, share, whole};
pub(crate) use schedule::{RampArgs, SCHEDULE_FLAGS, ScheduleArgs};
pub(crate) use sweep::{CurveArgs, ObservationArgs, SweepArgs, say_intermediate_losses};

use nbar::Error;

/// Whether an error is one of the command line rather than of the input.
pub(crate) fn is_usage(error: &Error) -> bool {
    matches!(
        error,
        Error::UnknownName { .. }
            | Error::InvalidOption { .. }
            | Error::InvalidFilter { .. }
            | Error::InvalidQuantity { .. }
    )
}

/// An error in the words of the command line: a schedule's numbers by their flags. (Those of a table come
/// inside an error that names the table's row, and keep the names of its columns.)
pub(crate) fn spoken(error: &Error) -> String {
    match error {
        Error::InvalidSchedule { .. }
        | Error::ReversedRamp { .. }
        | Error::RampNotMultiple { .. }
        | Error::BeyondRun { .. }
        | Error::UnknownSchedule { .. }
        | Error::UnknownName { what: "prune_unit", .. }
        | Error::InvalidOption { name: "schedule", .. }
        | Error::MissingInput { .. } => {
            let flags = [
                ("final_sparsity", "--final-sparsity"),
                ("initial_sparsity", "--initial-sparsity"),
                ("prune_start", "--start"),
                ("prune_end", "--end"),
                ("prune_every", "--every"),
                ("prune_power", "--power"),
                ("prune_unit", "--unit"),
                ("needs schedule,", "needs --shape,"),
                ("schedule =", "--shape ="),
                ("needs run,", "needs --run,"),
                ("needs tokens,", "needs --tokens,"),
                ("needs steps,", "needs --steps,"),
            ];
            flags.iter().fold(error.to_string(), |text, (field, flag)| text.replace(field, flag))
        }
        _ => error.to_string(),
    }
}
