//! Records of a delimited table (RFC 4180), with the line that each began on.
//!
//! The `csv` crate is not used for this: its line numbers are off after blank lines and in files with CRLF
//! line ends, and a quote that is never closed swallows the rows after it without a word.

use std::io::BufRead;
use std::ops::Range;

use super::cells::shown;
use crate::{Error, Result};

/// Reads one record at a time into the same buffers.
#[derive(Debug)]
pub(super) struct Records<R> {
    path: String,
    reader: R,
    delimiter: u8,
    raw: String,
    text: String,
    cells: Vec<Range<usize>>,
    line: u64,
    lines_read: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closed,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(path: &str, reader: R, delimiter: u8) -> Self {
        Self {
            path: path.to_owned(),
            reader,
            delimiter,
            raw: String::new(),
            text: String::new(),
            cells: Vec::new(),
            line: 0,
            lines_read: 0,
        }
    }

    /// Goes to the next record; blank lines are passed over. False at the end of the file.
    pub(super) fn advance(&mut self) -> Result<bool> {
        loop {
            if !self.read_line()? {
                return Ok(false);
            }
            if !self.raw.is_empty() {
                break;
            }
        }
        self.line = self.lines_read;
        self.cells.clear();
        if self.raw.contains('"') {
            self.split_quoted()?;
        } else {
            self.check_line_ends()?;
            self.split_plain();
        }
        Ok(true)
    }

    /// Line in the file on which the record began, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A cell, without the spaces around it.
    pub(super) fn cell(&self, index: usize) -> &str {
        self.text[self.cells[index].clone()].trim()
    }

    /// Reads a line into `raw`, without its end; false when there is none.
    fn read_line(&mut self) -> Result<bool> {
        let mut bytes = std::mem::take(&mut self.raw).into_bytes();
        bytes.clear();
        let read = self.reader.read_until(b'\n', &mut bytes);
        if read.map_err(|source| Error::Read { path: self.path.clone(), source })? == 0 {
            return Ok(false);
        }
        self.lines_read += 1;
        for end in [b'\n', b'\r'] {
            if bytes.last() == Some(&end) {
                bytes.pop();
            }
        }
        self.raw = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Error::MalformedTable {
                path: self.path.clone(),
                line: self.lines_read,
                problem: format!("byte 0x{:02X} at position {} is not UTF-8", error.as_bytes()[at], at + 1),
                remedy: "save the table as UTF-8 (it may be in Latin-1 or Windows-1252)",
            }
        })?;
        Ok(true)
    }

    fn check_line_ends(&self) -> Result<()> {
        if self.raw.contains('\r') {
            return Err(self.malformed(
                "a carriage return inside a line".to_owned(),
                "end lines with LF or CRLF, and quote cells that hold line breaks",
            ));
        }
        Ok(())
    }

    fn split_plain(&mut self) {
        std::mem::swap(&mut self.text, &mut self.raw);
        let mut start = 0;
        for (index, _) in self.text.bytes().enumerate().filter(|(_, byte)| *byte == self.delimiter) {
            self.cells.push(start..index);
            start = index + 1;
        }
        self.cells.push(start..self.text.len());
    }

    /// Splits a record with quotes in it, reading on while one is open.
    fn split_quoted(&mut self) -> Result<()> {
        self.text.clear();
        let delimiter = char::from(self.delimiter);
        let (mut state, mut start) = (State::Start, 0);
        loop {
            let line = std::mem::take(&mut self.raw);
            for letter in line.chars() {
                state = match (state, letter) {
                    (State::Quoted, '"') => State::Closed,
                    (State::Closed, '"') => {
                        self.text.push('"');
                        State::Quoted
                    }
                    (State::Start, '"') => State::Quoted,
                    (State::Start | State::Closed, ' ') => state,
                    (State::Start | State::Plain | State::Closed, _) if letter == delimiter => {
                        self.cells.push(start..self.text.len());
                        start = self.text.len();
                        State::Start
                    }
                    (State::Closed, _) => {
                        return Err(self.malformed(
                            format!("text after the closing quote of '{}'", shown(&self.text[start..])),
                            "write a quote inside quotes twice",
                        ));
                    }
                    (State::Quoted, _) => {
                        self.text.push(letter);
                        State::Quoted
                    }
                    (State::Start | State::Plain, _) => {
                        self.text.push(letter);
                        State::Plain
                    }
                };
            }
            if state != State::Quoted {
                break;
            }
            self.text.push('\n');
            if !self.read_line()? {
                return Err(self.malformed(
                    format!("the quote before '{}' is never closed", shown(self.text[start..].trim_end())),
                    "close it, or remove it",
                ));
            }
        }
        self.cells.push(start..self.text.len());
        Ok(())
    }

    fn malformed(&self, problem: String, remedy: &'static str) -> Error {
        Error::MalformedTable { path: self.path.clone(), line: self.line, problem, remedy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(u64, Vec<String>)>> {
        let mut records = Records::new("t.csv", text.as_bytes(), b',');
        let mut all = Vec::new();
        while records.advance()? {
            let cells = (0..records.len()).map(|i| records.cell(i).to_owned());
            all.push((records.line(), cells.collect()));
        }
        Ok(all)
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn lines_are_counted_through_blank_lines_line_ends_and_quoted_breaks() -> Result<()> {
        assert_eq!(read("a,b\r\n1,2\r\n")?, [row(1, &["a", "b"]), row(2, &["1", "2"])]);
        assert_eq!(read("a\n\n\r\n1")?, [row(1, &["a"]), row(4, &["1"])]);
        assert_eq!(read("\"x\ny\",1\r\nz,2")?, [row(1, &["x\ny", "1"]), row(3, &["z", "2"])]);
        Ok(())
    }

    #[test]
    fn quotes_protect_delimiters_and_quotes() -> Result<()> {
        assert_eq!(read("\"a,b\", \"c\"\"d\" ,,\"\"")?, [row(1, &["a,b", "c\"d", "", ""])]);
        assert_eq!(read("5\" disk,\"é\"")?, [row(1, &["5\" disk", "é"])]);
        Ok(())
    }

    #[test]
    fn broken_quotes_are_refused_where_they_begin() {
        let message = |text| read(text).unwrap_err().to_string();
        assert!(
            message("a\n\n1,\"b\nc\nd").starts_with("t.csv, line 3: the quote before 'b\\nc\\nd' is never")
        );
        assert!(message("\"a\"b,1").contains("line 1: text after the closing quote of 'a'"));
    }
}
