//! Runs whose length is known in part: in tokens, in steps, or in steps of changing size.

use super::{BatchRamp, Extent, Network, Schedule, Trajectory, Unit};
use crate::{Error, Result};

/// How long a run is, as far as anyone says. Default: nothing is said.
///
/// ```
/// use nbar::schedule::Length;
/// let length = Length::default().with_steps(6000.0).with_batches("0:1M,5000:2M".parse()?);
/// assert_eq!(length.tokens(), Some(7e9));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Length {
    /// Tokens; those of `steps` and `batches` go before it.
    pub tokens: Option<f64>,
    /// Optimiser steps.
    pub steps: Option<f64>,
    /// Tokens a step, where they change.
    pub batches: Option<BatchRamp>,
}

/// A run's parameter count over its tokens, though its tokens may not be known.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Resolved {
    /// N(t). Where the tokens are not known its axis is steps, or the whole run is 1.
    pub trajectory: Trajectory,
    /// Tokens of the run, if they are known.
    pub tokens: Option<f64>,
    /// What to know of it.
    pub notes: Vec<String>,
}

impl Length {
    /// Gives the tokens.
    #[must_use]
    pub fn with_tokens(mut self, tokens: f64) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Gives the steps.
    #[must_use]
    pub fn with_steps(mut self, steps: f64) -> Self {
        self.steps = Some(steps);
        self
    }

    /// Gives tokens a step that change.
    #[must_use]
    pub fn with_batches(mut self, batches: BatchRamp) -> Self {
        self.batches = Some(batches);
        self
    }

    /// Tokens of the run, if they are known.
    #[must_use]
    pub fn tokens(&self) -> Option<f64> {
        self.batches.as_ref().zip(self.steps).map(|(batches, steps)| batches.tokens_at(steps)).or(self.tokens)
    }
}

impl Extent {
    /// A run of as many whole steps, of so many tokens each, as come nearest to its tokens; at least one.
    ///
    /// ```
    /// let extent = nbar::Extent::of_steps(1e9, 3e6);
    /// assert_eq!((extent.tokens, extent.steps), (999e6, Some(333.0)));
    /// ```
    #[must_use]
    pub fn of_steps(tokens: f64, step_tokens: f64) -> Self {
        let steps = (tokens / step_tokens).round().max(1.0);
        Self::new(steps * step_tokens).with_steps(steps)
    }
}

impl Schedule {
    /// The schedule in a run of which perhaps only the steps are known, or nothing.
    ///
    /// ```
    /// use nbar::schedule::{Length, Network, Ramp, Schedule, Shape, Unit};
    /// let ramp = Schedule::from(Ramp::new(Shape::Linear, 0.8, 0.0, 400.0, Unit::Step));
    /// let resolved = ramp.resolved(Network::new(1e9), &Length::default().with_steps(400.0))?;
    /// assert!((resolved.trajectory.average_params() / 0.6e9 - 1.0).abs() < 1e-14);
    /// assert_eq!(resolved.tokens, None);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`trajectory`](Self::trajectory), and [`Error::MissingInput`] for a schedule in tokens without them.
    pub fn resolved(&self, network: Network, length: &Length) -> Result<Resolved> {
        let tokens = length.tokens();
        // Without tokens a step counts as one: averages do not depend on the unit.
        let extent = Extent { tokens: tokens.or(length.steps).unwrap_or(1.0), steps: length.steps };
        let (schedule, shortfall) = match self {
            Schedule::Tool(dialect) => (dialect.schedule(extent)?, dialect.shortfall(extent)?),
            other => (other.clone(), None),
        };
        if tokens.is_none() && schedule.unit() == Some(Unit::Token) {
            return Err(missing("a schedule in tokens", "tokens"));
        }
        let trajectory = match (&length.batches, length.steps) {
            (Some(batches), Some(steps)) => schedule.trajectory_with_batches(network, steps, batches)?,
            _ => schedule.trajectory(network, extent)?,
        };
        Ok(Resolved { trajectory, tokens, notes: shortfall.into_iter().collect() })
    }
}

/// An input that was not given.
pub(crate) fn missing(needed_by: &str, input: &str) -> Error {
    Error::missing(needed_by, input, "was not given", "give it")
}
