//! Columns of a table that laws read by name.

use std::sync::Arc;

use super::Run;

/// What a row has in them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    tokens: f64,
    names: Arc<[String]>,
    values: Box<[f64]>,
}

impl Run {
    /// Keeps what a row of so many tokens has in columns of these names.
    pub(crate) fn note_columns(&mut self, tokens: f64, names: &Arc<[String]>, values: Vec<f64>) {
        self.once_mut().own.push(Row { tokens, names: Arc::clone(names), values: values.into() });
    }

    /// Names of such columns, some of them several times.
    pub(crate) fn column_names(&self) -> impl Iterator<Item = &String> {
        // Rows of one table share their names.
        let changes = self
            .own()
            .iter()
            .enumerate()
            .filter(|(i, row)| *i == 0 || !Arc::ptr_eq(&self.own()[i - 1].names, &row.names));
        changes.flat_map(|(_, row)| row.names.iter())
    }

    /// The value of such a column at a checkpoint: that of the latest row of so many tokens.
    pub(crate) fn column_at(&self, tokens: f64, name: &str) -> Option<f64> {
        self.own().iter().rev().filter(|row| row.tokens == tokens).find_map(|row| {
            let place = row.names.iter().position(|own| own == name)?;
            row.values.get(place).copied()
        })
    }

    pub(super) fn own(&self) -> &[Row] {
        self.more.as_ref().and_then(|more| more.once.as_ref()).map_or(&[], |once| &once.own)
    }
}
