//! Runs that are held out for what they have in common, or by name.

use std::collections::{BTreeMap, BTreeSet};

use super::split::{HoldOut, Part};
use crate::{Error, Observations, Result};

/// A split for each kind of runs, in the order of their names; the rows are in order.
pub(super) fn each(observations: &Observations, by: &HoldOut) -> Result<Vec<Part>> {
    let groups = matches!(by, HoldOut::Groups).then(|| observations.groups()).flatten();
    let kind = |row: usize| match by {
        HoldOut::Windows => observations.pruned_as(row)?.window.clone(),
        HoldOut::Schedules => observations.pruned_as(row)?.name(),
        _ => groups.as_ref().map(|groups| groups[row].to_owned()),
    };
    let runs: Vec<(u32, Option<String>)> =
        observations.by_run().map(|(run, rows)| (run, kind(rows.start))).collect();
    let mut held: BTreeMap<(Vec<u32>, &str), Vec<u32>> = BTreeMap::new();
    for (run, kind) in &runs {
        if let Some(kind) = kind {
            held.entry((numbers(kind), kind)).or_default().push(*run);
        }
    }
    let (what, remedy) = match by {
        HoldOut::Windows => ("pruning window", "add runs pruned over other windows, or use folds (`by=run`)"),
        HoldOut::Schedules => ("pruning schedule", "add runs pruned otherwise, or use folds (`by=run`)"),
        _ => ("group", "name the column of the groups (`columns: group=NAME`), or use folds (`by=run`)"),
    };
    let all = runs.len();
    if held.is_empty() || held.values().any(|of| of.len() == all) {
        let problem = match held.is_empty() {
            true => format!("no run has a {what}"),
            false => format!("all runs are of one {what}"),
        };
        return Err(Error::unanswerable("holdout", problem, remedy));
    }
    let part = |((_, kind), of): ((Vec<u32>, &str), Vec<u32>)| {
        let rest: Vec<u32> = runs.iter().map(|(run, _)| *run).filter(|run| !of.contains(run)).collect();
        Part { kind: Some(kind.to_owned()), ..Part::new(&rest, &of, 0) }
    };
    Ok(held.into_iter().map(part).collect())
}

/// The whole numbers of a name, by which windows are in order.
fn numbers(name: &str) -> Vec<u32> {
    let is_window = name.ends_with('%') || name.ends_with("FLOPs");
    let parts = name.split(|c: char| !c.is_ascii_digit()).filter(|_| is_window && !name.contains(','));
    parts.filter_map(|part| part.parse().ok()).collect()
}

/// The split of runs by name.
pub(super) fn chosen(observations: &Observations, fitted: &[String], held_out: &[String]) -> Result<Part> {
    let runs: BTreeMap<String, u32> =
        observations.by_run().map(|(run, _)| (observations.run_name(run), run)).collect();
    let of = |names: &[String]| {
        let find = |name: &String| {
            runs.get(name).copied().ok_or_else(|| {
                Error::value("the run", name, "is not among the observations", "name runs of the sweep")
            })
        };
        names.iter().map(find).collect::<Result<Vec<u32>>>()
    };
    let (fitted, held_out) = (of(fitted)?, of(held_out)?);
    let both = fitted.iter().collect::<BTreeSet<_>>();
    if let Some(run) = held_out.iter().find(|run| both.contains(run)) {
        let name = observations.run_name(*run);
        return Err(Error::value("the run", name, "is both fitted and predicted", "name it once"));
    }
    if held_out.is_empty() {
        return Err(Error::unanswerable("holdout", "no run is held out", "name some"));
    }
    Ok(Part::new(&fitted, &held_out, 0))
}
