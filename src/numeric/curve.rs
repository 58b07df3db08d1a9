//! Minima and roots of smooth functions of one variable, by two derivatives.

use super::roots::{root_between, root_to};

/// The most points that are asked for at once.
pub(crate) const FIRST: usize = 64;
/// A minimum is looked for this near to a guess, before it is looked for everywhere.
const NEAR: f64 = 3.0;
/// Steps of Newton's and Halley's methods, at the most.
const STEPS: usize = 8;
/// After a step of Newton's method the rest is about its square: a minimum is known to 1e-12, and the least of several to 1e-6.
const FINE: f64 = 1e-6;
const ROUGH: f64 = 1e-3;
/// Values that differ by less are one but for rounding.
const ROUNDED: f64 = 1e-14;
/// What a minimum is known to where Newton's method fails.
const MINIMUM: f64 = 1e-12;
/// A crossing is looked for up to so many times as far from a start as it was expected; and the first step where nothing is.
const REACH: f64 = 2.0;
const STEP: f64 = 0.5;

/// A value of a function, its slope and its curvature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Jet {
    pub(crate) value: f64,
    pub(crate) slope: f64,
    pub(crate) curvature: f64,
}

impl Jet {
    /// The step to the least of the parabola, and its value there; none where that does not curve upwards.
    pub(crate) fn towards_least(self) -> Option<(f64, f64)> {
        let step = -self.slope / self.curvature;
        (self.curvature > 0.0).then_some((step, self.value + 0.5 * self.slope * step))
    }

    pub(crate) fn minus(self, value: f64) -> Self {
        Self { value: self.value - value, ..self }
    }

    /// A step of Halley's method towards a root.
    pub(crate) fn towards_root(self) -> f64 {
        let newton = -self.value / self.slope;
        newton / (1.0 + 0.5 * newton * self.curvature / self.slope)
    }
}

/// The slope between values one and two steps off on both sides, in their order: its error is of the fourth power of the step.
pub(crate) fn central_slope([a, b, c, d]: [f64; 4], step: f64) -> f64 {
    (8.0 * (c - b) - (d - a)) / (12.0 * step)
}

/// A function of one variable.
pub(crate) trait Curve {
    /// Values at some points.
    fn values(&mut self, at: &[f64], out: &mut [f64]);
    fn jet(&mut self, at: f64) -> Jet;

    fn value(&mut self, at: f64) -> f64 {
        let mut value = [0.0];
        self.values(&[at], &mut value);
        value[0]
    }
}

/// Where a function is least between `low` and `high`: where its slope is 0, near the guess, if there is one there, else
/// between the neighbours of the least of many evenly spread points.
pub(crate) fn least(low: f64, high: f64, near: Option<f64>, of: &mut impl Curve) -> f64 {
    if let Some(near) = near
        && let (from, to) = (near - NEAR, near + NEAR)
        && from > low
        && to < high
    {
        if let Some(at) = newton(near, FINE, of) {
            return at;
        }
        let at = root_to(MINIMUM, from, to, |x| of.jet(x).slope);
        if at > from && at < to {
            return at;
        }
    }
    let (mut points, mut values) = ([0.0; FIRST], [0.0; FIRST]);
    spread(low, high, &mut points);
    of.values(&points, &mut values);
    let best = (0..FIRST).min_by(|i, j| values[*i].total_cmp(&values[*j])).unwrap_or(0);
    let about = best.saturating_sub(1)..=(best + 1).min(FIRST - 1);
    if about.into_iter().any(|place| values[place].is_infinite()) {
        // Where it has no value it has no minimum: what is between is looked at more closely.
        let Some((low, high)) = about_known((low, high), of) else { return points[FIRST / 2] };
        spread(low, high, &mut points);
        of.values(&points, &mut values);
    }
    let best = (0..FIRST).min_by(|i, j| values[*i].total_cmp(&values[*j])).unwrap_or(0);
    let ends = [best.saturating_sub(1), (best + 1).min(FIRST - 1)].map(|i| points[i]);
    let at = root_to(MINIMUM, ends[0], ends[1], |x| of.jet(x).slope);
    // Where the slope has a jump, or is not known, values alone tell.
    let own = of.jet(at);
    let is_least = own.value <= values[best] + ROUNDED * values[best].abs() && !own.slope.is_nan();
    if is_least { at } else { golden(ends, of) }
}

