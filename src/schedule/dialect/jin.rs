//! Jin et al. 2025 (arXiv:2501.12486): geometric pruning, as in their fork of MaxText.

use super::Translate;
use super::parts::{check, check_count, check_order, check_sparsity, count, updated};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// Each of `K = (end - start)/frequency + 1` cuts removes the same share: density `(1 - s)^((j + 1)/K)` after
/// cut j = 0, …, K - 1, the first at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Jin {
    sparsity: f64,
    gmp_start_step: u64,
    /// A multiple of the frequency after the first.
    gmp_end_step: u64,
    #[serde(default = "count::<100>")]
    gmp_pruning_frequency: u64,
}

impl Translate for Jin {
    fn check(&self) -> Result<()> {
        check_sparsity("sparsity", self.sparsity)?;
        let (start, end, every) = (self.gmp_start_step, self.gmp_end_step, self.gmp_pruning_frequency);
        check_order(("gmp_start_step", start), ("gmp_end_step", end))?;
        check_count("gmp_pruning_frequency", every)?;
        let length = end - start;
        let problem = || {
            format!(
                "gmp_end_step - gmp_start_step = {length} is not a multiple of gmp_pruning_frequency = {every}"
            )
        };
        let last = end - length % every;
        let remedy = format!("set gmp_end_step to {last} or {}", last.saturating_add(every));
        check(length.is_multiple_of(every), problem, &remedy)
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let (start, end, every) = (self.gmp_start_step, self.gmp_end_step, self.gmp_pruning_frequency);
        let cuts = ((end - start) / every).saturating_add(1);
        updated(extent, 0.0, [start, end, every], |t| {
            let done = (t - start) / every + 1;
            // The last is the sparsity itself, whatever the rounding.
            if done == cuts {
                self.sparsity
            } else {
                1.0 - (1.0 - self.sparsity).powf(done as f64 / cuts as f64)
            }
        })
    }

    fn target(&self) -> f64 {
        self.sparsity
    }
}
