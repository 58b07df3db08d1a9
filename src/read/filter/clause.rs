//! One comparison of a filter.

use std::cell::RefCell;

use super::super::cells::Refusal;
use super::super::columns::Columns;
use super::super::text::shown_list;
use super::Beside;
use crate::run::{Conversion, Unmet};
use crate::units;
use crate::{Error, Result};

/// A comparison of one clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Longer ones first: `<=` begins with `<`.
const OPERATORS: [(&str, Operator); 7] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

#[derive(Debug)]
pub(super) struct Clause {
    text: String,
    /// What it asks about: a column.
    of: String,
    /// None for the number of the row's line.
    pub(super) column: Option<usize>,
    operator: Operator,
    value: String,
    number: Option<f64>,
    /// Of a clause that asks for one value: the first others, until a row has it.
    others: RefCell<Option<Vec<String>>>,
}

/// What stands for the number of a row's line, where no column has that name.
const LINE: &str = "line";
/// What names and values may stand between.
pub(super) const QUOTES: [char; 2] = ['"', '\''];
/// How to write a clause.
const FORM: &str = "write clauses such as outlier=0,params>=1e8, by = != < <= > or >=; a name or value with a comma, and, or or stands in quotes";

/// What stands in the quotes that a text begins with, and what follows.
pub(super) fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|first| QUOTES.contains(first))?;
    text[1..].split_once(quote)
}

/// A name or a value without its quotes.
fn bare(text: &str) -> &str {
    quoted(text).filter(|(_, rest)| rest.is_empty()).map_or(text, |(inside, _)| inside)
}

/// Whether two texts are one; of a truth whichever way it is written, `True` or `true`.
fn is_same(a: &str, b: &str) -> bool {
    let is_truth = |text: &str| ["true", "false"].iter().any(|truth| text.eq_ignore_ascii_case(truth));
    a == b || (is_truth(a) && a.eq_ignore_ascii_case(b))
}

