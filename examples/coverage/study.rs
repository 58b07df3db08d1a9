//! Simulated sweeps of a known law, and how often the intervals of their fits hold the truth.

use nbar::law::{Law, chinchilla};
use nbar::{BootstrapOptions, FitOptions, Observations, fit_scaling_law};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// E, A, B, α, β that every sweep is drawn from: about the fit of `data/chinchilla.csv`.
const TRUTH: [f64; 5] = [1.8172, 477.8, 2143.4, 0.3473, 0.3672];
/// Share of the noise's variance that the checkpoints of a run have in common.
const COMMON: f64 = 0.8;

/// Law of the noise in ln L.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Noise {
    Normal,
    Laplace,
    /// Student's t with three degrees of freedom.
    Student,
}

/// A kind of sweep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) runs: usize,
    /// Checkpoints a run; their errors are correlated.
    pub(crate) checkpoints: usize,
    pub(crate) noise: Noise,
    /// Standard deviation of the noise.
    pub(crate) deviation: f64,
}

/// What the intervals are of, and in the last place the run interval at 90 %.
pub(crate) const NAMES: [&str; 11] =
    ["ln E", "ln A", "ln B", "alpha", "beta", "a_opt", "L 10x", "L 100x", "N* 10x", "N* 100x", "run 90 %"];

struct Random(ChaCha8Rng);

impl Random {
    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Mean 0, variance 1.
    fn draw(&mut self, noise: Noise) -> f64 {
        match noise {
            Noise::Normal => self.normal(),
            Noise::Laplace => {
                let u = self.uniform() - 0.5;
                -u.signum() * (1.0 - 2.0 * u.abs()).ln() / std::f64::consts::SQRT_2
            }
            Noise::Student => {
                let z = self.normal();
                let chi: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
                z / chi.sqrt()
            }
        }
    }
}

/// N over two and a third decades, 3 to 300 tokens a parameter; the same for every sweep of a cell.
fn design(runs: usize) -> Vec<[f64; 2]> {
    let mut random = Random(ChaCha8Rng::seed_from_u64(99));
    let mut run = || {
        let n = 4e7 * 200f64.powf(random.uniform());
        [n, n * 3.0 * 100f64.powf(random.uniform())]
    };
    (0..runs).map(|_| run()).collect()
}

/// ln L at the compute-optimal split of a budget, and ln N there.
fn optimum(p: &[f64], flops: f64) -> (f64, f64) {
    let [e, a, b, alpha, beta] = [p[0], p[1], p[2], p[3], p[4]];
    let g = ((alpha * a) / (beta * b)).powf(1.0 / (alpha + beta));
    let n = g * (flops / 6.0).powf(beta / (alpha + beta));
    ((e + a / n.powf(alpha) + b / (flops / 6.0 / n).powf(beta)).ln(), n.ln())
}

/// The first ten of [`NAMES`] for parameters, `largest` being the largest budget of the design.
fn quantity(which: usize, p: &[f64], largest: f64) -> f64 {
    match which {
        0..=2 => p[which].ln(),
        3 | 4 => p[which],
        5 => p[4] / (p[3] + p[4]),
        6 => optimum(p, 10.0 * largest).0,
        7 => optimum(p, 100.0 * largest).0,
        8 => optimum(p, 10.0 * largest).1,
        _ => optimum(p, 100.0 * largest).1,
    }
}

/// One sweep: which of [`NAMES`] the intervals hold; nothing if it cannot be fitted.
fn simulate(
    cell: Cell,
    design: &[[f64; 2]],
    options: &BootstrapOptions,
    seed: u64,
) -> Option<[bool; NAMES.len()]> {
    let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
    let (mut n, mut d, mut loss, mut run) = (vec![], vec![], vec![], vec![]);
    let (common, own) = if cell.checkpoints == 1 { (0.0, 1.0) } else { (COMMON, 1.0 - COMMON) };
    let noise = |shared: f64, random: &mut Random| {
        (cell.deviation * (f64::sqrt(common) * shared + f64::sqrt(own) * random.draw(cell.noise))).exp()
    };
    for (k, &[params, tokens]) in design.iter().enumerate() {
        let shared = random.draw(cell.noise);
        for checkpoint in 1..=cell.checkpoints {
            let tokens = tokens * checkpoint as f64 / cell.checkpoints as f64;
            n.push(params);
            d.push(tokens);
            run.push(k as u32);
            loss.push(chinchilla().loss(&TRUTH, &[params, tokens]) * noise(shared, &mut random));
        }
    }
    let names = (0..design.len()).map(|k| format!("{k:03}")).collect();
    let observations = Observations::new(n, d, loss).ok()?.with_runs(run, names).ok()?;
    let fit = fit_scaling_law(&observations, &FitOptions::default().with_jobs(1)).ok()?;
    let mut ensemble = fit.bootstrap(&options.clone().with_seed(seed)).ok()?;
    let largest = design.iter().map(|[n, d]| 6.0 * n * d).fold(0.0, f64::max);
    let mut held = [false; NAMES.len()];
    for (which, held) in held.iter_mut().enumerate().take(10) {
        let [lower, upper] = ensemble.estimate(|p| quantity(which, p, largest)).interval;
        let truth = quantity(which, &TRUTH, largest);
        *held = lower <= truth && truth <= upper;
    }
    ensemble.options.level = 0.9;
    let (n, flops) = (optimum(&TRUTH, 10.0 * largest).1.exp(), 10.0 * largest);
    let d = flops / 6.0 / n;
    let [lower, upper] = ensemble.predict(n, d).ok()?.loss.run_interval;
    let shared = random.draw(cell.noise);
    let landed = chinchilla().loss(&TRUTH, &[n, d]) * noise(shared, &mut random);
    held[10] = lower <= landed && landed <= upper;
    Some(held)
}

/// How many of `simulations` sweeps were fitted, and the share of those whose intervals hold each of [`NAMES`].
pub(crate) fn coverage(
    cell: Cell,
    simulations: u64,
    options: &BootstrapOptions,
) -> (usize, [f64; NAMES.len()]) {
    let design = design(cell.runs);
    let one = |i: u64| simulate(cell, &design, options, 1 + i);
    let fitted: Vec<_> = (0..simulations).into_par_iter().filter_map(one).collect();
    let mut shares = [0.0; NAMES.len()];
    for (which, share) in shares.iter_mut().enumerate() {
        *share = fitted.iter().filter(|held| held[which]).count() as f64 / fitted.len() as f64;
    }
    (fitted.len(), shares)
}
