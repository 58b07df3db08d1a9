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
mod by_group;
mod check;
mod chinchilla;
mod compute;
mod coupled;
mod formula;
mod input;
mod inputs;
mod kaplan;
mod log_mean;
mod names;
mod nested;
mod overtraining;
mod parameter;
mod power_mean;
mod power_sum;
mod repeated_data;
mod schedule;
mod separable;
mod sparse;
mod sparse_density;
mod spec;
mod tied;

use std::fmt;
use std::sync::Arc;

use crate::{Observations, Result};

pub use averaged::averaged;
pub use bnsl::{Bnsl, bnsl, bnsl2};
pub(crate) use by_group::ByGroup;
pub use check::check_derivatives;
pub use chinchilla::chinchilla;
pub use compute::compute;
pub use coupled::Coupled;
pub use formula::Formula;
pub use input::Input;
pub(crate) use input::Kind;
pub use kaplan::Kaplan;
pub(crate) use names::is_own;
pub use names::{NAMES, by_name, may_read};
pub use overtraining::overtraining;
pub(crate) use parameter::Units;
pub use parameter::{Parameter, Scale};
pub use power_mean::PowerMean;
pub use power_sum::{Factor, PowerSum, Term};
pub(crate) use power_sum::{Power, Product};
pub use repeated_data::RepeatedData;
pub use schedule::schedule;
pub use separable::Separable;
pub use sparse::sparse;
pub use sparse_density::SparseDensity;
pub use spec::{LawSpec, Response};
pub use tied::tied;

/// What a law is evaluated at, of values in their own units.
pub(crate) fn fitted(parameters: &[Parameter], natural: &[f64]) -> Vec<f64> {
    let mut theta = Vec::with_capacity(parameters.len());
    fitted_into(parameters, natural, &mut theta);
    theta
}

/// Puts what a law is evaluated at into `theta`.
pub(crate) fn fitted_into(parameters: &[Parameter], natural: &[f64], theta: &mut Vec<f64>) {
    theta.clear();
    theta.extend(parameters.iter().zip(natural).map(|(p, value)| p.to_fitted(*value)));
}

/// Values in their own units once what is fitted of them has changed by so many times `change`.
pub(crate) fn moved(parameters: &[Parameter], natural: &[f64], (times, change): (f64, &[f64])) -> Vec<f64> {
    let each = parameters.iter().zip(natural).zip(change);
    each.map(|((p, value), change)| p.to_natural(p.to_fitted(*value) + times * change)).collect()
}

/// Where a law's values and derivatives go, for a block of rows.
///
/// The derivative of row `i` in parameter `j` is `jacobian[j * rows + i]`.
#[derive(Debug)]
pub struct Evaluation<'a> {
    /// ln L̂ of each row; L̂ for laws whose [`response`](LawSpec::response) that is.
    pub ln_loss: &'a mut [f64],
    /// ∂ ln L̂ / ∂θ_j (or ∂L̂ / ∂θ_j) of each row, parameter by parameter.
    pub jacobian: &'a mut [f64],
}

/// A scaling law: a formula for the loss, with its derivatives.
///
/// A power law in compute alone, `L = K C^-γ`, written outside the crate:
///
/// ```
/// use nbar::law::{Evaluation, Input, Law, LawSpec, Parameter};
///
/// #[derive(Debug)]
/// struct Compute(LawSpec);
///
/// impl Law for Compute {
///     fn spec(&self) -> &LawSpec { &self.0 }
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
/// let parameters = [Parameter::coefficient("K", 1.0, 1e4), Parameter::linear("gamma", 0.01, 0.5)];
/// let law = Compute(LawSpec::new("my-compute", "L = K C^-gamma", [Input::Flops], parameters));
/// assert_eq!(law.loss(&[2.0, 0.5], &[4.0]), 1.0);
/// ```
///
/// `examples/07_own_law.rs` has a law of three inputs, one of them a column of its own ([`Input::Column`]), which writes
/// L̂ itself ([`Response::Loss`]); it is checked, fitted and bootstrapped.
pub trait Law: fmt::Debug + Send + Sync {
    /// Its name and formula, what it reads, what is fitted, and what it writes.
    fn spec(&self) -> &LawSpec;

    /// ln L̂ (or L̂: see [`LawSpec::response`]) and its derivatives, for a block of rows.
    ///
    /// `theta` holds the parameters in the order of [`LawSpec::parameters`], each on the scale on which it is fitted: ln A for a
    /// coefficient, α itself for an exponent. `inputs` are the columns of [`LawSpec::inputs`] in their own units, but for those
    /// whose unit a parameter [takes up](Parameter::takes_up).
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>);

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

    /// The law as it reads these observations, where that is another: a [`Formula`] takes their columns for its names.
    ///
    /// # Errors
    /// When it cannot read them.
    fn reading(&self, observations: &Observations) -> Result<Option<Arc<dyn Law>>> {
        let _ = observations;
        Ok(None)
    }

    /// L̂ for one row of inputs; `parameters` in their own units.
    fn loss(&self, parameters: &[f64], inputs: &[f64]) -> f64 {
        let theta = fitted(&self.spec().parameters, parameters);
        let columns: Vec<&[f64]> = inputs.iter().map(std::slice::from_ref).collect();
        let (mut ln_loss, mut jacobian) = ([0.0], vec![0.0; theta.len()]);
        self.evaluate(&theta, &columns, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
        match self.spec().response {
            Response::LnLoss => ln_loss[0].exp(),
            Response::Loss => ln_loss[0],
        }
    }
}
