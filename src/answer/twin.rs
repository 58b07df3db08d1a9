//! Matched pairs: the dense twin of a sparse run, and the sparse run that replaces a dense one, in whole steps.

use serde::{Deserialize, Serialize};

use super::engine::positive;
use super::usual::{EVERY, usual_ramp};
use super::window::{BestWindow, Choice};
use crate::bootstrap::Ensemble;
use crate::numeric::roots::increasing_root;
use crate::predict::NewRun;
use crate::schedule::{Extent, Network, PlannedSchedule, Ramp, Schedule, Unit};
use crate::{Error, Result, Trajectory};

/// The highest sparsity that is looked at.
const MOST_SPARSE: f64 = 0.9999;
/// How often the cuts and the sparsity are brought to agree.
const ROUNDS: usize = 50;
/// How often the smooth ramp and the network are.
const SMOOTH_ROUNDS: usize = 10;

/// The dense run of the same N̄ and D: of the same training FLOPs and, where the law of N̄ holds, of the same loss.
///
/// ```
/// use nbar::answer::dense_twin;
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
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_enums)]
#[non_exhaustive]
pub enum Wanted {
    /// So many parameters, those that are never pruned included.
    FinalParams(f64),
    /// This sparsity of the parameters that can be pruned.
    Sparsity(f64),
}

/// How the sparse run is pruned.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TwinOptions {
    /// Where pruning starts and ends, in any unit, and its shape; its final sparsity and `every` are replaced. Default geometric from
    /// 25 % to 75 % of the compute (Jin et al. 2025).
    pub ramp: Ramp,
    /// Whether [`Ensemble::twin_window`](crate::Ensemble::twin_window) chooses the window; default yes.
    pub best_window: bool,
    /// Whether it chooses the shape: linear, cubic, geometric or cosine; default yes.
    pub best_shape: bool,
    /// Steps between cuts. Default 100 (Jin et al. 2025).
    pub every: u64,
    /// Parameters that are never pruned, counted in N, in N̄ and in N_final. Default 0.
    pub fixed_params: f64,
}

impl Default for TwinOptions {
    fn default() -> Self {
        Self { ramp: usual_ramp(), best_window: true, best_shape: true, every: EVERY, fixed_params: 0.0 }
    }
}

impl TwinOptions {
    /// Tokens of a step, unless said otherwise (Jin et al. 2025).
    pub const STEP_TOKENS: f64 = 8e6;

