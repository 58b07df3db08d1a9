//! Pruning schedules as tools write them: each under its tool's name, with the tool's own parameters.
//!
//! The same word means different formulas in different tools ("cubic" alone has three), tools count steps
//! differently, and some miss their last update. A [`Dialect`] says which tool is meant, and
//! [`Dialect::schedule`] works out what that tool does step by step, its quirks included, as a
//! [`Staircase`](super::Staircase). Formulas that are broken in the tool are refused with the reason.
//!
//! Step t runs from 0 to steps - 1, as in the rest of this crate, and a cut *at* step t is in force from step
//! t on; cuts at or after the run's last step + 1 never happen. Sparsities are taken as exact fractions: that a
//! tool rounds the number of pruned weights of each layer, or computes in single precision, is left out.

mod coreai;
mod coremltools;
mod jaxpruner;
mod jin;
mod llm_compressor;
mod neural_compressor;
mod parse;
mod parts;
mod phases;
mod same_numbers;
mod side_by_side;
mod sparseml;
mod static_sparse;
mod tfmot;
mod torch_prune;
mod torchao;
mod zhu_gupta;

pub use coreai::CoreAi;
pub use coremltools::{CoreMlTools, UpdateSteps};
pub use jaxpruner::JaxPruner;
pub use jin::Jin;
pub use llm_compressor::{LlmCompressor, SchedulerArgs};
pub use neural_compressor::NeuralCompressor;
pub use phases::Phases;
pub use side_by_side::{InTool, ToolSchedule};
pub use sparseml::SparseMl;
pub use static_sparse::StaticSparse;
pub use tfmot::{Tfmot, TfmotConstant};
pub use torch_prune::TorchPrune;
pub use torchao::TorchAo;
pub use zhu_gupta::ZhuGupta;

use super::{Extent, Schedule};
use crate::Result;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Relative difference between a sparsity reached and the one configured that is rounding.
const ROUNDING: f64 = 1e-12;

/// A pruning schedule in the words of one tool.
///
/// ```
/// use nbar::schedule::{Dialect, Extent, Network};
///
/// let text = r#"{"tool": "tfmot", "initial_sparsity": 0, "final_sparsity": 0.8, "begin_step": 0, "end_step": 250}"#;
/// let dialect = Dialect::from_json("schedule.json", text)?;
/// let extent = Extent::new(1e9).with_steps(1000.0);
/// let trajectory = dialect.schedule(extent)?.trajectory(Network::new(1e9), extent)?;
/// // Updates at steps 0, 100 and 200, but not at 250: 0.8 (1 - 0.2³) is what remains.
/// assert!((trajectory.final_params() / (1e9 * (1.0 - 0.8 * 0.992)) - 1.0).abs() < 1e-14);
/// assert!(dialect.shortfall(extent)?.unwrap().contains("0.8 is never reached"));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "tool", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Dialect {
    /// The formula of Zhu & Gupta 2017 as published.
    ZhuGupta(ZhuGupta),
    /// Geometric pruning of Jin et al. 2025 (their fork of MaxText).
    Jin(Jin),
    /// TensorFlow Model Optimization, `PolynomialDecay`.
    Tfmot(Tfmot),
    /// TensorFlow Model Optimization, `ConstantSparsity`.
    TfmotConstant(TfmotConstant),
    /// JaxPruner.
    #[serde(rename = "jaxpruner")]
    JaxPruner(JaxPruner),
    /// `CubicSL` of PyTorch and torchao.
    #[serde(rename = "torchao")]
    TorchAo(TorchAo),
    /// SparseML recipes, `GMPruningModifier` and its kin.
    #[serde(rename = "sparseml")]
    SparseMl(SparseMl),
    /// llm-compressor, `MagnitudePruningModifier`.
    LlmCompressor(LlmCompressor),
    /// Intel Neural Compressor, `WeightPruningConfig`.
    NeuralCompressor(NeuralCompressor),
    /// coremltools, `PolynomialDecayScheduler`.
    #[serde(rename = "coremltools")]
    CoreMlTools(CoreMlTools),
    /// Core AI Optimization, `PolynomialDecaySchedule`.
    #[serde(rename = "coreai-opt")]
    CoreAi(CoreAi),
    /// Repeated calls of `torch.nn.utils.prune`.
    TorchPrune(TorchPrune),
    /// RigL: the mask moves, its size does not.
    Rigl(StaticSparse),
    /// SET: as RigL.
    Set(StaticSparse),
    /// A fixed mask.
    Static(StaticSparse),
    /// Phases of given densities, as in AC/DC.
    Phases(Phases),
}

