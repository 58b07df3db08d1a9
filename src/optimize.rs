//! From starts to minima: screen, descend, polish.
//!
//! The objective is nearly a sum of absolute values, with one good minimum and large flat regions in which
//! a term of the law has vanished, where every optimiser reports success. So a start is *screened* first
//! (for fixed exponents the law is linear in the rest), L-BFGS carries it towards its basin, and Newton's method
//! proves that the end point is stationary; where that crawls from kink to kink, steps that solve a convex
//! problem across all of them take over. Trust comes from independent starts that agree.

mod confined;
mod convex;
mod lbfgs;
mod newton;
mod robust;
mod screen;
mod search;
mod starts;

pub(crate) use newton::{Distance, Polisher};
pub(crate) use search::{Minimum, SearchResult, Sought, Whose, quick_search, search};

use serde::{Deserialize, Serialize};

/// Why the work on one start ended. Data, never an error.
///
/// ```
/// assert!(nbar::optimize::Termination::Stationary.is_converged());
/// assert!(!nbar::optimize::Termination::EvaluationLimit.is_converged());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Termination {
    /// The gradient is zero to rounding and a Newton step would gain nothing.
    Stationary,
    /// No step lowers the objective any more, though the gradient is not at rounding.
    Stalled,
    /// The limit on evaluations was reached first.
    EvaluationLimit,
}

impl Termination {
    /// Whether the point is a proven stationary point.
    #[must_use]
    pub fn is_converged(self) -> bool {
        self == Termination::Stationary
    }
}

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
    type Err = crate::Error;

    fn from_str(text: &str) -> crate::Result<Self> {
        let random = text.strip_prefix("random:").and_then(|count| count.parse().ok());
        match text {
            "screened" => Ok(Starts::Screened),
            "hoffmann" => Ok(Starts::Hoffmann),
            _ if random.is_some_and(|count| count > 0) => {
                Ok(Starts::Random { count: random.unwrap_or_default(), seed: 0 })
            }
            _ => Err(crate::Error::UnknownName {
                what: "choice of starts",
                value: text.to_owned(),
                known: "screened, hoffmann, random:COUNT".to_owned(),
            }),
        }
    }
}
