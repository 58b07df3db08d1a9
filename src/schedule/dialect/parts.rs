//! What the dialects share: defaults, checks, steps at which a tool updates, and the staircase of its values.

use crate::schedule::{Extent, MAX_CUTS, Schedule, Staircase, Unit};
use crate::{Error, Result};

/// A default that is a whole number.
pub(super) fn count<const N: u64>() -> u64 {
    N
}

/// A default in hundredths.
pub(super) fn hundredths<const N: i32>() -> f64 {
    f64::from(N) / 100.0
}

/// A default shape.
pub(super) fn cubic() -> String {
    "cubic".to_owned()
}

/// A refusal; the tool's name is added by whoever knows it.
pub(super) fn refuse(problem: impl Into<Box<str>>, remedy: impl Into<Box<str>>) -> Error {
    Error::Dialect { tool: "".into(), problem: problem.into(), remedy: remedy.into() }
}

/// Refuses, unless `holds`.
pub(super) fn check(holds: bool, problem: impl FnOnce() -> String, remedy: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(refuse(problem(), remedy)) }
}

pub(super) fn check_sparsity(name: &str, value: f64) -> Result<()> {
    let problem = || format!("{name} = {value} is not a fraction from 0 to below 1");
    check((0.0..1.0).contains(&value), problem, "write 80 % as 0.8")
}

/// Refuses anything but two sparsities of which the second is not below the first.
pub(super) fn check_rise((low, initial): (&str, f64), (high, last): (&str, f64)) -> Result<()> {
    check_sparsity(low, initial)?;
    check_sparsity(high, last)?;
    let problem =
        || format!("{high} = {last} is below {low} = {initial}, and nothing says which weights come back");
    check(last >= initial, problem, "give a log, or phases")
}

pub(super) fn check_order((low, start): (&str, u64), (high, end): (&str, u64)) -> Result<()> {
    check(end >= start, || format!("{high} = {end} is before {low} = {start}"), "swap them")
}

/// Refuses a ramp of no length.
pub(super) fn check_after((low, start): (&str, f64), (high, end): (&str, f64)) -> Result<()> {
    let problem =
        || format!("{high} = {end} is not after {low} = {start}, and the tool divides by their difference");
    check(end.is_finite() && end > start, problem, &format!("give a later {high}"))
}

pub(super) fn check_positive(name: &str, value: f64) -> Result<()> {
    let problem = || format!("{name} = {value} is not a positive number");
    check(value.is_finite() && value > 0.0, problem, "give one above 0")
}

pub(super) fn check_count(name: &str, value: u64) -> Result<()> {
    check(value > 0, || format!("{name} is 0"), "give at least 1")
}

/// Refuses a word that is none of those known.
pub(super) fn check_word(name: &str, word: &str, known: &[&str]) -> Result<()> {
    let remedy = format!("choose one of {}", known.join(", "));
    check(known.contains(&word), || format!("{name} = '{word}' is not known"), &remedy)
}

/// How many steps there are: step t of them runs where `t < steps`.
pub(super) fn steps(extent: Extent) -> Result<u64> {
    // A fraction of a step is begun, and counts; beyond 2^53 the number itself is not exact.
    Ok(extent.known_steps()?.ceil() as u64)
}

/// The steps `first`, `first + every`, … of the run, up to `last`.
pub(super) fn updates(first: u64, last: u64, every: u64, steps: u64) -> Result<impl Iterator<Item = u64>> {
    let end = last.saturating_add(1).min(steps);
    let problem = || "there would be more than 10 million updates".to_owned();
    check(end.saturating_sub(first) / every < MAX_CUTS as u64, problem, "check the number of steps")?;
    Ok((first..end).step_by(usize::try_from(every).unwrap_or(usize::MAX)))
}

/// What a tool does that prunes to `value(t)` at the steps t = first, first + every, … up to `last`.
pub(super) fn updated(
    extent: Extent,
    initial: f64,
    [first, last, every]: [u64; 3],
    value: impl Fn(u64) -> f64,
) -> Result<Schedule> {
    Ok(staircase(initial, updates(first, last, every, steps(extent)?)?.map(|t| (t, value(t)))))
}

/// The staircase of `(step, sparsity from there on)`, steps ascending.
pub(super) fn staircase(initial: f64, cuts: impl IntoIterator<Item = (u64, f64)>) -> Schedule {
    let mut current = initial;
    let mut kept = Vec::new();
    for (step, sparsity) in cuts {
        if sparsity != current {
            kept.push((step as f64, sparsity));
            current = sparsity;
        }
    }
    Staircase::new(Unit::Step, kept).with_initial_sparsity(initial).into()
}

/// `s_f + (s_i - s_f) left^power`, where `left` of the ramp is still to come.
pub(super) fn polynomial(initial: f64, last: f64, left: f64, power: f64) -> f64 {
    last + (initial - last) * if power == 3.0 { left * left * left } else { left.powf(power) }
}
