//! Tools that the names of columns tell, in CSV and JSON alike.

use super::super::layout::{Layout, Naming};
use super::{Format, datadecide, levanter, olmo, run_name, tensorboard, wandb_history};

/// What the names of columns say of a table; a plain sweep table where they say nothing.
pub(super) fn layout(path: &str, headers: &[String]) -> Layout {
    // OLMo and Levanter log to W&B: the more special first.
    let tools =
        [tensorboard::layout, datadecide::layout, olmo::layout, levanter::layout, wandb_history::layout];
    tools.into_iter().find_map(|tool| tool(path, headers)).unwrap_or_default()
}

/// The layout of what a tool logs of a run, without the losses that are means over the whole training.
pub(super) fn log(format: Format, path: &str, headers: &[String]) -> Layout {
    let ends = |header: &str, name: &str| header.rsplit('/').next() == Some(name);
    let excluded: Vec<usize> = if headers.iter().any(|header| ends(header, "train_runtime")) {
        (0..headers.len()).filter(|&index| ends(&headers[index], "train_loss")).collect()
    } else {
        Vec::new()
    };
    let mean = "is the Hugging Face Trainer's mean over the whole training, and not read";
    let notes = excluded.iter().map(|&index| format!("'{}' {mean}", headers[index])).collect();
    Layout { format, log: true, naming: Naming::File(run_name(path)), excluded, notes, ..Layout::default() }
}

/// Whether a column is called so.
pub(super) fn has(headers: &[String], name: &str) -> bool {
    headers.iter().any(|header| header == name)
}
