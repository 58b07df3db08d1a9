//! Losses that go the wrong way.

use std::collections::BTreeMap;

use super::kind::{Finding, FindingKind, Found, Place};
use crate::{Run, Sweep};

/// Losses rise where their rank correlation with compute is above this,
const RISES: f64 = 0.5;
/// and so many times its standard deviation among runs whose losses have no order.
const SURE: f64 = 3.0;
/// A run is far above another from so many times its loss.
const FAR: f64 = 1.5;

/// Final losses that rise with N₀ D, among the runs of a group that were pruned alike.
pub(super) fn rising(sweep: &Sweep) -> Option<Finding> {
    let (mut sum, mut free) = (0.0, 0.0);
    for runs in groups(sweep).filter(|runs| runs.len() > 2) {
        let of =
            |value: &dyn Fn(&Run) -> f64| ranks(runs.iter().map(|run| value(&sweep.runs()[*run])).collect());
        let compute = of(&|run| run.initial_params() * run.extent().tokens);
        let weight = (runs.len() - 1) as f64;
        sum += weight * correlation(&compute, &of(&|run| run.last_loss()));
        free += weight;
    }
    let correlation = sum / free;
    if !(correlation > RISES && correlation * f64::sqrt(free) > SURE) {
        return None;
    }
    let mut found = Found::default();
    (0..sweep.len()).for_each(|run| found.add(|| Place::run(sweep, run)));
    Finding::some(FindingKind::LossesRise { correlation }, found)
}

/// Runs that end far above one with no more parameters and tokens, among the runs of a group that were pruned alike.
pub(super) fn far_above(sweep: &Sweep) -> Option<Finding> {
    let (mut above, mut most) = (Vec::new(), FAR);
    for mut runs in groups(sweep) {
        // What is repeated too often makes losses rise.
        let is_plain = |run: &usize| {
            let run = &sweep.runs()[*run];
            let unique = run.checkpoints().last().and_then(crate::Checkpoint::unique_tokens);
            !run.is_flops_alone() && unique.is_none_or(|unique| unique >= run.extent().tokens)
        };
        runs.retain(is_plain);
        let size = |run: &usize| (sweep.runs()[*run].initial_params(), sweep.runs()[*run].extent().tokens);
        let order = |(n, d): (f64, f64), (m, e): (f64, f64)| n.total_cmp(&m).then(d.total_cmp(&e));
        runs.sort_by(|a, b| order(size(a), size(b)));
        // Least losses of the runs so far, by tokens: each has more tokens than the one before, and a lower loss.
        let mut least: BTreeMap<u64, f64> = BTreeMap::new();
        for run in runs {
            let (tokens, loss) = (size(&run).1.to_bits(), sweep.runs()[run].last_loss());
            let below = least.range(..=tokens).next_back().map(|(_, least)| *least);
            if below.is_some_and(|below| loss > FAR * below) {
                most = below.map_or(most, |below| most.max(loss / below));
                above.push(run);
            }
            if below.is_none_or(|below| loss < below) {
                let beaten: Vec<u64> = least
                    .range(tokens..)
                    .take_while(|(_, other)| **other >= loss)
                    .map(|(at, _)| *at)
                    .collect();
                for at in beaten {
                    least.remove(&at);
                }
                least.insert(tokens, loss);
            }
        }
    }
    above.sort_unstable();
    let mut found = Found::default();
    above.iter().for_each(|run| found.add(|| Place::run(sweep, *run)));
    Finding::some(FindingKind::LossFarAbove { most }, found)
}

/// The runs of each group that were pruned alike.
fn groups(sweep: &Sweep) -> impl Iterator<Item = Vec<usize>> {
    let mut groups: BTreeMap<(Option<&str>, Option<u64>), Vec<usize>> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate() {
        let sparsity = run.schedule().final_sparsity().map(f64::to_bits);
        groups.entry((run.group(), sparsity)).or_default().push(index);
    }
    groups.into_values()
}

/// The rank of each value, those alike at the middle of theirs.
fn ranks(values: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let (mut ranks, mut below) = (vec![0.0; values.len()], 0);
    for alike in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let middle = below as f64 + 0.5 * (alike.len() - 1) as f64;
        alike.iter().for_each(|place| ranks[*place] = middle);
        below += alike.len();
    }
    ranks
}

/// Pearson's, 0 where a side is constant.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (x_mean, y_mean) = (mean(x), mean(y));
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(x, y)| of(x - x_mean, y - y_mean)).sum::<f64>();
    let scale = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    if scale > 0.0 { sum(&|x, y| x * y) / scale } else { 0.0 }
}
