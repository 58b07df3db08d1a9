//! What to know before believing a fit.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Change, Fit};
use crate::Observations;
use crate::law::{Input, Law};
use crate::objective::Objective;
use crate::units::format_quantity;

/// A term whose share of the loss stays below this on every row has vanished.
const VANISHED: f64 = 1e-6;
/// Values closer than this, relatively, count as one.
const SAME_VALUE: f64 = 1e-6;
/// Another minimum this close, relatively, is a tie.
const NEAR_TIE: f64 = 0.01;

/// Parameters whose effects overlap so much that the scaled JᵀJ has an eigenvalue below this are not told apart:
/// sweeps along a line of constant tokens per parameter lie below it, and so do fits of the sparse T5 sweep, with its
/// three token counts, to some sizes; the published dense sweeps in `data` lie above.
const OVERLAPPING: f64 = 3e-4;
/// Below this, only rounding tells them apart.
const IDENTICAL: f64 = 1e-10;
/// Tokens per parameter within such a factor are all alike.
const ALIKE: f64 = 4.0;
/// Runs below which (and at which) bootstrap intervals are known to be too narrow.
const FEW_RUNS: f64 = 10.0;
/// Least part in a combination, of length 1, for a parameter to be named.
const NAMED: f64 = 0.3;

/// Something about a fit that a planner should know, with what to do.
///
/// ```
/// use nbar::fit::Warning;
/// let warning = Warning::TermVanished { term: "E".to_owned() };
/// assert!(warning.is_disqualifying());
/// assert!(warning.to_string().starts_with("the term of E has vanished"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// A term adds nothing to the loss on any row: its coefficient and exponents are not identified.
    TermVanished {
        /// The coefficient of the term.
        term: String,
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
        gradient: f64,
    },
    /// The optimum is a region and not a point: fewer residuals lie where ρ is curved than there are parameters.
    FlatOptimum {
        /// Residuals within δ.
        inside: usize,
        /// Parameters of the law whose terms have not vanished.
        parameters: usize,
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
    /// So few runs that intervals drawn from them are too narrow.
    FewRuns {
        /// Effective number of runs: (Σ w)² / Σ w² over the runs' weights.
        effective: f64,
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
        bootstrap: f64,
        /// Length of the profile's, likewise.
        profile: f64,
    },
    /// A question lies beyond the sweep.
    ExtrapolatesBeyond {
        /// What lies beyond: flops, params or tokens.
        what: String,
        /// By what factor.
        factor: f64,
    },
    /// Some replicates did not converge and are left out of the intervals.
    ReplicatesFailed {
        /// How many.
        failed: usize,
        /// Of how many.
        replicates: usize,
    },
}

impl Warning {
    /// Whether the fit is not to be trusted at all (the command exits with 4).
    #[must_use]
    pub fn is_disqualifying(&self) -> bool {
        match self {
            Warning::TermVanished { .. } | Warning::NotConverged { .. } => true,
            Warning::FewDistinct { distinct, .. } => *distinct < 2,
            Warning::Overlap { overlap, .. } => *overlap < IDENTICAL,
            _ => false,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::TermVanished { term } => write!(
                f,
                "the term of {term} has vanished: it adds nothing to the loss on any row, so {term} is not \
                 identified by this sweep; add runs that differ more in what the term depends on, or use a law without it"
            ),
            Warning::FewDistinct { input, distinct: 1 } => write!(
                f,
                "{input} is the same on every row: its term cannot be told from the constant E, so its coefficient and \
                 exponent mean nothing; add runs with other values of {input}"
            ),
            Warning::FewDistinct { input, distinct } => write!(
                f,
                "{input} takes only {distinct} different values: its exponent rests on an assumption, not on data; \
                 three values spread over a factor of ten are the least"
            ),
            Warning::NotConverged { gradient } => write!(
                f,
                "the best point is not proven stationary (relative gradient {gradient:.0e}); do not use it: look for \
                 wrong rows, or try --starts hoffmann or a larger --delta"
            ),
            Warning::FlatOptimum { inside, parameters } => write!(
                f,
                "residuals within delta: {inside}, fewer than the {parameters} parameters: a whole region of \
                 parameters fits equally well, and those shown are one point of it; a larger --delta makes the optimum unique"
            ),
            Warning::Overlap { parameters, overlap, tokens_per_param } => {
                let together = tokens_per_param.map_or(String::new(), |[least, most]| {
                    let (least, most) = (format_quantity(least, 3), format_quantity(most, 3));
                    format!("N and D rise together (tokens per parameter from {least} to {most}), so ")
                });
                write!(
                    f,
                    "{together}{} can be changed together with hardly any effect on the runs of this sweep (overlap \
                     {overlap:.0e}): their single values mean little; add runs that spread sizes and token counts wider, each \
                     apart from the other",
                    parameters.join(", ")
                )
            }
            Warning::FewRuns { effective } => write!(
                f,
                "the sweep has the weight of {effective:.3} runs: with so few a bootstrap sees too little of how runs scatter, \
                 and its intervals are too narrow; add runs, or look at the profile intervals (--profile) too"
            ),
            Warning::DeltaMatters { delta, change } => write!(
                f,
                "the choice of delta matters: with delta {delta} {change}; the law rests on how the worst rows are weighed, \
                 so look at the rows with the largest residuals before choosing one"
            ),
            Warning::InfluentialRuns { runs, change } if runs.len() == 1 => write!(
                f,
                "one run decides about the law: without {} {change}; see whether it is an outlier, and leave it out \
                 (--where) or add runs like it",
                runs.join("")
            ),
            Warning::InfluentialRuns { runs, change } => write!(
                f,
                "{} runs decide about the law: without {} {change}; see whether they are outliers, and leave them out \
                 (--where) or add runs like them",
                runs.len(),
                runs.join(", ")
            ),
            Warning::IntervalsDisagree { parameter, bootstrap, profile } => {
                let ratio = bootstrap / profile;
                let (factor, word) = if ratio > 1.0 { (ratio, "longer") } else { (1.0 / ratio, "shorter") };
                write!(
                    f,
                    "the bootstrap's interval of {parameter} is {factor:.1} times {word} than that of its profile: the residuals \
                     scatter otherwise than one density for independent rows has it, or the runs are too few to draw from; \
                     quote the longer one"
                )
            }
            Warning::LonelyOptimum { tried } => write!(
                f,
                "only one of {tried} starts found the optimum, so a better one may have been missed; try --starts hoffmann"
            ),
            Warning::NearTie { ratio } => write!(
                f,
                "another minimum is within {:.2} % of the optimum: the sweep does not decide between the two; see minima",
                (ratio - 1.0) * 100.0
            ),
            Warning::ExtrapolatesBeyond { what, factor } => write!(
                f,
                "this asks for {} x the largest {what} in the sweep: the interval covers the law's uncertainty, not the \
                 chance that the law itself bends out there",
                format_quantity(*factor, 3)
            ),
            Warning::ReplicatesFailed { failed, replicates } => write!(
                f,
                "{failed} of {replicates} replicates did not converge, or ran off to infinite coefficients, and are left \
                 out, so the intervals may be too narrow"
            ),
        }
    }
}

