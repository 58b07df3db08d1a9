//! Parameters that are fixed or tied: the same optimum as that of the law written without them, in every refit too.

use std::sync::Arc;

use nbar::fit::Freedom;
use nbar::law::{Law, Parameter, SparseDensity, tied};
use nbar::optimize::Starts;
use nbar::report::Report;
use nbar::{BootstrapOptions, Fit, FitOptions, fit_scaling_law};

use crate::common::laws::From::{self, Fixed, Own};
use crate::common::laws::Written;
use crate::common::near::{all_near, near, says};
use crate::common::saved::saved;
use crate::common::sweeps::runs_of;

fn fit(options: &FitOptions) -> Fit {
    fit_scaling_law(&runs_of("chinchilla"), options).unwrap()
}

const E: &str = "E";
const A: &str = "A";
const B: &str = "B";
const ALPHA: &str = "alpha";
const BETA: &str = "beta";

fn parameter(name: &'static str) -> Parameter {
    match name {
        E => Parameter::log(name, 0.1, 10.0),
        A | B => Parameter::log(name, 1.0, 1e5),
        _ => Parameter::linear(name, 0.03, 1.5),
    }
}

/// The law of what is left free, from many starts near and far, since the screen of a law that is no sum of powers is a
/// coarse one.
fn written<const N: usize>(free: [&'static str; N], from: [From; 5]) -> FitOptions {
    let mut law = Written { from, ..Written::plain() };
    law.spec.parameters = free.map(parameter).to_vec();
    let starts = Starts::Random { count: 300, seed: 1 };
    FitOptions::default().with_law(Arc::new(law)).with_starts(starts)
}

#[test]
fn a_restricted_law_has_the_optimum_of_the_law_written_without_the_parameter() {
    let default = FitOptions::default;
    let cases = [
        (
            default().with_fixed("E", 1.69),
            written([A, B, ALPHA, BETA], [Fixed(1.69f64.ln()), Own(0), Own(1), Own(2), Own(3)]),
        ),
        (
            default().with_fixed("A", 300.0),
            written([E, B, ALPHA, BETA], [Own(0), Fixed(300f64.ln()), Own(1), Own(2), Own(3)]),
        ),
        (
            default().with_fixed("beta", 0.28),
            written([E, A, B, ALPHA], [Own(0), Own(1), Own(2), Own(3), Fixed(0.28)]),
        ),
        (
            default().with_tied("A", "B"),
            written([E, A, ALPHA, BETA], [Own(0), Own(1), Own(1), Own(2), Own(3)]),
        ),
        (
            default().with_tied("beta", "alpha").with_fixed("B", 1500.0),
            written([E, A, ALPHA], [Own(0), Own(1), Fixed(1500f64.ln()), Own(2), Own(2)]),
        ),
        (
            default().with_fixed("alpha", 0.34).with_fixed("beta", 0.28),
            written([E, A, B], [Own(0), Own(1), Own(2), Fixed(0.34), Fixed(0.28)]),
        ),
    ];
    // The written laws are searched as general ones, which takes its time: a third of the runs.
    let runs = runs_of("chinchilla").subset(|row| row % 3 == 0);
    for (restricted, written) in cases {
        let [found, other] = [&restricted, &written].map(|options| fit_scaling_law(&runs, options).unwrap());
        assert!(found.termination.is_converged() && other.termination.is_converged(), "{restricted:?}");
        near(found.objective, other.objective, 1e-9);
        assert_eq!(found.free_parameters(), other.parameters.len());
        for (own, value) in other.law().spec().parameters.iter().zip(&other.parameters) {
            near(found.parameter(&own.name).unwrap(), *value, 1e-6);
        }
    }
}

#[test]
fn tied_exponents_are_the_tied_law_in_fit_draws_and_intervals() {
    let restricted = fit(&FitOptions::default().with_tied("alpha", "beta"));
    let law = fit(&FitOptions::default().with_law(Arc::new(tied())));
    near(restricted.objective, law.objective, 1e-9);
    assert_eq!(restricted.starts_at_optimum, restricted.starts_tried);
    assert_eq!(
        (restricted.free_parameters(), restricted.freedom("beta")),
        (4, Freedom::Tied("alpha".to_owned()))
    );
    // The same draws of the same runs, and as many degrees of freedom: each interval is the same to the polish.
    let options = BootstrapOptions::default().with_replicates(60);
    let ensembles = [&restricted, &law].map(|fit| fit.bootstrap(&options).unwrap());
    assert!(ensembles[0].draws.iter().all(|draw| draw[3] == draw[4]));
    let intervals = ensembles.each_ref().map(|e| {
        let loss = e.predict(70e9, 1.4e12).unwrap().loss;
        let parameters = ["E", "A", "B", "alpha"].map(|name| e.parameter(name).unwrap().interval);
        [parameters.concat(), loss.mean_interval.to_vec(), loss.run_interval.to_vec()].concat()
    });
    all_near(&intervals[0], &intervals[1], 1e-6);
}

#[test]
fn hoffmanns_starts_find_the_same_and_count_once_each() {
    let options = FitOptions::default().with_tied("alpha", "beta");
    let all = fit(&options.clone().with_starts(Starts::Hoffmann));
    assert_eq!(all.starts_tried, 900);
    near(all.objective, fit(&options).objective, 1e-9);
}

#[test]
fn a_parameter_fixed_at_the_optimum_leaves_it_where_it_is() {
    let free = fit(&FitOptions::default());
    for (place, name) in ["E", "A", "B", "alpha", "beta"].into_iter().enumerate() {
        let fixed = fit(&FitOptions::default().with_fixed(name, free.parameters[place]));
        near(fixed.objective, free.objective, 1e-9);
        assert_eq!(fixed.parameters[place], free.parameters[place]);
        assert_eq!((fixed.freedom(name), fixed.free_parameters()), (Freedom::Fixed, 4));
    }
}

#[test]
fn a_fixed_parameter_gives_the_point_of_the_profile() {
    let free = fit(&FitOptions::default());
    for name in ["E", "B", "alpha"] {
        let profile = free.profile(name, 0.95).unwrap();
        for point in profile.points.iter().step_by(5) {
            let fixed = fit(&FitOptions::default().with_fixed(name, point.at));
            near(fixed.objective, point.objective, 1e-9);
        }
    }
}

#[test]
fn every_refit_keeps_what_is_fixed_and_tied() {
    let options = FitOptions::default().with_fixed("E", 1.69).with_tied("alpha", "beta");
    let fit = fit(&options);
    let keeps = |parameters: &[f64]| parameters[0] == 1.69 && parameters[3] == parameters[4];
    assert!(keeps(&fit.parameters) && fit.minima.iter().all(|m| keeps(&m.parameters)));
    let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(60)).unwrap();
    assert!(ensemble.draws.len() == 60 && ensemble.draws.iter().all(|draw| keeps(draw)));
    let e = ensemble.parameter("E").unwrap();
    assert_eq!((e.std_error, e.interval), (0.0, [1.69, 1.69]));
    assert!(fit.sensitivity().unwrap().iter().all(|row| row.converged && keeps(&row.parameters)));
    let influence = fit.influence().unwrap();
    assert!(influence.single.iter().chain(&influence.joint).all(|without| keeps(&without.parameters)));
    let profiles = fit.profiles(0.95).unwrap();
    assert_eq!(
        profiles.profiles.iter().map(|p| p.parameter.as_str()).collect::<Vec<_>>(),
        ["A", "B", "alpha"]
    );
    assert!(profiles.pair.is_none());
    assert!(profiles.profiles.iter().flat_map(|p| &p.points).all(|point| keeps(&point.parameters)));
    let beta = fit.profile("beta", 0.95).unwrap();
    for (a, b) in beta.interval.iter().zip(profiles.profiles[2].interval) {
        near(a.unwrap(), b.unwrap(), 1e-9);
    }
    let refused = fit.profile("E", 0.95).unwrap_err().to_string();
    assert!(refused.contains("E is fixed at 1.69"), "{refused}");
}

