//! llm-compressor, `MagnitudePruningModifier`: `modifiers/pruning/helpers.py` and `core/events/event.py`.

use super::Translate;
use super::parts::{check, check_positive, check_rise, check_sparsity, refuse, staircase, steps};
use crate::Result;
use crate::schedule::{Extent, MAX_CUTS, Schedule};
use serde::{Deserialize, Serialize};

/// What is left of a division that the tool takes for nothing.
const REMAINDER: f64 = 1e-10;

/// `s_i + (s_f - s_i) f(p)`, p the progress from `start` to `end`: linear `p`, cubic `1 - (1 - p)³`,
/// **polynomial `p^exponent`** (the cubic's opposite: slow first), polynomial_decay `(p - 1)^exponent + 1`.
///
/// - The index is the step, or, where `steps_per_epoch` is given, the epoch as a fraction.
/// - Masks are updated at the first index at or after `start` (if before `end`), and then where
///   **`index % update < 1e-10`, counted from 0**, up to and including `end`; without `update`, at every
///   step. Where `end` is no such index, `final_sparsity` is never reached; with epochs, double precision can hide a
///   multiple (0.3 % 0.1 is 0.0999…).
/// - Before `start` nothing is pruned, even if `init_sparsity` is not 0.
/// - `multi_step` takes the sparsity of the last of `steps` that has passed, `init_sparsity` before.
/// - At `end` the tool stops masking; that the zeros stay, as recipes see to by `ConstantPruningModifier`, is assumed.
/// - `polynomial_decay` with an even exponent, 2 by default, is refused: (p - 1)² + 1 is 2 at the start and *falls*
///   to 1.
///
/// With `init_sparsity 0, final_sparsity 0.8, start 50, end 250, update 100` over 400 steps: updates at 50 (to 0), 100
/// (p = 1/4) and 200 (p = 3/4), and none at 250.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
/// let pairs = [("init_sparsity", "0"), ("final_sparsity", "0.8"), ("start", "50"), ("end", "250"), ("update", "100")];
/// let extent = Extent::new(1e9).with_steps(400.0);
/// let schedule = Dialect::from_pairs("llm-compressor", pairs)?.schedule(extent)?;
/// let density = |left: f64| 0.2 + 0.8 * left.powi(3);
/// let average = 0.25 + 0.25 * density(0.75) + 0.5 * density(0.25);
/// assert!((schedule.trajectory(Network::new(1.0), extent)?.average_params() - average).abs() < 1e-15);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmCompressor {
    /// Sparsity at `start`, in [0, 1).
    pub init_sparsity: f64,
    /// Sparsity at `end`, in [0, 1), at least the initial.
    pub final_sparsity: f64,
    /// linear, cubic, polynomial, polynomial_decay or multi_step. Default cubic.
    #[serde(default = "default_scheduler")]
    pub update_scheduler: String,
    /// What the scheduler needs besides.
    #[serde(default)]
    pub scheduler_args: SchedulerArgs,
    /// Index at which pruning starts.
    pub start: f64,
    /// Index at which it ends, after `start`.
    pub end: f64,
    /// Masks are updated at multiples of this index. Default none: at every step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<f64>,
    /// Optimiser steps an epoch, if indices are epochs. Default none: they are steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps_per_epoch: Option<u64>,
}

/// The field `scheduler_args` of [`LlmCompressor`].
///
/// ```
/// use nbar::schedule::SchedulerArgs;
/// assert_eq!(SchedulerArgs::default(), SchedulerArgs { exponent: None, steps: Vec::new() });
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchedulerArgs {
    /// Exponent of polynomial and polynomial_decay. Default 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exponent: Option<f64>,
    /// `(index, sparsity from there on)` of multi_step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<(f64, f64)>,
}

fn default_scheduler() -> String {
    "cubic".to_owned()
}

impl LlmCompressor {
    fn exponent(&self) -> f64 {
        self.scheduler_args.exponent.unwrap_or(2.0)
    }

    /// The steps of `multi_step`, sorted.
    fn steps(&self) -> Vec<(f64, f64)> {
        let mut steps = self.scheduler_args.steps.clone();
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        steps
    }

    fn index(&self, step: u64) -> f64 {
        step as f64 / self.steps_per_epoch.unwrap_or(1) as f64
    }

