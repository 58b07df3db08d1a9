//! Fits that Python holds.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use nbar::report::Report;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::called::{Called, Law};
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
pub(crate) struct Fit {
    made: Arc<Made>,
    /// Its law, if that is of Python.
    law: Option<Arc<Called>>,
}

impl Fit {
    fn of(mut report: Report, from: String, law: Option<Arc<Called>>) -> Self {
        if law.is_some() {
            // More threads would wait for the interpreter.
            options(&mut report).jobs = 1;
        }
        Self { made: Arc::new(Made { report, profiles: None, family: None, from }), law }
    }

    /// What it is, as other commands take it.
    pub(crate) fn made(&self) -> Arc<Made> {
        self.made.clone()
    }

    /// Its law, if that is of Python.
    pub(crate) fn law(&self) -> Option<Arc<Called>> {
        self.law.clone()
    }

    /// Asks it without the interpreter's lock, which its law may take.
    fn ask<T: Send>(&self, py: Python<'_>, question: impl FnOnce(&Made) -> T + Send) -> PyResult<T> {
        let made = &*self.made;
        let answer = py.detach(|| question(made));
        self.law.as_ref().and_then(|law| law.take_failure()).map_or(Ok(answer), Err)
    }
}

/// The options of a fit.
fn options(report: &mut Report) -> &mut nbar::FitOptions {
    match report {
        Report::Point(fit) => &mut fit.options,
        Report::Ensemble(ensemble) => &mut ensemble.fit.options,
    }
}

#[pymethods]
impl Fit {
    /// The document that the command prints.
    fn document(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, |made| made.form(None, Format::Json))
    }

    /// The warnings of the fit, as the document has them: a list in JSON.
    fn warnings(&self) -> PyResult<String> {
        let warnings = serde_json::to_string(&self.made.report.fit().warnings);
        warnings.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// What the command prints for people.
    fn text(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, |made| made.form(None, Format::Text))
    }

    /// What a file of the saved fit holds.
    fn saved(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, |made| made.report.to_json())
    }

    /// The run of each row, and its parameters, tokens, FLOPs, loss, fitted loss and residual.
    fn residuals(&self, py: Python<'_>) -> PyResult<(Vec<String>, [Vec<f64>; 6])> {
        let found = self.ask(py, |made| residuals(made.report.fit()))?;
        found.map_err(|error| Refused::of(&error).raise(py))
    }

    /// Saves the fit.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let made = self.made.clone();
        let work = move || made.report.save(&path).map_err(|error| Refused::of(&error));
        run(py, Inputs::of_law(self.law()), None, work).map(|_| ())
    }

    /// The names of the parameters, in their order.
    fn names(&self) -> Vec<String> {
        self.made.report.parameters().into_iter().map(|(name, ..)| name.to_owned()).collect()
    }

    /// Bytes of the draws, a row of parameters each, and how many rows there are.
    fn draws<'py>(&self, py: Python<'py>) -> (Bound<'py, PyBytes>, usize) {
        let draws = self.made.report.ensemble().map_or(&[][..], |ensemble| &ensemble.draws);
        let bytes: Vec<u8> = draws.iter().flatten().flat_map(|value| value.to_ne_bytes()).collect();
        (PyBytes::new(py, &bytes), draws.len())
    }

    /// Whether the fit is to be trusted.
    fn is_trustworthy(&self) -> bool {
        self.made.report.fit().is_trustworthy()
    }

    /// How many replicates were made if they were stopped.
    fn partial(&self) -> Option<usize> {
        self.made.report.ensemble().and_then(|ensemble| ensemble.partial)
    }
}

/// Fits: the fit, what was said besides, and whether it was stopped.
#[pyfunction]
pub(crate) fn fit(
    py: Python<'_>,
    words: Vec<String>,
    tables: HashMap<String, Py<Table>>,
    laws: HashMap<String, Py<Law>>,
    listener: Option<Py<PyAny>>,
) -> PyResult<(Fit, Vec<String>, bool)> {
    let inputs = Inputs::new(py, tables, HashMap::new(), laws);
    let law = inputs.law();
    let work = move || done(&parsed(words)?, made);
    let done = run(py, inputs, listener, work)?;
    Ok((Fit { made: Arc::new(done.value), law }, done.said, done.is_stopped))
}

/// The fit that a command makes.
fn made(action: &Action) -> nbar::Result<Made> {
    let mut made = match action {
        Action::Fit(args) => make(args)?,
        Action::Law(args) => Made { report: args.make()?, profiles: None, family: None, from: String::new() },
        _ => return Err(nbar::Error::option("command", "", "makes no fit", "call `fit` or `law`")),
    };
    // What watched this work has nothing to say of later work.
    options(&mut made.report).observer = nbar::Observer::default();
    Ok(made)
}

/// A fit of the text of a saved one, with its law if that is of Python.
#[pyfunction]
pub(crate) fn of_json(py: Python<'_>, text: String, law: Option<Py<Law>>) -> PyResult<Fit> {
    read(py, law, move |law| {
        let (name, text) = ("the saved fit", text.as_bytes());
        let report = match law {
            Some(law) => Report::from_json_with(name, text, law),
            None => Report::from_json(name, text),
        };
        let report = report.map_err(|error| Refused::of(&error))?;
        let from = restrict::counted(&report.fit().observations);
        Ok((report, from))
    })
}

/// Reads a saved fit, with its law if that is of Python.
#[pyfunction]
pub(crate) fn load(py: Python<'_>, path: PathBuf, law: Option<Py<Law>>) -> PyResult<Fit> {
    read(py, law, move |law| {
        let report = match law {
            Some(law) => Report::load_with(&path, law),
            None => args::report(&path),
        };
        let report = report.map_err(|error| Refused::of(&error))?;
        let from = format!("{}, saved in {}", restrict::counted(&report.fit().observations), path.display());
        Ok((report, from))
    })
}

/// Reads a fit, and where it is from.
fn read(
    py: Python<'_>,
    law: Option<Py<Law>>,
    read: impl FnOnce(Option<Arc<dyn nbar::law::Law>>) -> Result<(Report, String), Refused> + Send + 'static,
) -> PyResult<Fit> {
    let law = law.map(|law| law.bind(py).get().of_fit(py));
    let own = law.clone().map(|law| law as Arc<dyn nbar::law::Law>);
    let (report, from) = run(py, Inputs::of_law(law.clone()), None, move || read(own))?.value;
    Ok(Fit::of(report, from, law))
}
