//! The splits of a way of holding runs out.

use super::kinds;
use super::split::{HoldOut, Part, folds, largest, ordered, rolling};
use crate::units::format_count;
use crate::{Error, Observations, Result};

/// The fewest runs, and the fewest clusters, that are fitted.
const FEWEST_RUNS: usize = 3;
const FEWEST_CLUSTERS: usize = 2;

/// The splits from which enough is left to fit, and the number of those from which it is not.
pub(crate) fn parts(
    observations: &Observations,
    hold_out: &HoldOut,
    seed: u64,
    rows_needed: usize,
) -> Result<(Vec<Part>, usize)> {
    let observations = &observations.in_order();
    let all = match hold_out {
        HoldOut::Largest { by, share } => vec![largest(&ordered(observations, by)?, by, *share)?],
        HoldOut::Rolling { by } => rolling(&ordered(observations, by)?, by)?,
        HoldOut::Folds { count } => folds(observations, *count, seed)?,
        HoldOut::Windows | HoldOut::Schedules | HoldOut::Groups => kinds::each(observations, hold_out)?,
        HoldOut::Chosen { fitted, held_out } => vec![kinds::chosen(observations, fitted, held_out)?],
    };
    let (of_row, _) = observations.clusters();
    let (fewest, what) = match observations.cluster_count() {
        Some(_) => (FEWEST_CLUSTERS, "cluster"),
        None => (FEWEST_RUNS, "run"),
    };
    let groups = |part: &Part| Part::clusters_of(&part.fitted, (&of_row, observations.run())).len();
    let enough = |part: &Part| groups(part) >= fewest && part.fitted_rows(observations) >= rows_needed;
    let short = all.iter().rfind(|part| !enough(part));
    if let Some(part) = short.filter(|_| !hold_out.may_skip() || !all.iter().any(enough)) {
        return Err(Error::unanswerable(
            "holdout",
            format!(
                "{} with {} are left to fit, where at least {} and {} are needed",
                format_count(groups(part), what),
                format_count(part.fitted_rows(observations), "row"),
                format_count(fewest, what),
                format_count(rows_needed, "row")
            ),
            match groups(part) >= fewest {
                true => "hold out less, add runs, or use every checkpoint (`checkpoints=all`)",
                false => "hold out less, or add runs",
            },
        ));
    }
    let count = all.len();
    let kept: Vec<Part> = all.into_iter().filter(enough).collect();
    let skipped = count - kept.len();
    Ok((kept, skipped))
}
