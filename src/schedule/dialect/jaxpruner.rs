//! JaxPruner (Lee et al. 2023, arXiv:2304.14082): `sparsity_schedules.py` and `api.py`.

use super::Translate;
use super::parts::{
    check, check_count, check_order, check_sparsity, check_word, polynomial, refuse, updated,
};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// Algorithms whose masks have the full sparsity from the first step on.
const SPARSE_FROM_THE_START: [&str; 3] = ["static_sparse", "rigl", "set"];
/// Algorithms that follow the schedule, from dense masks.
const GRADUAL: [&str; 7] =
    ["magnitude", "random", "saliency", "magnitude_ste", "random_ste", "global_magnitude", "global_saliency"];

/// `s (1 - (1 - p)³)` with `p = (t + 1 - start)/(end - start)`, at most 1, where `start <= t <= end` and
/// **`t % update_freq == 0`, counted from step 0**, not from the start.
///
/// - The progress is one step ahead, so that the first update already prunes.
/// - `start == end` is one cut, whatever `update_freq`.
/// - Without `update_start_step` masks are never updated. Algorithms whose masks are sparse from the start
///   (`static_sparse`, `rigl`, `set`) then keep `sparsity` throughout, as they do with it; so does a schedule
///   that names no algorithm. With any other algorithm JaxPruner never prunes at all, which is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JaxPruner {
    sparsity: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update_freq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update_start_step: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update_end_step: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    /// uniform or erk: how the sparsity is shared out among layers, which does not change its mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dist_type: Option<String>,
    /// Share of the mask that RigL and SET move; it does not change the count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drop_fraction: Option<f64>,
}

impl JaxPruner {
    /// The steps of a ramp: start, end and frequency.
    fn ramp(&self) -> Result<Option<(u64, u64, u64)>> {
        let Some(start) = self.update_start_step else { return Ok(None) };
        let end = self.update_end_step.ok_or_else(|| refuse("update_end_step is not given", "give it"))?;
        check_order(("update_start_step", start), ("update_end_step", end))?;
        if start == end {
            return Ok(Some((start, end, 1)));
        }
        let every = self.update_freq.ok_or_else(|| refuse("update_freq is not given", "give it"))?;
        check_count("update_freq", every)?;
        Ok(Some((start, end, every)))
    }

    fn is(&self, names: &[&str]) -> bool {
        self.algorithm.as_deref().is_some_and(|name| names.contains(&name))
    }
}

impl Translate for JaxPruner {
    fn check(&self) -> Result<()> {
        check_sparsity("sparsity", self.sparsity)?;
        let known = [&SPARSE_FROM_THE_START[..], &GRADUAL, &["no_prune"]].concat();
        let name = self.algorithm.as_deref().unwrap_or_default();
        if self.algorithm.is_some() {
            check_word("algorithm", name, &known)?;
        }
        let is_known = self.dist_type.as_deref().is_none_or(|name| ["uniform", "erk"].contains(&name));
        check(is_known, || "dist_type is neither uniform nor erk".to_owned(), "choose one of them")?;
        let ramp = self.ramp()?;
        check(
            ramp.is_some() || !self.is(&GRADUAL),
            || format!("without update_start_step the masks of {name} stay dense"),
            "give update_start_step, or algorithm = static_sparse",
        )
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        if self.is(&["no_prune"]) {
            return Ok(Schedule::Dense);
        }
        let (Some((start, end, every)), false) = (self.ramp()?, self.is(&SPARSE_FROM_THE_START)) else {
            return Ok(Schedule::constant(self.sparsity));
        };
        let first = start.checked_next_multiple_of(every).unwrap_or(u64::MAX);
        updated(extent, 0.0, [first, end, every], |t| {
            let left = (end - start).saturating_sub(t + 1 - start) as f64 / (end - start) as f64;
            if start == end { self.sparsity } else { polynomial(0.0, self.sparsity, left, 3.0) }
        })
    }

    fn target(&self) -> f64 {
        if self.is(&["no_prune"]) { 0.0 } else { self.sparsity }
    }
}
