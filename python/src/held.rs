//! Fits that Python holds.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use nbar::report::Report;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::columns::Table;
use super::command::fit::{Made, make};
use super::errors::Refused;
use super::fitted::residuals::residuals;
use super::session::{Inputs, run};
use super::table::Format;
use super::words::{done, parsed};
use super::{Action, args, restrict};

/// A fit, with its draws if it has any.
#[pyclass(frozen, module = "nbar._nbar")]
pub(crate) struct Fit(Arc<Made>);

impl Fit {
    fn of(report: Report, from: String) -> Self {
        Self(Arc::new(Made { report, profiles: None, family: None, from }))
    }

    /// What it is, as other commands take it.
    pub(crate) fn made(&self) -> Arc<Made> {
        self.0.clone()
    }
}

#[pymethods]
impl Fit {
    /// The document that the command prints.
    fn document(&self) -> String {
        self.0.form(None, Format::Json)
    }

    /// What the command prints for people.
    fn text(&self) -> String {
        self.0.form(None, Format::Text)
    }

    /// What a file of the saved fit holds.
    fn saved(&self) -> String {
        self.0.report.to_json()
    }

    /// The run of each row, and its parameters, tokens, FLOPs, loss, fitted loss and residual.
    fn residuals(&self, py: Python<'_>) -> PyResult<(Vec<String>, [Vec<f64>; 6])> {
        residuals(self.0.report.fit()).map_err(|error| Refused::of(&error).raise(py))
    }

    /// Saves the fit.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let made = self.0.clone();
        let work = move || made.report.save(&path).map_err(|error| Refused::of(&error));
        run(py, Inputs::default(), None, work).map(|_| ())
    }

    /// The names of the parameters, in their order.
    fn names(&self) -> Vec<String> {
        self.0.report.parameters().into_iter().map(|(name, ..)| name.to_owned()).collect()
    }

    /// Bytes of the draws, a row of parameters each, and how many rows there are.
    fn draws<'py>(&self, py: Python<'py>) -> (Bound<'py, PyBytes>, usize) {
        let draws = self.0.report.ensemble().map_or(&[][..], |ensemble| &ensemble.draws);
        let bytes: Vec<u8> = draws.iter().flatten().flat_map(|value| value.to_ne_bytes()).collect();
        (PyBytes::new(py, &bytes), draws.len())
    }

    /// Whether the fit is to be trusted.
    fn is_trustworthy(&self) -> bool {
        self.0.report.fit().is_trustworthy()
    }

    /// How many replicates were made if they were stopped.
    fn partial(&self) -> Option<usize> {
        self.0.report.ensemble().and_then(|ensemble| ensemble.partial)
    }
}

/// Fits: the fit, what was said besides, and whether it was stopped.
#[pyfunction]
pub(crate) fn fit(
    py: Python<'_>,
    words: Vec<String>,
    tables: HashMap<String, Py<Table>>,
    listener: Option<Py<PyAny>>,
) -> PyResult<(Fit, Vec<String>, bool)> {
    let inputs = Inputs::new(py, tables, HashMap::new());
    let work = move || done(&parsed(words)?, made);
    let done = run(py, inputs, listener, work)?;
    Ok((Fit(Arc::new(done.value)), done.said, done.is_stopped))
}

/// The fit that a command makes.
fn made(action: &Action) -> nbar::Result<Made> {
    let mut made = match action {
        Action::Fit(args) => make(args)?,
        Action::Law(args) => Made { report: args.make()?, profiles: None, family: None, from: String::new() },
        _ => return Err(nbar::Error::option("command", "", "makes no fit", "call `fit` or `law`")),
    };
    // What watched this work has nothing to say of later work.
    match &mut made.report {
        Report::Point(fit) => fit.options.observer = nbar::Observer::default(),
        Report::Ensemble(ensemble) => ensemble.fit.options.observer = nbar::Observer::default(),
    }
    Ok(made)
}

/// A fit of the text of a saved one.
#[pyfunction]
pub(crate) fn of_json(py: Python<'_>, text: &str) -> PyResult<Fit> {
    let report = Report::from_json("the saved fit", text.as_bytes());
    let report = report.map_err(|error| Refused::of(&error).raise(py))?;
    let from = restrict::counted(&report.fit().observations);
    Ok(Fit::of(report, from))
}

/// Reads a saved fit.
#[pyfunction]
pub(crate) fn load(py: Python<'_>, path: PathBuf) -> PyResult<Fit> {
    let work = move || {
        let report = args::report(&path).map_err(|error| Refused::of(&error))?;
        let from = format!("{}, saved in {}", restrict::counted(&report.fit().observations), path.display());
        Ok(Fit::of(report, from))
    };
    run(py, Inputs::default(), None, work).map(|done| done.value)
}
