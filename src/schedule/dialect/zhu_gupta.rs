//! Zhu & Gupta 2017 (arXiv:1710.01878), as published.

use super::Translate;
use super::parts::{check_count, check_rise, polynomial, staircase, steps, updates};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// `s = s_f + (s_i - s_f)(1 - (t - t0)/(n Δt))³` at steps t = t0, t0 + Δt, …, t0 + n Δt, held between; `s_i`
/// before, `s_f` after.
///
/// With `s_f = 0.8, t0 = 0, n = 2, delta_t = 100` over 400 steps: 0, then 0.7 from step 100, then 0.8 from
/// step 200.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network, ZhuGupta};
/// let dialect = Dialect::ZhuGupta(ZhuGupta { s_i: 0.0, s_f: 0.8, t0: 0, n: 2, delta_t: 100 });
/// let extent = Extent::new(1e9).with_steps(400.0);
/// let average = dialect.schedule(extent)?.trajectory(Network::new(1.0), extent)?.average_params();
/// assert!((average - (0.25 + 0.25 * 0.3 + 0.5 * 0.2)).abs() < 1e-15);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZhuGupta {
    /// Sparsity at first, in [0, 1). Default 0.
    #[serde(default)]
    pub s_i: f64,
    /// Sparsity at last, in [0, 1), at least `s_i`.
    pub s_f: f64,
    /// Step of the first update, which leaves the sparsity at `s_i`.
    pub t0: u64,
    /// Number of updates after the first, at least 1.
    pub n: u64,
    /// Steps between updates, Δt, at least 1.
    pub delta_t: u64,
}

impl Translate for ZhuGupta {
    fn check(&self) -> Result<()> {
        check_rise(("s_i", self.s_i), ("s_f", self.s_f))?;
        check_count("n", self.n)?;
        check_count("delta_t", self.delta_t)
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let last = self.t0.saturating_add(self.n.saturating_mul(self.delta_t));
        let value = |t: u64| {
            let passed = (t - self.t0) / self.delta_t;
            polynomial(self.s_i, self.s_f, (self.n - passed) as f64 / self.n as f64, 3.0)
        };
        let updates = updates(self.t0, last, self.delta_t, steps(extent)?)?;
        Ok(staircase(self.s_i, updates.map(|t| (t, value(t)))))
    }

    fn target(&self) -> f64 {
        self.s_f
    }
}
