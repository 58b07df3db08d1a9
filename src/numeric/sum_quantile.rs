//! Quantiles of the sum of two independent discrete quantities.

/// The least x, to rounding, at which the sum of one of `first`, each as likely, and one of `second`, as likely as its
/// weight, is at most x with probability `p`. Every pair counts, but none is made: with both in order, the pairs below an x
/// are counted in one pass over both.
pub(crate) fn sum_quantile(first: &[f64], second: &[(f64, f64)], p: f64) -> f64 {
    let (mut first, mut second) = (first.to_vec(), second.to_vec());
    first.sort_unstable_by(f64::total_cmp);
    second.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut total = 0.0;
    for (_, weight) in &mut second {
        total += *weight;
        *weight = total;
    }
    let wanted = p * total * first.len() as f64;
    let is_reached = |x: f64| {
        let (mut below, mut sum) = (second.len(), 0.0);
        for value in &first {
            while below > 0 && !(second[below - 1].0 <= x - value) {
                below -= 1;
            }
            if below == 0 {
                break;
            }
            sum += second[below - 1].1;
        }
        sum >= wanted
    };
    let finite = |values: Vec<f64>| {
        let values = || values.iter().filter(|x| x.is_finite());
        Some([*values().next()?, *values().next_back()?])
    };
    let residuals = second.iter().map(|(value, _)| *value).collect();
    let (Some(ends), Some(residuals)) = (finite(first.clone()), finite(residuals)) else { return f64::NAN };
    let (mut low, mut high) = (ends[0] + residuals[0], ends[1] + residuals[1]);
    if is_reached(low) {
        return if first[0] == f64::NEG_INFINITY { f64::NEG_INFINITY } else { low };
    }
    if !is_reached(high) && !first[first.len() - 1].is_finite() {
        return first[first.len() - 1];
    }
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return high;
        }
        if is_reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sum_quantile;

    #[test]
    fn it_is_that_of_all_pairs() {
        let first: Vec<f64> = (0..40u32).map(|i| f64::from(i * i % 37)).collect();
        let second: Vec<(f64, f64)> =
            (0..9u32).map(|i| (f64::from(i * 5 % 9) / 16.0, f64::from(1 + i % 3))).collect();
        let mut pairs: Vec<f64> = Vec::new();
        for a in &first {
            for (b, weight) in &second {
                pairs.extend((0..*weight as usize).map(|_| a + b));
            }
        }
        pairs.sort_unstable_by(f64::total_cmp);
        for p in [0.003, 0.05, 0.5, 0.9, 0.999] {
            let expected = pairs[(p * pairs.len() as f64).ceil() as usize - 1];
            let found = sum_quantile(&first, &second, p);
            assert!((found - expected).abs() < 1e-12, "{p}: {found} {expected}");
        }
    }

    #[test]
    fn one_value_is_its_own_quantile_and_what_ran_off_stays_off() {
        assert_eq!(sum_quantile(&[2.0, 2.0], &[(0.0, 1.0)], 0.95), 2.0);
        assert_eq!(sum_quantile(&[1.0, f64::INFINITY], &[(0.0, 1.0)], 0.95), f64::INFINITY);
        assert_eq!(sum_quantile(&[1.0, f64::INFINITY], &[(0.5, 1.0)], 0.05), 1.5);
        assert_eq!(sum_quantile(&[f64::NEG_INFINITY, 1.0], &[(0.5, 1.0)], 0.05), f64::NEG_INFINITY);
    }
}
