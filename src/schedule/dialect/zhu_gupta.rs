//! Zhu & Gupta 2017 (arXiv:1710.01878), as published.

use super::Translate;
use super::parts::{check_count, check_rise, polynomial, updated};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// `s = s_f + (s_i - s_f)(1 - (t - t0)/(n Δt))³` at steps t = t0, t0 + Δt, …, t0 + n Δt, held between; `s_i`
/// before, `s_f` after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ZhuGupta {
    #[serde(default)]
    s_i: f64,
    s_f: f64,
    /// Step of the first update, which leaves the sparsity at `s_i`.
    t0: u64,
    /// Number of updates after the first.
    n: u64,
    delta_t: u64,
}

impl Translate for ZhuGupta {
    fn check(&self) -> Result<()> {
        check_rise(("s_i", self.s_i), ("s_f", self.s_f))?;
        check_count("n", self.n)?;
        check_count("delta_t", self.delta_t)
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let last = self.t0.saturating_add(self.n.saturating_mul(self.delta_t));
        updated(extent, self.s_i, [self.t0, last, self.delta_t], |t| {
            let passed = (t - self.t0) / self.delta_t;
            polynomial(self.s_i, self.s_f, (self.n - passed) as f64 / self.n as f64, 3.0)
        })
    }

    fn target(&self) -> f64 {
        self.s_f
    }
}
