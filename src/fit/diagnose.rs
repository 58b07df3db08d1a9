//! The warnings that take refits.

use super::{Fit, Residual, Rho, Warning};
use crate::{Error, Result};

/// An objective this small is a perfect fit: residuals of 1e-12.
const PERFECT: f64 = 1e-24;

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
    /// When the threads asked for cannot be started.
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

    /// Whether nothing but rounding is left of the residuals.
    pub(crate) fn is_perfect(&self) -> bool {
        let losses = self.observations.loss();
        let size = match self.options.residual {
            Residual::LnLoss => 1.0,
            Residual::Loss => losses.iter().sum::<f64>() / losses.len() as f64,
        };
        // Σ w |r| is of the size of a residual, the others of its square.
        let nothing = match self.options.rho {
            Rho::Laplace => PERFECT.sqrt() * size,
            _ => PERFECT * size * size,
        };
        !(self.objective > nothing)
    }
}
