//! How to draw the runs again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What is drawn.
///
/// ```
/// assert_eq!("rows".parse::<nbar::bootstrap::Resample>()?, nbar::bootstrap::Resample::Rows);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resample {
    /// Whole runs, with all their rows (default); with one row a run it is the pairs bootstrap.
    #[default]
    Runs,
    /// Single rows, whatever run they came from: only right when rows are independent.
    Rows,
}

impl fmt::Display for Resample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Resample::Runs => "runs",
            Resample::Rows => "rows",
        })
    }
}

impl FromStr for Resample {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "runs" => Ok(Resample::Runs),
            "rows" => Ok(Resample::Rows),
            _ => Err(Error::UnknownName {
                what: "way to resample",
                value: text.to_owned(),
                known: "runs, rows".to_owned(),
            }),
        }
    }
}

/// How to bootstrap: replicates, what is drawn, seed, level.
///
/// ```
/// let options = nbar::BootstrapOptions::default().with_replicates(4000).with_seed(7);
/// assert_eq!((options.replicates, options.seed, options.level), (4000, 7, 0.95));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BootstrapOptions {
    /// Number of replicates, at least 2; default 1,000.
    pub replicates: usize,
    /// What is drawn; default whole runs.
    pub resample: Resample,
    /// Seed of all draws; default 0.
    pub seed: u64,
    /// Level of the intervals, between 0 and 1; default 0.95.
    pub level: f64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self { replicates: 1000, resample: Resample::Runs, seed: 0, level: 0.95 }
    }
}

impl BootstrapOptions {
    /// Sets the number of replicates.
    #[must_use]
    pub fn with_replicates(mut self, replicates: usize) -> Self {
        self.replicates = replicates;
        self
    }

    /// Chooses what is drawn.
    #[must_use]
    pub fn with_resample(mut self, resample: Resample) -> Self {
        self.resample = resample;
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
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::InvalidOption {
                name: "level",
                value: self.level.to_string(),
                expected: "between 0 and 1, both excluded; 0.95 is usual",
            });
        }
        if !(2..=10_000_000).contains(&self.replicates) {
            return Err(Error::InvalidOption {
                name: "replicates",
                value: self.replicates.to_string(),
                expected: "a number from 2 to 10000000; 1000 is usual",
            });
        }
        Ok(())
    }
}
