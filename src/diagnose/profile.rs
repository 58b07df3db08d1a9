//! Profiles: the objective along one parameter, the others free, and the intervals that follow.
//!
//! The profile of a parameter θ_k is `f_k(v) = min { f(θ) : θ_k = v }`. The objective, a sum of ρ_δ, is minus the
//! logarithm of a likelihood, times s, if residuals of ln L scatter with the density `exp(-ρ_δ(r)/s) / Z(s, δ)`:
//! Gaussian within δ, Laplace beyond (and with another robust loss, or on L, by the density that belongs to it). With s
//! at its maximum of likelihood the interval of level q is the set
//!
//! `{ v : 2 (f_k(v) - f_min) / s ≤ χ²₁(q) }`
//!
//! (Wilks 1938; Venzon & Moolgavkar 1988). It bends with the valley of the objective and needs no draws; but it
//! believes the density, and that rows are independent. The [bootstrap](crate::bootstrap) believes neither. Where
//! the two differ much, see [`Warning::IntervalsDisagree`].
//!
//! Weights are scaled to a mean of 1, so that only their ratios matter. With priors the objective has what they add, and s is
//! the φ by which they count.

mod interval;
mod pair;
mod walk;

pub use pair::ProfilePair;

use serde::Serialize;

use super::Refit;
use crate::bootstrap::{Ensemble, check_level};
use crate::fit::{Fit, Freedom, Warning};
use crate::numeric::parallel::map_with;
use crate::objective::{Coordinates, chi_squared, profile_scale};
use crate::observe::Watch;
use crate::{Error, Result};
use interval::{first_step, reach, side};
use walk::{Held, Walker};

/// Lengths of the two intervals that differ by more than this factor disagree.
const DISAGREE: f64 = 1.5;
/// Points on each side of the optimum, or of it along each axis of a grid.
const POINTS: usize = 20;
/// Points that an observer hears of for each parameter: on both sides, on the way out and back.
const COUNTED: usize = 4 * POINTS;

/// The profile of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// The parameter.
    pub parameter: String,
    /// Its value at the optimum.
    pub estimate: f64,
    /// Where the profile crosses the interval's level; none on a side on which it never rises that far: a factor of
    /// a million for coefficients, from 1/100 of the least to ten times the greatest start for exponents. A side that
    /// reaches a bound first ends there; at a bound, the other side leaves out 1 - level.
    pub interval: [Option<f64>; 2],
    /// Level of the interval.
    pub level: f64,
    /// s, in the units of the objective.
    pub scale: f64,
    /// In ascending order of the value, the optimum among them.
    pub points: Vec<Refit<f64>>,
}

/// The profiles of a fit: of each parameter, and the grid of its two exponents.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Profiles {
    /// Of each parameter that was fitted, in the order of the law.
    pub profiles: Vec<Profile>,
    /// Over alpha and beta, for laws in which both were fitted.
    pub pair: Option<ProfilePair>,
    /// Whether profiles are missing because an [`Observer`](crate::Observer) stopped the work.
    pub partial: bool,
}

impl Fit {
    /// The profile of a parameter, and its interval at this level, of which 0.95 is usual.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let alpha = fit.profile("alpha", 0.95)?;
    /// let [Some(lower), Some(upper)] = alpha.interval else { panic!("alpha is not identified") };
    /// assert!(lower < alpha.estimate && alpha.estimate < upper);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the law has no such parameter or it is fixed, the level is not between 0 and 1, or the fit is perfect or has
    /// a parameter that is not finite; when the fit's [observer](crate::FitOptions::observer) stops it.
    pub fn profile(&self, parameter: &str, level: f64) -> Result<Profile> {
        self.profile_watched(parameter, level, &self.options.watch("profile points", COUNTED))
    }

    fn profile_watched(&self, parameter: &str, level: f64, watch: &Watch<'_>) -> Result<Profile> {
        check_level(level)?;
        let (place, scale) = (self.place_to_profile(parameter)?, self.likelihood_scale()?);
        // At a bound the interval has one side, which leaves out all of 1 - level (Self & Liang 1987).
        let quantile = chi_squared(match self.at_bound(parameter) {
            Some(_) => (2.0 * level - 1.0).max(0.0),
            None => level,
        });
        let excess = |held: &Held| 2.0 * (held.objective - self.objective) / scale - quantile;
        let (mut walker, optimum) = Walker::new(self, &[place])?;
        let coordinates = walker.coordinates().clone();
        let fitted = coordinates.fitted_value(place, self.parameters[place]);
        let reached = reach(&self.law().spec().parameters[place], fitted);
        let [least, most] = coordinates.bound(place).map_or([f64::NEG_INFINITY, f64::INFINITY], |b| b.fitted);
        let [below, above] = [reached[0].min(fitted - least), reached[1].min(most - fitted)];
        let first = first_step(self.prior_width(place));
        let mut side = |sign: f64, reach: f64| {
            let stopped =
                || Error::cancelled("profile", format!("stopped before that of {parameter} was done"));
            side(&mut walker, (fitted, &optimum), (sign, reach, first, POINTS), &excess, watch)
                .ok_or_else(stopped)
        };
        watch.begin(0);
        let (lower, upper) = (side(-1.0, below)?, side(1.0, above)?);
        let point = |(value, held): &(f64, Held)| {
            let parameters = coordinates.centred_to_natural(&held.centred);
            let value = coordinates.natural_value(place, *value);
            Refit::new(self, value, parameters, (held.objective, held.converged))
        };
        let end = |crossing: Option<f64>, bound: Option<f64>| {
            crossing.or(bound).map(|value| coordinates.natural_value(place, value))
        };
        let bounds = [(below < reached[0]).then_some(least), (above < reached[1]).then_some(most)];
        let middle = (fitted, optimum);
        let ascending = lower.points.iter().rev().chain([&middle]).chain(&upper.points);
        Ok(Profile {
            parameter: parameter.to_owned(),
            estimate: self.parameters[place],
            interval: [end(lower.crossing, bounds[0]), end(upper.crossing, bounds[1])],
            level,
            scale,
            points: ascending.map(point).collect(),
        })
    }

