//! Which runs to add to the sweep, so that a decision becomes more certain; or to train first, where there is none.

mod collinear;
mod first;
mod layouts;
mod precision;
mod pruned;
mod sweep;
mod table;
mod trials;

pub use sweep::{Expected, FirstRun, FirstRuns, FirstRunsOptions, Layout, SweepDesign};

use serde::{Deserialize, Serialize};

use crate::answer::engine::{AllocationOptions, LimitedBy, enough, no_optimum, positive};
use crate::bootstrap::{Ensemble, Sample, alike};
use crate::fit::{Residual, Warning};
use crate::{Document, Error, Observations, Result};

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
    /// Standard error of the decision that is expected with this run and those before it.
    pub std_error: f64,
}

/// What is to be decided, and what the runs may cost.
///
/// ```
/// use nbar::design::{Decision, DesignOptions};
/// let options = DesignOptions::new(1e24, 1e21, 5).with_decision(Decision::Loss);
/// assert_eq!((options.runs, options.unique_tokens), (5, None));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DesignOptions {
    /// Training FLOPs of the run that is to be decided on.
    pub target_flops: f64,
    /// Training FLOPs of all the runs to add.
    pub budget: f64,
    /// How many runs to add, from 1 to 100.
    pub runs: usize,
    /// What is to become more certain. Default: N*.
    pub decision: Decision,
    /// Different tokens that there are, for laws of repeated data.
    pub unique_tokens: Option<f64>,
}

impl DesignOptions {
    /// Runs of a budget, for a decision about a target.
    #[must_use]
    pub fn new(target_flops: f64, budget: f64, runs: usize) -> Self {
        Self { target_flops, budget, runs, decision: Decision::Params, unique_tokens: None }
    }

    setters! {
        /// Sets what is to become more certain.
        with_decision(decision: Decision);
        /// Sets how many different tokens there are.
        with_unique_tokens(unique_tokens: f64);
    }

    fn validate(&self) -> Result<()> {
        for (name, value) in [("target_flops", self.target_flops), ("budget", self.budget)] {
            positive(name, value)?;
        }
        if !(1..=MOST).contains(&self.runs) {
            return Err(Error::option("new_runs", self.runs, "is not from 1 to 100", "give a few"));
        }
        Ok(())
    }
}

/// What is to become more certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// ln N*: how large the run should be, and so, at its budget, how long.
    Params,
    /// ln L of the best run: what it will reach.
    Loss,
}

impl std::fmt::Display for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Decision::Params { "ln N*" } else { "ln L" })
    }
}

/// Runs to add, in the order of what they tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Design {
    /// The budget of the run that is decided on.
    pub target_flops: f64,
    /// What about it is to become more certain.
    pub decision: Decision,
    /// Standard error of that, as it is.
    pub std_error: f64,
    /// Standard deviation of a run's ln L about the law.
    pub noise: f64,
    /// The runs.
    pub runs: Vec<NextRun>,
    /// FLOPs of them all.
    pub flops: f64,
    /// The target's budget over the largest of the sweep.
    pub extrapolation: f64,
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
}

impl Document for Design {
    const SCHEMA: &'static str = "nbar.design/1";
}

/// ln N* or ln L of the target, ln L of each candidate, and whether the target has an optimum at all.
struct Drawn {
    decision: f64,
    candidates: Vec<f64>,
    at_end: bool,
}

