//! What residuals count for: Huber's ρ, and the same with two sides.

use super::{LANES, fma, sum};

/// What one residual counts for: Huber's ρ, times `below` where the residual is negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measure {
    pub(crate) delta: f64,
    pub(crate) below: f64,
    /// Whether residuals are differences of L, and not of ln L.
    pub(crate) on_loss: bool,
}

impl Measure {
    /// Huber's ρ on ln L, as in nearly every fit.
    pub(crate) fn is_plain(&self) -> bool {
        !self.on_loss && self.below == 1.0
    }
}

/// What one pass over the rows sums up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sums {
    /// Σ w ρ(r).
    pub(crate) value: f64,
    /// Σ w |ψ(r)|, the scale against which a gradient is small.
    pub(crate) slope: f64,
}

/// Multiplies the weights, and the curvatures that hold them, by `below` where the residual is negative.
#[inline(always)]
pub(super) fn side(residual: &[f64], weight: &[f64], below: f64, sided: &mut [f64], curvature: &mut [f64]) {
    for (i, residual) in residual.iter().enumerate() {
        let factor = if *residual < 0.0 { below } else { 1.0 };
        sided[i] = factor * weight[i];
        curvature[i] *= factor;
    }
}

/// Residuals, in place, to weighted slopes of Huber's ρ; adds up its value.
#[inline(always)]
pub(super) fn robust<const FMA: bool>(residual: &mut [f64], weight: &[f64], delta: f64, sums: &mut Sums) {
    let mut value = [0.0; LANES];
    let mut slope = [0.0; LANES];
    let chunks = residual.as_chunks_mut().0.iter_mut().zip(weight.as_chunks().0);
    for (residual, weight) in chunks {
        let (residual, weight): (&mut [f64; LANES], &[f64; LANES]) = (residual, weight);
        for i in 0..LANES {
            let clipped = residual[i].clamp(-delta, delta);
            let weighted = clipped * weight[i];
            value[i] = fma::<FMA>(weighted, residual[i] - 0.5 * clipped, value[i]);
            slope[i] += weighted.abs();
            residual[i] = weighted;
        }
    }
    sums.value += sum(&value);
    sums.slope += sum(&slope);
}
