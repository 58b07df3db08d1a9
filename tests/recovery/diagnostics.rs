//! Profiles, other deltas, runs left out, and the warnings that come from them.

use std::sync::Arc;

use nbar::answer::AllocationOptions;
use nbar::fit::Warning;
use nbar::law::{Evaluation, Law, by_name, chinchilla};
use nbar::report::Report;
use nbar::{
    BootstrapOptions, Fit, FitOptions, ObservationOptions, Observations, Rho, Size, Sweep, fit_scaling_law,
};

use crate::common::laws::Written;
use crate::common::noise::normal;
use crate::common::saved::saved;
use crate::common::sweeps::{grid, made_up, runs_by, runs_of};

fn fitted(observations: &Observations, delta: f64) -> Fit {
    fit_scaling_law(observations, &FitOptions::default().with_rho(Rho::Huber { delta })).unwrap()
}

fn ends(fit: &Fit, name: &str) -> [f64; 2] {
    fit.profile(name, 0.95).unwrap().interval.map(|end| end.expect("closed"))
}

#[test]
fn a_nearly_quadratic_profile_gives_the_interval_of_wald() {
    let observations = grid(12, 12, |i| 0.001 * normal(i));
    let fit = fitted(&observations, 1.0);
    let law = chinchilla();
    let rows = observations.len();
    let theta: Vec<f64> =
        law.spec().parameters.iter().zip(&fit.parameters).map(|(p, value)| p.to_fitted(*value)).collect();
    let (mut ln_loss, mut jacobian) = (vec![0.0; rows], vec![0.0; 5 * rows]);
    let inputs = [observations.params(), observations.tokens()];
    law.evaluate(&theta, &inputs, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
    let jacobian = nalgebra::DMatrix::from_vec(rows, 5, jacobian);
    let squares: f64 = fit.residuals().unwrap().iter().map(|r| r * r).sum();
    let covariance = (jacobian.tr_mul(&jacobian)).try_inverse().unwrap() * (squares / rows as f64);
    for (j, own) in law.spec().parameters.iter().enumerate() {
        let [lower, upper] = ends(&fit, &own.name).map(|end| own.to_fitted(end));
        let half = 1.959_964 * covariance[(j, j)].sqrt();
        // The profile bends by a few per cent over an interval this short (ln B moves by 0.1); in its length the bends of
        // the two sides cancel to first order.
        assert!(((upper - lower) / (2.0 * half) - 1.0).abs() < 0.01, "{}: {lower} {upper} {half}", own.name);
        assert!(((upper - theta[j]) / half - 1.0).abs() < 0.1, "{}: {lower} {upper} {half}", own.name);
    }
}

#[test]
fn a_profile_is_least_at_the_optimum_and_rises_to_the_level() {
    let fit = fitted(&runs_of("chinchilla"), 1e-3);
    for profile in fit.profiles(0.95).unwrap().profiles {
        let least = profile.points.iter().map(|p| p.objective).fold(f64::INFINITY, f64::min);
        assert_eq!(least, fit.objective);
        assert_eq!(profile.points.len(), 41);
        assert!((profile.points[20].at / profile.estimate - 1.0).abs() < 1e-12);
        assert!(profile.points.windows(2).all(|pair| pair[0].at < pair[1].at));
        let rise = |i: usize| 2.0 * (profile.points[i].objective - fit.objective) / profile.scale;
        assert!(rise(0) > 3.84 && rise(40) > 3.84 && profile.points.iter().all(|p| p.converged));
        // Each point holds its parameter where it says.
        let place = fit.law().spec().parameters.iter().position(|p| p.name == profile.parameter).unwrap();
        assert!(profile.points.iter().all(|p| (p.parameters[place] / p.at - 1.0).abs() < 1e-10));
    }
}

#[test]
fn the_grid_of_two_parameters_touches_their_own_profiles() {
    let fit = fitted(&runs_of("overtraining"), 1e-3);
    let profiles = fit.profiles(0.95).unwrap();
    let (alpha, pair) = (&profiles.profiles[3], profiles.pair.as_ref().unwrap());
    assert_eq!((pair.values[0].len(), pair.objective.len(), pair.objective[0].len()), (41, 41, 41));
    let least = pair.objective.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    assert!(least >= fit.objective * (1.0 - 1e-9));
    // The ends of the first axis are those of alpha's profile: the grid's row lies no lower, and comes near.
    for (row, point) in [(0, 0), (40, 40)] {
        let least = pair.objective[row].iter().copied().fold(f64::INFINITY, f64::min);
        let own = alpha.points[point].objective;
        assert!(least >= own * (1.0 - 1e-9) && least < own * 1.05, "{least} {own}");
    }
}

#[test]
fn units_change_a_profile_only_where_they_should() {
    let observations = grid(7, 7, |i| 0.01 * normal(i));
    let times = |column: &[f64], by: f64| column.iter().map(|x| x * by).collect::<Vec<_>>();
    let (n, d, loss) = (observations.params(), observations.tokens(), observations.loss());
    let sizes = Observations::new(times(n, 1e3), d.to_vec(), loss.to_vec()).unwrap();
    let losses = Observations::new(n.to_vec(), d.to_vec(), times(loss, 2.0)).unwrap();
    let weighted = observations.clone().with_weights(vec![3.0; 49]).unwrap();
    let [own, sizes, losses, weighted] =
        [&observations, &sizes, &losses, &weighted].map(|observations| fitted(observations, 1e-3));
    for name in ["E", "A", "B", "alpha", "beta"] {
        let scale = if name.len() == 1 { 2.0 } else { 1.0 };
        for i in 0..2 {
            let end = ends(&own, name)[i];
            assert!((ends(&losses, name)[i] / (scale * end) - 1.0).abs() < 1e-5, "{name}");
            assert!((ends(&weighted, name)[i] / end - 1.0).abs() < 1e-5, "{name}");
            // A itself is another number, and what holding it means is another thing.
            assert!(name == "A" || (ends(&sizes, name)[i] / end - 1.0).abs() < 1e-5, "{name}");
        }
    }
}

#[test]
fn a_coefficient_held_under_centring_is_the_one_held_without_it() {
    let observations = grid(7, 7, |i| 0.01 * normal(i));
    let centred = fitted(&observations, 0.02);
    // No sum of powers to nbar, and so not centred.
    let law = Arc::new(Written::plain());
    let plain = fit_scaling_law(
        &observations,
        &FitOptions::default().with_rho(Rho::Huber { delta: 0.02 }).with_law(law),
    )
    .unwrap();
    for name in ["A", "B"] {
        let (one, two) = (ends(&centred, name), ends(&plain, name));
        assert!((0..2).all(|i| (one[i] / two[i] - 1.0).abs() < 1e-3), "{name}: {one:?} {two:?}");
    }
}

#[test]
fn a_side_on_which_the_profile_stays_low_is_open() {
    // Two token counts: any large beta will do, with its own B.
    let runs: Vec<_> = (0..20).map(|i| (1e7 * 1.3f64.powi(i), if i % 2 == 0 { 1e9 } else { 2e9 })).collect();
    let fit = fitted(&made_up(&runs, |i| 0.01 * normal(i)), 1e-3);
    let interval = fit.profile("beta", 0.95).unwrap().interval;
    assert!(interval[0].is_some() && interval[1].is_none(), "{interval:?}");
}

#[test]
fn perfect_fits_and_unknown_names_have_no_profile() {
    let fit = fitted(&grid(6, 6, |i| 0.01 * normal(i)), 1e-3);
    let refused = |level| fit.profile("gamma", level).unwrap_err().to_string();
    assert!(refused(0.95).contains("one of E, A, B, alpha, beta"));
    assert!(refused(1.0).contains("level"));
    let mut perfect = fit.clone();
    perfect.objective = 0.0;
    assert!(perfect.profile("E", 0.95).unwrap_err().to_string().contains("perfect"));
    assert_eq!(perfect.diagnose().unwrap(), []);
}

#[test]
fn leaving_a_run_out_is_fitting_the_others() {
    let observations = grid(5, 5, |i| 0.02 * normal(i));
    let influence = fitted(&observations, 1e-3).influence().unwrap();
    assert_eq!((influence.single.len(), influence.joint.len()), (25, 1));
    assert_eq!(influence.single[0], influence.joint[0]);
    assert!(influence.single.windows(2).all(|pair| pair[0].change.size >= pair[1].change.size));
    let mut agree = 0;
    for without in &influence.single {
        let left: Vec<usize> =
            (0..25).filter(|i| observations.run_name(observations.run()[*i]) != without.at).collect();
        assert_eq!(left.len(), 24);
        let of = |column: &[f64]| left.iter().map(|i| column[*i]).collect::<Vec<_>>();
        let others = [observations.params(), observations.tokens(), observations.loss()].map(of);
        let [n, d, loss] = others;
        let refit = fitted(&Observations::new(n, d, loss).unwrap(), 1e-3);
        let near = |(a, b): (&f64, &f64)| (a / b - 1.0).abs() < 1e-4;
        agree += usize::from(refit.parameters.iter().zip(&without.parameters).all(near));
    }
    // A warm start may stay in a minimum that the search from the screen finds a lower one than.
    assert!(agree >= 24, "{agree} of 25");
}

#[test]
fn the_table_of_deltas_is_that_of_separate_fits() {
    let observations = grid(8, 8, |i| 0.01 * normal(i));
    for row in fitted(&observations, 5e-3).sensitivity().unwrap() {
        let own = fitted(&observations, row.at);
        assert!(row.converged && (row.objective / own.objective - 1.0).abs() < 1e-9);
        // Two points whose objectives agree so well differ by about the root of that.
        assert!(row.parameters.iter().zip(&own.parameters).all(|(a, b)| (a / b - 1.0).abs() < 1e-3));
    }
}

#[test]
fn the_outliers_of_the_published_sweep_are_named_and_no_run_of_the_rest() {
    let all = Sweep::from_csv_path("data/chinchilla.csv").unwrap();
    let all = all.observations(&ObservationOptions::default()).unwrap();
    let found = fitted(&all, 1e-3).diagnose().unwrap();
    let [Warning::InfluentialRuns { runs, change }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(runs[..], ["c001", "c002", "c003", "c004"]);
    assert!(change.what == "B" && change.from / change.to > 5.0, "{change:?}");
    assert!(found[0].to_string().starts_with("4 runs decide the law: without c001, c002"));
    assert_eq!(fitted(&runs_of("chinchilla"), 1e-3).diagnose().unwrap(), []);
}

#[test]
fn a_delta_that_decides_is_said_and_survives_saving() {
    let mut fit = fitted(&runs_of("t5_c4_sparse"), 1e-3);
    fit.warnings.extend(fit.diagnose().unwrap());
    let decides = |w: &&Warning| matches!(w, Warning::DeltaMatters { delta, .. } if *delta == 0.01);
    let said = fit.warnings.iter().find(decides).expect("B moves seven-fold").to_string();
    assert!(said.starts_with("the choice of delta matters: with delta 0.01 B goes from"), "{said}");
    fit.warnings.push(Warning::FewRuns { effective: 7.5, clusters: false });
    let parameter = "B".to_owned();
    fit.warnings.push(Warning::IntervalsDisagree { parameter, bootstrap: 2.0, profile: 1.0 });
    let parameters = vec!["E".to_owned()];
    fit.warnings.push(Warning::Overlap { parameters, overlap: 1e-5, tokens_per_param: Some([19.0, 21.0]) });
    saved("warned", &Report::Point(fit));
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let observations = grid(6, 6, |i| 0.02 * normal(i));
    let of = |jobs: usize| {
        let fit = fit_scaling_law(&observations, &FitOptions::default().with_jobs(jobs)).unwrap();
        let profiles = fit.profiles(0.95).unwrap();
        (fit.influence().unwrap(), fit.sensitivity().unwrap(), profiles)
    };
    assert_eq!(of(1), of(2));
}

#[test]
fn few_runs_are_said_by_their_weight() {
    let few = |observations: &Observations| {
        let warnings = fitted(observations, 1e-3).warnings;
        warnings
            .into_iter()
            .find_map(|w| if let Warning::FewRuns { effective, .. } = w { Some(effective) } else { None })
    };
    let observations = grid(4, 4, |i| 0.01 * normal(i));
    assert_eq!(few(&observations), None);
    let weights = (0..16).map(|i| if i < 8 { 1.0 } else { 1e-9 }).collect();
    assert!((few(&observations.clone().with_weights(weights).unwrap()).unwrap() - 8.0).abs() < 1e-6);
    let names = (0..4).map(|i| format!("run {i}")).collect();
    assert_eq!(few(&observations.with_runs((0..16).map(|i| i / 4).collect(), names).unwrap()), Some(4.0));
}

#[test]
fn intervals_that_differ_in_length_are_said_and_those_that_agree_are_not() {
    let disagree = |fit: &Fit| {
        let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(400)).unwrap();
        ensemble.disagreements(&fit.profiles(0.95).unwrap().profiles)
    };
    // Least squares and noise of one kind: both intervals are right.
    assert_eq!(disagree(&fitted(&grid(12, 12, |i| 0.01 * normal(i)), 1.0)), []);
    // Noise of more than one width, which the density of the profile does not know.
    let found = disagree(&fitted(&runs_of("chinchilla"), 1e-3));
    let said = |name: &str| {
        let of =
            |w: &&Warning| matches!(w, Warning::IntervalsDisagree { parameter, .. } if parameter == name);
        found.iter().find(of).map(ToString::to_string)
    };
    assert!(said("beta").unwrap().contains("times longer than that of its profile"));
    assert_eq!(said("alpha"), None);
}

#[test]
fn overlap_says_when_sizes_and_tokens_rise_together() {
    let along = |tokens: &dyn Fn(usize, f64) -> f64| {
        let sizes = (0..40).map(|i| 1e7 * 1.2f64.powi(i)).enumerate();
        let runs: Vec<_> = sizes.map(|(i, n)| (n, tokens(i, n))).collect();
        let fit = fitted(&made_up(&runs, |i| 0.01 * normal(i)), 1e-3);
        let overlap = |w: &&Warning| matches!(w, Warning::Overlap { .. });
        fit.warnings.iter().find(overlap).map(ToString::to_string).unwrap_or_default()
    };
    let said = along(&|i, n| n * (19.0 + 2.0 * (i % 2) as f64));
    assert!(said.starts_with("N and D rise together (tokens per parameter from 19 to 21), so "), "{said}");
    // Along a line on which tokens per parameter fall: overlapping too, but not for this reason.
    let said = along(&|_, n| 1e6 * n.sqrt());
    assert!(!said.contains("rise together"), "{said}");
}

#[test]
fn a_coefficient_that_runs_off_has_no_standard_error_and_an_interval_without_end() {
    let fit = fitted(&runs_by("t5_c4_sparse", Size::Initial), 1e-3);
    let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(300)).unwrap();
    // With three values of D a steep β and a huge B do as well.
    let b = ensemble.parameter("B").unwrap();
    assert!(b.std_error.is_nan() && b.interval[1] == f64::INFINITY && b.interval[0] > 0.0, "{b:?}");
    let share = ensemble.draws.iter().filter(|draw| draw[2] > 1e20 * fit.parameters[2]).count() as f64;
    let found = ensemble.fit.warnings.iter().find_map(|warning| match warning {
        Warning::RunsOff { parameter, to_infinity, .. } if parameter == "B" => Some(*to_infinity),
        _ => None,
    });
    assert_eq!(found, Some(share / ensemble.draws.len() as f64));
    assert!(ensemble.parameter("alpha").unwrap().std_error.is_finite());
}

