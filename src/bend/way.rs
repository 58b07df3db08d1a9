//! How a bend changes on the way through a place.

use crate::fit::MOST_AXES;

/// A place, a direction in which it is left, and another.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Way {
    pub(crate) at: [f64; MOST_AXES],
    pub(crate) to: [f64; MOST_AXES],
    pub(crate) aside: [f64; MOST_AXES],
}
