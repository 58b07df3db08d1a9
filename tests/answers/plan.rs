//! Plans: schedules in whole steps, networks of a size, and which run is best.

use nbar::answer::AllocationOptions;
use nbar::answer::{EqualLoss, Plan, PlanOptions, PlannedRun};
use nbar::law::{Law, chinchilla};
use nbar::network::shapes;
use nbar::schedule::{Extent, Network, PlannedSchedule, Ramp, Schedule, Shape, Unit};
use nbar::{Ensemble, Error, Result, Size};

use crate::common::near::near;
use crate::{drawn, replicates};

fn dense() -> Ensemble {
    drawn("chinchilla", "chinchilla", Size::AVERAGE, &replicates(100))
}

/// A law whose N is not N̄: sparse runs need more training for the same loss.
fn geometric() -> Ensemble {
    drawn("t5_c4_sparse", "chinchilla", Size::GEOMETRIC, &replicates(100))
}

fn served(tokens: f64) -> PlanOptions {
    let mut options = PlanOptions::new(1e22).with_step_tokens(1e6);
    options.runs.inference_tokens = tokens;
    options
}

fn sped(tokens: f64, speedup: f64) -> PlanOptions {
    let mut options = served(tokens);
    options.runs.sparse_speedup = Some(speedup);
    options
}

fn equal(run: &PlannedRun) -> EqualLoss {
    run.at_dense_loss.expect("it reaches that loss")
}

fn density(ramp: &Ramp, steps: f64) -> f64 {
    let extent = Extent::new(steps).with_steps(steps);
    Schedule::from(ramp.clone()).trajectory(Network::new(1.0), extent).expect("possible").average_params()
}

/// The ramp in whole steps, of a run of so many steps of a token each.
fn in_whole_steps(ramp: &Ramp, steps: u64, every: u64) -> Result<Ramp> {
    let extent = Extent::new(steps as f64).with_steps(steps as f64);
    PlannedSchedule::of_run(ramp, Network::new(1.0), extent, every).map(|planned| planned.ramp)
}

/// A law of N̄ has one surface for all runs, bent or not: what costs least for one loss rises with the price of serving.
#[test]
fn of_one_surface_what_is_cheaper_to_serve_is_cheaper_in_every_draw() {
    let ensemble = drawn("chinchilla", "chinchilla", Size::AVERAGE, &replicates(400));
    let options = PlanOptions::new(1e23).with_step_tokens(1e6).with_sparsities(vec![0.0, 0.5, 0.8]);
    let mut options = options;
    options.runs.inference_tokens = 2e12;
    options.runs.sparse_speedup = Some(1.6);
    let plan = ensemble.plan(&options).expect("a plan");
    let least: Vec<_> = plan.runs.iter().map(|run| run.at_least_total.expect("it is served")).collect();
    // FLOPs of serving a token over N̄: 2 where dense, and 1.8 and 3.1.
    let [dense, half, fifth] = least[..] else { panic!("three runs") };
    assert_eq!((dense.cheapest, fifth.cheapest), (0.0, 0.0), "{}", half.cheapest);
    for end in [0, 1] {
        let [half, dense, fifth] = [half, dense, fifth].map(|run| run.total_flops.interval[end]);
        assert!(half <= dense && dense <= fifth, "{half} {dense} {fifth}");
    }
}

#[test]
fn a_published_schedule_is_the_nearest_in_whole_steps() {
    // 25 to 75 % of the compute, as Jin et al. (2025) prune; in steps, by their closed form (reference: m = s / -ln(1-s)).
    let asked = Ramp::new(Shape::Geometric, 0.8, 0.25, 0.75, Unit::Compute);
    let ramp = in_whole_steps(&asked, 25_050, 100).expect("it fits");
    assert_eq!((ramp.start, ramp.end, ramp.every, ramp.unit), (2500.0, 12_600.0, Some(100.0), Unit::Step));
    let over_dense = 0.25 + 0.5 * 5f64.ln() / 0.8 + 0.25 / 0.2;
    let [start, end] = [0.25, 0.25 + 0.5 * 5f64.ln() / 0.8].map(|share| 25_050.0 * share / over_dense);
    assert!((start - 2499.1).abs() < 0.05 && (end - 12_554.5).abs() < 0.05, "{start} {end}");
    // The model card says 0.3984.
    near(density(&ramp, 25_050.0), 0.3984, 3e-3);
    near(density(&ramp, 25_050.0), 1.0 / over_dense, 1e-3);
}

