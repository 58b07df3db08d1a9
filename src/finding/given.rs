//! Counts that a table gives twice, or that cannot be together.

use std::collections::BTreeMap;

use super::kind::{Finding, FindingKind, Found, Place};
use super::magnitudes::rows;
use crate::run::{Conversion, LeftShare};
use crate::schedule::counts_agree;
use crate::{Checkpoint, Result, Run, Sweep};

/// Shares are written with two digits.
const ROUNDED: f64 = 0.01;
/// Ratios this near to each other, or to a whole number, are one.
const WHOLE: f64 = 1e-3;
/// Vocabularies this near to each other are one that was padded.
const PADDED: f64 = 0.05;
/// A test of kinds is made of so many runs of each, at least.
pub(crate) const FEWEST_OF_A_KIND: usize = 3;
/// In so many runs it finds what matters.
const RUNS_TESTED: usize = 12;
/// A run that came so far is whole.
const ENDED: f64 = 0.98;
/// More often nobody repeats data.
const EPOCHS: f64 = 1e4;

/// Whether losses are of tokens, and not of bytes or characters.
fn are_of_tokens(sweep: &Sweep) -> bool {
    let of_others = |conversion| match conversion {
        Conversion::Bits { unit, .. } | Conversion::Nats { unit, .. } => unit != "token",
        _ => false,
    };
    !sweep.mapping().iter().any(|mapping| mapping.field == "loss" && of_others(mapping.conversion))
}

/// Runs of another tokenizer than most of their group, where one has too few for a test of kinds.
fn several_tokenizers(sweep: &Sweep) -> Option<Finding> {
    const NAMES: [&str; 5] = ["tokenizer", "tokeniser", "tokenizername", "tokenizerid", "tokenizertype"];
    let is_one = |column: &str| {
        let last = column.rsplit(['/', '.']).next().unwrap_or(column).to_lowercase();
        NAMES.contains(&&*last.replace(['_', '-', ' '], ""))
    };
    let labels = sweep.runs().first()?.labels().iter();
    let column = labels.map(|[column, _]| column).find(|column| is_one(column))?;
    let mut groups: BTreeMap<Option<&str>, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate() {
        let own = run.labels().iter().find(|[own, _]| own == column).map(|[_, word]| word.as_str());
        if let Some(own) = own.filter(|own| !own.is_empty()) {
            groups.entry(run.group()).or_default().entry(own).or_default().push(index);
        }
    }
    let mut found = Found::default();
    for kinds in groups.values().filter(|_| are_of_tokens(sweep)) {
        let is_tested =
            kinds.values().all(|runs| runs.len() >= FEWEST_OF_A_KIND) && sweep.len() >= RUNS_TESTED;
        let Some((most, _)) = kinds.iter().max_by_key(|(_, runs)| runs.len()).filter(|_| !is_tested) else {
            continue;
        };
        let others = kinds.iter().filter(|(kind, _)| *kind != most).flat_map(|(_, runs)| runs);
        others.for_each(|run| found.add(|| Place::run(sweep, *run)));
    }
    Finding::some(FindingKind::SeveralTokenizers { column: column.to_string() }, found)
}

/// Runs of another vocabulary than most of their group, where losses are of tokens.
fn several_vocabularies(sweep: &Sweep) -> Option<Finding> {
    let mapped = |field: &str| sweep.mapping().iter().find(|mapping| mapping.field == field);
    if !are_of_tokens(sweep) {
        return None;
    }
    let mut groups: BTreeMap<Option<&str>, Vec<(usize, f64)>> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate() {
        groups.entry(run.group()).or_default().extend(run.vocabulary().map(|size| (index, size)));
    }
    let is_like = |a: f64, b: f64| (a / b).ln().abs() < PADDED;
    let (mut found, mut sizes) = (Found::default(), Vec::new());
    for runs in groups.values() {
        let alike = |size: f64| runs.iter().filter(|(_, own)| is_like(*own, size)).count();
        let Some((_, most)) = runs.iter().max_by_key(|(_, size)| alike(*size)) else { continue };
        let others: Vec<_> = runs.iter().filter(|(_, size)| !is_like(*size, *most)).collect();
        others.iter().for_each(|(run, _)| found.add(|| Place::run(sweep, *run)));
        if !others.is_empty() {
            sizes.extend(runs.iter().map(|(_, size)| *size));
        }
    }
    let sizes = [f64::min, f64::max].map(|of| sizes.iter().copied().reduce(of).unwrap_or(f64::NAN));
    let column = mapped("vocabulary")?.column.clone();
    Finding::some(FindingKind::SeveralVocabularies { column, sizes }, found)
}

