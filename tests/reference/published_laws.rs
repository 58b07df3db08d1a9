//! Laws of other papers: their published objectives, and what they ask of a sweep. `density.rs` and
//! `repeated_data.rs` have more.

use nbar::law::by_name;
use nbar::optimize::Starts;
use nbar::{Fit, FitOptions, Observations, fit_scaling_law};

use crate::common::near::near;
use crate::common::sweeps::runs_of;

fn fitted(law: &str, table: &str) -> Fit {
    fit_scaling_law(&runs_of(table), &FitOptions::default().with_law(by_name(law).unwrap())).unwrap()
}

#[test]
fn frantars_law_reaches_its_global_optimum() {
    let fit = fitted("sparse", "t5_c4_sparse");
    // The published optimum is the mean over 48 rows, to eight digits.
    assert!(fit.objective <= 48.0 * 4.880_116_6e-6 * (1.0 + 1e-6), "{}", fit.objective / 48.0);
    let options = FitOptions::default().with_law(by_name("sparse").unwrap());
    let random = options.with_starts(Starts::Random { count: 200, seed: 1 });
    let other = fit_scaling_law(&runs_of("t5_c4_sparse"), &random).unwrap();
    assert!(other.objective >= fit.objective * (1.0 - 1e-9), "{} is below", other.objective);
}

#[test]
fn frantars_published_point_has_the_published_objective() {
    let observations = runs_of("t5_c4_sparse");
    let law = by_name("sparse").unwrap();
    // Published for N in millions and hundreds of thousands of steps of 65,536 tokens.
    let (alpha, beta) = (0.245_131_73, 0.202_707_72);
    let (of_n, of_d) = (1e6f64.powf(alpha), (1e5 * 65_536f64).powf(beta));
    let point = [
        0.650_742_19,
        0.567_785_12 * of_n,
        1.522_650_16 * of_n,
        0.633_615_17 * of_d,
        0.721_612_76,
        alpha,
        beta,
    ];
    let columns = law.spec().columns(&observations).unwrap();
    let rho = |i: usize| {
        let inputs: Vec<f64> = columns.iter().map(|column| column[i]).collect();
        let r = observations.loss()[i].ln() - law.loss(&point, &inputs).ln();
        if r.abs() <= 1e-3 { r * r / 2.0 } else { 1e-3 * (r.abs() - 5e-4) }
    };
    let mean = (0..observations.len()).map(rho).sum::<f64>() / observations.len() as f64;
    // Of the published eight digits of each coefficient; the paper prints 7.6036e-6.
    near(mean, 7.603_605_281_5e-6, 1e-9);
}

#[test]
fn a_missing_input_is_named() {
    let plain = Observations::new(vec![1e8; 9], vec![2e9; 9], vec![3.0; 9]).unwrap();
    let law = by_name("repeated-data").unwrap();
    let error = fit_scaling_law(&plain, &FitOptions::default().with_law(law)).unwrap_err().to_string();
    assert!(error.contains("unique_tokens"), "{error}");
}
