//! The same numbers in several tools.

use serde::{Serialize, Serializer};
use serde_json::json;

use super::Dialect;
use crate::schedule::{Extent, Network, Ramp};
use crate::{Document, Error, Result};

/// What a tool makes of the numbers, or why it has no words for them.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct InTool {
    /// The tool.
    pub tool: String,
    /// Its schedule, or the refusal; in the document its fields, or `refused` with the reason.
    #[serde(flatten, serialize_with = "fields")]
    pub outcome: Result<ToolSchedule>,
}

/// What a tool makes of the numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ToolSchedule {
    /// N̄/N₀.
    pub average_density: f64,
    /// The sparsity that it ends with.
    pub final_sparsity: f64,
    /// Step of the first cut; none where nothing is pruned.
    pub first_cut: Option<f64>,
    /// Step of the last cut.
    pub last_cut: Option<f64>,
    /// In words, that it does not end with the sparsity asked for, if it does not.
    pub note: Option<String>,
    /// The numbers in the tool's words.
    pub written: Dialect,
}

impl Document for InTool {
    const SCHEMA: &'static str = "nbar.schedule-compare/1";
}

fn fields<S: Serializer>(outcome: &Result<ToolSchedule>, serializer: S) -> Result<S::Ok, S::Error> {
    match outcome {
        Ok(schedule) => schedule.serialize(serializer),
        Err(error) => json!({"refused": error.to_string()}).serialize(serializer),
    }
}

impl Dialect {
    /// The same numbers in the words of several tools, in a run of so many steps.
    ///
    /// ```
    /// use nbar::schedule::{Dialect, Ramp, Shape, Unit};
    /// let ramp = Ramp::new(Shape::Cubic, 0.8, 0.0, 400.0, Unit::Step).with_every(200.0);
    /// let tools = Dialect::side_by_side(&["tfmot", "jin"], &ramp, 1000.0)?;
    /// let tfmot = tools[0].outcome.as_ref().unwrap();
    /// assert!((tfmot.average_density - (0.2 + 0.2 * 0.3 + 0.6 * 0.2)).abs() < 1e-14);
    /// assert!(tools[1].outcome.as_ref().unwrap_err().to_string().contains("no cubic ramp"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a tool is not known. One that has no words for the numbers is refused in its place.
    pub fn side_by_side(tools: &[impl AsRef<str>], ramp: &Ramp, steps: f64) -> Result<Vec<InTool>> {
        let extent = Extent::new(steps).with_steps(steps);
        let in_tool = |tool: &str| {
            let outcome = match Self::from_ramp(tool, ramp) {
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
        let cuts = trajectory.pruning_tokens();
        Ok(ToolSchedule {
            average_density: trajectory.average_params(),
            final_sparsity: 1.0 - trajectory.final_params(),
            first_cut: cuts.map(|cuts| cuts.0),
            last_cut: cuts.map(|cuts| cuts.1),
            note: self.shortfall(extent)?,
            written: self,
        })
    }
}
