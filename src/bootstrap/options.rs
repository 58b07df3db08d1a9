//! How to bootstrap, and how to read intervals off the draws.

use serde::{Deserialize, Serialize};

use super::level::check_level;
use crate::{Error, Result};

/// What differs from one replicate to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resample {
    /// Each run's weight is multiplied by an exponential number of mean 1 (default): the Bayesian bootstrap (Rubin
    /// 1981). No run is ever left out, so that no replicate loses what identifies a parameter. A robust fit passes through a few large
    /// runs whatever their weights: these get noise besides.
    #[default]
    Weights,
    /// Whole runs are drawn with replacement, with all their rows; with one row a run it is the pairs bootstrap
    /// (Efron 1979).
    Runs,
    /// Single rows are drawn, whatever run they came from: only right when rows are independent.
    Rows,
    /// Runs stay, and their residuals, widened by √(n/(n-p)), are multiplied by a random number each: the wild
    /// cluster bootstrap with Rademacher's ±1, below 12 runs with Webb's six points (Webb 2014). Covers too little on
    /// small sweeps.
    Residuals,
    /// Runs stay, and their residuals are drawn from a law of noise that is estimated: normal or Laplace, whichever is
    /// more likely, with the share that the rows of a run have in common.
    Parametric,
}

named!(Resample, "resample", [
    Weights "weights", Runs "runs", Rows "rows", Residuals "residuals", Parametric "parametric"
]);

/// How an interval is read off the draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Interval {
    /// Percentiles at the probabilities Φ(2 z₀ ± c t) (default): t is the quantile of Student's distribution with as
    /// many degrees of freedom as runs less parameters (clusters less those that their differences determine), or as twice the runs that the quantity rests on, if that is less.
    /// c ≥ 1 makes up for residuals that least squares make too small. z₀ is the bias correction of Efron (1987), which is
    /// left out where runs or clusters bring several rows. The coverage study of docs/evidence.md chose it.
    #[default]
    Corrected,
    /// Plain percentiles.
    Percentile,
    /// Bias-corrected and accelerated (Efron 1987), with the acceleration from fits that leave out one run each.
    Bca,
    /// The percentiles mirrored at the estimate, in logarithms where that and all draws are above 0.
    Basic,
}

named!(Interval, "interval", [Corrected "corrected", Percentile "percentile", Bca "bca", Basic "basic"]);

/// How to bootstrap: replicates, what differs between them, seed, level and kind of interval.
///
/// ```
/// let options = nbar::BootstrapOptions::default().with_replicates(4000).with_interval("bca".parse()?);
/// assert_eq!((options.replicates, options.seed, options.level), (4000, 0, 0.95));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BootstrapOptions {
    /// Number of replicates, at least 2; default 1,000.
    pub replicates: usize,
    /// What differs from one replicate to the next; default random weights of runs.
    pub resample: Resample,
    /// How intervals are read off the draws; default [`Interval::Corrected`].
    pub interval: Interval,
    /// Seed of all draws; default 0.
    pub seed: u64,
    /// Level of the intervals, between 0 and 1; default 0.95.
    pub level: f64,
    /// Whether answers carry the bend of the runs away from the law; default true.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub bend: bool,
}

/// What a bend is unless said otherwise.
pub(crate) fn yes() -> bool {
    true
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self {
            replicates: 1000,
            resample: Resample::default(),
            interval: Interval::default(),
            seed: 0,
            level: 0.95,
            bend: true,
        }
    }
}

impl BootstrapOptions {
    setters! {
        /// Sets the number of replicates.
        with_replicates(replicates: usize);
        /// Chooses what differs from one replicate to the next.
        with_resample(resample: Resample);
        /// Chooses how intervals are read off the draws.
        with_interval(interval: Interval);
        /// Sets the seed.
        with_seed(seed: u64);
        /// Sets the level of the intervals.
        with_level(level: f64);
        /// Chooses whether answers carry the bend of the runs away from the law.
        with_bend(bend: bool);
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check_level(self.level)?;
        if !(2..=10_000_000).contains(&self.replicates) {
            let problem = "is not a number from 2 to 10000000";
            return Err(Error::option("replicates", self.replicates, problem, "give a number such as 1000"));
        }
        Ok(())
    }
}

/// How often was drawn, and what, as documents say it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Drawn {
    replicates: usize,
    resample: Resample,
    /// Whether the draws of several fits are the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    paired: bool,
    seed: u64,
}

impl Drawn {
    pub(crate) fn of(options: &BootstrapOptions, paired: bool) -> Self {
        let BootstrapOptions { replicates, resample, seed, .. } = *options;
        Self { replicates, resample, paired, seed }
    }
}
