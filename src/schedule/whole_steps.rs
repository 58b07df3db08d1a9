//! Schedules in whole steps.

use serde::{Deserialize, Serialize};

use super::{Extent, Network, Ramp, Schedule, Unit};
use crate::{Error, Result};

/// Relative excess of `every` over the length of the ramp that is taken for rounding.
const ROUNDING: f64 = 1e-9;

/// A ramp in whole steps, to be pasted into a configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedSchedule {
    /// The schedule itself, in steps.
    pub ramp: Ramp,
    /// Step of the first cut.
    pub start_step: u64,
    /// Step of the last.
    pub end_step: u64,
    /// Steps between cuts; 0 for a single cut.
    pub every_steps: u64,
    /// Tokens trained on before `start_step`.
    pub start_tokens: f64,
    /// Tokens trained on before `end_step`.
    pub end_tokens: f64,
    /// Tokens between cuts.
    pub every_tokens: f64,
    /// Where it was asked to start, in steps.
    pub asked_start_step: f64,
    /// Where it was asked to end, in steps.
    pub asked_end_step: f64,
}

impl PlannedSchedule {
    /// The ramp in whole steps: it starts and ends at the multiples of `every` nearest to where it is asked to, and cuts at the
    /// multiples between; a single cut is at the nearest step.
    ///
    /// ```
    /// use nbar::schedule::{Extent, Network, PlannedSchedule, Ramp, Shape, Unit};
    /// // 25 to 75 % of the compute is steps 2499.1 to 12554.5; Jin et al. (2025) pruned from 2500 to 12600.
    /// let ramp = Ramp::new(Shape::Geometric, 0.8, 0.25, 0.75, Unit::Compute);
    /// let extent = Extent::new(200.4e9).with_steps(25_050.0);
    /// let planned = PlannedSchedule::of_run(&ramp, Network::new(1e9), extent, 100)?;
    /// assert_eq!((planned.start_step, planned.end_step, planned.every_steps), (2500, 12_600, 100));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the ramp is not possible, does not prune, or is too short for two cuts `every` steps apart. When the run's
    /// steps are not known or not whole.
    pub fn of_run(ramp: &Ramp, network: Network, extent: Extent, every: u64) -> Result<Self> {
        let steps = extent.known_steps()?;
        if !(steps >= 1.0 && steps.fract() == 0.0) {
            let problem = "is not a whole number of steps, at least 1";
            return Err(Error::value("steps", steps, problem, "round it"));
        }
        let step_tokens = extent.tokens / steps;
        let mut ramp = ramp.clone();
        if ramp.unit == Unit::Token {
            (ramp.start, ramp.end, ramp.unit) =
                (ramp.start / step_tokens, ramp.end / step_tokens, Unit::Step);
        }
        let [asked_start_step, asked_end_step] = asked(&ramp, network, steps)?;
        if every == 0 {
            return Err(Error::value(
                "prune_every",
                0,
                "is no distance between cuts",
                "give at least 1 step",
            ));
        }
        let ramp = held(&ramp, [asked_start_step, asked_end_step], steps, every)?;
        let every = ramp.every.unwrap_or(0.0);
        Ok(Self {
            start_step: ramp.start as u64,
            end_step: ramp.end as u64,
            every_steps: every as u64,
            start_tokens: ramp.start * step_tokens,
            end_tokens: ramp.end * step_tokens,
            every_tokens: every * step_tokens,
            ramp,
            asked_start_step,
            asked_end_step,
        })
    }
}

impl PlannedSchedule {
    /// The same steps in a run of another length, in which `ramp` is asked for; none if they have no room there.
    pub(crate) fn in_length(&self, ramp: &Ramp, extent: Extent) -> Option<Self> {
        let steps = extent.steps?;
        let [asked_start_step, asked_end_step] = asked(ramp, Network::new(1.0), steps).ok()?;
        (self.ramp.end <= steps).then(|| Self { asked_start_step, asked_end_step, ..self.clone() })
    }

    /// How far the ramp starts and ends from where it is asked to, in steps, the farther of both.
    pub(crate) fn off(&self) -> f64 {
        (self.ramp.start - self.asked_start_step).abs().max((self.ramp.end - self.asked_end_step).abs())
    }
}

/// Where the ramp starts and ends, in steps, if it were smooth.
fn asked(ramp: &Ramp, network: Network, steps: f64) -> Result<[f64; 2]> {
    let smooth = Ramp { every: None, ..ramp.clone() };
    let extent = Extent::new(steps).with_steps(steps);
    let trajectory = Schedule::from(smooth).trajectory(network, extent)?;
    trajectory.pruning_tokens().map(|(start, end)| [start, end]).ok_or_else(|| {
        let problem = format!("the ramp to sparsity {} prunes nothing", ramp.final_sparsity);
        Error::unanswerable("whole steps", problem, "give a final sparsity above the initial one")
    })
}

fn held(ramp: &Ramp, [start, end]: [f64; 2], steps: f64, every: u64) -> Result<Ramp> {
    let every = every as f64;
    let last = (steps / every).floor();
    let nearest = |step: f64| (step / every).round().min(last) * every;
    let in_steps = Ramp { start: nearest(start), end: nearest(end), unit: Unit::Step, ..ramp.clone() };
    if start == end {
        let at = start.round().min(steps);
        return Ok(Ramp { start: at, end: at, every: None, ..in_steps });
    }
    // Of a ramp that is shorter than that there would be little left, wherever it went.
    if (end - start) * (1.0 + ROUNDING) < every || in_steps.start == in_steps.end {
        let problem =
            format!("two cuts {every} steps apart have no room from step {start:.1} to {end:.1} of {steps}");
        let remedy = match every > 1.0 {
            true => "give a smaller `prune_every`, or fewer tokens a step (`tokens_per_step`)",
            false => "give fewer tokens a step (`tokens_per_step`)",
        };
        return Err(Error::unanswerable("whole steps", problem, remedy));
    }
    Ok(in_steps.with_every(every))
}
