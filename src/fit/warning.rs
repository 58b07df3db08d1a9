//! What to know before believing a fit.

mod lost;
mod pruning;
mod richer;
mod runs;
mod text;

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Change, End, Fit, Freedom, Rising, SparseDeparture, Unidentified};
use crate::document::unbounded;
use crate::finding::Finding;
use crate::law::{Input, Scale};
use crate::objective::{Coordinates, Objective};
use crate::{LossAt, Rho};
use lost::is_lost;
pub(super) use richer::richer;
use runs::{distinct_values, effective_runs, risen_together};

/// A term whose share of the loss stays below this on every row has vanished.
const VANISHED: f64 = 1e-6;
/// Another minimum this close, relatively, is a tie.
const NEAR_TIE: f64 = 0.01;

/// Parameters whose effects overlap so much that the scaled JᵀJ has an eigenvalue below this are not told apart:
/// sweeps along a line of constant tokens per parameter lie below it, and so do fits of the sparse T5 sweep, with its
/// three token counts, to some sizes; the published dense sweeps in `data` lie above.
const OVERLAPPING: f64 = 3e-4;
/// Below this, only rounding tells them apart.
const IDENTICAL: f64 = 1e-10;
/// Runs, or clusters, below which (and at which) bootstrap intervals are known to be too narrow.
const FEW_RUNS: f64 = 10.0;
/// An exponent this many times below or above where the search looked for it has run off.
const FAR: f64 = 10.0;
/// Least part in a combination, of length 1, for a parameter to be named.
const NAMED: f64 = 0.3;

