//! Matched pairs: the dense twin of a sparse run, and the sparse run that replaces a dense one.

use nbar::Size;
use nbar::answer::{SparseTwin, TwinOptions, Wanted, dense_twin, sparse_twin};
use nbar::predict::NewRun;
use nbar::schedule::{Extent, Network, PlannedSchedule, Ramp, Schedule, Shape, Unit};

use crate::common::near::near;
use crate::{drawn, replicates};

const SHAPES: [Shape; 5] =
    [Shape::Linear, Shape::Cubic, Shape::Polynomial { power: 1.5 }, Shape::Geometric, Shape::Cosine];
const UNITS: [Unit; 4] = [Unit::Compute, Unit::Fraction, Unit::Token, Unit::Step];

fn run_of(steps: f64) -> Extent {
    Extent::new(8e6 * steps).with_steps(steps)
}

fn replaced(last: f64, options: &TwinOptions) -> SparseTwin {
    sparse_twin(1e9, run_of(20_000.0), Wanted::FinalParams(last), options).unwrap()
}

fn over(unit: Unit) -> Ramp {
    Ramp::new(Shape::Geometric, 0.0, 0.25, 0.75, unit)
}

/// N̄ and N_final by walking through all steps: the definition, written again.
fn walked(twin: &SparseTwin) -> [f64; 2] {
    let ramp = &twin.schedule.ramp;
    let (opening, closing) = (1.0 - ramp.initial_sparsity, 1.0 - ramp.final_sparsity);
    let params = |step: u64| {
        let density = match ramp.every {
            _ if step < ramp.start as u64 => opening,
            _ if step >= ramp.end as u64 => closing,
            None => closing,
            Some(every) => {
                let n = (ramp.end - ramp.start) / every;
                let cuts = ((step as f64 - ramp.start) / every).floor();
                let left = 1.0 - cuts / n;
                match ramp.shape {
                    Shape::Geometric => opening * (closing / opening).powf((cuts + 1.0) / (n + 1.0)),
                    Shape::Cosine => {
                        closing + (opening - closing) * 0.5 * (1.0 + (std::f64::consts::PI * cuts / n).cos())
                    }
                    Shape::Linear => closing + (opening - closing) * left,
                    Shape::Cubic => closing + (opening - closing) * left.powi(3),
                    Shape::Polynomial { power } => closing + (opening - closing) * left.powf(power),
                    other => panic!("no formula for {other}"),
                }
            }
        };
        twin.fixed_params + (twin.initial_params - twin.fixed_params) * density
    };
    let mean = (0..twin.steps).map(params).sum::<f64>() / twin.steps as f64;
    [mean, params(twin.steps)]
}

/// The case of a number: a dense run, its steps, a final count and how it is pruned.
fn case(i: u32) -> (f64, Extent, Wanted, TwinOptions) {
    let of = |prime: u32, modulus: u32| f64::from(i * prime % modulus) / f64::from(modulus);
    let unit = UNITS[i as usize % 4];
    let steps = f64::from(3000 + i * 7919 % 7000);
    let start = 0.6 * of(7, 101);
    let end = start + (1.0 - start) * (0.3 + 0.7 * of(13, 103));
    let length = match unit {
        Unit::Token => 8e6 * steps,
        Unit::Step => steps,
        _ => 1.0,
    };
    let initial = if i.is_multiple_of(3) { 0.2 * of(17, 83) } else { 0.0 };
    let ramp = Ramp::new(SHAPES[i as usize % 5], 0.0, start * length, end * length, unit)
        .with_initial_sparsity(initial);
    let dense = 1e8 * (1.0 + 99.0 * of(23, 107));
    let fixed = if i.is_multiple_of(2) { 0.0 } else { dense * 0.1 * of(29, 109) };
    let options =
        TwinOptions::default().with_ramp(ramp).with_every(u64::from(1 + i % 60)).with_fixed_params(fixed);
    // A final count that can be reached: that of some sparsity.
    let sparsity = initial + (0.93 - initial) * (0.05 + 0.95 * of(11, 97));
    let known = sparse_twin(dense, run_of(steps), Wanted::Sparsity(sparsity), &options).unwrap();
    near(known.sparsity, sparsity, 0.0);
    near(walked(&known)[0], dense, 1e-11);
    (dense, run_of(steps), Wanted::FinalParams(known.final_params), options)
}

