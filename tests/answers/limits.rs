//! Caps, what is refused, and losses that only some draws reach.

use nbar::answer::{AllocationOptions, LimitedBy, RunShape};
use nbar::design::DesignOptions;
use nbar::law::by_name;
use nbar::versus::{Along, VersusOptions};
use nbar::{Ensemble, Error, Fit, FitOptions, PlanOptions, Schedule, Size, Warning, fit_scaling_law};

use crate::common::near::{near, says};
use crate::common::sweeps::runs_of;
use crate::{dense, drawn, pruned, replicates};

#[test]
fn caps_hold_and_say_so() {
    let ensemble = dense("chinchilla");
    let free = ensemble.allocate(1e24, &AllocationOptions::default()).unwrap();
    let (n, d) = (free.average_params.estimate, free.tokens.estimate);
    let tokens = AllocationOptions::default().with_max_tokens(0.5 * d);
    let run = ensemble.allocate(1e24, &tokens).unwrap();
    assert_eq!((run.limited_by, run.tokens.estimate), (Some(LimitedBy::MaxTokens), 0.5 * d));
    near(run.average_params.estimate, 2.0 * n, 1e-12);
    assert!(run.loss.estimate > free.loss.estimate);
    let params = AllocationOptions::default().with_max_params(0.5 * n);
    let run = ensemble.allocate(1e24, &params).unwrap();
    assert_eq!(run.limited_by, Some(LimitedBy::MaxParams));
    near(run.average_params.estimate, 0.5 * n, 1e-12);
    near(run.tokens.estimate, 2.0 * d, 1e-12);
    // A cap that is not reached changes nothing.
    let loose = ensemble.allocate(1e24, &AllocationOptions::default().with_max_tokens(1e14)).unwrap();
    assert_eq!((loose.limited_by, loose.average_params.estimate), (None, n));
    // Of a pruned run it is the parameters before pruning that are capped.
    let shape = RunShape::new(&pruned()).unwrap();
    let run = ensemble.allocate(1e24, &params.with_shape(shape)).unwrap();
    near(run.initial_params.estimate, 0.5 * n, 1e-12);
    // The cheapest run of a loss, within caps: on both sides the same.
    for options in [tokens, AllocationOptions::default().with_max_params(0.5 * n)] {
        let run = ensemble.allocate(1e24, &options).unwrap();
        let back = ensemble.cheapest(run.loss.estimate, &options).unwrap();
        assert_eq!(back.limited_by, run.limited_by);
        near(back.total_flops.estimate, 1e24, 1e-10);
    }
    // Searched laws are capped alike.
    let kaplan = dense("kaplan");
    let run = kaplan.allocate(1e24, &AllocationOptions::default().with_max_params(1e10)).unwrap();
    near(run.average_params.estimate, 1e10, 1e-12);
    assert_eq!(run.limited_by, Some(LimitedBy::MaxParams));
}

