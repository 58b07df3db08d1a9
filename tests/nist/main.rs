//! NIST's Statistical Reference Datasets for non-linear regression, all 27, as laws written outside the crate and fitted
//! by least squares on L.
//!
//! tests/nist/fetch.sh gets the files, without which these tests fail; so they are no part of plain `cargo test`, but a step
//! of `.ci/run`: `cargo test --test nist`. The measure is NIST's: the log relative error, -log10(|found - certified| /
//! |certified|), the number of correct digits; certified values have 11.

mod data;
mod dual;
mod laws;
mod texts;

use std::io::Write;
use std::sync::Arc;

use data::Set;
use laws::{SETS, Strd};
use nbar::law::{Law, check_derivatives};
use nbar::optimize::Starts;
use nbar::{Fit, FitOptions, Observations, Residual, Rho, fit_scaling_law};

/// Digits to which values are certified.
const CERTIFIED: f64 = 11.0;

/// The least number of correct digits of any of these.
fn digits(found: &[f64], certified: &[f64]) -> f64 {
    let own = |(found, certified): (&f64, &f64)| {
        let error = ((found - certified) / certified).abs();
        if error < 1.0 { (-error.log10()).min(CERTIFIED) } else { 0.0 }
    };
    found.iter().zip(certified).map(own).fold(CERTIFIED, f64::min)
}

/// A set's observations: the response of Bennett5 with its sign turned, since losses are positive.
fn observations(name: &str, set: &Set) -> Observations {
    let ones = || vec![1.0; set.response.len()];
    let sign = if name == "Bennett5" { -1.0 } else { 1.0 };
    let loss = set.response.iter().map(|y| sign * y).collect();
    let bare = Observations::new(ones(), ones(), loss).unwrap();
    let with =
        |o: Observations, (i, x): (usize, &Vec<f64>)| o.with_column(Strd::input(i), x.clone()).unwrap();
    set.inputs.iter().enumerate().fold(bare, with)
}

fn fit(name: &str, law: &Arc<dyn Law>, set: &Set, start: usize) -> Fit {
    // Nelson's response is ln y.
    let residual = if name == "Nelson" { Residual::LnLoss } else { Residual::Loss };
    let options = FitOptions::default()
        .with_law(Arc::clone(law))
        .with_rho(Rho::Squared)
        .with_residual(residual)
        .with_starts(Starts::Given(vec![texts::of_law(law.as_ref(), &set.starts[start])]))
        .with_jobs(1);
    fit_scaling_law(&observations(name, set), &options).unwrap()
}

#[test]
fn every_set_is_fitted_to_its_certified_values() {
    let mut table = format!("{:<10} {:>8} {:>8} {:>10}\n", "set", "start 1", "start 2", "deviations");
    let (mut first_good, mut second_good, mut deviations_good) = (0, 0, 0);
    for (name, formula) in SETS {
        let set = data::read(name);
        let law: Arc<dyn Law> = Arc::new(Strd::new(name, formula, &set));
        let inputs: Vec<&[f64]> = set.inputs.iter().map(Vec::as_slice).collect();
        check_derivatives(law.as_ref(), &set.certified, &inputs).unwrap();
        let [first, second] = [0, 1].map(|start| fit(name, &law, &set, start));
        let (one, two) =
            (digits(&first.parameters, &set.certified), digits(&second.parameters, &set.certified));
        let three = second.standard_errors().map_or(0.0, |found| digits(&found, &set.deviations));
        first_good += u32::from(one >= 4.0);
        second_good += u32::from(two >= 4.0);
        deviations_good += u32::from(three >= 3.0);
        table += &format!("{name:<10} {one:>8.1} {two:>8.1} {three:>10.1}\n");
    }
    table += &format!("{:<10} {first_good:>8} {second_good:>8} {deviations_good:>10}\n", "good");
    std::io::stderr().write_all(table.as_bytes()).unwrap();
    assert_eq!(second_good, 27, "four digits from start 2\n{table}");
    assert!(first_good >= 24, "four digits from start 1\n{table}");
    assert!(deviations_good >= 24, "three digits of the standard deviations\n{table}");
}

#[test]
fn every_set_keeps_its_digits_where_its_law_is_a_text() {
    let mut table = String::new();
    let (mut good, mut kept) = ([0, 0], true);
    for (name, formula) in SETS {
        let set = data::read(name);
        let (written, text): (Arc<dyn Law>, Arc<dyn Law>) =
            (Arc::new(Strd::new(name, formula, &set)), Arc::new(texts::formula(name, &set)));
        let inputs: Vec<&[f64]> = set.inputs.iter().map(Vec::as_slice).collect();
        check_derivatives(text.as_ref(), &texts::of_law(text.as_ref(), &set.certified), &inputs).unwrap();
        let of = |law: &Arc<dyn Law>, start: usize| {
            let found = fit(name, law, &set, start).parameters;
            digits(&texts::in_order(law.as_ref(), &found), &set.certified)
        };
        let both = [0, 1].map(|start| (of(&written, start), of(&text, start)));
        for (count, (_, of_text)) in good.iter_mut().zip(both) {
            *count += u32::from(of_text >= 4.0);
        }
        table += &format!("{name:<10} {both:?}\n");
        // Both end at rounding, each at its own.
        kept &= both.iter().all(|(of_code, of_text)| *of_text >= of_code.min(6.0));
    }
    std::io::stderr().write_all(table.as_bytes()).unwrap();
    assert!(kept && good[0] >= 24 && good[1] == 27, "{good:?}\n{table}");
}
