//! What a trajectory comes to.

use serde::Serialize;

use super::Resolved;
use crate::Document;

/// What a trajectory comes to, in numbers.
///
/// ```
/// use nbar::schedule::{Length, Network, Schedule, Unit};
/// let schedule = Schedule::one_shot(0.5, 0.5, Unit::Fraction);
/// let summary = schedule.resolved(Network::new(1e9), &Length::new(Some(2e10), None, None))?.summary(None);
/// assert_eq!((summary.average_density, summary.flops), (0.75, Some(9e19)));
/// assert!(nbar::Document::to_json(&summary).starts_with(r#"{"schema":"nbar.schedule/1","initial_params":1000000000.0,"#));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScheduleSummary {
    /// N₀.
    pub initial_params: f64,
    /// N̄, the mean of N(t) over tokens.
    pub average_params: f64,
    /// N̄ / N₀.
    pub average_density: f64,
    /// Parameters that are left at the end.
    pub final_params: f64,
    /// N̄ / N_final: by how much a network can be smaller when served without a loss, where the law of N̄ holds.
    pub compression: f64,
    /// The geometric mean of N(t).
    pub geometric_mean_params: f64,
    /// The harmonic mean of N(t).
    pub harmonic_mean_params: f64,
    /// D, where it is known.
    pub tokens: Option<f64>,
    /// Optimiser steps, where they are known.
    pub steps: Option<f64>,
    /// Training FLOPs, 6 N̄ D, where D is known.
    pub flops: Option<f64>,
    /// Tokens at which pruning starts; none where nothing is pruned, or D is not known.
    pub pruning_start_tokens: Option<f64>,
    /// Tokens at which it ends.
    pub pruning_end_tokens: Option<f64>,
    /// What is to be said of the schedule.
    pub notes: Vec<String>,
}

impl Document for ScheduleSummary {
    const SCHEMA: &'static str = "nbar.schedule/1";
}

impl Resolved {
    /// What the run comes to, if it has so many steps.
    #[must_use]
    pub fn summary(&self, steps: Option<f64>) -> ScheduleSummary {
        let (run, tokens) = (&self.trajectory, self.tokens);
        let (initial_params, average_params, final_params) =
            (run.initial_params(), run.average_params(), run.final_params());
        let pruning = tokens.and(run.pruning_tokens());
        ScheduleSummary {
            initial_params,
            average_params,
            average_density: average_params / initial_params,
            final_params,
            compression: average_params / final_params,
            geometric_mean_params: run.power_mean(0.0),
            harmonic_mean_params: run.power_mean(-1.0),
            tokens,
            steps,
            flops: tokens.map(|tokens| 6.0 * average_params * tokens),
            pruning_start_tokens: pruning.map(|(start, _)| start),
            pruning_end_tokens: pruning.map(|(_, end)| end),
            notes: self.notes.clone(),
        }
    }
}
