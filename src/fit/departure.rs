//! How far sparse runs lie from the law of the dense ones.

use serde::{Deserialize, Serialize};

/// Sparse runs that do not lie on the law of the dense ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SparseDeparture {
    /// Which runs: how they were pruned, or their group.
    pub runs: String,
    /// How many.
    pub count: usize,
    /// Mean of ln L less that of the law.
    pub departure: f64,
    /// Probability of one as large where they lie on it, before the number of comparisons counts.
    pub p: f64,
}
