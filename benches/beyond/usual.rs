//! The run interval that later ones are measured against, kept here as it was at e36a465.

use nbar::{Ensemble, Result};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Residuals drawn for each draw of the parameters.
const RESIDUALS_A_DRAW: usize = 16;

/// Draws of the loss of a new run: each draw's loss times the exponential of residuals of the sweep, widened by √(n/(n-p)) for
/// the p parameters that were fitted to n runs.
pub(crate) struct Usual<'a> {
    ensemble: &'a Ensemble,
    residuals: Vec<f64>,
}

impl<'a> Usual<'a> {
    pub(crate) fn new(ensemble: &'a Ensemble) -> Result<Self> {
        let (runs, parameters) = (ensemble.fit.observations.run_count(), ensemble.fit.parameters.len());
        let widening = (runs as f64 / runs.saturating_sub(parameters).max(1) as f64).sqrt();
        let residuals = ensemble.fit.residuals()?.into_iter().map(|r| widening * r).collect();
        Ok(Self { ensemble, residuals })
    }

    /// The interval of a run from what the law reads.
    pub(crate) fn interval(&self, inputs: &[f64], level: f64) -> [f64; 2] {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut losses = Vec::with_capacity(RESIDUALS_A_DRAW * self.ensemble.draws.len());
        for draw in &self.ensemble.draws {
            let loss = self.ensemble.fit.law().loss(draw, inputs);
            for _ in 0..RESIDUALS_A_DRAW {
                let place = (u64::from(rng.next_u32()) * self.residuals.len() as u64) >> 32;
                losses.push(loss * self.residuals[place as usize].exp());
            }
        }
        losses.sort_by(f64::total_cmp);
        [0.5 * (1.0 - level), 0.5 * (1.0 + level)].map(|p| quantile(&losses, p))
    }
}

/// Median-unbiased (type 8 of Hyndman and Fan 1996), of sorted values.
pub(crate) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = (p * (sorted.len() as f64 + 1.0 / 3.0) + 1.0 / 3.0).clamp(1.0, sorted.len() as f64);
    let (below, share) = (place.floor() as usize, place.fract());
    let above = sorted[below.min(sorted.len() - 1)];
    sorted[below - 1] + share * (above - sorted[below - 1])
}

/// The median of values in any order.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    if values.is_empty() { f64::NAN } else { quantile(&values, 0.5) }
}
