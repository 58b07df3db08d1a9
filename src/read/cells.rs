//! Numbers in the cells of a table: read, or refused with what to write instead.

use smol_str::{SmolStr, format_smolstr};

use super::commas::{WHICH, is_grouped};
use super::text::{chosen, in_filter};
use crate::Error;
use crate::error::Location;
use crate::run::Conversion;
use crate::units;

/// What is said of a cell that is empty and must not be.
pub(super) const EMPTY: &str = "the cell is empty";

/// Where the number of a cell must lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    Positive,
    /// Of a batch or a sequence: no K, which may be 1,000 or 1,024.
    Length,
    NonNegative,
    Sparsity,
    Share,
    /// Of a ramp: zero or more, in steps, tokens or shares.
    Place,
    Any,
}

impl Range {
    fn holds(self, value: f64) -> bool {
        match self {
            Range::Positive | Range::Length => value > 0.0,
            Range::NonNegative | Range::Place => value >= 0.0,
            Range::Sparsity => (0.0..1.0).contains(&value),
            Range::Share => (0.0..=1.0).contains(&value),
            Range::Any => true,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Range::Positive | Range::Length => "a positive number",
            Range::NonNegative | Range::Place => "a number, zero or more",
            Range::Share => "a share from 0 to 1",
            Range::Any => "a number",
            Range::Sparsity => "a sparsity from 0 up to, but not including, 1",
        }
    }
}

/// What is wrong with a cell, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) problem: String,
    pub(super) remedy: String,
}

impl Refusal {
    /// A cell that is not what it must be.
    pub(super) fn of(cell: &str, is_not: &str, remedy: impl Into<String>) -> Self {
        Self { problem: format!("'{}' is not {is_not}", shown(cell)), remedy: remedy.into() }
    }

    /// A cell that is empty and must not be.
    pub(super) fn empty(column: &str) -> Self {
        let remedy = format!("fill it, or leave such rows out with `filter: {column}!=`");
        Self { problem: EMPTY.to_owned(), remedy }
    }

    pub(super) fn at(self, place: Location) -> Error {
        place.refuse(self.problem, self.remedy)
    }
}

/// Reads the number in `cell`, or refuses it with what to do about `column`.
pub(super) fn number(cell: &str, range: Range, column: &str) -> Result<f64, Refusal> {
    let of_a_whole = matches!(range, Range::Sparsity | Range::Share | Range::Place);
    match if of_a_whole { share(cell) } else { units::number(cell) } {
        _ if cell.is_empty() => Err(Refusal::empty(column)),
        Some(value) if range == Range::Length && cell.ends_with(['k', 'K']) => {
            let problem = format!("'{}' may be {value} or {}", shown(cell), value * 1.024);
            Err(Refusal { problem, remedy: "write the number in full".to_owned() })
        }
        Some(value) if range.holds(value) => Ok(value),
        Some(_) => Err(Refusal::of(cell, range.words(), out_of_range(cell, range, column))),
        None => Err(Refusal::of(cell, range.words(), unreadable(cell, range, column))),
    }
}

/// Whether two cells write the same number: `1e9` and `1B`.
pub(super) fn same_number(left: &str, right: &str) -> bool {
    units::number(left).is_some_and(|left| units::number(right) == Some(left))
}

/// One text for all cells that a filter would find equal: numbers are written in one way.
pub(super) fn one_spelling(cell: &str) -> SmolStr {
    match units::number(cell) {
        Some(value) if value.fract() == 0.0 && value.abs() < 1e6 => format_smolstr!("{value}"),
        Some(value) => format_smolstr!("{value:?}"),
        None => cell.into(),
    }
}

