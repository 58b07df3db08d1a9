//! Walking along one held parameter, or two, from point to point.

use crate::Result;
use crate::fit::Fit;
use crate::objective::{Coordinates, Objective};
use crate::optimize::{Distance, Polisher};

/// A minimum over the free parameters.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) centred: Vec<f64>,
    pub(super) objective: f64,
    pub(super) converged: bool,
}

/// Minimises over all parameters but those at `places`.
#[derive(Debug, Clone)]
pub(super) struct Walker {
    objective: Objective,
    polisher: Polisher,
    places: Vec<usize>,
}

impl Walker {
    /// The walker, and the optimum to walk from.
    pub(super) fn new(fit: &Fit, places: &[usize]) -> Result<(Self, Held)> {
        let (mut objective, free) = fit.objective_at_optimum(fit.options.rho)?;
        let centred = objective.coordinates().free_to_centred(&free);
        let optimum = Held { centred, objective: fit.objective, converged: fit.termination.is_converged() };
        let held = |k: &usize| (*k, objective.coordinates().fitted_value(*k, fit.parameters[*k]));
        objective.hold(&places.iter().map(held).collect::<Vec<_>>());
        let polisher = Polisher::new(&objective);
        Ok((Self { objective, polisher, places: places.to_vec() }, optimum))
    }

    /// The minimum with these fitted values held, reached from `near`.
    pub(super) fn at(&mut self, values: &[f64], near: &Held) -> Held {
        let held: Vec<(usize, f64)> = self.places.iter().copied().zip(values.iter().copied()).collect();
        self.objective.hold(&held);
        let start = self.objective.coordinates().centred_to_free(&near.centred);
        let minimum = self.polisher.polish(&self.objective, &start, Distance::Near);
        Held {
            centred: self.objective.coordinates().free_to_centred(&minimum.theta),
            objective: self.objective.reported(&minimum.theta, minimum.objective),
            converged: minimum.termination.is_converged(),
        }
    }

    pub(super) fn coordinates(&self) -> &Coordinates {
        self.objective.coordinates()
    }
}

/// The lower of two minima at one value.
pub(super) fn lower(a: Held, b: Held) -> Held {
    if b.objective < a.objective { b } else { a }
}
