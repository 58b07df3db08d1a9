//! Whether the choice of Huber's δ matters: the fit again at others.
//!
//! δ says from where on a residual counts by its size and no longer by its square (Huber 1964). If the residuals were
//! of one well-behaved kind, δ would change the estimates by little; if it changes much, a few rows with large
//! residuals, or the shape of the scatter, decide about the law.

use super::Refit;
use crate::fit::{Fit, Rho, Warning};
use crate::numeric::parallel::map_watched;
use crate::optimize::{Distance, Polisher, quick_search};
use crate::{Error, Result};

/// The δ that a fit is repeated at.
const DELTAS: [f64; 3] = [1e-4, 1e-3, 1e-2];

impl Fit {
    /// Fits again at δ = 1e-4, 1e-3 and 1e-2, from the optimum and from the two best cells of a screen; the lower end
    /// counts.
    ///
    /// # Errors
    /// When a parameter of the fit is not finite, or the robust loss is not Huber's; when the fit's
    /// [observer](crate::FitOptions::observer) stops it.
    pub fn sensitivity(&self) -> Result<Vec<Refit<f64>>> {
        if !matches!(self.options.rho, Rho::Huber { .. }) {
            let problem = format!("the fit is by {}, and the table is of Huber's delta", self.options.rho);
            let remedy = "fit with Huber's loss, or compare fits of different losses by hand";
            return Err(Error::unanswerable("sensitivity", problem, remedy));
        }
        let (law, jobs) = (&self.options.law, self.options.jobs);
        let one = |(): &mut (), i: usize| {
            let (objective, optimum) = self.objective_at_optimum(Rho::Huber { delta: DELTAS[i] })?;
            let mut polisher = Polisher::new(&objective);
            let mut minimum = polisher.polish(&objective, &optimum, Distance::Near);
            if let Some(found) = quick_search(law.as_ref(), &objective, &mut polisher)
                && (found.objective < minimum.objective || !minimum.termination.is_converged())
            {
                minimum = found;
            }
            let parameters = objective.coordinates().free_to_natural(&minimum.theta);
            let ended = (minimum.objective, minimum.termination.is_converged());
            Ok(Refit::new(self, DELTAS[i], parameters, ended))
        };
        let watch = &self.options.watch("deltas", DELTAS.len());
        let refits: Vec<_> = self.options.in_pool(|| map_watched(watch, jobs, DELTAS.len(), || (), one))?;
        if watch.is_stopped() {
            return Err(Error::cancelled("sensitivity", "stopped before the law was fitted at every delta"));
        }
        refits.into_iter().collect()
    }

    /// The warning of the δ that changes most, if that matters: see [`Change`].
    pub(crate) fn delta_warning(&self) -> Result<Option<Warning>> {
        let table = self.sensitivity()?.into_iter().filter(|row| row.converged);
        let most = table.max_by(|a, b| a.change.size.total_cmp(&b.change.size));
        let most = most.filter(|row| row.change.size >= 1.0);
        Ok(most.map(|row| Warning::DeltaMatters { delta: row.at, change: row.change }))
    }
}
