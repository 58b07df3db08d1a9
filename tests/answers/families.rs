//! Answers for one group of a fit by groups.

use std::sync::Arc;

use nbar::families::fit_by_group;
use nbar::fit::Warning;
use nbar::law::{Factor, Input, Parameter, PowerSum, Term};
use nbar::predict::NewRun;
use nbar::{FitOptions, ObservationOptions, Sweep};

use crate::replicates;

/// Runs of two groups, so many each, whose losses lie on laws with shared exponents, but for uneven noise of standard deviation `noise`.
fn two_groups(counts: [u32; 2], noise: [f64; 2]) -> Sweep {
    let mut table = "params,tokens,loss,group\n".to_owned();
    let spread = |seed: f64| (seed * 0.618_033_988_749_895).fract();
    for (group, [e, a, b]) in [[1.8, 400.0, 1800.0], [1.9, 480.0, 1600.0]].into_iter().enumerate() {
        for run in 0..counts[group] {
            let [u, v, w] = [1.0, 7.0, 31.0].map(|step| spread(step * f64::from(run) + 5.0 * group as f64));
            let params = 3e7 * 100f64.powf(u);
            let tokens = params * 5.0 * 20f64.powf(v);
            let loss = e + a / params.powf(0.34) + b / tokens.powf(0.37);
            let loss = loss * (noise[group] * 12f64.sqrt() * (w - 0.5)).exp();
            table.push_str(&format!("{params},{tokens},{loss},g{group}\n"));
        }
    }
    Sweep::from_csv_str("t.csv", &table).unwrap()
}

/// Half the width of the interval in which a run of the second group would land, as a share of its loss.
fn half_width(counts: [u32; 2], noise: [f64; 2]) -> f64 {
    let observations = two_groups(counts, noise).observations(&ObservationOptions::default()).unwrap();
    let family = fit_by_group(&observations, &FitOptions::default(), &["alpha", "beta"], None).unwrap();
    let group = family.fit.bootstrap(&replicates(200)).unwrap().of_group("g1").unwrap();
    let loss = group.predict(1e9, 2e10).unwrap().loss;
    let [lower, upper] = loss.run_interval;
    (upper - lower) / 2.0 / loss.estimate
}

#[test]
fn a_run_of_a_small_group_scatters_as_all_groups_do() {
    // The fit follows three of four runs, whose residuals say next to nothing.
    let small = half_width([25, 4], [0.004, 0.0]);
    assert!(small > 1.5 * 0.004, "{small}");
}

#[test]
fn a_small_group_that_scatters_more_is_not_thought_to_scatter_less() {
    let [even, wild] = [0.004, 0.016].map(|of_group| half_width([25, 7], [0.004, of_group]));
    assert!(wild > 2.0 * even, "{even} {wild}");
    // Of many runs their own scatter counts.
    let [calm, wild] = [0.001, 0.016].map(|of_group| half_width([25, 40], [0.004, of_group]));
    assert!(wild > 6.0 * calm && calm < 1.2 * 1.96 * 0.004, "{calm} {wild}");
}

#[test]
fn a_run_of_a_group_is_asked_of_the_fit_as_of_its_draws_and_a_law_has_its_own_name() {
    let rows = two_groups([20, 20], [0.002; 2]).observations(&ObservationOptions::default()).unwrap();
    let family = fit_by_group(&rows, &FitOptions::default(), &["alpha", "beta"], None).unwrap();
    let run = NewRun::dense(1e9, 2e10).unwrap().with_group("g1");
    let ensemble = family.fit.bootstrap(&replicates(30)).unwrap();
    let estimate = ensemble.predict_run(&run).unwrap().loss.estimate;
    assert!((family.fit.predict_run(&run).unwrap() / estimate - 1.0).abs() < 1e-12);
    let larger = NewRun::dense(2e9, 2e10).unwrap().with_group("g1");
    let less = ensemble.predict_run(&larger).unwrap().loss.estimate - estimate;
    let difference = ensemble.loss_difference(&larger, &run).unwrap().estimate;
    assert!((difference / less - 1.0).abs() < 1e-9, "{difference} {less}");
    // The terms of a law that nbar has, whose parameters stand in another order.
    let parameters = ["E", "A", "alpha", "B", "beta"].map(|name| match name {
        "alpha" | "beta" => Parameter::linear(name, 0.01, 3.0),
        name => Parameter::coefficient(name, 1e-3, 1e9),
    });
    let terms = vec![
        Term::constant(0),
        Term::new(1, vec![Factor::falling(2, Input::Params)]),
        Term::new(3, vec![Factor::falling(4, Input::Tokens)]),
    ];
    let own = PowerSum::new("chinchilla", "E + A/N^alpha + B/D^beta", parameters.into(), terms);
    let options = FitOptions::default().with_law(Arc::new(own));
    let refused = fit_by_group(&rows, &options, &["alpha"], None).unwrap_err().to_string();
    assert!(refused.contains("name of another law") && refused.contains("a name of its own"), "{refused}");
}

#[test]
fn groups_that_differ_in_what_they_share_are_said_to() {
    // α of .34 and .38, and noise of .1 %.
    let table = |alphas: [f64; 2]| {
        let mut table = "params,tokens,loss,group\n".to_owned();
        for run in 0..60 {
            let group = run % 2;
            let (i, j) = ((run / 2 % 6) as i32, (run / 12) as i32);
            let (n, d) = (3e7 * 2.5f64.powi(i), 1e9 * 3f64.powi(j));
            let noise = 0.001 * crate::common::noise::normal(run);
            let loss = (1.7 + 400.0 / n.powf(alphas[group]) + 410.0 / d.powf(0.28)) * noise.exp();
            table += &format!("{n},{d},{loss},g{group}\n");
        }
        Sweep::from_csv_str("t.csv", &table).unwrap()
    };
    let shared = ["E", "B", "alpha", "beta"];
    let fit = |alphas: [f64; 2]| {
        let rows = table(alphas).observations(&ObservationOptions::default()).unwrap();
        fit_by_group(&rows, &FitOptions::default(), &shared, None).unwrap()
    };
    let differs = |warning: &&Warning| matches!(warning, Warning::SharingDiffers { .. });
    let false_sharing = fit([0.34, 0.38]);
    let said = false_sharing.fit.warnings.iter().find(differs).expect("a warning");
    assert!(
        said.to_string().contains("(`share`)") && said.to_string().contains("E, B, alpha, beta"),
        "{said}"
    );
    assert!(!false_sharing.fit.warnings.iter().any(|warning| matches!(warning, Warning::SharedNoise { .. })));
    // No number holds at all sizes, and a saved fit knows.
    let ensemble = false_sharing.fit.bootstrap(&replicates(20)).unwrap();
    assert!(ensemble.counts_for("g1").is_none());
    let path = std::env::temp_dir().join(format!("nbar-{}-sharing.json", std::process::id()));
    nbar::Report::Ensemble(ensemble).save(&path).unwrap();
    let read = nbar::Report::load(&path).unwrap();
    assert!(read.fit().warnings.iter().any(|warning| differs(&warning)));
    std::fs::remove_file(path).unwrap();
    let right = fit([0.34, 0.34]);
    assert!(!right.fit.warnings.iter().any(|warning| differs(&warning)));
    assert!(right.fit.bootstrap(&replicates(20)).unwrap().counts_for("g1").is_some());
}