#[test]
fn whole_steps_are_the_nearest_multiples() {
    let shapes =
        [Shape::Linear, Shape::Cubic, Shape::Polynomial { power: 1.5 }, Shape::Geometric, Shape::Cosine];
    for i in 0..2000u32 {
        let of = |prime: u32, modulus: u32| f64::from(i * prime % modulus) / f64::from(modulus);
        let (start, unit) = (0.7 * of(7, 101), if i % 2 == 0 { Unit::Compute } else { Unit::Fraction });
        let end = start + (1.0 - start) * (0.1 + 0.9 * of(13, 103));
        let asked = Ramp::new(shapes[i as usize % 5], 0.05 + 0.9 * of(11, 97), start, end, unit);
        let (steps, every) = (5000 + u64::from(i), 1 + u64::from(i % 40));
        let ramp = in_whole_steps(&asked, steps, every).expect("it fits");
        let smooth = Schedule::from(asked.clone());
        let extent = Extent::new(steps as f64).with_steps(steps as f64);
        let trajectory = smooth.trajectory(Network::new(1.0), extent).expect("possible");
        let (from, to) = trajectory.pruning_tokens().expect("it prunes");
        let every = every as f64;
        assert!((ramp.start - from).abs() <= 0.5 * every + 1e-6, "{asked:?}: {}", ramp.start);
        // The last multiple may lie before the run's end, and then the nearest is not there.
        assert!((ramp.end - to).abs() <= every + 1e-6 && ramp.end <= steps as f64, "{asked:?}: {}", ramp.end);
        assert_eq!([ramp.start % every, ramp.end % every], [0.0; 2]);
        assert_eq!(ramp.every, Some(every));
    }
}

/// The pasted schedule integrated again, for N₀ in whole parameters.
fn assert_feasible(plan: &Plan) {
    for run in &plan.runs {
        let Some(schedule) = &run.schedule else { continue };
        let steps = run.steps as f64;
        let tokens = steps * plan.step_tokens;
        assert!((tokens - run.tokens.estimate).abs() <= 0.5 * plan.step_tokens);
        let initial = run.initial_params.estimate.round();
        let trajectory = Schedule::from(schedule.ramp.clone())
            .trajectory(Network::new(initial), Extent::new(tokens).with_steps(steps))
            .expect("feasible");
        near(trajectory.average_params(), run.average_params.estimate, 1e-8);
        near(trajectory.final_params(), run.final_params.estimate, 1e-8);
        assert_eq!(schedule.ramp.final_sparsity, run.sparsity);
        assert_eq!(
            [schedule.start_step as f64, schedule.end_step as f64],
            [schedule.ramp.start, schedule.ramp.end]
        );
        near(schedule.end_tokens, schedule.end_step as f64 * plan.step_tokens, 1e-15);
        assert!(schedule.ramp.unit == Unit::Step && schedule.end_step <= run.steps);
        // It is where it was asked to be.
        let half = 0.5 * schedule.every_steps as f64;
        assert!((schedule.start_step as f64 - schedule.asked_start_step).abs() <= half);
        assert!((schedule.end_step as f64 - schedule.asked_end_step).abs() <= half);
    }
}

#[test]
fn pasted_schedules_give_the_promised_average() {
    for ensemble in [dense(), geometric()] {
        for shape in [Shape::Linear, Shape::Cubic, Shape::Geometric, Shape::Cosine] {
            let ramp = Ramp::new(shape, 0.0, 0.25, 0.75, Unit::Compute);
            assert_feasible(
                &ensemble.plan(&served(2e12).with_ramp(ramp).with_every(5000)).expect("it can be planned"),
            );
        }
    }
}

