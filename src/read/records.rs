//! Records of a delimited table (RFC 4180), with the line that each began on.

use std::collections::HashMap;
use std::io::BufRead;

use super::cells::shown;
use super::drawn::Drawn;
use super::fields::Field;
use super::lines::Lines;
use super::row::Rows;
use super::source::{Source, empty};
use super::titled::is_header;
use crate::error::Location;
use crate::{Result, units};

/// Reads one record at a time into the same buffers.
#[derive(Debug)]
pub(super) struct Records<R> {
    reader: csv::Reader<Lines<R>>,
    record: csv::StringRecord,
}

impl<R: BufRead> Records<R> {
    /// The records of a table that was looked at.
    pub(super) fn of(path: &str, source: Source<R>) -> Self {
        Self::new(path, source.reader, (source.delimiter, source.drawn))
    }

    fn new(path: &str, reader: R, (delimiter, drawn): (u8, Option<Drawn>)) -> Self {
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(csv::Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .from_reader(Lines::new(path, reader, (delimiter, drawn)));
        Self { reader, record: csv::StringRecord::new() }
    }
}

impl<R: BufRead> Rows for Records<R> {
    /// Goes to the next record; blank lines are passed over.
    fn advance(&mut self) -> Result<bool> {
        self.reader.get_mut().begin_record();
        let read = self.reader.read_record(&mut self.record);
        read.map_err(|error| self.reader.get_ref().refusal(error))
    }

    fn line(&self) -> u64 {
        self.reader.get_ref().record_line()
    }

    fn len(&self) -> usize {
        self.record.len()
    }

    fn cell(&self, index: usize) -> &str {
        let cell = self.record.get(index).unwrap_or_default();
        match cell.as_bytes() {
            // Most cells have nothing to trim.
            [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => cell,
            _ => cell.trim(),
        }
    }
}

/// What to do about a first line that names no columns.
pub(super) const NO_HEADER: &str = "give a table with a line of names above its rows; a log is read where each line names a step and a loss \
     (step=100, loss=3.2)";

/// The names of the columns, each of which must be there once.
pub(super) fn header(path: &str, records: &mut Records<impl BufRead>) -> Result<Vec<String>> {
    if !records.advance()? {
        return Err(empty(path));
    }
    // A spreadsheet breaks long names into lines.
    let name = |index: usize| records.cell(index).lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let mut names: Vec<String> = (0..records.len()).map(name).collect();
    // A column may be called '#', a name does not begin so. NumPy writes it, and a blank, before a header.
    let bare = names[0].strip_prefix('#').filter(|rest| !rest.trim().is_empty()).map(str::to_owned);
    if let Some(bare) = bare {
        let is_numpy = bare.starts_with(' ');
        let commented = std::mem::replace(&mut names[0], bare.trim().to_owned());
        if !is_numpy || !is_header(&names.iter().map(String::as_str).collect::<Vec<_>>()) {
            let problem = format!("the header begins with '{}', as a comment does", shown(&commented));
            let remedy = "remove the comments above the header, or the '#' before its first name";
            return Err(Location::in_file(path).line(records.line()).refuse(problem, remedy));
        }
    }
    let is_list = names[0].starts_with("- ") && names[0].contains(':');
    if is_list || matches!(&names[..], [only] if only.ends_with(':')) {
        let problem = format!("the line is no header, but YAML: '{}'", shown(&names[0]));
        return Err(Location::in_file(path)
            .line(records.line())
            .refuse(problem, "write the table as CSV or JSON"));
    }
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let first = *known.entry(name).or_insert(index);
        if first != index && !name.is_empty() {
            let place = Location::in_file(path).line(records.line());
            // No table, or one without names.
            if name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
                let problem = format!("the line is no header: names of two columns would be '{name}'");
                return Err(place.refuse(problem, NO_HEADER));
            }
            let problem = format!("columns {} and {} are both called '{name}'", first + 1, index + 1);
            return Err(place.refuse(problem, "rename or remove one"));
        }
    }
    let of_rows: Vec<&String> = names.iter().filter(|name| is_of_row(name)).collect();
    // Numbers of a wide table rise.
    let number = |name: &String| units::number(name);
    let is_row = of_rows.windows(2).any(|pair| number(pair[0]) > number(pair[1]));
    if let Some(name) =
        of_rows.into_iter().find(|_| is_row).or_else(|| names.iter().find(|name| holds_number(name)))
        && !names.iter().any(|name| Field::named(name).is_some())
    {
        let problem = format!("the line is no header: a name would be '{}'", shown(name));
        return Err(Location::in_file(path).line(records.line()).refuse(problem, NO_HEADER));
    }
    Ok(names)
}

/// Whether a text is a number as rows have them, and not the place of a column.
fn is_of_row(text: &str) -> bool {
    const MOST_COLUMNS: f64 = 1000.0;
    units::number(text).is_some_and(|number| number >= MOST_COLUMNS || number.fract() != 0.0)
}

/// Whether a text names a number and has it, as lines of logs do: `loss: 3.2`, `step 100`.
fn holds_number(text: &str) -> bool {
    let parts = text.trim().rsplit_once([':', '=', ' ']);
    parts.is_some_and(|(name, number)| !name.trim().is_empty() && units::number(number).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(u64, Vec<String>)>> {
        let mut records = Records::new("t.csv", text.as_bytes(), (b',', None));
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
        assert_eq!(
            read("x, \"a,\",y\n1, \"b\r\n\r\n,\" ")?,
            [row(1, &["x", "a,", "y"]), row(2, &["1", "b\n\n,"])]
        );
        assert_eq!(read("5\" disk,\"é\"")?, [row(1, &["5\" disk", "é"])]);
        Ok(())
    }

    #[test]
    fn broken_quotes_are_refused_where_they_begin() {
        let message = |text| read(text).unwrap_err().to_string();
        assert!(
            message("a\n\n1,\"b\nc\nd").starts_with("t.csv, line 3: the quote before 'b\\nc\\nd' is never")
        );
        assert!(message("\"a\nb\",\"\"\"c\n").starts_with("t.csv, line 2: the quote before '\"c' is never"));
        assert!(message("1, \"b\n").contains("line 1: the quote before 'b' is never"));
        assert!(message("x\n\"a\"\"b\" \"c\"").contains("line 2: text after the closing quote of 'a\"b'"));
        assert!(message("\"a\"b,1").contains("line 1: text after the closing quote of 'a'"));
    }

    #[test]
    fn records_longer_than_any_buffer_are_read_whole() -> Result<()> {
        let long = "x".repeat(100_000);
        assert_eq!(
            read(&format!("\"{long}\n{long}\",1\n\n{long}"))?,
            [row(1, &[&format!("{long}\n{long}"), "1"]), row(4, &[&long])]
        );
        Ok(())
    }
}
