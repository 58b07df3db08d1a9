//! Recovery of a known truth, and laws written outside the crate.

use std::sync::Arc;

use nbar::fit::Warning;
use nbar::law::{Evaluation, Law, by_name, chinchilla};
use nbar::report::Report;
use nbar::{BootstrapOptions, FitOptions, Observations, Rho, fit_scaling_law};

use crate::common::laws::Written;
use crate::common::near::near;
use crate::common::noise::even;
use crate::common::saved::saved;
use crate::common::sweeps::{TRUTH, grid, made_up};

#[test]
fn exact_losses_give_the_parameters_back() {
    let fit = fit_scaling_law(&grid(6, 5, |_| 0.0), &FitOptions::default()).unwrap();
    for ((value, truth), tolerance) in fit.parameters.iter().zip(TRUTH).zip([1e-9, 1e-7, 1e-7, 1e-8, 1e-8]) {
        near(*value, truth, tolerance);
    }
}

/// As losses are that a simulation writes with so many digits.
#[test]
fn losses_off_a_law_by_little_more_than_rounding_are_fitted_as_far_as_rounding_goes() {
    let kaplan = |n: f64, d: f64| ((8.8e13 / n).powf(0.8) + 5.4e13 / d).powf(0.095);
    for (law, own) in [("chinchilla", false), ("E + A/N^alpha + B/D^beta", false), ("kaplan", true)] {
        let law = by_name(law).unwrap();
        for digits in 4..12 {
            let size = 10f64.powi(-digits);
            let mut rows = grid(6, 5, |i| size * even(i));
            if own {
                let (params, tokens) = (rows.params().to_vec(), rows.tokens().to_vec());
                let loss = |i: usize| kaplan(params[i], tokens[i]) * (1.0 + size * even(i));
                let losses = (0..params.len()).map(loss).collect();
                rows = Observations::new(params, tokens, losses).unwrap();
            }
            let fit = fit_scaling_law(&rows, &FitOptions::default().with_law(law.clone())).unwrap();
            // Rounding of ln L, about 1e-16 a row, over the residuals.
            assert!(fit.termination.is_converged(), "{digits}");
            assert!(fit.gradient_norm * size < 1e-15, "{digits}: {}", fit.gradient_norm);
        }
    }
}

#[test]
fn a_scaled_loss_scales_the_coefficients_and_nothing_else() {
    let observations = grid(6, 5, |i| 0.01 * even(i));
    let scaled = Observations::new(
        observations.params().iter().map(|n| n * 1e3).collect(),
        observations.tokens().to_vec(),
        observations.loss().iter().map(|l| l * 2.0).collect(),
    )
    .unwrap();
    let (one, two) = (
        fit_scaling_law(&observations, &FitOptions::default()).unwrap(),
        fit_scaling_law(&scaled, &FitOptions::default()).unwrap(),
    );
    near(one.objective, two.objective, 1e-9);
    let [e, a, b, alpha, beta] = [0, 1, 2, 3, 4].map(|i| two.parameters[i] / one.parameters[i]);
    // Two optima of one objective, each known to 1e-9 of its value, that is to about 1e-5 in θ at worst.
    for (name, ratio, expected) in [
        ("E", e, 2.0),
        ("A", a, 2.0 * 1e3f64.powf(one.parameters[3])),
        ("B", b, 2.0),
        ("alpha", alpha, 1.0),
        ("beta", beta, 1.0),
    ] {
        assert!((ratio / expected - 1.0).abs() < 1e-5, "{name}: {ratio} is not {expected}");
    }
}

#[test]
fn the_order_of_rows_and_a_weight_of_two_do_not_matter() {
    let observations = grid(5, 5, |i| 0.01 * even(i));
    let reversed = |column: &[f64]| column.iter().rev().copied().collect::<Vec<_>>();
    let backwards = Observations::new(
        reversed(observations.params()),
        reversed(observations.tokens()),
        reversed(observations.loss()),
    )
    .unwrap();
    let doubled = observations.clone().with_weights(vec![2.0; 25]).unwrap();
    let of = |o: &Observations| fit_scaling_law(o, &FitOptions::default()).unwrap().objective;
    let one = of(&observations);
    near(of(&backwards), one, 1e-11);
    near(of(&doubled), 2.0 * one, 1e-11);
}

