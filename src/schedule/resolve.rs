//! Validation of schedules, and their resolution for one network and one run.

use super::checks::{
    check, check_count, check_position, check_positive, check_rise, check_sparsity, check_tokens, within,
};
use super::curve::Curve;
use super::outline::Outline;
use super::{BatchRamp, Extent, MAX_CUTS, Network, Ramp, Schedule, Shape, Staircase, Trajectory, Unit};
use crate::{Error, Result};

impl Schedule {
    /// Checks all that can be checked without knowing the run: sparsities in [0, 1), a ramp that rises,
    /// that ends after it starts and is a multiple of `every`, cuts in order.
    ///
    /// ```
    /// use nbar::schedule::{Ramp, Schedule, Shape, Unit};
    /// let percent = Schedule::from(Ramp::new(Shape::Cubic, 80.0, 0.25, 0.75, Unit::Fraction));
    /// assert!(percent.validate().unwrap_err().to_string().contains("`final_sparsity` 80 is not"));
    /// ```
    ///
    /// # Errors
    /// [`Error::Schedule`], and [`Error::Dialect`] for a tool's.
    pub fn validate(&self) -> Result<()> {
        match self {
            Schedule::Dense => Ok(()),
            Schedule::Constant { sparsity } => check_sparsity("final_sparsity", *sparsity),
            Schedule::Ramp(ramp) => ramp.validate(),
            Schedule::Staircase(staircase) => staircase.validate(),
            Schedule::Tool(dialect) => dialect.validate(),
        }
    }

    /// Resolves the schedule for one network and one run.
    ///
    /// ```
    /// use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
    ///
    /// // Half of the compute is spent while pruning; in tokens the ramp comes earlier.
    /// let ramp = Ramp::new(Shape::Geometric, 0.8, 0.25, 0.75, Unit::Compute);
    /// let trajectory = Schedule::from(ramp).trajectory(Network::new(1e9), Extent::new(1e11))?;
    /// let (start, end) = trajectory.pruning_tokens().unwrap();
    /// assert_eq!((start / 1e9).round(), 10.0);
    /// assert_eq!((end / 1e9).round(), 50.0);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate), and [`Error::Schedule`] for a schedule that goes on after the run's end.
    /// [`Error::Value`] for a network or an extent that is not of positive, finite numbers. [`Error::MissingInput`] for a
    /// schedule in steps where the extent has none.
    pub fn trajectory(&self, network: Network, extent: Extent) -> Result<Trajectory> {
        self.resolve(network, extent, None)
    }

    /// Resolves the schedule, steps put on the axis of tokens by `batches` if they are given.
    pub(super) fn resolve(
        &self,
        network: Network,
        extent: Extent,
        batches: Option<&BatchRamp>,
    ) -> Result<Trajectory> {
        network.validate()?;
        extent.validate()?;
        self.validate()?;
        let count = |sparsity: f64| network.fixed + network.prunable * (1.0 - sparsity);
        let held = |sparsity| Outline::new(network, count(sparsity), 1.0);
        let (outline, unit) = match self {
            Schedule::Tool(dialect) => return dialect.schedule(extent)?.resolve(network, extent, batches),
            Schedule::Dense => (held(0.0), Unit::Fraction),
            Schedule::Constant { sparsity } => (held(*sparsity), Unit::Fraction),
            Schedule::Ramp(ramp) => (ramp.outline(network, ramp.unit.length(&extent)?)?, ramp.unit),
            Schedule::Staircase(stairs) => {
                let length = stairs.unit.length(&extent)?;
                let mut outline = Outline::new(network, count(stairs.initial_sparsity), length);
                for &(position, sparsity) in &stairs.cuts {
                    outline.cut(within("the cut at", position, length, stairs.unit)?, count(sparsity));
                }
                (outline, stairs.unit)
            }
        };
        outline.into_tokens(unit, extent.tokens, batches)
    }
}

