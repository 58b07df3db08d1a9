//! Several quantities of each draw at once, some of which a draw may not have.

use std::iter;

use super::bent::{INFINITE, NEVER, widened};
use super::{Ensemble, Estimate};
use crate::bend::Bent;
use crate::numeric::parallel::map_blocks;
use crate::numeric::statistics::{deviation_from, quantiles, standard_deviation};
use crate::{Error, Result};

/// The parameters of a draw, and the bend that was drawn with them: then its law is that of the optimum, moved as the bend says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub(crate) parameters: &'a [f64],
    pub(crate) bend: Option<Bent<'a>>,
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

/// Something at the optimum, of each draw, and with each run left out (for BCa only); where the law bends, of as many draws that are bent.
#[derive(Debug)]
pub(crate) struct OfAll<T> {
    pub(crate) optimum: T,
    pub(crate) draws: Vec<T>,
    pub(crate) left_out: Vec<T>,
    /// None, or one a draw.
    bent: Vec<T>,
    /// Probability of a bend.
    share: f64,
}

impl<T> OfAll<T> {
    pub(crate) fn map<U>(&self, of: impl Fn(&T) -> U) -> OfAll<U> {
        let each = |all: &[T]| all.iter().map(&of).collect();
        OfAll {
            optimum: of(&self.optimum),
            draws: each(&self.draws),
            left_out: each(&self.left_out),
            bent: each(&self.bent),
            share: self.share,
        }
    }

    fn into<U>(self, of: impl Fn(T) -> U) -> OfAll<U> {
        let each = |all: Vec<T>| all.into_iter().map(&of).collect();
        OfAll {
            optimum: of(self.optimum),
            draws: each(self.draws),
            left_out: each(self.left_out),
            bent: each(self.bent),
            share: self.share,
        }
    }

    /// The draws, of which so many are bent as a bend is likely: evenly spread over all.
    pub(crate) fn mixed(&self) -> impl Iterator<Item = &T> {
        let is_bent = |place: usize| (place as f64 * GOLDEN).fract() < self.share;
        let one = move |(place, draw)| match self.bent.get(place) {
            Some(bent) if is_bent(place) => bent,
            _ => draw,
        };
        self.draws.iter().enumerate().map(one)
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
    /// Share of the draws that have an answer; not a number where there are none.
    pub(crate) reached: f64,
}

/// Multiples of it, less their integers, are evenly spread.
const GOLDEN: f64 = 0.618_033_988_749_895;
/// A bend less likely than this is left out of answers.
pub(crate) const UNLIKELY: f64 = 1e-3;

/// An end of an interval, where it is among what stands for infinity and for nothing.
fn end_of(at: f64) -> f64 {
    match at {
        at if at > INFINITE => f64::INFINITY,
        at if at > 0.0 && at < INFINITE.recip() => 0.0,
        at => at,
    }
}

/// How far the draws, bent and straight, are off the estimate, and at least what the law's own say: the interval covers both. Draws without an end are
/// left out where they are no more than an end of the interval leaves out; none where they are more.
fn bent_error(estimate: Estimate, mixed: &[f64], level: f64) -> f64 {
    let own = estimate.std_error;
    let finite: Vec<f64> = mixed.iter().copied().filter(|value| *value < INFINITE).collect();
    let is_open = (mixed.len() - finite.len()) as f64 > 0.5 * (1.0 - level) * mixed.len() as f64;
    if own.is_nan() || is_open { f64::NAN } else { own.max(deviation_from(estimate.estimate, &finite)) }
}

impl Ensemble {
    /// Something of the parameters, wherever they are known.
    fn of_all<T: Send>(&self, of: impl Fn(&[f64]) -> T + Send + Sync) -> OfAll<T> {
        let jobs = self.fit.options.jobs;
        let each = |draws: &[Vec<f64>]| {
            map_blocks(jobs, draws.len(), 32, |block| draws[block].iter().map(|draw| of(draw)).collect())
        };
        let (optimum, draws, left_out) = (of(&self.fit.parameters), each(&self.draws), each(&self.left_out));
        OfAll { optimum, draws, left_out, bent: Vec::new(), share: 0.0 }
    }

