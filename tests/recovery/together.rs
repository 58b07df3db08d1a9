//! Whether runs of one size, or of one length, share noise, and what this makes of values that are fixed.

use nbar::fit::Warning;
use nbar::{Checkpoints, FitOptions, ObservationOptions, ReadOptions, Sweep, fit_scaling_law};

use crate::common::noise::normal;

/// 42 runs of seven sizes and six lengths, of a Chinchilla law with noise of .3 %, of which runs of one `place` share so much of the variance.
fn sweep(seed: usize, share: f64, place: impl Fn(usize, usize) -> usize, options: &ReadOptions) -> Sweep {
    let mut table = "params,tokens,loss\n".to_owned();
    for run in 0..42 {
        let (i, j) = (run % 7, run / 7);
        let (n, d) = (3e7 * 2f64.powi(i as i32), 1e9 * 2f64.powi(j as i32));
        let [own, common] = [run, 50 + place(i, j)].map(|k| normal(100 * seed + k));
        let noise = 0.003 * (share.sqrt() * common + (1.0 - share).sqrt() * own);
        let loss = (1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28)) * noise.exp();
        table += &format!("{n},{d},{loss}\n");
    }
    Sweep::from_reader("x.csv", table.as_bytes(), options).unwrap()
}

fn said(sweep: &Sweep) -> Option<Warning> {
    let rows = sweep.observations(&ObservationOptions::default()).unwrap();
    let fit = fit_scaling_law(&rows, &FitOptions::default()).unwrap();
    fit.warnings.into_iter().find(|warning| matches!(warning, Warning::SharedNoise { .. }))
}

#[test]
fn sizes_and_lengths_that_share_noise_are_named() {
    let plain = ReadOptions::default();
    for (of, place) in [("params", (|i, _| i) as fn(usize, usize) -> usize), ("tokens", |_, j| j)] {
        let found: Vec<Warning> = (0..20).filter_map(|seed| said(&sweep(seed, 0.9, place, &plain))).collect();
        assert!(found.len() >= 12, "{of}: {}", found.len());
        for warning in found {
            let text = warning.to_string();
            let Warning::SharedNoise { of: own, p } = warning else { unreachable!() };
            assert!(own == of && p < 5e-3, "{own} {p}");
            assert!(text.contains("(`cluster=COLUMN`"), "{text}");
        }
    }
    // Clusters that are said share what they share.
    let clusters = ReadOptions::default().with_clusters("params");
    assert!((0..20).all(|seed| said(&sweep(seed, 0.9, |i, _| i, &clusters)).is_none()));
}

/// Twelve curves of ten rows each, of which a run's rows share most of their noise.
fn curves(seed: usize) -> Sweep {
    let mut table = "run,params,tokens,loss\n".to_owned();
    for run in 0..12 {
        let n = 3e7 * 2f64.powi(run % 6);
        let common = 0.004 * normal(500 * seed + 400 + run as usize);
        for row in 1..=10 {
            let d = 1e9 * f64::from(1 + run / 6) * f64::from(row);
            let own = 0.0005 * normal(500 * seed + 12 * row as usize + run as usize);
            let loss = (1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28)) * (common + own).exp();
            table += &format!("r{run},{n},{d},{loss}\n");
        }
    }
    Sweep::from_reader("x.csv", table.as_bytes(), &ReadOptions::default()).unwrap()
}

/// How often a fixed value is said to be contradicted.
fn contradicted(
    sweeps: impl Iterator<Item = Sweep>,
    options: &ObservationOptions,
    fixed: (&str, f64),
) -> usize {
    let is_said = |sweep: &Sweep| {
        let rows = sweep.observations(options).unwrap();
        let fit = fit_scaling_law(&rows, &FitOptions::default().with_fixed(fixed.0, fixed.1)).unwrap();
        fit.warnings.iter().any(|warning| matches!(warning, Warning::FixContradicted { .. }))
    };
    sweeps.filter(is_said).count()
}

#[test]
fn values_that_are_fixed_at_the_truth_are_not_contradicted_and_others_are() {
    let (plain, options) = (ReadOptions::default(), ObservationOptions::default());
    let grids = || (0..60).map(|seed| sweep(2000 + seed, 0.0, |i, _| i, &plain));
    let rows = options.with_checkpoints(Checkpoints::All);
    for fixed in [("E", 1.7), ("alpha", 0.34), ("beta", 0.28)] {
        // At three thousandths each, more than two of 60 have a probability of .1 %.
        assert!(contradicted(grids(), &options, fixed) <= 2, "{fixed:?}");
        assert!(contradicted((0..30).map(curves), &rows, fixed) <= 1, "{fixed:?}");
    }
    assert!(contradicted(grids().take(20), &options, ("E", 1.3)) >= 18);
    assert!(contradicted(grids().take(20), &options, ("alpha", 0.5)) >= 18);
}

#[test]
fn runs_that_share_nothing_are_not() {
    // 300 sweeps, at a hundredth each at most: more than nine warnings have a probability of .1 %.
    let plain = ReadOptions::default();
    let alarms = (0..300).filter(|seed| said(&sweep(1000 + seed, 0.0, |i, _| i, &plain)).is_some());
    assert!(alarms.count() <= 9);
}
