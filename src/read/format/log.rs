//! Tables of what a tool logs: many rows without a loss, and means over the whole training beside.

use super::super::fields::Field;
use super::super::layout::{Layout, Naming};
use super::super::text::run_name;
use crate::run::Format;

/// The layout of what a tool logs, without the losses that are means over the whole training. Without a name rows with
/// steps are one run's, and others a run each.
pub(super) fn log(format: Format, path: &str, headers: &[String]) -> Layout {
    let ends = |header: &str, name: &str| header.rsplit('/').next() == Some(name);
    let excluded: Vec<usize> = if headers.iter().any(|header| ends(header, "train_runtime")) {
        (0..headers.len()).filter(|&index| ends(&headers[index], "train_loss")).collect()
    } else {
        Vec::new()
    };
    let mean = "is the Hugging Face Trainer's mean over the whole training, and not read";
    let notes = excluded.iter().map(|&index| format!("'{}' {mean}", headers[index])).collect();
    let steps = headers.iter().any(|header| Field::named(header) == Some(Field::Step));
    let naming = if steps { Naming::File(run_name(path)) } else { Naming::Column };
    Layout { format, log: true, naming, excluded, notes, ..Layout::default() }
}

/// Whether a column is called so.
pub(super) fn has(headers: &[String], name: &str) -> bool {
    headers.iter().any(|header| header == name)
}
