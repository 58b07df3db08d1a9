//! Which average of N(t) a sweep supports: `averaged`, `power-mean` and the law on any size.

use std::fmt::Write;
use std::sync::Arc;

use nbar::fit::{Freedom, Warning};
use nbar::law::{Law, PowerMean, averaged, sparse};
use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
use nbar::{BootstrapOptions, Fit, FitOptions, ObservationOptions, Size, Sweep, Trajectory, fit_scaling_law};

use crate::common::near::{all_near, near};
use crate::common::sweeps::{runs_by, runs_of};

/// Law, or that of Hoffmann et al., of a table of data/.
fn fit(table: &str, size: Size, law: Option<Arc<dyn Law>>) -> Fit {
    let options = FitOptions::default();
    fit_scaling_law(&runs_by(table, size), &law.into_iter().fold(options, FitOptions::with_law))
        .expect("a fit")
}

/// Objectives of `averaged` and of the free order from optimisations in 40 digits (averaged_term_t5, power_mean_free_t5 of
/// the reference optima); those of the sizes to the digits of the table "which average" beside them.
#[test]
fn the_sparse_sweep_reaches_the_reference_objectives() {
    let sweep = "t5_c4_sparse";
    let found = fit(sweep, Size::AVERAGE, Some(Arc::new(averaged())));
    near(found.objective, 0.000_672_191_567_423_142_7, 1e-6);
    // E is gone at this optimum, and a fit must say so.
    assert!(found.warnings.iter().any(|w| matches!(w, Warning::TermVanished { term, .. } if term == "E")));
    let found = fit(sweep, Size::AVERAGE, Some(Arc::new(PowerMean::default())));
    near(found.objective, 0.000_644_638_559_365_681_1, 1e-6);
    near(found.parameter("p").expect("p"), -0.641, 1e-3);
    near(fit(sweep, Size::AVERAGE, None).objective, 0.000_963_556_641_091_864_1, 1e-6);
    near(fit(sweep, Size::GEOMETRIC, None).objective, 7.10e-4, 1e-3);
    near(fit(sweep, Size::HARMONIC, None).objective, 6.86e-4, 1e-3);
}

#[test]
fn the_sparse_sweep_rejects_the_arithmetic_mean() {
    let found = fit("t5_c4_sparse", Size::AVERAGE, Some(Arc::new(PowerMean::default())));
    let ensemble = found.bootstrap(&BootstrapOptions::default().with_replicates(200)).expect("draws");
    let [lower, upper] = ensemble.parameter("p").expect("p").interval;
    assert!(lower < -0.64 && -0.64 < upper && upper < 1.0, "{lower} to {upper}");
}

#[test]
fn an_order_that_is_given_is_the_law_on_that_size() {
    let sweep = "t5_c4_sparse";
    for (order, size) in [(1.0, Size::AVERAGE), (0.0, Size::GEOMETRIC), (-1.0, Size::HARMONIC)] {
        let options = FitOptions::default().with_law(Arc::new(PowerMean::default())).with_fixed("p", order);
        let found = fit_scaling_law(&runs_of(sweep), &options).expect("a fit").objective;
        let expected = fit(sweep, size, None).objective;
        near(found, expected, 1e-9);
    }
}

#[test]
fn a_mean_of_order_minus_alpha_is_the_averaged_term() {
    let observations = runs_of("t5_c4_sparse");
    let (term, mean) = (averaged(), PowerMean::default());
    let losses = |law: &dyn Law, parameters: &[f64]| -> Vec<f64> {
        let columns: Vec<Vec<f64>> = law.spec().columns(&observations).unwrap();
        let row = |i: usize| columns.iter().map(|c| c[i]).collect::<Vec<f64>>();
        (0..observations.len()).map(|i| law.loss(parameters, &row(i))).collect()
    };
    for alpha in [0.05, 0.21, 0.7] {
        let parameters = [0.8, 40.0, 2500.0, alpha, 0.4, -alpha];
        all_near(&losses(&mean, &parameters), &losses(&term, &parameters[..5]), 1e-13);
    }
}

