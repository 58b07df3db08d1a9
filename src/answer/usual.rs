//! How runs are usually pruned.

use crate::schedule::{Ramp, Shape, Unit};

/// Steps between cuts (Jin et al. 2025).
pub(super) const EVERY: u64 = 100;

/// The ramp of Jin et al. (2025), to a sparsity that is still to be said: geometric, from 25 % to 75 % of the compute.
pub(super) fn usual_ramp() -> Ramp {
    Ramp::new(Shape::Geometric, 0.0, 0.25, 0.75, Unit::Compute)
}
