//! `CubicSL` of `torch.ao.pruning` and torchao: `cubic_scheduler.py`.

use super::Translate;
use super::parts::{check_count, check_rise, count, polynomial, updated};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// `s_f + (s_0 - s_f)(1 - (t - t_0)/(delta_t × total_t))³`, at most `s_f`, at every step of the scheduler.
///
/// - The ramp lasts **`delta_t × total_t`** steps: with the defaults a thousand, not a hundred.
/// - `delta_t`, called the pruning frequency, stretches the ramp only: the sparsity changes at every step.
/// - Before `init_t` the sparsity is `init_sl`, or 0 with `initially_zero`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TorchAo {
    /// The sparsifier's own, `s_f`.
    sparsity_level: f64,
    #[serde(default)]
    init_sl: f64,
    #[serde(default)]
    init_t: u64,
    #[serde(default = "count::<10>")]
    delta_t: u64,
    #[serde(default = "count::<100>")]
    total_t: u64,
    #[serde(default)]
    initially_zero: bool,
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
        let before = if self.initially_zero { 0.0 } else { self.init_sl };
        updated(extent, before, [self.init_t, last, 1], |t| {
            let left = (length - (t - self.init_t)) as f64 / length as f64;
            polynomial(self.init_sl, self.sparsity_level, left, 3.0)
        })
    }

    fn target(&self) -> f64 {
        self.sparsity_level
    }
}