#[test]
fn what_cannot_be_answered_is_refused_with_the_reason() {
    let ensemble = dense("chinchilla");
    let plain = AllocationOptions::default();
    let refused = |result: nbar::Result<nbar::answer::Allocation>, parts: &[&str]| {
        says(&result.unwrap_err().to_string(), parts);
    };
    for flops in [0.0, -1e21, f64::NAN, f64::INFINITY] {
        refused(ensemble.allocate(flops, &plain), &["flops", "positive"]);
        refused(ensemble.cheapest(flops, &plain), &["loss", "positive"]);
    }
    let both = plain.clone().with_max_params(1e9).with_max_tokens(1e12);
    refused(ensemble.allocate(1e24, &both), &["6.000e21", "1.000e24", "`max_params`", "smaller budget"]);
    refused(ensemble.allocate(1e21, &plain.clone().with_max_tokens(-1.0)), &["max_tokens", "positive"]);
    refused(ensemble.allocate(1e21, &plain.clone().with_inference_tokens(-1.0)), &["inference_tokens"]);
    refused(ensemble.allocate(1e21, &plain.clone().with_inference_tokens(1e22)), &["served tokens"]);
    refused(
        ensemble.allocate(1e21, &plain.clone().with_unique_tokens(1e9)),
        &["unique_tokens", "repeated-data"],
    );
    refused(
        ensemble.allocate(1e21, &plain.clone().with_sparse_speedup(1.3)),
        &["sparse_speedup", "N0/N_final = 1"],
    );
    let shape = RunShape::new(&pruned()).unwrap();
    let fast = plain.clone().with_shape(shape).with_sparse_speedup(5.1);
    refused(ensemble.allocate(1e21, &fast), &["sparse_speedup", "N0/N_final"]);
    refused(dense("compute").allocate(1e21, &plain), &["compute law does not read parameters"]);
    let curve = drawn("t5_c4_sparse", "bnsl", Size::AVERAGE, &replicates(5));
    refused(curve.allocate(1e21, &plain), &["bnsl law does not read parameters"]);
    assert!(Schedule::constant(1.0).trajectory(nbar::Network::new(1e9), nbar::Extent::new(1e10)).is_err());
    assert!(RunShape::new(&Schedule::constant(1.0)).is_err() && pruned().with_final_sparsity(1.0).is_err());
    let dense_run = ensemble
        .sparsity_for(2.1, 1e9, 1e12, &Schedule::Dense, &AllocationOptions::default())
        .unwrap_err()
        .to_string();
    assert!(dense_run.contains("no sparsity to choose"), "{dense_run}");
    // A dense run of 1B parameters and 1T tokens is better than that.
    let better = ensemble.sparsity_for(4.0, 1e9, 1e12, &pruned(), &plain).unwrap_err().to_string();
    says(&better, &["without more pruning", "sparser ones to", "ask for a loss between these"]);
    // Where pruning harms at a fixed final size, sparser runs are worse.
    let of = [
        ("E", 1.69),
        ("A", 406.4),
        ("B", 410.7),
        ("alpha", 0.34),
        ("epsilon", -0.2),
        ("c", 0.3),
        ("mu", 1.5),
    ];
    let harmed = Ensemble::without_draws(Fit::of_constants(by_name("sparse-density").unwrap(), &of).unwrap());
    let worse = harmed.sparsity_for(2.5, 1e9, 1e12, &pruned(), &plain).unwrap_err().to_string();
    says(&worse, &["sparser ones come higher: it needs no pruning", "fewer `final_params`"]);
    // Losses above that of a run of one token or parameter are no losses of the law.
    let above = ensemble.tokens_for(1e6, 1e9, &plain).unwrap_err().to_string();
    says(&above, &["such a run comes to", "with a single token", "lower loss"]);
    let above = ensemble.params_for(1e6, 1e12, &plain).unwrap_err().to_string();
    says(&above, &["with a single parameter"]);
}

#[test]
fn a_loss_below_e_is_refused_with_the_share_of_draws_that_reach_it() {
    let mut ensemble = dense("chinchilla");
    ensemble.options.bend = false;
    let e: Vec<f64> = ensemble.draws.iter().map(|draw| draw[0]).collect();
    let of_fit = ensemble.fit.parameters[0];
    let share = |loss: f64| e.iter().filter(|e| **e < loss).count() as f64 / e.len() as f64;
    // Just below E of the fit, where draws on both sides are near.
    let below = of_fit - 1e-9;
    match ensemble.cheapest(below, &AllocationOptions::default()).unwrap_err() {
        Error::NotReachable { loss, least, probability, .. } => {
            near(least, of_fit, 1e-6);
            assert_eq!((loss, probability), (below, share(below)));
            assert!(probability > 0.0 && probability < 1.0);
        }
        other => panic!("{other}"),
    }
    // Above it, but not above the E of all draws.
    let above = of_fit + 1e-3;
    let run = ensemble.cheapest(above, &AllocationOptions::default()).unwrap();
    assert_eq!(run.reachable, share(above));
    assert!(run.reachable < 0.975 && run.flops.interval[1] == f64::INFINITY && run.flops.std_error.is_nan());
    assert!(run.flops.interval[0].is_finite() && run.tokens_per_param.interval[1].is_finite());
    assert!(run.warnings.iter().any(|w| w.to_string().contains("of the draws reach this loss")));
    // A run of so many parameters stays above E + A/N^α.
    let &[e, a, _, alpha, _] = ensemble.fit.parameters.as_slice() else { panic!("five parameters") };
    let least = e + a * 1e9f64.powf(-alpha);
    let error = ensemble.tokens_for(least - 1e-3, 1e9, &AllocationOptions::default()).unwrap_err();
    assert!(matches!(error, Error::NotReachable { least: found, .. } if (found / least - 1.0).abs() < 1e-6));
}

