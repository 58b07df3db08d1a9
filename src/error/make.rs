//! How errors are made.

use std::fmt;
use std::io;

use super::Error;

impl Error {
    /// A file that cannot be read.
    pub fn read(path: impl Into<Box<str>>, source: io::Error) -> Self {
        Self::Read { path: path.into(), source }
    }

    /// A file that cannot be written.
    pub fn write(path: impl Into<Box<str>>, source: io::Error) -> Self {
        Self::Write { path: path.into(), source }
    }

    /// An option that cannot be what it is set to: `` `tie` beta=alpha repeats an earlier tie ``. A `field` of several
    /// words is written without backticks.
    pub fn option(field: &str, value: impl fmt::Display, problem: &str, remedy: impl Into<Box<str>>) -> Self {
        let value = value.to_string().into_boxed_str();
        let problem = sentence(field, &value, problem);
        Self::Option { field: field.into(), value, problem, remedy: remedy.into() }
    }

    /// A word that is none of those known.
    pub(crate) fn unknown(field: &str, value: &str, known: &str) -> Self {
        Self::option(field, format!("'{value}'"), "is not known", format!("choose one of {known}"))
    }

    /// A number that cannot be.
    pub(crate) fn value(
        field: &str,
        value: impl fmt::Display,
        problem: &str,
        remedy: impl Into<Box<str>>,
    ) -> Self {
        let problem = sentence(field, &value.to_string(), problem);
        Self::Value { field: field.into(), problem, remedy: remedy.into() }
    }

    /// A column that is not as long as the others.
    pub(crate) fn length(field: &str, found: usize, rows: usize) -> Self {
        let problem = format!("is of length {found}, and the observations are of length {rows}");
        Self::value(field, "", &problem, "give one for each")
    }

    /// A number of a schedule that cannot be.
    pub(crate) fn schedule(
        field: &str,
        value: impl fmt::Display,
        problem: &str,
        remedy: impl Into<Box<str>>,
    ) -> Self {
        let problem = sentence(field, &value.to_string(), problem);
        Self::Schedule { field: field.into(), problem, remedy: remedy.into() }
    }

    /// An input that is needed and not there.
    pub fn missing(
        needed_by: impl Into<Box<str>>,
        input: impl Into<Box<str>>,
        missing_from: impl Into<Box<str>>,
        remedy: impl Into<Box<str>>,
    ) -> Self {
        let (needed_by, input) = (needed_by.into(), input.into());
        Self::MissingInput { needed_by, input, missing_from: missing_from.into(), remedy: remedy.into() }
    }

    /// A law that is not what it claims to be.
    pub(crate) fn claim(
        law: &str,
        claim: &'static str,
        problem: impl Into<Box<str>>,
        remedy: impl Into<Box<str>>,
    ) -> Self {
        Self::Claim { law: law.into(), claim, problem: problem.into(), remedy: remedy.into() }
    }

    /// Work that was stopped.
    pub(crate) fn cancelled(what: &'static str, problem: impl Into<Box<str>>) -> Self {
        Self::Cancelled { what, problem: problem.into() }
    }

    /// A question that has no answer.
    pub fn unanswerable(
        question: &'static str,
        problem: impl Into<Box<str>>,
        remedy: impl Into<Box<str>>,
    ) -> Self {
        Self::Unanswerable { question, problem: problem.into(), remedy: remedy.into() }
    }
}

/// Subject, value and what is wrong with it; the subject in backticks if it is a field's name.
fn sentence(field: &str, value: &str, problem: &str) -> Box<str> {
    let field = marked(field);
    let parts = [field.as_str(), value, problem].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ").into()
}

/// The name of a field in backticks; words that are no field's name as they are.
pub(super) fn marked(name: &str) -> String {
    let is_of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = !name.is_empty() && name != "the" && name.chars().all(is_of_a_name);
    if is_name { format!("`{name}`") } else { name.to_owned() }
}
