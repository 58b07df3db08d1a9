//! What a law says of each of its parameters.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Input;

/// Whether a parameter is fitted as it is or by its logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scale {
    /// As it is: exponents.
    Linear,
    /// By its natural logarithm: coefficients, which are positive and range over decades.
    Log,
}

/// A parameter of a law.
///
/// ```
/// use nbar::law::{Parameter, Scale};
/// let alpha = Parameter::linear("alpha", 0.05, 1.5);
/// assert_eq!((alpha.scale, alpha.to_fitted(0.3)), (Scale::Linear, 0.3));
/// assert_eq!(Parameter::log("q", 0.2, 3.0).to_fitted(1.0), 0.0);
/// // Names may be made at run time.
/// assert_eq!(Parameter::coefficient(format!("A{}", 1), 1.0, 1e5).name, "A1");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name: `A`, `alpha`, ...
    pub name: Cow<'static, str>,
    /// How it is fitted.
    pub scale: Scale,
    /// The least value that a search starts from, in its own unit.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// Whether L̂ is linear in it.
    pub(crate) is_coefficient: bool,
    /// The units that it takes up.
    pub(crate) takes_up: Option<Units>,
    /// What the law is at minus infinity and at infinity, if it has limits there.
    pub(crate) limits: Option<[&'static str; 2]>,
    /// The powers of inputs among whose values it is looked for.
    pub(crate) within: Option<Within>,
}

/// Inputs x, and the place of the exponent θ: x/u gives the loss of x where the coefficient is multiplied by u^-θ.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Units {
    pub(crate) inputs: Vec<Input>,
    pub(crate) exponent: usize,
}

/// The values of a product of powers of inputs over the rows, the least and the greatest times a factor each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Within {
    pub(crate) powers: Vec<(Input, f64)>,
    pub(crate) widened: [f64; 2],
}

impl Parameter {
    /// A parameter fitted as it is, searched from `low` to `high`.
    #[must_use]
    pub fn linear(name: impl Into<Cow<'static, str>>, low: f64, high: f64) -> Self {
        let (is_coefficient, takes_up, within, limits) = (false, None, None, None);
        Self { name: name.into(), scale: Scale::Linear, low, high, is_coefficient, takes_up, within, limits }
    }

    /// A positive parameter fitted by its logarithm, searched from `low` to `high`.
    #[must_use]
    pub fn log(name: impl Into<Cow<'static, str>>, low: f64, high: f64) -> Self {
        Self { scale: Scale::Log, ..Self::linear(name, low, high) }
    }

    /// A positive parameter fitted by its logarithm, in which L̂ is linear: `L̂ = g₀ + Σ_k c_k g_k` over all coefficients c, and no
    /// g depends on any of them.
    ///
    /// The search solves for coefficients, so that its grid is over the other parameters only.
    /// [`check_derivatives`](super::check_derivatives) finds wrong claims. In `E + [...]^q` E is one, and A and B inside are not.
    #[must_use]
    pub fn coefficient(name: impl Into<Cow<'static, str>>, low: f64, high: f64) -> Self {
        Self { is_coefficient: true, ..Self::log(name, low, high) }
    }

    /// Says that it takes up the unit of these inputs: x/u gives the loss of x, if this coefficient is multiplied by u^-θ, where
    /// θ is the parameter at the place `exponent`, and is fitted as it is.
    ///
    /// The search then measures these inputs in units of about their geometric mean. At raw counts of 1e10 a coefficient and
    /// its exponent hardly differ in what they do, and a steep term's coefficient of e^500 has lost the digits that decide.
    /// [`check_derivatives`](super::check_derivatives) finds wrong claims.
    ///
    /// ```
    /// use nbar::law::{Input, Law, Parameter, RepeatedData};
    /// // Tokens and unique tokens change their unit together: B and alpha, at place 3, take it up.
    /// let b = Parameter::log("B", 10.0, 1e5).takes_up([Input::Tokens, Input::UniqueTokens], 3);
    /// assert_eq!(RepeatedData::default().spec().parameters[2], b);
    /// ```
    #[must_use]
    pub fn takes_up(mut self, inputs: impl IntoIterator<Item = Input>, exponent: usize) -> Self {
        self.takes_up = Some(Units { inputs: inputs.into_iter().collect(), exponent });
        self
    }

    /// Says that it is looked for among the values that an input has, where these differ, and not from `low` to `high`.
    #[must_use]
    pub fn within(mut self, input: Input) -> Self {
        self.within = Some(Within { powers: vec![(input, 1.0)], widened: [1.0, 1.0] });
        self
    }

    /// Says that the law has a limit as the parameter falls without end, and one as it rises, and what these are.
    pub(super) fn with_limits(mut self, limits: [&'static str; 2]) -> Self {
        self.limits = Some(limits);
        self
    }

    /// From the parameter's own unit to what is fitted.
    #[must_use]
    pub fn to_fitted(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.ln(),
        }
    }

    /// From what is fitted to the parameter's own unit.
    #[must_use]
    pub fn to_natural(&self, fitted: f64) -> f64 {
        match self.scale {
            Scale::Linear => fitted,
            Scale::Log => fitted.exp(),
        }
    }
}
