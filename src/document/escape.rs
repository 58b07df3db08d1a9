//! What files may say of themselves, made harmless: the one place for all that is printed or written.

use std::borrow::Cow;

/// Whether a character steers a terminal or turns the direction of a text: controls but tabs and line breaks, marks of
/// direction, and separators of lines and paragraphs.
fn steers(c: char) -> bool {
    let directs =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    directs || (c.is_control() && c != '\n' && c != '\t')
}

/// A text with controls and marks of direction written as in JSON, `\u001b`: no terminal is steered, and a document stays
/// what it was.
///
/// ```
/// assert_eq!(nbar::report::escaped("\u{1b}[31mred\n"), "\\u001b[31mred\n");
/// ```
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\r' => out.push_str("\\r"),
            _ if steers(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A cell of a CSV, [`escaped`], which a spreadsheet is not to take for a formula: an apostrophe goes before what begins one.
///
/// ```
/// use nbar::report::csv_cell;
/// assert_eq!((&*csv_cell("=1+1"), &*csv_cell("-1.5")), ("'=1+1", "-1.5"));
/// ```
#[must_use]
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let begins = text.len() > 1 && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    match escaped(text) {
        text if begins && text.parse::<f64>().is_err() => format!("'{text}").into(),
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{csv_cell, escaped};

    #[test]
    fn what_steers_is_written_and_all_else_stays() {
        assert_eq!(
            escaped("\u{1b}[31m\u{9b}1mé N̄\tb\na\r\u{202e}x\u{7f}"),
            "\\u001b[31m\\u009b1mé N̄\tb\na\\r\\u202ex\\u007f"
        );
        // JSON keeps its meaning.
        let document = serde_json::json!({ "run": "\u{1b}[1m\u{202e}\u{9b}" });
        let written = escaped(&document.to_string()).into_owned();
        assert!(written.is_ascii());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&written).expect("JSON"), document);
    }

    #[test]
    fn formulas_are_text_and_numbers_are_numbers() {
        for formula in ["=1+1", "+1+cmd", "-2+3", "@SUM(1)", "\tx", "\rx", "-a"] {
            assert!(csv_cell(formula).starts_with('\''), "{formula:?}");
        }
        for plain in ["-2", "+1e5", "-0.5e-3", "-inf", "-", "", "a=b", "1-2", "é"] {
            assert_eq!(csv_cell(plain), plain);
        }
    }
}
