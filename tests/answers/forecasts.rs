//! Whether places in predictive distributions are even, and whether sizes are near the best as often as is said: sweeps of a known truth.
//!
//! `SWEEPS=1000 cargo test --test answers forecasts -- --nocapture` prints the counts of docs/evidence.md.

use nbar::answer::AllocationOptions;
use nbar::law::{Law, Separable, chinchilla};
use nbar::read::MeasuredTable;
use nbar::{Ensemble, FitOptions, NewRun, fit_scaling_law};

use crate::common::noise::normal;
use crate::common::sweeps::{TRUTH, grid};
use crate::replicates;

const NOISE: f64 = 0.01;

fn sweeps() -> usize {
    std::env::var("SWEEPS").ok().and_then(|count| count.parse().ok()).unwrap_or(20)
}

/// A sweep of 48 runs.
fn sweep(number: usize) -> Ensemble {
    let noise = |i: usize| NOISE * normal(1000 * number + i);
    fit_scaling_law(&grid(8, 6, noise), &FitOptions::default()).unwrap().bootstrap(&replicates(200)).unwrap()
}

/// A share, as printed and as far as chance moves it.
fn share(hits: usize, of: usize) -> (f64, f64) {
    let share = hits as f64 / of as f64;
    (share, (share.clamp(0.01, 0.99) * (1.0 - share.clamp(0.01, 0.99)) / of as f64).sqrt())
}

#[test]
#[allow(clippy::print_stdout)] // The counts are there to be read.
fn places_of_new_runs_are_even_and_sizes_near_the_best_as_often_as_is_said() {
    let (count, truth) =
        (sweeps(), Separable { e: TRUTH[0], a: TRUTH[1], b: TRUTH[2], alpha: TRUTH[3], beta: TRUTH[4] });
    // One run among the others, and one at 20 times the most FLOPs.
    let runs = [(1e9, 2e10), (2e10, 5e11)];
    let new: Vec<NewRun> = runs.iter().map(|(n, d)| NewRun::dense(*n, *d).unwrap()).collect();
    let budgets = [1e21, 1e23];
    let (mut places, mut inside) = ([vec![], vec![]], [0, 0]);
    let (mut said, mut near) = ([[0.0; 3]; 2], [[0; 3]; 2]);
    for number in 0..count {
        let ensemble = sweep(number);
        let loss = |(i, (n, d)): (usize, &(f64, f64))| {
            let loss = chinchilla().loss(&TRUTH, &[*n, *d]) * (NOISE * normal(1000 * number + 900 + i)).exp();
            format!("{n},{d},{loss}\n")
        };
        let rows: String = runs.iter().enumerate().map(loss).collect();
        let table =
            MeasuredTable::from_reader("measured", format!("params,tokens,loss\n{rows}").as_bytes()).unwrap();
        let report = ensemble.register(&new).unwrap().score(&table).unwrap();
        for (place, run) in report.runs.iter().enumerate() {
            places[place].push(run.outcome.pit);
            inside[place] += usize::from(run.outcome.in_run_interval == Some(true));
        }
        for (at, flops) in budgets.iter().enumerate() {
            let (n, d) = truth.optimum(*flops);
            let sizes = ensemble.regret(*flops, &AllocationOptions::default()).unwrap().sizes;
            for (k, size) in sizes[1..4].iter().enumerate() {
                said[at][k] += size.near_best / count as f64;
                let loss = truth.loss(size.average_params, size.tokens);
                near[at][k] += usize::from(loss <= 1.005 * truth.loss(n, d));
            }
        }
    }
    for (place, of_run) in places.iter().enumerate() {
        let (hits, _) = share(inside[place], count);
        println!("run {place}: {:.1} % in the run interval of 95 %", 100.0 * hits);
        for p in [0.1, 0.25, 0.5, 0.75, 0.9] {
            let (found, error) = share(of_run.iter().filter(|pit| **pit < p).count(), count);
            println!("  below {p}: {:.1} % +- {:.1}", 100.0 * found, 100.0 * error);
            let chance = 3.5 * (p * (1.0 - p) / count as f64).sqrt();
            // Beyond the sweep the bend that may be makes forecasts wider than these laws need.
            let is_even = (found - p).abs() <= chance + 0.03;
            let is_wide = (found - 0.5).abs() <= (p - 0.5).abs() + chance + 0.03;
            assert!(if place == 0 { is_even } else { is_wide }, "run {place}, below {p}: {found}");
        }
        assert!(hits >= 0.95 - 3.5 * (0.95 * 0.05 / count as f64).sqrt(), "run {place}: {hits}");
    }
    for (at, flops) in budgets.iter().enumerate() {
        for (k, factor) in [0.5, 1.0, 2.0].into_iter().enumerate() {
            let ((found, error), said) = (share(near[at][k], count), said[at][k]);
            println!(
                "{flops:e} FLOPs, {factor} N*: near the best in {:.1} % +- {:.1}, {:.1} % said",
                100.0 * found,
                100.0 * error,
                100.0 * said
            );
            let p = said.clamp(0.02, 0.98);
            let chance = 3.5 * (p * (1.0 - p) / count as f64).sqrt();
            // Beyond the sweep bends make what is said too cautious, and never too sure.
            let is_even = (found - said).abs() <= chance;
            let is_cautious = said <= found + chance;
            assert!(if at == 0 { is_even } else { is_cautious }, "{flops:e}, {factor}: {found}, {said} said");
        }
    }
}
