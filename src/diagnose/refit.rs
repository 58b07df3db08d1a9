//! The law fitted again, otherwise.

use serde::Serialize;

use crate::fit::{Change, Fit};

/// The law fitted again, one thing being otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Refit<T> {
    /// What is otherwise: δ in units of ln L, the name of a run that is left out, or the value at which a parameter is held.
    pub at: T,
    /// The parameters, in their own units.
    pub parameters: Vec<f64>,
    /// The least objective; not comparable between different δ or runs.
    pub objective: f64,
    /// Whether that minimum is proven stationary, and finite.
    pub converged: bool,
    /// What changes most.
    pub change: Change,
}

impl<T> Refit<T> {
    pub(super) fn new(fit: &Fit, at: T, parameters: Vec<f64>, (objective, converged): (f64, bool)) -> Self {
        let converged = converged && parameters.iter().all(|value| value.is_finite());
        let change = fit.change_to(&parameters);
        Self { at, parameters, objective, converged, change }
    }
}
