//! Roots and minima in one dimension.

/// Points of the first pass of [`least`], and of those that follow.
pub(super) const FIRST: usize = 64;
const NEXT: usize = 17;
/// A minimum is known to about this, absolutely: values near it differ by less than their rounding.
const WIDTH: f64 = 1e-8;
/// A root is known to this, relatively, or absolutely below 1.
const ROOT: f64 = 4.0 * f64::EPSILON;
/// More steps than any root takes: bisection of the widest bracket takes 60.
const STEPS: usize = 200;

/// Where a rising f changes its sign between `low` and `high`; the end that is nearest to it, if it does not
/// (Chandrupatla 1997: inverse quadratic interpolation where that is safe, else bisection).
pub(super) fn increasing_root(low: f64, high: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let (mut a, mut b) = (low, high);
    let (mut of_a, mut of_b) = (f(a), f(b));
    if !(of_a < 0.0) {
        return a;
    }
    if !(of_b > 0.0) {
        return b;
    }
    let mut share = 0.5;
    for _ in 0..STEPS {
        let x = a + share * (b - a);
        let of_x = f(x);
        let (mut c, mut of_c) = (a, of_a);
        if (of_x > 0.0) != (of_a > 0.0) {
            (c, of_c, b, of_b) = (b, of_b, a, of_a);
        }
        (a, of_a) = (x, of_x);
        let best = if of_a.abs() < of_b.abs() { a } else { b };
        let least = 0.5 * ROOT * best.abs().max(1.0) / (b - a).abs();
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

/// Where a function is least between `low` and `high`, and its value: passes over evenly spread points, each between the
/// neighbours of the least of the last. `f` fills in the values of all points of a pass.
pub(super) fn least(low: f64, high: f64, mut f: impl FnMut(&[f64], &mut [f64])) -> (f64, f64) {
    let (mut from, mut to, mut count) = (low, high, FIRST);
    let (mut points, mut values) = ([0.0; FIRST], [0.0; FIRST]);
    loop {
        let step = (to - from) / (count - 1) as f64;
        for (i, point) in points[..count].iter_mut().enumerate() {
            *point = if i + 1 == count { to } else { from + step * i as f64 };
        }
        f(&points[..count], &mut values[..count]);
        let best = (0..count).min_by(|i, j| values[*i].total_cmp(&values[*j])).unwrap_or(0);
        if step <= WIDTH {
            return (points[best], values[best]);
        }
        (from, to) = (points[best.saturating_sub(1)], points[(best + 1).min(count - 1)]);
        count = NEXT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_to_rounding_and_ends_where_there_are_none() {
        assert!((increasing_root(-40.0, 700.0, |x| x.exp() - 3.0) - 3f64.ln()).abs() < 1e-14);
        assert!((increasing_root(0.0, 1e3, |x| (x - 123.456).powi(3)) - 123.456).abs() < 1e-5);
        assert_eq!(increasing_root(1.0, 2.0, |x| x), 1.0);
        assert_eq!(increasing_root(1.0, 2.0, |x| x - 3.0), 2.0);
        let mut steps = 0;
        let found = increasing_root(-300.0, 300.0, |x| {
            steps += 1;
            x.tanh() - 0.25
        });
        assert!((found - 0.25f64.atanh()).abs() < 1e-14 && steps < 40, "{found} after {steps}");
    }

    #[test]
    fn minima_are_found_inside_and_at_ends() {
        let of =
            |low, high| least(low, high, |x, y| x.iter().zip(y).for_each(|(x, y)| *y = (x - 7.3).cosh()));
        let (at, value) = of(0.0, 60.0);
        assert!((at - 7.3).abs() < 1e-7 && value == 1.0, "{at} {value}");
        assert_eq!(of(8.0, 60.0).0, 8.0);
        assert!((of(0.0, 2.0).0 - 2.0).abs() < 1e-15);
        assert_eq!(of(5.0, 5.0).0, 5.0);
    }
}
