//! Tables of logged parameter counts.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::cells::{Range, Refusal, number};
use super::columns::shown_list;
use super::fields::normalise;
use super::records::{Records, empty};
use super::source;
use super::table::{Rows, check_width};
use crate::Result;
use crate::error::Location;
use crate::run::{Counted, TrajectoryLog};
use crate::schedule::Unit;

/// Names of columns, normalised, that give a position or a count, in order of preference.
const POSITIONS: [(Unit, &[&str]); 2] = [
    (Unit::Token, &["tokens", "token", "tokensseen", "trainedtokens", "consumedtokens"]),
    (Unit::Step, &["step", "steps", "globalstep", "iteration"]),
];
const COUNTS: [(Counted, &[&str]); 3] = [
    (Counted::Params, &["params", "parameters", "activeparams"]),
    (Counted::Nonzero, &["nonzero", "nonzeros", "nnz", "nonzeroparams"]),
    (Counted::Sparsity, &["sparsity"]),
];

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
        let source = source::detect(name, reader)?.csv(name)?;
        let mut records = Records::new(name, source.reader, source.delimiter);
        if !records.advance()? {
            return Err(empty(name));
        }
        let header: Vec<String> = (0..records.len()).map(|index| records.cell(index).to_owned()).collect();
        let (unit, position) = choose(name, &header, &POSITIONS, "tokens or step")?;
        let (counted, count) = choose(name, &header, &COUNTS, "params, nonzero or sparsity")?;
        let run = header
            .iter()
            .position(|column| ["run", "runid", "runname"].contains(&normalise(column).as_str()));
        let range = match counted {
            Counted::Sparsity => Range::Sparsity,
            _ => Range::Positive,
        };
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
        while records.advance()? {
            check_width(name, &records, header.len())?;
            let id = run.map_or("", |index| records.cell(index));
            if log.names.get(current).is_none_or(|name| name != id) {
                current = *log.index.entry(id.to_owned()).or_insert(log.names.len());
                if current == log.names.len() {
                    log.names.push(id.to_owned());
                    log.points.push(Vec::new());
                }
            }
            let place = |index: usize| Location::in_file(name).line(records.line()).column(&header[index]);
            let cell = |index: usize, range| {
                number(records.cell(index), range, &header[index]).map_err(|refusal| refusal.at(place(index)))
            };
            let point = (cell(position, Range::NonNegative)?, cell(count, range)?);
            let points = &mut log.points[current];
            if let Some(before) = points.last().filter(|before| before.0 >= point.0) {
                let is_not = format!("after {}, where the run's row before it stands", before.0);
                let remedy = "sort the rows, and keep one at each position";
                return Err(Refusal::of(records.cell(position), &is_not, remedy).at(place(position)));
            }
            points.push(point);
            log.rows += 1;
        }
        if log.rows == 0 {
            return Err(
                Location::in_file(name).refuse("no row follows the header", "give a row for each count")
            );
        }
        Ok(log)
    }
}

/// The first kind that has a column, and the column.
fn choose<T: Copy>(
    path: &str,
    header: &[String],
    kinds: &[(T, &[&str])],
    wanted: &str,
) -> Result<(T, usize)> {
    for &(kind, names) in kinds {
        if let Some(index) = header.iter().position(|column| names.contains(&normalise(column).as_str())) {
            return Ok((kind, index));
        }
    }
    let problem = format!("no column for {wanted} (found: {})", shown_list(header));
    Err(Location::in_file(path).refuse(problem, format!("name the column {wanted}")))
}
