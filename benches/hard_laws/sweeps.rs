//! Sweeps of laws that are no sums of powers, as people run them: grids of 30 to 200 runs, truths around the published ones.

use std::sync::Arc;

use nbar::law::{Law, by_name};
use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
use nbar::{Observations, Result, Trajectory};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Laws that there are sweeps of.
pub(crate) const LAWS: [&str; 7] =
    ["coupled", "kaplan", "power-mean", "sparse-density", "repeated-data", "bnsl", "bnsl2"];
/// About how many runs, and standard deviations of the noise in ln L.
pub(crate) const RUNS: [usize; 3] = [30, 80, 200];
pub(crate) const NOISES: [f64; 3] = [0.002, 0.005, 0.01];

/// A law's sweep, and what it was made from.
pub(crate) struct Synthetic {
    pub(crate) law: Arc<dyn Law>,
    pub(crate) truth: Vec<f64>,
    pub(crate) observations: Observations,
}

struct Draw(ChaCha8Rng);

impl Draw {
    fn unit(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Evenly in the logarithm.
    fn decades(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.unit())
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// `count` values, evenly in the logarithm.
fn ladder(low: f64, high: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| low * (high / low).powf(i as f64 / (count - 1) as f64)).collect()
}

/// Each of `first` with each of `second`.
fn grid(first: &[f64], second: &[f64]) -> Vec<[f64; 2]> {
    first.iter().flat_map(|a| second.iter().map(|b| [*a, *b])).collect()
}

/// The middle of positive numbers, in the logarithm.
fn middle(x: &[f64]) -> f64 {
    (x.iter().map(|x| x.ln()).sum::<f64>() / x.len() as f64).exp()
}

/// What a sweep's runs are, but for their losses.
#[derive(Default)]
struct Inputs {
    params: Vec<f64>,
    tokens: Vec<f64>,
    unique: Vec<f64>,
    /// Before pruning.
    initial: Vec<f64>,
    courses: Vec<Trajectory>,
}

impl Inputs {
    fn of(runs: Vec<[f64; 2]>) -> Self {
        let (params, tokens) = runs.iter().map(|[n, d]| (*n, *d)).unzip();
        Self { params, tokens, ..Self::default() }
    }

