//! Runs whose parameter counts were logged: what happened goes before what was configured.

use std::collections::HashSet;

use smol_str::SmolStr;

use super::trajectory_log::{TrajectoryLog, apart};
use super::{Run, Sweep};
use crate::run::Counted;
use crate::schedule::{BatchRamp, Extent, Interpolation};
use crate::units::{format_count, format_quantity};
use crate::{Error, Result, Schedule, Trajectory};

/// Relative differences of tokens a step below which they are one.
const EVEN: f64 = 1e-9;
/// Counts that end after this share of a run are those of the whole.
const WHOLE: f64 = 0.98;
/// So many rows of one count at the end say that the log goes on after pruning; before this share of a run it may count in another unit.
const LEVEL: usize = 3;
const MOST: f64 = 0.9;
/// Counts that end before this share of a run are in another unit.
const EARLY: f64 = 2e-3;
/// A log in tokens whose rows all stand before this share of its run is in another unit.
const UNIT: f64 = 1e-6;
/// Fewer rows may list changes alone.
const SEVERAL: usize = 5;

impl Run {
    /// Whether its parameter count is told by a schedule or a log.
    pub(crate) fn has_course(&self) -> bool {
        *self.schedule() != Schedule::Dense || self.is_logged()
    }

    /// Whether its counts were logged.
    pub(crate) fn is_logged(&self) -> bool {
        self.logged().is_some()
    }

    pub(super) fn logged(&self) -> Option<&Trajectory> {
        self.more.as_ref()?.once.as_ref()?.logged.as_ref()
    }

    /// The share of the run at which its logged counts end, if rows seem to be missing after them.
    pub(crate) fn counts_end(&self) -> Option<f64> {
        self.more.as_ref()?.once.as_ref()?.counts_end
    }

    /// By what share its N̄ may be off, if changes may have come long before the rows that count them.
    pub(crate) fn counts_apart(&self) -> Option<f64> {
        self.more.as_ref()?.once.as_ref()?.counts_apart
    }

    /// Whether nothing says that it was pruned, and no log counts it.
    pub(crate) fn is_uncounted(&self) -> bool {
        *self.schedule() == Schedule::Dense
            && self.logged().is_none()
            && self.checkpoints().iter().all(|row| row.average_params().is_none())
    }
}

impl TrajectoryLog {
    /// The share of a run of this extent at which its counts end, if they are no list of changes alone, and fell to their last row, or stay level
    /// over its last rows.
    fn ends_before(&self, run: &str, extent: &Extent) -> Option<f64> {
        let points = &self.points[*self.index.get(run)?];
        let [.., (_, before), (at, last)] = points[..] else { return None };
        let falls = if self.counted == Counted::Sparsity { last > before } else { last < before };
        let is_list = points.windows(2).all(|pair| pair[0].1 != pair[1].1);
        let level = points.iter().rev().take_while(|(_, count)| *count == last).count();
        // One count on many rows is no list of changes.
        let goes_on = level >= LEVEL && (level < points.len() || level >= SEVERAL);
        let share = at / if self.is_in_steps() { extent.steps? } else { extent.tokens };
        ((falls && !is_list && share < WHOLE) || (goes_on && share < MOST)).then_some(share)
    }

    /// Where its counts of a run of this extent end, and that as a share of the run, if several rows stand so early that their unit is another.
    fn ends_early(&self, run: &str, extent: &Extent) -> Option<(f64, f64)> {
        let points = &self.points[*self.index.get(run)?];
        let (at, _) = *points.last()?;
        let share = at / if self.is_in_steps() { extent.steps? } else { extent.tokens };
        let is_early = points.len() >= SEVERAL && share < EARLY;
        (is_early || (at > 0.0 && points.len() > 1 && share < UNIT && !self.is_in_steps()))
            .then_some((at, share))
    }
}

impl Sweep {
    /// Gives runs the parameter counts of a log or several, by their names; they go before schedules. Runs that are not in the log stay
    /// as they are, and the log may have runs that a filter leaves out. A log without a column `run` is of the run that is called
    /// after its file.
    ///
    /// Steps of the log are put on tokens by the steps and the tokens of the run's own rows, evenly between two of them.
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
    /// [`Error::Option`] for a run of the log that the sweep has not got, or that two logs count otherwise, [`Error::MissingInput`] for a log in steps where a run
    /// does not tell its own, and those of [`TrajectoryLog::trajectory`].
    pub fn with_trajectories(
        self,
        logs: impl AsRef<[TrajectoryLog]>,
        between: Interpolation,
    ) -> Result<Self> {
        let logs = TrajectoryLog::joined(logs.as_ref())?;
        self.check_parts(&logs)?;
        logs.iter().try_fold(self, |sweep, log| sweep.with_counts(log, between))
    }

