//! ρ: how much a residual counts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Huber's δ unless said otherwise (Hoffmann et al. 2022).
const DELTA: f64 = 1e-3;
/// What may be asked for.
const KNOWN: &str =
    "huber:DELTA (1e-3 is usual), laplace, squared, asymmetric:FACTOR or asymmetric:FACTOR:DELTA";

/// The robust loss ρ of a residual r, measured - fitted; the fit minimises `Σ w ρ(r)`.
///
/// Huber's ρ_δ is `r²/2` for `|r| ≤ δ` and `δ (|r| - δ/2)` beyond (Huber 1964).
///
/// ```
/// use nbar::Rho;
/// assert_eq!("huber:1e-4".parse::<Rho>()?, Rho::Huber { delta: 1e-4 });
/// assert_eq!("asymmetric:10".parse::<Rho>()?, Rho::Asymmetric { factor: 10.0, delta: 1e-3 });
/// assert_eq!(Rho::default().to_string(), "huber:0.001");
/// assert!("cauchy".parse::<Rho>().unwrap_err().to_string().contains("laplace"));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Rho {
    /// ρ_δ (default, with δ = 1e-3: Hoffmann et al. 2022, arXiv 2203.15556).
    Huber {
        /// δ, in the unit of the residuals: 1e-3 of ln L is 0.1 % of L.
        delta: f64,
    },
    /// |r|: least absolute deviations. Reached by Huber's ρ with δ lowered to 1e-8 (on L, 1e-8 times its mean), so that
    /// the objective is within Σ w δ/2 of the least.
    Laplace,
    /// r²/2: least squares.
    Squared,
    /// ρ_δ, times `factor` where the fit lies above the data (r < 0): with a factor above 1 the curve hugs the lower
    /// envelope, the runs that went well.
    Asymmetric {
        /// By how much more a run below the curve counts than one above it.
        factor: f64,
        /// δ, as for Huber.
        delta: f64,
    },
}

impl Default for Rho {
    fn default() -> Self {
        Rho::Huber { delta: DELTA }
    }
}

impl fmt::Display for Rho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rho::Huber { delta } => write!(f, "huber:{delta}"),
            Rho::Laplace => f.write_str("laplace"),
            Rho::Squared => f.write_str("squared"),
            Rho::Asymmetric { factor, delta } => write!(f, "asymmetric:{factor}:{delta}"),
        }
    }
}

impl FromStr for Rho {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = || Error::unknown("rho", text, KNOWN);
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let numbers: Vec<f64> =
            parts.map(|part| part.trim().parse().map_err(|_| refuse())).collect::<Result<_>>()?;
        let rho = match (name, numbers.as_slice()) {
            ("huber", []) => Rho::default(),
            ("huber", [delta]) => Rho::Huber { delta: *delta },
            ("laplace", []) => Rho::Laplace,
            ("squared", []) => Rho::Squared,
            ("asymmetric", [factor]) => Rho::Asymmetric { factor: *factor, delta: DELTA },
            ("asymmetric", [factor, delta]) => Rho::Asymmetric { factor: *factor, delta: *delta },
            _ => return Err(refuse()),
        };
        rho.validate()?;
        Ok(rho)
    }
}

saved_as_text!(Rho);

impl Rho {
    /// Huber's δ, where there is one.
    #[must_use]
    pub fn delta(&self) -> Option<f64> {
        match *self {
            Rho::Huber { delta } | Rho::Asymmetric { delta, .. } => Some(delta),
            Rho::Laplace | Rho::Squared => None,
        }
    }

    /// ρ of a residual.
    pub(crate) fn of(&self, residual: f64) -> f64 {
        let huber = |delta: f64| {
            let clipped = residual.clamp(-delta, delta);
            clipped * (residual - 0.5 * clipped)
        };
        match *self {
            Rho::Huber { delta } => huber(delta),
            Rho::Laplace => residual.abs(),
            Rho::Squared => 0.5 * residual * residual,
            Rho::Asymmetric { factor, delta } => (if residual < 0.0 { factor } else { 1.0 }) * huber(delta),
        }
    }

    /// ρ' of a residual: 0 at a kink.
    pub(super) fn slope(&self, residual: f64) -> f64 {
        match *self {
            Rho::Huber { delta } => residual.clamp(-delta, delta),
            Rho::Laplace if residual == 0.0 => 0.0,
            Rho::Laplace => residual.signum(),
            Rho::Squared => residual,
            Rho::Asymmetric { factor, delta } => {
                (if residual < 0.0 { factor } else { 1.0 }) * residual.clamp(-delta, delta)
            }
        }
    }

    /// The greatest second derivative of ρ, where it has one; else its slope.
    pub(crate) fn most_curved(&self) -> f64 {
        if let Rho::Asymmetric { factor, .. } = *self { factor.max(1.0) } else { 1.0 }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let refuse =
            |field, value: f64, remedy| Err(Error::option(field, value, "is not a positive number", remedy));
        let good = |value: f64| value > 0.0 && value.is_finite();
        if let Some(delta) = self.delta().filter(|delta| !good(*delta)) {
            return refuse("delta", delta, "give one such as 1e-3");
        }
        match *self {
            Rho::Asymmetric { factor, .. } if !good(factor) => {
                refuse("factor", factor, "give one above 1 for the lower envelope")
            }
            _ => Ok(()),
        }
    }
}

/// What a residual is a difference of.
///
/// ```
/// assert_eq!("loss".parse::<nbar::Residual>()?, nbar::Residual::Loss);
/// assert_eq!(nbar::Residual::default().to_string(), "ln-loss");
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Residual {
    /// ln L - ln L̂ (default): an error of 1 % counts the same at any loss.
    #[default]
    LnLoss,
    /// L - L̂, in the unit of the loss.
    Loss,
}

impl Residual {
    pub(crate) fn is_default(&self) -> bool {
        *self == Residual::LnLoss
    }
}

named!(Residual, "residual", [LnLoss "ln-loss", Loss "loss"]);
