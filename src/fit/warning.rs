//! What to know before believing a fit.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Fit;
use crate::law::Input;
use crate::objective::Objective;

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
            Warning::Overlap { parameters, overlap } => write!(
                f,
                "{} can be changed together with hardly any effect on the runs of this sweep (overlap {overlap:.0e}): their \
                 single values mean little; add runs that spread sizes and token counts wider, each apart from the other",
                parameters.join(", ")
            ),
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
                crate::units::format_quantity(*factor, 3)
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
        warnings.push(Warning::Overlap { parameters, overlap: diagnosis.overlap });
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
    if fit.starts_at_optimum == 1 && fit.starts_tried > 1 {
        warnings.push(Warning::LonelyOptimum { tried: fit.starts_tried });
    }
    if let Some(other) = fit.minima.first().filter(|m| m.objective <= fit.objective * (1.0 + NEAR_TIE)) {
        warnings.push(Warning::NearTie { ratio: other.objective / fit.objective });
    }
    warnings
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
