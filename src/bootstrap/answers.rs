//! Several quantities of each draw at once, some of which a draw may not have.

use std::iter;

use super::{Ensemble, Estimate};
use crate::bend::BendDraw;
use crate::numeric::parallel::map_blocks;
use crate::{Error, Result};

/// The parameters of a draw, and the bend that was drawn with them: then its law is that of the optimum, moved as the bend says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub(crate) parameters: &'a [f64],
    pub(crate) bend: Option<&'a BendDraw<'a>>,
}

impl<'a> From<&'a Vec<f64>> for Sample<'a> {
    fn from(parameters: &'a Vec<f64>) -> Self {
        Self { parameters, bend: None }
    }
}

impl<'a> From<&'a [f64]> for Sample<'a> {
    fn from(parameters: &'a [f64]) -> Self {
        Self { parameters, bend: None }
    }
}

/// Something at the optimum, of each draw, and with each run left out (for BCa only).
#[derive(Debug)]
pub(crate) struct OfAll<T> {
    pub(crate) optimum: T,
    pub(crate) draws: Vec<T>,
    pub(crate) left_out: Vec<T>,
    /// Which of the draws are bent; empty if none is.
    bent: Vec<bool>,
}

impl<T> OfAll<T> {
    pub(crate) fn map<U>(&self, of: impl Fn(&T) -> U) -> OfAll<U> {
        let each = |all: &[T]| all.iter().map(&of).collect();
        OfAll {
            optimum: of(&self.optimum),
            draws: each(&self.draws),
            left_out: each(&self.left_out),
            bent: self.bent.clone(),
        }
    }

    fn into<U>(self, of: impl Fn(T) -> U) -> OfAll<U> {
        let each = |all: Vec<T>| all.into_iter().map(&of).collect();
        OfAll {
            optimum: of(self.optimum),
            draws: each(self.draws),
            left_out: each(self.left_out),
            bent: self.bent,
        }
    }
}

