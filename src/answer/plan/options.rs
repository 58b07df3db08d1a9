//! What is planned for.

use crate::answer::engine::{AllocationOptions, out_of_reach, positive};
use crate::schedule::{Ramp, Schedule, Unit};

use super::super::usual::{EVERY, usual_ramp};
use crate::answer::TwinOptions;
use crate::{Error, Result};

/// A budget, what is to be served, and which runs are compared.
///
/// ```
/// use nbar::answer::{AllocationOptions, PlanOptions};
/// let runs = AllocationOptions::default().with_inference_tokens(2e12).with_sparse_speedup(1.3);
/// let options = PlanOptions::new(1e23).with_runs(runs);
/// assert_eq!((options.every, options.step_tokens, options.vocabulary), (100, 8e6, 32_000));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PlanOptions {
    /// Training FLOPs: 6 N̄ D, or 6 N₀ D if the fit counts them so.
    pub flops: f64,
    /// What the runs may be and what they serve: caps, different tokens, tokens to serve and the sparse speedup, which counts for
    /// sparse runs only. Their shape follows from `ramp`.
    pub runs: AllocationOptions,
    /// Final sparsities, each in [0, 1); 0 is dense. Default 0, 0.5, 0.6, 0.8.
    pub sparsities: Vec<f64>,
    /// How the sparse runs are pruned, in fractions of the tokens or of the compute; its sparsities and `every` are replaced. Default
    /// geometric from 25 % to 75 % of the compute (Jin et al. 2025).
    pub ramp: Ramp,
    /// Whether the window of the ramp is chosen: that of least loss for the budget and for the final size which the ramp as given
    /// leads to. Default no. Only laws that know when parameters are removed answer it.
    pub best_window: bool,
    /// The same of its shape: linear, cubic, geometric or cosine. Default no.
    pub best_shape: bool,
    /// Steps between cuts. Default 100 (Jin et al. 2025).
    pub every: u64,
    /// Tokens of a step. Default 8 million (Jin et al. 2025).
    pub step_tokens: f64,
    /// Vocabulary of the networks whose shapes are named. Default 32,000.
    pub vocabulary: u64,
}

impl PlanOptions {
    /// Options for a budget of training FLOPs.
    #[must_use]
    pub fn new(flops: f64) -> Self {
        Self {
            flops,
            runs: AllocationOptions::default(),
            sparsities: vec![0.0, 0.5, 0.6, 0.8],
            ramp: usual_ramp(),
            best_window: false,
            best_shape: false,
            every: EVERY,
            step_tokens: TwinOptions::STEP_TOKENS,
            vocabulary: 32_000,
        }
    }

    setters! {
        /// Sets what the runs may be and what they serve.
        with_runs(runs: AllocationOptions);
        /// Sets the final sparsities.
        with_sparsities(sparsities: Vec<f64>);
        /// Sets how the sparse runs are pruned.
        with_ramp(ramp: Ramp);
        /// Sets whether the window is chosen.
        with_best_window(best_window: bool);
        /// Sets whether the shape is chosen.
        with_best_shape(best_shape: bool);
        /// Sets the steps between cuts.
        with_every(every: u64);
        /// Sets the tokens of a step.
        with_step_tokens(step_tokens: f64);
        /// Sets the vocabulary of the networks that are named.
        with_vocabulary(vocabulary: u64);
    }

    /// The speedup of serving that a cap on the latency of these runs counts with.
    pub(super) fn speedup_of(&self, sparsity: f64) -> Option<f64> {
        self.runs.sparse_speedup.filter(|_| sparsity > 0.0 && self.runs.max_latency.is_some())
    }

    pub(super) fn validate(&self) -> Result<()> {
        for (name, value) in [("flops", self.flops), ("step_tokens", self.step_tokens)] {
            positive(name, value)?;
        }
        self.runs.validate_numbers()?;
        if !self.runs.shape.is_dense() {
            let remedy = "leave it out: the runs of a plan are pruned along its ramp";
            return Err(Error::option("shape", "", "is not dense", remedy));
        }
        if self.sparsities.is_empty() {
            return Err(Error::option("sparsities", "", "are none", "give some, such as 0,0.5,0.8"));
        }
        for (i, sparsity) in self.sparsities.iter().enumerate() {
            if self.sparsities[..i].contains(sparsity) {
                return Err(Error::option("sparsity", sparsity, "is listed twice", "remove one"));
            }
            let ramp = Ramp { final_sparsity: *sparsity, ..self.ramp.clone() };
            Schedule::from(ramp).validate()?;
            if *sparsity > 0.0 {
                let of = format!("at sparsity {sparsity}");
                self.runs.check_speedup(1.0 / (1.0 - sparsity), false, &of)?;
            }
        }
        if !matches!(self.ramp.unit, Unit::Fraction | Unit::Compute) {
            return Err(out_of_reach(self.ramp.unit.noun()));
        }
        if self.every == 0 {
            let problem = "is no distance between cuts";
            return Err(Error::value("prune_every", 0, problem, "give at least 1 step"));
        }
        if self.ramp.initial_sparsity != 0.0 || self.ramp.every.is_some() {
            let problem = "the ramp of a plan starts dense, and its cuts are a number of steps apart";
            let remedy = "leave out its initial sparsity, and give that number as the plan's";
            return Err(Error::unanswerable("plan", problem, remedy));
        }
        Ok(())
    }
}
