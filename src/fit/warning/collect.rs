//! What is to be said of a fit: every warning that its rows, its optimum and its search give reason for.

use std::collections::BTreeSet;

use super::Warning;
use super::far_off::far_off;
use super::held_above::held_above;
use super::lost::is_lost;
use super::runs::{distinct_values, effective_runs, risen_together};
use crate::finding::{Finding, FindingKind};
use crate::fit::{Exchange, Fit, Freedom, Rising, Unidentified};
use crate::law::{Input, Scale};
use crate::objective::{Coordinates, Objective};
use crate::{LossAt, Rho};

/// A term whose share of the loss stays below this on every row has vanished.
const VANISHED: f64 = 1e-6;
/// Another minimum this close, relatively, is a tie.
const NEAR_TIE: f64 = 0.01;

/// Parameters whose effects overlap so much that the scaled JᵀJ has an eigenvalue below this are not told apart:
/// sweeps along a line of constant tokens per parameter lie below it, and so do fits of the sparse T5 sweep, with its
/// three token counts, to some sizes; the published dense sweeps in `data` lie above.
const OVERLAPPING: f64 = 3e-4;
/// Runs, or clusters, below which (and at which) bootstrap intervals are known to be too narrow.
const FEW_RUNS: f64 = 10.0;
/// The same of a group, to each parameter of its own: as many as of a whole sweep, whose laws mostly have five.
const FEW_TO_A_PARAMETER: f64 = 2.0;
/// An exponent this many times below or above where the search looked for it has run off.
const FAR: f64 = 10.0;
/// Least part in a combination, of length 1, for a parameter to be named.
const NAMED: f64 = 0.3;

