//! Values at which laws are asked, and the runs that are asked about.

use crate::answer::{Allocation, AllocationOptions};
use crate::bootstrap::least_draws;
use crate::law::Input;
use crate::predict::NewRun;
use crate::report::Report;
use crate::units::{format_number, format_quantity};
use crate::{Ensemble, Error, Fit, Result};

/// From one value to another, evenly spread in their logarithm, both ends included.
pub(super) fn spread(from: f64, to: f64, count: usize) -> Vec<f64> {
    let step = (to / from).ln() / (count - 1) as f64;
    (0..count).map(|i| if i + 1 == count { to } else { from * (step * i as f64).exp() }).collect()
}

/// The least and the greatest of the values that are positive numbers; infinite and 0 where none is.
pub(super) fn ends_of(values: &[f64]) -> [f64; 2] {
    let usable = values.iter().copied().filter(|value| value.is_finite() && *value > 0.0);
    usable.fold([f64::INFINITY, 0.0f64], |[a, b], v| [a.min(v), b.max(v)])
}

/// The smallest and the largest budget; those of a middling sweep where there are none.
pub(super) fn budgets_of(flops: &[f64]) -> [f64; 2] {
    let ends = ends_of(flops);
    if ends[0] <= ends[1] { ends } else { [1e18, 1e21] }
}

/// A report as an ensemble, which a fit without draws can be too.
pub(super) fn drawn_of(report: &Report) -> Ensemble {
    match report {
        Report::Ensemble(ensemble) => ensemble.clone(),
        Report::Point(fit) => Ensemble::without_draws(fit.clone()),
    }
}

/// Draws that bands of best runs rest on, each a search: the ends of 95 % intervals of 400 scatter by 3 % of the interval, those of 1,000 by 2 %.
const DRAWS: usize = 400;

/// An ensemble with so many of its draws, evenly spread, or as many as its level takes.
pub(super) fn thinned(mut ensemble: Ensemble) -> Ensemble {
    let (all, most) = (ensemble.draws.len(), DRAWS.max(least_draws(ensemble.options.level)));
    if all > most {
        let draws = &mut ensemble.draws;
        ensemble.draws = (0..most).map(|k| std::mem::take(&mut draws[k * all / most])).collect();
    }
    ensemble
}

/// Different tokens of all runs that are asked about: those of the run of the sweep that has most, for laws that read them.
fn unique_tokens(fit: &Fit) -> Option<f64> {
    fit.observations.unique_tokens().and_then(|known| known.iter().copied().reduce(f64::max))
}

/// What is said of them beside a figure.
pub(super) fn note_of_repeats(fit: &Fit) -> Option<String> {
    let unique = unique_tokens(fit).filter(|_| fit.law().spec().inputs.contains(&Input::UniqueTokens))?;
    Some(format!("The law is drawn for runs with {} different tokens.", format_quantity(unique, 3)))
}

/// FLOPs that the table gives over those that answers count, in the geometric mean: 1 where these are the same.
pub(super) fn given_over_counted(fit: &Fit) -> f64 {
    let counted = fit.budgets();
    let sum: f64 = fit.observations.flops().zip(&counted).map(|(given, own)| (given / own).ln()).sum();
    (sum / counted.len().max(1) as f64).exp()
}

/// The same as a note has it; none where they are alike.
pub(super) fn other_flops(fit: &Fit) -> Option<String> {
    const ALIKE: f64 = 0.02;
    let times = given_over_counted(fit);
    let is_other = !((times - 1.0).abs() <= ALIKE);
    is_other.then(|| format!("{} times 6 N D, on average", format_number(times, 3)))
}

/// What FLOPs a figure is drawn over, where the table gives others.
pub(super) fn note_of_flops(fit: &Fit) -> Option<String> {
    other_flops(fit).map(|times| format!("FLOPs are 6 N D; those of the table are {times}."))
}

/// A dense run.
pub(super) fn asked_run(fit: &Fit, params: f64, tokens: f64) -> Result<NewRun> {
    let run = NewRun::dense(params, tokens)?;
    unique_tokens(fit).into_iter().try_fold(run, |run, unique| run.with_unique_tokens(unique.min(tokens)))
}

/// What an axis of the sizes that a law reads is called.
pub(super) fn name_of_size(fit: &Fit) -> String {
    let observations = &fit.observations;
    if observations.is_dense() {
        "parameters".to_owned()
    } else {
        format!("parameters, {}", observations.size())
    }
}

fn as_asked(fit: &Fit) -> AllocationOptions {
    AllocationOptions { unique_tokens: unique_tokens(fit), ..AllocationOptions::default() }
}

/// The best dense runs of budgets.
pub(super) fn best_runs(ensemble: &Ensemble, budgets: &[f64]) -> Result<Vec<Allocation>> {
    ensemble.frontier(budgets, &as_asked(&ensemble.fit))
}

/// The same for a figure that is nothing without them: a refusal names the kinds that such a fit has.
pub(super) fn needed_runs(kind: &str, ensemble: &Ensemble, budgets: &[f64]) -> Result<Vec<Allocation>> {
    best_runs(ensemble, budgets).map_err(|error| match error {
        Error::Unanswerable { problem, remedy, .. } if !ensemble.fit.observations.is_empty() => {
            let problem = format!("{kind} shows the best runs of budgets; {problem}");
            let others = "`kind=fit`, `kind=residuals`, or `kind=frontier`, which then shows the runs alone";
            Error::unanswerable("figure", problem, format!("{remedy}; or draw {others}"))
        }
        other => other,
    })
}

/// The cheapest dense run that reaches a loss.
pub(super) fn cheapest_run(fit: &Fit, loss: f64) -> Result<Allocation> {
    Ensemble::without_draws(fit.clone()).cheapest(loss, &as_asked(fit))
}

/// What it costs, in words.
pub(super) fn said_cheapest(loss: f64, run: &Allocation) -> String {
    let of = |value: f64| format_quantity(value, 3);
    let (params, tokens) = (run.average_params.estimate, run.tokens.estimate);
    format!(
        "A loss of {loss} takes {} FLOPs: {} parameters and {} tokens.",
        of(run.total_flops.estimate),
        of(params),
        of(tokens)
    )
}
