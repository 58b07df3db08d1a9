//! Made-up sweeps: which runs are trained, and what scatters their losses.

use std::ops::RangeInclusive;

use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
use nbar::{FitOptions, Observations, Result, Rho};

use crate::random::Random;
use crate::truth::{LAW, Truth};

/// Standard deviation of ln L, unless said otherwise.
pub(crate) const DEVIATION: f64 = 0.003;
/// Rows of a curve, and the correlation of an error with that of the row before.
const ROWS: usize = 20;
const CORRELATION: f64 = 0.9;

/// The runs of a sweep.
#[derive(Clone, Copy)]
pub(crate) enum Plan {
    /// Nine budgets, five to nine sizes each, around what the right law holds best.
    IsoFlop,
    /// Four sizes of four lengths, each so often.
    Ladder(usize),
    /// Three sizes of three lengths.
    Nine,
    /// 60 runs, half of them pruned.
    HalfPruned,
    /// 40 small runs and three large ones.
    Unbalanced,
    /// So many curves of many rows.
    Curves(usize),
}

/// What scatters ln L.
#[derive(Clone, Copy)]
pub(crate) enum Noise {
    Normal,
    /// A standard deviation as a power of N, the usual one at 1e9.
    Power(f64),
    /// One run in twenty is worse by a normal number of 5 %, in size.
    Ruined,
    /// Exponential, with median 0.
    Skewed,
    /// Half of the variance is common to the runs of a budget.
    Shared,
    /// Errors of a run's rows follow each other.
    Correlated,
}

/// A kind of sweep.
#[derive(Clone, Copy)]
pub(crate) struct Design {
    pub(crate) name: &'static str,
    pub(crate) plan: Plan,
    pub(crate) noise: Noise,
    pub(crate) deviation: f64,
    pub(crate) rho: Option<Rho>,
    /// Whether the fit is told which runs share noise.
    pub(crate) clustered: bool,
}

/// Sweeps of the kinds that intervals should hold on.
pub(crate) const USUAL: [Design; 8] = [
    of("isoFLOP, 63 runs", Plan::IsoFlop, Noise::Normal),
    of("ladder, 16 runs", Plan::Ladder(1), Noise::Normal),
    of("ladder, 2 seeds, 32 runs", Plan::Ladder(2), Noise::Normal),
    of("larger models scatter less", Plan::IsoFlop, Noise::Power(-0.2)),
    of("larger models scatter more", Plan::IsoFlop, Noise::Power(0.2)),
    of("5 % of runs ruined", Plan::IsoFlop, Noise::Ruined),
    of("skewed noise", Plan::IsoFlop, Noise::Skewed),
    of("half pruned, 60 runs", Plan::HalfPruned, Noise::Normal),
];

/// Sweeps of the kinds that are hard.
pub(crate) const HARD: [Design; 9] = [
    of("40 small runs and 3 large", Plan::Unbalanced, Noise::Normal),
    of("curves, 16 runs of 20 rows", Plan::Curves(16), Noise::Correlated),
    of("curves, 48 runs of 20 rows", Plan::Curves(48), Noise::Correlated),
    of("noise shared by nine budgets", Plan::IsoFlop, Noise::Shared),
    Design { rho: Some(Rho::Squared), ..of("squared, isoFLOP", Plan::IsoFlop, Noise::Normal) },
    Design { rho: Some(Rho::Squared), ..of("squared, ladder of 16", Plan::Ladder(1), Noise::Normal) },
    Design { rho: Some(Rho::Laplace), ..of("laplace, isoFLOP", Plan::IsoFlop, Noise::Normal) },
    of("nine runs", Plan::Nine, Noise::Normal),
    Design { clustered: true, ..of("noise shared, told by clusters", Plan::IsoFlop, Noise::Shared) },
];

const fn of(name: &'static str, plan: Plan, noise: Noise) -> Design {
    Design { name, plan, noise, deviation: DEVIATION, rho: None, clustered: false }
}

/// Columns of a sweep, a row each.
#[derive(Default)]
struct Rows {
    params: Vec<f64>,
    tokens: Vec<f64>,
    /// Of which run, or budget where noise is shared within one.
    group: Vec<u32>,
    /// N₀ and the count left, where runs are pruned.
    counts: Vec<[f64; 2]>,
}

impl Rows {
    fn add(&mut self, params: f64, tokens: f64, group: usize) {
        self.params.push(params);
        self.tokens.push(tokens);
        self.group.push(group as u32);
    }
}

impl Design {
    pub(crate) fn options(&self) -> FitOptions {
        let options = FitOptions::default().with_jobs(1);
        self.rho.into_iter().fold(options, FitOptions::with_rho)
    }

