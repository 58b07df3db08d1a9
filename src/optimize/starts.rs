//! Where a search starts from: the choice, and the starts that are not screened.

use rand_chacha::rand_core::Rng;
use serde::{Deserialize, Serialize};

use crate::numeric::random::stream;
use crate::{Error, Result};

/// Where the search starts from.
///
/// ```
/// use nbar::optimize::Starts;
/// assert_eq!("hoffmann".parse::<Starts>()?, Starts::Hoffmann);
/// assert_eq!("random:288".parse::<Starts>()?, Starts::Random { count: 288, seed: 0 });
/// assert_eq!(Starts::default(), Starts::Screened);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Starts {
    /// The 16 best distinct cells of a grid over the exponents (default).
    #[default]
    Screened,
    /// The 4,500 points of Hoffmann et al. (2022, arXiv 2203.15556, appendix D.3): α, β ∈ {0, .5, …, 2},
    /// ln E ∈ {-1, -.5, …, 1}, ln A, ln B ∈ {0, 5, …, 25}. For the Chinchilla law only.
    Hoffmann,
    /// Points at random over the ranges that the law's parameters declare.
    Random {
        /// How many, at least 1.
        count: u32,
        /// Seed of the points.
        seed: u64,
    },
    /// These points: the law's parameters in their own units. From each the nearest way down is taken, however long.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law, optimize::Starts};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let known = Starts::Given(vec![vec![1.5, 100.0, 500.0, 0.25, 0.3]]);
    /// let fit = fit_scaling_law(&observations, &FitOptions::default().with_starts(known))?;
    /// assert_eq!(fit.starts_tried, 1);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    Given(Vec<Vec<f64>>),
}

impl std::str::FromStr for Starts {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let random = text.strip_prefix("random:").and_then(|count| count.parse().ok());
        match text {
            "screened" => Ok(Starts::Screened),
            "hoffmann" => Ok(Starts::Hoffmann),
            _ if random.is_some_and(|count| count > 0) => {
                Ok(Starts::Random { count: random.unwrap_or_default(), seed: 0 })
            }
            _ => Err(Error::unknown("starts", text, "screened, hoffmann, random:COUNT")),
        }
    }
}

/// Points spread at random over ranges, one a parameter.
pub(super) fn random(ranges: &[(f64, f64)], count: u32, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = stream(seed, 0);
    let mut unit = move || f64::from(rng.next_u32()) / f64::from(u32::MAX);
    let mut point = || ranges.iter().map(|(low, high)| low + (high - low) * unit()).collect();
    (0..count).map(|_| point()).collect()
}

/// The 4,500 starts of Hoffmann et al. (2022), as (ln E, ln A, ln B, α, β).
pub(super) fn hoffmann() -> Vec<Vec<f64>> {
    let mut starts = Vec::with_capacity(4500);
    for alpha in 0..5 {
        for beta in 0..5 {
            for e in 0..5 {
                for a in 0..6 {
                    for b in 0..6 {
                        starts.push(vec![
                            -1.0 + 0.5 * f64::from(e),
                            5.0 * f64::from(a),
                            5.0 * f64::from(b),
                            0.5 * f64::from(alpha),
                            0.5 * f64::from(beta),
                        ]);
                    }
                }
            }
        }
    }
    starts
}
