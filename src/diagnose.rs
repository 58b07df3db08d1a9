//! What refits say of a fit: at other δ, without some runs, along one parameter.

mod delta;
mod influence;
pub(crate) mod profile;
mod refit;

pub use influence::Influence;
pub(crate) use profile::scale::profile_scale;
pub use profile::{Profile, ProfilePair, Profiles};
pub use refit::Refit;

use crate::fit::{Fit, Warning};
use crate::{Error, Result};

impl Fit {
    /// Rows up to which [`diagnose`](Self::diagnose) is cheap, about 0.1 s at most; the command looks no further.
    pub const DIAGNOSED_ROWS: usize = 20_000;

    /// What refits have to say: whether δ matters ([`sensitivity`](Self::sensitivity)) and whether a handful of runs
    /// decides ([`influence`](Self::influence)). Nothing for a fit that is not to be trusted anyway, for a perfect one, or
    /// where no run can be spared.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit::Warning, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/chinchilla.csv")?; // with its outliers
    /// let mut fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// fit.warnings.extend(fit.diagnose()?);
    /// assert!(fit.warnings.iter().any(|w| matches!(w, Warning::InfluentialRuns { runs, .. } if runs[..2] == ["c001", "c002"])));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the threads asked for cannot be started, or the [observer](crate::FitOptions::observer) stops it.
    pub fn diagnose(&self) -> Result<Vec<Warning>> {
        let spare = self.observations.len() > self.free_parameters() + 1 && self.observations.run_count() > 1;
        if !self.is_trustworthy() || self.is_perfect() || !spare {
            return Ok(Vec::new());
        }
        let mut warnings = Vec::new();
        for found in [self.delta_warning(), self.influence_warning()] {
            match found {
                Ok(warning) => warnings.extend(warning),
                // No refit to compare with is no reason to refuse the fit.
                Err(Error::Unanswerable { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(warnings)
    }
}
