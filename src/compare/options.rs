//! How to compare.

use crate::bootstrap::check_level;
use crate::{Error, Result};

/// How to compare: what is held out, and how often the comparison is repeated.
///
/// ```
/// let options = nbar::compare::CompareOptions::default().with_share(0.3);
/// assert_eq!((options.share, options.replicates, options.level), (0.3, 1000, 0.95));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CompareOptions {
    /// Share of the runs to hold out, the largest by FLOPs; default 0.2.
    pub share: f64,
    /// Draws of the runs' weights, with each of which every candidate is refitted; default 1,000.
    pub replicates: usize,
    /// Seed of the draws; default 0.
    pub seed: u64,
    /// Level of the intervals, between 0 and 1; default 0.95.
    pub level: f64,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self { share: 0.2, replicates: 1000, seed: 0, level: 0.95 }
    }
}

impl CompareOptions {
    /// Sets the share of the runs to hold out.
    #[must_use]
    pub fn with_share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// Sets the number of draws.
    #[must_use]
    pub fn with_replicates(mut self, replicates: usize) -> Self {
        self.replicates = replicates;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the level of the intervals.
    #[must_use]
    pub fn with_level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        if !(2..=10_000_000).contains(&self.replicates) {
            let problem = "is not a number from 2 to 10000000";
            return Err(Error::option("replicates", self.replicates, problem, "give a number such as 1000"));
        }
        check_level(self.level)?;
        Ok(())
    }
}
