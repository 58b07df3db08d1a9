//! Laws together: whether several laws, weighted by what they foretell, beat the best single one.
//!
//! Every law is fitted to all runs smaller than a group of runs, which it then foretells. What a law counts for rests on
//! rolling hold-outs within the fitted runs. The group that is foretold has no say in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nbar::law::{Input, Law, by_name};
use nbar::{BootstrapOptions, FitOptions, HoldOut, Observations, Result, Warning, holdout};
use rayon::prelude::*;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

use crate::rolling::{Case, LEVEL, all_cases, interval_score};
use crate::table::holds;
use crate::usual::median;

/// The first is the default.
const LAWS: [&str; 5] = ["chinchilla", "tied", "coupled", "kaplan", "compute"];
/// Besides, where some runs repeat tokens, and where some are pruned.
const OF_REPEATED: [&str; 1] = ["repeated-data"];
const OF_PRUNED: [&str; 2] = ["averaged", "sparse"];
/// With fewer runs to weigh laws by, the default stands alone.
const FEWEST: usize = 3;
/// Least standard deviation of ln L.
const LEAST: f64 = 1e-5;
/// Steps of expectation maximisation, and of halving.
const STEPS: usize = 200;
const HALVINGS: usize = 60;

/// Weights of laws from their mean interval scores, and from ln densities of each run under each law.
type Weigh = fn(&[f64], &[Vec<f64>]) -> Vec<f64>;

/// What is compared; the last, the best single law in hindsight, is beyond anyone's reach.
const WAYS: [(&str, Weigh); 5] = [
    ("default law", |scores, _| only(scores.len(), 0)),
    ("best single law", |scores, _| only(scores.len(), least(scores.iter().copied()))),
    ("stacked", |_, densities| stacked(densities)),
    ("inverse squares", |scores, _| shares(scores.iter().map(|score| score.powi(-2)).collect())),
    ("equal weights", |scores, _| shares(vec![1.0; scores.len()])),
];
const HINDSIGHT: &str = "best in hindsight";
const COUNT: usize = WAYS.len() + 1;

/// A run that was held out, all in ln L.
#[derive(Clone, Copy)]
struct Forecast {
    loss: f64,
    estimate: f64,
    interval: [f64; 2],
    /// Whether the fit is to be trusted, by its own warnings.
    trusted: bool,
}

/// By how many rows were fitted, and the name of the run.
type Forecasts = BTreeMap<(usize, String), Forecast>;

/// What one law foretells of a sweep in one order.
struct Told {
    law: &'static str,
    outer: Forecasts,
    /// Within the runs that were fitted, by their number of rows.
    inner: BTreeMap<usize, Forecasts>,
}

fn only(count: usize, place: usize) -> Vec<f64> {
    (0..count).map(|i| f64::from(u8::from(i == place))).collect()
}

fn least(values: impl Iterator<Item = f64>) -> usize {
    values.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(place, _)| place)
}

fn shares(weights: Vec<f64>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// Those that maximise the sum over runs of the mixture's ln density (Yao et al. 2018).
fn stacked(densities: &[Vec<f64>]) -> Vec<f64> {
    let laws = densities.first().map_or(0, Vec::len);
    let mut weights = shares(vec![1.0; laws]);
    for _ in 0..STEPS {
        let mut sums = vec![0.0; laws];
        for run in densities {
            let most = run.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let parts = run.iter().zip(&weights).map(|(ln, weight)| weight * (ln - most).exp()).collect();
            sums.iter_mut().zip(shares(parts)).for_each(|(sum, part)| *sum += part);
        }
        weights = shares(sums);
    }
    weights
}

impl Forecast {
    /// z of a loss: half a normal distribution on each side, with the ends of the interval as their quantiles.
    fn z(&self, loss: f64) -> (f64, f64) {
        let [below, above] = self.interval.map(|end| (end - self.estimate).abs());
        let half = if loss < self.estimate { below } else { above };
        let deviation = (half / Normal::standard().inverse_cdf(0.5 * (1.0 + LEVEL))).max(LEAST);
        ((loss - self.estimate) / deviation, deviation)
    }

    fn ln_density(&self) -> f64 {
        let (z, deviation) = self.z(self.loss);
        Normal::standard().ln_pdf(z) - deviation.ln()
    }

    fn score(&self) -> f64 {
        interval_score(self.interval, self.loss)
    }

    /// The mixture of what laws foretell of a run: the mean of their estimates, quantiles of their distributions.
    fn mixture(parts: &[Self], weights: &[f64]) -> Self {
        if let Some(place) = weights.iter().position(|weight| *weight == 1.0) {
            return parts[place];
        }
        let end = |of: fn(f64, f64) -> f64, k: usize| parts.iter().map(|p| p.interval[k]).fold(f64::NAN, of);
        let (least, most) = (end(f64::min, 0), end(f64::max, 1));
        let weighted =
            |of: &dyn Fn(&Self) -> f64| parts.iter().zip(weights).map(|(p, w)| w * of(p)).sum::<f64>();
        let quantile = |p: f64| {
            let (mut low, mut high) = (least, most);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (low + high);
                let below = weighted(&|part| Normal::standard().cdf(part.z(middle).0)) < p;
                *(if below { &mut low } else { &mut high }) = middle;
            }
            0.5 * (low + high)
        };
        let interval = [0.5 * (1.0 - LEVEL), 0.5 * (1.0 + LEVEL)].map(quantile);
        Self { estimate: weighted(&|part| part.estimate), interval, ..parts[0] }
    }
}

