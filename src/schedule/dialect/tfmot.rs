//! TensorFlow Model Optimization, `tfmot.sparsity.keras`: `pruning_schedule.py`.

use super::Translate;
use super::parts::{
    check, check_count, check_order, check_positive, check_rise, check_sparsity, count, hundredths,
    polynomial, updated,
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tfmot {
    initial_sparsity: f64,
    final_sparsity: f64,
    begin_step: u64,
    end_step: u64,
    #[serde(default = "hundredths::<300>")]
    power: f64,
    #[serde(default = "count::<100>")]
    frequency: u64,
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
        updated(extent, 0.0, [begin, end, self.frequency], |t| {
            let left = (end - t) as f64 / (end - begin) as f64;
            polynomial(self.initial_sparsity, self.final_sparsity, left, self.power)
        })
    }

    fn target(&self) -> f64 {
        self.final_sparsity
    }
}

/// `ConstantSparsity`: one cut at `begin_step`, kept to the end.
///
/// Later updates, every `frequency` steps until `end_step`, choose other weights and not another number of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TfmotConstant {
    target_sparsity: f64,
    begin_step: u64,
    /// Last step at which the mask may move; -1 is none.
    #[serde(default = "none")]
    end_step: i64,
    #[serde(default = "count::<100>")]
    frequency: u64,
}

fn none() -> i64 {
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
        updated(extent, 0.0, [self.begin_step, self.begin_step, 1], |_| self.target_sparsity)
    }

    fn target(&self) -> f64 {
        self.target_sparsity
    }
}
