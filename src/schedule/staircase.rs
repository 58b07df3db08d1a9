//! A staircase: sparsity that changes in an explicit list of cuts.

use super::Unit;
use serde::{Deserialize, Serialize};

/// Cuts at given positions. A cut at position `x` is in force from `x` on, until the next.
///
/// Sparsity may fall as well as rise, so that methods of alternating phases can be said.
///
/// ```
/// use nbar::schedule::{Extent, Network, Schedule, Staircase, Unit};
///
/// // Dense, half sparse, dense again.
/// let phases = Staircase::new(Unit::Fraction, vec![(0.25, 0.5), (0.75, 0.0)]);
/// let trajectory = Schedule::from(phases).trajectory(Network::new(8e9), Extent::new(1e12))?;
/// assert_eq!(trajectory.average_params(), 6e9);
/// assert_eq!(trajectory.final_params(), 8e9);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Staircase {
    /// Axis of the cuts' positions.
    pub unit: Unit,
    /// Sparsity before the first cut, in [0, 1). Default 0.
    #[serde(default)]
    pub initial_sparsity: f64,
    /// `(position, sparsity from there on)`, positions strictly increasing.
    pub cuts: Vec<(f64, f64)>,
}

impl Staircase {
    /// Cuts of a network that is dense before the first.
    #[must_use]
    pub fn new(unit: Unit, cuts: Vec<(f64, f64)>) -> Self {
        Self { unit, initial_sparsity: 0.0, cuts }
    }

    /// Starts from a network that is sparse already. Default 0.
    #[must_use]
    pub fn with_initial_sparsity(mut self, sparsity: f64) -> Self {
        self.initial_sparsity = sparsity;
        self
    }
}
