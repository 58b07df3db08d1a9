//! Quantiles of the sum of two independent discrete quantities.

/// Pairs that are left between two ends, over all values, before they are made one by one: to sort them takes longer than to halve them again.
const LEFT: f64 = 1.0 / 16.0;
/// Steps of a walk that take as long as a search does.
const SEARCH: usize = 32;
/// So many are made in any case.
const FEW: usize = 64;

/// Values in their order, each with the sum of the weights up to it.
#[derive(Debug, Clone)]
pub(crate) struct Weighted(Vec<(f64, f64)>);

impl Weighted {
    /// Of values and weights.
    pub(crate) fn new(mut values: Vec<(f64, f64)>) -> Self {
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut total = 0.0;
        for (_, weight) in &mut values {
            total += *weight;
            *weight = total;
        }
        Self(values)
    }
}

/// The least x, to rounding, at which the sum of one of `first`, which are in order and as likely each, and one of `second`, as
/// likely as its weight, is at most x with probability `p`. Every pair counts, but only those near x are made: the pairs
/// below an x are counted in one pass over both.
pub(crate) fn sum_quantile(first: &[f64], Weighted(second): &Weighted, p: f64) -> f64 {
    let total = second.last().map_or(0.0, |(_, total)| *total);
    let wanted = p * total * first.len() as f64;
    let is_walked = first.len() * SEARCH > second.len();
    // The weight of all pairs up to an x, and how many of `second` are up to it for each of `first`.
    let up_to = |x: f64| {
        let (mut below, mut weight, mut pairs) = (second.len(), 0.0, 0);
        for value in first {
            if is_walked {
                while below > 0 && !(second[below - 1].0 <= x - value) {
                    below -= 1;
                }
            } else {
                below = second[..below].partition_point(|(other, _)| *other <= x - value);
            }
            if below == 0 {
                break;
            }
            weight += second[below - 1].1;
            pairs += below;
        }
        (weight, pairs)
    };
    let ends = |count: usize, value: &dyn Fn(usize) -> f64| {
        let finite = || (0..count).map(value).filter(|x| x.is_finite());
        Some([finite().next()?, finite().next_back()?])
    };
    let of_first = ends(first.len(), &|i| first[i]);
    let of_second = ends(second.len(), &|i| second[i].0);
    let (Some(of_first), Some(of_second)) = (of_first, of_second) else { return f64::NAN };
    let (mut low, mut high) = (of_first[0] + of_second[0], of_first[1] + of_second[1]);
    let (mut at_low, mut at_high) = (up_to(low), up_to(high));
    if at_low.0 >= wanted {
        return if first[0] == f64::NEG_INFINITY { f64::NEG_INFINITY } else { low };
    }
    if at_high.0 < wanted && !first[first.len() - 1].is_finite() {
        return first[first.len() - 1];
    }
    let few = FEW + (LEFT * (first.len() + second.len()) as f64) as usize;
    let mut halves = false;
    while at_high.1 - at_low.1 > few {
        // Where a line between both ends has it, and where that leaves more than half, halfway.
        let share = if halves { 0.5 } else { (wanted - at_low.0) / (at_high.0 - at_low.0) };
        let mut middle = low + share * (high - low);
        if middle <= low || middle >= high {
            middle = low + 0.5 * (high - low);
        }
        if middle <= low || middle >= high {
            return high;
        }
        let (at, before) = (up_to(middle), at_high.1 - at_low.1);
        if at.0 >= wanted {
            (high, at_high) = (middle, at);
        } else {
            (low, at_low) = (middle, at);
        }
        halves = !halves && 2 * (at_high.1 - at_low.1) > before;
    }
    nearest(first, second, [low, high], wanted - at_low.0).unwrap_or(high)
}

/// Of the pairs whose sum is above `low` and up to `high`, the sum at which their weight comes to what is wanted.
fn nearest(first: &[f64], second: &[(f64, f64)], [low, high]: [f64; 2], mut wanted: f64) -> Option<f64> {
    let mut pairs = Vec::new();
    for value in first {
        let from = second.partition_point(|(other, _)| *other <= low - value);
        let near = second.iter().enumerate().skip(from);
        for (place, (other, up_to)) in near.take_while(|(_, (other, _))| *other <= high - value) {
            let before = place.checked_sub(1).map_or(0.0, |before| second[before].1);
            pairs.push((value + other, up_to - before));
        }
    }
    pairs.sort_unstable_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
    let reached = pairs.into_iter().find(|(_, weight)| {
        wanted -= weight;
        wanted <= 0.0
    });
    reached.map(|(sum, _)| sum)
}

#[cfg(test)]
mod tests {
    use super::{Weighted, sum_quantile};

    #[test]
    fn it_is_that_of_all_pairs() {
        let mut first: Vec<f64> = (0..40u32).map(|i| f64::from(i * i % 37)).collect();
        first.sort_unstable_by(f64::total_cmp);
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
            let found = sum_quantile(&first, &Weighted::new(second.clone()), p);
            assert!((found - expected).abs() < 1e-12, "{p}: {found} {expected}");
        }
        // Few and many, as of few draws and a long sweep, with gaps and ties.
        let many: Vec<f64> =
            (0..3000u32).map(|i| f64::from(i % 1009) / 7.0 + f64::from(i % 3) * 400.0).collect();
        let few = [-2.0, 0.0, 0.0, 1e-9, 7.5];
        let mut sums: Vec<f64> = few.iter().flat_map(|a| many.iter().map(move |b| a + b)).collect();
        sums.sort_unstable_by(f64::total_cmp);
        let many = Weighted::new(many.into_iter().map(|value| (value, 1.0)).collect());
        for p in [0.0001, 0.003, 0.05, 0.34, 0.5, 0.9, 0.999, 1.0] {
            let expected = sums[(p * sums.len() as f64).ceil() as usize - 1];
            assert_eq!(sum_quantile(&few, &many, p), expected, "{p}");
        }
    }

    #[test]
    fn one_value_is_its_own_quantile_and_what_ran_off_stays_off() {
        let of = |first: &[f64], second: [(f64, f64); 1], p: f64| {
            sum_quantile(first, &Weighted::new(second.to_vec()), p)
        };
        assert_eq!(of(&[2.0, 2.0], [(0.0, 1.0)], 0.95), 2.0);
        assert_eq!(of(&[1.0, f64::INFINITY], [(0.0, 1.0)], 0.95), f64::INFINITY);
        assert_eq!(of(&[1.0, f64::INFINITY], [(0.5, 1.0)], 0.05), 1.5);
        assert_eq!(of(&[f64::NEG_INFINITY, 1.0], [(0.5, 1.0)], 0.05), f64::NEG_INFINITY);
    }
}
