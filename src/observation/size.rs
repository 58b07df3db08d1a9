//! Which parameter count is "the" N of a law.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::units::parse_quantity;
use crate::{Error, Result, Trajectory};

/// Which parameter count of a run is "the" N of a law.
///
/// With N(t) the parameters active after t of D tokens, the power mean of order p is
/// `M_p = ((1/D) ∫₀ᴰ N(t)^p dt)^(1/p)`; order 1 is N̄ of Jin et al. (2025, arXiv 2501.12486) and the default.
/// On a dense run all of them are the same number.
///
/// ```
/// use nbar::Size;
/// assert_eq!("geometric".parse::<Size>()?, Size::PowerMean(0.0));
/// assert_eq!("power:-0.5".parse::<Size>()?, Size::PowerMean(-0.5));
/// assert_eq!(Size::default().to_string(), "average");
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Size {
    /// N₀, the count before any pruning.
    Initial,
    /// The count that is left at the observation.
    Final,
    /// The power mean of N(t) over tokens, of this order.
    PowerMean(f64),
}

impl Size {
    /// Orders of means are no farther from 0.
    pub(crate) const MOST: f64 = 100.0;
    /// N̄, the arithmetic mean of N(t) over tokens.
    pub const AVERAGE: Size = Size::PowerMean(1.0);
    /// The geometric mean of N(t) over tokens.
    pub const GEOMETRIC: Size = Size::PowerMean(0.0);
    /// The harmonic mean of N(t) over tokens.
    pub const HARMONIC: Size = Size::PowerMean(-1.0);

    /// This count of a run.
    pub(crate) fn of(self, run: &Trajectory) -> f64 {
        match self {
            Size::Initial => run.initial_params(),
            Size::Final => run.final_params(),
            Size::PowerMean(order) => run.power_mean(order),
        }
    }
}

impl Default for Size {
    fn default() -> Self {
        Size::AVERAGE
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Size::Initial => f.write_str("initial"),
            Size::Final => f.write_str("final"),
            Size::PowerMean(1.0) => f.write_str("average"),
            Size::PowerMean(0.0) => f.write_str("geometric"),
            Size::PowerMean(-1.0) => f.write_str("harmonic"),
            Size::PowerMean(order) => write!(f, "power:{order}"),
        }
    }
}

impl FromStr for Size {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::unknown(
                "size",
                text,
                "average, initial, final, geometric, harmonic, power:P (P a number from -100 to 100)",
            )
        };
        match text {
            "initial" => Ok(Size::Initial),
            "final" => Ok(Size::Final),
            "average" => Ok(Size::AVERAGE),
            "geometric" => Ok(Size::GEOMETRIC),
            "harmonic" => Ok(Size::HARMONIC),
            _ => {
                let order = text.strip_prefix("power:").ok_or_else(unknown)?;
                let order = parse_quantity(order).map_err(|_| unknown())?;
                if order.abs() <= Self::MOST { Ok(Size::PowerMean(order)) } else { Err(unknown()) }
            }
        }
    }
}

impl TryFrom<String> for Size {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.to_string()
    }
}
