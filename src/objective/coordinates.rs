//! The scales on which parameters are written, and every map between them.

mod bounds;
mod known;
mod restriction;

use std::sync::Arc;

pub use bounds::End;
pub(crate) use bounds::{Bound, Face};
use known::Known;
use restriction::Restriction;

use crate::law::{Law, Scale, fitted};
use crate::{Error, Result};

/// Longest step in a coefficient, which is e⁵, and in an exponent.
const LONGEST_STEP: f64 = 5.0;

/// What becomes of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// It is fitted.
    Free,
    /// It has this value, in its own unit.
    Fixed(f64),
    /// It has the value of the parameter at this place, which is tied to no other.
    Tied(usize),
}

/// The four scales on which the parameters of a law are written, and the maps between them. Nothing else converts.
///
/// ```text
/// natural   A, α            each in its own unit: given, reported and saved
///    │ ln   ▲ exp           of coefficients; exponents stay
///    ▼      │
/// fitted    ln A, α         what a law is evaluated at
///    │ + xα ▲ - xα          x is the mean slope of ln A's term in α: inputs from their middle
///    ▼      │
/// centred   ln A + xα, α    in which coefficients and exponents act nearly apart
///    │ drop ▲ θ = M z + θ₀  what is fixed, tied or held
///    ▼      │
/// free      z               what a search moves in, and every pass is a function of
/// ```
///
/// Bounds are a box on the fitted scale. On the way from there to the free parameters what lies outside is moved to the
/// nearer end; on the way to the natural scale what is fixed, tied or on a bound is so to the last digit.
#[derive(Debug, Clone)]
pub(crate) struct Coordinates {
    law: Arc<dyn Law>,
    roles: Vec<Role>,
    /// What centring does: (coefficient, exponent, x).
    shifts: Vec<(usize, usize, f64)>,
    /// What is held besides what is fixed: (place, fitted value).
    held: Vec<(usize, f64)>,
    /// Within which starts are laid.
    bounds: Vec<Bound>,
    /// Whether minima, too, have to lie within the bounds.
    confined: bool,
    /// What has a prior.
    known: Vec<Known>,
    /// The fitted length of the range over which each parameter is searched; 1 for sums of powers, whose parameters are
    /// of one size.
    units: Vec<f64>,
    /// The places of the free parameters: z is the centred θ there, and the fitted one where it has a prior.
    free: Vec<usize>,
    /// M and θ₀, if not all are free.
    restriction: Option<Restriction>,
}

impl Coordinates {
    /// Of a law's parameters, all free, without bounds and not centred.
    pub(crate) fn new(law: &Arc<dyn Law>) -> Self {
        let count = law.spec().parameters.len();
        let mut all = Self {
            roles: vec![Role::Free; count],
            shifts: Vec::new(),
            held: Vec::new(),
            bounds: Vec::new(),
            confined: false,
            known: Vec::new(),
            units: vec![1.0; count],
            free: (0..count).collect(),
            restriction: None,
            law: Arc::clone(law),
        };
        if law.as_power_sum().is_none() {
            let lengths = all.declared().into_iter().map(|(low, high)| (high - low).abs());
            all.units = lengths.map(|x| if x.is_finite() && x > 0.0 { x } else { 1.0 }).collect();
        }
        all
    }

    /// Gives a free parameter this value, in its own unit.
    pub(crate) fn fix(&mut self, place: usize, value: f64) {
        self.roles[place] = Role::Fixed(value);
        self.set_restriction();
    }

    /// Gives two parameters, neither of them fixed, one value, and all that are tied to either.
    pub(crate) fn tie(&mut self, places: [usize; 2]) {
        let [one, other] = places.map(|place| self.root(place));
        for place in 0..self.roles.len() {
            if self.root(place) == one.max(other) {
                self.roles[place] = Role::Tied(one.min(other));
            }
        }
        self.set_restriction();
    }

    /// Says what centring does: (coefficient, exponent, by how many times the exponent the coefficient's logarithm is raised).
    pub(super) fn centre(&mut self, shifts: Vec<(usize, usize, f64)>) {
        self.shifts = shifts;
        self.set_restriction();
    }

    /// Holds parameters (place, fitted value), and with a tied one all that it is tied to, besides those that are fixed:
    /// the others are free from now on.
    pub(super) fn hold(&mut self, held: &[(usize, f64)]) {
        self.held = held.to_vec();
        self.set_restriction();
    }

