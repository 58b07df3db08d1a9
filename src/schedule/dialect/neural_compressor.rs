//! Intel Neural Compressor, `WeightPruningConfig`: `pruner/schedulers.py` and `pruners/base.py`.

use super::Translate;
use super::parts::{check, check_count, check_order, check_sparsity, staircase, steps, updates};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};
use std::f64::consts::FRAC_PI_2;

/// At update k of K, `K = (end_step - start_step)/pruning_frequency` rounded down: linear `s k/K`, **cube `s (k/K)³`**
/// (the cubic of other tools reversed: slow first), cos `s (1 - cos(πk/2K))`, exp: density `(1 - s)^(k/K)`.
///
/// - Update 0, at `start_step`, prunes nothing; update K always reaches the target, be it before `end_step`.
/// - `start_step == end_step` is one cut; so is a frequency longer than the ramp.
/// - Gradual schedules do not go beyond `max_sparsity_ratio_per_op`, one cut does.
///
/// With `target_sparsity 0.75, start_step 0, end_step 250, pruning_frequency 100` over 400 steps: dense to step 100,
/// density `sqrt(0.25) = 0.5` to step 200, then 0.25. The defaults alone are one cut to 0.9 at step 0.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
/// let pairs = [("target_sparsity", "0.75"), ("end_step", "250"), ("pruning_frequency", "100")];
/// let extent = Extent::new(1e9).with_steps(400.0);
/// let schedule = Dialect::from_pairs("neural-compressor", pairs)?.schedule(extent)?;
/// let average = schedule.trajectory(Network::new(1.0), extent)?.average_params();
/// assert!((average - (0.25 + 0.25 * 0.5 + 0.5 * 0.25)).abs() < 1e-15);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeuralCompressor {
    /// Sparsity at last, in [0, 1). Default 0.9.
    #[serde(default = "default_target")]
    pub target_sparsity: f64,
    /// First step with an update. Default 0.
    #[serde(default)]
    pub start_step: u64,
    /// Last step that may have one. Default 0.
    #[serde(default)]
    pub end_step: u64,
    /// Steps between updates. Default 1.
    #[serde(default = "default_frequency")]
    pub pruning_frequency: u64,
    /// exp, linear, cube or cos. Default exp.
    #[serde(default = "default_decay")]
    pub sparsity_decay_type: String,
    /// Sparsity that a gradual schedule does not go beyond. Default 0.98.
    #[serde(default = "default_max")]
    pub max_sparsity_ratio_per_op: f64,
}

fn default_target() -> f64 {
    0.9
}

fn default_frequency() -> u64 {
    1
}

fn default_decay() -> String {
    "exp".to_owned()
}

fn default_max() -> f64 {
    0.98
}

impl NeuralCompressor {
    /// Sparsity at the share `x` of the updates.
    fn sparsity(&self, x: f64) -> f64 {
        let target = self.target_sparsity.min(self.max_sparsity_ratio_per_op);
        let reached = match self.sparsity_decay_type.as_str() {
            "linear" => target * x,
            "cube" => target * x * x * x,
            // 1 - cos x, without the cancellation.
            "cos" => target * 2.0 * (0.5 * x * FRAC_PI_2).sin().powi(2),
            _ => 1.0 - (1.0 - target).powf(x),
        };
        if x == 1.0 { target } else { reached.min(target) }
    }
}

impl Translate for NeuralCompressor {
    fn check(&self) -> Result<()> {
        check_sparsity("target_sparsity", self.target_sparsity)?;
        let share = self.max_sparsity_ratio_per_op;
        let problem = || format!("max_sparsity_ratio_per_op = {share} is not a fraction");
        check((0.0..=1.0).contains(&share), problem, "write 80 % as 0.8")?;
        check_order(("start_step", self.start_step), ("end_step", self.end_step))?;
        check_count("pruning_frequency", self.pruning_frequency)?;
        let name = self.sparsity_decay_type.as_str();
        check(
            ["exp", "linear", "cube", "cos"].contains(&name),
            || format!("sparsity_decay_type = '{name}' is not known"),
            "choose one of exp, linear, cube, cos",
        )
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let (start, end, every) = (self.start_step, self.end_step, self.pruning_frequency);
        let intervals = (end - start) / every;
        let value = |t: u64| match intervals {
            _ if start == end => self.target_sparsity,
            0 => self.sparsity(1.0),
            _ => self.sparsity(((t - start) / every) as f64 / intervals as f64),
        };
        let updates = updates(start, end, every, steps(extent)?)?;
        Ok(staircase(0.0, updates.map(|t| (t, value(t)))))
    }

    fn target(&self) -> f64 {
        self.target_sparsity
    }
}