fn forecasts(all: &Observations, law: &Arc<dyn Law>, by: &Input, bootstrap: &BootstrapOptions) -> Forecasts {
    let options = FitOptions::default().with_jobs(1).with_law(Arc::clone(law));
    let report = holdout(all, &options, bootstrap, &HoldOut::Rolling { by: by.clone() });
    let mut found = Forecasts::new();
    // A part that is too small for a law, or cannot be ordered so, tells nothing of it.
    for split in report.into_iter().flat_map(|report| report.splits) {
        let trusted = !split.warnings.iter().any(Warning::is_disqualifying);
        for row in split.rows.into_iter().filter(|row| row.last) {
            let (loss, estimate) = (row.loss.ln(), row.predicted.ln());
            let forecast = Forecast { loss, estimate, interval: row.run_interval.map(f64::ln), trusted };
            found.insert((split.fitted_rows, row.run), forecast);
        }
    }
    found
}

impl Told {
    fn new(case: &Case, law: &'static str, by: &Input, bootstrap: &BootstrapOptions) -> Result<Self> {
        let (all, made) = (&case.observations, by_name(law)?);
        let outer = forecasts(all, &made, by, bootstrap);
        let mut inner = BTreeMap::new();
        for rows in outer.keys().map(|(rows, _)| *rows).collect::<BTreeSet<_>>() {
            // What is held out later is not fitted now either.
            let later: BTreeSet<&String> =
                outer.keys().filter(|(fitted, _)| *fitted >= rows).map(|(_, run)| run).collect();
            let fitted = all.subset(|row| !later.contains(&all.run_name(all.run()[row])));
            assert_eq!(fitted.len(), rows, "{}", case.name);
            inner.insert(rows, forecasts(&fitted, &made, by, bootstrap));
        }
        Ok(Self { law, outer, inner })
    }
}

/// What each way foretells of the runs; the first of `told` is the default law.
fn foretold(told: &[&Told]) -> [Vec<Forecast>; COUNT] {
    let mut found: [Vec<Forecast>; COUNT] = Default::default();
    let default = told[0];
    let splits: BTreeSet<usize> = default.outer.keys().map(|(rows, _)| *rows).collect();
    for split in splits {
        let runs: Vec<_> = default.outer.keys().filter(|(rows, _)| *rows == split).collect();
        let held = |told: &Told| told.inner.get(&split).is_some_and(|inner| !inner.is_empty());
        let trusted = |told: &Told| runs.iter().all(|run| told.outer.get(run).is_some_and(|f| f.trusted));
        let mut laws: Vec<&Told> = vec![default];
        laws.extend(told[1..].iter().filter(|told| trusted(told) && held(told)));
        let inner = |told: &Told| told.inner.get(&split).cloned().unwrap_or_default();
        let own: Vec<Forecasts> = laws.iter().map(|told| inner(told)).collect();
        let common: Vec<Vec<Forecast>> = own[0]
            .keys()
            .filter_map(|run| own.iter().map(|inner| inner.get(run).copied()).collect())
            .collect();
        if common.len() < FEWEST {
            laws.truncate(1);
        }
        let mean = |law: usize| common.iter().map(|run| run[law].score()).sum::<f64>() / common.len() as f64;
        let scores: Vec<f64> = (0..laws.len()).map(mean).collect();
        let densities: Vec<Vec<f64>> =
            common.iter().map(|run| run[..laws.len()].iter().map(Forecast::ln_density).collect()).collect();
        for ((_, weigh), found) in WAYS.iter().zip(&mut found) {
            let weights = if laws.len() == 1 { vec![1.0] } else { weigh(&scores, &densities) };
            for run in &runs {
                let parts: Vec<Forecast> = laws.iter().map(|told| told.outer[run]).collect();
                found.push(Forecast::mixture(&parts, &weights));
            }
        }
    }
    let whole = |told: &&&Told| default.outer.keys().all(|run| told.outer.contains_key(run));
    let single: Vec<Vec<Forecast>> = told
        .iter()
        .filter(whole)
        .map(|told| default.outer.keys().map(|run| told.outer[run]).collect())
        .collect();
    let place = least(single.iter().map(|runs: &Vec<Forecast>| mean_score(runs)));
    found[COUNT - 1].clone_from(&single[place]);
    found
}

