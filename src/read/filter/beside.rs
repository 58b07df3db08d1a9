//! What a filter asks about and no column of the file says: the name of a run that is called after its file, and a table of runs.

use super::super::facts::{Facts, RunTable};
use super::super::fields::Field;
use super::super::layout::Naming;
use super::super::row::Rows;
use super::super::text::shown_list;
use crate::Result;
use crate::error::Location;

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

    /// What may be asked about besides the columns of the file.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let of_table = self.table.iter().flat_map(|RunTable(facts)| facts.headers.iter().map(String::as_str));
        self.named.iter().map(|_| RUN).chain(of_table.filter(|name| *name != RUN))
    }

    /// Where a cell of such a column stands.
    pub(in crate::read) fn place(&self, row: &impl Rows, path: &str, place: usize) -> Location {
        match self.told(row, place) {
            Some((facts, name)) => {
                let line = facts.rows.get(name).map_or(0, |(line, _)| *line);
                Location::in_file(&facts.path).line(line)
            }
            None => Location::in_file(&row.place(path)).line(row.line()),
        }
    }

    /// The table and the run, of a column of the former.
    fn told<'a>(&'a self, row: &'a impl Rows, place: usize) -> Option<(&'a Facts, &'a str)> {
        let RunTable(facts) = self.table.as_ref().filter(|_| place > self.columns)?;
        Some((facts, self.name(row)))
    }

    fn name<'a>(&'a self, row: &'a impl Rows) -> &'a str {
        let of_row = || self.run.map(|column| row.cell(column));
        self.named.as_deref().or_else(of_row).unwrap_or_default()
    }

    /// The same as [`cell`](Self::cell), of which the table has a row.
    ///
    /// # Errors
    /// When the table has none of the run.
    pub(in crate::read) fn known<'a>(
        &'a self,
        row: &'a impl Rows,
        path: &str,
        (place, of): (usize, &str),
    ) -> Result<&'a str> {
        if let Some((facts, name)) =
            self.told(row, place).filter(|(facts, name)| !facts.rows.contains_key(*name))
        {
            let mut names: Vec<&str> = facts.rows.keys().map(String::as_str).collect();
            names.sort_unstable();
            let problem =
                format!("{} has no row of run '{name}', and a filter asks for its '{of}'", facts.path);
            let remedy =
                format!("give the run its row there, by this name; that table has {}", shown_list(&names));
            return Err(Location::in_file(&row.place(path)).line(row.line()).refuse(problem, remedy));
        }
        Ok(self.cell(row, place))
    }

    /// What the row has there: in a column of the file, or beside them.
    pub(in crate::read) fn cell<'a>(&'a self, row: &'a impl Rows, place: usize) -> &'a str {
        let Some(beside) = place.checked_sub(self.columns) else { return row.cell(place) };
        match (beside, self.told(row, place)) {
            (0, _) => self.name(row),
            (own, Some((facts, name))) => facts.rows.get(name).map_or("", |(_, cells)| &cells[own - 1]),
            _ => "",
        }
    }
}
