//! Which runs to add to the sweep, so that a decision becomes more certain.

use serde::{Deserialize, Serialize};

use crate::bootstrap::Ensemble;
use crate::fit::{Residual, loss_at};
use crate::{Error, Observations, Result};

/// Sizes of the runs that are looked at: the budget of each, halved so many times.
const HALVINGS: i32 = 6;
/// Steps from the least to the most tokens per parameter of the sweep.
const RATIOS: i32 = 10;
/// The most runs that are chosen at once.
const MOST: usize = 100;

/// A run worth adding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NextRun {
    /// N, dense.
    pub params: f64,
    /// D.
    pub tokens: f64,
    /// 6 N D.
    pub flops: f64,
    /// Standard error of ln N* that is expected with this run and those before it.
    pub std_error: f64,
}

/// Runs to add, in the order of what they tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Design {
    /// The budget at which N* is asked for.
    pub target_flops: f64,
    /// Standard error of ln N* there, as it is.
    pub std_error: f64,
    /// Standard deviation of a run's ln L about the law.
    pub noise: f64,
    /// The runs.
    pub runs: Vec<NextRun>,
    /// FLOPs of them all.
    pub flops: f64,
}

impl Ensemble {
    /// The `count` dense runs, each of at most an equal part of the `budget` in FLOPs, that are expected to lower the standard
    /// error of ln N* at `target_flops` the most.
    ///
    /// Over the draws, g = ln N* and f = ln L at a run have a covariance; a run measured with noise of variance σ² is expected
    /// to lower var g by `cov(g, f)²/(var f + σ²)`, and all other covariances alike (a linear update). The run that
    /// lowers it most is chosen, and then the next, among sizes, lengths and tokens per parameter of the sweep's kind. σ² is the residuals' sum of squares over n - p.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let design = ensemble.design(1e23, 1e21, 3)?;
    /// assert!(design.flops <= 1e21 && design.runs[2].std_error < design.std_error);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a budget is not positive and finite or buys no run of the sweep's kind, there are no runs or more than 100 to choose, or as
    /// for [`plan`](Self::plan).
    pub fn design(&self, target_flops: f64, budget: f64, count: usize) -> Result<Design> {
        for (name, value) in [("target_flops", target_flops), ("budget", budget)] {
            if !(value.is_finite() && value > 0.0) {
                let expected = "a positive, finite number";
                return Err(Error::InvalidNumber { name: name.to_owned(), value, expected });
            }
        }
        if !(1..=MOST).contains(&count) {
            let (value, expected) = (count.to_string(), "from 1 to 100");
            return Err(Error::InvalidOption { name: "runs", value, expected });
        }
        self.check_plannable()?;
        let candidates = candidates(&self.fit.observations, budget / count as f64)?;
        let mut decision = self.centred(|p| self.optimum(p, target_flops).0.ln());
        let mut curves: Vec<Vec<f64>> = candidates
            .iter()
            .map(|&(n, d)| self.centred(|p| loss_at(self.fit.law(), p, n, d).ln()))
            .collect();
        let residuals = self.fit.residuals_on(Residual::LnLoss)?;
        let freedom = residuals.len().saturating_sub(self.fit.free_parameters()).max(1);
        let noise = dot(&residuals, &residuals) / freedom as f64;
        let draws = (self.draws.len() - 1) as f64;
        let std_error = |decision: &[f64]| (dot(decision, decision) / draws).sqrt();
        let before = std_error(&decision);
        let mut runs = Vec::with_capacity(count);
        for _ in 0..count {
            let gain = |f: &Vec<f64>| dot(&decision, f).powi(2) / (dot(f, f) / draws + noise);
            let best = (0..curves.len()).max_by(|a, b| gain(&curves[*a]).total_cmp(&gain(&curves[*b])));
            let Some(best) = best.filter(|best| gain(&curves[*best]).is_finite()) else { break };
            let f = curves[best].clone();
            let variance = dot(&f, &f) / draws;
            // a - c cov(a, f) f with this c has the covariances cov(a, b) - cov(a, f) cov(b, f)/(var f + σ²).
            let c = (1.0 - (noise / (variance + noise)).sqrt()) / variance;
            let update = |of: &mut Vec<f64>| {
                let along = c * dot(of, &f) / draws;
                of.iter_mut().zip(&f).for_each(|(a, f)| *a -= along * f);
            };
            update(&mut decision);
            curves.iter_mut().for_each(update);
            let (params, tokens) = candidates[best];
            let flops = 6.0 * params * tokens;
            runs.push(NextRun { params, tokens, flops, std_error: std_error(&decision) });
        }
        let flops = runs.iter().map(|run| run.flops).sum();
        Ok(Design { target_flops, std_error: before, noise: noise.sqrt(), runs, flops })
    }

    /// Something over the draws, less its mean.
    fn centred(&self, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let values: Vec<f64> = self.draws.iter().map(|draw| of(draw)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.into_iter().map(|value| value - mean).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// N and D of the runs that are looked at, of at most so many FLOPs: none smaller or shorter than the smallest and the shortest of
/// the sweep, nor with fewer or more tokens per parameter than there, where nothing says that the law holds.
fn candidates(observations: &Observations, flops: f64) -> Result<Vec<(f64, f64)>> {
    let (params, tokens) = (observations.params(), observations.tokens());
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let ratios = params.iter().zip(tokens).map(|(n, d)| (d / n).ln());
    let [low, high] = ratios.fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], r| [l.min(r), h.max(r)]);
    let of = |halvings: i32, step: i32| {
        let ratio = (low + (high - low) * f64::from(step) / f64::from(RATIOS)).exp();
        let params = (flops / 2f64.powi(halvings) / (6.0 * ratio)).sqrt();
        (params, ratio * params)
    };
    let (smallest, shortest) = (least(params), least(tokens));
    let all: Vec<(f64, f64)> = (0..=HALVINGS)
        .flat_map(|halvings| (0..=RATIOS).map(move |step| of(halvings, step)))
        .filter(|(n, d)| *n >= smallest && *d >= shortest)
        .collect();
    if all.is_empty() {
        return Err(Error::Unanswerable {
            question: "design",
            problem: format!(
                "{flops:.3e} FLOPs a run buy no run as large and as long as the least of the sweep"
            ),
            remedy: "give a larger budget, or fewer runs",
        });
    }
    Ok(all)
}