fn mean_score<'a>(runs: impl IntoIterator<Item = &'a Forecast>) -> f64 {
    let (sum, count) =
        runs.into_iter().fold((0.0, 0.0), |(sum, count), run| (sum + run.score(), count + 1.0));
    sum / count
}

#[allow(clippy::print_stdout)]
pub(crate) fn print(replicates: usize, tables: &[String]) -> Result<()> {
    let bootstrap = BootstrapOptions::default().with_replicates(replicates).with_level(LEVEL);
    let mut all = all_cases(tables)?;
    all.retain(|case| case.pooled);
    let orders = [Input::Flops, Input::Params, Input::Tokens];
    let mut work = Vec::new();
    for (i, case) in all.iter().enumerate() {
        let repeated = OF_REPEATED.iter().filter(|_| case.observations.unique_tokens().is_some());
        let pruned = OF_PRUNED.iter().filter(|_| !case.observations.is_dense());
        let laws: Vec<&'static str> = LAWS.iter().chain(repeated).chain(pruned).copied().collect();
        work.extend(
            orders.iter().flat_map(|by| laws.iter().map(move |law| (i, case, by, *law)).collect::<Vec<_>>()),
        );
    }
    let told: Vec<Told> = work
        .par_iter()
        .map(|(_, case, by, law)| Told::new(case, law, by, &bootstrap))
        .collect::<Result<_>>()?;
    for without in ["", "compute"] {
        let mut by_sweep: Vec<(&str, [Vec<Forecast>; COUNT])> = Vec::new();
        for (i, case) in all.iter().enumerate() {
            let mut own: [Vec<Forecast>; COUNT] = Default::default();
            for by in &orders {
                let here = work.iter().zip(&told).filter(|((j, _, order, _), _)| *j == i && *order == by);
                let laws: Vec<&Told> = here.map(|(_, told)| told).filter(|t| t.law != without).collect();
                if !laws[0].outer.is_empty() {
                    own.iter_mut().zip(foretold(&laws)).for_each(|(own, more)| own.extend(more));
                }
            }
            by_sweep.extend((!own[0].is_empty()).then_some((case.name.as_str(), own)));
        }
        println!("\n{}\n", if without.is_empty() { "All laws:" } else { "Without `compute`:" });
        tables_of(&by_sweep);
    }
    Ok(())
}

#[allow(clippy::print_stdout)]
fn tables_of(by_sweep: &[(&str, [Vec<Forecast>; COUNT])]) {
    let names: Vec<&str> = WAYS.iter().map(|(name, _)| *name).chain([HINDSIGHT]).collect();
    let pooled = |way: usize, but: usize| {
        let others = by_sweep.iter().enumerate().filter(move |(i, _)| *i != but);
        others.flat_map(move |(_, (_, ways))| &ways[way])
    };
    let none = by_sweep.len();
    let ratio = |i: usize, way: usize, over: usize| {
        mean_score(&by_sweep[i].1[way]) / mean_score(&by_sweep[i].1[over])
    };
    println!(
        "| {} predictions | hits, % | half width, % | score, % | RMS, % | over the default's | on sweeps | over the best's \
         | but for one sweep | on sweeps |",
        pooled(0, none).count()
    );
    println!("|---{}|", "|---".repeat(9));
    for (way, name) in names.iter().enumerate() {
        let mean = |of: &dyn Fn(&Forecast) -> f64| {
            pooled(way, none).map(of).sum::<f64>() / pooled(way, none).count() as f64
        };
        let hits = 100.0 * mean(&|f| f64::from(u8::from(holds(f.interval, f.loss))));
        let width = median(pooled(way, none).map(|f| 50.0 * (f.interval[1] - f.interval[0])).collect());
        let (score, rms) =
            (100.0 * mean(&Forecast::score), 100.0 * mean(&|f| (f.estimate - f.loss).powi(2)).sqrt());
        let over = |other: usize, but: usize| mean_score(pooled(way, but)) / mean_score(pooled(other, but));
        let but: Vec<f64> = (0..none).map(|i| over(1, i)).collect();
        let [low, high] =
            [f64::min, f64::max].map(|of: fn(f64, f64) -> f64| but.iter().copied().fold(f64::NAN, of));
        let better = |other| (0..none).filter(|i| ratio(*i, way, other) < 1.0).count();
        println!(
            "| {name} | {hits:.1} | {width:.2} | {score:.1} | {rms:.2} | {:.2} | {} of {none} | {:.3} | {low:.2} to {high:.2} | {} of {none} |",
            over(0, none),
            better(0),
            over(1, none),
            better(1),
        );
    }
    println!("\n| score over the default's | runs | {} |", names[1..].join(" | "));
    println!("|---{}|", "|---".repeat(names.len()));
    for (i, (name, ways)) in by_sweep.iter().enumerate() {
        let ratios: Vec<String> = (1..COUNT).map(|way| format!("{:.2}", ratio(i, way, 0))).collect();
        println!("| {name} | {} | {} |", ways[0].len(), ratios.join(" | "));
    }
}
