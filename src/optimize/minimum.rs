//! Where one start ended, and why.

use serde::{Deserialize, Serialize};

/// Two end points are one minimum when their objectives agree to this.
pub(super) const SAME_OBJECTIVE: f64 = 1e-7;
/// An objective this small is a perfect fit: residuals of 1e-12.
pub(crate) const NOTHING: f64 = 1e-24;

/// Where one start ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Minimum {
    /// Centred.
    pub(crate) theta: Vec<f64>,
    pub(crate) objective: f64,
    /// Relative to what cancels in it.
    pub(crate) gradient: f64,
    pub(crate) termination: Termination,
    pub(crate) evaluations: usize,
}

/// Why the work on one start ended. Data, never an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Termination {
    /// The gradient is zero to rounding and a Newton step would gain nothing.
    Stationary,
    /// No step lowers the objective any more, though the gradient is not at rounding.
    Stalled,
    /// The limit on evaluations was reached first.
    EvaluationLimit,
}

impl Termination {
    /// Whether the point is a proven stationary point.
    #[must_use]
    pub fn is_converged(self) -> bool {
        self == Termination::Stationary
    }
}
