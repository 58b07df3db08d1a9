//! What the runs contradict, in words.

use crate::units::format_quantity;

/// How far a value of the runs alone lies from another.
fn far(value: f64, by: f64) -> String {
    let side = if by > 0.0 { "above" } else { "below" };
    format!("{}, {} standard deviations {side}", format_quantity(value, 4), format_quantity(by.abs(), 2))
}

pub(super) fn of_prior(parameter: &str, value: f64, by: f64) -> String {
    format!(
        "the runs contradict the prior of {parameter}: without priors it is {} its centre; see whether the prior \
         is of this kind of runs, widen it, or leave it out",
        far(value, by)
    )
}

pub(super) fn of_fix((parameter, fixed): (&str, f64), value: f64, by: f64) -> String {
    format!(
        "the runs contradict {parameter} = {fixed}: where nothing is fixed it is {} that; see whether the value is of this kind of runs, \
         or leave it free",
        far(value, by)
    )
}