    fn with_counts(mut self, log: &TrajectoryLog, between: Interpolation) -> Result<Self> {
        let known: HashSet<&str> = self.runs.iter().map(|run| run.id()).collect();
        // Of runs that a filter leaves out nothing is needed.
        let is_whole = self.rows_filtered_out == 0;
        if let Some(stranger) = log.runs().find(|name| is_whole && !known.contains(name)) {
            let known: Vec<&str> = self.runs.iter().take(20).map(|run| run.id()).collect();
            let remedy = format!("name runs as the sweep does: {}", known.join(", "));
            let stranger = format!("'{stranger}'");
            return Err(Error::option("trajectories", stranger, "is no run of the sweep", remedy));
        }
        self.uses.extend(log.uses);
        let logged: HashSet<&str> = log.runs().collect();
        let mut cut = Vec::new();
        for index in 0..self.runs.len() {
            let run = &self.runs[index];
            if !logged.contains(run.id()) {
                continue;
            }
            let extent = run.extent();
            let batches = batches(run).map(BatchRamp::new).transpose()?;
            if log.is_in_steps() {
                extent.known_steps().map_err(|error| self.blame(index, error))?;
            }
            if let Some((at, share)) = log.ends_early(run.id(), &extent) {
                let ends = format!("ends at {at} for run '{}', after {:.1e} of its tokens", run.id(), share);
                let remedy =
                    "see whether a unit is missing (`tokens_B`, or 9B in the cells), or the rows that follow";
                return Err(Error::option("trajectories", &log.path, &ends, remedy));
            }
            if let Some(last) = log.goes_on(run.id(), extent.tokens, batches.as_ref()) {
                cut.push((run.name().clone(), last, extent.tokens));
            }
            let counts_end = log.ends_before(run.id(), &extent);
            let of = |log: &TrajectoryLog| {
                log.trajectory(run.id(), Some(run.network()), extent.tokens, batches.as_ref(), between)
            };
            let trajectory = of(log).map_err(|error| self.blame(index, error))?;
            let soonest = log.soonest(run.id(), between).and_then(|log| of(&log).ok());
            let counts_apart = soonest.and_then(|soonest| apart(&trajectory, &soonest));
            let once = self.runs[index].once_mut();
            (once.logged, once.counts_end, once.counts_apart) = (Some(trajectory), counts_end, counts_apart);
        }
        self.say(log, &cut);
        Ok(self)
    }

    /// Says of the log how it was read, and which runs' counts go on after their last loss.
    fn say(&mut self, log: &TrajectoryLog, cut: &[(SmolStr, f64, f64)]) {
        let own = self.sources.iter().position(|source| source.path == log.path).unwrap_or_default();
        let Some(source) = self.sources.get_mut(own) else { return };
        source.notes.extend(log.notes.iter().cloned());
        let Some((run, last, end)) = cut.first() else { return };
        let [last, end] = [*last, *end].map(|tokens| format_quantity(tokens, 9));
        let others = match cut.len() {
            1 => String::new(),
            runs => format!(", and so do those of {} more", format_count(runs - 1, "run")),
        };
        source.notes.push(format!(
            "the counts of run '{run}' in {} go on to {last} tokens, beyond its last loss at {end}{others}: they are cut there",
            log.path
        ));
    }
}

/// Tokens a step from row to row of a run, the first from its start on; none if it does not tell its steps.
fn batches(run: &Run) -> Option<Vec<(f64, f64)>> {
    let (mut pieces, mut last) = (Vec::new(), (0.0, 0.0));
    for row in run.checkpoints() {
        let Some(step) = row.step().filter(|step| *step > last.0 && row.tokens > last.1) else { continue };
        pieces.push((last.0, (row.tokens - last.1) / (step - last.0)));
        last = (step, row.tokens);
    }
    let extent = run.extent();
    let even = extent.tokens / extent.steps?;
    // Rows of one batch size say no more than the last.
    let is_even = pieces.iter().all(|(_, rate)| (rate / even - 1.0).abs() < EVEN);
    Some(if is_even || last.0 < extent.steps? { vec![(0.0, even)] } else { pieces })
}
