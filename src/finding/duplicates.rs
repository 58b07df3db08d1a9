//! Runs that may be one.

use super::kind::{Finding, FindingKind, Found, Place};
use crate::{Run, Sweep, units};

/// Runs whose curves are the same, row by row: parameters, tokens and loss to the last bit, and pruned alike.
pub(super) fn findings(sweep: &Sweep) -> Option<Finding> {
    let runs = sweep.runs();
    let end = |run: &Run| run.checkpoints().last().map_or([0, 0], |c| [c.tokens.to_bits(), c.loss.to_bits()]);
    let key = |run: &usize| {
        (runs[*run].initial_params().to_bits(), end(&runs[*run]), runs[*run].checkpoints().len())
    };
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by_key(key);
    let (mut found, mut groups) = (Found::default(), 0);
    for alike in order.chunk_by(|a, b| key(a) == key(b)).filter(|alike| alike.len() > 1) {
        let mut left = alike.to_vec();
        while let [first, rest @ ..] = left.as_slice() {
            let (same, others): (Vec<usize>, Vec<usize>) =
                rest.iter().partition(|other| is_same(&runs[*first], &runs[**other]));
            if !same.is_empty() {
                groups += 1;
                found.add(|| Place::run(sweep, *first));
                same.iter().for_each(|run| found.add(|| Place::run(sweep, *run)));
            }
            left = others;
        }
    }
    // The first of a group is no copy.
    found.count -= groups;
    Finding::some(FindingKind::Duplicates { groups }, found)
}

/// Losses of so many digits may be the same by chance.
const FEW_DIGITS: usize = 5;

/// Whether a column tells a run from the one that it repeats, `a (seed 1)` from `a`, and one loss of few digits is all that they share.
fn are_repeats(left: &Run, right: &Run) -> bool {
    let of = |run: &Run| run.id().split(" (").next().unwrap_or_default().to_owned();
    let few = |c: &crate::Checkpoint| units::significant(c.loss, FEW_DIGITS).parse() == Ok(c.loss);
    left.id() != right.id()
        && of(left) == of(right)
        && left.checkpoints().len() == 1
        && left.checkpoints().iter().all(few)
}

fn is_same(left: &Run, right: &Run) -> bool {
    if are_repeats(left, right) {
        return false;
    }
    let point = |c: &crate::Checkpoint| [Some(c.tokens), Some(c.loss), c.average_params(), c.final_params()];
    left.schedule() == right.schedule()
        && left.is_logged() == right.is_logged()
        && left.fixed_params() == right.fixed_params()
        && left.checkpoints().iter().map(point).eq(right.checkpoints().iter().map(point))
}
