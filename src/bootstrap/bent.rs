//! The interval of an estimate whose law may bend.

use statrs::distribution::{ContinuousCDF, Normal};

use super::Estimate;
use crate::numeric::statistics::quantiles;

/// The interval of an estimate, made to cover what a bend of this probability P does, of which `bent` are draws.
///
/// With m the median of the bent draws less the estimate and g the distance from there to their quantile at one standard deviation, it
/// covers the estimate and the estimate moved by `√P m`, the root mean square of the shift, and beyond either goes `√(w² + P (z g)²)` on each
/// side, w being the half width there was. In logarithms, if all is positive. Where several bent draws share the greatest or the least value, it is
/// a limit, and no end lies beyond it.
pub(super) fn widened(estimate: Estimate, bent: &mut [f64], share: f64, level: f64) -> [f64; 2] {
    let [lower, upper] = estimate.interval;
    let positive = estimate.estimate > 0.0 && lower >= 0.0 && bent.iter().all(|value| *value > 0.0);
    let to = |value: f64| if positive { value.ln() } else { value };
    let from = |value: f64| if positive { value.exp() } else { value };
    let at = to(estimate.estimate);
    if bent.is_empty() || !at.is_finite() {
        return estimate.interval;
    }
    let normal = Normal::standard();
    let [below, middle, above] = quantiles(bent, [normal.cdf(-1.0), 0.5, normal.cdf(1.0)]).map(to);
    let z = normal.inverse_cdf(0.5 * (1.0 + level));
    let (part, moved) = (share.sqrt(), share.sqrt() * (middle - at));
    let reach = |width: f64, side: f64| width.max(0.0).hypot(z * part * side);
    let low = from(at + moved.min(0.0) - reach(at - to(lower), middle - below));
    let high = from(at + moved.max(0.0) + reach(to(upper) - at, above - middle));
    let limit = |end: f64| (bent.iter().filter(|value| **value == end).count() > 1).then_some(end);
    let least = limit(bent.iter().copied().fold(f64::INFINITY, f64::min)).unwrap_or(f64::NEG_INFINITY);
    let most = limit(bent.iter().copied().fold(f64::NEG_INFINITY, f64::max)).unwrap_or(f64::INFINITY);
    [low.max(least).min(lower), high.min(most).max(upper)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(estimate: f64, interval: [f64; 2]) -> Estimate {
        Estimate { estimate, std_error: 1.0, interval }
    }

    /// ln of a normal distribution about 2 with standard deviation .5.
    fn bent() -> Vec<f64> {
        let of = |i: i32| (2.0 + 0.5 * Normal::standard().inverse_cdf((f64::from(i) + 0.5) / 2000.0)).exp();
        (0..2000).map(of).collect()
    }

    #[test]
    fn a_sure_bend_covers_the_estimate_and_reaches_from_the_bent_draws() {
        let z = 1.959_963_984_540_054;
        let [low, high] = widened(of(1f64.exp(), [0.9f64.exp(), 1.2f64.exp()]), &mut bent(), 1.0, 0.95);
        assert!((low.ln() - (1.0 - f64::hypot(0.1, z * 0.5))).abs() < 2e-3, "{low}");
        assert!((high.ln() - (2.0 + f64::hypot(0.2, z * 0.5))).abs() < 2e-3, "{high}");
    }

    #[test]
    fn an_unlikely_bend_adds_little_and_none_nothing() {
        let law = of(2f64.exp(), [1.5f64.exp(), 2.5f64.exp()]);
        let width = |share: f64| {
            let [low, high] = widened(law, &mut bent(), share, 0.95);
            (high / low).ln()
        };
        assert!((width(0.0) - 1.0).abs() < 1e-12 && width(0.1) < 1.2 && width(1.0) > 2.0);
        assert_eq!(widened(law, &mut [], 0.5, 0.95), law.interval);
    }

    #[test]
    fn ends_stay_within_a_limit() {
        let law = of(0.8, [0.7, 0.9]);
        let [low, high] = widened(law, &mut [0.7, 0.95, 0.96, 0.99, 0.99, 0.99], 0.9, 0.95);
        assert!(low < 0.7 && high == 0.99, "{low} {high}");
    }
}
