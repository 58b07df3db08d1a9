//! What a budget of compute should buy, and what a loss costs.
//!
//! Every question is one about runs of one [`RunShape`]: dense, or pruned along one curve. Their loss is a function of N̄ and D
//! alone, and they cost `6 N̄ D` FLOPs to train and `2 N_final` for each token served. The answer is found for the optimum and
//! for every draw, so that it has an interval.

mod answers;
mod frontier;
mod inverse;
mod options;
mod search;
mod separable;
mod shape;
mod split;
mod surface;

use serde::{Deserialize, Serialize};

pub use frontier::Allocation;
pub use inverse::Answer;
pub use options::AllocationOptions;
pub(crate) use search::increasing_root;
pub use separable::Separable;
pub use shape::{RunShape, SizeRatios};

use crate::fit::Fit;

/// What keeps a run from being better.
///
/// ```
/// assert_eq!(nbar::allocate::LimitedBy::MaxTokens.to_string(), "--max-tokens");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitedBy {
    /// The most tokens that are allowed.
    MaxTokens,
    /// The most parameters.
    MaxParams,
    /// Nothing: the law has no optimum, and the run is at the end of all runs, with one parameter or one token.
    Range,
}

impl std::fmt::Display for LimitedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            LimitedBy::MaxTokens => "--max-tokens",
            LimitedBy::MaxParams => "--max-params",
            LimitedBy::Range => "no optimum",
        })
    }
}

impl Fit {
    /// The law of dense runs in the letters of `E + A/N^α + B/D^β`; none if it is not of that form, has no optimum, or has
    /// parameters that the sweep does not identify.
    ///
    /// ```
    /// # use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// assert_eq!(fit.separable().map(|law| law.alpha), fit.parameter("alpha"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn separable(&self) -> Option<Separable> {
        if !self.unidentified.is_empty() {
            return None;
        }
        let reading = surface::Reading::new(self, &AllocationOptions::default()).ok()?;
        reading.surface(&self.parameters).separable()
    }

    /// `a_opt = β/(α+β)` and `b_opt = α/(α+β)`: the powers of compute by which N* and D* grow. None for laws
    /// that are not of the form E + A/N^α + B/D^β on dense runs.
    #[must_use]
    pub fn optimum_exponents(&self) -> Option<(f64, f64)> {
        let law = self.separable()?;
        Some((law.beta / (law.alpha + law.beta), law.alpha / (law.alpha + law.beta)))
    }
}
