//! What files may say of themselves, made harmless in each form of the output.

use std::borrow::Cow;

use nbar::report::escaped;

/// A text without what steers a terminal, line breaks and tabs: what stays on one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    match escaped(text) {
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

#[cfg(test)]
mod tests {
    use super::{latex, line, markdown};

    #[test]
    fn a_line_stays_one() {
        assert_eq!(line("a\nb\tc\u{1b}"), "a\\nb\\tc\\u001b");
        assert_eq!(markdown("a|b\nc\\|"), "a\\|b\\\\nc\\\\\\|");
    }

    #[test]
    fn latex_takes_no_name_for_a_command_and_numbers_for_numbers() {
        let odd = "a_1 & 50% {#$} ~^\\<";
        let escaped = r"a\_1 \& 50\% \{\#\$\} \textasciitilde{}\textasciicircum{}\textbackslash{}\textless{}";
        assert_eq!(latex(odd), escaped);
        let numbers = ["-0.5", "1.2e-05", "1.5 to 2", "-", "seed"].map(latex);
        assert_eq!(numbers, ["$-0.5$", r"$1.2 \times 10^{-5}$", "1.5 to 2", "-", "seed"]);
    }
}
