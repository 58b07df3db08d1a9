//! What the run of one sparsity comes to, before intervals.

use super::options::PlanOptions;
use crate::answer::engine::{AllocationOptions, Limits, Reading, RunShape, SizeRatios, Split};
use crate::answer::regret::{self, Regret};
use crate::answer::window::{BestWindow, Choice};
use crate::bootstrap::{Ensemble, OfAll, Sample, alike};
use crate::numeric::parallel::map_blocks;
use crate::observation::TrainingFlops;
use crate::schedule::{Extent, Network, PlannedSchedule, Ramp, Schedule};
use crate::{Error, Result, Size};

/// How often the whole steps of a run, and the sizes that follow from them, are brought to agree.
const ROUNDS: usize = 8;

/// How often the length alone is, where the schedule is held.
const HELD: usize = 64;

/// What a run costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// FLOPs of training.
    pub(super) training: f64,
    /// FLOPs of serving a token.
    pub(super) token: f64,
}

/// The run of a sparsity: everything but its size and length.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) sparsity: f64,
    pub(super) steps: f64,
    pub(super) schedule: Option<PlannedSchedule>,
    pub(super) ratios: SizeRatios,
    /// FLOPs of serving a token, over N̄.
    pub(super) serving: f64,
    /// FLOPs of training, over N̄ D.
    pub(super) training: f64,
    /// The run as allocation asks for it, nothing being served.
    pub(super) runs: AllocationOptions,
}

/// What the runs of a draft are asked by.
type Asked<'a> = (Reading<'a>, Limits);

/// The run of a sparsity with one set of the law's parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// Of least loss at the budget.
    pub(super) best: Split,
    /// Its loss.
    pub(super) loss: f64,
    /// The cheapest to train with the loss of the dense run of the budget; none if there is none.
    pub(super) equal: Option<Split>,
    /// The cheapest to train and serve with that loss.
    pub(super) least: Option<Split>,
}

/// The best dense run, what each draft comes to, and what other sizes cost.
pub(super) type Outcomes = (OfAll<Split>, OfAll<Vec<Outcome>>, Vec<Regret>);

/// Which drafts are like the dense run, and of each the first that is like it.
struct Alike {
    dense: Vec<bool>,
    firsts: Vec<usize>,
}

/// All that is found with one set of the law's parameters.
#[derive(Debug)]
struct All {
    dense: Split,
    outcomes: Vec<Outcome>,
    regrets: Vec<regret::Found>,
}

impl Draft {
    fn new(
        sparsity: f64,
        steps: f64,
        schedule: Option<PlannedSchedule>,
        shape: RunShape,
        (options, count): (&PlanOptions, TrainingFlops),
    ) -> Self {
        let mut runs = AllocationOptions { shape, inference_tokens: 0.0, ..options.runs.clone() };
        if sparsity == 0.0 {
            runs.sparse_speedup = None;
        }
        let (ratios, serving) = (runs.shape.ratios(Size::AVERAGE), 2.0 * runs.served_ratio());
        let training = count.over_average(ratios.initial);
        Self { sparsity, steps, schedule, ratios, serving, training, runs }
    }

    /// What a run of this sparsity costs.
    pub(super) fn cost(&self, run: Split) -> Cost {
        Cost { training: self.training * run.params * run.tokens, token: self.serving * run.params }
    }
}

