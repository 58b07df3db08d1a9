//! Priors and fixed values that the runs contradict.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::freedom::Freedom;
use super::warning::effective_runs;
use super::{Fit, FitOptions, Rho, Warning, fit_scaling_law};
use crate::observe::Observer;

/// A prior or a fixed value is contradicted where it and the runs lie so far apart by so small a chance: that of 3 standard deviations.
const CHANCE: f64 = 0.0027;
/// Errors of medians over those of means, of normal noise: √(π/2). Huber's loss of a small δ is that of medians.
const EFFICIENCY: f64 = 1.2533;

/// The runs alone: a fit to them, the standard errors of its parameters, and how many of these are far.
struct Alone {
    fit: Fit,
    errors: Vec<f64>,
    most: f64,
}

impl Alone {
    fn new(of: &Fit, options: FitOptions) -> Option<Self> {
        let options = FitOptions { observer: Observer::default(), ..options };
        let fit = fit_scaling_law(&of.observations, &options).ok()?;
        // Those of least squares: of a δ far below the scatter its own are known badly.
        let squares = FitOptions { rho: Rho::Squared, ..options };
        let mut errors =
            fit_scaling_law(&of.observations, &squares).and_then(|fit| fit.standard_errors()).ok()?;
        // They take rows as independent: those of a run, or of a cluster, may be off together, and weights may be no variances.
        let runs = effective_runs(&of.rows);
        errors.iter_mut().for_each(|error| *error *= (of.rows.len() as f64 / runs).sqrt());
        let freedom = runs - fit.free_parameters() as f64;
        let most = -StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.5 * CHANCE);
        Some(Self { fit, errors, most })
    }

    /// A parameter and its standard error.
    fn of(&self, parameter: &str) -> Option<(f64, f64)> {
        let mut names = self.fit.law().spec().parameters.iter().map(|parameter| &*parameter.name);
        let place = names.position(|name| name == parameter)?;
        Some((self.fit.parameters[place], EFFICIENCY * self.errors[place]))
    }
}

impl Fit {
    /// The priors that lie far from where the parameters are without any: the optimum itself follows a firm one, whatever the runs say.
    pub(super) fn warnings_of_priors(&self) -> Vec<Warning> {
        let priors = &self.options.priors;
        if priors.is_empty() {
            return Vec::new();
        }
        let options = FitOptions { priors: Vec::new(), ..self.options.clone() };
        let Some(alone) = Alone::new(self, options) else { return Vec::new() };
        let found = priors.iter().filter_map(|(parameter, prior)| {
            let (value, error) = alone.of(parameter)?;
            // Of a prior of the logarithm the error is relative.
            let error = error / if prior.is_of_logarithm() { value } else { 1.0 };
            let by = prior.off(value) / (1.0 + (error / prior.width()).powi(2)).sqrt();
            let is_far = by.abs() > alone.most;
            is_far.then(|| Warning::PriorContradicted { parameter: parameter.clone(), value, by })
        });
        found.collect()
    }

    /// The fixed values that lie far from where the parameters are if none is fixed.
    pub(super) fn warnings_of_fixed(&self) -> Vec<Warning> {
        let fixed = &self.options.fixed;
        // Weights may be no variances: then errors are not known.
        if fixed.is_empty() || self.rows.weight().is_some() {
            return Vec::new();
        }
        let options = FitOptions { fixed: Vec::new(), ..self.options.clone() };
        let Some(alone) = Alone::new(self, options) else { return Vec::new() };
        if !alone.fit.has_departures() {
            return Vec::new();
        }
        let found = fixed.iter().filter_map(|(parameter, fixed)| {
            let (value, error) = alone.of(parameter)?;
            // A coefficient that is known to a factor is off by one: the lesser of both counts.
            let by_factor = (value / fixed).ln() * value / error;
            let by = (value - fixed) / error;
            let by = if by_factor.abs() < by.abs() { by_factor } else { by };
            let is_free = alone.fit.freedom(parameter) == Freedom::Free;
            let is_far = is_free && by.is_finite() && by.abs() > alone.most;
            is_far.then(|| Warning::FixContradicted {
                parameter: parameter.clone(),
                fixed: *fixed,
                value,
                by,
            })
        });
        found.collect()
    }
}