    /// M and θ₀ of the roles and of what is held; what is not free loses its bound.
    ///
    /// On the fitted scale they are what the roles say. Centring shifts no exponent, but a coefficient by its exponents
    /// times their columns' means. z is the *centred* θ of the free parameters. So a coefficient that is fixed moves with
    /// its exponents, and one that is tied with its own and, backwards, with those of the coefficient that it is tied to.
    /// A coefficient with a prior is not centred, so that each prior bears on one z alone.
    fn set_restriction(&mut self) {
        let p = self.roles.len();
        self.bounds.retain(|bound| self.roles[bound.place] == Role::Free);
        let mut known: Vec<Option<f64>> = vec![None; p];
        for (place, role) in self.roles.iter().enumerate() {
            if let Role::Fixed(value) = role {
                known[place] = Some(self.fitted_value(place, *value));
            }
        }
        for &(place, value) in &self.held {
            known[self.root(place)] = Some(value);
        }
        let is_free = |j: usize| self.roles[j] == Role::Free && known[j].is_none();
        let free: Vec<usize> = (0..p).filter(|j| is_free(*j)).collect();
        let q = free.len();
        let shifts_known = self.shifts.iter().any(|(coefficient, ..)| self.is_known(*coefficient));
        if q == p && !shifts_known {
            (self.free, self.restriction) = (free, None);
            return;
        }
        let (mut matrix, mut origin) = (vec![0.0; p * q], vec![0.0; p]);
        for j in 0..p {
            let root = self.root(j);
            if let Some(value) = known[root] {
                origin[j] = value;
            } else if let Some(a) = free.iter().position(|k| *k == root) {
                matrix[j * q + a] = 1.0;
            }
        }
        // The rows of exponents stay as they are.
        let mut add = |to: usize, exponent: usize, mean: f64| {
            origin[to] += mean * origin[exponent];
            (0..q).for_each(|a| matrix[to * q + a] += mean * matrix[exponent * q + a]);
        };
        for &(coefficient, exponent, mean) in &self.shifts {
            if is_free(coefficient) && !self.is_known(coefficient) {
                let tied = (0..p).filter(|j| self.roles[*j] == Role::Tied(coefficient));
                tied.for_each(|j| add(j, exponent, -mean));
            } else {
                add(coefficient, exponent, mean);
            }
        }
        (self.free, self.restriction) = (free, Some(Restriction::new(q, matrix, origin)));
    }

    /// How much faster than a parameter by itself θ changes with a free one, at most.
    pub(super) fn stretch(&self) -> f64 {
        self.restriction.as_ref().map_or(1.0, Restriction::stretch)
    }

    pub(super) fn restriction(&self) -> Option<&Restriction> {
        self.restriction.as_ref()
    }

    /// Whether a parameter changes with any free one.
    pub(super) fn moves(&self, place: usize) -> bool {
        self.restriction.as_ref().is_none_or(|restriction| restriction.moves(place))
    }

    pub(super) fn law(&self) -> &Arc<dyn Law> {
        &self.law
    }

    /// Number of parameters of the law.
    pub(super) fn len(&self) -> usize {
        self.roles.len()
    }

    /// What each parameter is but for what is held.
    pub(crate) fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The places of the free parameters.
    pub(crate) fn free(&self) -> &[usize] {
        &self.free
    }

    /// The parameter whose value another has: itself, unless it is tied.
    pub(crate) fn root(&self, place: usize) -> usize {
        if let Role::Tied(to) = self.roles[place] { to } else { place }
    }

    /// The place of a parameter.
    ///
    /// # Errors
    /// When the law has not got it.
    pub(crate) fn place(&self, parameter: &str) -> Result<usize> {
        let spec = self.law.spec();
        spec.place(parameter).ok_or_else(|| {
            let names: Vec<&str> = spec.parameters.iter().map(|p| &*p.name).collect();
            Error::unknown("the parameter", parameter, &names.join(", "))
        })
    }

    /// Whether a free parameter is the logarithm of a factor of coefficients alone, in which L̂ is linear.
    pub(crate) fn is_coefficient(&self, free: usize) -> bool {
        let is_one = |j: usize| self.law.spec().parameters[j].is_coefficient;
        self.restriction
            .as_ref()
            .map_or_else(|| is_one(free), |r| r.moved(free).all(|(j, by)| by == 1.0 && is_one(j)))
    }

    /// A natural value on the fitted scale.
    pub(crate) fn fitted_value(&self, place: usize, natural: f64) -> f64 {
        self.law.spec().parameters[place].to_fitted(natural)
    }

    /// A fitted value in the parameter's own unit.
    pub(crate) fn natural_value(&self, place: usize, fitted: f64) -> f64 {
        let own = || self.law.spec().parameters[place].to_natural(fitted);
        self.at_bound(place, fitted).map_or_else(own, |(bound, _)| bound)
    }

    /// How fast a natural value changes with the fitted one.
    pub(crate) fn slope(&self, place: usize, natural: f64) -> f64 {
        match self.law.spec().parameters[place].scale {
            Scale::Linear => 1.0,
            Scale::Log => natural,
        }
    }

    pub(crate) fn natural_to_fitted(&self, natural: &[f64]) -> Vec<f64> {
        fitted(&self.law.spec().parameters, natural)
    }

