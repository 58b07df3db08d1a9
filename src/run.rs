//! Training runs, and sweeps of them.
//!
//! A [`Run`] is a network, its pruning [`Schedule`] and its loss curve: one [`Checkpoint`] or many. A [`Sweep`] is a
//! validated set of runs, made from them or read from files ([`read`](crate::read)).

mod checkpoint;
mod doubtful;
mod few;
mod jobs;
mod joined_logs;
mod logged;
mod logged_run;
mod mapping;
mod merge;
mod names;
mod notes;
mod own;
mod part;
pub(crate) mod pruned;
mod source_file;
mod sweep;
mod told;
mod trajectory_log;
mod unmet;
mod window;

pub use checkpoint::Checkpoint;
pub(crate) use checkpoint::outside;
pub(crate) use doubtful::{About, Doubtful, is_pattern};
pub(crate) use few::Few;
pub use mapping::ColumnMapping;
pub(crate) use mapping::{Conversion, MappedBy};
pub(crate) use names::Names;
pub(crate) use notes::{Ended, LeftShare};
pub(crate) use pruned::PrunedAs;
pub(crate) use source_file::Format;
pub use source_file::SourceFile;
pub use sweep::Sweep;
pub(crate) use sweep::{Named, Origin};
pub(crate) use told::Told;
pub(crate) use trajectory_log::Counted;
pub use trajectory_log::TrajectoryLog;
pub(crate) use unmet::{Unmet, refuse_none};

use std::sync::Arc;

use smol_str::SmolStr;

use crate::error::Location;
use crate::schedule::Unit;
use crate::schedule::decay::{Decay, Said};
use crate::{Error, Extent, Network, Result, Schedule, Trajectory};

/// One training run: a network, how it was pruned, and what it scored.
///
/// ```
/// use nbar::{Checkpoint, Run};
/// let run = Run::dense("a", 1e9, 2e10, 2.51).with_checkpoint(Checkpoint::new(1e10, 2.74));
/// assert_eq!(run.initial_params(), 1e9);
/// assert_eq!(run.extent().tokens, 2e10);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Run {
    id: SmolStr,
    /// Parameters that the schedule may prune, before any pruning.
    pub params: f64,
    /// Sorted by tokens in a sweep.
    pub(crate) curve: Few<Checkpoint>,
    /// What many runs say alike; none where nothing is said.
    kind: Option<Arc<Kind>>,
    /// What few runs have.
    more: Option<Box<More>>,
}

/// What many runs say alike.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Kind {
    pub(crate) fixed_params: f64,
    pub(crate) group: Option<SmolStr>,
    pub(crate) cluster: Option<SmolStr>,
    /// What columns of words and whole numbers say that no field has: their names, and what they say.
    pub(crate) labels: Vec<[SmolStr; 2]>,
    /// Its cluster is the run that it is an evaluation of.
    pub(crate) is_evaluation: bool,
    pub(crate) schedule: Schedule,
    /// How its learning rate falls.
    pub(crate) decay: Decay,
    /// In the words of the table, where it says anything.
    pub(crate) said: Option<Box<Said>>,
    /// Only its FLOPs C are known: it stands there with one parameter and C/6 tokens, so that 6 N̄ D is C.
    pub(crate) flops_alone: bool,
}

/// What few runs have.
#[derive(Debug, Clone, Default, PartialEq)]
struct More {
    /// What rows say that is never fitted.
    rows: Few<notes::Row>,
    once: Option<Box<Once>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Once {
    /// Parameter counts that were logged.
    logged: Option<Trajectory>,
    /// The share of the run at which these end, if they fell to their last row.
    counts_end: Option<f64>,
    /// By what share N̄ may be off, each count being held to the next, if changes may have come long before the rows that tell them.
    counts_apart: Option<f64>,
    /// What is known of the run and never fitted.
    notes: notes::Notes,
    /// What rows have in columns that laws read by name.
    own: Vec<own::Row>,
}

impl Run {
    /// A run that was never pruned, with the loss at its end: `params` and `tokens` as counts, `loss` in nats
    /// a token.
    #[must_use]
    pub fn dense(id: impl Into<String>, params: f64, tokens: f64, loss: f64) -> Self {
        Self::new(id, params, vec![Checkpoint::new(tokens, loss)])
    }

    /// A run with its loss curve; dense until a schedule is given.
    #[must_use]
    pub fn new(id: impl Into<String>, params: f64, checkpoints: Vec<Checkpoint>) -> Self {
        Self::named(SmolStr::from(id.into()), params, checkpoints.into())
    }

    pub(crate) fn named(id: SmolStr, params: f64, curve: Few<Checkpoint>) -> Self {
        Self { id, params, curve, kind: None, more: None }
    }

