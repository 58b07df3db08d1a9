//! Sparse or dense: what the next run should be, down to steps and layers.
//!
//! For a budget of training FLOPs, a number of tokens to serve and some sparsities, [`Ensemble::plan`] gives the
//! compute-optimal run of each, its pruning schedule in whole steps, the shape of a network of that size, and which of them
//! costs least in all. docs/method.md, "Plans", has the definitions.

mod costs;
mod design;
mod integer;
mod matched;
mod options;
mod shapes;

use serde::{Deserialize, Serialize};

pub use costs::{BreakEven, EqualLoss};
pub use design::{Design, NextRun};
pub use integer::{PlannedSchedule, integer_schedule};
pub use matched::{SparseTwin, TwinOptions, Wanted, dense_twin, served_bytes, sparse_twin};
pub use options::PlanOptions;
pub use shapes::{TransformerShape, shapes};

use crate::allocate::{Separable, SizeRatios};
use crate::bootstrap::{Ensemble, Estimate};
use crate::fit::{Fit, Warning};
use crate::schedule::{Extent, Network, Ramp, Schedule};
use crate::{Error, Result, Size, Trajectory};
use costs::Costs;

/// How far beyond the sweep's largest budget a plan may go before that is the first thing to say of it.
pub const FAR: f64 = 100.0;
/// Bytes of a parameter that is served: 16 bits.
const BYTES: f64 = 2.0;
/// How often the whole steps of a run, and the ratios that follow from them, are brought to agree.
const ROUNDS: usize = 8;

/// The compute-optimal run of one sparsity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedRun {
    /// In the end; 0 is dense.
    pub sparsity: f64,
    /// N₀, so that the schedule in whole steps gives N̄.
    pub initial_params: Estimate,
    /// N̄.
    pub average_params: Estimate,
    /// Parameters left at the end, and served.
    pub final_params: Estimate,
    /// D.
    pub tokens: Estimate,
    /// Optimiser steps: D over the tokens of a step, to the nearest.
    pub steps: u64,
    /// Where to prune; none for the dense run.
    pub schedule: Option<PlannedSchedule>,
    /// Loss, nats a token.
    pub loss: Estimate,
    /// 6 N̄ D: the budget.
    pub training_flops: Estimate,
    /// 2 N_final for each token served, or, at a sparse speedup X, 2 N₀ / X.
    pub serving_flops: Estimate,
    /// Both.
    pub total_flops: Estimate,
    /// Bytes of the counted parameters when served: 2 for each that is left, and for a sparse network a bit for each of N₀ that
    /// says which.
    pub served_bytes: Estimate,
    /// Share of the draws in which its loss is the least at this budget; ties are shared.
    pub least_loss: f64,
    /// The run of this sparsity that reaches the loss of the dense compute-optimal run, and its cost.
    pub at_dense_loss: EqualLoss,
    /// The sparse speedup above which it costs less than dense at that loss; none for the dense run, where nothing is served, and
    /// where no speedup is enough.
    pub break_even_speedup: Option<f64>,
    /// The network of nearest size to N₀; none where there is none within a tenth.
    pub network: Option<TransformerShape>,
}

/// Runs of one budget, and which of them is best.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// Training FLOPs of each run.
    pub flops: f64,
    /// Tokens to serve.
    pub inference_tokens: f64,
    /// Tokens of a step.
    pub step_tokens: f64,
    /// In the order of the sparsities asked for.
    pub runs: Vec<PlannedRun>,
    /// Which run has the least loss at the budget; none where all are alike.
    pub best_by_loss: Option<usize>,
    /// Which costs least, training and serving, at the loss of the dense compute-optimal run; none where all are alike.
    pub best_by_total: Option<usize>,
    /// Numbers of served tokens at which another run becomes the cheapest.
    pub break_even: Vec<BreakEven>,
    /// The budget over the largest of the sweep.
    pub extrapolation: f64,
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
}

