//! Weights: by a power of a column, or given.

use nbar::observation::PowerWeight;
use nbar::report::Report;
use nbar::{FitOptions, ReadOptions, Rho, Sweep, fit_scaling_law};
use proptest::prelude::*;

use crate::common::near::{all_near, near, says};
use crate::common::saved::saved;
use crate::common::sweeps::runs_of;

#[test]
fn weights_are_the_power_of_their_column_with_mean_one() {
    let sparse = runs_of("t5_c4_sparse");
    let flops: Vec<f64> = sparse.flops().collect();
    let columns: [(&str, &[f64]); 7] = [
        ("flops", &flops),
        ("params", sparse.params()),
        ("initial_params", sparse.initial_params()),
        ("average_params", sparse.average_params()),
        ("final_params", sparse.final_params()),
        ("tokens", sparse.tokens()),
        ("loss", sparse.loss()),
    ];
    for (name, column) in columns {
        for power in [0.5, -1.0, 0.0] {
            let by: PowerWeight = format!("{name}:{power}").parse().unwrap();
            let weighted = sparse.clone().with_power_weights(by).unwrap();
            let weight = weighted.weight().unwrap();
            near(weight.iter().sum::<f64>() / weight.len() as f64, 1.0, 1e-12);
            for (w, x) in weight.iter().zip(column) {
                near(w / weight[0], (x / column[0]).powf(power), 1e-12);
            }
            assert_eq!(weighted.weighting(), Some(by.to_string()));
            // A part of the rows is weighted by the same.
            assert_eq!(weighted.subset(|row| row < 9).weighting(), Some(by.to_string()));
        }
    }
    let repeated = runs_of("repeated_data").with_power_weights("unique_tokens:1".parse().unwrap()).unwrap();
    let (weight, unique) = (repeated.weight().unwrap(), repeated.unique_tokens().unwrap());
    near(weight[1] / weight[0], unique[1] / unique[0], 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Only ratios of weights matter: the optimum stays, and the objective scales.
    #[test]
    fn the_optimum_does_not_depend_on_the_scale_of_the_weights(
        power in -0.5f64..0.5,
        scale in prop::sample::select(vec![1e-6, 0.1, 3.0, 1e4]),
        delta in prop::sample::select(vec![1e-3, 0.02]),
    ) {
        let by = format!("flops:{power}").parse().unwrap();
        let weighted = runs_of("overtraining").with_power_weights(by).unwrap();
        let scaled = weighted.weight().unwrap().iter().map(|w| scale * w).collect();
        let scaled = weighted.clone().with_weights(scaled).unwrap();
        let options = FitOptions::default().with_rho(Rho::Huber { delta });
        let [own, other] = [&weighted, &scaled].map(|runs| fit_scaling_law(runs, &options).unwrap());
        prop_assert!((other.objective / own.objective / scale - 1.0).abs() < 1e-9);
        all_near(&own.parameters, &other.parameters, 1e-6);
    }
}

#[test]
fn a_power_draws_the_fit_to_the_rows_that_it_weighs() {
    let plain = runs_of("overtraining");
    let largest = (0..plain.len()).max_by(|a, b| plain.tokens()[*a].total_cmp(&plain.tokens()[*b])).unwrap();
    let misfit = |power: f64| {
        let by = format!("tokens:{power}").parse().unwrap();
        let fit =
            fit_scaling_law(&plain.clone().with_power_weights(by).unwrap(), &FitOptions::default()).unwrap();
        assert!(fit.termination.is_converged());
        fit.residuals().unwrap()[largest].abs()
    };
    assert!(misfit(3.0) < 0.5 * misfit(0.0));
    // The power 0 is no weight at all.
    let none = "loss:0".parse().unwrap();
    let zero =
        fit_scaling_law(&plain.clone().with_power_weights(none).unwrap(), &FitOptions::default()).unwrap();
    near(zero.objective, fit_scaling_law(&plain, &FitOptions::default()).unwrap().objective, 1e-12);
}

#[test]
fn saved_fits_keep_their_weights_and_what_they_are() {
    let by: PowerWeight = "flops:0.5".parse().unwrap();
    let weighted = runs_of("overtraining").with_power_weights(by).unwrap();
    let report = Report::Point(fit_scaling_law(&weighted, &FitOptions::default()).unwrap());
    assert!(report.to_json().contains(r#""weights":"flops:0.5""#));
    saved("weights", &report);
    // Weights given outright take their place.
    let given = weighted.with_weights(vec![2.0; report.fit().observations.len()]).unwrap();
    assert_eq!(given.weighting().as_deref(), Some("given"));
}

#[test]
fn weights_that_make_no_sense_are_refused_by_name() {
    let refused = |text: &str| {
        let by = text.parse::<PowerWeight>();
        by.and_then(|by| runs_of("chinchilla").with_power_weights(by)).unwrap_err().to_string()
    };
    let cases: [(&str, &[&str]); 6] = [
        ("steps:1", &["'steps'", "one of flops, params"]),
        ("flops", &["flops:0.5"]),
        ("flops:much", &["flops:much", "flops:0.5"]),
        ("flops:NaN", &["flops:NaN"]),
        ("unique_tokens:1", &["unique_tokens", "add the column"]),
        ("flops:300", &["weight flops:300 of run 'c006' (flops 9.08", "positive"]),
    ];
    for (text, parts) in cases {
        says(&refused(text), parts);
    }
    let table = "run,params,tokens,loss,w\na,1e8,1e9,3.5,1\nb,2e8,1e9,3.4,0\n";
    let options = ReadOptions::default().with_column("weight", "w");
    let error = Sweep::from_csv_reader("runs.csv", table.as_bytes(), &options).unwrap_err().to_string();
    assert!(error.contains("runs.csv, line 3, column 'w': '0' is not a positive number"), "{error}");
}

#[test]
fn only_ratios_of_weights_count_in_all_that_is_said_of_the_runs() {
    let rows = runs_of("chinchilla");
    let fit = |weight: f64| {
        let rows = rows.clone().with_weights(vec![weight; rows.len()]).unwrap();
        fit_scaling_law(&rows, &FitOptions::default()).unwrap()
    };
    let one = fit(1.0);
    let of_one = one.lack_of_fit().expect("runs that depart");
    for weight in [9.0, 1e-4, 1e-23] {
        let own = fit(weight);
        // A test is one of least squares: its rounding is that of sums of 240 squares.
        near(own.lack_of_fit().expect("no computed losses").departure, of_one.departure, 1e-6);
        let kinds = |fit: &nbar::Fit| fit.warnings.iter().map(std::mem::discriminant).collect::<Vec<_>>();
        assert_eq!(kinds(&own), kinds(&one), "{weight}: {:?}", own.warnings);
    }
}
