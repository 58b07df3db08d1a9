//! Matched pairs: the dense twin of a sparse run, and the sparse run that replaces a dense one, in whole steps.

use serde::{Deserialize, Serialize};

use super::{BYTES, PlannedSchedule};
use crate::allocate::increasing_root;
use crate::predict::NewRun;
use crate::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
use crate::{Error, Result, Trajectory};

/// The highest sparsity that is looked at.
const MOST_SPARSE: f64 = 0.9999;
/// How often the cuts and the sparsity are brought to agree.
const ROUNDS: usize = 50;

/// The dense run of the same N̄ and D: of the same training FLOPs and, where the law of N̄ holds, of the same loss.
///
/// ```
/// use nbar::plan::dense_twin;
/// use nbar::{Extent, Network, Schedule, schedule::Unit};
/// let sparse = Schedule::one_shot(0.5, 0.5, Unit::Fraction).trajectory(Network::new(8e9), Extent::new(1e12))?;
/// let dense = dense_twin(&sparse)?;
/// assert_eq!((dense.trajectory().initial_params(), dense.trajectory().tokens()), (6e9, 1e12));
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// None, for a trajectory that could be made.
pub fn dense_twin(run: &Trajectory) -> Result<NewRun> {
    NewRun::dense(run.average_params(), run.tokens())
}

/// What the sparse run has to end with.
///
/// ```
/// use nbar::plan::Wanted;
/// assert_ne!(Wanted::FinalParams(4e9), Wanted::Sparsity(0.8));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_enums)]
pub enum Wanted {
    /// So many parameters, those that are never pruned included.
    FinalParams(f64),
    /// This sparsity of the parameters that can be pruned.
    Sparsity(f64),
}

/// How the sparse run is pruned.
///
/// ```
/// use nbar::plan::TwinOptions;
/// let options = TwinOptions::default();
/// assert_eq!((options.ramp.start, options.ramp.end, options.every), (0.25, 0.75, 100));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TwinOptions {
    /// Where pruning starts and ends, in any unit, and its shape; its final sparsity and `every` are replaced. Default geometric from
    /// 25 % to 75 % of the compute (Jin et al. 2025).
    pub ramp: Ramp,
    /// Steps between cuts. Default 100 (Jin et al. 2025).
    pub every: u64,
    /// Parameters that are never pruned, counted in N, in N̄ and in N_final. Default 0.
    pub fixed_params: f64,
}

impl Default for TwinOptions {
    fn default() -> Self {
        let ramp = Ramp::new(Shape::Geometric, 0.0, 0.25, 0.75, Unit::Compute);
        Self { ramp, every: 100, fixed_params: 0.0 }
    }
}

impl TwinOptions {
    /// Sets how the sparse run is pruned.
    #[must_use]
    pub fn with_ramp(mut self, ramp: Ramp) -> Self {
        self.ramp = ramp;
        self
    }

    /// Sets the steps between cuts.
    #[must_use]
    pub fn with_every(mut self, every: u64) -> Self {
        self.every = every;
        self
    }

    /// Sets how many parameters are never pruned.
    #[must_use]
    pub fn with_fixed_params(mut self, params: f64) -> Self {
        self.fixed_params = params;
        self
    }
}

/// A sparse run that replaces a dense one: its N̄ is the dense run's N, its D the dense run's D.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SparseTwin {
    /// N₀, those that are never pruned included.
    pub initial_params: f64,
    /// N̄, the dense run's N.
    pub average_params: f64,
    /// N_final.
    pub final_params: f64,
    /// Parameters that are never pruned.
    pub fixed_params: f64,
    /// Final sparsity of the others.
    pub sparsity: f64,
    /// D.
    pub tokens: f64,
    /// Optimiser steps.
    pub steps: u64,
    /// Where to prune.
    pub schedule: PlannedSchedule,
}

impl SparseTwin {
    /// Its parameter count over its tokens: the schedule in whole steps, integrated.
    ///
    /// ```
    /// use nbar::Extent;
    /// use nbar::plan::{TwinOptions, Wanted, sparse_twin};
    /// let extent = Extent::new(1e12).with_steps(125_000.0);
    /// let twin = sparse_twin(7e9, extent, Wanted::Sparsity(0.8), &TwinOptions::default())?;
    /// assert!((twin.trajectory()?.average_params() / 7e9 - 1.0).abs() < 1e-12);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// None, for a run that [`sparse_twin`] made.
    pub fn trajectory(&self) -> Result<Trajectory> {
        let network = Network::new(self.initial_params - self.fixed_params).with_fixed(self.fixed_params);
        let extent = Extent::new(self.tokens).with_steps(self.steps as f64);
        Schedule::from(self.schedule.ramp.clone()).trajectory(network, extent)
    }
}

