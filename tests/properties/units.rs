//! Parameters, tokens and losses in other units: every law says the same, with parameters that change as they must.

use std::sync::Arc;

use nbar::law::{Law, NAMES, by_name};
use proptest::prelude::*;

use crate::common::every_law::{columns, losses, rows, runs, truths};
use crate::near_optimum::{fitted, noise, off};

/// The parameters of a law where N, D and L are `n`, `d` and `l` times as large.
fn converted(law: &str, parameters: &[f64], [n, d, l]: [f64; 3]) -> Vec<f64> {
    // What each parameter is multiplied by; those that are not listed keep their values.
    let p = parameters;
    let factors = match law {
        "chinchilla" | "averaged" | "power-mean" | "coupled" => vec![l, l * n.powf(p[3]), l * d.powf(p[4])],
        "tied" | "sparse-density" | "repeated-data" => vec![l, l * n.powf(p[3]), l * d.powf(p[3])],
        "compute" => vec![l, l * (n * d).powf(p[2])],
        "overtraining" => vec![l, l * n.powf(2.0 * p[3]), l * d.powf(2.0 * p[3])],
        "kaplan" => vec![n * l.powf(1.0 / p[2]), d * l.powf(1.0 / p[3])],
        "sparse" => vec![l, l * n.powf(p[5]), l * n.powf(p[5]), l * d.powf(p[6])],
        "schedule" => {
            vec![l, l * n.powf(p[4]), l * d.powf(p[5]), l * n.powf(p[4]) * d.powf(p[6] / 2.0)]
        }
        "bnsl" => vec![l, l * d.powf(p[2]), 1.0, 1.0, d],
        "bnsl2" => vec![l, l * d.powf(p[2]), 1.0, 1.0, d, 1.0, 1.0, d],
        name => panic!("say what units do to {name}"),
    };
    let factors = factors.into_iter().chain(std::iter::repeat(1.0));
    p.iter().zip(factors).map(|(value, factor)| value * factor).collect()
}

/// So many decades up or down.
fn unit(decades: f64) -> impl Strategy<Value = f64> {
    (-decades..decades).prop_map(|exponent| 10f64.powf(exponent))
}

const N: usize = 120;

fn every_law() -> impl Iterator<Item = (&'static str, Arc<dyn Law>)> {
    NAMES.into_iter().map(|name| (name, by_name(name).unwrap()))
}

proptest! {
    #![proptest_config(crate::cases(16))]

    /// Logarithms of up to 100 are rounded to 1e-14; quotients of exponents multiply that by 10.
    #[test]
    fn losses_of_every_law_change_as_their_unit(units in (unit(9.0), unit(9.0), unit(3.0)), truth in 0..5usize) {
        let (n, d, l) = units;
        for (name, law) in every_law() {
            let parameters = &truths(law.as_ref())[truth];
            let own = losses(law.as_ref(), parameters, &runs(N, vec![1.0; N]));
            let blank = rows(&(0..N).collect::<Vec<_>>(), [n, d], vec![1.0; N]);
            let other = losses(law.as_ref(), &converted(name, parameters, [n, d, l]), &blank);
            for (own, other) in own.iter().zip(&other) {
                prop_assert!((other / own / l - 1.0).abs() < 1e-12, "{name}: {own}, {other} at {units:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(crate::cases(2))]

    /// The objective is one of ln L, which units of L move in all rows alike.
    #[test]
    fn fits_of_every_law_change_as_their_units(units in (unit(3.0), unit(3.0), unit(0.5))) {
        let (n, d, l) = units;
        for (name, law) in every_law() {
            let exact = losses(law.as_ref(), &truths(law.as_ref())[0], &runs(N, vec![1.0; N]));
            let losses: Vec<f64> = exact.iter().enumerate().map(|(i, loss)| loss * noise(i)).collect();
            let own = fitted(&law, &runs(N, losses.clone()));
            let which: Vec<usize> = (0..N).collect();
            let others = rows(&which, [n, d], losses.iter().map(|loss| l * loss).collect());
            let other = fitted(&law, &others);
            prop_assert!((other.objective / own.objective - 1.0).abs() < 1e-9, "{name} at {units:?}");
            let expected = converted(name, &own.parameters, [n, d, l]);
            prop_assert_eq!(off(law.as_ref(), &other.parameters, &expected, &others), None, "at {:?}", units);
        }
    }
}

#[test]
fn a_unit_that_is_forgotten_is_found() {
    let law = by_name("chinchilla").unwrap();
    let blank = runs(N, vec![1.0; N]);
    assert_eq!(columns(law.as_ref(), &blank).len(), 2);
    let truth = &truths(law.as_ref())[0];
    let mut forgotten = truth.clone();
    forgotten[1] *= 1.0 + 1e-6;
    assert!(off(law.as_ref(), &forgotten, truth, &blank).is_some());
}
