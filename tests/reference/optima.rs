//! Agreement with optima that were found independently, in 40-digit arithmetic, and with published sweeps.
//!
//! `golden/optima.json` and `golden/bootstrap_resamples.json` say how they were made.

use std::path::Path;

use nbar::fit::Warning;
use nbar::{
    BootstrapOptions, Checkpoints, FitOptions, ObservationOptions, Observations, ReadOptions, Rho, Sweep,
    fit_scaling_law,
};
use serde_json::Value;

/// The objective is a sum of n terms of at most δ |r|, each rounded to 1e-16 relative to ln L ≈ 1: at
/// n = 245 and f = 1e-3 that is 5e-14 of f; the optimum itself adds nothing to first order.
const OBJECTIVE: f64 = 1e-11;

fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn observations(table: &str, filter: &str, size: &str) -> Observations {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(table);
    let options =
        if filter.is_empty() { ReadOptions::default() } else { ReadOptions::default().with_filter(filter) };
    let sweep = Sweep::from_csv_path_with(path, &options).unwrap();
    let options =
        ObservationOptions::default().with_size(size.parse().unwrap()).with_checkpoints(Checkpoints::All);
    sweep.observations(&options).unwrap()
}

#[test]
fn every_known_optimum_is_reached_with_default_options() {
    for row in golden("optima.json")["chinchilla_law"].as_array().unwrap() {
        let text = |key: &str| row[key].as_str().unwrap();
        let number = |key: &str| row[key].as_f64().unwrap();
        let observations = observations(text("table"), text("where"), text("size"));
        assert_eq!(observations.len() as f64, number("n"), "{}", text("name"));
        let options = FitOptions::default().with_rho(Rho::Huber { delta: number("delta") });
        let fit = fit_scaling_law(&observations, &options).unwrap();
        let relative = fit.objective / number("objective") - 1.0;
        assert!(relative.abs() < OBJECTIVE, "{}: objective off by {relative:e}", text("name"));
        assert!(fit.termination.is_converged(), "{}: {:?}", text("name"), fit.termination);
        assert!(fit.starts_at_optimum >= 4, "{}: {} agree", text("name"), fit.starts_at_optimum);
        // On one sweep the optimum is a region, and every point of it has the same objective.
        let flat = fit.warnings.iter().any(|w| matches!(w, Warning::FlatOptimum { .. }));
        assert_eq!(flat, text("name") == "t5_c4_sparse, final", "{}", text("name"));
        if flat {
            continue;
        }
        // Parameters are known to the square root of the objective's rounding times the valley's flatness; B is
        // flattest, over decades.
        for name in ["E", "alpha", "beta"] {
            let off = fit.parameter(name).unwrap() / number(name) - 1.0;
            assert!(off.abs() < 1e-6, "{}: {name} off by {off:e}", text("name"));
        }
    }
}

#[test]
fn the_published_starts_find_the_same_optimum() {
    use nbar::optimize::Starts;
    let observations = observations("chinchilla.csv", "outlier=0", "initial");
    let fit = fit_scaling_law(&observations, &FitOptions::default().with_starts(Starts::Hoffmann)).unwrap();
    assert!((fit.objective / 0.0010182740178006054 - 1.0).abs() < OBJECTIVE);
    assert_eq!(fit.starts_tried, 4500);
    assert!(fit.starts_at_optimum > 3000, "{} agree", fit.starts_at_optimum);
    // Points where a term has vanished are stationary too, and far above.
    assert!(fit.minima.iter().all(|m| m.objective > 2.0 * fit.objective), "{:?}", fit.minima);
}

#[test]
fn golden_resamples_are_refitted() {
    let all = observations("chinchilla.csv", "", "initial");
    for (i, resample) in
        golden("bootstrap_resamples.json")["resamples"].as_array().unwrap().iter().enumerate()
    {
        let mut counts = vec![0u32; all.len()];
        for row in resample["rows"].as_array().unwrap() {
            counts[row.as_u64().unwrap() as usize] += 1;
        }
        let chosen: Vec<usize> = (0..all.len()).filter(|&i| counts[i] > 0).collect();
        let pick = |column: &[f64]| chosen.iter().map(|&i| column[i]).collect::<Vec<f64>>();
        let weights = chosen.iter().map(|&i| f64::from(counts[i])).collect();
        let observations = Observations::new(pick(all.params()), pick(all.tokens()), pick(all.loss()))
            .and_then(|o| o.with_weights(weights))
            .unwrap();
        let fit = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
        let relative = fit.objective / resample["objective"].as_f64().unwrap() - 1.0;
        assert!(relative.abs() < 1e-10, "resample {i}: objective off by {relative:e}");
        let alpha = fit.parameter("alpha").unwrap() - resample["alpha"].as_f64().unwrap();
        assert!(alpha.abs() < 1e-7, "resample {i}: alpha off by {alpha:e}");
    }
}

#[test]
fn standard_errors_and_intervals_agree_with_an_independent_bootstrap() {
    let reference = &golden("optima.json")["chinchilla_bootstrap"];
    let fit =
        fit_scaling_law(&observations("chinchilla.csv", "outlier=0", "initial"), &FitOptions::default())
            .unwrap();
    let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(4000)).unwrap();
    assert_eq!((ensemble.failed, ensemble.disagreed), (0, 0));
    assert_eq!(ensemble.audited, 80);
    // Two independent bootstraps of 4,000: the standard deviations differ by 1.6 % (one sigma, normal draws).
    for name in ["E", "alpha", "beta"] {
        let off =
            ensemble.parameter(name).unwrap().std_error / reference[name]["std"].as_f64().unwrap() - 1.0;
        assert!(off.abs() < 0.06, "standard error of {name} off by {off}");
    }
    for (name, tolerance) in [("A", 0.06), ("B", 0.10)] {
        let [lower, upper] = ensemble.parameter(name).unwrap().interval;
        for (end, key) in [(lower, "p2_5"), (upper, "p97_5")] {
            let off = end / reference[name][key].as_f64().unwrap() - 1.0;
            assert!(off.abs() < tolerance, "{key} of {name} off by {off}");
        }
    }
}

#[test]
fn on_t5_the_average_fits_better_than_the_final_count_and_that_better_than_the_initial() {
    let objective = |size: &str| {
        fit_scaling_law(&observations("t5_c4_sparse.csv", "", size), &FitOptions::default())
            .unwrap()
            .objective
    };
    let (average, last, initial) = (objective("average"), objective("final"), objective("initial"));
    assert!(average < last && last < initial, "{average} {last} {initial}");
}
