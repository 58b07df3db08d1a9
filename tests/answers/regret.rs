//! What other sizes than the best cost, and caps on what is served.

use nbar::answer::{AllocationOptions, LimitedBy, PlanOptions, RunShape};
use nbar::{Document, Ensemble, Fit, law::by_name};

use crate::common::near::{near, says};
use crate::{dense, pruned};

/// Chinchilla's constants, without draws.
fn published() -> Ensemble {
    let constants = [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
    Ensemble::without_draws(Fit::of_constants(by_name("chinchilla").unwrap(), &constants).unwrap())
}

#[test]
fn of_a_separable_law_it_is_the_closed_form() {
    let (law, plain) = (published(), AllocationOptions::default());
    let (alpha, beta) = (0.34f64, 0.28f64);
    for flops in [1e19, 5.76e23, 1e27] {
        let best = law.allocate(flops, &plain).unwrap();
        let regret = best.regret.unwrap();
        assert_eq!(regret.to_json(), law.regret(flops, &plain).unwrap().to_json());
        let (n, d) = (best.average_params.estimate, best.tokens.estimate);
        let (of_n, of_d) = (406.4 * n.powf(-alpha), 410.7 * d.powf(-beta));
        assert_eq!(
            regret.sizes.iter().map(|size| size.factor).collect::<Vec<_>>(),
            [0.25, 0.5, 1.0, 2.0, 4.0]
        );
        for size in &regret.sizes {
            let k = size.factor;
            near(size.average_params, k * n, 1e-12);
            near(6.0 * size.average_params * size.tokens, flops, 1e-12);
            let loss = 1.69 + of_n * k.powf(-alpha) + of_d * k.powf(beta);
            near(size.loss.estimate, loss, 1e-12);
            near(1.0 + size.excess_loss.estimate, loss / best.loss.estimate, 1e-12);
            // k_D = (1 - (k_N^-α - 1) A N^-α / (B D^-β))^(-1/β), and the overhead is k_N k_D (de Vries 2023).
            let tokens = 1.0 - (k.powf(-alpha) - 1.0) * of_n / of_d;
            match size.flops_to_match {
                Some(found) => near(found.estimate / flops, k * tokens.powf(-1.0 / beta), 1e-7),
                None => assert!(tokens <= 0.0, "{k} reaches it"),
            }
            let worth = size.flops_worth.unwrap();
            near(law.allocate(worth, &plain).unwrap().loss.estimate, loss, 1e-9);
        }
        for (end, limit) in [
            (regret.least_params.estimate, regret.least_params_limited_by),
            (regret.most_params.estimate, regret.most_params_limited_by),
        ] {
            let k = end / n;
            let loss = 1.69 + of_n * k.powf(-alpha) + of_d * k.powf(beta);
            near(loss / best.loss.estimate, 1.005, 1e-9);
            assert_eq!(limit, None);
        }
        assert!(regret.least_params.estimate < n && n < regret.most_params.estimate);
    }
}

#[test]
fn draws_say_how_often_a_size_is_near_the_best() {
    let (ensemble, plain) = (dense("chinchilla"), AllocationOptions::default());
    let regret = ensemble.regret(1e22, &plain).unwrap();
    let [quarter, .., best, _, four] = &regret.sizes[..] else { panic!("five sizes") };
    assert_eq!(best.excess_loss.estimate, 0.0);
    assert!(best.excess_loss.interval[0] >= 0.0 && best.excess_loss.interval[1] > 0.0);
    assert!(best.near_best > quarter.near_best && best.near_best > four.near_best, "{regret:?}");
    for size in &regret.sizes {
        assert!((0.0..=1.0).contains(&size.near_best));
        assert!(size.flops_worth.unwrap() <= 1e22 * (1.0 + 1e-9));
        assert!(size.excess_loss.interval[0] <= size.excess_loss.interval[1]);
    }
    // A searched law says the same of itself as by its own losses.
    let kaplan = dense("kaplan");
    let regret = kaplan.regret(1e22, &plain).unwrap();
    for size in &regret.sizes {
        let loss = kaplan.fit.predict(size.average_params, size.tokens).unwrap();
        near(size.loss.estimate, loss, 1e-12);
        if let Some(found) = size.flops_to_match {
            let tokens = found.estimate / (6.0 * size.average_params);
            let least = kaplan.allocate(1e22, &plain).unwrap().loss.estimate;
            near(kaplan.fit.predict(size.average_params, tokens).unwrap(), least, 1e-8);
        }
    }
    // Serving is paid by the same budget.
    let served = plain.with_inference_tokens(1e12);
    for size in ensemble.regret(1e22, &served).unwrap().sizes {
        near(size.average_params * (6.0 * size.tokens + 2e12), 1e22, 1e-12);
    }
}

#[test]
fn caps_bound_the_band_and_broken_ones_are_named() {
    let law = published();
    let free = law.regret(1e24, &AllocationOptions::default()).unwrap();
    let n = free.sizes[2].average_params;
    let capped = AllocationOptions::default().with_max_params(n);
    let regret = law.regret(1e24, &capped).unwrap();
    assert_eq!(regret.most_params_limited_by, Some(LimitedBy::MaxParams));
    near(regret.most_params.estimate, n, 1e-9);
    assert_eq!(regret.sizes[1].breaks, None);
    assert_eq!(regret.sizes[3].breaks, Some(LimitedBy::MaxParams));
    // A cap below the best: what it costs shows in the sizes beyond it.
    let tight = AllocationOptions::default().with_max_params(n / 4.0);
    let regret = law.regret(1e24, &tight).unwrap();
    assert!(regret.sizes[3].excess_loss.estimate < 0.0 && regret.sizes[3].breaks.is_some());
    assert!(regret.sizes[3].flops_to_match.unwrap().estimate < 1e24);
}

#[test]
fn memory_and_latency_cap_what_is_served() {
    let law = published();
    let n = law.allocate(1e24, &AllocationOptions::default()).unwrap().average_params.estimate;
    let plain = AllocationOptions::default;
    for (options, most, by) in [
        (plain().with_max_memory(n), n / 2.0, LimitedBy::MaxMemory),
        (plain().with_max_memory(n / 4.0).with_bytes_per_param(0.5), n / 2.0, LimitedBy::MaxMemory),
        (plain().with_max_latency(0.01).with_flops_per_second(100.0 * n), n / 2.0, LimitedBy::MaxLatency),
        (plain().with_max_memory(n).with_max_params(n / 3.0), n / 3.0, LimitedBy::MaxParams),
    ] {
        let run = law.allocate(1e24, &options).unwrap();
        assert_eq!(run.limited_by, Some(by));
        near(run.final_params.estimate, most, 1e-12);
        let back = law.cheapest(run.loss.estimate, &options).unwrap();
        assert_eq!(back.limited_by, Some(by));
    }
    // A sparse network takes 2 bytes for each value that is left, and a bit for each that could have been pruned.
    let shape = RunShape::new(&pruned()).unwrap();
    let sparse = law.allocate(1e24, &plain().with_shape(shape.clone()).with_max_memory(n / 4.0)).unwrap();
    near(2.0 * sparse.final_params.estimate + sparse.initial_params.estimate / 8.0, n / 4.0, 1e-12);
    // Served at a speedup, it takes 2 N0 / X FLOPs a token.
    let slow = plain().with_shape(shape).with_max_latency(0.01).with_flops_per_second(20.0 * n);
    let slow = slow.with_inference_tokens(1e9).with_sparse_speedup(2.0);
    let run = law.allocate(1e24, &slow).unwrap();
    near(2.0 * run.initial_params.estimate / 2.0 / (20.0 * n), 0.01, 1e-12);
    // In plans, what is served is within the memory.
    let plan = law.plan(&PlanOptions::new(1e24).with_runs(plain().with_max_memory(n / 2.0))).unwrap();
    for run in &plan.runs {
        assert!(run.served_bytes.estimate <= n / 2.0 * (1.0 + 1e-9), "{run:?}");
        assert_eq!(run.regret.as_ref().unwrap().sizes[2].loss.estimate, run.loss.estimate);
    }
    assert_eq!(plan.runs[0].limited_by, Some(LimitedBy::MaxMemory));
    let refused = |options: AllocationOptions, parts: &[&str]| {
        says(&law.allocate(1e24, &options).unwrap_err().to_string(), parts);
    };
    refused(plain().with_max_latency(0.01), &["max_latency", "flops_per_second"]);
    refused(plain().with_flops_per_second(1e12), &["flops_per_second", "no effect"]);
    refused(plain().with_max_memory(0.0), &["max_memory", "positive"]);
    refused(plain().with_max_memory(2e9).with_max_tokens(1e12), &["`max_memory`", "1.000e24"]);
}
