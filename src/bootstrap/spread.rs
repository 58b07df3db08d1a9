//! A quantity in the draws, and its interval at any level.

use super::interval::Basis;
use super::{Ensemble, Estimate};

/// What a quantity is at the optimum and in the draws.
#[derive(Debug)]
pub(crate) struct Spread<'a> {
    pub(crate) ensemble: &'a Ensemble,
    pub(crate) estimate: f64,
    pub(super) draws: Vec<f64>,
    /// Draws in which it is no number: they count as without end.
    pub(crate) unknown: usize,
    left_out: Vec<f64>,
    basis: Basis<'static>,
}

impl Ensemble {
    /// What follows from the parameters at the optimum, in the draws and with each run left out.
    pub(crate) fn spread(&self, of: impl Fn(&[f64]) -> f64) -> Spread<'_> {
        let each = |draws: &[Vec<f64>]| draws.iter().map(|draw| of(draw)).collect::<Vec<f64>>();
        let (mut draws, mut left_out) = (each(&self.draws), each(&self.left_out));
        let estimate = of(&self.fit.parameters);
        let unknown = draws.iter().filter(|value| value.is_nan()).count();
        draws.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = f64::INFINITY);
        left_out.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = estimate);
        let rests_on = if draws.is_empty() { None } else { self.rests_on(&draws) };
        let basis = Basis { rests_on, ..self.basis(&[]) };
        Spread { ensemble: self, estimate, draws, unknown, left_out, basis }
    }
}

impl Spread<'_> {
    fn basis(&self, level: f64) -> Basis<'_> {
        Basis { level, left_out: &self.left_out, ..self.basis }
    }

    /// The interval at a level; not a number without draws.
    pub(crate) fn interval(&self, level: f64) -> [f64; 2] {
        if self.draws.is_empty() {
            return Estimate::point(self.estimate).interval;
        }
        self.basis(level).interval(self.estimate, &mut self.draws.clone())
    }

    /// The probabilities at which the interval ends of something whose draws have no bias, and by how much farther from the
    /// estimate than these draws it has to lie.
    pub(super) fn tails(&self, level: f64) -> ([f64; 2], f64) {
        let basis = Basis { rests_on: None, ..self.basis(level) };
        (basis.tails(), self.basis(level).students_t_at_ends() / basis.students_t_at_ends())
    }
}
