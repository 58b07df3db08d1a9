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
mod recipe;
mod same_numbers;
mod side_by_side;
mod sparseml;
mod static_sparse;
mod tfmot;
mod torch_prune;
mod torchao;
mod yaml;
mod zhu_gupta;

pub use side_by_side::{InTool, ToolSchedule};

use super::{Extent, Schedule};
use crate::Result;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Relative difference between a sparsity reached and the one configured that is rounding.
const ROUNDING: f64 = 1e-12;

/// A pruning schedule in the words of one tool.
///
/// | tool | what it is | parameters (and defaults) |
/// |---|---|---|
/// | `zhu-gupta` | Zhu & Gupta 2017, as published | s_i (0), s_f, t0, n, delta_t |
/// | `jin` | Jin et al. 2025, their fork of MaxText | sparsity, gmp_start_step, gmp_end_step, gmp_pruning_frequency (100) |
/// | `tfmot` | TensorFlow Model Optimization, `PolynomialDecay` | initial_sparsity, final_sparsity, begin_step, end_step, power (3), frequency (100) |
/// | `tfmot-constant` | the same, `ConstantSparsity` | target_sparsity, begin_step, end_step (-1: none), frequency (100) |
/// | `jaxpruner` | JaxPruner | sparsity, update_freq, update_start_step, update_end_step, algorithm, dist_type, drop_fraction (none) |
/// | `torchao` | `CubicSL` of PyTorch and torchao | sparsity_level, init_sl (0), init_t (0), delta_t (10), total_t (100), initially_zero (false) |
/// | `sparseml` | SparseML, `GMPruningModifier` and its kin | init_sparsity, final_sparsity, start_epoch, end_epoch, update_frequency (-1: every step), inter_func (cubic), leave_enabled (true), steps_per_epoch |
/// | `llm-compressor` | llm-compressor, `MagnitudePruningModifier` | init_sparsity, final_sparsity, update_scheduler (cubic), scheduler_args, start, end, update (every step), steps_per_epoch (none: in whole steps), leave_enabled (true) |
/// | `neural-compressor` | Intel Neural Compressor, `WeightPruningConfig` | target_sparsity (0.9), start_step (0), end_step (0), pruning_frequency (1), sparsity_decay_type (exp), max_sparsity_ratio_per_op (0.98) |
/// | `coremltools` | coremltools, `PolynomialDecayScheduler` | update_steps, a list or `range(start, end, step)`; target_sparsity (0.5), initial_sparsity (0), power (3) |
/// | `coreai-opt` | Core AI Optimization, `PolynomialDecaySchedule` | target_sparsity, begin_step (0), total_iters, power (3), initial_sparsity (0), update_frequency (1) |
/// | `torch-prune` | repeated calls of `torch.nn.utils.prune` | calls, `(step, amount)` each |
/// | `rigl`, `set`, `static` | a mask of constant size | sparsity, drop_fraction (none) |
/// | `phases` | phases of given densities, as in AC/DC | phases, `(from, to, density)` each; unit (step) |
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
#[serde(transparent)]
pub struct Dialect {
    tool: Tool,
    /// Fields of the tool that do not change how many parameters there are.
    #[serde(skip)]
    passed_over: Vec<String>,
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

macro_rules! tools {
    ($($name:tt $tool:ident($parameters:ty),)*) => {
        /// The parameters of one tool.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "tool")]
        enum Tool {
            $(#[serde(rename = $name)] $tool($parameters),)*
        }

        impl Dialect {
            /// The names of the tools, as in the field `tool`.
            pub const TOOLS: [&'static str; [$($name),*].len()] = [$($name),*];

            fn parts(&self) -> (&'static str, &dyn Translate) {
                match &self.tool {
                    $(Tool::$tool(parameters) => ($name, parameters),)*
                }
            }
        }
    };
}

tools! {
    "zhu-gupta" ZhuGupta(zhu_gupta::ZhuGupta),
    "jin" Jin(jin::Jin),
    "tfmot" Tfmot(tfmot::Tfmot),
    "tfmot-constant" TfmotConstant(tfmot::TfmotConstant),
    "jaxpruner" JaxPruner(jaxpruner::JaxPruner),
    "torchao" TorchAo(torchao::TorchAo),
    "sparseml" SparseMl(sparseml::SparseMl),
    "llm-compressor" LlmCompressor(llm_compressor::LlmCompressor),
    "neural-compressor" NeuralCompressor(neural_compressor::NeuralCompressor),
    "coremltools" CoreMlTools(coremltools::CoreMlTools),
    "coreai-opt" CoreAi(coreai::CoreAi),
    "torch-prune" TorchPrune(torch_prune::TorchPrune),
    "rigl" Rigl(static_sparse::StaticSparse),
    "set" Set(static_sparse::StaticSparse),
    "static" Static(static_sparse::StaticSparse),
    "phases" Phases(phases::Phases),
}

impl Dialect {
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
    /// use nbar::schedule::{Dialect, Extent, Schedule};
    /// let fixed = Dialect::from_pairs("static", [("sparsity", "0.5")])?;
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

    /// In words, which fields of the tool were passed over, if any.
    pub(super) fn note_passed_over(&self) -> Option<String> {
        let names = self.passed_over.join(", ");
        (!names.is_empty()).then(|| format!("passed over, since they change no count: {names}"))
    }

    /// In words, that the tool does not end with the sparsity that it is asked for, if it does not.
    ///
    /// # Errors
    /// Those of [`schedule`](Self::schedule).
    pub fn shortfall(&self, extent: Extent) -> Result<Option<String>> {
        let (tool, target) = (self.tool(), self.target_sparsity());
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
        let since = last.map_or("the start".to_owned(), |(position, unit)| format!("{unit} {position}"));
        // As many digits as tell the two apart.
        let digits = 2 + (-((reached - target).abs() / target).log10()).ceil().clamp(1.0, 14.0) as usize;
        Ok(Some(format!(
            "the sparsity {target} is never reached by {tool}: {reached:.digits$} holds from {since} to the end"
        )))
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tool())
    }
}
