//! Numbers that look as if they were in another unit.

use super::kind::{Finding, FindingKind, Found, Place};
use crate::numeric::statistics::quantiles;
use crate::run::Conversion;
use crate::{Checkpoint, Result, Run, Sweep};

/// Fewest and most parameters that a network of language is taken to have.
const PARAMS: std::ops::RangeInclusive<f64> = 1e4..=1e14;
/// Fewest and most FLOPs of one that is trained.
const FLOPS: std::ops::RangeInclusive<f64> = 1e11..=1e32;
/// Where the vocabulary is not given, one that hardly any tokeniser exceeds: 2^17.
const VOCABULARY: f64 = 131_072.0;
/// Most tokens per parameter that most networks are taken to see, and that any is.
const RATIOS: [f64; 2] = [1e4, 1e7];
/// More tokens than there is text: 100T.
const TOKENS: f64 = 1e14;
/// A run that sees so many times the tokens per parameter that half of the runs do may have been written in another unit, or with both swapped.
const APART: f64 = 1000.0;
/// A loss that trained networks of language stay below.
const HIGH: f64 = 5.0;
/// Perplexities that networks of language of tokens stay above.
const PERPLEXITY: f64 = 6.0;
/// FLOPs agree within this share.
const AGREE: f64 = 0.2;

/// Of the last row of each run, or of `every_row`.
pub(super) fn findings(sweep: &Sweep, every_row: bool) -> Vec<Finding> {
    let of_runs = [flops_alone(sweep), params(sweep), tokens(sweep), tokens_above(sweep)];
    let of_rows = [false, true].map(|assumed| loss(sweep, every_row, assumed));
    let of_losses = [too_high(sweep), below_one(sweep), low_perplexity(sweep), flops(sweep, every_row)];
    of_runs.into_iter().chain(of_rows).chain(of_losses).flatten().collect()
}

/// The last row of a run, or all.
pub(super) fn rows(run: &Run, every_row: bool) -> &[Checkpoint] {
    let all = run.checkpoints();
    if every_row { all } else { &all[all.len() - 1..] }
}

/// Of runs that say their FLOPs alone.
fn flops_alone(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut least, mut greatest) = (Found::default(), f64::INFINITY, 0.0f64);
    for (index, run) in sweep.runs().iter().enumerate().filter(|(_, run)| run.is_flops_alone()) {
        let flops = 6.0 * run.initial_params() * run.extent().tokens;
        if !FLOPS.contains(&flops) {
            (least, greatest) = (least.min(flops), greatest.max(flops));
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::ImplausibleFlops { least, greatest }, found)
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
        let ratio = ratio(run);
        if ratio < 1.0 && !run.is_flops_alone() {
            least = least.min(ratio);
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::TokensBelowParams { least }, found)
}

/// Tokens per parameter.
fn ratio(run: &Run) -> f64 {
    run.extent().tokens / run.initial_params()
}

/// Whether tokens per parameter are far from those that half of the runs have.
pub(super) fn is_apart(sweep: &Sweep, of_run: f64) -> bool {
    let mut ratios: Vec<f64> = sweep.runs().iter().filter(|run| !run.is_flops_alone()).map(ratio).collect();
    let [median] = quantiles(&mut ratios, [0.5]);
    (of_run / median).max(median / of_run) > APART
}

fn tokens_above(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut greatest, mut most) = (Found::default(), 0.0f64, 0.0f64);
    for (index, run) in sweep.runs().iter().enumerate() {
        let ratio = ratio(run);
        if ratio > RATIOS[0] && PARAMS.contains(&run.initial_params()) {
            (greatest, most) = (greatest.max(ratio), most.max(run.extent().tokens));
            found.add(|| Place::run(sweep, index));
        }
    }
    // Some small networks are trained so long on purpose.
    let is_odd = greatest > RATIOS[1]
        || 2 * found.count > sweep.len()
        || most > TOKENS
        || (10 * found.count > sweep.len() && is_apart(sweep, greatest));
    Finding::some(FindingKind::TokensFarAboveParams { greatest }, found).filter(|_| is_odd)
}

