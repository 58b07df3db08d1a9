//! Which parameters are fitted, and which are fixed or tied.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Fit, FitOptions};
use crate::objective::{Coordinates, Role};
use crate::{Error, Result};

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
fn root(roles: &[Role], place: usize) -> usize {
    if let Role::Tied(to) = roles[place] { to } else { place }
}

impl FitOptions {
    /// Number of parameters that are fitted.
    #[must_use]
    pub fn free_parameters(&self) -> usize {
        self.law.spec().parameters.len().saturating_sub(self.fixed.len() + self.tied.len())
    }

    /// What each parameter is, in the order of the law.
    pub(super) fn roles(&self, coordinates: &Coordinates) -> Result<Vec<Role>> {
        let parameters = &self.law.spec().parameters;
        let mut roles = vec![Role::Free; parameters.len()];
        for (name, value) in &self.fixed {
            let place = coordinates.place(name)?;
            let refuse =
                |problem, remedy| Err(Error::option("fix", format!("{name}={value}"), problem, remedy));
            let fitted = coordinates.fitted_value(place, *value);
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
            roles[place] = Role::Fixed(*value);
        }
        for (name, other) in &self.tied {
            let places = [coordinates.place(name)?, coordinates.place(other)?];
            let refuse =
                |problem, remedy| Err(Error::option("tie", format!("{name}={other}"), problem, remedy));
            if places[0] == places[1] {
                return refuse("names one parameter twice", "name two different ones");
            }
            if places.iter().any(|place| matches!(roles[*place], Role::Fixed(_))) {
                return refuse("ties a parameter that is fixed", "fix both, and tie neither");
            }
            let is_coefficient = |place: usize| parameters[place].is_coefficient;
            if is_coefficient(places[0]) != is_coefficient(places[1])
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
        let role = self.problem().and_then(|problem| {
            let place = problem.coordinates.place(parameter)?;
            Ok(problem.coordinates.roles()[place])
        });
        match role {
            Ok(Role::Fixed(_)) => Freedom::Fixed,
            Ok(Role::Tied(to)) => Freedom::Tied(self.law().spec().parameters[to].name.to_string()),
            _ => Freedom::Free,
        }
    }
}
