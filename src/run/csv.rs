//! Delimited tables.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::Path;

use super::assemble::assemble;
use super::layout::Layout;
use super::records::Records;
use super::table::Rows;
use super::{ReadOptions, Sweep, source};
use crate::{Error, Result};

impl Sweep {
    /// Reads a table of comma-, semicolon- or tab-separated values from a file.
    ///
    /// ```
    /// let sweep = nbar::Sweep::from_csv_path("data/chinchilla.csv")?;
    /// assert_eq!(sweep.len(), 245);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read, is not a table, or holds what no law can be fitted to; the message names
    /// file, line and column, and what to do.
    pub fn from_csv_path(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_csv_path_with(path, &ReadOptions::default())
    }

    /// Reads a table from a file, as `options` say.
    ///
    /// # Errors
    /// As [`from_csv_path`](Self::from_csv_path); besides, when the options name a column that is not there,
    /// or leave no row.
    pub fn from_csv_path_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        let file: File = source::open(path)?;
        Self::from_csv_reader(&path.display().to_string(), file, options)
    }

    /// Reads a table from a text; `name` is what messages call it.
    ///
    /// ```
    /// let sweep = nbar::Sweep::from_csv_str("runs.csv", "run,params,tokens,loss\na,1B,20B,2.51\n")?;
    /// assert_eq!(sweep.runs()[0].params, 1e9);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_csv_path`](Self::from_csv_path).
    pub fn from_csv_str(name: &str, text: &str) -> Result<Self> {
        Self::from_csv_reader(name, text.as_bytes(), &ReadOptions::default())
    }

    /// Reads a table from anything that can be read, such as the standard input; `name` is what messages call
    /// it.
    ///
    /// # Errors
    /// As [`from_csv_path_with`](Self::from_csv_path_with).
    pub fn from_csv_reader(name: &str, reader: impl Read, options: &ReadOptions) -> Result<Self> {
        let source = source::detect(name, reader)?.csv(name)?;
        let mut records = Records::new(name, source.reader, source.delimiter);
        let headers = header(name, &mut records)?;
        assemble(name, headers, records, Layout::default(), options)
    }
}

/// The names of the columns, each of which must be there once.
pub(super) fn header(path: &str, records: &mut Records<impl BufRead>) -> Result<Vec<String>> {
    if !records.advance()? {
        return Err(Error::EmptyTable { path: path.to_owned(), found: "the file is empty" });
    }
    let names: Vec<String> = (0..records.len()).map(|index| records.cell(index).to_owned()).collect();
    for (index, name) in names.iter().enumerate() {
        let first = names.iter().position(|other| other == name).unwrap_or(index);
        if first != index && !name.is_empty() {
            return Err(Error::MalformedTable {
                path: path.to_owned(),
                line: records.line(),
                problem: format!("columns {} and {} are both called '{name}'", first + 1, index + 1),
                remedy: "rename or remove one",
            });
        }
    }
    Ok(names)
}

/// Refuses a row with more or fewer cells than the header.
pub(super) fn check_width(path: &str, row: &impl Rows, width: usize) -> Result<()> {
    let cells = row.len();
    if cells == width {
        return Ok(());
    }
    Err(Error::MalformedTable {
        path: path.to_owned(),
        line: row.line(),
        problem: format!(
            "{cells} {} where the header has {width}",
            if cells == 1 { "cell" } else { "cells" }
        ),
        remedy: "fill or remove cells; quote those that hold a delimiter",
    })
}
