//! A point of a loss curve.

use std::fmt;

/// A number that may be absent, in eight bytes: curves have millions of points.
#[derive(Clone, Copy)]
struct Maybe(f64);

impl Maybe {
    const NONE: Maybe = Maybe(f64::NAN);

    fn get(self) -> Option<f64> {
        (!self.0.is_nan()).then_some(self.0)
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
    step: Maybe,
    unique_tokens: Maybe,
    weight: Maybe,
    average_params: Maybe,
    final_params: Maybe,
}

impl Checkpoint {
    /// After `tokens` tokens the network scored `loss` nats a token.
    #[must_use]
    pub fn new(tokens: f64, loss: f64) -> Self {
        Self {
            tokens,
            loss,
            step: Maybe::NONE,
            unique_tokens: Maybe::NONE,
            weight: Maybe::NONE,
            average_params: Maybe::NONE,
            final_params: Maybe::NONE,
        }
    }

    /// Gives the optimiser steps done.
    #[must_use]
    pub fn with_step(mut self, step: f64) -> Self {
        self.step = Maybe(step);
        self
    }

    /// Gives the number of different tokens among those seen.
    #[must_use]
    pub fn with_unique_tokens(mut self, unique_tokens: f64) -> Self {
        self.unique_tokens = Maybe(unique_tokens);
        self
    }

    /// Gives the weight in the objective.
    #[must_use]
    pub fn with_weight(mut self, weight: f64) -> Self {
        self.weight = Maybe(weight);
        self
    }

    /// Gives N̄ up to here outright, fixed parameters included; it goes before the schedule's.
    #[must_use]
    pub fn with_average_params(mut self, average_params: f64) -> Self {
        self.average_params = Maybe(average_params);
        self
    }

    /// Gives the count left here outright, fixed parameters included; it goes before the schedule's.
    #[must_use]
    pub fn with_final_params(mut self, final_params: f64) -> Self {
        self.final_params = Maybe(final_params);
        self
    }

    /// Optimiser steps done, where known.
    #[must_use]
    pub fn step(&self) -> Option<f64> {
        self.step.get()
    }

    /// Different tokens among those seen, where known.
    #[must_use]
    pub fn unique_tokens(&self) -> Option<f64> {
        self.unique_tokens.get()
    }

    /// Weight in the objective, where given.
    #[must_use]
    pub fn weight(&self) -> Option<f64> {
        self.weight.get()
    }

    /// N̄ up to here, where given outright.
    #[must_use]
    pub fn average_params(&self) -> Option<f64> {
        self.average_params.get()
    }

    /// Parameters left here, where given outright.
    #[must_use]
    pub fn final_params(&self) -> Option<f64> {
        self.final_params.get()
    }

    /// Every number that it has, by name.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let optional = [
            ("step", self.step()),
            ("unique_tokens", self.unique_tokens()),
            ("weight", self.weight()),
            ("average_params", self.average_params()),
            ("final_params", self.final_params()),
        ];
        let always = [("tokens", self.tokens), ("loss", self.loss)];
        always.into_iter().chain(optional.into_iter().filter_map(|(name, value)| Some((name, value?))))
    }

    /// A count given outright that exceeds the run's own.
    pub(crate) fn count_above(&self, initial_params: f64) -> Option<(&'static str, f64)> {
        // Counts are often written with few digits.
        let most = initial_params * (1.0 + 1e-9);
        let counts = [("average_params", self.average_params()), ("final_params", self.final_params())];
        counts.into_iter().find_map(|(name, value)| value.filter(|value| *value > most).map(|v| (name, v)))
    }
}
