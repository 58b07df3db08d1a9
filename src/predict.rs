//! The loss of a run that has not been trained, with its intervals.

use serde::{Deserialize, Serialize};

use crate::bootstrap::{Ensemble, below, stream};
use crate::fit::{Fit, Residual, Warning, loss_at};
use crate::law::Input;
use crate::statistics::interval;
use crate::{Error, Result};

/// Residuals drawn for each draw of the parameters.
const RESIDUALS_A_DRAW: usize = 16;
/// Stream of the residuals: none of the replicates' own.
const RESIDUAL_STREAM: u64 = u64::MAX;

/// A loss with both its intervals, in nats a token.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PredictedLoss {
    /// The law's value at the optimum.
    pub estimate: f64,
    /// Where the law's curve lies.
    pub mean_interval: [f64; 2],
    /// Where a new run would land: the curve's draws with the residuals of the sweep added.
    pub run_interval: [f64; 2],
}

/// How far a question lies beyond the sweep: what is asked for over the largest in the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extrapolation {
    /// Training FLOPs, 6 N̄ D.
    pub flops: f64,
    /// Parameters, as the law counts them.
    pub params: f64,
    /// Tokens.
    pub tokens: f64,
}

/// A prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Prediction {
    /// The loss.
    pub loss: PredictedLoss,
    /// Parameters as the law counts them: N̄, unless the fit chose another size.
    pub params: f64,
    /// N̄ of the run, which its compute is counted by.
    pub average_params: f64,
    /// Tokens of the run.
    pub tokens: f64,
    /// 6 N̄ D.
    pub flops: f64,
    /// How far this lies beyond the sweep.
    pub extrapolation: Extrapolation,
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
}

impl Fit {
    /// How far a run lies beyond the sweep.
    ///
    /// ```
    /// # use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// assert!((fit.extrapolation(6889410560.0, 6889410560.0, 1e12).params - 1.0).abs() < 1e-9);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn extrapolation(&self, params: f64, average_params: f64, tokens: f64) -> Extrapolation {
        let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        let flops = self.observations.flops().fold(0.0, f64::max);
        Extrapolation {
            flops: 6.0 * average_params * tokens / flops,
            params: params / largest(self.observations.params()),
            tokens: tokens / largest(self.observations.tokens()),
        }
    }
}

impl Ensemble {
    /// Predicts the loss of a run of `params` parameters (averaged over training, if it is pruned) and
    /// `tokens` tokens.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let prediction = ensemble.predict(1e9, 20e9)?;
    /// let [lower, upper] = prediction.loss.run_interval;
    /// assert!(lower < prediction.loss.estimate && prediction.loss.estimate < upper);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a number is not positive and finite.
    pub fn predict(&self, params: f64, tokens: f64) -> Result<Prediction> {
        self.predict_run(params, params, tokens)
    }

    /// Predicts the loss of a run whose size, as the law counts it, is not its N̄: a pruned run under a law
    /// fitted to another [`Size`](crate::Size).
    ///
    /// # Errors
    /// When a number is not positive and finite, or the law reads more than N, D and FLOPs.
    pub fn predict_run(&self, params: f64, average_params: f64, tokens: f64) -> Result<Prediction> {
        for (name, value) in [("params", params), ("average_params", average_params), ("tokens", tokens)] {
            if !(value.is_finite() && value > 0.0) {
                let expected = "a positive, finite number";
                return Err(Error::InvalidNumber { name: name.to_owned(), value, expected });
            }
        }
        let inputs = self.fit.law().inputs();
        if let Some(input) =
            inputs.iter().find(|i| !matches!(i, Input::Params | Input::Tokens | Input::Flops))
        {
            return Err(Error::Unanswerable {
                question: "predict",
                problem: format!("the {} law reads {input}", self.fit.law().name()),
                remedy: "fit a law of params and tokens, or of flops",
            });
        }
        if inputs.contains(&Input::Params) && inputs.contains(&Input::Flops) && params != average_params {
            return Err(Error::Unanswerable {
                question: "predict",
                problem: format!(
                    "the {} law reads params and flops, which differ in their N here",
                    self.fit.law().name()
                ),
                remedy: "fit it with --size average",
            });
        }
        // Compute is counted by N̄, whatever size the law was fitted to.
        let counted = if inputs.contains(&Input::Params) { params } else { average_params };
        let mean = self.loss(counted, tokens);
        let extrapolation = self.fit.extrapolation(params, average_params, tokens);
        let mut warnings = Vec::new();
        let factors = [
            ("flops", extrapolation.flops),
            ("params", extrapolation.params),
            ("tokens", extrapolation.tokens),
        ];
        let farthest = factors.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((what, factor)) = farthest.filter(|(_, factor)| *factor > 1.0) {
            warnings.push(Warning::ExtrapolatesBeyond { what: what.to_owned(), factor });
        }
        Ok(Prediction {
            loss: PredictedLoss {
                estimate: mean.estimate,
                mean_interval: mean.interval,
                run_interval: self.run_interval(counted, tokens)?,
            },
            params,
            average_params,
            tokens,
            flops: 6.0 * average_params * tokens,
            extrapolation,
            warnings,
        })
    }

    /// Quantiles of the draws' losses times the exponential of residuals (on L: plus residuals) drawn from the sweep, widened by
    /// √(n/(n-p)) for the p parameters that were fitted to n runs.
    fn run_interval(&self, params: f64, tokens: f64) -> Result<[f64; 2]> {
        let residuals = self.fit.residuals()?;
        let runs = self.groups();
        let freedom = runs.saturating_sub(self.fit.free_parameters()).max(1);
        let widening = (runs as f64 / freedom as f64).sqrt();
        let mut rng = stream(self.options.seed, RESIDUAL_STREAM);
        let mut losses = Vec::with_capacity(self.draws.len() * RESIDUALS_A_DRAW);
        for draw in &self.draws {
            let loss = loss_at(self.fit.law(), draw, params, tokens);
            for _ in 0..RESIDUALS_A_DRAW {
                let residual = widening * residuals[below(&mut rng, residuals.len())];
                losses.push(match self.fit.options.residual {
                    Residual::LnLoss => loss * residual.exp(),
                    Residual::Loss => loss + residual,
                });
            }
        }
        Ok(interval(&mut losses, self.options.level))
    }
}
