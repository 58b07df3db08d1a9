//! Every law: the optimum is one, and what is asked for is what the law predicts.

use nbar::answer::{Allocation, AllocationOptions, RunShape};
use nbar::predict::NewRun;
use nbar::{BootstrapOptions, Ensemble, Extent, Network, Schedule, Size};

use crate::common::near::near;
use crate::{dense, drawn, pruned, repeated, replicates, sparse};

/// The law's loss of a run of a schedule, by way of the integrated run.
fn predicted(
    ensemble: &Ensemble,
    schedule: &Schedule,
    initial: f64,
    tokens: f64,
    unique: Option<f64>,
) -> f64 {
    let run = NewRun::new(schedule.trajectory(Network::new(initial), Extent::new(tokens)).unwrap());
    let run = unique.into_iter().fold(run, |run, u| run.with_unique_tokens(u.min(tokens)).unwrap());
    ensemble.predict_run(&run).unwrap().loss.estimate
}

/// No split of the same cost on either side is better, and the loss is the law's.
fn is_best(ensemble: &Ensemble, schedule: &Schedule, options: &AllocationOptions, run: &Allocation) {
    let (served, average) = (options.inference_tokens * options.served_ratio(), run.average_params.estimate);
    let total = average * (6.0 * run.tokens.estimate + 2.0 * served);
    near(total, run.total_flops.estimate, 1e-9);
    let at = |factor: f64| {
        let tokens = run.tokens.estimate * factor;
        let average = total / (6.0 * tokens + 2.0 * served);
        let initial = average * run.initial_params.estimate / run.average_params.estimate;
        predicted(ensemble, schedule, initial, tokens, options.unique_tokens)
    };
    let name = &ensemble.fit.law().spec().name;
    near(at(1.0), run.loss.estimate, 1e-9);
    for factor in [0.5, 0.98, 1.02, 2.0] {
        assert!(
            at(factor) > at(1.0),
            "{name}: {} at {factor} times the tokens, {} at once",
            at(factor),
            at(1.0)
        );
    }
}

#[test]
fn no_other_split_is_better_under_any_law() {
    let unique = AllocationOptions::default().with_unique_tokens(1e11);
    let plain = AllocationOptions::default();
    let shape = RunShape::new(&pruned()).unwrap();
    let dense_laws = ["chinchilla", "tied", "overtraining", "kaplan", "coupled", "averaged"];
    let cases = dense_laws.map(|law| (dense(law), &plain, 1e23)).into_iter().chain([
        (repeated(), &unique, 1e23),
        (sparse("sparse", Size::AVERAGE), &plain, 1e21),
        (sparse("power-mean", Size::AVERAGE), &plain, 1e21),
        (sparse("chinchilla", Size::GEOMETRIC), &plain, 1e21),
        (sparse("chinchilla", Size::Final), &plain, 1e21),
    ]);
    for (ensemble, options, flops) in cases {
        for (schedule, shape) in [(Schedule::Dense, RunShape::default()), (pruned(), shape.clone())] {
            let options = options.clone().with_shape(shape);
            let run = ensemble.allocate(flops, &options).unwrap();
            is_best(&ensemble, &schedule, &options, &run);
            let served = options.with_inference_tokens(1e12);
            let run = ensemble.allocate(flops, &served).unwrap();
            is_best(&ensemble, &schedule, &served, &run);
            // The cheapest run of that loss is this one.
            let back = ensemble.cheapest(run.loss.estimate, &served).unwrap();
            near(back.total_flops.estimate, flops, 1e-7);
            is_best(&ensemble, &schedule, &served, &back);
            assert_eq!((run.limited_by, back.limited_by, run.reachable), (None, None, 1.0));
        }
    }
}

#[test]
fn laws_that_are_searched_meet_their_conditions() {
    // Kaplan: with f = (Nc/N)^(αN/αD) and g = Dc/D, the least of (f + g)^αD has αN/αD f = g (1 + T/(3D)).
    let ensemble = dense("kaplan");
    let &[nc, dc, alpha_n, alpha_d] = ensemble.fit.parameters.as_slice() else { panic!("four parameters") };
    for served in [0.0, 1e12] {
        let run =
            ensemble.allocate(1e23, &AllocationOptions::default().with_inference_tokens(served)).unwrap();
        let (n, d) = (run.average_params.estimate, run.tokens.estimate);
        let ratio = alpha_n / alpha_d * (nc / n).powf(alpha_n / alpha_d) / (dc / d);
        near(ratio, 1.0 + served / (3.0 * d), 1e-6);
    }
    // Coupled: α (A/N^α)^(1/q) = β (B/D^β)^(1/q).
    let ensemble = dense("coupled");
    let &[_, a, b, alpha, beta, q] = ensemble.fit.parameters.as_slice() else { panic!("six parameters") };
    let run = ensemble.allocate(1e23, &AllocationOptions::default()).unwrap();
    let (n, d) = (run.average_params.estimate, run.tokens.estimate);
    let ratio = alpha / beta * (a / n.powf(alpha) / (b / d.powf(beta))).powf(1.0 / q);
    near(ratio, 1.0, 1e-6 / q);
    // Averaged on dense runs: the closed form.
    let ensemble = dense("averaged");
    let law = ensemble.fit.separable().unwrap();
    let run = ensemble.allocate(1e23, &AllocationOptions::default()).unwrap();
    near(run.average_params.estimate, law.optimum(1e23).0, 1e-12);
    near(law.alpha, ensemble.fit.parameter("alpha").unwrap(), 1e-15);
    // Gadre et al.'s letters: α = β = 2 η.
    let overtraining = dense("overtraining").fit;
    near(overtraining.separable().unwrap().alpha, 2.0 * overtraining.parameter("eta").unwrap(), 1e-15);
    near(overtraining.optimum_exponents().unwrap().0, 0.5, 1e-15);
}

