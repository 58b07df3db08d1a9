//! Roots and minima in one dimension.

/// The most points that [`least`] asks for at once: those of its first pass.
pub(crate) const FIRST: usize = 64;
/// Half-width of the differences that stand for a derivative: their error is of its fourth power.
const STEP: f64 = 1e-3;
/// A minimum is looked for this near to a guess, before it is looked for everywhere.
const NEAR: f64 = 3.0;
/// Steps of Newton's method, at the most.
const NEWTON: usize = 8;
/// A root is known to this, relatively, or absolutely below 1.
pub(crate) const ROOT: f64 = 4.0 * f64::EPSILON;
/// The first step away from a place, and a value of f that is rounding.
const FIRST_STEP: f64 = 0.5;
const ROUNDED: f64 = 1e-14;
/// A minimum is known to this: the rounding of differences is of that size.
const MINIMUM: f64 = 1e-12;
/// What the least of several minima is known to.
const ROUGHLY: f64 = 1e-6;
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
    if !(of_a < 0.0) {
        return a;
    }
    if !(of_b > 0.0) {
        return b;
    }
    // The first by a straight line.
    let mut share = (of_a / (of_a - of_b)).clamp(0.1, 0.9);
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

/// Where a smooth function is least between `low` and `high`: where its slope is 0, near the guess, if there is one there, else
/// between the neighbours of the least of many evenly spread points. `f` fills in the values at some points.
pub(crate) fn least(low: f64, high: f64, near: Option<f64>, mut f: impl FnMut(&[f64], &mut [f64])) -> f64 {
    if let Some(near) = near
        && let (from, to) = (near - NEAR, near + NEAR)
        && from > low
        && to < high
    {
        if let Some(at) = newton(near, &mut f) {
            return at;
        }
        let at = root_to(MINIMUM, from, to, |x| slope(x, &mut f));
        if at > from && at < to {
            return at;
        }
    }
    let step = (high - low) / (FIRST - 1) as f64;
    let points: [f64; FIRST] =
        std::array::from_fn(|i| if i + 1 == FIRST { high } else { low + step * i as f64 });
    let mut values = [0.0; FIRST];
    f(&points, &mut values);
    let best = (0..FIRST).min_by(|i, j| values[*i].total_cmp(&values[*j])).unwrap_or(0);
    root_to(MINIMUM, points[best.saturating_sub(1)], points[(best + 1).min(FIRST - 1)], |x| slope(x, &mut f))
}

/// The least of a function that may have several minima some so far apart: between the neighbours of the least of evenly spread
/// points, to 1e-6.
pub(crate) fn least_of_several(
    low: f64,
    high: f64,
    apart: f64,
    mut f: impl FnMut(&[f64], &mut [f64]),
) -> f64 {
    let count = (((high - low) / apart).ceil() as usize + 1).clamp(3, FIRST);
    let step = (high - low) / (count - 1) as f64;
    let (mut points, mut values) = ([0.0; FIRST], [0.0; FIRST]);
    points[..count]
        .iter_mut()
        .enumerate()
        .for_each(|(i, x)| *x = if i + 1 == count { high } else { low + step * i as f64 });
    f(&points[..count], &mut values[..count]);
    // The ends, and the parabolas through each of the others that is least among three.
    let ends = [0, count - 1].map(|i| (i, points[i], values[i]));
    let inside = (1..count - 1).filter_map(|i| {
        let [before, own, behind] = [values[i - 1], values[i], values[i + 1]];
        let offset = 0.5 * (before - behind) / (before - own + (behind - own));
        let is_least = own <= before && own <= behind && before + behind > 2.0 * own;
        is_least.then(|| (i, points[i] + offset * step, own - 0.25 * (before - behind) * offset))
    });
    let least = ends.into_iter().chain(inside).min_by(|a, b| a.2.total_cmp(&b.2));
    let (best, guess, _) = least.unwrap_or((0, low, f64::NAN));
    if best == 0 || best + 1 == count {
        return points[best];
    }
    let (from, to) = (points[best - 1], points[best + 1]);
    let at = roughly(guess, &mut f).filter(|at| *at > from && *at < to);
    at.unwrap_or_else(|| root_to(ROUGHLY, from, to, |x| slope(x, &mut f)))
}

