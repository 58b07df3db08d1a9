//! Sweeps that could be run: isoFLOP grids, ladders, random ones, each within the budget.

use super::{FirstRun, FirstRunsOptions, Layout};
use crate::answer::AllocationOptions;
use crate::answer::engine::LimitedBy;
use crate::bootstrap::Ensemble;
use crate::numeric::random::{stream, uniform};
use crate::read::Point;
use crate::units::format_quantity;
use crate::{Error, Result};

/// FLOPs of the dearest run over those of the cheapest.
const SPREADS: [f64; 4] = [100.0, 30.0, 10.0, 4.0];
/// How far sizes lie from the best of their budget, at most.
const WIDTHS: [f64; 3] = [4.0, 3.0, 2.0];
/// Budgets of an isoFLOP grid, and the fewest sizes of each.
const BUDGETS: std::ops::RangeInclusive<usize> = 2..=8;
const SIZES: usize = 4;
/// From so many runs on there are three budgets or more: two show no departure from a line.
const MANY: usize = 12;
/// Factors between the tokens per parameter of three ladders.
const APART: [f64; 3] = [16.0, 8.0, 4.0];
/// Random sweeps that are looked at.
const RANDOM: usize = 2000;
/// Smaller networks, and fewer tokens, are no language models of any law.
const LEAST: [f64; 2] = [1e4, 1e5];
/// Budgets at which the guess is asked for its best run.
const VALLEY: usize = 17;

/// A sweep in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) layout: Layout,
    pub(super) summary: String,
    pub(super) runs: Vec<FirstRun>,
}

/// What the sweeps may be: within a budget, about the guess's best runs.
#[derive(Debug)]
pub(super) struct Region {
    count: usize,
    budget: f64,
    /// Most FLOPs of one run.
    most: f64,
    seed: u64,
    /// ln C and ln N* of the guess.
    valley: Vec<(f64, f64)>,
}

impl FirstRun {
    /// A dense run of a size and a length.
    fn dense(params: f64, tokens: f64) -> Self {
        let flops = 6.0 * params * tokens;
        let run = String::new();
        Self {
            run,
            params,
            average_params: params,
            tokens,
            flops,
            final_sparsity: 0.0,
            prune_window: None,
            given: None,
        }
    }
}

/// The number below with so many significant digits.
fn floor(value: f64, digits: i32) -> f64 {
    let unit = 10f64.powi(value.log10().floor() as i32 - digits + 1);
    // A number that has these digits stays.
    ((value / unit * (1.0 + 1e-12)).floor() * unit).round()
}

impl Draft {
    /// Runs of these sizes and lengths, named in the order of what they cost.
    fn new(layout: Layout, summary: String, mut runs: Vec<FirstRun>) -> Self {
        // Runs of one budget differ by what their sizes were rounded by.
        let budget = |run: &FirstRun| (50.0 * run.flops.ln()).round();
        runs.sort_by(|a, b| budget(a).total_cmp(&budget(b)).then(a.params.total_cmp(&b.params)));
        for (k, run) in runs.iter_mut().enumerate() {
            run.run = format!("{layout}-{:02}", k + 1);
        }
        Self { layout, summary, runs }
    }

    /// A sweep that was given.
    pub(super) fn given(points: &[Point]) -> Self {
        let run = |(k, point): (usize, &Point)| {
            let of = &point.trajectory;
            let (params, average, tokens) = (of.initial_params(), of.average_params(), of.tokens());
            let window = of.pruning_tokens().map(|(start, end)| [start / tokens, end / tokens]);
            FirstRun {
                run: point.run.clone().unwrap_or_else(|| format!("given-{:02}", k + 1)),
                params,
                average_params: average,
                tokens,
                flops: 6.0 * average * tokens,
                final_sparsity: 1.0 - of.final_params() / params,
                prune_window: window,
                given: Some(of.clone()),
            }
        };
        let runs = points.iter().enumerate().map(run).collect();
        Self { layout: Layout::Given, summary: "as given".to_owned(), runs }
    }
}

impl Region {
    /// # Errors
    /// When the guess has no best run of a budget.
    pub(super) fn of(guess: &Ensemble, options: &FirstRunsOptions, most: f64) -> Result<Self> {
        let (reading, limits) = guess.question(&AllocationOptions::default())?;
        let mut surface = reading.surface(&guess.fit.parameters);
        let least = most / (SPREADS[0] * options.runs as f64 * 10.0);
        let mut valley = Vec::with_capacity(VALLEY);
        for k in 0..VALLEY {
            let flops = least * (most / least).powf(k as f64 / (VALLEY - 1) as f64);
            let best = limits.best(&mut surface, flops.max(1e3), None);
            if best.limit == Some(LimitedBy::Range) {
                return Err(reading.no_optimum(best.end(), Some("take a larger budget")));
            }
            valley.push((flops.ln(), best.params.ln()));
        }
        Ok(Self { count: options.runs, budget: options.budget, most, seed: options.seed, valley })
    }

    /// N* of the guess.
    fn best(&self, flops: f64) -> f64 {
        let x = flops.ln();
        let after = self.valley.iter().position(|(at, _)| *at >= x).unwrap_or(VALLEY - 1).max(1);
        let [(a, u), (b, v)] = [self.valley[after - 1], self.valley[after]];
        (u + (v - u) * (x - a) / (b - a)).exp()
    }