#[test]
fn an_exponent_that_runs_off_has_no_standard_error_either_and_its_draws_answer() {
    let options = FitOptions::default().with_law(by_name("kaplan").unwrap());
    let fit = fit_scaling_law(&runs_by("t5_c4_sparse", Size::AVERAGE), &options).unwrap();
    let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(250)).unwrap();
    // One replicate has αD of 1e12, and a loss without bound at one token.
    let far = ensemble.draws.iter().filter(|draw| draw[3] > 1e3).count() as f64;
    let alpha = ensemble.parameter("alpha_D").unwrap();
    assert!(far > 0.0 && alpha.std_error.is_nan() && alpha.interval[1] < 1.0, "{far} {alpha:?}");
    let found = ensemble.fit.warnings.iter().find_map(|warning| match warning {
        Warning::RunsOff { parameter, to_infinity, .. } if parameter == "alpha_D" => Some(*to_infinity),
        _ => None,
    });
    assert_eq!(found, Some(far / ensemble.draws.len() as f64));
    let run = ensemble.tokens_for(2.6, 7e9, &AllocationOptions::default()).unwrap();
    assert!((fit.predict(7e9, run.tokens.estimate).unwrap() - 2.6).abs() < 1e-12);
    assert!(run.tokens.interval.iter().all(|end| *end > 0.0), "{run:?}");
}

#[test]
fn fits_within_bounds_are_saved_and_read_wherever_their_minima_are() {
    // D = 20 N, where the search outside the bounds ends on other faces than the optimum within them.
    let runs: Vec<(f64, f64)> = (0..12).map(|i| 1e8 * 1.4f64.powi(i)).map(|n| (n, 20.0 * n)).collect();
    let mut several = 0;
    for k in 0..4 {
        let observations = made_up(&runs, |i| 0.003 * normal(i + 12 * k));
        for name in ["alpha", "beta"] {
            let options = FitOptions::default().with_bound(name, 0.1..=1.0);
            let fit = fit_scaling_law(&observations, &options).unwrap();
            several += usize::from(fit.minima.iter().any(|minimum| minimum.starts > 24));
            saved(&format!("bounded-{name}-{k}"), &Report::Point(fit));
        }
    }
    assert!(several > 0, "no case of several faces");
}
