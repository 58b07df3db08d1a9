//! Laws: derivatives, recovery from exact losses, and the optimum of one that is published.

use std::sync::Arc;

use nbar::law::{Law, by_name, check_derivatives};
use nbar::optimize::Starts;
use nbar::{FitOptions, Observations, fit_scaling_law};

use crate::common::noise::uniform;
use crate::common::sweeps::runs_of;

/// Laws with a truth here; `published_laws.rs` has the others.
const TABLES: [&str; 7] = ["chinchilla", "tied", "compute", "overtraining", "kaplan", "coupled", "sparse"];

/// A truth of each law, about as published or as fitted to published sweeps.
fn truth(name: &str) -> &'static [f64] {
    match name {
        "chinchilla" => &[1.8172, 477.8, 2143.4, 0.3473, 0.3672],
        "tied" => &[1.87, 521.0, 1488.0, 0.3527],
        "compute" => &[1.7, 1300.0, 0.15],
        "overtraining" => &[1.87, 715.0, 2041.0, 0.17635],
        "kaplan" => &[6.4e13, 1.8e13, 0.076, 0.103],
        "coupled" => &[1.7, 480.0, 2100.0, 0.35, 0.37, 0.7],
        "sparse" => &[0.83, 10.7, 41.6, 2492.0, 1.345, 0.2317, 0.3846],
        _ => panic!("give {name} a truth"),
    }
}

/// 120 runs, the pruned ones left with a twentieth or more of their parameters.
fn exact(law: &Arc<dyn Law>) -> Observations {
    let n = 120;
    let initial: Vec<f64> = (0..n).map(|i| 1e7 * 1e3f64.powf(uniform(3 * i))).collect();
    let left: Vec<f64> = (0..n).map(|i| initial[i] * 20f64.powf(-uniform(3 * i + 1))).collect();
    let tokens: Vec<f64> = (0..n).map(|i| 1e9 * 1e3f64.powf(uniform(3 * i + 2))).collect();
    let blank = Observations::new(initial.clone(), tokens.clone(), vec![1.0; n])
        .and_then(|o| o.with_param_counts(initial.clone(), initial.clone(), left.clone()))
        .unwrap();
    let columns: Vec<Vec<f64>> = law.spec().columns(&blank).unwrap();
    let row = |i: usize| columns.iter().map(|c| c[i]).collect::<Vec<f64>>();
    let loss = (0..n).map(|i| law.loss(truth(&law.spec().name), &row(i))).collect();
    let counts = (initial.clone(), initial.clone(), left);
    Observations::new(initial, tokens, loss)
        .and_then(|o| o.with_param_counts(counts.0, counts.1, counts.2))
        .unwrap()
}

#[test]
fn exact_losses_give_the_parameters_back() {
    for name in TABLES {
        let law = by_name(name).unwrap();
        let fit = fit_scaling_law(&exact(&law), &FitOptions::default().with_law(Arc::clone(&law))).unwrap();
        for ((p, found), value) in law.spec().parameters.iter().zip(&fit.parameters).zip(truth(name)) {
            // Residuals of some 1e-15, times a condition number of JᵀJ's root of up to 1e5.
            assert!((found / value - 1.0).abs() < 1e-7, "{name}, {}: {found}, not {value}", p.name);
        }
    }
}

#[test]
fn derivatives_are_those_of_central_differences() {
    for name in TABLES {
        let law = by_name(name).unwrap();
        let inputs: Vec<Vec<f64>> = (0..law.spec().inputs.len())
            .map(|k| (0..5).map(|i| 1e8 * 1e2f64.powf(uniform(7 * k + i))).collect())
            .collect();
        let inputs: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
        check_derivatives(law.as_ref(), truth(name), &inputs).unwrap();
        assert!(
            check_derivatives(law.as_ref(), &[1.0], &inputs).is_err(),
            "{name}: one parameter is too few"
        );
    }
}

#[test]
fn the_law_of_final_sparsity_reaches_the_optimum_of_its_own_sweep() {
    let observations = runs_of("t5_c4_sparse");
    let options = FitOptions::default().with_law(by_name("sparse").unwrap());
    let fit = fit_scaling_law(&observations, &options).unwrap();
    // The mean over 48 runs; Frantar et al. publish a point at 7.6036e-6, whose optimum is 4.8801166e-6.
    assert!(fit.objective / 48.0 <= 4.880_116_6e-6 * (1.0 + 1e-6), "{}", fit.objective / 48.0);
    let random = options.with_starts(Starts::Random { count: 200, seed: 1 });
    assert!(fit_scaling_law(&observations, &random).unwrap().objective >= fit.objective * (1.0 - 1e-9));
}

#[test]
fn tied_is_chinchilla_with_one_exponent() {
    let tied = by_name("tied").unwrap();
    let data = exact(&tied);
    let free = fit_scaling_law(&data, &FitOptions::default()).unwrap();
    assert!((free.parameter("alpha").unwrap() / free.parameter("beta").unwrap() - 1.0).abs() < 1e-7);
    let fit = fit_scaling_law(&data, &FitOptions::default().with_law(tied)).unwrap();
    assert_eq!(fit.optimum_exponents().map(|(a, b)| (a - 0.5, b - 0.5)), Some((0.0, 0.0)));
}
