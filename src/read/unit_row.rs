//! A row of units below the header: `M`, `B`, `nats`.

use super::cells::shown;
use super::columns::Columns;
use super::fields::Field;
use super::measure::Measure;
use super::row::Rows;
use super::scale;
use crate::error::Location;
use crate::run::Conversion;
use crate::{Result, units};

/// Refuses the first row of a table where it has units in place of numbers, and the header does not say them. Without that row the
/// numbers would be those of other units, so no filter leaves it out.
pub(super) fn refuse(path: &str, columns: &Columns, row: &impl Rows) -> Result<()> {
    let (mut unsaid, mut all) = (None, 0);
    for &field in Field::SWEEP.iter().filter(|field| field.is_amount() || **field == Field::Loss) {
        let Some(index) = columns.index(field).filter(|index| *index < row.len()) else { continue };
        let cell = row.cell(index);
        let is_other =
            field == Field::Loss && Measure::of(field, &format!("loss ({cell})")) != Measure::Plain;
        let Some(factor) = scale::of_unit(cell).or(is_other.then_some(f64::NAN)) else {
            // What is neither empty nor a unit makes it a row like others.
            if cell.is_empty() || cell == "-" {
                continue;
            }
            return Ok(());
        };
        all += 1;
        if factor != 1.0 && columns.conversion(field) == Conversion::None {
            unsaid.get_or_insert((index, cell));
        }
    }
    let Some((index, unit)) = unsaid else { return Ok(()) };
    let header = &columns.headers()[index];
    let unit = shown(unit.trim_matches(['(', ')', '[', ']']));
    let problem = format!("the row has {} and no numbers", units::format_count(all, "unit"));
    let remedy = format!("write units into the header, as in '{header} ({unit})', and remove the row");
    Err(Location::in_file(path).line(row.line()).column(header).refuse(problem, remedy))
}
