//! Opening a table: what its first bytes say, before its records are read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use super::drawn::Drawn;
use crate::error::Location;
use crate::{Error, Result};

/// Bytes looked at before anything is parsed: logs begin with much else.
const HEAD: u64 = 1 << 20;

/// Bytes read at a time after that.
const BUFFER: usize = 1 << 16;

const DELIMITERS: [u8; 4] = *b",;\t|";
/// What a line begins with that says the delimiter.
const SAID: &[u8] = b"sep=";

const PARQUET: &[u8] = b"PAR1";

/// First bytes of files that are not text tables, what they are, and what to do.
const SIGNATURES: [(&[u8], &str, &str); 16] = [
    (b"\x1f\x8b", "the file is compressed by gzip", "decompress it (gunzip -c FILE | nbar fit -)"),
    (b"\x28\xb5\x2f\xfd", "the file is compressed by zstd", "decompress it (zstd -dc FILE | nbar fit -)"),
    (b"BZh", "the file is compressed by bzip2", "decompress it (bzip2 -dc FILE | nbar fit -)"),
    (b"\xfd7zXZ", "the file is compressed by xz", "decompress it (xz -dc FILE | nbar fit -)"),
    (b"PK\x03\x04", "the file is a zip archive or a spreadsheet", "unpack it, or export the sheet as CSV"),
    (PARQUET, "the file is Parquet", "export it as CSV or JSON, or build nbar with the feature parquet"),
    (b"\xff\xfe", "the file is UTF-16 (little-endian)", "save it as UTF-8"),
    (b"\xfe\xff", "the file is UTF-16 (big-endian)", "save it as UTF-8"),
    (b"\x89HDF", "the file is HDF5", "export it as CSV"),
    (b"ARROW1", "the file is Arrow or Feather", "export it as CSV, or give the table to nbar in Python"),
    (b"SQLite format 3", "the file is a database of SQLite", "export the table as CSV"),
    (b"\x93NUMPY", "the file is an array of NumPy", "export it as CSV"),
    (b"%PDF", "the file is PDF", "write its table as CSV"),
    (b"<!DOCTYPE", "the file is a web page", "save the data that it shows as CSV"),
    (b"<html", "the file is a web page", "save the data that it shows as CSV"),
    (
        b":W&B",
        "the file is a run of W&B as its client keeps it",
        "sync it (wandb sync), and export its history as CSV or JSON",
    ),
];

/// What stands near the beginning of an event file of TensorBoard.
const EVENTS: &[u8] = b"brain.Event:";
/// As far as it may stand.
const NEAR: usize = 64;

/// Opens a file, refusing directories.
pub(super) fn open(path: &Path) -> Result<File> {
    let refuse = |source| Error::read(path.display().to_string(), source);
    let file = File::open(path).map_err(refuse)?;
    if file.metadata().map_err(refuse)?.is_dir() {
        return Err(refuse(io::Error::other("it is a directory; name a file in it")));
    }
    Ok(file)
}

/// A text whose first bytes were looked at.
#[derive(Debug)]
pub(super) struct Source<R> {
    /// All of it, a byte-order mark left out.
    pub(super) reader: R,
    /// What divides the cells of the first line.
    pub(super) delimiter: u8,
    /// How its lines are read, if it is printed.
    pub(super) drawn: Option<Drawn>,
    /// The first bytes.
    pub(super) head: Vec<u8>,
    /// Whether it begins as JSON does.
    pub(super) json: bool,
    /// Whether it is Parquet, which is refused unless the feature is on.
    pub(super) parquet: bool,
}

impl<R> Source<R> {
    /// Refuses what is no delimited table.
    pub(super) fn csv(self, path: &str) -> Result<Self> {
        let is = if self.json { "the file looks like JSON" } else { "the file is Parquet" };
        if self.json || self.parquet {
            return Err(malformed(path, is, "export it as CSV"));
        }
        Ok(self)
    }
}

/// A file with nothing in it.
pub(super) fn empty(path: &str) -> Error {
    Location::in_file(path).refuse("the file is empty", "give a header, and the rows below it")
}

fn malformed(path: &str, problem: &str, remedy: &str) -> Error {
    Location::in_file(path).line(1).refuse(problem, remedy)
}

/// Looks at the first bytes and gives them back with the rest.
pub(super) fn detect<R: Read>(path: &str, mut reader: R) -> Result<Source<impl BufRead + use<R>>> {
    let mut head = Vec::new();
    let read = reader.by_ref().take(HEAD).read_to_end(&mut head);
    read.map_err(|source| Error::read(path, source))?;
    let parquet = cfg!(feature = "parquet") && head.starts_with(PARQUET);
    let signature = SIGNATURES.iter().find(|(magic, ..)| head.starts_with(magic));
    if let Some((_, problem, remedy)) = signature.filter(|_| !parquet) {
        return Err(malformed(path, problem, remedy));
    }
    if head[..head.len().min(NEAR)].windows(EVENTS.len()).any(|part| part == EVENTS) {
        let remedy = "export its scalars as CSV or JSON (in TensorBoard: show data download links)";
        return Err(malformed(path, "the file holds events of TensorBoard", remedy));
    }
    if head.contains(&0) && !parquet {
        return Err(malformed(
            path,
            "the file holds NUL bytes: it is binary, or UTF-16",
            "save the table as UTF-8",
        ));
    }
    if head.starts_with(b"\xef\xbb\xbf") {
        head.drain(..3);
    }
    let said = said_delimiter(&head);
    if said.is_some() {
        // The line stays, and is blank: the others keep their numbers.
        head.drain(..SAID.len() + 1);
    }
    let json = match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err(empty(path)),
        Some(first) => matches!(first, b'{' | b'['),
    };
    let drawn = Drawn::of(&head).filter(|_| said.is_none() && !json);
    let delimiter = said.or(drawn.map(Drawn::delimiter)).unwrap_or_else(|| delimiter(&head));
    let rest = Cursor::new(head.clone()).chain(reader);
    Ok(Source { reader: BufReader::with_capacity(BUFFER, rest), delimiter, drawn, head, json, parquet })
}

/// The delimiter of a first line such as `sep=;`, which Excel writes and reads.
fn said_delimiter(head: &[u8]) -> Option<u8> {
    let [delimiter, b'\r' | b'\n', ..] = head.strip_prefix(SAID)? else { return None };
    DELIMITERS.contains(delimiter).then_some(*delimiter)
}

/// The one of comma, semicolon, tab and bar that splits the header into most columns.
fn delimiter(head: &[u8]) -> u8 {
    let start = head.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
    let mut counts = DELIMITERS.map(|mark| (mark, 0));
    let mut quoted = false;
    for &byte in &head[start..] {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(mark, _)| *mark == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // The first of equals wins: a comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(mark, _)| *mark)
}

#[cfg(test)]
mod tests {
    use super::delimiter;

    #[test]
    fn the_header_line_says_the_delimiter() {
        assert_eq!(delimiter(b"a,b\n1;2;3;4"), b',');
        assert_eq!(delimiter(b"\r\na;b;\"c,d,e\"\n"), b';');
        assert_eq!(delimiter(b"a\tb"), b'\t');
        assert_eq!(delimiter(b"params"), b',');
        assert_eq!(delimiter(b"a;b,c"), b',');
    }
}
