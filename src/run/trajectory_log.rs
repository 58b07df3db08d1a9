//! Logged parameter counts: what really happened, which beats any schedule that was configured.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::schedule::{BatchRamp, Interpolation, Network, Trajectory, Unit};
use crate::{Error, Result};

/// What a table counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// `params`: all parameters that are active, fixed ones included.
    Params,
    /// `nonzero`: those that are left of the prunable ones.
    Nonzero,
    /// `sparsity`: the share of the prunable ones that is gone.
    Sparsity,
}

/// Logged counts of one run or several: a table with the columns `tokens` or `step`, one of `params`, `nonzero` and
/// `sparsity`, and, if it holds several runs, `run`.
///
/// ```
/// use nbar::run::TrajectoryLog;
/// use nbar::schedule::{Interpolation, Network};
///
/// let log = TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\na,0,0\na,5B,0.5\nb,0,0.2\n")?;
/// assert_eq!(log.runs().collect::<Vec<_>>(), ["a", "b"]);
/// let network = Some(Network::new(1e9));
/// assert_eq!(log.trajectory("a", network, 10e9, None, Interpolation::Held)?.average_params(), 0.75e9);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrajectoryLog {
    /// The file.
    pub path: String,
    /// Token or step.
    pub unit: Unit,
    pub(crate) counted: Counted,
    /// Rows read.
    pub rows: usize,
    pub(crate) names: Vec<String>,
    pub(crate) index: HashMap<String, usize>,
    pub(crate) points: Vec<Vec<(f64, f64)>>,
    /// Weights of all layers of each run, where rows are of a layer each and say its size.
    pub(crate) sizes: Vec<Option<f64>>,
    /// The sparsity at the first row of each run, where another column of the table says it.
    pub(crate) began: Vec<Option<f64>>,
    /// The run that its file is called after.
    pub(crate) of_file: String,
    /// An option that changed some cell.
    pub(crate) uses: Option<&'static str>,
    /// What to say of how it was read.
    pub(crate) notes: Vec<String>,
}

/// A log is one of several.
impl AsRef<[TrajectoryLog]> for TrajectoryLog {
    fn as_ref(&self) -> &[Self] {
        std::slice::from_ref(self)
    }
}

/// Counts so far beyond the end of a run, as a share of it, are those of its end.
const AFTER: f64 = 1e-3;
/// Counts within a run, at the least, of a log that goes on after it.
const WITHIN: usize = 2;
/// Its last count stands at so many times the run's length at the most: farther, it may be of another unit.
const FARTHEST: f64 = 1.5;
/// Share of a network below which a count of what is left is in another unit.
const LEAST: f64 = 1e-4;
/// Shares by which N̄ may be off below this are not said.
const APART: f64 = 0.02;
/// Share of a run that may pass before its first logged count, where that is pruned already; and what counts may be rounded by.
const LATE: f64 = 0.02;
pub(super) const ROUNDED: f64 = 0.01;

