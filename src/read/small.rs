//! Small tables under a header: of runs, of points, of logged counts.

use std::io::{BufRead, Read};

use super::columns::Columns;
use super::fields::Field;
use super::records::{Records, header};
use super::row::{Rows, check_width};
use super::{scale, source};
use crate::Result;

/// A small table: its columns, and the records that are still to be read.
#[derive(Debug)]
pub(super) struct SmallTable<R> {
    path: String,
    pub(super) columns: Columns,
    records: Records<R>,
}

/// Opens a delimited table with columns for some of `fields`.
pub(super) fn open(path: &str, reader: impl Read, fields: &[Field]) -> Result<SmallTable<impl BufRead>> {
    let source = source::detect(path, reader)?.csv(path)?;
    let mut records = Records::new(path, source.reader, source.delimiter);
    let mut columns = Columns::unread(path, header(path, &mut records)?);
    columns.find_each(fields, &[])?;
    Ok(SmallTable { path: path.to_owned(), columns, records })
}

impl<R> SmallTable<R> {
    /// The first of `fields` that has a column, and the column; `names` are theirs in messages.
    pub(super) fn first(&mut self, fields: &[Field], names: &str) -> Result<(Field, usize)> {
        for &field in fields {
            self.columns.find_each(&[field], &[])?;
            if let Some(index) = self.columns.index(field) {
                return Ok((field, index));
            }
        }
        let said = |header: &String| fields.iter().find_map(|field| scale::named_with(*field, header));
        let with_unit = self.columns.headers().iter().find_map(|header| Some((said(header)?, header)));
        let remedy = match with_unit {
            Some((name, header)) => format!("call '{header}' {name}, with its unit, if that is meant"),
            None => format!("name the column {names}"),
        };
        Err(self.columns.no_column(names, remedy))
    }
}

impl<R: BufRead> Rows for SmallTable<R> {
    fn advance(&mut self) -> Result<bool> {
        let more = self.records.advance()?;
        if more {
            check_width(&self.path, &self.records, self.columns.headers().len())?;
        }
        Ok(more)
    }

    fn line(&self) -> u64 {
        self.records.line()
    }

    fn len(&self) -> usize {
        self.records.len()
    }

    fn cell(&self, index: usize) -> &str {
        self.records.cell(index)
    }
}