#[test]
fn the_condition_with_serving_holds_for_dense_and_sparse_runs() {
    let ensemble = sparse("chinchilla", Size::GEOMETRIC);
    let &[_, a, b, alpha, beta] = ensemble.fit.parameters.as_slice() else { panic!("five parameters") };
    let shape = RunShape::new(&pruned()).unwrap();
    let sparse = AllocationOptions::default().with_shape(shape);
    let dense = (AllocationOptions::default(), Schedule::Dense);
    for (options, schedule) in
        [dense, (sparse.clone(), pruned()), (sparse.with_sparse_speedup(1.3), pruned())]
    {
        let run = NewRun::new(schedule.trajectory(Network::new(1.0), Extent::new(1.0)).unwrap());
        let over = |size: Size| run.params(size) / run.trajectory().average_params();
        let served =
            options.sparse_speedup.map_or(over(Size::Final), |speedup| over(Size::Initial) / speedup);
        let law = over(Size::GEOMETRIC);
        for tokens in [1e9, 1e11, 1e13] {
            let options = options.clone().with_inference_tokens(tokens);
            let of_budget = ensemble.allocate(1e21, &options).unwrap();
            for run in [ensemble.cheapest(of_budget.loss.estimate, &options).unwrap(), of_budget] {
                let (n, d) = (law * run.average_params.estimate, run.tokens.estimate);
                let ratio = alpha * a * n.powf(-alpha) / (beta * b * d.powf(-beta));
                near(ratio, 1.0 + served * tokens / (3.0 * d), 1e-9);
                near(run.serving_flops.estimate, 2.0 * served * tokens * run.average_params.estimate, 1e-12);
                near(run.flops.estimate + run.serving_flops.estimate, run.total_flops.estimate, 1e-12);
            }
        }
    }
}

#[test]
fn inverse_questions_come_back_to_the_loss_under_any_law() {
    let shapes = [Schedule::Dense, pruned()];
    let laws = ["chinchilla", "averaged", "power-mean", "schedule", "sparse", "sparse-density"];
    for ensemble in laws.map(|law| sparse(law, Size::AVERAGE)) {
        let name = &ensemble.fit.law().spec().name;
        for schedule in &shapes {
            let options = AllocationOptions::default().with_shape(RunShape::new(schedule).unwrap());
            let loss = predicted(&ensemble, schedule, 5e7, 1e11, None);
            let tokens = ensemble.tokens_for(loss, 5e7, &options).unwrap();
            near(tokens.tokens.estimate, 1e11, 1e-9);
            assert_eq!(tokens.initial_params.interval, [tokens.initial_params.estimate; 2], "{name}");
            let params = ensemble.params_for(loss, 1e11, &options).unwrap();
            near(params.initial_params.estimate, 5e7, 1e-9);
            near(predicted(&ensemble, schedule, params.initial_params.estimate, 1e11, None), loss, 1e-12);
        }
        // A network that ends with 20M parameters, as good as the one pruned from 50M to 20M.
        let loss = predicted(&ensemble, &pruned().with_final_sparsity(0.6).unwrap(), 5e7, 1e11, None);
        let answer =
            ensemble.sparsity_for(loss, 2e7, 1e11, &pruned(), &AllocationOptions::default()).unwrap();
        near(answer.sparsity.estimate, 0.6, 1e-8);
        near(answer.initial_params.estimate, 5e7, 1e-8);
        let [lower, upper] = answer.sparsity.interval;
        assert!(lower <= 0.6 && 0.6 <= upper && answer.tokens.interval == [1e11; 2], "{name}: {answer:?}");
        // The counts are those of the sparsities, and none is below what is left.
        let ends = answer.sparsity.interval.into_iter().zip(answer.initial_params.interval);
        ends.filter(|(_, initial)| initial.is_finite())
            .for_each(|(sparsity, initial)| near(1.0 - sparsity, 2e7 / initial, 1e-9));
        assert!(answer.average_params.interval[0] >= 2e7, "{name}: {answer:?}");
        let alone = nbar::Ensemble::without_draws(ensemble.fit.clone());
        let answer = alone.sparsity_for(loss, 2e7, 1e11, &pruned(), &AllocationOptions::default()).unwrap();
        let ends = [answer.initial_params, answer.average_params, answer.sparsity].map(|of| of.interval);
        assert!(
            ends.as_flattened().iter().all(|end| end.is_nan()),
            "without draws nothing is known: {ends:?}"
        );
    }
}

#[test]
fn intervals_are_those_of_the_closed_form_in_every_draw() {
    use nbar::bootstrap::Interval;
    for interval in [Interval::Corrected, Interval::Percentile, Interval::Basic, Interval::Bca] {
        let options = replicates(30).with_interval(interval).with_bend(false);
        let ensemble = drawn("overtraining", "chinchilla", Size::AVERAGE, &options);
        let run = ensemble.allocate(1e22, &AllocationOptions::default()).unwrap();
        let params = ensemble.estimate(|p| {
            let g = (p[3] * p[1] / (p[4] * p[2])).powf(1.0 / (p[3] + p[4]));
            g * (1e22f64 / 6.0).powf(p[4] / (p[3] + p[4]))
        });
        for k in 0..2 {
            near(run.average_params.interval[k], params.interval[k], 1e-10);
        }
        near(run.average_params.std_error, params.std_error, 1e-10);
        assert_eq!(ensemble.options.level, BootstrapOptions::default().level);
    }
}