impl Ramp {
    fn validate(&self) -> Result<()> {
        check_sparsity("initial_sparsity", self.initial_sparsity)?;
        check_sparsity("final_sparsity", self.final_sparsity)?;
        check_rise(self.initial_sparsity, self.final_sparsity)?;
        check_position("prune_start", self.start)?;
        check_position("prune_end", self.end)?;
        check(self.end >= self.start, || {
            let problem = format!("is before `prune_start` {}", self.start);
            Error::schedule("prune_end", self.end, &problem, "swap them")
        })?;
        if let Shape::Polynomial { power } = self.shape {
            check_positive("prune_power", power, "write 1 for linear, 3 for cubic")?;
        }
        if let Some(every) = self.every {
            check_positive("prune_every", every, "leave it out for a smooth ramp")?;
        }
        self.intervals().map(drop)
    }

    fn outline(&self, network: Network, length: f64) -> Result<Outline> {
        let curve = Curve::new(self, network);
        let level = |sparsity: f64| network.fixed + network.prunable * (1.0 - sparsity);
        let start = within("prune_start", self.start, length, self.unit)?;
        let end = within("prune_end", self.end, length, self.unit)?;
        let mut outline = Outline::new(network, level(self.initial_sparsity), length);
        match self.intervals()? {
            None if start == end || self.every.is_some() => outline.cut(start, level(self.final_sparsity)),
            None => outline.ramp(start, end, curve, level(self.final_sparsity)),
            Some(n) => {
                // Of the geometric K = n + 1 cuts the first falls at the start; of the others' n, after it.
                let cuts = if self.shape == Shape::Geometric { n + 1 } else { n };
                for cut in 1..cuts {
                    let interval = cut + n - cuts;
                    let position = start + (end - start) * interval as f64 / n as f64;
                    outline.cut(position, curve.params((cuts - cut) as f64 / cuts as f64));
                }
                outline.cut(end, level(self.final_sparsity));
            }
        }
        Ok(outline)
    }
}

impl Staircase {
    fn validate(&self) -> Result<()> {
        check_sparsity("initial_sparsity", self.initial_sparsity)?;
        check(self.cuts.len() <= MAX_CUTS, || {
            let remedy = "merge cuts, or give a smooth ramp";
            Error::schedule("the", self.cuts.len(), "cuts are more than 10 million", remedy)
        })?;
        let mut before = f64::NEG_INFINITY;
        for &(position, sparsity) in &self.cuts {
            check_position("the cut at", position)?;
            check_sparsity("a cut to sparsity", sparsity)?;
            check(position > before, || {
                let problem = "is not after the one before it";
                Error::schedule(
                    "the cut at",
                    position,
                    problem,
                    "sort the cuts, and keep one at each position",
                )
            })?;
            before = position;
        }
        Ok(())
    }
}

impl Network {
    fn validate(&self) -> Result<()> {
        check_count("params", self.prunable)?;
        check_count("fixed_params", self.fixed)?;
        let (sum, problem) = (self.prunable + self.fixed, "is not a positive, finite number");
        check(sum > 0.0 && sum.is_finite(), || {
            Error::value("params", sum, problem, "give the parameters before pruning")
        })
    }
}

impl Extent {
    fn validate(&self) -> Result<()> {
        check_tokens(self.tokens)?;
        let steps = self.steps.unwrap_or(1.0);
        check(steps.is_finite() && steps >= 1.0, || {
            let problem = "is not a number of steps, at least 1";
            Error::value("steps", steps, problem, "leave it out if it is not known")
        })
    }

    /// Steps, for what counts them.
    pub(crate) fn known_steps(&self) -> Result<f64> {
        let remedy = "give its `steps`, or the schedule in tokens or fractions";
        self.steps.ok_or_else(|| {
            Error::missing("a schedule in steps", "the run's number of steps", "is not known", remedy)
        })
    }
}
