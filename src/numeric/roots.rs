//! Roots in one dimension.

/// A root is known to this, relatively, or absolutely below 1.
pub(crate) const ROOT: f64 = 4.0 * f64::EPSILON;
/// The first step away from a place, and a value of f that is rounding.
const FIRST_STEP: f64 = 0.5;
const ROUNDED: f64 = 1e-14;
/// More steps than any root takes: bisection of the widest bracket takes 60.
const STEPS: usize = 200;

/// Where a rising f changes its sign between `low` and `high`; the end that is nearest to it, if it does not
/// (Chandrupatla 1997: inverse quadratic interpolation where that is safe, else bisection).
pub(crate) fn increasing_root(low: f64, high: f64, f: impl FnMut(f64) -> f64) -> f64 {
    root_to(ROOT, low, high, f)
}

/// The same to a tolerance, relative, or absolute below 1.
pub(crate) fn root_to(tolerance: f64, low: f64, high: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let ends = [f(low), f(high)];
    root_between(tolerance, [low, high], ends, f)
}

/// The same where the values at both ends are known.
pub(crate) fn root_between(
    tolerance: f64,
    [mut a, mut b]: [f64; 2],
    [mut of_a, mut of_b]: [f64; 2],
    mut f: impl FnMut(f64) -> f64,
) -> f64 {
    if !(of_a < 0.0) || !(b - a).is_finite() {
        return a;
    }
    if !(of_b > 0.0) {
        return b;
    }
    // The first by a straight line, and by halves where a value is infinite.
    let straight = of_a / (of_a - of_b);
    let mut share = if straight.is_nan() { 0.5 } else { straight.clamp(0.1, 0.9) };
    for _ in 0..STEPS {
        let x = a + share * (b - a);
        let of_x = f(x);
        let (mut c, mut of_c) = (a, of_a);
        if (of_x > 0.0) != (of_a > 0.0) {
            (c, of_c, b, of_b) = (b, of_b, a, of_a);
        }
        (a, of_a) = (x, of_x);
        let best = if of_a.abs() < of_b.abs() { a } else { b };
        let least = 0.5 * tolerance * best.abs().max(1.0) / (b - a).abs();
        if of_a == 0.0 || least > 0.5 {
            return best;
        }
        let (xi, phi) = ((a - b) / (c - b), (of_a - of_b) / (of_c - of_b));
        share = if phi * phi < xi && (1.0 - phi).powi(2) < 1.0 - xi {
            of_a / (of_b - of_a) * of_c / (of_b - of_c)
                + (c - a) / (b - a) * of_a / (of_c - of_a) * of_b / (of_c - of_b)
        } else {
            0.5
        };
        share = share.clamp(least, 1.0 - least);
    }
    a
}

/// The root nearest to a place between two ends, whether f rises or falls there, to a factor of two: the steps away from it double. None
/// where f has one sign at all of them.
pub(crate) fn nearest_root(
    tolerance: f64,
    near: f64,
    (low, high): (f64, f64),
    mut f: impl FnMut(f64) -> f64,
) -> Option<f64> {
    let own = f(near);
    if own.abs() <= ROUNDED {
        return Some(near);
    }
    let mut step = FIRST_STEP;
    // The farthest that was looked at on each side; a rising f is above 0 on the upper one.
    let mut sides = [(near, own, high), (near, own, low)];
    if own > 0.0 {
        sides.reverse();
    }
    while sides.iter().any(|(at, _, end)| at != end) {
        for (at, of_at, end) in &mut sides {
            let next = if *end > near { (*at + step).min(*end) } else { (*at - step).max(*end) };
            let of_next = f(next);
            if of_next * own <= 0.0 {
                // From below 0 to above it.
                let (ends, values) = if own < 0.0 {
                    ([*at, next], [*of_at, of_next])
                } else {
                    ([next, *at], [of_next, *of_at])
                };
                return Some(root_between(tolerance, ends, values, f));
            }
            (*at, *of_at) = (next, of_next);
        }
        step *= 2.0;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_to_rounding_and_ends_where_there_are_none() {
        assert!((increasing_root(-40.0, 700.0, |x| x.exp() - 3.0) - 3f64.ln()).abs() < 1e-14);
        assert!((increasing_root(0.0, 1e3, |x| (x - 123.456).powi(3)) - 123.456).abs() < 1e-5);
        assert_eq!(increasing_root(1.0, 2.0, |x| x), 1.0);
        for far in [1e-3, 1e3] {
            let steep = |x: f64| if x < 1.0 { f64::NEG_INFINITY } else { far * (x - 3.0) };
            assert!((increasing_root(-60.0, 80.0, steep) - 3.0).abs() < 1e-14);
            let infinite = |x: f64| if x > 9.0 { f64::INFINITY } else { far * (x - 3.0) };
            assert!((increasing_root(-60.0, 80.0, infinite) - 3.0).abs() < 1e-14);
        }
        assert_eq!(increasing_root(0.0, f64::INFINITY, |x| x - 3.0), 0.0);
        let jump = |x: f64| if x < 3.0 { f64::NEG_INFINITY } else { f64::INFINITY };
        assert!((increasing_root(-60.0, 80.0, jump) - 3.0).abs() < 1e-14);
        assert_eq!(increasing_root(1.0, 2.0, |x| x - 3.0), 2.0);
        let mut steps = 0;
        let found = increasing_root(-300.0, 300.0, |x| {
            steps += 1;
            x.tanh() - 0.25
        });
        assert!((found - 0.25f64.atanh()).abs() < 1e-14 && steps < 40, "{found} after {steps}");
    }

    #[test]
    fn the_nearest_root_is_found_on_either_side() {
        let of = |near: f64| nearest_root(1e-12, near, (-9.0, 9.0), |x: f64| (x - 1.0) * (x + 2.0));
        for (near, root) in [(1.2, 1.0), (0.9, 1.0), (-1.7, -2.0), (-2.4, -2.0), (1.0, 1.0), (8.0, 1.0)] {
            assert!((of(near).unwrap() - root).abs() < 1e-11, "{near}");
        }
        assert_eq!(nearest_root(1e-12, 0.0, (-9.0, 9.0), |x| x * x + 1.0), None);
    }
}
