//! `torch.nn.utils.prune`, called again and again.

use super::Translate;
use super::parts::{check, check_sparsity, staircase, steps};
use crate::Result;
use crate::schedule::{Extent, MAX_CUTS, Schedule};
use serde::{Deserialize, Serialize};

/// Each call prunes the share `amount` of the weights that are *left*: densities multiply, `s = 1 - Π (1 - a_k)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TorchPrune {
    /// `(step, amount)` of each call, steps ascending.
    calls: Vec<(u64, f64)>,
}

impl Translate for TorchPrune {
    fn check(&self) -> Result<()> {
        let problem = || "there are more than 10 million calls".to_owned();
        check(self.calls.len() <= MAX_CUTS, problem, "merge some")?;
        let ascend = self.calls.is_sorted_by_key(|call| call.0);
        check(ascend, || "the steps of calls do not ascend".to_owned(), "sort them")?;
        self.calls.iter().try_for_each(|&(_, amount)| check_sparsity("amount", amount))
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let steps = steps(extent)?;
        let mut density = 1.0;
        let mut cuts: Vec<(u64, f64)> = Vec::new();
        for &(step, amount) in self.calls.iter().filter(|call| call.0 < steps) {
            density *= 1.0 - amount;
            cuts.pop_if(|last| last.0 == step);
            cuts.push((step, 1.0 - density));
        }
        Ok(staircase(0.0, cuts))
    }

    fn target(&self) -> f64 {
        1.0 - self.calls.iter().map(|call| 1.0 - call.1).product::<f64>()
    }
}
