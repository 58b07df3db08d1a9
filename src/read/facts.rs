//! What is said of each run, once.

use std::collections::HashMap;
use std::sync::Arc;

use super::fields::Field;
use super::table::Rows;

/// A table with a row for each run, for what the files with the losses do not say.
///
/// Its columns are `run`, which names the run as the other files do, and any of `params`, `fixed_params`, `group`,
/// `tokens_per_step`, `sequence_length`, `batch_size` (sequences a step), `unique_tokens` and those of the schedule.
///
/// ```
/// use nbar::{ReadOptions, Sweep};
/// use nbar::read::RunTable;
/// let runs = RunTable::from_csv_str("runs.csv", "run,params,tokens_per_step\na,1.2B,0.5M\nb,7B,4M\n")?;
/// let options = ReadOptions::default().with_runs(runs);
/// let losses = "run,step,loss\na,1000,3.1\nb,1000,2.9\n";
/// let sweep = Sweep::from_reader("losses.csv", losses.as_bytes(), &options)?;
/// assert_eq!((sweep.runs()[1].params, sweep.runs()[1].checkpoints[0].tokens), (7e9, 4e9));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RunTable(pub(super) Arc<Facts>);

/// Cells of some fields for each run.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) path: String,
    /// Each with its column.
    pub(super) fields: Vec<(Field, usize)>,
    /// The run's line and its cells.
    pub(super) rows: HashMap<String, (u64, Vec<Box<str>>)>,
}

/// Fields that a run has once, beside those that its first row must have.
pub(super) const ONCE: [Field; Field::FACTS.len() + 1] = {
    let mut all = [Field::UniqueTokens; Field::FACTS.len() + 1];
    let mut index = 0;
    while index < Field::FACTS.len() {
        all[index] = Field::FACTS[index];
        index += 1;
    }
    all
};

impl Facts {
    /// No run yet, with the fields that have columns.
    pub(super) fn new(path: &str, column: impl Fn(Field) -> Option<usize>) -> Self {
        let fields = ONCE.into_iter().filter_map(|field| Some((field, column(field)?))).collect();
        Self { path: path.to_owned(), fields, rows: HashMap::new() }
    }

    /// Keeps what a row says of its run and no row before it said.
    pub(super) fn learn(&mut self, run: &str, row: &impl Rows) {
        if !self.rows.contains_key(run) {
            self.rows.insert(run.to_owned(), (row.line(), vec![Box::default(); self.fields.len()]));
        }
        let Some((_, known)) = self.rows.get_mut(run) else { return };
        for (cell, &(_, index)) in known.iter_mut().zip(&self.fields) {
            if cell.is_empty() {
                *cell = row.cell(index).into();
            }
        }
    }

    /// Whether the field has a column.
    pub(super) fn has(&self, field: Field) -> bool {
        self.fields.iter().any(|&(known, _)| known == field)
    }

    pub(super) fn cell(&self, run: &str, field: Field) -> &str {
        let position = self.fields.iter().position(|&(known, _)| known == field);
        position.and_then(|position| Some(&*self.rows.get(run)?.1[position])).unwrap_or_default()
    }
}
