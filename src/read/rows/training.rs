//! Rows of a log without a loss: how far it goes, and losses of training that are not finite, after which a run may have no evaluation.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::super::cells;
use super::super::columns::Columns;
use super::super::fields::{Field, normalise};
use super::super::row::Rows;
use super::Assembler;

/// What such rows say.
#[derive(Debug)]
pub(super) struct Training {
    /// The column of losses of training.
    column: Option<usize>,
    /// Whether one was not finite.
    diverged: bool,
    /// The tokens and the step of the last row of each run.
    logged_to: HashMap<SmolStr, [Option<f64>; 2]>,
}

impl Training {
    pub(super) fn new(columns: &Columns) -> Self {
        let is_loss = |name: &str| name == Field::Loss.name() || Field::Loss.info().is_weak_alias(name);
        let headers = columns.headers().iter().enumerate();
        let mut free = headers.filter(|(index, _)| columns.field_of(*index).is_none());
        let column = free.find(|(_, header)| is_loss(&normalise(header))).map(|(index, _)| index);
        Self { column, diverged: false, logged_to: HashMap::new() }
    }

    /// How far the log of a run goes; what is left are runs without a loss.
    pub(super) fn take(&mut self, run: &str) -> Option<[Option<f64>; 2]> {
        self.logged_to.remove(run)
    }

    /// Runs that were not taken.
    pub(super) fn left(self) -> impl Iterator<Item = SmolStr> {
        self.logged_to.into_keys()
    }
}

impl Assembler {
    /// Notes how far a row without a loss is, and whether the loss of training is finite there.
    pub(super) fn note_training(&mut self, row: &impl Rows) {
        let Some(id) = self.name_of(row).filter(|id| !id.is_empty()) else { return };
        let [tokens, step] = [Field::Tokens, Field::Step].map(|field| self.hint(row, field));
        let to = self.training.logged_to.entry(id.clone()).or_default();
        for (ours, own) in to.iter_mut().zip([tokens, step]) {
            *ours = (*ours).into_iter().chain(own).max_by(f64::total_cmp);
        }
        let Some(cell) = self.training.column.map(|column| row.cell(column)) else { return };
        let is_finite = !cells::is_not_finite(cell);
        if cell.is_empty() || (is_finite && !self.training.diverged) {
            return;
        }
        let Some(index) = self.runs.iter().rposition(|run| run.id() == id) else { return };
        self.training.diverged = true;
        let draft = self.drafts[index].get_or_insert_default();
        if is_finite { draft.note_finite() } else { draft.note_not_finite(step) }
    }
}
