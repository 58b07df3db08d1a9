//! Which runs are fitted and which are held out.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::law::Input;
use crate::numeric::random::{below, stream};
use crate::observation::ONE_BUDGET;
use crate::units::format_count;
use crate::{Error, Observations, Result};

/// Groups of a rolling holdout, where the values that order the runs allow as many.
const GROUPS: usize = 5;
/// Values this close, relatively, are tied: whole numbers of parameters and tokens make one budget of FLOPs several.
const TIED: f64 = 1e-5;
/// Stream of the shuffle: none of the replicates' own, nor that of the residuals.
const SHUFFLE_STREAM: u64 = u64::MAX - 1;

/// Which runs to hold out.
///
/// Runs are ordered by the largest value among their rows. Runs that tie are never parted: where a boundary
/// would fall among them, all of them go to the held-out side, or, in a rolling holdout, into the earlier group.
/// Clusters are never parted by folds; an order may part them, and [how many](super::Split::shared_clusters) is counted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HoldOut {
    /// Once: the largest runs.
    Largest {
        /// What orders the runs.
        by: Input,
        /// Share of the runs, between 0 and 1, both excluded; rounded to whole runs.
        share: f64,
    },
    /// In about five groups of as many runs each, smallest first: all groups up to one are fitted, and the next
    /// is held out. Splits that leave too little to fit are skipped, and counted.
    Rolling {
        /// What orders the runs.
        by: Input,
    },
    /// Each run once: cross-validation over runs, or whole clusters, shuffled with the seed.
    Folds {
        /// Number of folds, from 2 to the number of clusters, or of runs that do not repeat one another.
        count: usize,
    },
    /// One pruning window after the other, to a hundredth of the run. Dense runs are always fitted.
    Windows,
    /// One pruning schedule after the other: shape, final sparsity and window. Dense runs are always fitted.
    Schedules,
    /// One group after the other, as the sweep's column `group` has them.
    Groups,
    /// Once: these runs, all others that are named being fitted. Runs that are not named do not count.
    Chosen {
        /// Names of the runs to fit.
        fitted: Vec<String>,
        /// Names of the runs to predict.
        held_out: Vec<String>,
    },
}

impl HoldOut {
    /// Whether splits that cannot be fitted are skipped and counted.
    pub(super) fn may_skip(&self) -> bool {
        self.is_by_kind() || matches!(self, HoldOut::Rolling { .. })
    }

    /// Whether each split leaves out one kind of runs.
    pub(super) fn is_by_kind(&self) -> bool {
        matches!(self, HoldOut::Windows | HoldOut::Schedules | HoldOut::Groups)
    }
}

/// The runs of one split.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) fitted: BTreeSet<u32>,
    pub(crate) held_out: BTreeSet<u32>,
    /// Held out beyond those asked for.
    pub(super) tied: usize,
    /// What those that are held out have in common.
    pub(super) kind: Option<String>,
}

impl Part {
    pub(super) fn new(fitted: &[u32], held_out: &[u32], tied: usize) -> Self {
        let [fitted, held_out] = [fitted, held_out].map(|runs| runs.iter().copied().collect());
        Self { fitted, held_out, tied, kind: None }
    }

    /// Rows that are fitted.
    pub(super) fn fitted_rows(&self, observations: &Observations) -> usize {
        observations.run().iter().filter(|run| self.fitted.contains(run)).count()
    }

    /// Clusters of some runs, by their numbers.
    pub(super) fn clusters_of(runs: &BTreeSet<u32>, (of_row, run): (&[u32], &[u32])) -> BTreeSet<u32> {
        of_row.iter().zip(run).filter(|(_, run)| runs.contains(run)).map(|(cluster, _)| *cluster).collect()
    }

    /// Clusters with runs on both sides.
    pub(crate) fn shared_clusters(&self, observations: &Observations) -> usize {
        if observations.cluster_count().is_none() {
            return 0;
        }
        let in_order = observations.in_order();
        let (of_row, _) = in_order.clusters();
        let [fitted, held_out] =
            [&self.fitted, &self.held_out].map(|runs| Self::clusters_of(runs, (&of_row, in_order.run())));
        fitted.intersection(&held_out).count()
    }
}

