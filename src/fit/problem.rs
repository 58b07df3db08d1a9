//! What is fitted: options, their names resolved once against a law and observations.

use super::identified::{Unidentified, unidentified};
use super::{Fit, FitOptions};
use crate::objective::{Bound, Coordinates, End, Objective, Prior, Rho, Role};
use crate::{Error, Observations, Result};

/// What stands for infinity: ln M_p is there within 1e-11 of its limit.
const FAR: f64 = 1e12;
/// Parameters that may be bounded: the faces to search triple with each.
const MOST_BOUNDED: usize = 4;

/// Options, observations, and the coordinates that follow from both.
#[derive(Debug)]
pub(crate) struct Problem<'a> {
    pub(super) options: &'a FitOptions,
    pub(super) observations: &'a Observations,
    /// Not centred yet: that is the objective's.
    pub(crate) coordinates: Coordinates,
    /// Parameters that the inputs cannot tell, whatever the losses: they are not free.
    pub(crate) unidentified: Vec<Unidentified>,
}

impl<'a> Problem<'a> {
    /// # Errors
    /// When what is fixed, tied, bounded or known makes no sense, or the observations lack an input of the law.
    pub(crate) fn new(options: &'a FitOptions, observations: &'a Observations) -> Result<Self> {
        let coordinates = options.coordinates()?;
        let unidentified = unidentified(options, &coordinates, observations)?;
        Self { options, observations, coordinates, unidentified }.held()
    }

