//! Rows of cells, wherever they come from: a delimited text as it is read, or a table in memory.

use std::collections::HashMap;

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
    /// What messages call the file at this row.
    fn place(&self, path: &str) -> String {
        path.to_owned()
    }
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

/// A table in memory, whose rows may leave cells out.
#[derive(Debug, Default)]
pub(super) struct Table {
    headers: Vec<String>,
    columns: HashMap<String, usize>,
    text: String,
    /// Column of each cell, and where in `text` it ends.
    cells: Vec<(u32, usize)>,
    /// Where in `cells` each row ends, and its line.
    rows: Vec<(usize, u64)>,
}

impl Table {
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The column called `name`, which is added where it is not there yet.
    pub(super) fn column(&mut self, name: &str) -> usize {
        if let Some(&index) = self.columns.get(name) {
            return index;
        }
        self.headers.push(name.to_owned());
        self.columns.insert(name.to_owned(), self.headers.len() - 1);
        self.headers.len() - 1
    }

    /// Gives the row in the making a cell.
    pub(super) fn set(&mut self, column: usize, cell: &str) {
        self.text.push_str(cell.trim());
        self.cells.push((column as u32, self.text.len()));
    }

    /// Ends the row in the making.
    pub(super) fn end_row(&mut self, line: u64) {
        self.rows.push((self.cells.len(), line));
    }

    /// All rows of `rows` under `headers`, each of which `check` accepts.
    pub(super) fn gather<R: Rows>(
        headers: &[String],
        rows: &mut R,
        check: impl Fn(&R) -> Result<()>,
    ) -> Result<Self> {
        let mut table = Self::default();
        for header in headers {
            // Columns without a name stay apart.
            table.headers.push(header.clone());
            table.columns.insert(header.clone(), table.headers.len() - 1);
        }
        while rows.advance()? {
            check(rows)?;
            for index in 0..rows.len() {
                if !rows.cell(index).is_empty() {
                    table.set(index, rows.cell(index));
                }
            }
            table.end_row(rows.line());
        }
        Ok(table)
    }

    /// The rows from the first on; with `records`, messages name the number of the row too.
    pub(super) fn cursor(&self, records: bool) -> Cursor<'_> {
        Cursor { table: self, next: 0, spans: vec![(0, 0); self.headers.len()], records }
    }
}

/// A place in a [`Table`].
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    table: &'a Table,
    next: usize,
    /// Where in the text each column's cell lies.
    spans: Vec<(usize, usize)>,
    records: bool,
}

impl Rows for Cursor<'_> {
    fn advance(&mut self) -> Result<bool> {
        let Some(&(end, _)) = self.table.rows.get(self.next) else { return Ok(false) };
        let first = if self.next == 0 { 0 } else { self.table.rows[self.next - 1].0 };
        let mut start = if first == 0 { 0 } else { self.table.cells[first - 1].1 };
        self.spans.fill((0, 0));
        for &(column, end) in &self.table.cells[first..end] {
            self.spans[column as usize] = (start, end);
            start = end;
        }
        self.next += 1;
        Ok(true)
    }

    fn line(&self) -> u64 {
        self.table.rows[self.next - 1].1
    }

    fn len(&self) -> usize {
        self.spans.len()
    }

    fn cell(&self, index: usize) -> &str {
        let (start, end) = self.spans[index];
        &self.table.text[start..end]
    }

    fn place(&self, path: &str) -> String {
        if self.records { format!("{path}, record {}", self.next) } else { path.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_where_they_were_set_and_empty_elsewhere() -> Result<()> {
        let mut table = Table::default();
        let (a, b) = (table.column("a"), table.column("b"));
        assert_eq!((table.column("a"), table.column("c")), (0, 2));
        table.set(b, " two ");
        table.end_row(7);
        table.end_row(8);
        table.set(a, "é");
        table.set(b, "");
        table.end_row(9);
        let mut rows = table.cursor(true);
        let mut seen = Vec::new();
        while rows.advance()? {
            seen.push((rows.line(), [0, 1, 2].map(|index| rows.cell(index).to_owned())));
        }
        let row = |line, cells: [&str; 3]| (line, cells.map(str::to_owned));
        assert_eq!(seen, [row(7, ["", "two", ""]), row(8, ["", "", ""]), row(9, ["é", "", ""])]);
        assert_eq!(rows.place("x.json"), "x.json, record 3");
        Ok(())
    }
}
