//! What is known beforehand: its two limits, the optimum by the formula of docs/method.md, draws, profiles and shares.

use nbar::fit::{Freedom, Prior};
use nbar::law::by_name;
use nbar::report::Report;
use nbar::{BootstrapOptions, Fit, FitOptions, Observations, Residual, Rho, fit_scaling_law};

use crate::common::near::{all_near, near};
use crate::common::noise;
use crate::common::saved::saved;
use crate::common::sweeps::{TRUTH, grid, made_up, runs_of};

const NAMES: [&str; 5] = ["E", "A", "B", "alpha", "beta"];

fn normal(centre: f64, s: f64) -> Prior {
    Prior::Normal { centre, s }
}

fn by_factor(centre: f64, factor: f64) -> Prior {
    Prior::LogNormal { centre, factor }
}

fn fit(rows: &Observations, options: &FitOptions) -> Fit {
    fit_scaling_law(rows, &options.clone().with_jobs(1)).unwrap()
}

fn sweep() -> Observations {
    grid(7, 7, |i| 0.01 * noise::normal(i))
}

#[test]
fn without_width_a_prior_fixes_and_without_end_it_does_nothing() {
    let rows = runs_of("overtraining");
    let on_loss = FitOptions::default().with_residual(Residual::Loss);
    let of = |rho: Rho| FitOptions::default().with_rho(rho);
    let asymmetric = Rho::Asymmetric { factor: 3.0, delta: 1e-3 };
    for options in [of(Rho::default()), of(Rho::Squared), of(Rho::Laplace), of(asymmetric), on_loss] {
        let plain = fit(&rows, &options);
        // Least absolute deviations end within rounding of a vertex whose δ is 1e-8.
        let tolerance = if options.rho == Rho::Laplace { 1e-6 } else { 1e-9 };
        for (name, value) in [("E", 1.6), ("A", 300.0), ("beta", 0.3)] {
            let fixed = fit(&rows, &options.clone().with_fixed(name, value));
            for firm in [normal(value, 1e-9), normal(value, 1e-30), by_factor(value, 1.0 + 1e-10)] {
                let found = fit(&rows, &options.clone().with_prior(name, firm));
                all_near(&found.parameters, &fixed.parameters, tolerance);
                near(found.objective, fixed.objective, tolerance);
                near(found.decided_by_priors().unwrap()[0].1, 1.0, 1e-9);
            }
            for loose in [normal(value, 1e12), by_factor(value, 1e300)] {
                let found = fit(&rows, &options.clone().with_prior(name, loose));
                let tolerance = if matches!(loose, Prior::Normal { .. }) { tolerance } else { 1e-4 };
                all_near(&found.parameters, &plain.parameters, tolerance);
                assert!(found.decided_by_priors().unwrap()[0].1 < 1e-4);
            }
        }
    }
}

#[test]
fn both_limits_hold_for_a_law_that_is_no_sum_of_powers() {
    let options = FitOptions::default().with_law(by_name("coupled").unwrap());
    let rows = sweep();
    let (plain, fixed) = (fit(&rows, &options), fit(&rows, &options.clone().with_fixed("B", 1500.0)));
    let with = |prior: Prior| fit(&rows, &options.clone().with_prior("B", prior));
    near(with(normal(1500.0, 1e-9)).objective, fixed.objective, 1e-9);
    near(with(normal(1500.0, 1e12)).objective, plain.objective, 1e-9);
    let between = with(by_factor(1500.0, 1.1));
    assert!(between.is_trustworthy() && between.objective > plain.objective);
}

/// `f/φ + Σ u²/2` of method.md, written anew.
fn total(fit: &Fit, rows: &Observations, phi: f64, parameters: &[f64]) -> f64 {
    let rho = |r: f64| match fit.options.rho {
        Rho::Squared => 0.5 * r * r,
        Rho::Huber { delta } if r.abs() <= delta => 0.5 * r * r,
        Rho::Huber { delta } => delta * (r.abs() - 0.5 * delta),
        other => panic!("{other}"),
    };
    let law = fit.law();
    let inputs = rows.params().iter().zip(rows.tokens()).zip(rows.loss());
    let f: f64 = inputs.map(|((n, d), l)| rho(l.ln() - law.loss(parameters, &[*n, *d]).ln())).sum();
    let u = |(name, prior): &(String, Prior)| {
        let value = parameters[NAMES.iter().position(|own| own == name).unwrap()];
        match *prior {
            Prior::Normal { centre, s } => (value - centre) / s,
            Prior::LogNormal { centre, factor } => (value / centre).ln() / factor.ln(),
            other => panic!("{other}"),
        }
    };
    f / phi + fit.options.priors.iter().map(|prior| 0.5 * u(prior).powi(2)).sum::<f64>()
}

