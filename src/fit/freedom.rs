//! Which parameters were fitted, and which are fixed, tied or at a bound.

use std::fmt;

use super::{End, Fit, Problem};
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
    /// The inputs cannot tell it, whatever the losses: see [`Warning::Unidentified`](crate::Warning::Unidentified).
    Unidentified,
    /// It runs off, and the runs do not tell it from its limit, which is this: see [`Warning::AtLimit`](crate::Warning::AtLimit).
    AtLimit(&'static str),
}

impl fmt::Display for Freedom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Freedom::Free => f.write_str("free"),
            Freedom::Fixed => f.write_str("fixed"),
            Freedom::Tied(to) => write!(f, "= {to}"),
            Freedom::Unidentified => f.write_str("not identified"),
            Freedom::AtLimit(limit) => f.write_str(limit),
        }
    }
}

impl Fit {
    /// Number of parameters that were fitted: those of the law without the fixed ones, those that are tied to another,
    /// those that the sweep cannot identify and those at their limits.
    #[must_use]
    pub fn free_parameters(&self) -> usize {
        self.options.free_parameters() - self.unidentified.len()
    }

    /// Whether a parameter was fitted; one that the law has not is free.
    #[must_use]
    pub fn freedom(&self, parameter: &str) -> Freedom {
        if let Some(limit) = self.limit_of(parameter) {
            return Freedom::AtLimit(limit);
        }
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
}
