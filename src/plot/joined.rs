//! Smooth curves through values that are costly to work out.

/// Values at further places: through the known ones, nowhere steeper than they are, so that no hump is made up (Fritsch and Carlson 1980).
///
/// `known` are places in rising order with their values. A stretch beside a value that is not finite has that value; between two of them,
/// the first.
pub(super) fn joined(known: &[(f64, f64)], at: &[f64]) -> Vec<f64> {
    let slopes: Vec<f64> =
        known.windows(2).map(|pair| (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)).collect();
    let slope = |k: usize| {
        let (before, after) = (k.checked_sub(1).and_then(|k| slopes.get(k)), slopes.get(k));
        match (before.filter(|s| s.is_finite()), after.filter(|s| s.is_finite())) {
            (Some(a), Some(b)) if a * b > 0.0 => {
                let [h, g] = [known[k].0 - known[k - 1].0, known[k + 1].0 - known[k].0];
                let (v, w) = (2.0 * g + h, g + 2.0 * h);
                (v + w) / (v / a + w / b)
            }
            (Some(_), Some(_)) | (None, None) => 0.0,
            (Some(one), None) | (None, Some(one)) => *one,
        }
    };
    let value = |x: &f64| {
        let k = known.partition_point(|(place, _)| place < x).clamp(1, known.len() - 1) - 1;
        let ((x0, y0), (x1, y1)) = (known[k], known[k + 1]);
        if !(y0.is_finite() && y1.is_finite()) {
            let [at_first, at_last] = [*x <= x0, *x >= x1];
            return if at_first || !(at_last || y0.is_finite()) { y0 } else { y1 };
        }
        let (h, t) = (x1 - x0, ((x - x0) / (x1 - x0)).clamp(0.0, 1.0));
        let (cubed, squared) = (t * t * t, t * t);
        (2.0 * cubed - 3.0 * squared + 1.0) * y0
            + (cubed - 2.0 * squared + t) * h * slope(k)
            + (3.0 * squared - 2.0 * cubed) * y1
            + (cubed - squared) * h * slope(k + 1)
    };
    at.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn curves_meet_what_is_known_and_make_up_no_hump() {
        let known = [(0.0, 1.0), (1.0, 1.0), (3.0, 2.0), (4.0, 5.0), (6.0, 5.5)];
        let at: Vec<f64> = (0..=600).map(|k| f64::from(k) / 100.0).collect();
        let found = joined(&known, &at);
        for (x, y) in known {
            assert!((found[(100.0 * x) as usize] - y).abs() < 1e-12);
        }
        assert!(found.windows(2).all(|pair| pair[1] >= pair[0]) && found[50] == 1.0, "{found:?}");
        let steps = found.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(steps.fold(0.0, f64::max) < 0.05, "no corner, so no jump");
    }

    #[test]
    fn beside_what_has_no_end_there_is_none() {
        let known = [(0.0, 1.0), (1.0, 2.0), (2.0, f64::INFINITY), (3.0, f64::INFINITY)];
        assert_eq!(joined(&known, &[0.0, 1.0, 1.5, 2.5]), [1.0, 2.0, f64::INFINITY, f64::INFINITY]);
    }
}