    /// The profiles of all parameters that were fitted, and of alpha and beta together.
    ///
    /// If the fit's [observer](crate::FitOptions::observer) stops it, those that are done are
    /// [partial](Profiles::partial).
    ///
    /// # Errors
    /// As for [`profile`](Self::profile); when it is stopped before one is done.
    pub fn profiles(&self, level: f64) -> Result<Profiles> {
        let names = self.law().spec().parameters.iter().map(|p| &*p.name);
        let names: Vec<&str> = names.filter(|name| self.freedom(name) == Freedom::Free).collect();
        let has_pair = ["alpha", "beta"].iter().all(|name| names.contains(name));
        let of_pair = if has_pair { pair::COUNTED } else { 0 };
        let watch = &self.options.watch("profile points", names.len() * COUNTED + of_pair);
        let one = |(): &mut (), i: usize| self.profile_watched(names[i], level, watch);
        let all = self.options.in_pool(|| map_with(self.options.jobs, names.len(), || (), one))?;
        let mut profiles = Vec::with_capacity(names.len());
        let mut cancelled = None;
        for profile in all {
            match profile {
                Ok(profile) => profiles.push(profile),
                Err(error @ Error::Cancelled { .. }) => cancelled = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let Some(error) = cancelled.take_if(|_| profiles.is_empty()) {
            return Err(error);
        }
        let named = |name: &str| profiles.iter().find(|p: &&Profile| p.parameter == name);
        let pair = named("alpha").zip(named("beta")).filter(|_| cancelled.is_none());
        let pair =
            pair.and_then(|(alpha, beta)| self.pair_watched(alpha, beta, watch).transpose()).transpose()?;
        let partial = cancelled.is_some() || (has_pair && pair.is_none());
        Ok(Profiles { profiles, pair, partial })
    }

    fn place_to_profile(&self, parameter: &str) -> Result<usize> {
        let place = self.problem()?.coordinates.place(parameter)?;
        let refuse = |problem: String, remedy| Err(Error::unanswerable("profile", problem, remedy));
        match self.freedom(parameter) {
            Freedom::Fixed => {
                let problem = format!("{parameter} is fixed at {}", self.parameters[place]);
                refuse(problem, "profile a fit that leaves it free")
            }
            Freedom::Unidentified | Freedom::AtLimit(_) => {
                refuse(format!("the sweep does not identify {parameter}"), "see the warnings of the fit")
            }
            _ => Ok(place),
        }
    }

    /// s for the weights as they are: that of weights with mean 1, times their mean.
    fn likelihood_scale(&self) -> Result<f64> {
        if self.is_perfect() {
            let problem = "the fit is perfect, so its residuals have no scale";
            return Err(Error::unanswerable("profile", problem, "profile a fit to measured losses"));
        }
        Ok(profile_scale(self.of_rows(), &self.rows, self.options.rho))
    }
}

impl Ensemble {
    /// The parameters whose profile interval and bootstrap interval differ in length by more than a factor of 1.5, on
    /// the scale on which they are fitted: ln for coefficients. Profiles of another level, open ones, and those of
    /// parameters at a bound are passed over.
    #[must_use]
    pub fn disagreements(&self, profiles: &[Profile]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let coordinates = Coordinates::new(&self.fit.options.law);
        let inside = |p: &&Profile| self.fit.at_bound(&p.parameter).is_none();
        for profile in profiles.iter().filter(|p| p.level == self.options.level).filter(inside) {
            let place = coordinates.place(&profile.parameter);
            let (Ok(place), Some(drawn)) = (place, self.parameter(&profile.parameter)) else { continue };
            let [Some(lower), Some(upper)] = profile.interval else { continue };
            let fitted = |value: f64| coordinates.fitted_value(place, value);
            let length = |[lower, upper]: [f64; 2]| fitted(upper) - fitted(lower);
            let (bootstrap, profiled) = (length(drawn.interval), length([lower, upper]));
            let ratio = bootstrap / profiled;
            if ratio.is_finite() && !(ratio < DISAGREE && ratio > 1.0 / DISAGREE) {
                let parameter = profile.parameter.clone();
                warnings.push(Warning::IntervalsDisagree { parameter, bootstrap, profile: profiled });
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_quantile_is_the_square_of_the_normal_one() {
        assert!((super::chi_squared(0.95) - 3.841_458_820_694_124).abs() < 1e-6);
    }
}
