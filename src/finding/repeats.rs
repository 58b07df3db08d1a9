//! Runs that differ in what no law reads, and rows that are no runs of their own.

use std::collections::BTreeMap;

use super::kind::{Finding, FindingKind, Found, Place};
use crate::units::is_number;
use crate::{Run, Sweep};

/// Learning rates within this share are one.
const SAME: f64 = 1e-3;
/// Runs of each kind, and pairs of N and D with several kinds, that there are at least where a column sorts runs.
const FEWEST_OF_KIND: usize = 3;
const FEWEST_PAIRS: usize = 2;
/// Losses of repeats are within this share of each other: seeds move them by a hundredth.
const OF_REPEATS: f64 = 0.05;
/// Sweeps of more runs are not asked for groups and losses.
const MOST_RUNS: usize = 10_000;
/// Steps of a curve are alike within this share of their mean.
const EVEN: f64 = 0.05;
/// Fewest rows of one size, evenly spaced, that look like a curve.
const EVEN_ROWS: usize = 8;
/// Fewest rows of one size that look like a curve however they are spaced: no grid has so many lengths.
const ROWS: usize = 20;

pub(super) fn findings(sweep: &Sweep) -> Vec<Finding> {
    let few = Some(sweep).filter(|sweep| sweep.len() <= MOST_RUNS);
    let told = [learning_rates(sweep), several_kinds(sweep), few.and_then(several_groups)];
    let untold = few.filter(|_| told.iter().all(Option::is_none)).and_then(losses_apart);
    told.into_iter().chain([untold, one_curve(sweep)]).flatten().collect()
}

/// What runs that repeat each other agree in.
type Alike<'a> = ([u64; 3], [Option<u64>; 4], Option<&'a str>);

fn alike(run: &Run) -> Alike<'_> {
    let last = run.checkpoints().last();
    let unique = last.and_then(|c| c.unique_tokens());
    let numbers = [run.initial_params(), run.extent().tokens, unique.unwrap_or(0.0)].map(f64::to_bits);
    // However its pruning is told: by a schedule, a log, or the counts themselves.
    let course =
        run.has_course().then(|| run.trajectory().ok().map(|course| course.average_params())).flatten();
    let told = last.map_or([None; 2], |c| [c.average_params(), c.final_params()]);
    let pruning = [run.schedule().final_sparsity(), course, told[0], told[1]];
    (numbers, pruning.map(|count| count.map(f64::to_bits)), run.group())
}

/// Runs of one N and D, alike in all that is known, that a column of words tells apart: at several pairs, and not each from all others.
fn several_kinds(sweep: &Sweep) -> Option<Finding> {
    let columns = sweep.runs().first()?.labels().iter().map(|[column, _]| column);
    columns.filter_map(|column| of_kinds(sweep, column)).max_by_key(|finding| finding.count)
}

fn of_kinds(sweep: &Sweep, column: &str) -> Option<Finding> {
    let of_run = |run| of_label(run, column);
    let kind = |kinds, pairs| FindingKind::SeveralKinds { column: column.to_owned(), kinds, pairs };
    at_one_place(sweep, of_run, kind)
}

fn of_label<'a>(run: &'a Run, column: &str) -> Option<(&'a str, Alike<'a>)> {
    let [_, kind] = run.labels().iter().find(|[own, _]| own == column)?;
    // Numbers may be a setting of each run, and an empty cell says nothing.
    let is_word = !kind.is_empty() && !is_number(kind);
    is_word.then(|| (kind.as_str(), alike(run)))
}

/// The same of their group, which a fit without groups does not read.
fn several_groups(sweep: &Sweep) -> Option<Finding> {
    let column = sweep.mapping().iter().find(|mapping| mapping.field == "group")?.column.clone();
    at_one_place(sweep, of_group, |groups, pairs| FindingKind::SeveralGroups { column, groups, pairs })
}

fn of_group(run: &Run) -> Option<(&str, Alike<'_>)> {
    let (numbers, pruning, group) = alike(run);
    Some((group?, (numbers, pruning, None)))
}

