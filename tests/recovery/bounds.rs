//! Parameters that are bounded: the least point of the box, in every refit too.

use std::sync::Arc;

use nbar::bootstrap::{Interval, Resample};
use nbar::compare::Candidates;
use nbar::fit::{End, Warning};
use nbar::holdout::{HoldOut, holdout};
use nbar::law::{Input, Law, Parameter, by_name};
use nbar::optimize::Starts;
use nbar::report::Report;
use nbar::{BootstrapOptions, Fit, FitOptions, Observations, Size, fit_scaling_law};

use crate::common::laws::{From, Written};
use crate::common::near::{all_near, near, says};
use crate::common::saved::saved;
use crate::common::sweeps::{runs_by, runs_of};

fn fit(options: &FitOptions) -> Fit {
    fit_scaling_law(&runs_of("chinchilla"), options).unwrap()
}

const NAMES: [&str; 5] = ["E", "A", "B", "alpha", "beta"];

fn is_at_bound(fit: &Fit, name: &str) -> bool {
    fit.warnings.iter().any(|w| matches!(w, Warning::AtBound { parameter, .. } if parameter == name))
}

#[test]
fn a_bound_that_binds_is_the_fit_with_the_parameter_fixed_there() {
    let free = fit(&FitOptions::default());
    for (place, name) in NAMES.into_iter().enumerate() {
        for (factor, end) in [(0.9, End::Upper), (1.1, End::Lower)] {
            let bound = factor * free.parameters[place];
            let options = FitOptions::default();
            let bounded = fit(&match end {
                End::Upper => options.clone().with_bound(name, ..=bound),
                End::Lower => options.clone().with_bound(name, bound..),
            });
            let fixed = fit(&options.with_fixed(name, bound));
            assert!(bounded.termination.is_converged());
            assert_eq!((bounded.parameters[place], bounded.at_bound(name)), (bound, Some((bound, end))));
            near(bounded.objective, fixed.objective, 1e-9);
            all_near(&bounded.parameters, &fixed.parameters, 1e-6);
            let warning = Warning::AtBound { parameter: name.to_owned(), bound, end };
            assert!(bounded.warnings.contains(&warning) && bounded.is_trustworthy());
            // It was fitted, bound or not.
            assert_eq!(bounded.free_parameters(), 5);
            let starts = |fit: &Fit| (fit.starts_tried, fit.starts_at_optimum, fit.minima.len());
            assert_eq!(starts(&bounded), starts(&fixed), "{name} {end}");
        }
    }
}

#[test]
fn a_bound_that_does_not_bind_leaves_the_fit_as_it_is() {
    let mut free = fit(&FitOptions::default());
    let options = FitOptions::default().with_bound("beta", 0.1..=1.0).with_bound("E", 1.0..);
    let bounded = fit(&options);
    free.options = options;
    assert_eq!(bounded, free);
}

/// The Chinchilla law with `bound + sign e^u` for a fitted parameter.
fn beyond(place: usize, bound: f64, sign: f64) -> Arc<dyn Law> {
    let mut law = Written::plain();
    law.spec.parameters[place] = Parameter::linear("u", -8.0, 0.0);
    law.from[place] = From::Beyond { bound, sign, place };
    Arc::new(law)
}

#[test]
fn the_least_point_is_that_of_the_law_written_with_an_exponential() {
    // β = least + e^u, or ln E = ln most - e^u. beta is 0.367 and E 1.817 where they are free: of the four bounds two bind.
    let cases = [(4, "beta", 0.3, 1.0), (4, "beta", 0.4, 1.0), (0, "E", 1.9, -1.0), (0, "E", 1.7, -1.0)];
    for (place, name, bound, sign) in cases {
        let options = FitOptions::default();
        let fitted = if place == 0 { f64::ln(bound) } else { bound };
        let starts = Starts::Random { count: 40, seed: 1 };
        let written = fit(&options.clone().with_law(beyond(place, fitted, sign)).with_starts(starts));
        let bounded = fit(&match sign {
            1.0 => options.with_bound(name, bound..),
            _ => options.with_bound(name, ..=bound),
        });
        near(bounded.objective, written.objective, 1e-9);
        let own = fitted + sign * written.parameters[place].exp();
        near(bounded.parameters[place], if place == 0 { own.exp() } else { own }, 1e-6);
    }
}

