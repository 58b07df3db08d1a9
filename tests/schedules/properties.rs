//! Schedules against sums and integrals taken another way, on random schedules.

use std::f64::consts::PI;

use nbar::Trajectory;
use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Staircase, Unit};
use proptest::prelude::*;

use crate::common::near::is_near;

const ORDERS: [f64; 7] = [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0];

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Linear),
        Just(Shape::Cubic),
        (0.3..6.0).prop_map(|power| Shape::Polynomial { power }),
        Just(Shape::Geometric),
        Just(Shape::Cosine),
    ]
}

fn networks() -> impl Strategy<Value = Network> {
    (1e6..1e11, prop_oneof![Just(0.0), 0.0..1.0])
        .prop_map(|(prunable, share)| Network::new(prunable).with_fixed(prunable * share))
}

/// A smooth ramp on fractions, its network and its run.
fn smooth() -> impl Strategy<Value = (Ramp, Network, Extent)> {
    let sparsities = (0.0..0.9, 0.0..0.99);
    (shapes(), sparsities, (0.0..1.0, 0.0..1.0), networks(), 1e9..1e13).prop_map(
        |(shape, (low, share), (a, b), network, tokens): (_, (f64, f64), (f64, f64), _, f64)| {
            let high = low + (0.99 - low) * share;
            let ramp = Ramp::new(shape, high, a.min(b), a.max(b), Unit::Fraction).with_initial_sparsity(low);
            (ramp, network, Extent::new(tokens))
        },
    )
}

/// A held ramp in steps: intervals of `every` steps after the `start`, and steps after the end.
fn held() -> impl Strategy<Value = (Ramp, Network, Extent, u32)> {
    let steps = (0..60_u32, 1..12_u32, 1..9_u32, 1..60_u32);
    (shapes(), 0.0..0.5, 0.5..0.99, steps, networks()).prop_map(
        |(shape, low, high, (start, intervals, every, rest), network)| {
            let end = start + intervals * every;
            let ramp = Ramp::new(shape, high, f64::from(start), f64::from(end), Unit::Step)
                .with_initial_sparsity(low)
                .with_every(f64::from(every));
            let steps = end + rest;
            (ramp, network, Extent::new(f64::from(steps) * 4096.0).with_steps(f64::from(steps)), steps)
        },
    )
}

/// Sparsity at progress q, as the reference writes it.
fn sparsity(ramp: &Ramp, q: f64) -> f64 {
    let (low, high) = (ramp.initial_sparsity, ramp.final_sparsity);
    match ramp.shape {
        Shape::Linear => high + (low - high) * (1.0 - q),
        Shape::Cubic => high + (low - high) * (1.0 - q).powi(3),
        Shape::Polynomial { power } => high + (low - high) * (1.0 - q).powf(power),
        Shape::Geometric => 1.0 - (1.0 - low) * ((1.0 - high) / (1.0 - low)).powf(q),
        _ => high + (low - high) * (1.0 + (PI * q).cos()) / 2.0,
    }
}

fn params(ramp: &Ramp, network: Network, q: f64) -> f64 {
    network.fixed + network.prunable * (1.0 - sparsity(ramp, q))
}

/// The power mean of weighted counts, which need not add up to 1.
fn power_mean(counts: &[(f64, f64)], order: f64) -> f64 {
    let total: f64 = counts.iter().map(|count| count.0).sum();
    let mean = |f: &dyn Fn(f64) -> f64| counts.iter().map(|&(w, n)| w * f(n)).sum::<f64>() / total;
    let scale = counts[0].1;
    if order == 0.0 {
        scale * mean(&|n| (n / scale).ln()).exp()
    } else {
        scale * mean(&|n| (n / scale).powf(order)).powf(1.0 / order)
    }
}

