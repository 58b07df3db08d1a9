//! Designs: the runs that are named lower the error as they are expected to.

use nbar::answer::AllocationOptions;
use nbar::bootstrap::Resample;
use nbar::design::{Decision, DesignOptions};
use nbar::law::{Law, chinchilla};
use nbar::{BootstrapOptions, Ensemble, FitOptions, Observations, Rho, fit_scaling_law};

/// Numbers of mean 0 and variance 1 that are nearly normal: sums of twelve, from a congruential generator.
fn noise(seed: &mut u64) -> f64 {
    let mut next = || {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..12).map(|_| next()).sum::<f64>() - 6.0
}

const TRUTH: [f64; 5] = [1.7, 400.0, 2000.0, 0.34, 0.36];

/// The runs, their losses with noise, fitted by least squares, and draws of the same noise.
fn simulated(runs: &[(f64, f64)], mut seed: u64) -> Ensemble {
    let losses =
        runs.iter().map(|&(n, d)| chinchilla().loss(&TRUTH, &[n, d]) * (0.005 * noise(&mut seed)).exp());
    let (params, tokens) = runs.iter().copied().unzip();
    // Named in their order, so that runs which are added leave the draws of those before them as they were.
    let names = (0..runs.len()).map(|k| format!("{k:02}")).collect();
    let observations = Observations::new(params, tokens, losses.collect())
        .and_then(|o| o.with_runs((0..runs.len() as u32).collect(), names))
        .expect("positive");
    let options = FitOptions::default().with_rho(Rho::Squared);
    let fit = fit_scaling_law(&observations, &options).expect("it can be fitted");
    let options = BootstrapOptions::default().with_replicates(300).with_resample(Resample::Parametric);
    let options = options.with_bend(false);
    fit.bootstrap(&options).expect("it has runs")
}

fn sweep() -> Vec<(f64, f64)> {
    let run = |i: i32| {
        let params = 3e7 * 1.8f64.powi(i / 6);
        (params, params * 5.0 * 2f64.powi(i % 6))
    };
    (0..48).map(run).collect()
}

#[test]
fn runs_that_are_added_lower_the_error_as_expected() {
    let target = 1e23;
    for decision in [Decision::Params, Decision::Loss] {
        let (mut expected, mut found, mut naive) = (0.0, 0.0, 0.0);
        for seed in 0..8 {
            let ensemble = simulated(&sweep(), seed);
            let options = DesignOptions::new(target, 2e21, 4).with_decision(decision);
            let design = ensemble.design(&options).expect("it can be planned");
            assert!(design.runs.len() == 4 && design.flops <= 2e21 * (1.0 + 1e-12));
            assert!((design.noise / 0.005 - 1.0).abs() < 0.4, "{}", design.noise);
            let errors: Vec<f64> = design.runs.iter().map(|run| run.std_error).collect();
            assert!(errors[0] < design.std_error && errors.windows(2).all(|pair| pair[1] < pair[0]));
            expected += errors[3] / design.std_error;
            let error = |added: Vec<(f64, f64)>| {
                let larger = simulated(&[sweep(), added].concat(), seed);
                let run =
                    larger.allocate(target, &AllocationOptions::default()).expect("it can be allocated");
                let of = if decision == Decision::Params { run.average_params } else { run.loss };
                of.std_error / of.estimate
            };
            let before = error(Vec::new());
            found += error(design.runs.iter().map(|run| (run.params, run.tokens)).collect()) / before;
            // The same FLOPs on runs at 20 tokens a parameter.
            naive += error(vec![((5e20f64 / 120.0).sqrt(), 20.0 * (5e20f64 / 120.0).sqrt()); 4]) / before;
        }
        assert!((found / expected - 1.0).abs() < 0.05, "{decision}: {found} is not {expected}");
        assert!(found < 0.95 * naive, "{decision}: {found} against {naive}");
    }
}

#[test]
fn a_target_far_beyond_the_sweep_is_said() {
    let design =
        simulated(&sweep(), 0).design(&DesignOptions::new(1e26, 2e21, 1)).expect("it can be planned");
    assert!(design.extrapolation > 100.0 && design.warnings.len() == 1);
}

#[test]
fn designs_without_a_budget_are_refused() {
    let ensemble = simulated(&sweep(), 0);
    for (target, budget, runs, part) in [
        (0.0, 1e21, 3, "target_flops"),
        (1e23, f64::NAN, 3, "budget"),
        (1e23, 1e12, 3, "larger budget"),
        (1e23, 1e21, 0, "from 1 to 100"),
        (1e23, 1e21, 101, "from 1 to 100"),
    ] {
        let refused = ensemble.design(&DesignOptions::new(target, budget, runs));
        let message = refused.expect_err("it is refused").to_string();
        assert!(message.contains(part), "{message}");
    }
}