#[test]
fn pasted_schedules_give_the_average_of_the_dense_run_and_the_wanted_final_count() {
    for i in 0..1000 {
        let (dense, extent, wanted, options) = case(i);
        let twin =
            sparse_twin(dense, extent, wanted, &options).unwrap_or_else(|error| panic!("{i}: {error}"));
        let Wanted::FinalParams(last) = wanted else { panic!("a count") };
        let [average, end] = walked(&twin);
        near(average, dense, 1e-11);
        near(end, last, 1e-11);
        near(twin.final_params, last, 1e-11);
        assert_eq!(twin.average_params, dense);
        let trajectory = twin.trajectory().unwrap();
        near(trajectory.average_params(), dense, 1e-12);
        near(trajectory.final_params(), last, 1e-11);
        near(trajectory.initial_params(), twin.initial_params, 1e-14);
        assert_eq!(trajectory.tokens(), extent.tokens);
        // The cuts are where the smooth ramp to that sparsity has them.
        let PlannedSchedule { ramp, start_step, end_step, every_steps, .. } = &twin.schedule;
        assert_eq!([start_step % options.every, end_step % options.every], [0, 0]);
        assert!(*every_steps == options.every && ramp.unit == Unit::Step && *end_step <= twin.steps);
        let half = 0.5 * options.every as f64 + 1e-6;
        assert!((*start_step as f64 - twin.schedule.asked_start_step).abs() <= half, "{i}");
        assert!(twin.schedule.asked_end_step - *end_step as f64 <= 2.0 * half, "{i}");
        if twin.fixed_params == 0.0 && options.ramp.unit != Unit::Token {
            let mut asked = options.ramp.clone();
            asked.final_sparsity = twin.sparsity;
            // Neither the size nor the tokens of a step matter.
            let steps = twin.steps as f64;
            let extent = Extent::new(steps).with_steps(steps);
            let alone = PlannedSchedule::of_run(&asked, Network::new(1.0), extent, options.every).unwrap();
            assert_eq!(alone.ramp, *ramp);
        }
        // And back.
        let back = dense_twin(&trajectory).unwrap();
        near(back.trajectory().initial_params(), dense, 1e-12);
        near(back.flops(), 6.0 * dense * extent.tokens, 1e-12);
    }
}

#[test]
fn sparse_runs_are_as_much_smaller_as_published() {
    // Jin et al. (2025): N̄/N_final = 1.116, 1.277, 1.526 and 1.995, by 0.25 + 0.5/m + 0.25/(1-s) with m = s/-ln(1-s).
    let published = [(0.2, 1.116), (0.4, 1.277), (0.6, 1.526), (0.8f64, 1.995)];
    let options = TwinOptions::default().with_every(1);
    for (sparsity, smaller) in published {
        let mean = sparsity / -(-sparsity).ln_1p();
        let larger = 0.25 + 0.5 / mean + 0.25 / (1.0 - sparsity);
        let twin = sparse_twin(1e9, run_of(200_000.0), Wanted::Sparsity(sparsity), &options).unwrap();
        near(twin.initial_params / 1e9, larger, 2e-5);
        assert!((1e9 / twin.final_params - smaller).abs() < 6e-4);
        let last = 1e9 * larger * (1.0 - sparsity);
        let twin = sparse_twin(1e9, run_of(200_000.0), Wanted::FinalParams(last), &options).unwrap();
        near(twin.sparsity, sparsity, 2e-5);
    }
}