#[test]
fn no_point_of_the_box_is_lower() {
    let boxes: [[(&str, f64, f64); 2]; 4] = [
        [("alpha", 0.4, 0.5), ("E", 0.5, 1.6)],
        [("alpha", 0.2, 0.3), ("beta", 0.4, 0.6)],
        [("A", 600.0, 900.0), ("B", 100.0, 900.0)],
        [("beta", 0.45, 0.7), ("A", 10.0, 1e4)],
    ];
    // A third of the runs: each box takes fifty fits.
    let runs = runs_of("chinchilla").subset(|row| row % 3 == 0);
    let fit = |options: &FitOptions| fit_scaling_law(&runs, options).unwrap();
    for corners in boxes {
        let options = corners
            .iter()
            .fold(FitOptions::default(), |o, (name, least, most)| o.with_bound(name, *least..=*most));
        let bounded = fit(&options);
        assert!(bounded.termination.is_converged());
        let mut least = f64::INFINITY;
        for i in 0..=6 {
            for j in 0..=6 {
                let at = corners.iter().zip([i, j]);
                let value = |low: f64, high: f64, k: i32| low + (high - low) * f64::from(k) / 6.0;
                let fixed = at.fold(FitOptions::default(), |o, ((name, low, high), k)| {
                    o.with_fixed(name, value(*low, *high, k))
                });
                least = least.min(fit(&fixed).objective);
            }
        }
        assert!(bounded.objective <= least * (1.0 + 1e-9), "{corners:?}: {} > {least}", bounded.objective);
        // Those that are at their bounds, fixed there, with the others free, are a fit of the same objective.
        let fixed = corners.iter().filter(|(name, ..)| is_at_bound(&bounded, name));
        let fixed = fixed.fold(FitOptions::default(), |o, (name, ..)| {
            o.with_fixed(name, bounded.parameter(name).unwrap())
        });
        assert!(!fixed.fixed.is_empty());
        near(bounded.objective, fit(&fixed).objective, 1e-9);
    }
}

#[test]
fn a_minimum_inside_is_found_though_a_lower_one_lies_outside() {
    // A third of the sparse sweep, to which the tied law has two minima, at alpha = 0.283 and 0.207.
    let runs = runs_by("t5_c4_sparse", Size::GEOMETRIC).subset(|row| row % 3 == 1);
    let options = FitOptions::default().with_law(by_name("tied").unwrap());
    let random = options.clone().with_starts(Starts::Random { count: 200, seed: 0 });
    let free = fit_scaling_law(&runs, &random).unwrap();
    let [lowest, inside] = [free.parameters[3], free.minima[0].parameters[3]];
    assert!(lowest > 0.27 && inside < 0.22);
    for options in [options.with_bound("alpha", ..=0.22), random.with_bound("alpha", 0.1..=0.22)] {
        let bounded = fit_scaling_law(&runs, &options).unwrap();
        near(bounded.objective, free.minima[0].objective, 1e-9);
        near(bounded.parameters[3], inside, 1e-6);
        assert!(bounded.termination.is_converged() && !is_at_bound(&bounded, "alpha"));
    }
}

