//! Training runs, and sweeps of them, read from tables and validated.
//!
//! A [`Run`] is a network, its pruning [`Schedule`] and its loss curve: one [`Checkpoint`] or many. A
//! [`Sweep`] is a set of runs, made from them or read from a table with a row for each checkpoint:
//!
//! | column | what | unit |
//! |---|---|---|
//! | `params` | parameters that may be pruned, before any pruning | count |
//! | `tokens` | tokens seen; may be left out for dense runs that give `flops` (6 N D) | count |
//! | `loss` | cross-entropy | nats a token |
//! | `run` | name; the rows of one run are its loss curve; without it each row is a run | |
//! | `step` | optimiser steps done | count |
//! | `unique_tokens` | different tokens among those seen | count |
//! | `weight` | weight in the objective | |
//! | `group` | what the run belongs to: a corpus, a family | |
//! | `fixed_params` | parameters that are never pruned, added to `params`; 0 when left out | count |
//! | `schedule`, `final_sparsity`, `initial_sparsity`, `prune_start`, `prune_end`, `prune_unit`, `prune_every`, `prune_power` | the pruning schedule, see [`Schedule::from_fields`] | |
//! | `average_params`, `final_params` | N̄ and the count left, fixed ones included, where known outright | count |
//! | `learning_rate`, `vocabulary`, `planned_tokens`, `planned_steps` | what [`inspect`](mod@crate::inspect) goes by; cells that are no numbers count as empty | count |
//!
//! | `tokens_per_step`, `batch_size` (sequences a step), `sequence_length`, `samples` | tell the tokens where they are not given: steps × tokens a step, or samples × sequence length | count |
//!
//! All but the first three are optional. What a run has only once (`params`, `fixed_params`, `group` and the
//! schedule) must be the same on all of its rows. Names of columns are compared without case, spaces, hyphens,
//! underscores, slashes and points; common other names are known (`val_loss`; `N` and `D` too), and
//! [`Sweep::mapping`] says what was taken for what. Where two columns could be meant and neither has the field's own
//! name, the table is refused until [`ReadOptions::with_column`] chooses. Any other column can be used in
//! [`ReadOptions::filter`] only. Names tell units too: of a perplexity the logarithm is taken, GFLOPs are multiplied,
//! and bits a byte are refused without [`ReadOptions::bytes_per_token`].
//!
//! [`Sweep::from_path`] recognises besides what training tools write ([`Format`]). Such logs have rows without a loss,
//! which are passed over and counted; evaluation losses go before training losses; [`Sweep::sources`] says as what
//! each file was read. What a file does not say of its runs comes from [`ReadOptions`] or a [`RunTable`].

mod assemble;
mod batches;
mod cells;
mod checkpoint;
mod columns;
mod csv;
mod draft;
mod fields;
mod filter;
mod format;
mod given;
mod layout;
mod lines;
mod logged;
mod logged_run;
mod mapping;
mod measure;
mod merge;
mod notes;
mod observe;
mod options;
mod records;
mod rows;
mod source;
mod sweep;
mod table;
mod trajectories;

