//! Answers that carry the bend of the runs away from the law.

use std::sync::Arc;

use nbar::answer::AllocationOptions;
use nbar::design::DesignOptions;
use nbar::law::{Input, Law, by_name, chinchilla, compute};
use nbar::versus::VersusOptions;
use nbar::{
    BootstrapOptions, Ensemble, FitOptions, NewRun, Observations, PlanOptions, Size, Warning, fit_scaling_law,
};

use crate::common::near::near;
use crate::{drawn, replicates};

/// Nine budgets of seven runs, their losses those of a law times `1 + strength (ln D/(20 N))²`, with noise of .3 %.
fn sweep(strength: f64) -> Observations {
    let truth = [1.8172, 477.8, 2143.4, 0.3473, 0.3672];
    let (mut n, mut d, mut loss) = (Vec::new(), Vec::new(), Vec::new());
    for budget in 0..9 {
        let flops = 6e18 * 500f64.powf(f64::from(budget) / 8.0);
        for size in 0..7 {
            let params = (flops / 120.0).sqrt() * 4f64.powf((f64::from(size) - 3.0) / 3.0);
            let tokens = flops / 6.0 / params;
            let noise = (f64::from(7 * budget + size) * 0.618_033_988_749_895).fract() - 0.5;
            let bent = 1.0 + strength * (tokens / params / 20.0).ln().powi(2);
            n.push(params);
            d.push(tokens);
            loss.push(
                chinchilla().loss(&truth, &[params, tokens]) * bent * (0.003 * 12f64.sqrt() * noise).exp(),
            );
        }
    }
    Observations::new(n, d, loss).unwrap()
}

fn ensemble(strength: f64) -> Ensemble {
    fit_scaling_law(&sweep(strength), &FitOptions::default()).unwrap().bootstrap(&replicates(100)).unwrap()
}

#[test]
fn runs_that_bend_are_warned_of_and_change_every_interval_but_move_no_estimate() {
    let bent = ensemble(0.01);
    let departs = |w: &Warning| matches!(w, Warning::LackOfFit { p, laws, .. } if *p < 1e-3 && laws.contains(&"coupled".to_owned()));
    assert!(bent.fit.warnings.iter().any(departs) && bent.fit.is_trustworthy());
    let mut straight = bent.clone();
    straight.options.bend = false;
    let (with, without) =
        (bent.predict(1e11, 2e12).unwrap().loss, straight.predict(1e11, 2e12).unwrap().loss);
    assert!(with.bend.unwrap().probability > 0.9 && without.bend.is_none());
    assert_eq!((with.estimate, with.mean_interval), (without.estimate, without.mean_interval));
    assert_eq!(with.run_interval_if_law_holds, without.run_interval);
    let wider = |a: [f64; 2], b: [f64; 2]| a[0] < b[0] && a[1] > b[1];
    assert!(wider(with.run_interval, without.run_interval));
    let options = AllocationOptions::default();
    for ask in [
        |e: &Ensemble, o: &AllocationOptions| e.allocate(1e23, o).map(|run| [run.average_params, run.loss]),
        |e: &Ensemble, o: &AllocationOptions| e.cheapest(2.2, o).map(|run| [run.average_params, run.flops]),
        |e: &Ensemble, o: &AllocationOptions| e.tokens_for(2.2, 2e10, o).map(|run| [run.tokens, run.flops]),
    ] {
        let [with, without] = [&bent, &straight].map(|e| ask(e, &options).unwrap());
        for (with, without) in with.iter().zip(&without) {
            near(with.estimate, without.estimate, 1e-12);
            assert!(with.interval != without.interval, "{with:?} {without:?}");
            assert!(with.interval[0] <= with.estimate && with.estimate <= with.interval[1]);
        }
    }
    let loss = |e: &Ensemble| e.allocate(1e23, &options).unwrap().loss.std_error;
    assert!(loss(&bent) > loss(&straight));
    let design = |e: &Ensemble| e.design(&DesignOptions::new(1e23, 1e21, 2)).unwrap().std_error;
    assert!(design(&bent) != design(&straight));
    let plan = |e: &Ensemble| e.plan(&PlanOptions::new(1e23)).unwrap().runs[0].loss;
    near(plan(&bent).estimate, plan(&straight).estimate, 1e-12);
    assert!(plan(&bent).std_error > plan(&straight).std_error);
}

