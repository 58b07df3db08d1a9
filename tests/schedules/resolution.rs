//! Schedules against values worked out by hand, published ones, and refusals.

use nbar::schedule::{Extent, Network, Ramp, Schedule, ScheduleFields, Shape, Staircase, Unit};
use nbar::{Error, Trajectory};

use crate::common::near::near;

fn resolve(schedule: impl Into<Schedule>) -> Trajectory {
    let extent = Extent::new(100.0).with_steps(1000.0);
    schedule.into().trajectory(Network::new(1.0), extent).expect("valid")
}

fn ramp(shape: Shape, unit: Unit) -> Ramp {
    Ramp::new(shape, 0.8, 0.25, 0.75, unit)
}

#[test]
fn means_worked_out_by_hand() {
    // 1/4 × 1 + 1/2 × (mean over the ramp) + 1/4 × 0.2, the mean being 0.2 + 0.8/(power + 1).
    near(resolve(ramp(Shape::Cubic, Unit::Fraction)).average_params(), 0.5, 1e-14);
    near(resolve(ramp(Shape::Linear, Unit::Fraction)).average_params(), 0.6, 1e-14);
    near(resolve(ramp(Shape::Cosine, Unit::Fraction)).average_params(), 0.6, 1e-14);
    let root = Shape::Polynomial { power: 0.5 };
    near(resolve(ramp(root, Unit::Fraction)).average_params(), 0.3 + 0.5 * (0.2 + 0.8 / 1.5), 1e-14);
    let geometric = 0.3 + 0.5 * 0.8 / 5f64.ln();
    near(resolve(ramp(Shape::Geometric, Unit::Fraction)).average_params(), geometric, 1e-14);
    near(resolve(Schedule::one_shot(0.8, 300.0, Unit::Step)).average_params(), 0.3 + 0.7 * 0.2, 1e-14);
    near(resolve(Schedule::one_shot(0.8, 40.0, Unit::Token)).average_params(), 0.4 + 0.6 * 0.2, 1e-14);
    assert_eq!(resolve(Schedule::Dense).power_mean(-3.0), 1.0);
}

#[test]
fn a_linear_ramp_of_every_order() {
    // Over the whole run from 1 to 1/2: ∫N^p = 2 (1 - 2^-(p + 1))/(p + 1); p = -1: 2 ln 2; p = 0: see below.
    let halved = resolve(Ramp::new(Shape::Linear, 0.5, 0.0, 1.0, Unit::Fraction));
    for p in [-100.0, -3.0, -0.5, 0.5, 1.0, 2.0, 100.0_f64] {
        let moment = 2.0 * (1.0 - 0.5_f64.powf(p + 1.0)) / (p + 1.0);
        near(halved.power_mean(p), moment.powf(1.0 / p), 1e-12);
    }
    near(halved.power_mean(-1.0), 0.5 / 2f64.ln(), 1e-13);
    near(halved.power_mean(0.0), (2f64.ln() - 1.0).exp(), 1e-13);
    // Continuous at 0, and where small orders are told from others.
    near(halved.power_mean(1e-12), halved.power_mean(0.0), 1e-12);
    near(halved.power_mean(0.1 - 1e-12), halved.power_mean(0.1), 1e-12);
    assert_eq!((halved.power_mean(f64::INFINITY), halved.power_mean(f64::NEG_INFINITY)), (1.0, 0.5));
    assert!(halved.power_mean(f64::NAN).is_nan());
}

#[test]
fn published_models() {
    // The sparse 1B models of Jin et al. 2025: steps of the cuts, of the run, published mean density.
    let models = [
        (0.2, 2500.0, 8100.0, 100.0, 11_200.0, 0.8928, 0.8919),
        (0.4, 2500.0, 8875.0, 25.0, 13_050.0, 0.7660, 0.7651),
        (0.8, 2500.0, 12_600.0, 100.0, 25_050.0, 0.3992, 0.3984),
    ];
    for (sparsity, start, end, every, steps, exact, published) in models {
        let ramp = Ramp::new(Shape::Geometric, sparsity, start, end, Unit::Step).with_every(every);
        let extent = Extent::new(steps * 8e6).with_steps(steps);
        let density =
            Schedule::from(ramp).trajectory(Network::new(1.0), extent).expect("valid").average_params();
        assert!((density - exact).abs() < 6e-5, "{density}");
        assert!((density - published).abs() < 1e-3, "{density}");
    }
}

#[test]
fn pruning_between_quarters_of_the_compute() {
    for (sparsity, published) in [(0.2, 0.8926), (0.4, 0.7662), (0.5, 0.6929), (0.6, 0.6103), (0.8, 0.3991)] {
        let trajectory = resolve(Ramp::new(Shape::Geometric, sparsity, 0.25, 0.75, Unit::Compute));
        let m = sparsity / -(1.0 - sparsity).ln();
        let exact = 1.0 / (0.25 + 0.5 / m + 0.25 / (1.0 - sparsity));
        near(trajectory.average_params(), exact, 1e-13);
        assert!((trajectory.average_params() - published).abs() < 1e-4);
    }
}

