//! Variance components of numbers in units in places: how far units of one place scatter, and numbers of one unit.

use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

/// What is left out at each end of an interval.
const TAIL: f64 = 0.025;

/// The numbers of each unit, of each place.
pub(crate) type Places = Vec<Vec<Vec<f64>>>;

/// A mean square with its degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Square {
    pub(crate) mean: f64,
    pub(crate) freedom: usize,
    /// Degrees of freedom of a χ² of the same mean and variance, which are fewer where terms differ in theirs.
    alike: f64,
}

impl Square {
    fn chi(self, p: f64) -> f64 {
        let quantile = ChiSquared::new(self.alike).map(|chi| chi.inverse_cdf(p));
        quantile.unwrap_or(f64::NAN) / self.alike
    }

    /// By how much of itself the variance lies below the mean square, at most.
    fn below(self) -> f64 {
        1.0 - self.chi(1.0 - TAIL).recip()
    }

    /// The same above.
    fn above(self) -> f64 {
        self.chi(TAIL).recip() - 1.0
    }
}

/// Mean squares of numbers in units in places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Nested {
    /// Of the means of units about the mean of their place, all units alike.
    pub(crate) units: Option<Square>,
    /// Of numbers about the mean of their unit.
    pub(crate) within: Option<Square>,
    /// How much of the variance of a number is in that of a unit's mean.
    pub(crate) share: f64,
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

fn squares(of: &[f64]) -> f64 {
    let middle = mean(of);
    of.iter().map(|x| (x - middle).powi(2)).sum()
}

/// Degrees of freedom of the units' squares, whose means have these variances (Satterthwaite 1946): of a place with k units the squares have the mean
/// `(1 - 1/k) Σ v` and the variance `2 ((1 - 2/k) Σ v² + (Σ v)²/k²)`. None where there is no variance.
fn alike(places: &Places, variance: impl Fn(&[f64]) -> f64) -> Option<f64> {
    let (mut mean, mut spread) = (0.0, 0.0);
    for units in places {
        let k = units.len() as f64;
        let variances = || units.iter().map(|unit| variance(unit));
        let (sum, squares): (f64, f64) = (variances().sum(), variances().map(|v| v * v).sum());
        mean += (1.0 - 1.0 / k) * sum;
        spread += (1.0 - 2.0 / k) * squares + (sum / k).powi(2);
    }
    (spread > 0.0).then(|| mean * mean / spread)
}

impl Nested {
    /// Mean squares by the method of unweighted means (Thomas and Hultquist 1978): of k units with m numbers each the squares of the
    /// units have the expectation `(k - 1) σ_u² + (1 - 1/k) σ² Σ 1/m`.
    pub(crate) fn of(places: &Places) -> Self {
        let numbers = || places.iter().flatten();
        let freedom: usize = numbers().map(|unit| unit.len() - 1).sum();
        let square = |sum: f64, freedom: usize| {
            (freedom > 0).then(|| Square { mean: sum / freedom as f64, freedom, alike: freedom as f64 })
        };
        let within = square(numbers().map(|unit| squares(unit)).sum(), freedom);
        let freedom: usize = places.iter().map(|units| units.len() - 1).sum();
        let means = |units: &[Vec<f64>]| squares(&units.iter().map(|unit| mean(unit)).collect::<Vec<f64>>());
        let between = square(places.iter().map(|units| means(units)).sum(), freedom);
        let of_place = |units: &Vec<Vec<f64>>| {
            let inverse: f64 = units.iter().map(|unit| 1.0 / unit.len() as f64).sum();
            (1.0 - 1.0 / units.len() as f64) * inverse
        };
        let share = places.iter().map(of_place).sum::<f64>() / freedom as f64;
        let mut nested = Self { units: between, within, share };
        if let (Some((of_units, _)), Some(Square { mean: own, .. })) = (nested.of_units(), within) {
            let alike = alike(places, |unit| of_units + own / unit.len() as f64);
            nested.units = between.map(|square| Square { alike: alike.unwrap_or(square.alike), ..square });
        }
        nested
    }

    /// The variance of units and its 95 % interval, both at least 0.
    pub(crate) fn of_units(&self) -> Option<(f64, [f64; 2])> {
        let units = self.units?;
        match self.within {
            None => Some((units.mean, ends(units))),
            Some(within) => {
                let (value, [low, high]) = difference(units, within, self.share);
                Some((value.max(0.0), [low.max(0.0), high.max(0.0)]))
            }
        }
    }