    fn sparsity(&self, index: f64, steps: &[(f64, f64)]) -> f64 {
        let p = (index - self.start) / (self.end - self.start);
        let scaled = match self.update_scheduler.as_str() {
            "linear" => p,
            "cubic" => (p - 1.0).powi(3) + 1.0,
            "polynomial" => p.powf(self.exponent()),
            "polynomial_decay" => 1.0 - (1.0 - p).powf(self.exponent()),
            _ => {
                let passed = steps.iter().rev().find(|(at, _)| index >= *at);
                return passed.map_or(self.init_sparsity, |&(_, sparsity)| sparsity);
            }
        };
        self.init_sparsity + (self.final_sparsity - self.init_sparsity) * scaled
    }

    fn check_scheduler(&self) -> Result<()> {
        let exponent = self.exponent();
        match self.update_scheduler.as_str() {
            "linear" | "cubic" => Ok(()),
            "polynomial" => check_positive("exponent", exponent),
            "polynomial_decay" => check(
                exponent > 0.0 && exponent % 2.0 == 1.0,
                || {
                    format!(
                        "polynomial_decay with exponent = {exponent} is broken in the tool: it begins at its end, or above"
                    )
                },
                "choose an odd exponent, cubic, or polynomial",
            ),
            "multi_step" => {
                check(
                    !self.scheduler_args.steps.is_empty(),
                    || "multi_step needs scheduler_args.steps".to_owned(),
                    "give a list of [index, sparsity]",
                )?;
                let mut before = 0.0;
                for (index, sparsity) in self.steps() {
                    let good = index.is_finite() && index >= 0.0;
                    check(good, || format!("step {index} is not at least 0"), "count from 0")?;
                    check_sparsity("sparsity of a step", sparsity)?;
                    let problem = || format!("the sparsity falls to {sparsity} at step {index}");
                    check(sparsity >= before, problem, "give a log, or phases")?;
                    before = sparsity;
                }
                Ok(())
            }
            other => Err(refuse(
                format!("update_scheduler = '{other}' is not known"),
                "choose one of linear, cubic, polynomial, polynomial_decay, multi_step (calc(...) is not run here)",
            )),
        }
    }
}

impl Translate for LlmCompressor {
    fn check(&self) -> Result<()> {
        check_rise(("init_sparsity", self.init_sparsity), ("final_sparsity", self.final_sparsity))?;
        let (start, end) = (self.start, self.end);
        let good = start.is_finite() && start >= 0.0;
        check(good, || format!("start = {start} is not at least 0"), "count from 0")?;
        check(
            end.is_finite() && end > start,
            || format!("end = {end} is not after start = {start}, and the tool divides by their difference"),
            "give a later end",
        )?;
        if let Some(update) = self.update {
            check(update.is_finite(), || format!("update = {update} is not a number"), "give one, or none")?;
        }
        if let Some(steps) = self.steps_per_epoch {
            check_positive("steps_per_epoch", steps as f64)?;
        }
        self.check_scheduler()
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let multi = self.steps();
        let per = self.steps_per_epoch.unwrap_or(1) as f64;
        // One step early and late: the comparisons below decide.
        let from = ((self.start * per).floor() as u64).saturating_sub(1);
        let to = ((self.end * per).ceil() as u64).saturating_add(2).min(steps(extent)?);
        let problem = || "the ramp would have more than 10 million steps".to_owned();
        check(to.saturating_sub(from) < MAX_CUTS as u64, problem, "check end and steps_per_epoch")?;
        let mut started = false;
        let cuts = (from..to).filter_map(|step| {
            let index = self.index(step);
            if index < self.start || index > self.end {
                return None;
            }
            let starts = !started && index < self.end;
            started |= starts;
            let due = self.update.is_none_or(|update| update <= 0.0 || index % update < REMAINDER);
            (starts || (started && due)).then(|| (step, self.sparsity(index, &multi)))
        });
        Ok(staircase(0.0, cuts))
    }

    fn target(&self) -> f64 {
        match self.update_scheduler.as_str() {
            "multi_step" => self.steps().last().map_or(self.init_sparsity, |&(_, sparsity)| sparsity),
            _ => self.final_sparsity,
        }
    }
}
