//! Tables of logged parameter counts.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::cells::{Range, Refusal, number};
use super::fields::Field;
use super::row::Rows;
use super::small::open;
use super::source;
use crate::Result;
use crate::error::Location;
use crate::run::{Counted, TrajectoryLog};
use crate::schedule::Unit;

impl TrajectoryLog {
    /// Reads a table from a file.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, or holds a cell that is no count; the message names file, line and
    /// column.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_reader(&path.display().to_string(), source::open(path)?)
    }

    /// Reads a table from a text; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    #[allow(clippy::should_implement_trait)] // It takes a name besides the text.
    pub fn from_str(name: &str, text: &str) -> Result<Self> {
        Self::from_reader(name, text.as_bytes())
    }

    /// Reads a table from anything that can be read.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_reader(name: &str, reader: impl Read) -> Result<Self> {
        let mut table = open(name, reader, &[Field::Run])?;
        let (unit, position) = table.first(&[Field::Tokens, Field::Step], "tokens or step")?;
        let counts = [Field::ActiveParams, Field::Nonzero, Field::Sparsity];
        let (counted, count) = table.first(&counts, "params, nonzero or sparsity")?;
        let unit = if unit == Field::Step { Unit::Step } else { Unit::Token };
        let (counted, range) = match counted {
            Field::Sparsity => (Counted::Sparsity, Range::Sparsity),
            Field::Nonzero => (Counted::Nonzero, Range::Positive),
            _ => (Counted::Params, Range::Positive),
        };
        let run = table.columns.index(Field::Run);
        let header = table.columns.headers().to_vec();
        let mut log = Self {
            path: name.to_owned(),
            unit,
            counted,
            rows: 0,
            names: Vec::new(),
            index: HashMap::new(),
            points: Vec::new(),
        };
        let mut current: usize = 0;
        while table.advance()? {
            let id = run.map_or("", |index| table.cell(index));
            if log.names.get(current).is_none_or(|name| name != id) {
                current = *log.index.entry(id.to_owned()).or_insert(log.names.len());
                if current == log.names.len() {
                    log.names.push(id.to_owned());
                    log.points.push(Vec::new());
                }
            }
            let place = |index: usize| Location::in_file(name).line(table.line()).column(&header[index]);
            let cell = |index: usize, range| {
                number(table.cell(index), range, &header[index]).map_err(|refusal| refusal.at(place(index)))
            };
            let point = (cell(position, Range::NonNegative)?, cell(count, range)?);
            let points = &mut log.points[current];
            if let Some(before) = points.last().filter(|before| before.0 >= point.0) {
                let is_not = format!("after {}, where the run's row before it stands", before.0);
                let remedy = "sort the rows, and keep one at each position";
                return Err(Refusal::of(table.cell(position), &is_not, remedy).at(place(position)));
            }
            points.push(point);
            log.rows += 1;
        }
        if log.rows == 0 {
            let remedy = "give a row for each count";
            return Err(Location::in_file(name).refuse("no row follows the header", remedy));
        }
        Ok(log)
    }
}
