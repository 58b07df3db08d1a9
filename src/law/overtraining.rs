//! The law of Gadre et al. (2024): compute, and how far a run is trained beyond its size.

use super::{Factor, Input, Parameter, PowerSum, Term};

/// `L = E + (a M^η + b M^-η) C^-η`, with M = D/N tokens per parameter and C = 6 N̄ D training FLOPs (Gadre et al. 2024,
/// arXiv 2403.08540).
///
/// Multiplied out it is a sum of powers. Parameters, in order: E (nats a token), a and b (nats a token, at M = 1 and
/// C = 1), fitted by their logarithms; η. Where N is N̄ it is [`tied`](super::tied) in other letters: η = α/2, a = A 6^η and b = B 6^η.
///
/// ```
/// use nbar::law::{Law, overtraining};
/// // Inputs: tokens, parameters, FLOPs. M = 4 and C = 64: (3 · 2 + 8 / 2) / 8.
/// let loss = overtraining().loss(&[1.75, 3.0, 8.0, 0.5], &[8.0, 2.0, 64.0]);
/// assert!((loss - 3.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn overtraining() -> PowerSum {
    let ratio = |sign: f64| {
        vec![
            Factor::power(3, Input::Tokens, sign),
            Factor::power(3, Input::Params, -sign),
            Factor::falling(3, Input::Flops),
        ]
    };
    PowerSum::new(
        "overtraining",
        "L = E + (a M^eta + b M^-eta) C^-eta, M = D/N",
        vec![
            Parameter::log("E", 0.1, 10.0),
            Parameter::log("a", 1.0, 1e9),
            Parameter::log("b", 1.0, 1e13),
            Parameter::linear("eta", 0.015, 0.75),
        ],
        vec![Term::constant(0), Term::new(1, ratio(1.0)), Term::new(2, ratio(-1.0))],
    )
}
