//! What intervals are worth: curves are stopped earlier, and what came is compared with the forecasts.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Annealing;
use super::curve::Curve;
use super::family::Told;
use super::laws::Found;

/// How many tries the model's own errors count for, beside those that were made.
const BEFORE: f64 = 4.0;
/// Finished runs that are tried in place of all, with the others left whole.
const ENOUGH: usize = 4;

/// What the tries came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Calibration {
    /// Forecasts that were tried.
    pub(super) tries: usize,
    /// By what the model's errors are multiplied.
    pub(super) factor: f64,
    /// Degrees of freedom of Student's t.
    pub(super) freedom: f64,
}

impl Calibration {
    /// Stops curves where as much of them is left, relatively, as of those that are asked for, and half of that in the logarithm.
    pub(super) fn of(curves: &[(Curve, bool)], share: f64, by: (Option<Annealing>, f64)) -> Self {
        let finished: Vec<usize> = (0..curves.len()).filter(|k| curves[*k].1).collect();
        let mut tries = Vec::new();
        if finished.len() >= ENOUGH {
            // Two halves: each is stopped while the other is whole.
            for half in 0..2 {
                let stopped: Vec<usize> = finished.iter().copied().skip(half).step_by(2).collect();
                tries.extend(tried(curves, &stopped, share, by));
            }
        } else {
            let all: Vec<usize> = (0..curves.len()).collect();
            for share in [share, share.sqrt()] {
                tries.extend(tried(curves, &all, share, by));
            }
        }
        Self::from_scores(&tries)
    }

    /// The scale of the errors over those that the model tells, as a scaled inverse χ². Forecasts that err together count as fewer.
    fn from_scores(tries: &[Vec<f64>]) -> Self {
        let tries: Vec<&Vec<f64>> = tries.iter().filter(|scores| !scores.is_empty()).collect();
        let Some(least) = tries.iter().map(|scores| scores.len()).min() else {
            return Self { tries: 0, factor: 1.0, freedom: BEFORE };
        };
        let square = |scores: &&Vec<f64>| scores.iter().map(|z| z * z).sum::<f64>() / scores.len() as f64;
        let mean = |scores: &&Vec<f64>| scores.iter().sum::<f64>() / scores.len() as f64;
        let together = |scores: &&Vec<f64>| {
            let square = square(scores);
            ((mean(scores).powi(2) - square / scores.len() as f64) / square).max(0.0)
        };
        let average = |of: &dyn Fn(&&Vec<f64>) -> f64| tries.iter().map(of).sum::<f64>() / tries.len() as f64;
        let (squares, shared, count) = (average(&square), average(&together), least as f64);
        let own = count / (1.0 + (count - 1.0) * shared);
        let effective = (own * tries.len() as f64).min(count);
        Self {
            tries: tries.iter().map(|scores| scores.len()).sum(),
            factor: ((BEFORE + effective * squares) / (BEFORE + effective)).sqrt(),
            freedom: BEFORE + effective,
        }
    }

    /// The interval of this level about a forecast.
    pub(super) fn interval(&self, told: Told, level: f64) -> [f64; 2] {
        let t = StudentsT::new(0.0, 1.0, self.freedom).map_or(f64::NAN, |t| t.inverse_cdf(0.5 + 0.5 * level));
        [-t, t].map(|t| told.loss + t * self.factor * told.error)
    }
}

/// Errors over what the model tells of them, of curves that are stopped at a share of their tokens.
fn tried(
    curves: &[(Curve, bool)],
    stopped: &[usize],
    share: f64,
    (annealing, unit): (Option<Annealing>, f64),
) -> Option<Vec<f64>> {
    let (mut rows, mut came) = (Vec::new(), Vec::new());
    for (k, (curve, _)) in curves.iter().enumerate() {
        match stopped.contains(&k) {
            false => {
                rows.push(curve.clone());
                came.push(None);
            }
            true => {
                let Some((cut, loss)) = curve.cut(share) else { continue };
                rows.push(cut);
                came.push(Some(loss));
            }
        }
    }
    came.iter().flatten().next()?;
    let told = Found::of(&rows, annealing, unit).told;
    let scores = told.iter().zip(&came).filter_map(|(told, came)| Some((told.loss - (*came)?) / told.error));
    Some(scores.filter(|z| z.is_finite()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forecasts_that_err_together_count_as_one() {
        let apart: Vec<f64> = (0..40).map(|k| if k % 2 == 0 { 2.0 } else { -2.0 }).collect();
        let together = vec![2.0; 40];
        let [apart, together] = [apart, together].map(|scores| Calibration::from_scores(&[scores]));
        assert!((apart.freedom - 44.0).abs() < 1e-9 && together.freedom < 6.0, "{apart:?}, {together:?}");
        assert!(apart.factor > together.factor && together.factor > 1.0, "{apart:?}, {together:?}");
        assert_eq!(Calibration::from_scores(&[]).factor, 1.0);
    }
}
