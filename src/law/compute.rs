//! A power law in compute alone.

use super::{Factor, Input, Parameter, PowerSum, Term};

/// `L = E + K/C^γ`, with C = 6 N̄ D: the loss of runs that split their compute alike, as along a compute-optimal frontier
/// (Kaplan et al. 2020, arXiv 2001.08361, without the constant).
///
/// Parameters, in order: E (nats a token), K (nats a token, at one FLOP), fitted by their logarithms; γ.
///
/// ```
/// use nbar::law::{Law, compute};
/// // Kaplan et al. publish (Cc/C)^0.050 with Cc = 3.1e8 petaflop-days, each 8.64e19 FLOPs.
/// let k = (3.1e8f64 * 8.64e19).powf(0.050);
/// let at_cc = compute().loss(&[f64::MIN_POSITIVE, k, 0.050], &[3.1e8 * 8.64e19]);
/// assert!((at_cc - 1.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn compute() -> PowerSum {
    PowerSum::new(
        "compute",
        "L = E + K/C^gamma",
        vec![
            Parameter::log("E", 0.1, 10.0),
            Parameter::log("K", 1.0, 1e12),
            Parameter::linear("gamma", 0.01, 1.0),
        ],
        vec![Term::constant(0), Term::new(1, vec![Factor::falling(2, Input::Flops)])],
    )
}
