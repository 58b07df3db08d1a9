//! Runs to be pasted into a configuration, and commands that integrate them again.

use std::fmt::Write;

use nbar::schedule::PlannedSchedule;
use nbar::schedule::{Ramp, Shape};

use crate::format::digits;

/// A run in whole steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pasted<'a> {
    /// N₀, those that are never pruned included.
    pub(crate) initial_params: f64,
    /// Of these, those that are never pruned.
    pub(crate) fixed_params: f64,
    pub(crate) average_params: f64,
    pub(crate) steps: u64,
    pub(crate) step_tokens: f64,
    /// None for a dense run.
    pub(crate) schedule: Option<&'a PlannedSchedule>,
}

impl Pasted<'_> {
    /// Its steps and its schedule, a line each.
    pub(crate) fn lines(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, value: String, note: String| {
            let _ = writeln!(out, "{}", format!("{:<24}{note}", format!("{name}: {value}")).trim_end());
        };
        line("steps", self.steps.to_string(), format!("# of {} tokens", self.step_tokens));
        let Some(schedule) = self.schedule else { return out };
        let ramp = &schedule.ramp;
        let place = |tokens: f64, asked: f64, at: u64| {
            format!("# {tokens} tokens; asked for: step {}, {:+.1}", digits(asked, 6), at as f64 - asked)
        };
        line("shape", ramp.shape.to_string(), String::new());
        if let Some(power) = power(ramp) {
            line("power", power.to_string(), String::new());
        }
        if ramp.initial_sparsity > 0.0 {
            line("initial_sparsity", ramp.initial_sparsity.to_string(), String::new());
        }
        line("final_sparsity", ramp.final_sparsity.to_string(), String::new());
        let (start, end) = (schedule.start_step, schedule.end_step);
        line(
            "prune_start_step",
            start.to_string(),
            place(schedule.start_tokens, schedule.asked_start_step, start),
        );
        line("prune_end_step", end.to_string(), place(schedule.end_tokens, schedule.asked_end_step, end));
        line(
            "prune_every_steps",
            schedule.every_steps.to_string(),
            format!("# {} tokens", schedule.every_tokens),
        );
        line("average_density", digits(self.average_params / self.initial_params, 5), String::new());
        out
    }

    /// What integrates the schedule again; empty for a dense run.
    pub(crate) fn command(&self) -> String {
        let Some(schedule) = self.schedule else { return String::new() };
        let ramp = &schedule.ramp;
        let power = power(ramp).map_or(String::new(), |power| format!(" --power {power}"));
        let every = ramp.every.map_or(String::new(), |every| format!(" --every {every}"));
        let initial = match ramp.initial_sparsity {
            0.0 => String::new(),
            initial => format!(" --initial-sparsity {initial}"),
        };
        let fixed = match self.fixed_params {
            0.0 => String::new(),
            fixed => format!(" --fixed-params {fixed:.0}"),
        };
        format!(
            "nbar schedule --params {:.0}{fixed} --tokens {} --steps {} --shape {}{power}{initial} --final-sparsity {} --start {} --end {}{every} --unit step",
            self.initial_params - self.fixed_params,
            self.steps as f64 * self.step_tokens,
            self.steps,
            ramp.shape,
            ramp.final_sparsity,
            ramp.start,
            ramp.end,
        )
    }
}

fn power(ramp: &Ramp) -> Option<f64> {
    match ramp.shape {
        Shape::Polynomial { power } => Some(power),
        _ => None,
    }
}