#[test]
fn under_a_law_of_the_average_sparse_runs_lose_nothing() {
    // Best runs of a law that bends are found to 1e-6.
    let mut ensemble = dense();
    ensemble.options.bend = false;
    let plan = ensemble.plan(&served(2e12)).expect("it can be planned");
    let allocation = ensemble.allocate(1e22, &AllocationOptions::default()).expect("it can be allocated");
    for run in &plan.runs {
        let pairs = [
            (run.average_params, allocation.average_params),
            (run.tokens, allocation.tokens),
            (run.loss, allocation.loss),
        ];
        for (planned, allocated) in pairs {
            near(planned.estimate, allocated.estimate, 1e-12);
            near(planned.interval[0], allocated.interval[0], 1e-12);
            near(planned.interval[1], allocated.interval[1], 1e-12);
        }
        near(equal(run).total_flops.estimate, run.total_flops.estimate, 1e-14);
        near(6.0 * run.average_params.estimate * run.tokens.estimate, 1e22, 1e-12);
        near(run.serving_flops.estimate, 2.0 * run.final_params.estimate * 2e12, 1e-12);
        let mask = if run.sparsity > 0.0 { run.initial_params.estimate / 8.0 } else { 0.0 };
        near(run.served_bytes.estimate, 2.0 * run.final_params.estimate + mask, 1e-12);
        near(run.final_params.estimate, (1.0 - run.sparsity) * run.initial_params.estimate, 1e-12);
        assert_eq!(run.least_loss, 0.25);
    }
    assert_eq!(
        (plan.best_by_loss, plan.best_by_total, plan.best_by_least_total),
        (None, Some(0.8), Some(0.8))
    );
    let served_too = AllocationOptions::default().with_inference_tokens(2e12);
    let cheapest = ensemble.cheapest(plan.runs[0].loss.estimate, &served_too).expect("it is reached");
    let least = plan.runs[0].at_least_total.expect("it is served");
    near(least.total_flops.estimate, cheapest.total_flops.estimate, 1e-12);
    assert_eq!(equal(&plan.runs[3]).cheapest, 1.0);
    assert!(plan.break_even.is_empty());
    // Without serving there is nothing to choose.
    let plan = ensemble.plan(&served(0.0)).expect("it can be planned");
    assert_eq!((plan.best_by_loss, plan.best_by_total, plan.best_by_least_total), (None, None, None));
    assert!(plan.runs.iter().all(|run| run.at_least_total.is_none()));
}

#[test]
fn at_the_dense_loss_no_split_trains_for_less() {
    let ensemble = geometric();
    let parameters = &ensemble.fit.parameters;
    let plan = ensemble.plan(&served(2e12)).expect("it can be planned");
    assert_eq!(plan.best_by_loss, Some(0.0));
    let target = plan.runs[0].loss.estimate;
    let [e, a, b, alpha, beta] = parameters[..] else { panic!("five parameters") };
    for run in &plan.runs {
        let equal = equal(run);
        let trajectory = match &run.schedule {
            Some(schedule) => Schedule::from(schedule.ramp.clone()),
            None => Schedule::Dense,
        }
        .trajectory(Network::new(1.0), Extent::new(1.0).with_steps(run.steps as f64))
        .expect("feasible");
        let ratio = trajectory.power_mean(0.0) / trajectory.average_params();
        let loss = |average: f64, tokens: f64| chinchilla().loss(parameters, &[ratio * average, tokens]);
        near(loss(equal.average_params.estimate, equal.tokens.estimate), target, 1e-12);
        near(loss(run.average_params.estimate, run.tokens.estimate), run.loss.estimate, 1e-12);
        let cost = 6.0 * equal.average_params.estimate * equal.tokens.estimate;
        near(cost, equal.training_flops.estimate, 1e-12);
        for step in (-40..=40).filter(|step| *step != 0) {
            let tokens = equal.tokens.estimate * (0.01 * f64::from(step)).exp();
            let left = target - e - b * tokens.powf(-beta);
            let average = (a / left).powf(1.0 / alpha) / ratio;
            assert!(6.0 * average * tokens > cost, "{step}");
        }
    }
}

#[test]
fn break_evens_are_where_the_answer_changes() {
    let ensemble = geometric();
    let best = |tokens: f64| {
        let plan = ensemble.plan(&served(tokens)).expect("it can be planned");
        (plan.best_by_total.expect("they differ"), plan)
    };
    let (first, plan) = best(2e12);
    assert!(!plan.break_even.is_empty());
    let shares: f64 = plan.runs.iter().map(|run| equal(run).cheapest).sum();
    near(shares, 1.0, 1e-12);
    for other in &plan.break_even {
        let at = other.inference_tokens.estimate;
        let (nearer, farther) = if at < 2e12 { (1.001, 0.999) } else { (0.999, 1.001) };
        assert_eq!(best(at * nearer).0, first);
        assert_eq!(best(at * farther).0, other.sparsity);
        assert!(other.inference_tokens.interval[0] < at && at < other.inference_tokens.interval[1]);
    }
}

#[test]
fn at_the_break_even_speedup_sparse_costs_what_dense_does() {
    let mut found = [0; 8];
    for ensemble in [dense(), geometric()] {
        let plan = ensemble.plan(&served(2e12)).expect("it can be planned");
        assert_eq!(plan.runs[0].break_even_speedup, None);
        for (i, run) in plan.runs.iter().enumerate().skip(1) {
            let sparsities = vec![0.0, run.sparsity];
            let at = |speedup: f64| {
                let options = sped(2e12, speedup).with_sparsities(sparsities.clone());
                let again = ensemble.plan(&options).expect("it can be planned");
                [0, 1].map(|i| equal(&again.runs[i]).total_flops.estimate)
            };
            match run.break_even_speedup {
                Some(speedup) => {
                    let [dense, sparse] = at(speedup);
                    near(sparse, dense, 1e-12);
                    found[i] += 1;
                }
                // Not even the ideal is enough.
                None => {
                    let [dense, sparse] = at(1.0 / (1.0 - run.sparsity));
                    assert!(sparse > dense, "{sparse} {dense}");
                }
            }
        }
    }
    assert!(found.iter().sum::<i32>() > 1, "{found:?}");
}

