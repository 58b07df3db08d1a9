//! Which parameters were fitted, and which are fixed, tied or at a bound.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{End, Fit, FitOptions, Problem, Warning};
use crate::objective::Role;

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

impl FitOptions {
    /// Number of parameters that are fitted.
    #[must_use]
    pub fn free_parameters(&self) -> usize {
        self.law.spec().parameters.len().saturating_sub(self.fixed.len() + self.tied.len())
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
        let role = self.problem().ok().and_then(|Problem { coordinates, .. }| {
            let place = coordinates.place(parameter).ok()?;
            Some(coordinates.roles()[place])
        });
        match role {
            Some(Role::Fixed(_)) => Freedom::Fixed,
            Some(Role::Tied(to)) => Freedom::Tied(self.law().spec().parameters[to].name.to_string()),
            _ => Freedom::Free,
        }
    }

    /// The bound that a parameter is at, and which end of its range that is; none where it lies inside.
    ///
    /// ```
    /// use nbar::fit::End;
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let fit = fit_scaling_law(&observations, &FitOptions::default().with_bound("E", ..=1.0))?;
    /// assert_eq!(fit.at_bound("E"), Some((1.0, End::Upper)));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn at_bound(&self, parameter: &str) -> Option<(f64, End)> {
        let coordinates = self.problem().ok()?.coordinates;
        let place = coordinates.place(parameter).ok()?;
        coordinates.at_bound(place, coordinates.fitted_value(place, self.parameters[place]))
    }

    /// The warnings of the bounds that bind.
    pub(super) fn at_bounds(&self) -> impl Iterator<Item = Warning> + '_ {
        self.options.bounds.iter().filter_map(|(parameter, _)| {
            let (bound, end) = self.at_bound(parameter)?;
            Some(Warning::AtBound { parameter: parameter.clone(), bound, end })
        })
    }
}
