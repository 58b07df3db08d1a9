//! What is fitted: options, their names resolved once against a law and observations.

use super::identified::{Unidentified, unidentified};
use super::{Fit, FitOptions};
use crate::objective::{Bound, Coordinates, Objective, Rho, Role};
use crate::{Error, Observations, Result};

/// Parameters that may be bounded: the faces to search triple with each.
const MOST_BOUNDED: usize = 4;

/// Options, observations, and the coordinates that follow from both.
#[derive(Debug)]
pub(crate) struct Problem<'a> {
    options: &'a FitOptions,
    observations: &'a Observations,
    /// Not centred yet: that is the objective's.
    pub(crate) coordinates: Coordinates,
    /// Parameters that the inputs cannot tell, whatever the losses: they are not free.
    pub(crate) unidentified: Vec<Unidentified>,
}

impl<'a> Problem<'a> {
    /// # Errors
    /// When what is fixed, tied or bounded makes no sense, or the observations lack an input of the law.
    pub(crate) fn new(options: &'a FitOptions, observations: &'a Observations) -> Result<Self> {
        let coordinates = options.coordinates()?;
        let unidentified = unidentified(options, &coordinates, observations)?;
        Self { options, observations, coordinates, unidentified }.held()
    }

    /// Holds what is not identified: in the middle of its range, or with the coefficient that it cannot be told from.
    fn held(mut self) -> Result<Self> {
        for Unidentified { parameter, like } in &self.unidentified {
            let place = self.coordinates.place(parameter)?;
            match like {
                Some(like) => self.coordinates.tie([self.coordinates.place(like)?, place]),
                None => {
                    let own = &self.options.law.spec().parameters[place];
                    self.coordinates.fix(place, 0.5 * (own.low + own.high));
                }
            }
        }
        Ok(self)
    }

    /// What is minimised with some ρ.
    pub(crate) fn objective(self, rho: Rho) -> Result<Objective> {
        Objective::new(self.coordinates, self.observations, rho, self.options.residual)
    }
}

impl Fit {
    /// What was fitted.
    pub(crate) fn problem(&self) -> Result<Problem<'_>> {
        let (options, observations) = (&self.options, &self.rows);
        let (coordinates, unidentified) = (options.coordinates()?, self.unidentified.clone());
        Problem { options, observations, coordinates, unidentified }.held()
    }
}

impl FitOptions {
    /// The law's coordinates, with what is fixed, tied and bounded.
    pub(super) fn coordinates(&self) -> Result<Coordinates> {
        let mut coordinates = Coordinates::new(&self.law);
        for (name, value) in &self.fixed {
            fix(&mut coordinates, name, *value)?;
        }
        for (name, other) in &self.tied {
            self.tie(&mut coordinates, name, other)?;
        }
        if coordinates.free().is_empty() {
            let fixed = self.fixed.iter().map(|(name, value)| format!("{name}={value}"));
            let value = fixed.collect::<Vec<_>>().join(",");
            return Err(Error::option("fix", value, "fixes all parameters", "leave one free"));
        }
        for (name, range) in &self.bounds {
            bound(&mut coordinates, name, *range)?;
        }
        Ok(coordinates)
    }

    fn tie(&self, coordinates: &mut Coordinates, name: &str, other: &str) -> Result<()> {
        let places = [coordinates.place(name)?, coordinates.place(other)?];
        let refuse = |problem, remedy| Err(Error::option("tie", format!("{name}={other}"), problem, remedy));
        if places[0] == places[1] {
            return refuse("names one parameter twice", "name two different ones");
        }
        if places.iter().any(|place| matches!(coordinates.roles()[*place], Role::Fixed(_))) {
            return refuse("ties a parameter that is fixed", "fix both, and tie neither");
        }
        let [one, other] = places.map(|place| &self.law.spec().parameters[place]);
        if (one.is_coefficient, one.scale) != (other.is_coefficient, other.scale) {
            return refuse("ties a coefficient and an exponent", "tie two of one kind");
        }
        if coordinates.root(places[0]) == coordinates.root(places[1]) {
            return refuse("repeats an earlier tie", "remove it");
        }
        coordinates.tie(places);
        Ok(())
    }
}

fn fix(coordinates: &mut Coordinates, name: &str, value: f64) -> Result<()> {
    let place = coordinates.place(name)?;
    let refuse = |problem, remedy| Err(Error::option("fix", format!("{name}={value}"), problem, remedy));
    if coordinates.roles()[place] != Role::Free {
        return refuse("fixes a parameter twice", "remove one");
    }
    if !value.is_finite() {
        return refuse("is not a finite number", "give one");
    }
    if !coordinates.fitted_value(place, value).is_finite() {
        let problem = "is not positive, and the parameter is fitted by its logarithm";
        return refuse(problem, "give a positive number");
    }
    coordinates.fix(place, value);
    Ok(())
}

fn bound(coordinates: &mut Coordinates, name: &str, natural: [f64; 2]) -> Result<()> {
    let (place, [least, most]) = (coordinates.place(name)?, natural);
    let refuse = |problem, remedy| {
        let end = |value: f64| if value.is_infinite() { String::new() } else { value.to_string() };
        Err(Error::option("bound", format!("{name}={}..{}", end(least), end(most)), problem, remedy))
    };
    if coordinates.bound(place).is_some() {
        return refuse("bounds a parameter twice", "remove one");
    }
    if coordinates.bounded() == MOST_BOUNDED {
        return refuse("bounds a fifth parameter", "bound four at most, or fix some");
    }
    if matches!(coordinates.roles()[place], Role::Fixed(_)) {
        return refuse("bounds a parameter that is fixed", "bound it or fix it");
    }
    if coordinates.roles()[place] != Role::Free || coordinates.roles().contains(&Role::Tied(place)) {
        return refuse("bounds a parameter that is tied", "bound it or tie it");
    }
    if least.is_nan() || most.is_nan() {
        return refuse("is not a range of numbers", "write 0.1..1, 0.1.. or ..1");
    }
    if !(least < most) || least == f64::INFINITY || most == f64::NEG_INFINITY {
        let remedy = "swap the ends, or fix the parameter";
        return refuse("does not go from a lower to a higher number", remedy);
    }
    // Open ends have no logarithm.
    let fitted = natural.map(|end| if end.is_finite() { coordinates.fitted_value(place, end) } else { end });
    if fitted == [f64::NEG_INFINITY, f64::INFINITY] {
        return refuse("has no end", "write 0.1..1, 0.1.. or ..1");
    }
    if natural.iter().zip(fitted).any(|(end, fitted)| end.is_finite() && !fitted.is_finite()) {
        let problem = "is not positive, and the parameter is fitted by its logarithm";
        return refuse(problem, "give positive ends");
    }
    coordinates.confine(Bound { place, natural, fitted });
    Ok(())
}
