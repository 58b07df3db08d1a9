//! Columns of the right length and of usable numbers.

use crate::{Error, Result};

pub(super) fn check(name: &str, column: &[f64], rows: usize) -> Result<()> {
    check_each(name, column, rows, "a positive, finite number", |v| v.is_finite() && v > 0.0)
}

pub(super) fn check_finite(name: &str, column: &[f64], rows: usize) -> Result<()> {
    check_each(name, column, rows, "a finite number", f64::is_finite)
}

fn check_each(
    name: &str,
    column: &[f64],
    rows: usize,
    expected: &'static str,
    good: impl Fn(f64) -> bool,
) -> Result<()> {
    if column.len() != rows {
        return Err(Error::length(name, column.len(), rows));
    }
    match column.iter().position(|v| !good(*v)) {
        Some(row) => {
            let field = format!("the {name} of observation {row}");
            let problem = format!("is {}, not {expected}", column[row]);
            Err(Error::value(&field, "", &problem, "mend it, or leave the observation out"))
        }
        None => Ok(()),
    }
}
