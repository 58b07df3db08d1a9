//! The same runs with a parameter held.

use super::Ensemble;
use crate::fit::fit_scaling_law;
use crate::{Error, Result};

impl Ensemble {
    /// The same runs, fitted and drawn again with a parameter held at a value in its own unit: what a forecast would be if that were known.
    ///
    /// The other restrictions of the fit stay.
    ///
    /// ```
    /// # use nbar::{FitOptions, Observations, fit_scaling_law, law::by_name, Ensemble, NewRun};
    /// let tokens = [2e19, 1.31e20, 7.16e20].map(|flops| flops / 6e9);
    /// let observations = Observations::new(vec![1e9; 3], tokens.to_vec(), vec![3.2373, 2.9538, 2.7515])?;
    /// let options = FitOptions::default().with_law(by_name("compute")?).with_fixed("E", 1.4);
    /// let fit = Ensemble::without_draws(fit_scaling_law(&observations, &options)?);
    /// let far = NewRun::of_flops(1.19e23)?;
    /// assert!((fit.predict_run(&far)?.loss.estimate - 2.2700).abs() < 5e-5);
    /// assert!((fit.holding("E", 1.6)?.predict_run(&far)?.loss.estimate - 2.2948).abs() < 5e-5);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there are no runs, it is of [one group](Self::of_group), the law has no such parameter or it cannot have this value, and as for [`fit_scaling_law`].
    pub fn holding(&self, parameter: &str, value: f64) -> Result<Self> {
        if self.fit.is_of_constants() {
            let problem = "the law's constants were given, and there are no runs to fit it to again";
            return Err(Error::unanswerable("fix", problem, "fit a law to runs"));
        }
        if self.is_of_group() {
            let problem = "one group of a fit by groups is not fitted alone";
            let remedy = "hold the parameter in the fit of all groups, and ask that about the group";
            return Err(Error::unanswerable("fix", problem, remedy));
        }
        let mut options = self.fit.options.clone();
        options.fixed.retain(|(name, _)| name != parameter);
        options.bounds.retain(|(name, _)| name != parameter);
        let mut fit = fit_scaling_law(&self.fit.observations, &options.with_fixed(parameter, value))?;
        fit.new_runs = self.fit.new_runs;
        if self.draws.is_empty() { Ok(Self::without_draws(fit)) } else { fit.bootstrap(&self.options) }
    }
}
