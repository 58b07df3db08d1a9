//! Laws of other papers: their published objectives, their derivatives, and what they ask of a sweep. `density.rs` and
//! `repeated_data.rs` have more.

use nbar::law::{Evaluation, Law, by_name};
use nbar::{Fit, FitOptions, Observations, fit_scaling_law};

use crate::common::near::near;
use crate::common::sweeps::runs_of;

/// A point of each law, in its own units: as published, for the sparse law of about that size.
const POINTS: [(&str, &[f64]); 3] = [
    ("sparse", &[0.65, 16.8, 45.0, 1e5, 0.72, 0.245, 0.634]),
    ("sparse-density", &[2.348_067, 188.81, 447.21, 0.326_822, -0.009_68, -0.272_889, 0.846_618]),
    ("repeated-data", &[1.869_194, 520.827, 1_487.71, 0.352_659_6, 15.387_756, 5.309_743]),
];

fn fitted(law: &str, table: &str) -> Fit {
    fit_scaling_law(&runs_of(table), &FitOptions::default().with_law(by_name(law).unwrap())).unwrap()
}

#[test]
fn frantars_law_reaches_its_global_optimum() {
    let fit = fitted("sparse", "t5_c4_sparse");
    // The published optimum is the mean over 48 rows, to eight digits.
    assert!(fit.objective <= 48.0 * 4.880_116_6e-6 * (1.0 + 1e-6), "{}", fit.objective / 48.0);
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
fn derivatives_are_those_of_the_value() {
    // Rows on both sides of every switch: dense, sparse; repeated, not; above and below the optimal size.
    let columns = |law: &dyn Law| -> Vec<Vec<f64>> {
        match &*law.spec().name {
            "repeated-data" => vec![vec![1e8, 1e10, 4e9], vec![2e9, 3e10, 3e11], vec![2e9, 3e9, 1e11]],
            _ => vec![vec![1e8, 1e8, 3e9], vec![1e8, 4e8, 6e9], vec![2e9, 2e10, 1e11]],
        }
    };
    for (name, point) in POINTS {
        let law = by_name(name).unwrap();
        let theta: Vec<f64> = law.spec().parameters.iter().zip(point).map(|(p, x)| p.to_fitted(*x)).collect();
        let columns = columns(law.as_ref());
        // The order of a table's inputs is that of its terms; all three laws of density begin with the final count.
        let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let at = |theta: &[f64]| {
            let (mut ln_loss, mut jacobian) = (vec![0.0; 3], vec![0.0; 3 * theta.len()]);
            law.evaluate(theta, &inputs, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
            (ln_loss, jacobian)
        };
        let (_, jacobian) = at(&theta);
        for j in 0..theta.len() {
            let h = 1e-5;
            let moved = |step: f64| {
                let mut moved = theta.clone();
                moved[j] += step;
                at(&moved).0
            };
            let (up, down) = (moved(h), moved(-h));
            for row in 0..3 {
                let slope = (up[row] - down[row]) / (2.0 * h);
                let own = jacobian[j * 3 + row];
                // Truncation h² times third derivatives of up to 25³/6, rounding 1e-15/h.
                assert!((slope - own).abs() < 1e-6, "{name}, {j}, row {row}: {slope} beside {own}");
            }
        }
    }
}

#[test]
fn a_missing_input_is_named() {
    let plain = Observations::new(vec![1e8; 9], vec![2e9; 9], vec![3.0; 9]).unwrap();
    let law = by_name("repeated-data").unwrap();
    let error = fit_scaling_law(&plain, &FitOptions::default().with_law(law)).unwrap_err().to_string();
    assert!(error.contains("unique_tokens"), "{error}");
}
