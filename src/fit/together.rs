//! Whether runs of one size, or of one length, lie together about the law: they share noise then, and are no runs of their own.

use super::kinds::COUNTS;
use super::{Fit, LackOfFit, Warning};
use crate::Observations;

/// Runs lie together below this p, over all that is looked at: of one sound sweep in a hundred it is said at most.
const SURE: f64 = 1e-2;
/// Sizes this close, relatively, are one.
const SAME: f64 = 1e-3;
/// Runs of one are so many, on average; fewer tell nothing of what they share.
const FEWEST: usize = 3;
/// So many different ones are looked at: fewer are the law's, or no sample; the test of more takes long.
const DIFFERENT: std::ops::RangeInclusive<usize> = 4..=60;
/// Sweeps of more runs are not asked.
const MOST_RUNS: usize = 2_000;

impl Fit {
    /// The warning of runs that share noise, where no clusters were said and the law itself does not depart from them.
    ///
    /// The F test of [`lack_of_fit`](Fit::lack_of_fit): one column for each size but the first is added to all that it looks at.
    pub(crate) fn lies_together(&self, test: Option<LackOfFit>) -> Option<Warning> {
        let is_asked = self.rows.cluster_count().is_none() && !self.rows.is_flops_alone();
        if !is_asked || test.is_none_or(|test| test.is_sure()) {
            return None;
        }
        let rows = &*self.seen();
        let common = [("params", rows.params()), ("tokens", rows.tokens())];
        let tested = common.into_iter().filter_map(|(of, values)| {
            let (p, explained) = self.explained_by(&alike(rows, values)?)?;
            Some((of, p * common.len() as f64, explained))
        });
        let sure = tested.filter(|(_, p, explained)| *p <= SURE && *explained >= COUNTS);
        let (of, p, _) = sure.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Warning::SharedNoise { of: of.to_owned(), p })
    }
}

/// A column of zeros and ones for each size but one, where there are enough of each.
fn alike(rows: &Observations, values: &[f64]) -> Option<Vec<Vec<f64>>> {
    let mut ends: Vec<f64> = rows.by_run().map(|(_, own)| values[own.end - 1]).collect();
    let runs = ends.len();
    if runs > MOST_RUNS {
        return None;
    }
    ends.sort_by(f64::total_cmp);
    let mut sizes: Vec<f64> = Vec::new();
    for end in ends {
        if sizes.last().is_none_or(|size| end > size * (1.0 + SAME)) {
            sizes.push(end);
        }
    }
    if !DIFFERENT.contains(&sizes.len()) || runs < FEWEST * sizes.len() {
        return None;
    }
    let mut columns = vec![vec![0.0; rows.len()]; sizes.len() - 1];
    for (_, own) in rows.by_run() {
        let place = sizes.partition_point(|size| *size <= values[own.end - 1]);
        if let Some(column) = place.checked_sub(2).map(|place| &mut columns[place]) {
            own.for_each(|row| column[row] = 1.0);
        }
    }
    Some(columns)
}
