//! Which parameters were fitted, and which are fixed, tied or at a bound.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{End, Fit, Problem, Warning};
use crate::objective::Role;

/// Whether a parameter is fitted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freedom {
    /// It is.
    Free,
    /// It was given.
    Fixed,
    /// It has the value of this one.
    Tied(String),
    /// The inputs cannot tell it, whatever the losses: see [`Warning::Unidentified`].
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

/// A parameter that the inputs of a sweep cannot tell, whatever the losses: on a dense sweep the order of a mean of N(t).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unidentified {
    pub(crate) parameter: String,
    /// The coefficient that it cannot be told from, and which has half of both; none if it changes no prediction
    /// and was held in the middle of its range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) like: Option<String>,
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
