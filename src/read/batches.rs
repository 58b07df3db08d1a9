//! Batch sizes that change, from a file.

use std::path::Path;

use super::cells::{Range, number};
use super::records::Records;
use super::row::Rows;
use super::source;
use crate::Result;
use crate::error::Location;
use crate::schedule::BatchRamp;
use crate::units;

impl BatchRamp {
    /// Reads rows of a step and the tokens a step from it on, under a header or without one.
    ///
    /// # Errors
    /// When the file cannot be read, holds anything else, and as for [`new`](Self::new).
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let source = source::detect(&name, source::open(path)?)?.csv(&name)?;
        let mut records = Records::new(&name, source.reader, source.delimiter);
        let mut pieces = Vec::new();
        let mut first = true;
        while records.advance()? {
            let is_header = first && units::number(records.cell(0)).is_none();
            first = false;
            if is_header {
                continue;
            }
            let place = Location::in_file(&name).line(records.line());
            if records.len() != 2 {
                let problem = format!("{} cells", records.len());
                return Err(place.refuse(problem, "write a step and the tokens a step from it on"));
            }
            let cell = |index: usize, column: &str, range| {
                number(records.cell(index), range, column).map_err(|r| r.at(place.clone().column(column)))
            };
            pieces.push((cell(0, "step", Range::NonNegative)?, cell(1, "tokens", Range::Positive)?));
        }
        Self::new(pieces)
    }
}
