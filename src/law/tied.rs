//! One exponent for parameters and tokens.

use super::{Factor, Input, Law, PowerSum, Term, chinchilla};

/// `L = E + A/N^α + B/D^α`: the law of Hoffmann et al. (2022) with one exponent, so that parameters and tokens grow
/// alike with compute (Muennighoff et al. 2023, arXiv 2305.16264, tie them so).
///
/// Parameters, in order: E (nats a token), A and B (nats a token, at N = 1 and D = 1), fitted by their logarithms; α.
///
/// ```
/// use nbar::law::{Law, tied};
/// // Muennighoff et al. publish ln E, ln A and ln B.
/// let [e, a, b] = [0.6254804f64, 6.255414, 7.3049974].map(f64::exp);
/// let loss = tied().loss(&[e, a, b, 0.3526596], &[8.67e9, 178e9]);
/// assert!((loss - 2.1924).abs() < 1e-4);
/// ```
#[must_use]
pub fn tied() -> PowerSum {
    PowerSum::new(
        "tied",
        "L = E + A/N^alpha + B/D^alpha",
        chinchilla().spec().parameters[..4].to_vec(),
        vec![
            Term::constant(0),
            Term::new(1, vec![Factor::falling(3, Input::Params)]),
            Term::new(2, vec![Factor::falling(3, Input::Tokens)]),
        ],
    )
}