#[test]
fn fewer_parameters_need_fewer_observations() {
    let few = runs_of("chinchilla").subset(|row| row % 60 == 0);
    assert_eq!(few.len(), 4);
    let three = FitOptions::default().with_fixed("E", 1.8).with_tied("alpha", "beta");
    assert!(fit_scaling_law(&few, &three).is_ok());
    let four = FitOptions::default().with_fixed("E", 1.8);
    let refused = fit_scaling_law(&few, &four).unwrap_err().to_string();
    assert!(
        refused.contains("the chinchilla law has 4 free parameters and needs 5 observations"),
        "{refused}"
    );
}

#[test]
fn a_law_that_is_no_sum_of_powers_can_be_restricted_too_even_at_zero() {
    let observations = runs_of("t5_c4_sparse");
    let law: Arc<dyn Law> = Arc::new(SparseDensity::default());
    let signed = law.spec().parameters.iter().find(|p| p.low < 0.0).expect("c may be negative").name.clone();
    let options = FitOptions::default().with_law(Arc::clone(&law)).with_fixed(&signed, 0.0);
    let free = fit_scaling_law(&observations, &FitOptions::default().with_law(law)).unwrap();
    let fixed = fit_scaling_law(&observations, &options).unwrap();
    assert_eq!(fixed.parameter(&signed), Some(0.0));
    assert!(fixed.objective >= free.objective * (1.0 - 1e-9));
    // A parameter that stays at zero does not change.
    assert!(fixed.sensitivity().unwrap().iter().all(|row| row.change.what != signed));
}