/// Newton's method for the slope to 1e-6, from a guess: the step after the last would be about its square. None if it does not settle near it on
/// a minimum.
fn roughly(guess: f64, f: &mut impl FnMut(&[f64], &mut [f64])) -> Option<f64> {
    let mut x = guess;
    for _ in 0..NEWTON {
        let (to, _) = roughly_towards_least(x, f)?;
        let step = to - x;
        x = to;
        if !((x - guess).abs() <= NEAR - 2.0 * STEP) {
            return None;
        }
        if step.abs() <= STEP {
            return Some(x);
        }
    }
    None
}

/// One step of it, by differences of three values, and the value that f would have there if it were a parabola; none where f does not curve
/// upwards.
pub(crate) fn roughly_towards_least(x: f64, f: &mut impl FnMut(&[f64], &mut [f64])) -> Option<(f64, f64)> {
    let mut values = [0.0; 3];
    f(&[x - STEP, x, x + STEP], &mut values);
    let [before, own, behind] = values;
    let (slope, curvature) = (behind - before, (before - own) + (behind - own));
    let least = own - slope * slope / (8.0 * curvature);
    (curvature > 0.0).then_some((x - 0.5 * STEP * slope / curvature, least))
}

/// The same to 1e-12, by a last step with better differences.
fn newton(guess: f64, f: &mut impl FnMut(&[f64], &mut [f64])) -> Option<f64> {
    let x = roughly(guess, f)?;
    let step = towards_least(x, f)?;
    (step.abs() <= STEP).then_some(x + step)
}

/// One step of it; none where f does not curve upwards.
fn towards_least(x: f64, f: &mut impl FnMut(&[f64], &mut [f64])) -> Option<f64> {
    let mut values = [0.0; 5];
    f(&[x - 2.0 * STEP, x - STEP, x, x + STEP, x + 2.0 * STEP], &mut values);
    let [a, b, middle, d, e] = values;
    // Twelve times f' of a step, and f'' of its square.
    let slope = 8.0 * (d - b) - (e - a);
    let curvature = 16.0 * ((b - middle) + (d - middle)) - ((a - middle) + (e - middle));
    (curvature > 0.0).then(|| -STEP * slope / curvature)
}

/// A multiple of the slope at x, by differences.
fn slope(x: f64, f: &mut impl FnMut(&[f64], &mut [f64])) -> f64 {
    let mut values = [0.0; 4];
    f(&[x - 2.0 * STEP, x - STEP, x + STEP, x + 2.0 * STEP], &mut values);
    8.0 * (values[2] - values[1]) - (values[3] - values[0])
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
    fn the_nearest_root_is_found_on_either_side() {
        let of = |near: f64| nearest_root(1e-12, near, (-9.0, 9.0), |x: f64| (x - 1.0) * (x + 2.0));
        for (near, root) in [(1.2, 1.0), (0.9, 1.0), (-1.7, -2.0), (-2.4, -2.0), (1.0, 1.0), (8.0, 1.0)] {
            assert!((of(near).unwrap() - root).abs() < 1e-11, "{near}");
        }
        assert_eq!(nearest_root(1e-12, 0.0, (-9.0, 9.0), |x| x * x + 1.0), None);
    }

    #[test]
    fn minima_are_found_inside_and_at_ends() {
        let cosh = |x: &[f64], y: &mut [f64]| x.iter().zip(y).for_each(|(x, y)| *y = (x - 7.3).cosh());
        let of = |low, high, near| least(low, high, near, cosh);
        for near in [None, Some(7.0), Some(30.0), Some(59.9)] {
            assert!((of(0.0, 60.0, near) - 7.3).abs() < 1e-11, "{near:?}");
        }
        let waves = |x: &[f64], y: &mut [f64]| {
            x.iter().zip(y).for_each(|(x, y)| *y = 0.01 * (x - 3.0).powi(2) + x.cos());
        };
        // The minima lie near π and 3π; the first is the lower: .02 (x - 3) = sin x there.
        assert!((least_of_several(-6.0, 12.0, 0.6, waves) - 3.138_814_9).abs() < 1e-5);
        assert_eq!(least_of_several(4.5, 5.0, 0.6, |x, y| y.copy_from_slice(x)), 4.5);
        assert_eq!((of(8.0, 60.0, None), of(0.0, 2.0, None), of(5.0, 5.0, None)), (8.0, 2.0, 5.0));
    }
}