/// The ends of where a function has values, about the least of many; none where it has none.
fn about_known((low, high): (f64, f64), of: &mut impl Curve) -> Option<(f64, f64)> {
    const PARTS: usize = 16;
    const HALVES: usize = 40;
    let width = (high - low) / PARTS as f64;
    let (mut points, mut values) = (vec![0.0; PARTS * FIRST], vec![0.0; PARTS * FIRST]);
    for part in 0..PARTS {
        let own = part * FIRST..(part + 1) * FIRST;
        let from = low + width * part as f64;
        spread(from, from + width, &mut points[own.clone()]);
        of.values(&points[own.clone()], &mut values[own]);
    }
    let is_known = |place: usize| values.get(place).is_some_and(|value| value.is_finite());
    let best =
        (0..values.len()).min_by(|i, j| values[*i].total_cmp(&values[*j])).filter(|best| is_known(*best))?;
    let first = (0..=best).rev().take_while(|place| is_known(*place)).last()?;
    let last = (best..values.len()).take_while(|place| is_known(*place)).last()?;
    let mut edge = |known: usize, unknown: Option<usize>| {
        let Some(unknown) = unknown else { return points[known] };
        let (mut inside, mut outside) = (points[known], points[unknown]);
        for _ in 0..HALVES {
            let middle = 0.5 * (inside + outside);
            *(if of.value(middle).is_finite() { &mut inside } else { &mut outside }) = middle;
        }
        inside
    };
    let low = edge(first, first.checked_sub(1));
    Some((low, edge(last, Some(last + 1).filter(|place| *place < points.len()))))
}

/// The least of what falls and rises between two ends, from values alone.
fn golden([mut low, mut high]: [f64; 2], of: &mut impl Curve) -> f64 {
    const SHARE: f64 = 0.381_966_011_250_105_1;
    let inside = |low: f64, high: f64| [low + SHARE * (high - low), high - SHARE * (high - low)];
    let mut places = inside(low, high);
    let mut values = places.map(|x| of.value(x));
    while high - low > FINE {
        // The other half of the golden section is the next one's.
        if values[0] <= values[1] {
            high = places[1];
            places = inside(low, high);
            values = [of.value(places[0]), values[0]];
        } else {
            low = places[0];
            places = inside(low, high);
            values = [values[1], of.value(places[1])];
        }
    }
    if values[0] <= values[1] { places[0] } else { places[1] }
}

/// The least of a function that may have several minima some so far apart: between the neighbours of the least of evenly spread
/// points, to 1e-6. Also by how much the function is above it beyond these neighbours. An end that is `open`, where the function
/// goes on, is the least only where there is no minimum before it.
pub(crate) fn least_of_several(
    (low, high): (f64, f64),
    open: [bool; 2],
    apart: f64,
    of: &mut impl Curve,
) -> (f64, f64) {
    let count = (((high - low) / apart).ceil() as usize + 1).clamp(3, FIRST);
    let (mut points, mut values) = ([0.0; FIRST], [0.0; FIRST]);
    spread(low, high, &mut points[..count]);
    let step = points[1] - points[0];
    of.values(&points[..count], &mut values[..count]);
    // The ends, and the parabolas through each of the others that is least among three.
    let ends = [0, count - 1].map(|i| (i, points[i], values[i]));
    let inside = (1..count - 1).filter_map(|i| {
        let [before, own, behind] = [values[i - 1], values[i], values[i + 1]];
        let offset = 0.5 * (before - behind) / (before - own + (behind - own));
        let is_least = own <= before && own <= behind && before + behind > 2.0 * own;
        is_least.then(|| (i, points[i] + offset * step, own - 0.25 * (before - behind) * offset))
    });
    let lower = |a: &(usize, f64, f64), b: &(usize, f64, f64)| a.2.total_cmp(&b.2);
    let closed = ends.into_iter().zip(open).filter(|(_, open)| !open).map(|(end, _)| end);
    let least = closed.chain(inside).min_by(lower).or_else(|| ends.into_iter().min_by(lower));
    let (best, guess, value) = least.unwrap_or((0, low, f64::NAN));
    let elsewhere = values[..count].iter().enumerate().filter(|(i, _)| i.abs_diff(best) > 1);
    let gap = elsewhere.fold(f64::INFINITY, |gap, (_, other)| gap.min(other - value));
    if best == 0 || best + 1 == count {
        return (points[best], gap);
    }
    let (from, to) = (points[best - 1], points[best + 1]);
    let at = newton(guess, ROUGH, of).filter(|at| *at > from && *at < to);
    (at.unwrap_or_else(|| root_to(ROUGH * ROUGH, from, to, |x| of.jet(x).slope)), gap)
}

