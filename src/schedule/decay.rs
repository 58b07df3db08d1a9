//! How the learning rate falls over a run, and how much learning that leaves.

use std::f64::consts::PI;

use crate::{Error, Result};

/// The learning rate over a run, over its peak, as a function of the share of the tokens that have passed.
///
/// It rises from 0 along a line for the first `warmup` of the run, and then follows `shape` down to `floor`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Decay {
    pub(crate) shape: DecayShape,
    /// The rate at the end over the peak.
    pub(crate) floor: f64,
    pub(crate) warmup: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum DecayShape {
    Constant,
    Cosine,
    Linear,
    /// Constant, then down along a line over the last share of the run (warm-up, stable, decay).
    Wsd(f64),
}

impl Default for Decay {
    /// What laws assume where nothing is said: half a cosine down to 0, without warm-up.
    fn default() -> Self {
        Self { shape: DecayShape::Cosine, floor: 0.0, warmup: 0.0 }
    }
}

/// What is said of how a learning rate falls, part by part.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) schedule: Option<String>,
    pub(crate) floor: Option<Part>,
    /// The rate at the end; none where it is no number.
    pub(crate) end: Option<f64>,
    pub(crate) warmup: Option<Part>,
    /// Over which wsd falls.
    pub(crate) share: Option<Part>,
    /// Why the planned end of the run cannot be read.
    pub(crate) unread_plan: Option<Box<str>>,
}

/// A share, or why it cannot be read.
pub(crate) type Part = std::result::Result<f64, Box<str>>;

impl Decay {
    /// The decay of this name: nbar's own or that of a trainer's config. A cosine without one.
    ///
    /// # Errors
    /// For a name that is not known, `wsd` without the share over which it falls, and shares that do not fit into the run.
    pub(crate) fn new(schedule: Option<&str>, floor: f64, warmup: f64, share: Option<f64>) -> Result<Self> {
        let word = schedule.map(str::to_lowercase);
        // So Python prints a member of an enumeration.
        let word = word.as_deref().map(|word| word.strip_prefix("schedulertype.").unwrap_or(word));
        let shape = match word {
            None | Some("cosine" | "cosine_with_min_lr") => DecayShape::Cosine,
            Some("constant" | "constant_with_warmup") => DecayShape::Constant,
            Some("linear") => DecayShape::Linear,
            Some("wsd" | "warmup_stable_decay") => {
                let missing = || {
                    let remedy = "give the share of the run over which the rate falls as `lr_decay`";
                    Error::missing("lr_schedule 'wsd'", "its decay", "is not given", remedy)
                };
                DecayShape::Wsd(share.ok_or_else(missing)?)
            }
            Some(other) => {
                let problem = "is not known";
                let remedy = "choose one of constant, cosine, linear, wsd";
                return Err(Error::value("lr_schedule", format!("'{other}'"), problem, remedy));
            }
        };
        let fall = if let DecayShape::Wsd(share) = shape { share } else { 0.0 };
        if fall == 0.0 && matches!(shape, DecayShape::Wsd(_)) {
            let remedy = "give a share of the run above 0, or `lr_schedule=constant`";
            return Err(Error::value("lr_decay", fall, "leaves wsd no decay", remedy));
        }
        for (name, value) in [("lr_floor", floor), ("lr_warmup", warmup), ("lr_decay", share.unwrap_or(0.0))]
        {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::value(name, value, "is no share", "give it from 0 to 1"));
            }
        }
        if warmup + fall > 1.0 || warmup == 1.0 {
            let problem = match fall {
                0.0 => "leaves no run after it".to_owned(),
                fall => format!(
                    "and a decay over {fall} of the run (`lr_decay`) overlap, or leave no run between them"
                ),
            };
            let remedy = "give shares of the run that add up to 1 at most";
            return Err(Error::value("lr_warmup", warmup, &problem, remedy));
        }
        Ok(Self { shape, floor, warmup })
    }

    /// Where the decay starts and how long it lasts, in shares of the run.
    fn fall(&self) -> (f64, f64) {
        match self.shape {
            DecayShape::Wsd(share) => (1.0 - share, share),
            _ => (self.warmup, 1.0 - self.warmup),
        }
    }

    /// Places where the rate is not smooth.
    pub(crate) fn kinks(&self) -> [f64; 2] {
        [self.warmup, self.fall().0]
    }

    /// The rate over its peak, at this share of the run.
    pub(crate) fn rate(&self, at: f64) -> f64 {
        let (start, length) = self.fall();
        if at < self.warmup {
            return at / self.warmup;
        }
        // What is left of the decay.
        let left = ((1.0 - at) / length).clamp(0.0, 1.0);
        let falling = match self.shape {
            _ if at <= start => 1.0,
            DecayShape::Constant => return 1.0,
            DecayShape::Cosine => (0.5 * PI * left).sin().powi(2),
            DecayShape::Linear | DecayShape::Wsd(_) => left,
        };
        self.floor + (1.0 - self.floor) * falling
    }

    /// The integral of the rate from this share of the run to its end: the learning that is ahead, of which a run at its peak rate
    /// throughout has 1.
    pub(crate) fn ahead(&self, at: f64) -> f64 {
        let (start, length) = self.fall();
        let from = at.clamp(self.warmup, 1.0);
        let rising = if at < self.warmup { 0.5 * (self.warmup - at * at / self.warmup) } else { 0.0 };
        let left = ((1.0 - from) / length).clamp(0.0, 1.0);
        let falling = match self.shape {
            DecayShape::Constant => return rising + (1.0 - from),
            DecayShape::Cosine => 0.5 * (left - (PI * left).sin() / PI),
            DecayShape::Linear | DecayShape::Wsd(_) => 0.5 * left * left,
        };
        let stable = (start - from).max(0.0);
        rising + stable + length * (self.floor * left + (1.0 - self.floor) * falling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::quadrature;

    #[test]
    fn learning_ahead_is_the_integral_of_the_rate() {
        for shape in [DecayShape::Constant, DecayShape::Cosine, DecayShape::Linear, DecayShape::Wsd(0.2)] {
            for (floor, warmup) in [(0.0, 0.0), (0.1, 0.02)] {
                let decay = Decay { shape, floor, warmup };
                for from in [0.0, 0.01, 0.3, 0.85, 1.0] {
                    let mut knots: Vec<f64> = decay.kinks().into_iter().filter(|kink| *kink > from).collect();
                    knots.extend([from, 1.0]);
                    knots.sort_by(f64::total_cmp);
                    let panel = |ends: &[f64]| {
                        let nodes = quadrature::nodes(ends[0], ends[1]);
                        nodes.map(|(x, weight)| weight * decay.rate(x)).sum::<f64>()
                    };
                    let expected: f64 = knots.windows(2).map(panel).sum();
                    let found = decay.ahead(from);
                    assert!(
                        (found - expected).abs() < 1e-14,
                        "{decay:?} from {from}: {found}, not {expected}"
                    );
                }
            }
        }
    }
}
