//! Sweeps that are designed, and what they are to be.

use serde::Serialize;

use super::Decision;
use crate::answer::engine::positive;
use crate::bootstrap::check_level;
use crate::document::ByName;
use crate::read::Point;
use crate::{Document, Error, Result, Trajectory};

/// More noise is a share that was meant in per cent: it would hide what any sweep could tell.
const MOST_NOISE: f64 = 0.2;
/// Simulated sweeps that may be asked for.
const SIMULATIONS: std::ops::RangeInclusive<usize> = 20..=100_000;
/// Runs that a sweep may have.
const RUNS: std::ops::RangeInclusive<usize> = 6..=200;
/// No run takes more than this share of the budget, unless another cap is given.
const LARGEST: f64 = 0.25;

/// What a first sweep is for, what it may cost, and how it is scored.
///
/// ```
/// use nbar::design::FirstRunsOptions;
/// let options = FirstRunsOptions::new(1e22, 1e20).with_runs(20).with_noise(0.003);
/// assert_eq!((options.runs, options.noise, options.simulations), (20, 0.003, 120));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FirstRunsOptions {
    /// Training FLOPs of the run that is to be decided on.
    pub target_flops: f64,
    /// Training FLOPs of the whole sweep.
    pub budget: f64,
    /// Most runs, 6 to 200; default 24.
    pub runs: usize,
    /// Most FLOPs of one run; default a quarter of the budget.
    pub max_run_flops: Option<f64>,
    /// Standard deviation of a run's ln L about the law; default 0.005.
    pub noise: f64,
    /// What the chosen design tells best; default N*.
    pub decision: Decision,
    /// A sweep of one's own, which is scored beside the others; default none.
    pub given: Vec<Point>,
    /// Simulated sweeps of the chosen design, 20 to 100,000, and of each of the others a quarter; default 120.
    pub simulations: usize,
    /// Seed of all that is random; default 0.
    pub seed: u64,
    /// Level of the intervals; default 0.95.
    pub level: f64,
}

impl FirstRunsOptions {
    /// A budget, for a decision about a target.
    #[must_use]
    pub fn new(target_flops: f64, budget: f64) -> Self {
        Self {
            target_flops,
            budget,
            runs: 24,
            max_run_flops: None,
            noise: 0.005,
            decision: Decision::Params,
            given: Vec::new(),
            simulations: 120,
            seed: 0,
            level: 0.95,
        }
    }

    setters! {
        /// Sets how many runs there are at most.
        with_runs(runs: usize);
        /// Sets what one run may cost.
        with_max_run_flops(max_run_flops: f64);
        /// Sets the noise of ln L.
        with_noise(noise: f64);
        /// Sets what the chosen design tells best.
        with_decision(decision: Decision);
        /// Scores a sweep of one's own beside the others.
        with_given(given: Vec<Point>);
        /// Sets how many sweeps of each design are simulated.
        with_simulations(simulations: usize);
        /// Sets the seed.
        with_seed(seed: u64);
        /// Sets the level of the intervals.
        with_level(level: f64);
    }

    /// Most FLOPs of one run.
    pub(super) fn largest(&self) -> f64 {
        self.max_run_flops.unwrap_or(LARGEST * self.budget).min(self.budget)
    }

    pub(super) fn validate(&self) -> Result<()> {
        positive("target_flops", self.target_flops)?;
        positive("budget", self.budget)?;
        self.max_run_flops.map_or(Ok(()), |most| positive("max_run_flops", most))?;
        check_level(self.level)?;
        if !(self.noise > 0.0 && self.noise <= MOST_NOISE) {
            let remedy = "give the standard deviation of ln L between runs that differ by their seed alone: 0.005 (0.5 %) is usual";
            let problem =
                "is not above 0 and at most 0.2, 20 % of L: without noise every sweep tells everything";
            return Err(Error::option("noise", self.noise, problem, remedy));
        }
        if !RUNS.contains(&self.runs) {
            return Err(Error::option(
                "new_runs",
                self.runs,
                "is not from 6 to 200",
                "give a number such as 24",
            ));
        }
        if !SIMULATIONS.contains(&self.simulations) {
            let problem = "is not from 20 to 100000";
            return Err(Error::option("simulations", self.simulations, problem, "give a number such as 120"));
        }
        if self.target_flops <= self.largest() {
            let problem = format!(
                "is not beyond the sweep, whose runs may have {:.3e} FLOPs each: they can be the target itself",
                self.largest()
            );
            let remedy = "ask for a larger target, or cap the runs (`max_run_flops`)";
            return Err(Error::option(
                "target_flops",
                format!("{:.3e}", self.target_flops),
                &problem,
                remedy,
            ));
        }
        Ok(())
    }
}

