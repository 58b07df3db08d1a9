//! How the learning rate of a run falls, and how the loss follows it.

use super::{Annealing, ForecastOptions};
use crate::error::Location;
use crate::schedule::decay::{Decay, DecayShape, Part, Said};
use crate::{Error, Result, Run};

/// Places of a run at which the learning rate is taken.
const PLACES: usize = 300;
/// Places that are one fall of the multi-power law.
const TOGETHER: usize = 5;

/// The share of a run after which its warm-up is over.
const LATE: f64 = 0.1;
/// A rate below this share of its peak tells where it is going: a floor of .1 is then off by 1.5 % of the peak and more.
const FALLEN: f64 = 0.85;
/// Two ends of a rate that differ by less than this, relatively, are one: they may be rounded to one digit.
const SAME_END: f64 = 0.2;

/// Whether anything says how the learning rate of a run falls.
pub(super) fn is_told(run: &Run, options: &ForecastOptions) -> bool {
    options.lr_schedule.is_some() || run.said_of_decay().is_some_and(|said| said.schedule.is_some())
}

/// The run's own, with what the options say in its place.
///
/// # Errors
/// When a part cannot be read, or the parts do not fit together.
pub(super) fn decay_of(run: &Run, options: &ForecastOptions) -> Result<Decay> {
    let nothing = Said::default();
    let said = run.said_of_decay().unwrap_or(&nothing);
    let name = options.lr_schedule.as_deref().or(said.schedule.as_deref());
    let floor = run.floor_by_end().map(Ok).or_else(|| said.floor.clone());
    let part = |field: &str, given: Option<f64>, said: &Option<Part>| match (given, said) {
        (Some(given), _) => Ok(Some(given)),
        (None, Some(Err(why))) => {
            let problem = format!("the learning rate of run '{}' cannot be read: {why}", run.id());
            Err(Error::unanswerable("forecast", problem, format!("or give `{field}` in its place")))
        }
        (None, said) => Ok(said.as_ref().and_then(|said| said.as_ref().ok().copied())),
    };
    let falls = name.is_none_or(|name| !name.to_lowercase().starts_with("constant"));
    if falls
        && options.lr_floor.is_none()
        && let (Some(Ok(told)), Some(by_rates)) = (&said.floor, run.end_over_peak())
        && by_rates > 0.0
        && (told - by_rates).abs() > SAME_END * told.max(by_rates)
    {
        let problem = format!(
            "the learning rate of run '{}' ends at {told} of its peak as lr_floor says, and at {by_rates:.3} of it by its rates, which fall to lr_end (min_lr)",
            run.id()
        );
        return Err(Error::unanswerable("forecast", problem, "mend one of them, or give `lr_floor`"));
    }
    let decay = Decay::new(
        name,
        part("lr_floor", options.lr_floor, &floor)?.unwrap_or(0.0),
        part("lr_warmup", options.lr_warmup, &said.warmup)?.unwrap_or(0.0),
        part("lr_decay", options.lr_decay, &said.share)?,
    );
    decay.map_err(|error| match of_column(error, options) {
        option @ Error::Option { .. } => option,
        other => Location::default().run(run.id()).blame(other),
    })
}

/// A part that no option gives is a column's.
fn of_column(error: Error, options: &ForecastOptions) -> Error {
    let given = |field: &str| match field {
        "lr_schedule" => options.lr_schedule.clone(),
        "lr_floor" => options.lr_floor.map(|value| value.to_string()),
        "lr_warmup" => options.lr_warmup.map(|value| value.to_string()),
        _ => options.lr_decay.map(|value| value.to_string()),
    };
    let Error::Value { field, problem, remedy } = error else { return error };
    match given(&field) {
        Some(value) => Error::Option { field, value: value.into(), problem, remedy },
        None => {
            let problem = problem.replacen(&format!("`{field}`"), &format!("column `{field}`"), 1).into();
            Error::Value { field, problem, remedy }
        }
    }
}

/// Whether it is said where the learning rate of a run ends.
pub(super) fn is_end_said(run: &Run, options: &ForecastOptions) -> bool {
    let said = || run.said_of_decay().is_some_and(|said| said.floor.is_some());
    options.lr_floor.is_some() || said() || run.floor_by_end().is_some()
}