#[test]
fn every_parameter_of_a_law_can_be_bounded_and_end_at_a_corner() {
    let [low, high] = [[1.9, 1940.0, 0.198], [2.6, 2425.0, 0.247]];
    let least_in = |most: f64| {
        let options = FitOptions::default().with_law(by_name("compute").unwrap());
        let options = options.with_bound("E", low[0]..=most).with_bound("K", low[1]..=high[1]);
        fit(&options.with_bound("gamma", low[2]..=high[2]))
    };
    let inside = least_in(high[0]);
    assert!(!is_at_bound(&inside, "E") && is_at_bound(&inside, "K") && is_at_bound(&inside, "gamma"));
    // With E below that, the least point is a corner of the box, and its objective is known by hand.
    let most = inside.parameters[0] - 0.1;
    let corner = least_in(most);
    assert_eq!(
        (corner.parameters.as_slice(), corner.free_parameters()),
        ([most, high[1], low[2]].as_slice(), 3)
    );
    assert!(corner.is_trustworthy(), "{:?}", corner.warnings);
    let runs = runs_of("chinchilla");
    let residual = |(flops, loss): (f64, &f64)| (loss / (most + high[1] * flops.powf(-low[2]))).ln().abs();
    let huber = |r: f64| if r <= 1e-3 { 0.5 * r * r } else { 1e-3 * (r - 0.5e-3) };
    near(corner.objective, runs.flops().zip(runs.loss()).map(residual).map(huber).sum(), 1e-9);
}

#[test]
fn draws_are_those_of_the_free_fit_inside_and_those_at_the_bound_outside() {
    let most = 0.385;
    // The same runs are drawn; noise that is added to draws of weights goes by the fit.
    let bootstrap = BootstrapOptions::default().with_replicates(60).with_resample(Resample::Runs);
    let draws = |options: FitOptions| fit(&options).bootstrap(&bootstrap).unwrap();
    let free = draws(FitOptions::default());
    let fixed = draws(FitOptions::default().with_fixed("beta", most));
    let bounded = draws(FitOptions::default().with_bound("beta", ..=most));
    assert_eq!((bounded.draws.len(), bounded.disagreed), (60, 0));
    let mut outside = 0;
    for ((bounded, free), fixed) in bounded.draws.iter().zip(&free.draws).zip(&fixed.draws) {
        outside += usize::from(free[4] > most);
        let expected = if free[4] > most { fixed } else { free };
        all_near(bounded, expected, 1e-6);
    }
    assert!((5..55).contains(&outside), "{outside}");
    assert!(bounded.parameter("beta").unwrap().interval[1] <= most);
}

#[test]
fn the_interval_at_a_bound_is_one_sided() {
    let least = 0.4;
    let fit = fit(&FitOptions::default().with_bound("beta", least..));
    for kind in [Interval::Corrected, Interval::Percentile] {
        let options = BootstrapOptions::default().with_replicates(199).with_interval(kind).with_level(0.9);
        let ensemble = fit.bootstrap(&options).unwrap();
        let mut drawn: Vec<f64> = ensemble.draws.iter().map(|draw| draw[4]).collect();
        drawn.sort_by(f64::total_cmp);
        let at = drawn.iter().filter(|beta| **beta == least).count();
        assert!(drawn[0] == least && (100..199).contains(&at), "{at}");
        let [lower, upper] = ensemble.parameter("beta").unwrap().interval;
        // The quantile at 0.9 of 199 values; with 235 degrees of freedom t widens it by less than a draw.
        assert_eq!(lower, least);
        assert!((drawn[177]..=drawn[181]).contains(&upper), "{upper}, not {:?}", &drawn[177..182]);
        // Others are two-sided: below a tenth of the draws, and above another, or nearly.
        let e = ensemble.parameter("E").unwrap();
        assert!(e.interval[0] < e.estimate && e.estimate < e.interval[1]);
    }
}

#[test]
fn profiles_stop_at_the_bound() {
    let binding = fit(&FitOptions::default().with_bound("beta", 0.4..));
    let beta = binding.profile("beta", 0.95).unwrap();
    assert_eq!((beta.points[0].at, beta.points.len(), beta.interval[0]), (0.4, 21, Some(0.4)));
    // The upper end leaves out 5 %: it is that of the two-sided profile of level 90 %.
    let level = |level: f64| binding.profile("beta", level).unwrap().interval[1].unwrap();
    assert!(level(0.9) < level(0.95) && level(0.95) < level(0.99));
    let free = fit(&FitOptions::default());
    let [Some(lower), Some(upper)] = free.profile("beta", 0.95).unwrap().interval else {
        panic!("beta has an interval");
    };
    // A bound between the optimum and the end of the interval cuts it, and leaves the other side.
    let most = 0.5 * (free.parameters[4] + upper);
    let cut = fit(&FitOptions::default().with_bound("beta", ..=most)).profile("beta", 0.95).unwrap();
    assert_eq!((cut.interval[1], cut.points.last().unwrap().at), (Some(most), most));
    near(cut.interval[0].unwrap(), lower, 1e-6);
    // A profile of another parameter minimises over the box.
    let alpha = binding.profile("alpha", 0.95).unwrap();
    for point in alpha.points.iter().step_by(4) {
        assert!(point.converged && point.parameters[4] >= 0.4);
        let held = FitOptions::default().with_fixed("alpha", point.at).with_bound("beta", 0.4..);
        near(fit(&held).objective, point.objective, 1e-9);
    }
}

