//! Scaling laws: how the loss depends on parameters and tokens.
//!
//! Most laws are *sums of powers*, `L = Σ_k c_k Π_j x_j^(±θ_j)`, and are written as a table of terms
//! ([`PowerSum`]); any other implements [`Law`] by its value and derivatives.
//!
//! **Units.** Inputs are raw: parameters, tokens and FLOPs as counts, the loss in nats a token; each law says what its
//! coefficients mean. A published term `c (x/u)^-θ`, fitted in units of u, is `(c u^θ) x^-θ` here; published logarithms
//! are exponentiated. The laws whose papers use other units show it in an example.

mod averaged;
mod bnsl;
mod check;
mod chinchilla;
mod compute;
mod coupled;
mod kaplan;
mod names;
mod nested;
mod overtraining;
mod power_mean;
mod power_sum;
mod repeated_data;
mod scaling;
mod separable;
mod sparse;
mod sparse_density;
mod tied;

use std::fmt;

pub use averaged::{AVERAGED, averaged};
pub use bnsl::{BNSL, BNSL2, Bnsl, bnsl, bnsl2};
pub use check::check_derivatives;
pub use chinchilla::{CHINCHILLA, chinchilla};
pub use compute::{COMPUTE, compute};
pub use coupled::{COUPLED, Coupled};
pub use kaplan::{KAPLAN, Kaplan};
pub use names::{NAMES, by_name};
pub use overtraining::{OVERTRAINING, overtraining};
pub use power_mean::{POWER_MEAN, PowerMean};
pub use power_sum::{Factor, PowerSum, Term};
pub use repeated_data::{REPEATED_DATA, RepeatedData};
pub use scaling::Scaling;
pub use separable::Separable;
pub use sparse::{SPARSE, sparse};
pub use sparse_density::{SPARSE_DENSITY, SparseDensity};
pub use tied::{TIED, tied};

use serde::{Deserialize, Serialize};

use crate::{Error, Observations, Result};

/// Whether a parameter is fitted as it is or by its logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
/// assert_eq!(Parameter::log("A", 1.0, 1e5).to_fitted(1.0), 0.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name: `A`, `alpha`, ...
    pub name: &'static str,
    /// How it is fitted.
    pub scale: Scale,
    /// The least value that a search starts from, in its own unit.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

impl Parameter {
    /// A parameter fitted as it is, searched from `low` to `high`.
    #[must_use]
    pub const fn linear(name: &'static str, low: f64, high: f64) -> Self {
        Self { name, scale: Scale::Linear, low, high }
    }

    /// A positive parameter fitted by its logarithm, searched from `low` to `high`.
    #[must_use]
    pub const fn log(name: &'static str, low: f64, high: f64) -> Self {
        Self { name, scale: Scale::Log, low, high }
    }

    /// From the parameter's own unit to what is fitted.
    #[must_use]
    pub fn to_fitted(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.ln(),
        }
    }

    /// How fast it changes, in its own unit, with what is fitted.
    pub(crate) fn slope(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => 1.0,
            Scale::Log => value,
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

/// A column that a law reads.
///
/// ```
/// use nbar::{Observations, law::Input};
/// let observations = Observations::new(vec![1e8], vec![2e9], vec![3.2])?;
/// assert_eq!(Input::Tokens.column(&observations)?, vec![2e9]);
/// assert!(Input::UniqueTokens.column(&observations).is_err());
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// N, the parameter count chosen by [`Size`](crate::Size).
    Params,
    /// D, tokens seen.
    Tokens,
    /// Different tokens seen.
    UniqueTokens,
    /// N₀, parameters before pruning.
    InitialParams,
    /// Parameters left.
    FinalParams,
    /// C = 6 N̄ D, training FLOPs.
    Flops,
    /// N at the k-th of the ten nodes, from 0, that stand for its course over the run's tokens.
    NodeParams(u8),
    /// The node's share of the tokens.
    NodeShare(u8),
    /// A column of its own, by name: see [`Observations::with_column`].
    Column(&'static str),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Input::NodeParams(k) => return write!(f, "params at node {k}"),
            Input::NodeShare(k) => return write!(f, "share of node {k}"),
            Input::Params => "params",
            Input::Tokens => "tokens",
            Input::UniqueTokens => "unique_tokens",
            Input::InitialParams => "initial_params",
            Input::FinalParams => "final_params",
            Input::Flops => "flops",
            Input::Column(name) => name,
        })
    }
}