/// Whether its rows bear out where it ends: rates that fall and are those of its decay do.
pub(super) fn is_end_seen(run: &Run, decay: &Decay, planned: f64) -> bool {
    decay.shape == DecayShape::Constant
        || late_rates(run, planned).any(|(at, _)| decay.rate(at) < FALLEN) && !is_one_rate(run, planned)
}

/// The learning rates of a run after its warm-up, of which nothing may be said, each with the share of the run.
fn late_rates(run: &Run, planned: f64) -> impl Iterator<Item = (f64, f64)> {
    let late = run.learning_rates_at().filter(move |(tokens, _)| *tokens > LATE * planned);
    late.map(move |(tokens, rate)| ((tokens / planned).min(1.0), rate))
}

/// Whether they are the same on all rows, as a peak is that each row names.
fn is_one_rate(run: &Run, planned: f64) -> bool {
    let mut rates = late_rates(run, planned).map(|(_, rate)| rate);
    rates.next().is_none_or(|first| rates.all(|rate| rate == first))
}

/// Whether the learning rates of a run's rows, where they change, are those that its decay says, to 1.5 % of the peak and the digits that they have.
/// One that is the same on all rows may be the peak's.
pub(super) fn is_followed(run: &Run, decay: &Decay, planned: f64) -> bool {
    const NEAR: f64 = 0.015;
    const DIGITS: i32 = 9;
    const ROUNDED: f64 = 1e-6;
    if is_one_rate(run, planned) {
        return true;
    }
    let pairs: Vec<(f64, f64)> =
        late_rates(run, planned).map(|(share, rate)| (decay.rate(share), rate)).collect();
    let is_last =
        |digit: &f64| pairs.iter().all(|(_, rate)| (rate / digit - (rate / digit).round()).abs() < ROUNDED);
    let digit = (1..=DIGITS).map(|place| 10f64.powi(-place)).find(is_last).unwrap_or(0.0);
    let sum = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let peak = sum(|(said, rate)| said * rate) / sum(|(said, _)| said * said);
    pairs.iter().all(|(said, rate)| (rate - peak * said).abs() <= NEAR * peak + 0.5 * digit)
}

/// Refuses an option that changes nothing.
///
/// # Errors
/// When the share is given over which wsd falls, and no run follows that; or a floor, and every rate is constant.
pub(super) fn check_share(decays: impl Iterator<Item = Decay>, options: &ForecastOptions) -> Result<()> {
    let shapes: Vec<DecayShape> = decays.map(|decay| decay.shape).collect();
    let falls = shapes.iter().any(|shape| !matches!(shape, DecayShape::Constant));
    if let Some(floor) = options.lr_floor.filter(|floor| *floor != 0.0 && !falls) {
        return Err(Error::option("lr_floor", floor, "has no effect on a constant rate", "leave it out"));
    }
    let any = shapes.iter().any(|shape| matches!(shape, DecayShape::Wsd(_)));
    match options.lr_decay.filter(|_| !any) {
        None => Ok(()),
        Some(share) => {
            let remedy = "give `lr_schedule=wsd` too, or leave it out";
            Err(Error::option("lr_decay", share, "has no effect but for wsd", remedy))
        }
    }
}

/// How m follows the learning rate: p or γ, the memory in tokens, and β.
#[derive(Debug, Clone, Copy)]
pub(super) struct Follows {
    pub(super) power: f64,
    pub(super) memory: f64,
    pub(super) fade: f64,
}