#[test]
fn where_the_law_is_right_little_is_added() {
    let right = ensemble(0.0);
    let test = right.fit.lack_of_fit().unwrap();
    // E, A, B and two exponents; two squares and a product beside them.
    assert_eq!((test.terms, test.freedom), (3, 63 - 8));
    assert!(!test.is_sure());
    let loss = right.predict(1e11, 2e12).unwrap().loss;
    assert!(loss.bend.unwrap().probability < 0.5);
    let width = |[low, high]: [f64; 2]| (high / low).ln();
    assert!(width(loss.run_interval) < 1.6 * width(loss.run_interval_if_law_holds));
}

/// Noise of .3 % from how often it was asked.
fn noise(asked: usize) -> f64 {
    0.003 * 12f64.sqrt() * ((asked as f64 * 0.618_033_988_749_895).fract() - 0.5)
}

#[test]
fn a_law_of_sparsities_departs_where_windows_decide() {
    // Runs whose loss goes by N̄, with few or many parameters left for most of the time.
    let truth = [1.8172, 477.8, 2143.4, 0.3473, 0.3672];
    let (mut counts, mut tokens, mut losses) = ([vec![], vec![], vec![]], vec![], vec![]);
    for (i, initial) in [2e7, 6e7, 2e8, 6e8].into_iter().enumerate() {
        for (sparsity, full) in [(0.0, 1.0), (0.5, 0.3), (0.5, 0.7), (0.8, 0.3), (0.8, 0.7)] {
            for k in 0..3 {
                let (average, d) = (initial * (1.0 - sparsity * (1.0 - full)), 1e9 * 4f64.powi(k + i as i32));
                let loss = chinchilla().loss(&truth, &[average, d]) * noise(losses.len()).exp();
                counts
                    .iter_mut()
                    .zip([initial, average, initial * (1.0 - sparsity)])
                    .for_each(|(to, n)| to.push(n));
                tokens.push(d);
                losses.push(loss);
            }
        }
    }
    let [initial, average, last] = counts;
    let rows = Observations::new(average.clone(), tokens, losses).unwrap();
    let rows = rows.with_param_counts(initial, average, last).unwrap();
    let test = |law: &str| {
        let options = FitOptions::default().with_law(by_name(law).unwrap());
        fit_scaling_law(&rows, &options).unwrap().lack_of_fit().unwrap()
    };
    assert!(test("sparse").is_sure() && !test("chinchilla").is_likely());
    // Sparsities and their squares, and windows and theirs, beside those of N̄ and D.
    assert_eq!(test("chinchilla").terms, 7);
}

#[test]
fn a_law_of_compute_departs_where_the_split_of_it_decides() {
    let test = |rows: &Observations| {
        fit_scaling_law(rows, &FitOptions::default().with_law(Arc::new(compute())))
            .unwrap()
            .lack_of_fit()
            .unwrap()
    };
    assert!(test(&sweep(0.0)).is_sure());
    // One split of each budget is told by it.
    let (n, d): (Vec<f64>, Vec<f64>) = (0..24).map(|i| 1e7 * 1.3f64.powi(i)).map(|n| (n, 20.0 * n)).unzip();
    let loss = |(i, n): (usize, &f64)| (1.8 + 90.0 * (120.0 * n * n).powf(-0.1)) * noise(i).exp();
    let losses = n.iter().enumerate().map(loss).collect();
    let ladder = test(&Observations::new(n, d, losses).unwrap());
    assert!(ladder.terms == 1 && !ladder.is_likely(), "{ladder:?}");
}

#[test]
fn what_is_fixed_or_tied_bends_where_it_would_not_have_if_it_were_free() {
    let sweep = sweep(0.0);
    let free = fit_scaling_law(&sweep, &FitOptions::default()).unwrap();
    let p = |options: FitOptions| fit_scaling_law(&sweep, &options).unwrap().lack_of_fit().unwrap().p;
    let alpha = free.parameter("alpha").unwrap();
    assert!(p(FitOptions::default().with_fixed("alpha", 1.3 * alpha)) < 1e-3);
    assert!(p(FitOptions::default().with_fixed("alpha", alpha)) > 1e-3);
    assert!(p(FitOptions::default().with_bound("alpha", 0.5..0.9)) < 1e-3);
    assert!(p(FitOptions::default().with_bound("alpha", 0.1..0.9)) > 1e-3);
    assert!(p(FitOptions::default().with_tied("alpha", "beta")) > 1e-3);
}

