//! How runs are usually pruned.

use crate::schedule::{Ramp, Shape, Unit};

/// Tokens of a step (Jin et al. 2025).
pub const STEP_TOKENS: f64 = 8e6;
/// Steps between cuts (Jin et al. 2025).
pub const EVERY: u64 = 100;

/// The ramp of Jin et al. (2025), to a sparsity that is still to be said: geometric, from 25 % to 75 % of the compute.
pub(crate) fn usual_ramp() -> Ramp {
    Ramp::new(Shape::Geometric, 0.0, 0.25, 0.75, Unit::Compute)
}

/// How far beyond the sweep's largest budget a plan may go before that is the first thing to say of it.
pub const FAR: f64 = 100.0;
