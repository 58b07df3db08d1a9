//! Answers for one group of a fit by groups.

use nbar::families::fit_by_group;
use nbar::{FitOptions, ObservationOptions, Sweep};

use crate::replicates;

/// Runs of two groups, so many each, whose losses lie on laws with shared exponents, but for uneven noise of standard deviation `noise`.
fn two_groups(counts: [u32; 2], noise: [f64; 2]) -> Sweep {
    let mut table = "params,tokens,loss,group\n".to_owned();
    let spread = |seed: f64| (seed * 0.618_033_988_749_895).fract();
    for (group, [e, a, b]) in [[1.8, 400.0, 1800.0], [1.9, 480.0, 1600.0]].into_iter().enumerate() {
        for run in 0..counts[group] {
            let [u, v, w] = [1.0, 7.0, 31.0].map(|step| spread(step * f64::from(run) + 5.0 * group as f64));
            let params = 3e7 * 100f64.powf(u);
            let tokens = params * 5.0 * 20f64.powf(v);
            let loss = e + a / params.powf(0.34) + b / tokens.powf(0.37);
            let loss = loss * (noise[group] * 12f64.sqrt() * (w - 0.5)).exp();
            table.push_str(&format!("{params},{tokens},{loss},g{group}\n"));
        }
    }
    Sweep::from_csv_str("t.csv", &table).unwrap()
}

/// Half the width of the interval in which a run of the second group would land, as a share of its loss.
fn half_width(counts: [u32; 2], noise: [f64; 2]) -> f64 {
    let observations = two_groups(counts, noise).observations(&ObservationOptions::default()).unwrap();
    let family = fit_by_group(&observations, &FitOptions::default(), &["alpha", "beta"], None).unwrap();
    let group = family.fit.bootstrap(&replicates(200)).unwrap().of_group("g1").unwrap();
    let loss = group.predict(1e9, 2e10).unwrap().loss;
    let [lower, upper] = loss.run_interval;
    (upper - lower) / 2.0 / loss.estimate
}

#[test]
fn a_run_of_a_small_group_scatters_as_all_groups_do() {
    // The fit follows three of four runs, whose residuals say next to nothing.
    let small = half_width([25, 4], [0.004, 0.0]);
    assert!(small > 1.5 * 0.004, "{small}");
}

#[test]
fn a_small_group_that_scatters_more_is_not_thought_to_scatter_less() {
    let [even, wild] = [0.004, 0.016].map(|of_group| half_width([25, 7], [0.004, of_group]));
    assert!(wild > 2.0 * even, "{even} {wild}");
    // Of many runs their own scatter counts.
    let [calm, wild] = [0.001, 0.016].map(|of_group| half_width([25, 40], [0.004, of_group]));
    assert!(wild > 6.0 * calm && calm < 1.2 * 1.96 * 0.004, "{calm} {wild}");
}
