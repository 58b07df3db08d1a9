//! A column of which each cell is a number.

use super::super::fields::Field;
use super::super::row::Rows;
use super::super::scale;
use super::Columns;
use crate::run::Conversion;
use crate::units;

/// What few digits may leave open: `7B` is 6.7B, and `1e8` is not 1.4e8.
const DIGITS: f64 = 0.1;

/// A column and how its cells become numbers.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) index: usize,
    pub(super) header: String,
    pub(super) conversion: Conversion,
}

impl Columns {
    /// The column of a field.
    pub(super) fn source(&self, field: Field) -> Option<Source> {
        let index = self.index(field)?;
        Some(Source { index, header: self.headers[index].clone(), conversion: self.conversion(field) })
    }
}

impl Source {
    /// The number in a row, and how far its digits leave it open.
    pub(super) fn number(&self, row: &impl Rows) -> Option<(f64, f64)> {
        let cell = row.cell(self.index);
        let value = units::number(cell)?;
        let number = |value: f64| match self.conversion {
            Conversion::Factor(factor) => Some(scale::times(cell, value, factor)),
            conversion => conversion.apply(value),
        };
        let exact = number(value)?;
        let open = number(value + half_a_digit(cell, value)).map_or(0.0, |more| (more - exact).abs());
        // `50M` is a name for 50,650,000 too.
        let is_name = self.is_label(row);
        let most = DIGITS * exact.abs();
        Some((exact, if is_name { most } else { open.min(most) }))
    }
}

impl Source {
    /// Whether the cell of a row has a unit behind its number, as a label does.
    pub(super) fn is_label(&self, row: &impl Rows) -> bool {
        row.cell(self.index).ends_with(|last: char| last.is_ascii_alphabetic())
    }

    /// Whether a number is that of a row in more digits: 446,208 of `0.4M`.
    pub(super) fn rounds(&self, row: &impl Rows, exact: f64) -> bool {
        let cell = row.cell(self.index);
        let own = units::number(cell).map(|value| (value, half_a_digit(cell, value)));
        own.is_some_and(|(value, half)| self.is_label(row) && (exact - value).abs() <= half)
    }
}

/// Half of the last digit of a cell, in its own unit: 0.5e9 of `7B`, 0.005 of `2.51`.
fn half_a_digit(cell: &str, value: f64) -> f64 {
    let end = cell.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+')).unwrap_or(cell.len());
    let written = &cell[..end];
    let decimals = written.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let unit =
        written.parse::<f64>().ok().filter(|number| *number != 0.0).map_or(0.0, |number| value / number);
    0.5 * unit * 10f64.powi(-(decimals as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_leave_half_of_the_last_one_open() {
        for (cell, half) in [("7B", 0.5e9), ("2.51", 0.005), ("1.4e9", 0.05e9), ("70000000.0", 0.05)] {
            let value = units::number(cell).unwrap();
            assert!((half_a_digit(cell, value) / half - 1.0).abs() < 1e-9, "{cell}");
        }
    }
}