    /// A sweep of a truth; without noise, if there is no scatter to be.
    pub(crate) fn sweep(&self, truth: &Truth, scatters: bool, random: &mut Random) -> Result<Observations> {
        let rows = self.plan.rows(random)?;
        let mut loss = Vec::with_capacity(rows.params.len());
        let mut common = (u32::MAX, 0.0);
        for ((n, d), group) in rows.params.iter().zip(&rows.tokens).zip(&rows.group) {
            let is_first = common.0 != *group;
            let noise = self.noise(*n, is_first, &mut common.1, random);
            common.0 = *group;
            loss.push(truth.loss(*n, *d) * if scatters { noise.exp() } else { 1.0 });
        }
        let curves = matches!(self.plan, Plan::Curves(_));
        let sweep = Observations::new(rows.params, rows.tokens, loss)?;
        let sweep = if rows.counts.is_empty() {
            sweep
        } else {
            let [initial, last] = [0, 1].map(|k| rows.counts.iter().map(|counts| counts[k]).collect());
            let average = sweep.params().to_vec();
            sweep.with_param_counts(initial, average, last)?
        };
        let clusters: Vec<String> = rows.group.iter().map(|group| format!("{group:02}")).collect();
        let sweep = if self.clustered { sweep.with_clusters(&clusters)? } else { sweep };
        let runs = rows.group.iter().max().map_or(0, |last| last + 1);
        if curves {
            sweep.with_runs(rows.group, (0..runs).map(|run| format!("{run:02}")).collect())
        } else {
            Ok(sweep)
        }
    }

    /// The error of a run like none in the sweep.
    pub(crate) fn new_noise(&self, params: f64, random: &mut Random) -> f64 {
        self.noise(params, true, &mut 0.0, random)
    }

    /// The next error in ln L; `common` is what the rows of a group have in common, or the error before.
    fn noise(&self, params: f64, is_first: bool, common: &mut f64, random: &mut Random) -> f64 {
        let normal = random.normal();
        self.deviation
            * match self.noise {
                Noise::Normal => normal,
                Noise::Power(power) => normal * (params / 1e9).powf(power),
                Noise::Ruined if random.uniform() < 0.05 => {
                    normal + (0.05 * random.normal()).abs() / self.deviation
                }
                Noise::Ruined => normal,
                Noise::Skewed => random.exponential() - std::f64::consts::LN_2,
                Noise::Shared => {
                    if is_first {
                        *common = random.normal();
                    }
                    (*common + normal) / std::f64::consts::SQRT_2
                }
                Noise::Correlated => {
                    let share = if is_first { 0.0 } else { CORRELATION };
                    *common = share * *common + (1.0 - share * share).sqrt() * normal;
                    *common
                }
            }
    }
}

impl Plan {
    fn rows(self, random: &mut Random) -> Result<Rows> {
        let mut rows = Rows::default();
        let log_uniform = |random: &mut Random, range: RangeInclusive<f64>| {
            10f64.powf(random.between(*range.start(), *range.end()))
        };
        match self {
            Plan::IsoFlop => {
                for budget in 0..9 {
                    let flops = 6e18 * 500f64.powf(f64::from(budget) / 8.0);
                    let (best, sizes) = (LAW.best(flops).params, 5 + random.below(5));
                    for size in 0..sizes {
                        let factor = 0.25 * 16f64.powf(size as f64 / (sizes - 1) as f64);
                        let params = best * factor * (0.05 * random.normal()).exp();
                        rows.add(params, flops / (6.0 * params), budget as usize);
                    }
                }
            }
            Plan::Ladder(seeds) => {
                for params in [1.9e8, 3.7e8, 7.6e8, 1.3e9] {
                    for length in [1.0, 2.0, 5.0, 10.0] {
                        for _ in 0..seeds {
                            rows.add(params, 20.0 * length * params, rows.params.len());
                        }
                    }
                }
            }
            Plan::Nine => {
                for params in [1.9e8, 5e8, 1.3e9] {
                    for length in [1.0, 3.0, 10.0] {
                        rows.add(params, 20.0 * length * params, rows.params.len());
                    }
                }
            }
            Plan::HalfPruned => {
                for run in 0..60 {
                    let params = log_uniform(random, 7.6..=9.6);
                    let tokens = params * log_uniform(random, 0.7..=2.3);
                    let schedule = if run % 2 == 0 { Schedule::Dense } else { ramp(random) };
                    let extent = Extent::new(tokens).with_steps(STEPS);
                    let course = schedule.trajectory(Network::new(params), extent)?;
                    rows.add(course.average_params(), tokens, run);
                    rows.counts.push([params, course.final_params()]);
                }
            }
            Plan::Unbalanced => {
                for run in 0..43 {
                    let small = run < 40;
                    let params = log_uniform(random, if small { 7.0..=8.0 } else { 9.0..=9.5 });
                    let ratio = log_uniform(random, if small { 0.699..=2.0 } else { 1.0..=1.602 });
                    rows.add(params, ratio * params, run);
                }
            }
            Plan::Curves(runs) => {
                for run in 0..runs {
                    let params = log_uniform(random, 7.6..=9.6);
                    let tokens = params * log_uniform(random, 0.7..=2.3);
                    (1..=ROWS).for_each(|row| rows.add(params, tokens * row as f64 / ROWS as f64, run));
                }
            }
        }
        Ok(rows)
    }
}

/// Steps of a run that is pruned.
const STEPS: f64 = 10_000.0;

/// Any shape, window, unit and sparsity.
fn ramp(random: &mut Random) -> Schedule {
    let shape = [Shape::Linear, Shape::Cubic, Shape::Geometric, Shape::Cosine][random.below(4)];
    let (unit, whole) = [(Unit::Fraction, 1.0), (Unit::Step, STEPS), (Unit::Compute, 1.0)][random.below(3)];
    let start = random.between(0.0, 0.6);
    let end = start + random.between(0.1, 1.0) * (1.0 - start);
    Schedule::from(Ramp::new(shape, random.between(0.3, 0.9), whole * start, whole * end, unit))
}
