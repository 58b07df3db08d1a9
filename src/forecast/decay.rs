//! How the learning rate of a run falls, and how the loss follows it.

use super::ForecastOptions;
use crate::schedule::decay::{Decay, DecayShape};
use crate::{Result, Run, Sweep};

/// Places of a run at which the learning rate is taken.
const PLACES: usize = 300;

/// Whether anything says how the learning rate falls.
pub(super) fn is_told(sweep: &Sweep, options: &ForecastOptions) -> bool {
    let given = options.lr_schedule.is_some()
        || [options.lr_floor, options.lr_warmup, options.lr_decay].iter().any(Option::is_some);
    given
        || sweep.mapping().iter().any(|mapping| mapping.field.starts_with("lr_"))
        || sweep.runs().iter().any(|run| run.decay() != Decay::default())
}

/// The run's own, with what the options say in its place.
///
/// # Errors
/// When the parts do not fit together.
pub(super) fn decay_of(run: &Run, options: &ForecastOptions) -> Result<Decay> {
    let own = run.decay();
    let (name, share) = match own.shape {
        DecayShape::Constant => ("constant", None),
        DecayShape::Cosine => ("cosine", None),
        DecayShape::Linear => ("linear", None),
        DecayShape::Wsd(share) => ("wsd", Some(share)),
    };
    Decay::new(
        Some(options.lr_schedule.as_deref().unwrap_or(name)),
        options.lr_floor.unwrap_or(own.floor),
        options.lr_warmup.unwrap_or(own.warmup),
        options.lr_decay.or(share),
    )
}

/// The learning rate of a run, prepared for [`Followed::at`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Followed {
    shares: Vec<f64>,
    /// ln of the rate.
    ln_rate: Vec<f64>,
    /// Learning from one place to the next, in tokens at the peak rate.
    learning: Vec<f64>,
    /// Shares of the run that are asked for.
    asked: Vec<f64>,
}

impl Followed {
    pub(super) fn new(decay: &Decay, planned: f64, asked: Vec<f64>) -> Self {
        let place = |k: usize| decay.warmup + (1.0 - decay.warmup) * k as f64 / PLACES as f64;
        let shares: Vec<f64> = (0..=PLACES).map(place).collect();
        let ln_rate = shares.iter().map(|x| decay.rate(*x).max(1e-9).ln()).collect();
        let learning =
            shares.windows(2).map(|pair| planned * (decay.ahead(pair[0]) - decay.ahead(pair[1]))).collect();
        Self { shares, ln_rate, learning, asked }
    }

    /// What the loss has in it of the learning rate: η^power, which it follows over `memory` tokens at the peak rate.
    pub(super) fn at(&self, power: f64, memory: f64) -> Vec<f64> {
        let mut followed = Vec::with_capacity(self.shares.len());
        let (mut value, mut before) = (1.0, 1.0);
        followed.push(value);
        for (ln_rate, learning) in self.ln_rate[1..].iter().zip(&self.learning) {
            let (rate, kept) = ((power * ln_rate).exp(), (-learning / memory).exp());
            value = value * kept + (1.0 - kept) * 0.5 * (before + rate);
            followed.push(value);
            before = rate;
        }
        let first = self.shares[0];
        let width = (1.0 - first) / PLACES as f64;
        let between = |share: &f64| {
            let place = ((share - first) / width).clamp(0.0, PLACES as f64);
            let k = (place as usize).min(PLACES - 1);
            followed[k] + (place - k as f64) * (followed[k + 1] - followed[k])
        };
        self.asked.iter().map(between).collect()
    }
}
