//! What files may say of themselves, made harmless: the one place for all that is printed.

use std::borrow::Cow;

/// Whether a character steers a terminal or turns the direction of a text: controls but tabs and line breaks, marks of
/// direction, and separators of lines and paragraphs.
fn steers(c: char) -> bool {
    let directs =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    directs || (c.is_control() && c != '\n' && c != '\t')
}

/// A text with such characters written as in JSON, `\u001b`, so that a document stays what it was.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
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

/// The same, and line breaks and tabs are written too: what stays on one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    match lines(text) {
        text if text.contains(['\n', '\t']) => text.replace('\n', "\\n").replace('\t', "\\t").into(),
        text => text,
    }
}

/// The same in a row of a Markdown table.
pub(crate) fn markdown(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('|', "\\|")
}

/// A cell of a LaTeX table: what LaTeX takes for commands is text, and numbers have its minus and powers of ten.
pub(crate) fn latex(text: &str) -> String {
    if let Some((digits, power)) = text.split_once('e')
        && let (Ok(_), Ok(power)) = (digits.parse::<f64>(), power.parse::<i32>())
    {
        return format!("${digits} \\times 10^{{{power}}}$");
    }
    if text.starts_with('-') && text.parse::<f64>().is_ok() {
        return format!("${text}$");
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in line(text).chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            _ => out.push(c),
        }
    }
    out
}

/// A cell of a CSV, which a spreadsheet is not to take for a formula: an apostrophe goes before what begins one.
pub(crate) fn csv(text: &str) -> Cow<'_, str> {
    let begins = text.len() > 1 && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    match lines(text) {
        text if begins && text.parse::<f64>().is_err() => format!("'{text}").into(),
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{csv, latex, line, lines, markdown};

    #[test]
    fn what_steers_is_written_and_all_else_stays() {
        assert_eq!(
            lines("\u{1b}[31m\u{9b}1mé N̄\tb\na\r\u{202e}x\u{7f}"),
            "\\u001b[31m\\u009b1mé N̄\tb\na\\r\\u202ex\\u007f"
        );
        assert_eq!(line("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(markdown("a|b\nc\\|"), "a\\|b\\\\nc\\\\\\|");
        // JSON keeps its meaning.
        let document = serde_json::json!({ "run": "\u{1b}[1m\u{202e}\u{9b}" });
        let escaped = lines(&document.to_string()).into_owned();
        assert!(escaped.is_ascii());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("JSON"), document);
    }

    #[test]
    fn latex_takes_no_name_for_a_command_and_numbers_for_numbers() {
        let odd = "a_1 & 50% {#$} ~^\\<";
        let escaped = r"a\_1 \& 50\% \{\#\$\} \textasciitilde{}\textasciicircum{}\textbackslash{}\textless{}";
        assert_eq!(latex(odd), escaped);
        let numbers = ["-0.5", "1.2e-05", "1.5 to 2", "-", "seed"].map(latex);
        assert_eq!(numbers, ["$-0.5$", r"$1.2 \times 10^{-5}$", "1.5 to 2", "-", "seed"]);
    }

    #[test]
    fn formulas_are_text_and_numbers_are_numbers() {
        for formula in ["=1+1", "+1+cmd", "-2+3", "@SUM(1)", "\tx", "\rx", "-a"] {
            assert!(csv(formula).starts_with('\''), "{formula:?}");
        }
        for plain in ["-2", "+1e5", "-0.5e-3", "-inf", "-", "", "a=b", "1-2", "é"] {
            assert_eq!(csv(plain), plain);
        }
    }
}
