//! How a run was pruned: in words, and in shares of its tokens.

use serde::{Deserialize, Serialize};

use super::Run;
use crate::schedule::Unit;
use crate::{Schedule, Trajectory};

/// Final sparsities that differ by more are told apart.
const SHORT: f64 = 1e-3;

/// How runs were pruned that were pruned alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrunedAs {
    /// The shape, as in the sweep table; `given counts` where runs say N̄ or what was left and no schedule.
    pub(crate) shape: String,
    /// Sparsity at the end, as a share of the prunable parameters; none for dense runs and given counts.
    pub(crate) final_sparsity: Option<f64>,
    /// From where to where, in words, to a hundredth of the run; none where nothing was cut.
    pub(crate) window: Option<String>,
    /// The same in shares of the tokens.
    pub(crate) span: Option<[f64; 2]>,
}

impl PrunedAs {
    pub(crate) const DENSE: &'static str = "dense";

    /// Everything in words; none for a dense run.
    pub(crate) fn name(&self) -> Option<String> {
        let to = self.final_sparsity.map_or(String::new(), |s| format!(" to {}", (1e6 * s).round() / 1e6));
        let over = self.window.as_ref().map_or(String::new(), |window| format!(", {window}"));
        (self.shape != Self::DENSE).then(|| format!("{}{to}{over}", self.shape))
    }
}

impl Run {
    /// How it was pruned; `whole` is its trajectory, where it has a course.
    pub(crate) fn pruned_as(&self, whole: Option<&Trajectory>) -> PrunedAs {
        let (shape, told) = self.shape_and_sparsity(whole);
        // A run may end before its schedule does.
        let reached = whole.map(|whole| 1.0 - (whole.final_params() - self.fixed_params()) / self.params);
        let final_sparsity = match (told, reached) {
            (Some(told), Some(reached)) if (told - reached).abs() > SHORT => {
                Some((1e3 * reached).round() / 1e3)
            }
            (told, _) => told,
        };
        let span = whole.and_then(|whole| self.span(whole));
        let is_whole = self.length().tokens == self.extent().tokens;
        // Of runs in compute the place in tokens depends on the sparsity, and the window does not.
        let of_compute = match self.schedule() {
            Schedule::Ramp(ramp) if ramp.unit == Unit::Compute && !self.is_logged() && is_whole => {
                Some([ramp.start, ramp.end])
            }
            _ => None,
        };
        let window = match (of_compute, span) {
            (Some(ends), Some(_)) => Some(format!("{} of the FLOPs", in_words(ends))),
            (_, span) => span.map(in_words),
        };
        PrunedAs { shape, final_sparsity, window, span }
    }

    /// Shape and final sparsity.
    fn shape_and_sparsity(&self, whole: Option<&Trajectory>) -> (String, Option<f64>) {
        let told = |c: &super::Checkpoint| c.average_params().is_some() || c.final_params().is_some();
        if self.is_logged() {
            return ("logged".to_owned(), whole.map(|t| 1.0 - t.final_params() / t.initial_params()));
        }
        match self.schedule() {
            Schedule::Dense if self.checkpoints().iter().any(told) => ("given counts".to_owned(), None),
            Schedule::Dense => (PrunedAs::DENSE.to_owned(), None),
            Schedule::Constant { sparsity } => ("constant".to_owned(), Some(*sparsity)),
            Schedule::Ramp(ramp) => (ramp.shape.to_string(), Some(ramp.final_sparsity)),
            Schedule::Staircase(cuts) => {
                let name = if cuts.cuts.len() == 1 { "one_shot" } else { "staircase" };
                (name.to_owned(), cuts.cuts.last().map(|(_, sparsity)| *sparsity))
            }
            Schedule::Tool(dialect) => (dialect.tool().to_owned(), Some(dialect.target_sparsity())),
        }
    }

    /// Where its schedule starts and ends, in shares of the tokens; of other courses, where counts change first and last.
    fn span(&self, whole: &Trajectory) -> Option<[f64; 2]> {
        let (from, to) = whole.pruning_tokens()?;
        let extent = self.length();
        let told = match (self.is_logged(), self.schedule().unit()) {
            (false, Some(unit)) => self.schedule().span(extent).ok().flatten().map(|span| (unit, span)),
            _ => None,
        };
        let of_length = match (told, extent.steps) {
            (Some((Unit::Fraction, (start, end))), _) => [start, end],
            (Some((Unit::Token, (start, end))), _) => [start / extent.tokens, end / extent.tokens],
            (Some((Unit::Step, (start, end))), Some(steps)) => [start / steps, end / steps],
            _ => return Some([from / whole.tokens(), to / whole.tokens()]),
        };
        // The schedule is over the length that was planned, and the run may be shorter.
        let times = extent.tokens / whole.tokens();
        Some(of_length.map(|share| (share * times).min(1.0)))
    }
}

/// A window in whole per cent.
pub(crate) fn in_words([start, end]: [f64; 2]) -> String {
    let [start, end] = [start, end].map(|share| format!("{:.0}", 100.0 * share));
    if start == end { format!("{end} %") } else { format!("{start}-{end} %") }
}
