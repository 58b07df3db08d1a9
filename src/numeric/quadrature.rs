//! Adaptive Gauss-Legendre quadrature of functions of one sign.

use std::sync::OnceLock;

/// Relative error asked of an integral.
pub(crate) const TOLERANCE: f64 = 1e-13;

/// Nodes of a panel: exact for polynomials up to degree 39.
const NODES: usize = 20;

/// Halvings after which a panel is taken as it is, wherever it lies.
const MAX_DEPTH: u32 = 52;

/// Width of a panel, relative to where it lies, at which it is taken as it is: on narrower ones the
/// rounding of the nodes costs more than halving gains.
const MIN_WIDTH: f64 = 1e-9;

/// Panels after which the rest is taken as it is, so that no input, NaN included, can take for ever.
const MAX_PANELS: usize = 20_000;

/// Nodes in (-1, 1) and weights of the Gauss-Legendre rule.
///
/// The nodes are the zeros of the Legendre polynomial `P_n`, by Newton's method from
/// `cos π(i + 3/4)/(n + 1/2)`; the weights are `2/((1 - x²) P_n'(x)²)`.
fn rule() -> &'static [(f64, f64); NODES] {
    static RULE: OnceLock<[(f64, f64); NODES]> = OnceLock::new();
    RULE.get_or_init(|| {
        std::array::from_fn(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (NODES as f64 + 0.5)).cos();
            for _ in 0..8 {
                let (value, slope) = legendre(x);
                x -= value / slope;
            }
            let slope = legendre(x).1;
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
    })
}

/// `P_n(x)` and its derivative, by the three-term recurrence
/// `(k + 1) P_(k+1) = (2k + 1) x P_k - k P_(k-1)`.
fn legendre(x: f64) -> (f64, f64) {
    let (mut before, mut current) = (1.0, x);
    for k in 1..NODES {
        let k = k as f64;
        (before, current) = (current, ((2.0 * k + 1.0) * x * current - k * before) / (k + 1.0));
    }
    (current, NODES as f64 * (x * current - before) / (x * x - 1.0))
}

/// Nodes `(x, weight)` of the rule on the interval from `a` to `b`.
pub(crate) fn nodes(a: f64, b: f64) -> impl Iterator<Item = (f64, f64)> {
    let (half, middle) = (0.5 * (b - a), 0.5 * (a + b));
    rule().iter().map(move |&(x, weight)| (middle + half * x, half * weight))
}

/// The integrals of `f` from `a` to `b`, each to the relative error `tolerance`.
///
/// Panels are halved until one rule over a panel agrees with two over its halves. Every component of
/// `f` keeps one sign. `leaf` is told each panel, from `a` to `b`, on which one rule is enough.
pub(crate) fn integrate<const M: usize>(
    a: f64,
    b: f64,
    f: impl Fn(f64) -> [f64; M],
    tolerance: f64,
    mut leaf: impl FnMut(f64, f64),
) -> [f64; M] {
    let panel = |a: f64, b: f64| {
        let mut sums = [0.0; M];
        for (x, weight) in nodes(a, b) {
            add(&mut sums, f(x).map(|value| weight * value));
        }
        sums
    };
    let mut totals = [0.0; M];
    let mut stack = vec![(a, b, panel(a, b), 0)];
    let mut panels = 1;
    while let Some((a, b, whole, depth)) = stack.pop() {
        let middle = 0.5 * (a + b);
        let (left, right) = (panel(a, middle), panel(middle, b));
        let mut halves = left;
        add(&mut halves, right);
        let settled = (0..M).all(|i| {
            let error = (whole[i] - halves[i]).abs();
            // A spike at an end of the run can be so narrow that every node misses it.
            let missed = halves[i] == 0.0 && (f(a)[i] != 0.0 || f(b)[i] != 0.0);
            !missed && (error <= tolerance * (halves[i] + totals[i]).abs() || !error.is_finite())
        });
        let narrow = (b - a).abs() <= MIN_WIDTH * a.abs().max(b.abs());
        if settled || narrow || depth == MAX_DEPTH || panels >= MAX_PANELS {
            add(&mut totals, halves);
            leaf(a, b);
        } else {
            panels += 2;
            stack.push((middle, b, right, depth + 1));
            stack.push((a, middle, left, depth + 1));
        }
    }
    totals
}

fn add<const M: usize>(sums: &mut [f64; M], values: [f64; M]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_exact_to_degree_39_and_no_further() {
        let error = |degree: i32| {
            let sum: f64 = nodes(0.0, 1.0).map(|(x, weight)| weight * x.powi(degree)).sum();
            (sum * f64::from(degree + 1) - 1.0).abs()
        };
        assert!((0..=39).all(|degree| error(degree) < 1e-14));
        assert!(error(60) > 1e-14);
    }

    #[test]
    fn a_narrow_spike_at_an_end_is_found() {
        let [integral] = integrate(0.0, 1.0, |x| [(-1e7 * x).exp()], TOLERANCE, |_, _| ());
        assert!((integral * 1e7 - 1.0).abs() < 1e-12);
        let [integral] = integrate(0.0, 1.0, |x| [(-1e7 * (1.0 - x)).exp()], TOLERANCE, |_, _| ());
        assert!((integral * 1e7 - 1.0).abs() < 1e-8, "{integral}");
    }

    #[test]
    fn no_number_takes_for_ever() {
        for value in [f64::NAN, f64::INFINITY, 0.0] {
            integrate(0.0, 1.0, |_| [value], TOLERANCE, |_, _| ());
        }
        integrate(0.0, 1.0, |x| [(1.0 / (x - 0.3)).sin().abs()], 0.0, |_, _| ());
    }
}
