//! Parameters of terms that add nothing to the loss.

use super::{Fit, Warning};
use crate::law::{PowerSum, Term};

impl Fit {
    /// Whether a parameter is that of a term that adds nothing to the loss on any row
    /// ([`Warning::TermVanished`]): its coefficient, which is 0, or an exponent of no other term,
    /// which no row tells.
    ///
    /// ```
    /// use nbar::{FitOptions, Observations, fit_scaling_law};
    /// // These losses have no constant.
    /// let runs = (0..30).map(|i| (1e8 * 2f64.powi(i % 6), 4e9 * 2f64.powi(i / 6)));
    /// let (sizes, tokens): (Vec<f64>, Vec<f64>) = runs.unzip();
    /// let loss = |(n, d): (&f64, &f64)| 60.0 / n.powf(0.2) + 400.0 / d.powf(0.25) - 0.05;
    /// let losses = sizes.iter().zip(&tokens).map(loss).collect();
    /// let fit = fit_scaling_law(&Observations::new(sizes, tokens, losses)?, &FitOptions::default())?;
    /// assert!(fit.has_vanished("E") && !fit.has_vanished("alpha"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn has_vanished(&self, parameter: &str) -> bool {
        let spec = self.law().spec();
        let gone = |place: usize| {
            let name = &*spec.parameters[place].name;
            self.warnings.iter().any(|w| matches!(w, Warning::TermVanished { term, .. } if *term == name))
        };
        let Some(place) = spec.place(parameter) else { return false };
        let terms = self.law().as_power_sum().map_or(&[][..], PowerSum::terms);
        let has = |term: &&Term| term.factors.iter().any(|factor| factor.exponent == place);
        let mut with = terms.iter().filter(has).peekable();
        gone(place) || (with.peek().is_some() && with.all(|term| gone(term.coefficient)))
    }
}
