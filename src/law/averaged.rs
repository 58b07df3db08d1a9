//! The size term averaged over training.

use super::{Factor, Input, Parameter, PowerSum, Term};
use crate::schedule::course::NODES;

/// Name of [`averaged`].
pub const AVERAGED: &str = "averaged";

/// `L = E + A · (1/D) ∫₀ᴰ N(t)^-α dt + B/D^β`.
///
/// Where Jin et al. (2025, arXiv 2501.12486) put the average count N̄ into the law of Hoffmann et al. (2022, arXiv
/// 2203.15556), this averages the loss term itself: N is the power mean of order -α. On dense runs both are the law of
/// Hoffmann et al. No publication proposes it that we know of; it is here to be compared.
///
/// Parameters, in order: E (nats a token), A and B (nats a token, at N = 1 and D = 1), α, β. The integral is a Gauss rule of
/// ten nodes for the distribution of ln N over the run's tokens, which makes the law a sum of powers; its error is about
/// 1e-13 for a network cut to a twentieth. Reads the schedules.
///
/// ```
/// use nbar::law::{Law, averaged, chinchilla};
/// // Inputs: tokens, then share and params of each node. A dense run:
/// let mut inputs = vec![1.4e12];
/// inputs.extend([70e9, 0.1].repeat(10));
/// let parameters = [1.69, 406.4, 410.7, 0.34, 0.28];
/// let dense = chinchilla().loss(&parameters, &[70e9, 1.4e12]);
/// assert_eq!(averaged().inputs().len(), inputs.len());
/// # let of = |input: &nbar::law::Input| match input {
/// #     nbar::law::Input::Tokens => 1.4e12,
/// #     nbar::law::Input::NodeShare(_) => 0.1,
/// #     _ => 70e9,
/// # };
/// # let inputs: Vec<f64> = averaged().inputs().iter().map(of).collect();
/// assert!((averaged().loss(&parameters, &inputs) / dense - 1.0).abs() < 1e-14);
/// ```
#[must_use]
pub fn averaged() -> PowerSum {
    let at = |node: u8| {
        Term::new(1, vec![Factor::falling(3, Input::NodeParams(node))]).times(Input::NodeShare(node))
    };
    let terms = [Term::constant(0), Term::new(2, vec![Factor::falling(4, Input::Tokens)])];
    PowerSum::new(
        AVERAGED,
        "L = E + A mean(N(t)^-alpha) + B/D^beta",
        vec![
            Parameter::log("E", 0.1, 10.0),
            Parameter::log("A", 1.0, 1e8),
            Parameter::log("B", 1.0, 1e12),
            Parameter::linear("alpha", 0.03, 1.5),
            Parameter::linear("beta", 0.03, 1.5),
        ],
        terms.into_iter().chain((0..NODES as u8).map(at)).collect(),
    )
}
