//! coremltools, `PolynomialDecayScheduler` with `MagnitudePruner`: `pruning_scheduler.py`.

use super::Translate;
use super::parts::{check, check_positive, check_rise, hundredths, polynomial, refuse, staircase, steps};
use crate::Result;
use crate::schedule::{Extent, MAX_CUTS, Schedule};
use serde::{Deserialize, Serialize};

/// `s_f + (s_i - s_f)(1 - x)^power` with `x = i/(n - 1)` at the i-th of n `update_steps`, i = 0, …, n - 1, **whatever
/// their distances**: progress is counted in updates, not in steps.
///
/// `initial_sparsity` holds before; a single update goes to the target at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoreMlTools {
    update_steps: UpdateSteps,
    #[serde(default = "hundredths::<50>")]
    target_sparsity: f64,
    #[serde(default)]
    initial_sparsity: f64,
    #[serde(default = "hundredths::<300>")]
    power: f64,
}

/// Steps with an update, ascending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum UpdateSteps {
    List(Vec<u64>),
    /// Python's `range(start, end, step)`, the end excluded; start (0) and step (1) may be left out.
    Range(String),
    Other(serde_json::Value),
}

impl UpdateSteps {
    fn steps(&self) -> Result<Vec<u64>> {
        let text = match self {
            UpdateSteps::List(steps) => return Ok(steps.clone()),
            UpdateSteps::Range(text) => text,
            UpdateSteps::Other(value) => &value.to_string(),
        };
        let refused = || {
            let problem = format!("update_steps = '{text}' is neither a list of steps nor a range");
            refuse(problem, "write [0, 100, 200] or range(start, end, step)")
        };
        let inner = text.trim().strip_prefix("range(").and_then(|rest| rest.strip_suffix(')'));
        let parts = inner.ok_or_else(refused)?.split(',').map(|part| part.trim().parse());
        let numbers: Vec<u64> = parts.collect::<Result<_, _>>().map_err(|_| refused())?;
        let (start, end, every) = match numbers[..] {
            [end] => (0, end, 1),
            [start, end] => (start, end, 1),
            [start, end, every] if every > 0 => (start, end, every),
            _ => return Err(refused()),
        };
        let problem = || "update_steps has more than 10 million steps".to_owned();
        check(end.saturating_sub(start) / every < MAX_CUTS as u64, problem, "give a larger step")?;
        Ok((start..end).step_by(usize::try_from(every).unwrap_or(usize::MAX)).collect())
    }
}

impl Translate for CoreMlTools {
    fn check(&self) -> Result<()> {
        check_rise(("initial_sparsity", self.initial_sparsity), ("target_sparsity", self.target_sparsity))?;
        check_positive("power", self.power)?;
        let steps = self.update_steps.steps()?;
        check(!steps.is_empty(), || "update_steps is empty".to_owned(), "give at least one step")?;
        let ascend = steps.is_sorted_by(|a, b| a < b);
        check(ascend, || "update_steps do not ascend".to_owned(), "sort them, and keep each once")
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let (updates, steps) = (self.update_steps.steps()?, steps(extent)?);
        let last = updates.len() - 1;
        let value = |i: usize| {
            let left = if last == 0 { 0.0 } else { (last - i) as f64 / last as f64 };
            polynomial(self.initial_sparsity, self.target_sparsity, left, self.power)
        };
        let within = updates.into_iter().enumerate().filter(|&(_, step)| step < steps);
        Ok(staircase(self.initial_sparsity, within.map(|(i, step)| (step, value(i)))))
    }

    fn target(&self) -> f64 {
        self.target_sparsity
    }
}