/// Runs of several kinds that are alike in all else; none where a run has no kind.
fn at_one_place<'a>(
    sweep: &'a Sweep,
    of_run: impl Fn(&'a Run) -> Option<(&'a str, Alike<'a>)>,
    kind: impl FnOnce(Vec<String>, usize) -> FindingKind,
) -> Option<Finding> {
    let mut places: BTreeMap<_, Vec<(usize, &str)>> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate() {
        let (kind, alike) = of_run(run)?;
        *counts.entry(kind).or_default() += 1;
        places.entry(alike).or_default().push((index, kind));
    }
    if counts.values().any(|runs| *runs < FEWEST_OF_KIND) {
        return None;
    }
    let (mut found, mut pairs) = (Found::default(), 0);
    for runs in places.values().filter(|runs| runs.iter().any(|(_, kind)| *kind != runs[0].1)) {
        pairs += 1;
        runs.iter().for_each(|(run, _)| found.add(|| Place::run(sweep, *run)));
    }
    let kind = kind(counts.into_keys().map(str::to_owned).collect(), pairs);
    (pairs >= FEWEST_PAIRS).then(|| Finding::some(kind, found)).flatten()
}

/// Runs of one N and D, alike in all that is known, that were trained at several learning rates.
fn learning_rates(sweep: &Sweep) -> Option<Finding> {
    let mut places: BTreeMap<_, Vec<(usize, f64)>> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate() {
        let Some(rate) = run.learning_rates().reduce(f64::max) else { continue };
        places.entry(alike(run)).or_default().push((index, rate));
    }
    let (mut found, mut pairs) = (Found::default(), 0);
    for runs in places.values() {
        let differs = |(_, rate): &(usize, f64)| (rate / runs[0].1 - 1.0).abs() > SAME;
        if runs.iter().any(differs) {
            pairs += 1;
            runs.iter().for_each(|(run, _)| found.add(|| Place::run(sweep, *run)));
        }
    }
    Finding::some(FindingKind::LearningRates { pairs }, found)
}

/// Runs of one N and D, alike in all that is known, whose losses lie farther apart than those of repeats.
fn losses_apart(sweep: &Sweep) -> Option<Finding> {
    let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate() {
        places.entry(alike(run)).or_default().push(index);
    }
    let mut apart = Vec::new();
    let mut found = Found::default();
    for runs in places.values().filter(|runs| runs.len() > 1) {
        let losses = || runs.iter().filter_map(|run| Some(sweep.runs()[*run].checkpoints().last()?.loss));
        let [least, most] = [losses().fold(f64::INFINITY, f64::min), losses().fold(0.0, f64::max)];
        apart.push(most / least - 1.0);
        runs.iter().for_each(|run| found.add(|| Place::run(sweep, *run)));
    }
    apart.sort_unstable_by(f64::total_cmp);
    let (pairs, most) = (apart.len(), apart.last().copied()?);
    let is_usual = apart[pairs / 2] <= OF_REPEATS || pairs < FEWEST_PAIRS;
    (!is_usual).then(|| Finding::some(FindingKind::LossesApart { pairs, most }, found)).flatten()
}

/// Rows without a run's name, one size after the other, whose tokens go on as those of a loss curve.
fn one_curve(sweep: &Sweep) -> Option<Finding> {
    let unnamed = sweep.unnamed_runs();
    let (mut found, mut curves) = (Found::default(), 0);
    let run = |place: &u32| &sweep.runs()[*place as usize];
    let goes_on = |a: &u32, b: &u32| {
        let same = |of: fn(&Run) -> u64| of(run(a)) == of(run(b));
        // What stands for the counts of runs of which FLOPs alone are known is no count.
        !run(a).is_flops_alone()
            && same(|run| run.initial_params().to_bits())
            && run(a).extent().tokens < run(b).extent().tokens
    };
    for rows in unnamed.chunk_by(goes_on).filter(|rows| rows.len() >= EVEN_ROWS) {
        let tokens: Vec<f64> = rows.iter().map(|row| run(row).extent().tokens).collect();
        let step = (tokens[tokens.len() - 1] - tokens[0]) / (tokens.len() - 1) as f64;
        let even = tokens.windows(2).all(|pair| ((pair[1] - pair[0]) / step - 1.0).abs() < EVEN);
        if even || rows.len() >= ROWS {
            curves += 1;
            rows.iter().for_each(|row| found.add(|| Place::run(sweep, *row as usize)));
        }
    }
    Finding::some(FindingKind::OneCurve { curves }, found)
}