#[test]
fn the_optimum_is_the_least_of_the_formula_and_its_scale_that_of_its_own_residuals() {
    let rows = sweep();
    for rho in [Rho::Squared, Rho::Huber { delta: 1e-2 }] {
        let options = FitOptions::default().with_rho(rho).with_prior("E", normal(1.6, 0.01));
        let options =
            options.with_prior("A", by_factor(300.0, 1.1)).with_prior("alpha", by_factor(0.3, 1.05));
        let fit = fit(&rows, &options.with_prior("beta", normal(0.4, 0.02)));
        let phi = fit.profile("B", 0.95).unwrap().scale;
        if rho == Rho::Squared {
            let squares = fit.residuals().unwrap().iter().map(|r| r * r).sum::<f64>();
            near(phi, squares / rows.len() as f64, 1e-9);
        }
        let least = total(&fit, &rows, phi, &fit.parameters);
        near(fit.objective / phi, least, 1e-9);
        for place in 0..5 {
            let moved = |by: f64| {
                let mut parameters = fit.parameters.clone();
                parameters[place] *= 1.0 + by;
                total(&fit, &rows, phi, &parameters) - least
            };
            // The slope by central differences beside the curvature: 1e-6 of a step is left at most.
            let (up, down) = (moved(1e-5), moved(-1e-5));
            assert!(up > 0.0 && down > 0.0, "{rho} {place}: {up:e} {down:e}");
            assert!((up - down).abs() < 1e-2 * (up + down), "{rho} {place}: {up:e} {down:e}");
        }
    }
}

#[test]
fn the_share_of_a_prior_is_its_precision_over_that_of_both() {
    let rows = sweep();
    let options = FitOptions::default().with_rho(Rho::Squared).with_prior("E", normal(1.69, 0.004));
    let others = [("A", TRUTH[1]), ("B", TRUTH[2]), ("alpha", TRUTH[3]), ("beta", TRUTH[4])];
    let options = others.iter().fold(options, |options, (name, value)| options.with_fixed(name, *value));
    let fit = fit(&rows, &options);
    // ∂ ln L̂/∂E is 1/L̂, and φ the mean square.
    let residuals = fit.residuals().unwrap();
    let phi = residuals.iter().map(|r| r * r).sum::<f64>() / rows.len() as f64;
    let fitted = rows.loss().iter().zip(&residuals).map(|(l, r)| l / r.exp());
    let of_rows = fitted.map(|l| l.powi(-2)).sum::<f64>() / phi;
    let of_prior = 0.004f64.powi(-2);
    let [(name, share)] = &fit.decided_by_priors().unwrap()[..] else { panic!("one prior") };
    assert_eq!(name, "E");
    near(*share, of_prior / (of_prior + of_rows), 1e-9);
    near(
        fit.standard_errors().unwrap()[0],
        {
            // n - p, of which the prior has its share.
            let s2 = phi * rows.len() as f64 / (rows.len() as f64 - 1.0 + share);
            (of_rows * phi / s2 + of_prior).sqrt().recip()
        },
        1e-9,
    );
}

#[test]
fn draws_and_profiles_of_a_firm_prior_are_its_own_and_of_a_loose_one_those_without() {
    let (rows, replicates) = (sweep(), 400);
    let draws = BootstrapOptions::default().with_replicates(replicates).with_bend(false);
    let drawn = |options: FitOptions| fit(&rows, &options).bootstrap(&draws).unwrap();
    let s = 1e-4;
    let firm = drawn(FitOptions::default().with_prior("E", normal(1.7, s)));
    let of_e = firm.parameter("E").unwrap();
    // A standard deviation of n normal draws is known to 1/√(2n): four of these.
    near(of_e.std_error, s, 4.0 / (2.0 * replicates as f64).sqrt());
    let [Some(lower), Some(upper)] = firm.fit.profile("E", 0.95).unwrap().interval else { panic!("open") };
    // E is decided by the prior but for 1e-4 of it or less.
    near(upper - lower, 2.0 * 1.959_964 * s, 1e-3);
    let fixed = drawn(FitOptions::default().with_fixed("E", 1.7));
    let held = drawn(FitOptions::default().with_prior("E", normal(1.7, 1e-10)));
    let (plain, loose) =
        (drawn(FitOptions::default()), drawn(FitOptions::default().with_prior("E", normal(1.7, 1e9))));
    for (found, expected) in [(&held, &fixed), (&loose, &plain)] {
        assert_eq!(found.draws.len(), expected.draws.len());
        for (found, expected) in found.draws.iter().zip(&expected.draws) {
            all_near(&found[1..], &expected[1..], 1e-6);
        }
        let scale = |fit: &Fit| fit.profile("alpha", 0.95).unwrap();
        let ([a, b], [c, d]) = (scale(&found.fit).interval, scale(&expected.fit).interval);
        all_near(&[a.unwrap(), b.unwrap()], &[c.unwrap(), d.unwrap()], 1e-6);
    }
}

