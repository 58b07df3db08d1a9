//! What the numbers of schedules have to be.

use super::Unit;
use crate::{Error, Result};

/// Relative excess over the run's end that is taken for rounding, as in 0.1 + 0.2 + 0.7.
const END_TOLERANCE: f64 = 1e-9;

/// Refuses, unless `holds`.
pub(super) fn check(holds: bool, refusal: impl FnOnce() -> Error) -> Result<()> {
    if holds { Ok(()) } else { Err(refusal()) }
}

pub(super) fn check_tokens(tokens: f64) -> Result<()> {
    let problem = "is not a positive, finite number";
    check(tokens.is_finite() && tokens > 0.0, || {
        Error::value("tokens", tokens, problem, "give the tokens trained on")
    })
}

/// The position, or the end of the run if it lies beyond it by rounding only.
pub(super) fn within(name: &str, position: f64, length: f64, unit: Unit) -> Result<f64> {
    check(position <= length * (1.0 + END_TOLERANCE), || {
        let problem = format!("lies beyond the run's end at {length} {}", unit.noun());
        // Somewhat above 1 is as likely a share of more than the run.
        let is_percentage =
            matches!(unit, Unit::Fraction | Unit::Compute) && (2.0..=100.0).contains(&position);
        let remedy = match is_percentage {
            true => format!("write {position} % as {}, or check the unit", position / 100.0),
            false => "mend it, or check the unit".to_owned(),
        };
        Error::schedule(name, position, &problem, remedy)
    })?;
    Ok(position.min(length))
}

pub(super) fn check_count(name: &str, value: f64) -> Result<()> {
    let problem = "is not a finite number, at least 0";
    check(value.is_finite() && value >= 0.0, || {
        Error::value(name, value, problem, "give 0 if there are none")
    })
}

pub(super) fn check_sparsity(name: &str, value: f64) -> Result<()> {
    let problem = "is not a fraction from 0 to below 1";
    check((0.0..1.0).contains(&value), || Error::schedule(name, value, problem, "write 80 % as 0.8"))
}

/// Refuses a ramp along which sparsity falls.
pub(super) fn check_rise(initial: f64, last: f64) -> Result<()> {
    check(last >= initial, || {
        let problem = format!("is below `initial_sparsity` {initial}");
        Error::schedule("final_sparsity", last, &problem, "give falling sparsity as a staircase")
    })
}

pub(super) fn check_position(name: &str, value: f64) -> Result<()> {
    let problem = "is not a finite number, at least 0";
    check(value.is_finite() && value >= 0.0, || {
        Error::schedule(name, value, problem, "count from the start of the run")
    })
}

pub(super) fn check_positive(name: &str, value: f64, remedy: &str) -> Result<()> {
    let good = value.is_finite() && value > 0.0;
    check(good, || Error::schedule(name, value, "is not a positive number", remedy))
}
