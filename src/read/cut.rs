//! A file that ends inside a number, of which no digit tells that others were to follow.

use crate::Result;
use crate::error::Location;

/// Rows that show how many digits a number has.
const SHOWN: usize = 3;
/// Rows that are looked at.
const MOST: usize = 1000;

/// The fewest digits that the numbers of each column have behind the point.
#[derive(Debug, Default)]
pub(super) struct Digits {
    rows: usize,
    /// Name, numbers seen, and their fewest digits.
    columns: Vec<(String, usize, usize)>,
}

impl Digits {
    /// Notes the numbers of a row.
    pub(super) fn note<'a>(&mut self, cells: impl IntoIterator<Item = (&'a str, &'a str)>) {
        if self.rows == MOST {
            return;
        }
        self.rows += 1;
        for (name, number) in cells {
            let Some(digits) = digits(number) else { continue };
            if let Some((_, seen, fewest)) = self.columns.iter_mut().find(|column| column.0 == name) {
                *seen += 1;
                *fewest = digits.min(*fewest);
            } else {
                self.columns.push((name.to_owned(), 1, digits));
            }
        }
    }

    /// Refuses the number at the end of a file without a line break that lacks at least `by` digits of the others.
    pub(super) fn check(&self, name: &str, number: &str, by: usize, place: Location) -> Result<()> {
        let column = self.columns.iter().find(|column| column.0 == name);
        let others = column.zip(digits(number));
        let is_short = |((_, seen, fewest), own): &(&(String, usize, usize), usize)| {
            number.ends_with('.') && *fewest > 0 || *seen >= SHOWN && own + by <= *fewest
        };
        let Some(((_, _, fewest), _)) = others.filter(is_short) else {
            return Ok(());
        };
        Err(place.refuse(
            format!("the file ends in the number '{number}', and others there have {fewest} digits behind the point"),
            "remove the line if it was cut off, or end it with a line break",
        ))
    }
}

/// Digits behind the point of a number, with the exponent that follows them.
fn digits(number: &str) -> Option<usize> {
    let is_number = number.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.,eE".contains(&byte));
    is_number.then(|| number.find(['.', ',']).map_or(0, |point| number.len() - point - 1))
}