#[test]
fn published_networks_have_their_published_sizes() {
    // Jin et al. (2025): 58M, 162M, 468M and 1.20B in all are 41.55M, 137.82M, 435.42M and 1139.28M prunable ones.
    let published = [
        (41.55e6, 41_549_824, [6, 512, 2048]),
        (137.82e6, 137_822_208, [12, 768, 3072]),
        (435.42e6, 435_421_184, [24, 1024, 4096]),
        (1139.28e6, 1_139_277_824, [16, 2048, 8192]),
    ];
    for (params, exact, network) in published {
        let named = shapes(params, 32_000).expect("there are networks");
        assert_eq!([named[0].layers, named[0].width, named[0].ff], network);
        assert_eq!(named[0].prunable_params, exact);
        assert_eq!(named.len(), 3);
    }
}

#[test]
fn networks_of_every_size_can_be_built() {
    for k in 0..=500 {
        let params = 3e7 * 10f64.powf(f64::from(k) / 100.0);
        let named = shapes(params, 32_000).expect("there are networks");
        let off = |i: usize| (named[i].prunable_params as f64 / params).ln().abs();
        assert!(off(0) <= off(1) && off(1) <= off(2) && off(0) < 0.07, "{params}: {named:?}");
        for network in named {
            let aspect = network.width as f64 / network.layers as f64;
            assert!((32.0..=160.0).contains(&aspect));
            assert!(network.width % 64 == 0 && network.ff % 64 == 0 && network.layers % 2 == 0);
            assert!(
                [64, 128].contains(&(network.width / network.heads)) && network.width % network.heads == 0
            );
        }
    }
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let ensemble = dense();
    let refused = |options: PlanOptions, part: &str| {
        let message = ensemble.plan(&options).expect_err("it is refused").to_string();
        assert!(message.contains(part), "{message}");
    };
    for flops in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        refused(PlanOptions::new(flops), "flops");
    }
    refused(served(-1.0), "inference_tokens");
    refused(served(1.0).with_step_tokens(0.0), "step_tokens");
    refused(sped(1.0, 0.0), "sparse_speedup");
    refused(served(1.0).with_sparsities(vec![0.0, 1.0]), "`final_sparsity` 1 is not a fraction");
    refused(served(1.0).with_sparsities(vec![0.5, 0.5]), "is listed twice");
    refused(served(1.0).with_sparsities(Vec::new()), "sparsities");
    refused(served(1.0).with_every(0), "at least 1 step");
    refused(served(1.0).with_every(10_000_000), "have no room");
    refused(served(1.0).with_ramp(Ramp::new(Shape::Cubic, 0.0, 10.0, 20.0, Unit::Step)), "steps");
    refused(served(1.0).with_ramp(Ramp::new(Shape::Cubic, 0.0, 0.75, 0.25, Unit::Compute)), "swap them");
    refused(
        served(1.0).with_ramp(Ramp::new(Shape::Cubic, 0.0, 0.25, 1.5, Unit::Compute)),
        "beyond the run's end",
    );
    let whole = |ramp: Ramp| in_whole_steps(&ramp, 1000, 10).expect_err("it is refused");
    let of = |sparsity, unit| Ramp::new(Shape::Cubic, sparsity, 0.25, 0.75, unit);
    assert!(matches!(whole(of(0.0, Unit::Compute)), Error::Unanswerable { .. }));
    // Tokens 0.25 to 0.75 are within one step.
    assert!(matches!(whole(of(0.5, Unit::Token)), Error::Unanswerable { .. }));
    let refused = |params| shapes(params, 32_000).expect_err("there is none").to_string();
    assert!(refused(1e5).contains("give more parameters") && refused(1e18).contains("give fewer parameters"));
    assert!(shapes(f64::NAN, 32_000).is_err() && shapes(1e9, 0).is_err());
}

#[test]
fn laws_without_an_optimum_are_refused() {
    let ensemble = drawn("overtraining", "compute", Size::AVERAGE, &replicates(20));
    let message = ensemble.plan(&PlanOptions::new(1e22)).expect_err("no N in it").to_string();
    assert!(message.contains("compute law"), "{message}");
}
