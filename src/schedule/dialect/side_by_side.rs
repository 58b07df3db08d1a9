//! The same numbers in several tools, side by side.

use serde::Serialize;

use super::Dialect;
use crate::schedule::{Extent, Network, Ramp};
use crate::{Document, Error, Result};

/// What a tool makes of the numbers of a ramp.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct InTool {
    /// The tool.
    pub tool: String,
    /// What it makes of them.
    #[serde(flatten)]
    pub outcome: ToolOutcome,
}

/// What a tool makes of numbers, or why it cannot.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ToolOutcome {
    /// It prunes.
    #[non_exhaustive]
    Reached {
        /// N̄ / N₀.
        average_density: f64,
        /// The sparsity that it ends with.
        final_sparsity: f64,
        /// Step of the first cut; none where the network is sparse from the start.
        first_cut: Option<f64>,
        /// Step of the last cut.
        last_cut: Option<f64>,
        /// Where it does not end with what was asked for.
        note: Option<String>,
        /// The numbers in its words.
        written: Box<Dialect>,
    },
    /// It has no words for these numbers.
    #[non_exhaustive]
    Refused {
        /// Why not.
        refused: String,
    },
}

impl Document for InTool {
    const SCHEMA: &'static str = "nbar.schedule-compare/1";
}

impl Dialect {
    /// What each of some tools makes of the numbers of a ramp, in a run of so many steps.
    ///
    /// ```
    /// use nbar::schedule::{Dialect, Ramp, Shape, Unit, dialect::ToolOutcome};
    /// let ramp = Ramp::new(Shape::Cubic, 0.8, 250.0, 750.0, Unit::Step).with_every(50.0);
    /// let tools = ["tfmot".to_owned(), "jin".to_owned()];
    /// let all = Dialect::side_by_side(&tools, &ramp, 1000.0)?;
    /// assert!(matches!(all[1].outcome, ToolOutcome::Refused { .. }));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a tool that is not known.
    pub fn side_by_side(tools: &[String], ramp: &Ramp, steps: f64) -> Result<Vec<InTool>> {
        let extent = Extent::new(steps).with_steps(steps);
        let in_tool = |tool: &String| {
            let outcome = match Self::from_ramp(tool, ramp).and_then(|dialect| dialect.reached(extent)) {
                Err(error @ Error::UnknownName { .. }) => return Err(error),
                Err(error) => ToolOutcome::Refused { refused: error.to_string() },
                Ok(reached) => reached,
            };
            Ok(InTool { tool: tool.clone(), outcome })
        };
        tools.iter().map(in_tool).collect()
    }

    fn reached(self, extent: Extent) -> Result<ToolOutcome> {
        let trajectory = self.schedule(extent)?.trajectory(Network::new(1.0), extent)?;
        let cuts = trajectory.pruning_tokens();
        Ok(ToolOutcome::Reached {
            average_density: trajectory.average_params(),
            final_sparsity: 1.0 - trajectory.final_params(),
            first_cut: cuts.map(|cuts| cuts.0),
            last_cut: cuts.map(|cuts| cuts.1),
            note: self.shortfall(extent)?,
            written: Box::new(self),
        })
    }
}