/// Mean of `f(q)` over q, by Simpson's rule in x, `1 - q = (1 - x)^6`, which tames roots at q = 1.
fn simpson(points: u32, f: impl Fn(f64) -> f64) -> f64 {
    let sum: f64 = (0..=2 * points)
        .map(|i| {
            let left = 1.0 - f64::from(i) / f64::from(2 * points);
            let weight = if i == 0 || i == 2 * points { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
            weight * 6.0 * left.powi(5) * f(1.0 - left.powi(6))
        })
        .sum();
    sum / f64::from(6 * points)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_staircase_is_its_steps_one_by_one((ramp, network, extent, steps) in held()) {
        let every = ramp.every.unwrap();
        let n = ((ramp.end - ramp.start) / every).round();
        let counts: Vec<_> = (0..steps).map(|step| {
            let since = f64::from(step) - ramp.start;
            let passed = (since / every).floor().min(n);
            let q = match ramp.shape {
                _ if since < 0.0 => 0.0,
                Shape::Geometric => (passed + 1.0) / (n + 1.0),
                _ => passed / n,
            };
            (1.0, params(&ramp, network, q))
        }).collect();
        let trajectory = Schedule::from(ramp).trajectory(network, extent)?;
        for order in ORDERS {
            prop_assert!(is_near(trajectory.power_mean(order), power_mean(&counts, order), 1e-12));
        }
        for (step, count) in (0_u32..).zip(&counts) {
            prop_assert!(is_near(trajectory.params_at((f64::from(step) + 0.5) * 4096.0), count.1, 1e-12));
        }
        prop_assert!(is_near(power_mean(&trajectory.nodes(), -0.34), trajectory.power_mean(-0.34), 1e-12));
    }

    #[test]
    fn a_smooth_ramp_is_its_integral((ramp, network, extent) in smooth()) {
        let trajectory = Schedule::from(ramp.clone()).trajectory(network, extent)?;
        let (first, last) = (params(&ramp, network, 0.0), params(&ramp, network, 1.0));
        for order in ORDERS {
            let f = |n: f64| if order == 0.0 { (n / first).ln() } else { (n / first).powf(order) };
            let on_ramp = simpson(4000, |q| f(params(&ramp, network, q)));
            let moment = ramp.start * f(first) + (ramp.end - ramp.start) * on_ramp + (1.0 - ramp.end) * f(last);
            let mean = first * if order == 0.0 { moment.exp() } else { moment.powf(1.0 / order) };
            let found = trajectory.power_mean(order);
            prop_assert!(is_near(found, mean, 1e-10), "order {order}: {found} is not {mean}");
        }
        let nodes = trajectory.nodes();
        prop_assert!((nodes.iter().map(|node| node.0).sum::<f64>() - 1.0).abs() < 1e-14);
        for order in [-2.0, -0.34, 1.0] {
            prop_assert!(is_near(power_mean(&nodes, order), trajectory.power_mean(order), 1e-11));
        }
    }

    #[test]
    fn means_rise_with_their_order((ramp, network, extent) in smooth(), compute: bool) {
        let unit = if compute { Unit::Compute } else { Unit::Fraction };
        let trajectory = Schedule::from(on(&ramp, unit)).trajectory(network, extent)?;
        let orders = [-100.0, -30.0, -3.0, -1.0, -0.11, -0.09, -1e-9, 0.0, 1e-9, 0.09, 0.11, 1.0, 3.0, 30.0, 100.0];
        let mut before = trajectory.final_params() * (1.0 - 1e-14);
        for order in orders {
            let mean = trajectory.power_mean(order);
            prop_assert!(mean >= before * (1.0 - 1e-12), "order {order}: {mean} after {before}");
            before = mean;
        }
        prop_assert!(before <= trajectory.initial_params());
    }

    #[test]
    fn beginnings_add_up((ramp, network, extent) in smooth(), a in 0.001..1.0, b in 0.001..1.0) {
        let trajectory = Schedule::from(ramp.clone()).trajectory(network, extent)?;
        let area = |until: &Trajectory| until.average_params() * until.tokens();
        let at = |share: f64| trajectory.until(share * extent.tokens);
        let (a, b) = (f64::min(a, b), f64::max(a, b));
        let (first, second) = (at(a)?, at(b)?);
        // What lies between, of each smooth stretch by itself.
        let mut knots = vec![a, ramp.start.clamp(a, b), ramp.end.clamp(a, b), b];
        knots.dedup();
        let between: f64 = knots.windows(2).map(|ends| {
            let width = (ends[1] - ends[0]) * extent.tokens;
            width * simpson(2000, |q| trajectory.params_at(ends[0] * extent.tokens + q * width))
        }).sum();
        prop_assert!(is_near(area(&first) + between, area(&second), 1e-9));
        prop_assert!(is_near(area(&second.until(first.tokens())?), area(&first), 1e-13));
        prop_assert!(is_near(first.final_params(), trajectory.params_at(first.tokens()), 1e-12));
        prop_assert_eq!(first.initial_params(), trajectory.initial_params());
    }

    #[test]
    fn fractions_of_compute_are_recovered((ramp, network, extent) in smooth(), every in 1..50_u32) {
        let share = |trajectory: &Trajectory, tokens: f64| -> nbar::Result<f64> {
            let spent = if tokens > 0.0 { trajectory.until(tokens)?.average_params() * tokens } else { 0.0 };
            Ok(spent / (trajectory.average_params() * extent.tokens))
        };
        let ramp = on(&ramp, Unit::Compute);
        let trajectory = Schedule::from(ramp.clone()).trajectory(network, extent)?;
        if let Some((start, end)) = trajectory.pruning_tokens() {
            prop_assert!((share(&trajectory, start)? - ramp.start).abs() < 1e-10);
            prop_assert!((share(&trajectory, end)? - ramp.end).abs() < 1e-10);
        }
        let cuts = (0..every).map(|i| (f64::from(i + 1) / f64::from(every + 1), 0.9 * f64::from(i + 1) / f64::from(every)));
        let stairs = Staircase::new(Unit::Compute, cuts.collect());
        let trajectory = Schedule::from(stairs).trajectory(network, extent)?;
        let (start, end) = trajectory.pruning_tokens().expect("cuts");
        prop_assert!((share(&trajectory, start)? - 1.0 / f64::from(every + 1)).abs() < 1e-10);
        prop_assert!((share(&trajectory, end)? - f64::from(every) / f64::from(every + 1)).abs() < 1e-10);
        // N̄ is the harmonic mean of N over compute.
        let last = network.fixed + network.prunable * 0.1;
        let slowness: f64 = (0..=every).map(|i| {
            let count = network.fixed + network.prunable * (1.0 - 0.9 * f64::from(i) / f64::from(every));
            1.0 / (count * f64::from(every + 1))
        }).sum();
        prop_assert!(is_near(trajectory.average_params(), 1.0 / slowness, 1e-12));
        prop_assert!(is_near(trajectory.final_params(), last, 1e-14));
    }

    #[test]
    fn a_constant_density_is_all_its_means(sparsity in 0.0..0.999, network in networks(), order in -100.0..100.0) {
        let trajectory = Schedule::constant(sparsity).trajectory(network, Extent::new(1e12))?;
        let count = network.prunable * (1.0 - sparsity) + network.fixed;
        prop_assert!(is_near(trajectory.power_mean(order), count, 1e-15));
        prop_assert_eq!(trajectory.pruning_tokens(), None);
        prop_assert!(is_near(trajectory.initial_params(), network.prunable + network.fixed, 1e-15));
    }

    #[test]
    fn no_number_panics(numbers in prop::array::uniform8(any_number()), shape in shapes(), every: bool, unit in 0..4_usize) {
        let [low, high, start, end, step, tokens, prunable, order] = numbers;
        let unit = [Unit::Token, Unit::Step, Unit::Fraction, Unit::Compute][unit];
        let mut ramp = Ramp::new(shape, high, start, end, unit).with_initial_sparsity(low);
        // Held ramps of up to ten million cuts are allowed, and would only take time here.
        ramp.every = every.then_some(step).filter(|step| (end - start) / step < 1e4);
        let extent = Extent::new(tokens).with_steps(step);
        if let Ok(trajectory) = Schedule::from(ramp).trajectory(Network::new(prunable), extent) {
            let mean = trajectory.power_mean(order);
            prop_assert!(order.is_nan() || mean <= trajectory.initial_params(), "{mean}");
            let _ = (trajectory.nodes(), trajectory.pruning_tokens(), trajectory.params_at(order));
            let _ = trajectory.until(step);
        }
    }
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..1.0, 1 => any::<f64>(), 1 => Just(0.0), 1 => 1.0..1e12]
}

/// The same ramp on another axis.
fn on(ramp: &Ramp, unit: Unit) -> Ramp {
    Ramp::new(ramp.shape, ramp.final_sparsity, ramp.start, ramp.end, unit)
        .with_initial_sparsity(ramp.initial_sparsity)
}
