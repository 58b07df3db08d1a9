//! Matched pairs: the dense twin of a sparse run, and the sparse run that replaces a dense one.

use super::RunShape;
use super::options::positive;
use crate::predict::NewRun;
use crate::search::increasing_root;
use crate::{Error, Result, Schedule, Size, Trajectory};

/// The highest sparsity that is looked at.
const MOST_SPARSE: f64 = 0.9999;

/// The dense run of the same N̄ and D: where the law of N̄ holds, of the same loss, and of the same training FLOPs.
///
/// ```
/// use nbar::allocate::dense_twin;
/// use nbar::{Extent, Network, Schedule, schedule::Unit};
/// let sparse = Schedule::one_shot(0.5, 0.5, Unit::Fraction).trajectory(Network::new(8e9), Extent::new(1e12))?;
/// let dense = dense_twin(&sparse)?;
/// assert_eq!((dense.trajectory().initial_params(), dense.trajectory().tokens()), (6e9, 1e12));
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// None, for a trajectory that could be made.
pub fn dense_twin(run: &Trajectory) -> Result<NewRun> {
    NewRun::dense(run.average_params(), run.tokens())
}

/// A sparse run that replaces a dense one: its N̄ is the dense run's N.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MatchedRun {
    /// How it is pruned.
    pub schedule: Schedule,
    /// Its sparsity in the end, 1 - N_final/N₀.
    pub sparsity: f64,
    /// N₀.
    pub initial_params: f64,
    /// N̄, the dense run's N.
    pub average_params: f64,
    /// Parameters left at the end.
    pub final_params: f64,
}

impl MatchedRun {
    /// The run of `dense_params` parameters on average under a schedule in fractions or in compute.
    ///
    /// ```
    /// use nbar::allocate::MatchedRun;
    /// use nbar::{Schedule, schedule::{Ramp, Shape, Unit}};
    /// let ramp = Schedule::from(Ramp::new(Shape::Geometric, 0.8, 0.25, 0.75, Unit::Compute));
    /// let run = MatchedRun::new(7e9, &ramp)?;
    /// // Jin et al. (2025): twice as small as its dense twin.
    /// assert!((run.average_params / run.final_params - 1.995).abs() < 1e-3);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the count is not positive and finite, or the schedule is in tokens or steps.
    pub fn new(dense_params: f64, schedule: &Schedule) -> Result<Self> {
        positive("dense_params", dense_params)?;
        let ratios = RunShape::new(schedule)?.ratios(Size::Final);
        Ok(Self {
            schedule: schedule.clone(),
            sparsity: 1.0 - ratios.last / ratios.initial,
            initial_params: ratios.initial * dense_params,
            average_params: dense_params,
            final_params: ratios.last * dense_params,
        })
    }
}

/// The sparse run that replaces a dense one of `dense_params` parameters and ends with `final_params`: the sparsity to which
/// `schedule`, whatever its own, has to prune so that N̄ is the dense run's N.
///
/// ```
/// use nbar::allocate::sparse_twin;
/// use nbar::{Schedule, schedule::{Ramp, Shape, Unit}};
/// let ramp = Schedule::from(Ramp::new(Shape::Geometric, 0.5, 0.25, 0.75, Unit::Compute));
/// let run = sparse_twin(7e9, 4e9, &ramp)?;
/// assert!((run.final_params / 4e9 - 1.0).abs() < 1e-12 && run.initial_params > 7e9);
/// assert!(sparse_twin(7e9, 8e9, &ramp).is_err());
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// As for [`MatchedRun::new`]; when the schedule prunes nothing, has several cuts or starts sparse; and when no sparsity up to 99.99 % gives
/// as few.
pub fn sparse_twin(dense_params: f64, final_params: f64, schedule: &Schedule) -> Result<MatchedRun> {
    positive("dense_params", dense_params)?;
    positive("final_params", final_params)?;
    let at = |ln_ratio: f64| {
        let pruned = schedule.with_final_sparsity(-(-ln_ratio).exp_m1())?;
        MatchedRun::new(dense_params, &pruned)
    };
    let most = -(1.0 - MOST_SPARSE).ln();
    let smallest = at(most)?.final_params;
    if !(final_params >= smallest && final_params <= dense_params) || *schedule == Schedule::Dense {
        return Err(Error::Unanswerable {
            question: "replace a dense run",
            problem: format!(
                "no sparsity of this schedule leaves {final_params} of {dense_params} parameters on average; it leaves {smallest:.0} at \
                 the least"
            ),
            remedy: "ask for a final count from there up to that of the dense run, or prune earlier",
        });
    }
    let over = |ln_ratio: f64| at(ln_ratio).map_or(f64::NAN, |run| (final_params / run.final_params).ln());
    at(increasing_root(0.0, most, over))
}