/// What each dialect's parameters can do.
trait Translate {
    /// Refuses parameters that the tool refuses, or with which its formula breaks.
    fn check(&self) -> Result<()>;
    /// What the tool does in a run.
    fn translate(&self, extent: Extent) -> Result<Schedule>;
    /// The sparsity that the tool is asked to end with.
    fn target(&self) -> f64;
}

impl Dialect {
    /// The names of the tools, as in the field `tool`.
    pub const TOOLS: [&'static str; 16] = [
        "zhu-gupta",
        "jin",
        "tfmot",
        "tfmot-constant",
        "jaxpruner",
        "torchao",
        "sparseml",
        "llm-compressor",
        "neural-compressor",
        "coremltools",
        "coreai-opt",
        "torch-prune",
        "rigl",
        "set",
        "static",
        "phases",
    ];

    fn parts(&self) -> (&'static str, &dyn Translate) {
        let [
            zhu_gupta,
            jin,
            tfmot,
            constant,
            jaxpruner,
            torchao,
            sparseml,
            llm,
            neural,
            coreml,
            coreai,
            torch,
            rigl,
            set,
            fixed,
            phases,
        ] = Self::TOOLS;
        match self {
            Dialect::ZhuGupta(tool) => (zhu_gupta, tool),
            Dialect::Jin(tool) => (jin, tool),
            Dialect::Tfmot(tool) => (tfmot, tool),
            Dialect::TfmotConstant(tool) => (constant, tool),
            Dialect::JaxPruner(tool) => (jaxpruner, tool),
            Dialect::TorchAo(tool) => (torchao, tool),
            Dialect::SparseMl(tool) => (sparseml, tool),
            Dialect::LlmCompressor(tool) => (llm, tool),
            Dialect::NeuralCompressor(tool) => (neural, tool),
            Dialect::CoreMlTools(tool) => (coreml, tool),
            Dialect::CoreAi(tool) => (coreai, tool),
            Dialect::TorchPrune(tool) => (torch, tool),
            Dialect::Rigl(tool) => (rigl, tool),
            Dialect::Set(tool) => (set, tool),
            Dialect::Static(tool) => (fixed, tool),
            Dialect::Phases(tool) => (phases, tool),
        }
    }

    /// The tool's name.
    #[must_use]
    pub fn tool(&self) -> &'static str {
        self.parts().0
    }

    /// The sparsity that the tool is asked to end with; see [`shortfall`](Self::shortfall) for whether it does.
    #[must_use]
    pub fn target_sparsity(&self) -> f64 {
        self.parts().1.target()
    }

    /// Checks all that can be checked without knowing the run.
    ///
    /// # Errors
    /// [`Error::Dialect`](crate::Error::Dialect) for what the tool refuses, and for formulas that
    /// are broken in it.
    pub fn validate(&self) -> Result<()> {
        let (tool, parts) = self.parts();
        parts.check().map_err(|error| parse::named_tool(tool, error))
    }

    /// What the tool does in a run of this extent, in the common form.
    ///
    /// ```
    /// use nbar::schedule::{Dialect, Extent, Schedule, StaticSparse};
    /// let fixed = Dialect::Static(StaticSparse { sparsity: 0.5, drop_fraction: None });
    /// assert_eq!(fixed.schedule(Extent::new(1e9))?, Schedule::constant(0.5));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate), and [`Error::MissingInput`](crate::Error::MissingInput) where
    /// the tool counts steps and the extent does not.
    pub fn schedule(&self, extent: Extent) -> Result<Schedule> {
        let (tool, parts) = self.parts();
        parts.check().and_then(|()| parts.translate(extent)).map_err(|error| parse::named_tool(tool, error))
    }

    /// In words, that the tool does not end with the sparsity that it is asked for, if it does not.
    ///
    /// # Errors
    /// Those of [`schedule`](Self::schedule).
    pub fn shortfall(&self, extent: Extent) -> Result<Option<String>> {
        let target = self.parts().1.target();
        let (reached, last) = match self.schedule(extent)? {
            Schedule::Staircase(stairs) => match stairs.cuts.last() {
                Some(&(position, sparsity)) => (sparsity, Some((position, stairs.unit))),
                None => (stairs.initial_sparsity, None),
            },
            Schedule::Constant { sparsity } => (sparsity, None),
            _ => (0.0, None),
        };
        if (reached - target).abs() <= ROUNDING * target {
            return Ok(None);
        }
        let since = last.map_or_else(
            || "from the start to the end".to_owned(),
            |(position, unit)| format!("from {unit} {position} to the end"),
        );
        // As many digits as tell the two apart.
        let digits = 2 + (-((reached - target).abs() / target).log10()).ceil().clamp(1.0, 14.0) as usize;
        let tool = self.tool();
        Ok(Some(format!(
            "the sparsity {target} is never reached by {tool}: {reached:.digits$} holds {since}"
        )))
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tool())
    }
}
