//! `torch.nn.utils.prune`, called again and again.

use super::Translate;
use super::parts::{check, check_sparsity, staircase, steps};
use crate::Result;
use crate::schedule::{Extent, MAX_CUTS, Schedule};
use serde::{Deserialize, Serialize};

/// Each call prunes the share `amount` of the weights that are *left*: densities multiply, `s = 1 - Π (1 - a_k)`.
///
/// Two calls with 0.5, at steps 100 and 200 of 400: 0.5 from step 100, 0.75 from step 200, and not 1.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
/// let dialect = Dialect::from_pairs("torch-prune", [("calls", "[[100, 0.5], [200, 0.5]]")])?;
/// let extent = Extent::new(1e9).with_steps(400.0);
/// let average = dialect.schedule(extent)?.trajectory(Network::new(1.0), extent)?.average_params();
/// assert_eq!(average, 0.25 + 0.25 * 0.5 + 0.5 * 0.25);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TorchPrune {
    /// `(step, amount)` of each call, steps ascending; amounts are fractions in [0, 1).
    pub calls: Vec<(u64, f64)>,
}

impl Translate for TorchPrune {
    fn check(&self) -> Result<()> {
        let problem = || "there are more than 10 million calls".to_owned();
        check(self.calls.len() <= MAX_CUTS, problem, "merge some")?;
        let ascend = self.calls.windows(2).all(|pair| pair[0].0 <= pair[1].0);
        check(ascend, || "the steps of calls do not ascend".to_owned(), "sort them")?;
        self.calls.iter().try_for_each(|&(_, amount)| check_sparsity("amount", amount))
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let steps = steps(extent)?;
        let mut density = 1.0;
        let mut cuts: Vec<(u64, f64)> = Vec::new();
        for &(step, amount) in self.calls.iter().filter(|call| call.0 < steps) {
            density *= 1.0 - amount;
            if cuts.last().is_some_and(|last| last.0 == step) {
                cuts.pop();
            }
            cuts.push((step, 1.0 - density));
        }
        Ok(staircase(0.0, cuts.into_iter()))
    }

    fn target(&self) -> f64 {
        1.0 - self.calls.iter().map(|call| 1.0 - call.1).product::<f64>()
    }
}