/// Runs with their largest value, smallest first; the rows are in order.
pub(super) fn ordered(observations: &Observations, by: &Input) -> Result<Vec<(u32, f64)>> {
    let column = by.column(observations).ok_or_else(|| {
        let missing = "not every row of the sweep gives as one number";
        let remedy = "order them by something else, as by flops";
        Error::missing("the order of the runs", by.to_string(), missing, remedy)
    })?;
    let largest = |rows: Range<usize>| column[rows].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut runs: Vec<(u32, f64)> = observations.by_run().map(|(run, rows)| (run, largest(rows))).collect();
    runs.sort_by(|a, b| a.1.total_cmp(&b.1));
    Ok(runs)
}

/// Whether a boundary before `place` would part runs that tie.
fn parts_ties(runs: &[(u32, f64)], place: usize) -> bool {
    0 < place && place < runs.len() && runs[place].1 - runs[place - 1].1 <= TIED * runs[place].1
}

fn names(runs: &[(u32, f64)]) -> Vec<u32> {
    runs.iter().map(|(run, _)| *run).collect()
}

pub(super) fn largest(runs: &[(u32, f64)], by: &Input, share: f64) -> Result<Part> {
    if !(share > 0.0 && share < 1.0) {
        let problem = "is not between 0 and 1, both excluded";
        return Err(Error::option("share", share, problem, "give a share such as 0.2"));
    }
    check_order(runs, by)?;
    let asked = (share * runs.len() as f64).round() as usize;
    if asked == 0 {
        return Err(Error::unanswerable(
            "holdout",
            format!("{} % of {} is less than half a run", 100.0 * share, format_count(runs.len(), "run")),
            "hold out a larger `share`",
        ));
    }
    let wanted = runs.len() - asked;
    let boundary = (0..=wanted).rfind(|place| !parts_ties(runs, *place)).unwrap_or_default();
    if boundary == 0 && wanted > 0 {
        return Err(one_value(by));
    }
    let (fitted, held_out) = runs.split_at(boundary);
    Ok(Part::new(&names(fitted), &names(held_out), wanted - boundary))
}

pub(super) fn rolling(runs: &[(u32, f64)], by: &Input) -> Result<Vec<Part>> {
    check_order(runs, by)?;
    let apart = |place: usize| (place..=runs.len()).find(|place| !parts_ties(runs, *place));
    let mut boundaries: Vec<usize> =
        (1..=GROUPS).filter_map(|group| apart(group * runs.len() / GROUPS)).collect();
    boundaries.retain(|place| *place > 0);
    boundaries.dedup();
    if boundaries.len() < 2 {
        return Err(one_value(by));
    }
    let part = |ends: &[usize]| Part::new(&names(&runs[..ends[0]]), &names(&runs[ends[0]..ends[1]]), 0);
    Ok(boundaries.windows(2).map(part).collect())
}

/// Refuses sorted runs that have no order to speak of.
fn check_order(runs: &[(u32, f64)], by: &Input) -> Result<()> {
    match (runs.first(), runs.last()) {
        (Some((_, least)), Some((_, most))) if *most <= ONE_BUDGET * least => Err(Error::unanswerable(
            "holdout",
            format!("all runs have the same {by} within 5 %, and none is larger than the others"),
            ANOTHER_ORDER,
        )),
        _ => Ok(()),
    }
}

/// What to do where runs tie.
pub(crate) const ANOTHER_ORDER: &str = "order them by something else (`by`), or use folds (`by=run`)";

/// Too many runs tie for any to be fitted while others are held out.
fn one_value(by: &Input) -> Error {
    Error::unanswerable(
        "holdout",
        format!("too many runs have the same {by}, and runs that tie are not parted"),
        ANOTHER_ORDER,
    )
}