impl Input {
    /// The input's values, one an observation.
    ///
    /// # Errors
    /// [`Error::MissingInput`] when the sweep does not give it.
    pub fn column(self, observations: &Observations) -> Result<Vec<f64>> {
        Ok(match self {
            Input::Params => observations.params().to_vec(),
            Input::Tokens => observations.tokens().to_vec(),
            Input::InitialParams => observations.initial_params().to_vec(),
            Input::FinalParams if observations.has_final_params() => observations.final_params().to_vec(),
            Input::FinalParams => {
                return Err(Error::missing(
                    "the law",
                    self.to_string(),
                    "not every run of the sweep gives",
                    "add the column final_params, or the schedules",
                ));
            }
            Input::Flops => observations.flops().collect(),
            Input::NodeParams(k) => observations.nodes(k.into())?.map(|(_, params)| params).collect(),
            Input::NodeShare(k) => observations.nodes(k.into())?.map(|(share, _)| share).collect(),
            Input::Column(name) => observations
                .column(name)
                .ok_or_else(|| {
                    Error::missing(
                        "the law",
                        self.to_string(),
                        "the observations do not give",
                        format!("add it by Observations::with_column({name:?}, values)"),
                    )
                })?
                .to_vec(),
            Input::UniqueTokens => observations
                .unique_tokens()
                .ok_or_else(|| {
                    Error::missing(
                        "the law",
                        self.to_string(),
                        "not every row of the sweep gives",
                        format!("add the column {self}"),
                    )
                })?
                .to_vec(),
        })
    }
}

/// What a law writes of each row.
///
/// ```
/// use nbar::law::{Law, Response};
/// assert_eq!(nbar::law::chinchilla().response(), Response::LnLoss);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
    /// ln L̂.
    LnLoss,
    /// L̂ itself, which may then be negative on the way to a fit on L ([`Residual::Loss`](crate::Residual)).
    Loss,
}

/// Where a law's values and derivatives go, for a block of rows.
///
/// The derivative of row `i` in parameter `j` is `jacobian[j * rows + i]`.
#[derive(Debug)]
pub struct Evaluation<'a> {
    /// ln L̂ of each row; L̂ for laws whose [`response`](Law::response) that is.
    pub ln_loss: &'a mut [f64],
    /// ∂ ln L̂ / ∂θ_j (or ∂L̂ / ∂θ_j) of each row, parameter by parameter.
    pub jacobian: &'a mut [f64],
}

/// A scaling law: a formula for the loss, with its derivatives.
///
/// `theta` holds the parameters in the order of [`parameters`](Law::parameters), each on the scale on which
/// it is fitted (ln A for a coefficient, α itself for an exponent).
///
/// A power law in compute alone, `L = K C^-γ`, written outside the crate:
///
/// ```
/// use nbar::law::{Evaluation, Input, Law, Parameter};
///
/// #[derive(Debug)]
/// struct Compute([Parameter; 2]);
///
/// impl Law for Compute {
///     fn name(&self) -> &str { "my-compute" }
///     fn formula(&self) -> &str { "L = K C^-gamma" }
///     fn parameters(&self) -> &[Parameter] { &self.0 }
///     fn inputs(&self) -> Vec<Input> { vec![Input::Flops] }
///     fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
///         let rows = inputs[0].len();
///         for (i, flops) in inputs[0].iter().enumerate() {
///             out.ln_loss[i] = theta[0] - theta[1] * flops.ln();
///             out.jacobian[i] = 1.0;
///             out.jacobian[rows + i] = -flops.ln();
///         }
///     }
/// }
///
/// let law = Compute([Parameter::log("K", 1.0, 1e4), Parameter::linear("gamma", 0.01, 0.5)]);
/// assert_eq!(law.loss(&[2.0, 0.5], &[4.0]), 1.0);
/// ```
///
/// `examples/07_own_law.rs` has a law of three inputs, one of them a column of its own ([`Input::Column`]), which writes
/// L̂ itself ([`response`](Law::response)); it is checked, fitted and bootstrapped.
pub trait Law: fmt::Debug + Send + Sync {
    /// The name under which it is known.
    fn name(&self) -> &str;

    /// The formula in plain text.
    fn formula(&self) -> &str;

    /// Its parameters, in the order of `theta`.
    fn parameters(&self) -> &[Parameter];

    /// The inputs that it reads, in the order in which [`evaluate`](Law::evaluate) gets them.
    fn inputs(&self) -> Vec<Input>;

