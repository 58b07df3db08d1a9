//! Several quantities of each draw at once, some of which a draw may not have.

use rayon::prelude::*;

use crate::bootstrap::{Ensemble, Estimate};
use crate::{Error, Result};

/// Several quantities, from what they are at the optimum and in the draws.
#[derive(Debug)]
pub(super) struct Answers<const K: usize> {
    /// One estimate each; none if the optimum itself has no answer.
    pub(super) estimates: Option<[Estimate; K]>,
    /// Share of the draws that have an answer.
    pub(super) reached: f64,
}

/// What stands for infinity among draws, so that quantiles can be interpolated; and what is taken for it afterwards.
const FAR: f64 = 1e300;
const INFINITE: f64 = 1e250;

impl Ensemble {
    /// Quantities of the optimum and of each draw. Where a draw has none, a quantity counts as what `missing` says: infinite, or
    /// not at all (NaN).
    pub(super) fn answers<const K: usize>(
        &self,
        missing: [f64; K],
        at_optimum: Option<[f64; K]>,
        of: impl Fn(&[f64]) -> Option<[f64; K]> + Send + Sync,
    ) -> Answers<K> {
        let each =
            |draws: &[Vec<f64>]| draws.par_iter().with_min_len(32).map(|draw| of(draw)).collect::<Vec<_>>();
        let (draws, left_out) = (each(&self.draws), each(&self.left_out));
        let reached = draws.iter().flatten().count() as f64 / draws.len().max(1) as f64;
        let column = |all: &[Option<[f64; K]>], k: usize| -> Vec<f64> {
            let values =
                all.iter().map(|quantities| quantities.map_or(missing[k], |quantities| quantities[k]));
            values.filter(|value| !value.is_nan()).map(|value| value.min(FAR)).collect()
        };
        // The acceleration of BCa rests on those that have an answer.
        let finite = |all: Vec<f64>| all.into_iter().filter(|value| *value < INFINITE).collect();
        let estimates = at_optimum.map(|at_optimum| {
            let wholes: [_; K] =
                std::array::from_fn(|k| (at_optimum[k], column(&draws, k), finite(column(&left_out, k))));
            self.estimates(wholes).map(|mut estimate| {
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

    /// Refuses to answer from parameters that the sweep does not identify.
    pub(super) fn identified(&self, question: &'static str) -> Result<()> {
        if self.fit.unidentified.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.fit.unidentified.iter().map(|u| u.parameter.as_str()).collect();
        Err(Error::Unanswerable {
            question,
            problem: format!("the sweep does not identify {}", names.join(", ")),
            remedy: "see the warnings of the fit",
        })
    }
}