#[test]
fn a_ramp_of_one_position_is_one_cut() {
    for shape in [Shape::Linear, Shape::Geometric] {
        let mut cut = Ramp::new(shape, 0.8, 300.0, 300.0, Unit::Step);
        assert_eq!(resolve(cut.clone()), resolve(Schedule::one_shot(0.8, 300.0, Unit::Step)));
        cut.every = Some(7.0);
        assert_eq!(resolve(cut).pruning_tokens(), Some((30.0, 30.0)));
    }
}

#[test]
fn a_held_ramp_takes_its_values_at_the_cuts() {
    let linear = resolve(Ramp::new(Shape::Linear, 0.8, 100.0, 500.0, Unit::Step).with_every(100.0));
    let geometric = resolve(Ramp::new(Shape::Geometric, 0.8, 100.0, 500.0, Unit::Step).with_every(100.0));
    for step in 0..1000_i32 {
        let token = f64::from(step) * 0.1 + 1e-9;
        let cuts = f64::from((step / 100).min(5));
        near(linear.params_at(token), 1.0 - 0.2 * (cuts - 1.0).max(0.0), 1e-14);
        near(geometric.params_at(token), 0.2_f64.powf(cuts / 5.0), 1e-14);
    }
    assert_eq!(linear.pruning_tokens(), Some((20.0, 50.0)));
    assert_eq!(geometric.pruning_tokens(), Some((10.0, 50.0)));
}

#[test]
fn a_cut_at_either_end_of_the_run() {
    let network = Network::new(8.0).with_fixed(2.0);
    let at = |position| {
        Schedule::one_shot(0.5, position, Unit::Fraction)
            .trajectory(network, Extent::new(10.0))
            .expect("valid")
    };
    let (start, end) = (at(0.0), at(1.0));
    assert_eq!((start.average_params(), start.final_params(), start.initial_params()), (6.0, 6.0, 10.0));
    assert_eq!((end.average_params(), end.final_params(), end.initial_params()), (10.0, 6.0, 10.0));
    assert_eq!((start.pruning_tokens(), end.pruning_tokens()), (Some((0.0, 0.0)), Some((10.0, 10.0))));
    assert_eq!((end.params_at(9.9), end.params_at(10.0)), (10.0, 6.0));
    let constant = Schedule::constant(0.5).trajectory(network, Extent::new(10.0)).expect("valid");
    assert_eq!((constant.average_params(), constant.initial_params()), (6.0, 10.0));
    assert_eq!(constant.nodes(), [(1.0, 6.0)]);
}

#[test]
fn a_logged_trajectory() {
    let log = Trajectory::from_counts(&[(1.0, 8.0), (2.0, 8.0), (5.0, 4.0), (10.0, 2.0)], 10.0).unwrap();
    assert_eq!((log.initial_params(), log.average_params(), log.final_params()), (8.0, 6.0, 2.0));
    assert_eq!(log.pruning_tokens(), Some((5.0, 10.0)));
    assert_eq!(log.until(6.0).unwrap().nodes().len(), 2);
    let refused = |counts: &[(f64, f64)], tokens| Trajectory::from_counts(counts, tokens).unwrap_err();
    assert!(matches!(refused(&[(11.0, 1.0)], 10.0), Error::Schedule { .. }));
    for counts in [&[][..], &[(0.0, 0.0)], &[(0.0, f64::NAN)], &[(2.0, 1.0), (2.0, 1.0)], &[(-1.0, 1.0)]] {
        assert!(matches!(refused(counts, 10.0), Error::Value { .. }));
    }
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let refuse = |schedule: Schedule, extent| schedule.trajectory(Network::new(1.0), extent).unwrap_err();
    let extent = Extent::new(100.0);
    let step = |start, end| Ramp::new(Shape::Linear, 0.8, start, end, Unit::Step);
    let with_steps = extent.with_steps(1000.0);
    assert!(matches!(refuse(step(0.0, 10.0).into(), extent), Error::MissingInput { .. }));
    assert!(matches!(refuse(step(0.0, 1001.0).into(), with_steps), Error::Schedule { .. }));
    assert!(matches!(refuse(step(20.0, 10.0).into(), with_steps), Error::Schedule { .. }));
    let uneven = step(0.0, 10.0).with_every(3.0);
    assert!(matches!(refuse(uneven.into(), with_steps), Error::Schedule { .. }));
    let falling = step(0.0, 10.0).with_initial_sparsity(0.9);
    let endless = step(0.0, 1000.0).with_every(1e-5);
    let unordered = Staircase::new(Unit::Step, vec![(2.0, 0.1), (2.0, 0.2)]);
    for schedule in [falling.into(), endless.into(), unordered.into(), Schedule::constant(1.0)] {
        assert!(matches!(refuse(schedule, with_steps), Error::Schedule { .. }));
    }
    for number in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        let error = Schedule::Dense.trajectory(Network::new(number), Extent::new(1.0)).unwrap_err();
        assert!(matches!(error, Error::Value { .. }));
        let error = refuse(Schedule::Dense, Extent::new(number));
        assert!(matches!(error, Error::Value { .. }));
        let error = resolve(Schedule::Dense).until(number).unwrap_err();
        assert!(matches!(error, Error::Value { .. }));
        let power = Ramp::new(Shape::Polynomial { power: number }, 0.5, 0.0, 1.0, Unit::Fraction);
        assert!(Schedule::from(power.with_every(number)).validate().is_err());
    }
    assert!(matches!(resolve(Schedule::Dense).until(101.0).unwrap_err(), Error::Schedule { .. }));
}

