//! How much it matters when a fit comes out otherwise.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Fit;
use crate::law::{Input, Scale};
use crate::units::format_quantity;
use crate::{Observations, Result};

/// A change of a coefficient by this factor matters.
const COEFFICIENT: f64 = 2.0;
/// A change of an exponent by this share of it matters.
const EXPONENT: f64 = 0.1;
/// A change of the predicted loss by this share of it matters.
const LOSS: f64 = 0.01;
/// Size of a change without bounds.
const MOST: f64 = 1e9;
/// Below this share of the other, one of both is none.
const ROUNDING: f64 = 1e-12;
/// By how much the prediction goes beyond the largest run, in compute.
const BEYOND: f64 = 10.0;

/// What changes most between a fit and another to about the same data.
///
/// A change *matters* (`size` ≥ 1) when a coefficient changes by a factor of 2, an exponent by a tenth of itself, or
/// the loss predicted for ten times the largest run's compute (N and D each √10 times that run's) by 1 %.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// A parameter, or `loss at 10 x the compute`.
    pub what: String,
    /// In the fit.
    pub from: f64,
    /// In the other.
    pub to: f64,
    /// Over the least change that matters.
    pub size: f64,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a search leaves of nothing is nothing.
        let least = ROUNDING * self.from.abs().max(self.to.abs());
        let written = |value: f64| format_quantity(if value.abs() < least { 0.0 } else { value }, 4);
        write!(f, "{} goes from {} to {}", self.what, written(self.from), written(self.to))
    }
}

impl Fit {
    /// The law's loss at other parameters, for a run of ten times the largest run's compute: dense, all its tokens different,
    /// columns of the law's own, and the group, as they are for the largest run.
    pub(crate) fn far_loss(&self, parameters: &[f64]) -> f64 {
        let row = self.far_row().and_then(|row| self.law().spec().columns(&row));
        row.map_or(f64::NAN, |row| self.law().loss(parameters, &row.concat()))
    }

    /// That run.
    fn far_row(&self) -> Result<Observations> {
        let observations = &self.rows;
        let flops: Vec<f64> = observations.flops().collect();
        let largest = (0..flops.len()).max_by(|a, b| flops[*a].total_cmp(&flops[*b])).unwrap_or_default();
        let (n, d) = (observations.params()[largest], observations.tokens()[largest]);
        let (n, d) = (n * BEYOND.sqrt(), d * BEYOND.sqrt());
        let row = Observations::unmeasured(n, d).with_group_of(observations, largest);
        let mut row = row.with_unique_tokens(vec![d])?;
        if observations.flops_over_average().is_some() {
            row = row.with_flops(vec![BEYOND * flops[largest]])?;
        }
        for input in &self.law().spec().inputs {
            if let Input::Column(name) = input
                && let Some(column) = observations.column(name)
            {
                row = row.with_column(name, vec![column[largest]])?;
            }
        }
        Ok(row)
    }

    /// What changes most on the way to other parameters; not a number counts as infinitely much.
    pub(crate) fn change_to(&self, parameters: &[f64]) -> Change {
        let of = |place: usize| {
            let own = &self.law().spec().parameters[place];
            let (from, to) = (self.parameters[place], parameters[place]);
            let size = match own.scale {
                // Nothing changes, and by no share of nothing either.
                _ if to == from => 0.0,
                Scale::Log => (to / from).ln().abs() / COEFFICIENT.ln(),
                Scale::Linear => ((to - from) / from).abs() / EXPONENT,
            };
            Change { what: own.name.to_string(), from, to, size }
        };
        let (from, to) = (self.far_loss(&self.parameters), self.far_loss(parameters));
        let size = (to / from - 1.0).abs() / LOSS;
        let far = Change { what: format!("the loss at {BEYOND} x the compute"), from, to, size };
        let changes = (0..parameters.len()).map(of).chain([far]);
        changes
            .map(|c| Change { size: if c.size.is_nan() { MOST } else { c.size.min(MOST) }, ..c })
            .fold(None, |most: Option<Change>, c| most.filter(|most| most.size >= c.size).or(Some(c)))
            .unwrap_or_else(|| unreachable!("the loss is among them"))
    }
}
