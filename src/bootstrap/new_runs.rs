//! How the learning rate of runs falls that have not been trained.

use std::borrow::Cow;

use super::Ensemble;
use crate::fit::Fit;
use crate::law::Input;
use crate::schedule::decay::{Decay, DecayShape};
use crate::{Error, Result, Trajectory};

impl Ensemble {
    /// Answers for runs whose learning rate falls so: constant, cosine, linear or wsd, down to `floor` of its peak, after a warm-up of
    /// this share of the run; `decay` is the share over which wsd falls. Without it a cosine to 0 is assumed, without warm-up. A saved fit does not
    /// keep it: say it again of one that is loaded.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use nbar::{Ensemble, Extent, Fit, Network, Schedule, law::by_name, predict::NewRun, schedule::Unit};
    /// let constants = [("E", 0.7), ("A", 50.0), ("B", 1000.0), ("C", 50.0), ("alpha", 0.4), ("beta", 0.5), ("p", 1.0)];
    /// let ensemble = Ensemble::without_draws(Fit::of_constants(by_name("schedule")?, &constants)?);
    /// let cut = Schedule::one_shot(0.75, 0.9, Unit::Fraction);
    /// let run = NewRun::new(cut.trajectory(Network::new(1e6), Extent::new(1e8))?);
    /// let to_zero = ensemble.predict_run(&run)?.loss.estimate;
    /// // What is left of the learning rate heals a late cut.
    /// let to_a_tenth = ensemble.with_lr_schedule("cosine", 0.1, 0.0, None)?;
    /// assert!(to_a_tenth.predict_run(&run)?.loss.estimate < to_zero);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the law does not read it, the name is not known, `decay` is given without wsd, or the shares do not fit into a run.
    pub fn with_lr_schedule(
        mut self,
        schedule: &str,
        floor: f64,
        warmup: f64,
        decay: Option<f64>,
    ) -> Result<Self> {
        let law = self.fit.law().spec();
        if !law.inputs.contains(&Input::Unhealed) {
            let problem =
                format!("says how the learning rate falls, which the {} law does not read", law.name);
            let shares = [("lr_floor", Some(floor)), ("lr_warmup", Some(warmup)), ("lr_decay", decay)];
            let given =
                shares.iter().find_map(|(name, share)| Some((*name, share.filter(|share| *share > 0.0)?)));
            let remedy = "leave it out, or fit `law=schedule`";
            return Err(match given {
                Some((name, share)) => Error::option(name, share, &problem, remedy),
                None => Error::option("lr_schedule", schedule, &problem, remedy),
            });
        }
        let new_runs = Decay::new(Some(schedule), floor, warmup, decay)?;
        if let (Some(share), false) = (decay, matches!(new_runs.shape, DecayShape::Wsd(_))) {
            let remedy = "leave it out, or give `lr_schedule=wsd`";
            return Err(Error::option("lr_decay", share, "has no effect but for wsd", remedy));
        }
        if schedule == "constant" && floor != 0.0 {
            return Err(Error::option("lr_floor", floor, "has no effect on a constant rate", "leave it out"));
        }
        self.fit.new_runs = Some(new_runs);
        Ok(self)
    }
}

impl Fit {
    /// A run as it will be trained.
    pub(crate) fn as_trained<'a>(&self, run: &'a Trajectory) -> Cow<'a, Trajectory> {
        self.new_runs.map_or(Cow::Borrowed(run), |decay| Cow::Owned(Trajectory { decay, ..run.clone() }))
    }
}