    /// ln L̂ (or L̂: see [`response`](Law::response)) and its derivatives at `theta`, for a block of rows; `inputs` are columns in their own units,
    /// but for those that [`scalings`](Law::scalings) names.
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>);

    /// Places of the parameters in which L̂ is linear: `L̂ = g₀ + Σ_k c_k g_k`, where no g depends on any of these c, and each
    /// is positive and fitted by its logarithm; none unless a law says so.
    ///
    /// The search solves for them, so that its grid is over the others only. [`check_derivatives`] finds wrong claims.
    ///
    /// ```
    /// use nbar::law::{Coupled, Law};
    /// // E + [...]^q: E alone, since A and B stand inside the power.
    /// assert_eq!(Coupled::default().linear(), [0]);
    /// ```
    fn linear(&self) -> &[usize] {
        &[]
    }

    /// Units that the law takes up: inputs which, divided by u, leave L̂ as it is if a coefficient is multiplied by u^-θ; none
    /// unless a law says so.
    ///
    /// The search then measures these inputs in units of about their geometric mean. At raw counts of 1e10 a coefficient and
    /// its exponent hardly differ in what they do, and a steep term's coefficient of e^500 has lost the digits that decide.
    /// [`check_derivatives`] finds wrong claims.
    ///
    /// ```
    /// use nbar::law::{Input, Law, RepeatedData};
    /// // Tokens and unique tokens change their unit together, and B takes it up.
    /// assert_eq!(RepeatedData::default().scalings()[1].inputs, [Input::Tokens, Input::UniqueTokens]);
    /// ```
    fn scalings(&self) -> Vec<Scaling> {
        Vec::new()
    }

    /// What [`evaluate`](Law::evaluate) writes: ln L̂, unless the law says L̂.
    fn response(&self) -> Response {
        Response::LnLoss
    }

    /// Where a search starts from, lowest and highest of each parameter in its own unit, given the columns of inputs: the
    /// declared ranges, unless the law knows better.
    ///
    /// ```
    /// use nbar::law::{Law, bnsl};
    /// // The tokens at the break, d1, are looked for among those of the runs.
    /// assert_eq!(bnsl().ranges(&[&[1e9, 3e10, 1e11]])[4], (1e9, 1e11));
    /// ```
    fn ranges(&self, inputs: &[&[f64]]) -> Vec<(f64, f64)> {
        let _ = inputs;
        self.parameters().iter().map(|p| (p.low, p.high)).collect()
    }

    /// Of all θ that give the same losses on every input, the one to report: parts that are alike, put in order. As it is,
    /// unless the law has such parts. Not asked where parameters are fixed or tied, nor of sums of powers.
    ///
    /// ```
    /// use nbar::law::{Law, bnsl2};
    /// // ln a, ln b, c0, then c, ln d and ln f of each break: that of fewer tokens first.
    /// let mut theta = [0.5, 3.0, 0.2, 0.1, 25.0, -1.0, 0.3, 22.0, -2.0];
    /// bnsl2().put_in_order(&mut theta);
    /// assert_eq!(theta[3..], [0.3, 22.0, -2.0, 0.1, 25.0, -1.0]);
    /// ```
    fn put_in_order(&self, theta: &mut [f64]) {
        let _ = theta;
    }

    /// The law as a sum of powers, if it is one: then it is fitted by the faster kernel.
    fn as_power_sum(&self) -> Option<&PowerSum> {
        None
    }

    /// E, A, B, α and β of runs alike but for size and length, if their loss is `E + A/n^α + B/d^β`: the run of n = d = 1 has these
    /// `inputs`; in others the counts of parameters are n times, and the tokens d times as many. `parameters` in their own units.
    ///
    /// None, unless a law says so; not asked of sums of powers. With it, the best run of a budget is a closed form, and without it
    /// found by search. [`check_derivatives`] finds wrong claims.
    ///
    /// ```
    /// use nbar::law::{Law, SparseDensity};
    /// // Inputs: final parameters, initial parameters, tokens. Dense, the factor of density is 1.
    /// let law = SparseDensity::default().separable(&[1.0, 8.0, 8.0, 0.5, 0.5, -0.25, 1.0], &[1.0, 1.0, 1.0]).unwrap();
    /// assert_eq!((law.e, law.alpha, law.beta), (1.0, 0.5, 0.5));
    /// assert!((law.a / 8.0 - 1.0).abs() < 1e-14 && (law.b / 8.0 - 1.0).abs() < 1e-14);
    /// ```
    fn separable(&self, parameters: &[f64], inputs: &[f64]) -> Option<Separable> {
        let _ = (parameters, inputs);
        None
    }

    /// L̂ for one row of inputs; `parameters` in their own units.
    fn loss(&self, parameters: &[f64], inputs: &[f64]) -> f64 {
        let theta: Vec<f64> =
            self.parameters().iter().zip(parameters).map(|(p, value)| p.to_fitted(*value)).collect();
        let columns: Vec<&[f64]> = inputs.iter().map(std::slice::from_ref).collect();
        let (mut ln_loss, mut jacobian) = ([0.0], vec![0.0; theta.len()]);
        self.evaluate(&theta, &columns, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
        match self.response() {
            Response::LnLoss => ln_loss[0].exp(),
            Response::Loss => ln_loss[0],
        }
    }
}