#[test]
fn on_a_dense_sweep_all_of_them_are_the_law_of_hoffmann() {
    let sweep = "overtraining";
    let expected = fit(sweep, Size::AVERAGE, None);
    let laws: [Arc<dyn Law>; 3] = [Arc::new(averaged()), Arc::new(PowerMean::default()), Arc::new(sparse())];
    for law in laws {
        let found = fit(sweep, Size::AVERAGE, Some(Arc::clone(&law)));
        let name = &law.spec().name;
        assert!((found.objective / expected.objective - 1.0).abs() < 1e-9, "{name}: {}", found.objective);
        assert_eq!(found.free_parameters(), 5, "{name}");
        for parameter in ["E", "B", "alpha", "beta"] {
            let (found, expected) = (found.parameter(parameter), expected.parameter(parameter));
            let (found, expected) = (found.expect("identified"), expected.expect("identified"));
            // The objective is flat at the optimum: 1e-16 of it moves the parameters by about the root.
            assert!((found / expected - 1.0).abs() < 1e-7, "{name}, {parameter}: {found} {expected}");
        }
    }
    for size in [Size::GEOMETRIC, Size::HARMONIC, Size::Final, Size::Initial] {
        assert_eq!(fit(sweep, size, None).parameters, expected.parameters, "{size}");
    }
}

#[test]
fn what_a_dense_sweep_cannot_tell_is_named_and_not_estimated() {
    let sweep = "overtraining";
    let found = fit(sweep, Size::AVERAGE, Some(Arc::new(sparse())));
    let expected = Warning::Unidentified {
        inert: vec!["b".to_owned()],
        alike: vec![["a".to_owned(), "c".to_owned()]],
        exchanged: Vec::new(),
    };
    assert!(found.warnings.contains(&expected) && !found.is_trustworthy());
    for name in ["a", "b", "c"] {
        assert_eq!((found.freedom(name), found.parameter(name)), (Freedom::Unidentified, None));
    }
    let ensemble = found.bootstrap(&BootstrapOptions::default().with_replicates(50)).expect("draws");
    assert_eq!((ensemble.failed, ensemble.parameter("b")), (0, None));
    assert!(found.profile("c", 0.95).is_err());
    // A bound on what is not identified is no conflict.
    let bounded = FitOptions::default().with_law(Arc::new(PowerMean::default())).with_bound("p", 0.5..=1.0);
    assert_eq!(fit_scaling_law(&runs_of(sweep), &bounded).expect("a fit").parameter("p"), None);
    // A pruned run in the sweep tells them.
    assert_eq!(fit("t5_c4_sparse", Size::AVERAGE, Some(Arc::new(sparse()))).free_parameters(), 7);
}

/// N of a run, of this size.
fn count(run: &Trajectory, size: Size) -> f64 {
    match size {
        Size::Initial => run.initial_params(),
        Size::Final => run.final_params(),
        Size::PowerMean(order) => run.power_mean(order),
        other => unreachable!("{other}"),
    }
}

/// Runs of three sizes, lengths and sparsities, pruned over five windows, with losses of the law on this size and a scatter.
fn pruned(size: Size, scatter: f64) -> Sweep {
    let mut table =
        "run,params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit,prune_every\n"
            .to_owned();
    let mut state = 1u64;
    for (i, window) in
        [(0.02, 0.07), (0.1, 0.3), (0.25, 0.75), (0.5, 0.95), (0.6, 0.8)].into_iter().enumerate()
    {
        for (j, sparsity) in [0.5, 0.75, 0.9].into_iter().enumerate() {
            for k in 0..9u32 {
                let (params, tokens) = (1e8 * 4f64.powi(k as i32 % 3), 2e9 * 4f64.powi(k as i32 / 3));
                let ramp = Ramp::new(Shape::Geometric, sparsity, window.0, window.1, Unit::Fraction)
                    .with_every(0.01);
                let run = Schedule::from(ramp)
                    .trajectory(Network::new(params), Extent::new(tokens))
                    .expect("a run");
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let noise = (state >> 33) as f64 / (1u64 << 30) as f64 - 1.0;
                let loss = (1.7 + 480.0 / count(&run, size).powf(0.35) + 2100.0 / tokens.powf(0.37))
                    * (scatter * noise).exp();
                let _ = writeln!(
                    table,
                    "r{i}{j}{k},{params},{tokens},{loss},geometric,{sparsity},{},{},fraction,0.01",
                    window.0, window.1
                );
            }
        }
    }
    Sweep::from_csv_str("pruned.csv", &table).expect("a sweep")
}

