//! What a filter asks about and no column of the file says: the name of a run that is called after its file, and a table of runs.

use super::super::facts::RunTable;
use super::super::fields::Field;
use super::super::layout::Naming;
use super::super::row::Rows;

/// The name of a run, where no column has it.
const RUN: &str = "run";

/// Such cells, counted on from the columns of the file.
#[derive(Debug, Default)]
pub(in crate::read) struct Beside {
    columns: usize,
    /// The column of the runs' names, and the name that the file gives its only run.
    run: Option<usize>,
    named: Option<String>,
    table: Option<RunTable>,
}

impl Beside {
    pub(in crate::read) fn new(
        columns: usize,
        (run, naming): (Option<usize>, &Naming),
        table: Option<&RunTable>,
    ) -> Self {
        let named = match naming {
            Naming::File(name) if run.is_none() => Some(name.clone()),
            _ => None,
        };
        Self { columns, run, named, table: table.cloned() }
    }

    /// The place of what is called `name`.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        if self.named.is_some() && name == RUN {
            return Some(self.columns);
        }
        let RunTable(facts) = self.table.as_ref().filter(|_| self.named.is_some() || self.run.is_some())?;
        let of_field = || facts.fields.iter().position(|(field, _)| Field::named(name) == Some(*field));
        let own = facts.column(name).map(|column| facts.fields.len() + column).or_else(of_field)?;
        Some(self.columns + 1 + own)
    }

    /// What the row has there: in a column of the file, or beside them.
    pub(in crate::read) fn cell<'a>(&'a self, row: &'a impl Rows, place: usize) -> &'a str {
        let Some(beside) = place.checked_sub(self.columns) else { return row.cell(place) };
        let name = self.named.as_deref().or_else(|| self.run.map(|column| row.cell(column)));
        let name = name.unwrap_or_default();
        match (beside, &self.table) {
            (0, _) => name,
            (own, Some(RunTable(facts))) => facts.rows.get(name).map_or("", |(_, cells)| &cells[own - 1]),
            _ => "",
        }
    }
}