#[test]
fn units_that_mean_the_same_give_the_same_run() {
    let in_fractions = TwinOptions::default().with_ramp(over(Unit::Fraction)).with_fixed_params(5e7);
    let twin = replaced(6e8, &in_fractions);
    for (unit, length) in [(Unit::Step, 20_000.0), (Unit::Token, 1.6e11)] {
        let ramp = Ramp::new(Shape::Geometric, 0.0, 0.25 * length, 0.75 * length, unit);
        assert_eq!(replaced(6e8, &in_fractions.clone().with_ramp(ramp)), twin);
    }
    assert_eq!((twin.schedule.start_step, twin.schedule.end_step), (5000, 15_000));
    // Parameters that are never pruned: those that can be go as a run of these alone.
    let others = sparse_twin(
        9.5e8,
        run_of(20_000.0),
        Wanted::FinalParams(5.5e8),
        &in_fractions.clone().with_fixed_params(0.0),
    );
    let others = others.unwrap();
    near(twin.initial_params, others.initial_params + 5e7, 1e-12);
    near(twin.sparsity, others.sparsity, 1e-12);
}

#[test]
fn a_single_cut_is_a_ramp_that_ends_where_it_starts() {
    let cut = Ramp::new(Shape::Linear, 0.0, 0.5, 0.5, Unit::Fraction);
    let twin = replaced(8e8, &TwinOptions::default().with_ramp(cut));
    // Half of the tokens N₀, the other half 0.8 N̄.
    near(twin.initial_params, 1.2e9, 1e-12);
    near(twin.sparsity, 1.0 / 3.0, 1e-12);
    assert_eq!((twin.schedule.start_step, twin.schedule.every_steps), (10_000, 0));
}

#[test]
fn what_no_sparse_run_replaces_is_refused() {
    let options = TwinOptions::default();
    let extent = run_of(20_000.0);
    let refused = |dense: f64, extent: Extent, wanted: Wanted, options: &TwinOptions, part: &str| {
        let message = sparse_twin(dense, extent, wanted, options).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    for last in [1e9, 1.1e9] {
        refused(1e9, extent, Wanted::FinalParams(last), &options, "no fewer than the 1000000000");
    }
    // A quarter of the compute is spent on what is left: it cannot be less than a quarter of N̄.
    refused(1e9, extent, Wanted::FinalParams(2.4e8), &options, "are the fewest");
    // The fewest that are said are enough, where cuts do not move with the sparsity.
    let linear = Ramp::new(Shape::Linear, 0.5, 0.25, 0.75, Unit::Fraction);
    let linear = options.clone().with_ramp(linear);
    let message = sparse_twin(1e9, extent, Wanted::FinalParams(1e3), &linear).unwrap_err().to_string();
    let fewest = message.rsplit(' ').find_map(|word| word.parse::<f64>().ok()).unwrap();
    assert!(sparse_twin(1e9, extent, Wanted::FinalParams(fewest), &linear).is_ok(), "{message}");
    refused(1e9, extent, Wanted::FinalParams(fewest - 1.0), &linear, "are the fewest");
    // Cuts on their way to agree may leave more than those that agree: no fewest is said of them.
    for tenth in 0..30 {
        let last = (1.76 + 0.01 * f64::from(tenth)) * 1e9;
        let run = Extent::of_steps(1e12, 8e6);
        if let Err(error) = sparse_twin(7e9, run, Wanted::FinalParams(last), &options) {
            assert!(error.to_string().contains("do not settle"), "{last}: {error}");
        } else {
            let more = sparse_twin(7e9, run, Wanted::FinalParams(last + 1e8), &options);
            assert!(more.is_ok(), "{last}");
        }
    }
    for (sparsity, part) in [(0.0, "prunes nothing"), (1.0, "below 1"), (-0.1, "`final_sparsity` -0.1")] {
        refused(1e9, extent, Wanted::Sparsity(sparsity), &options, part);
    }
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        refused(value, extent, Wanted::Sparsity(0.5), &options, "dense_params");
        refused(1e9, extent, Wanted::FinalParams(value), &options, "final_params");
    }
    for fixed in [-1.0, 5e8, f64::NAN] {
        let options = options.clone().with_fixed_params(fixed);
        refused(1e9, extent, Wanted::FinalParams(5e8), &options, "fixed_params");
    }
    let half = Wanted::FinalParams(5e8);
    refused(1e9, Extent::new(1e11), half, &options, "steps");
    refused(1e9, Extent::new(1e11).with_steps(10.5), half, &options, "whole number of steps");
    refused(1e9, extent, half, &options.clone().with_every(0), "every");
    refused(
        1e9,
        extent,
        half,
        &options.clone().with_every(15_000),
        "two cuts 15000 steps apart have no room",
    );
    let starts = |initial: f64| options.clone().with_ramp(over(Unit::Compute).with_initial_sparsity(initial));
    refused(1e9, extent, half, &starts(1.0), "initial_sparsity");
    refused(1e9, extent, Wanted::Sparsity(0.3), &starts(0.4), "`final_sparsity`");
    let late = Ramp::new(Shape::Linear, 0.0, 0.25, 1.1, Unit::Fraction);
    refused(1e9, extent, half, &options.clone().with_ramp(late), "beyond the run's end");
}