/// The warnings of a fit, of which `objective` and `theta` are what is not held by a bound.
pub(in crate::fit) fn collect(fit: &Fit, objective: &Objective, theta: &[f64]) -> Vec<Warning> {
    let of_tokens = fit.law().spec().inputs == [Input::Tokens];
    // The lower envelope leaves other learning rates behind, and a law of one's own may read them.
    let of_columns = fit.law().spec().inputs.iter().any(|input| matches!(input, Input::Column(_)));
    let of_rates = of_columns || matches!(fit.options.rho, Rho::Asymmetric { .. });
    let is_met = |finding: &Finding| match finding.kind {
        FindingKind::LearningRates { .. } => of_rates,
        FindingKind::SeveralVocabularies { .. } | FindingKind::SeveralTokenizers { .. } => of_columns,
        FindingKind::SeveralGroups { .. } => !fit.mixes_groups(),
        _ => of_tokens && finding.is_of_curves(),
    };
    let of_sweep = fit.rows.findings().iter().filter(|finding| !is_met(finding));
    let mut warnings: Vec<Warning> =
        of_sweep.map(|finding| Warning::Finding { finding: finding.clone() }).collect();
    if let [loss, others @ ..] = fit.rows.loss()
        && !others.is_empty()
        && others.iter().all(|other| other == loss)
    {
        warnings.push(Warning::OneLoss { loss: *loss });
    }
    let rises = |(with, share)| Warning::LossRises { with, share };
    warnings.extend(Rising::of(fit).in_most(std::slice::from_ref(&fit.parameters), 1).map(rises));

    if !fit.termination.is_converged() || is_lost(fit) {
        let (gradient, rho) = (fit.gradient_norm, fit.options.rho);
        warnings.push(Warning::NotConverged { gradient, rho, astray: astray(fit) });
    }
    for parameter in fit.unidentified.iter().map(|u| &u.parameter) {
        let limit = fit.limit_of(parameter).map(str::to_owned);
        warnings.extend(limit.map(|limit| Warning::AtLimit { parameter: parameter.clone(), limit }));
    }
    let open: Vec<Unidentified> = fit.unidentified.iter().filter(|u| u.limit.is_none()).cloned().collect();
    if !open.is_empty() {
        let (alike, inert): (Vec<_>, Vec<_>) = open.into_iter().partition(|u| u.like.is_some());
        let pair = |u: Unidentified| [u.like.unwrap_or_default(), u.parameter];
        warnings.push(Warning::Unidentified {
            inert: inert.into_iter().map(|u| u.parameter).collect(),
            alike: alike.into_iter().map(pair).collect(),
            exchanged: Vec::new(),
        });
    }
    let law = fit.law().spec();
    let freedom = |place: usize| fit.freedom(&law.parameters[place].name);
    let is_fixed = |place: usize| freedom(place) == Freedom::Fixed;
    // What has a prior needs no inputs to tell it.
    let is_given = |place: usize| is_fixed(place) || objective.coordinates().is_known(place);
    let mut told = BTreeSet::new();
    let shares = objective.largest_shares(theta);
    let terms = objective.terms().unwrap_or_default();
    for term in terms.iter().filter(|term| !(shares[term.coefficient] > VANISHED)) {
        // Of a term that is given there is nothing to identify.
        let mut members = term.factors.iter().map(|(_, exponent)| *exponent).chain([term.coefficient]);
        let known = freedom(term.coefficient) != Freedom::Unidentified;
        if known && members.any(|place| !is_fixed(place)) && told.insert(term.coefficient) {
            let constant = term.factors.is_empty() && term.offset.is_none();
            let term = law.parameters[term.coefficient].name.to_string();
            warnings.push(Warning::TermVanished { term, constant });
        }
    }
    warnings.extend(fit.options.bounds.iter().filter_map(|(parameter, _)| {
        let (bound, end) = fit.at_bound(parameter)?;
        Some(Warning::AtBound { parameter: parameter.clone(), bound, end })
    }));
    let vanished = warnings.iter().filter(|w| matches!(w, Warning::TermVanished { .. })).count();
    let diagnosis = objective.diagnose(theta);
    let table = fit.law().as_power_sum();
    if table.is_none() && !diagnosis.idle.is_empty() {
        let name = |free: &usize| law.parameters[objective.coordinates().free()[*free]].name.to_string();
        warnings.push(Warning::Idle { parameters: diagnosis.idle.iter().map(name).collect() });
    }
    if diagnosis.overlap < OVERLAPPING && objective.parameters() > 0 {
        let free = objective.coordinates().free().iter().map(|place| &law.parameters[*place]);
        let named = free.zip(&diagnosis.direction).filter(|(_, part)| part.abs() >= NAMED);
        let parameters = named.map(|(p, _)| p.name.to_string()).collect();
        let tokens_per_param = risen_together(law, &fit.rows);
        warnings.push(Warning::Overlap { parameters, overlap: diagnosis.overlap, tokens_per_param });
    }
    let inside = diagnosis.inside;
    let parameters = objective.parameters().saturating_sub(2 * vanished);
    if inside < parameters && fit.objective > 0.0 {
        warnings.push(Warning::FlatOptimum { inside, parameters, rho: fit.options.rho });
    }
    for input in &law.inputs {
        let distinct = input.column(&fit.rows).map_or(0, |column| distinct_values(input, &column));
        // Without an exponent to be told from them, few values may be enough: if not, parameters overlap.
        let told = table.is_none_or(|powers| {
            let mut factors = powers.terms().iter().flat_map(|term| &term.factors);
            factors.any(|factor| factor.input == *input && !is_given(factor.exponent))
        });
        let counted = !matches!(input, Input::Course | Input::Unhealed);
        if distinct < 3 && counted && told {
            warnings.push(Warning::FewDistinct { input: input.to_string(), distinct });
        }
    }
    if fit.is_perfect() {
        warnings.push(Warning::Exact);
    }
    warnings.extend(held_above(fit));
    warnings.extend(far_off(fit));
    let effective = effective_runs(&fit.rows);
    if effective <= FEW_RUNS {
        let clusters = fit.rows.cluster_count().is_some();
        warnings.push(Warning::FewRuns { effective, clusters });
    }
    for (group, rows, parameters) in fit.runs_of_groups() {
        let effective = effective_runs(&rows);
        if effective <= FEW_TO_A_PARAMETER * parameters as f64 {
            warnings.push(Warning::FewInGroup { group, effective, parameters });
        }
    }
    if let Some(from) = fit.observations.loss_from().filter(|from| from.at == LossAt::Min && from.rows[1] > 1)
    {
        warnings.push(Warning::LossAtMinimum { rows: from.rows });
    }
    if fit.starts_at_optimum == 1 && fit.starts_tried > 1 {
        warnings.push(Warning::LonelyOptimum { tried: fit.starts_tried });
    }
    if let Some(other) = fit.minima.first().filter(|m| m.objective <= fit.objective * (1.0 + NEAR_TIE)) {
        warnings.push(Warning::NearTie { ratio: other.objective / fit.objective });
    }
    warnings
}

