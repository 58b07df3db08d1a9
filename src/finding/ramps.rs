//! Ramps of pruning that no run can follow.

use super::kind::{Finding, FindingKind, Found, Place};
use crate::schedule::Unit;
use crate::{Run, Schedule, Sweep};

/// More steps than any run has, and fewer tokens than a step has: what is shorter is shorter than the run's own, where they are not known.
const STEPS: f64 = 1e7;
const TOKENS: f64 = 1024.0;

/// Ramps that begin and end within a step or a token, and cuts within the first.
pub(super) fn shorter_than_a_step(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut longest) = (Found::default(), 0.0f64);
    for (index, run) in sweep.runs().iter().enumerate() {
        if let Some(tokens) = ramp(run) {
            longest = longest.max(tokens);
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::ShortRamp { longest }, found)
}

/// How many tokens a ramp takes that is shorter than a step; none where it is not, or is a cut on purpose.
fn ramp(run: &Run) -> Option<f64> {
    let (unit, length) = match run.schedule() {
        Schedule::Ramp(ramp) => (ramp.unit, ramp.end - ramp.start),
        Schedule::Staircase(stairs) => match (&stairs.cuts[..], stairs.unit) {
            // A part of a step or of a token is a fraction of the run, in the wrong unit.
            ([(cut, _)], Unit::Step | Unit::Token) => (stairs.unit, if *cut < 1.0 { *cut } else { 0.0 }),
            ([(first, _), .., (last, _)], unit) => (unit, last - first),
            _ => return None,
        },
        _ => return None,
    };
    let extent = run.length();
    let tokens = length * extent.tokens / unit.length(&extent).ok()?;
    let step =
        extent.steps.map_or_else(|| (extent.tokens / STEPS).max(TOKENS), |steps| extent.tokens / steps);
    (length > 0.0 && tokens < step.max(1.0)).then_some(tokens)
}