    setters! {
        /// Sets how the sparse run is pruned.
        with_ramp(ramp: Ramp);
        /// Sets whether a window is chosen.
        with_best_window(best_window: bool);
        /// Sets whether a shape is chosen.
        with_best_shape(best_shape: bool);
        /// Sets the steps between cuts.
        with_every(every: u64);
        /// Sets how many parameters are never pruned.
        with_fixed_params(fixed_params: f64);
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
/// use nbar::answer::{TwinOptions, Wanted, sparse_twin};
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
    check(dense_params, wanted, options)?;
    let pair = Pair { dense_params, extent, wanted, fixed: options.fixed_params };
    let (mut sparsity, mut network) = pair.smooth(&options.ramp)?;
    let planned = |sparsity: f64, network: Network| {
        PlannedSchedule::of_run(&to(sparsity, &options.ramp), network, extent, options.every)
    };
    let mut cuts = planned(sparsity, network)?.ramp;
    for _ in 0..ROUNDS {
        // In units of compute cuts that leave too many are not the only ones: a lower sparsity has others.
        let fewest;
        ((sparsity, network), fewest) = pair.under(&cuts, Network::new(1.0))?;
        cuts.final_sparsity = sparsity;
        let schedule = planned(sparsity, network)?;
        if schedule.ramp == cuts {
            if fewest.is_some() && options.ramp.unit == Unit::Compute {
                break;
            }
            pair.check(fewest)?;
            return Ok(SparseTwin {
                initial_params: pair.fixed + network.prunable,
                average_params: dense_params,
                final_params: pair.fixed + network.prunable * (1.0 - sparsity),
                fixed_params: pair.fixed,
                sparsity,
                tokens: extent.tokens,
                steps: extent.steps.unwrap_or(1.0) as u64,
                schedule,
            });
        }
        cuts = schedule.ramp;
    }
    let (every, Ramp { start, end, .. }) = (options.every, cuts);
    let problem = format!(
        "cuts {every} steps apart do not settle, near steps {start} to {end} and a sparsity of {sparsity:.4}"
    );
    let remedy = "give another `prune_every`, more parameters at the end, or the ramp in fractions of the tokens (`prune_unit=fraction`)";
    Err(Error::unanswerable("sparse twin", problem, remedy))
}

impl Ensemble {
    /// When to prune the sparse run that replaces a dense one: the window and the shape of least loss among runs of one N̄, D and
    /// final size, or sparsity. [`BestWindow::of`] makes it the ramp of the options.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, ReadOptions, Sweep, fit_scaling_law, law::schedule};
    /// use nbar::answer::{TwinOptions, Wanted, sparse_twin};
    /// # let sweep = Sweep::from_path_with("data/journey.csv", &ReadOptions::default().with_filter("lr_floor=0"))?;
    /// # let options = FitOptions::default().with_law(std::sync::Arc::new(schedule()));
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &options)?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(20))?;
    /// let (extent, wanted) = (nbar::Extent::of_steps(6.5e7, 4096.0), Wanted::FinalParams(4e5));
    /// let mut options = TwinOptions::default();
    /// let best = ensemble.twin_window(8e5, extent, wanted, &options, None)?;
    /// assert!(best.start.estimate <= best.end.estimate);
    /// options.ramp = best.of(&options.ramp);
    /// assert!(sparse_twin(8e5, extent, wanted, &options).is_ok());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`sparse_twin`]; when the law does not know when parameters are removed, or the answer rests on parameters that the
    /// sweep does not identify.
    pub fn twin_window(
        &self,
        dense_params: f64,
        extent: Extent,
        wanted: Wanted,
        options: &TwinOptions,
        unique_tokens: Option<f64>,
    ) -> Result<BestWindow> {
        check(dense_params, wanted, options)?;
        let pair = Pair { dense_params, extent, wanted, fixed: options.fixed_params };
        // What ends before the first whole step is no pruning of this run.
        let first = extent
            .steps
            .filter(|_| options.best_window)
            .map_or(0.0, |steps| options.every.max(1) as f64 / steps);
        let along = |ramp: &Ramp| {
            if ramp.unit == Unit::Fraction && ramp.end < first {
                return Ok(None);
            }
            let Ok((sparsity, network)) = pair.smooth(ramp) else { return Ok(None) };
            let run = Schedule::from(to(sparsity, ramp)).trajectory(network, extent);
            Ok(run.ok().map(|run| (run, sparsity)))
        };
        let choice = Choice { window: options.best_window, shape: options.best_shape, usual: &options.ramp };
        self.window_of(&choice, &along, unique_tokens)
    }
}

/// What is given.
#[derive(Debug, Clone, Copy)]
struct Pair {
    dense_params: f64,
    extent: Extent,
    wanted: Wanted,
    fixed: f64,
}

impl Pair {
    /// The sparsity and the network under a ramp that is as smooth as it may be: where to look for cuts.
    fn smooth(&self, ramp: &Ramp) -> Result<(f64, Network)> {
        let ramp = Ramp { every: None, ..ramp.clone() };
        let network = Network::new(self.dense_params - self.fixed).with_fixed(self.fixed);
        let (mut found, mut fewest) = self.under(&ramp, network)?;
        // In units of compute the ramp's place depends on the share of the parameters that can be pruned.
        for _ in 0..if self.fixed > 0.0 { SMOOTH_ROUNDS } else { 0 } {
            (found, fewest) = self.under(&ramp, found.1)?;
        }
        self.check(fewest)?;
        Ok(found)
    }

