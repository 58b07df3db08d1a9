//! Texts of JSON: their values, the lines of these, and their cells.
//!
//! Values are split one level at a time and only cells are read, so that depth costs no stack and every record keeps
//! its line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::cells::shown;
use super::super::fields::{Field, normalise};
use super::super::table::Table;
use crate::error::Location;
use crate::{Error, Result};

/// Objects inside objects that become columns: `a/b/c`.
const DEEPEST: usize = 8;

/// A JSON text, which tells the lines of its parts.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub(super) path: &'a str,
    text: &'a str,
    /// A place in the text and its line: parts are mostly asked for in their order.
    place: std::cell::Cell<(usize, u64)>,
}

/// The members of an object, in the order of the file.
pub(super) struct Members<'a>(pub(super) Vec<Member<'a>>);

/// Key and value; keys and cells are parts of the text where nothing in them is escaped.
pub(super) type Member<'a> = (Cow<'a, str>, &'a RawValue);
pub(super) type Cell<'a> = (Cow<'a, str>, Cow<'a, str>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Take;
        impl<'de> Visitor<'de> for Take {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> std::result::Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Take)
    }
}

impl<'a> Text<'a> {
    pub(super) fn new(path: &'a str, text: &'a str) -> Self {
        Self { path, text, place: std::cell::Cell::new((0, 1)) }
    }

    /// The values that the text consists of: one, or one a line.
    pub(super) fn documents(&self) -> Result<Vec<&'a RawValue>> {
        let mut documents = Vec::new();
        for document in serde_json::Deserializer::from_str(self.text).into_iter::<&RawValue>() {
            documents.push(document.map_err(|error| self.broken(&error))?);
        }
        Ok(documents)
    }

    fn broken(&self, error: &serde_json::Error) -> Error {
        let (problem, remedy) = if error.is_eof() {
            (
                "the JSON ends before its brackets are closed".to_owned(),
                "the file was cut short; export it again",
            )
        } else {
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            (format!("no JSON at column {}: {what}", error.column()), "export it again, or mend it there")
        };
        Location::in_file(self.path).line(error.line() as u64).refuse(problem, remedy)
    }

    /// Line on which a part begins, from 1.
    pub(super) fn line(&self, part: &RawValue) -> u64 {
        let offset = (part.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let (from, line) = Some(self.place.get()).filter(|(from, _)| *from <= offset).unwrap_or((0, 1));
        let breaks = self.text.as_bytes()[from..offset].iter().filter(|byte| **byte == b'\n').count();
        self.place.set((offset, line + breaks as u64));
        line + breaks as u64
    }

    pub(super) fn refuse(&self, part: &RawValue, problem: String, remedy: &'static str) -> Error {
        Location::in_file(self.path).line(self.line(part)).refuse(problem, remedy)
    }

    /// Splits a part into its own, one level down.
    pub(super) fn parse<T: Deserialize<'a>>(&self, part: &'a RawValue, expected: &str) -> Result<T> {
        serde_json::from_str(part.get()).map_err(|_| {
            self.refuse(
                part,
                format!("'{}' is not {expected}", shown(part.get())),
                "see docs/guide.md for the JSON that is read",
            )
        })
    }

    /// The cells of an object; those of objects in it are called `a/b`.
    pub(super) fn flatten(&self, prefix: &str, part: &'a RawValue) -> Result<Vec<Cell<'a>>> {
        let mut cells = Vec::new();
        self.flatten_members(prefix, self.record(part)?, &mut cells, 0)?;
        Ok(cells)
    }

    /// The members of what should be a record.
    pub(super) fn record(&self, part: &'a RawValue) -> Result<Members<'a>> {
        self.parse(part, "a record {\"run\": ..., \"loss\": ...}")
    }

    fn flatten_members(
        &self,
        prefix: &str,
        members: Members<'a>,
        cells: &mut Vec<Cell<'a>>,
        depth: usize,
    ) -> Result<()> {
        for (key, value) in members.0 {
            let name = if prefix.is_empty() { key } else { format!("{prefix}/{key}").into() };
            if !value.get().starts_with('{') {
                cells.extend(cell(value).map(|cell| (name, cell)));
            } else if normalise(&name) == Field::Schedule.name() {
                // A tool's schedule is read as the cell of a table is.
                cells.push((name, value.get().into()));
            } else if depth + 1 == DEEPEST {
                let problem = format!("'{name}' holds objects more than {DEEPEST} deep");
                return Err(self.refuse(value, problem, "write the record flat"));
            } else {
                self.flatten_members(&name, self.record(value)?, cells, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Adds the rows of a curve, with what its run has once.
    pub(super) fn add_rows(&self, table: &mut Table, facts: &[Cell<'a>], rows: &'a RawValue) -> Result<()> {
        let rows: Vec<&RawValue> = self.parse(rows, "an array of rows")?;
        if !rows.is_empty() {
            table.share(facts.iter().map(|(name, cell)| (&**name, &**cell)));
            for row in rows {
                self.add_row(table, row, self.record(row)?)?;
            }
            table.share(std::iter::empty());
        }
        Ok(())
    }

    /// Adds a row with these members.
    pub(super) fn add_row(&self, table: &mut Table, row: &RawValue, members: Members<'a>) -> Result<()> {
        let mut cells = Vec::with_capacity(members.0.len());
        self.flatten_members("", members, &mut cells, 0)?;
        let mut columns: Vec<usize> = Vec::with_capacity(cells.len());
        for (name, cell) in &cells {
            let column = table.column(name);
            table.set(column, cell);
            columns.push(column);
        }
        // Keys mostly come in the order of the columns, each once.
        if !columns.is_sorted_by(|a, b| a < b) {
            let is_again = |place: &usize| columns[..*place].contains(&columns[*place]);
            if let Some(again) = (0..columns.len()).find(is_again) {
                let problem = format!("the key '{}' is there twice in one record", shown(&cells[again].0));
                return Err(self.refuse(row, problem, "keep one of them"));
            }
        }
        table.end_row(self.line(row));
        Ok(())
    }
}

pub(super) fn is_array(value: &RawValue) -> bool {
    value.get().starts_with('[')
}

/// A value as a table's cell: text without its quotes, other values as they are written; none for null.
pub(super) fn cell(value: &RawValue) -> Option<Cow<'_, str>> {
    let written = value.get();
    if written == "null" {
        return None;
    }
    if written.starts_with('"') {
        // A string that holds half a surrogate pair stays as it is written.
        return Some(serde_json::from_str(written).map_or(Cow::Borrowed(written), Cow::Owned));
    }
    if written.starts_with('[') {
        return Some(Cow::Owned(shown(written)));
    }
    Some(Cow::Borrowed(written))
}