#[test]
fn a_prior_identifies_what_the_runs_cannot() {
    // All of one length: E and B/D^beta are one constant.
    let runs: Vec<(f64, f64)> = (0..40).map(|i| (1e7 * 1.2f64.powi(i), 1e10)).collect();
    let rows = made_up(&runs, |i| 0.005 * noise::normal(i));
    let options = FitOptions::default().with_fixed("beta", TRUTH[4]);
    let plain = fit(&rows, &options);
    assert_eq!(plain.freedom("E"), Freedom::Unidentified);
    let known = fit(&rows, &options.clone().with_prior("E", normal(1.65, 0.05)));
    assert_eq!((known.freedom("E"), known.freedom("B")), (Freedom::Free, Freedom::Free));
    assert!(known.is_trustworthy(), "{:?}", known.warnings);
    // The runs say nothing of E, and B takes what is left of the constant.
    near(known.parameter("E").unwrap(), 1.65, 1e-7);
    near(known.decided_by_priors().unwrap()[0].1, 1.0, 1e-6);
    let constant = |fit: &Fit| fit.parameters[0] + fit.parameters[2] / 1e10f64.powf(TRUTH[4]);
    near(constant(&known), constant(&plain), 1e-7);
}

#[test]
fn a_saved_fit_keeps_its_priors_and_answers_as_before() {
    let options =
        FitOptions::default().with_prior("E", normal(1.69, 0.02)).with_prior("A", by_factor(400.0, 1.5));
    let ensemble = fit_scaling_law(&sweep(), &options)
        .unwrap()
        .bootstrap(&BootstrapOptions::default().with_replicates(30))
        .unwrap();
    let text = saved("priors", &Report::Ensemble(ensemble));
    assert!(text.contains(r#""priors":{"E":"1.69+-0.02","A":"400x/1.5"}"#), "{text}");
}

#[test]
fn a_bound_and_a_prior_bear_on_one_parameter_together() {
    let rows = sweep();
    let options = FitOptions::default().with_prior("E", normal(1.5, 0.001)).with_bound("E", 1.6..);
    let found = fit(&rows, &options);
    assert_eq!(found.parameter("E"), Some(1.6));
    let fixed = fit(&rows, &FitOptions::default().with_fixed("E", 1.6));
    all_near(&found.parameters, &fixed.parameters, 1e-9);
}

#[test]
fn what_a_prior_pulls_the_law_off_the_runs_is_a_departure_and_the_limits_hold_for_it() {
    // Runs of E = 1.8 that scatter by .3 %.
    let rows = grid(7, 7, |i| 0.003 * noise::normal(i));
    let (truth, options) = (TRUTH[0], FitOptions::default());
    let answers = |options: &FitOptions| {
        let fit = fit(&rows, options);
        let p = fit.lack_of_fit().unwrap().p;
        let drawn = fit.bootstrap(&BootstrapOptions::default().with_replicates(20)).unwrap();
        let loss = drawn.predict(1e12, 1e13).unwrap().loss;
        (p, loss.bend.unwrap().probability)
    };
    let (off, firm) = (truth - 0.3, 1e-6);
    let fixed = answers(&options.clone().with_fixed("E", off));
    let held = answers(&options.clone().with_prior("E", normal(off, firm)));
    assert!(fixed.0 < 1e-6 && fixed.1 > 0.99, "{fixed:?}");
    near(held.0.ln(), fixed.0.ln(), 1e-3);
    near(held.1, fixed.1, 1e-3);
    let plain = answers(&options);
    let loose = answers(&options.clone().with_prior("E", normal(off, 1e4)));
    near(loose.0, plain.0, 1e-4);
    near(loose.1, plain.1, 1e-4);
    // One that the runs agree with changes little.
    assert!(answers(&options.clone().with_prior("E", normal(truth, 0.01))).0 > 0.01);
}
