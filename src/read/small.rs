//! Small tables under a header: of runs, of points, of logged counts.

use std::io::Read;

use super::columns::{Columns, Rivals};
use super::commas::Commas;
use super::fields::Field;
use super::held::{Held, Holds};
use super::layout::Layout;
use super::records::{Records, header};
use super::row::{Rows, check_width};
use super::{scale, source, told, unit_row};
use crate::Result;

/// How a small table is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading<'a> {
    pub(super) commas: Option<Commas>,
    /// Columns that a person chose for fields; none where none can be chosen.
    pub(super) columns: Option<&'a [(String, String)]>,
}

/// A small table: its columns, and its rows.
#[derive(Debug)]
pub(super) struct SmallTable {
    path: String,
    pub(super) columns: Columns,
    rows: Held,
    rivals: Rivals,
    is_first: bool,
}

/// Opens a delimited table with columns for some of `fields`.
pub(super) fn open(
    path: &str,
    reader: impl Read,
    fields: &[Field],
    reading: Reading<'_>,
) -> Result<SmallTable> {
    let source = source::detect(path, reader)?.csv(path)?;
    let mut records = Records::of(path, source);
    let headers = header(path, &mut records)?;
    let named = || match reading.columns {
        None => Ok(Columns::unread(path, headers.clone())),
        Some(chosen) => Columns::with_chosen(path, headers.clone(), chosen),
    };
    let mut columns = named()?;
    let found = columns.find_each(fields, &columns.chosen());
    let is_told = found.is_err() && told::is_several(&columns);
    if !is_told {
        found?;
    }
    let mut rows = Held::gather(records)?;
    if is_told {
        let (not, _) = told::ruled_out(named()?, &mut rows, told::Of::Runs)?;
        rows.rewind();
        columns = named()?;
        columns.rule_out(&not);
        columns.find_each(fields, &columns.chosen())?;
    }
    if let Some(commas) = reading.commas {
        let headers = columns.headers();
        let chosen = reading.columns.unwrap_or_default();
        let known = Columns::find_all(path, headers.to_vec(), &Layout::default(), chosen).ok();
        // All of a small table may be read, by laws too.
        let holds = |index| known.as_ref().map_or(Holds::Unread, |columns| columns.holds(index));
        rows.write_plainly(path, commas, headers, |index| match holds(index) {
            Holds::Unread => Holds::Numbers,
            holds => holds,
        })?;
    }
    Ok(SmallTable { path: path.to_owned(), columns, rows, rivals: Rivals::default(), is_first: true })
}

impl SmallTable {
    /// The first of `fields` that has a column, and the column; `names` are theirs in messages.
    pub(super) fn first(&mut self, fields: &[Field], names: &str) -> Result<(Field, usize)> {
        for &field in fields {
            self.columns.find_each(&[field], &self.columns.chosen())?;
            if let Some(index) = self.columns.index(field) {
                return Ok((field, index));
            }
        }
        let said = |header: &String| fields.iter().find_map(|field| scale::named_with(*field, header));
        let with_unit = self.columns.headers().iter().find_map(|header| Some((said(header)?, header)));
        let remedy = match with_unit {
            Some((name, header)) => format!("call '{header}' {name}, with its unit, if that is meant"),
            None => {
                let of_epochs = self.columns.tokens_of_epochs().filter(|_| fields == [Field::Tokens]);
                of_epochs.map_or_else(|| format!("name the column {names}"), str::to_owned)
            }
        };
        Err(self.columns.no_column(names, remedy))
    }

    /// From here on refuses rows in which two columns say different things of one field.
    pub(super) fn refuse_rivals(&mut self) {
        self.rivals = self.columns.rivals(|_| false);
    }
}

impl Rows for SmallTable {
    fn advance(&mut self) -> Result<bool> {
        let more = self.rows.advance()?;
        if more {
            check_width(&self.path, &self.rows, self.columns.headers().len())?;
            if std::mem::take(&mut self.is_first) {
                unit_row::refuse(&self.path, &self.columns, &self.rows)?;
            }
            self.rivals.check(&self.path, &self.rows)?;
        }
        Ok(more)
    }

    fn line(&self) -> u64 {
        self.rows.line()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cell(&self, index: usize) -> &str {
        self.rows.cell(index)
    }

    fn uses(&self) -> Option<&'static str> {
        self.rows.uses()
    }
}
