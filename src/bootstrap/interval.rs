//! From draws to the ends of an interval.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::Interval;
use super::bent::quantiles_with_ends;
use crate::fit::End;
use crate::numeric::statistics::quantiles;

/// Degrees of freedom a run that a quantity rests on. With normal noise and least squares it is 1; a score that is bounded
/// varies less.
const FREEDOM_A_RUN: f64 = 2.0;

/// Student's t of as many degrees of freedom is taken for the normal distribution.
const LIKE_NORMAL: f64 = 1e8;

/// Draws beyond a value that tell how rare it is: their number is known to a third.
const BEYOND: f64 = 10.0;

/// Greatest bias, in standard deviations, that is corrected: with 95 % of the draws on one side of the estimate. Such a bias is beyond what a
/// correction knows of. It does not go by the level, so that intervals of greater levels hold those of lesser ones.
const MOST_BIASED: f64 = 1.645;

/// The runs that a quantity rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RestsOn {
    /// Their effective number.
    pub(super) runs: f64,
    /// What the fit hides of their noise: the standard error without it over that with it.
    pub(super) widening: f64,
}

/// All that an interval is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) kind: Interval,
    pub(super) level: f64,
    /// Degrees of freedom: runs, or whatever was drawn, less parameters; at least one.
    pub(super) freedom: f64,
    /// Whether some of what was drawn has several rows.
    pub(super) clusters: bool,
    /// None where it is not known.
    pub(super) rests_on: Option<RestsOn>,
    /// The estimate with each run left out in turn; only for [`Interval::Bca`].
    pub(super) left_out: &'a [f64],
}

impl RestsOn {
    /// Degrees of freedom, of so many at most.
    pub(super) fn freedom(self, most: f64) -> f64 {
        most.min(FREEDOM_A_RUN * self.runs)
    }
}

impl Basis<'_> {
    /// The interval of `values` about `estimate`. Reorders `values`.
    pub(super) fn interval(&self, estimate: f64, values: &mut [f64]) -> [f64; 2] {
        // What no draw has is not known.
        if values.is_empty() {
            return [f64::NAN; 2];
        }
        let [lower, upper] = self.probabilities(estimate, values);
        let ends = quantiles_with_ends(values, [lower, upper]);
        match self.kind {
            Interval::Corrected | Interval::Bca => [ends[0].min(estimate), ends[1].max(estimate)],
            // What is positive stays so: a count, a loss, or a ratio.
            Interval::Basic if estimate > 0.0 && values.iter().all(|value| *value > 0.0) => {
                [ends[1], ends[0]].map(|end| estimate * (estimate / end))
            }
            Interval::Basic => [2.0 * estimate - ends[1], 2.0 * estimate - ends[0]],
            _ => ends,
        }
    }

    /// The interval of a parameter that is at a bound: it ends there, and on the other side at the quantile that leaves
    /// out 1 - level, widened by Student's t if the kind is. Draws that pile up at the bound say nothing about a bias or
    /// about the other side, so that there is no more to correct by.
    pub(super) fn one_sided(&self, bound: f64, end: End, values: &mut [f64]) -> [f64; 2] {
        let probability = match self.kind {
            Interval::Corrected => Normal::standard().cdf(self.students_t(1.0 - self.level)),
            _ => self.level,
        };
        match end {
            End::Lower => [bound, quantiles(values, [probability; 2])[0]],
            End::Upper => [quantiles(values, [1.0 - probability; 2])[0], bound],
        }
    }

    /// The probabilities of both ends where there is no bias.
    pub(super) fn tails(&self) -> [f64; 2] {
        let tail = 0.5 * (1.0 - self.level);
        let tail = match self.kind {
            Interval::Corrected => Normal::standard().cdf(-self.students_t(tail)),
            _ => tail,
        };
        [tail, 1.0 - tail]
    }

    /// The quantile of Student's t at the upper end.
    pub(super) fn students_t_at_ends(&self) -> f64 {
        self.students_t(0.5 * (1.0 - self.level))
    }

    /// The quantile of Student's t that leaves out `tail`, widened for what the fit hides.
    fn students_t(&self, tail: f64) -> f64 {
        let (freedom, widening) = match self.rests_on {
            Some(on) => (on.freedom(self.freedom), on.widening),
            None => (self.freedom, 1.0),
        };
        let normal = || Normal::standard().inverse_cdf(1.0 - tail);
        // Beyond, they are alike to eight digits, and the search for the quantile need not end.
        let student = StudentsT::new(0.0, 1.0, freedom).ok().filter(|_| freedom < LIKE_NORMAL);
        widening * student.map_or_else(normal, |t| t.inverse_cdf(1.0 - tail))
    }

    /// z₀ as far as [`Interval::Corrected`] corrects by it.
    pub(super) fn correction(&self, estimate: f64, values: &[f64]) -> f64 {
        let bias = bias(estimate, values);
        if self.clusters || bias.abs() > MOST_BIASED { 0.0 } else { bias }
    }

    /// The probabilities of the draws' quantiles that are the ends.
    fn probabilities(&self, estimate: f64, values: &[f64]) -> [f64; 2] {
        let normal = Normal::standard();
        let tail = 0.5 * (1.0 - self.level);
        let z = normal.inverse_cdf(1.0 - tail);
        let both = |of: &dyn Fn(f64) -> f64, z: f64| [normal.cdf(of(-z)), normal.cdf(of(z))];
        match self.kind {
            Interval::Percentile | Interval::Basic => [tail, 1.0 - tail],
            Interval::Corrected => {
                let bias = self.correction(estimate, values);
                both(&|z| 2.0 * bias + z, self.students_t(tail))
            }
            Interval::Bca if bias(estimate, values).abs() > MOST_BIASED => self.tails(),
            Interval::Bca => {
                let (bias, acceleration) = (bias(estimate, values), acceleration(self.left_out));
                both(&|z| bias + (bias + z) / (1.0 - acceleration * (bias + z)), z)
            }
        }
    }
}