    fn fitted_to_natural(&self, fitted: &[f64]) -> Vec<f64> {
        let own = |(place, value): (usize, &f64)| match self.roles[place] {
            Role::Fixed(value) => value,
            _ => self.natural_value(place, *value),
        };
        let natural: Vec<f64> = fitted.iter().enumerate().map(own).collect();
        (0..natural.len()).map(|place| natural[self.root(place)]).collect()
    }

    pub(crate) fn fitted_to_centred(&self, fitted: &[f64]) -> Vec<f64> {
        self.shifted(fitted, 1.0)
    }

    pub(crate) fn centred_to_fitted(&self, centred: &[f64]) -> Vec<f64> {
        self.shifted(centred, -1.0)
    }

    fn shifted(&self, theta: &[f64], sign: f64) -> Vec<f64> {
        let mut out = theta.to_vec();
        for &(coefficient, exponent, mean) in &self.shifts {
            out[coefficient] += sign * mean * theta[exponent];
        }
        out
    }

    pub(crate) fn centred_to_free(&self, centred: &[f64]) -> Vec<f64> {
        let own = |&j: &usize| if self.is_known(j) { self.uncentred(centred, j) } else { centred[j] };
        self.free.iter().map(own).collect()
    }

    /// A fitted value from the centred ones.
    fn uncentred(&self, centred: &[f64], place: usize) -> f64 {
        let own = self.shifts.iter().filter(|(coefficient, ..)| *coefficient == place);
        own.fold(centred[place], |value, &(_, exponent, mean)| value - mean * centred[exponent])
    }

    pub(crate) fn free_to_centred(&self, free: &[f64]) -> Vec<f64> {
        self.restriction.as_ref().map_or_else(|| free.to_vec(), |r| r.expand(free))
    }

    pub(crate) fn centred_to_natural(&self, centred: &[f64]) -> Vec<f64> {
        self.fitted_to_natural(&self.centred_to_fitted(centred))
    }

    pub(crate) fn free_to_fitted(&self, free: &[f64]) -> Vec<f64> {
        self.centred_to_fitted(&self.free_to_centred(free))
    }

    pub(crate) fn free_to_natural(&self, free: &[f64]) -> Vec<f64> {
        self.centred_to_natural(&self.free_to_centred(free))
    }

    pub(crate) fn natural_to_free(&self, natural: &[f64]) -> Vec<f64> {
        self.fitted_to_free(&self.natural_to_fitted(natural))
    }

    /// Of all fitted values only those of the free parameters are looked at, moved into their bounds.
    pub(crate) fn fitted_to_free(&self, fitted: &[f64]) -> Vec<f64> {
        let mut own = fitted.to_vec();
        for Bound { place, fitted: [least, most], .. } in &self.bounds {
            own[*place] = own[*place].clamp(*least, *most);
        }
        let of = |(j, role): (usize, &Role)| match *role {
            Role::Free => own[j],
            Role::Fixed(value) => self.fitted_value(j, value),
            Role::Tied(to) => own[to],
        };
        let all: Vec<f64> = self.roles.iter().enumerate().map(of).collect();
        self.centred_to_free(&self.fitted_to_centred(&all))
    }

    /// A start at fitted values of some free parameters: (place among the free, value).
    pub(crate) fn start_at(&self, values: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut fitted = vec![0.0; self.roles.len()];
        for &(place, value) in &self.held {
            fitted[self.root(place)] = value;
        }
        for (a, value) in values {
            fitted[self.free[a]] = value;
        }
        self.fitted_to_free(&fitted)
    }

    /// The fitted range of each parameter that the law declares, least and greatest.
    pub(crate) fn declared(&self) -> Vec<(f64, f64)> {
        self.law.spec().parameters.iter().map(|p| (p.to_fitted(p.low), p.to_fitted(p.high))).collect()
    }

    /// The same, given the columns of inputs in their own units.
    pub(crate) fn ranges(&self, inputs: &[&[f64]]) -> Vec<(f64, f64)> {
        let natural = self.law.spec().ranges(inputs).into_iter().enumerate();
        natural.map(|(j, (low, high))| (self.fitted_value(j, low), self.fitted_value(j, high))).collect()
    }

    /// The fitted length of the range of each parameter.
    pub(super) fn units(&self) -> &[f64] {
        &self.units
    }

    /// The range of each free parameter, by which steps and curvatures of parameters of different size compare.
    pub(crate) fn free_units(&self) -> Vec<f64> {
        self.free.iter().map(|&j| self.units[j]).collect()
    }

    /// The longest step in each free parameter: e⁵ in a coefficient, the whole range of others where that is longer.
    pub(crate) fn longest_steps(&self) -> Vec<f64> {
        let longest = |j: &usize| match self.law.spec().parameters[*j].scale {
            Scale::Log => LONGEST_STEP,
            Scale::Linear => self.units[*j].max(LONGEST_STEP),
        };
        self.free.iter().map(longest).collect()
    }
}

#[cfg(test)]
pub(super) mod tests;
