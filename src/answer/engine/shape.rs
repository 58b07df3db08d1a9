//! Runs of one shape: alike but for their size and length.

use crate::schedule::decay::Decay;
use crate::schedule::{Extent, Known, Network, Schedule, Unit};
use crate::{Error, Result, Size, Trajectory};

/// How the sizes of a pruned run relate: each over N̄.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SizeRatios {
    /// N₀ / N̄.
    pub(crate) initial: f64,
    /// The law's N over N̄.
    pub(crate) law: f64,
    /// N_final / N̄.
    pub(crate) last: f64,
}

/// Runs whose parameter count follows one curve, whatever their size and length: a schedule in fractions of the run or of its
/// compute, and no parameters that are never pruned.
///
/// ```
/// use nbar::answer::RunShape;
/// use nbar::{Schedule, schedule::Unit};
/// assert!(!RunShape::new(&Schedule::one_shot(0.5, 0.5, Unit::Fraction))?.is_dense());
/// assert!(RunShape::new(&Schedule::one_shot(0.5, 600.0, Unit::Step)).is_err());
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RunShape {
    /// That of one parameter and one token.
    unit: Trajectory,
}

impl Default for RunShape {
    /// A dense run.
    fn default() -> Self {
        let unit = Trajectory {
            initial: 1.0,
            knots: vec![0.0, 1.0],
            levels: vec![1.0],
            smooth: None,
            linear: None,
            ending: 1.0,
            cut_at_start: false,
            decay: Decay::default(),
            decay_over: 1.0,
            known: Known::Course,
        };
        Self { unit }
    }
}

/// A schedule in units that a run has only once its length is known.
pub(crate) fn out_of_reach(unit: &str) -> Error {
    let remedy = "give its start and end as shares of the tokens (`prune_unit=fraction`) or the compute (`prune_unit=compute`)";
    Error::schedule("a schedule in", unit, "needs a run of known length", remedy)
}

impl RunShape {
    /// The shape of runs under a schedule.
    ///
    /// # Errors
    /// When the schedule is not possible, or is in tokens or steps.
    pub fn new(schedule: &Schedule) -> Result<Self> {
        if matches!(schedule.unit(), Some(Unit::Token | Unit::Step)) || matches!(schedule, Schedule::Tool(_))
        {
            return Err(out_of_reach("tokens or steps"));
        }
        Ok(Self { unit: schedule.trajectory(Network::new(1.0), Extent::new(1.0))? })
    }

    /// The shape of runs of so many steps, under a schedule that may be in steps.
    pub(crate) fn in_steps(schedule: &Schedule, steps: f64) -> Result<Self> {
        let extent = Extent::new(1.0).with_steps(steps);
        Ok(Self { unit: schedule.trajectory(Network::new(1.0), extent)? })
    }

    /// How its sizes relate, the law's N being of this size.
    pub(crate) fn ratios(&self, size: Size) -> SizeRatios {
        let average = self.unit.average_params();
        SizeRatios {
            initial: self.unit.initial_params() / average,
            law: size.of(&self.unit) / average,
            last: self.unit.final_params() / average,
        }
    }

    /// Whether nothing is ever pruned.
    #[must_use]
    pub fn is_dense(&self) -> bool {
        self.unit.average_params() == self.unit.initial_params()
            && self.unit.final_params() == self.unit.initial_params()
    }

    /// That of one parameter and one token.
    pub(crate) fn unit(&self) -> &Trajectory {
        &self.unit
    }
}

impl Schedule {
    /// The same schedule to another sparsity in the end: of a ramp, a constant sparsity or a single cut. A dense one stays dense.
    ///
    /// # Errors
    /// When it has several cuts, or the sparsity is not one that it can end with.
    pub fn with_final_sparsity(&self, sparsity: f64) -> Result<Self> {
        let mut schedule = self.clone();
        match &mut schedule {
            Schedule::Dense => {}
            Schedule::Constant { sparsity: held } => *held = sparsity,
            Schedule::Ramp(ramp) => ramp.final_sparsity = sparsity,
            Schedule::Tool(tool) => {
                let problem = "has a final sparsity of its own";
                let remedy = "give it as a ramp (`schedule`, `prune_start`, `prune_end`)";
                return Err(Error::schedule("the schedule of", tool.tool(), problem, remedy));
            }
            Schedule::Staircase(stairs) => match stairs.cuts.as_mut_slice() {
                [(_, after)] => *after = sparsity,
                cuts => {
                    let problem = "cuts do not say where another final sparsity puts them";
                    return Err(Error::schedule("the", cuts.len(), problem, "give a ramp"));
                }
            },
        }
        schedule.validate()?;
        Ok(schedule)
    }
}
