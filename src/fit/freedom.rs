//! Which parameters are fitted, and which are fixed or tied.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::identified::unidentified;
use super::{Fit, FitOptions};
use crate::objective::{Objective, Rho, Role};
use crate::optimize::Starts;
use crate::{Error, Observations, Result};

/// Whether a parameter is fitted.
///
/// ```
/// use nbar::fit::Freedom;
/// assert_eq!(Freedom::Tied("alpha".to_owned()).to_string(), "= alpha");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freedom {
    /// It is.
    Free,
    /// It was given.
    Fixed,
    /// It has the value of this one.
    Tied(String),
    /// The inputs cannot tell it: see [`Fit::unidentified`].
    Unidentified,
}

impl fmt::Display for Freedom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Freedom::Free => f.write_str("free"),
            Freedom::Fixed => f.write_str("fixed"),
            Freedom::Tied(to) => write!(f, "= {to}"),
            Freedom::Unidentified => f.write_str("not identified"),
        }
    }
}

/// A parameter that the inputs of a sweep cannot tell, whatever the losses.
///
/// On a dense sweep the order of a mean of N(t) is one.
///
/// ```
/// use std::sync::Arc;
/// use nbar::{FitOptions, ObservationOptions, Sweep, fit::Freedom, fit_scaling_law, law::PowerMean};
/// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
/// let options = FitOptions::default().with_law(Arc::new(PowerMean::default()));
/// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &options)?;
/// assert_eq!((fit.unidentified[0].parameter.as_str(), fit.free_parameters()), ("p", 5));
/// assert_eq!((fit.parameter("p"), fit.freedom("p")), (None, Freedom::Unidentified));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unidentified {
    /// Its name.
    pub parameter: String,
    /// The coefficient that it cannot be told from, and which has half of both; none if it changes no prediction
    /// and was held in the middle of its range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
}

/// The parameter whose value another has: itself, unless it is tied.
pub(crate) fn root(roles: &[Role], place: usize) -> usize {
    if let Role::Tied(to) = roles[place] { to } else { place }
}

impl FitOptions {
    /// Number of parameters that are fitted.
    #[must_use]
    pub fn free_parameters(&self) -> usize {
        self.law.spec().parameters.len().saturating_sub(self.fixed.len() + self.tied.len())
    }

    /// The same options, every parameter free, and no starts that belong to this law alone.
    pub(crate) fn without_restrictions(&self) -> Self {
        let starts = match &self.starts {
            Starts::Hoffmann | Starts::Given(_) => Starts::Screened,
            any => any.clone(),
        };
        Self { fixed: Vec::new(), tied: Vec::new(), bounds: Vec::new(), starts, ..self.clone() }
    }

    /// What each parameter is, in the order of the law.
    pub(crate) fn roles(&self) -> Result<Vec<Role>> {
        let parameters = &self.law.spec().parameters;
        let mut roles = vec![Role::Free; parameters.len()];
        for (name, value) in &self.fixed {
            let place = self.place_of(name)?;
            let refuse =
                |problem, remedy| Err(Error::option("fix", format!("{name}={value}"), problem, remedy));
            let fitted = parameters[place].to_fitted(*value);
            if roles[place] != Role::Free {
                return refuse("fixes a parameter twice", "remove one");
            }
            if !value.is_finite() {
                return refuse("is not a finite number", "give one");
            }
            if !fitted.is_finite() {
                return refuse(
                    "is not positive, and the parameter is fitted by its logarithm",
                    "give a positive number",
                );
            }
            roles[place] = Role::Fixed(fitted);
        }
        for (name, other) in &self.tied {
            let places = [self.place_of(name)?, self.place_of(other)?];
            let refuse =
                |problem, remedy| Err(Error::option("tie", format!("{name}={other}"), problem, remedy));
            if places[0] == places[1] {
                return refuse("names one parameter twice", "name two different ones");
            }
            if places.iter().any(|place| matches!(roles[*place], Role::Fixed(_))) {
                return refuse("ties a parameter that is fixed", "fix both, and tie neither");
            }
            if self.is_coefficient(places[0]) != self.is_coefficient(places[1])
                || parameters[places[0]].scale != parameters[places[1]].scale
            {
                return refuse("ties a coefficient and an exponent", "tie two of one kind");
            }
            let roots = places.map(|place| root(&roles, place));
            if roots[0] == roots[1] {
                return refuse("repeats an earlier tie", "remove it");
            }
            let [first, last] = [roots[0].min(roots[1]), roots[0].max(roots[1])];
            for place in 0..roles.len() {
                if root(&roles, place) == last {
                    roles[place] = Role::Tied(first);
                }
            }
        }
        if !roles.contains(&Role::Free) {
            let value = self
                .fixed
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(",");
            return Err(Error::option("fix", value, "fixes all parameters", "leave one free"));
        }
        Ok(roles)
    }