/// The minimum near a guess, to 1e-6; none if there is none near it.
pub(crate) fn minimum_near(guess: f64, of: &mut impl Curve) -> Option<f64> {
    newton(guess, ROUGH, of)
}

/// Points from one end to the other, evenly spread.
fn spread(low: f64, high: f64, points: &mut [f64]) {
    let last = points.len() - 1;
    let step = (high - low) / last as f64;
    points
        .iter_mut()
        .enumerate()
        .for_each(|(i, x)| *x = if i == last { high } else { low + step * i as f64 });
}

/// Newton's method for the slope, from a guess, to a step that small. None if it does not settle near it on a minimum.
fn newton(guess: f64, small: f64, of: &mut impl Curve) -> Option<f64> {
    let mut x = guess;
    for _ in 0..STEPS {
        let (step, _) = of.jet(x).towards_least()?;
        x += step;
        if !((x - guess).abs() <= NEAR) {
            return None;
        }
        if step.abs() <= small {
            return Some(x);
        }
    }
    None
}

/// Where a function comes to a level, from a start that is not at it towards an end, near a guess: by Halley's method, the rest after a step
/// being about its cube. None where that turns round, or goes far beyond the guess.
pub(crate) fn crossing_near(
    of: &mut impl Curve,
    (tolerance, level): (f64, f64),
    (start, own): (f64, Jet),
    (guess, end): (f64, f64),
) -> Option<f64> {
    let sign = (end - start).signum();
    let (farthest, rising) = (REACH * (guess - start).abs(), sign * (level - own.value).signum());
    let is_between = |x: f64| sign * (x - start) > 0.0 && sign * (end - x) > 0.0;
    let mut x = guess;
    for _ in 0..STEPS {
        if !is_between(x) || (x - start).abs() > farthest {
            return None;
        }
        let jet = of.jet(x).minus(level);
        if !(rising * jet.slope > 0.0) {
            return None;
        }
        let step = jet.towards_root();
        x += step;
        if step.abs() <= 0.5 * tolerance.cbrt() {
            return is_between(x).then_some(x);
        }
    }
    None
}