pub use checkpoint::Checkpoint;
pub use format::{Format, SourceFile};
pub use given::RunTable;
pub use mapping::{ColumnMapping, MappedBy};
pub use options::ReadOptions;
pub use sweep::Sweep;
pub use trajectories::{Counted, TrajectoryLog};

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
    /// Its name, of which a sweep has one.
    pub id: String,
    /// Parameters that the schedule may prune, before any pruning.
    pub params: f64,
    /// Parameters that are never pruned, beside [`params`](Self::params).
    pub fixed_params: f64,
    /// What it belongs to (a corpus, a family), where that was said.
    pub group: Option<String>,
    /// How it was pruned.
    pub schedule: Schedule,
    /// Its loss curve; sorted by tokens in a sweep.
    pub checkpoints: Vec<Checkpoint>,
    /// Its parameter counts, where they were logged.
    logged: Option<Box<Trajectory>>,
    /// What is known and never fitted.
    notes: Option<Box<notes::Notes>>,
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
        Self {
            id: id.into(),
            params,
            fixed_params: 0.0,
            group: None,
            schedule: Schedule::Dense,
            checkpoints,
            logged: None,
            notes: None,
        }
    }

    /// Adds parameters that are never pruned.
    #[must_use]
    pub fn with_fixed_params(mut self, fixed_params: f64) -> Self {
        self.fixed_params = fixed_params;
        self
    }

    /// Says what it belongs to.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Says how it was pruned.
    #[must_use]
    pub fn with_schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Adds a point of the loss curve.
    #[must_use]
    pub fn with_checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoints.push(checkpoint);
        self.checkpoints.sort_by(|a, b| a.tokens.total_cmp(&b.tokens));
        self
    }

    /// N₀: all parameters before any pruning, fixed ones included.
    #[must_use]
    pub fn initial_params(&self) -> f64 {
        self.params + self.fixed_params
    }

    /// What is pruned.
    #[must_use]
    pub fn network(&self) -> Network {
        Network { prunable: self.params, fixed: self.fixed_params }
    }

    /// How long it trained: tokens and steps of the last checkpoint.
    #[must_use]
    pub fn extent(&self) -> Extent {
        let last = self.checkpoints.iter().max_by(|a, b| a.tokens.total_cmp(&b.tokens));
        Extent { tokens: last.map_or(0.0, |c| c.tokens), steps: last.and_then(Checkpoint::step) }
    }

    /// Parameters over the tokens of the whole run.
    ///
    /// # Errors
    /// When the schedule does not fit the run: it is in steps, of which the last checkpoint does not tell
    /// the number, or it goes on after the run has ended.
    pub fn trajectory(&self) -> Result<Trajectory> {
        match &self.logged {
            Some(logged) => logged.until(self.extent().tokens),
            None => self.schedule.trajectory(self.network(), self.extent()),
        }
    }

    /// Sorts the loss curve and refuses what no law can be fitted to.
    fn check(&mut self) -> Result<()> {
        let refuse = |name: &str, value, expected| Error::InvalidRun {
            run: self.id.clone(),
            source: Box::new(Error::InvalidNumber { name: name.to_owned(), value, expected }),
        };
        if !(self.params.is_finite() && self.params > 0.0) {
            return Err(refuse("params", self.params, "a positive, finite number"));
        }
        if !(self.fixed_params.is_finite() && self.fixed_params >= 0.0) {
            return Err(refuse("fixed_params", self.fixed_params, "a finite number, zero or more"));
        }
        let unusable = |problem: String| Error::UnusableRun { run: self.id.clone(), problem };
        if self.checkpoints.is_empty() {
            return Err(unusable("has no checkpoint; give it at least one".to_owned()));
        }
        for checkpoint in &self.checkpoints {
            for (name, value) in checkpoint.numbers() {
                if !(value.is_finite() && value > 0.0) {
                    return Err(refuse(name, value, "a positive, finite number"));
                }
            }
            if let Some((name, value)) = checkpoint.count_above(self.initial_params()) {
                return Err(refuse(name, value, "at most params + fixed_params"));
            }
        }
        self.checkpoints.sort_by(|a, b| a.tokens.total_cmp(&b.tokens));
        if let Some(pair) = self.checkpoints.windows(2).find(|pair| pair[0].tokens == pair[1].tokens) {
            let tokens = pair[0].tokens;
            return Err(unusable(format!("has two checkpoints at {tokens} tokens; remove one")));
        }
        self.check_schedule()
            .map_err(|error| Error::InvalidRun { run: self.id.clone(), source: Box::new(error) })
    }

    /// Refuses a schedule that does not fit the run.
    fn check_schedule(&self) -> Result<()> {
        if self.schedule == Schedule::Dense { Ok(()) } else { self.trajectory().map(drop) }
    }
}
