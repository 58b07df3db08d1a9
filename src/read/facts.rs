//! What is said of each run, once.

use std::collections::HashMap;
use std::sync::Arc;

use super::fields::Field;
use super::row::Rows;

/// A table with a row for each run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunTable(pub(super) Arc<Facts>);

/// Cells of some fields for each run.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(super) path: String,
    /// Each with its column.
    pub(super) fields: Vec<(Field, usize)>,
    /// The run's line and its cells.
    pub(super) rows: HashMap<String, (u64, Vec<Box<str>>)>,
}

impl Facts {
    /// No run yet, with the fields that have columns.
    pub(super) fn new(path: &str, column: impl Fn(Field) -> Option<usize>) -> Self {
        let fields = Field::facts()
            .chain([Field::UniqueTokens])
            .filter_map(|field| Some((field, column(field)?)))
            .collect();
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
