//! Plans and designs under every law, and parameters that a question does not need.

use nbar::answer::PlanOptions;
use nbar::answer::{AllocationOptions, LimitedBy, RunShape};
use nbar::design::DesignOptions;
use nbar::fit::Freedom;
use nbar::predict::NewRun;
use nbar::schedule::{Ramp, Shape, Unit};
use nbar::{Ensemble, Extent, Network, Schedule, Size};

use crate::common::near::near;
use crate::{dense, drawn, pruned, repeated, replicates, sparse};

/// Pasted schedules have the loss that is promised, at the budget and at the dense loss, and no run of the same cost is better.
fn keeps_its_promises(ensemble: &Ensemble, flops: f64, unique: Option<f64>) {
    let mut options = PlanOptions::new(flops).with_every(10).with_step_tokens(1e6);
    options.runs.inference_tokens = 1e12;
    options.runs.unique_tokens = unique;
    let plan = ensemble.plan(&options).unwrap();
    let name = &ensemble.fit.law().spec().name;
    let target = plan.runs[0].loss.estimate;
    for run in &plan.runs {
        let schedule = run.schedule.as_ref().map_or(Schedule::Dense, |s| Schedule::from(s.ramp.clone()));
        let steps = run.steps as f64;
        let one = schedule
            .trajectory(Network::new(1.0), Extent::new(1.0).with_steps(steps))
            .unwrap()
            .average_params();
        let loss = |average: f64, tokens: f64| {
            let extent = Extent::new(tokens).with_steps(steps);
            let new = NewRun::new(schedule.trajectory(Network::new(average / one), extent).unwrap());
            let new = unique.into_iter().fold(new, |new, u| new.with_unique_tokens(u.min(tokens)).unwrap());
            ensemble.predict_run(&new).unwrap().loss
        };
        let (average, tokens) = (run.average_params.estimate, run.tokens.estimate);
        near(6.0 * average * tokens, flops, 1e-9);
        near(run.initial_params.estimate * one, average, 1e-12);
        let at_best = loss(average, tokens).estimate;
        near(at_best, run.loss.estimate, 1e-9);
        for factor in [0.95f64, 1.05] {
            assert!(loss(average / factor, tokens * factor).estimate > at_best, "{name} {}", run.sparsity);
        }
        // Of draws that are all at the dense run's own optimum it is an interval about the estimate.
        let [low, high] = run.loss.interval;
        assert!(
            low <= at_best * (1.0 + 1e-9) && at_best * (1.0 - 1e-9) <= high,
            "{name}: {low} {at_best} {high}"
        );
        let equal = run.at_dense_loss.unwrap();
        let (average, tokens) = (equal.average_params.estimate, equal.tokens.estimate);
        near(loss(average, tokens).estimate, target, 1e-9);
        near(6.0 * average * tokens, equal.training_flops.estimate, 1e-9);
        for factor in [0.95f64, 1.05] {
            assert!(loss(average / factor, tokens * factor).estimate > target, "{name} {}", run.sparsity);
        }
        let served = 2.0 * (1.0 - run.sparsity) / one * average * 1e12;
        near(equal.serving_flops.estimate, served, 1e-9);
        // Where training and serving together cost least, nothing of the same cost is better.
        let least = run.at_least_total.unwrap();
        let (average, tokens) = (least.average_params.estimate, least.tokens.estimate);
        near(loss(average, tokens).estimate, target, 1e-9);
        let (total, rate) = (least.total_flops.estimate, 2.0 * (1.0 - run.sparsity) / one * 1e12);
        near(average * (6.0 * tokens + rate), total, 1e-9);
        assert!(total < equal.total_flops.estimate, "{name} {}", run.sparsity);
        for factor in [0.95f64, 1.05] {
            let other = loss(total / (6.0 * tokens * factor + rate), tokens * factor).estimate;
            assert!(other > target, "{name} {}", run.sparsity);
        }
    }
    let shares = plan.runs.iter().map(|run| run.at_dense_loss.unwrap().cheapest).sum();
    near(shares, 1.0, 1e-9);
    near(plan.runs.iter().map(|run| run.least_loss).sum(), 1.0, 1e-9);
}

