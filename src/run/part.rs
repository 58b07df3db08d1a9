//! Logs that may count a part of the network.

use std::borrow::Cow;

use super::{Run, Sweep, TrajectoryLog};
use crate::run::Counted;
use crate::{Error, Result};

/// Shares of parameters this close, relatively, are one.
const PART: f64 = 0.005;
/// Shares below this are counts in another unit.
const UNIT: f64 = 1e-3;
/// Sparsities this close are one.
const SPARSITY: f64 = 0.02;
/// Counts that stand level from within this share of a run on are those of its start.
const EARLY: f64 = 0.02;

impl TrajectoryLog {
    /// The share of a network with which counts of a run of this length begin, where they fall afterwards.
    fn begins_at(&self, run: &Run) -> Option<f64> {
        let points = &self.points[*self.index.get(run.id())?];
        let (&(at, first), rest) = points.split_first()?;
        let extent = run.extent();
        let length = if self.is_in_steps() { extent.steps? } else { extent.tokens };
        let is_level = at <= EARLY * length && rest.first().is_some_and(|(_, next)| *next == first);
        let falls = points.last().is_some_and(|(_, last)| *last < first * (1.0 - PART));
        ((at == 0.0 || is_level) && falls).then(|| first / self.all_of(run))
    }

    /// The most that it counts of a run, over all that it might.
    fn most_of(&self, run: &Run) -> Option<f64> {
        let points = &self.points[*self.index.get(run.id())?];
        Some(points.iter().fold(0.0f64, |most, (_, count)| most.max(*count)) / self.all_of(run))
    }

    fn all_of(&self, run: &Run) -> f64 {
        run.params + if self.counted == Counted::Nonzero { 0.0 } else { run.fixed_params() }
    }
}

impl Sweep {
    /// Refuses logs of counts that begin below all of a network and fall, where no run of them is whole, and nothing says that this one began
    /// sparse: they may be of a part of it.
    pub(super) fn check_parts(&self, logs: &[Cow<'_, TrajectoryLog>]) -> Result<()> {
        let each = || {
            let of_counts = logs.iter().filter(|log| log.counted != Counted::Sparsity);
            of_counts.flat_map(|log| self.runs.iter().map(move |run| (log, run)))
        };
        if each().any(|(log, run)| log.most_of(run).is_some_and(|most| most > 1.0 - PART)) {
            return Ok(());
        }
        let part = each().find_map(|(log, run)| {
            let share = log.begins_at(run)?;
            (share > UNIT && !run.began_with(share)).then_some((log, run, share))
        });
        let Some((log, run, share)) = part else { return Ok(()) };
        let problem = format!(
            "counts {share:.3} of the parameters of run '{}' at its start, and fewer later: the run began sparse, or this is a part of the \
             network",
            run.id()
        );
        let call = if log.counted == Counted::Nonzero { "" } else { "call its column `nonzero`, and " };
        let remedy = format!(
            "if it is a part, {call}give that part as `params` and the others as `fixed_params`; if runs began sparse, say it in a column \
             `initial_sparsity`"
        );
        Err(Error::option("trajectories", &log.path, &problem, remedy))
    }
}

impl Run {
    /// Whether its table says that this share of it was left at its start, of all or of what can be pruned.
    fn began_with(&self, share: f64) -> bool {
        self.initial_sparsity().is_some_and(|sparsity| {
            let of_prunable = (share * self.initial_params() - self.fixed_params()) / self.params;
            [share, of_prunable].iter().any(|left| (left + sparsity - 1.0).abs() <= SPARSITY)
        })
    }
}
