//! What can be wrong with an input: where, what, and what to do about it.
//!
//! Every [`Error`] has a problem and nearly every one a remedy; it prints as `where: problem; remedy`. Texts name options
//! and columns by their field, in backticks: `` `unique_tokens` ``, with a value `` `checkpoints=all` ``, and with a
//! part of a value `` `columns: loss=NAME` ``. What shows a text may put its own names there, as the command puts flags.
//! Warnings and findings keep to the same rule.

mod location;
mod make;

pub use location::Location;
use make::marked;

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
    /// A file that cannot be opened or read.
    #[non_exhaustive]
    Read {
        /// The file.
        path: Box<str>,
        /// What the system said.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[non_exhaustive]
    Write {
        /// The file.
        path: Box<str>,
        /// What the system said.
        source: io::Error,
    },
    /// Something wrong at a place of the input.
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
    #[non_exhaustive]
    Within {
        /// Where that stands.
        place: Box<Location>,
        /// What is wrong.
        source: Box<Error>,
    },
    /// An option that cannot be what it is set to, or a word that is none of those known.
    #[non_exhaustive]
    Option {
        /// The option.
        field: Box<str>,
        /// What it is set to.
        value: Box<str>,
        /// What is wrong, the option and its value named.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A number that cannot be: of a run, an observation or a question. Also a column of another length than the others.
    #[non_exhaustive]
    Value {
        /// What it is the number of.
        field: Box<str>,
        /// What is wrong, the field and its value named.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A schedule that cannot be, or does not fit its run.
    #[non_exhaustive]
    Schedule {
        /// The field that is wrong, by its name in a sweep table.
        field: Box<str>,
        /// What is wrong, the field and its value named.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A schedule in a tool's own words that the tool would refuse, that breaks in it, or that it does not know.
    #[non_exhaustive]
    Dialect {
        /// The tool, or the file.
        tool: Box<str>,
        /// What is wrong.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// An input that a law, a size or a schedule needs and that is not there.
    #[non_exhaustive]
    MissingInput {
        /// The law, the size or the schedule.
        needed_by: Box<str>,
        /// The input.
        input: Box<str>,
        /// Where it is missing: `run 'a' does not give`.
        missing_from: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A law that is not what it claims to be.
    #[non_exhaustive]
    Claim {
        /// The law.
        law: Box<str>,
        /// What it claims: `derivative`, `linear`, `takes_up` or `separable`.
        claim: &'static str,
        /// What is wrong.
        problem: Box<str>,
        /// What to do.
        remedy: Box<str>,
    },
    /// A loss that the law does not come down to.
    #[non_exhaustive]
    NotReachable {
        /// The loss.
        loss: f64,
        /// The least that the law comes to: E, where nothing else is given.
        least: f64,
        /// Share of the draws that reach it; not a number where there are no draws.
        probability: f64,
    },
    /// Work that an [`Observer`](crate::Observer) stopped before there was anything to return.
    #[non_exhaustive]
    Cancelled {
        /// What was stopped.
        what: &'static str,
        /// How far it was.
        problem: Box<str>,
    },
    /// A question that the fit or the sweep cannot answer.
    #[non_exhaustive]
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
    ///
    /// ```
    /// let error = "chinchila".parse::<nbar::Size>().unwrap_err();
    /// assert_eq!(error.problem(), "`size` 'chinchila' is not known");
    /// assert!(error.remedy().unwrap().starts_with("choose one of average, initial, final"));
    /// ```
    #[must_use]
    pub fn problem(&self) -> String {
        match self {
            Self::Read { path, source } => format!("cannot read {path}: {source}"),
            Self::Write { path, source } => format!("cannot write {path}: {source}"),
            Self::Within { source, .. } => source.problem(),
            Self::MissingInput { needed_by, input, missing_from, .. } => {
                format!("{needed_by} needs {}, which {missing_from}", marked(input))
            }
            Self::NotReachable { loss, least, probability } => format!(
                "a loss of {loss} is not reachable: the law stays above {least:.5}{}",
                match *probability {
                    none if none.is_nan() => String::new(),
                    0.0 => format!(", and none of the draws comes down to {loss}"),
                    few if few < 5e-4 => format!(", though a few of the draws come down to {loss}"),
                    share => format!(", though {:.1} % of the draws come down to {loss}", 100.0 * share),
                }
            ),
            Self::Data { problem, .. }
            | Self::Option { problem, .. }
            | Self::Value { problem, .. }
            | Self::Schedule { problem, .. }
            | Self::Dialect { problem, .. }
            | Self::Claim { problem, .. }
            | Self::Cancelled { problem, .. }
            | Self::Unanswerable { problem, .. } => problem.to_string(),
        }
    }

    /// What to do about it; none where the system says all that is known.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Read { source, .. } => of_the_system(source, "give the path of a file that is there"),
            Self::Write { source, .. } => of_the_system(source, "make that folder first"),
            Self::Within { source, .. } => source.remedy(),
            Self::Cancelled { .. } => Some("run it again to the end".to_owned()),
            Self::NotReachable { .. } => Some("ask for a higher loss".to_owned()),
            Self::Data { remedy, .. }
            | Self::Option { remedy, .. }
            | Self::Value { remedy, .. }
            | Self::Schedule { remedy, .. }
            | Self::Dialect { remedy, .. }
            | Self::MissingInput { remedy, .. }
            | Self::Claim { remedy, .. }
            | Self::Unanswerable { remedy, .. } => Some(remedy.to_string()),
        }
    }

    /// Where it is, or what it is about, where the problem does not say that itself.
    fn subject(&self) -> Option<String> {
        match self {
            Self::Data { place, .. } => Some(place.to_string()),
            Self::Within { place, source } => {
                Some(source.subject().map_or_else(|| place.to_string(), |inner| format!("{place}: {inner}")))
            }
            Self::Schedule { .. } => Some("schedule".to_owned()),
            Self::Dialect { tool, .. } => Some(format!("schedule of {tool}")),
            Self::Claim { law, .. } => Some(format!("the {law} law")),
            Self::Cancelled { what, .. } => Some((*what).to_owned()),
            Self::Unanswerable { question, .. } => Some((*question).to_owned()),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(subject) = self.subject() {
            write!(f, "{subject}: ")?;
        }
        f.write_str(&self.problem())?;
        // What lists lines ends with one.
        let then = if self.problem().contains('\n') { "\n" } else { "; " };
        self.remedy().map_or(Ok(()), |remedy| write!(f, "{then}{remedy}"))
    }
}

/// What to do about what the system refuses.
fn of_the_system(source: &io::Error, not_found: &str) -> Option<String> {
    match source.kind() {
        io::ErrorKind::NotFound => Some(not_found.to_owned()),
        io::ErrorKind::PermissionDenied => Some("check its permissions".to_owned()),
        _ => None,
    }
}