    /// The same as [`identified`](Self::identified), of something that a bend may change.
    pub(crate) fn bent<T: Send>(
        &self,
        question: &'static str,
        of: impl Fn(Sample<'_>) -> T + Send + Sync,
        same: impl Fn(&T, &T) -> bool + Send + Sync,
    ) -> Result<OfAll<T>> {
        let found = self.identified(question, |parameters| of(parameters.into()), same)?;
        let Some(bend) = self.bend().filter(|bend| bend.probability > UNLIKELY) else { return Ok(found) };
        let (jobs, count) = (self.fit.options.jobs, self.draws.len());
        let bends = self.bend.draws(bend, self.options.seed, count, jobs);
        let one = |index: usize| {
            let bent = bends[index].as_ref().map(|draw| Bent { bend, draw });
            of(Sample { parameters: &self.draws[index], bend: bent })
        };
        let bent = map_blocks(jobs, self.draws.len(), 8, |block| block.map(one).collect());
        Ok(OfAll { bent, share: bend.probability, ..found })
    }

    /// The same, unless it depends on parameters that the sweep does not identify: then it would be what the fit happened to put
    /// there. `same` says whether two are alike.
    pub(crate) fn identified<T: Send>(
        &self,
        question: &'static str,
        of: impl Fn(&[f64]) -> T + Send + Sync,
        same: impl Fn(&T, &T) -> bool + Send + Sync,
    ) -> Result<OfAll<T>> {
        if !self.fit.has_alternatives() {
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
        let quantity = quantity.map(|value| if *value > NEVER { NEVER } else { *value });
        let mixed: Vec<f64> = quantity.mixed().copied().collect();
        let OfAll { optimum, draws, left_out, mut bent, share } = quantity;
        let [mut estimate] = self.estimates([(optimum, draws, left_out)]);
        if !bent.is_empty() {
            let interval = widened(estimate, &mut bent, share, self.options.level);
            estimate = estimate.bent(bent_error(estimate, &mixed, self.options.level), interval);
        }
        estimate.with_ends(end_of)
    }

    /// The same of a quantity that is least or most at the optimum, as what a wrong choice costs: its interval lies between quantiles of the
    /// draws, bent and straight, and reaches to the estimate; no bias is taken from it. A draw without the quantity has infinity.
    pub(crate) fn over_draws(&self, quantity: &OfAll<f64>) -> Estimate {
        if self.draws.is_empty() {
            return Estimate::point(quantity.optimum);
        }
        let mut values: Vec<f64> = quantity.mixed().map(|value| value.min(NEVER)).collect();
        let far = |value: f64| if value > INFINITE { f64::INFINITY } else { value };
        let is_finite = values.iter().all(|value| *value < INFINITE);
        let std_error = if is_finite { standard_deviation(&values) } else { f64::NAN };
        let tail = 0.5 * (1.0 - self.options.level);
        let [lower, upper] = quantiles(&mut values, [tail, 1.0 - tail]).map(far);
        let interval = [lower.min(quantity.optimum), upper.max(quantity.optimum)];
        Estimate::straight(quantity.optimum, std_error, interval)
    }

    /// The estimates of several quantities. Where a draw has none, a quantity counts as what `missing` says: infinite, or not at
    /// all (NaN).
    pub(crate) fn answers<const K: usize>(
        &self,
        missing: [f64; K],
        found: &OfAll<Option<[f64; K]>>,
    ) -> Answers<K> {
        // Without draws it is not known, which is not a number.
        let reached = found.mixed().flatten().count() as f64 / found.draws.len() as f64;
        let column = |all: &[Option<[f64; K]>], k: usize| -> Vec<f64> {
            let values =
                all.iter().map(|quantities| quantities.map_or(missing[k], |quantities| quantities[k]));
            values.filter(|value| !value.is_nan()).map(|value| value.min(NEVER)).collect()
        };
        // The acceleration of BCa rests on those that have an answer.
        let finite = |all: Vec<f64>| all.into_iter().filter(|value| *value < INFINITE).collect();
        let estimates = found.optimum.map(|at_optimum| {
            let wholes: [_; K] = std::array::from_fn(|k| {
                (at_optimum[k], column(&found.draws, k), finite(column(&found.left_out, k)))
            });
            let mut k = 0;
            self.estimates(wholes).map(|mut estimate| {
                if !found.bent.is_empty() {
                    let mixed: Vec<_> = found.mixed().copied().collect();
                    let interval =
                        widened(estimate, &mut column(&found.bent, k), found.share, self.options.level);
                    estimate =
                        estimate.bent(bent_error(estimate, &column(&mixed, k), self.options.level), interval);
                }
                k += 1;
                // A mirrored interval (basic) has no lower end where the other is not reached.
                estimate = estimate.with_ends(|at| if at < -INFINITE { 0.0 } else { end_of(at) });
                if reached < 1.0 {
                    estimate.std_error = f64::NAN;
                }
                estimate
            })
        });
        Answers { estimates, reached }
    }
}
