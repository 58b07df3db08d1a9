//! The lines of a table, handed to the parser one at a time.
//!
//! The `csv` crate splits records and undoes quotes. Here is what it leaves: it lets pass a quote that is never
//! closed and text after a closing quote, takes a space before a quote for text, and its lines are off after
//! blank lines and CRLF, where it gives the line that the record before ended on.

use std::io::{self, BufRead, Read};

use super::cells::shown;
use super::cut::Digits;
use super::drawn::Drawn;
use super::fields::Field;
use crate::error::Location;
use crate::{Error, Result};

/// Reads a table, and gives at most one line, ended by LF, at each call of [`read`](Read::read).
///
/// A parser that asks for more only when it has used what it got is then never ahead of the record it reads.
#[derive(Debug)]
pub(super) struct Lines<R> {
    path: String,
    reader: R,
    delimiter: u8,
    drawn: Option<Drawn>,
    raw: Vec<u8>,
    /// The record so far, as the parser gets it.
    text: String,
    /// How much of `text` the parser has.
    given: usize,
    /// Where in `text` the cell begins whose quote is open.
    quoted: Option<usize>,
    record_line: u64,
    lines_read: u64,
    digits: Digits,
    /// Whether the last column has losses, by its name; none before the header.
    ends_in_losses: Option<bool>,
    /// Whether lines begin and end with a bar, as in Markdown; none before the header.
    has_bars: Option<bool>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(path: &str, reader: R, (delimiter, drawn): (u8, Option<Drawn>)) -> Self {
        Self {
            path: path.to_owned(),
            reader,
            delimiter,
            drawn,
            raw: Vec::new(),
            text: String::new(),
            given: 0,
            quoted: None,
            record_line: 0,
            lines_read: 0,
            digits: Digits::default(),
            ends_in_losses: None,
            has_bars: None,
        }
    }

    /// Makes the next line the first of a record.
    pub(super) fn begin_record(&mut self) {
        self.text.clear();
        self.given = 0;
    }

    /// Line in the file on which the record began, from 1.
    pub(super) fn record_line(&self) -> u64 {
        self.record_line
    }

