//! Where a run would land if the law holds.

use crate::Result;
use crate::bootstrap::Ensemble;
use crate::fit::Residual;
use crate::numeric::random::{below, stream};
use crate::numeric::statistics::interval;

/// Residuals drawn for each draw of the parameters.
const RESIDUALS_A_DRAW: usize = 16;
/// Stream of the residuals: none of the replicates' own.
const RESIDUAL_STREAM: u64 = u64::MAX;

impl Ensemble {
    /// Quantiles of the draws' losses times the exponential of residuals (on L: plus residuals) drawn from the sweep, widened by
    /// √(n/(n-p)) for the p parameters that were fitted to n runs, or that n clusters were spent on.
    pub(super) fn run_interval(&self, inputs: &[f64]) -> Result<[f64; 2]> {
        let rows = if self.by_name { &self.fit.rows } else { &self.fit.observations };
        let residuals = self.fit.residuals_of(rows, self.fit.options.residual)?;
        let [groups, freedom] = self.freedom();
        let widening = (groups / freedom).sqrt();
        let mut rng = stream(self.options.seed, RESIDUAL_STREAM);
        let mut losses = Vec::with_capacity(self.draws.len() * RESIDUALS_A_DRAW);
        for draw in &self.draws {
            let loss = self.fit.law().loss(draw, inputs);
            for _ in 0..RESIDUALS_A_DRAW {
                let residual = widening * residuals[below(&mut rng, residuals.len())];
                losses.push(match self.fit.options.residual {
                    Residual::LnLoss => loss * residual.exp(),
                    Residual::Loss => loss + residual,
                });
            }
        }
        Ok(interval(&mut losses, self.options.level))
    }
}
