//! A matched pair in numbers, with what a fit has to say of it.

use serde::Serialize;

use super::engine::{BYTES, served_bytes};
use super::twins::{TwinLosses, Twins};
use super::window::BestWindow;
use crate::predict::{PredictedLoss, Prediction};
use crate::schedule::PlannedSchedule;
use crate::{Document, Trajectory};

/// A matched pair in numbers, with what a fit has to say of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TwinReport {
    /// What a fit has to say; none where none was asked.
    #[serde(flatten)]
    pub losses: Option<TwinLosses>,
    /// The window of the sparse run, where it was [chosen](crate::Ensemble::twin_window).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<BestWindow>,
    /// The sparse run.
    pub sparse: SparseSide,
    /// The dense run.
    pub dense: TwinRun,
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
    /// 6 N̄ D, or 6 N₀ D if the fit that was asked [counts FLOPs so](crate::observation::FlopsCount::Dense).
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
    const SCHEMA: &'static str = "nbar.twin/2";
}

impl Twins {
    /// Both runs in numbers, with their losses if a fit was asked.
    #[must_use]
    pub fn report(&self, losses: Option<&TwinLosses>) -> TwinReport {
        let prunable = self.sparse.initial_params() - self.fixed_params;
        let run = |run: &Trajectory, sparsity: f64, masked: f64, predicted: Option<&Prediction>| TwinRun {
            initial_params: run.initial_params(),
            average_params: run.average_params(),
            final_params: run.final_params(),
            sparsity,
            tokens: run.tokens(),
            training_flops: predicted
                .map_or_else(|| 6.0 * run.average_params() * run.tokens(), |predicted| predicted.flops),
            served_bytes: served_bytes(BYTES, run.final_params(), masked),
            steps: self.steps,
            step_tokens: self.step_tokens(),
            loss: predicted.map(|predicted| predicted.loss),
        };
        TwinReport {
            losses: losses.cloned(),
            window: None,
            sparse: SparseSide {
                run: run(&self.sparse, self.sparsity, prunable, losses.map(|losses| &losses.sparse)),
                fixed_params: self.fixed_params,
                schedule: self.schedule.clone(),
                command: None,
            },
            dense: run(&self.dense, 0.0, 0.0, losses.map(|losses| &losses.dense)),
        }
    }
}