    /// Holds what is not identified: in the middle of its range, with the coefficient that it cannot be told from, or at its limit.
    fn held(mut self) -> Result<Self> {
        for Unidentified { parameter, like, limit } in &self.unidentified {
            let place = self.coordinates.place(parameter)?;
            match (limit, like) {
                (Some(end), _) => self.coordinates.fix(place, far(*end)),
                (None, Some(like)) => self.coordinates.tie([self.coordinates.place(like)?, place]),
                (None, None) => {
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

impl Problem<'_> {
    /// The same with a parameter at its limit.
    pub(super) fn at_limit(mut self, place: usize, end: End) -> Self {
        self.coordinates.fix(place, far(end));
        let parameter = self.options.law.spec().parameters[place].name.to_string();
        self.unidentified.push(Unidentified { parameter, like: None, limit: Some(end) });
        self
    }
}

/// The number that stands for a limit.
fn far(end: End) -> f64 {
    match end {
        End::Lower => -FAR,
        End::Upper => FAR,
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
        for (name, prior) in &self.priors {
            know(&mut coordinates, name, *prior)?;
        }
        Ok(coordinates)
    }

    fn tie(&self, coordinates: &mut Coordinates, name: &str, other: &str) -> Result<()> {
        let places = [coordinates.place(name)?, coordinates.place(other)?];
        let kinds =
            places.map(|place| &self.law.spec().parameters[place]).map(|p| (p.is_coefficient, p.scale));
        let roots = places.map(|place| coordinates.root(place));
        let is_fixed = |place: &usize| matches!(coordinates.roles()[*place], Role::Fixed(_));
        let problems = [
            (places[0] == places[1], "names one parameter twice", "name two different ones"),
            (places.iter().any(is_fixed), "ties a parameter that is fixed", "fix both, and tie neither"),
            (kinds[0] != kinds[1], "ties a coefficient and an exponent", "tie two of one kind"),
            (roots[0] == roots[1], "repeats an earlier tie", "remove it"),
        ];
        refuse("tie", || format!("{name}={other}"), &problems)?;
        coordinates.tie(places);
        Ok(())
    }
}

const NOT_POSITIVE: &str = "is not positive, and the parameter is fitted by its logarithm";

/// Refuses a value of a field by the first problem that it has: (whether it has it, problem, remedy).
fn refuse(field: &str, value: impl Fn() -> String, problems: &[(bool, &str, &'static str)]) -> Result<()> {
    match problems.iter().find(|(it_has, ..)| *it_has) {
        Some((_, problem, remedy)) => Err(Error::option(field, value(), problem, *remedy)),
        None => Ok(()),
    }
}

fn fix(coordinates: &mut Coordinates, name: &str, value: f64) -> Result<()> {
    let place = coordinates.place(name)?;
    let problems = [
        (coordinates.roles()[place] != Role::Free, "fixes a parameter twice", "remove one"),
        (!value.is_finite(), "is not a finite number", "give one"),
        (
            !coordinates.fitted_value(place, value).is_finite(),
            NOT_POSITIVE,
            "give a positive number: 1e-12 is as good as 0",
        ),
    ];
    refuse("fix", || format!("{name}={value}"), &problems)?;
    coordinates.fix(place, value);
    Ok(())
}

fn bound(coordinates: &mut Coordinates, name: &str, natural: [f64; 2]) -> Result<()> {
    let (place, [least, most]) = (coordinates.place(name)?, natural);
    let (role, tied) = (coordinates.roles()[place], coordinates.roles().contains(&Role::Tied(place)));
    // Open ends have no logarithm.
    let fitted = natural.map(|end| if end.is_finite() { coordinates.fitted_value(place, end) } else { end });
    let has_no_log = natural.iter().zip(fitted).any(|(end, fitted)| end.is_finite() && !fitted.is_finite());
    let is_ascending = least < most && least < f64::INFINITY && most > f64::NEG_INFINITY;
    let written = "write 0.1..1, 0.1.. or ..1";
    let problems = [
        (coordinates.bound(place).is_some(), "bounds a parameter twice", "remove one"),
        (
            coordinates.bounded() == MOST_BOUNDED,
            "bounds a fifth parameter",
            "bound four at most, or fix some",
        ),
        (matches!(role, Role::Fixed(_)), "bounds a parameter that is fixed", "bound it or fix it"),
        (role != Role::Free || tied, "bounds a parameter that is tied", "bound it or tie it"),
        (least.is_nan() || most.is_nan(), "is not a range of numbers", written),
        (!is_ascending, "does not go from a lower to a higher number", "swap the ends, or fix the parameter"),
        (fitted == [f64::NEG_INFINITY, f64::INFINITY], "has no end", written),
        (has_no_log, NOT_POSITIVE, "give positive ends"),
    ];
    let end = |value: f64| if value.is_infinite() { String::new() } else { value.to_string() };
    refuse("bound", || format!("{name}={}..{}", end(least), end(most)), &problems)?;
    coordinates.confine(Bound { place, natural, fitted });
    Ok(())
}

fn know(coordinates: &mut Coordinates, name: &str, prior: Prior) -> Result<()> {
    let place = coordinates.place(name)?;
    let (centre, width, role) = (prior.centre(), prior.width(), coordinates.roles()[place]);
    let by_factor = matches!(prior, Prior::LogNormal { .. });
    let has_no_log = by_factor && !(centre > 0.0);
    let no_width = !(width > 0.0);
    let problems = [
        (coordinates.is_known(place), "gives a parameter two priors", "remove one"),
        (matches!(role, Role::Fixed(_)), "is of a parameter that is fixed", "fix it, or give it a prior"),
        (!coordinates.is_alone(place), "is of a parameter that is tied", "tie it, or give it a prior"),
        (!centre.is_finite() || !width.is_finite(), "is not of finite numbers", "give such as E=1.5+-0.1"),
        (
            no_width && by_factor,
            "has a factor that is not above 1",
            "give one such as 1.5, or fix the parameter",
        ),
        (no_width, "has an s that is not positive", "give one such as 0.1, or fix the parameter"),
        (!coordinates.fitted_value(place, centre).is_finite(), NOT_POSITIVE, "give a positive centre"),
        (has_no_log, "has a centre that is not positive, and so no factor", "give a positive one, or +-S"),
    ];
    refuse("prior", || format!("{name}={prior}"), &problems)?;
    coordinates.know(place, prior);
    Ok(())
}
