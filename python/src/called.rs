//! Laws that are functions of Python.

use std::sync::{Arc, Mutex, PoisonError};

use nbar::law::{Evaluation, Input, Law as Formula, LawSpec, Parameter, Response, Scale};
use nbar::{Error, Observations, Result};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A law of Python: what it is, and the object that evaluates and checks it.
#[pyclass(frozen, module = "nbar._nbar")]
pub(crate) struct Law {
    spec: LawSpec,
    functions: Py<PyAny>,
}

#[pymethods]
impl Law {
    /// Of parameters by name, each with its range. `functions` has the methods `_evaluate` and `_check`.
    #[new]
    fn new(
        name: String,
        formula: String,
        inputs: Vec<String>,
        parameters: Vec<(String, f64, f64)>,
        functions: Py<PyAny>,
    ) -> Self {
        let inputs: Vec<Input> = inputs.iter().map(|name| Input::named(name)).collect();
        let parameter = |(name, low, high)| match low > 0.0 {
            true => Parameter::log(name, low, high),
            false => Parameter::linear(name, low, high),
        };
        let parameters: Vec<Parameter> = parameters.into_iter().map(parameter).collect();
        Self {
            spec: LawSpec::new(name, formula, inputs, parameters).with_response(Response::Loss),
            functions,
        }
    }
}

impl Law {
    /// The law of one fit, which keeps its first failure for itself.
    pub(crate) fn of_fit(&self, py: Python<'_>) -> Arc<Called> {
        let (spec, functions) = (self.spec.clone(), self.functions.clone_ref(py));
        Arc::new(Called { spec, functions: Arc::new(functions), failure: Arc::default(), is_checked: false })
    }
}

/// A law that calls Python. After the first exception all losses are NaN, and nothing is called any more.
#[derive(Debug)]
pub(crate) struct Called {
    spec: LawSpec,
    functions: Arc<Py<PyAny>>,
    failure: Arc<Mutex<Option<PyErr>>>,
    is_checked: bool,
}

impl Called {
    /// Whether an exception ended it.
    pub(crate) fn has_failed(&self) -> bool {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The exception that ended it, which is forgotten.
    pub(crate) fn take_failure(&self) -> Option<PyErr> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Calls a method with columns as bytes. None where it raised, now or before, or where Python ends.
    fn call<T>(
        &self,
        columns: &[&[f64]],
        call: impl FnOnce(Python<'_>, &Py<PyAny>, Vec<Bound<'_, PyBytes>>) -> PyResult<T>,
    ) -> Option<T> {
        if self.has_failed() {
            return None;
        }
        let done = Python::try_attach(|py| {
            let columns = columns.iter().map(|column| bytes(py, column)).collect();
            call(py, &self.functions, columns)
        })?;
        done.map_err(|raised| {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert(raised);
        })
        .ok()
    }

    /// Writes the losses and their derivatives: those in a parameter that is fitted by its logarithm are its own times its value.
    fn write(&self, theta: &[f64], inputs: &[&[f64]], out: &mut Evaluation<'_>) -> Option<()> {
        let natural =
            self.spec.parameters.iter().zip(theta).map(|(parameter, value)| parameter.to_natural(*value));
        let natural: Vec<f64> = natural.collect();
        self.call(inputs, |py, functions, columns| {
            let values = bytes(py, &natural);
            let done = functions.call_method1(py, "_evaluate", (columns, values))?;
            let (losses, slopes): (Bound<'_, PyBytes>, Vec<Bound<'_, PyBytes>>) = done.extract(py)?;
            fill(out.ln_loss, &losses, 1.0);
            let rows = out.ln_loss.len();
            for (j, slope) in slopes.iter().enumerate() {
                let factor = if self.spec.parameters[j].scale == Scale::Log { natural[j] } else { 1.0 };
                fill(&mut out.jacobian[j * rows..][..rows], slope, factor);
            }
            Ok(())
        })
    }
}

/// Numbers as bytes.
fn bytes<'py>(py: Python<'py>, values: &[f64]) -> Bound<'py, PyBytes> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
    PyBytes::new(py, &bytes)
}

/// Numbers of bytes, times a factor.
fn fill(out: &mut [f64], bytes: &Bound<'_, PyBytes>, factor: f64) {
    for (value, bytes) in out.iter_mut().zip(bytes.as_bytes().as_chunks::<8>().0) {
        *value = factor * f64::from_ne_bytes(*bytes);
    }
}

impl Formula for Called {
    fn spec(&self) -> &LawSpec {
        &self.spec
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], mut out: Evaluation<'_>) {
        if self.write(theta, inputs, &mut out).is_none() {
            out.ln_loss.fill(f64::NAN);
            out.jacobian.fill(f64::NAN);
        }
    }

    /// Checks the functions on these rows before the search, and finds the parameters in which the loss is linear.
    fn reading(&self, observations: &Observations) -> Result<Option<Arc<dyn Formula>>> {
        if self.is_checked {
            return Ok(None);
        }
        let columns = self.spec.columns(observations)?;
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let linear = self.call(&columns, |py, functions, columns| {
            functions.call_method1(py, "_check", (columns,))?.extract::<Vec<bool>>(py)
        });
        let Some(linear) = linear else {
            let name = format!("'{}'", self.spec.name);
            return Err(Error::option("law", name, "has a function that failed", "see what it raised"));
        };
        let mut spec = self.spec.clone();
        for (parameter, _) in spec.parameters.iter_mut().zip(linear).filter(|(_, is_linear)| *is_linear) {
            let Parameter { name, low, high, .. } = parameter.clone();
            *parameter = Parameter::coefficient(name, low, high);
        }
        let (functions, failure) = (self.functions.clone(), self.failure.clone());
        Ok(Some(Arc::new(Self { spec, functions, failure, is_checked: true })))
    }
}
