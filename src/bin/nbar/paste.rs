//! Commands that integrate a run in whole steps again.

use nbar::answer::Recipe;
use nbar::schedule::Shape;

/// What integrates the schedule of a run again; empty for a dense run.
pub(crate) fn command(run: &Recipe<'_>) -> String {
    let Some(schedule) = run.schedule else { return String::new() };
    let ramp = &schedule.ramp;
    let power = match ramp.shape {
        Shape::Polynomial { power } => format!(" --power {power}"),
        _ => String::new(),
    };
    let every = ramp.every.map_or(String::new(), |every| format!(" --every {every}"));
    let initial = match ramp.initial_sparsity {
        0.0 => String::new(),
        initial => format!(" --initial-sparsity {initial}"),
    };
    let fixed = match run.fixed_params {
        0.0 => String::new(),
        fixed => format!(" --fixed-params {fixed:.0}"),
    };
    format!(
        "nbar schedule --params {:.0}{fixed} --tokens {} --steps {} --shape {}{power}{initial} --final-sparsity {} --start {} --end {}{every} --unit step",
        run.initial_params - run.fixed_params,
        run.steps as f64 * run.step_tokens,
        run.steps,
        ramp.shape,
        ramp.final_sparsity,
        ramp.start,
        ramp.end,
    )
}