    /// The variance of numbers of one unit and its interval.
    pub(crate) fn of_numbers(&self) -> Option<(f64, [f64; 2])> {
        self.within.map(|within| (within.mean, ends(within)))
    }

    /// The variance of a number of a new unit and its interval; none where units are not told from each other.
    pub(crate) fn of_both(&self) -> Option<(f64, [f64; 2])> {
        let (units, share) = (self.units?, 1.0 - self.share);
        let Some(within) = self.within else { return Some((units.mean, ends(units))) };
        // A sum of mean squares (Graybill and Wang 1980).
        let (a, b) = (units.mean, share * within.mean);
        let far = |of: fn(Square) -> f64| ((of(units) * a).powi(2) + (of(within) * b).powi(2)).sqrt();
        Some((a + b, [a + b - far(Square::below), a + b + far(Square::above)]))
    }
}

/// The interval of the variance of normal numbers.
fn ends(square: Square) -> [f64; 2] {
    [square.mean * (1.0 - square.below()), square.mean * (1.0 + square.above())]
}

/// `a - c b` of two mean squares and its interval (Ting, Burdick, Graybill, Jeyaratnam and Lu 1990).
fn difference(a: Square, b: Square, c: f64) -> (f64, [f64; 2]) {
    let fisher = |p: f64| FisherSnedecor::new(a.alike, b.alike).map_or(f64::NAN, |f| f.inverse_cdf(p));
    let (first, second) = (a.mean, c * b.mean);
    let far = |own: f64, other: f64, f: f64| {
        let mixed = ((f - 1.0).powi(2) - (own * f).powi(2) - other.powi(2)) / f;
        let square = (own * first).powi(2) + (other * second).powi(2) + mixed * first * second;
        square.max(0.0).sqrt()
    };
    let low = first - second - far(a.below(), b.above(), fisher(1.0 - TAIL));
    let high = first - second + far(a.above(), b.below(), fisher(TAIL));
    (first - second, [low, high])
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};

    use super::*;

    /// Two places: of two units with two numbers each, and of one unit with three.
    #[test]
    fn mean_squares_are_those_by_hand() {
        let places = vec![vec![vec![1.0, 3.0], vec![5.0, 5.0]], vec![vec![0.0, 1.0, 2.0]]];
        let nested = Nested::of(&places);
        // Within: 2 + 0 + 2 of 1 + 1 + 2. Means 2 and 5 lie 1.5 to either side.
        assert_eq!(nested.within, Some(Square { mean: 1.0, freedom: 4, alike: 4.0 }));
        // Of two means nothing but their difference is left.
        assert_eq!(nested.units, Some(Square { mean: 4.5, freedom: 1, alike: 1.0 }));
        assert_eq!(nested.share, 0.5);
        assert_eq!(nested.of_units().unwrap().0, 4.0);
        assert_eq!(nested.of_both().unwrap().0, 5.0);
    }

    /// Pairs have one degree of freedom each, and one unit alone none. Three have what the traces of C V and of its square say, C taking off the mean.
    #[test]
    fn units_that_differ_in_their_variance_have_fewer_degrees_of_freedom() {
        let unit = |variance: f64| vec![variance];
        let of = |places: Places| alike(&places, |unit| unit[0]).unwrap();
        let pair = || vec![unit(4.0), unit(1.0)];
        assert!((of(vec![pair(), pair(), pair(), vec![unit(9.0)]]) - 3.0).abs() < 1e-12);
        let c = DMatrix::from_fn(3, 3, |i, j| f64::from(u8::from(i == j)) - 1.0 / 3.0);
        let cv = c * DMatrix::from_diagonal(&DVector::from_column_slice(&[1.0, 1.0, 4.0]));
        let expected = cv.trace().powi(2) / (&cv * &cv).trace();
        assert!(expected < 1.7 && (of(vec![[1.0, 1.0, 4.0].map(unit).to_vec()]) - expected).abs() < 1e-12);
    }

    /// The lower end is 0 exactly where Fisher's F says that units do not differ, and the upper one likewise.
    #[test]
    fn the_interval_of_a_difference_ends_at_0_where_the_test_says_so() {
        let [a, b] = [11, 24].map(|freedom| Square { mean: 1.0, freedom, alike: freedom as f64 });
        let fisher = FisherSnedecor::new(11.0, 24.0).unwrap();
        for (end, p) in [(0, 1.0 - TAIL), (1, TAIL)] {
            let at = Square { mean: 0.5 * fisher.inverse_cdf(p), ..a };
            let (_, ends) = difference(at, b, 0.5);
            assert!(ends[end].abs() < 1e-6, "{ends:?}");
        }
    }
}
