//! coremltools, `PolynomialDecayScheduler` with `MagnitudePruner`: `pruning_scheduler.py`.

use super::Translate;
use super::parts::{check, check_positive, check_rise, polynomial, refuse, staircase, steps};
use crate::Result;
use crate::schedule::{Extent, MAX_CUTS, Schedule};
use serde::{Deserialize, Serialize};

/// `s_f + (s_i - s_f)(1 - x)^power` with `x = i/(n - 1)` at the i-th of n `update_steps`, i = 0, …, n - 1, **whatever
/// their distances**: progress is counted in updates, not in steps.
///
/// `initial_sparsity` holds before; a single update goes to the target at once.
///
/// With `target_sparsity 0.8, update_steps [100, 110, 200]` over 400 steps: 0 to step 110, 0.7 to step 200, then 0.8.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
/// let dialect = Dialect::from_pairs("coremltools", [("target_sparsity", "0.8"), ("update_steps", "[100, 110, 200]")])?;
/// let extent = Extent::new(1e9).with_steps(400.0);
/// let average = dialect.schedule(extent)?.trajectory(Network::new(1.0), extent)?.average_params();
/// assert!((average - (110.0 + 90.0 * 0.3 + 200.0 * 0.2) / 400.0).abs() < 1e-15);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreMlTools {
    /// Steps with an update, ascending: a list, or the text `range(start, end, step)`.
    pub update_steps: UpdateSteps,
    /// Sparsity at last, in [0, 1). Default 0.5.
    #[serde(default = "default_target")]
    pub target_sparsity: f64,
    /// Sparsity at first, in [0, 1). Default 0.
    #[serde(default)]
    pub initial_sparsity: f64,
    /// Exponent of `1 - x`, above 0. Default 3.
    #[serde(default = "default_power")]
    pub power: f64,
}

/// The field `update_steps` of [`CoreMlTools`].
///
/// ```
/// use nbar::schedule::UpdateSteps;
/// let text: UpdateSteps = serde_json::from_str("\"range(0, 300, 100)\"").unwrap();
/// assert_eq!(text, UpdateSteps::Range("range(0, 300, 100)".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UpdateSteps {
    /// The steps themselves.
    List(Vec<u64>),
    /// Python's `range(start, end, step)`, the end excluded; start (0) and step (1) may be left out.
    Range(String),
}

fn default_target() -> f64 {
    0.5
}

fn default_power() -> f64 {
    3.0
}

impl UpdateSteps {
    fn steps(&self) -> Result<Vec<u64>> {
        let text = match self {
            UpdateSteps::List(steps) => return Ok(steps.clone()),
            UpdateSteps::Range(text) => text,
        };
        let refused = || {
            let problem = format!("update_steps = '{text}' is neither a list of steps nor a range");
            refuse(problem, "write [0, 100, 200] or range(start, end, step)")
        };
        let inner =
            text.trim().strip_prefix("range(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(refused)?;
        let numbers: Vec<u64> = inner
            .split(',')
            .map(|part| part.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| refused())?;
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
        let ascend = steps.windows(2).all(|pair| pair[0] < pair[1]);
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
