//! SparseML recipes: `GMPruningModifier` and its kin, `BaseGradualPruningModifier` and `interpolate`.

use super::Translate;
use super::parts::{
    check, check_after, check_positive, check_rise, check_word, cubic, hundredths, staircase, steps,
};
use crate::Result;
use crate::schedule::{Extent, MAX_CUTS, Schedule};
use serde::{Deserialize, Serialize};

/// Progress this close to 0 or 1 is taken for it, as in the tool.
const EPSILON: f64 = f64::EPSILON;

/// `s_i + (s_f - s_i) y`, y the progress x through the epochs from `start_epoch` to `end_epoch`: linear y = x, cubic
/// `1 - (1 - x)³`, **`inverse_cubic` `1 - (1 - x)^(1/3)`**, which prunes late and not early.
///
/// - Step t is in epoch `t / steps_per_epoch`, a fraction, computed in double precision as in the tool.
/// - Updates come at the first step at or after `start_epoch`; then at the first that is `update_frequency` epochs
///   after the update before it, so that they drift where the frequency is no whole number of steps; and at the
///   first at or after `end_epoch`, so that the final sparsity is always reached.
/// - Before `start_epoch` nothing is pruned, even if `init_sparsity` is not 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SparseMl {
    init_sparsity: f64,
    final_sparsity: f64,
    start_epoch: f64,
    end_epoch: f64,
    /// Epochs between updates; -1 is at every step.
    #[serde(default = "hundredths::<-100>")]
    update_frequency: f64,
    /// linear, cubic or inverse_cubic.
    #[serde(default = "cubic")]
    inter_func: String,
    /// Whether masks stay after `end_epoch`; false is refused.
    #[serde(default = "yes")]
    leave_enabled: bool,
    /// No part of a recipe, but it cannot be read without.
    steps_per_epoch: u64,
}

fn yes() -> bool {
    true
}

impl SparseMl {
    fn epoch(&self, step: u64) -> f64 {
        step as f64 / self.steps_per_epoch as f64
    }

    /// The first step at or after an epoch, as doubles compare.
    fn step_at(&self, epoch: f64) -> u64 {
        let mut step = ((epoch * self.steps_per_epoch as f64).floor() as u64).saturating_sub(1);
        while self.epoch(step) < epoch && step < u64::MAX {
            step += 1;
        }
        step
    }

    fn sparsity(&self, epoch: f64) -> f64 {
        let x = (epoch - self.start_epoch) / (self.end_epoch - self.start_epoch);
        let y = match self.inter_func.as_str() {
            "linear" => x,
            "cubic" => 1.0 - (1.0 - x).powi(3),
            _ => 1.0 - (1.0 - x).powf(1.0 / 3.0),
        };
        if y <= EPSILON {
            self.init_sparsity
        } else if y >= 1.0 - EPSILON {
            self.final_sparsity
        } else {
            y * (self.final_sparsity - self.init_sparsity) + self.init_sparsity
        }
    }
}

impl Translate for SparseMl {
    fn check(&self) -> Result<()> {
        check_rise(("init_sparsity", self.init_sparsity), ("final_sparsity", self.final_sparsity))?;
        check_positive("steps_per_epoch", self.steps_per_epoch as f64)?;
        let (start, end) = (self.start_epoch, self.end_epoch);
        let problem =
            || format!("start_epoch = {start} is not at least 0, and -1 begins in the middle of the ramp");
        check(start.is_finite() && start >= 0.0, problem, "write 0")?;
        check_after(("start_epoch", start), ("end_epoch", end))?;
        // Epochs beyond this many steps are no runs, and steps would no longer be exact.
        let near = end * (self.steps_per_epoch as f64) < 1e15;
        check(near, || format!("end_epoch = {end} is too far away"), "check it and steps_per_epoch")?;
        let every = self.update_frequency;
        let problem = || format!("update_frequency = {every} is neither -1 nor a positive number of epochs");
        check(every == -1.0 || (every.is_finite() && every > 0.0), problem, "give one of them")?;
        let name = self.inter_func.as_str();
        check_word("inter_func", name, &["linear", "cubic", "inverse_cubic"])?;
        let problem = || {
            "leave_enabled = false lets weights come back after end_epoch, nobody knows how many".to_owned()
        };
        check(self.leave_enabled, problem, "give a log of what was counted")?;
        let problem =
            || format!("inverse_cubic fails in the tool where end_epoch = {end} falls between two steps");
        let good = name != "inverse_cubic" || self.epoch(self.step_at(end)) == end;
        check(good, problem, "give an end_epoch on a step")
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let steps = steps(extent)?;
        let (first, last) = (self.step_at(self.start_epoch), self.step_at(self.end_epoch));
        let mut cuts = Vec::new();
        let mut step = first;
        while step < steps.min(last) {
            let epoch = self.epoch(step);
            cuts.push((step, self.sparsity(epoch)));
            let problem = || "there would be more than 10 million updates".to_owned();
            check(cuts.len() < MAX_CUTS, problem, "check steps_per_epoch")?;
            let due = if self.update_frequency < 0.0 { epoch } else { epoch + self.update_frequency };
            step = self.step_at(due).max(step + 1);
        }
        if last < steps {
            cuts.push((last, self.sparsity(self.epoch(last))));
        }
        Ok(staircase(0.0, cuts))
    }

    fn target(&self) -> f64 {
        self.final_sparsity
    }
}

#[cfg(test)]
mod tests {
    use crate::Extent;
    use crate::schedule::Dialect;

    #[test]
    fn epochs_beyond_all_steps_are_no_endless_loop() {
        let text = r#"{"tool": "sparseml", "init_sparsity": 0.05, "final_sparsity": 0.85, "start_epoch": 1, "end_epoch": 6,
            "update_frequency": 1111111111111111110.5, "inter_func": "cubic", "steps_per_epoch": 100}"#;
        let schedule =
            Dialect::from_json("recipe.json", text).unwrap().schedule(Extent::new(1e9).with_steps(1000.0));
        // One cut at the start, and none after: the next lies beyond all steps.
        assert!(schedule.is_ok_and(|schedule| schedule.unit().is_some()));
    }
}
