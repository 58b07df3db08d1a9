//! A logged run whose length may be known in part.

use super::trajectory_log::{ROUNDED, apart};
use super::{Counted, TrajectoryLog};
use crate::schedule::{BatchRamp, Interpolation, Length, Network, Resolved, Unit, missing};
use crate::units::{format_count, format_quantity};
use crate::{Error, Result};

impl TrajectoryLog {
    /// The counts of a run: of the only one where none is named. Where its length is not known it ends with the log's last row.
    ///
    /// ```
    /// use nbar::run::TrajectoryLog;
    /// use nbar::schedule::{Interpolation, Length};
    /// let log = TrajectoryLog::from_str("log.csv", "tokens,params\n0,1e9\n1e9,5e8\n2e9,5e8\n")?;
    /// let run = log.resolved(None, None, &Length::default(), Interpolation::Held)?;
    /// assert_eq!((run.trajectory.average_params(), run.tokens), (7.5e8, Some(2e9)));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`trajectory`](Self::trajectory); [`Error::MissingInput`] where no run of several is named, and for a log in steps whose
    /// tokens are known and its steps are not.
    pub fn resolved(
        &self,
        run: Option<&str>,
        network: Option<Network>,
        length: &Length,
        between: Interpolation,
    ) -> Result<Resolved> {
        let run = run.map_or_else(|| self.only(), Ok)?;
        let last = self.last_position(run)?;
        let how = match between {
            Interpolation::Linear => "linear between them",
            _ => "each held until the next",
        };
        let mut notes = vec![format!(
            "counted, not configured: {} of {}, {how}",
            format_count(self.rows, "row"),
            self.path
        )];
        let a_step = |tokens: f64| BatchRamp::new(vec![(0.0, tokens)]);
        let tokens = length.tokens();
        let (tokens, batches, total) = match (tokens, length.steps, &length.batches) {
            (Some(tokens), Some(_), Some(batches)) => (Some(tokens), Some(batches.clone()), tokens),
            (Some(tokens), Some(steps), None) => (Some(tokens), Some(a_step(tokens / steps)?), tokens),
            (Some(_), None, None) if self.is_in_steps() => return Err(missing("a log in steps", "steps")),
            (Some(tokens), ..) => (Some(tokens), None, tokens),
            (None, Some(steps), None) if self.is_in_steps() => (None, Some(a_step(1.0)?), steps),
            _ => {
                notes.push(format!(
                    "the run is taken to end with the log's last row, at {last} {}s",
                    self.unit
                ));
                match self.unit {
                    Unit::Step => (None, Some(a_step(1.0)?), last),
                    _ => (Some(last), None, last),
                }
            }
        };
        let trajectory = self.trajectory(run, network, total, batches.as_ref(), between)?;
        notes.extend(self.notes.iter().cloned());
        if self.goes_on(run, total, batches.as_ref()).is_some() {
            let unit = self.unit;
            notes.push(format!("its counts go on to {unit} {last}, beyond the run's end, and are cut there"));
        }
        let left = trajectory.params_at(0.0) / trajectory.initial_params();
        if self.counted != Counted::Sparsity && left < 1.0 - ROUNDED {
            notes.push(format!(
                "its first row counts {left:.3} of the parameters: if it counts a part of them, give that part as `params` and the others as \
                 `fixed_params`"
            ));
        }
        let soonest = self.soonest(run, between);
        let soonest =
            soonest.and_then(|log| log.trajectory(run, network, total, batches.as_ref(), between).ok());
        if let Some(soonest) = soonest.filter(|soonest| apart(&trajectory, soonest).is_some()) {
            notes.push(format!(
                "rows lie far apart: N̄ is {} if each change came right after the row before; log more rows, or say \
                 `interpolation=linear` if pruning was gradual",
                format_quantity(soonest.average_params(), 4)
            ));
        }
        Ok(Resolved { trajectory, tokens, notes })
    }

    /// The only run.
    fn only(&self) -> Result<&str> {
        let runs: Vec<&str> = self.runs().collect();
        if let [run] = runs[..] {
            return Ok(run);
        }
        let known = runs.iter().take(20).copied().collect::<Vec<_>>().join(", ");
        let remedy = format!("choose one of its {} runs: {known}", runs.len());
        Err(Error::missing(format!("the log {}", self.path), "run", "was not given", remedy))
    }
}