/// Whether a cell writes a number that is not finite.
pub(super) fn is_not_finite(cell: &str) -> bool {
    let word = cell.trim_start_matches(['+', '-']);
    ["nan", "inf", "infinity"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether a cell stands for no number at all, as a run that diverged writes it.
pub(super) fn is_no_number(cell: &str) -> bool {
    let word = cell.trim_start_matches(['+', '-']).to_ascii_lowercase();
    matches!(word.as_str(), "nan" | "inf" | "infinity" | "na" | "n/a" | "null" | "none")
}

/// What a cell like `80%` is of the whole.
fn percent(cell: &str) -> Option<f64> {
    cell.strip_suffix('%').and_then(|number| units::number(number.trim_end())).map(hundredth)
}

/// The sparsity of a density above 0, which is a number, or a percentage.
pub(super) fn density(cell: &str, conversion: Conversion) -> Option<f64> {
    let sparsity = match units::number(cell) {
        Some(number) => conversion.apply(number),
        None => percent(cell).and_then(|share| Conversion::OneLess(1.0).apply(share)),
    };
    sparsity.filter(|sparsity| (0.0..1.0).contains(sparsity))
}

/// A number, or a percentage as what it is of the whole.
pub(super) fn share(cell: &str) -> Option<f64> {
    units::number(cell).or_else(|| percent(cell))
}

/// What a share or a percentage with one comma is if that marks decimals.
fn decimal_share(cell: &str, range: Range) -> Option<f64> {
    let is_share = range == Range::Sparsity || cell.ends_with('%');
    let share = share(&cell.replacen(',', ".", 1)).filter(|_| is_share && cell.contains(','))?;
    (0.0..1.0).contains(&share).then_some(share)
}

/// What a cell like `100 million` is in nbar's own suffixes.
fn in_words(cell: &str) -> Option<String> {
    let (number, word) = cell.split_at(cell.find(|c: char| c.is_alphabetic() && c != 'e' && c != 'E')?);
    let number = number.trim_end_matches([' ', '-', '_']);
    let suffix = match word.to_lowercase().trim_end_matches('s') {
        "thousand" => "K",
        "million" | "mln" | "mio" => "M",
        "billion" | "bn" => "B",
        "trillion" => "T",
        _ => return None,
    };
    units::number(number).map(|_| format!("{number}{suffix}"))
}

/// A hundredth, without the rounding of the division.
pub(super) fn hundredth(percent: f64) -> f64 {
    (1e10 * percent).round() / 1e12
}

/// Whether a cell says that there is none, as of the sparsity of a dense run.
pub(super) fn is_none(cell: &str) -> bool {
    matches!(
        cell.to_ascii_lowercase().as_str(),
        "none" | "null" | "nan" | "na" | "n/a" | "#n/a" | "<na>" | "-" | "–" | "—" | "dense"
    )
}

fn leave_out(cell: &str, column: &str) -> String {
    format!("mend it, or leave such rows out with `filter: {}!={}`", in_filter(column), in_filter(cell))
}

fn out_of_range(cell: &str, range: Range, column: &str) -> String {
    match range {
        Range::Sparsity if units::number(cell) == Some(1.0) => {
            "a sparsity is the share that is pruned; if these are densities, write 1 less each".to_owned()
        }
        Range::Sparsity if units::number(cell).is_some_and(|value| value > 1.0 && value < 100.0) => {
            let is_initial = column.to_lowercase().contains("init");
            let field = if is_initial { "initial_sparsity_percent" } else { "final_sparsity_percent" };
            let said = chosen(field, column);
            format!("write 0.8 for 80 %, or, where all are in percent, say so (`columns: {said}`)")
        }
        Range::Sparsity => "write 0.8 for 80 %".to_owned(),
        _ => leave_out(cell, column),
    }
}

/// What to write instead of a cell that is no number.
fn unreadable(cell: &str, range: Range, column: &str) -> String {
    let compact: String = cell.chars().filter(|c| !matches!(c, ' ' | ',' | '_' | '\'')).collect();
    if is_no_number(cell) {
        return leave_out(cell, column);
    }
    if cell.starts_with(['[', '{']) {
        return "it is a list: write one number, as its last, or give a row for each".to_owned();
    }
    if let Some(share) = decimal_share(cell, range) {
        return format!("write {share}, or say that commas mark decimals: `commas=decimal`");
    }
    if let Some(share) = percent(cell) {
        return match range {
            Range::Positive => "write the number itself, without %".to_owned(),
            _ => format!("write {share} for {cell}"),
        };
    }
    if range == Range::Sparsity {
        let kept = cell
            .split_once(':')
            .and_then(|(n, m)| Some((n.trim().parse::<u32>().ok()?, m.trim().parse::<u32>().ok()?)));
        return match kept.filter(|(n, m)| n < m) {
            Some((n, m)) => format!("write {}, as {n} of {m} are kept", 1.0 - f64::from(n) / f64::from(m)),
            None => "write 0.8 for 80 %".to_owned(),
        };
    }
    if let Some(written) = in_words(cell) {
        return format!("write {written} in its place");
    }
    if cell.parse::<f64>().is_ok_and(f64::is_infinite) {
        return "write a number below 1.8e308, the largest that a computer holds".to_owned();
    }
    if let Some((whole, decimals)) = cell.split_once(',')
        && is_grouped(whole, '.')
        && !decimals.is_empty()
        && decimals.bytes().all(|byte| byte.is_ascii_digit())
    {
        let plain = format!("{}.{decimals}", whole.replace('.', ""));
        return format!("write {plain}, or say that commas mark decimals: `commas=decimal`");
    }
    if compact != cell && units::number(&compact).is_some() {
        let decimal = cell.replace(',', ".");
        let by_threes = is_grouped(cell.split('.').next().unwrap_or_default(), ',');
        return match (cell.matches(',').count(), units::number(&decimal)) {
            (1, Some(_)) if by_threes => format!(
                "write {compact} or {decimal}: the comma could mark thousands or decimals (say {WHICH})"
            ),
            (1, Some(_)) => format!("write {decimal}, or say that commas mark decimals: `commas=decimal`"),
            (1.., _) if by_threes => {
                format!(
                    "write {compact}, without separators or spaces, or say that commas mark thousands: `commas=thousands`"
                )
            }
            _ => format!("write {compact}, without separators or spaces"),
        };
    }
    if cell.matches('.').count() > 1 && is_grouped(cell, '.') {
        let whole = cell.replace('.', "");
        return format!(
            "write {whole}, without separators, or say that dots mark thousands, and commas decimals: `commas=decimal`"
        );
    }
    if column.to_lowercase().contains("loss") {
        return "write a number, as 2.53".to_owned();
    }
    const WRITE: &str = "write 7000000000, 7e9, 7B, 300M or 1.4T";
    match cell.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        // A word may stand on such a row of each run: `final`.
        true => format!("{WRITE}, or leave such rows out with `filter: {column}!={cell}`"),
        false => WRITE.to_owned(),
    }
}

/// A cell as a message shows it: on one line, and not too long.
pub(super) fn shown(cell: &str) -> String {
    const LONGEST: usize = 60;
    let mut text: String = cell.chars().take(LONGEST).flat_map(show_control).collect();
    if cell.chars().nth(LONGEST).is_some() {
        text.push_str("...");
    }
    text
}

fn show_control(letter: char) -> Vec<char> {
    if letter.is_control() { letter.escape_default().collect() } else { vec![letter] }
}

/// Whether a cell of words says that there is nothing, as programs write it.
pub(super) fn is_nothing(cell: &str) -> bool {
    ["nan", "null"].iter().any(|known| cell.eq_ignore_ascii_case(known))
}

/// Whether a cell of words says no.
pub(super) fn is_no(cell: &str) -> bool {
    cell.is_empty()
        || is_no_number(cell)
        || cell.chars().all(|c| matches!(c, '-' | '–' | '—'))
        || ["false", "no", "dense", "unpruned"].iter().any(|no| cell.eq_ignore_ascii_case(no))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_range_are_read() {
        assert_eq!(number("7B", Range::Positive, "params"), Ok(7e9));
        assert_eq!(number("0", Range::NonNegative, "fixed_params"), Ok(0.0));
        assert_eq!(number("0.8", Range::Sparsity, "final_sparsity"), Ok(0.8));
        assert_eq!(number("70 %", Range::Sparsity, "final_sparsity"), Ok(0.7));
    }

    #[test]
    fn refusals_say_what_to_write() {
        let said = |cell, range| {
            let Refusal { problem, remedy } = number(cell, range, "x").unwrap_err();
            format!("{problem}; {remedy}")
        };
        for (cell, remedy) in [
            ("1,234,567", "write 1234567, without separators"),
            ("1,234", "write 1234 or 1.234"),
            ("1.234.567", "write 1234567, without separators, or say that dots mark thousands"),
            ("0,123", "write 0.123, or say that commas mark decimals"),
            ("1.300,5", "write 1300.5, or say that commas mark decimals"),
            ("3,05", "write 3.05, or say that commas mark decimals"),
            ("7 00 B", "write 700B, without separators or spaces"),
            ("1_00", "write 100"),
            ("nan", "`filter: x!=nan`"),
            ("-inf", "`filter: x!=-inf`"),
            ("1e400", "below 1.8e308"),
            ("0", "`filter: x!=0`"),
            ("-3", "'-3' is not a positive number"),
            ("", "the cell is empty; fill it"),
            ("many", "7B, 300M or 1.4T"),
            ("1.5 million", "write 1.5M"),
            ("7 Billions", "write 7B"),
        ] {
            let said = said(cell, Range::Positive);
            assert!(said.contains(remedy), "{cell}: {said}");
        }
        assert!(said("80%", Range::NonNegative).contains("write 0.8 for 80%"));
        assert!(said("80%", Range::Positive).contains("write the number itself, without %"));
        for (cell, share) in [("50,5 %", "0.505"), ("0,5", "0.5"), ("7,25%", "0.0725")] {
            let told = said(cell, Range::Sparsity);
            assert!(told.contains(&format!("write {share}, or say that commas mark decimals")), "{told}");
        }
        assert!(said("100%", Range::Sparsity).contains("write 0.8 for 80 %"));
        assert!(said("1", Range::Sparsity).contains("not including, 1"));
    }

    #[test]
    fn long_and_broken_cells_are_shown_short_and_on_one_line() {
        assert_eq!(shown("a\nb"), "a\\nb");
        assert_eq!(shown(&"x".repeat(61)), format!("{}...", "x".repeat(60)));
    }
}
