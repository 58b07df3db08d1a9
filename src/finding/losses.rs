//! Losses that go the wrong way.

use std::collections::BTreeMap;

use super::kind::{Finding, FindingKind, Found, Place};
use crate::{Run, Sweep};

/// Losses rise where their rank correlation with compute is above this,
const RISES: f64 = 0.5;
/// and so many times its standard deviation among runs whose losses have no order.
const SURE: f64 = 3.0;

/// Final losses that rise with N₀ D, among the runs of a group that were pruned alike.
pub(super) fn rising(sweep: &Sweep) -> Option<Finding> {
    let mut groups: BTreeMap<(Option<&str>, Option<u64>), Vec<usize>> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate() {
        let sparsity = run.schedule().final_sparsity().map(f64::to_bits);
        groups.entry((run.group(), sparsity)).or_default().push(index);
    }
    let (mut sum, mut free) = (0.0, 0.0);
    for runs in groups.values().filter(|runs| runs.len() > 2) {
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
