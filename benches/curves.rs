//! What are forecasts of curves worth? Curves are stopped at 50, 75 and 90 %, and what came is compared.
//!
//! `cargo bench --bench curves -- 300` prints the tables of docs/evidence.md: those of three published tables, against two naive rules, and the hits in so many
//! families of curves that follow another law than the forecasts have, that of Tissue et al. (2024) with a memory in steps, and in as many whose rate
//! falls over the last fifth of the run.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use nbar::forecast::{Annealing, ForecastOptions, Forecasts, RunForecast, forecast};
use nbar::{Checkpoint, Error, ReadOptions, Result, Run, Sweep};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const STOPS: [f64; 3] = [0.5, 0.75, 0.9];

/// The checkpoints of the journey, with what its table of runs says of each run.
fn journey() -> Result<Sweep> {
    let text = |path: &str| std::fs::read_to_string(path).map_err(|source| Error::read(path, source));
    let (runs, rows) = (text("data/journey.csv")?, text("data/journey_checkpoints.csv")?);
    let header = runs
        .lines()
        .next()
        .unwrap_or_default()
        .replace("tokens,steps,loss", "planned_tokens,planned_steps,end");
    let facts =
        runs.lines().skip(1).fold(format!("{header},lr_warmup\n"), |out, line| out + line + ",0.02\n");
    let options = ReadOptions::default().with_runs_from("runs.csv", facts.as_bytes())?;
    let options = options.with_columns("loss=subset_loss")?;
    Sweep::from_csv_reader("curves.csv", rows.as_bytes(), &options)
}

/// The power law `L₀ + A D^-a` through a run's own rows, by least squares, at its planned end.
fn own_power(run: &RunForecast) -> f64 {
    let last = run.tokens;
    let fitted = |a: f64| {
        let x: Vec<f64> = run.rows.iter().map(|row| (row[0] / last).powf(-a)).collect();
        let n = x.len() as f64;
        let (mx, my) = (x.iter().sum::<f64>() / n, run.rows.iter().map(|row| row[1]).sum::<f64>() / n);
        let xy: f64 = x.iter().zip(&run.rows).map(|(x, row)| (x - mx) * (row[1] - my)).sum();
        let slope = xy / x.iter().map(|x| (x - mx).powi(2)).sum::<f64>();
        let at = |x: f64| my + slope * (x - mx);
        let squares: f64 = x.iter().zip(&run.rows).map(|(x, row)| (row[1] - at(*x)).powi(2)).sum();
        (squares, at((run.planned_tokens / last).powf(-a)))
    };
    let all = (1..=200).map(|k| fitted(0.01 * f64::from(k)));
    all.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(f64::NAN, |best| best.1)
}