fn named(name: &str) -> ScheduleFields {
    ScheduleFields { schedule: Some(name.to_owned()), ..ScheduleFields::default() }
}

fn full(name: &str) -> ScheduleFields {
    ScheduleFields {
        final_sparsity: Some(0.8),
        prune_start: Some(0.25),
        prune_end: Some(0.75),
        prune_unit: Some("fraction".to_owned()),
        ..named(name)
    }
}

#[test]
fn schedules_by_name() {
    let read = |fields: &ScheduleFields| Schedule::from_fields(fields).expect("valid");
    assert_eq!(read(&ScheduleFields::default()), Schedule::Dense);
    assert_eq!(read(&ScheduleFields { final_sparsity: Some(0.0), ..named("dense") }), Schedule::Dense);
    // A dense run in a table of pruned ones may have their window.
    assert_eq!(read(&ScheduleFields { final_sparsity: Some(0.0), ..full("dense") }), Schedule::Dense);
    let constant = ScheduleFields { final_sparsity: Some(0.5), ..named("Constant") };
    assert_eq!(read(&constant), Schedule::constant(0.5));
    for name in ["one_shot", "one-shot", "oneshot", " One-Shot "] {
        let fields = ScheduleFields { prune_end: None, ..full(name) };
        assert_eq!(read(&fields), Schedule::one_shot(0.8, 0.25, Unit::Fraction));
    }
    for shape in [Shape::Linear, Shape::Cubic, Shape::Geometric, Shape::Cosine] {
        assert_eq!(read(&full(&shape.to_string())), Schedule::from(ramp(shape, Unit::Fraction)));
    }
    let polynomial = |power| Schedule::from(ramp(Shape::Polynomial { power }, Unit::Fraction));
    assert_eq!(read(&full("polynomial")), polynomial(3.0));
    let square = ScheduleFields { prune_power: Some(2.0), ..full("polynomial") };
    assert_eq!(read(&square), polynomial(2.0));
    // Other names of Zhu and Gupta's ramp.
    for name in ["AGP", "gradual cubic", "automated-gradual-pruning"] {
        assert_eq!(read(&full(name)), Schedule::from(ramp(Shape::Cubic, Unit::Fraction)), "{name}");
    }
}

#[test]
fn fields_that_do_not_fit_are_refused_by_name() {
    let refusal = |fields: ScheduleFields| Schedule::from_fields(&fields).unwrap_err().to_string();
    let unnamed = ScheduleFields { schedule: None, ..full("") };
    let cases = [
        (unnamed, "needs `schedule`, which is not given; choose one of dense"),
        (named("cubic"), "needs `final_sparsity`"),
        (named("constant"), "needs `final_sparsity`"),
        (ScheduleFields { prune_start: None, ..full("cubic") }, "needs `prune_start`"),
        (ScheduleFields { prune_end: None, ..full("cubic") }, "needs `prune_end`"),
        (ScheduleFields { prune_unit: None, ..full("cubic") }, "needs `prune_unit`"),
        (ScheduleFields { prune_power: Some(2.0), ..full("cubic") }, "`prune_power` 2 is not used"),
        (full("constant"), "`prune_start` 0.25 is not used"),
        (full("one_shot"), "`prune_end` 0.75 is not `prune_start` 0.25"),
        (ScheduleFields { final_sparsity: Some(0.5), ..named("dense") }, "`final_sparsity` 0.5 is not 0"),
        (
            ScheduleFields { prune_every: Some(1.0), final_sparsity: Some(0.5), ..named("constant") },
            "`prune_every` 1 is not used",
        ),
        (
            full("movement"),
            "`schedule` 'movement' is not known; choose one of dense, constant, one_shot, linear",
        ),
        (
            ScheduleFields { prune_unit: Some("epoch".to_owned()), ..full("cubic") },
            "`prune_unit` 'epoch' is of no one length; divide epochs",
        ),
        (
            ScheduleFields { final_sparsity: Some(80.0), ..full("cubic") },
            "`final_sparsity` 80 is not a fraction",
        ),
    ];
    for (fields, words) in cases {
        let message = refusal(fields);
        assert!(message.contains(words), "'{message}' does not say '{words}'");
    }
}
