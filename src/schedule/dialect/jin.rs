//! Jin et al. 2025 (arXiv:2501.12486): geometric pruning, as in their fork of MaxText.

use super::Translate;
use super::parts::{check_count, check_order, check_sparsity, refuse, staircase, steps, updates};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// Each of `K = (end - start)/frequency + 1` cuts removes the same share: density `(1 - s)^((j + 1)/K)` after
/// cut j = 0, …, K - 1, the first at the start.
///
/// Their 80 % sparse model: 102 cuts at steps 2500, 2600, …, 12600 of 25050 leave a mean density of 0.3992.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Jin, Network};
/// let jin = Jin { sparsity: 0.8, gmp_start_step: 2500, gmp_end_step: 12_600, gmp_pruning_frequency: 100 };
/// let extent = Extent::new(200.4e9).with_steps(25_050.0);
/// let trajectory = Dialect::Jin(jin).schedule(extent)?.trajectory(Network::new(1.0), extent)?;
/// assert!((trajectory.average_params() - 0.3992).abs() < 5e-5);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jin {
    /// Sparsity after the last cut, in [0, 1).
    pub sparsity: f64,
    /// Step of the first cut.
    pub gmp_start_step: u64,
    /// Step of the last cut, a multiple of the frequency after the first.
    pub gmp_end_step: u64,
    /// Steps between cuts. Default 100.
    #[serde(default = "default_frequency")]
    pub gmp_pruning_frequency: u64,
}

fn default_frequency() -> u64 {
    100
}

impl Translate for Jin {
    fn check(&self) -> Result<()> {
        check_sparsity("sparsity", self.sparsity)?;
        let (start, end) = (self.gmp_start_step, self.gmp_end_step);
        check_order(("gmp_start_step", start), ("gmp_end_step", end))?;
        let every = self.gmp_pruning_frequency;
        check_count("gmp_pruning_frequency", every)?;
        let length = end - start;
        if length.is_multiple_of(every) {
            return Ok(());
        }
        let last = end - length % every;
        Err(refuse(
            format!(
                "gmp_end_step - gmp_start_step = {length} is not a multiple of gmp_pruning_frequency = {every}"
            ),
            format!("set gmp_end_step to {last} or {}", last.saturating_add(every)),
        ))
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let (start, every) = (self.gmp_start_step, self.gmp_pruning_frequency);
        let cuts = ((self.gmp_end_step - start) / every).saturating_add(1);
        let value = |t: u64| {
            let done = (t - start) / every + 1;
            // The last is the sparsity itself, whatever the rounding.
            if done == cuts {
                self.sparsity
            } else {
                1.0 - (1.0 - self.sparsity).powf(done as f64 / cuts as f64)
            }
        };
        let updates = updates(start, self.gmp_end_step, every, steps(extent)?)?;
        Ok(staircase(0.0, updates.map(|t| (t, value(t)))))
    }

    fn target(&self) -> f64 {
        self.sparsity
    }
}
