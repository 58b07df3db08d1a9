//! Refusals as exceptions of Python.

use nbar::Error;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;

use super::flags;
use super::mend::Mended;

/// The exception of a refusal, with its problem and its remedy. To be called where the refused command ran.
pub(crate) struct Refused {
    class: &'static str,
    text: String,
    problem: String,
    remedy: Option<String>,
}

impl Refused {
    /// What a command refused.
    pub(crate) fn of(error: &Error) -> Self {
        let inner = |error: &Error| flags::spoken(error.problem());
        Self {
            class: class(error),
            text: flags::spoken_error(error),
            problem: inner(error),
            remedy: error.remedy().map(flags::spoken),
        }
    }

    /// The same with all that is wrong with the files, and what would read them.
    pub(crate) fn with_more(mut self, mended: &Mended) -> Self {
        let lines = mended.lines();
        let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix("nbar: ").unwrap_or(line)).collect();
        self.text = lines.join("\n");
        self
    }

    /// An argument that the command does not take.
    pub(crate) fn argument(text: String) -> Self {
        Self { class: "OptionError", problem: text.clone(), text, remedy: None }
    }

    /// A defect of this program.
    pub(crate) fn defect(text: &str) -> Self {
        let problem = format!("nbar has a defect: {text}");
        let remedy = Some("report it, with what was asked".to_owned());
        Self { class: "Defect", text: format!("{problem}; report it, with what was asked"), problem, remedy }
    }

    /// The exception.
    pub(crate) fn raise(self, py: Python<'_>) -> PyErr {
        let Self { class, text, problem, remedy } = self;
        if class == "Cancelled" {
            return PyKeyboardInterrupt::new_err(text);
        }
        let made = py
            .import("nbar._errors")
            .and_then(|module| module.getattr(class))
            .and_then(|class| class.call1((&text, problem, remedy)));
        made.map_or_else(|_| PyRuntimeError::new_err(text), PyErr::from_value)
    }
}

/// The class of a refusal.
fn class(error: &Error) -> &'static str {
    match error {
        Error::Read { .. } => "ReadError",
        Error::Write { .. } => "WriteError",
        Error::Data { .. } => "DataError",
        Error::Within { source, .. } => match class(source) {
            "ReadError" => "ReadError",
            _ => "DataError",
        },
        Error::Option { .. } => "OptionError",
        Error::Value { .. } => "NumberError",
        Error::Schedule { .. } | Error::Dialect { .. } => "ScheduleError",
        Error::MissingInput { .. } => "MissingInputError",
        Error::Claim { .. } => "LawError",
        Error::NotReachable { .. } => "NotReachableError",
        Error::Cancelled { .. } => "Cancelled",
        Error::Unanswerable { .. } => "UnanswerableError",
        _ => "Error",
    }
}
