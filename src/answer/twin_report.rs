//! A matched pair in numbers, with what a fit has to say of it.

use serde::Serialize;

use super::twin::served_bytes;
use super::twins::{TwinLosses, Twins};
use crate::bootstrap::Estimate;
use crate::fit::Warning;
use crate::predict::{Extrapolation, PredictedLoss};
use crate::schedule::PlannedSchedule;
use crate::{Document, Trajectory};

/// A matched pair in numbers, with what a fit has to say of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TwinReport {
    /// What a fit has to say; none where none was asked.
    #[serde(flatten)]
    pub losses: Option<TwinDifference>,
    /// The sparse run.
    pub sparse: SparseSide,
    /// The dense run.
    pub dense: TwinRun,
}

/// How the losses of both differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TwinDifference {
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
    /// Loss of the sparse run less that of the dense one.
    pub loss_difference: Estimate,
    /// Why they are alike, or not.
    pub note: String,
    /// Level of the intervals.
    pub level: f64,
    /// How far both lie beyond the sweep.
    pub extrapolation: Extrapolation,
}

/// One run of the pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TwinRun {
    /// N₀.
    pub initial_params: f64,
    /// N̄.
    pub average_params: f64,
    /// Parameters left at the end.
    pub final_params: f64,
    /// Final sparsity of those that can be pruned.
    pub sparsity: f64,
    /// D.
    pub tokens: f64,
    /// 6 N̄ D.
    pub training_flops: f64,
    /// Bytes of the network when served.
    pub served_bytes: f64,
    /// Optimiser steps, where they matter.
    pub steps: Option<u64>,
    /// Tokens of a step.
    pub step_tokens: Option<f64>,
    /// Its loss, where a fit was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<PredictedLoss>,
}

/// The sparse run of the pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SparseSide {
    /// As of the dense run.
    #[serde(flatten)]
    pub run: TwinRun,
    /// Parameters that are never pruned.
    pub fixed_params: f64,
    /// Its schedule in whole steps, where it was put there.
    pub schedule: Option<PlannedSchedule>,
    /// What integrates its schedule again, in the words of the program that asks: none unless that sets it.
    pub command: Option<String>,
}

impl Document for TwinReport {
    const SCHEMA: &'static str = "nbar.twin/1";
}

impl Twins {
    /// Both runs in numbers, with their losses if a fit was asked.
    ///
    /// ```
    /// use nbar::answer::{TwinOptions, Wanted, sparse_twin};
    /// use nbar::{Document, Extent};
    /// let extent = Extent::of_steps(1e12, 8e6);
    /// let pair = sparse_twin(7e9, extent, Wanted::FinalParams(4e9), &TwinOptions::default())?.with_dense()?;
    /// let report = pair.report(None);
    /// assert!(report.sparse.run.served_bytes < report.dense.served_bytes);
    /// assert!(report.to_json().starts_with(r#"{"schema":"nbar.twin/1","sparse":{"initial_params":"#));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn report(&self, losses: Option<&TwinLosses>) -> TwinReport {
        let prunable = self.sparse.initial_params() - self.fixed_params;
        let run = |run: &Trajectory, sparsity: f64, masked: f64, loss: Option<PredictedLoss>| TwinRun {
            initial_params: run.initial_params(),
            average_params: run.average_params(),
            final_params: run.final_params(),
            sparsity,
            tokens: run.tokens(),
            training_flops: 6.0 * run.average_params() * run.tokens(),
            served_bytes: served_bytes(run.final_params(), masked),
            steps: self.steps,
            step_tokens: self.step_tokens(),
            loss,
        };
        TwinReport {
            losses: losses.map(|losses| TwinDifference {
                warnings: losses.warnings.clone(),
                loss_difference: losses.difference,
                note: losses.why.clone(),
                level: losses.sparse.level,
                extrapolation: losses.sparse.extrapolation,
            }),
            sparse: SparseSide {
                run: run(&self.sparse, self.sparsity, prunable, losses.map(|losses| losses.sparse.loss)),
                fixed_params: self.fixed_params,
                schedule: self.schedule.clone(),
                command: None,
            },
            dense: run(&self.dense, 0.0, 0.0, losses.map(|losses| losses.dense.loss)),
        }
    }
}
