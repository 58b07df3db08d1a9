//! Fits with priors: the scale φ that weighs them against the rows, and how much they decide.

use nalgebra::DMatrix;

use super::{Fit, FitOptions, Problem, Rho};
use crate::objective::Objective;
use crate::optimize::{Distance, Minimum, Polisher, SearchResult, Sought, search};
use crate::{Observations, Result};

/// Searches at most: each after the first with the φ of the optimum of the one before.
const SEARCHES: usize = 4;
/// Refits at most until φ is that of the optimum that it leads to.
const REFITS: usize = 40;
/// φ is known to so much of it, after refits and after a search.
const SETTLED: [f64; 2] = [1e-13, 1e-9];

/// Searches with priors, which count by the scale of the residuals at the optimum itself.
///
/// # Errors
/// When the observations lack an input of the law.
pub(super) fn search_known(
    options: &FitOptions,
    rows: &Observations,
    objective: &mut Objective,
    sought: Sought<'_>,
) -> Result<SearchResult> {
    let law = options.law.as_ref();
    let without = FitOptions { priors: Vec::new(), ..options.clone() };
    let plain = Problem::new(&without, rows)?.objective(options.rho)?;
    let mut found = search(law, &plain, sought);
    let Some((lowest, _)) = found.minima.first() else { return Ok(found) };
    objective.weigh_priors(plain.scale_at(&lowest.theta));
    let mut start =
        objective.coordinates().natural_to_free(&plain.coordinates().free_to_natural(&lowest.theta));
    for _ in 0..SEARCHES {
        settle(objective, &start);
        found = search(law, objective, sought);
        let Some((lowest, _)) = found.minima.first() else { break };
        if sought.watch.is_stopped() || is_settled(objective, objective.scale_at(&lowest.theta), SETTLED[1]) {
            break;
        }
        start.clone_from(&lowest.theta);
    }
    Ok(found)
}

fn is_settled(objective: &Objective, phi: f64, share: f64) -> bool {
    !((phi - objective.phi()).abs() > share * phi)
}

/// Refits from a start until φ no longer changes.
fn settle(objective: &mut Objective, start: &[f64]) {
    let mut polisher = Polisher::new(objective);
    let mut theta = start.to_vec();
    for _ in 0..REFITS {
        let Minimum { theta: next, objective: value, .. } =
            polisher.polish(objective, &theta, Distance::Near);
        let phi = objective.scale_at(&next);
        if !value.is_finite() || is_settled(objective, phi, SETTLED[0]) {
            break;
        }
        theta = next;
        objective.weigh_priors(phi);
    }
}

impl Fit {
    /// What was minimised, with some ρ: priors count by the scale of its residuals at the optimum.
    pub(crate) fn refitted(&self, rho: Rho) -> Result<Objective> {
        let mut objective = self.problem()?.objective(rho)?;
        if !self.options.priors.is_empty() {
            let theta = objective.coordinates().natural_to_free(&self.parameters);
            objective.weigh_priors(objective.scale_at(&theta));
        }
        Ok(objective)
    }

    /// How much of what is known of each parameter with a prior is from the prior: its precision over that of both together, at
    /// the optimum, between 0 and 1.
    ///
    /// Of both it is `1/V_kk`, with `V = (κ JᵀWJ/φ + P)⁻¹`. J holds the derivatives of the fitted values. P is the diagonal
    /// matrix of the priors' precisions. κ is the mean of ρ'' under the density `exp(-ρ/φ)/Z`, and 1 for least squares.
    /// The rest is from the runs. See [`FitOptions::with_prior`] for an example.
    ///
    /// # Errors
    /// When a parameter is not finite at the optimum.
    pub fn decided_by_priors(&self) -> Result<Vec<(String, f64)>> {
        if self.options.priors.is_empty() {
            return Ok(Vec::new());
        }
        let (objective, theta) = self.objective_at_optimum(self.options.rho)?;
        let known = objective.prior_information(&theta);
        let p = theta.len();
        let (_, jacobian) = objective.linearised(&theta);
        let rows = objective.rows();
        let size = rows.target.len();
        let column = |j: usize| &jacobian[j * size..][..rows.len];
        let entry = |i: usize, j: usize| {
            let pairs = column(i).iter().zip(column(j)).zip(&rows.weight);
            let of_priors: f64 =
                known.iter().filter(|(own, _)| i == j && *own == i).map(|(_, firm)| firm).sum();
            pairs.map(|((a, b), w)| w * a * b).sum::<f64>() + of_priors
        };
        let diagonal: Vec<f64> = (0..p).map(|j| entry(j, j).sqrt()).collect();
        let whole = DMatrix::from_fn(p, p, |i, j| entry(i, j) / (diagonal[i] * diagonal[j]));
        let inverse = whole.try_inverse();
        let names = &self.law().spec().parameters;
        let share = |(name, _): &(String, _)| {
            let place = names.iter().position(|parameter| parameter.name == *name);
            let own = |(free, _): &&(usize, f64)| Some(objective.coordinates().free()[*free]) == place;
            let share =
                known.iter().find(own).zip(inverse.as_ref()).map_or(0.0, |((free, firm), inverse)| {
                    firm / diagonal[*free].powi(2) * inverse[(*free, *free)]
                });
            (name.clone(), share.clamp(0.0, 1.0))
        };
        Ok(self.options.priors.iter().map(share).collect())
    }

    /// The same as documents have it; nothing where it cannot be said.
    pub(crate) fn shares_of_priors(&self) -> impl Iterator<Item = (String, serde_json::Value)> {
        let shares = self.decided_by_priors().unwrap_or_default();
        shares.into_iter().map(|(name, share)| (name, share.into()))
    }

    /// How many parameters priors decide, all shares together.
    pub(crate) fn known(&self) -> f64 {
        // A fit that ran off has no J.
        self.decided_by_priors().map_or(0.0, |shares| shares.iter().map(|(_, share)| share).sum())
    }

    /// The s of a parameter's prior on the fitted scale, at the optimum.
    pub(crate) fn prior_width(&self, place: usize) -> Option<f64> {
        let (objective, theta) = self.objective_at_optimum(self.options.rho).ok()?;
        let precisions = objective.prior_precisions(&theta);
        let own = precisions.iter().find(|(free, _)| objective.coordinates().free()[*free] == place)?;
        Some(own.1.sqrt().recip())
    }

    /// Σ w ρ, without what priors add.
    pub(crate) fn of_rows(&self) -> f64 {
        let anew = if self.options.priors.is_empty() { None } else { self.sum_of_rows().ok() };
        anew.unwrap_or(self.objective)
    }

    /// The same, worked out anew at the parameters.
    pub(crate) fn sum_of_rows(&self) -> Result<f64> {
        let residuals = self.residuals_of(&self.rows, self.options.residual)?;
        let weight = |i: usize| self.rows.weight().map_or(1.0, |w| w[i]);
        Ok(residuals.iter().enumerate().map(|(i, r)| weight(i) * self.options.rho.of(*r)).sum())
    }

    /// The objective, worked out anew at the parameters.
    pub(crate) fn objective_anew(&self) -> Result<f64> {
        let penalty = self.refitted(self.options.rho)?.penalty_of_natural(&self.parameters);
        Ok(self.sum_of_rows()? + penalty)
    }
}