#[test]
fn a_law_written_outside_the_crate_finds_the_optimum_of_the_built_in_one() {
    let observations = grid(6, 6, |i| 0.01 * even(i));
    let built_in = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
    let options = FitOptions::default().with_law(Arc::new(Written::plain()));
    let own = fit_scaling_law(&observations, &options).unwrap();
    near(own.objective, built_in.objective, 1e-9);
    assert!(own.termination.is_converged());
}

#[test]
fn the_jacobian_of_the_built_in_law_is_that_of_central_differences() {
    let law = chinchilla();
    let theta = [0.5, 6.0, 7.0, 0.34, 0.37];
    let inputs: [&[f64]; 2] = [&[1e8, 3e9], &[2e9, 5e10]];
    let evaluate = |theta: &[f64]| {
        let (mut ln_loss, mut jacobian) = (vec![0.0; 2], vec![0.0; 10]);
        law.evaluate(theta, &inputs, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
        (ln_loss, jacobian)
    };
    let (_, jacobian) = evaluate(&theta);
    for j in 0..5 {
        // Central differences at h are off by h²/6 of the third derivative, (ln D)³ at most, and by 1e-16 / h.
        let h = 1e-5;
        let moved = |by: f64| {
            let mut theta = theta;
            theta[j] += by;
            evaluate(&theta).0
        };
        let (up, down) = (moved(h), moved(-h));
        for i in 0..2 {
            let difference = (up[i] - down[i]) / (2.0 * h);
            assert!((difference - jacobian[j * 2 + i]).abs() < 1e-6, "parameter {j}, row {i}");
        }
    }
}

#[test]
fn what_cannot_be_identified_is_said_and_still_answered() {
    // One token count: its term cannot be told from E.
    let fit = fit_scaling_law(&grid(12, 1, |i| 0.01 * even(i)), &FitOptions::default()).unwrap();
    assert!(!fit.is_trustworthy());
    let said = |w: &Warning| matches!(w, Warning::FewDistinct { input, distinct: 1 } if input == "tokens");
    assert!(fit.warnings.iter().any(said), "{:?}", fit.warnings);
    assert!(fit.parameters.iter().all(|p| p.is_finite()), "{:?}", fit.parameters);
}

#[test]
fn runs_along_a_line_of_constant_tokens_per_parameter_tell_no_term_from_the_other() {
    let fitted = |ratio: fn(i32) -> f64| {
        let sizes = (0..40).map(|i| (1e7 * 1.2f64.powi(i), ratio(i)));
        let runs: Vec<_> = sizes.map(|(n, ratio)| (n, ratio * n)).collect();
        fit_scaling_law(&made_up(&runs, |i| 0.01 * even(i)), &FitOptions::default()).unwrap()
    };
    let fit = fitted(|_| 20.0);
    let said =
        |w: &Warning| matches!(w, Warning::Unidentified { exchanged, .. } if exchanged[..] == [["A", "B"]]);
    assert!(fit.warnings.iter().any(said) && !fit.is_trustworthy(), "{:?}", fit.warnings);
    let fit = fitted(|i| 20.0 + 0.2 * f64::from(i % 3));
    assert!(fit.warnings.iter().any(|w| matches!(w, Warning::Overlap { .. })), "{:?}", fit.warnings);
    let spread = fit_scaling_law(&grid(6, 6, |i| 0.01 * even(i)), &FitOptions::default()).unwrap();
    assert!(!spread.warnings.iter().any(|w| matches!(w, Warning::Overlap { .. })), "{:?}", spread.warnings);
}

#[test]
fn extreme_input_ends_without_nan() {
    let columns = |n: &[f64], d: &[f64], loss: &[f64]| {
        Observations::new(n.to_vec(), d.to_vec(), loss.to_vec()).unwrap()
    };
    let wide: Vec<f64> = (0..13).map(|i| 10f64.powi(i)).collect();
    let sizes: Vec<f64> = (0..13).map(|i| 1e6 * f64::from(1 + i * i)).collect();
    let steep: Vec<f64> = sizes.iter().map(|n| 2.0 + 1e62 / n.powi(10) * 1e-2).collect();
    for observations in [
        columns(&sizes, &wide, &[2.0; 13]),
        columns(&sizes, &sizes, &steep),
        columns(&[1e8; 13], &[1e9; 13], &[3.0; 13]),
        columns(&wide, &sizes, &wide.iter().map(|d| 1.0 + d.powf(-0.5)).collect::<Vec<_>>()),
    ] {
        let fit = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
        assert!(fit.objective.is_finite() && fit.gradient_norm.is_finite(), "{fit:?}");
        assert!(!fit.parameters.iter().any(|p| p.is_nan()), "{:?}", fit.parameters);
    }
}

#[test]
fn draws_do_not_depend_on_the_number_of_threads() {
    let observations = grid(6, 6, |i| 0.01 * even(i));
    let of = |jobs: usize| {
        let fit = fit_scaling_law(&observations, &FitOptions::default().with_jobs(jobs)).unwrap();
        fit.bootstrap(&BootstrapOptions::default().with_replicates(200)).unwrap().draws
    };
    let one = of(1);
    assert_eq!(one, of(2));
    assert_eq!(one, of(8));
    assert_ne!(one[0], one[1]);
}

#[test]
fn rows_of_a_run_are_drawn_together() {
    let names: Vec<String> = (0..36).map(|i| format!("run {i}")).collect();
    let single = grid(6, 6, |i| 0.01 * even(i)).with_runs((0..36).collect(), names.clone()).unwrap();
    // Every row twice, as two checkpoints of its run: the same information, counted twice.
    let twice = |column: &[f64]| [column, column].concat();
    let doubled = Observations::new(twice(single.params()), twice(single.tokens()), twice(single.loss()))
        .and_then(|o| o.with_runs((0..36).chain(0..36).collect(), names))
        .unwrap();
    let spread = |observations: &Observations| {
        let fit = fit_scaling_law(observations, &FitOptions::default()).unwrap();
        fit.bootstrap(&BootstrapOptions::default().with_replicates(100))
            .unwrap()
            .parameter("alpha")
            .unwrap()
            .std_error
    };
    // The same draws of runs and the same optima: only rounding differs.
    near(spread(&single), spread(&doubled), 1e-6);
}

/// On many like runs with one row each all ways estimate one standard error.
#[test]
fn all_ways_to_resample_agree_on_many_like_runs() {
    // Sums of three: near enough to normal.
    let observations = grid(20, 12, |i| 0.01 * (even(i) + even(i + 1000) + even(i + 2000)));
    let fit =
        fit_scaling_law(&observations, &FitOptions::default().with_rho(Rho::Huber { delta: 0.05 })).unwrap();
    let spread = |way: &str| {
        let options = BootstrapOptions::default().with_replicates(1000).with_resample(way.parse().unwrap());
        let ensemble = fit.bootstrap(&options).unwrap();
        assert_eq!(ensemble.failed, 0, "{way}");
        ensemble.parameter("alpha").unwrap().std_error
    };
    let runs = spread("runs");
    // 240 residuals tell a standard deviation to 1/√480 = 5 %, the fourth moment that separates the ways to twice that, and
    // 1,000 draws to 2 %.
    for way in ["weights", "rows", "residuals", "parametric"] {
        assert!((spread(way) / runs - 1.0).abs() < 0.15, "{way}: {} beside {runs}", spread(way));
    }
}

#[test]
fn kinds_of_interval_differ_and_are_saved_with_the_fit() {
    let observations = grid(4, 4, |i| 0.01 * even(i));
    let fit = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
    let mut seen: Vec<[f64; 2]> = Vec::new();
    for kind in ["corrected", "percentile", "bca", "basic"] {
        let options = BootstrapOptions::default().with_replicates(200).with_interval(kind.parse().unwrap());
        let ensemble = fit.bootstrap(&options).unwrap();
        let interval = ensemble.parameter("beta").unwrap().interval;
        assert!(interval[0] < interval[1] && !seen.contains(&interval), "{kind}: {interval:?}");
        seen.push(interval);
        saved(kind, &Report::Ensemble(ensemble));
    }
}
