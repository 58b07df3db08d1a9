//! The interval of an estimate whose law may bend.

use statrs::distribution::{ContinuousCDF, Normal};

use super::Estimate;
use crate::numeric::statistics::quantiles;

/// What stands for infinity among draws, so that quantiles can be interpolated.
pub(crate) const NEVER: f64 = 1e300;
/// What is beyond this does, too.
pub(crate) const INFINITE: f64 = 1e250;

/// Quantiles of draws, of which what is positive may be infinite or nothing: so is a quantile between one of these and another.
pub(super) fn quantiles_with_ends<const N: usize>(draws: &mut [f64], at: [f64; N]) -> [f64; N] {
    let is_nothing = |value: f64| value < INFINITE.recip();
    if !draws.iter().all(|value| *value > 0.0) || !draws.iter().any(|value| is_nothing(*value)) {
        return quantiles(draws, at);
    }
    let mut far: Vec<f64> =
        draws.iter().map(|value| if is_nothing(*value) { -NEVER } else { *value }).collect();
    quantiles(&mut far, at).map(|value| if value < -INFINITE { NEVER.recip() } else { value })
}

/// The interval of an estimate, made to cover what a bend of this probability P does, of which `bent` are draws.
///
/// It goes `√(w² + P (z g)²)` from the estimate on each side. w is the half width there was, and z the normal quantile of the level. g is how far
/// the quantile of the bent draws lies on that side that leaves out a P-th of the level's tail (at most that at one standard deviation), over the
/// normal quantile there: a sure bend's interval covers the quantiles of its draws. In logarithms, if all is positive. Where several bent
/// draws share the greatest or the least value, it is a limit, and no end lies beyond it. Nor does it lie beyond all bent draws where the other end
/// is none: the estimate runs far off, and both w and g have the way to it in them.
pub(super) fn widened(estimate: Estimate, bent: &mut [f64], share: f64, level: f64) -> [f64; 2] {
    let [lower, upper] = estimate.interval;
    let positive = estimate.estimate > 0.0 && lower >= 0.0 && bent.iter().all(|value| *value > 0.0);
    let to = |value: f64| match value {
        value if value > INFINITE => f64::INFINITY,
        value if positive && value < INFINITE.recip() => f64::NEG_INFINITY,
        value if positive => value.ln(),
        value => value,
    };
    let from = |value: f64| if positive { value.exp() } else { value };
    let at = to(estimate.estimate);
    if bent.is_empty() || !at.is_finite() {
        return estimate.interval;
    }
    let normal = Normal::standard();
    let tail = 0.5 * (1.0 - level);
    let left_out = (tail / share).clamp(tail.min(normal.cdf(-1.0)), normal.cdf(-1.0).max(tail));
    let [below, above] = quantiles_with_ends(bent, [left_out, 1.0 - left_out]).map(to);
    let part = share.sqrt() * normal.inverse_cdf(tail) / normal.inverse_cdf(left_out);
    let reach = |width: f64, side: f64| width.max(0.0).hypot(part * side.max(0.0));
    let low = from(at - reach(at - to(lower), at - below));
    let high = from(at + reach(to(upper) - at, above - at));
    let limit = |end: f64, other: f64| {
        let is_limit = other.is_infinite() || bent.iter().filter(|value| **value == end).count() > 1;
        is_limit.then(|| to(end)).filter(|end| end.is_finite()).map(from)
    };
    let least = limit(bent.iter().copied().fold(f64::INFINITY, f64::min), to(upper).max(above));
    let most = limit(bent.iter().copied().fold(f64::NEG_INFINITY, f64::max), to(lower).min(below));
    [
        low.max(least.unwrap_or(f64::NEG_INFINITY)).min(lower),
        high.min(most.unwrap_or(f64::INFINITY)).max(upper),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(estimate: f64, interval: [f64; 2]) -> Estimate {
        Estimate::straight(estimate, 1.0, interval)
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
        // The lower 2.5 % of the bent draws end at 2 - .98: above the estimate.
        assert!((low.ln() - 0.9).abs() < 1e-12, "{low}");
        assert!((high.ln() - (1.0 + f64::hypot(0.2, 1.0 + z * 0.5))).abs() < 5e-3, "{high}");
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
    fn where_too_many_bent_draws_have_no_answer_there_is_no_upper_end() {
        let law = of(2f64.exp(), [1.5f64.exp(), 2.5f64.exp()]);
        let without = |count: usize| {
            let mut bent = bent();
            bent[2000 - count..].fill(1e300);
            bent
        };
        // 2.5 % of all draws lie beyond the interval: 6.25 % of bent ones that are four tenths of all.
        let of = |count: usize, share: f64| widened(law, &mut without(count), share, 0.95);
        assert!(of(40, 1.0)[1].is_finite() && of(60, 1.0)[1].is_infinite());
        assert!(of(110, 0.4)[1].is_finite() && of(140, 0.4)[1].is_infinite());
    }

    #[test]
    fn what_has_no_upper_end_has_a_reciprocal_without_a_lower_one() {
        let law = of(2f64.exp(), [1.5f64.exp(), 2.5f64.exp()]);
        let inverse = of(law.estimate.recip(), [law.interval[1], law.interval[0]].map(f64::recip));
        for count in 40..60 {
            let mut draws = bent();
            draws[2000 - count..].fill(1e300);
            let mut inverses: Vec<f64> = draws.iter().map(|draw| draw.recip()).collect();
            let upper = widened(law, &mut draws, 1.0, 0.95)[1];
            let lower = widened(inverse, &mut inverses, 1.0, 0.95)[0];
            assert_eq!(upper.is_infinite(), lower == 0.0, "{count}: {upper} {lower}");
        }
    }

    #[test]
    fn ends_stay_within_a_limit() {
        let law = of(0.8, [0.7, 0.9]);
        let [low, high] = widened(law, &mut [0.7, 0.95, 0.96, 0.99, 0.99, 0.99], 0.9, 0.95);
        assert!(low < 0.7 && high == 0.99, "{low} {high}");
        // An estimate that has run off, as of the tokens for a loss near the floor, is far from all draws.
        let far = of(1e17, [1e13, f64::INFINITY]);
        let mut bent: Vec<f64> = bent().iter().map(|draw| 1e12 * draw).collect();
        let [low, high] = widened(far, &mut bent, 1.0, 0.95);
        assert!(low > 1e12 && low < 1e13 && high.is_infinite(), "{low} {high}");
    }
}
