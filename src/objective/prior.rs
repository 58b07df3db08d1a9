//! What is known of a parameter before the fit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::law::Scale;
use crate::units::parse_quantity;
use crate::{Error, Result};

/// A prior narrower than this share of its centre is as narrow: less is the rounding of a parameter.
const NARROWEST: f64 = 1e-12;
/// How a prior is written.
const WRITTEN: &str = "write CENTRE+-S, as in 1.5+-0.1, or CENTREx/FACTOR, as in 400x/1.5";

/// What is known of a parameter before the fit: its centre m, and how far from there it may lie.
///
/// A fit with priors minimises `f(θ)/φ + Σ ½ u²`, where f is `Σ w ρ` and φ its scale. `u = (p - m)/s` for
/// a [normal](Prior::Normal) prior, and `u = ln(p/m)/ln(factor)` for a [log-normal](Prior::LogNormal) one.
///
/// ```
/// use nbar::fit::Prior;
/// assert_eq!("1.5+-0.1".parse::<Prior>()?, Prior::Normal { centre: 1.5, s: 0.1 });
/// assert_eq!("1.5±0.1".parse::<Prior>()?, Prior::Normal { centre: 1.5, s: 0.1 });
/// let within_half = Prior::LogNormal { centre: 400.0, factor: 1.5 };
/// assert_eq!(("400x/1.5".parse::<Prior>()?, within_half.to_string().as_str()), (within_half, "400x/1.5"));
/// assert!("1.5".parse::<Prior>().unwrap_err().to_string().contains("CENTRE+-S"));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Prior {
    /// The parameter is normal.
    Normal {
        /// Its mean m, in its own unit.
        centre: f64,
        /// Its standard deviation s, in its own unit.
        s: f64,
    },
    /// Its logarithm is normal.
    LogNormal {
        /// Its median m, in its own unit.
        centre: f64,
        /// e to the standard deviation of its logarithm: 1.5 for within a half, more or less, at one standard deviation.
        factor: f64,
    },
}

impl fmt::Display for Prior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Prior::Normal { centre, s } => write!(f, "{centre}+-{s}"),
            Prior::LogNormal { centre, factor } => write!(f, "{centre}x/{factor}"),
        }
    }
}

impl FromStr for Prior {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let split = |marks: &[&str]| marks.iter().find_map(|mark| text.split_once(mark));
        match (split(&["+-", "±", "+/-"]), split(&["x/", "×/", "*/", "×÷", "x÷"])) {
            (Some((centre, s)), None) => {
                Ok(Prior::Normal { centre: parse_quantity(centre.trim())?, s: parse_quantity(s.trim())? })
            }
            (None, Some((centre, factor))) => {
                let (centre, factor) = (parse_quantity(centre.trim())?, parse_quantity(factor.trim())?);
                Ok(Prior::LogNormal { centre, factor })
            }
            _ => Err(Error::option("prior", text, "is no centre with what it may be off by", WRITTEN)),
        }
    }
}

saved_as_text!(Prior);

/// u of a prior, with its first and second derivatives in the fitted value of the parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Distance {
    pub(crate) u: f64,
    pub(crate) first: f64,
    pub(super) second: f64,
    /// The sizes that cancel in u.
    pub(super) size: f64,
}

impl Prior {
    /// m, in the parameter's own unit.
    pub(crate) fn centre(&self) -> f64 {
        match *self {
            Prior::Normal { centre, .. } | Prior::LogNormal { centre, .. } => centre,
        }
    }

    /// Whether it is of the parameter's logarithm.
    pub(crate) fn is_of_logarithm(&self) -> bool {
        matches!(self, Prior::LogNormal { .. })
    }

    /// How many s a value, in its own unit, lies above the centre.
    pub(crate) fn off(&self, value: f64) -> f64 {
        match *self {
            Prior::Normal { centre, s } => (value - centre) / s,
            Prior::LogNormal { centre, factor } => (value / centre).ln() / factor.ln(),
        }
    }

    /// s, in the parameter's own unit or in that of its logarithm.
    pub(crate) fn width(&self) -> f64 {
        match *self {
            Prior::Normal { s, .. } => s,
            Prior::LogNormal { factor, .. } => factor.ln(),
        }
    }

    /// The same about a centre that lies so many s from its own.
    pub(super) fn moved(&self, by: f64) -> Self {
        match *self {
            Prior::Normal { centre, s } => Prior::Normal { centre: centre + by * s, s },
            Prior::LogNormal { centre, factor } => {
                Prior::LogNormal { centre: centre * (by * factor.ln()).exp(), factor }
            }
        }
    }

    /// How far a fitted value lies from the centre.
    pub(super) fn distance(&self, scale: Scale, fitted: f64) -> Distance {
        // The prior's own coordinate of the parameter, with its derivatives in the fitted value.
        let (own, first, second, centre) = match (self, scale) {
            (Prior::Normal { centre, .. }, Scale::Linear) => (fitted, 1.0, 0.0, *centre),
            (Prior::Normal { centre, .. }, Scale::Log) => (fitted.exp(), fitted.exp(), fitted.exp(), *centre),
            (Prior::LogNormal { centre, .. }, Scale::Log) => (fitted, 1.0, 0.0, centre.ln()),
            (Prior::LogNormal { centre, .. }, Scale::Linear) => {
                (fitted.ln(), 1.0 / fitted, -1.0 / (fitted * fitted), centre.ln())
            }
        };
        let least = NARROWEST * if centre == 0.0 { 1.0 } else { centre.abs() };
        let s = self.width().max(least);
        let size = (own.abs() + centre.abs()) / s;
        Distance { u: (own - centre) / s, first: first / s, second: second / s, size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_differences() {
        let normal = Prior::Normal { centre: 1.5, s: 0.1 };
        let by_factor = Prior::LogNormal { centre: 1.4, factor: 1.2 };
        for (prior, scale) in
            [normal, by_factor].into_iter().flat_map(|p| [(p, Scale::Log), (p, Scale::Linear)])
        {
            let (at, h) = (0.7, 1e-5);
            let [below, here, above] = [at - h, at, at + h].map(|x| prior.distance(scale, x));
            let first = (above.u - below.u) / (2.0 * h);
            let second = (above.first - below.first) / (2.0 * h);
            assert!((first / here.first - 1.0).abs() < 1e-8, "{prior} {scale:?}");
            assert!((second - here.second).abs() < 1e-8 * (1.0 + here.second.abs()), "{prior} {scale:?}");
        }
    }

    #[test]
    fn at_its_centre_a_prior_is_at_rest_and_moved_by_one_it_is_one_away() {
        for prior in [Prior::Normal { centre: 0.35, s: 0.02 }, Prior::LogNormal { centre: 0.35, factor: 1.1 }]
        {
            let from = |by: f64| prior.moved(by).distance(Scale::Linear, 0.35).u;
            assert_eq!(from(0.0), 0.0);
            assert!((from(1.0) + 1.0).abs() < 1e-12 && (from(-2.5) - 2.5).abs() < 1e-12, "{prior}");
        }
    }
}
