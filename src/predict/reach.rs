//! How far a question lies outside the sweep.

use super::Extrapolation;
use crate::fit::{Fit, Warning};
use crate::law::Input;

/// A run as far out as the last of the sweep, but for rounding, is in it.
const ROUNDING: f64 = 1e-9;

impl Fit {
    /// How far a run of so many FLOPs lies beyond the sweep.
    pub(crate) fn extrapolation(&self, params: f64, flops: f64, tokens: f64) -> Extrapolation {
        if self.observations.is_flops_alone() {
            return Extrapolation { flops: self.beyond_counted(flops), params: f64::NAN, tokens: f64::NAN };
        }
        let largest = |values: &[f64]| values.iter().copied().fold(f64::NAN, f64::max);
        Extrapolation {
            flops: self.beyond(flops),
            params: params / largest(self.observations.params()),
            tokens: tokens / largest(self.observations.tokens()),
        }
    }

    /// What to know of a run of known size and length, where of the runs of the sweep FLOPs alone are known.
    pub(crate) fn split_untold(&self) -> Option<Warning> {
        self.observations.is_flops_alone().then_some(Warning::SplitUntold)
    }

    /// The warning of what lies farthest outside the sweep, on any side of it, if anything does.
    pub(crate) fn outside(&self, params: f64, flops: f64, tokens: f64) -> Option<Warning> {
        let rows = &self.observations;
        let ratios: Vec<f64> = rows.tokens().iter().zip(rows.params()).map(|(d, n)| d / n).collect();
        let budgets = self.budgets();
        let axes = [
            ("flops", flops, &budgets[..]),
            ("params", params, rows.params()),
            ("tokens", tokens, rows.tokens()),
            ("tokens a parameter", tokens / params, &ratios),
        ];
        // Of a sweep of FLOPs alone neither parameters nor tokens are known.
        let known = if rows.is_flops_alone() { 1 } else { axes.len() };
        farthest_of(&axes[..known])
    }

    /// The same of repeated data, under a law that reads different tokens: of their number, and of epochs.
    pub(crate) fn outside_repeats(&self, tokens: f64, unique: Option<f64>) -> Option<Warning> {
        let is_read = self.law().spec().inputs.contains(&Input::UniqueTokens);
        let (asked, known) = (unique.filter(|_| is_read)?, self.observations.unique_tokens()?);
        let epochs = |(tokens, unique): (&f64, &f64)| (tokens / unique).max(1.0);
        let fitted: Vec<f64> = self.observations.tokens().iter().zip(known).map(epochs).collect();
        farthest_of(&[
            ("number of unique tokens", asked.min(tokens), known),
            ("number of epochs", epochs((&tokens, &asked)), &fitted),
        ])
    }

    /// FLOPs over the most of the sweep, as its own are counted.
    pub(crate) fn beyond_counted(&self, flops: f64) -> f64 {
        flops / self.observations.flops().fold(f64::NAN, f64::max)
    }

    /// The budget of an answer over the largest of the sweep, counted alike.
    pub(crate) fn beyond(&self, flops: f64) -> f64 {
        flops / self.budgets().into_iter().fold(f64::NAN, f64::max)
    }
}

/// The warning of the farthest of some: what it is, what is asked for, and the values of the sweep.
fn farthest_of(axes: &[(&str, f64, &[f64])]) -> Option<Warning> {
    let distances = axes.iter().flat_map(|(what, asked, values)| {
        let least = values.iter().copied().fold(f64::NAN, f64::min);
        let greatest = values.iter().copied().fold(f64::NAN, f64::max);
        [(*what, asked / greatest, true), (*what, least / asked, false)]
    });
    let farthest = distances.filter(|(_, factor, _)| *factor > 1.0 + ROUNDING);
    farthest.reduce(|a, b| if b.1 > a.1 { b } else { a }).map(|(what, factor, is_beyond)| {
        let what = what.to_owned();
        if is_beyond {
            Warning::ExtrapolatesBeyond { what, factor }
        } else {
            Warning::ExtrapolatesBelow { what, factor }
        }
    })
}