/// Of the last row of each run, or of `every_row`.
pub(super) fn findings(sweep: &Sweep, every_row: bool) -> Vec<Finding> {
    let most = |of: fn(f64) -> Option<f64>, of_ends: bool| -> (f64, Found) {
        let (mut found, mut most) = (Found::default(), 0.0f64);
        for (index, run) in sweep.runs().iter().enumerate() {
            for checkpoint in rows(run, every_row && !of_ends) {
                let share = checkpoint.unique_tokens().map(|unique| unique / checkpoint.tokens);
                if let Some(odd) = share.and_then(of) {
                    most = most.max(odd);
                    found.add(|| Place::row(sweep, index, checkpoint.tokens));
                }
            }
        }
        (most, found)
    };
    // Before its end a run may not have seen all that it is to see.
    let (above, of_above) = most(|share| (share > 1.0 && !counts_agree(share, 1.0)).then_some(share), true);
    let (epochs, of_epochs) = most(|share| Some(share.recip()).filter(|epochs| *epochs > EPOCHS), false);
    [
        disagree(sweep, every_row),
        left_otherwise(sweep),
        tokens_off(sweep),
        several_vocabularies(sweep),
        several_tokenizers(sweep),
        Finding::some(FindingKind::UniqueAboveTokens { most: above }, of_above),
        Finding::some(FindingKind::Repeated { most: epochs }, of_epochs),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Tokens that steps, or samples, make others.
fn tokens_off(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut least, mut greatest) = (Found::default(), f64::INFINITY, 0.0f64);
    // So many devices, of one of which the batch is, are those of most runs.
    let mut all: Vec<f64> = sweep.runs().iter().map(|run| run.tokens_off().unwrap_or(1.0)).collect();
    all.sort_by(f64::total_cmp);
    let middle = all.get(all.len() / 2).copied().unwrap_or(1.0);
    let is_whole = middle > 1.0 && (middle - middle.round()).abs() <= WHOLE * middle;
    let is_of = |ratio: f64| is_whole && (ratio / middle - 1.0).abs() <= WHOLE;
    for (index, ratio) in sweep.runs().iter().map(Run::tokens_off).enumerate() {
        let Some(ratio) = ratio.filter(|ratio| !is_of(*ratio)) else { continue };
        (least, greatest) = (least.min(ratio), greatest.max(ratio));
        found.add(|| Place::run(sweep, index));
    }
    Finding::some(FindingKind::TokensDisagree { least, greatest }, found)
}

/// Average and final parameters beside a schedule that has others.
fn disagree(sweep: &Sweep, every_row: bool) -> Option<Finding> {
    let (mut found, mut least, mut greatest) = (Found::default(), f64::INFINITY, 0.0f64);
    for (index, run) in sweep.runs().iter().enumerate().filter(|(_, run)| run.has_course()) {
        for checkpoint in rows(run, every_row) {
            let odd = ratios(run, checkpoint).unwrap_or_default();
            let odd: Vec<f64> =
                odd.into_iter().flatten().filter(|ratio| !counts_agree(*ratio, 1.0)).collect();
            for ratio in &odd {
                (least, greatest) = (least.min(*ratio), greatest.max(*ratio));
            }
            if !odd.is_empty() {
                found.add(|| Place::row(sweep, index, checkpoint.tokens));
            }
        }
    }
    Finding::some(FindingKind::CountsDisagree { least, greatest }, found)
}

/// Average and final parameters that a row gives, over those of its run's schedule up to there.
fn ratios(run: &Run, checkpoint: &Checkpoint) -> Result<[Option<f64>; 2]> {
    let given = [checkpoint.average_params(), checkpoint.final_params()];
    if given == [None; 2] {
        return Ok([None; 2]);
    }
    let until = run.trajectory()?.until(checkpoint.tokens)?;
    let own = [until.average_params(), until.final_params()];
    Ok([0, 1].map(|place| given[place].map(|count| count / own[place])))
}

/// Columns of sparsities, densities and nonzero parameters that are not those of the schedule beside them.
fn left_otherwise(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut given, mut own, mut counted) = (Found::default(), 0.0, 0.0, false);
    for (index, run) in sweep.runs().iter().enumerate() {
        let Some((tokens, left)) = run.left() else { continue };
        let Some(odd) = left.iter().find_map(|left| differs(run, tokens, *left).ok().flatten()) else {
            continue;
        };
        if found.count == 0 {
            (given, own) = odd;
            counted = run.is_logged();
        }
        found.add(|| Place::row(sweep, index, tokens));
    }
    Finding::some(FindingKind::DensityDisagrees { given, own, counted }, found)
}

/// The share that a column says is left, and that of the run's schedule or log, where these differ.
fn differs(run: &Run, tokens: f64, left: LeftShare) -> Result<Option<(f64, f64)>> {
    // Of a run that was stopped a table may say what was planned.
    if run.is_logged() && run.planned_share().is_some_and(|share| share < ENDED) {
        return Ok(None);
    }
    let until = run.trajectory()?.until(tokens)?;
    let count = if left.of_run { until.average_params() } else { until.final_params() };
    let own = count / run.initial_params();
    // Of all parameters or of those that may be pruned, reached or aimed at.
    let of_prunable = (count - run.fixed_params()) / run.params;
    let of_all = if left.is_count { count / run.params } else { own };
    let aimed_at = run.schedule().final_sparsity().filter(|_| !(left.of_run || run.is_logged()));
    let aimed_at = aimed_at.map(|sparsity| 1.0 - sparsity);
    let agrees = |own: f64| (left.share - own).abs() <= ROUNDED || counts_agree(left.share, own);
    let agrees = [Some(of_all), Some(of_prunable), aimed_at].into_iter().flatten().any(agrees);
    Ok((!agrees).then_some((left.share, own)))
}
