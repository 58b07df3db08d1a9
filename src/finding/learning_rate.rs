//! What a table tells of the learning rate.

use serde::{Deserialize, Serialize};

use crate::{Run, Sweep};

/// A learning rate that ends below this share of its greatest falls.
const FALLS: f64 = 0.9;

/// What a table tells of the learning rate over loss curves.
///
/// ```
/// use nbar::{ObservationOptions, Sweep, inspect, inspect::LearningRate};
/// let table = "run,params,tokens,loss,lr\na,1B,10B,2.7,3e-4\na,1B,20B,2.5,3e-5\n";
/// let inspection = inspect(&Sweep::from_csv_str("runs.csv", table)?, &ObservationOptions::default());
/// assert_eq!(inspection.learning_rate, LearningRate::Falls);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LearningRate {
    /// There are no curves.
    NoCurves,
    /// There are curves, and not every one says what it was.
    Unknown,
    /// On each curve it ends at 90 % of its greatest value or more. (A column that holds the peak of each run looks the same.)
    Constant,
    /// On some curve it ends below that.
    Falls,
}

impl LearningRate {
    /// What the runs with more than one row say together.
    pub(crate) fn of(sweep: &Sweep) -> Self {
        let mut together = LearningRate::NoCurves;
        for run in sweep.runs() {
            together = match (Self::of_run(run), together) {
                (LearningRate::Falls, _) => return LearningRate::Falls,
                (LearningRate::NoCurves, before) => before,
                (LearningRate::Constant, LearningRate::NoCurves | LearningRate::Constant) => {
                    LearningRate::Constant
                }
                _ => LearningRate::Unknown,
            };
        }
        together
    }

    pub(super) fn of_run(run: &Run) -> Self {
        let greatest = run.learning_rates().fold(0.0, f64::max);
        match (run.checkpoints().len(), run.learning_rates().count(), run.learning_rates().last()) {
            (..2, ..) => LearningRate::NoCurves,
            (_, 2.., Some(last)) if last < FALLS * greatest => LearningRate::Falls,
            (_, 2.., _) => LearningRate::Constant,
            _ => LearningRate::Unknown,
        }
    }
}