    /// Refuses a wish for fewer parameters at the end than these.
    fn check(&self, fewest: Option<f64>) -> Result<()> {
        let (Some(fewest), Wanted::FinalParams(last)) = (fewest, self.wanted) else { return Ok(()) };
        let problem = format!(
            "this schedule cannot end at {last} parameters: with {} on average {} are the fewest",
            self.dense_params,
            fewest.ceil()
        );
        Err(Error::unanswerable("sparse twin", problem, "ask for more `final_params`, or prune later"))
    }

    /// The sparsity to which a ramp has to prune, and the network that has the dense run's N as its N̄ then; the ramp being where it is for
    /// a network like this one. Where all leave more than is wanted, the most, and the fewest that it leaves.
    fn under(&self, ramp: &Ramp, like: Network) -> Result<((f64, Network), Option<f64>)> {
        let Self { dense_params, wanted, fixed, .. } = *self;
        let mut fewest = None;
        let density = |sparsity: f64| self.average_density(&to(sparsity, ramp), like);
        let sparsity = match wanted {
            Wanted::Sparsity(sparsity) => sparsity,
            Wanted::FinalParams(last) => {
                let opening = 1.0 - ramp.initial_sparsity;
                let sparsity = |ln_ratio: f64| (1.0 - opening * (-ln_ratio).exp()).max(ramp.initial_sparsity);
                // N_final over N̄, of the parameters that can be pruned: it falls as the sparsity rises.
                let left = |sparsity: f64| Ok::<_, Error>((1.0 - sparsity) / density(sparsity)?);
                let most = (opening / (1.0 - MOST_SPARSE)).ln().max(0.0);
                let least = fixed + (dense_params - fixed) * left(sparsity(most))?;
                fewest = (!(last >= least)).then_some(least);
                let wanted = (last - fixed) / (dense_params - fixed);
                let over =
                    |ln_ratio: f64| left(sparsity(ln_ratio)).map_or(f64::NAN, |left| (wanted / left).ln());
                sparsity(increasing_root(0.0, most, over))
            }
        };
        let prunable = (dense_params - fixed) / density(sparsity)?;
        Ok(((sparsity, Network { prunable, fixed }), fewest))
    }

    /// The mean density of the parameters that can be pruned.
    fn average_density(&self, ramp: &Ramp, network: Network) -> Result<f64> {
        let trajectory = Schedule::from(ramp.clone()).trajectory(network, self.extent)?;
        Ok((trajectory.average_params() - network.fixed) / network.prunable)
    }
}

fn to(sparsity: f64, ramp: &Ramp) -> Ramp {
    Ramp { final_sparsity: sparsity, ..ramp.clone() }
}

fn check(dense_params: f64, wanted: Wanted, options: &TwinOptions) -> Result<()> {
    let last = match wanted {
        Wanted::FinalParams(last) => last,
        Wanted::Sparsity(_) => dense_params,
    };
    for (name, value) in [("dense_params", dense_params), ("final_params", last)] {
        positive(name, value)?;
    }
    let fixed = options.fixed_params;
    if !(fixed >= 0.0 && fixed < last) {
        let problem = format!("is not from 0 to below {last}, the parameters at the end");
        return Err(Error::value("fixed_params", fixed, &problem, "give fewer, or more at the end"));
    }
    if let Wanted::FinalParams(last) = wanted
        && last >= dense_params
    {
        let problem =
            format!("{last} parameters at the end are no fewer than the {dense_params} of the dense run");
        return Err(Error::unanswerable("sparse twin", problem, "ask for fewer `final_params`"));
    }
    Schedule::from(to(options.ramp.initial_sparsity, &options.ramp)).validate()
}
