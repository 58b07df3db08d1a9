//! Logs that may count a part of the network.

use std::borrow::Cow;

use super::trajectory_log::ROUNDED;
use super::{Run, Sweep, TrajectoryLog};
use crate::run::Counted;
use crate::{Error, Result, Schedule};

/// A fall by less is none.
const FALL: f64 = 0.005;
/// Sparsities this close are one.
const SPARSITY: f64 = 0.02;
/// A first row within this share of a run is its start, and one within the other where the next row has the same count.
const START: f64 = 1e-3;
const LEVEL: f64 = 0.02;
/// Shares below this are counts in another unit, and above the other of parameters that may be rounded.
const UNIT: f64 = 1e-3;
const NEARLY: f64 = 0.9;

impl TrajectoryLog {
    /// The share of a network with which counts of a run of this length begin, where they fall afterwards, are never all of it, and are not known to
    /// be of all of it.
    fn begins_at(&self, run: &Run) -> Option<f64> {
        let index = *self.index.get(run.id())?;
        let points = &self.points[index];
        let (&(at, first), rest) = points.split_first()?;
        let extent = run.extent();
        let length = if self.is_in_steps() { extent.steps? } else { extent.tokens };
        let is_level = rest.first().is_some_and(|(_, next)| *next == first);
        let is_start = at <= START * length || (is_level && at <= LEVEL * length);
        let all = run.params + if self.counted == Counted::Nonzero { 0.0 } else { run.fixed_params() };
        let most = points.iter().fold(0.0f64, |most, (_, count)| most.max(*count));
        let falls = points.last().is_some_and(|(_, last)| *last < first * (1.0 - FALL));
        let share = first / all;
        let is_said = self.began[index].is_some_and(|sparsity| (share + sparsity - 1.0).abs() <= SPARSITY);
        let asks = is_start && falls && most < all * (1.0 - ROUNDED) && share > UNIT;
        // Of layers with sizes it is known whether they are all.
        (asks && self.sizes[index].is_none() && !is_said).then_some(share)
    }
}

impl Sweep {
    /// Refuses logs of counts that begin below all of a network and fall, where nothing says that the run began sparse: they may be of a part of it.
    pub(super) fn check_parts(&self, logs: &[Cow<'_, TrajectoryLog>]) -> Result<()> {
        let of_counts = logs.iter().filter(|log| log.counted != Counted::Sparsity);
        let mut each = of_counts.flat_map(|log| self.runs.iter().map(move |run| (log, run)));
        let part = each.find_map(|(log, run)| {
            let share = log.begins_at(run)?;
            (!run.began_with(share)).then_some((log, run, share))
        });
        let Some((log, run, share)) = part else { return Ok(()) };
        let but = match run.initial_sparsity() {
            Some(sparsity) => format!(", and its `initial_sparsity` is {sparsity}"),
            None => String::new(),
        };
        let problem = format!(
            "counts {share:.3} of the parameters of run '{}' at its start, and fewer in the end{but}: the run began sparse, or this is a part of \
             the network",
            run.id()
        );
        let call = if log.counted == Counted::Nonzero { "" } else { "call its column `nonzero`, and " };
        let rounded = if share > NEARLY { "if `params` is rounded, give the count; " } else { "" };
        let sparse = match run.initial_sparsity() {
            Some(_) => "mend the column `initial_sparsity`",
            None => "say it in a column `initial_sparsity`",
        };
        let remedy = format!(
            "{rounded}if it is a part, {call}give that part as `params` and the others as `fixed_params`; if runs began sparse, {sparse}"
        );
        Err(Error::option("trajectories", &log.path, &problem, remedy))
    }
}

impl Run {
    /// Whether its table says that this share of it was left at its start, of all or of what can be pruned.
    fn began_with(&self, share: f64) -> bool {
        let of_prunable = (share * self.initial_params() - self.fixed_params()) / self.params;
        let said = |left: f64| [share, of_prunable].iter().any(|own| (own - left).abs() <= SPARSITY);
        self.initial_sparsity().is_some_and(|sparsity| said(1.0 - sparsity))
            || self.left_at_first().is_some_and(said)
    }

    /// The share that its schedule leaves at first.
    fn left_at_first(&self) -> Option<f64> {
        let schedule = Some(self.schedule()).filter(|schedule| **schedule != Schedule::Dense)?;
        let run = schedule.trajectory(self.network(), self.extent()).ok()?;
        Some(run.params_at(0.0) / run.initial_params())
    }
}
