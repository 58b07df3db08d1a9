//! What a departure from the law is a function of: logarithms of what the law reads.

use super::Fit;
use crate::law::{Input, Kind, LawSpec};
use crate::{Error, Observations, Result};

/// A law may read more; departures are looked for along the first so many.
const MOST: usize = 3;
/// The most that there are, with density.
pub(crate) const MOST_AXES: usize = MOST + 1;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Axis {
    /// The law's own N.
    Params,
    /// D.
    Tokens,
    /// Different tokens.
    UniqueTokens,
    /// 6 N̄ D.
    Flops,
    /// N_final/N₀, of sweeps with pruned runs.
    Density,
    /// A column that only the law knows: its logarithm where all of it is positive, else the column over its spread.
    Own { name: String, spread: Option<f64> },
}

/// Logarithms of what a run is at, as far as axes go. What is not given is not a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) params: f64,
    pub(crate) tokens: f64,
    pub(crate) unique_tokens: f64,
    pub(crate) flops: f64,
    pub(crate) density: f64,
}

/// All that a law has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axes(pub(crate) Vec<Axis>);

impl Axes {
    /// The axes of the law that was fitted, in the order in which it reads them, all counts of parameters being one.
    pub(crate) fn of(fit: &Fit) -> Self {
        Self::of_law(fit.law().spec(), &fit.rows)
    }

    /// The same of any law on these rows.
    pub(crate) fn of_law(law: &LawSpec, rows: &Observations) -> Self {
        let mut axes = Vec::new();
        for (input, kind) in law.layout() {
            let axis = match kind {
                Kind::Params => Axis::Params,
                Kind::Tokens => Axis::Tokens,
                Kind::UniqueTokens => Axis::UniqueTokens,
                Kind::Flops => Axis::Flops,
                Kind::Share => continue,
                Kind::Own => {
                    let Input::Column(name) = input else { continue };
                    let values = rows.column(name).unwrap_or_default();
                    let spread = values.iter().any(|value| *value <= 0.0).then(|| spread(values));
                    Axis::Own { name: name.to_string(), spread }
                }
            };
            if !axes.contains(&axis) && axes.len() < MOST {
                axes.push(axis);
            }
        }
        Self(axes)
    }

    /// The same with density, where some rows were pruned and all say how far.
    pub(crate) fn with_density(mut self, rows: &Observations) -> Option<Self> {
        if rows.is_dense() || !rows.has_final_params() {
            return None;
        }
        self.0.push(Axis::Density);
        Some(self)
    }

    pub(crate) fn has_density(&self) -> bool {
        self.0.contains(&Axis::Density)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where the rows are, axis by axis.
    pub(crate) fn columns(&self, rows: &Observations) -> Result<Vec<Vec<f64>>> {
        let ln = |values: &[f64]| values.iter().map(|x| x.ln()).collect::<Vec<f64>>();
        let column = |axis: &Axis| match axis {
            Axis::Params => Some(ln(rows.params())),
            Axis::Tokens => Some(ln(rows.tokens())),
            Axis::UniqueTokens => rows.unique_tokens().map(ln),
            Axis::Flops => Some(rows.flops().map(f64::ln).collect()),
            Axis::Density => {
                let counts = rows.final_params().iter().zip(rows.initial_params());
                Some(counts.map(|(last, initial)| (last / initial).ln()).collect())
            }
            Axis::Own { name, spread: None } => rows.column(name).map(ln),
            Axis::Own { name, spread: Some(spread) } => {
                rows.column(name).map(|column| column.iter().map(|x| x / spread).collect())
            }
        };
        let missing = || {
            Error::missing("the bend", "an input", "the observations do not give", "give what the law reads")
        };
        self.0.iter().map(|axis| column(axis).ok_or_else(missing)).collect()
    }

    /// Where a run is along each; not a number along what it does not give.
    #[inline]
    pub(crate) fn at(&self, place: Place) -> impl Iterator<Item = f64> {
        self.0.iter().map(move |axis| match axis {
            Axis::Params => place.params,
            Axis::Tokens => place.tokens,
            Axis::UniqueTokens => place.unique_tokens,
            Axis::Flops => place.flops,
            Axis::Density => place.density,
            Axis::Own { .. } => f64::NAN,
        })
    }
}

/// Standard deviation; 1 of what does not vary.
fn spread(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 { variance.sqrt() } else { 1.0 }
}