/// The same in steps that double, the first that reaches it; none if the end does not.
pub(crate) fn first_crossing(
    of: &mut impl Curve,
    (tolerance, level): (f64, f64),
    (start, own): (f64, f64),
    end: f64,
) -> Option<f64> {
    let (sign, up) = ((end - start).signum(), (level - own).signum());
    let (mut points, mut values) = ([end; FIRST], [0.0; FIRST]);
    let (mut at, mut step, mut count) = (start, STEP, 1);
    while count < FIRST && sign * (end - at - sign * step) > 0.0 {
        at += sign * step;
        points[count - 1] = at;
        (step, count) = (2.0 * step, count + 1);
    }
    of.values(&points[..count], &mut values[..count]);
    let outside = values[..count].iter().position(|value| up * (value - level) >= 0.0)?;
    let (inside, of_inside) = match outside {
        0 => (start, own),
        _ => (points[outside - 1], values[outside - 1]),
    };
    let ends = [of_inside, values[outside]].map(|value| up * (value - level));
    Some(root_between(tolerance, [inside, points[outside]], ends, |x| up * (of.value(x) - level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function and its two derivatives.
    struct Of<F>(F);

    impl<F: Fn(f64) -> [f64; 3]> Curve for Of<F> {
        fn values(&mut self, at: &[f64], out: &mut [f64]) {
            at.iter().zip(out).for_each(|(x, y)| *y = self.0(*x)[0]);
        }

        fn jet(&mut self, at: f64) -> Jet {
            let [value, slope, curvature] = self.0(at);
            Jet { value, slope, curvature }
        }
    }

    #[test]
    fn minima_are_found_inside_and_at_ends() {
        let mut cosh = Of(|x: f64| [(x - 7.3).cosh(), (x - 7.3).sinh(), (x - 7.3).cosh()]);
        let mut of = |low, high, near| least(low, high, near, &mut cosh);
        for near in [None, Some(7.0), Some(30.0), Some(59.9)] {
            assert!((of(0.0, 60.0, near) - 7.3).abs() < 1e-11, "{near:?}");
        }
        assert_eq!((of(8.0, 60.0, None), of(0.0, 2.0, None), of(5.0, 5.0, None)), (8.0, 2.0, 5.0));
        // A kink, whose slope jumps, and a fall from where there is nothing.
        let mut kink = Of(|x: f64| [(x - 5.1).abs(), (x - 5.1).signum(), 0.0]);
        assert!((least(0.0, 60.0, None, &mut kink) - 5.1).abs() < 2.0 * FINE);
        let edge = |x: f64| if x < 4.0 { f64::INFINITY } else { (x - 4.4).powi(2) };
        let mut edge = Of(|x: f64| [edge(x), f64::NAN, f64::NAN]);
        assert!((least(0.0, 60.0, None, &mut edge) - 4.4).abs() < 1e-3);
        // A window narrower than the steps, in which it has values at all.
        let narrow = |x: f64| if (x - 4.43).abs() < 0.06 { (x - 4.45).powi(2) } else { f64::INFINITY };
        let mut narrow = Of(|x: f64| [narrow(x), 2.0 * (x - 4.45), 2.0]);
        assert!((least(0.0, 60.0, None, &mut narrow) - 4.45).abs() < 1e-6);
        let mut waves =
            Of(|x: f64| [0.01 * (x - 3.0).powi(2) + x.cos(), 0.02 * (x - 3.0) - x.sin(), 0.02 - x.cos()]);
        // The minima lie near π and 3π; the first is the lower: .02 (x - 3) = sin x there.
        let (at, gap) = least_of_several((-6.0, 12.0), [false; 2], 0.6, &mut waves);
        assert!((at - 3.138_814_9).abs() < 1e-5 && gap > 0.2 && gap < 0.4, "{at} {gap}");
        let mut line = Of(|x| [x, 1.0, 0.0]);
        assert_eq!(least_of_several((4.5, 5.0), [true; 2], 0.6, &mut line), (4.5, 0.5));
        // Falls beyond -2, where the cube takes over.
        let mut cubic = Of(|x: f64| [x * x + x.powi(3) / 3.0, 2.0 * x + x * x, 2.0 + 2.0 * x]);
        let mut of = |open: bool| least_of_several((-5.0, 3.0), [open, false], 0.6, &mut cubic).0;
        assert!(of(true).abs() < 1e-6 && of(false) == -5.0);
    }

    #[test]
    fn crossings_are_found_on_either_side_and_none_beyond_the_end() {
        let mut square = Of(|x: f64| [x * x, 2.0 * x, 2.0]);
        let own = square.jet(0.5);
        let mut both = |guess: f64, end: f64| {
            let near = crossing_near(&mut square, (1e-10, 4.0), (0.5, own), (guess, end));
            (near, first_crossing(&mut square, (1e-10, 4.0), (0.5, own.value), end))
        };
        for (guess, root) in [(1.5, 2.0), (3.0, 2.0), (-1.4, -2.0)] {
            let (near, first) = both(guess, 9.0 * guess);
            assert!((near.unwrap() - root).abs() < 1e-9 && (first.unwrap() - root).abs() < 1e-9, "{guess}");
        }
        // Too far, on the other side, no number, and ends before it.
        for (guess, end) in [(0.6, 9.0), (0.4, 9.0), (f64::NAN, 9.0)] {
            let (near, first) = both(guess, end);
            assert!(near.is_none() && (first.unwrap() - 2.0).abs() < 1e-9, "{guess}");
        }
        assert_eq!((both(1.5, 1.9), both(1.5, 0.5)), ((None, None), (None, None)));
    }
}
