//! Where a run would land if the law bends.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::bend::BentBy;

/// An interval about an estimate, made to cover what a bend does: from the estimate and the estimate moved by the shift, whichever is
/// further out, by `√(w² + (z g)²)` of ln L, w the half width there was.
pub(super) fn widened(estimate: f64, [lower, upper]: [f64; 2], by: BentBy, level: f64) -> [f64; 2] {
    let z = Normal::standard().inverse_cdf(0.5 * (1.0 + level));
    let reach = |width: f64| width.max(0.0).hypot(z * by.deviation);
    let (below, above) = ((estimate / lower).ln(), (upper / estimate).ln());
    let low = estimate * (by.shift.min(0.0) - reach(below)).exp();
    let high = estimate * (by.shift.max(0.0) + reach(above)).exp();
    // An interval that lies on one side of its estimate is still covered; so is one that ends below 0, as on L it may.
    [if low < lower { low } else { lower }, if high > upper { high } else { upper }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_grows_by_the_shift_on_one_side_and_by_the_deviation_on_both() {
        let near =
            |[a, b]: [f64; 2], [c, d]: [f64; 2]| (a / c - 1.0).abs() < 1e-12 && (b / d - 1.0).abs() < 1e-12;
        let interval = [2.0 * (-0.03f64).exp(), 2.0 * 0.04f64.exp()];
        let still = BentBy { shift: 0.0, deviation: 0.0 };
        assert!(near(widened(2.0, interval, still, 0.9), interval));
        let up = BentBy { shift: 0.1, deviation: 0.04 / 1.959_963_984_540_054 };
        let expected = [2.0 * (-0.05f64).exp(), 2.0 * (0.1 + 0.04 * 2f64.sqrt()).exp()];
        assert!(near(widened(2.0, interval, up, 0.95), expected));
        assert_eq!(widened(2.0, [-1.0, 2.1], still, 0.9)[0], -1.0);
    }
}
