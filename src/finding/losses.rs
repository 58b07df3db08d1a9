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
/// A run without which so many fewer are far above others is itself far below.
const SEVERAL: usize = 3;
/// Such runs in a group, at most.
const MOST_BELOW: usize = 8;

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

/// Runs that end far above one with no more parameters and tokens, among the runs of a group that were pruned alike; and runs that
/// alone make several others do so, which are themselves far below.
pub(super) fn far_from_others(sweep: &Sweep) -> Vec<Finding> {
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for mut runs in groups(sweep) {
        // What is repeated too often makes losses rise.
        let is_plain = |run: &usize| {
            let run = &sweep.runs()[*run];
            let unique = run.checkpoints().last().and_then(crate::Checkpoint::unique_tokens);
            !run.is_flops_alone() && unique.is_none_or(|unique| unique >= run.extent().tokens)
        };
        runs.retain(is_plain);
        let order = |(n, d): (f64, f64), (m, e): (f64, f64)| n.total_cmp(&m).then(d.total_cmp(&e));
        runs.sort_by(|a, b| order(size(sweep, *a), size(sweep, *b)));
        let mut found = far_above(sweep, &runs);
        for _ in 0..MOST_BELOW {
            let mut lowest: BTreeMap<usize, usize> = BTreeMap::new();
            found.iter().for_each(|far| *lowest.entry(far.than).or_default() += 1);
            let Some((&low, _)) = lowest.iter().max_by_key(|(_, above)| **above) else { break };
            let others: Vec<usize> = runs.iter().copied().filter(|run| *run != low).collect();
            let left = far_above(sweep, &others);
            if found.len() < left.len() + SEVERAL {
                break;
            }
            let times = found.iter().filter(|far| far.than == low).map(|far| far.times);
            below.push((low, times.fold(FAR, f64::max)));
            (runs, found) = (others, left);
        }
        above.extend(found.into_iter().map(|far| (far.run, far.times)));
    }
    let gather = |mut all: Vec<(usize, f64)>, kind: fn(f64) -> FindingKind| {
        all.sort_unstable_by_key(|(run, _)| *run);
        let mut found = Found::default();
        all.iter().for_each(|(run, _)| found.add(|| Place::run(sweep, *run)));
        Finding::some(kind(all.iter().fold(FAR, |most, (_, times)| most.max(*times))), found)
    };
    let kinds = [
        gather(above, |most| FindingKind::LossFarAbove { most }),
        gather(below, |most| FindingKind::LossFarBelow { most }),
    ];
    kinds.into_iter().flatten().collect()
}

fn size(sweep: &Sweep, run: usize) -> (f64, f64) {
    (sweep.runs()[run].initial_params(), sweep.runs()[run].extent().tokens)
}

/// A run that ends far above another.
struct Far {
    run: usize,
    /// The lowest run with no more parameters and tokens.
    than: usize,
    times: f64,
}

/// Those among runs in the order of parameters, and then of tokens.
fn far_above(sweep: &Sweep, runs: &[usize]) -> Vec<Far> {
    let mut above = Vec::new();
    // Least losses of the runs so far, by tokens: each has more tokens than the one before, and a lower loss.
    let mut least: BTreeMap<u64, (f64, usize)> = BTreeMap::new();
    for &run in runs {
        let (tokens, loss) = (size(sweep, run).1.to_bits(), sweep.runs()[run].last_loss());
        let below = least.range(..=tokens).next_back().map(|(_, least)| *least);
        if let Some((below, than)) = below.filter(|(below, _)| loss > FAR * below) {
            above.push(Far { run, than, times: loss / below });
        }
        if below.is_none_or(|(below, _)| loss < below) {
            let beaten: Vec<u64> = least
                .range(tokens..)
                .take_while(|(_, (other, _))| *other >= loss)
                .map(|(at, _)| *at)
                .collect();
            for at in beaten {
                least.remove(&at);
            }
            least.insert(tokens, (loss, run));
        }
    }
    above
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
