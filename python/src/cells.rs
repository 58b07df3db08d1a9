//! A table in memory, read as the CSV that it would be: a few rows at a time, so that there is no second copy of it.

use std::fmt::Write;
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes that are made at a time, or a few more.
const CHUNK: usize = 1 << 15;

/// A table whose cells can be written.
pub(crate) trait Cells: Send + Sync {
    /// The names of its columns.
    fn names(&self) -> Vec<String>;
    /// How many rows it has.
    fn rows(&self) -> usize;
    /// Writes the cells of a row, each by [`Line::cell`].
    fn write(&self, row: usize, line: &mut Line);
}

/// A line in the making.
#[derive(Debug, Default)]
pub(crate) struct Line {
    text: String,
    is_begun: bool,
}

impl Line {
    /// Adds a cell that needs no quotes: a number, or nothing.
    pub(crate) fn cell(&mut self, value: impl std::fmt::Display) {
        self.comma();
        // Nothing fails that is written to memory.
        let _ = write!(self.text, "{value}");
    }

    /// Adds a number; one that is none is empty.
    pub(crate) fn number(&mut self, value: impl std::fmt::Display + Copy + Into<f64>) {
        if value.into().is_nan() { self.cell("") } else { self.cell(value) }
    }

    /// Adds a cell of text.
    pub(crate) fn text(&mut self, text: &str) {
        if !text.contains(['"', ',', '\n', '\r', ';', '\t', '|']) {
            return self.cell(text);
        }
        self.cell('"');
        self.text.push_str(&text.replace('"', "\"\""));
        self.text.push('"');
    }

    fn comma(&mut self) {
        if std::mem::replace(&mut self.is_begun, true) {
            self.text.push(',');
        }
    }

    fn end(&mut self) {
        self.text.push('\n');
        self.is_begun = false;
    }
}

/// Reads a table.
pub(crate) struct Reader {
    table: Arc<dyn Cells>,
    line: Line,
    /// How much of the line is read.
    read: usize,
    next: usize,
}

impl Reader {
    pub(crate) fn new(table: Arc<dyn Cells>) -> Self {
        let mut line = Line::default();
        for name in table.names() {
            // In quotes no name is taken for the beginning of another format.
            line.cell(format_args!("\"{}\"", name.replace('"', "\"\"")));
        }
        line.end();
        Self { table, line, read: 0, next: 0 }
    }

    fn fill(&mut self) {
        self.line.text.clear();
        self.read = 0;
        while self.line.text.len() < CHUNK && self.next < self.table.rows() {
            self.table.write(self.next, &mut self.line);
            self.line.end();
            self.next += 1;
        }
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.line.text.len() {
            self.fill();
        }
        let mut left = &self.line.text.as_bytes()[self.read..];
        let count = left.read(into)?;
        self.read += count;
        Ok(count)
    }
}
