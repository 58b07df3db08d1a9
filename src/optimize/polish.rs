//! From a start to a proven stationary point: steps across kinks first, Newton's method to prove where they ended.

use super::composite::Reach;
use super::minimum::Minimum;
use super::newton::Polisher;
use super::robust::Effort;
use crate::objective::Objective;

/// Where a polish starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distance {
    /// In the right basin, most likely.
    Near,
    /// Anywhere.
    Far,
    /// Where somebody said, however far: steps that look at the linearised residuals come first, and as many as it takes.
    Given,
}

/// Evaluations of steps that know how residuals curve.
const COMPOSITE: usize = 120;
/// Evaluations at least after a term has been tried without.
const AFTER_LIMIT: usize = 10;
/// Evaluations of Newton's method before steps across kinks, from near, and failed ones among them after which it is left:
/// where few kinks are in the way it is enough.
const FIRST: usize = 8;
const FAILED: usize = 2;
/// Evaluations of Newton's method, which proves what the steps have found.
const PROOF: usize = 16;
/// Evaluations after steps across kinks.
const LAST_LIMIT: usize = 60;
/// Times that both are tried, and from near.
const ROUNDS: usize = 3;
const ROUNDS_NEAR: usize = 1;
/// Among more rows than this single kinks do not matter.
const MOST_ROWS: usize = 20_000;
/// What the logarithm of a coefficient loses so that its term is gone.
const GONE: f64 = 40.0;
/// The same so that its term is small, and may grow again.
const SMALL: f64 = 4.0;
/// Where the objective rises or falls with a term by less than this share of what cancels in it, the sweep says nothing of
/// the term, and it stays.
const FLAT: f64 = 1e-8;

impl Polisher {
    /// Descends from `start` (centred) until stationary, wherever that is. Least absolute deviations are reached by smaller
    /// and smaller δ.
    pub(super) fn polish_freely(
        &mut self,
        objective: &Objective,
        start: &[f64],
        distance: Distance,
    ) -> Minimum {
        self.theta.copy_from_slice(start);
        let (first, rest) = objective.continuation().split_first().unwrap_or((&1.0, &[]));
        let mut minimum = self.polish_at(objective, *first, distance);
        for softening in rest {
            let used = minimum.evaluations;
            minimum = self.polish_at(objective, *softening, Distance::Near);
            minimum.evaluations += used;
        }
        self.workspace.softening = *first;
        minimum
    }

    /// The same for one δ, from `self.theta`.
    fn polish_at(&mut self, objective: &Objective, softening: f64, distance: Distance) -> Minimum {
        self.workspace.softening = softening;
        let mut minimum = if objective.rows().len > MOST_ROWS {
            self.newton(objective, PROOF)
        } else if distance == Distance::Given {
            let theta = &mut self.theta;
            let used = self.robust.descend(objective, &mut self.workspace, theta, Effort::ANYWHERE);
            after(used, self.newton(objective, LAST_LIMIT))
        } else {
            let near = distance == Distance::Near;
            let first = near.then(|| self.try_newton(objective, FIRST, FAILED));
            match first {
                Some(first) if first.termination.is_converged() => first,
                first => {
                    self.workspace.whole_hessian = true;
                    after(first.map_or(0, |first| first.evaluations), self.cross(objective))
                }
            }
        };
        let effort = if objective.continuation().len() > 1 { Effort::VERTEX } else { Effort::NEAR };
        let rounds = if distance == Distance::Near { ROUNDS_NEAR } else { ROUNDS };
        for _ in 0..rounds {
            if minimum.termination.is_converged() || objective.rows().len > MOST_ROWS {
                break;
            }
            let mut used = minimum.evaluations;
            used += self.robust.descend(objective, &mut self.workspace, &mut self.theta, effort);
            self.workspace.whole_hessian = true;
            minimum = after(used, self.newton(objective, LAST_LIMIT));
        }
        self.workspace.whole_hessian = false;
        minimum
    }

    /// Steps across kinks, then Newton's method. A term that is about to vanish is tried without: what a coefficient that
    /// runs off is fitted at is its limit.
    fn cross(&mut self, objective: &Objective) -> Minimum {
        let mut settled = Vec::new();
        // While one term is tried without, no other is looked at.
        let every: Vec<usize> = (0..objective.parameters()).collect();
        let mut used = 0;
        loop {
            let limit = COMPOSITE.saturating_sub(used).max(AFTER_LIMIT);
            let reach = Reach { longest: &self.longest, limit, settled: &settled };
            let descended = self.composite.descend(objective, &mut self.workspace, &mut self.theta, reach);
            used += descended.evaluations;
            let Some(vanishing) = descended.vanishing else { break };
            settled.push(vanishing);
            let before = self.theta.clone();
            self.theta[vanishing] -= GONE;
            let reach = Reach { longest: &self.longest, limit, settled: &every };
            used +=
                self.composite.descend(objective, &mut self.workspace, &mut self.theta, reach).evaluations;
            let without = self.newton(objective, PROOF);
            used += without.evaluations;
            let rise = self.composite.rise(objective, &mut self.workspace, &without.theta, vanishing);
            // No number is no lower either.
            if !(without.objective <= descended.value) || rise.abs() < FLAT {
                self.theta.copy_from_slice(&before);
            } else if rise < 0.0 {
                self.theta[vanishing] = before[vanishing] - SMALL;
            } else if without.termination.is_converged() {
                return Minimum { evaluations: used, ..without };
            } else {
                break;
            }
        }
        after(used, self.newton(objective, PROOF))
    }
}

/// A minimum with the evaluations that came before.
fn after(used: usize, minimum: Minimum) -> Minimum {
    Minimum { evaluations: used + minimum.evaluations, ..minimum }
}
