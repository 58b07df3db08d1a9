//! Numbers in the cells of a table: read, or refused with what to write instead.

use crate::units::parse_quantity;

/// Where the number of a cell must lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    Positive,
    NonNegative,
    Sparsity,
}

impl Range {
    fn holds(self, value: f64) -> bool {
        match self {
            Range::Positive => value > 0.0,
            Range::NonNegative => value >= 0.0,
            Range::Sparsity => (0.0..1.0).contains(&value),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Range::Positive => "a positive number",
            Range::NonNegative => "a number, zero or more",
            Range::Sparsity => "a sparsity from 0 up to, but not including, 1",
        }
    }
}

/// Reads the number in `cell`, or says what is expected of a cell in `column`.
pub(super) fn number(cell: &str, range: Range, column: &str) -> Result<f64, String> {
    match parse_quantity(cell) {
        Ok(value) if range.holds(value) => Ok(value),
        Ok(_) => Err(format!("{}; {}", range.words(), out_of_range(cell, range, column))),
        Err(_) => Err(format!("{}; {}", range.words(), unreadable(cell, column))),
    }
}

fn leave_out(cell: &str, column: &str) -> String {
    format!("mend it, or leave such rows out with --where '{column}!={cell}'")
}

fn out_of_range(cell: &str, range: Range, column: &str) -> String {
    match range {
        Range::Sparsity => "write 0.8 for 80 %".to_owned(),
        _ => leave_out(cell, column),
    }
}

/// What to write instead of a cell that is no number.
fn unreadable(cell: &str, column: &str) -> String {
    let compact: String = cell.chars().filter(|c| !matches!(c, ' ' | ',' | '_' | '\'')).collect();
    let word = cell.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if cell.is_empty() {
        return format!("fill the cell, or leave such rows out with --where '{column}!='");
    }
    if matches!(word.as_str(), "nan" | "inf" | "infinity" | "na" | "n/a" | "null" | "none") {
        return leave_out(cell, column);
    }
    if let Some(percent) = cell.strip_suffix('%').and_then(|digits| parse_quantity(digits).ok()) {
        return format!("write {} for {percent} %", percent / 100.0);
    }
    if cell.parse::<f64>().is_ok_and(f64::is_infinite) {
        return "it is beyond the largest number that a computer holds, 1.8e308".to_owned();
    }
    if compact != cell && parse_quantity(&compact).is_ok() {
        let decimal = cell.replace(',', ".");
        return match (cell.matches(',').count(), parse_quantity(&decimal)) {
            (1, Ok(_)) => format!(
                "a comma could mark thousands or decimals: write {compact} or {decimal}, whichever it is"
            ),
            _ => format!("write {compact}, without separators or spaces"),
        };
    }
    "write 7000000000, 7e9, 7B, 300M or 1.4T".to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_range_are_read() {
        assert_eq!(number("7B", Range::Positive, "params"), Ok(7e9));
        assert_eq!(number("0", Range::NonNegative, "fixed_params"), Ok(0.0));
        assert_eq!(number("0.8", Range::Sparsity, "final_sparsity"), Ok(0.8));
    }

    #[test]
    fn refusals_say_what_to_write() {
        let said = |cell| number(cell, Range::Positive, "x").unwrap_err();
        for (cell, remedy) in [
            ("1,234,567", "write 1234567, without separators"),
            ("1,234", "write 1234 or 1.234"),
            ("3,05", "write 305 or 3.05"),
            ("7 B", "write 7B, without separators or spaces"),
            ("1_000", "write 1000"),
            ("nan", "--where 'x!=nan'"),
            ("-inf", "--where 'x!=-inf'"),
            ("1e400", "beyond the largest number"),
            ("0", "--where 'x!=0'"),
            ("-3", "a positive number"),
            ("", "fill the cell"),
            ("many", "7B, 300M or 1.4T"),
        ] {
            assert!(said(cell).contains(remedy), "{cell}: {}", said(cell));
        }
        assert!(number("80%", Range::Sparsity, "x").unwrap_err().contains("write 0.8 for 80 %"));
        assert!(number("1", Range::Sparsity, "x").unwrap_err().contains("not including, 1"));
    }

    #[test]
    fn long_and_broken_cells_are_shown_short_and_on_one_line() {
        assert_eq!(shown("a\nb"), "a\\nb");
        assert_eq!(shown(&"x".repeat(61)), format!("{}...", "x".repeat(60)));
    }
}
