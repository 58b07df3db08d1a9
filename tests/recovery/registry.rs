//! What holds for every law that has a name.

use std::sync::Arc;

use nbar::fit::Freedom;
use nbar::law::{Evaluation, Law, LawSpec, NAMES, Parameter, by_name, check_derivatives};
use nbar::{FitOptions, Observations, fit_scaling_law};

use crate::common::claims::Claims;
use crate::common::every_law::{columns, losses, runs, tolerances, truths};
use crate::common::noise::uniform;

/// The parameters at these shares of their ranges.
fn point(parameters: &[Parameter], mut share: impl FnMut(usize) -> f64) -> Vec<f64> {
    let at = |(j, p): (usize, &Parameter)| {
        let (low, high) = (p.to_fitted(p.low), p.to_fitted(p.high));
        p.to_natural(low + share(j) * (high - low))
    };
    parameters.iter().enumerate().map(at).collect()
}

fn loss(name: &str, parameters: &[f64], inputs: &[f64]) -> f64 {
    by_name(name).unwrap().loss(parameters, inputs)
}

#[test]
fn losses_are_those_worked_out_by_hand() {
    let cases: [(&str, &[f64], &[f64], f64); 7] = [
        ("compute", &[1.5, 2.0, 0.5], &[16.0], 2.0),
        ("tied", &[1.7, 3.0, 5.0, 0.5], &[4.0, 25.0], 1.7 + 1.5 + 1.0),
        // (16/4)^(1/.5) + 9/1 = 25, and its root.
        ("kaplan", &[16.0, 9.0, 1.0, 0.5], &[4.0, 1.0], 5.0),
        // Half of 8 parameters is left: (2 · .5 + 3)/4^.5 = 2, and 5/25^.5 = 1.
        ("sparse", &[1.0, 2.0, 3.0, 5.0, 1.0, 0.5, 0.5], &[4.0, 8.0, 25.0], 4.0),
        ("sparse-density", &[1.0, 2.0, 4.0, 0.5, 0.5, -0.25, 1.0], &[4.0, 16.0, 4.0], 3.3125),
        // 2/4^.5 + 5/25^.5, and 6 (10/√25)^2/9^.5 of what was cut.
        ("schedule", &[1.0, 2.0, 5.0, 6.0, 0.5, 0.5, 2.0], &[4.0, 25.0, 10.0, 1.0, 9.0], 11.0),
        // Nothing is repeated and N is small: the law of dense runs.
        ("repeated-data", &[1.0, 8.0, 8.0, 0.5, 15.0, 5.0], &[4.0, 16.0, 16.0], 7.0),
    ];
    for (name, parameters, inputs, expected) in cases {
        let found = loss(name, parameters, inputs);
        assert!((found - expected).abs() < 1e-12, "{name}: {found}, not {expected}");
    }
    // Published as ln E, ln A, ln B.
    let [e, a, b] = [0.526_722_8f64, 6.007_340_4, 6.017_918_6].map(f64::exp);
    let unrounded = loss("chinchilla", &[e, a, b, 0.339_170_84, 0.284_908_3], &[70e9, 1.4e12]);
    assert!((unrounded - 1.9208).abs() < 1e-4, "{unrounded}");
}

#[test]
fn laws_that_are_another_in_other_letters_have_its_losses() {
    // A = a 6^-η and B = b 6^-η, with α = 2η.
    let tied = loss("tied", &[1.75, 3.0 / 6f64.sqrt(), 8.0 / 6f64.sqrt(), 1.0], &[2.0, 8.0]);
    let same = loss("overtraining", &[1.75, 3.0, 8.0, 0.5], &[8.0, 2.0, 6.0 * 2.0 * 8.0]);
    assert!((tied - same).abs() < 1e-12, "{tied}, {same}");
    // A = Nc^αN, B = Dc^αD, α = αN, β = q = αD.
    let (n_c, d_c, alpha_n, alpha_d) = (6.4e13f64, 1.8e13f64, 0.076, 0.103);
    let letters = [1e-300, n_c.powf(alpha_n), d_c.powf(alpha_d), alpha_n, alpha_d, alpha_d];
    let kaplan = loss("kaplan", &[n_c, d_c, alpha_n, alpha_d], &[1e9, 2e10]);
    assert!((loss("coupled", &letters, &[1e9, 2e10]) / kaplan - 1.0).abs() < 1e-12, "{kaplan}");
}

#[test]
fn derivatives_are_right_all_over_the_ranges() {
    let observations = runs(8, vec![1.0; 8]);
    for name in NAMES {
        let law = by_name(name).unwrap();
        let columns = columns(law.as_ref(), &observations);
        let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for k in 0..50 {
            let parameters = point(&law.spec().parameters, |j| uniform(1000 + 100 * k + j));
            if let Err(error) = check_derivatives(law.as_ref(), &parameters, &inputs) {
                panic!("{name} at {parameters:?}: {error}");
            }
        }
        assert!(
            check_derivatives(law.as_ref(), &[1.0], &inputs).is_err(),
            "{name}: one parameter is too few"
        );
    }
}

/// A law whose last derivative has the wrong sign.
#[derive(Debug)]
struct Slip(Arc<dyn Law>);