impl Ensemble {
    /// The schedule of one sparsity in whole steps. How many there are depends on the shape of the run, and the shape on how
    /// many there are.
    pub(super) fn draft(&self, sparsity: f64, ramp: &Ramp, options: &PlanOptions) -> Result<Draft> {
        let count = self.fit.training_flops();
        let steps_of = |shape: &RunShape| {
            let runs = AllocationOptions {
                shape: shape.clone(),
                inference_tokens: 0.0,
                sparse_speedup: options.speedup_of(sparsity),
                ..options.runs.clone()
            };
            let (reading, limits) = self.question(&runs)?;
            let best = reading.best_of(&limits, options.flops)?;
            Ok((best.tokens / options.step_tokens).round().max(1.0))
        };
        if sparsity == 0.0 {
            let shape = RunShape::default();
            return Ok(Draft::new(sparsity, steps_of(&shape)?, None, shape, (options, count)));
        }
        let ramp = Ramp { final_sparsity: sparsity, ..ramp.clone() };
        let mut steps = steps_of(&RunShape::new(&Schedule::from(ramp.clone()))?)?;
        let shape_of = |schedule: &PlannedSchedule, steps: f64| {
            RunShape::in_steps(&Schedule::from(schedule.ramp.clone()), steps)
        };
        let extent = |steps: f64| Extent::new(steps * options.step_tokens).with_steps(steps);
        let mut tried: Vec<(f64, PlannedSchedule)> = Vec::new();
        for _ in 0..ROUNDS {
            let schedule = PlannedSchedule::of_run(&ramp, Network::new(1.0), extent(steps), options.every)?;
            let shape = shape_of(&schedule, steps)?;
            let before = std::mem::replace(&mut steps, steps_of(&shape)?);
            if steps == before {
                return Ok(Draft::new(sparsity, before, Some(schedule), shape, (options, count)));
            }
            tried.retain(|(_, other)| other.ramp != schedule.ramp);
            tried.push((before, schedule));
        }
        // They go round in a circle: the schedule is held, in steps, and the length alone follows.
        let mut settled: Vec<(f64, f64, PlannedSchedule)> = Vec::new();
        for (mut steps, held) in tried {
            // A longer run may want a shorter one by more than that: halves of what is between settle it.
            let (mut low, mut high) = (0.0, f64::INFINITY);
            for _ in 0..HELD {
                let Some(schedule) = held.in_length(&ramp, extent(steps)) else { break };
                let best = steps_of(&shape_of(&schedule, steps)?)?;
                if (best - steps).abs() <= 1.0 {
                    settled.push((schedule.off(), steps, schedule));
                    break;
                }
                *(if best > steps { &mut low } else { &mut high }) = steps;
                steps = if best > low && best < high { best } else { (0.5 * (low + high)).round() };
            }
        }
        match settled.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, steps, schedule)) => {
                let shape = shape_of(&schedule, steps)?;
                Ok(Draft::new(sparsity, steps, Some(schedule), shape, (options, count)))
            }
            None => Err(Error::unanswerable(
                "plan",
                format!("the schedule to sparsity {sparsity} changes with each step of its length"),
                "give fewer tokens a step (`tokens_per_step`), or a smaller `prune_every`",
            )),
        }
    }

    /// The best window to a sparsity, where one is asked for: of runs of the budget and of the size of the compute-optimal run
    /// along the ramp that is given.
    pub(super) fn plan_window(&self, sparsity: f64, options: &PlanOptions) -> Result<Option<BestWindow>> {
        if sparsity == 0.0 || !(options.best_window || options.best_shape) {
            return Ok(None);
        }
        let usual = Ramp { final_sparsity: sparsity, ..options.ramp.clone() };
        let shape = RunShape::new(&Schedule::from(usual.clone()))?;
        let sparse_speedup = options.speedup_of(sparsity);
        let runs = AllocationOptions { shape, inference_tokens: 0.0, sparse_speedup, ..options.runs.clone() };
        let (reading, limits) = self.question(&runs)?;
        let best = reading.best_of(&limits, options.flops)?;
        let network = Network::new(best.params * runs.shape.ratios(Size::AVERAGE).initial);
        let (count, most) = (self.fit.training_flops(), runs.max_tokens.unwrap_or(f64::INFINITY));
        let along = |ramp: &Ramp| {
            let schedule = Schedule::from(ramp.clone());
            let Ok(unit) = schedule.trajectory(network, Extent::new(1.0)) else { return Ok(None) };
            let average = unit.average_params();
            let tokens = options.flops / (count.over_average(network.prunable / average) * average);
            let run = schedule.trajectory(network, Extent::new(tokens))?;
            Ok((tokens <= most).then_some((run, sparsity)))
        };
        let choice = Choice { window: options.best_window, shape: options.best_shape, usual: &usual };
        self.window_of(&choice, &along, runs.unique_tokens).map(Some)
    }

    /// Which drafts have one loss and cost for one N̄ and D, as all have under a law of N̄: then what is best of one is best of the other.
    fn alike(dense: &Asked<'_>, drafts: &[Asked<'_>], bends_by_density: bool) -> Alike {
        let is_one = |a: &Asked<'_>, b: &Asked<'_>| a.1 == b.1 && a.0.is_like(&b.0, bends_by_density);
        let first = |i: usize| (0..i).find(|k| is_one(&drafts[*k], &drafts[i])).unwrap_or(i);
        Alike {
            dense: drafts.iter().map(|of| is_one(of, dense)).collect(),
            firsts: (0..drafts.len()).map(first).collect(),
        }
    }

    fn asked_by<'a>(&'a self, draft: &Draft) -> Result<Asked<'a>> {
        Ok((Reading::new(&self.fit, &draft.runs)?, self.limits(&draft.runs)))
    }

    /// The best dense run, what each draft comes to, the loss of the dense one being what all have to reach, and what other sizes cost.
    pub(super) fn outcomes(
        &self,
        dense: &Draft,
        drafts: &[Draft],
        options: &PlanOptions,
    ) -> Result<Outcomes> {
        let (flops, served) = (options.flops, options.runs.inference_tokens);
        let (of_dense, of_drafts) = (
            self.asked_by(dense)?,
            drafts.iter().map(|draft| self.asked_by(draft)).collect::<Result<Vec<_>>>()?,
        );
        // A bend may tell densities apart that the law does not.
        let has_density = self.bend().is_some_and(|bend| bend.axes.has_density());
        let by_law = Self::alike(&of_dense, &of_drafts, false);
        let alike = Self::alike(&of_dense, &of_drafts, has_density);
        let sizes = of_drafts.iter().map(|(reading, limits)| {
            let best = limits.best(&mut reading.surface(&self.fit.parameters), flops, None);
            regret::Asked::new(limits, flops, best)
        });
        let sizes: Vec<_> = sizes.collect();
        let all = |sample: Sample<'_>, near: Option<&All>| {
            let mut surface = of_dense.0.surface(sample);
            let dense = of_dense.1.best(&mut surface, flops, near.map(|near| near.dense.tokens));
            let target = surface.loss(dense.params, dense.tokens);
            let own = if sample.bend.is_some() { &alike } else { &by_law };
            let mut all = All { dense, outcomes: Vec::new(), regrets: Vec::new() };
            for (i, (reading, limits)) in of_drafts.iter().enumerate() {
                let near = near.map(|near| near.outcomes[i]);
                let mut surface = reading.surface(sample);
                let least = (served > 0.0).then(|| {
                    let limits = Limits { serving: drafts[i].serving * served, ..*limits };
                    limits.cheapest(&mut surface, target, near.and_then(|near| near.least))
                });
                let least = least.flatten();
                let first = own.firsts[i];
                let outcome = if first < i {
                    Outcome { least, ..all.outcomes[first] }
                } else if own.dense[i] {
                    Outcome { best: dense, loss: target, equal: Some(dense), least }
                } else {
                    let best = limits.best(&mut surface, flops, near.map(|near| near.best.tokens));
                    let loss = surface.loss(best.params, best.tokens);
                    let equal = limits.cheapest_from(&mut surface, target, (flops, best));
                    Outcome { best, loss, equal, least }
                };
                let regret = if first < i {
                    all.regrets[first].clone()
                } else {
                    sizes[i].of(&mut surface, outcome.best)
                };
                all.outcomes.push(outcome);
                all.regrets.push(regret);
            }
            // The search may end in another minimum of a bent law: of all runs that were found with this loss the cheapest is taken.
            let found: Vec<_> = all.outcomes.iter().map(|outcome| outcome.least).collect();
            for (i, outcome) in all.outcomes.iter_mut().enumerate() {
                let limits = Limits { serving: drafts[i].serving * served, ..of_drafts[i].1 };
                let cost = |run: &Split| limits.cost(run.params, run.tokens);
                let of_like = (0..drafts.len()).filter(|k| own.firsts[*k] == own.firsts[i]);
                let runs = of_like.filter_map(|k| found[k]);
                outcome.least = runs.min_by(|a, b| cost(a).total_cmp(&cost(b)));
            }
            all
        };
        let near = all((&self.fit.parameters).into(), None);
        let found = self.bent("plan", |sample| all(sample, Some(&near)), same)?;
        let own: Vec<usize> = (0..drafts.len()).filter(|i| alike.firsts[*i] == *i).collect();
        let regret =
            |i: usize| self.regret_from(&sizes[i], &found.map(|all| all.regrets[i].clone()), &of_drafts[i].0);
        let of_own =
            map_blocks(self.fit.options.jobs, own.len(), 1, |block| block.map(|k| regret(own[k])).collect());
        let like = |first: &usize| of_own[own.iter().position(|i| i == first).unwrap_or(0)].clone();
        let regrets = alike.firsts.iter().map(like).collect();
        Ok((found.map(|all| all.dense), found.map(|all| all.outcomes.clone()), regrets))
    }
}

fn same(a: &All, b: &All) -> bool {
    let outcomes = |a: &Outcome, b: &Outcome| {
        Split::same(Some(a.best), Some(b.best))
            && alike(a.loss, b.loss)
            && Split::same(a.equal, b.equal)
            && Split::same(a.least, b.least)
    };
    Split::same(Some(a.dense), Some(b.dense))
        && a.outcomes.iter().zip(&b.outcomes).all(|(a, b)| outcomes(a, b))
        && a.regrets.iter().zip(&b.regrets).all(|(a, b)| regret::same(a, b))
}