#[test]
fn an_order_that_runs_off_is_given_as_its_limit() {
    let law: Arc<dyn Law> = Arc::new(PowerMean::default());
    for (size, limit) in [(Size::Final, "the final count"), (Size::Initial, "the initial count")] {
        for scatter in [0.0, 0.02] {
            let sweep = pruned(size, scatter);
            let observations = sweep.observations(&ObservationOptions::default()).expect("observations");
            let fit = fit_scaling_law(&observations, &FitOptions::default().with_law(Arc::clone(&law)))
                .expect("a fit");
            let at = Warning::AtLimit { parameter: "p".to_owned(), limit: limit.to_owned() };
            assert!(fit.warnings.contains(&at) && !fit.is_trustworthy(), "{size}: {:?}", fit.warnings);
            assert_eq!((fit.freedom("p"), fit.parameter("p")), (Freedom::AtLimit(limit), None));
            assert_eq!(fit.free_parameters(), 5);
            let on_limit =
                sweep.observations(&ObservationOptions::default().with_size(size)).expect("observations");
            let expected = fit_scaling_law(&on_limit, &FitOptions::default()).expect("a fit");
            // Exact losses leave rounding.
            assert!(
                (fit.objective - expected.objective).abs() <= 1e-9 * expected.objective + 1e-20,
                "{size}"
            );
            for name in ["E", "alpha", "beta"] {
                near(fit.parameter(name).expect(name), expected.parameter(name).expect(name), 1e-6);
            }
            if scatter > 0.0 {
                let ensemble =
                    fit.bootstrap(&BootstrapOptions::default().with_replicates(60)).expect("draws");
                assert_eq!((ensemble.failed, ensemble.parameter("p")), (0, None));
                assert!(ensemble.draws.iter().all(|draw| draw[5] == fit.parameters[5]));
            }
            // In a range that is given it is an ordinary bound.
            let options = FitOptions::default().with_law(Arc::clone(&law)).with_bound("p", -3.0..=3.0);
            let bounded = fit_scaling_law(&observations, &options).expect("a fit");
            assert_eq!(bounded.parameter("p").map(f64::abs), Some(3.0));
        }
    }
}

#[test]
fn an_order_that_the_runs_tell_is_no_limit() {
    for (size, order) in [(Size::HARMONIC, -1.0), (Size::GEOMETRIC, 0.0), (Size::AVERAGE, 1.0)] {
        let observations =
            pruned(size, 0.005).observations(&ObservationOptions::default()).expect("observations");
        let options = FitOptions::default().with_law(Arc::new(PowerMean::default()));
        let fit = fit_scaling_law(&observations, &options).expect("a fit");
        assert!((fit.parameter("p").expect("told") - order).abs() < 0.3, "{size}: {:?}", fit.parameters);
    }
}

#[test]
fn a_sweep_that_gives_averages_alone_is_refused_by_name() {
    let table = "run,params,tokens,loss,average_params\n".to_owned()
        + &(0..9).map(|i| format!("r{i},1e8,{i}e9,3.0,{}\n", 7e7 + 1e6 * f64::from(i))).collect::<String>();
    let sweep = Sweep::from_csv_str("sweep.csv", &table.replace(",0e9", ",5e8")).expect("a sweep");
    let observations = sweep.observations(&ObservationOptions::default()).expect("observations");
    let error = fit_scaling_law(&observations, &FitOptions::default().with_law(Arc::new(averaged())));
    let message = error.expect_err("no course").to_string();
    assert!(message.contains("the course of pruning") && message.contains("run 'r0'"), "{message}");
}