/// Something about a fit that a planner should know, with what to do. Documents hold its `kind`, its fields and, as `message`,
/// its sentence.
///
/// ```
/// use nbar::fit::Warning;
/// let warning = Warning::TermVanished { term: "A".to_owned(), constant: false };
/// assert!(warning.is_disqualifying());
/// assert!(warning.to_string().starts_with("the term of A has vanished"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", remote = "Self")]
#[non_exhaustive]
pub enum Warning {
    /// Something grave about the sweep itself, as [`inspect`](crate::inspect()) finds it.
    Finding {
        /// What was found.
        finding: Finding,
    },
    /// The loss of the law rises with parameters, tokens or compute over the sweep: losses may be inverted, or no losses.
    LossRises {
        /// What it rises with.
        with: Vec<String>,
        /// The least share of the draws in which it does; 1 for a fit without draws.
        share: f64,
    },
    /// A term adds nothing to the loss on any row: its coefficient and exponents are not identified.
    TermVanished {
        /// The coefficient of the term.
        term: String,
        /// Whether it is a constant, which depends on nothing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        constant: bool,
    },
    /// Parameters of a law that is no sum of powers that change no prediction at the optimum: what they shape has vanished.
    Idle {
        /// Which ones.
        parameters: Vec<String>,
    },
    /// The inputs cannot tell some parameters, whatever the losses.
    Unidentified {
        /// Those that change no prediction.
        inert: Vec<String>,
        /// Pairs of coefficients whose terms are the same.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alike: Vec<[String; 2]>,
    },
    /// A parameter runs off, and the runs do not tell the law from what it is in the limit: the fit is of that.
    AtLimit {
        /// The parameter.
        parameter: String,
        /// What the law has in the limit: "the final count".
        limit: String,
    },
    /// An input takes too few different values for its term to be identified.
    FewDistinct {
        /// The input.
        input: String,
        /// How many different values it takes.
        distinct: usize,
    },
    /// The best point is not proven stationary.
    NotConverged {
        /// Relative gradient there.
        #[serde(deserialize_with = "unbounded")]
        gradient: f64,
        /// ρ of the fit; saved as `loss`.
        #[serde(default, rename = "loss")]
        rho: Rho,
        /// Parameters that have left the ranges of the search far behind: the optimum is at infinity, or at 0.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        astray: Vec<String>,
    },
    /// The optimum is a region and not a point: fewer residuals lie where ρ is curved than there are parameters.
    FlatOptimum {
        /// Residuals within δ.
        inside: usize,
        /// Free parameters of the law whose terms have not vanished.
        parameters: usize,
        /// ρ of the fit; saved as `loss`.
        #[serde(default, rename = "loss")]
        rho: Rho,
    },
    /// Some parameters can be changed together with hardly any effect on any run of the sweep.
    Overlap {
        /// Which ones.
        parameters: Vec<String>,
        /// Least eigenvalue of JᵀJ with columns of length 1: 0 is no difference at all.
        overlap: f64,
        /// Least and most tokens per parameter, if N and D rise together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tokens_per_param: Option<[f64; 2]>,
    },
    /// A parameter is at an end of the range that it is bounded to, and the objective would fall beyond.
    AtBound {
        /// The parameter.
        parameter: String,
        /// The bound, in the parameter's own unit.
        bound: f64,
        /// Which end it is.
        end: End,
    },
    /// One start alone found the optimum.
    LonelyOptimum {
        /// Number of starts tried.
        tried: usize,
    },
    /// Another minimum is about as good.
    NearTie {
        /// Objective of the other over that of the optimum.
        ratio: f64,
    },
    /// The runs depart from the law by more than they scatter.
    LackOfFit {
        /// Root mean square of the departure over the runs, in ln L.
        departure: f64,
        /// p of the F test.
        p: f64,
        /// Laws of more parameters that these runs could carry.
        laws: Vec<String>,
    },
    /// So few runs, or clusters of runs, that intervals drawn from them are too narrow.
    FewRuns {
        /// Effective number: (Σ w)² / Σ w² over the weights of the runs or clusters.
        effective: f64,
        /// Whether clusters are counted.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        clusters: bool,
    },
    /// Losses are the least of whole curves, and so biased low.
    LossAtMinimum {
        /// Least and most rows of a run.
        rows: [usize; 2],
    },
    /// Another δ gives another law.
    DeltaMatters {
        /// The other δ.
        delta: f64,
        /// What changes most.
        change: Change,
    },
    /// A handful of runs decides about the law.
    InfluentialRuns {
        /// Which ones, in the order in which they were left out.
        runs: Vec<String>,
        /// What changes most without them.
        change: Change,
    },
    /// The interval of a parameter from the bootstrap and that from its profile differ much in length.
    IntervalsDisagree {
        /// The parameter.
        parameter: String,
        /// Length of the bootstrap's interval; of its logarithm, for a coefficient.
        #[serde(deserialize_with = "unbounded")]
        bootstrap: f64,
        /// Length of the profile's, likewise.
        #[serde(deserialize_with = "unbounded")]
        profile: f64,
    },
    /// A question lies beyond the sweep.
    ExtrapolatesBeyond {
        /// What lies beyond: flops, params, tokens or tokens a parameter.
        what: String,
        /// By what factor.
        factor: f64,
    },
    /// A question lies below the sweep.
    ExtrapolatesBelow {
        /// What lies below: flops, params, tokens or tokens a parameter.
        what: String,
        /// By what factor.
        factor: f64,
    },
    /// Sparse runs do not lie on the law that the dense ones alone lead to.
    SparseDepart {
        /// Which runs, and how far they lie from it; the farthest first.
        departures: Vec<SparseDeparture>,
        /// Share of sweeps of which this is said, at most, where all runs lie on the law.
        level: f64,
    },
    /// No two pruning windows of the sweep occur with one final sparsity: what a window does is not told from what the sparsity does.
    WindowsAlike {
        /// The windows.
        windows: Vec<String>,
    },
    /// A run is pruned over a window that lies outside those that were fitted.
    OutsideWindows {
        /// Where it starts and ends, as shares of the tokens.
        window: [f64; 2],
        /// The first and the last start among the runs.
        fitted_start: [f64; 2],
        /// The first and the last end.
        fitted_end: [f64; 2],
    },
    /// One cut is the best window, which the form of the law favours whatever its parameters: what runs that were cut at once say of that.
    BestIsOneCut {
        /// Their rows.
        rows: usize,
        /// Mean of ln L less that of the law.
        departure: f64,
    },
    /// In some draws the law has no optimum on a budget.
    NoOptimum {
        /// In how many.
        draws: usize,
        /// Of how many.
        of: usize,
    },
    /// In some draws the law does not come down to the loss that is asked for.
    NotReachable {
        /// Share of the draws in which it does.
        probability: f64,
    },
    /// In some replicates a coefficient runs off to 0 or to infinity: the runs do not bound it on that side.
    RunsOff {
        /// The coefficient.
        parameter: String,
        /// Share of the replicates in which it goes to infinity.
        to_infinity: f64,
        /// Share in which it goes to 0.
        to_zero: f64,
    },
    /// The losses follow the law exactly: they were computed, not measured.
    Exact,
    /// Some replicates did not converge and are left out of the intervals; if all are said to, too few are left for any.
    ReplicatesFailed {
        /// How many.
        failed: usize,
        /// Of how many.
        replicates: usize,
    },
    /// An observer stopped the replicates: intervals rest on the first of them.
    Partial {
        /// How many were made.
        made: usize,
        /// Of how many.
        replicates: usize,
        /// Audits that found a lower minimum: not every replicate was refitted from there.
        disagreed: usize,
    },
    /// The fit was saved without a checksum of its draws.
    NoChecksum,
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Said<'a> {
            #[serde(flatten, with = "Warning")]
            warning: &'a Warning,
            message: String,
        }
        Said { warning: self, message: self.to_string() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Warning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Warning::deserialize(deserializer)
    }
}

