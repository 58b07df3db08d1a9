//! Trajectories from what was counted in training.

use super::checks::{check_tokens, within};
use super::decay::Decay;
use super::trajectory::Known;
use super::{Trajectory, Unit};
use crate::{Error, Result};

/// What holds between two logged counts.
///
/// ```
/// use nbar::schedule::Interpolation;
/// assert_eq!("linear".parse::<Interpolation>()?, Interpolation::Linear);
/// assert_eq!(Interpolation::default().to_string(), "held");
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Interpolation {
    /// Each count holds until the next: right where every change was logged. The default.
    #[default]
    Held,
    /// Counts go evenly from one to the next: right where a gradual change was sampled now and then. Before the first
    /// point and after the last, the count there holds.
    Linear,
}

/// A count of three digits is off by this at most.
const ROUNDED: f64 = 5e-3;

words!(Interpolation, "interpolation", ["held" = Interpolation::Held, "linear" = Interpolation::Linear]);

impl Trajectory {
    /// A trajectory that was logged: points `(tokens, params)`, tokens ascending, of which each count
    /// holds until the next point, the first from token 0 and the last to `total_tokens`.
    ///
    /// N₀ is the first count.
    ///
    /// ```
    /// use nbar::Trajectory;
    ///
    /// let trajectory = Trajectory::from_counts(&[(1e9, 8e8), (5e9, 4e8)], 10e9)?;
    /// assert_eq!(trajectory.average_params(), 6e8);
    /// assert_eq!(trajectory.params_at(0.0), 8e8);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_log`](Self::from_log).
    pub fn from_counts(counts: &[(f64, f64)], total_tokens: f64) -> Result<Self> {
        Self::from_log(counts, total_tokens, Interpolation::Held)
    }

    /// A trajectory that was logged, as [`from_counts`](Self::from_counts), with a choice of what holds between points.
    /// Means are exact in both.
    ///
    /// ```
    /// use nbar::Trajectory;
    /// use nbar::schedule::Interpolation;
    ///
    /// let log = Trajectory::from_log(&[(0.0, 8e8), (10e9, 4e8)], 10e9, Interpolation::Linear)?;
    /// assert_eq!(log.average_params(), 6e8);
    /// assert_eq!(log.params_at(2.5e9), 7e8);
    /// // The harmonic mean over a linear stretch is (a - b)/ln(a/b).
    /// assert!((log.power_mean(-1.0) / (4e8 / 2f64.ln()) - 1.0).abs() < 1e-14);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Value`] for no points, tokens that do not ascend, and counts that are not positive and finite.
    /// [`Error::Schedule`] for points after `total_tokens`.
    pub fn from_log(counts: &[(f64, f64)], total_tokens: f64, between: Interpolation) -> Result<Self> {
        check_tokens(total_tokens)?;
        let points = checked(counts, total_tokens)?;
        let first = points[0].1;
        let mut trajectory = Self {
            initial: first,
            knots: vec![0.0],
            levels: vec![first],
            smooth: None,
            linear: None,
            ending: first,
            cut_at_start: false,
            decay: Decay::default(),
            decay_over: total_tokens,
            known: Known::Course,
        };
        match between {
            Interpolation::Held => trajectory.hold(&points, total_tokens),
            Interpolation::Linear => trajectory.interpolate(&points, total_tokens),
        }
        trajectory.knots.push(total_tokens);
        Ok(trajectory)
    }

    /// The same with another N₀: that of the dense network, where the first count was sparse already. N₀ is the most that was logged where that is
    /// the larger one by up to 0.5 %: counts are often rounded.
    ///
    /// # Errors
    /// [`Error::Value`], unless it is finite and at least every count, but for rounding.
    pub fn with_initial_params(mut self, params: f64) -> Result<Self> {
        let most = self.power_mean(f64::INFINITY).max(self.ending);
        if !(params.is_finite() && params * (1.0 + ROUNDED) >= most) {
            let problem = format!("is not a finite count of at least {most}, the most that was logged");
            return Err(Error::value("params", params, &problem, "check both"));
        }
        self.initial = params.max(most);
        Ok(self)
    }

    fn hold(&mut self, points: &[(f64, f64)], total_tokens: f64) {
        for &(position, params) in points {
            if params != self.ending {
                self.ending = params;
                if position < total_tokens {
                    self.knots.push(position);
                    self.levels.push(params);
                }
            }
        }
    }

    fn interpolate(&mut self, points: &[(f64, f64)], total_tokens: f64) {
        let mut ends = Vec::with_capacity(points.len() + 1);
        for &(position, params) in points {
            // The first piece holds the first count; pieces of no length are left out.
            if position > self.knots[self.knots.len() - 1] && ends.len() < self.levels.len() {
                ends.push(params);
                if position < total_tokens {
                    self.knots.push(position);
                    self.levels.push(params);
                }
            }
            self.ending = params;
        }
        if ends.len() < self.levels.len() {
            ends.push(self.ending);
        }
        self.linear = Some(ends);
    }
}

/// The points, at positions not beyond the run's end.
fn checked(counts: &[(f64, f64)], total_tokens: f64) -> Result<Vec<(f64, f64)>> {
    if counts.is_empty() {
        return Err(Error::value("a log", "", "has no counts", "give (tokens, params) points"));
    }
    let mut before = f64::NEG_INFINITY;
    let point = |&(tokens, params): &(f64, f64)| {
        if !(params.is_finite() && params > 0.0) {
            let problem = "is not a positive, finite number";
            return Err(Error::value("a logged count of", params, problem, "mend the log"));
        }
        if !(tokens.is_finite() && tokens >= 0.0 && tokens > before) {
            let problem = "is not after the one before it, from 0 on";
            let remedy = "sort the points, and keep one at each position";
            return Err(Error::value("a count at", tokens, problem, remedy));
        }
        before = tokens;
        Ok((within("the count at", tokens, total_tokens, Unit::Token)?, params))
    };
    counts.iter().map(point).collect()
}