    /// A run of at most a budget, so far from its best size.
    fn run(&self, flops: f64, off: f64) -> FirstRun {
        let params = floor(self.best(flops) * off, 3);
        FirstRun::dense(params, floor(flops / (6.0 * params), 4))
    }

    /// A run of at most a budget, with so many tokens per parameter.
    fn rung(&self, flops: f64, ratio: f64) -> FirstRun {
        let params = floor((flops / (6.0 * ratio)).sqrt(), 3);
        FirstRun::dense(params, (ratio * params).round())
    }

    /// FLOPs of the dearest run, where runs have these shares of it.
    fn dearest(&self, shares: &[f64]) -> f64 {
        self.most.min(self.budget / shares.iter().sum::<f64>())
    }

    /// All sweeps of every layout that are no smaller than language models are.
    pub(super) fn drafts(&self) -> Vec<Draft> {
        let mut all = self.grids();
        all.extend(self.ladders());
        all.extend((0..RANDOM as u64).map(|k| self.random(k)));
        all.retain(|draft| draft.runs.iter().all(|run| run.params >= LEAST[0] && run.tokens >= LEAST[1]));
        all
    }

    fn grids(&self) -> Vec<Draft> {
        let mut all = Vec::new();
        for budgets in BUDGETS {
            let sizes = self.count / budgets;
            for spread in SPREADS.iter().filter(|_| sizes >= SIZES && (budgets > 2 || self.count < MANY)) {
                let shares: Vec<f64> = evenly(budgets).map(|at| spread.powf(at - 1.0)).collect();
                let most = self.dearest(&shares.repeat(sizes));
                for width in WIDTHS {
                    let of = |share: &f64| {
                        evenly(sizes)
                            .map(|at| self.run(share * most, width.powf(2.0 * at - 1.0)))
                            .collect::<Vec<_>>()
                    };
                    let summary = format!(
                        "{budgets} budgets from {} to {} FLOPs, each of {sizes} sizes within {width} x of N*",
                        format_quantity(shares[0] * most, 3),
                        format_quantity(most, 3)
                    );
                    all.push(Draft::new(Layout::Isoflop, summary, shares.iter().flat_map(of).collect()));
                }
            }
        }
        all
    }

    fn ladders(&self) -> Vec<Draft> {
        let mut all = Vec::new();
        let middle = self.most / SPREADS[0].sqrt();
        let best = self.best(middle);
        let usual = floor(middle / (6.0 * best * best) * 1.05, 2).max(1.0);
        for spread in SPREADS {
            let rungs = |count: usize| evenly(count).map(|at| spread.powf(at - 1.0)).collect::<Vec<f64>>();
            let shares = rungs(self.count);
            let most = self.dearest(&shares);
            let runs = shares.iter().map(|share| self.rung(share * most, usual)).collect();
            let summary = format!("{} sizes with {usual} tokens per parameter", self.count);
            all.push(Draft::new(Layout::Ladder, summary, runs));
            // All runs that there may be: the first ladders have one more, if any has.
            let counts = [2, 1, 0].map(|more| (self.count + more) / 3);
            let shares = counts.map(rungs);
            let most = self.dearest(&shares.concat());
            let sizes = match counts {
                [a, _, b] if a == b => a.to_string(),
                [a, _, b] => format!("{b} or {a}"),
            };
            for apart in APART {
                let ratios = [usual / apart, usual, usual * apart];
                let of = |(ratio, shares): (f64, &Vec<f64>)| {
                    shares.iter().map(|share| self.rung(share * most, ratio)).collect::<Vec<_>>()
                };
                let words = ratios.map(|ratio| format_quantity(ratio, 3));
                let summary = format!("{sizes} sizes each with {} tokens per parameter", words.join(", "));
                let runs = ratios.into_iter().zip(&shares).flat_map(of).collect();
                all.push(Draft::new(Layout::Ladders, summary, runs));
            }
        }
        all
    }

    /// Runs of any FLOPs and sizes; some sweeps have more of the cheap ones.
    fn random(&self, index: u64) -> Draft {
        let mut random = stream(self.seed, index);
        let cheap = 4f64.powf(uniform(&mut random)) * 0.5;
        let places: Vec<[f64; 2]> =
            (0..self.count).map(|_| [uniform(&mut random), uniform(&mut random)]).collect();
        let share = |[at, _]: &[f64; 2]| SPREADS[0].powf(-at.powf(1.0 / cheap));
        let shares: Vec<f64> = places.iter().map(share).collect();
        let top = shares.iter().copied().fold(0.0, f64::max);
        let shares: Vec<f64> = shares.into_iter().map(|share| share / top).collect();
        let most = self.dearest(&shares);
        let of = |(share, [_, at]): (&f64, &[f64; 2])| self.run(share * most, WIDTHS[0].powf(2.0 * at - 1.0));
        let runs = shares.iter().zip(&places).map(of).collect();
        Draft::new(Layout::Random, format!("the best of {RANDOM} random sweeps of {} runs", self.count), runs)
    }

    pub(super) fn too_small(&self) -> Error {
        let problem = format!(
            "{:.3e} FLOPs pay for no sweep of {} runs of at least {} parameters and {} tokens",
            self.budget, self.count, LEAST[0], LEAST[1]
        );
        Error::unanswerable(
            "first runs",
            problem,
            "give a larger budget or fewer runs, or see whether the guessed law is right",
        )
    }
}

/// So many numbers from 0 to 1.
fn evenly(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |k| if count > 1 { k as f64 / (count - 1) as f64 } else { 1.0 })
}