/// Efron's z₀: the normal quantile of the share of draws below the estimate, ties counted half.
fn bias(estimate: f64, values: &[f64]) -> f64 {
    Normal::standard().inverse_cdf(share_below(estimate, values))
}

/// The share of some values below another, ties counted half; at least half of one is, and at most all but half.
pub(super) fn share_below(value: f64, values: &[f64]) -> f64 {
    let below = values.iter().filter(|v| **v < value).count() as f64;
    let equal = values.iter().filter(|v| **v == value).count() as f64;
    let n = values.len() as f64;
    ((below + 0.5 * equal) / n).clamp(0.5 / n, 1.0 - 0.5 / n)
}

/// The normal quantile of the share of some values below another. Where fewer than [`BEYOND`] lie on a side, their number tells
/// little of how far beyond them it is: it is then followed along the line from the median through the last value with so many beyond.
pub(super) fn normal_score(value: f64, values: &[f64]) -> f64 {
    let share = share_below(value, values);
    let score = Normal::standard().inverse_cdf(share);
    let tail = BEYOND / values.len() as f64;
    if share.min(1.0 - share) >= tail || tail >= 0.25 {
        return score;
    }
    let known = if share < 0.5 { tail } else { 1.0 - tail };
    let [median, end] = quantiles(&mut values.to_vec(), [0.5, known]);
    let line = Normal::standard().inverse_cdf(known) * ((value - median) / (end - median));
    if line.is_finite() { line } else { score }
}

