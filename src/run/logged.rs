//! Runs whose parameter counts were logged: what happened goes before what was configured.

use std::collections::HashSet;

use super::trajectory_log::TrajectoryLog;
use super::{Run, Sweep};
use crate::schedule::{BatchRamp, Interpolation};
use crate::{Error, Result, Schedule};

impl Run {
    /// Whether its parameter count is told by a schedule or a log.
    pub(crate) fn has_course(&self) -> bool {
        self.schedule != Schedule::Dense || self.logged.is_some()
    }

    /// Whether its counts were logged.
    pub(crate) fn is_logged(&self) -> bool {
        self.logged.is_some()
    }
}

impl Sweep {
    /// Gives runs the parameter counts of a log, by their names; they go before schedules. Runs that are not in the log stay
    /// as they are.
    ///
    /// Steps of the log are put on tokens by the run's own steps and tokens, evenly.
    ///
    /// ```
    /// use nbar::run::TrajectoryLog;
    /// use nbar::{ObservationOptions, Sweep, schedule::Interpolation};
    /// let sweep = Sweep::from_csv_str("sweep.csv", "run,params,tokens,loss\na,1e8,1e10,3.0\nb,1e8,2e10,2.9\n")?;
    /// let log = TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\na,0,0\na,5e9,0.5\n")?;
    /// let sweep = sweep.with_trajectories(&log, Interpolation::Held)?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// assert_eq!(observations.average_params(), [7.5e7, 1e8]);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Option`] for a run of the log that the sweep has not got, [`Error::MissingInput`] for a log in steps where a run
    /// does not tell its own, and those of [`TrajectoryLog::trajectory`].
    pub fn with_trajectories(mut self, log: &TrajectoryLog, between: Interpolation) -> Result<Self> {
        let known: HashSet<&str> = self.runs.iter().map(|run| run.id.as_str()).collect();
        if let Some(stranger) = log.runs().find(|name| !known.contains(name)) {
            let known: Vec<&str> = self.runs.iter().take(20).map(|run| run.id.as_str()).collect();
            let remedy = format!("name runs as the sweep does: {}", known.join(", "));
            let stranger = format!("'{stranger}'");
            return Err(Error::option("trajectories", stranger, "is no run of the sweep", remedy));
        }
        let logged: HashSet<&str> = log.runs().collect();
        for index in 0..self.runs.len() {
            let run = &self.runs[index];
            if !logged.contains(run.id.as_str()) {
                continue;
            }
            let extent = run.extent();
            let even = |steps: f64| BatchRamp::new(vec![(0.0, extent.tokens / steps)]);
            let batches = extent.steps.map(even).transpose()?;
            if log.is_in_steps() {
                extent.known_steps().map_err(|error| self.blame(index, error))?;
            }
            let trajectory =
                log.trajectory(&run.id, Some(run.network()), extent.tokens, batches.as_ref(), between);
            let trajectory = trajectory.map_err(|error| self.blame(index, error))?;
            self.runs[index].logged = Some(Box::new(trajectory));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ObservationOptions, Size};

    const TABLE: &str = "run,params,fixed_params,tokens,step,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
        a,1e8,1e7,1e10,1000,3.0,cubic,0.8,0.25,0.75,fraction\n\
        a,1e8,1e7,5e9,500,3.2,cubic,0.8,0.25,0.75,fraction\n\
        b,1e8,1e7,2e10,2000,2.9,,,,,\n";

    fn average(log: &str, between: Interpolation) -> Result<Vec<f64>> {
        let log = TrajectoryLog::from_str("log.csv", log)?;
        let sweep = Sweep::from_csv_str("sweep.csv", TABLE)?.with_trajectories(&log, between)?;
        Ok(sweep.observations(&ObservationOptions::default())?.average_params().to_vec())
    }

    #[test]
    fn a_log_goes_before_the_schedule_and_leaves_other_runs_alone() {
        // 110 M until step 600, then 60 M: 90 M on average over 1,000 steps.
        let held = average("run,step,sparsity\na,0,0\na,600,0.5\n", Interpolation::Held).unwrap();
        assert_eq!(held, [0.6 * 1.1e8 + 0.4 * 6e7, 1.1e8]);
        let nonzero = average("run,tokens,nonzero\na,0,1e8\na,6e9,5e7\n", Interpolation::Held).unwrap();
        assert_eq!(nonzero, held);
        // Evenly from 110 M to 60 M over the whole run.
        let linear = average("run,tokens,params\na,0,1.1e8\na,1e10,6e7\n", Interpolation::Linear).unwrap();
        assert!((linear[0] / 8.5e7 - 1.0).abs() < 1e-14, "{linear:?}");
    }

    #[test]
    fn checkpoints_and_laws_of_the_course_see_the_log() {
        let log = TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\na,0,0\na,5e9,0.5\n").unwrap();
        let sweep = Sweep::from_csv_str("sweep.csv", TABLE).unwrap();
        let sweep = sweep.with_trajectories(&log, Interpolation::Held).unwrap();
        let all = ObservationOptions::default().with_checkpoints(crate::Checkpoints::All);
        let rows = sweep.observations(&all).unwrap();
        assert_eq!(rows.average_params(), [1.1e8, 8.5e7, 1.1e8]);
        let last = sweep.observations(&ObservationOptions::default().with_size(Size::Final)).unwrap();
        assert_eq!(last.params(), [6e7, 1.1e8]);
        let averaged = crate::law::averaged();
        assert!(crate::law::Law::spec(&averaged).columns(&last).is_ok());
    }

    #[test]
    fn strangers_and_unknown_steps_are_refused_by_name() {
        let message = |log| average(log, Interpolation::Held).unwrap_err().to_string();
        assert!(
            message("run,tokens,sparsity\nz,0,0\n")
                .contains("`trajectories` 'z' is no run of the sweep; name runs as the sweep does: a, b")
        );
        let bare = Sweep::from_csv_str("s.csv", "run,params,tokens,loss\na,1e8,1e10,3.0\n").unwrap();
        let log = TrajectoryLog::from_str("log.csv", "run,step,sparsity\na,0,0\n").unwrap();
        let error = bare.with_trajectories(&log, Interpolation::Held).unwrap_err().to_string();
        assert!(error.contains("steps") && error.contains("'a'"), "{error}");
    }
}
