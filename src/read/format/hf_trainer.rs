//! `trainer_state.json` of the Hugging Face Trainer: rows of `log_history`, of which those with `eval_loss` are
//! evaluations and those with `loss` means since the row before. The last row's `train_loss` is the mean over the
//! whole training, never the final loss.

use serde_json::value::RawValue;

use super::super::layout::{Layout, Naming};
use super::super::table::Table;
use super::super::text::run_name;
use super::documents::Text;
use crate::Result;
use crate::run::Format;

pub(super) fn read(path: &str, text: &Text<'_>, log_history: &RawValue) -> Result<(Table, Layout)> {
    let mut table = Table::default();
    let rows: Vec<&RawValue> = text.parse(log_history, "log_history, an array of rows")?;
    let (mut evaluated, mut mean) = (false, false);
    for row in rows {
        let cells = text.flatten("", row)?;
        let summary = cells.iter().any(|(name, _)| name == "train_runtime");
        for (name, cell) in &cells {
            evaluated |= name == "eval_loss";
            // Renamed, lest it be taken for a loss.
            let whole = summary && name == "train_loss";
            mean |= whole;
            let column = table.column(if whole { "train_loss (mean over training)" } else { name });
            table.set(column, cell);
        }
        table.end_row(text.line(row));
    }
    let mut notes = Vec::new();
    if mean {
        notes.push("the last row's train_loss is a mean over the whole training, and not read".to_owned());
    }
    if !evaluated {
        notes.push("there is no eval_loss; loss is the mean over the steps since the row before".to_owned());
    }
    let naming = Naming::File(run_name(path));
    Ok((
        table,
        Layout { format: Format::HfTrainer, log: true, records: true, naming, notes, ..Layout::default() },
    ))
}
