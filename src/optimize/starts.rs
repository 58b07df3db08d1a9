//! Where a search starts from: the choice, and the starts that are not screened.

use rand_chacha::rand_core::Rng;
use serde::{Deserialize, Serialize};

use crate::numeric::random::stream;
use crate::{Error, Result};

/// Starts that may be asked for: as many searches take minutes.
const MOST_STARTS: u32 = 1_000_000;

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
        /// How many, from 1 to 1,000,000.
        count: u32,
        /// Seed of the points.
        seed: u64,
    },
    /// These points: the law's parameters in their own units. From each the nearest way down is taken, however long.
    Given(Vec<Vec<f64>>),
}

impl std::str::FromStr for Starts {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let count = |text: &str| text.parse().ok().filter(|count| (1..=MOST_STARTS).contains(count));
        match text.strip_prefix("random:").map(count) {
            _ if text == "screened" => Ok(Starts::Screened),
            _ if text == "hoffmann" => Ok(Starts::Hoffmann),
            Some(Some(count)) => Ok(Starts::Random { count, seed: 0 }),
            Some(None) => Err(many(text)),
            None => Err(Error::unknown("starts", text, "screened, hoffmann, random:COUNT")),
        }
    }
}

impl Starts {
    /// Refuses none, and more than can be kept.
    pub(crate) fn check_count(&self) -> Result<()> {
        match self {
            Starts::Random { count, .. } if !(1..=MOST_STARTS).contains(count) => {
                Err(many(&format!("random:{count}")))
            }
            Starts::Given(points) if points.len() > MOST_STARTS as usize => {
                Err(many(&format!("{} points", points.len())))
            }
            _ => Ok(()),
        }
    }
}

fn many(given: &str) -> Error {
    let problem = format!("are not from 1 to {MOST_STARTS} starts");
    Error::option("starts", given, &problem, "use `starts=random:1000`, or `starts=screened`")
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
    let start = |i: usize| {
        let [alpha, beta, e, a, b] = [i / 900, i / 180 % 5, i / 36 % 5, i / 6 % 6, i % 6].map(|i| i as f64);
        vec![-1.0 + 0.5 * e, 5.0 * a, 5.0 * b, 0.5 * alpha, 0.5 * beta]
    };
    (0..4500).map(start).collect()
}