impl Ensemble {
    /// The compute-optimal run of each sparsity, and which is best.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plan::PlanOptions;
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let plan = ensemble.plan(&PlanOptions::new(1e21).with_inference_tokens(2e12).with_sparsities(vec![0.0, 0.8]))?;
    /// // Under a law of N̄ the sparse run reaches the same loss and is half as large when served.
    /// assert_eq!((plan.best_by_loss, plan.best_by_total), (None, Some(1)));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When an option is out of its range, the schedule does not fit into the run in steps of `every`, the sweep does not identify
    /// all parameters, or the law has no closed form for the optimum.
    pub fn plan(&self, options: &PlanOptions) -> Result<Plan> {
        options.validate()?;
        self.check_plannable()?;
        let dense = |parameters: &[f64]| self.optimum(parameters, options.flops);
        let drafts =
            options.sparsities.iter().map(|s| self.draft(*s, options)).collect::<Result<Vec<_>>>()?;
        let costs: Vec<Costs> = drafts.iter().map(|draft| Costs::new(draft, options)).collect();
        let dense_params: Vec<f64> = self.draws.iter().map(|draw| dense(draw).0).collect();
        let wins = costs::shares(&costs, &dense_params, |cost, n| cost.total(n, options.inference_tokens));
        let losses: Vec<Vec<f64>> = drafts
            .iter()
            .map(|draft| {
                self.draws.iter().map(|p| self.loss_of(p, options.flops, draft.ratios.law)).collect()
            })
            .collect();
        let least = costs::least_of(&losses);
        let runs: Vec<PlannedRun> = drafts
            .into_iter()
            .zip(&costs)
            .enumerate()
            .map(|(i, (draft, cost))| self.run(draft, cost, [least[i], wins[i]], options))
            .collect();
        let total = |run: &PlannedRun| run.at_dense_loss.total_flops.estimate;
        let best_by_total = costs::least(&runs.iter().map(total).collect::<Vec<_>>());
        let break_even = match best_by_total {
            Some(best) => costs::break_even(best, &costs)
                .into_iter()
                .map(|(run, constant)| BreakEven {
                    sparsity: runs[run].sparsity,
                    inference_tokens: self.estimate(|p| constant / dense(p).0),
                })
                .collect(),
            None => Vec::new(),
        };
        let largest = self.fit.observations.flops().fold(0.0, f64::max);
        let extrapolation = options.flops / largest;
        let warnings = (extrapolation > 1.0)
            .then(|| Warning::ExtrapolatesBeyond { what: "flops".to_owned(), factor: extrapolation });
        Ok(Plan {
            flops: options.flops,
            inference_tokens: options.inference_tokens,
            step_tokens: options.step_tokens,
            best_by_loss: costs::least(&runs.iter().map(|run| run.loss.estimate).collect::<Vec<_>>()),
            best_by_total,
            runs,
            break_even,
            extrapolation,
            warnings: warnings.into_iter().collect(),
        })
    }

    fn check_plannable(&self) -> Result<()> {
        let fit = &self.fit;
        if !fit.unidentified.is_empty() {
            let names: Vec<&str> = fit.unidentified.iter().map(|u| u.parameter.as_str()).collect();
            return Err(Error::Unanswerable {
                question: "plan",
                problem: format!("the sweep does not identify {}", names.join(", ")),
                remedy: "see the warnings of the fit",
            });
        }
        if separable(fit, &fit.parameters).is_none() {
            return Err(Error::Unanswerable {
                question: "plan",
                problem: format!("the {} law has no closed form for the optimum", fit.law().name()),
                remedy: "fit the chinchilla law",
            });
        }
        Ok(())
    }

    /// The law's own N and D of least loss at 6 N D FLOPs.
    fn optimum(&self, parameters: &[f64], flops: f64) -> (f64, f64) {
        separable(&self.fit, parameters).map_or((f64::NAN, f64::NAN), |law| law.optimum(flops))
    }

    /// The least loss at 6 N̄ D FLOPs of a run of which the law sees this multiple of N̄.
    fn loss_of(&self, parameters: &[f64], flops: f64, law_ratio: f64) -> f64 {
        separable(&self.fit, parameters).map_or(f64::NAN, |law| {
            let (n, d) = law.optimum(law_ratio * flops);
            let Separable { e, a, b, alpha, beta } = law;
            e + (a.ln() - alpha * n.ln()).exp() + (b.ln() - beta * d.ln()).exp()
        })
    }

