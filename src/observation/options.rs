//! How a sweep becomes observations.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::weight::Weights;
use super::{FlopsCount, LossAt, PowerWeight, Size};
use crate::{Error, Result};

/// Which rows of a run's loss curve are observations.
///
/// ```
/// assert_eq!("all".parse::<nbar::Checkpoints>()?, nbar::Checkpoints::All);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Checkpoints {
    /// The last one of each run (default).
    #[default]
    Last,
    /// Every one; the rows of a run are resampled together.
    All,
}

impl FromStr for Checkpoints {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "last" => Ok(Checkpoints::Last),
            "all" => Ok(Checkpoints::All),
            _ => Err(Error::unknown("checkpoints", text, "last, all")),
        }
    }
}

/// How a sweep becomes observations.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct ObservationOptions {
    /// Which count is N; default [`Size::AVERAGE`].
    pub size: Size,
    /// Which rows of each run count; default [`Checkpoints::Last`].
    pub checkpoints: Checkpoints,
    /// What the loss of a run is, where only its last row counts; default [`LossAt::Last`].
    ///
    /// Anything else with [`Checkpoints::All`] is refused: there each row stands for itself, and the fit does the averaging.
    /// A smoothed row would carry the losses of earlier ones, which are higher, at its own tokens.
    pub loss_at: LossAt,
    /// How training FLOPs are counted; default as measured where every row says it, else 6 N̄ D.
    pub flops_count: Option<FlopsCount>,
    /// How rows are weighted; default by the sweep's weights.
    pub(crate) weights: Weights,
}

impl ObservationOptions {
    setters! {
        /// Chooses which parameter count is N.
        with_size(size: Size);
        /// Chooses which rows of each run count.
        with_checkpoints(checkpoints: Checkpoints);
        /// Chooses what the loss of a run is.
        ///
        /// ```
        /// use nbar::{Checkpoints, LossAt, ObservationOptions, Sweep};
        /// let sweep = Sweep::from_csv_path("data/gemstones_hot.csv")?;
        /// let options = ObservationOptions::default().with_loss_at(LossAt::MeanLast(0.2));
        /// let observations = sweep.observations(&options)?;
        /// assert_eq!(observations.loss_from().map(|from| from.rows), Some([2, 2]));
        /// assert!(sweep.observations(&options.with_checkpoints(Checkpoints::All)).is_err());
        /// # Ok::<(), nbar::Error>(())
        /// ```
        with_loss_at(loss_at: LossAt);
        /// Chooses how training FLOPs are counted.
        ///
        /// ```
        /// use nbar::{ObservationOptions, Sweep, observation::FlopsCount};
        /// let sweep = Sweep::from_csv_path("data/sparsellm_1b.csv")?;
        /// let options = ObservationOptions::default().with_flops_count(FlopsCount::Dense);
        /// let [least, most] = sweep.observations(&options)?.flops_over_average().unwrap();
        /// // Dense runs cost what they did; the others up to as many times more.
        /// assert!((least - 1.0).abs() < 1e-9 && most > 1.1);
        /// # Ok::<(), nbar::Error>(())
        /// ```
        with_flops_count(flops_count: FlopsCount);
    }

    /// Weighs rows by a power of a quantity, in place of the sweep's weights.
    ///
    /// ```
    /// use nbar::{ObservationOptions, Sweep};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let options = ObservationOptions::default().with_power_weights("flops:0.5".parse()?);
    /// assert_eq!(sweep.observations(&options)?.weighting().as_deref(), Some("flops:0.5"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_power_weights(mut self, by: PowerWeight) -> Self {
        self.weights = Weights::Power(by);
        self
    }

    /// Refuses a sweep that gives no weights; by default its rows all count alike.
    #[must_use]
    pub fn with_weights_needed(mut self) -> Self {
        self.weights = Weights::Needed;
        self
    }

    /// Refuses what does not go together, and numbers out of range.
    ///
    /// # Errors
    /// When the loss of a run is not its last with [`Checkpoints::All`], or its share or decay is out of range.
    pub fn check(&self) -> Result<()> {
        self.loss_at.check()?;
        if let Size::PowerMean(order) = self.size
            && !(order.abs() <= Size::MOST)
        {
            let problem = "is no mean of an order from -100 to 100";
            return Err(Error::option("size", self.size, problem, "give one"));
        }
        if self.checkpoints == Checkpoints::All && !self.loss_at.is_last() {
            let problem = "makes one loss of each run, and `checkpoints=all` fits every row";
            return Err(Error::option("loss_at", self.loss_at, problem, "leave one of the two out"));
        }
        Ok(())
    }
}
