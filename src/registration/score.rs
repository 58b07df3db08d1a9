//! How good forecasts were.

use serde::Serialize;

use super::Registration;
use crate::Document;
use crate::holdout::Errors;
use crate::predict::{Outcome, Prediction};

/// A run beside its forecast.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoredRun {
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// N₀.
    pub initial_params: f64,
    /// D.
    pub tokens: f64,
    /// The loss that was predicted, nats a token.
    pub predicted: f64,
    /// Where the run was to land.
    pub run_interval: [f64; 2],
    /// What was measured.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How good forecasts were.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoreReport {
    /// When they were registered; none of forecasts that were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered: Option<String>,
    /// Level of the intervals: the share of runs that should land in them.
    pub level: f64,
    /// Runs that were measured.
    pub scored: usize,
    /// Runs without a measured loss, by name or by place.
    pub not_measured: Vec<String>,
    /// How many landed in their run interval; none without intervals.
    pub in_run_interval: Option<usize>,
    /// Mean width of the run interval in ln L.
    pub run_width: f64,
    /// Mean interval score of the run interval in ln L; less is better.
    pub run_score: f64,
    /// Errors of the law.
    pub law: Errors,
    /// Run by run.
    pub runs: Vec<ScoredRun>,
}

impl Document for ScoreReport {
    const SCHEMA: &'static str = "nbar.score/1";
}

impl ScoreReport {
    /// Of predictions of which some have an outcome; none if no run was measured.
    #[must_use]
    pub fn of_predictions(predictions: &[Prediction]) -> Option<Self> {
        let level = predictions.first()?.level;
        let scored = |prediction: &Prediction| {
            Some(ScoredRun {
                run: prediction.run.clone(),
                initial_params: prediction.initial_params,
                tokens: prediction.tokens,
                predicted: prediction.loss.estimate,
                run_interval: prediction.loss.run_interval,
                outcome: prediction.outcome?,
            })
        };
        let all = predictions.iter().map(|prediction| (prediction.run.as_deref(), scored(prediction)));
        let report = Self::of(None, level, all);
        (report.scored > 0).then_some(report)
    }

    /// Of forecasts and the measured loss of each.
    pub(super) fn of_registration(registration: &Registration, losses: &[Option<f64>]) -> Self {
        let level = registration.level;
        let all = registration.runs.iter().zip(losses).map(|(run, loss)| {
            let scored = loss.map(|loss| ScoredRun {
                run: run.run.clone(),
                initial_params: run.initial_params,
                tokens: run.tokens,
                predicted: run.loss.estimate,
                run_interval: run.loss.run_interval,
                outcome: Outcome::new(loss, &run.loss, &run.quantiles, level),
            });
            (run.run.as_deref(), scored)
        });
        Self::of(Some(registration.date.clone()), level, all)
    }

    fn of<'a>(
        registered: Option<String>,
        level: f64,
        all: impl Iterator<Item = (Option<&'a str>, Option<ScoredRun>)>,
    ) -> Self {
        let (mut runs, mut not_measured) = (Vec::new(), Vec::new());
        for (place, (name, scored)) in all.enumerate() {
            match scored {
                Some(scored) => runs.push(scored),
                None => not_measured.push(name.map_or_else(|| format!("run {}", place + 1), str::to_owned)),
            }
        }
        let mean = |of: &dyn Fn(&ScoredRun) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
        let inside: Option<Vec<bool>> = runs.iter().map(|run| run.outcome.in_run_interval).collect();
        Self {
            registered,
            level,
            scored: runs.len(),
            not_measured,
            in_run_interval: inside.map(|all| all.into_iter().filter(|inside| *inside).count()),
            run_width: mean(&|run| (run.run_interval[1] / run.run_interval[0].max(0.0)).ln()),
            run_score: mean(&|run| run.outcome.run_score),
            law: Errors::of(runs.iter().map(|run| (run.predicted, run.outcome.loss))),
            runs,
        }
    }
}
