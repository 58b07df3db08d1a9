//! The run of a row: begun by its first row, found by the others.

use smol_str::{SmolStr, format_smolstr};

use super::super::draft::Draft;
use super::super::fields::Field;
use super::super::layout::Naming;
use super::super::row::{Rows, join};
use super::Assembler;
use crate::error::Location;
use crate::run::{Few, Origin, Run};
use crate::{Error, Result};

impl Assembler {
    /// The position of the row's run, which is begun where this is its first row.
    pub(super) fn run_of(&mut self, row: &impl Rows) -> Result<usize> {
        let joined;
        let id = match (self.columns.index(Field::Run), &self.naming) {
            (Some(column), _) => row.cell(column),
            (None, Naming::Columns(columns)) => {
                joined = join(row, columns);
                &joined
            }
            (None, Naming::File(name)) => match self.runs.first() {
                None => return self.begin(row, name.as_str().into()),
                Some(_) => return self.check_known(row, 0),
            },
            (None, Naming::Column) => {
                // A line of JSON may hold several.
                let before = self.origins.last().is_some_and(|origin| origin.line == row.line());
                self.on_line = if before { self.on_line + 1 } else { 1 };
                let id = match self.on_line {
                    1 => format_smolstr!("line {}", row.line()),
                    place => format_smolstr!("line {}, record {place}", row.line()),
                };
                let index = self.begin(row, id)?;
                let table = (self.columns.headers().len(), self.columns.index(Field::Loss));
                self.repeats
                    .alone((index, |run| self.runs[run].name().clone()), table, |column| row.cell(column));
                let checked = self.splits.check_alone(table, |column| row.cell(column));
                checked.map_err(|(column, refusal)| self.refuse_cell(row, column, refusal))?;
                return Ok(index);
            }
        };
        if id.is_empty() {
            let remedy = "name the run, or remove the column to make each row a run of its own";
            let place = self.place(row).column(self.columns.header(Field::Run));
            return Err(place.refuse("the run has no name", remedy));
        }
        // Rows of a run mostly follow each other.
        if self.runs.get(self.latest).is_none_or(|run| run.id() != id) && !self.find_or_begin(row, id)? {
            return Ok(self.latest);
        }
        let mut is_known = true;
        for number in 0..self.repeats.columns() {
            let (of, column) = (self.latest, self.repeats.column(number));
            let id = self.runs[of].name().clone();
            let name = self.repeats.name(number, (of, &id), row.cell(column));
            let Some(name) = name.map_err(|refusal| self.refuse_cell(row, column, refusal))? else {
                continue;
            };
            is_known = self.find_or_begin(row, &name)?;
            self.repeats.begun(number, self.latest, (of, &id));
        }
        if !is_known {
            return Ok(self.latest);
        }
        self.check_known(row, self.latest)
    }

    /// Refuses a row that is not of what the first row of its run is of.
    fn check_known(&mut self, row: &impl Rows, run: usize) -> Result<usize> {
        let checked = self.splits.check(run, |column| row.cell(column));
        checked.map_err(|(column, refusal)| self.refuse_cell(row, column, refusal))?;
        self.labels.note_row(self.runs[run].labels(), |column| row.cell(column));
        self.labels.settings.note_row(self.runs[run].name(), row.line(), |column| row.cell(column));
        let checked = self.check_facts(row, run);
        // A sparsity that changes is that of the moment, and no schedule is lacked.
        let sparsity = self.columns.header(Field::FinalSparsity);
        if let Err(Error::Data { place, .. }) = &checked
            && place.column.as_deref() == Some(sparsity)
            && let Some(draft) = &mut self.drafts[run]
        {
            draft.bare_sparsity = None;
        }
        checked.map(|()| run)
    }

    /// The refusal of a table whose rows are of several splits of the data, or of several metrics.
    pub(in crate::read) fn several_splits(&self) -> Option<Error> {
        let (column, refusal) = self.splits.refusal()?;
        Some(refusal.at(Location::in_file(&self.path).column(&self.columns.headers()[column])))
    }

    /// Goes to the run of this name; false where it begins with this row.
    fn find_or_begin(&mut self, row: &impl Rows, id: &str) -> Result<bool> {
        let runs = &self.runs;
        match self.names.find_or_add(id, runs.len(), |place| runs[place].id()) {
            Some(known) => self.latest = known,
            None => {
                self.latest = self.begin(row, id.into())?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Begins a run. One that cannot be keeps its place, so that what else is wrong is found; then the table is refused.
    fn begin(&mut self, row: &impl Rows, id: SmolStr) -> Result<usize> {
        self.refuse_contradicted(row, &id)?;
        let broken = || Run::named(id.clone(), f64::INFINITY, Few::default());
        let (run, draft, refused) = match self.first_row(row, &id) {
            Ok((run, draft)) => (run, draft, Ok(())),
            Err(error) => (broken(), Draft::default(), Err(error)),
        };
        let mut first_rows = std::mem::take(&mut self.first_rows);
        first_rows.add(self.facts.iter().map(|&(field, _)| self.fact(row, &id, field)));
        self.first_rows = first_rows;
        self.repeats.add(|column| row.cell(column));
        self.splits.add(|column| row.cell(column));
        if !self.given.is_counted(&id) {
            self.doubtful.note(|column| row.cell(column));
        }
        self.runs.push(run);
        self.origins.push(Origin { file: Some(0), line: row.line(), named: self.named, sides: [false; 2] });
        self.drafts.push((draft != Draft::default()).then(|| Box::new(draft)));
        refused.map(|()| self.runs.len() - 1)
    }
}