#[test]
fn cuts_and_a_sparsity_that_chase_each_other_are_refused() {
    // Nearly all is pruned, in a few of many steps: with each step that the cuts move the sparsity moves them back.
    let ramp = Ramp::new(Shape::Cubic, 0.0, 0.217, 0.380, Unit::Compute);
    let refusals = (0..100).filter(|i| {
        let options = TwinOptions::default().with_ramp(ramp.clone()).with_every(1);
        let wanted = Wanted::FinalParams(6.201e8 + 5e3 * f64::from(*i));
        match sparse_twin(1e9, run_of(91_007.0), wanted, &options) {
            Ok(twin) => {
                near(walked(&twin)[0], 1e9, 1e-11);
                false
            }
            Err(error) => {
                assert!(error.to_string().contains("do not settle"), "{error}");
                true
            }
        }
    });
    assert!(refusals.count() > 0);
}

#[test]
fn losses_are_alike_where_the_law_reads_the_average_and_differ_where_it_does_not() {
    let twin = sparse_twin(1e8, run_of(2500.0), Wanted::Sparsity(0.8), &TwinOptions::default()).unwrap();
    let sparse = NewRun::new(twin.trajectory().unwrap());
    let dense = dense_twin(sparse.trajectory()).unwrap();
    let of = |law: &str, size: Size| {
        let ensemble = drawn("t5_c4_sparse", law, size, &replicates(100));
        let difference = ensemble.loss_difference(&sparse, &dense).unwrap();
        let [a, b] = [&sparse, &dense].map(|run| ensemble.predict_run(run).unwrap().loss.estimate);
        assert!((difference.estimate - (a - b)).abs() <= 1e-15, "{difference:?}");
        difference
    };
    for law in ["chinchilla", "compute"] {
        let alike = of(law, Size::AVERAGE);
        assert_eq!((alike.estimate, alike.std_error, alike.interval), (0.0, 0.0, [0.0; 2]));
    }
    // A mean of lower order is lower, N_final is lowest, and N₀ above N̄.
    let (geometric, last) = (of("chinchilla", Size::GEOMETRIC), of("chinchilla", Size::Final));
    assert!(0.0 < geometric.interval[0] && geometric.estimate < last.estimate);
    assert!(of("chinchilla", Size::Initial).interval[1] < 0.0);
}

#[test]
fn served_memory_is_values_and_a_mask() {
    let twin = replaced(6e8, &TwinOptions::default().with_fixed_params(5e7));
    let prunable = twin.initial_params - 5e7;
    let report = twin.clone().with_dense().unwrap().report(None);
    near(report.sparse.run.served_bytes, 1.2e9 + prunable / 8.0, 1e-12);
    let network = Network::new(prunable).with_fixed(5e7);
    let asked = Ramp::new(Shape::Geometric, twin.sparsity, 0.25, 0.75, Unit::Compute);
    let planned = PlannedSchedule::of_run(&asked, network, run_of(20_000.0), 100).unwrap();
    assert_eq!(planned, twin.schedule);
    let trajectory = Schedule::from(planned.ramp).trajectory(network, run_of(20_000.0)).unwrap();
    near(trajectory.average_params(), 1e9, 1e-12);
}
