//! What is said of each run, once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::fields::{Field, normalise};
use super::row::Rows;
use crate::run::Told;

/// A table with a row for each run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunTable(pub(super) Arc<Facts>);

/// Cells of some fields for each run.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(super) path: String,
    /// Each with its column.
    pub(super) fields: Vec<(Field, usize)>,
    /// Names of all columns, where their cells are kept after those of the fields.
    pub(super) headers: Vec<String>,
    /// An option that changed some cell.
    pub(super) uses: Option<&'static str>,
    /// The run's line and its cells.
    pub(super) rows: HashMap<String, (u64, Vec<Box<str>>)>,
}

impl Facts {
    /// No run yet, with the fields that have columns.
    pub(super) fn new(path: &str, column: impl Fn(Field) -> Option<usize>) -> Self {
        let fields =
            Field::facts().chain(Field::OF_A_RUN).filter_map(|field| Some((field, column(field)?))).collect();
        Self { path: path.to_owned(), fields, headers: Vec::new(), uses: None, rows: HashMap::new() }
    }

    /// The names of its rows, in their order.
    pub(super) fn told(&self) -> Told {
        let mut rows: Vec<(&u64, &String)> = self.rows.iter().map(|(name, (line, _))| (line, name)).collect();
        rows.sort_unstable();
        let names = rows.into_iter().map(|(_, name)| name.clone()).collect();
        Told { path: self.path.clone(), names }
    }

    /// Keeps what a row says of its run and no row before it said; `read` gives the cell of a field.
    pub(super) fn learn<'a, R: Rows>(&mut self, run: &str, read: impl Fn(Field) -> Cow<'a, str>, row: &'a R) {
        if !self.rows.contains_key(run) {
            let cells = self.fields.len() + self.headers.len();
            self.rows.insert(run.to_owned(), (row.line(), vec![Box::default(); cells]));
        }
        let Some((_, known)) = self.rows.get_mut(run) else { return };
        let fields = self.fields.iter().map(|(field, _)| read(*field));
        let own = (0..self.headers.len()).map(|index| Cow::from(row.cell(index)));
        for (known, cell) in known.iter_mut().zip(fields.chain(own)) {
            if known.is_empty() {
                *known = cell.into();
            }
        }
    }

    /// Forgets a field of a run.
    pub(super) fn forget(&mut self, run: &str, field: Field) {
        let position = self.fields.iter().position(|&(known, _)| known == field);
        if let Some((position, (_, cells))) = position.zip(self.rows.get_mut(run)) {
            cells[position] = Box::default();
        }
    }

    /// The position among the headers of the column called `name`.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        let is = |header: &String| normalise(header) == normalise(name);
        self.headers.iter().position(|header| header == name).or_else(|| self.headers.iter().position(is))
    }

    /// The cell of a column by its position among the headers.
    pub(super) fn cell_of_column(&self, run: &str, column: usize) -> &str {
        self.rows.get(run).map_or("", |(_, cells)| &cells[self.fields.len() + column])
    }

    /// The column of a field, by name.
    pub(super) fn header(&self, field: Field) -> Option<&str> {
        let (_, index) = self.fields.iter().find(|(known, _)| *known == field)?;
        self.headers.get(*index).map(String::as_str)
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
