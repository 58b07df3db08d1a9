//! Parameters that are bounded: which bounds make sense, and which of them bind.

use super::{End, Fit, FitOptions, Warning};
use crate::objective::{Bound, Coordinates, Role};
use crate::{Error, Result};

/// Parameters that may be bounded: the faces to search triple with each.
const MOST_BOUNDED: usize = 4;

/// A range as it is written: `beta=0.1..1`.
fn written(name: &str, [least, most]: [f64; 2]) -> String {
    let end = |value: f64| if value.is_infinite() { String::new() } else { value.to_string() };
    format!("{name}={}..{}", end(least), end(most))
}

impl FitOptions {
    /// The bounds.
    pub(super) fn box_of(&self, coordinates: &Coordinates) -> Result<Vec<Bound>> {
        let roles = coordinates.roles();
        let mut bounds: Vec<Bound> = Vec::with_capacity(self.bounds.len());
        for (name, range) in &self.bounds {
            let place = coordinates.place(name)?;
            let refuse =
                |problem, remedy| Err(Error::option("bound", written(name, *range), problem, remedy));
            let tied = |(place_of_tied, role): (usize, &Role)| match role {
                Role::Tied(to) => place_of_tied == place || *to == place,
                _ => false,
            };
            if bounds.iter().any(|bound| bound.place == place) {
                return refuse("bounds a parameter twice", "remove one");
            }
            if bounds.len() == MOST_BOUNDED {
                return refuse("bounds a fifth parameter", "bound four at most, or fix some");
            }
            if matches!(roles[place], Role::Fixed(_)) {
                return refuse("bounds a parameter that is fixed", "bound it or fix it");
            }
            if roles.iter().enumerate().any(tied) {
                return refuse("bounds a parameter that is tied", "bound it or tie it");
            }
            let [least, most] = *range;
            if least.is_nan() || most.is_nan() {
                return refuse("is not a range of numbers", "write 0.1..1, 0.1.. or ..1");
            }
            if !(least < most) || least == f64::INFINITY || most == f64::NEG_INFINITY {
                return refuse(
                    "does not go from a lower to a higher number",
                    "swap the ends, or fix the parameter",
                );
            }
            let fitted = [(least, f64::NEG_INFINITY), (most, f64::INFINITY)]
                .map(|(end, open)| if end == open { open } else { coordinates.fitted_value(place, end) });
            if fitted == [f64::NEG_INFINITY, f64::INFINITY] {
                return refuse("has no end", "write 0.1..1, 0.1.. or ..1");
            }
            let given = fitted.iter().zip(range).filter(|(_, end)| end.is_finite());
            if given.into_iter().any(|(fitted, _)| !fitted.is_finite()) {
                return refuse(
                    "is not positive, and the parameter is fitted by its logarithm",
                    "give positive ends",
                );
            }
            bounds.push(Bound { place, natural: *range, fitted });
        }
        Ok(bounds)
    }
}

impl Fit {
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
