//! Parameters of which something is known before the fit.

use super::{Coordinates, Role};
use crate::law::Scale;
use crate::objective::prior::{Distance, Prior};

/// A parameter with a prior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known {
    place: usize,
    scale: Scale,
    prior: Prior,
}

impl Coordinates {
    /// Gives a free parameter a prior.
    pub(crate) fn know(&mut self, place: usize, prior: Prior) {
        let scale = self.law.spec().parameters[place].scale;
        self.known.push(Known { place, scale, prior });
        self.set_restriction();
    }

    /// Whether a parameter has a prior.
    pub(crate) fn is_known(&self, place: usize) -> bool {
        self.known.iter().any(|known| known.place == place)
    }

    /// Whether any has.
    pub(crate) fn has_priors(&self) -> bool {
        !self.known.is_empty()
    }

    /// What is held where each free parameter with a prior is held at its centre too; none where there is no such parameter.
    pub(in crate::objective) fn at_centres(&self) -> Option<Vec<(usize, f64)>> {
        let free = self.known.iter().filter(|known| self.free.contains(&known.place));
        let centre = |known: &Known| (known.place, self.fitted_value(known.place, known.prior.centre()));
        let centres: Vec<_> = free.map(centre).filter(|(_, value)| value.is_finite()).collect();
        (!centres.is_empty()).then(|| [&self.held[..], &centres].concat())
    }

    /// How far z lies from the centre of each prior, with the place of its parameter among the free ones.
    pub(in crate::objective) fn distances<'a>(
        &'a self,
        free: &'a [f64],
    ) -> impl Iterator<Item = (Option<usize>, Distance)> + 'a {
        self.known.iter().filter_map(|known| {
            let place = self.free.iter().position(|place| *place == known.place);
            let held = || self.held.iter().find(|(place, _)| *place == known.place).map(|(_, value)| *value);
            let value = place.map(|a| free[a]).or_else(held)?;
            Some((place, known.prior.distance(known.scale, value)))
        })
    }

    /// Moves the centre of each prior from where others have it, by so many of its s.
    pub(in crate::objective) fn draw_priors(&mut self, from: &Self, mut by: impl FnMut() -> f64) {
        for (known, from) in self.known.iter_mut().zip(&from.known) {
            known.prior = from.prior.moved(by());
        }
    }

    /// Whether a parameter may have a prior: it is free, and no other is tied to it.
    pub(crate) fn is_alone(&self, place: usize) -> bool {
        self.roles[place] == Role::Free && !self.roles.contains(&Role::Tied(place))
    }
}