#[test]
fn saved_fits_keep_their_restrictions_and_files_without_any_still_load() {
    let options =
        FitOptions::default().with_fixed("E", 1.69).with_fixed("B", 1500.0).with_tied("beta", "alpha");
    let text = saved("restrictions", &Report::Point(fit(&options)));
    assert!(text.contains(r#""fixed":{"E":1.69,"B":1500.0},"tied":[["beta","alpha"]]"#));
    assert_eq!(Report::from_json("f", text.as_bytes()).unwrap().fit().free_parameters(), 2);
    let broken = text.replace(r#""E":1.69,"B":1500.0"#, r#""E":-1.0"#);
    assert!(Report::from_json("f", broken.as_bytes()).unwrap_err().to_string().contains("E=-1"));
    let text = saved("unrestricted", &Report::Point(fit(&FitOptions::default())));
    assert!(!text.contains("\"fixed\"") && !text.contains("\"tied\""));
}

#[test]
fn restrictions_that_make_no_sense_are_refused_by_name() {
    let default = FitOptions::default;
    let cases: [(FitOptions, &[&str]); 11] = [
        (
            default().with_fixed("gamma", 1.0),
            &["the parameter 'gamma' is not known", "one of E, A, B, alpha, beta"],
        ),
        (
            default().with_tied("alpha", "gamma"),
            &["the parameter 'gamma' is not known", "one of E, A, B, alpha, beta"],
        ),
        (default().with_fixed("E", 1.0).with_fixed("E", 2.0), &["E=2", "fixes a parameter twice"]),
        (default().with_fixed("E", 0.0), &["E=0", "positive"]),
        (default().with_fixed("A", -3.0), &["A=-3", "positive"]),
        (default().with_fixed("alpha", f64::NAN), &["alpha=NaN", "finite"]),
        (default().with_fixed("beta", 0.3).with_tied("alpha", "beta"), &["alpha=beta", "fixed"]),
        (default().with_tied("A", "alpha"), &["A=alpha", "a coefficient and an exponent"]),
        (default().with_tied("alpha", "alpha"), &["alpha=alpha", "different"]),
        (
            default().with_tied("alpha", "beta").with_tied("beta", "alpha"),
            &["beta=alpha", "repeats an earlier tie"],
        ),
        (
            ["E", "A", "B", "alpha", "beta"].iter().fold(default(), |o, name| o.with_fixed(name, 1.0)),
            &["leave one free"],
        ),
    ];
    for (options, parts) in cases {
        says(&fit_scaling_law(&runs_of("chinchilla"), &options).unwrap_err().to_string(), parts);
    }
}
