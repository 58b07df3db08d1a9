//! Laws that say which units they take up: false claims are caught, true ones change no optimum.

use std::sync::Arc;

use nbar::law::{Coupled, Input, Law, check_derivatives};
use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};

use crate::common::claims::Claims;
use crate::common::near::all_near;

#[test]
fn units_that_a_law_does_not_take_up_are_found() {
    let coupled: Arc<dyn Law> = Arc::new(Coupled::default());
    let check = |inputs: &[Input], place: usize, exponent: usize| {
        let law = Claims::nothing(&coupled)
            .linear(&[0])
            .claim(place, |p| p.takes_up(inputs.iter().cloned(), exponent));
        check_derivatives(&law, &[1.7, 480.0, 2100.0, 0.35, 0.37, 0.7], &[&[1e8, 1e9], &[1e10, 1e11]])
    };
    check(&[Input::Params], 1, 3).unwrap();
    check(&[Input::Tokens], 2, 4).unwrap();
    // Another's exponent, another's coefficient, an exponent for a coefficient, none at all, and one input too many.
    let (one, both) = (&[Input::Params][..], &[Input::Params, Input::Tokens][..]);
    for (inputs, place, exponent) in [(one, 1, 4), (one, 2, 3), (one, 4, 3), (one, 1, 9), (both, 1, 3)] {
        let error = check(inputs, place, exponent).unwrap_err().to_string();
        let named = error.contains("at row 0") && error.contains("takes_up");
        assert!(named, "{inputs:?}, {place}, {exponent}: {error}");
    }
}

#[test]
fn units_change_no_optimum_whatever_is_held() {
    // With its outliers.
    let sweep = Sweep::from_csv_path("data/chinchilla.csv").unwrap();
    let runs = sweep.observations(&ObservationOptions::default()).unwrap();
    let coupled: Arc<dyn Law> = Arc::new(Coupled::default());
    let without: Arc<dyn Law> = Arc::new(Claims::nothing(&coupled).linear(&[0]));
    let held: [fn(FitOptions) -> FitOptions; 6] = [
        |all| all,
        |all| all.with_fixed("alpha", 0.36),
        |all| all.with_fixed("A", 400.0),
        |all| all.with_tied("beta", "alpha").with_fixed("q", 0.9),
        |all| all.with_tied("B", "A"),
        |all| all.with_bound("B", ..1000.0),
    ];
    for (i, hold) in held.into_iter().enumerate() {
        let [own, other] = [&coupled, &without].map(|law| {
            fit_scaling_law(&runs, &hold(FitOptions::default().with_law(Arc::clone(law)))).unwrap()
        });
        assert!((own.objective / other.objective - 1.0).abs() < 1e-9, "{i}: {own:?}, {other:?}");
        all_near(&own.parameters, &other.parameters, 1e-6);
    }
}