/// Where most of the runs that were trained in earnest end above what any language scores.
fn too_high(sweep: &Sweep) -> Option<Finding> {
    let is_large = |run: &&Run| run.initial_params() >= 1e8 && run.extent().tokens >= 1e9;
    let bound = |run: &Run| run.vocabulary().unwrap_or(VOCABULARY).ln();
    of_most(sweep, is_large, |run| run.last_loss() > HIGH && run.last_loss() <= bound(run))
        .and_then(|(least, found)| Finding::some(FindingKind::LossTooHigh { least }, found))
}

fn below_one(sweep: &Sweep) -> Option<Finding> {
    of_most(sweep, |_| true, |run| run.last_loss() < 1.0)
        .and_then(|(least, found)| Finding::some(FindingKind::LossBelowOne { least }, found))
}

/// Where losses are the logarithms of a column of perplexities.
fn low_perplexity(sweep: &Sweep) -> Option<Finding> {
    let mut losses = sweep.mapping().iter().filter(|mapping| mapping.field == "loss");
    let column = losses.find(|mapping| mapping.conversion == Conversion::Ln)?.column.clone();
    let is_low = |run: &Run| run.last_loss() < PERPLEXITY.ln();
    let (least, found) = of_most(sweep, |_| true, is_low)?;
    let low = sweep.runs().iter().filter(|run| is_low(run)).map(Run::last_loss);
    let between = [least, low.fold(least, f64::max)].map(f64::exp);
    Finding::some(FindingKind::LowPerplexity { column, between }, found)
}

/// The least loss of what is odd among some runs, and where, if it is more than half of them.
fn of_most(
    sweep: &Sweep,
    among: impl Fn(&&Run) -> bool,
    is_odd: impl Fn(&Run) -> bool,
) -> Option<(f64, Found)> {
    let (mut found, mut least, mut of) = (Found::default(), f64::INFINITY, 0);
    for (index, run) in sweep.runs().iter().enumerate().filter(|(_, run)| among(run)) {
        of += 1;
        if is_odd(run) {
            least = least.min(run.last_loss());
            found.add(|| Place::run(sweep, index));
        }
    }
    (2 * found.count > of).then_some((least, found))
}

/// Of the runs that give their vocabulary, or of those that do not.
fn loss(sweep: &Sweep, every_row: bool, assumed: bool) -> Option<Finding> {
    let (mut found, mut lowest) = (Found::default(), f64::INFINITY);
    for (index, run) in sweep.runs().iter().enumerate() {
        let given = run.vocabulary().filter(|vocabulary| *vocabulary > 1.0);
        if given.is_none() == assumed {
            let bound = given.unwrap_or(VOCABULARY).ln();
            for checkpoint in rows(run, every_row).iter().filter(|c| c.loss > bound) {
                lowest = lowest.min(bound);
                found.add(|| Place::row(sweep, index, checkpoint.tokens));
            }
        }
    }
    Finding::some(FindingKind::LossAboveGuessing { bound: lowest, assumed }, found)
}

fn flops(sweep: &Sweep, every_row: bool) -> Option<Finding> {
    let (mut found, mut least, mut greatest) = (Found::default(), f64::INFINITY, 0.0f64);
    let mut as_dense = true;
    for (index, run) in sweep.runs().iter().enumerate() {
        for checkpoint in rows(run, every_row) {
            let Some(given) = run.flops_at(checkpoint.tokens) else { continue };
            let ratio = |params: f64| given / (6.0 * params * checkpoint.tokens);
            let Ok(Some(average)) = average(run, checkpoint) else { continue };
            let factor = ratio(average);
            if (factor - 1.0).abs() > AGREE {
                (least, greatest) = (least.min(factor), greatest.max(factor));
                as_dense &= (ratio(run.initial_params()) - 1.0).abs() <= AGREE;
                found.add(|| Place::row(sweep, index, checkpoint.tokens));
            }
        }
    }
    Finding::some(FindingKind::FlopsDisagree { least, greatest, as_dense }, found)
}

/// N̄ up to a row; none where it is not told.
fn average(run: &Run, checkpoint: &Checkpoint) -> Result<Option<f64>> {
    let told = checkpoint.average_params();
    if told.is_some() || !run.has_course() {
        return Ok(told.or_else(|| checkpoint.final_params().is_none().then(|| run.initial_params())));
    }
    Ok(Some(run.trajectory()?.until(checkpoint.tokens)?.average_params()))
}