impl TrajectoryLog {
    /// The names of the runs, in the order in which they come; one without a name where there is no column `run`.
    pub fn runs(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The same; a run without a name is called after the file.
    pub(crate) fn of_its_file(&self) -> Cow<'_, Self> {
        match &self.names[..] {
            [name] if name.is_empty() => {
                let own = self.of_file.clone();
                let index = HashMap::from([(own.clone(), 0)]);
                Cow::Owned(Self { names: vec![own], index, ..self.clone() })
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// Whether its positions are steps.
    pub(crate) fn is_in_steps(&self) -> bool {
        self.unit == Unit::Step
    }

    /// Position of a run's last row, in the table's unit.
    pub(super) fn last_position(&self, run: &str) -> Result<f64> {
        Ok(self.points[self.index(run)?].last().map_or(0.0, |point| point.0))
    }

    fn index(&self, run: &str) -> Result<usize> {
        self.index
            .get(run)
            .copied()
            .ok_or_else(|| Error::unknown("run", run, &self.names[..self.names.len().min(20)].join(", ")))
    }

    /// The log of one run as it would be if each change had come right after the row before; none where every row is a change, as in a list
    /// of cuts, and where counts are not held.
    pub(super) fn soonest(&self, run: &str, between: Interpolation) -> Option<Self> {
        let index = *self.index.get(run)?;
        let points = &self.points[index];
        let is_list = points.windows(2).all(|pair| pair[0].1 != pair[1].1);
        (between == Interpolation::Held && !is_list).then(|| Self {
            names: vec![run.to_owned()],
            index: HashMap::from([(run.to_owned(), 0)]),
            points: vec![points.windows(2).map(|pair| (pair[0].0, pair[1].1)).collect()],
            sizes: vec![self.sizes[index]],
            began: vec![self.began[index]],
            path: self.path.clone(),
            unit: self.unit,
            counted: self.counted,
            rows: self.rows,
            of_file: String::new(),
            uses: None,
            notes: Vec::new(),
        })
    }

    /// The tokens of a run's last count where it lies beyond the run's end, and several before that: of a log in another unit one would at most.
    pub(super) fn goes_on(&self, run: &str, total_tokens: f64, batches: Option<&BatchRamp>) -> Option<f64> {
        let points = &self.points[*self.index.get(run)?];
        let batches = batches.filter(|_| self.is_in_steps());
        let at = |point: &(f64, f64)| batches.map_or(point.0, |batches| batches.tokens_at(point.0));
        let last = points.last().map(at)?;
        let within =
            points.iter().map(at).filter(|tokens| (0.0..=total_tokens).contains(tokens) && *tokens > 0.0);
        let is_after = last > total_tokens * (1.0 + AFTER) && last <= total_tokens * FARTHEST;
        (is_after && within.count() >= WITHIN).then_some(last)
    }

    /// The trajectory of a run of `total_tokens` tokens.
    ///
    /// Counts beyond the end are cut there if two of the log or more stand before it; a log in another unit has none or one.
    ///
    /// A `network` is needed by a table of sparsities, and gives N₀, which is the first count otherwise, and the fixed
    /// parameters that `nonzero` leaves out. `batches` puts steps on the axis of tokens; a table in tokens needs none.
    ///
    /// # Errors
    /// [`Error::Option`] for a run that is not there, and for counts below a ten-thousandth of the network, [`Error::MissingInput`] for what is needed and not given, as is what came
    /// before a first row that is late in the run and pruned already, and those of [`Trajectory::from_log`].
    pub fn trajectory(
        &self,
        run: &str,
        network: Option<Network>,
        total_tokens: f64,
        batches: Option<&BatchRamp>,
        between: Interpolation,
    ) -> Result<Trajectory> {
        let index = self.index(run)?;
        let points = &self.points[index];
        if let (Some(size), Some(network)) = (self.sizes[index], network)
            && (size / network.prunable - 1.0).abs() > 1e-3
        {
            let problem = format!("is not the {size} weights of all layers in {}", self.path);
            let remedy = format!("give {size}, and the others as `fixed_params`");
            return Err(Error::value("params", network.prunable, &problem, remedy));
        }
        let needs = |input: &str, remedy: &str| {
            Error::missing(format!("the log {}", self.path), input, "is not given", remedy)
        };
        let batches = match (self.unit, batches) {
            (Unit::Step, None) => {
                return Err(needs("tokens a step", "give steps and tokens, or a batch ramp"));
            }
            (Unit::Step, batches) => batches,
            _ => None,
        };
        let network = match (self.counted, network) {
            (Counted::Sparsity, None) => return Err(needs("params", "give the parameters before pruning")),
            (_, network) => network,
        };
        let fixed = network.map_or(0.0, |network| network.fixed);
        let count = |value: f64| match (self.counted, network) {
            (Counted::Sparsity, Some(network)) => network.fixed + network.prunable * (1.0 - value),
            (Counted::Nonzero, _) => fixed + value,
            _ => value,
        };
        let at = |position| batches.map_or(position, |batches| batches.tokens_at(position));
        let mut counts: Vec<_> =
            points.iter().map(|&(position, value)| (at(position), count(value))).collect();
        let goes_on = self.goes_on(run, total_tokens, batches);
        // A tool may count a step more than its last row, or round.
        let is_end = |tokens: f64| {
            goes_on.is_none() && tokens > total_tokens && tokens <= total_tokens * (1.0 + AFTER)
        };
        counts
            .iter_mut()
            .filter(|(tokens, _)| is_end(*tokens))
            .for_each(|(tokens, _)| *tokens = total_tokens);
        counts.dedup_by(|later, first| later.0 == total_tokens && first.0 == total_tokens);
        let (all, first) = (network.map(|network| network.prunable + network.fixed), counts[0]);
        let least = counts.iter().map(|(_, count)| *count).fold(f64::INFINITY, f64::min);
        if self.counted != Counted::Sparsity && all.is_some_and(|all| least < all * LEAST) {
            let problem =
                format!("counts {least} left of run '{run}', of {} parameters", all.unwrap_or_default());
            let remedy = "see whether a unit is missing (92M), or shares stand in place of counts (`columns=density=NAME`)";
            return Err(Error::option("trajectories", &self.path, &problem, remedy));
        }
        if first.0 > LATE * total_tokens && all.is_some_and(|all| first.1 < all * (1.0 - ROUNDED)) {
            let (at, unit) = (points[0].0, self.unit);
            let missing =
                format!("is not given for run '{run}': its first row, at {unit} {at}, is pruned already");
            let is_one = points.iter().all(|point| point.1 == points[0].1);
            let remedy = match is_one && self.counted == Counted::Sparsity {
                true => {
                    "add one with what was left from the start on; if it was so from the start, read no log of counts, and say `schedule=constant` and the column as final_sparsity"
                }
                false => "add one with what was left from the start on",
            };
            return Err(Error::missing(format!("the log {}", self.path), "a row at 0", missing, remedy));
        }
        let trajectory = match goes_on {
            Some(last) => {
                let whole = Trajectory::from_log(&counts, last, between)?;
                Trajectory { decay_over: total_tokens, ..whole.until(total_tokens)? }
            }
            None => Trajectory::from_log(&counts, total_tokens, between)?,
        };
        match network {
            Some(network) => trajectory.with_initial_params(network.prunable + network.fixed),
            None => Ok(trajectory),
        }
    }
}

/// By what share N̄ differs if changes come [as soon as they may](TrajectoryLog::soonest); none where that is little.
pub(super) fn apart(held: &Trajectory, soonest: &Trajectory) -> Option<f64> {
    let apart = (soonest.average_params() / held.average_params() - 1.0).abs();
    (apart > APART).then_some(apart)
}