#[test]
fn laws_of_compute_and_of_pruned_and_repeated_runs_bend_along_what_they_read() {
    let of_compute = FitOptions::default().with_law(Arc::new(compute()));
    let ensemble = fit_scaling_law(&sweep(0.01), &of_compute).unwrap().bootstrap(&replicates(30)).unwrap();
    assert_eq!(ensemble.fit.law().spec().inputs, [Input::Flops]);
    // E, K and gamma; one square, and what is not read of N and D: one of them and its square.
    assert_eq!(ensemble.fit.lack_of_fit().unwrap().terms, 3);
    let [a, b] = [(1e10, 2e11), (2e10, 1e11)].map(|(n, d)| ensemble.predict(n, d).unwrap().loss);
    assert_eq!(a.bend, b.bend);
    let sparse = drawn("t5_c4_sparse", "chinchilla", Size::AVERAGE, &replicates(30));
    // Two squares, a product, density and its square.
    let test = sparse.fit.lack_of_fit().unwrap();
    assert_eq!((test.terms, test.p < 1e-12), (5, true));
    let repeated = crate::repeated();
    let run = |unique: f64| {
        let run = NewRun::dense(1e9, 1e11).unwrap().with_unique_tokens(unique).unwrap();
        repeated.predict_run(&run).unwrap().loss.bend.unwrap().shift
    };
    assert!(run(1e10) != run(1e11));
}

#[test]
fn where_there_is_nothing_to_see_there_is_no_bend() {
    let observations = sweep(0.0);
    let exact = |n: &f64, d: &f64| chinchilla().loss(&[1.8, 480.0, 2100.0, 0.35, 0.37], &[*n, *d]);
    let losses = observations.params().iter().zip(observations.tokens()).map(|(n, d)| exact(n, d)).collect();
    let perfect = Observations::new(observations.params().to_vec(), observations.tokens().to_vec(), losses);
    let few = observations.subset(|row| row % 9 == 0);
    assert_eq!(few.len(), 7);
    for (sweep, bends) in [(perfect.unwrap(), false), (few, true)] {
        let fit = fit_scaling_law(&sweep, &FitOptions::default()).unwrap();
        assert_eq!(fit.lack_of_fit(), None);
        let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(30)).unwrap();
        let loss = ensemble.predict(1e11, 2e12).unwrap().loss;
        assert_eq!(loss.bend.is_some(), bends);
    }
}

#[test]
fn a_recipe_that_bends_needs_exactly_what_it_needs_itself() {
    let bent = ensemble(0.02);
    let options = VersusOptions::default().with_budgets(vec![1e20, 1e23, 1e25]);
    for row in bent.versus(&bent, &options).unwrap().rows {
        let multiplier = row.multiplier.unwrap();
        assert_eq!((row.better, multiplier.estimate), (0.5, 1.0), "{:e}", row.flops.estimate);
        assert_eq!(multiplier.interval, [1.0, 1.0], "{:e}", row.flops.estimate);
    }
}

#[test]
fn a_bend_never_makes_it_surer_which_recipe_is_better() {
    let [bent, other] = [0.02, 0.01].map(ensemble);
    let options = VersusOptions::default().with_budgets((18..26).map(|k| 10f64.powi(k)).collect());
    let mut moved = 0;
    for recipes in [[&bent, &other], [&other, &bent]] {
        for row in recipes[0].versus(recipes[1], &options).unwrap().rows {
            let (with, without) = (row.better - 0.5, row.better_if_laws_hold - 0.5);
            assert!(
                with * without <= 0.0 || with.abs() <= without.abs(),
                "{:e} {with} {without}",
                row.flops.estimate
            );
            moved += usize::from((with - without).abs() > 1e-3);
        }
    }
    assert!(moved > 0, "no bend was drawn");
}

#[test]
fn standard_errors_say_how_far_bent_draws_lie_from_the_estimate() {
    let bent = ensemble(0.02);
    let mut straight = bent.clone();
    straight.options.bend = false;
    let of = |ensemble: &Ensemble| ensemble.allocate(1e23, &AllocationOptions::default()).unwrap();
    let (with, without) = (of(&bent), of(&straight));
    for (with, without) in [(with.loss, without.loss), (with.average_params, without.average_params)] {
        let [lower, upper] = with.interval;
        assert!(with.std_error >= without.std_error);
        // The farther end of 95 % is two to five of them away: bent draws lie on one side, and a few have no end.
        let farthest = (with.estimate - lower).max(upper - with.estimate) / with.std_error;
        assert!(farthest > 1.0 && farthest < 6.0, "{farthest}");
    }
}