impl Ensemble {
    /// The dense runs, each of at most an equal part of the budget, that are expected to lower the standard error of a decision
    /// about the compute-optimal run of a target the most.
    ///
    /// Over the draws, the decision g, ln N* or ln L, and f = ln L at a run have a covariance; a run measured with noise of
    /// variance σ² is expected to lower var g by `cov(g, f)²/(var f + σ²)`, and all other covariances alike (a linear update). The
    /// run that lowers it most is chosen, and then the next, among sizes, lengths and tokens per parameter of the sweep's kind. σ²
    /// is the residuals' sum of squares over n - p.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::design::DesignOptions;
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let design = ensemble.design(&DesignOptions::new(1e23, 1e21, 3))?;
    /// assert!(design.flops <= 1e21 && design.runs[2].std_error < design.std_error);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When an option is out of its range, the budget buys no run of the sweep's kind, there are no draws, or as for [`plan`](Self::plan).
    pub fn design(&self, options: &DesignOptions) -> Result<Design> {
        options.validate()?;
        if self.draws.is_empty() {
            let problem = "the saved fit has no draws, so nothing says how uncertain the decision is";
            return Err(Error::unanswerable("design", problem, "fit runs with draws (`replicates=1000`)"));
        }
        self.check_falls("design")?;
        let runs = AllocationOptions { unique_tokens: options.unique_tokens, ..AllocationOptions::default() };
        let (reading, limits) = self.question(&runs)?;
        let target = options.target_flops;
        let near = limits.best(&mut reading.surface(&self.fit.parameters), target, None);
        if near.limit == Some(LimitedBy::Range) {
            return Err(reading.no_optimum(near.end(), None));
        }
        let candidates = candidates(&self.fit.observations, options.budget / options.runs as f64)?;
        let places: Vec<[f64; 2]> = candidates.iter().map(|(n, d)| [n.ln(), d.ln()]).collect();
        let of = |sample: Sample<'_>| {
            let mut surface = reading.surface(sample);
            let best = limits.best(&mut surface, target, Some(near.tokens));
            let decision = match options.decision {
                Decision::Params => best.params.ln(),
                Decision::Loss => surface.loss(best.params, best.tokens).ln(),
            };
            let mut losses = vec![0.0; candidates.len()];
            surface.ln_losses(&places, &mut losses);
            Drawn { decision, candidates: losses, at_end: best.limit == Some(LimitedBy::Range) }
        };
        let same = |a: &Drawn, b: &Drawn| {
            alike(a.decision, b.decision)
                && a.candidates.iter().zip(&b.candidates).all(|(a, b)| alike(*a, *b))
        };
        let drawn = self.bent("design", of, same)?;
        let of_law = drawn.draws.iter().filter(|drawn| drawn.at_end).count();
        let drawn: Vec<&Drawn> = drawn.mixed().collect();
        let mut decision: Vec<f64> = drawn.iter().map(|drawn| drawn.decision).collect();
        let mut curves: Vec<Vec<f64>> =
            (0..candidates.len()).map(|i| drawn.iter().map(|drawn| drawn.candidates[i]).collect()).collect();
        centre(&mut decision);
        curves.iter_mut().for_each(|curve| centre(curve));
        let residuals = self.fit.residuals_of(&self.fit.rows, Residual::LnLoss)?;
        let freedom = residuals.len().saturating_sub(self.fit.free_parameters()).max(1);
        let noise = dot(&residuals, &residuals) / freedom as f64;
        let draws = (self.draws.len() - 1) as f64;
        let std_error = |decision: &[f64]| (dot(decision, decision) / draws).sqrt();
        let before = std_error(&decision);
        let mut runs = Vec::with_capacity(options.runs);
        for _ in 0..options.runs {
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
        let extrapolation = self.fit.beyond(target);
        let outside = self.fit.outside(f64::NAN, target, f64::NAN);
        let of_bent = drawn.iter().filter(|drawn| drawn.at_end).count();
        let ended = enough(of_law, of_bent, (self.draws.len(), self.options.level));
        Ok(Design {
            target_flops: target,
            decision: options.decision,
            std_error: before,
            noise: noise.sqrt(),
            flops: runs.iter().map(|run| run.flops).sum(),
            runs,
            extrapolation,
            warnings: outside.into_iter().chain(no_optimum(ended, self.draws.len())).collect(),
        })
    }
}

/// Takes away the mean.
fn centre(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
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
        return Err(Error::unanswerable(
            "design",
            format!("{flops:.3e} FLOPs a run buy no run as large and as long as the least of the sweep"),
            "give a larger budget, or fewer runs",
        ));
    }
    Ok(all)
}