#[test]
fn plans_keep_their_promises_under_every_law() {
    for law in ["overtraining", "kaplan", "coupled", "averaged"] {
        keeps_its_promises(&dense(law), 1e22, None);
    }
    keeps_its_promises(&repeated(), 1e22, Some(1e11));
    for law in ["averaged", "power-mean", "schedule", "sparse", "sparse-density"] {
        keeps_its_promises(&sparse(law, Size::AVERAGE), 1e21, None);
    }
    keeps_its_promises(&sparse("chinchilla", Size::GEOMETRIC), 1e21, None);
}

#[test]
fn designs_lower_the_error_under_every_law() {
    let lowers = |ensemble: &Ensemble, options: &DesignOptions| {
        let design = ensemble.design(options).unwrap();
        assert_eq!(design.runs.len(), 3);
        assert!(design.runs[2].std_error < design.std_error, "{}", ensemble.fit.law().spec().name);
    };
    let options = DesignOptions::new(1e22, 1e21, 3);
    ["overtraining", "kaplan", "coupled"].iter().for_each(|law| lowers(&dense(law), &options));
    let message = repeated().design(&options).unwrap_err().to_string();
    assert!(message.contains("give `unique_tokens`"), "{message}");
    lowers(&repeated(), &options.with_unique_tokens(1e11));
    for law in ["averaged", "power-mean", "schedule", "sparse", "sparse-density"] {
        lowers(&sparse(law, Size::AVERAGE), &DesignOptions::new(1e20, 1e20, 3));
    }
}

#[test]
fn caps_hold_in_plans() {
    let ensemble = dense("chinchilla");
    let free = ensemble.plan(&PlanOptions::new(1e22)).unwrap();
    let runs = AllocationOptions::default().with_max_tokens(0.5 * free.runs[0].tokens.estimate);
    let capped = ensemble.plan(&PlanOptions::new(1e22).with_runs(runs.clone())).unwrap();
    for (run, free) in capped.runs.iter().zip(&free.runs) {
        assert_eq!(run.limited_by, Some(LimitedBy::MaxTokens));
        near(run.tokens.estimate, runs.max_tokens.unwrap(), 1e-12);
        near(6.0 * run.average_params.estimate * run.tokens.estimate, 1e22, 1e-9);
        assert!(run.loss.estimate > free.loss.estimate);
    }
}

