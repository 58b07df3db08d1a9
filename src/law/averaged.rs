//! The size term averaged over training.

use super::{Factor, Input, Law, PowerSum, Term, chinchilla};

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
/// use nbar::law::{Law, averaged};
/// use nbar::{Observations, Trajectory};
/// // Half of the tokens at N = 1, half at N = 4: the mean of N^-1/2 is 3/4.
/// let run = Trajectory::from_counts(&[(0.0, 1.0), (8.0, 4.0)], 16.0)?;
/// let observations = Observations::new(vec![2.5], vec![16.0], vec![1.0])?.with_trajectories(&[run])?;
/// let inputs = averaged().spec().columns(&observations)?.concat();
/// let loss = averaged().loss(&[1.0, 8.0, 8.0, 0.5, 0.5], &inputs);
/// assert!((loss - (1.0 + 6.0 + 2.0)).abs() < 1e-12);
/// # Ok::<(), nbar::Error>(())
/// ```
#[must_use]
pub fn averaged() -> PowerSum {
    PowerSum::new(
        "averaged",
        "L = E + A mean(N(t)^-alpha) + B/D^beta",
        chinchilla().spec().parameters.clone(),
        vec![
            Term::constant(0),
            Term::new(2, vec![Factor::falling(4, Input::Tokens)]),
            Term::new(1, vec![Factor::falling(3, Input::Course)]),
        ],
    )
}
