//! A tool that prints lines while it trains, and what its lines are taken apart with.

use std::borrow::Cow;

use super::super::commas::is_grouped;
use crate::Result;
use crate::run::Format;

/// Names of columns and what stands in them.
pub(in crate::read) type Cells<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// A tool that prints what it does.
pub(in crate::read) trait Console {
    fn format(&self) -> Format;
    /// What the line says of a moment of the training; none for any other line.
    fn row<'a>(&mut self, line: &'a str) -> Option<Cells<'a>>;
    /// What is left of lines that make a row together, once all are read.
    fn last(&mut self) -> Option<Cells<'static>> {
        None
    }
    /// How many lines before the one that ended it the last row began.
    fn lines_back(&self) -> u64 {
        0
    }
    /// What the line says of the whole run.
    fn facts<'a>(&mut self, line: &'a str) -> Cells<'a>;
    /// What to say to the user once all is read, or what the lines lack.
    fn finish(self: Box<Self>, path: &str) -> Result<Vec<String>>;
}

/// What stands after `name`, spaces and a colon or an equals sign left out, up to a space, a comma or a bar.
pub(super) fn after<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.split_once(name)?.1.trim_start_matches([' ', ':', '=']);
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | ')')).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// A whole number that may have commas: `491,520`.
pub(super) fn whole(text: &str) -> Option<String> {
    let text = text.trim_start_matches([' ', ':', '=']);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
    let digits: String = text[..end].chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// A whole number and nothing else, in which commas may part thousands: `1335`, `1,335`.
pub(super) fn whole_alone(text: &str) -> Option<String> {
    let text = text.trim();
    (text.bytes().all(|byte| byte.is_ascii_digit()) || is_grouped(text, ',')).then(|| whole(text)).flatten()
}

/// The whole number after `name`.
pub(super) fn whole_after(line: &str, name: &str) -> Option<String> {
    whole(line.split_once(name)?.1)
}

/// Whether a text is a loss: a number, or what is printed where there is none.
pub(super) fn is_loss(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

/// A cell of a column.
pub(super) fn cell<'a>(name: &'static str, text: impl Into<Cow<'a, str>>) -> (Cow<'a, str>, Cow<'a, str>) {
    (Cow::Borrowed(name), text.into())
}
