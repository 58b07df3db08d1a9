//! A point of a loss curve.

use std::fmt;

/// A number that may be absent, in eight bytes: curves have millions of points.
#[derive(Clone, Copy)]
pub(super) struct Maybe(f64);

impl Maybe {
    const NONE: Maybe = Maybe(f64::NAN);

    pub(super) fn get(self) -> Option<f64> {
        (!self.0.is_nan()).then_some(self.0)
    }
}

impl From<Option<f64>> for Maybe {
    fn from(value: Option<f64>) -> Self {
        // What is given and no number is not absent: the checks of a run refuse it.
        value.map_or(Self::NONE, |value| Self(if value.is_nan() { f64::NEG_INFINITY } else { value }))
    }
}

impl PartialEq for Maybe {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl fmt::Debug for Maybe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// A point of a run's loss curve: what was scored after so many tokens.
///
/// ```
/// let checkpoint = nbar::Checkpoint::new(2e10, 2.51).with_step(9_537.0);
/// assert_eq!(checkpoint.loss, 2.51);
/// assert_eq!(checkpoint.step(), Some(9_537.0));
/// assert_eq!(checkpoint.weight(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Tokens seen so far.
    pub tokens: f64,
    /// Cross-entropy, in nats a token.
    pub loss: f64,
    /// In the order of [`NAMES`].
    known: [Maybe; NAMES.len()],
}

/// What a checkpoint may say besides, each with how it is given and what it is.
macro_rules! may_say {
    ($($index:literal $name:ident $with:ident, $doc:literal;)*) => {
        const NAMES: [&str; [$($index),*].len()] = [$(stringify!($name)),*];

        impl Checkpoint {
            $(
                #[doc = concat!("Gives the ", $doc, ".")]
                #[must_use]
                pub fn $with(mut self, $name: f64) -> Self {
                    self.known[$index] = Maybe::from(Some($name));
                    self
                }

                #[doc = concat!("The ", $doc, "; none where not given.")]
                #[must_use]
                pub fn $name(&self) -> Option<f64> {
                    self.known[$index].get()
                }
            )*
        }
    };
}

may_say! {
    0 step with_step, "optimiser steps done";
    1 unique_tokens with_unique_tokens, "number of different tokens among those seen";
    2 weight with_weight, "weight in the objective";
    3 average_params with_average_params, "N̄ up to here, fixed parameters included, which goes before the schedule's";
    4 final_params with_final_params, "count left here, fixed parameters included, which goes before the schedule's";
}

impl Checkpoint {
    /// After `tokens` tokens the network scored `loss` nats a token.
    #[must_use]
    pub fn new(tokens: f64, loss: f64) -> Self {
        Self { tokens, loss, known: [Maybe::NONE; NAMES.len()] }
    }

    /// Gives all that it may say, in the order of the names.
    pub(crate) fn with_known(mut self, known: [Option<f64>; NAMES.len()]) -> Self {
        self.known = known.map(Maybe::from);
        self
    }

    /// Every number that it has, by name.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let known = NAMES.into_iter().zip(self.known).filter_map(|(name, value)| Some((name, value.get()?)));
        [("tokens", self.tokens), ("loss", self.loss)].into_iter().chain(known)
    }

    /// A count given outright that lies outside the run's own: its name, the count, and why.
    pub(crate) fn count_outside(
        &self,
        fixed_params: f64,
        initial_params: f64,
    ) -> Option<(&'static str, f64, String)> {
        let mut counts = self.numbers().filter(|(name, _)| name.ends_with("_params"));
        counts.find_map(|(name, count)| Some((name, count, outside(count, fixed_params, initial_params)?)))
    }
}

/// Why no network has as many parameters over its training: more than all, fewer than those that are never pruned, or hardly any.
pub(crate) fn outside(count: f64, fixed_params: f64, initial_params: f64) -> Option<String> {
    /// Counts are often written with few digits.
    const SAME: f64 = 1e-9;
    /// A network that is left with less than this is in another unit.
    const FEWEST: f64 = 1e-3;
    if count > initial_params * (1.0 + SAME) {
        return Some(format!("above `params` + `fixed_params`, {initial_params}"));
    }
    if count < fixed_params * (1.0 - SAME) {
        return Some(format!("below `fixed_params`, {fixed_params}"));
    }
    let is_too_few = count < initial_params * FEWEST * (1.0 - SAME);
    is_too_few.then(|| format!("below a thousandth of `params` + `fixed_params`, {initial_params}"))
}