    /// The schedule of one sparsity in whole steps, with the ratios of sizes that it gives exactly.
    ///
    /// The number of steps depends on those ratios, where the law's N is not N̄, and they on the number of steps.
    fn draft(&self, sparsity: f64, options: &PlanOptions) -> Result<Draft> {
        let size = self.fit.observations.size();
        let steps_at = |law_ratio: f64| {
            let tokens = self.optimum(&self.fit.parameters, options.flops * law_ratio).1;
            (tokens / options.step_tokens).round().max(1.0)
        };
        let ramp = Ramp { final_sparsity: sparsity, ..options.ramp.clone() };
        if sparsity == 0.0 {
            return Ok(Draft {
                sparsity,
                steps: steps_at(1.0),
                schedule: None,
                ratios: SizeRatios::default(),
            });
        }
        let smooth = Schedule::from(ramp.clone()).trajectory(Network::new(1.0), Extent::new(1.0))?;
        let mut steps = steps_at(ratios(&smooth, size).law);
        for _ in 0..ROUNDS {
            let schedule = PlannedSchedule::new(&ramp, steps, options.every as f64, options.step_tokens)?;
            let extent = Extent::new(steps).with_steps(steps);
            let held = Schedule::from(schedule.ramp.clone()).trajectory(Network::new(1.0), extent)?;
            let ratios = ratios(&held, size);
            let draft = Draft { sparsity, steps, schedule: Some(schedule), ratios };
            steps = steps_at(ratios.law);
            if steps == draft.steps {
                return Ok(draft);
            }
        }
        Err(Error::Unanswerable {
            question: "plan",
            problem: format!("the schedule to sparsity {sparsity} changes with each step of its length"),
            remedy: "give more steps by fewer tokens a step, or a smaller distance between cuts",
        })
    }

    fn run(
        &self,
        draft: Draft,
        cost: &Costs,
        [least_loss, cheapest]: [f64; 2],
        options: &PlanOptions,
    ) -> PlannedRun {
        let Draft { sparsity, steps, schedule, ratios } = draft;
        let (flops, served) = (options.flops, options.inference_tokens);
        let average = |p: &[f64]| self.optimum(p, flops * ratios.law).0 / ratios.law;
        let dense = |p: &[f64]| self.optimum(p, flops);
        let serving = |p: &[f64]| cost.serving_ratio * average(p) * served;
        let mask = if sparsity > 0.0 { ratios.initial / 8.0 } else { 0.0 };
        let initial_params = self.estimate(|p| ratios.initial * average(p));
        PlannedRun {
            sparsity,
            average_params: self.estimate(average),
            final_params: self.estimate(|p| ratios.last * average(p)),
            tokens: self.estimate(|p| self.optimum(p, flops * ratios.law).1),
            steps: steps as u64,
            schedule,
            loss: self.estimate(|p| self.loss_of(p, flops, ratios.law)),
            training_flops: exact(flops),
            serving_flops: self.estimate(serving),
            total_flops: self.estimate(|p| flops + serving(p)),
            served_bytes: self.estimate(|p| (BYTES * ratios.last + mask) * average(p)),
            least_loss,
            at_dense_loss: EqualLoss {
                average_params: self.estimate(|p| dense(p).0 / ratios.law),
                tokens: self.estimate(|p| dense(p).1),
                training_flops: exact(cost.training),
                serving_flops: self.estimate(|p| cost.serving * dense(p).0 * served),
                total_flops: self.estimate(|p| cost.total(dense(p).0, served)),
                cheapest,
            },
            break_even_speedup: cost.break_even_speedup(dense(&self.fit.parameters).0, options),
            network: shapes(initial_params.estimate, options.vocabulary).ok().map(|all| all[0]),
            initial_params,
        }
    }
}

/// The coefficients of a law of its own N and D, by name.
fn separable(fit: &Fit, parameters: &[f64]) -> Option<Separable> {
    let of = |name: &str| {
        let index = fit.law().parameters().iter().position(|p| p.name == name)?;
        parameters.get(index).copied()
    };
    let alpha = of("alpha")?;
    let beta = match fit.law().name() {
        crate::law::CHINCHILLA => of("beta")?,
        crate::law::TIED => alpha,
        _ => return None,
    };
    Some(Separable { e: of("E")?, a: of("A")?, b: of("B")?, alpha, beta })
}

/// What the schedule of one sparsity comes to.
#[derive(Debug)]
struct Draft {
    sparsity: f64,
    steps: f64,
    schedule: Option<PlannedSchedule>,
    ratios: SizeRatios,
}

fn ratios(trajectory: &Trajectory, size: Size) -> SizeRatios {
    let average = trajectory.average_params();
    let law = match size {
        Size::Initial => trajectory.initial_params(),
        Size::Final => trajectory.final_params(),
        Size::PowerMean(order) => trajectory.power_mean(order),
    };
    SizeRatios {
        initial: trajectory.initial_params() / average,
        law: law / average,
        last: trajectory.final_params() / average,
    }
}

fn exact(value: f64) -> Estimate {
    Estimate { estimate: value, std_error: 0.0, interval: [value; 2] }
}
