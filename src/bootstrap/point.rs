//! Answers without intervals, of fits that have no draws.

use super::{BootstrapOptions, Ensemble, Estimate, Known};
use crate::bend::Cached;
use crate::fit::Fit;

impl Ensemble {
    /// A fit without draws, for answers without intervals.
    ///
    /// Their standard errors, the ends of their intervals, their level and all shares of draws are not numbers (null in JSON). So are
    /// distances from the sweep, where [the fit has none](Fit::of_constants).
    ///
    /// ```
    /// use nbar::answer::AllocationOptions;
    /// use nbar::{Ensemble, Fit, law::by_name};
    /// // Hoffmann et al. 2022, approach 3.
    /// let constants = [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
    /// let law = Ensemble::without_draws(Fit::of_constants(by_name("chinchilla")?, &constants)?);
    /// let run = law.allocate(5.76e23, &AllocationOptions::default())?;
    /// assert!((run.average_params.estimate / 3.2e10 - 1.0).abs() < 0.01);
    /// assert!(run.average_params.interval[0].is_nan() && run.extrapolation.flops.is_nan());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn without_draws(fit: Fit) -> Self {
        let options = BootstrapOptions::default().with_replicates(0).with_level(f64::NAN).with_bend(false);
        Self {
            fit,
            options,
            draws: Vec::new(),
            left_out: Vec::new(),
            partial: None,
            failed: 0,
            audited: 0,
            disagreed: 0,
            by_name: true,
            bend: Cached::default(),
            spent: f64::NAN,
            known: Known::default(),
        }
    }
}

impl Estimate {
    /// What is known without an interval.
    #[must_use]
    pub fn point(estimate: f64) -> Self {
        Self::straight(estimate, f64::NAN, [f64::NAN; 2])
    }

    /// Whether there is an interval; one without ends counts.
    #[must_use]
    pub fn has_interval(&self) -> bool {
        !self.interval.iter().any(|end| end.is_nan())
    }
}