/// The sparse run that replaces a dense one of `dense_params` parameters: the same D and steps, a ramp whose cuts are in whole steps, and
/// N₀ and the sparsity such that under those cuts N̄ is the dense run's N and N_final is what is wanted.
///
/// Where the cuts go in steps may depend on the sparsity (in units of compute), and the sparsity depends on where they go: both
/// are brought to agree.
///
/// ```
/// use nbar::Extent;
/// use nbar::plan::{TwinOptions, Wanted, sparse_twin};
/// let extent = Extent::new(1e12).with_steps(125_000.0);
/// let twin = sparse_twin(7e9, extent, Wanted::FinalParams(4e9), &TwinOptions::default())?;
/// assert!((twin.final_params / 4e9 - 1.0).abs() < 1e-12 && twin.average_params == 7e9);
/// assert_eq!((twin.schedule.start_step % 100, twin.schedule.end_step % 100), (0, 0));
/// assert!(sparse_twin(7e9, extent, Wanted::FinalParams(8e9), &TwinOptions::default()).is_err());
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// When a number is out of its range, the steps are not known, the ramp has no room for two cuts, no sparsity up to 99.99 % leaves as
/// few as are wanted, or cuts and sparsity do not come to agree.
pub fn sparse_twin(
    dense_params: f64,
    extent: Extent,
    wanted: Wanted,
    options: &TwinOptions,
) -> Result<SparseTwin> {
    let fixed = options.fixed_params;
    check(dense_params, wanted, fixed)?;
    let to = |sparsity: f64, ramp: &Ramp| Ramp { final_sparsity: sparsity, ..ramp.clone() };
    let asked = Ramp { every: None, ..options.ramp.clone() };
    // Of the parameters that can be pruned, what is left in the end over the average.
    let left = match wanted {
        Wanted::FinalParams(last) => Some((last - fixed) / (dense_params - fixed)),
        Wanted::Sparsity(_) => None,
    };
    let solved = |ramp: &Ramp, network: Network| match wanted {
        Wanted::Sparsity(sparsity) => sparsity,
        Wanted::FinalParams(_) => sparsity_for(left.unwrap_or(1.0), ramp, network, extent),
    };
    let mut network = Network::new(dense_params - fixed).with_fixed(fixed);
    let mut sparsity = solved(&asked, network);
    let mut cuts = PlannedSchedule::of_run(&to(sparsity, &asked), network, extent, options.every)?;
    for _ in 0..ROUNDS {
        sparsity = solved(&cuts.ramp, Network::new(1.0));
        let density = average_density(&to(sparsity, &cuts.ramp), Network::new(1.0), extent)?;
        network.prunable = (dense_params - fixed) / density;
        let schedule = PlannedSchedule::of_run(&to(sparsity, &asked), network, extent, options.every)?;
        if schedule.ramp != to(sparsity, &cuts.ramp) {
            cuts = schedule;
            continue;
        }
        let final_params = fixed + network.prunable * (1.0 - sparsity);
        if let Wanted::FinalParams(last) = wanted
            && (final_params / last - 1.0).abs() > 1e-9
        {
            return Err(unreachable(last, dense_params, final_params));
        }
        return Ok(SparseTwin {
            initial_params: fixed + network.prunable,
            average_params: dense_params,
            final_params,
            fixed_params: fixed,
            sparsity,
            tokens: extent.tokens,
            steps: extent.steps.unwrap_or(1.0) as u64,
            schedule,
        });
    }
    Err(refuse(
        format!(
            "in steps of {} the cuts and the sparsity do not come to agree, near steps {} to {} and sparsity {sparsity:.4}",
            options.every, cuts.start_step, cuts.end_step
        ),
        "give another distance between cuts (--every), or the ramp in fractions of the tokens (--unit fraction)",
    ))
}

/// Bytes of a network that is served: 2 for each parameter that is left, and a bit for each that could have been pruned.
pub(crate) fn served_bytes(left: f64, masked: f64) -> f64 {
    BYTES * left + masked / 8.0
}

/// The mean density of the parameters that can be pruned.
fn average_density(ramp: &Ramp, network: Network, extent: Extent) -> Result<f64> {
    let trajectory = Schedule::from(ramp.clone()).trajectory(network, extent)?;
    Ok((trajectory.average_params() - network.fixed) / network.prunable)
}

/// The final sparsity at which the final density is `left` of the mean one; where none is, the nearest to it.
fn sparsity_for(left: f64, ramp: &Ramp, network: Network, extent: Extent) -> f64 {
    let opening = 1.0 - ramp.initial_sparsity;
    let sparsity = |ln_ratio: f64| 1.0 - opening * (-ln_ratio).exp();
    let over = |ln_ratio: f64| {
        let ramp = Ramp { final_sparsity: sparsity(ln_ratio), ..ramp.clone() };
        let closing = 1.0 - ramp.final_sparsity;
        average_density(&ramp, network, extent).map_or(f64::NAN, |average| (left * average / closing).ln())
    };
    sparsity(increasing_root(0.0, (opening / (1.0 - MOST_SPARSE)).ln().max(0.0), over))
}

fn check(dense_params: f64, wanted: Wanted, fixed: f64) -> Result<()> {
    let last = match wanted {
        Wanted::FinalParams(last) => Some(("final_params", last)),
        Wanted::Sparsity(_) => None,
    };
    for (name, value) in [Some(("dense_params", dense_params)), last].into_iter().flatten() {
        if !(value.is_finite() && value > 0.0) {
            let expected = "a positive, finite number";
            return Err(Error::InvalidNumber { name: name.to_owned(), value, expected });
        }
    }
    let least = last.map_or(dense_params, |(_, last)| last);
    if !(fixed >= 0.0 && fixed < least) {
        let expected = "at least 0, and less than what is left at the end (--final-params)";
        return Err(Error::InvalidNumber { name: "fixed_params".to_owned(), value: fixed, expected });
    }
    if least >= dense_params && last.is_some() {
        return Err(refuse(
            format!("{least} parameters at the end are no fewer than the {dense_params} of the dense run"),
            "ask for fewer (--final-params): pruning leaves fewer than the average",
        ));
    }
    Ok(())
}

fn unreachable(last: f64, dense_params: f64, least: f64) -> Error {
    refuse(
        format!(
            "no sparsity up to {MOST_SPARSE} under this schedule leaves {last} of {dense_params} parameters on average; it leaves \
             {least:.0} at the least"
        ),
        "ask for more parameters at the end, or prune later",
    )
}

fn refuse(problem: String, remedy: &'static str) -> Error {
    Error::Unanswerable { question: "replace a dense run", problem, remedy }
}
