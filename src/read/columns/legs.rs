//! Columns that say that the tokens of a row may not be all of its run: it went on from another, or is not at its end.

use super::super::cells::shown;
use super::super::fields::{Field, normalise};
use super::super::measure::words;
use super::super::row::Rows;
use super::super::text::{is_in, last};
use super::column::Source;
use super::kin::is_made_of;
use super::{Columns, chosen};
use crate::error::Location;
use crate::{Result, units};

/// Words of a run that went on from another, beside one of tokens or steps.
const BEGAN: &str = "resumed resume restarted restart continued continue continuation init initial pretrained pretraining pretrain previous prior before warmstart";
const COUNTED: &str = "token tokens toks step steps iter iters iteration iterations";
const OTHERS: &str = "from at of start n num number count total";
/// Shares of a run that are done.
const DONE: &str = "progress pctdone percentdone pctcomplete percentcomplete completion fractiondone donefraction fractioncomplete completedfraction \
     sharedone";
/// More than this share is all.
const ALL: f64 = 0.99;

/// What such a column says.
#[derive(Debug, Clone, Copy)]
enum Says {
    Began,
    Done,
}

/// Such columns of a table, and the one of tokens, or of steps that tell them.
#[derive(Debug, Default)]
pub(super) struct Legs {
    read: Option<(Field, Source)>,
    found: Vec<(usize, String, Says)>,
}

impl Columns {
    /// None where a person chose what is read.
    pub(super) fn legs(&self) -> Legs {
        let of = |field| Some((field, self.source(field)?));
        let read = of(Field::Tokens).or_else(|| of(Field::Step)).filter(|(field, _)| !self.is_chosen(*field));
        // Rows of curves are not at the end of their run, and have the tokens of the row.
        let is_curve = [Field::Run, Field::Step].iter().any(|field| self.index(*field).is_some());
        let says = |header: &str| match says(header)? {
            Says::Done if is_curve => None,
            says => Some(says),
        };
        let free = (0..self.headers.len()).filter(|index| self.field_of(*index).is_none());
        let found =
            free.filter_map(|index| Some((index, self.headers[index].clone(), says(&self.headers[index])?)));
        Legs { read, found: found.collect() }
    }
}

impl Legs {
    /// Refuses a row whose tokens may be a part of its run's, or more than it saw.
    pub(super) fn check(&self, path: &str, row: &impl Rows) -> Result<()> {
        let Some((field, read)) = &self.read else { return Ok(()) };
        for (index, header, says) in &self.found {
            let cell = row.cell(*index);
            let Some(value) = units::number(cell.trim_end_matches([' ', '%'])) else { continue };
            let share = if cell.ends_with('%') || value > 1.0 { value / 100.0 } else { value };
            // The same count under two names is no start.
            let is_same = || read.number(row).is_some_and(|(own, _)| (value / own - 1.0).abs() < 1.0 - ALL);
            let own = &read.header;
            let why = match says {
                Says::Began if value > 0.0 && !is_same() => {
                    format!("the run went on from another, and '{own}' may leave that out")
                }
                Says::Done if share < ALL => {
                    format!("the run is not at its end, and '{own}' may be what was planned")
                }
                _ => continue,
            };
            let remedy = format!(
                "if '{own}' counts all that the run saw by then, say `columns: {}`; else write all of it there",
                chosen(field.name(), own)
            );
            let place = Location::in_file(&row.place(path)).line(row.line()).column(header);
            return Err(place.refuse(format!("the cell is '{}': {why}", shown(cell)), remedy));
        }
        Ok(())
    }
}

fn says(header: &str) -> Option<Says> {
    let header = last(header);
    if is_in(DONE, &normalise(header)) {
        return Some(Says::Done);
    }
    is_made_of(&words(header), BEGAN, COUNTED, OTHERS).then_some(Says::Began)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_that_a_run_began_elsewhere_or_is_not_done() {
        for name in [
            "resumed_from_tokens",
            "init_from_step",
            "pretrained_tokens",
            "continued from (tokens)",
            "config/resume_step",
            "prior_tokens",
        ] {
            assert!(matches!(says(name), Some(Says::Began)), "{name}");
        }
        for name in ["progress", "pct_done", "Completion"] {
            assert!(matches!(says(name), Some(Says::Done)), "{name}");
        }
        for name in [
            "start_step",
            "warmup_tokens",
            "resumed",
            "initial_params",
            "initial_sparsity",
            "tokens",
            "prune_start_step",
            "prior",
        ] {
            assert!(says(name).is_none(), "{name}");
        }
    }
}
