//! Figures that Python holds.

use std::collections::HashMap;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::columns::Table;
use super::errors::Refused;
use super::held::Fit;
use super::session::{Inputs, run};
use super::words::{done, parsed};
use super::{Action, plot};

/// A figure.
#[pyclass(frozen, module = "nbar._nbar")]
pub(crate) struct Figure(nbar::plot::Figure);

#[pymethods]
impl Figure {
    /// The text of an SVG file.
    fn svg(&self) -> String {
        self.0.svg()
    }

    /// The bytes of a PNG file.
    fn png<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.0.png().map_err(|error| Refused::of(&error).raise(py))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The bytes of a PDF file.
    fn pdf<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.pdf())
    }

    /// What is drawn, as CSV.
    fn csv(&self) -> String {
        self.0.csv()
    }

    /// Saves the figure, whose ending says what it is.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let figure = self.0.clone();
        let work = move || figure.save(&path).map_err(|error| Refused::of(&error));
        run(py, Inputs::default(), None, work).map(|_| ())
    }
}

/// Draws: the figure, what was said besides, and whether it was stopped.
#[pyfunction]
pub(crate) fn draw(
    py: Python<'_>,
    mut words: Vec<String>,
    tables: HashMap<String, Py<Table>>,
    fits: HashMap<String, Py<Fit>>,
    listener: Option<Py<PyAny>>,
) -> PyResult<(Figure, Vec<String>, bool)> {
    let inputs = Inputs::new(py, tables, fits, HashMap::new());
    // The command asks where to; nothing is written there.
    words.insert(1.min(words.len()), "--output=figure.svg".to_owned());
    let work = move || {
        done(&parsed(words)?, |action| match action {
            Action::Plot(args) => plot::figure(args).map(|(figure, _)| Figure(figure)),
            _ => Err(nbar::Error::option("command", "", "draws nothing", "call `plot`")),
        })
    };
    let done = run(py, inputs, listener, work)?;
    Ok((done.value, done.said, done.is_stopped))
}
