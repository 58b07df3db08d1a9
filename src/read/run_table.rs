//! Reading a table of runs.

use std::sync::Arc;

use super::commas::Commas;
use super::doubtful::DoubtfulColumns;
use super::facts::{Facts, RunTable};
use super::fields::Field;
use super::row::Rows;
use super::small::{Reading, open};
use crate::Result;
use crate::error::Location;
use crate::run::Doubtful;

impl RunTable {
    pub(super) fn read(path: &str, reader: impl std::io::Read, commas: Option<Commas>) -> Result<Self> {
        let facts = Field::facts().filter(|field| *field != Field::Cluster);
        let fields: Vec<Field> = std::iter::once(Field::Run).chain(facts).chain(Field::OF_A_RUN).collect();
        let mut table = open(path, reader, &fields, Reading { commas, columns: None })?;
        let (_, run) = table.first(&[Field::Run], "run")?;
        table.refuse_rivals();
        let mut facts = Facts::new(path, |field| table.columns.index(field));
        facts.headers = table.columns.headers().to_vec();
        facts.uses = table.uses();
        while table.advance()? {
            let id = table.cell(run);
            if facts.rows.contains_key(id) {
                let problem = format!("a second row of run '{id}'");
                let place = Location::in_file(path).line(table.line());
                return Err(place.refuse(problem, "remove one: a table of runs has one row a run"));
            }
            facts.learn(id, |field| table.columns.scaled(field, &table), &table);
        }
        Ok(Self(Arc::new(facts)))
    }

    /// Columns that nothing reads and that may say how much of these runs is pruned.
    pub(super) fn doubtful<'a>(&self, runs: impl Iterator<Item = &'a str>, is_off: bool) -> Vec<Doubtful> {
        let facts = &self.0;
        let is_free = |column: usize| {
            !facts.fields.iter().any(|(_, own)| *own == column)
                && Field::named(&facts.headers[column]).is_none()
        };
        let mut columns = DoubtfulColumns::new(&facts.headers, is_free, is_off);
        for run in runs.filter(|run| facts.rows.contains_key(*run)) {
            columns.note(|column| facts.cell_of_column(run, column));
        }
        columns.finish()
    }
}
