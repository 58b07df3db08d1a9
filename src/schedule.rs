//! Pruning schedules: the density of a network as training goes on.
//!
//! A [`Schedule`] says what is meant, on the axis on which it was configured (tokens, steps,
//! fractions of the run, or compute). [`Schedule::trajectory`] resolves it for one [`Network`] and one
//! [`Extent`] into a [`Trajectory`]: the parameter count `N(t)` at each token `t` of the run, exactly.
//!
//! ```text
//! N(t) = fixed + prunable × density(t),    density(t) = 1 - sparsity(t)
//! ```
//!
//! Sparsity is a fraction in [0, 1) of the prunable parameters; it is never a percentage.
//!
//! ```
//! use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
//!
//! // 80 % sparse, pruned between 25 % and 75 % of the tokens, along a cubic.
//! let schedule = Schedule::from(Ramp::new(Shape::Cubic, 0.8, 0.25, 0.75, Unit::Fraction));
//! let trajectory = schedule.trajectory(Network::new(1e9), Extent::new(20e9))?;
//! assert!((trajectory.average_params() / 0.5e9 - 1.0).abs() < 1e-14);
//! assert!((trajectory.final_params() / 0.2e9 - 1.0).abs() < 1e-14);
//! # Ok::<(), nbar::Error>(())
//! ```

#[macro_use]
mod words;

mod batches;
mod checks;
pub(crate) mod course;
mod curve;
pub(crate) mod decay;
pub mod dialect;
mod fields;
mod length;
mod logged;
mod mean;
mod names;
mod outline;
mod ramp;
mod resolve;
mod staircase;
mod summary;
mod trajectory;
mod unhealed;
mod whole_steps;
mod window;

pub use batches::BatchRamp;
pub use dialect::{Dialect, InTool, ToolSchedule};
pub use fields::ScheduleFields;
pub(crate) use fields::no_ramp;
pub(crate) use length::missing;
pub use length::{Length, Resolved};
pub use logged::Interpolation;
pub(crate) use names::{IN_EPOCHS, is_percent, shape_named};
pub use ramp::{Ramp, Shape};
pub use staircase::Staircase;
pub use summary::ScheduleSummary;
pub(crate) use trajectory::Known;
pub use trajectory::Trajectory;
pub use whole_steps::PlannedSchedule;
pub(crate) use window::PruneWindow;

use crate::Result;
use serde::{Deserialize, Serialize};

/// The most cuts that a staircase may have.
pub(crate) const MAX_CUTS: usize = 10_000_000;

/// Whether a count that a table gives is that of a schedule: tables round them.
pub(crate) fn counts_agree(given: f64, own: f64) -> bool {
    const ROUNDED: f64 = 0.01;
    (given / own - 1.0).abs() <= ROUNDED
}

/// Axis on which `start`, `end`, `every` and the positions of cuts are measured.
///
/// ```
/// use nbar::schedule::Unit;
/// assert_eq!("steps".parse::<Unit>()?, Unit::Step);
/// assert_eq!(Unit::Compute.to_string(), "compute");
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// Tokens trained on.
    Token,
    /// Optimiser steps, counted from 0, all of the same number of tokens unless a [`BatchRamp`] says otherwise. A
    /// cut *at* step t is in force from step t on. Needs [`Extent::steps`].
    Step,
    /// Fraction, in [0, 1], of all tokens of the run.
    Fraction,
    /// Fraction, in [0, 1], of all training FLOPs of the run, where a token costs in proportion to
    /// `N(t)`, fixed parameters included. Since pruned tokens are cheaper, the second half of the
    /// compute buys more tokens than the first.
    ///
    /// It says where a smooth ramp starts and ends; between the two, pruning goes on evenly in tokens,
    /// as in Jin et al. 2025. The cuts of a staircase lie where they are put.
    Compute,
}

impl Unit {
    /// Where the run ends on this axis.
    pub(crate) fn length(self, extent: &Extent) -> Result<f64> {
        match self {
            Unit::Token => Ok(extent.tokens),
            Unit::Step => extent.known_steps(),
            Unit::Fraction | Unit::Compute => Ok(1.0),
        }
    }

    /// The unit after a number, as in "11200 steps".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Unit::Token => "tokens",
            Unit::Step => "steps",
            Unit::Fraction => "(fraction of all tokens)",
            Unit::Compute => "(fraction of all compute)",
        }
    }
}

words!(
    Unit,
    "prune_unit",
    [
        "token" or "tokens" = Unit::Token,
        "step" or "steps" or "iteration" or "iterations" or "iters" = Unit::Step,
        "fraction" or "fractions" or "frac" or "share" = Unit::Fraction,
        "compute" = Unit::Compute,
    ]
);