#[test]
fn draws_that_are_best_at_the_end_of_what_is_looked_at_have_no_end() {
    // Far beyond the sweep the bend of the journey says next to nothing, and some draws fall on.
    let options = nbar::ReadOptions::default().with_filter("lr_floor=0");
    let sweep = nbar::Sweep::from_path_with("data/journey.csv", &options).unwrap();
    let observations = sweep.observations(&nbar::ObservationOptions::default()).unwrap();
    let options = FitOptions::default().with_law(nbar::law::by_name("schedule").unwrap());
    let fit = fit_scaling_law(&observations, &options).unwrap();
    let ensemble = fit.bootstrap(&replicates(300)).unwrap();
    let run = ensemble.allocate(5e17, &AllocationOptions::default()).unwrap();
    let falls_on = |warning: &Warning| match warning {
        Warning::NoOptimum { draws, of } => Some(*draws as f64 / *of as f64),
        _ => None,
    };
    let share = run.warnings.iter().find_map(falls_on).expect("some draws do");
    assert!(share > 0.025 && share < 0.5, "{share}");
    assert_eq!((run.average_params.interval[0], run.tokens.interval[1]), (0.0, f64::INFINITY));
    assert!(run.average_params.interval[1] < 100.0 * run.average_params.estimate);
    // Within the sweep they have one, near by.
    let run = ensemble.allocate(1e15, &AllocationOptions::default()).unwrap();
    assert_eq!(run.warnings.iter().find_map(falls_on), None);
    let [lower, upper] = run.tokens.interval;
    assert!(lower > 0.6 * run.tokens.estimate && upper < 1.7 * run.tokens.estimate, "{lower} {upper}");
}

#[test]
fn what_is_trained_and_what_is_served_add_up_where_laws_bend() {
    let bent = ensemble(0.02);
    let served = 3e13;
    let options = AllocationOptions::default().with_inference_tokens(served);
    let run = bent.allocate(1e24, &options).unwrap();
    assert!(run.serving_flops.interval_if_law_holds.is_some());
    assert_eq!(run.total_flops.interval, [1e24; 2]);
    for end in [0, 1] {
        near(run.flops.interval[end] + run.serving_flops.interval[1 - end], 1e24, 1e-12);
    }
    let mut asked = PlanOptions::new(1e24);
    asked.runs = options.clone();
    let plan = bent.plan(&asked).unwrap();
    let dense = plan.runs.iter().find(|run| run.sparsity == 0.0).unwrap();
    for end in [0, 1] {
        near(dense.total_flops.interval[end], 1e24 + dense.serving_flops.interval[end], 1e-12);
    }
    for equal in plan.runs.iter().filter_map(|run| run.at_dense_loss.as_ref()) {
        let total = equal.total_flops.interval;
        for part in [equal.training_flops, equal.serving_flops] {
            assert!(part.interval[0] <= total[0] && part.interval[1] <= total[1], "{part:?} {total:?}");
        }
    }
    // A network that is served is no larger than the budget pays for.
    for served in [3e13, 1e14, 1e15] {
        let run = bent.allocate(1e24, &options.clone().with_inference_tokens(served)).unwrap();
        assert!(2.0 * served * run.average_params.interval[1] <= 1e24 * (1.0 + 1e-12), "{served} {run:?}");
    }
    let cheapest = bent.cheapest(run.loss.estimate, &options).unwrap();
    let total = cheapest.total_flops.interval;
    assert!(cheapest.serving_flops.interval[1] <= total[1] && cheapest.flops.interval[1] <= total[1]);
}

#[test]
fn intervals_of_greater_levels_hold_those_of_lesser_ones() {
    // Most draws of the sparse runs lose less there than their estimate.
    let of_sparse = drawn("t5_c4_sparse", "chinchilla", Size::AVERAGE, &replicates(300));
    for (mut asked, bends) in [(ensemble(0.02), true), (of_sparse.clone(), true), (of_sparse, false)] {
        asked.options.bend = bends;
        let mut last: Option<[[f64; 2]; 4]> = None;
        for level in [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95] {
            asked.options.level = level;
            let run = asked.allocate(1e25, &AllocationOptions::default()).unwrap();
            let loss = asked.predict(1e12, 2e13).unwrap().loss;
            let all = [run.average_params.interval, run.loss.interval, loss.mean_interval, loss.run_interval];
            for (inner, outer) in last.iter().flatten().zip(&all) {
                assert!(outer[0] <= inner[0] && inner[1] <= outer[1], "{bends} {level}: {inner:?} {outer:?}");
            }
            last = Some(all);
        }
    }
}
