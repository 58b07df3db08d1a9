//! What the training of each row cost.

use serde::{Deserialize, Serialize};

use super::Observations;
use super::check::check;
use crate::{Error, Result};

/// Measured FLOPs that differ from 6 N̄ D by no more, relatively, are 6 N̄ D.
const ROUNDING: f64 = 1e-6;

/// How training FLOPs are counted; written `measured`, `average` or `dense`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum FlopsCount {
    /// As the sweep's column gives them.
    Measured,
    /// 6 N̄ D.
    #[default]
    Average,
    /// 6 N₀ D: training with masks that saved nothing.
    Dense,
}

named!(FlopsCount, "flops_count", [Measured "measured", Average "average", Dense "dense"]);
saved_as_text!(FlopsCount);

impl FlopsCount {
    pub(super) fn is_average(&self) -> bool {
        *self == Self::Average
    }
}

/// Training FLOPs of runs as answers count them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrainingFlops {
    /// Those of N̄ D, or of N₀ D.
    times: f64,
    of_initial: bool,
}

impl TrainingFlops {
    /// Over N̄ D, of runs with this N₀/N̄.
    pub(crate) fn over_average(self, initial: f64) -> f64 {
        if self.of_initial { self.times * initial } else { self.times }
    }
}

impl Observations {
    /// Gives the training FLOPs that were measured up to each row: these are its cost in place of 6 N̄ D. Those that are 6 N̄ D but
    /// for rounding change nothing.
    ///
    /// ```
    /// use nbar::Observations;
    /// let observations = Observations::new(vec![1e8], vec![2e9], vec![3.2])?;
    /// assert_eq!(observations.flops().next(), Some(1.2e18));
    /// assert_eq!(observations.with_flops(vec![1.5e18])?.flops().next(), Some(1.5e18));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the column's length differs, or a value is not a positive, finite number.
    pub fn with_flops(mut self, flops: Vec<f64>) -> Result<Self> {
        check("flops", &flops, self.len())?;
        (self.flops, self.flops_count) = (None, FlopsCount::Average);
        let differs = |(measured, counted): (&f64, f64)| (measured / counted - 1.0).abs() > ROUNDING;
        if flops.iter().zip(self.flops()).any(differs) {
            (self.flops, self.flops_count) = (Some(flops), FlopsCount::Measured);
        }
        Ok(self)
    }

    /// Counts FLOPs as is asked for; without that, as they were measured where every row says it.
    pub(super) fn count_flops(mut self, measured: Vec<f64>, how: Option<FlopsCount>) -> Result<Self> {
        let complete = measured.len() == self.len();
        match how {
            Some(FlopsCount::Measured) if !complete => {
                let remedy = "add the column flops to every row, or leave `flops_count` out";
                Err(Error::missing(
                    "`flops_count=measured`",
                    "flops",
                    "not every row of the sweep gives",
                    remedy,
                ))
            }
            Some(FlopsCount::Measured) | None if complete => self.with_flops(measured),
            Some(FlopsCount::Dense) if self.is_dense() => {
                let problem = "is of pruned runs, and no run of the sweep was pruned";
                Err(Error::option("flops_count", "dense", problem, "leave it out"))
            }
            Some(FlopsCount::Dense) => {
                let counts = self.initial_params().iter().zip(&self.tokens);
                let flops = counts.map(|(n, d)| 6.0 * n * d).collect();
                (self.flops, self.flops_count) = (Some(flops), FlopsCount::Dense);
                Ok(self)
            }
            _ => Ok(self),
        }
    }

    /// Training FLOPs of each row: [as counted](Self::flops_count), 6 N̄ D unless something else was said.
    pub fn flops(&self) -> impl Iterator<Item = f64> + '_ {
        let counted = |row: usize| 6.0 * self.average_params()[row] * self.tokens[row];
        (0..self.len()).map(move |row| self.flops.as_ref().map_or_else(|| counted(row), |flops| flops[row]))
    }

    /// The same as answers count them: 6 N₀ D where the runs cost that, else 6 N̄ D, whatever was measured.
    pub(crate) fn flops_of_answers(&self) -> impl Iterator<Item = f64> + '_ {
        let dense = self.flops.as_ref().filter(|_| self.flops_count == FlopsCount::Dense);
        let counted = |row: usize| 6.0 * self.average_params()[row] * self.tokens[row];
        (0..self.len()).map(move |row| dense.map_or_else(|| counted(row), |flops| flops[row]))
    }

    /// Whether FLOPs are all that is known of some row's size and length: then only laws of compute read the observations, and their
    /// parameters and tokens mean nothing.
    #[must_use]
    pub fn is_flops_alone(&self) -> bool {
        self.flops_alone
    }

    pub(super) fn with_flops_alone(mut self, flops_alone: bool) -> Self {
        self.flops_alone = flops_alone;
        self
    }

    /// How these are counted.
    #[must_use]
    pub fn flops_count(&self) -> FlopsCount {
        self.flops_count
    }

    /// 6 N̄ D, or 6 N₀ D where the runs cost that. For a law that reads FLOPs as they were measured, as many times 6 N̄ D as these are in the
    /// geometric mean: what it reads of a run is then on the scale that it was fitted on.
    pub(crate) fn training_flops(&self, law_reads_them: bool) -> TrainingFlops {
        let of_initial = self.flops_count == FlopsCount::Dense;
        let is_measured = law_reads_them && self.flops_count == FlopsCount::Measured && !self.flops_alone;
        let ln = |(flops, counted): (f64, f64)| (flops / counted).ln();
        let ln_ratio = || self.flops().zip(self.flops_of_answers()).map(ln).sum::<f64>() / self.len() as f64;
        TrainingFlops { times: if is_measured { 6.0 * ln_ratio().exp() } else { 6.0 }, of_initial }
    }

    /// Least and greatest [FLOPs](Self::flops) over 6 N̄ D, where they are counted otherwise and differ from it.
    #[must_use]
    pub fn flops_over_average(&self) -> Option<[f64; 2]> {
        let counts = self.flops.as_ref()?.iter().zip(self.average_params()).zip(&self.tokens);
        let ratios = counts.map(|((flops, n), d)| flops / (6.0 * n * d));
        Some(ratios.fold([f64::INFINITY, 0.0], |[least, most], ratio| [ratio.min(least), ratio.max(most)]))
    }
}
