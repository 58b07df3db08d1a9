//! Both runs of a matched pair, and what a fit has to say of their losses.

use std::collections::BTreeSet;

use serde::Serialize;

use super::twin::{SparseTwin, dense_twin};
use crate::bootstrap::{Ensemble, Estimate};
use crate::fit::Warning;
use crate::law::Input;
use crate::predict::{Extrapolation, NewRun, Prediction};
use crate::schedule::{Extent, Network, PlannedSchedule, Schedule, Unit, no_ramp};
use crate::units::format_number;
use crate::{Error, Result, Size, Trajectory};

/// Shifts of ln L by a bend that differ by no more are one.
const SAME_SHIFT: f64 = 1e-9;

/// A sparse run and a dense one of the same N̄ and D.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Twins {
    /// The sparse run.
    pub sparse: Trajectory,
    /// The dense run.
    pub dense: Trajectory,
    /// Parameters of the sparse run that are never pruned.
    pub fixed_params: f64,
    /// Final sparsity of the others.
    pub sparsity: f64,
    /// Optimiser steps of both; none where they do not matter.
    pub steps: Option<u64>,
    /// The schedule in whole steps, where it was put there.
    pub schedule: Option<PlannedSchedule>,
}

/// What a fit has to say of the losses of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TwinLosses {
    /// Of both predictions and of the fit, each once.
    pub warnings: Vec<Warning>,
    /// Loss of the sparse run less that of the dense one.
    pub loss_difference: Estimate,
    /// Why they are alike, or not.
    pub note: String,
    /// Level of the intervals.
    pub level: f64,
    /// How far both lie beyond the sweep.
    pub extrapolation: Extrapolation,
    /// The sparse run's.
    #[serde(skip)]
    pub sparse: Prediction,
    /// The dense run's.
    #[serde(skip)]
    pub dense: Prediction,
}

impl SparseTwin {
    /// The run with the dense one that it replaces.
    ///
    /// # Errors
    /// None, for a run that [`sparse_twin`](super::sparse_twin) made.
    pub fn with_dense(self) -> Result<Twins> {
        let sparse = self.trajectory()?;
        Ok(Twins {
            dense: dense_twin(&sparse)?.trajectory().clone(),
            sparse,
            fixed_params: self.fixed_params,
            sparsity: self.sparsity,
            steps: Some(self.steps),
            schedule: Some(self.schedule),
        })
    }
}

impl Twins {
    /// A sparse run with its dense twin.
    ///
    /// With `every` a ramp is put on whole steps, with cuts so many steps apart. A schedule in steps is taken as it is.
    ///
    /// ```
    /// use nbar::answer::Twins;
    /// use nbar::schedule::{Ramp, Shape, Unit};
    /// use nbar::{Extent, Network};
    /// let ramp = Ramp::new(Shape::Cubic, 0.8, 0.25, 0.75, Unit::Fraction);
    /// let extent = Extent::of_steps(1e12, 8e6);
    /// let twins = Twins::of_sparse(Network::new(8e9), extent, &ramp.into(), Some(100))?;
    /// assert_eq!(twins.schedule.map(|schedule| schedule.start_step), Some(31_300));
    /// assert_eq!(twins.dense.average_params(), twins.sparse.average_params());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the schedule does not fit into the run, nothing is pruned, or `every` is given with a schedule that is no ramp.
    pub fn of_sparse(
        network: Network,
        extent: Extent,
        schedule: &Schedule,
        every: Option<u64>,
    ) -> Result<Self> {
        let planned = match (every, schedule) {
            (None, _) => None,
            _ if schedule.unit() == Some(Unit::Step) => None,
            (Some(every), Schedule::Ramp(ramp)) => {
                Some(PlannedSchedule::of_run(ramp, network, extent, every)?)
            }
            (Some(_), Schedule::Dense) => return Err(no_ramp("dense")),
            (Some(_), Schedule::Constant { .. }) => return Err(no_ramp("constant")),
            _ => return Err(no_ramp("a list of cuts")),
        };
        let pruned = planned.as_ref().map_or_else(|| schedule.clone(), |p| p.ramp.clone().into());
        let sparse = pruned.trajectory(network, extent)?;
        if sparse.average_params() == sparse.initial_params()
            && sparse.final_params() == sparse.initial_params()
        {
            let remedy = "give its `schedule`, `final_sparsity`, `prune_start`, `prune_end` and `prune_unit`";
            return Err(Error::unanswerable("dense twin", "the run is dense: nothing is pruned", remedy));
        }
        Ok(Self {
            dense: dense_twin(&sparse)?.trajectory().clone(),
            sparse,
            fixed_params: network.fixed,
            sparsity: schedule.final_sparsity().unwrap_or(0.0),
            steps: extent.steps.map(|steps| steps as u64),
            schedule: planned,
        })
    }

