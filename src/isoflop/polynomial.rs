//! A polynomial through the losses of one budget, and where it is least.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::numeric::cholesky::{cholesky, cholesky_solve};

/// Sizes whose logarithms are closer are one.
pub(super) const SAME: f64 = 1e-6;

/// How many different sizes there are.
pub(super) fn different(x: &[f64]) -> usize {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup_by(|a, b| (*a - *b).abs() < SAME);
    sorted.len()
}

/// Student's quantile of a two-sided interval; infinite where there is no freedom, not a number where there is no level.
pub(super) fn students_t(level: f64, freedom: f64) -> f64 {
    if level.is_nan() {
        return f64::NAN;
    }
    if !(freedom > 0.0) {
        return f64::INFINITY;
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| t.inverse_cdf(0.5 * (1.0 + level)))
}

/// A least-squares polynomial in `z = (x - centre)/scale`, which runs from -1 to 1.
pub(super) struct Polynomial {
    pub(super) centre: f64,
    pub(super) scale: f64,
    /// Of 1, z, z², …
    pub(super) of: Vec<f64>,
    /// The Cholesky factor of the normal equations.
    factor: Vec<f64>,
    /// Rows less coefficients.
    pub(super) freedom: usize,
    /// Residual variance; not a number without freedom.
    pub(super) variance: f64,
}

/// A place in x, its variance and the freedom of that, and its interval.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) at: f64,
    pub(super) variance: f64,
    pub(super) freedom: f64,
    pub(super) interval: [f64; 2],
}

impl Polynomial {
    /// None where there are fewer different x than coefficients.
    pub(super) fn through(x: &[f64], y: &[f64], coefficients: usize) -> Option<Self> {
        if different(x) < coefficients {
            return None;
        }
        let [low, high] = ends(x);
        let (centre, scale) = (0.5 * (low + high), 0.5 * (high - low));
        let p = coefficients;
        let (mut factor, mut of) = (vec![0.0; p * p], vec![0.0; p]);
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let basis = |x: f64| {
            let z = (x - centre) / scale;
            (0..p).map(move |k| z.powi(k as i32))
        };
        for (x, y) in x.iter().zip(y) {
            let row: Vec<f64> = basis(*x).collect();
            for i in 0..p {
                of[i] += row[i] * (y - mean);
                (0..p).for_each(|j| factor[i * p + j] += row[i] * row[j]);
            }
        }
        if !cholesky(&mut factor, p) {
            return None;
        }
        cholesky_solve(&factor, &mut of);
        let value = |x: f64| basis(x).zip(&of).map(|(z, c)| z * c).sum::<f64>();
        let squares: f64 = x.iter().zip(y).map(|(x, y)| (y - mean - value(*x)).powi(2)).sum();
        let freedom = x.len() - p;
        let variance = if freedom > 0 { squares / freedom as f64 } else { f64::NAN };
        of[0] += mean;
        Some(Self { centre, scale, of, factor, freedom, variance })
    }

