//! Batch sizes that change: from steps to tokens.

use crate::units::parse_quantity;
use crate::{Error, Result};
use std::str::FromStr;

/// Tokens a step, from given steps on: a batch-size ramp.
///
/// Averages go over tokens, so that a schedule in steps weighs more where steps are larger.
///
/// ```
/// use nbar::schedule::BatchRamp;
/// let ramp: BatchRamp = "0:1M,5000:2M".parse()?;
/// assert_eq!(ramp, BatchRamp::new(vec![(0.0, 1e6), (5000.0, 2e6)])?);
/// assert_eq!(ramp.tokens_at(6000.0), 7e9);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BatchRamp {
    /// `(step, tokens a step from it on, tokens before it)`.
    pieces: Vec<(f64, f64, f64)>,
}

impl BatchRamp {
    /// From `(step, tokens a step from that step on)`, the first of step 0, steps ascending.
    ///
    /// # Errors
    /// [`Error::Value`] for anything else, and for tokens that are not positive and finite.
    pub fn new(pieces: Vec<(f64, f64)>) -> Result<Self> {
        let refuse = |problem: &str, remedy| Err(Error::value("the batch ramp", "", problem, remedy));
        let mut known: Vec<(f64, f64, f64)> = Vec::with_capacity(pieces.len());
        for (step, tokens) in pieces {
            if !(tokens.is_finite() && tokens > 0.0) {
                return refuse(&format!("has steps of {tokens} tokens"), "give a positive, finite number");
            }
            let before = match known.last() {
                None if step == 0.0 => 0.0,
                None => {
                    return refuse(&format!("begins at step {step}"), "say what a step has from step 0 on");
                }
                Some(&(last, rate, before)) if step.is_finite() && step > last => {
                    before + rate * (step - last)
                }
                _ => return refuse(&format!("has step {step} after a later one"), "sort the steps"),
            };
            known.push((step, tokens, before));
        }
        if known.is_empty() {
            return refuse("is empty", "give STEP:TOKENS");
        }
        Ok(Self { pieces: known })
    }

    /// Tokens trained on before step `step`; before 0, none.
    #[must_use]
    pub fn tokens_at(&self, step: f64) -> f64 {
        let index = self.pieces.partition_point(|piece| piece.0 <= step).saturating_sub(1);
        let (start, rate, before) = self.pieces[index];
        before + rate * (step - start).max(0.0)
    }

    /// The step at which so many tokens have been trained on.
    ///
    /// ```
    /// let ramp: nbar::schedule::BatchRamp = "0:1M,5000:2M".parse()?;
    /// assert_eq!(ramp.step_at(7e9), 6000.0);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn step_at(&self, tokens: f64) -> f64 {
        let index = self.pieces.partition_point(|piece| piece.2 <= tokens).saturating_sub(1);
        let (start, rate, before) = self.pieces[index];
        start + (tokens - before).max(0.0) / rate
    }

    /// Whether all steps are the same.
    pub(super) fn is_constant(&self) -> bool {
        self.pieces.iter().all(|piece| piece.1 == self.pieces[0].1)
    }
}

impl FromStr for BatchRamp {
    type Err = Error;

    /// Reads `STEP:TOKENS,…`.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = || {
            let remedy = "write 0:1M,5000:2M for a million tokens a step, and two from step 5000 on";
            Error::option("batch_ramp", format!("'{text}'"), "is no list of STEP:TOKENS", remedy)
        };
        let piece = |part: &str| {
            let (step, tokens) = part.split_once(':').ok_or_else(refuse)?;
            match (parse_quantity(step), parse_quantity(tokens)) {
                (Ok(step), Ok(tokens)) => Ok((step, tokens)),
                _ => Err(refuse()),
            }
        };
        Self::new(text.split(',').map(piece).collect::<Result<_>>()?)
    }
}
