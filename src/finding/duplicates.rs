//! Runs that may be one.

use super::kind::{Finding, FindingKind, Found, Place};
use crate::{Run, Sweep, units};

/// Losses of so many digits may be the same by chance.
const FEW_DIGITS: usize = 5;
/// Pairs of N and D with different losses that there are at least in a sweep of repeats.
const REPEATS: usize = 3;

/// Runs whose curves are the same, row by row: parameters, tokens and loss to the last bit, and pruned alike. Single losses of few
/// digits do not count in a sweep of repeats that differ.
pub(super) fn findings(sweep: &Sweep) -> Option<Finding> {
    let is_few = |run: &Run| match run.checkpoints() {
        [only] => units::significant(only.loss, FEW_DIGITS).parse() == Ok(only.loss),
        _ => false,
    };
    // Of runs of which FLOPs alone are known, sizes may differ.
    if sweep.runs().iter().any(Run::is_flops_alone) {
        return None;
    }
    let all = copies(sweep, is_same)?;
    if repeats(sweep) < REPEATS {
        return Some(all);
    }
    copies(sweep, |left, right| !is_few(left) && is_same(left, right))
}

/// At how many pairs of N and D runs of a group end with different losses.
fn repeats(sweep: &Sweep) -> usize {
    let mut ends = Vec::new();
    for run in sweep.runs() {
        let last = run.checkpoints().last();
        let [tokens, loss] = last.map_or([0, 0], |last| [last.tokens.to_bits(), last.loss.to_bits()]);
        ends.push(((run.initial_params().to_bits(), tokens, run.group()), loss));
    }
    ends.sort_unstable();
    ends.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike[0].1 != alike[alike.len() - 1].1).count()
}

fn copies(sweep: &Sweep, is_same: impl Fn(&Run, &Run) -> bool) -> Option<Finding> {
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

fn is_same(left: &Run, right: &Run) -> bool {
    let point = |c: &crate::Checkpoint| [Some(c.tokens), Some(c.loss), c.average_params(), c.final_params()];
    left.schedule() == right.schedule()
        && left.is_logged() == right.is_logged()
        && left.fixed_params() == right.fixed_params()
        && left.checkpoints().iter().map(point).eq(right.checkpoints().iter().map(point))
}
