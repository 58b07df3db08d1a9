//! Batch sizes that change, from a file.

use std::path::Path;

use super::cells::{Range, number};
use super::fields::normalise;
use super::records::Records;
use super::row::Rows;
use super::{scale, source};
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
        let (mut first, mut units) = (true, [1.0; 2]);
        while records.advance()? {
            let is_header = first && units::number(records.cell(0)).is_none();
            first = false;
            let place = Location::in_file(&name).line(records.line());
            if records.len() != 2 {
                let problem = format!("{} cells", records.len());
                return Err(place.refuse(problem, "write a step and the tokens a step from it on"));
            }
            if is_header {
                let is_swapped = normalise(records.cell(0)).contains("token")
                    && normalise(records.cell(1)).contains("step");
                if is_swapped {
                    return Err(place.refuse("the steps stand last", "write the step first, then its tokens"));
                }
                units = [0, 1].map(|index| scale::without_unit(records.cell(index)).1);
                continue;
            }
            let cell = |index: usize, column: &str, range| {
                let cell = scale::in_unit(records.cell(index), units[index]);
                number(&cell, range, column).map_err(|r| r.at(place.clone().column(column)))
            };
            pieces.push((cell(0, "step", Range::NonNegative)?, cell(1, "tokens", Range::Positive)?));
        }
        Self::new(pieces)
    }
}