/// The published tables, and how they are to be read.
fn tables() -> Result<[(&'static str, Sweep, ForecastOptions); 3]> {
    let hot = ForecastOptions::default().with_lr_schedule("constant".to_owned());
    Ok([
        ("journey_checkpoints", journey()?, ForecastOptions::default().with_lr_schedule("cosine".to_owned())),
        (
            "gemstones_hot",
            Sweep::from_csv_path("data/gemstones_hot.csv")?,
            hot.clone().with_to(100_034_150_400.0),
        ),
        (
            "gemstones_cool_end",
            Sweep::from_csv_path("data/gemstones_cool_end.csv")?,
            hot.with_to(109_987_233_792.0),
        ),
    ])
}

/// The three laws of annealing on the same curves: those whose rate falls.
fn annealing() -> Result<()> {
    println!("| table | stop | law | RMS error | hits of 90 %, % | mean width |\n|---|---|---|---|---|---|");
    let [(name, sweep, options), ..] = tables()?;
    let mut hits = BTreeMap::new();
    for stop in STOPS {
        for annealing in [Annealing::Followed, Annealing::Tissue, Annealing::MultiPower] {
            let found = forecast(&sweep, &options.clone().with_stop(stop).with_annealing(annealing))?;
            let Some(score) = found.score else { continue };
            let (stop, within) = (100.0 * stop, 100.0 * score.within_90);
            println!(
                "| {name} | {stop:.0} % | {annealing} | {:.4} | {within:.0} | {:.4} |",
                score.rms, score.width_90
            );
            let all: &mut [f64; 2] = hits.entry(annealing.to_string()).or_default();
            all[0] += score.within_90 * score.runs as f64;
            all[1] += score.runs as f64;
        }
    }
    for (annealing, [inside, of]) in hits {
        println!("\n{annealing}: {inside:.0} of {of:.0} within 90 %, {:.1} %", 100.0 * inside / of);
    }
    println!();
    Ok(())
}

fn published(all: &mut [u64; 2]) -> Result<()> {
    println!(
        "| table | stop | runs | RMS error | of the last row | of the run's own power law | hits of 90 %, % | mean width |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (name, sweep, options) in tables()? {
        for stop in STOPS {
            let found: Forecasts = forecast(&sweep, &options.clone().with_stop(stop))?;
            let Some(score) = found.score else { continue };
            let own: Vec<f64> =
                found.runs.iter().filter_map(|run| Some((own_power(run) - run.came?).powi(2))).collect();
            let own = (own.iter().sum::<f64>() / own.len() as f64).sqrt();
            all[0] += (score.within_90 * score.runs as f64).round() as u64;
            all[1] += score.runs as u64;
            println!(
                "| {name} | {:.0} % | {} | {:.4} | {:.4} | {own:.4} | {:.0} | {:.4} |",
                100.0 * stop,
                score.runs,
                score.rms,
                score.rms_of_last,
                100.0 * score.within_90,
                score.width_90
            );
        }
    }
    Ok(())
}

/// A family of so many runs on the law of Tissue et al.: rows every 5 % of the run, a cosine to a tenth, noise of .2 %.
fn family(runs: usize, random: &mut ChaCha8Rng) -> Result<Sweep> {
    let mut uniform = || (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
    let mut normal = || (-2.0 * f64::ln(uniform())).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    let (alpha, fall, memory) = (0.5 * (0.2 * normal()).exp(), 0.06 * (0.3 * normal()).exp(), 0.05);
    let mut made = Vec::new();
    for k in 0..runs {
        let [level, power, fall] = [2.5, 0.25, fall].map(|value| value * (0.1 * normal()).exp());
        let (steps, mut area, mut followed, mut before) = (2000, 0.0, 0.0, 1.0);
        let mut rows = Vec::new();
        for step in 1..=steps {
            let share = f64::from(step) / f64::from(steps);
            let rate = 0.1 + 0.45 * (1.0 + (std::f64::consts::PI * share).cos());
            area += rate / f64::from(steps);
            followed += before - rate - followed / (memory * f64::from(steps));
            before = rate;
            if step % 100 == 0 {
                let loss = level * (1.0 + power * area.powf(-alpha) - fall * followed.min(1.0));
                rows.push(Checkpoint::new(1e10 * share, loss * (1.0 + 0.002 * normal())));
            }
        }
        made.push(Run::new(format!("r{k}"), 1e8 * (k + 1) as f64, rows));
    }
    Sweep::from_runs(made)
}

/// A family of so many runs whose rate is constant and then falls to a tenth over the last fifth: rows every half per cent of the run, noise of .2 %. The
/// loss follows the rate with a memory of .5 % of the run.
fn stable(runs: usize, random: &mut ChaCha8Rng) -> Result<Sweep> {
    let mut uniform = || (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
    let mut normal = || (-2.0 * f64::ln(uniform())).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    let mut made = Vec::new();
    for k in 0..runs {
        let (power, fall) = (0.3 * (0.2 * normal()).exp(), 0.15 * (0.1 * normal()).exp());
        let (steps, mut area, mut followed) = (2000, 0.0, 1.0);
        let mut rows = Vec::new();
        for step in 1..=steps {
            let share = f64::from(step) / f64::from(steps);
            let rate = 1.0 - 0.9 * ((share - 0.8) / 0.2).max(0.0);
            area += rate / f64::from(steps);
            followed += (rate - followed) * -(-rate / (0.005 * f64::from(steps))).exp_m1();
            if step % 10 == 0 {
                let loss = 2.9 - 0.2 * k as f64 + power * area.powf(-0.5) + fall * followed;
                rows.push(Checkpoint::new(1e10 * share, loss * (1.0 + 0.002 * normal())));
            }
        }
        made.push(Run::new(format!("r{k}"), 1e8 * (k + 1) as f64, rows));
    }
    Sweep::from_runs(made)
}

/// Hits in so many families of each size, stopped at these shares, as rows of a table.
fn hits(
    family: impl Fn(usize, &mut ChaCha8Rng) -> Result<Sweep>,
    (options, stops): (&ForecastOptions, [f64; 3]),
    (sizes, count): (&[usize], u64),
) -> Result<()> {
    println!(
        "\n| runs of a family | stop | hits of 90 %, % | its standard error, % | RMS error | of the last row |\n|---|---|---|---|---|---|"
    );
    for (stream, runs) in sizes.iter().copied().enumerate() {
        for stop in stops {
            let mut random = ChaCha8Rng::seed_from_u64(1);
            random.set_stream(stream as u64);
            let (mut hits, mut squares, mut last) = (Vec::new(), 0.0, 0.0);
            for _ in 0..count {
                let sweep = family(runs, &mut random)?;
                let found = forecast(&sweep, &options.clone().with_stop(stop))?;
                let Some(score) = found.score else { continue };
                hits.push(score.within_90);
                squares += score.rms.powi(2);
                last += score.rms_of_last.powi(2);
            }
            let n = hits.len() as f64;
            let mean = hits.iter().sum::<f64>() / n;
            // Runs of a family err together: families are the sample.
            let spread = (hits.iter().map(|hit| (hit - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
            let (stop, mean, spread) = (100.0 * stop, 100.0 * mean, 100.0 * spread);
            let [rms, last] = [squares, last].map(|sum| (sum / n).sqrt());
            println!("| {runs} | {stop:.0} % | {mean:.1} | {spread:.1} | {rms:.4} | {last:.4} |");
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let mut all = [0; 2];
    published(&mut all)?;
    let share = |[inside, of]: [u64; 2]| 100.0 * inside as f64 / of as f64;
    println!("\nover all stops: {} of {} within 90 %, {:.1} %\n", all[0], all[1], share(all));
    annealing()?;
    let count = std::env::args().skip(1).find_map(|text| text.parse::<u64>().ok()).unwrap_or(20);
    let to = |schedule: &str| {
        ForecastOptions::default().with_to(1e10).with_lr_schedule(schedule.to_owned()).with_lr_floor(0.1)
    };
    hits(family, (&to("cosine"), STOPS), (&[1, 4, 12], count))?;
    hits(stable, (&to("wsd").with_lr_decay(0.2), [0.85, 0.9, 0.95]), (&[1, 5], count))
}
