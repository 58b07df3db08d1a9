//! Runs that go on where another stopped, as parts of one that was resumed.

use super::ended::leave_out;
use super::kind::{Finding, FindingKind, Found, Place};
use crate::Sweep;
use crate::run::{Checkpoint, Run};

/// A curve begins late where its first row is beyond so many of its steps from row to row.
const LATE: f64 = 3.0;
/// A curve that goes on has this loss where the other stopped, in ln, or nearly: rows of training scatter.
const NEAR: f64 = 0.05;
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
        let parts = whole.iter().copied().filter(|part| goes_on(&runs[run], &runs[*part]));
        let parts: Vec<usize> = parts.collect();
        if !parts.is_empty() {
            whole.push(run);
        }
        stopped.extend(parts);
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

/// Whether a curve begins where another of its kind stopped, or a little before, and ends beyond it.
fn goes_on(run: &Run, stopped: &Run) -> bool {
    let [first, last] = ends(run);
    let [began, end] = ends(stopped);
    let gap = first.tokens - end.tokens;
    run.initial_params() == stopped.initial_params()
        && run.schedule() == stopped.schedule()
        && run.group() == stopped.group()
        && began.tokens < first.tokens
        && end.tokens < last.tokens
        && gap <= LATE * step(run).max(step(stopped))
        && gap >= -AGAIN * (end.tokens - began.tokens)
        && (loss_at(stopped, first.tokens) / first.loss).ln().abs() < NEAR
}

/// The loss of the row that is nearest.
fn loss_at(run: &Run, tokens: f64) -> f64 {
    let rows = run.checkpoints();
    let after = rows.partition_point(|row| row.tokens < tokens).min(rows.len() - 1);
    let before = after.saturating_sub(1);
    let off = |row: usize| (rows[row].tokens - tokens).abs();
    rows[if off(before) < off(after) { before } else { after }].loss
}