    /// The starts that somebody gave, on the fitted scale.
    fn given_starts(&self) -> Vec<Vec<f64>> {
        let Starts::Given(points) = &self.starts else { return Vec::new() };
        let fitted = |point: &Vec<f64>| {
            self.law.spec().parameters.iter().zip(point).map(|(p, value)| p.to_fitted(*value)).collect()
        };
        points.iter().map(fitted).collect()
    }

    /// What each parameter is in a fit to these observations: those that they cannot identify are not free.
    pub(crate) fn roles_for(&self, observations: &Observations) -> Result<Vec<Role>> {
        let mut roles = self.roles()?;
        for (place, role) in unidentified(self.law.as_ref(), observations, &roles, &self.given_starts())? {
            roles[place] = role;
        }
        Ok(roles)
    }

    /// The parameters that these observations cannot identify, by name.
    pub(crate) fn unidentified(&self, observations: &Observations) -> Result<Vec<Unidentified>> {
        Ok(self.changed(&self.roles()?, &self.roles_for(observations)?))
    }

    /// The parameters whose role identification has changed.
    fn changed(&self, own: &[Role], roles: &[Role]) -> Vec<Unidentified> {
        let name = |place: usize| self.law.spec().parameters[place].name.to_string();
        let places = (0..roles.len()).filter(|place| roles[*place] != own[*place]);
        let named = places.map(|place| {
            let like = if let Role::Tied(to) = roles[place] { Some(name(to)) } else { None };
            Unidentified { parameter: name(place), like }
        });
        named.collect()
    }

    /// What is minimised with some ρ.
    pub(crate) fn objective(&self, observations: &Observations, rho: Rho) -> Result<Objective> {
        self.identify(observations, rho).map(|(objective, _)| objective)
    }

    /// The same, with the parameters that these observations cannot identify, by name.
    pub(crate) fn identify(
        &self,
        observations: &Observations,
        rho: Rho,
    ) -> Result<(Objective, Vec<Unidentified>)> {
        let (roles, own) = (self.roles_for(observations)?, self.roles()?);
        let unidentified = self.changed(&own, &roles);
        let mut objective = Objective::new(&self.law, observations, rho, self.residual)?;
        // What cannot be identified is held wherever it may be.
        let bounds = self.box_of(&own)?.into_iter().filter(|bound| roles[bound.place] == Role::Free);
        objective.confine(bounds.collect());
        objective.restrict(roles);
        Ok((objective, unidentified))
    }

    /// Parameters in their own units; those that are fixed, tied or on a bound are so to the last digit.
    pub(crate) fn natural(&self, fitted: &[f64]) -> Vec<f64> {
        let parameters = &self.law.spec().parameters;
        let mut natural: Vec<f64> =
            parameters.iter().zip(fitted).map(|(p, value)| p.to_natural(*value)).collect();
        for (name, _) in &self.bounds {
            if let Ok(place) = self.place_of(name)
                && let Some((value, _)) = self.bound_at(place, fitted[place])
            {
                natural[place] = value;
            }
        }
        if self.fixed.is_empty() && self.tied.is_empty() {
            return natural;
        }
        for (name, value) in &self.fixed {
            if let Ok(place) = self.place_of(name) {
                natural[place] = *value;
            }
        }
        for (place, role) in self.roles().unwrap_or_default().iter().enumerate() {
            if let Role::Tied(to) = role {
                natural[place] = natural[*to];
            }
        }
        natural
    }

    /// Whether a parameter is fitted.
    pub(crate) fn freedom(&self, parameter: &str) -> Freedom {
        let role = self.place_of(parameter).and_then(|place| Ok(self.roles()?[place]));
        match role {
            Ok(Role::Fixed(_)) => Freedom::Fixed,
            Ok(Role::Tied(to)) => Freedom::Tied(self.law.spec().parameters[to].name.to_string()),
            _ => Freedom::Free,
        }
    }

    pub(crate) fn place_of(&self, parameter: &str) -> Result<usize> {
        let spec = self.law.spec();
        spec.place(parameter).ok_or_else(|| {
            let names: Vec<&str> = spec.parameters.iter().map(|p| &*p.name).collect();
            Error::unknown("the parameter", parameter, &names.join(", "))
        })
    }

    fn is_coefficient(&self, place: usize) -> bool {
        self.law.spec().parameters[place].is_coefficient
    }
}

impl Fit {
    /// Number of parameters that were fitted: those of the law without the fixed ones, those that are tied to another and
    /// those that the sweep cannot identify.
    #[must_use]
    pub fn free_parameters(&self) -> usize {
        self.options.free_parameters() - self.unidentified.len()
    }

    /// Whether a parameter was fitted; one that the law has not is free.
    #[must_use]
    pub fn freedom(&self, parameter: &str) -> Freedom {
        if self.unidentified.iter().any(|u| u.parameter == parameter || u.like.as_deref() == Some(parameter))
        {
            return Freedom::Unidentified;
        }
        self.options.freedom(parameter)
    }
}
