//! Broken power laws: curves with breaks give their parameters back.

use std::sync::Arc;

use nbar::law::{Bnsl, Law, bnsl, bnsl2};
use nbar::{Fit, FitOptions, Observations, Warning, fit_scaling_law};

/// A curve of `count` rows from `from` to `to` tokens, evenly in the logarithm.
fn curve(law: &Bnsl, truth: &[f64], count: usize, from: f64, to: f64) -> Observations {
    let at = |i: usize| from * (to / from).powf(i as f64 / (count - 1) as f64);
    let tokens: Vec<f64> = (0..count).map(at).collect();
    let loss = tokens.iter().map(|d| law.loss(truth, &[*d])).collect();
    Observations::new(vec![1e8; count], tokens, loss).unwrap()
}

fn fitted(law: Bnsl, observations: &Observations) -> Fit {
    fit_scaling_law(observations, &FitOptions::default().with_law(Arc::new(law))).unwrap()
}

fn assert_near(fit: &Fit, truth: &[f64], tolerance: f64) {
    for ((p, found), expected) in fit.law().spec().parameters.iter().zip(&fit.parameters).zip(truth) {
        assert!((found / expected - 1.0).abs() < tolerance, "{}: {found}, not {expected}", p.name);
    }
}

#[test]
fn one_break_is_found_wherever_it_is() {
    // From short curves of small networks to the longest there are; the break bends up or down, sharply or not.
    for (from, to, d1) in [(1e7, 1e9, 8e7), (1e8, 1e11, 2e9), (1e9, 1e12, 2e11), (1e10, 1e13, 3e11)] {
        for (c1, f1) in [(0.3, 0.25), (-0.12, 0.25), (0.2, 0.6)] {
            let b = 3.0 * f64::powf(from, 0.15);
            let truth = [1.7, b, 0.15, c1, d1, f1];
            let fit = fitted(bnsl(), &curve(&bnsl(), &truth, 60, from, to));
            assert!(fit.termination.is_converged(), "{:?}", fit.termination);
            // Residuals of some 1e-16, times the condition of a, c0, c1 and f1 beside each other.
            assert_near(&fit, &truth, 1e-7);
        }
    }
}

#[test]
fn two_breaks_are_found_and_put_in_order() {
    for truth in [
        [1.8, 60.0, 0.15, 0.25, 2e9, 0.2, -0.2, 1e11, 0.2],
        [1.8, 60.0, 0.15, -0.1, 1e9, 0.3, 0.3, 2e10, 0.3],
    ] {
        let fit = fitted(bnsl2(), &curve(&bnsl2(), &truth, 120, 1e8, 1e12));
        assert_near(&fit, &truth, 1e-6);
    }
}

#[test]
fn without_a_break_it_is_a_power_law() {
    let truth = [1.7, 60.0, 0.2, 0.0, 1e10, 1.0];
    let fit = fitted(bnsl(), &curve(&bnsl(), &truth, 60, 1e8, 1e12));
    // The curve is met on a whole set of points: d1 and f1 say nothing, or d1 says it with others. The fit must not claim to have found them.
    assert!(fit.objective < 1e-20, "{}", fit.objective);
    let is_named = |name: &str| {
        fit.warnings.iter().any(|w| match w {
            Warning::Idle { parameters } | Warning::Overlap { parameters, .. } => {
                parameters.iter().any(|own| own == name)
            }
            _ => false,
        })
    };
    let seen = is_named("d1") && is_named("f1");
    assert!(seen, "a break that is not there went unnoticed: {:?}", fit.warnings);
}
