//! Runs whose length is known in part: in tokens, in steps, or in steps of changing size.

use super::{BatchRamp, Extent, Network, Schedule, Trajectory, Unit};
use crate::{Error, Result};

/// How long a run is, as far as anyone says. Default: nothing is said.
///
/// ```
/// use nbar::schedule::{Length, Network, Schedule, Unit};
/// // The cut comes half way in steps, a third of the way in tokens.
/// let length = Length::new(None, Some(10_000.0), Some("0:1M,5000:2M".parse()?));
/// assert_eq!(length.tokens(), Some(15e9));
/// let cut = Schedule::one_shot(0.6, 5000.0, Unit::Step).resolved(Network::new(1e9), &length)?;
/// assert!((cut.trajectory.average_params() / 0.6e9 - 1.0).abs() < 1e-15);
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
    /// What is known of it.
    #[must_use]
    pub fn new(tokens: Option<f64>, steps: Option<f64>, batches: Option<BatchRamp>) -> Self {
        Self { tokens, steps, batches }
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
    /// let resolved = ramp.resolved(Network::new(1e9), &Length::new(None, Some(400.0), None))?;
    /// assert!((resolved.trajectory.average_params() / 0.6e9 - 1.0).abs() < 1e-14);
    /// assert_eq!(resolved.tokens, None);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`trajectory`](Self::trajectory), and [`Error::MissingInput`] for a schedule in tokens without them. Also
    /// for a smooth ramp in steps whose tokens change, which is none in tokens.
    pub fn resolved(&self, network: Network, length: &Length) -> Result<Resolved> {
        let tokens = length.tokens();
        // Without tokens a step counts as one: averages do not depend on the unit.
        let extent = Extent { tokens: tokens.or(length.steps).unwrap_or(1.0), steps: length.steps };
        let (schedule, notes) = match self {
            Schedule::Tool(dialect) => {
                let notes = [dialect.shortfall(extent)?, dialect.note_passed_over()];
                (dialect.schedule(extent)?, notes.into_iter().flatten().collect())
            }
            other => (other.clone(), Vec::new()),
        };
        if tokens.is_none() && schedule.unit() == Some(Unit::Token) {
            return Err(missing("a schedule in tokens", "tokens"));
        }
        let trajectory = schedule.resolve(network, extent, length.steps.and(length.batches.as_ref()))?;
        Ok(Resolved { trajectory, tokens, notes })
    }
}

/// An input that was not given.
pub(crate) fn missing(needed_by: &str, input: &str) -> Error {
    Error::missing(needed_by, input, "was not given", "give it")
}