/// A pruning schedule in the common form.
///
/// ```
/// use nbar::schedule::{Extent, Network, Schedule, Unit};
///
/// let schedule = Schedule::one_shot(0.5, 600.0, Unit::Step);
/// let trajectory = schedule.trajectory(Network::new(1e9), Extent::new(2e10).with_steps(1000.0))?;
/// assert_eq!(trajectory.average_params(), 0.6e9 + 0.4 * 0.5e9);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Schedule {
    /// Nothing is pruned. The default.
    #[default]
    Dense,
    /// One sparsity from the first token to the last.
    Constant {
        /// Fraction of the prunable parameters that are zero, in [0, 1).
        sparsity: f64,
    },
    /// Sparsity rises along a curve, smoothly or in even cuts.
    Ramp(Ramp),
    /// An explicit list of cuts.
    Staircase(Staircase),
    /// In the words of one tool, worked out for each run: cuts after the run's end never happen.
    Tool(Dialect),
}

impl Schedule {
    /// A single cut to `sparsity` at position `at`: dense before it, `sparsity` from it on.
    #[must_use]
    pub fn one_shot(sparsity: f64, at: f64, unit: Unit) -> Self {
        Schedule::Staircase(Staircase::new(unit, vec![(at, sparsity)]))
    }

    /// One sparsity from the first token to the last, as in static sparse training.
    #[must_use]
    pub fn constant(sparsity: f64) -> Self {
        Schedule::Constant { sparsity }
    }

    /// The axis on which it is configured; none where there is no such choice, or a tool makes it.
    pub(crate) fn unit(&self) -> Option<Unit> {
        match self {
            Schedule::Ramp(ramp) => Some(ramp.unit),
            Schedule::Staircase(stairs) => Some(stairs.unit),
            _ => None,
        }
    }

    /// The sparsity at the end, where it is told.
    pub(crate) fn final_sparsity(&self) -> Option<f64> {
        match self {
            Schedule::Dense => None,
            Schedule::Constant { sparsity } => Some(*sparsity),
            Schedule::Ramp(ramp) => Some(ramp.final_sparsity),
            Schedule::Staircase(stairs) => stairs.cuts.last().map(|(_, sparsity)| *sparsity),
            Schedule::Tool(dialect) => Some(dialect.target_sparsity()),
        }
    }
}

macro_rules! schedule_from {
    ($($from:ident in $variant:ident),*) => {$(
        impl From<$from> for Schedule {
            fn from(given: $from) -> Self {
                Schedule::$variant(given)
            }
        }
    )*};
}

schedule_from!(Ramp in Ramp, Dialect in Tool, Staircase in Staircase);

/// What is pruned: `prunable` parameters, and `fixed` ones that never are.
///
/// ```
/// use nbar::schedule::Network;
/// assert_eq!(Network::new(1e9).with_fixed(2e7).prunable, 1e9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Network {
    /// Parameters that the schedule's sparsity is a fraction of, counted before pruning.
    pub prunable: f64,
    /// Parameters that stay dense and are counted in `N(t)` all the same: embeddings, norms, perhaps
    /// the head. 0 unless said otherwise.
    pub fixed: f64,
}

impl Network {
    /// A network of which every counted parameter can be pruned.
    #[must_use]
    pub fn new(prunable: f64) -> Self {
        Self { prunable, fixed: 0.0 }
    }

    /// Adds parameters that are counted and never pruned.
    #[must_use]
    pub fn with_fixed(mut self, fixed: f64) -> Self {
        self.fixed = fixed;
        self
    }
}

/// How long a run trains.
///
/// ```
/// use nbar::schedule::Extent;
/// let extent = Extent::new(89.6e9).with_steps(11_200.0);
/// assert_eq!((extent.tokens, extent.steps), (89.6e9, Some(11_200.0)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Extent {
    /// Tokens of the whole run.
    pub tokens: f64,
    /// Optimiser steps of the whole run, each of `tokens / steps` tokens. Needed only by schedules in
    /// [`Unit::Step`].
    pub steps: Option<f64>,
}

impl Extent {
    /// A run of so many tokens, its steps unknown.
    #[must_use]
    pub fn new(tokens: f64) -> Self {
        Self { tokens, steps: None }
    }

    /// Says in how many steps the tokens are trained on.
    #[must_use]
    pub fn with_steps(mut self, steps: f64) -> Self {
        self.steps = Some(steps);
        self
    }
}
