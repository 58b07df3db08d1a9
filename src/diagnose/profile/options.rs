//! How to profile.

use crate::bootstrap::check_level;
use crate::{Error, Result};

/// Points that may be asked for on each side.
const MOST_POINTS: usize = 10_000;

/// How to profile: level and points.
///
/// ```
/// use nbar::diagnose::ProfileOptions;
/// assert_eq!(ProfileOptions::default().with_level(0.9).level, 0.9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ProfileOptions {
    /// Level of the interval; default 0.95.
    pub level: f64,
    /// Points on each side of the optimum, or of it along each axis of a grid; default 20.
    pub points: usize,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self { level: 0.95, points: 20 }
    }
}

impl ProfileOptions {
    /// Sets the level of the interval.
    #[must_use]
    pub fn with_level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// Sets the number of points on each side.
    #[must_use]
    pub fn with_points(mut self, points: usize) -> Self {
        self.points = points;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        check_level(self.level)?;
        if !(1..=MOST_POINTS).contains(&self.points) {
            let problem = "is not a number from 1 to 10000";
            return Err(Error::option("points", self.points, problem, "give a number such as 20"));
        }
        Ok(())
    }
}
