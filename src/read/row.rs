//! Rows of cells, wherever they come from: a delimited text as it is read, or a table in memory.

use crate::Result;
use crate::error::Location;

/// Rows under one header, read one after the other.
pub(super) trait Rows {
    /// Goes to the next row; false at the end.
    fn advance(&mut self) -> Result<bool>;
    /// Line in the file on which the row began, from 1.
    fn line(&self) -> u64;
    /// Number of cells.
    fn len(&self) -> usize;
    /// A cell, without the spaces around it; empty where the row has none.
    fn cell(&self, index: usize) -> &str;
    /// An option that changed some cell.
    fn uses(&self) -> Option<&'static str> {
        None
    }
    /// What messages call the file at this row.
    fn place(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// Whether a row has nothing but delimiters, as spreadsheets end with.
pub(super) fn is_blank(row: &impl Rows) -> bool {
    row.len() > 1 && (0..row.len()).all(|index| row.cell(index).is_empty())
}

/// Refuses a row with more or fewer cells than the header.
pub(super) fn check_width(path: &str, row: &impl Rows, width: usize) -> Result<()> {
    let cells = row.len();
    if cells == width {
        return Ok(());
    }
    Err(Location::in_file(path).line(row.line()).refuse(
        format!("{cells} {} where the header has {width}", if cells == 1 { "cell" } else { "cells" }),
        "fill or remove cells; quote those that hold a delimiter",
    ))
}

/// The cells of several columns, as one name.
pub(super) fn join(row: &impl Rows, columns: &[usize]) -> String {
    let cells = columns.iter().map(|&index| row.cell(index)).filter(|cell| !cell.is_empty());
    cells.collect::<Vec<_>>().join(" ")
}