    fn with(&self, loss: Vec<f64>) -> Result<Observations> {
        let mut all = Observations::new(self.params.clone(), self.tokens.clone(), loss)?;
        if !self.unique.is_empty() {
            all = all.with_unique_tokens(self.unique.clone())?;
        }
        if !self.initial.is_empty() {
            all = all.with_param_counts(self.initial.clone(), self.params.clone(), self.params.clone())?;
        }
        if self.courses.is_empty() { Ok(all) } else { all.with_trajectories(&self.courses) }
    }
}

/// The inputs of a sweep and a truth that it bears on: at its middle each power has 0.1 to 1 nats a token, about.
fn draw(name: &str, runs: usize, draw: &mut Draw) -> Result<(Inputs, Vec<f64>)> {
    let count = |per: usize| (runs as f64 / per as f64).round() as usize;
    let (least, shortest) = (draw.decades(1e7, 1e8), draw.decades(1e9, 1e10));
    let sizes = ladder(least, least * draw.decades(30.0, 1000.0), if runs < 50 { 5 } else { 8 });
    let lengths = |draw: &mut Draw, count| ladder(shortest, shortest * draw.decades(20.0, 500.0), count);
    // E, A, B, α, β with terms of these sizes in the middle.
    let powers = |draw: &mut Draw, d: &[f64], tied: bool| {
        let (e, alpha) = (draw.between(1.3, 2.2), draw.between(0.25, 0.45));
        let beta = if tied { alpha } else { draw.between(0.25, 0.45) };
        let mut coefficient = |x: &[f64], theta: f64| draw.decades(0.1, 1.0) * middle(x).powf(theta);
        [e, coefficient(&sizes, alpha), coefficient(d, beta), alpha, beta]
    };
    Ok(match name {
        "coupled" => {
            let d = lengths(draw, count(sizes.len()));
            let truth = powers(draw, &d, false).into_iter().chain([draw.decades(0.25, 3.0)]).collect();
            (Inputs::of(grid(&sizes, &d)), truth)
        }
        "kaplan" => {
            let d = lengths(draw, count(sizes.len()));
            let (alpha_n, alpha_d) = (draw.between(0.05, 0.12), draw.between(0.07, 0.15));
            let scale =
                |draw: &mut Draw, x: &[f64], theta: f64| middle(x) * draw.between(2.0, 3.2).powf(1.0 / theta);
            let truth = vec![scale(draw, &sizes, alpha_n), scale(draw, &d, alpha_d), alpha_n, alpha_d];
            (Inputs::of(grid(&sizes, &d)), truth)
        }
        "power-mean" => {
            let d = lengths(draw, 3);
            let truth = powers(draw, &d, false).into_iter().chain([draw.between(-1.5, 1.5)]).collect();
            // Pruned over different stretches, which is what tells one mean from another.
            let plans: Vec<(f64, f64, f64)> = (0..count(3 * sizes.len()).max(3))
                .map(|k| {
                    let start = draw.between(0.05, 0.5);
                    (
                        if k == 0 { 0.0 } else { draw.between(0.4, 0.9) },
                        start,
                        start + draw.between(0.1, 0.45),
                    )
                })
                .collect();
            let mut inputs = Inputs::default();
            for [n, d] in grid(&sizes, &d) {
                for (sparsity, start, end) in &plans {
                    let ramp = Ramp::new(Shape::Geometric, *sparsity, *start, *end, Unit::Fraction);
                    let course = Schedule::from(ramp).trajectory(Network::new(n), Extent::new(d))?;
                    inputs.params.push(course.average_params());
                    inputs.tokens.push(d);
                    inputs.courses.push(course);
                }
            }
            (inputs, truth)
        }
        "sparse-density" => {
            let densities = [1.0, 0.5, 0.25, 0.125, 0.0625];
            let d = lengths(draw, count(5 * sizes.len()).max(2));
            let [e, a, b, alpha, _] = powers(draw, &d, true);
            let truth = vec![
                e,
                a,
                b,
                alpha,
                draw.between(-0.1, 0.3),
                draw.between(-0.4, 0.4),
                draw.between(0.5, 1.5),
            ];
            let mut inputs = Inputs::default();
            for [n, d] in grid(&sizes, &d) {
                for density in densities {
                    inputs.initial.push(n);
                    inputs.params.push(n * density);
                    inputs.tokens.push(d);
                }
            }
            (inputs, truth)
        }
        "repeated-data" => {
            let epochs = [1.0, 2.0, 4.0, 8.0, 16.0, 40.0];
            let unique = lengths(draw, count(6 * sizes.len()).max(2));
            let [e, a, b, alpha, _] = powers(draw, &unique, true);
            let truth = vec![e, a, b, alpha, draw.decades(4.0, 40.0), draw.decades(2.0, 30.0)];
            let mut inputs = Inputs::default();
            for [size, unique] in grid(&sizes, &unique) {
                for epoch in epochs {
                    inputs.params.push(size);
                    inputs.tokens.push(epoch * unique);
                    inputs.unique.push(unique);
                }
            }
            (inputs, truth)
        }
        _ => {
            let d = ladder(shortest, shortest * draw.decades(100.0, 2000.0), runs);
            let c0 = draw.between(0.05, 0.3);
            let mut truth = vec![draw.between(1.0, 2.0), draw.decades(0.3, 2.0) * middle(&d).powf(c0), c0];
            for (low, high) in if name == "bnsl" { vec![(0.2, 0.8)] } else { vec![(0.15, 0.4), (0.6, 0.85)] }
            {
                let at = draw.between(low, high);
                let bend = draw.between(0.05, 0.3) * if draw.unit() < 0.3 { -0.3 } else { 1.0 };
                truth.extend([bend, d[0] * (d[runs - 1] / d[0]).powf(at), draw.decades(0.1, 1.0)]);
            }
            (Inputs::of(d.into_iter().map(|d| [1e8, d]).collect()), truth)
        }
    })
}

/// The sweep of a law and a seed. Truths outside of the ranges that the law declares are drawn again.
pub(crate) fn sweep(name: &str, runs: usize, noise: f64, seed: u64) -> Result<Synthetic> {
    let law = by_name(name)?;
    let mut rng = Draw(ChaCha8Rng::seed_from_u64(seed));
    let declared =
        |truth: &[f64]| law.spec().parameters.iter().zip(truth).all(|(p, x)| p.low <= *x && *x <= p.high);
    let (inputs, truth) = loop {
        let (inputs, truth) = draw(name, runs, &mut rng)?;
        if declared(&truth) {
            break (inputs, truth);
        }
    };
    let blank = inputs.with(vec![1.0; inputs.params.len()])?;
    let columns = law.spec().columns(&blank)?;
    let loss = (0..blank.len()).map(|i| {
        let row: Vec<f64> = columns.iter().map(|column| column[i]).collect();
        law.loss(&truth, &row) * (noise * rng.normal()).exp()
    });
    Ok(Synthetic { observations: inputs.with(loss.collect())?, law, truth })
}