/// Whether two numbers are the same, but for the rounding of what they were searched for by.
pub(crate) fn alike(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

/// The refusal of an answer that depends on this parameter.
pub(crate) fn not_identified(question: &'static str, parameter: &str) -> Error {
    Error::unanswerable(
        question,
        format!("the answer depends on {parameter}, which the sweep does not identify"),
        format!("add runs that tell it, or give it when fitting (`fix: {parameter}=VALUE`)"),
    )
}

/// Several quantities, from what they are at the optimum and in the draws.
#[derive(Debug)]
pub(crate) struct Answers<const K: usize> {
    /// One estimate each; none if the optimum itself has no answer.
    pub(crate) estimates: Option<[Estimate; K]>,
    /// Share of the draws that have an answer.
    pub(crate) reached: f64,
}

/// What stands for infinity among draws, so that quantiles can be interpolated; and what is taken for it afterwards.
const FAR: f64 = 1e300;
const INFINITE: f64 = 1e250;

impl Ensemble {
    /// Something of the parameters, wherever they are known.
    fn of_all<T: Send>(&self, of: impl Fn(&[f64]) -> T + Send + Sync) -> OfAll<T> {
        let each = |draws: &[Vec<f64>]| {
            map_blocks(draws.len(), 32, |block| draws[block].iter().map(|draw| of(draw)).collect())
        };
        let (optimum, draws, left_out) = (of(&self.fit.parameters), each(&self.draws), each(&self.left_out));
        OfAll { optimum, draws, left_out, bent: Vec::new() }
    }

    /// Something that the bend may change, in draws that carry it: else as [`identified`](Self::identified).
    pub(crate) fn bent<T: Send>(
        &self,
        question: &'static str,
        of: impl Fn(Sample<'_>) -> T + Send + Sync,
        same: impl Fn(&T, &T) -> bool + Send + Sync,
    ) -> Result<OfAll<T>> {
        let Some(bend) = self.bend() else {
            return self.identified(question, |parameters| of(parameters.into()), same);
        };
        let one = |index: usize| {
            let bend = bend.draw(self.options.seed, index);
            (of(Sample { parameters: &self.draws[index], bend: bend.as_ref() }), bend.is_some())
        };
        let drawn = map_blocks(self.draws.len(), 8, |block| block.map(one).collect());
        let (draws, bent) = drawn.into_iter().unzip();
        let plain = |parameters: &Vec<f64>| of(parameters.into());
        let left_out = self.left_out.iter().map(plain).collect();
        Ok(OfAll { optimum: plain(&self.fit.parameters), draws, left_out, bent })
    }

    /// The same, unless it depends on parameters that the sweep does not identify: then it would be what the fit happened to put
    /// there. `same` says whether two are alike.
    pub(crate) fn identified<T: Send>(
        &self,
        question: &'static str,
        of: impl Fn(&[f64]) -> T + Send + Sync,
        same: impl Fn(&T, &T) -> bool + Send + Sync,
    ) -> Result<OfAll<T>> {
        if self.fit.unidentified.is_empty() {
            return Ok(self.of_all(of));
        }
        let found = self.of_all(|parameters| self.fit.resting_on(parameters, &of, &same));
        match iter::once(&found.optimum).chain(&found.draws).find_map(|(_, needed)| needed.as_ref()) {
            Some(parameter) => Err(not_identified(question, parameter)),
            None => Ok(found.into(|(found, _)| found)),
        }
    }

    /// The estimate of a quantity.
    pub(crate) fn estimate_of(&self, quantity: OfAll<f64>) -> Estimate {
        let OfAll { optimum, draws, left_out, bent } = quantity;
        let straight = straight(&draws, &bent);
        let [estimate] = self.estimates([(optimum, draws, left_out)], &[straight]);
        if bent.is_empty() { estimate } else { estimate.covered() }
    }

    /// The estimates of several quantities. Where a draw has none, a quantity counts as what `missing` says: infinite, or not at
    /// all (NaN).
    pub(crate) fn answers<const K: usize>(
        &self,
        missing: [f64; K],
        found: &OfAll<Option<[f64; K]>>,
    ) -> Answers<K> {
        let reached = found.draws.iter().flatten().count() as f64 / found.draws.len().max(1) as f64;
        let column = |all: &[Option<[f64; K]>], k: usize| -> Vec<f64> {
            let values =
                all.iter().map(|quantities| quantities.map_or(missing[k], |quantities| quantities[k]));
            values.filter(|value| !value.is_nan()).map(|value| value.min(FAR)).collect()
        };
        // The acceleration of BCa rests on those that have an answer.
        let finite = |all: Vec<f64>| all.into_iter().filter(|value| *value < INFINITE).collect();
        let estimates = found.optimum.map(|at_optimum| {
            let wholes: [_; K] = std::array::from_fn(|k| {
                (at_optimum[k], column(&found.draws, k), finite(column(&found.left_out, k)))
            });
            let straight: [_; K] = std::array::from_fn(|k| {
                let kept = |quantities: &Option<[f64; K]>| !quantities.map_or(missing[k], |q| q[k]).is_nan();
                let bent = found.bent.iter().zip(&found.draws).filter(|(_, draw)| kept(draw));
                straight(&wholes[k].1, &bent.map(|(bent, _)| *bent).collect::<Vec<bool>>())
            });
            self.estimates(wholes, &straight).map(|mut estimate| {
                if !found.bent.is_empty() {
                    estimate = estimate.covered();
                }
                let [lower, upper] = &mut estimate.interval;
                // A mirrored interval (basic) has no lower end where the other is not reached.
                *lower = if *lower < -INFINITE { 0.0 } else { *lower };
                for end in [lower, upper] {
                    *end = if *end > INFINITE { f64::INFINITY } else { *end };
                }
                if reached < 1.0 {
                    estimate.std_error = f64::NAN;
                }
                estimate
            })
        });
        Answers { estimates, reached }
    }
}

/// Of some draws, those that are not bent: a bias is that of the law alone. None where no draw is bent.
fn straight(draws: &[f64], bent: &[bool]) -> Option<Vec<f64>> {
    let kept = || draws.iter().zip(bent).filter(|(_, bent)| !**bent).map(|(value, _)| *value).collect();
    (!bent.is_empty()).then(kept)
}
