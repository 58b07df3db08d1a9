//! Core AI Optimization, successor of coremltools.optimize.torch: `PolynomialDecaySchedule`.

use super::Translate;
use super::parts::{check_count, check_positive, check_rise, polynomial, staircase, steps, updates};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// `s_f + (s_i - s_f)(1 - x)^power` with `x = i/max(n - 1, 1)` at update i = 0, …, n - 1, at steps `begin_step`,
/// `begin_step + update_frequency`, … below `begin_step + total_iters`; the initial sparsity before, the target from
/// `begin_step + total_iters` on.
///
/// Progress is counted in updates, so that the last of them, before the ramp's nominal end, reaches the target; a
/// single update does nothing, and the target comes at the ramp's end.
///
/// With `target_sparsity 0.8, total_iters 300, update_frequency 100` over 400 steps: updates at 0, 100 and 200, to 0, 0.7
/// and 0.8.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
/// let pairs = [("target_sparsity", "0.8"), ("total_iters", "300"), ("update_frequency", "100")];
/// let extent = Extent::new(1e9).with_steps(400.0);
/// let schedule = Dialect::from_pairs("coreai-opt", pairs)?.schedule(extent)?;
/// let average = schedule.trajectory(Network::new(1.0), extent)?.average_params();
/// assert!((average - (0.25 + 0.25 * 0.3 + 0.5 * 0.2)).abs() < 1e-15);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreAi {
    /// Sparsity at last, in [0, 1).
    pub target_sparsity: f64,
    /// Step of the first update. Default 0.
    #[serde(default)]
    pub begin_step: u64,
    /// Length of the ramp in steps, at least 1.
    pub total_iters: u64,
    /// Exponent of `1 - x`, above 0. Default 3.
    #[serde(default = "default_power")]
    pub power: f64,
    /// Sparsity at first, in [0, 1). Default 0.
    #[serde(default)]
    pub initial_sparsity: f64,
    /// Steps between updates. Default 1.
    #[serde(default = "default_frequency")]
    pub update_frequency: u64,
}

fn default_power() -> f64 {
    3.0
}

fn default_frequency() -> u64 {
    1
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
