//! The law of Hoffmann et al. (2022), on whichever parameter count is chosen.

use super::{Factor, Input, Parameter, PowerSum, Term};

/// `L = E + A/N^α + B/D^β`.
///
/// Parameters, in order: E (nats a token), A and B (nats a token, at N = 1 and D = 1), fitted by their logarithms; α, β. N is
/// the count chosen by [`Size`](crate::Size): with N̄, the average over training, the law holds for sparse and dense
/// runs alike (Jin et al. 2025, arXiv 2501.12486); on dense runs it is approach 3 of Hoffmann et al. (2022,
/// arXiv 2203.15556).
///
/// ```
/// use nbar::law::{Law, chinchilla};
/// let loss = chinchilla().loss(&[1.69, 406.4, 410.7, 0.34, 0.28], &[70e9, 1.4e12]);
/// assert!((loss - 1.9367).abs() < 1e-4);
/// ```
#[must_use]
pub fn chinchilla() -> PowerSum {
    PowerSum::new(
        "chinchilla",
        "L = E + A/N^alpha + B/D^beta",
        vec![
            Parameter::log("E", 0.1, 10.0),
            Parameter::log("A", 1.0, 1e8),
            Parameter::log("B", 1.0, 1e12),
            Parameter::linear("alpha", 0.03, 1.5),
            Parameter::linear("beta", 0.03, 1.5),
        ],
        vec![
            Term::constant(0),
            Term::new(1, vec![Factor::falling(3, Input::Params)]),
            Term::new(2, vec![Factor::falling(4, Input::Tokens)]),
        ],
    )
}
