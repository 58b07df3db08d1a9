//! How fast a loss curve falls at its end.

use crate::{Checkpoint, Run};

/// Fewest rows of a slope.
const SLOPE_ROWS: usize = 3;

/// Minus the slope of ln L in ln D over the second half of a run's tokens, by least squares.
pub(super) fn end_slope(run: &Run) -> Option<f64> {
    let half = 0.5 * run.checkpoints().last()?.tokens;
    let from = run.checkpoints().partition_point(|c| c.tokens < half);
    let rows = &run.checkpoints()[from..];
    if rows.len() < SLOPE_ROWS {
        return None;
    }
    let mean = |of: fn(&Checkpoint) -> f64| rows.iter().map(of).sum::<f64>() / rows.len() as f64;
    let (x, y) = (mean(|c| c.tokens.ln()), mean(|c| c.loss.ln()));
    let sum = |of: &dyn Fn(f64, f64) -> f64| {
        rows.iter().map(|c| of(c.tokens.ln() - x, c.loss.ln() - y)).sum::<f64>()
    };
    Some(-sum(&|x, y| x * y) / sum(&|x, _| x * x))
}
