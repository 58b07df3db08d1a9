//! What the names of a formula are: inputs, or parameters.

use super::expr::Expr;
use crate::law::Input;
use crate::units::number;
use crate::{Error, Result};

/// Longest of a formula's lists: derivatives of each parameter are kept for a block of rows.
const MOST: usize = 32;
/// Between a formula and what it says of its names.
const WHERE: &str = "where";

/// What is said of a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Declared {
    /// It is a column of the table.
    Column,
    /// It is a parameter, searched over this range.
    Range([f64; 2]),
}

/// The names of a formula, in the order in which they first stand in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Names {
    declared: Vec<(String, Declared)>,
    pub(super) inputs: Vec<Input>,
    pub(super) parameters: Vec<String>,
}

/// A refusal of a formula, with the place.
pub(super) fn refuse(text: &str, at: usize, problem: &str, remedy: impl Into<Box<str>>) -> Error {
    let before = text.get(..at).unwrap_or(text).chars().count();
    let place = format!("{problem}, at character {}:\n  {text}\n  {}^", before + 1, " ".repeat(before));
    Error::option("law", "", &place, remedy)
}

/// The place of an item in a list, to which it is added if it is new.
fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|own| *own == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

impl Names {
    pub(super) fn new(declared: &[(String, Declared)]) -> Self {
        Self { declared: declared.to_vec(), inputs: Vec::new(), parameters: Vec::new() }
    }

    /// What is said of a name.
    pub(super) fn said(&self, name: &str) -> Option<Declared> {
        self.declared.iter().find(|(own, _)| own == name).map(|(_, said)| *said)
    }

    /// The place of a column.
    pub(super) fn column(&mut self, name: &str) -> usize {
        place(&mut self.inputs, Input::Column(name.to_owned().into()))
    }

    /// What a name is, or the problem and the remedy.
    pub(super) fn symbol(&mut self, name: &str) -> Result<Expr, (String, &'static str)> {
        let said = self.said(name);
        if said == Some(Declared::Column) {
            return Ok(Expr::Input(self.column(name)));
        }
        let input = Input::named(name);
        if !matches!(input, Input::Column(_)) {
            return Ok(Expr::Input(place(&mut self.inputs, input)));
        }
        if name == "loss" || name == "L" {
            let problem = format!("has {name}, which is what a law says and no input of it");
            return Err((problem, "write the right side alone, of inputs and parameters"));
        }
        let index = place(&mut self.parameters, name.to_owned());
        if index == MOST {
            return Err((format!("has more than {MOST} parameters"), "write a law of fewer"));
        }
        Ok(Expr::Parameter(index))
    }
}

/// A formula and what it says of its names: `E + A/N^alpha where E=1..3, alpha=0.1..1`.
pub(super) fn split(text: &str) -> Result<(&str, Vec<(String, Declared)>)> {
    let is_edge = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let alone = |at: &usize| {
        is_edge(text[..*at].chars().next_back()) && is_edge(text[at + WHERE.len()..].chars().next())
    };
    let is_quoted = |at: &usize| text[..*at].matches('"').count() % 2 == 1;
    let mut places = text.match_indices(WHERE).map(|(at, _)| at);
    let Some(at) = places.find(|at| alone(at) && !is_quoted(at)) else {
        return Ok((text.trim_end(), Vec::new()));
    };
    let (formula, said) = (text[..at].trim_end(), &text[at + WHERE.len()..]);
    let mut declared: Vec<(String, Declared)> = Vec::new();
    let mut from = at + WHERE.len();
    let mut is_quoted = false;
    let outside = |letter: char| {
        is_quoted ^= letter == '"';
        letter == ',' && !is_quoted
    };
    for part in said.split(outside) {
        let here = from + part.len() - part.trim_start().len();
        let refuse = |problem: &str, remedy: &'static str| refuse(text, here, problem, remedy);
        let written = "write NAME=LEAST..MOST or NAME=column, separated by commas: `law=E + A/N^alpha where alpha=0.1..1`";
        let Some((name, value)) = part.split_once('=') else {
            return Err(refuse("says nothing of a name", written));
        };
        let (name, value) = (name.trim(), value.trim());
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        let range = || {
            let (least, most) = value.split_once("..")?;
            Some([number(least)?, number(most)?])
        };
        let said = match (value, range()) {
            ("column", _) => Declared::Column,
            (_, Some([least, most])) if least < most => Declared::Range([least, most]),
            (_, Some(_)) => {
                return Err(refuse(
                    "has a range that does not go from a lower to a higher number",
                    "swap its ends",
                ));
            }
            (_, None) => return Err(refuse("has neither a range nor the word column", written)),
        };
        if declared.iter().any(|(own, _)| own == name) {
            return Err(refuse("says two things of one name", "remove one"));
        }
        declared.push((name.to_owned(), said));
        from += part.len() + 1;
    }
    Ok((formula, declared))
}

