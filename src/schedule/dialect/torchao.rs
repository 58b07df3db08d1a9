//! `CubicSL` of `torch.ao.pruning` and torchao: `cubic_scheduler.py`.

use super::Translate;
use super::parts::{check_count, check_rise, polynomial, staircase, steps, updates};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// `s_f + (s_0 - s_f)(1 - (t - t_0)/(delta_t × total_t))³`, at most `s_f`, at every step of the scheduler.
///
/// - The ramp lasts **`delta_t × total_t`** steps: with the defaults a thousand, not a hundred.
/// - `delta_t`, called the pruning frequency, stretches the ramp only: the sparsity changes at every step.
/// - Before `init_t` the sparsity is `init_sl`, or 0 with `initially_zero`.
///
/// With `sparsity_level 0.8` and the defaults the mean density of the first 1000 steps is
/// `0.2 + 0.8 Σ (k/1000)³/1000`, k = 1, …, 1000: `0.2 + 0.8 × 1001²/4e6`.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
/// let dialect = Dialect::from_pairs("torchao", [("sparsity_level", "0.8")])?;
/// let extent = Extent::new(1e9).with_steps(1000.0);
/// let average = dialect.schedule(extent)?.trajectory(Network::new(1.0), extent)?.average_params();
/// assert!((average - (0.2 + 0.8 * 1001.0 * 1001.0 / 4e6)).abs() < 1e-14);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TorchAo {
    /// Sparsity at last, in [0, 1): the sparsifier's own, `s_f`.
    pub sparsity_level: f64,
    /// Sparsity at first, `s_0`, in [0, 1). Default 0.
    #[serde(default)]
    pub init_sl: f64,
    /// Step at which the ramp begins, `t_0`. Default 0.
    #[serde(default)]
    pub init_t: u64,
    /// Factor of the ramp's length. Default 10.
    #[serde(default = "default_delta")]
    pub delta_t: u64,
    /// Other factor of the ramp's length. Default 100.
    #[serde(default = "default_total")]
    pub total_t: u64,
    /// Whether the network is dense before `init_t`. Default false: `init_sl` holds there.
    #[serde(default)]
    pub initially_zero: bool,
}

fn default_delta() -> u64 {
    10
}

fn default_total() -> u64 {
    100
}

impl Translate for TorchAo {
    fn check(&self) -> Result<()> {
        // The tool's clamp between the two would hold init_sl for ever if it were the larger.
        check_rise(("init_sl", self.init_sl), ("sparsity_level", self.sparsity_level))?;
        check_count("delta_t", self.delta_t)?;
        check_count("total_t", self.total_t)
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let length = self.delta_t.saturating_mul(self.total_t);
        let last = self.init_t.saturating_add(length);
        let value = |t: u64| {
            let left = (length - (t - self.init_t)) as f64 / length as f64;
            polynomial(self.init_sl, self.sparsity_level, left, 3.0)
        };
        let before = if self.initially_zero { 0.0 } else { self.init_sl };
        let updates = updates(self.init_t, last, 1, steps(extent)?)?;
        Ok(staircase(before, updates.map(|t| (t, value(t)))))
    }

    fn target(&self) -> f64 {
        self.sparsity_level
    }
}