/// Says which terms can change places, in place of what overlaps because of that.
pub(in crate::fit) fn tell_exchanges(fit: &mut Fit) {
    if fit.exchanges.is_empty() {
        return;
    }
    let parameters = &fit.law().spec().parameters;
    let pair = |exchange: &Exchange| exchange.coefficients.map(|place| parameters[place].name.to_string());
    let pairs: Vec<[String; 2]> = fit.exchanges.iter().map(pair).collect();
    fit.warnings.retain(|warning| !matches!(warning, Warning::Overlap { .. }));
    for warning in &mut fit.warnings {
        if let Warning::Unidentified { exchanged, .. } = warning {
            *exchanged = pairs;
            return;
        }
    }
    fit.warnings.push(Warning::Unidentified { inert: Vec::new(), alike: Vec::new(), exchanged: pairs });
}

/// Parameters far outside of where the search looked for them: by more than the range's length where they are fitted by their
/// logarithms or may be negative, by a factor of more than [`FAR`] else.
fn astray(fit: &Fit) -> Vec<String> {
    let law = fit.law().spec();
    let columns = law.columns(&fit.rows).unwrap_or_default();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let coordinates = Coordinates::new(&fit.options.law);
    let is_far = |place: usize, value: f64, (low, high): (f64, f64)| {
        if law.parameters[place].scale == Scale::Linear && low > 0.0 {
            return !(low / FAR..=high * FAR).contains(&value);
        }
        !(low - (high - low)..=high + (high - low)).contains(&value)
    };
    let values = coordinates.natural_to_fitted(&fit.parameters).into_iter().zip(coordinates.ranges(&columns));
    let far = values.enumerate().filter(|(place, (value, range))| is_far(*place, *value, *range));
    let names = far.map(|(place, _)| &law.parameters[place].name);
    names.filter(|name| fit.freedom(name) == Freedom::Free).map(|name| name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::law::{Coupled, Law};
    use crate::{FitOptions, Observations, fit_scaling_law};

    #[test]
    fn parameters_far_out_of_the_ranges_of_the_search_are_astray_unless_they_are_held() {
        let law = Coupled::default();
        let truth = [1.7, 480.0, 2100.0, 0.35, 0.37, 0.7];
        let n: Vec<f64> = (0..30).map(|i| 1e7 * 10f64.powf(f64::from(i % 6) / 2.0)).collect();
        let d: Vec<f64> = (0..30).map(|i| 1e8 * 10f64.powf(f64::from(i / 6) / 2.0)).collect();
        let loss = n.iter().zip(&d).map(|(n, d)| law.loss(&truth, &[*n, *d])).collect();
        let options = FitOptions::default().with_law(Arc::new(law));
        let mut fit = fit_scaling_law(&Observations::new(n, d, loss).unwrap(), &options).unwrap();
        assert!(astray(&fit).is_empty(), "{:?}", fit.parameters);
        // Searched: E .5 to 5, A 10 to 1e4, B 10 to 1e5, exponents .15 to .6, q .2 to 3.
        for (parameters, expected) in [
            ([1.7, 480.0, 2100.0, 0.02, 5.0, 40.0], vec![]),
            ([1e-9, 480.0, 2100.0, 0.35, 0.37, 50.0], vec!["E", "q"]),
            ([1.7, f64::INFINITY, 2100.0, 300.0, 1e-4, 0.7], vec!["A", "alpha", "beta"]),
            ([1.7, 480.0, 0.0, 0.35, -0.02, 1e-20], vec!["B", "beta", "q"]),
            ([1.7, 480.0, f64::NAN, 0.35, 0.37, 0.7], vec!["B"]),
        ] {
            fit.parameters = parameters.to_vec();
            assert_eq!(astray(&fit), expected, "{parameters:?}");
        }
        fit.parameters = vec![1.7, 480.0, 2100.0, 0.35, 0.37, 1e-20];
        fit.options = fit.options.with_fixed("q", 1e-20);
        assert!(astray(&fit).is_empty());
    }
}
