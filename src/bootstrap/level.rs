//! The same draws at another level.

use super::Ensemble;
use crate::{Error, Result};

impl Ensemble {
    /// The same draws with intervals of another level: every interval is read off the draws anew.
    ///
    /// # Errors
    /// When the level is not between 0 and 1, or the draws are too few to reach its ends.
    pub fn at_level(mut self, level: f64) -> Result<Self> {
        check_level(level)?;
        if level != self.options.level && self.draws.len() < least_draws(level) {
            let (least, found) = (least_draws(level), self.draws.len());
            if self.fit.is_of_constants() {
                let problem = "is of intervals, and constants without data have none";
                return Err(Error::option("level", level, problem, "leave it out"));
            }
            let problem = format!("takes {least} draws, and the fit has {found}");
            let remedy = format!("ask for a lower level, or fit again with `replicates={least}` or more");
            return Err(Error::option("level", level, &problem, remedy));
        }
        self.options.level = level;
        Ok(self)
    }
}

/// Draws between which both quantiles of this level lie: those at probability p = (1 - level)/2 do from
/// n + 1/3 = (2/3)/p on (Hyndman and Fan 1996, type 8).
pub(crate) fn least_draws(level: f64) -> usize {
    let tail = 0.5 * (1.0 - level);
    (2.0 / (3.0 * tail) - 1.0 / 3.0).ceil().max(2.0) as usize
}

/// Refuses levels that no interval has.
pub(crate) fn check_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    Err(Error::option("level", level, "is not between 0 and 1, both excluded", "0.95 is usual"))
}

#[cfg(test)]
mod tests {
    use super::least_draws;
    use crate::numeric::statistics::quantiles;

    #[test]
    fn with_so_many_draws_no_end_is_the_first_or_last_and_with_fewer_it_is() {
        for level in [0.5, 0.9, 0.95, 0.99, 0.999] {
            let lower = |draws: usize| {
                let mut values: Vec<f64> = (0..draws).map(|i| i as f64).collect();
                quantiles(&mut values, [0.5 * (1.0 - level)])[0]
            };
            let least = least_draws(level);
            assert!(lower(least + 1) > 0.0 && lower(least - 1) == 0.0, "{level}: {least}");
        }
    }
}