    /// What went wrong, from what the parser made of it.
    pub(super) fn refusal(&self, error: csv::Error) -> Error {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            kind => io::Error::other(format!("{kind:?}")),
        };
        source.downcast().unwrap_or_else(|source| Error::read(self.path.as_str(), source))
    }

    /// Adds a line to the record, passing over blank ones before it; false at the end of the file.
    fn add_line(&mut self) -> Result<bool> {
        loop {
            self.raw.clear();
            let read = self.reader.read_until(b'\n', &mut self.raw);
            if read.map_err(|source| Error::read(self.path.as_str(), source))? == 0 {
                return self.end();
            }
            self.lines_read += 1;
            let is_whole = self.raw.ends_with(b"\n") || self.raw.ends_with(b" ");
            for end in [b'\n', b'\r'] {
                self.raw.pop_if(|last| *last == end);
            }
            if let Some(drawn) = self.drawn
                && let Ok(line) = str::from_utf8(&self.raw)
            {
                self.raw = drawn.line(self.lines_read, line).into_bytes();
            }
            let is_whole = self.trim_bars() || is_whole;
            if !self.raw.is_empty() || !self.text.is_empty() {
                self.check_end(is_whole)?;
                break;
            }
        }
        if self.text.is_empty() {
            self.record_line = self.lines_read;
        }
        let raw = std::mem::take(&mut self.raw);
        let line = str::from_utf8(&raw).map_err(|error| self.not_utf8(&raw, error.valid_up_to()))?;
        if self.quoted.is_some() || line.contains('"') {
            self.add_quoted(line)?;
        } else if line.contains('\r') {
            return Err(self.malformed(
                self.record_line,
                "a carriage return inside a line".to_owned(),
                "end lines with LF or CRLF, and quote cells that hold line breaks",
            ));
        } else {
            self.text.push_str(line);
        }
        self.text.push('\n');
        self.raw = raw;
        Ok(true)
    }

    /// Takes the bars off the ends of a line of Markdown, and all of its rule; says whether there was one at its end.
    fn trim_bars(&mut self) -> bool {
        let line = self.raw.trim_ascii();
        if self.delimiter != b'|' || line.is_empty() || !self.text.is_empty() {
            return false;
        }
        if !*self.has_bars.get_or_insert(line.starts_with(b"|") && line.ends_with(b"|")) {
            return false;
        }
        let is_rule = line.iter().all(|byte| b"-:| \t".contains(byte)) && line.contains(&b'-');
        let inside = line.strip_prefix(b"|").unwrap_or(line);
        let (inside, is_ended) = inside.strip_suffix(b"|").map_or((inside, false), |inside| (inside, true));
        self.raw = if is_rule { Vec::new() } else { without_emphasis(inside) };
        is_ended
    }

    /// Sees that a last line without a line break does not end inside a loss.
    fn check_end(&mut self, is_whole: bool) -> Result<()> {
        let last = self.raw.rsplit(|byte| *byte == self.delimiter).next().unwrap_or_default();
        let Ok(number) = str::from_utf8(last.trim_ascii()) else { return Ok(()) };
        let is_of_loss =
            || number.to_lowercase().contains("loss") || Field::named(number) == Some(Field::Loss);
        if !*self.ends_in_losses.get_or_insert_with(is_of_loss) {
            return Ok(());
        }
        if is_whole {
            self.digits.note([("", number)]);
            return Ok(());
        }
        // Programs that print the shortest number leave out a last zero.
        self.digits.check("", number, 2, Location::in_file(&self.path).line(self.lines_read))
    }

    /// Adds a line with quotes in it, without the spaces between quotes and delimiters.
    fn add_quoted(&mut self, line: &str) -> Result<()> {
        let delimiter = char::from(self.delimiter);
        let mut rest = line;
        loop {
            if self.quoted.is_none()
                && let Some(cell) = rest.trim_start_matches(' ').strip_prefix('"')
            {
                self.text.push('"');
                self.quoted = Some(self.text.len());
                rest = cell;
            }
            if let Some(start) = self.quoted {
                let Some(end) = closing_quote(rest) else { break };
                self.text.push_str(&rest[..end]);
                rest = rest[end + 1..].trim_start_matches(' ');
                if !rest.is_empty() && !rest.starts_with(delimiter) {
                    return Err(self.malformed(
                        self.record_line,
                        format!("text after the closing quote of '{}'", shown(&self.cell(start))),
                        "write a quote inside quotes twice",
                    ));
                }
                self.text.push('"');
                self.quoted = None;
            }
            let Some(end) = rest.find(delimiter) else { break };
            self.text.push_str(&rest[..=end]);
            rest = &rest[end + 1..];
        }
        self.text.push_str(rest);
        Ok(())
    }

    fn end(&self) -> Result<bool> {
        let Some(start) = self.quoted else { return Ok(false) };
        Err(self.malformed(
            self.record_line + self.text[..start].matches('\n').count() as u64,
            format!("the quote before '{}' is never closed", shown(self.cell(start).trim_end())),
            "close it, or remove it",
        ))
    }

    /// The quoted cell that begins at `start`, as far as it was read.
    fn cell(&self, start: usize) -> String {
        self.text[start..].replace("\"\"", "\"")
    }

    fn not_utf8(&self, line: &[u8], at: usize) -> Error {
        self.malformed(
            self.lines_read,
            format!("byte 0x{:02X} at position {} is not UTF-8", line[at], at + 1),
            "save the table as UTF-8 (it may be in Latin-1 or Windows-1252)",
        )
    }

    fn malformed(&self, line: u64, problem: String, remedy: &'static str) -> Error {
        Location::in_file(&self.path).line(line).refuse(problem, remedy)
    }
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && !self.add_line().map_err(io::Error::other)? {
            return Ok(0);
        }
        let count = (&self.text.as_bytes()[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

/// A line of Markdown, where each cell is without the emphasis around all of it.
fn without_emphasis(line: &[u8]) -> Vec<u8> {
    if !line.iter().any(|byte| b"*_`".contains(byte)) {
        return line.to_vec();
    }
    let cells: Vec<&[u8]> = line.split(|byte| *byte == b'|').map(plain).collect();
    cells.join(&b'|')
}

/// A cell without what marks all of it: `**1.5B**`, `` `1.5B` ``.
fn plain(cell: &[u8]) -> &[u8] {
    const MARKS: [&[u8]; 5] = [b"**", b"__", b"*", b"_", b"`"];
    let bare = cell.trim_ascii();
    let inside = |mark: &&[u8]| {
        let inside = bare.strip_prefix(*mark)?.strip_suffix(*mark)?.trim_ascii();
        let is_one = !inside.is_empty() && !inside.windows(mark.len()).any(|part| part == *mark);
        is_one.then_some(inside)
    };
    MARKS.iter().find_map(inside).map_or(bare, plain)
}

/// Where the quote is that closes a cell: the first that is not doubled.
fn closing_quote(text: &str) -> Option<usize> {
    let mut start = 0;
    loop {
        let end = start + text[start..].find('"')?;
        if !text[end + 1..].starts_with('"') {
            return Some(end);
        }
        start = end + 2;
    }
}
