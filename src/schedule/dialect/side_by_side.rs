//! The same numbers in several tools.

use super::Dialect;
use crate::schedule::{Extent, Network, ScheduleFields, Shape, Unit};
use crate::{Error, Result};

/// What a tool makes of the numbers, or why it has no words for them.
#[derive(Debug)]
#[non_exhaustive]
pub struct InTool {
    /// The tool.
    pub tool: String,
    /// Its schedule, or the refusal.
    pub outcome: Result<ToolSchedule>,
}

/// What a tool makes of the numbers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ToolSchedule {
    /// The numbers in the tool's words.
    pub written: Dialect,
    /// N̄/N₀.
    pub average_density: f64,
    /// The sparsity that it ends with.
    pub final_sparsity: f64,
    /// Steps of the first cut and of the last; none where nothing is pruned.
    pub cuts: Option<(f64, f64)>,
    /// In words, that it does not end with the sparsity asked for, if it does not.
    pub shortfall: Option<String>,
}

impl Dialect {
    /// The same numbers in the words of several tools, in a run of so many steps: a cubic ramp in steps, unless the fields say
    /// otherwise.
    ///
    /// ```
    /// use nbar::schedule::{Dialect, ScheduleFields};
    /// let numbers = ScheduleFields {
    ///     final_sparsity: Some(0.8),
    ///     prune_start: Some(0.0),
    ///     prune_end: Some(400.0),
    ///     prune_every: Some(200.0),
    ///     ..ScheduleFields::default()
    /// };
    /// let tools = Dialect::side_by_side(&["tfmot", "jin"], &numbers, 1000.0)?;
    /// let tfmot = tools[0].outcome.as_ref().unwrap();
    /// assert!((tfmot.average_density - (0.2 + 0.2 * 0.3 + 0.6 * 0.2)).abs() < 1e-14);
    /// assert!(tools[1].outcome.as_ref().unwrap_err().to_string().contains("no cubic ramp"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fields describe no ramp, or a tool is not known. One that has no words for the numbers is refused in its place.
    pub fn side_by_side(
        tools: &[impl AsRef<str>],
        numbers: &ScheduleFields,
        steps: f64,
    ) -> Result<Vec<InTool>> {
        let ramp = numbers.ramp_in(Shape::Cubic, Unit::Step)?;
        let extent = Extent::new(steps).with_steps(steps);
        let in_tool = |tool: &str| {
            let outcome = match Self::from_ramp(tool, &ramp) {
                Err(error @ Error::Option { .. }) => return Err(error),
                Err(error) => Err(error),
                Ok(dialect) => dialect.reached(extent),
            };
            Ok(InTool { tool: tool.to_owned(), outcome })
        };
        tools.iter().map(|tool| in_tool(tool.as_ref())).collect()
    }

    fn reached(self, extent: Extent) -> Result<ToolSchedule> {
        let trajectory = self.schedule(extent)?.trajectory(Network::new(1.0), extent)?;
        Ok(ToolSchedule {
            average_density: trajectory.average_params(),
            final_sparsity: 1.0 - trajectory.final_params(),
            cuts: trajectory.pruning_tokens(),
            shortfall: self.shortfall(extent)?,
            written: self,
        })
    }
}