#[test]
fn every_refit_stays_within_the_bounds() {
    let options =
        FitOptions::default().with_bound("beta", 0.4..=0.6).with_bound("E", ..=1.9).with_fixed("A", 450.0);
    let keeps = |p: &[f64]| (0.4..=0.6).contains(&p[4]) && p[0] <= 1.9 && p[1] == 450.0;
    let runs = runs_of("chinchilla");
    let fit = fit_scaling_law(&runs, &options).unwrap();
    assert!(keeps(&fit.parameters) && fit.minima.iter().all(|m| keeps(&m.parameters)));
    let bootstrap = BootstrapOptions::default().with_replicates(50).with_interval(Interval::Bca);
    let ensemble = fit.bootstrap(&bootstrap).unwrap();
    assert!(ensemble.draws.iter().chain(&ensemble.left_out).all(|draw| keeps(draw)));
    assert_eq!((ensemble.draws.len(), ensemble.disagreed), (50, 0));
    assert!(fit.sensitivity().unwrap().iter().all(|row| row.converged && keeps(&row.parameters)));
    let influence = fit.influence().unwrap();
    assert!(influence.single.iter().chain(&influence.joint).all(|without| keeps(&without.parameters)));
    let profiles = fit.profiles(0.95).unwrap();
    assert!(profiles.profiles.iter().flat_map(|p| &p.points).all(|point| keeps(&point.parameters)));
    assert!(profiles.pair.unwrap().objective.iter().flatten().all(|f| *f >= fit.objective * (1.0 - 1e-9)));
    let largest = HoldOut::Largest { by: Input::Flops, share: 0.2 };
    let report = holdout(&runs, &options, &bootstrap, &largest).unwrap();
    assert!(report.splits.iter().all(|split| keeps(&split.parameters)));
    let candidates = [(by_name("chinchilla").unwrap(), runs)];
    let comparison = Candidates::new(candidates.to_vec())
        .compare(&options, 0.2, &BootstrapOptions::default().with_replicates(200))
        .unwrap();
    assert!(keeps(&comparison.candidates[0].fit.parameters));
}

