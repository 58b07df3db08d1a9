//! Do the intervals of the law of schedules hold the truth as often as they say? Its parameters, the best pruning window of a plan and
//! the loss of that plan, on sweeps drawn from the law on the design of the journey sweep.
//!
//! `cargo bench --bench schedules [-- SWEEPS REPLICATES NOISE]`; 500 sweeps of 300 replicates take about five minutes on one thread.

#![allow(clippy::print_stdout)]

use nbar::law::{Input, Law, by_name};
use nbar::optimize::Starts;
use nbar::schedule::{Ramp, Schedule, Shape, Unit};
use nbar::{
    BootstrapOptions, Ensemble, Extent, FitOptions, Network, ObservationOptions, Observations, ReadOptions,
    Run, Size, Sweep, Trajectory, fit_scaling_law,
};

/// The plan that is asked about: three quarters of so many parameters go, at the FLOPs of so many tokens of a dense run.
const PARAMS: f64 = 1.18e6;
const SPARSITY: f64 = 0.75;
const DENSE_TOKENS: f64 = 4e7;
/// Places in a run at which pruning may start or end.
const PLACES: usize = 100;

/// A normal number, by the method of Box and Muller.
struct Normal(u64);

impl Normal {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn draw(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

/// Runs of the journey sweep with other losses.
fn runs(trajectories: &[Trajectory], losses: Vec<f64>) -> nbar::Result<Observations> {
    let of = |read: fn(&Trajectory) -> f64| trajectories.iter().map(read).collect::<Vec<f64>>();
    let average = of(Trajectory::average_params);
    Observations::new(average.clone(), of(Trajectory::tokens), losses)?
        .with_size(Size::AVERAGE)
        .with_param_counts(of(Trajectory::initial_params), average, of(Trajectory::final_params))?
        .with_trajectories(trajectories)
}

/// A window of the plan: where it starts and ends, then the logarithms of N̄, of D at the budget, and of what it leaves unhealed.
type Window = ([f64; 2], [f64; 3]);

/// All windows of the plan, along a geometric ramp.
fn windows(law: &dyn Law) -> nbar::Result<Vec<Window>> {
    let place = |place: usize| place as f64 / PLACES as f64;
    let (mut places, mut trajectories) = (Vec::new(), Vec::new());
    for start in 0..PLACES {
        for end in start + 1..=PLACES {
            let ramp = Ramp::new(Shape::Geometric, SPARSITY, place(start), place(end), Unit::Fraction);
            let unit = Schedule::from(ramp.clone()).trajectory(Network::new(PARAMS), Extent::new(1.0))?;
            let tokens = DENSE_TOKENS * PARAMS / unit.average_params();
            trajectories.push(Schedule::from(ramp).trajectory(Network::new(PARAMS), Extent::new(tokens))?);
            places.push([place(start), place(end)]);
        }
    }
    let rows = runs(&trajectories, vec![1.0; trajectories.len()])?;
    let before = law.spec().inputs.iter().position(|input| *input == Input::Unhealed).unwrap_or_default();
    let unhealed = law.spec().columns(&rows)?.swap_remove(before);
    let logs = |i: usize| [rows.average_params()[i], rows.tokens()[i], unhealed[i]].map(f64::ln);
    Ok(places.into_iter().enumerate().map(|(i, place)| (place, logs(i))).collect())
}

/// Start, end and loss of the best window.
fn best(windows: &[Window], parameters: &[f64]) -> [f64; 3] {
    let &[e, a, b, c, alpha, beta, p] = parameters else { unreachable!("seven parameters") };
    let [a, b, c] = [a.ln(), b.ln(), c.ln() - alpha * PARAMS.ln()];
    let mut best = [f64::NAN, f64::NAN, f64::INFINITY];
    for ([start, end], [n, d, v]) in windows {
        let loss = e + (a - alpha * n).exp() + (b - beta * d).exp() + (c + p * (v - 0.5 * d)).exp();
        if loss < best[2] {
            best = [*start, *end, loss];
        }
    }
    best
}

fn main() -> nbar::Result<()> {
    let words: Vec<f64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let word = |place: usize, default: f64| words.get(place).copied().unwrap_or(default);
    let (sweeps, replicates, noise) = (word(0, 500.0) as usize, word(1, 300.0) as usize, word(2, 0.015));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/journey.csv");
    let sweep = Sweep::from_csv_path_with(path, &ReadOptions::default())?;
    let law = by_name("schedule")?;
    let options = FitOptions::default().with_law(law.clone()).with_jobs(1);
    let measured = sweep.observations(&ObservationOptions::default())?;
    let truth = fit_scaling_law(&measured, &options)?.parameters;
    let trajectories = sweep.runs().iter().map(Run::trajectory).collect::<nbar::Result<Vec<Trajectory>>>()?;
    let rows = runs(&trajectories, vec![1.0; trajectories.len()])?;
    let columns = law.spec().columns(&rows)?;
    let exact = |i: usize| law.loss(&truth, &columns.iter().map(|column| column[i]).collect::<Vec<f64>>());
    let exact: Vec<f64> = (0..rows.len()).map(exact).collect();
    let windows = windows(law.as_ref())?;
    let truths: Vec<f64> = truth.iter().copied().chain(best(&windows, &truth)).collect();
    let names = law.spec().parameters.iter().map(|p| p.name.to_string());
    let names: Vec<String> = names.chain(["start", "end", "loss"].map(str::to_owned)).collect();
    let options = options.with_starts(Starts::Given(vec![truth.clone()]));
    let mut held = vec![[0usize; 3]; names.len()];
    let (truth_count, mut made) = (truth.len(), 0);
    for seed in 0..sweeps {
        let mut normal = Normal(seed as u64 + 1);
        let losses = exact.iter().map(|loss| loss * (noise * normal.draw()).exp()).collect();
        let draws = BootstrapOptions::default().with_replicates(replicates).with_seed(seed as u64);
        let ensemble: Ensemble =
            fit_scaling_law(&runs(&trajectories, losses)?, &options)?.bootstrap(&draws)?;
        made += 1;
        for (place, (held, truth)) in held.iter_mut().zip(&truths).enumerate() {
            let estimate = match place.checked_sub(truth_count) {
                None => ensemble.parameter(&names[place]),
                Some(k) => Some(ensemble.estimate(|parameters| best(&windows, parameters)[k])),
            };
            let Some([lower, upper]) = estimate.map(|estimate| estimate.interval) else { continue };
            held[usize::from(*truth > upper) * 2 + usize::from(*truth >= lower && *truth <= upper)] += 1;
        }
    }
    println!("{made} sweeps, {replicates} replicates each, noise of {noise} on ln L; shares in percent\n");
    println!("| | truth | held | binomial error | truth below | above |\n|---|---|---|---|---|---|");
    for ((name, truth), [below, inside, above]) in names.iter().zip(&truths).zip(held) {
        let share = |count: usize| 100.0 * count as f64 / made as f64;
        let error = (share(inside) * (100.0 - share(inside)) / made as f64).sqrt();
        let [inside, below, above] = [inside, below, above].map(share);
        println!("| {name} | {truth:.4} | {inside:.1} | {error:.1} | {below:.1} | {above:.1} |");
    }
    Ok(())
}