impl Warning {
    /// Whether the fit is not to be trusted at all (the command exits with 4).
    #[must_use]
    pub fn is_disqualifying(&self) -> bool {
        match self {
            Warning::LossRises { .. }
            | Warning::TermVanished { .. }
            | Warning::Idle { .. }
            | Warning::AtLimit { .. }
            | Warning::NotConverged { .. }
            | Warning::Unidentified { .. } => true,
            Warning::ReplicatesFailed { failed, replicates } => failed == replicates,
            Warning::FewDistinct { distinct, .. } => *distinct < 2,
            Warning::Overlap { overlap, .. } => *overlap < IDENTICAL,
            _ => false,
        }
    }
}

/// The warnings of a fit, of which `objective` and `theta` are what is not held by a bound.
pub(super) fn collect(fit: &Fit, objective: &Objective, theta: &[f64]) -> Vec<Warning> {
    let of_tokens = fit.law().spec().inputs == [Input::Tokens];
    let of_sweep = fit.rows.findings().iter().filter(|finding| !(of_tokens && finding.is_of_curves()));
    let mut warnings: Vec<Warning> =
        of_sweep.map(|finding| Warning::Finding { finding: finding.clone() }).collect();
    let rises = |(with, share)| Warning::LossRises { with, share };
    warnings.extend(Rising::of(fit).in_most([fit.parameters.as_slice()].into_iter()).map(rises));

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
        let distinct = input.column(&fit.rows).map_or(0, |column| distinct_values(&column));
        // Without an exponent to be told from them, few values may be enough: if not, parameters overlap.
        let told = table.is_none_or(|powers| {
            let mut factors = powers.terms().iter().flat_map(|term| &term.factors);
            factors.any(|factor| factor.input == *input && !is_given(factor.exponent))
        });
        let counted = !matches!(input, Input::Flops | Input::Course | Input::Unhealed);
        if distinct < 3 && counted && told {
            warnings.push(Warning::FewDistinct { input: input.to_string(), distinct });
        }
    }
    if fit.is_perfect() {
        warnings.push(Warning::Exact);
    }
    let effective = effective_runs(&fit.rows);
    if effective <= FEW_RUNS {
        let clusters = fit.rows.cluster_count().is_some();
        warnings.push(Warning::FewRuns { effective, clusters });
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
