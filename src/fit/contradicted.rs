//! Priors that the runs contradict.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Fit, FitOptions, Rho, Warning, fit_scaling_law};
use crate::observe::Observer;

/// A prior is contradicted where it and the runs lie so far apart by so small a chance: that of 3 standard deviations.
const CHANCE: f64 = 0.0027;
/// Errors of medians over those of means, of normal noise: √(π/2). Huber's loss of a small δ is that of medians.
const EFFICIENCY: f64 = 1.2533;

impl Fit {
    /// The priors that lie far from where the parameters are without any: the optimum itself follows a firm one, whatever the runs say.
    pub(super) fn warnings_of_priors(&self) -> Vec<Warning> {
        let priors = &self.options.priors;
        if priors.is_empty() {
            return Vec::new();
        }
        let options =
            FitOptions { priors: Vec::new(), observer: Observer::default(), ..self.options.clone() };
        let Ok(without) = fit_scaling_law(&self.observations, &options) else { return Vec::new() };
        // Those of least squares: of a δ far below the scatter its own are known badly.
        let squares = FitOptions { rho: Rho::Squared, ..options };
        let errors = fit_scaling_law(&self.observations, &squares).and_then(|fit| fit.standard_errors());
        let freedom = self.observations.run_count().saturating_sub(without.free_parameters()) as f64;
        let (Ok(errors), Ok(student)) = (errors, StudentsT::new(0.0, 1.0, freedom)) else {
            return Vec::new();
        };
        let most = -student.inverse_cdf(0.5 * CHANCE);
        let names = || without.law().spec().parameters.iter().map(|parameter| &*parameter.name);
        let found = priors.iter().filter_map(|(parameter, prior)| {
            let place = names().position(|name| name == parameter)?;
            let value = without.parameters[place];
            // Of a prior of the logarithm the error is relative.
            let error = EFFICIENCY * errors[place] / if prior.is_of_logarithm() { value } else { 1.0 };
            let by = prior.off(value) / (1.0 + (error / prior.width()).powi(2)).sqrt();
            (by.abs() > most).then(|| Warning::PriorContradicted { parameter: parameter.clone(), value, by })
        });
        found.collect()
    }
}
