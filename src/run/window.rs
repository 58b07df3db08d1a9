//! Runs that were pruned over another window than their table says.

use std::ops::RangeInclusive;

use super::{Run, Sweep};
use crate::schedule::{PruneWindow, Unit, counts_agree};
use crate::{Error, Result};

impl Sweep {
    /// Puts a window in the place of where pruning starts and ends, in every run with a schedule that has a start and an end.
    ///
    /// The course between is stretched onto it: a ramp keeps its shape and its number of cuts. Runs that are dense, or of one
    /// sparsity throughout, stay as they are.
    ///
    /// ```
    /// use nbar::{ObservationOptions, Sweep, schedule::Unit};
    /// let table = "params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
    ///              1e9,2e10,2.7,linear,0.5,0.25,0.75,fraction\n";
    /// let sweep = Sweep::from_csv_str("sweep.csv", table)?;
    /// let early = sweep.with_prune_window(0.0..=0.5, Unit::Fraction)?;
    /// // Half of the run at a mean of three quarters, and half at a half.
    /// assert_eq!(early.observations(&ObservationOptions::default())?.average_params(), [0.625e9]);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Option`] when the window does not end after it starts, no run has one, a run is pruned in a single cut or ends before the window, or its counts are
    /// known: logged, or given beside or in place of a schedule, but as those of its end. [`Error::MissingInput`] for a window in steps where a run does not tell its own.
    pub fn with_prune_window(mut self, window: RangeInclusive<f64>, unit: Unit) -> Result<Self> {
        let window = PruneWindow::new(*window.start(), *window.end(), unit)?;
        let mut has_window = false;
        for index in 0..self.runs.len() {
            let run = &self.runs[index];
            let refuse = |problem: &str, remedy: &str| {
                let problem = format!("{problem} run '{}'", run.id());
                Err(Error::option("prune_window", window, &problem, remedy))
            };
            if run.is_logged() {
                let remedy = "leave out one of the two, or `prune_window` and `trajectories` for other runs";
                return refuse("goes against the counts that were logged of", remedy);
            }
            if run.gives_counts() && !run.ends_as_scheduled()? {
                let remedy = "leave it out, or such runs by `filter`";
                return refuse("goes against the average or final parameters given of", remedy);
            }
            let extent = run.length();
            let blame = |error| self.blame(index, error);
            let Some((from, to)) = run.schedule().span(extent).map_err(blame)? else { continue };
            if from == to {
                return refuse(
                    "cannot be that of the single cut of",
                    "leave it out, or such runs by `filter`",
                );
            }
            let length = window.unit.length(&extent).map_err(blame)?;
            if window.end > length {
                let problem = format!("ends after {length} {}, the end of", window.unit.noun());
                return refuse(&problem, "end it earlier, or check its unit (`prune_unit`)");
            }
            let schedule = run.schedule().stretched(extent, window).map_err(blame)?;
            self.runs[index].set_schedule(schedule);
            self.runs[index].check_schedule().map_err(|error| self.blame(index, error))?;
            has_window = true;
        }
        if !has_window {
            let problem = "is of no use: no run is pruned from one point of its training to another";
            return Err(Error::option("prune_window", window, problem, "leave it out"));
        }
        self.prune_window = Some(window.to_string());
        Ok(self)
    }
}

impl Run {
    /// Whether a checkpoint says outright how many parameters there were, fewer than all.
    fn gives_counts(&self) -> bool {
        let fewer =
            |count: Option<f64>| count.is_some_and(|count| count < self.initial_params() * (1.0 - 1e-9));
        self.checkpoints().iter().any(|c| fewer(c.average_params()) || fewer(c.final_params()))
    }

    /// Whether the counts that it gives are those of the end of its schedule, whatever the window.
    fn ends_as_scheduled(&self) -> Result<bool> {
        let own = self.trajectory()?.final_params();
        let agrees = |given: f64| counts_agree(given, own);
        let rows = self.checkpoints().iter();
        Ok(rows.into_iter().all(|c| c.average_params().is_none() && c.final_params().is_none_or(agrees)))
    }
}