#[test]
fn a_law_that_rises_with_tokens_has_no_optimum_but_an_end() {
    let options = FitOptions::default().with_fixed("beta", -0.05);
    let fit = fit_scaling_law(&runs_of("overtraining"), &options).unwrap();
    let ensemble = fit.bootstrap(&replicates(20)).unwrap();
    assert!(ensemble.fit.separable().is_none());
    let error = ensemble.allocate(1e21, &AllocationOptions::default()).unwrap_err().to_string();
    says(
        &error,
        &["chinchilla law has no optimum: its loss falls all the way to a run of one token", "`max_params`"],
    );
    let run = ensemble.allocate(1e21, &AllocationOptions::default().with_max_params(1e9)).unwrap();
    assert_eq!(run.limited_by, Some(LimitedBy::MaxParams));
    near(run.average_params.estimate, 1e9, 1e-12);
    // Of one that rises with parameters the tokens have to be capped: the cap that is named helps.
    let options = FitOptions::default().with_fixed("alpha", -0.05);
    let fit = fit_scaling_law(&runs_of("overtraining"), &options).unwrap();
    let ensemble = fit.bootstrap(&replicates(20)).unwrap();
    let error = ensemble.allocate(1e21, &AllocationOptions::default()).unwrap_err().to_string();
    says(&error, &["a run of one parameter; see the warnings of the fit, or cap the tokens (`max_tokens`)"]);
    let run = ensemble.allocate(1e21, &AllocationOptions::default().with_max_tokens(1e11)).unwrap();
    assert_eq!(run.limited_by, Some(LimitedBy::MaxTokens));
    // Of too small a budget it is the budget.
    let constants = [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
    let given =
        Ensemble::without_draws(Fit::of_constants(by_name("chinchilla").unwrap(), &constants).unwrap());
    let error = given.allocate(6.0, &AllocationOptions::default()).unwrap_err().to_string();
    says(&error, &["less than one token; ask for more FLOPs or a lower loss"]);
    // Of a term that has vanished the cap that is named helps.
    let constants = [("E", 1.69), ("A", 1e-9), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
    let given =
        Ensemble::without_draws(Fit::of_constants(by_name("chinchilla").unwrap(), &constants).unwrap());
    let error = given.allocate(1e21, &AllocationOptions::default()).unwrap_err().to_string();
    says(&error, &["less than one parameter", "or cap the tokens (`max_tokens`)"]);
    let run = given.allocate(1e21, &AllocationOptions::default().with_max_tokens(1e11)).unwrap();
    assert_eq!(run.limited_by, Some(LimitedBy::MaxTokens));
}

#[test]
fn runs_of_one_budget_are_no_repeats_under_a_law_of_compute() {
    let sweep = nbar::Sweep::from_csv_path("data/chinchilla_isoflop.csv").unwrap();
    let rows = sweep.observations(&nbar::ObservationOptions::default()).unwrap();
    let options = nbar::FitOptions::default().with_law(nbar::law::by_name("compute").unwrap());
    assert_eq!(nbar::fit_scaling_law(&rows, &options).unwrap().repeats(), None);
}

/// ln N* of the law of repeated data at a budget: where one more per cent of N gains what it costs of D, in logarithms.
fn repeated_optimum([a, b, alpha, r_d, r_n]: [f64; 5], unique: f64, flops: f64) -> f64 {
    let most = unique * (a / b).powf(1.0 / alpha);
    // ln of what x saturates to, and of how that follows ln x.
    let saturated = |x: f64, least: f64, r: f64| {
        let repeats = (x / least - 1.0).max(0.0);
        let worth = least.min(x) * (1.0 + r * -(-repeats / r).exp_m1());
        (worth.ln(), x.ln() - worth.ln() - repeats / r)
    };
    let gain = |ln_n: f64| {
        let n = ln_n.exp();
        let ((n, of_n), (d, of_d)) = (saturated(n, most, r_n), saturated(flops / (6.0 * n), unique, r_d));
        (a.ln() - alpha * n + of_n) - (b.ln() - alpha * d + of_d)
    };
    let (mut low, mut high) = (0.0, 80.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        *(if gain(middle) > 0.0 { &mut low } else { &mut high }) = middle;
    }
    low
}

#[test]
fn budgets_from_which_nothing_is_gained_are_refused_and_those_below_have_their_optimum() {
    let constants =
        [("E", 1.87), ("A", 520.0), ("B", 1490.0), ("alpha", 0.3526), ("R_D", 15.4), ("R_N", 5.3)];
    let fit = Fit::of_constants(by_name("repeated-data").unwrap(), &constants).unwrap();
    let ensemble = Ensemble::without_draws(fit);
    let options = AllocationOptions::default().with_unique_tokens(1e9);
    let best = |flops: f64| ensemble.allocate(flops, &options);
    for flops in [1e23, 1e24, 1e25] {
        let message = best(flops).unwrap_err().to_string();
        assert!(
            message.contains("FLOPs are more than this law gains from") && message.contains("unique_tokens"),
            "{message}"
        );
        assert_eq!(ensemble.frontier(&[1e21, flops], &options).unwrap_err().to_string(), message);
        let remedy = message.split("ask for ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        let most: f64 = remedy.parse().unwrap();
        assert!((1e22..1e23).contains(&most) && best(1.3 * most).is_err(), "{most}");
        for flops in [1e20, 1e21, 1e22, most] {
            let exact = repeated_optimum([520.0, 1490.0, 0.3526, 15.4, 5.3], 1e9, flops);
            let found = best(flops).unwrap().average_params.estimate.ln();
            // The slope is a difference over .001 of ln L, which is known to 2e-16: 1e-13, over a curvature of 2e-9 at the least.
            assert!((found - exact).abs() < 1e-4, "{flops:e}: {found} {exact}");
        }
    }
    // With more of them the same budget gains.
    let more = AllocationOptions::default().with_unique_tokens(1e12);
    assert!(ensemble.allocate(1e24, &more).is_ok());
}

#[test]
fn runs_that_share_a_seed_with_other_places_are_no_repeats() {
    // Twelve places with two seeds each, the second .2 % above the first at all of them.
    let (mut params, mut tokens, mut loss, mut seeds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for place in 0..12 {
        let (n, d) = (1e8 * 2f64.powi(place % 4), 4e9 * 2f64.powi(place / 4));
        for seed in ["a", "b"] {
            params.push(n);
            tokens.push(d);
            let off = if seed == "a" { 0.0 } else { 2e-3 } + 1e-4 * f64::from(place % 3);
            loss.push((1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * off.exp());
            seeds.push(seed);
        }
    }
    let rows = nbar::Observations::new(params, tokens, loss).unwrap();
    let of = |rows: nbar::Observations| {
        nbar::fit_scaling_law(&rows, &nbar::FitOptions::default()).unwrap().repeats()
    };
    let runs = (0..24).map(|run| run.to_string()).collect::<Vec<_>>();
    assert_eq!(of(rows.clone().with_clusters(&runs).unwrap()).map(|found| found.runs), Some(24));
    assert_eq!(of(rows.with_clusters(&seeds).unwrap()), None);
}

#[test]
fn what_is_outside_of_the_sweep_is_warned_of_by_every_question() {
    let ensemble = dense("chinchilla");
    let rows = &ensemble.fit.observations;
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let (params, tokens) = (most(rows.params()), most(rows.tokens()));
    let options = AllocationOptions::default();
    let outside = |warnings: &[Warning]| {
        let mut words = warnings.iter().filter_map(|warning| match warning {
            Warning::ExtrapolatesBeyond { what, factor } => Some((what.clone(), *factor)),
            Warning::ExtrapolatesBelow { what, factor } => Some((what.clone(), factor.recip())),
            _ => None,
        });
        words.next()
    };
    let is = |found: Option<(String, f64)>, what: &str, factor: f64| {
        let (named, times) = found.expect(what);
        assert_eq!(named, what);
        near(times, factor, 1e-9);
    };
    let loss = |n: f64, d: f64| ensemble.fit.predict(n, d).unwrap();
    let solved = ensemble.tokens_for(loss(1e3 * params, 1e3 * tokens), 1e3 * params, &options).unwrap();
    assert!(outside(&solved.warnings).unwrap().1 > 999.0);
    let solved = ensemble.params_for(loss(1e3 * params, 1e3 * tokens), 1e3 * tokens, &options).unwrap();
    assert!(outside(&solved.warnings).unwrap().1 > 999.0);
    let least = rows.flops().fold(f64::INFINITY, f64::min);
    let plan = ensemble.plan(&PlanOptions::new(1e-3 * least).with_step_tokens(1.0)).unwrap();
    is(outside(&plan.warnings), "flops", 1e-3);
    let design = ensemble.design(&DesignOptions::new(1e-3 * least, 1e21, 1)).unwrap();
    is(outside(&design.warnings), "flops", 1e-3);
    let aside = VersusOptions::default()
        .with_budgets(vec![6.0 * params * tokens])
        .with_along(Along::Params(1e3 * params));
    let aside = ensemble.versus(&ensemble, &aside).unwrap();
    assert!(outside(&aside.warnings).unwrap().1.ln().abs() > 999f64.ln());
    let lower = VersusOptions::default().with_losses(vec![loss(100.0 * params, 100.0 * tokens)]);
    let (what, factor) = outside(&ensemble.versus(&ensemble, &lower).unwrap().warnings).unwrap();
    assert!(what == "flops" && factor > 100.0);
}

#[test]
fn draws_that_do_not_reach_a_loss_have_no_more_than_the_caps() {
    let ensemble = dense("chinchilla");
    let most = ensemble.allocate(1e22, &AllocationOptions::default()).unwrap().average_params.estimate;
    let capped = AllocationOptions::default().with_max_params(most).with_inference_tokens(1e12);
    // A loss that only some draws reach at that size.
    let loss = ensemble.fit.predict(most, 1e20).unwrap();
    let run = ensemble.cheapest(loss, &capped).unwrap();
    assert!(
        run.reachable < 0.95 && run.tokens.interval[1].is_infinite() && run.flops.interval[1].is_infinite()
    );
    near(run.average_params.interval[1], most, 1e-9);
    near(run.serving_flops.interval[1], 2.0 * most * 1e12, 1e-9);
}