/// Efron's a: a sixth of the skewness of the estimates with one run left out.
fn acceleration(left_out: &[f64]) -> f64 {
    let mean = left_out.iter().sum::<f64>() / left_out.len().max(1) as f64;
    let cubes: f64 = left_out.iter().map(|x| (mean - x).powi(3)).sum();
    let squares: f64 = left_out.iter().map(|x| (mean - x).powi(2)).sum();
    if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_draw_has_is_not_a_number() {
        for kind in [Interval::Percentile, Interval::Basic, Interval::Corrected, Interval::Bca] {
            let ends = basis(kind, 20, false).interval(1.0, &mut []);
            assert!(ends.iter().all(|end| end.is_nan()), "{kind:?}");
        }
    }

    #[test]
    fn an_interval_reaches_to_its_estimate_wherever_the_draws_are() {
        let values: Vec<f64> = (1..=1000).map(f64::from).collect();
        for kind in [Interval::Corrected, Interval::Bca] {
            let basis = basis(kind, 1000, false);
            // All draws but two are below it, and all but two above.
            let [above, below] = [998.5, 2.5].map(|of| basis.interval(of, &mut values.clone()));
            assert!(above[1] == 998.5 && (45.0..60.0).contains(&above[0]), "{kind:?} {above:?}");
            assert!(below[0] == 2.5 && (940.0..955.0).contains(&below[1]), "{kind:?} {below:?}");
        }
    }

    #[test]
    fn intervals_of_greater_levels_hold_those_of_lesser_ones() {
        let values: Vec<f64> = (0..=1000).map(f64::from).collect();
        for kind in [Interval::Percentile, Interval::Corrected, Interval::Bca] {
            // Draws on one side of the estimate: half of them, and up to all.
            for estimate in [500.0, 750.0, 850.0, 900.0, 940.0, 960.0, 990.0, 1000.5, 120.0, 30.0] {
                let levels = (1..100).map(|percent| f64::from(percent) / 100.0);
                let at =
                    |level| Basis { level, ..basis(kind, 20, false) }.interval(estimate, &mut values.clone());
                let ends: Vec<[f64; 2]> = levels.map(at).collect();
                let nested = ends.windows(2).all(|pair| pair[1][0] <= pair[0][0] && pair[0][1] <= pair[1][1]);
                assert!(nested, "{kind:?} {estimate}");
            }
        }
    }

    fn basis(kind: Interval, groups: u32, clusters: bool) -> Basis<'static> {
        let freedom = f64::from(groups) - 5.0;
        Basis { kind, level: 0.9, freedom, clusters, rests_on: None, left_out: &[1.0, 1.0, 1.0, 3.0] }
    }

    fn draws() -> Vec<f64> {
        (0..=1000).map(|i| f64::from(i) / 1000.0).collect()
    }

    #[test]
    fn on_even_draws_the_kinds_are_their_formulas() {
        let at =
            |kind, groups, clusters, estimate| basis(kind, groups, clusters).interval(estimate, &mut draws());
        let close = |[a, b]: [f64; 2], [c, d]: [f64; 2]| (a - c).abs() < 1e-3 && (b - d).abs() < 1e-3;
        assert!(close(at(Interval::Percentile, 50, false, 0.5), [0.05, 0.95]));
        assert!(close(at(Interval::Basic, 50, false, 0.4), [-0.15, 0.75]));
        // Of draws above 0 in logarithms: .4²/1.95 and .4²/1.05 of draws from 1 to 2.
        let mut above: Vec<f64> = draws().iter().map(|x| 1.0 + x).collect();
        let of_above = basis(Interval::Basic, 50, false).interval(0.4, &mut above);
        assert!(close(of_above, [0.16 / 1.95, 0.16 / 1.05]));
        // Student's t with 5 degrees of freedom: 2.0150, and Φ of it .97805.
        assert!(close(at(Interval::Corrected, 10, true, 0.3), [0.02195, 0.97805]));
        assert!(close(at(Interval::Corrected, 10, false, 0.5), [0.02195, 0.97805]));
        // z₀ = Φ⁻¹(.6) = .25335: Φ(.5067 ∓ 2.0150).
        assert!(close(at(Interval::Corrected, 10, false, 0.6), [0.06574, 0.99417]));
        // a = -6/(6 · 3^1.5) for the left-out 1, 1, 1, 3: the mean is 1.5, Σ(mean - x)³ = -3, Σ(mean - x)² = 3.
        let a = -3.0 / (6.0 * 3f64.powf(1.5));
        let z = 1.644_854;
        let end = |z: f64| Normal::standard().cdf(z / (1.0 - a * z));
        assert!(close(at(Interval::Bca, 50, false, 0.5), [end(-z), end(z)]));
    }

    #[test]
    fn what_lies_beyond_the_draws_is_as_far_as_the_line_of_the_last_of_them_says() {
        let normal = Normal::standard();
        for count in [100, 1000, 10_000] {
            let score = |i: usize| normal.inverse_cdf((i as f64 + 0.5) / count as f64);
            let draws: Vec<f64> = (0..count).map(|i| 7.0 - 0.1 * score(i)).collect();
            for z in [-6.0, -1.0, 0.0, 0.5, 5.0] {
                let found = normal_score(7.0 + 0.1 * z, &draws);
                assert!((found - z).abs() < 0.05 * f64::abs(z) + 0.02, "{count} {z} {found}");
            }
        }
        let open = [vec![f64::INFINITY; 30], vec![1.0; 70]].concat();
        assert_eq!(normal_score(0.5, &open), normal.inverse_cdf(0.005));
    }

    #[test]
    fn few_runs_widen_and_many_do_not() {
        let width = |groups| {
            let [a, b] = basis(Interval::Corrected, groups, true).interval(0.5, &mut draws());
            b - a
        };
        let [a, b] = basis(Interval::Percentile, 9, true).interval(0.5, &mut draws());
        assert!(width(6) > 0.99 && width(10) < width(6) && width(100_000) - (b - a) < 1e-3);
    }
}
