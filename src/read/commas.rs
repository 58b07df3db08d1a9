//! What commas in the numbers of a table mark.

use std::borrow::Cow;

use crate::units;

/// What commas in the numbers of a delimited table mark.
///
/// ```
/// use nbar::{ReadOptions, Sweep, read::Commas};
/// let options = ReadOptions::default().with_commas(Commas::Decimal);
/// let table = "params;tokens;loss\n1e9;2,5e10;2,51\n";
/// assert_eq!(Sweep::from_csv_reader("runs.csv", table.as_bytes(), &options)?.runs()[0].checkpoints()[0].loss, 2.51);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commas {
    /// Decimals: `2,51` is 2.51, and `1.234,5` is 1234.5.
    Decimal,
    /// Thousands: `1,234` is 1234.
    Thousands,
}

named!(Commas, "commas", [Decimal "decimal", Thousands "thousands"]);

impl Commas {
    /// The record with its numbers as they are written elsewhere; none where it has none with a comma.
    pub(super) fn plain(self, record: &csv::StringRecord) -> Option<csv::StringRecord> {
        let cells = || record.iter().map(|cell| self.number(cell.trim()));
        cells().any(|cell| matches!(cell, Cow::Owned(_))).then(|| {
            cells().fold(csv::StringRecord::new(), |mut record, cell| {
                record.push_field(&cell);
                record
            })
        })
    }

    /// A cell; without separators where it is a number that has them.
    fn number(self, cell: &str) -> Cow<'_, str> {
        let (thousands, decimal) = match self {
            Commas::Decimal => ('.', ','),
            Commas::Thousands => (',', '.'),
        };
        // A single point without a comma may be a decimal one still.
        let has_separators =
            cell.contains(',') || (cell.matches('.').count() > 1 && is_grouped(cell, thousands));
        if !has_separators {
            return cell.into();
        }
        let (whole, fraction) = cell.split_once(decimal).map_or((cell, None), |(w, f)| (w, Some(f)));
        if whole.contains(thousands) && !is_grouped(whole, thousands) {
            return cell.into();
        }
        let whole = whole.replace(thousands, "");
        let number = fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}"));
        if units::number(&number).is_some() { number.into() } else { cell.into() }
    }
}

/// Whether the digits of a number are parted by threes: `1.234.567`, `12.345B`.
pub(super) fn is_grouped(number: &str, mark: char) -> bool {
    let number = number.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_start_matches(['+', '-']);
    let mut groups = number.split(mark);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && is_digits(first));
    first && number.contains(mark) && groups.all(|group| group.len() == 3 && is_digits(group))
}

#[cfg(test)]
mod tests {
    use super::Commas;

    #[test]
    fn numbers_lose_their_separators_and_names_stay() {
        for (cell, decimal, thousands) in [
            ("2,51", "2.51", "2,51"),
            ("100000000,0", "100000000.0", "100000000,0"),
            ("1,234", "1.234", "1234"),
            ("1.234", "1.234", "1.234"),
            ("1.234.567", "1234567", "1.234.567"),
            ("1.234.567,8", "1234567.8", "1.234.567,8"),
            ("1,234,567.8", "1,234,567.8", "1234567.8"),
            ("1,5e9", "1.5e9", "1,5e9"),
            ("1,5B", "1.5B", "1,5B"),
            ("2.5", "2.5", "2.5"),
            ("run a,b", "run a,b", "run a,b"),
        ] {
            assert_eq!(
                [Commas::Decimal.number(cell), Commas::Thousands.number(cell)],
                [decimal, thousands],
                "{cell}"
            );
        }
    }
}