    /// Tokens of a step, where steps matter.
    #[must_use]
    pub fn step_tokens(&self) -> Option<f64> {
        self.steps.map(|steps| self.sparse.tokens() / steps as f64)
    }
}

impl Ensemble {
    /// The losses of both runs of a pair, their difference, and why there is one or none.
    ///
    /// # Errors
    /// As for [`predict_run`](Self::predict_run).
    pub fn twin_losses(&self, twins: &Twins, unique_tokens: Option<f64>) -> Result<TwinLosses> {
        let run = |trajectory: &Trajectory| {
            let run = NewRun::new(trajectory.clone());
            unique_tokens.into_iter().try_fold(run, NewRun::with_unique_tokens)
        };
        let (sparse, dense) = (run(&twins.sparse)?, run(&twins.dense)?);
        let loss_difference = self.loss_difference(&sparse, &dense)?;
        let (law, size) = (&self.fit.law().spec().name, self.fit.observations.size());
        let alike =
            loss_difference.estimate == 0.0 && !loss_difference.interval.iter().any(|end| end.abs() > 0.0);
        let reads_params = self.fit.law().spec().inputs.contains(&Input::Params);
        let (sparse, dense) = (self.predict_run(&sparse)?, self.predict_run(&dense)?);
        // The bend may tell them apart where the law does not.
        let moved = sparse
            .loss
            .bend
            .zip(dense.loss.bend)
            .map(|(of_sparse, of_dense)| [of_sparse, of_dense].map(|bend| bend.shift));
        let moved = moved.filter(|[of_sparse, of_dense]| alike && (of_sparse - of_dense).abs() > SAME_SHIFT);
        let note = match (alike, size) {
            (true, _) if !reads_params => format!("alike, since this {law} law reads no N"),
            (true, Size::AVERAGE) => format!("alike, since the N of this {law} law is N̄"),
            (true, _) => format!("alike: this {law} law reads nothing in which they differ"),
            (false, Size::AVERAGE) => format!("this {law} law reads more of a run than N̄ and D"),
            (false, size) => format!("the N of this {law} law is not N̄ but the {size} one"),
        };
        let note = match moved {
            Some(shifts) => {
                let [of_sparse, of_dense] = shifts.map(|shift| format_number(100.0 * shift.exp_m1(), 2));
                format!(
                    "{note}; but the runs bend away from it, by {of_sparse} % at the sparse run and {of_dense} % at the dense one"
                )
            }
            None => note,
        };
        let of_fit = &self.fit.warnings;
        let own = sparse.warnings.iter().chain(&dense.warnings).filter(|w| !of_fit.contains(w));
        let mut warnings: Vec<Warning> = own.chain(of_fit).cloned().collect();
        // Both runs lie as far beyond the sweep, but for rounding.
        let mut told = BTreeSet::new();
        warnings.retain(|warning| told.insert(warning.to_string()));
        let (level, extrapolation) = (sparse.level, sparse.extrapolation);
        Ok(TwinLosses { warnings, loss_difference, note, level, extrapolation, sparse, dense })
    }
}
