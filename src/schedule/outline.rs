//! The pieces of a schedule on the axis on which it was configured, on their way to tokens.

use super::curve::Curve;
use super::decay::Decay;
use super::trajectory::{Known, Smooth, Trajectory};
use super::{BatchRamp, Network, Unit};
use crate::numeric::sum::CompensatedSum;
use crate::{Error, Result};

/// Levels of `N` between positions in [0, length], at most one of them a smooth ramp.
#[derive(Debug)]
pub(super) struct Outline {
    length: f64,
    initial: f64,
    /// Where each piece starts; the first at 0.
    starts: Vec<f64>,
    /// N on each piece; on the ramp, where it starts.
    levels: Vec<f64>,
    ramp: Option<(usize, Curve)>,
    /// N after the last cut so far.
    current: f64,
    cut_at_start: bool,
}

impl Outline {
    /// The parameter count `level` over the whole axis, of a network of `initial` parameters.
    pub(super) fn new(network: Network, level: f64, length: f64) -> Self {
        Self {
            length,
            initial: network.prunable + network.fixed,
            starts: vec![0.0],
            levels: vec![level],
            ramp: None,
            current: level,
            cut_at_start: false,
        }
    }

    /// N becomes `level` at `position`, which is not before any earlier one.
    pub(super) fn cut(&mut self, position: f64, level: f64) {
        if level == self.current {
            return;
        }
        self.current = level;
        if position < self.length {
            self.begin(position, level);
        }
    }

    /// N follows `curve` between the two positions, and is `level` from `end` on.
    pub(super) fn ramp(&mut self, start: f64, end: f64, curve: Curve, level: f64) {
        if level == self.current {
            return;
        }
        self.begin(start, curve.params(1.0));
        self.ramp = Some((self.levels.len() - 1, curve));
        self.current = level;
        if end < self.length {
            self.begin(end, level);
        }
    }

    fn begin(&mut self, position: f64, level: f64) {
        let last = self.levels.len() - 1;
        if position > self.starts[last] {
            self.starts.push(position);
            self.levels.push(level);
        } else {
            self.levels[last] = level;
            self.cut_at_start |= last == 0;
        }
    }

    /// Puts the pieces on the axis of tokens, of a run of `tokens` tokens.
    ///
    /// Tokens and fractions are proportional to one another, and so are steps, unless there are `batches`. On the axis of compute u, tokens
    /// pass at the rate `1/N`: the share of tokens at u is `τ(u) = ∫₀ᵘ du'/N / ∫₀¹ du'/N`. A smooth ramp is even
    /// in tokens, so that `∫ du/N` over it is its length divided by its mean of N.
    pub(super) fn into_tokens(
        self,
        unit: Unit,
        tokens: f64,
        batches: Option<&BatchRamp>,
    ) -> Result<Trajectory> {
        let knots = match (unit, batches) {
            (Unit::Step, Some(batches)) => {
                if self.ramp.is_some() && !batches.is_constant() {
                    let ramp = "a ramp in steps, where the batch size changes,";
                    let remedy = "give the steps between updates (1: every step), or the ramp in tokens";
                    return Err(Error::missing(ramp, "prune_every", "is not given", remedy));
                }
                let inner = self.starts.iter().map(|&start| batches.tokens_at(start).min(tokens));
                inner.chain([tokens]).collect()
            }
            (Unit::Compute, _) => self.knots_from_compute(tokens),
            _ => {
                let scale = tokens / self.length;
                let inner = self.starts.iter().map(|start| (start * scale).min(tokens));
                inner.chain([tokens]).collect()
            }
        };
        let smooth = self.ramp.map(|(index, curve)| Smooth { index, curve, reach: 1.0 });
        Ok(Trajectory {
            initial: self.initial,
            knots,
            levels: self.levels,
            smooth,
            linear: None,
            ending: self.current,
            cut_at_start: self.cut_at_start,
            decay: Decay::default(),
            decay_over: tokens,
            known: Known::Course,
        })
    }

    fn knots_from_compute(&self, tokens: f64) -> Vec<f64> {
        let ends = self.starts[1..].iter().copied().chain([self.length]);
        let mut sum = CompensatedSum::default();
        let mut knots = vec![0.0];
        for (i, (end, start)) in ends.zip(&self.starts).enumerate() {
            let slowness = match &self.ramp {
                Some((index, curve)) if *index == i => curve.moment(1.0, self.initial, 1.0).recip(),
                _ => self.initial / self.levels[i],
            };
            sum.add((end - start) * slowness);
            knots.push(sum.value());
        }
        let (total, mut before) = (sum.value(), 0.0_f64);
        for knot in &mut knots {
            // Ascending whatever the rounding.
            before = before.max(*knot / total * tokens);
            *knot = before;
        }
        knots
    }
}
