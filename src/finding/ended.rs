//! Runs that did not come to their end: they diverged, or their tracker says so.

use std::collections::HashSet;

use super::kind::{Finding, FindingKind, Found, Place};
use crate::Sweep;
use crate::run::Ended;

/// A loss that stands before this share of its run's log is not of its end.
const NEAR_END: f64 = 0.9;
/// Most runs without a loss that are named.
const SHOWN: usize = 5;
/// Most runs that a filter names.
const NAMED: usize = 20;

pub(super) fn diverged(sweep: &Sweep) -> Option<Finding> {
    let step = |run: &usize| match sweep.runs()[*run].ended() {
        Some(Ended::Diverged(step)) => Some(step),
        _ => None,
    };
    let runs: Vec<usize> = (0..sweep.len()).filter(|run| step(run).is_some()).collect();
    let first = runs.iter().filter_map(|run| step(run).flatten()).min_by(f64::total_cmp);
    let mut found = Found::default();
    runs.iter().for_each(|&run| found.add(|| Place::run(sweep, run)));
    let remedy = format!("leave out what diverged: {}", leave_out(sweep, &runs));
    Finding::some(FindingKind::Diverged { step: first, remedy }, found)
}

pub(super) fn unfinished(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut states) = (Found::default(), Vec::new());
    for (run, ended) in sweep.runs().iter().map(|run| run.ended()).enumerate() {
        if let Some(Ended::Unfinished(state)) = ended {
            found.add(|| Place::run(sweep, run));
            states.push(state.to_owned());
        }
    }
    states.sort_unstable();
    states.dedup();
    let column = sweep.mapping().iter().find(|mapping| mapping.field == "state");
    let column = column.map_or("state", |mapping| &mapping.column);
    let clauses: Vec<String> = states.iter().map(|state| format!("{column}!={state}")).collect();
    let remedy = format!("leave them out: `filter: {}`", clauses.join(","));
    Finding::some(FindingKind::Unfinished { states, remedy }, found)
}

/// Runs without a finite loss.
pub(super) fn without_loss(sweep: &Sweep) -> Option<Finding> {
    // Another file may have it.
    let known: HashSet<&str> = sweep.runs().iter().map(|run| run.id()).collect();
    let mut lost: Vec<&str> =
        sweep.lost.iter().map(|name| name.as_str()).filter(|name| !known.contains(name)).collect();
    lost.sort_unstable();
    lost.dedup();
    let more = if lost.len() > SHOWN { ", ..." } else { "" };
    let names = lost[..lost.len().min(SHOWN)].join(", ") + more;
    let kind = FindingKind::WithoutLoss { names };
    (!lost.is_empty()).then(|| Finding { kind, count: lost.len(), places: Vec::new() })
}

/// Runs whose log goes on after their last loss.
pub(super) fn loss_ends(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut least) = (Found::default(), NEAR_END);
    for (index, run) in sweep.runs().iter().enumerate() {
        let share = run.logged_share().filter(|share| *share < NEAR_END);
        if let Some(share) = share.filter(|_| !matches!(run.ended(), Some(Ended::Diverged(_)))) {
            least = least.min(share);
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::LossEnds { least }, found)
}

/// What leaves out these runs: a filter by their names, else their files.
pub(super) fn leave_out(sweep: &Sweep, runs: &[usize]) -> String {
    let column = sweep.mapping().iter().find(|mapping| mapping.field == "run");
    let by_name = |run: &usize| sweep.is_named_by_table(*run) && !sweep.runs()[*run].id().contains(',');
    match column {
        Some(column) if runs.len() <= NAMED && runs.iter().all(by_name) => {
            let clause = |run: &usize| format!("{}!={}", column.column, sweep.runs()[*run].id());
            let clauses: Vec<String> = runs.iter().map(clause).collect();
            format!("`filter: {}`", clauses.join(","))
        }
        Some(_) if runs.iter().all(by_name) => "their rows".to_owned(),
        _ => {
            let mut files: Vec<&str> = runs.iter().filter_map(|&run| Some(sweep.first_row(run)?.0)).collect();
            files.dedup();
            files.truncate(NAMED);
            files.join(", ")
        }
    }
}
