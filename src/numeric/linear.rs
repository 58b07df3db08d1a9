//! Stretches along which N is linear in tokens: their moments and nodes.

use super::quadrature;

/// Ratios of counts whose logarithm is below this need only the three nodes of a small rule: its relative error,
/// `(p L)⁶/31500` and less, is 1e-13 at p = 2.
const NARROW: f64 = 0.04;
/// Largest logarithm of the ratio on one panel of the large rule, whose error there is `2.2⁻⁴⁰`.
const WIDE: f64 = 2.0;
/// Nodes in (0, 1) and weights of the small rule (Gauss-Legendre).
const SMALL: [(f64, f64); 3] =
    [(0.112_701_665_379_258_31, 5.0 / 18.0), (0.5, 8.0 / 18.0), (0.887_298_334_620_741_7, 5.0 / 18.0)];
/// Below this, `b/a - 1` is a series' argument.
const SMALL_EXCESS: f64 = 0.1;

/// `φ(x) = (eˣ - 1)/x`, the mean of `e^(xq)` over q in [0, 1].
pub(crate) fn phi(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { x.exp_m1() / x }
}

/// The mean of `(N/scale)^order`, N linear from a to b: with `L = ln(b/a)`, `dq ∝ N d ln N`, so that it is
/// `a^p φ((p + 1)L)/φ(L)`, from whichever end keeps the exponent negative.
pub(crate) fn moment(a: f64, b: f64, order: f64, scale: f64) -> f64 {
    if order == 1.0 {
        return 0.5 * (a / scale + b / scale);
    }
    let (high, low) = (a.max(b), a.min(b));
    let (from, to) = if order >= -1.0 { (high, low) } else { (low, high) };
    let log_ratio = (to / from).ln();
    let power = if order == -1.0 { scale / from } else { (from / scale).powf(order) };
    power * phi((order + 1.0) * log_ratio) / phi(log_ratio)
}

/// The mean of `ln(N/scale)`, N linear from a to b: with `e = b/a - 1` it is `ln(a/scale) + ((1 + e) ln(1 + e) - e)/e`, the
/// second term `e/2 - e²/6 + e³/12 - …` for small e.
pub(crate) fn log(a: f64, b: f64, scale: f64) -> f64 {
    let excess = (b - a) / a;
    let rest = if excess == 0.0 {
        0.0
    } else if excess.abs() < SMALL_EXCESS {
        let (mut term, mut sum) = (excess, 0.0);
        for k in 1..=16 {
            let k = f64::from(k);
            sum += term / (k * (k + 1.0));
            term *= -excess;
        }
        sum
    } else {
        (1.0 + excess) * excess.ln_1p() / excess - 1.0
    };
    (a / scale).ln() + rest
}

/// Nodes `(weight, N)`, N linear from a to b, weights adding up to 1: exact to about 1e-13 for powers from -2 to 2 and
/// for logarithms.
pub(crate) fn each_node(a: f64, b: f64, mut node: impl FnMut(f64, f64)) {
    let log_ratio = (b / a).ln();
    if a == b {
        return node(1.0, a);
    }
    if log_ratio.abs() < NARROW {
        return SMALL.iter().for_each(|&(q, weight)| node(weight, a + (b - a) * q));
    }
    let panels = (log_ratio.abs() / WIDE).ceil();
    let at = |k: f64| if k == panels { b } else { a * (log_ratio * k / panels).exp() };
    for k in 0..panels as u32 {
        for (params, width) in quadrature::nodes(at(f64::from(k)), at(f64::from(k + 1))) {
            node(width / (b - a), params);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of a power by the antiderivative, `(b^(p+1) - a^(p+1))/((p+1)(b - a))`.
    fn exact(a: f64, b: f64, p: f64) -> f64 {
        if p == -1.0 {
            (b / a).ln() / (b - a)
        } else {
            (b.powf(p + 1.0) - a.powf(p + 1.0)) / ((p + 1.0) * (b - a))
        }
    }

    #[test]
    fn moments_logarithms_and_nodes_agree() {
        for (a, b) in [(1.0, 0.999), (0.999, 1.0), (1.0, 0.5), (0.3, 0.9), (1.0, 1e-3), (1e-3, 1.0)] {
            for p in [-2.0, -1.0, -0.34, 0.5, 1.0, 2.0] {
                let (value, mut sum) = (moment(a, b, p, 1.0), 0.0);
                each_node(a, b, |weight, n| sum += weight * n.powf(p));
                assert!((value / sum - 1.0).abs() < 2e-13, "{a} {b} {p}: {value} {sum}");
                if (a - b).abs() > 0.1 {
                    assert!((value / exact(a, b, p) - 1.0).abs() < 1e-14, "{a} {b} {p}");
                }
            }
            let (value, mut sum) = (log(a, b, 1.0), 0.0);
            each_node(a, b, |weight, n| sum += weight * n.ln());
            assert!((value - sum).abs() < 1e-14, "{a} {b}: {value} {sum}");
        }
        assert_eq!((moment(2.0, 2.0, -1.0, 2.0), log(2.0, 2.0, 2.0)), (1.0, 0.0));
    }
}
