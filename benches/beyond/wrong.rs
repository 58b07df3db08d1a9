//! Laws that are wrong by less than the noise, and the test that should say so.

use nbar::{AllocationOptions, BootstrapOptions, Fit, Result, fit_scaling_law};
use rayon::prelude::*;

use crate::designs::{Design, HARD, USUAL};
use crate::random::Random;
use crate::right::run_intervals;
use crate::table::{Share, holds};
use crate::truth::{LAW, Truth, WRONG};
use crate::usual::median;

/// Level of the intervals.
const LEVEL: f64 = 0.9;
/// The test fires below this.
const FIRES: f64 = 1e-3;
/// Sweeps without noise by which a law is said to be off.
const EXACT: usize = 20;

/// p of the test of fit, if there is one.
fn lack_of_fit(fit: &Fit) -> Option<f64> {
    fit.lack_of_fit().map(|test| test.p)
}

/// What came of one sweep.
struct Outcome {
    run: [bool; 3],
    width: [f64; 3],
    best: Option<bool>,
    span: f64,
    fires: Option<bool>,
}

#[allow(clippy::print_stdout)]
pub(crate) fn print(sweeps: usize, replicates: usize, chosen: &[String]) -> Result<()> {
    let [iso, ladder] = [USUAL[0], USUAL[1]];
    let noisy = Design { name: "isoFLOP, sd .6 %", deviation: 0.006, ..iso };
    println!(
        "| {sweeps} sweeps each, {replicates} replicates | design | off by, % | run at N* of 10x, % | if law holds | usual | half width, % | usual \
         | N* at 10x, % | N*, upper over lower end | test fires, % |"
    );
    println!("|---{}|", "|---".repeat(10));
    for (i, truth) in [LAW].into_iter().chain(WRONG).enumerate() {
        for (j, design) in [iso, noisy, ladder].into_iter().enumerate() {
            let name = format!("{}, {}", truth.name, design.name);
            if !chosen.is_empty() && !chosen.iter().any(|part| name.contains(part)) {
                continue;
            }
            let seed = |k: usize| (1_000_000 * (100 + 10 * i + j) + k) as u64;
            let outcomes = (0..sweeps).into_par_iter().map(|k| outcome(&truth, &design, seed(k), replicates));
            let outcomes: Vec<Outcome> = outcomes.collect::<Result<_>>()?;
            let runs = [0, 1, 2].map(|k| Share::of(outcomes.iter().map(|o| o.run[k])).cell());
            let widths = [0, 2].map(|k| 100.0 * median(outcomes.iter().map(|o| o.width[k]).collect()));
            let best = Share::of(outcomes.iter().filter_map(|o| o.best)).cell();
            let span = median(outcomes.iter().map(|o| o.span).collect());
            let fires = Share::of(outcomes.iter().filter_map(|o| o.fires)).cell();
            println!(
                "| {} | {} | {:.2} | {} | {} | {} | {:.2} | {:.2} | {best} | {span:.2} | {fires} |",
                truth.name,
                design.name,
                100.0 * off_by(&truth, &design)?,
                runs[0],
                runs[1],
                runs[2],
                widths[0],
                widths[1],
            );
        }
    }
    println!(
        "\nOff by: RMS of ln L - ln of the best law without noise, over the sweep. Intervals are of 90 %, shares with binomial\n\
         standard deviations; N* is the truth's. Widths are medians. The test fires at p < {FIRES}."
    );
    Ok(())
}

fn outcome(truth: &Truth, design: &Design, seed: u64, replicates: usize) -> Result<Outcome> {
    let mut random = Random::new(seed);
    let sweep = design.sweep(truth, true, &mut random)?;
    let flops = 10.0 * sweep.flops().fold(0.0, f64::max);
    let fit = fit_scaling_law(&sweep, &design.options())?;
    let bootstrap = BootstrapOptions::default().with_replicates(replicates).with_seed(seed).with_level(LEVEL);
    let ensemble = fit.bootstrap(&bootstrap)?;
    let best = truth.best(flops);
    let landed = best.loss * design.new_noise(best.params, &mut random).exp();
    let intervals = run_intervals(&ensemble, best.params, best.tokens)?;
    let found = ensemble.allocate(flops, &AllocationOptions::default()).ok().map(|run| run.average_params);
    Ok(Outcome {
        run: intervals.map(|interval| holds(interval, landed)),
        width: intervals.map(|[lower, upper]| 0.5 * (upper / lower).ln()),
        best: found.map(|params| holds(params.interval, best.params)),
        span: found.map_or(f64::NAN, |params| params.interval[1] / params.interval[0]),
        fires: lack_of_fit(&fit).map(|p| p < FIRES),
    })
}

/// RMS over the rows by which the best law misses a truth without noise; mean of some sweeps.
fn off_by(truth: &Truth, design: &Design) -> Result<f64> {
    let rms = |seed: usize| {
        let sweep = design.sweep(truth, false, &mut Random::new(seed as u64))?;
        let residuals = fit_scaling_law(&sweep, &design.options())?.residuals()?;
        Ok((residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len() as f64).sqrt())
    };
    let all: Vec<f64> = (0..EXACT).into_par_iter().map(rms).collect::<Result<_>>()?;
    Ok(all.iter().sum::<f64>() / EXACT as f64)
}

/// How often the test of fit fires where the law is right.
#[allow(clippy::print_stdout)]
pub(crate) fn print_alarms(sweeps: usize, chosen: &[String]) -> Result<()> {
    println!("| right law | sweeps | p < .05, % | p < .01, % | p < .001, % |\n|---|---|---|---|---|");
    let mut all = Vec::new();
    let is_chosen =
        |design: &Design| chosen.is_empty() || chosen.iter().any(|part| design.name.contains(part));
    let each = sweeps.div_ceil(USUAL.len());
    for (place, design) in USUAL.into_iter().chain(HARD).enumerate().filter(|(_, design)| is_chosen(design)) {
        let p = |i: usize| {
            let mut random = Random::new((1_000_000 * (200 + place) + i) as u64);
            let sweep = design.sweep(&LAW, true, &mut random)?;
            Ok(lack_of_fit(&fit_scaling_law(&sweep, &design.options())?))
        };
        let found: Vec<Option<f64>> = (0..each).into_par_iter().map(p).collect::<Result<_>>()?;
        let found: Vec<f64> = found.into_iter().flatten().collect();
        alarms(design.name, &found);
        if place < USUAL.len() {
            all.extend(found);
        }
    }
    alarms(&format!("the first {}", USUAL.len()), &all);
    Ok(())
}

#[allow(clippy::print_stdout)]
fn alarms(name: &str, found: &[f64]) {
    let share = |level: f64| Share::of(found.iter().map(|p| *p < level)).cell();
    println!("| {name} | {} | {} | {} | {} |", found.len(), share(0.05), share(0.01), share(FIRES));
}
