//! What can be wrong with an input: where, what, and what to do about it.
//!
//! Every [`Error`] has a problem and nearly every one a remedy; it prints as `where: problem; remedy`. Texts name options
//! and columns by their field, in backticks: `` `unique_tokens` ``, with a value `` `checkpoints=all` ``, and with a
//! part of a value `` `columns: loss=NAME` ``. What shows a text may put its own names there, as the command puts flags.
//! Warnings and findings keep to the same rule.

mod location;

pub use location::Location;

use std::fmt;
use std::io;

/// The result of everything in nbar that can refuse its input.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal: input from which nothing can be read, fitted or answered.
///
/// A fit that stops early or that finds a term unidentified is *not* an error: see
/// [`Termination`](crate::optimize::Termination) and [`Warning`](crate::fit::Warning).
///
/// ```
/// let error = nbar::Sweep::from_csv_str("runs.csv", "run,params,tokens,loss\na,1e6,2e9,-3\n").unwrap_err();
/// assert!(error.to_string().contains("runs.csv, line 2, column 'loss': '-3'"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something wrong at a place of the input.
    #[error("{place}: {problem}; {remedy}")]
    #[non_exhaustive]
    Data {
        /// Where it is.
        place: Box<Location>,
        /// What is wrong.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// An error that came of what stands at a place of the input.
    #[error("{place}: {source}")]
    #[non_exhaustive]
    Within {
        /// Where that stands.
        place: Box<Location>,
        /// What is wrong.
        source: Box<Error>,
    },
    /// An option that cannot be what it is set to, or a word that is none of those known.
    #[error("{problem}; {remedy}")]
    #[non_exhaustive]
    Option {
        /// The option.
        field: Box<str>,
        /// What it is set to.
        value: Box<str>,
        /// What is wrong.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A number that cannot be: of a run, an observation or a question. Or a column of another length than the others.
    #[error("{problem}; {remedy}")]
    #[non_exhaustive]
    Value {
        /// What it is the number of.
        field: Box<str>,
        /// What is wrong.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A schedule that cannot be, or does not fit its run.
    #[error("schedule: {problem}; {remedy}")]
    #[non_exhaustive]
    Schedule {
        /// The field that is wrong, by its name in a sweep table.
        field: Box<str>,
        /// What is wrong.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A schedule in a tool's own words that the tool would refuse, that breaks in it, or that it does not know.
    #[error("schedule of {tool}: {problem}; {remedy}")]
    #[non_exhaustive]
    Dialect {
        /// The tool.
        tool: Box<str>,
        /// What is wrong.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A law that is not what it claims to be.
    #[error("the {law} law: {problem}; {remedy}")]
    #[non_exhaustive]
    Claim {
        /// The law.
        law: Box<str>,
        /// What it claims, by the method that does: `gradient`, `linear`, `scalings`, `separable`.
        claim: &'static str,
        /// What is wrong.
        problem: Box<str>,
        /// What to do.
        remedy: &'static str,
    },
    /// A file cannot be opened or read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A quantity such as `7B` that cannot be read.
    #[error("'{value}' is not a number; write 7000000000, 7e9, 7B, 300M or 1.4T")]
    InvalidQuantity {
        /// The text.
        value: String,
    },
    /// A quantity that must be a positive, finite number.
    #[error("{name} = {value} is not {expected}")]
    InvalidNumber {
        /// The quantity.
        name: String,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A column of numbers that does not fit the others.
    #[error("{name} has {found} values where there are {expected} observations")]
    LengthMismatch {
        /// The column.
        name: String,
        /// Its length.
        found: usize,
        /// The number of observations.
        expected: usize,
    },
    /// Fewer observations than a law has parameters, plus one.
    #[error(
        "too few observations: {rows}, where the {parameters} free parameters of the {law} law need at least {needed}; add runs, loosen the filter, or use every checkpoint (--checkpoints all)"
    )]
    TooFewObservations {
        /// Observations there are.
        rows: usize,
        /// The law.
        law: String,
        /// Parameters of the law that are fitted.
        parameters: usize,
        /// The least number of observations.
        needed: usize,
    },
    /// An input that a law or a size needs and the sweep does not have.
    #[error("{needed_by} needs {}, which {missing_from}; {remedy}", marked(.input))]
    MissingInput {
        /// The law or the size.
        needed_by: Box<str>,
        /// The input.
        input: Box<str>,
        /// Where it is missing, as "run 'a' does not give".
        missing_from: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// An option outside its range.
    #[error("{name} = {value} is not {expected}")]
    InvalidOption {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
        /// Its range.
        expected: &'static str,
    },
    /// A derivative that a law writes and that is not the slope of its values.
    #[error(
        "the {law} law writes {written} for the derivative in {parameter} at row {row}, where its values give {difference}; see whether it is taken on the scale on which the parameter is fitted (ln A for a coefficient), and whether parameters stand in the law's order"
    )]
    WrongDerivative {
        /// The law.
        law: String,
        /// The parameter.
        parameter: String,
        /// The row, from 0.
        row: usize,
        /// What the law writes.
        written: f64,
        /// The central difference of its values.
        difference: f64,
    },
    /// A parameter in which a law claims to be linear, and is not.
    #[error(
        "the {law} law claims to be linear in {parameter} and is not, at row {row}; leave it out of what `Law::linear` returns"
    )]
    NotLinear {
        /// The law.
        law: String,
        /// The parameter, or `all of them`, where it is linear in each of several but not in all at once.
        parameter: String,
        /// The row, from 0.
        row: usize,
    },
    /// A law whose coefficient does not take up a unit as it says.
    #[error(
        "{law} says that its inputs may be measured in another unit if {parameter} takes it up, but at row {row} the loss changes; check scalings()"
    )]
    NotScaled {
        /// The law.
        law: String,
        /// The coefficient.
        parameter: String,
        /// The row, from 0.
        row: usize,
    },
    /// A law that claims to fall apart into a power of N and one of D, and does not.
    #[error(
        "the {law} law is not what its `Law::separable` returns, at row {row} with {params} times the parameters and {tokens} times \
         the tokens: {written} and not {claimed}"
    )]
    NotSeparable {
        /// The law.
        law: String,
        /// The row, from 0.
        row: usize,
        /// The parameters of the run, over those of the row.
        params: f64,
        /// Its tokens, over those of the row.
        tokens: f64,
        /// Its loss.
        written: f64,
        /// What was claimed.
        claimed: f64,
    },
    /// A figure that cannot be drawn.
    #[error("cannot draw the figure: {problem}; this is a bug, please report it with the input")]
    Figure {
        /// What the drawing library said.
        problem: String,
    },
    /// A loss that the law does not come down to.
    #[error(
        "a loss of {loss} is not reachable: the law stays above {least:.5}, and {:.1} % of the draws reach it; ask for a higher loss",
        100.0 * .probability
    )]
    NotReachable {
        /// The loss.
        loss: f64,
        /// The least that the law comes to: E, where nothing else is given.
        least: f64,
        /// Share of the draws that reach it.
        probability: f64,
    },
    /// A question that the fit cannot answer.
    #[error("{question}: {problem}; {remedy}")]
    Unanswerable {
        /// What was asked.
        question: &'static str,
        /// Why there is no answer.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
}

impl Error {
    /// What is wrong, without where.
    #[must_use]
    pub fn problem(&self) -> String {
        match self {
            Self::Within { source, .. } => source.problem(),
            Self::Data { problem, .. }
            | Self::Option { problem, .. }
            | Self::Value { problem, .. }
            | Self::Schedule { problem, .. }
            | Self::Dialect { problem, .. }
            | Self::Claim { problem, .. } => problem.to_string(),
            _ => self.to_string(),
        }
    }

    /// An option that cannot be what it is set to: `` `tie` beta=alpha repeats an earlier tie ``. A `field` of several words
    /// is written without backticks.
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
    [&*marked(field), value, problem]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
        .into()
}

/// The name of a field in backticks; words that are no field's name as they are.
fn marked(name: &str) -> String {
    let is_field =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_field { format!("`{name}`") } else { name.to_owned() }
}