/// Folds of runs, or of whole clusters; the rows are in order. Runs that repeat one another stay together: the loss of one tells that of
/// the others.
pub(super) fn folds(observations: &Observations, count: usize, seed: u64) -> Result<Vec<Part>> {
    let (of_row, clusters) = observations.clusters();
    let mut runs = match observations.cluster_count() {
        Some(_) => {
            let mut of_cluster = vec![Vec::new(); clusters];
            for (run, rows) in observations.by_run() {
                of_cluster[of_row[rows.start] as usize].push(run);
            }
            of_cluster
        }
        None => observations.repeated_runs(),
    };
    let groups = runs.len();
    if !(2..=groups).contains(&count) {
        let what = match observations.cluster_count() {
            Some(_) => "clusters",
            None if groups < clusters => "runs that do not repeat one another",
            None => "runs",
        };
        let problem = format!("is not from 2 to {groups}, the number of {what}");
        return Err(Error::option("folds", count, &problem, "give a number such as 5"));
    }
    let mut rng = stream(seed, SHUFFLE_STREAM);
    for place in (1..groups).rev() {
        runs.swap(place, below(&mut rng, place + 1));
    }
    let end = |fold: usize| fold * groups / count;
    let part = |fold: usize| {
        let rest = [runs[..end(fold)].concat(), runs[end(fold + 1)..].concat()].concat();
        Part::new(&rest, &runs[end(fold)..end(fold + 1)].concat(), 0)
    };
    Ok((0..count).map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::{Part, folds, largest, rolling};
    use crate::Observations;
    use crate::law::Input;

    fn runs(values: &[f64]) -> Vec<(u32, f64)> {
        values.iter().enumerate().map(|(i, value)| (i as u32, *value)).collect()
    }

    fn sizes(parts: &[Part]) -> Vec<(usize, usize)> {
        parts.iter().map(|part| (part.fitted.len(), part.held_out.len())).collect()
    }

    #[test]
    fn ties_go_to_the_held_out_side_and_are_counted() {
        let share =
            |values: &[f64]| largest(&runs(values), &Input::Flops, 0.4).map(|p| (p.fitted.len(), p.tied));
        assert_eq!(share(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap(), (3, 0));
        assert_eq!(share(&[1.0, 2.0, 4.0, 4.0, 5.0]).unwrap(), (2, 1));
        assert_eq!(share(&[1.0, 4.0, 4.0 + 1e-12, 4.0, 5.0]).unwrap(), (1, 2));
        assert!(share(&[4.0; 5]).is_err());
    }

    #[test]
    fn rolling_groups_grow_and_keep_ties_together() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(sizes(&rolling(&runs(&ten), &Input::Flops).unwrap()), [(2, 2), (4, 2), (6, 2), (8, 2)]);
        let tied = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0];
        assert_eq!(sizes(&rolling(&runs(&tied), &Input::Flops).unwrap()), [(3, 3), (6, 3)]);
        assert!(rolling(&runs(&[2.0; 9]), &Input::Flops).is_err());
    }

    #[test]
    fn folds_hold_every_run_out_once() {
        let rows = 11;
        let column: Vec<f64> = (0..2 * rows).map(|row| 1e9 + (row / 2) as f64).collect();
        let observations = Observations::new(column.clone(), column.clone(), column).unwrap();
        let run = (0..2 * rows as u32).map(|row| row / 2).collect();
        let observations = observations.with_runs(run, (0..rows).map(|i| i.to_string()).collect()).unwrap();
        let held_out = |seed| {
            let parts = folds(&observations, 4, seed).unwrap();
            assert!(parts.iter().all(|part| part.fitted.is_disjoint(&part.held_out)));
            assert!(parts.iter().all(|part| part.fitted.len() + part.held_out.len() == rows));
            parts.into_iter().map(|part| part.held_out).collect::<Vec<_>>()
        };
        let mut all: Vec<u32> = held_out(0).into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, (0..rows as u32).collect::<Vec<_>>());
        assert_eq!(held_out(0), held_out(0));
        assert_ne!(held_out(0), held_out(1));
        for wrong in [0, 1, rows + 1] {
            assert!(folds(&observations, wrong, 0).is_err(), "{wrong}");
        }
    }

    #[test]
    fn repeats_of_one_point_are_held_out_together() {
        let sizes: Vec<f64> = (0..24).map(|run| 1e9 * f64::from(1 + run / 3)).collect();
        let observations = Observations::new(sizes.clone(), sizes.clone(), sizes).unwrap();
        for part in folds(&observations, 4, 0).unwrap() {
            let is_whole = |run: &u32| (0..3).all(|seed| part.held_out.contains(&(3 * (run / 3) + seed)));
            assert!(part.held_out.len() == 6 && part.held_out.iter().all(is_whole), "{:?}", part.held_out);
        }
        let error = folds(&observations, 9, 0).unwrap_err().to_string();
        assert!(error.contains("from 2 to 8, the number of runs that do not repeat one another"), "{error}");
    }
}
