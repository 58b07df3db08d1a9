//! The document of `nbar twin`.

use serde::{Serialize, Serializer};

use super::super::twin::served_bytes;
use super::Twins;
use crate::bootstrap::Estimate;
use crate::fit::Warning;
use crate::predict::{Extrapolation, PredictedLoss};
use crate::schedule::PlannedSchedule;
use crate::{Document, Trajectory};

/// What one run of a pair has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TwinCounts {
    /// N₀.
    pub initial_params: f64,
    /// N̄.
    pub average_params: f64,
    /// Parameters that are left at the end.
    pub final_params: f64,
    /// Final sparsity of those that can be pruned.
    pub sparsity: f64,
    /// D.
    pub tokens: f64,
    /// 6 N̄ D.
    pub training_flops: f64,
    /// Bytes of the network when it is served.
    pub served_bytes: f64,
}

impl TwinCounts {
    fn of(run: &Trajectory, sparsity: f64, masked: f64) -> Self {
        let (average_params, final_params, tokens) = (run.average_params(), run.final_params(), run.tokens());
        Self {
            initial_params: run.initial_params(),
            average_params,
            final_params,
            sparsity,
            tokens,
            training_flops: 6.0 * average_params * tokens,
            served_bytes: served_bytes(final_params, masked),
        }
    }
}

impl Twins {
    /// What the sparse run has, and what the dense one has.
    #[must_use]
    pub fn counts(&self) -> [TwinCounts; 2] {
        let prunable = self.sparse.initial_params() - self.fixed_params;
        [TwinCounts::of(&self.sparse, self.sparsity, prunable), TwinCounts::of(&self.dense, 0.0, 0.0)]
    }
}

impl Document for Twins {
    const SCHEMA: &'static str = "nbar.twin/1";
}

impl Serialize for Twins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [sparse, dense] = self.counts();
        let (steps, step_tokens, losses) = (self.steps, self.step_tokens(), self.losses.as_ref());
        Whole {
            fit: losses.map(|losses| OfFit {
                warnings: &losses.warnings,
                loss_difference: losses.difference,
                note: &losses.why,
                level: losses.sparse.level,
                extrapolation: losses.sparse.extrapolation,
            }),
            sparse: Sparse {
                counts: sparse,
                fixed_params: self.fixed_params,
                steps,
                step_tokens,
                schedule: self.schedule.as_ref(),
                command: self.command.as_deref(),
                loss: losses.map(|losses| losses.sparse.loss),
            },
            dense: Dense { counts: dense, steps, step_tokens, loss: losses.map(|losses| losses.dense.loss) },
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    fit: Option<OfFit<'a>>,
    sparse: Sparse<'a>,
    dense: Dense,
}

#[derive(Serialize)]
struct OfFit<'a> {
    warnings: &'a [Warning],
    loss_difference: Estimate,
    note: &'a str,
    level: f64,
    extrapolation: Extrapolation,
}

#[derive(Serialize)]
struct Sparse<'a> {
    #[serde(flatten)]
    counts: TwinCounts,
    fixed_params: f64,
    steps: Option<u64>,
    step_tokens: Option<f64>,
    schedule: Option<&'a PlannedSchedule>,
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<PredictedLoss>,
}

#[derive(Serialize)]
struct Dense {
    #[serde(flatten)]
    counts: TwinCounts,
    steps: Option<u64>,
    step_tokens: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<PredictedLoss>,
}