    /// Adds parameters that are never pruned.
    #[must_use]
    pub fn with_fixed_params(mut self, fixed_params: f64) -> Self {
        self.say(Kind { fixed_params, ..self.kind() });
        self
    }

    /// Says how it was pruned.
    #[must_use]
    pub fn with_schedule(mut self, schedule: Schedule) -> Self {
        self.set_schedule(schedule);
        self
    }

    /// Says what it belongs to: a corpus, a family.
    ///
    /// ```
    /// let run = nbar::Run::dense("a", 1e9, 2e10, 2.51).with_group("c4");
    /// assert_eq!(run.group(), Some("c4"));
    /// ```
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.say(Kind { group: Some(group.into().into()), ..self.kind() });
        self
    }

    /// Says with which runs it shares noise: those of the same cluster, as of a budget, a seed or an order of the data.
    ///
    /// ```
    /// let run = nbar::Run::dense("a", 1e9, 2e10, 2.51).with_cluster("seed 3");
    /// assert_eq!(run.cluster(), Some("seed 3"));
    /// ```
    #[must_use]
    pub fn with_cluster(mut self, cluster: impl Into<String>) -> Self {
        self.say(Kind { cluster: Some(cluster.into().into()), ..self.kind() });
        self
    }

    /// Adds a point of the loss curve.
    #[must_use]
    pub fn with_checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.curve.push(checkpoint);
        self.curve.sort_by_key(|c| c.tokens);
        self
    }

    fn say(&mut self, kind: Kind) {
        self.kind = (kind != Kind::default()).then(|| Arc::new(kind));
    }

    fn kind(&self) -> Kind {
        self.kind.as_deref().cloned().unwrap_or_default()
    }

    pub(crate) fn set_schedule(&mut self, schedule: Schedule) {
        self.say(Kind { schedule, ..self.kind() });
    }

    /// Gathers it with other evaluations of a run, where it has no cluster.
    pub(crate) fn set_evaluation_of(&mut self, run: Option<SmolStr>) {
        if run.is_some() && self.cluster().is_none() {
            self.say(Kind { cluster: run, is_evaluation: true, ..self.kind() });
        }
    }

    /// Whether its cluster is the run that it is an evaluation of.
    pub(crate) fn is_evaluation(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.is_evaluation)
    }

    /// Whether only its FLOPs are known, and neither its parameters nor its tokens.
    pub(crate) fn is_flops_alone(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.flops_alone)
    }

    /// Gives what it says as others do; none for what says nothing.
    pub(crate) fn set_kind(&mut self, kind: Option<Arc<Kind>>) {
        self.kind = kind;
    }

    /// Its name, of which a sweep has one.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn name(&self) -> &SmolStr {
        &self.id
    }

    /// Its loss curve; sorted by tokens in a sweep.
    #[must_use]
    pub fn checkpoints(&self) -> &[Checkpoint] {
        &self.curve
    }

    /// Parameters that are never pruned, beside [`params`](Self::params).
    #[must_use]
    pub fn fixed_params(&self) -> f64 {
        self.kind.as_ref().map_or(0.0, |kind| kind.fixed_params)
    }

    /// What it belongs to (a corpus, a family), where that was said.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.kind.as_ref()?.group.as_deref()
    }

    /// What columns of words and whole numbers say that no field has: their names, and what they say.
    pub(crate) fn labels(&self) -> &[[SmolStr; 2]] {
        self.kind.as_ref().map_or(&[], |kind| &kind.labels)
    }

    /// What shares its noise, where that was said.
    #[must_use]
    pub fn cluster(&self) -> Option<&str> {
        self.kind.as_ref()?.cluster.as_deref()
    }

    /// How it was pruned.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        self.kind.as_ref().map_or(&Schedule::Dense, |kind| &kind.schedule)
    }

    /// N₀: all parameters before any pruning, fixed ones included.
    #[must_use]
    pub fn initial_params(&self) -> f64 {
        self.params + self.fixed_params()
    }

    /// What is pruned.
    #[must_use]
    pub fn network(&self) -> Network {
        Network { prunable: self.params, fixed: self.fixed_params() }
    }

    /// How long it trained: tokens and steps of the last checkpoint.
    #[must_use]
    pub fn extent(&self) -> Extent {
        let last = self.curve.iter().max_by(|a, b| a.tokens.total_cmp(&b.tokens));
        Extent { tokens: last.map_or(0.0, |c| c.tokens), steps: last.and_then(Checkpoint::step) }
    }

    /// The loss of the checkpoint of most tokens.
    pub(crate) fn last_loss(&self) -> f64 {
        self.curve.last().map_or(f64::NAN, |c| c.loss)
    }

    /// Parameters over the tokens of the run, up to its last checkpoint.
    ///
    /// The schedule is over the length that was planned (`planned_tokens`, `planned_steps`), where that is longer.
    ///
    /// # Errors
    /// When the schedule is in steps of an unknown number or goes on after the end, or is in shares of a length of which rows
    /// plan several.
    pub fn trajectory(&self) -> Result<Trajectory> {
        let (extent, length) = (self.extent(), self.length());
        let in_shares = |unit: &Unit| matches!(unit, Unit::Fraction | Unit::Compute) && !self.is_logged();
        if let Some(unit) = self.schedule().unit().filter(in_shares)
            && self.plans_differ()
        {
            let problem = "is of a length of which the rows plan several";
            let remedy = "give one planned length a run, or the schedule in tokens";
            return Err(Error::schedule("prune_unit", unit, problem, remedy));
        }
        let whole = self.trajectory_over(length)?;
        if length.tokens > extent.tokens && !self.is_logged() {
            whole.until(extent.tokens)
        } else {
            Ok(whole)
        }
    }

    /// The same over another length: that which is planned. What was logged stays as it is, and goes no farther.
    pub(crate) fn trajectory_over(&self, extent: Extent) -> Result<Trajectory> {
        let mut trajectory = match self.logged() {
            Some(logged) => logged.until(extent.tokens.min(logged.tokens())),
            None => self.schedule().trajectory(self.network(), extent),
        }?;
        trajectory.decay = self.decay();
        Ok(trajectory)
    }

    /// How its learning rate falls.
    pub(crate) fn said_of_decay(&self) -> Option<&Said> {
        self.kind.as_ref()?.said.as_deref()
    }

    pub(crate) fn decay(&self) -> Decay {
        let decay = self.kind.as_ref().map_or_else(Decay::default, |kind| kind.decay);
        Decay { floor: self.floor_by_end().unwrap_or(decay.floor), ..decay }
    }

    /// Where its learning rate ends over its peak, by the rates themselves; none where the floor is told, or the two tell no fall: then one of
    /// them is something else.
    pub(crate) fn floor_by_end(&self) -> Option<f64> {
        self.end_over_peak().filter(|_| self.said_of_decay().is_some_and(|said| said.floor.is_none()))
    }

    /// The same whether the floor is told or not.
    pub(crate) fn end_over_peak(&self) -> Option<f64> {
        /// A rate that ends so near its peak does not fall, and one that is logged from this share of the run on may have fallen before.
        const FALLS: f64 = 0.9;
        const EARLY: f64 = 0.2;
        let end = self.said_of_decay()?.end?;
        if end == 0.0 {
            return Some(0.0);
        }
        // Rates that change tell their peak only where they are logged from early on.
        let (first_at, first) = self.learning_rates_at().next()?;
        let changes = self.learning_rates().any(|rate| rate != first);
        let is_late = changes && first_at > EARLY * self.extent().tokens;
        let peak = self.learning_rates().fold(0.0, f64::max);
        (end <= FALLS * peak && !is_late).then(|| end / peak)
    }

    /// Sorts the loss curve and refuses what no law can be fitted to.
    fn check(&mut self) -> Result<()> {
        let place = || Location::in_run(&self.id);
        let refuse = |name: &str, value: f64, problem: &str| {
            place().blame(Error::value(name, value, problem, "check it, and its unit"))
        };
        if !(self.params.is_finite() && self.params > 0.0) {
            return Err(refuse("params", self.params, "is not a positive, finite number"));
        }
        let fixed_params = self.fixed_params();
        if !(fixed_params.is_finite() && fixed_params >= 0.0) {
            return Err(refuse("fixed_params", fixed_params, "is not a finite number, zero or more"));
        }
        if self.curve.is_empty() {
            return Err(place().refuse("the run has no checkpoint", "give it at least one"));
        }
        for checkpoint in self.curve.iter() {
            for (name, value) in checkpoint.numbers() {
                if !(value.is_finite() && value > 0.0) {
                    return Err(refuse(name, value, "is not a positive, finite number"));
                }
            }
            if let Some((name, value, problem)) =
                checkpoint.count_outside(fixed_params, self.initial_params())
            {
                return Err(refuse(name, value, &format!("is {problem}")));
            }
        }
        self.curve.sort_by_key(|c| c.tokens);
        if let Some(pair) = self.curve.windows(2).find(|pair| pair[0].tokens == pair[1].tokens) {
            let tokens = pair[0].tokens;
            return Err(place().refuse(format!("two checkpoints are at {tokens} tokens"), "remove one"));
        }
        self.check_schedule().map_err(|error| Location::in_run(&self.id).blame(error))
    }

    /// Refuses a schedule that does not fit the run.
    pub(crate) fn check_schedule(&self) -> Result<()> {
        if *self.schedule() == Schedule::Dense { Ok(()) } else { self.trajectory().map(drop) }
    }
}