    /// The variance of `a · coefficients` and of it with `b`.
    fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        let mut solved = b.to_vec();
        cholesky_solve(&self.factor, &mut solved);
        self.variance * a.iter().zip(&solved).map(|(a, b)| a * b).sum::<f64>()
    }

    /// The p-value of the last coefficient: how often noise alone makes one as far from 0.
    pub(super) fn last_is_noise(&self) -> Option<f64> {
        let mut last = vec![0.0; self.of.len()];
        *last.last_mut()? = 1.0;
        let t = self.of.last()? / self.covariance(&last, &last).sqrt();
        let student = StudentsT::new(0.0, 1.0, self.freedom as f64).ok()?;
        (!t.is_nan()).then(|| 2.0 * student.sf(t.abs()))
    }

    /// Where a parabola is least, with Fieller's interval: all places at which the slope is no farther from 0 than its own error allows.
    /// Its ends are infinite where the curvature is not above its noise. None where it has no minimum.
    pub(super) fn least(&self, level: f64) -> Option<Place> {
        let (b, c) = (self.of[1], self.of[2]);
        if !(c > 0.0) {
            return None;
        }
        let z = -b / (2.0 * c);
        let by = [0.0, -0.5 / c, -z / c];
        let variance = self.covariance(&by, &by);
        let (first, second) = ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0]);
        let t = students_t(level, self.freedom as f64).powi(2);
        let noise = [
            self.covariance(&first, &first),
            self.covariance(&first, &second),
            self.covariance(&second, &second),
        ]
        .map(|v| t * v);
        let [q0, q1, q2] = [b * b - noise[0], 4.0 * (b * c - noise[1]), 4.0 * (c * c - noise[2])];
        let interval = if self.freedom == 0 {
            [f64::NAN; 2]
        } else if q2 > 0.0 {
            let root = (q1 * q1 - 4.0 * q0 * q2).max(0.0).sqrt();
            [-1.0, 1.0].map(|sign| (-q1 + sign * root) / (2.0 * q2))
        } else {
            [f64::NEG_INFINITY, f64::INFINITY]
        };
        Some(Place {
            at: self.centre + self.scale * z,
            variance: self.scale * self.scale * variance,
            freedom: self.freedom as f64,
            interval: interval.map(|z| self.centre + self.scale * z),
        })
    }

    /// How far the minimum of a parabola moves with the y of each of its rows, to first order.
    pub(super) fn pulls(&self, x: &[f64]) -> Vec<f64> {
        let (b, c) = (self.of[1], self.of[2]);
        let mut by = [0.0, -0.5 / c, 0.5 * b / (c * c)];
        cholesky_solve(&self.factor, &mut by);
        let pull = |x: &f64| {
            let z = (x - self.centre) / self.scale;
            self.scale * (by[0] + by[1] * z + by[2] * z * z)
        };
        x.iter().map(pull).collect()
    }

    /// The value of a parabola where it is least.
    pub(super) fn least_value(&self) -> f64 {
        self.of[0] - self.of[1] * self.of[1] / (4.0 * self.of[2])
    }

    /// Where a cubic has its local minimum, within the rows.
    pub(super) fn least_of_cubic(&self) -> Option<f64> {
        let [b, c, d] = [self.of[1], self.of[2], self.of[3]];
        let root = (c * c - 3.0 * b * d).sqrt();
        // The root of b + 2 c z + 3 d z² at which the slope rises; this form holds for d = 0.
        let z = -b / (c + root);
        (z.abs() < 1.0).then_some(self.centre + self.scale * z)
    }
}

/// The least and greatest.
pub(super) fn ends(x: &[f64]) -> [f64; 2] {
    x.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(*x), high.max(*x)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minima_of_exact_curves_are_found_and_noise_is_told_from_a_cubic() {
        let x: Vec<f64> = (0..9).map(|i| 18.0 + 0.4 * f64::from(i)).collect();
        let of = |c: f64| {
            x.iter().map(|x| 2.5 + 0.1 * (x - 19.3).powi(2) + c * (x - 19.3).powi(3)).collect::<Vec<_>>()
        };
        let exact = Polynomial::through(&x, &of(0.0), 3).unwrap();
        let place = exact.least(0.95).unwrap();
        assert!((place.at - 19.3).abs() < 1e-12 && (exact.least_value() - 2.5).abs() < 1e-12, "{place:?}");
        assert!(place.interval[1] - place.interval[0] < 1e-6, "{place:?}");
        for c in [0.0, 0.01, -0.005] {
            let cubic = Polynomial::through(&x, &of(c), 4).unwrap();
            assert!((cubic.least_of_cubic().unwrap() - 19.3).abs() < 1e-9, "{c}");
        }
        assert!(Polynomial::through(&x, &of(0.01), 4).unwrap().last_is_noise().unwrap() < 1e-9);
        // A hill has no minimum, and three sizes leave no freedom.
        let hill: Vec<f64> = of(0.0).iter().map(|y| -y).collect();
        assert!(Polynomial::through(&x, &hill, 3).unwrap().least(0.95).is_none());
        let three = Polynomial::through(&x[..3], &of(0.0)[..3], 3).unwrap().least(0.95).unwrap();
        assert!(three.interval[0].is_nan() && three.variance.is_nan());
        assert!(Polynomial::through(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0], 3).is_none());
    }
}
