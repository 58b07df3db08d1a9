//! TensorFlow Model Optimization, `tfmot.sparsity.keras`: `pruning_schedule.py`.

use super::Translate;
use super::parts::{
    check, check_count, check_order, check_positive, check_rise, check_sparsity, polynomial, staircase,
    steps, updates,
};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// `PolynomialDecay`: `s_f + (s_i - s_f)(1 - p)^power`, p the progress from `begin_step` to `end_step`, applied
/// where `begin_step <= t <= end_step` and `(t - begin_step) % frequency == 0`.
///
/// - Before `begin_step` nothing is pruned, even if `initial_sparsity` is not 0.
/// - Where `end_step - begin_step` is no multiple of `frequency`, the last update falls short of `end_step` and
///   `final_sparsity` is never reached.
///
/// With `0.5, 0.8, begin_step 100, end_step 250` over 400 steps: dense until step 100, 0.5 from there, and
/// `0.8 - 0.3/27` from step 200 to the end.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
/// let pairs = [("initial_sparsity", "0.5"), ("final_sparsity", "0.8"), ("begin_step", "100"), ("end_step", "250")];
/// let extent = Extent::new(1e9).with_steps(400.0);
/// let trajectory = Dialect::from_pairs("tfmot", pairs)?.schedule(extent)?.trajectory(Network::new(1.0), extent)?;
/// assert!((trajectory.average_params() - (0.25 + 0.25 * 0.5 + 0.5 * (0.2 + 0.3 / 27.0))).abs() < 1e-15);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tfmot {
    /// Sparsity at `begin_step`, in [0, 1).
    pub initial_sparsity: f64,
    /// Sparsity at `end_step`, in [0, 1), at least the initial.
    pub final_sparsity: f64,
    /// First step with an update.
    pub begin_step: u64,
    /// Step at which the ramp ends, after `begin_step`.
    pub end_step: u64,
    /// Exponent of `1 - p`, above 0. Default 3.
    #[serde(default = "default_power")]
    pub power: f64,
    /// Steps between updates. Default 100.
    #[serde(default = "default_frequency")]
    pub frequency: u64,
}

fn default_power() -> f64 {
    3.0
}

fn default_frequency() -> u64 {
    100
}

impl Translate for Tfmot {
    fn check(&self) -> Result<()> {
        check_rise(("initial_sparsity", self.initial_sparsity), ("final_sparsity", self.final_sparsity))?;
        check_order(("begin_step", self.begin_step), ("end_step", self.end_step))?;
        let problem = || "end_step = begin_step makes the tool divide 0 by 0".to_owned();
        check(self.end_step != self.begin_step, problem, "for one cut use the tool tfmot-constant")?;
        check_positive("power", self.power)?;
        check_count("frequency", self.frequency)
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let (begin, end) = (self.begin_step, self.end_step);
        let left = |t: u64| (end - t) as f64 / (end - begin) as f64;
        let value = |t: u64| polynomial(self.initial_sparsity, self.final_sparsity, left(t), self.power);
        let updates = updates(begin, end, self.frequency, steps(extent)?)?;
        Ok(staircase(0.0, updates.map(|t| (t, value(t)))))
    }

    fn target(&self) -> f64 {
        self.final_sparsity
    }
}

/// `ConstantSparsity`: one cut at `begin_step`, kept to the end.
///
/// Later updates, every `frequency` steps until `end_step`, choose other weights and not another number of them.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
/// let dialect = Dialect::from_pairs("tfmot-constant", [("target_sparsity", "0.5"), ("begin_step", "100")])?;
/// let extent = Extent::new(1e9).with_steps(400.0);
/// let trajectory = dialect.schedule(extent)?.trajectory(Network::new(1.0), extent)?;
/// assert_eq!(trajectory.average_params(), 0.25 + 0.75 * 0.5);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TfmotConstant {
    /// Sparsity from `begin_step` on, in [0, 1).
    pub target_sparsity: f64,
    /// Step of the cut.
    pub begin_step: u64,
    /// Last step at which the mask may move; -1 is none. Default -1.
    #[serde(default = "default_end")]
    pub end_step: i64,
    /// Steps between updates of the mask. Default 100.
    #[serde(default = "default_frequency")]
    pub frequency: u64,
}

fn default_end() -> i64 {
    -1
}

impl Translate for TfmotConstant {
    fn check(&self) -> Result<()> {
        check_sparsity("target_sparsity", self.target_sparsity)?;
        check_count("frequency", self.frequency)?;
        let (begin, end) = (self.begin_step, self.end_step);
        let good = end == -1 || u64::try_from(end).is_ok_and(|end| end >= begin);
        let problem = || format!("end_step = {end} is neither -1 nor at least begin_step = {begin}");
        check(good, problem, "give -1, or a later step")
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let cut = updates(self.begin_step, self.begin_step, 1, steps(extent)?)?;
        Ok(staircase(0.0, cut.map(|t| (t, self.target_sparsity))))
    }

    fn target(&self) -> f64 {
        self.target_sparsity
    }
}
