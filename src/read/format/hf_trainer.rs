//! `trainer_state.json` of the Hugging Face Trainer: rows of `log_history`, of which those with `eval_loss` are
//! evaluations and those with `loss` means since the row before. The last row's `train_loss` is the mean over the
//! whole training, never the final loss.

use serde_json::value::RawValue;

use super::super::fields::Field;
use super::super::layout::{Layout, Naming};
use super::super::table::Table;
use super::super::text::run_name;
use super::documents::{Members, Text};
use crate::Result;
use crate::run::Format;

/// The column of what FLOPs and tokens tell of the parameters.
const PARAMS: &str = "total_flos / (6 num_input_tokens_seen)";
/// The column of what the state as a whole tells of the tokens a step, where rows do not give theirs.
const A_STEP: &str = "num_input_tokens_seen / global_step";

pub(super) fn read(
    path: &str,
    text: &Text<'_>,
    state: &Members<'_>,
    log_history: &RawValue,
) -> Result<(Table, Layout)> {
    let mut table = Table::default();
    let rows: Vec<&RawValue> = text.parse(log_history, "log_history, an array of rows")?;
    let count = |name: &str| {
        let value = state.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.get());
        value.and_then(|value| value.parse::<f64>().ok()).filter(|value| *value > 0.0)
    };
    // A training of unknown length has max_steps -1. FLOPs are 6 N D to the Trainer, N without the embedding.
    let planned = count("max_steps").map(|steps| ("max_steps", steps.to_string()));
    let params = count("total_flos").zip(count("num_input_tokens_seen"));
    let params = params.map(|(flops, tokens)| (PARAMS, (flops / (6.0 * tokens)).round().to_string()));
    let is_of_rows = rows.iter().any(|row| row.get().contains("num_input_tokens_seen"));
    let a_step = count("num_input_tokens_seen").zip(count("global_step")).filter(|_| !is_of_rows);
    let a_step = a_step.map(|(tokens, steps)| (A_STEP, (tokens / steps).to_string()));
    table.share(planned.iter().chain(&params).chain(&a_step).map(|(name, cell)| (*name, cell.as_str())));
    let mut mean = false;
    for row in rows {
        let cells = text.flatten("", row)?;
        let summary = cells.iter().any(|(name, _)| name == "train_runtime");
        for (name, cell) in &cells {
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
    let of_loss =
        Some(("loss", "there is no eval_loss; loss is the mean over the steps since the row before"));
    let place = |name: &str| table.headers().iter().position(|header| header == name);
    let told = [(Field::Params, PARAMS), (Field::TokensPerStep, A_STEP)];
    let fallback = told.iter().filter_map(|(field, name)| Some((*field, place(name)?))).collect();
    let naming = Naming::File(run_name(path));
    Ok((
        table,
        Layout {
            format: Format::HfTrainer,
            log: true,
            records: true,
            naming,
            notes,
            of_loss,
            fallback,
            ..Layout::default()
        },
    ))
}
