//! Which warnings say that a fit is not to be trusted.

use super::Warning;
use crate::finding::FindingKind;

/// Tokens a parameter that no run sees fewer of, or more.
const TOKENS_A_PARAMETER: [f64; 2] = [1e-5, 1e7];
/// Runs to a parameter that are no more than one, up to rounding.
const EXACT: f64 = 1.0 + 1e-9;
/// An overlap below this is more than runs can tell: only rounding does.
const IDENTICAL: f64 = 1e-10;

impl Warning {
    /// Whether the fit is not to be trusted at all (the command exits with 4).
    #[must_use]
    pub fn is_disqualifying(&self) -> bool {
        match self {
            Warning::OneLoss { .. }
            | Warning::LossRises { .. }
            | Warning::TermVanished { .. }
            | Warning::Idle { .. }
            | Warning::AtLimit { .. }
            | Warning::NotConverged { .. }
            | Warning::Unidentified { .. } => true,
            // Counts in another unit.
            Warning::Finding { finding } => match finding.kind {
                FindingKind::TokensBelowParams { least } => least < TOKENS_A_PARAMETER[0],
                FindingKind::TokensFarAboveParams { greatest } => greatest > TOKENS_A_PARAMETER[1],
                _ => false,
            },
            Warning::ReplicatesFailed { failed, replicates } => 2 * failed > *replicates,
            // One run may be low for reasons of its own.
            Warning::HeldAbove { rows, of, .. } => 20 * rows > *of,
            Warning::FewDistinct { distinct, .. } => *distinct < 2,
            // Nothing is left over that tells the scatter.
            Warning::FewInGroup { effective, parameters, .. } => *effective <= *parameters as f64 * EXACT,
            Warning::Overlap { overlap, .. } => *overlap < IDENTICAL,
            _ => false,
        }
    }
}
