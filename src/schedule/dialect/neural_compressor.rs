//! Intel Neural Compressor, `WeightPruningConfig`: `pruner/schedulers.py` and `pruners/base.py`.

use super::Translate;
use super::parts::{check, check_count, check_order, check_sparsity, check_word, count, hundredths, updated};
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NeuralCompressor {
    #[serde(default = "hundredths::<90>")]
    target_sparsity: f64,
    #[serde(default)]
    start_step: u64,
    #[serde(default)]
    end_step: u64,
    #[serde(default = "count::<1>")]
    pruning_frequency: u64,
    /// exp, linear, cube or cos.
    #[serde(default = "exp")]
    sparsity_decay_type: String,
    #[serde(default = "hundredths::<98>")]
    max_sparsity_ratio_per_op: f64,
}

fn exp() -> String {
    "exp".to_owned()
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
        let known = ["exp", "linear", "cube", "cos"];
        check_word("sparsity_decay_type", &self.sparsity_decay_type, &known)
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let (start, end, every) = (self.start_step, self.end_step, self.pruning_frequency);
        let intervals = (end - start) / every;
        updated(extent, 0.0, [start, end, every], |t| match intervals {
            _ if start == end => self.target_sparsity,
            0 => self.sparsity(1.0),
            _ => self.sparsity(((t - start) / every) as f64 / intervals as f64),
        })
    }

    fn target(&self) -> f64 {
        self.target_sparsity
    }
}