impl Law for Slip {
    fn spec(&self) -> &LawSpec {
        self.0.spec()
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], Evaluation { ln_loss, jacobian }: Evaluation<'_>) {
        self.0.evaluate(theta, inputs, Evaluation { ln_loss: &mut *ln_loss, jacobian: &mut *jacobian });
        jacobian[(theta.len() - 1) * ln_loss.len()..].iter_mut().for_each(|slope| *slope *= -1.0);
    }
}

#[test]
fn a_wrong_derivative_is_named_with_its_row() {
    let flops = [1e18, 1e20, 1e22];
    let check = |law: &dyn Law| check_derivatives(law, &[1.7, 1300.0, 0.15], &[&flops]);
    let law = by_name("compute").unwrap();
    check(law.as_ref()).unwrap();
    let error = check(&Slip(law)).unwrap_err().to_string();
    assert!(error.contains("gamma") && error.contains("row 0"), "{error}");
}

/// 120 runs with the losses of a law.
fn exact(law: &dyn Law, parameters: &[f64]) -> Observations {
    let n = 120;
    runs(n, losses(law, parameters, &runs(n, vec![1.0; n])))
}

#[test]
fn exact_losses_give_five_truths_of_every_law_back() {
    for name in NAMES {
        let law = by_name(name).unwrap();
        for truth in truths(law.as_ref()) {
            let observations = exact(law.as_ref(), &truth);
            // Logs and exponentials of terms of up to e^30: 16 units in the last place, ten times over for a descent that
            // ends where the gradient is rounding.
            let tolerances = tolerances(law.as_ref(), &truth, &observations, 160.0 * f64::EPSILON);
            let options = FitOptions::default().with_law(Arc::clone(&law));
            let fit = fit_scaling_law(&observations, &options).unwrap();
            for (((p, found), value), tolerance) in
                law.spec().parameters.iter().zip(&fit.parameters).zip(&truth).zip(tolerances)
            {
                assert!(tolerance < 1e-6, "{name}, {}: these runs do not identify it", p.name);
                let off = (p.to_fitted(*found) - p.to_fitted(*value)).abs();
                assert!(off <= tolerance, "{name}, {}: {found}, not {value} ({off:e})", p.name);
            }
        }
    }
}

#[test]
fn tables_of_terms_reach_the_optimum_of_themselves_as_general_laws() {
    let n = 120;
    let blank = runs(n, vec![1.0; n]);
    for name in NAMES {
        let law = by_name(name).unwrap();
        if law.as_power_sum().is_none() {
            continue;
        }
        let exact = losses(law.as_ref(), &truths(law.as_ref())[0], &blank);
        let noise = |i: usize| (0.02 * uniform(9000 + i) - 0.01).exp();
        let observations = runs(n, exact.iter().enumerate().map(|(i, loss)| loss * noise(i)).collect());
        let objective = |law: Arc<dyn Law>| {
            fit_scaling_law(&observations, &FitOptions::default().with_law(law)).unwrap().objective
        };
        let (fast, general) = (objective(Arc::clone(&law)), objective(Arc::new(Claims::nothing(&law))));
        assert!((general / fast - 1.0).abs() < 1e-9, "{name}: {fast} as a table, {general} as a general law");
    }
}

#[test]
fn tied_is_chinchilla_with_one_exponent() {
    let tied = by_name("tied").unwrap();
    let data = exact(tied.as_ref(), &[1.87, 521.0, 1488.0, 0.3527]);
    let free = fit_scaling_law(&data, &FitOptions::default()).unwrap();
    // Residuals of some 1e-15, times a condition number of JᵀJ's root of up to 1e5.
    assert!((free.parameter("alpha").unwrap() / free.parameter("beta").unwrap() - 1.0).abs() < 1e-7);
    let fit = fit_scaling_law(&data, &FitOptions::default().with_law(tied)).unwrap();
    assert_eq!(fit.optimum_exponents().map(|(a, b)| (a - 0.5, b - 0.5)), Some((0.0, 0.0)));
}

#[test]
fn dense_runs_get_the_law_of_dense_runs_from_the_law_of_schedules() {
    let n = 40;
    let size = |i: usize| 1e7 * 1e3f64.powf(uniform(3 * i));
    let tokens = |i: usize| 1e9 * 1e3f64.powf(uniform(3 * i + 1));
    let truth = |i: usize| 1.8 + 480.0 * size(i).powf(-0.35) + 2100.0 * tokens(i).powf(-0.37);
    let losses = (0..n).map(|i| truth(i) * (1.0 + 0.01 * uniform(3 * i + 2))).collect();
    let dense = Observations::new((0..n).map(size).collect(), (0..n).map(tokens).collect(), losses).unwrap();
    let [plain, of_schedules] = ["chinchilla", "schedule"]
        .map(|law| fit_scaling_law(&dense, &FitOptions::default().with_law(by_name(law).unwrap())).unwrap());
    assert!((of_schedules.objective / plain.objective - 1.0).abs() < 1e-9);
    for (found, expected) in [0, 1, 2, 4, 5].into_iter().zip(&plain.parameters) {
        let found = of_schedules.parameters[found];
        assert!((found / expected - 1.0).abs() < 1e-9, "{found}, not {expected}");
    }
    for name in ["C", "p"] {
        assert_eq!(of_schedules.freedom(name), Freedom::Unidentified);
    }
}
