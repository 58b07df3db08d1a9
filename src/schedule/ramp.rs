//! A ramp: sparsity that rises along a curve.

use super::{MAX_CUTS, Unit};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// Relative tolerance within which a ramp is a multiple of `every`: 0.5 / 0.01 is 50.
const MULTIPLE_TOLERANCE: f64 = 1e-9;

/// Form of a pruning ramp: how sparsity goes from its initial value `s_i` to its final `s_f`.
///
/// With `q = (x - start) / (end - start)` the progress of the ramp:
///
/// | shape | at progress q | source |
/// |---|---|---|
/// | linear | `s = s_f + (s_i - s_f)(1 - q)` | |
/// | cubic | `s = s_f + (s_i - s_f)(1 - q)³` | Zhu & Gupta 2017 |
/// | polynomial | `s = s_f + (s_i - s_f)(1 - q)^power` | |
/// | geometric | `1 - s = (1 - s_i)((1 - s_f)/(1 - s_i))^q` | Jin et al. 2025, repeated equal shares |
/// | cosine | `s = s_f + (s_i - s_f)(1 + cos πq)/2` | |
///
/// ```
/// use nbar::schedule::Shape;
/// assert_eq!("polynomial".parse::<Shape>()?, Shape::Polynomial { power: 3.0 });
/// assert_eq!(Shape::Geometric.to_string(), "geometric");
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shape {
    /// Equal sparsity in equal time.
    Linear,
    /// Fast at first, slow at the end: the polynomial of power 3.
    Cubic,
    /// The general power; 1 is linear, 3 is cubic.
    Polynomial {
        /// Exponent of `1 - q`, above 0. 3 when the shape is named without it.
        power: f64,
    },
    /// Each cut removes an equal share of what is left.
    Geometric,
    /// Half a period of a cosine: slow at both ends.
    Cosine,
}

impl Shape {
    /// Exponent of `1 - q`, for the shapes that have one.
    pub(crate) fn power(self) -> Option<f64> {
        match self {
            Shape::Linear => Some(1.0),
            Shape::Cubic => Some(3.0),
            Shape::Polynomial { power } => Some(power),
            Shape::Geometric | Shape::Cosine => None,
        }
    }
}

words!(
    Shape,
    "shape",
    [
        "linear" = Shape::Linear,
        "cubic" = Shape::Cubic,
        "polynomial" = Shape::Polynomial { power: 3.0 },
        "geometric" = Shape::Geometric,
        "cosine" = Shape::Cosine,
    ]
);

/// Sparsity rising from `initial_sparsity` to `final_sparsity` between `start` and `end`.
///
/// Before `start` the initial sparsity holds, from `end` on the final one. Without `every` the ramp is
/// smooth. With it, the ramp is a staircase, held between cuts `every` apart, the last at `end`:
///
/// - linear, polynomial, cosine: the ramp's value at start, start + every, …, end (at `start` itself
///   that is still the initial sparsity);
/// - geometric: `K = (end - start)/every + 1` cuts, the first at `start`, with density
///   `(1 - s_i)((1 - s_f)/(1 - s_i))^((j + 1)/K)` after cut `j = 0, …, K - 1` (Jin et al. 2025).
///
/// `start == end` is one cut to the final sparsity.
///
/// In [`Unit::Compute`] a smooth ramp starts and ends at fractions of the compute and goes on evenly in
/// tokens between; the cuts of a held one are `every` of the compute apart, so that more of its tokens
/// are trained on late, sparse.
///
/// ```
/// use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
///
/// // The 80 % sparse model of Jin et al. 2025: cuts at steps 2500, 2600, …, 12600 of 25050.
/// let ramp = Ramp::new(Shape::Geometric, 0.8, 2500.0, 12_600.0, Unit::Step).with_every(100.0);
/// let extent = Extent::new(200.4e9).with_steps(25_050.0);
/// let trajectory = Schedule::from(ramp).trajectory(Network::new(1.0), extent)?;
/// assert!((trajectory.average_params() - 0.3992).abs() < 5e-5);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Ramp {
    /// The curve.
    pub shape: Shape,
    /// Sparsity before `start`, in [0, 1). Default 0.
    #[serde(default)]
    pub initial_sparsity: f64,
    /// Sparsity from `end` on, in [0, 1), at least the initial.
    pub final_sparsity: f64,
    /// Where the ramp starts, in `unit`, from 0.
    pub start: f64,
    /// Where it ends, in `unit`; at most the end of the run.
    pub end: f64,
    /// Distance between cuts, in `unit`; `end - start` is a multiple of it. Default none: smooth.
    #[serde(default)]
    pub every: Option<f64>,
    /// Axis of `start`, `end` and `every`.
    pub unit: Unit,
}

impl Ramp {
    /// A smooth ramp from dense to `final_sparsity` between `start` and `end`.
    #[must_use]
    pub fn new(shape: Shape, final_sparsity: f64, start: f64, end: f64, unit: Unit) -> Self {
        Self { shape, initial_sparsity: 0.0, final_sparsity, start, end, every: None, unit }
    }

    setters! {
        /// Starts from a network that is sparse already. Default 0.
        with_initial_sparsity(initial_sparsity: f64);
        /// Prunes in cuts this far apart instead of smoothly.
        with_every(every: f64);
    }

    /// Number of intervals between cuts of a held ramp; `None` if it is smooth or a single cut.
    ///
    /// # Errors
    /// [`Error::Schedule`] for a length that is no multiple of `every`, and for more than [`MAX_CUTS`].
    pub(crate) fn intervals(&self) -> Result<Option<usize>> {
        let (length, Some(every)) = (self.end - self.start, self.every) else { return Ok(None) };
        if length == 0.0 {
            return Ok(None);
        }
        let exact = length / every;
        let whole = exact.round();
        if (exact - whole).abs() > MULTIPLE_TOLERANCE * exact {
            // Without what binary fractions leave over.
            let short = |value: f64| format!("{value:.11e}").parse().unwrap_or(value);
            // A run may end with its ramp.
            let most = if matches!(self.unit, Unit::Fraction | Unit::Compute) { 1.0 } else { self.end };
            let ends = [exact.floor(), exact.ceil()].map(|cuts| short(self.start + cuts * every));
            let within = ends.into_iter().filter(|end| *end > self.start && *end <= most);
            let within: Vec<String> = within.map(|end| end.to_string()).collect();
            let length = short(length);
            let problem =
                format!("does not divide the ramp's length {length}, so its last cut would never come");
            let remedy = match within.is_empty() {
                true => "choose a smaller `prune_every`, or none for a smooth ramp".to_owned(),
                false => {
                    format!("set `prune_end` to {}, or choose another `prune_every`", within.join(" or "))
                }
            };
            return Err(Error::schedule("prune_every", every, &problem, remedy));
        }
        if whole < MAX_CUTS as f64 {
            return Ok(Some(whole as usize));
        }
        let remedy = "give a larger one";
        Err(Error::schedule("prune_every", every, "makes more than 10 million cuts", remedy))
    }
}
