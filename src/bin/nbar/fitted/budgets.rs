//! What a fit says of budgets: those of its own sweep, and what to ask next.

use std::path::Path;

use nbar::answer::{Allocation, AllocationOptions};
use nbar::law::Input;
use nbar::observation::FlopsCount;
use nbar::predict::NewRun;
use nbar::report::Report;
use nbar::units::format_quantity;
use nbar::{Ensemble, Fit, Result, Warning};

use super::Saving;
use crate::escape;
use crate::flags::pasteable;
use crate::format::range;
use crate::table::{Table, count, interval, number, text as words};

/// A path on one line.
fn shown(path: &Path) -> String {
    escape::line(&path.display().to_string()).into_owned()
}

/// Budgets over the largest of the sweep.
const BEYOND: [f64; 3] = [1.0, 10.0, 100.0];
/// Parameters, tokens and FLOPs that are asked of constants, which have no sweep: those of Hoffmann et al. 2022.
const USUAL: [f64; 3] = [7e10, 1.4e12, 5.76e23];

/// The greatest of some values; none of none.
fn greatest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(f64::max)
}

/// FLOPs of runs as answers of the fit count them.
fn of_answers(fit: &Fit) -> Vec<f64> {
    let (runs, is_read) = (&fit.observations, fit.law().spec().inputs.contains(&Input::Flops));
    match runs.flops_count() {
        FlopsCount::Dense => runs.flops().collect(),
        _ if is_read => runs.flops().collect(),
        _ => runs.average_params().iter().zip(runs.tokens()).map(|(n, d)| 6.0 * n * d).collect(),
    }
}

/// Different tokens, for laws that read them.
fn unique_tokens(fit: &Fit) -> Option<f64> {
    if !fit.law().spec().inputs.contains(&Input::UniqueTokens) {
        return None;
    }
    let known = fit.observations.unique_tokens().unwrap_or_default();
    Some(greatest(known.iter().copied()).unwrap_or(USUAL[1] / 10.0))
}

fn frontier(report: &Report, budgets: &[f64], unique_tokens: Option<f64>) -> Result<Vec<Allocation>> {
    let mut options = AllocationOptions::default();
    options.unique_tokens = unique_tokens;
    match report {
        Report::Ensemble(ensemble) => ensemble.frontier(budgets, &options),
        Report::Point(fit) => Ensemble::without_draws(fit.clone()).frontier(budgets, &options),
    }
}

/// The compute-optimal runs of the sweep's largest budget and of some beyond it; none where the law has none.
pub(super) fn optima(report: &Report) -> Option<String> {
    let fit = report.fit();
    if fit.observations.is_flops_alone() {
        return None;
    }
    let largest = greatest(of_answers(fit).into_iter())?;
    let unique_tokens = unique_tokens(fit);
    let runs = frontier(report, &BEYOND.map(|beyond| beyond * largest), unique_tokens).ok()?;
    let level = runs.first().map_or(f64::NAN, |run| run.level);
    let is_denser = |warning: &Warning| matches!(warning, Warning::DenserThanRuns { .. });
    let is_all_pruned = runs.iter().any(|run| run.warnings.iter().any(is_denser));
    let table = Table::of(BEYOND.iter().zip(runs))
        .column("compute-optimal at", |(_, run)| {
            words(format!("{} FLOPs", format_quantity(run.total_flops.estimate, 3)))
        })
        .column("x the largest run", |(beyond, _)| number(**beyond, 1))
        .column("params", |(_, run)| count(run.average_params.estimate, 3))
        .column("tokens", |(_, run)| count(run.tokens.estimate, 3))
        .column("tokens per param", |(_, run)| number(run.tokens_per_param.estimate, 3))
        .column_if(!level.is_nan(), &interval(level), |(_, run)| {
            words(range(run.tokens_per_param.interval, 3))
        });
    let of_repeats = unique_tokens.map_or_else(String::new, |unique| {
        format!(
            "each with {} different tokens; others: --unique-tokens of allocate\n",
            format_quantity(unique, 3)
        )
    });
    let of_pruned = match is_all_pruned {
        true => {
            "these are dense runs, and every run of the sweep is pruned: no run tells whether the law holds there\n"
        }
        false => "",
    };
    Some(table.text() + &of_repeats + of_pruned)
}

/// What to ask next, of which the law answers all.
pub(super) fn next(report: &Report, saving: Saving<'_>) -> String {
    let fit = report.fit();
    if !fit.answers_are_trustworthy() {
        return match saving {
            Saving::No => "next: see the warnings; what this fit answers is not to be trusted\n".to_owned(),
            Saving::Now(path) | Saving::There(path) => {
                format!("saved {}; see the warnings: what it answers is not to be trusted\n", shown(path))
            }
        };
    }
    let (path, saved) = match saving {
        Saving::No => ("NAME.fit.json".to_owned(), "next: add -o NAME.fit.json to save it; then:".to_owned()),
        Saving::Now(path) => {
            (pasteable(&path.display().to_string()), format!("saved {}; next:", shown(path)))
        }
        Saving::There(path) => (pasteable(&path.display().to_string()), "next:".to_owned()),
    };
    let questions = questions(report);
    let lines: Vec<String> =
        questions.iter().map(|(command, asked)| format!("\n  nbar {command} {path} {asked}")).collect();
    match (lines.is_empty(), saving) {
        (false, _) => format!("{saved}{}\n", lines.concat()),
        (true, Saving::Now(path)) => format!("saved {}\n", shown(path)),
        (true, _) => String::new(),
    }
}

/// Questions that the law answers, about runs of ten times the sweep's largest budget.
fn questions(report: &Report) -> Vec<(&'static str, String)> {
    let fit = report.fit();
    let beyond = |values: Option<f64>, by: f64, usual: f64| {
        // As it is written, so that what is asked is what was tried.
        let written = format_quantity(values.map_or(usual, |most| by * most), 2);
        nbar::units::parse_quantity(&written).ok().map(|value| (value, written))
    };
    let each = BEYOND[1].sqrt();
    let observed = &fit.observations;
    let params = beyond(greatest(observed.initial_params().iter().copied()), each, USUAL[0]);
    let tokens = beyond(greatest(observed.tokens().iter().copied()), each, USUAL[1]);
    let flops = beyond(greatest(of_answers(fit).into_iter()), BEYOND[1], USUAL[2]);
    let (Some((params, n)), Some((tokens, d)), Some((flops, c))) = (params, tokens, flops) else {
        return Vec::new();
    };
    if observed.is_flops_alone() {
        let run = NewRun::of_flops(flops);
        let answered = run.is_ok_and(|run| fit.predict_run(&run).is_ok());
        return answered.then(|| ("predict", format!("--flops {c}"))).into_iter().collect();
    }
    let unique = unique_tokens(fit).map(|unique| format_quantity(unique, 2));
    let unique_tokens = unique.as_deref().and_then(|unique| nbar::units::parse_quantity(unique).ok());
    let given = unique.map_or_else(String::new, |unique| format!(" --unique-tokens {unique}"));
    let mut questions = Vec::new();
    let run = NewRun::dense(params, tokens)
        .and_then(|run| unique_tokens.into_iter().try_fold(run, NewRun::with_unique_tokens));
    if run.is_ok_and(|run| fit.predict_run(&run).is_ok()) {
        questions.push(("predict", format!("--params {n} --tokens {d}{given}")));
    }
    if frontier(report, &[flops], unique_tokens).is_ok() {
        questions.push(("allocate", format!("--flops {c}{given}")));
    }
    questions
}
