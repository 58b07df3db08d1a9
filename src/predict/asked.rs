//! The loss of one run, at any level.

use super::{LossBend, PredictedLoss, bent};
use crate::bend::BentBy;
use crate::bootstrap::{Landing, Spread};
use crate::{Error, Result};

/// Lower probabilities of the quantiles of a forecast; the upper ones mirror them.
pub(super) const TAILS: [f64; 9] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4];

/// A coefficient of which nothing else can be said, and a loss without end is no wonder.
const RUN_OFF: f64 = 1e100;
const NO_LOSS: &str = "the law has no loss at this run: a power or a logarithm of what is not above 0";

/// A run whose loss is asked for.
pub(super) struct Asked<'a> {
    landing: Landing<'a>,
    /// How likely the law bends, and what that does here.
    bent: Option<(f64, BentBy)>,
}

impl<'a> Asked<'a> {
    /// Of what the law reads of a run, and where that is on the axes of the bend.
    ///
    /// # Errors
    /// When there is no loss at the optimum.
    pub(super) fn new(spread: Spread<'a>, inputs: &[f64], place: Option<&[f64]>) -> Result<Self> {
        if !spread.estimate.is_finite() {
            let fit = &spread.ensemble.fit;
            let off = fit.parameters.iter().position(|value| !(value.abs() < RUN_OFF));
            if off.is_none() {
                let remedy = "ask for a run farther from where the law ends";
                return Err(Error::unanswerable("predict", NO_LOSS, remedy));
            }
            let name = off.map_or("NAME", |place| &fit.law().spec().parameters[place].name);
            let problem =
                format!("the loss is {} at the optimum, where a coefficient has run off", spread.estimate);
            let remedy = format!(
                "keep it in a range (`bound: {name}=LOW..HIGH`), or add runs in which its term counts"
            );
            return Err(Error::unanswerable("predict", problem, remedy));
        }
        let ensemble = spread.ensemble;
        let (unknown, draws) = (spread.unknown, ensemble.draws.len());
        if unknown as f64 > 0.5 * (1.0 - ensemble.options.level) * draws as f64 {
            let problem = format!("in {unknown} of {draws} draws {NO_LOSS}");
            let remedy = "ask for a run farther from where the law ends, or keep the parameter that moves this end in a range (`bound`)";
            return Err(Error::unanswerable("predict", problem, remedy));
        }
        let by = |(bend, place): (&crate::bend::Bend, _)| {
            Some((bend.probability, bend.at(&ensemble.fit, inputs, place)?))
        };
        let bent = ensemble.bend().zip(place).and_then(by);
        Ok(Self { landing: Landing::new(spread, inputs)?, bent })
    }

    pub(super) fn at(&self, level: f64) -> PredictedLoss {
        let law = self.landing.law();
        let run_interval_if_law_holds = self.landing.interval(level);
        let run_interval = self.bent.map_or(run_interval_if_law_holds, |(_, by)| {
            bent::widened(law.estimate, run_interval_if_law_holds, by, level)
        });
        let bend = self.bent.map(|(probability, by)| LossBend {
            probability,
            shift: by.shift,
            std_error: by.deviation,
        });
        PredictedLoss {
            estimate: law.estimate,
            mean_interval: law.interval(level),
            run_interval,
            run_interval_if_law_holds,
            bend,
        }
    }

    /// Quantiles of the loss, as pairs of a probability and a loss: the ends of its run intervals at other levels. None without
    /// draws.
    pub(super) fn quantiles(&self) -> Vec<[f64; 2]> {
        if self.landing.law().ensemble.draws.is_empty() {
            return Vec::new();
        }
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for tail in TAILS {
            let [low, high] = self.at(1.0 - 2.0 * tail).run_interval;
            lower.push([tail, low]);
            upper.push([1.0 - tail, high]);
        }
        let mut all: Vec<[f64; 2]> = lower.into_iter().chain(upper.into_iter().rev()).collect();
        // An interval covers the law's curve, whose ends may cross by rounding.
        let mut least = f64::NEG_INFINITY;
        for quantile in &mut all {
            least = least.max(quantile[1]);
            quantile[1] = least;
        }
        all
    }
}
