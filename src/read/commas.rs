//! What commas in the numbers of a table mark.

use std::borrow::Cow;

use crate::units;

/// What commas in the numbers of a table mark.
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
    /// Decimals: `2,51` is 2.51, and `1.234,5` is 1234.5. `1.234` alone is read as other cells of its column tell: as 1234 beside
    /// `1.234.567`, as 1.234 beside `0.5`. Where none tells, it is refused.
    Decimal,
    /// Decimals, and dots mark thousands: `1.234` is 1234, unless other cells of its column tell that it is 1.234.
    DecimalDotsThousands,
    /// Thousands: `1,234` is 1234.
    Thousands,
}

named!(Commas, "commas", [Decimal "decimal", DecimalDotsThousands "decimal-dots-thousands", Thousands "thousands"]);

/// What a person has to say of commas that may mark either.
pub(super) const WHICH: &str = "`commas=WHICH`, thousands or decimal";

/// What a single dot before three digits marks in a column, as in `1.234`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dots {
    Decimal,
    Thousands,
    /// No cell of the column tells.
    Either,
}

impl Commas {
    /// A cell; without separators where it is a number that has them.
    pub(super) fn number(self, cell: &str, dots: Dots) -> Cow<'_, str> {
        let (thousands, decimal) = match self {
            Commas::Thousands => (',', '.'),
            Commas::Decimal | Commas::DecimalDotsThousands => ('.', ','),
        };
        let is_parted_by_dots =
            || is_grouped(cell, '.') && (dots == Dots::Thousands || cell.matches('.').count() > 1);
        if !cell.contains(',') && (thousands == ',' || !is_parted_by_dots()) {
            return cell.into();
        }
        let (whole, fraction) = cell.split_once(decimal).map_or((cell, None), |(w, f)| (w, Some(f)));
        if whole.contains(thousands) && !is_grouped(whole, thousands) {
            return cell.into();
        }
        let whole = whole.replace(thousands, "");
        let number = fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}"));
        // `50,0 %` is a number too.
        let is_number = units::number(number.trim_end_matches([' ', '\u{a0}', '%'])).is_some();
        if is_number { number.into() } else { cell.into() }
    }

    /// What single dots mark in a column of these cells, of which those with one alone do not tell.
    pub(super) fn dots<'a>(self, cells: impl Iterator<Item = &'a str>) -> Dots {
        if self == Commas::Thousands {
            return Dots::Decimal;
        }
        let (mut thousands, mut decimals) = (false, false);
        for cell in cells.filter(|cell| cell.contains('.')) {
            let whole = cell.split(',').next().unwrap_or_default();
            let has_more = whole.len() < cell.len() || whole.matches('.').count() > 1;
            thousands |= has_more && is_grouped(whole, '.');
            decimals |= units::number(cell).is_some() && !is_either(cell);
        }
        match (thousands, decimals, self) {
            (true, false, _) => Dots::Thousands,
            (false, true, _) => Dots::Decimal,
            (.., Commas::DecimalDotsThousands) => Dots::Thousands,
            _ => Dots::Either,
        }
    }
}

/// Whether the dot of a cell may mark thousands or decimals: `1.234`.
pub(super) fn is_either(cell: &str) -> bool {
    !cell.contains(',') && cell.matches('.').count() == 1 && is_grouped(cell, '.')
}

/// Whether a cell has commas, or dots that mark thousands.
pub(super) fn has_separators(cell: &str) -> bool {
    cell.contains(',') || (is_grouped(cell, '.') && !is_either(cell))
}

/// What the commas, or the dots, of a cell tell of the commas in its file; nothing where they may mark either, or the cell is no number.
pub(super) fn told_by(cell: &str) -> Option<Commas> {
    let reads = |commas: Commas, dots| matches!(commas.number(cell, dots), Cow::Owned(_));
    let is_decimal = reads(Commas::Decimal, Dots::Either);
    match (is_decimal, reads(Commas::Thousands, Dots::Decimal)) {
        (true, false) => Some(Commas::Decimal),
        (false, true) => Some(Commas::Thousands),
        _ => None,
    }
}

/// Whether the digits of a number are parted by threes: `1.234.567`, `12.345B`. No such number begins with a zero.
pub(super) fn is_grouped(number: &str, mark: char) -> bool {
    let number = number.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_start_matches(['+', '-']);
    let mut groups = number.split(mark);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups
        .next()
        .is_some_and(|first| (1..=3).contains(&first.len()) && is_digits(first) && !first.starts_with('0'));
    first && number.contains(mark) && groups.all(|group| group.len() == 3 && is_digits(group))
}

#[cfg(test)]
mod tests {
    use super::{Commas, Dots, told_by};

    #[test]
    fn numbers_lose_their_separators_and_names_stay() {
        for (cell, decimal, thousands) in [
            ("2,51", "2.51", "2,51"),
            ("100000000,0", "100000000.0", "100000000,0"),
            ("1,234", "1.234", "1234"),
            ("0,234", "0.234", "0,234"),
            ("1.234", "1.234", "1.234"),
            ("1.234.567", "1234567", "1.234.567"),
            ("1.234.567,8", "1234567.8", "1.234.567,8"),
            ("1,234,567.8", "1,234,567.8", "1234567.8"),
            ("1 234,5", "1 234.5", "1 234,5"),
            ("1,5e9", "1.5e9", "1,5e9"),
            ("1,5B", "1.5B", "1,5B"),
            ("2.5", "2.5", "2.5"),
            ("run a,b", "run a,b", "run a,b"),
        ] {
            assert_eq!(
                [(Commas::Decimal, Dots::Either), (Commas::Thousands, Dots::Decimal)]
                    .map(|(commas, dots)| commas.number(cell, dots)),
                [decimal, thousands],
                "{cell}"
            );
        }
        let parted = |cell| Commas::Decimal.number(cell, Dots::Thousands).into_owned();
        assert_eq!(["1.234", "1.5", "0.234", "1.234B"].map(parted), ["1234", "1.5", "0.234", "1234B"]);
    }

    #[test]
    fn single_dots_mark_what_other_cells_of_their_column_tell() {
        for (cells, decimal, said) in [
            (["1.234", "410", "2,5"], Dots::Either, Dots::Thousands),
            (["1.234", "1.234.567", ""], Dots::Thousands, Dots::Thousands),
            (["1.234", "1.234,5", "2,5"], Dots::Thousands, Dots::Thousands),
            (["1.234", "0.250", "x"], Dots::Decimal, Dots::Decimal),
            (["1.234", "1.23", "x"], Dots::Decimal, Dots::Decimal),
            (["1.234", "1.23", "1.234.567"], Dots::Either, Dots::Thousands),
        ] {
            let of = |commas: Commas| commas.dots(cells.into_iter());
            let told = [Commas::Decimal, Commas::DecimalDotsThousands, Commas::Thousands].map(of);
            assert_eq!(told, [decimal, said, Dots::Decimal], "{cells:?}");
        }
    }

    #[test]
    fn cells_tell_what_commas_mark_unless_they_may_mark_either() {
        for (cell, told) in [
            ("3,5520", Some(Commas::Decimal)),
            ("1.234.567", Some(Commas::Decimal)),
            ("0,123", Some(Commas::Decimal)),
            ("1,234,567", Some(Commas::Thousands)),
            ("1,234.5", Some(Commas::Thousands)),
            ("1,234", None),
            ("1.234", None),
            ("a,b", None),
        ] {
            assert_eq!(told_by(cell), told, "{cell}");
        }
    }
}