/// The learning rate of a run, prepared for [`Followed::at`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Followed {
    planned: f64,
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
        Self { planned, shares, ln_rate, learning, asked }
    }

    /// m at each share that is asked for, `memory` being in tokens.
    pub(super) fn at(&self, annealing: Annealing, of: &Follows) -> Vec<f64> {
        match annealing {
            Annealing::Followed => self.between(&self.followed(of.power, |learning, _| learning / of.memory)),
            Annealing::Tissue => self.between(&self.followed(1.0, |_, tokens| tokens / of.memory)),
            Annealing::MultiPower => self.asked.iter().map(|share| self.multi_power(*share, of)).collect(),
        }
    }

    /// η^power, which is followed as the memory fades: by so much from place to place, of the learning and the tokens between them.
    fn followed(&self, power: f64, fades: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let mut followed = Vec::with_capacity(self.shares.len());
        let (mut value, mut before) = (1.0, 1.0);
        followed.push(value);
        let tokens = self.planned * self.width();
        for (ln_rate, learning) in self.ln_rate[1..].iter().zip(&self.learning) {
            let (rate, kept) = ((power * ln_rate).exp(), (-fades(*learning, tokens)).exp());
            value = value * kept + (1.0 - kept) * 0.5 * (before + rate);
            followed.push(value);
            before = rate;
        }
        followed
    }

    /// 1 - Σ Δη (1 - (1 + η^-γ S/M)^-β), over the falls before a share of the run. A fall between two places counts at the middle of both.
    fn multi_power(&self, share: f64, of: &Follows) -> f64 {
        let place = self.place(share);
        let whole = place as usize;
        let before: f64 = self.learning[..whole].iter().sum();
        let until = before + self.learning.get(whole).map_or(0.0, |next| next * (place - whole as f64));
        let (mut m, mut learned) = (1.0, 0.0);
        // Several places are one, as these take longest.
        for of_some in (0..whole).step_by(TOGETHER) {
            let end = (of_some + TOGETHER).min(whole);
            let fall = self.ln_rate[of_some].exp() - self.ln_rate[end].exp();
            let ahead: f64 = self.learning[of_some..end].iter().sum();
            if fall != 0.0 {
                let rate = 0.5 * (self.ln_rate[of_some] + self.ln_rate[end]);
                let since = (until - learned - 0.5 * ahead) * (-of.power * rate).exp() / of.memory;
                m -= fall * -(-of.fade * since.ln_1p()).exp_m1();
            }
            learned += ahead;
        }
        m
    }

    /// Where a share of the run is among the places.
    fn place(&self, share: f64) -> f64 {
        ((share - self.shares[0]) / self.width()).clamp(0.0, PLACES as f64)
    }

    fn width(&self) -> f64 {
        (1.0 - self.shares[0]) / PLACES as f64
    }

    /// Values at the places, at the shares that are asked for.
    fn between(&self, values: &[f64]) -> Vec<f64> {
        let between = |share: &f64| {
            let place = self.place(*share);
            let k = (place as usize).min(PLACES - 1);
            values[k] + (place - k as f64) * (values[k + 1] - values[k])
        };
        self.asked.iter().map(between).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both other laws summed over 20,000 steps of a cosine to a tenth.
    #[test]
    fn annealing_is_that_of_the_laws_step_by_step() {
        let decay = Decay::new(Some("cosine"), 0.1, 0.0, None).unwrap();
        let asked = vec![0.3, 0.75, 1.0];
        let followed = Followed::new(&decay, 1.0, asked.clone());
        let of = Follows { power: 0.6, memory: 0.05, fade: 0.5 };
        let steps = 20_000;
        let rate = |k: usize| decay.rate(k as f64 / steps as f64);
        for (place, share) in asked.iter().enumerate() {
            let last = (share * steps as f64) as usize;
            let learning: Vec<f64> = (0..=last).map(|k| rate(k) / steps as f64).collect();
            let whole: f64 = learning.iter().sum();
            let (mut before, mut tissue, mut multi) = (0.0, 1.0, 1.0);
            for k in 1..=last {
                before += learning[k - 1];
                let fall = rate(k - 1) - rate(k);
                let since = (last - k) as f64 / steps as f64;
                tissue -= fall * (1.0 - (-since / of.memory).exp());
                let scaled = rate(k).powf(-of.power) * (whole - before) / of.memory;
                multi -= fall * (1.0 - (1.0 + scaled).powf(-of.fade));
            }
            for (annealing, expected) in [(Annealing::Tissue, tissue), (Annealing::MultiPower, multi)] {
                // Of 300 places and of 60 falls: errors of their squares.
                let own = followed.at(annealing, &of)[place];
                assert!((own - expected).abs() < 5e-4, "{annealing} {share}: {own}, {expected}");
            }
        }
    }
}
