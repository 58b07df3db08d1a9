//! A run in whole steps, to be pasted into a configuration.

use std::fmt;

use super::plan::{Plan, PlannedRun};
use super::twins::Twins;
use crate::schedule::{PlannedSchedule, Shape};
use crate::units::format_number;

/// A run in whole steps. It is written as `name: value` lines, with notes after `#`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Recipe<'a> {
    /// N₀, parameters that are never pruned included.
    pub initial_params: f64,
    /// Parameters that are never pruned.
    pub fixed_params: f64,
    /// N̄.
    pub average_params: f64,
    /// Optimiser steps.
    pub steps: u64,
    /// Tokens of a step.
    pub step_tokens: f64,
    /// Where to prune; none for a dense run.
    pub schedule: Option<&'a PlannedSchedule>,
}

impl Plan {
    /// One of its runs, to be pasted.
    #[must_use]
    pub fn recipe<'a>(&self, run: &'a PlannedRun) -> Recipe<'a> {
        Recipe {
            initial_params: run.initial_params.estimate,
            fixed_params: 0.0,
            average_params: run.average_params.estimate,
            steps: run.steps,
            step_tokens: self.step_tokens,
            schedule: run.schedule.as_ref(),
        }
    }
}

impl Twins {
    /// The sparse run, to be pasted; none where it was not put on whole steps.
    #[must_use]
    pub fn recipe(&self) -> Option<Recipe<'_>> {
        Some(Recipe {
            initial_params: self.sparse.initial_params(),
            fixed_params: self.fixed_params,
            average_params: self.sparse.average_params(),
            steps: self.steps?,
            step_tokens: self.step_tokens()?,
            schedule: Some(self.schedule.as_ref()?),
        })
    }
}

impl fmt::Display for Recipe<'_> {
    /// Its steps and its schedule, a line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: String, note: String| {
            writeln!(f, "{}", format!("{:<23} {note}", format!("{name}: {value}")).trim_end())
        };
        let none = String::new;
        line("steps", self.steps.to_string(), format!("# of {} tokens", self.step_tokens))?;
        let Some(schedule) = self.schedule else { return Ok(()) };
        let ramp = &schedule.ramp;
        let place = |tokens: f64, asked: f64, at: u64| {
            format!(
                "# {tokens} tokens; asked for: step {}, {:+.1}",
                format_number(asked, 6),
                at as f64 - asked
            )
        };
        line("shape", ramp.shape.to_string(), none())?;
        if let Shape::Polynomial { power } = ramp.shape {
            line("power", power.to_string(), none())?;
        }
        if ramp.initial_sparsity > 0.0 {
            line("initial_sparsity", ramp.initial_sparsity.to_string(), none())?;
        }
        line("final_sparsity", ramp.final_sparsity.to_string(), none())?;
        let (start, end) = (schedule.start_step, schedule.end_step);
        let start_note = place(schedule.start_tokens, schedule.asked_start_step, start);
        line("prune_start_step", start.to_string(), start_note)?;
        line("prune_end_step", end.to_string(), place(schedule.end_tokens, schedule.asked_end_step, end))?;
        let every_note = format!("# {} tokens", schedule.every_tokens);
        line("prune_every_steps", schedule.every_steps.to_string(), every_note)?;
        line("average_density", format_number(self.average_params / self.initial_params, 5), none())
    }
}
