//! What priors add to the objective: `φ Σ ½ u²`.

use rand_chacha::ChaCha8Rng;

use super::scale::{curvature, likelihood_scale};
use super::{Objective, Rho};
use crate::kernel::power_sum::Workspace;
use crate::numeric::random::normal;

/// What priors add at a point.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Penalty {
    pub(crate) value: f64,
    /// One for each prior on a free parameter.
    pub(crate) pulls: Vec<Pull>,
}

/// What one prior adds to the derivatives in its parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pull {
    /// The parameter's place among the free ones.
    pub(crate) free: usize,
    pub(crate) slope: f64,
    /// The second derivative, and the part of it that is never negative.
    pub(crate) curvature: f64,
    pub(crate) firm: f64,
    /// The sizes that cancel in the slope.
    pub(crate) size: f64,
}

impl Objective {
    /// The same with its priors counted so much: φ, in units of Σ w ρ.
    pub(crate) fn weigh_priors(&mut self, phi: f64) {
        self.phi = if phi.is_finite() { phi } else { 0.0 };
    }

    /// φ.
    pub(crate) fn phi(&self) -> f64 {
        self.phi
    }

    /// φ at a point: the scale s at which the density exp(-ρ/s)/Z makes the residuals likeliest, their weights as they are.
    pub(crate) fn scale_at(&self, theta: &[f64]) -> f64 {
        let (rows, residuals) = (self.rows(), self.residuals(theta));
        let weight = &rows.weight[..rows.len];
        let (sum, all) = residuals
            .iter()
            .zip(weight)
            .fold((0.0, 0.0), |(sum, all), (r, w)| (sum + w * self.rho.of(*r), all + w));
        likelihood_scale(sum / all, self.rho) * all / rows.len as f64
    }

    /// What priors add, in the units in which a pass sums.
    pub(crate) fn penalty(&self, theta: &[f64], workspace: &Workspace) -> Penalty {
        let unit = if self.rho == Rho::Laplace { self.measure(workspace).delta } else { 1.0 };
        self.penalty_times(theta, unit)
    }

    /// What priors add, in units of Σ w ρ.
    pub(super) fn penalty_times(&self, theta: &[f64], unit: f64) -> Penalty {
        let mut penalty = Penalty::default();
        let weight = unit * self.phi;
        if weight == 0.0 {
            return penalty;
        }
        for (free, distance) in self.coordinates.distances(theta) {
            penalty.value += 0.5 * weight * distance.u * distance.u;
            let Some(free) = free else { continue };
            let firm = weight * distance.first * distance.first;
            penalty.pulls.push(Pull {
                free,
                slope: weight * distance.u * distance.first,
                curvature: firm + weight * distance.u * distance.second,
                firm,
                size: weight * distance.size * distance.first.abs(),
            });
        }
        penalty
    }

    /// What priors add at parameters in their own units, in units of Σ w ρ.
    pub(crate) fn penalty_of_natural(&self, natural: &[f64]) -> f64 {
        self.penalty_times(&self.coordinates.natural_to_free(natural), 1.0).value
    }

    /// Puts each prior of `into` about a centre drawn from the prior itself.
    pub(crate) fn draw_priors(&self, rng: &mut ChaCha8Rng, into: &mut Objective) {
        into.coordinates.draw_priors(&self.coordinates, || normal(rng));
    }

    /// How far the centre of each prior lies from a point, along the parameter's place among the free ones.
    pub(crate) fn prior_distances(&self, theta: &[f64]) -> Vec<(usize, f64)> {
        let pulls = self.penalty_times(theta, 1.0).pulls;
        pulls.into_iter().map(|pull| (pull.free, -pull.slope / pull.firm)).collect()
    }

    /// The precision of each prior at a point: (place among the free parameters, precision).
    pub(crate) fn prior_precisions(&self, theta: &[f64]) -> Vec<(usize, f64)> {
        let pulls = self.penalty_times(theta, 1.0).pulls;
        pulls.into_iter().map(|pull| (pull.free, pull.firm / self.phi)).collect()
    }

    /// The curvature of each prior at a point in units of JᵀWJ, J being the derivatives of the fitted values: (place among the
    /// free parameters, curvature). The rows' own curvature is the mean of ρ'' under the density of which φ is the scale.
    pub(crate) fn prior_information(&self, theta: &[f64]) -> Vec<(usize, f64)> {
        if self.phi == 0.0 || !self.coordinates.has_priors() {
            return Vec::new();
        }
        let rows = self.rows();
        // φ is of weights as they are, and the density of weights whose mean is 1.
        let mean = rows.weight[..rows.len].iter().sum::<f64>() / rows.len as f64;
        let of_row = curvature(self.phi / mean, self.rho);
        let weight = self.phi / of_row;
        self.prior_precisions(theta).into_iter().map(|(free, precision)| (free, weight * precision)).collect()
    }
}
