//! Core AI Optimization, successor of coremltools.optimize.torch: `PolynomialDecaySchedule`.

use super::Translate;
use super::parts::{
    check_count, check_positive, check_rise, count, hundredths, polynomial, staircase, steps, updates,
};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// `s_f + (s_i - s_f)(1 - x)^power` with `x = i/max(n - 1, 1)` at update i = 0, …, n - 1, at steps `begin_step`,
/// `begin_step + update_frequency`, … below `begin_step + total_iters`; the initial sparsity before, the target from
/// `begin_step + total_iters` on.
///
/// Progress is counted in updates, so that the last of them, before the ramp's nominal end, reaches the target; a
/// single update does nothing, and the target comes at the ramp's end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoreAi {
    target_sparsity: f64,
    #[serde(default)]
    begin_step: u64,
    /// Length of the ramp in steps.
    total_iters: u64,
    #[serde(default = "hundredths::<300>")]
    power: f64,
    #[serde(default)]
    initial_sparsity: f64,
    #[serde(default = "count::<1>")]
    update_frequency: u64,
}

impl Translate for CoreAi {
    fn check(&self) -> Result<()> {
        check_rise(("initial_sparsity", self.initial_sparsity), ("target_sparsity", self.target_sparsity))?;
        check_positive("power", self.power)?;
        check_count("total_iters", self.total_iters)?;
        check_count("update_frequency", self.update_frequency)
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let (begin, every, steps) = (self.begin_step, self.update_frequency, steps(extent)?);
        let end = begin.saturating_add(self.total_iters);
        let intervals = (self.total_iters.div_ceil(every) - 1).max(1);
        let value = |t: u64| {
            let left = (intervals - (t - begin) / every) as f64 / intervals as f64;
            polynomial(self.initial_sparsity, self.target_sparsity, left, self.power)
        };
        let ramp = updates(begin, end - 1, every, steps)?.map(|t| (t, value(t)));
        let after = (end < steps).then_some((end, self.target_sparsity));
        Ok(staircase(self.initial_sparsity, ramp.chain(after)))
    }

    fn target(&self) -> f64 {
        self.target_sparsity
    }
}
