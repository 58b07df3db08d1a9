//! Priors that the runs contradict.

use super::{Fit, FitOptions, Warning, fit_scaling_law};
use crate::observe::Observer;

/// So many standard deviations apart, of both together, a prior and the runs contradict each other: by chance one in 370 does.
const CONTRADICTED: f64 = 3.0;

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
        let Ok(errors) = without.standard_errors() else { return Vec::new() };
        let names = || without.law().spec().parameters.iter().map(|parameter| &*parameter.name);
        let found = priors.iter().filter_map(|(parameter, prior)| {
            let place = names().position(|name| name == parameter)?;
            let value = without.parameters[place];
            // Of a prior of the logarithm the error is relative.
            let error = errors[place] / if prior.is_of_logarithm() { value } else { 1.0 };
            let by = prior.off(value) / (1.0 + (error / prior.width()).powi(2)).sqrt();
            (by.abs() > CONTRADICTED).then(|| Warning::PriorContradicted {
                parameter: parameter.clone(),
                value,
                by,
            })
        });
        found.collect()
    }
}
