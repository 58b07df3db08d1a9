//! The law of pruning schedules.

use super::{Factor, Input, Parameter, PowerSum, Term};

/// `L = E + A/N^α + B/D^β + C V^p / (N₀^α D^(p/2))`, with V what pruning left unhealed: `V = Σ Δ(N₀/N) / √(Λ + 1/1000)` over the
/// cuts, and Λ the learning ahead of each.
///
/// Λ is the area under the learning rate over its peak from the cut to the end, as a share of the run. A cut adds the rise of N₀/N
/// that it makes, and the later it is the less of that heals. On dense runs V is 0, and the law is that of Hoffmann et al. (2022,
/// arXiv 2203.15556); with V alone left out it is theirs at N̄, as Jin et al. (2025, arXiv 2501.12486) have it. The form is this
/// project's, chosen among those of docs/evidence.md by leaving out one pruning window of data/journey.csv at a time.
///
/// Parameters, in order: E (nats a token), A and B (nats a token, at N = 1 and D = 1), C (nats a token, at V = N₀ = D = 1), fitted
/// by their logarithms; α, β, p. N is the chosen size, N̄ by default. Reads the schedules,
/// and how the learning rate falls: along a cosine to 0 where the runs do not say, and in runs that have not been trained.
///
/// ```
/// use nbar::law::{Law, schedule};
/// use nbar::{Observations, Trajectory};
/// // 8 parameters, of which 2 are kept from the last token on: V = 3/√(1/1000).
/// let run = Trajectory::from_counts(&[(0.0, 8.0), (16.0, 2.0)], 16.0)?;
/// let observations = Observations::new(vec![4.0], vec![16.0], vec![1.0])?
///     .with_param_counts(vec![8.0], vec![8.0], vec![2.0])?
///     .with_trajectories(&[run])?;
/// let inputs = schedule().spec().columns(&observations)?.concat();
/// let loss = schedule().loss(&[1.0, 2.0, 4.0, 4.0, 0.5, 0.5, 2.0], &inputs);
/// let harm = 4.0 * 9000.0 / (8f64.sqrt() * 16.0);
/// assert!((loss - (1.0 + 1.0 + 1.0 + harm)).abs() < 1e-9);
/// # Ok::<(), nbar::Error>(())
/// ```
#[must_use]
pub fn schedule() -> PowerSum {
    PowerSum::new(
        "schedule",
        "L = E + A/N^alpha + B/D^beta + C V^p/(N0^alpha D^(p/2)), V = sum of the rises of N0/N over sqrt(learning ahead), by lr_schedule or else a cosine",
        vec![
            Parameter::log("E", 0.1, 10.0),
            Parameter::log("A", 0.1, 1e8),
            Parameter::log("B", 1.0, 1e12),
            Parameter::log("C", 1e-4, 1e12),
            Parameter::linear("alpha", 0.03, 1.5),
            Parameter::linear("beta", 0.03, 1.5),
            Parameter::linear("p", 0.5, 2.5),
        ],
        vec![
            Term::constant(0),
            Term::new(1, vec![Factor::falling(4, Input::Params)]),
            Term::new(2, vec![Factor::falling(5, Input::Tokens)]),
            Term::new(
                3,
                vec![
                    Factor::power(6, Input::Unhealed, 1.0),
                    Factor::power(6, Input::Tokens, -0.5),
                    Factor::falling(4, Input::InitialParams),
                ],
            ),
        ],
    )
}
