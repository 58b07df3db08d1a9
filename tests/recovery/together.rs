//! Whether runs of one size, or of one length, share noise.

use nbar::fit::Warning;
use nbar::{FitOptions, ObservationOptions, ReadOptions, Sweep, fit_scaling_law};

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

#[test]
fn runs_that_share_nothing_are_not() {
    // 300 sweeps, at a hundredth each at most: more than nine warnings have a probability of .1 %.
    let plain = ReadOptions::default();
    let alarms = (0..300).filter(|seed| said(&sweep(1000 + seed, 0.0, |i, _| i, &plain)).is_some());
    assert!(alarms.count() <= 9);
}