/// Whether a text is a whole number of more digits than a double tells apart, as names and hashes may be.
fn is_long(text: &str) -> bool {
    text.len() > 15 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Operator {
    fn is_of_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

impl Clause {
    /// Reads a clause of the option of this name.
    pub(super) fn parse(
        option: &'static str,
        text: &str,
        path: &str,
        (columns, beside): (&Columns, &Beside),
    ) -> Result<Self> {
        let refuse =
            |problem: &str, remedy: &str| Error::option(option, format!("'{text}'"), problem, remedy);
        let from = quoted(text).map_or(0, |(_, rest)| text.len() - rest.len());
        let at = text[from..].find(['=', '!', '<', '>']).ok_or_else(|| refuse("compares nothing", FORM))?;
        let (name, rest) = (bare(text[..from + at].trim()), &text[from + at..]);
        let (mark, operator) = *OPERATORS
            .iter()
            .find(|(mark, _)| rest.starts_with(mark))
            .ok_or_else(|| refuse("has no comparison: '!' alone is none", FORM))?;
        let written = rest[mark.len()..].trim();
        let value = bare(written);
        if written.starts_with(['=', '<', '>', '!']) {
            let problem = format!("has no comparison: '{mark}{}' is none", &written[..1]);
            return Err(refuse(&problem, FORM));
        }
        if name.is_empty() {
            return Err(refuse("names no column", FORM));
        }
        let own = columns.find(name)?;
        let column = own.or_else(|| beside.find(name));
        if column.is_none() && name != LINE {
            let problem = format!("names the column '{name}', which {path} has not");
            let others: Vec<&str> = beside.names().collect();
            let instead = columns.instead_of(name);
            let remedy = match others.is_empty() {
                true => instead,
                false => format!("{instead}, or beside them: {}", shown_list(&others)),
            };
            return Err(refuse(&problem, &remedy));
        }
        let number = units::number(value);
        let converted = own.and_then(|column| columns.converted(column));
        if let Some((own, conversion)) = converted.filter(|(own, _)| *own != name) {
            let problem = format!("compares '{name}', which is computed from '{own}'");
            let value = number
                .map_or_else(|| value.to_owned(), |number| units::significant(conversion.undo(number), 6));
            // What is more of the one is less of the other.
            let mark = match (conversion, mark.chars().next()) {
                (Conversion::OneLess(_), Some('<')) => mark.replace('<', ">"),
                (Conversion::OneLess(_), Some('>')) => mark.replace('>', "<"),
                _ => mark.to_owned(),
            };
            let as_written = if value == written {
                String::new()
            } else {
                format!(", or {own}{mark}{written} if its own unit is meant")
            };
            return Err(refuse(&problem, &format!("write {own}{mark}{value}{as_written}")));
        }
        if number.is_none() && !operator.is_of_equality() {
            let problem = format!("compares the size of '{value}', which is not a number");
            return Err(refuse(&problem, "write a number, or compare texts by = or !="));
        }
        let asks_for_one = operator.is_of_equality() && !value.is_empty();
        Ok(Self {
            text: text.to_owned(),
            of: own.map_or(name, |own| &columns.headers()[own]).to_owned(),
            column,
            operator,
            value: value.to_owned(),
            number,
            others: RefCell::new(asks_for_one.then(Vec::new)),
        })
    }

    /// Keeps in mind whether a row, which has this cell, has the value that this asks for.
    pub(super) fn note<'a>(&self, (path, line): (&str, u64), cell: impl Fn(usize) -> &'a str) {
        let mut others = self.others.borrow_mut();
        let Some(known) = &mut *others else { return };
        let Some(column) = self.column else {
            let number = self.value.strip_prefix(path).and_then(|rest| rest.strip_prefix(':'));
            if number.unwrap_or(&self.value).parse() == Ok(line) {
                *others = None;
            }
            return;
        };
        let cell = cell(column);
        if known.last().is_some_and(|last| last == cell) || cell.is_empty() {
            return;
        }
        if self.is_equal(cell) {
            *others = None;
        } else if known.len() < Unmet::VALUES && !known.iter().any(|other| other == cell) {
            known.push(cell.to_owned());
        }
    }

    /// What it asks for, where no row has that.
    pub(super) fn unmet(&self) -> Option<Unmet> {
        let values = self.others.borrow().clone()?;
        let column = self.of.clone();
        let leaves_out = self.operator == Operator::NotEqual;
        let (clause, value) = (self.text.clone(), self.value.clone());
        Some(Unmet { clause, column, value, leaves_out, values })
    }

    /// Whether a cell is the value.
    fn is_equal(&self, cell: &str) -> bool {
        let exact = is_long(cell) && is_long(&self.value);
        match (self.number, units::number(cell).filter(|_| !exact)) {
            (Some(right), Some(left)) => left == right,
            _ => is_same(cell, &self.value),
        }
    }

    /// What it asks about.
    pub(super) fn of(&self) -> &str {
        &self.of
    }

    /// Whether it is about the number of a row's line.
    pub(super) fn is_of_line(&self) -> bool {
        self.column.is_none()
    }

    /// Whether a line fulfils it. Lines are told by number, or with their file before: `a.csv:3`.
    pub(super) fn holds_on_line(&self, path: &str, line: u64) -> bool {
        let of_file = self.value.strip_prefix(path).and_then(|rest| rest.strip_prefix(':'));
        match (of_file, self.operator) {
            (Some(number), Operator::NotEqual) => number.parse() != Ok(line),
            (Some(number), _) => number.parse() == Ok(line),
            (None, _) if self.number.is_none() => true,
            (None, _) => self.holds(&line.to_string()).unwrap_or(true),
        }
    }

    pub(super) fn holds(&self, cell: &str) -> Result<bool, Refusal> {
        if cell.is_empty() || self.value.is_empty() {
            // An empty value asks for empty cells; an empty cell equals nothing else, and has no size.
            let equal = cell.is_empty() && self.value.is_empty();
            return Ok(match self.operator {
                Operator::NotEqual => !equal,
                _ => equal,
            });
        }
        if self.operator.is_of_equality() {
            return Ok(self.is_equal(cell) == (self.operator == Operator::Equal));
        }
        match (self.number, units::number(cell)) {
            (Some(right), Some(left)) => Ok(match self.operator {
                Operator::Less => left < right,
                Operator::AtMost => left <= right,
                Operator::Greater => left > right,
                _ => left >= right,
            }),
            _ => Err(Refusal::of(
                cell,
                &format!("a number, which the filter '{}' needs", self.text),
                format!("mend it, or leave such rows out by '!={cell}' before that"),
            )),
        }
    }
}
