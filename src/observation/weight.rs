//! Weights that follow from what was observed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Observations;
use crate::units::parse_quantity;
use crate::{Error, Result};

/// A column of the observations that weights are a power of, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    /// Training FLOPs, [as counted](crate::Observations::flops_count).
    Flops,
    /// N, as chosen.
    Params,
    InitialParams,
    AverageParams,
    FinalParams,
    Tokens,
    UniqueTokens,
    Loss,
    /// How much a row says that others of its run do not.
    Repeats,
}

impl Quantity {
    const ALL: [(Quantity, &'static str); 9] = [
        (Quantity::Flops, "flops"),
        (Quantity::Params, "params"),
        (Quantity::InitialParams, "initial_params"),
        (Quantity::AverageParams, "average_params"),
        (Quantity::FinalParams, "final_params"),
        (Quantity::Tokens, "tokens"),
        (Quantity::UniqueTokens, "unique_tokens"),
        (Quantity::Loss, "loss"),
        (Quantity::Repeats, "repeats"),
    ];

    fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    fn column(self, observations: &Observations) -> Result<Vec<f64>> {
        let missing = |missing_from: &str, remedy: &str| {
            Error::missing("the weight", self.name(), missing_from, remedy)
        };
        Ok(match self {
            Quantity::Flops => observations.flops().collect(),
            Quantity::Params => observations.params().to_vec(),
            Quantity::InitialParams => observations.initial_params().to_vec(),
            Quantity::AverageParams => observations.average_params().to_vec(),
            Quantity::FinalParams if !observations.has_final_params() => {
                let remedy = "add the column `final_params`, or the schedules";
                return Err(missing("not every run of the sweep gives", remedy));
            }
            Quantity::FinalParams => observations.final_params().to_vec(),
            Quantity::Tokens => observations.tokens().to_vec(),
            Quantity::UniqueTokens => observations
                .unique_tokens()
                .ok_or_else(|| missing("not every row of the sweep gives", "add the column `unique_tokens`"))?
                .to_vec(),
            Quantity::Loss => observations.loss().to_vec(),
            Quantity::Repeats => observations.precision_by_repeats()?,
        })
    }
}

/// Weights in proportion to a power of a column, `w_i = x_i^p / mean(x^p)`: their mean is 1.
///
/// A power of `flops` (6 N̄ D, unless they are counted otherwise) above 0 lets the runs of most compute, nearest to what a fit is asked about, count for
/// more. It is read from a text, `flops:0.5`; the columns are `flops`, `params` (N, as chosen), `initial_params`,
/// `average_params`, `final_params`, `tokens`, `unique_tokens` and `loss`. `repeats`, of which the power is usually 1, is the precision of a row whose run has m evaluations:
/// `1/(m σ_r² + σ_e²)`, with the variances that [repeats](crate::fit::Repeats) give.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PowerWeight {
    of: Quantity,
    power: f64,
}

impl fmt::Display for PowerWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.of.name(), self.power)
    }
}

impl From<PowerWeight> for String {
    fn from(weight: PowerWeight) -> Self {
        weight.to_string()
    }
}

impl TryFrom<String> for PowerWeight {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl FromStr for PowerWeight {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, power) = text.split_once(':').unwrap_or((text, ""));
        let known = || Quantity::ALL.map(|(_, name)| name).join(", ");
        let found = Quantity::ALL.into_iter().find(|(_, known)| *known == name.trim());
        let (of, _) = found.ok_or_else(|| Error::unknown("weight", name, &known()))?;
        let power = parse_quantity(power).ok().filter(|power| power.is_finite());
        let power = power.ok_or_else(|| {
            Error::option(
                "weight",
                format!("'{text}'"),
                "is no quantity and power",
                "write both, as in flops:0.5",
            )
        })?;
        Ok(Self { of, power })
    }
}

/// How rows are weighted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Weights {
    /// By the sweep's weights; where it has none, all alike (default).
    #[default]
    Given,
    /// By the sweep's weights, which must be there.
    Needed,
    /// By a power of a quantity, in place of the sweep's weights.
    Power(PowerWeight),
}

impl Observations {
    /// The rows weighted so.
    pub(crate) fn weigh(self, weights: Weights) -> Result<Self> {
        match weights {
            Weights::Power(by) => self.with_power_weights(by),
            Weights::Needed if self.weight().is_none() => Err(Error::missing(
                "a weighted fit",
                "a weight for every row",
                "the column of weights does not give",
                "fill it, or leave out `weight`",
            )),
            _ => Ok(self),
        }
    }

    /// Weighs rows by a power of one of their columns, in place of any weights before.
    ///
    /// ```
    /// use nbar::Observations;
    /// let observations = Observations::new(vec![1e8, 4e8], vec![2e9, 2e9], vec![3.2, 2.6])?;
    /// let weighted = observations.with_power_weights("flops:0.5".parse()?)?;
    /// assert_eq!(weighted.weighting().as_deref(), Some("flops:0.5"));
    /// assert!((weighted.weight().unwrap()[1] - 4.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the rows lack the column, or the power is so large that a weight is zero or infinite.
    pub fn with_power_weights(self, by: PowerWeight) -> Result<Self> {
        let column = by.of.column(&self)?;
        let order = self.order();
        let mean =
            |of: &dyn Fn(usize) -> f64| order.iter().map(|row| of(*row)).sum::<f64>() / order.len() as f64;
        let middle = mean(&|row| column[row].ln());
        let powers: Vec<f64> = column.iter().map(|x| (by.power * (x.ln() - middle)).exp()).collect();
        let mean = mean(&|row| powers[row]);
        let weights: Vec<f64> = powers.iter().map(|power| power / mean).collect();
        if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight > 0.0)) {
            let field = format!(
                "the weight {by} of run '{}' ({} {:e})",
                self.run_name(self.run[row]),
                by.of.name(),
                column[row]
            );
            let problem = format!("is {}, not a positive, finite number", weights[row]);
            return Err(Error::value(&field, "", &problem, "take a power nearer to 0"));
        }
        let weighted = self.with_weights(weights)?;
        Ok(Self { weighted_by: Some(by), ..weighted })
    }

    /// How rows are weighted: by what power, or `given`; none where all count alike.
    #[must_use]
    pub fn weighting(&self) -> Option<String> {
        match self.weighted_by {
            Some(by) => Some(by.to_string()),
            None => self.weight().map(|_| "given".to_owned()),
        }
    }
}