#[test]
fn saved_fits_keep_their_bounds_and_answer() {
    let options = FitOptions::default().with_bound("beta", 0.4..).with_bound("E", 0.5..=3.0);
    let report =
        Report::Ensemble(fit(&options).bootstrap(&BootstrapOptions::default().with_replicates(20)).unwrap());
    let text = saved("bounds", &report);
    assert!(text.contains(r#""bounds":{"beta":[0.4,null],"E":[0.5,3.0]}"#));
    let loaded = Report::from_json("f", text.as_bytes()).unwrap();
    let (a, b) = (loaded.ensemble().unwrap(), report.ensemble().unwrap());
    assert_eq!(a.predict(70e9, 1.4e12).unwrap(), b.predict(70e9, 1.4e12).unwrap());
    let broken = text.replace("[0.4,null]", "[0.4,0.3]");
    assert!(Report::from_json("f", broken.as_bytes()).unwrap_err().to_string().contains("beta=0.4..0.3"));
}

#[test]
fn bounds_that_make_no_sense_are_refused_by_name() {
    let default = FitOptions::default;
    let five = |o: FitOptions, name: &&str| o.with_bound(name, 0.1..);
    let cases: [(FitOptions, &[&str]); 12] = [
        (
            default().with_bound("gamma", 0.1..),
            &["the parameter 'gamma' is not known", "one of E, A, B, alpha, beta"],
        ),
        (default().with_bound("beta", 0.5..=0.1), &["`bound` beta=0.5..0.1", "lower to a higher"]),
        (default().with_bound("beta", 0.5..=0.5), &["`bound` beta=0.5..0.5", "fix the parameter"]),
        (default().with_bound("beta", f64::NAN..), &["beta=NaN..", "numbers"]),
        (default().with_bound("beta", ..f64::NAN), &["beta=..NaN", "numbers"]),
        (default().with_bound("A", 0.0..=10.0), &["A=0..10", "positive"]),
        (default().with_bound("A", ..=-1.0), &["A=..-1", "positive"]),
        (default().with_bound("beta", ..), &["beta=..", "has no end"]),
        (default().with_bound("E", 1.0..).with_bound("E", ..=2.0), &["E=..2", "bounds a parameter twice"]),
        (default().with_bound("E", 1.0..).with_fixed("E", 0.5), &["E=1..", "fixed"]),
        (default().with_bound("alpha", 0.1..).with_tied("alpha", "beta"), &["alpha=0.1..", "tied"]),
        (NAMES.iter().fold(default(), five), &["beta=0.1..", "four at most"]),
    ];
    for (options, parts) in cases {
        says(&fit_scaling_law(&runs_of("chinchilla"), &options).unwrap_err().to_string(), parts);
    }
}

#[test]
fn laws_that_are_no_sums_of_powers_and_large_sweeps_are_bounded_alike() {
    let sparse = runs_of("t5_c4_sparse");
    // 9,000 rows: a search on a share of them, then the whole.
    let size = |i: usize| 1e7 * 1.5f64.powi((i % 17) as i32);
    let tokens = |i: usize| 1e9 * 1.4f64.powi((i / 17 % 19) as i32);
    let loss = |i: usize| {
        let noise = 0.01 * (i as f64 * 1.7).sin();
        (1.7 + 400.0 / size(i).powf(0.35) + 2000.0 / tokens(i).powf(0.37)) * noise.exp()
    };
    let column = |of: &dyn Fn(usize) -> f64| (0..9000).map(of).collect::<Vec<f64>>();
    let many = Observations::new(column(&size), column(&tokens), column(&loss)).unwrap();
    for (runs, law, name, most) in [(&sparse, "coupled", "q", 0.3), (&many, "chinchilla", "alpha", 0.33)] {
        let options = FitOptions::default().with_law(by_name(law).unwrap());
        let free = fit_scaling_law(runs, &options).unwrap();
        assert!(free.parameter(name).unwrap() > most);
        let bounded = fit_scaling_law(runs, &options.clone().with_bound(name, ..=most)).unwrap();
        let fixed = fit_scaling_law(runs, &options.with_fixed(name, most)).unwrap();
        assert!(bounded.termination.is_converged() && is_at_bound(&bounded, name));
        near(bounded.objective, fixed.objective, 1e-9);
    }
}

#[test]
fn a_box_far_from_the_runs_is_fitted_all_the_same() {
    // The term of A alone exceeds every loss, so that least squares has no start for the other coefficients.
    let options = FitOptions::default().with_bound("A", 1e7..=6e7).with_bound("alpha", 0.04..=0.15);
    let bounded = fit(&options);
    assert_eq!((bounded.parameters[1], bounded.parameters[3]), (1e7, 0.15));
    let fixed = FitOptions::default().with_fixed("A", 1e7).with_fixed("alpha", 0.15);
    near(bounded.objective, fit(&fixed).objective, 1e-9);
    // The whole loss but for that term is at least nothing.
    let runs = runs_of("chinchilla");
    let term = |n: &f64| 1e7 / n.powf(0.15);
    let beyond = runs.params().iter().zip(runs.loss()).map(|(n, loss)| (loss / term(n)).ln().abs());
    near(bounded.objective, beyond.map(|r| 1e-3 * (r - 0.5e-3)).sum(), 1e-6);
}
