//! Runs that go on where another stopped, as parts of one that was resumed.

use super::ended::leave_out;
use super::kind::{Finding, FindingKind, Found, Place};
use super::slope::end_slope;
use crate::Sweep;
use crate::run::{Checkpoint, Run};

/// A curve begins late where its first row is beyond so many of its steps from row to row.
const LATE: f64 = 3.0;
/// A curve that goes on has the loss at which the other stopped, this near in ln where names say so, and where they do not.
const NEAR: [f64; 2] = [0.05, 0.01];
/// Most of the other's length that is trained anew.
const AGAIN: f64 = 0.5;

pub(super) fn findings(sweep: &Sweep) -> Option<Finding> {
    let runs = sweep.runs();
    let curves = (0..runs.len()).filter(|run| runs[*run].checkpoints().len() > 1);
    // Where all begin late, their first rows were not kept.
    let (mut late, mut whole): (Vec<usize>, Vec<usize>) = curves.partition(|run| is_late(&runs[*run]));
    late.sort_by(|a, b| ends(&runs[*a])[0].tokens.total_cmp(&ends(&runs[*b])[0].tokens));
    let mut stopped = Vec::new();
    for run in late {
        let parts = whole.iter().filter_map(|&part| Some((goes_on(&runs[run], &runs[part])?, part)));
        // Of several that stopped there, the one of its name, or of the nearest loss.
        let Some((_, part)) = parts.min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        whole.push(run);
        stopped.push(part);
    }
    stopped.sort_unstable();
    stopped.dedup();
    let mut found = Found::default();
    stopped.iter().for_each(|&run| found.add(|| Place::run(sweep, run)));
    Finding::some(FindingKind::Resumed { remedy: leave_out(sweep, &stopped) }, found)
}

fn ends(run: &Run) -> [&Checkpoint; 2] {
    let rows = run.checkpoints();
    [&rows[0], &rows[rows.len() - 1]]
}

/// Tokens from row to row, on average.
fn step(run: &Run) -> f64 {
    let [first, last] = ends(run);
    (last.tokens - first.tokens) / (run.checkpoints().len() - 1) as f64
}

fn is_late(run: &Run) -> bool {
    ends(run)[0].tokens > LATE * step(run)
}

/// How far, in ln, a curve begins from the loss at which another of its kind stopped, there or a little before, where it may go on from it;
/// below 0 where their names say so.
fn goes_on(run: &Run, stopped: &Run) -> Option<f64> {
    let [first, last] = ends(run);
    let [began, end] = ends(stopped);
    let gap = first.tokens - end.tokens;
    let is_there = run.initial_params() == stopped.initial_params()
        && run.schedule() == stopped.schedule()
        && run.group() == stopped.group()
        && began.tokens < first.tokens
        && end.tokens < last.tokens
        && gap <= LATE * step(run).max(step(stopped))
        && gap >= -AGAIN * (end.tokens - began.tokens);
    if !is_there {
        return None;
    }
    let off = (expected(stopped, first.tokens) / first.loss).ln().abs();
    match is_named_after(run.id(), stopped.id()) {
        true => (off < NEAR[0]).then_some(off - 1.0),
        false => (off < NEAR[1]).then_some(off),
    }
}

/// Whether a name is another's and more: `r7-resumed` of `r7`, and not `r70`.
fn is_named_after(name: &str, base: &str) -> bool {
    name.strip_prefix(base).is_some_and(|more| more.starts_with(|c: char| !c.is_ascii_alphanumeric()))
}

/// The loss that a curve has at so many tokens: of the row that is nearest, or as its second half goes on.
fn expected(run: &Run, tokens: f64) -> f64 {
    let end = ends(run)[1];
    match end_slope(run).filter(|_| tokens > end.tokens) {
        Some(slope) => end.loss * (tokens / end.tokens).powf(-slope),
        None => loss_at(run, tokens),
    }
}

/// The loss of the row that is nearest.
fn loss_at(run: &Run, tokens: f64) -> f64 {
    let rows = run.checkpoints();
    let after = rows.partition_point(|row| row.tokens < tokens).min(rows.len() - 1);
    let before = after.saturating_sub(1);
    let off = |row: usize| (rows[row].tokens - tokens).abs();
    rows[if off(before) < off(after) { before } else { after }].loss
}
