//! Numbers that look as if they were in another unit.

use super::finding::Found;
use super::{Finding, FindingKind, Place};
use crate::{Observations, Sweep};

/// Fewest and most parameters that a network of language is taken to have.
const PARAMS: std::ops::RangeInclusive<f64> = 1e4..=1e14;
/// Where the vocabulary is not given, one that hardly any tokeniser exceeds: 2^17.
const VOCABULARY: f64 = 131_072.0;
/// FLOPs agree within this share.
const AGREE: f64 = 0.2;

/// `every` has a row for each checkpoint, in the order of runs and tokens; none where N̄ is not known.
pub(super) fn findings(sweep: &Sweep, every: Option<&Observations>) -> Vec<Finding> {
    let of_runs = [params(sweep), tokens(sweep), loss(sweep, false), loss(sweep, true)];
    of_runs.into_iter().chain([every.and_then(|every| flops(sweep, every))]).flatten().collect()
}

fn params(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut least, mut greatest) = (Found::default(), f64::INFINITY, 0.0f64);
    for (index, run) in sweep.runs().iter().enumerate() {
        let count = run.initial_params();
        if !PARAMS.contains(&count) && !run.is_flops_alone() {
            (least, greatest) = (least.min(count), greatest.max(count));
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::ImplausibleParams { least, greatest }, found)
}

fn tokens(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut least) = (Found::default(), 1.0f64);
    for (index, run) in sweep.runs().iter().enumerate() {
        let ratio = run.extent().tokens / run.initial_params();
        if ratio < 1.0 && !run.is_flops_alone() {
            least = least.min(ratio);
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::TokensBelowParams { least }, found)
}

/// Of the runs that give their vocabulary, or of those that do not.
fn loss(sweep: &Sweep, assumed: bool) -> Option<Finding> {
    let (mut found, mut lowest) = (Found::default(), f64::INFINITY);
    for (index, run) in sweep.runs().iter().enumerate() {
        let given = run.vocabulary().filter(|vocabulary| *vocabulary > 1.0);
        if given.is_none() == assumed {
            let bound = given.unwrap_or(VOCABULARY).ln();
            for checkpoint in run.checkpoints().iter().filter(|c| c.loss > bound) {
                lowest = lowest.min(bound);
                found.add(|| Place::row(sweep, index, checkpoint.tokens));
            }
        }
    }
    Finding::some(FindingKind::LossAboveGuessing { bound: lowest, assumed }, found)
}

fn flops(sweep: &Sweep, every: &Observations) -> Option<Finding> {
    let (mut found, mut least, mut greatest) = (Found::default(), f64::INFINITY, 0.0f64);
    let (mut row, mut as_dense) = (0, true);
    for (index, run) in sweep.runs().iter().enumerate() {
        for checkpoint in run.checkpoints() {
            if let Some(given) = run.flops_at(checkpoint.tokens) {
                let ratio = |params: f64| given / (6.0 * params * checkpoint.tokens);
                let factor = ratio(every.average_params()[row]);
                if (factor - 1.0).abs() > AGREE {
                    (least, greatest) = (least.min(factor), greatest.max(factor));
                    as_dense &= (ratio(run.initial_params()) - 1.0).abs() <= AGREE;
                    found.add(|| Place::row(sweep, index, checkpoint.tokens));
                }
            }
            row += 1;
        }
    }
    Finding::some(FindingKind::FlopsDisagree { least, greatest, as_dense }, found)
}