/// How the runs of a sweep lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Layout {
    /// Several budgets, each with the same sizes about the best one of the guess.
    Isoflop,
    /// Rising sizes with the same tokens per parameter.
    Ladder,
    /// Three ladders, of different tokens per parameter.
    Ladders,
    /// The best of random sweeps.
    Random,
    /// A sweep that was given.
    Given,
}

named!(Layout, "layout", [
    Isoflop "isoflop", Ladder "ladder", Ladders "ladders", Random "random", Given "given"
]);

/// A run to train.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FirstRun {
    /// Its name.
    pub run: String,
    /// N₀, before pruning.
    pub params: f64,
    /// N̄.
    pub average_params: f64,
    /// D.
    pub tokens: f64,
    /// 6 N̄ D.
    pub flops: f64,
    /// Share of the parameters that pruning removes; 0 of a dense run.
    pub final_sparsity: f64,
    /// Where pruning starts and ends, as shares of the tokens; the sparsity rises along a cubic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prune_window: Option<[f64; 2]>,
    /// How its count falls, where that was given.
    #[serde(skip)]
    pub(super) given: Option<Trajectory>,
}

/// What simulated sweeps say of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Expected {
    /// Median length of the interval: of its logarithm, or of itself for a parameter that may be negative. Infinite where half of the
    /// fits give no interval, and where none was simulated.
    pub width: f64,
    /// Standard error of that, from the number of simulated sweeps.
    pub std_error: f64,
    /// Share of the fits with an interval whose interval holds the guess.
    pub holds: f64,
}

/// A sweep, and what it is expected to tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SweepDesign {
    /// How its runs lie.
    pub layout: Layout,
    /// The same in words.
    pub summary: String,
    /// Its runs, the cheapest first.
    pub runs: Vec<FirstRun>,
    /// FLOPs of them all.
    pub flops: f64,
    /// Interval of N* at the target.
    pub params: Expected,
    /// Interval of the loss of the best run there.
    pub loss: Expected,
    /// Intervals of parameters of the law that dense runs do not tell.
    #[serde(serialize_with = "by_name")]
    pub pruning: Vec<(String, Expected)>,
    /// Sweeps that were simulated; none where runs lie on a line.
    pub simulations: usize,
    /// Those whose fit gives no answer, or is not to be trusted.
    pub unanswered: usize,
    /// Why its runs cannot tell what they are for, if so.
    pub collinear: Option<String>,
}

/// Designs of a first sweep, scored by simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FirstRuns {
    /// The guessed law.
    pub law: String,
    /// Its parameters.
    #[serde(serialize_with = "numbers")]
    pub parameters: Vec<(String, f64)>,
    /// The budget of the run that is decided on.
    pub target_flops: f64,
    /// N* of the guess there.
    pub target_params: f64,
    /// D* of the guess there.
    pub target_tokens: f64,
    /// Its loss.
    pub target_loss: f64,
    /// FLOPs that the sweep may take.
    pub budget: f64,
    /// FLOPs that one run may take.
    pub max_run_flops: f64,
    /// Standard deviation of ln L in the simulated sweeps.
    pub noise: f64,
    /// What the chosen design tells best.
    pub decision: Decision,
    /// Seed of all that is random.
    pub seed: u64,
    /// Level of the intervals.
    pub level: f64,
    /// The designs.
    pub designs: Vec<SweepDesign>,
    /// The place of the best among them.
    pub chosen: usize,
}

impl Document for FirstRuns {
    const SCHEMA: &'static str = "nbar.first-runs/1";
}

fn numbers<S: serde::Serializer>(of: &[(String, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    ByName(of.iter().map(|(name, value)| (name.as_str(), *value)).collect()).serialize(serializer)
}

fn by_name<S: serde::Serializer>(of: &[(String, Expected)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(of.iter().map(|(name, expected)| (name, expected)))
}
