//! Walking along one held parameter, or two, from point to point.

use crate::Result;
use crate::fit::Fit;
use crate::objective::Objective;
use crate::optimize::{Distance, Polisher};

/// A minimum over the free parameters.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// All parameters, centred.
    pub(super) theta: Vec<f64>,
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
        let theta = objective.whole(&free);
        let optimum = Held { theta, objective: fit.objective, converged: fit.termination.is_converged() };
        let held: Vec<(usize, f64)> = places.iter().map(|k| (*k, fit.fitted_value(*k))).collect();
        objective.hold(&held);
        let polisher = Polisher::new(&objective);
        Ok((Self { objective, polisher, places: places.to_vec() }, optimum))
    }

    /// The minimum with these values held, on the law's fitted scale, reached from `near`.
    pub(super) fn at(&mut self, values: &[f64], near: &Held) -> Held {
        let held: Vec<(usize, f64)> = self.places.iter().copied().zip(values.iter().copied()).collect();
        self.objective.hold(&held);
        let start = self.objective.free_part(&near.theta);
        let minimum = self.polisher.polish(&self.objective, &start, Distance::Near);
        Held {
            theta: self.objective.whole(&minimum.theta),
            objective: self.objective.reported(&minimum.theta, minimum.objective),
            converged: minimum.termination.is_converged(),
        }
    }

    /// A minimum's parameters on the law's fitted scale.
    pub(super) fn fitted(&self, held: &Held) -> Vec<f64> {
        self.objective.uncentred(&held.theta)
    }
}

/// The lower of two minima at one value.
pub(super) fn lower(a: Held, b: Held) -> Held {
    if b.objective < a.objective { b } else { a }
}