#[test]
fn runs_of_any_budget_and_cap_have_a_schedule_in_whole_steps() {
    let law = |name: &str, constants: &[(&str, f64)]| {
        let law = nbar::law::by_name(name).unwrap();
        Ensemble::without_draws(nbar::Fit::of_constants(law, constants).unwrap())
    };
    let dense = [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
    let sparse =
        [("E", 1.6), ("a", 300.0), ("b", 0.6), ("c", 100.0), ("alpha", 0.34), ("B", 400.0), ("beta", 0.28)];
    let (chinchilla, sparse) = (law("chinchilla", &dense), law("sparse", &sparse));
    // Where a run that is longer by a step wants to be shorter by more than one, as steep ramps late in a run may.
    let averaged =
        law("averaged", &[("E", 1.7), ("A", 400.0), ("B", 410.0), ("alpha", 0.34), ("beta", 0.28)]);
    let power = law(
        "power-mean",
        &[("E", 1.7), ("A", 400.0), ("B", 410.0), ("alpha", 0.34), ("beta", 0.28), ("p", -0.7)],
    );
    for (ensemble, every) in [(&averaged, 50), (&averaged, 30), (&power, 50)] {
        for place in 0..12 {
            let flops = 5e18 * 10f64.powf(0.2 * f64::from(place));
            let mut options = PlanOptions::new(flops).with_sparsities(vec![0.95]).with_step_tokens(2e5);
            options.ramp = Ramp::new(Shape::Cosine, 0.95, 0.25, 0.95, Unit::Fraction);
            options.every = every;
            let plan = ensemble.plan(&options).unwrap();
            let steps = plan.runs[0].tokens.estimate / plan.step_tokens;
            assert!((steps - plan.runs[0].steps as f64).abs() <= 1.5, "{flops:e}: {steps}");
        }
    }
    for place in 0..40 {
        let flops = 1e19 * 10f64.powf(0.1 * f64::from(place));
        let free = chinchilla.plan(&PlanOptions::new(flops)).unwrap();
        let cap = free.runs[0].initial_params.estimate * (0.3 + 0.015 * f64::from(place));
        let capped = AllocationOptions::default().with_max_params(cap);
        for (ensemble, runs) in [(&chinchilla, capped), (&sparse, AllocationOptions::default())] {
            let plan = ensemble.plan(&PlanOptions::new(flops).with_runs(runs)).unwrap();
            for run in &plan.runs {
                let Some(schedule) = &run.schedule else { continue };
                // The steps of the schedule are those of the run, to one.
                let steps = run.tokens.estimate / plan.step_tokens;
                assert!((steps - run.steps as f64).abs() <= 1.5, "{flops:e}: {steps} for {}", run.steps);
                let every = schedule.every_steps as f64;
                let off = (schedule.start_step as f64 - schedule.asked_start_step).abs();
                assert!(off <= 1.5 * every, "{flops:e}: {off} of {every}");
            }
        }
    }
}

#[test]
fn a_parameter_that_is_not_identified_is_refused_only_where_it_counts() {
    // Dense runs say nothing about the order of a mean over N(t).
    let (ensemble, plain) = (dense("power-mean"), dense("chinchilla"));
    assert_eq!(ensemble.fit.freedom("p"), Freedom::Unidentified);
    let options = AllocationOptions::default();
    let (run, expected) =
        (ensemble.allocate(1e23, &options).unwrap(), plain.allocate(1e23, &options).unwrap());
    near(run.average_params.estimate, expected.average_params.estimate, 1e-6);
    near(run.loss.estimate, expected.loss.estimate, 1e-8);
    near(ensemble.fit.separable().unwrap().alpha, plain.fit.separable().unwrap().alpha, 1e-6);
    near(
        ensemble.predict(1e10, 1e12).unwrap().loss.estimate,
        plain.predict(1e10, 1e12).unwrap().loss.estimate,
        1e-8,
    );
    let dense_only = PlanOptions::new(1e22).with_sparsities(vec![0.0]);
    assert!(ensemble.plan(&dense_only).is_ok() && ensemble.tokens_for(2.5, 1e9, &options).is_ok());
    assert!(ensemble.design(&DesignOptions::new(1e22, 1e21, 2)).is_ok());

    let shape = options.with_shape(RunShape::new(&pruned()).unwrap());
    let new = NewRun::new(pruned().trajectory(Network::new(1e10), Extent::new(1e12)).unwrap());
    let ramp = Schedule::from(Ramp::new(Shape::Geometric, 0.5, 0.25, 0.75, Unit::Compute));
    for refused in [
        ensemble.allocate(1e23, &shape).unwrap_err(),
        ensemble.cheapest(2.2, &shape).unwrap_err(),
        ensemble.tokens_for(2.5, 1e9, &shape).unwrap_err(),
        ensemble.sparsity_for(2.2, 1e9, 1e12, &ramp, &AllocationOptions::default()).unwrap_err(),
        ensemble.plan(&PlanOptions::new(1e22)).unwrap_err(),
        ensemble.predict_run(&new).unwrap_err(),
    ] {
        let message = refused.to_string();
        assert!(message.contains("depends on p, which the sweep does not identify"), "{message}");
    }
}

#[test]
fn a_sweep_of_one_length_answers_for_that_length() {
    let ensemble = drawn("gemstones_hot", "chinchilla", Size::AVERAGE, &replicates(30));
    assert_eq!(ensemble.fit.free_parameters(), 3);
    let tokens = ensemble.fit.observations.tokens()[0];
    let params = ensemble.fit.observations.params()[0];
    let loss = ensemble.predict(params, tokens).unwrap().loss.estimate;
    near(
        ensemble.params_for(loss, tokens, &AllocationOptions::default()).unwrap().initial_params.estimate,
        params,
        1e-6,
    );
    for refused in [
        ensemble.predict(params, 2.0 * tokens).unwrap_err(),
        ensemble.allocate(1e22, &AllocationOptions::default()).unwrap_err(),
    ] {
        assert!(refused.to_string().contains("which the sweep does not identify"), "{refused}");
    }
}
