//! llm-compressor, `MagnitudePruningModifier`: `modifiers/pruning/helpers.py` and `core/events/event.py`.

use super::Translate;
use super::parts::{
    check, check_after, check_positive, check_rise, check_sparsity, cubic, refuse, staircase, steps,
};
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LlmCompressor {
    init_sparsity: f64,
    final_sparsity: f64,
    /// linear, cubic, polynomial, polynomial_decay or multi_step.
    #[serde(default = "cubic")]
    update_scheduler: String,
    #[serde(default)]
    scheduler_args: SchedulerArgs,
    start: f64,
    end: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps_per_epoch: Option<u64>,
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    leave_enabled: bool,
}

fn yes() -> bool {
    true
}

/// What the scheduler needs besides.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchedulerArgs {
    /// Of polynomial and polynomial_decay; none is 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exponent: Option<f64>,
    /// `(index, sparsity from there on)` of multi_step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    steps: Vec<(f64, f64)>,
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
            "polynomial_decay" => {
                let why = "is broken in the tool: it begins at its end, or above";
                let problem = || format!("polynomial_decay with exponent = {exponent} {why}");
                let good = exponent > 0.0 && exponent % 2.0 == 1.0;
                check(good, problem, "choose an odd exponent, cubic, or polynomial")
            }
            "multi_step" => {
                let problem = || "multi_step needs scheduler_args.steps".to_owned();
                let good = !self.scheduler_args.steps.is_empty();
                check(good, problem, "give a list of [index, sparsity]")?;
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
        check_after(("start", start), ("end", end))?;
        if let Some(update) = self.update {
            check(update.is_finite(), || format!("update = {update} is not a number"), "give one, or none")?;
        }
        if let Some(steps) = self.steps_per_epoch {
            check_positive("steps_per_epoch", steps as f64)?;
        }
        let problem =
            || "leave_enabled = false lets weights come back after end, nobody knows how many".to_owned();
        check(self.leave_enabled, problem, "give a log of what was counted")?;
        let is_whole = self.start.fract() == 0.0 && self.end.fract() == 0.0;
        let problem =
            || format!("start = {start} and end = {end} are no steps, and there is no steps_per_epoch");
        check(is_whole || self.steps_per_epoch.is_some(), problem, "give `steps_per_epoch`")?;
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