/// The warnings of a fit.
pub(super) fn collect(fit: &Fit, objective: &Objective, theta: &[f64]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !fit.termination.is_converged() {
        warnings.push(Warning::NotConverged { gradient: fit.gradient_norm });
    }
    let law = fit.law();
    if let Some(powers) = law.as_power_sum() {
        for (share, term) in objective.largest_shares(theta).iter().zip(powers.terms()) {
            if !(*share > VANISHED) {
                let term = law.parameters()[term.coefficient].name.to_owned();
                warnings.push(Warning::TermVanished { term });
            }
        }
    }
    let vanished = warnings.iter().filter(|w| matches!(w, Warning::TermVanished { .. })).count();
    let diagnosis = objective.diagnose(theta);
    if diagnosis.overlap < OVERLAPPING {
        let named = law.parameters().iter().zip(&diagnosis.direction).filter(|(_, part)| part.abs() >= NAMED);
        let parameters = named.map(|(p, _)| p.name.to_owned()).collect();
        let tokens_per_param = risen_together(law, &fit.observations);
        warnings.push(Warning::Overlap { parameters, overlap: diagnosis.overlap, tokens_per_param });
    }
    let inside = diagnosis.inside;
    let parameters = law.parameters().len().saturating_sub(2 * vanished);
    if inside < parameters && fit.objective > 0.0 {
        warnings.push(Warning::FlatOptimum { inside, parameters });
    }
    for input in law.inputs() {
        let distinct = input.column(&fit.observations).map_or(0, |column| distinct_values(&column));
        if distinct < 3 && input != Input::Flops {
            warnings.push(Warning::FewDistinct { input: input.to_string(), distinct });
        }
    }
    let effective = effective_runs(&fit.observations);
    if effective <= FEW_RUNS {
        warnings.push(Warning::FewRuns { effective });
    }
    if fit.starts_at_optimum == 1 && fit.starts_tried > 1 {
        warnings.push(Warning::LonelyOptimum { tried: fit.starts_tried });
    }
    if let Some(other) = fit.minima.first().filter(|m| m.objective <= fit.objective * (1.0 + NEAR_TIE)) {
        warnings.push(Warning::NearTie { ratio: other.objective / fit.objective });
    }
    warnings
}

/// Least and most tokens per parameter, where N and D vary and their ratio hardly does.
fn risen_together(law: &dyn Law, observations: &Observations) -> Option<[f64; 2]> {
    let reads = law.inputs();
    if !(reads.contains(&Input::Params) && reads.contains(&Input::Tokens)) {
        return None;
    }
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold([f64::INFINITY, 0.0f64], |[least, most], x| [least.min(x), most.max(x)])
    };
    let params = observations.params();
    let [least, most] = range(&mut params.iter().copied());
    let ratio = range(&mut observations.tokens().iter().zip(params).map(|(d, n)| d / n));
    let spread = ratio[1] / ratio[0];
    (spread <= ALIKE && spread * spread < most / least).then_some(ratio)
}

/// (Σ w)² / Σ w² over the runs, w the weight of a run's rows together.
fn effective_runs(observations: &Observations) -> f64 {
    let mut of_run = BTreeMap::new();
    for (i, run) in observations.run().iter().enumerate() {
        *of_run.entry(run).or_insert(0.0) += observations.weight().map_or(1.0, |w| w[i]);
    }
    let (sum, squares) =
        of_run.values().fold((0.0, 0.0), |(sum, squares), w: &f64| (sum + w, squares + w * w));
    sum * sum / squares
}

/// Number of values that differ by more than rounding, up to three.
fn distinct_values(column: &[f64]) -> usize {
    let mut known: Vec<f64> = Vec::with_capacity(3);
    for value in column {
        if !known.iter().any(|k| (value - k).abs() <= SAME_VALUE * k.abs()) {
            known.push(*value);
            if known.len() == 3 {
                break;
            }
        }
    }
    known.len()
}