/// A formula with what is said of its names, as [`split`] takes it apart.
pub(super) fn joined(formula: &str, declared: &[(String, Declared)]) -> String {
    let said = |(name, said): &(String, Declared)| match said {
        Declared::Column if !name.chars().all(|c| c.is_alphanumeric() || c == '_') => {
            format!("\"{name}\"=column")
        }
        Declared::Column => format!("{name}=column"),
        Declared::Range([least, most]) => format!("{name}={}..{}", short(*least), short(*most)),
    };
    match declared {
        [] => formula.to_owned(),
        _ => format!("{formula} {WHERE} {}", declared.iter().map(said).collect::<Vec<_>>().join(", ")),
    }
}

/// A number in the shorter of two ways of writing it.
fn short(value: f64) -> String {
    let (plain, scientific) = (value.to_string(), format!("{value:e}"));
    if scientific.len() < plain.len() { scientific } else { plain }
}

/// Refuses names of which something is said that is not so, and a formula without inputs or parameters.
pub(super) fn check(text: &str, names: &Names) -> Result<()> {
    for (name, said) in &names.declared {
        let is_input = names.inputs.iter().any(|input| matches!(input, Input::Column(own) if own == name));
        let is_used = match said {
            Declared::Column => is_input,
            Declared::Range(_) => names.parameters.contains(name),
        };
        if !is_used {
            let at =
                text.rfind(&format!("{name}=")).or_else(|| text.rfind(name.as_str())).unwrap_or_default();
            let problem = format!("says what {name} is, and has no parameter of this name");
            return Err(refuse(
                text,
                at,
                &problem,
                format!("remove it; the parameters are {}", names.parameters.join(", ")),
            ));
        }
    }
    for (name, input, capital, what) in
        [("n", Input::Params, 'N', "parameters"), ("d", Input::Tokens, 'D', "tokens")]
    {
        // Beside D, d is a name like any other.
        let is_meant = names.parameters.iter().any(|own| own == name) && !names.inputs.contains(&input);
        if is_meant && names.said(name).is_none() {
            let problem = format!("reads no {capital}, and has a parameter {name}");
            let remedy = format!("write {capital} for {what}, or give the parameter another name");
            return Err(Error::option("law", format!("'{text}'"), &problem, remedy));
        }
    }
    let missing = match (names.parameters.is_empty(), names.inputs.is_empty()) {
        (true, _) => Some(("has no parameter", "write a formula with one: `law=E + A/N^alpha`")),
        (_, true) => {
            let remedy = "write a formula of N (parameters), D (tokens) or columns of the table; of columns alone say which they are: \
                          `law=E + k/x where x=column`";
            Some(("reads no input", remedy))
        }
        _ => None,
    };
    missing
        .map_or(Ok(()), |(problem, remedy)| Err(Error::option("law", format!("'{text}'"), problem, remedy)))
}
