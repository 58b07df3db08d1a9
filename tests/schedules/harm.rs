//! The law of schedules on runs that are cut at the last step, along smooth ramps or hundreds of times.

use nbar::law::{Law, schedule};
use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
use nbar::{BootstrapOptions, FitOptions, Observations, Size, Trajectory, fit_scaling_law};

use crate::common::near::near;

const TRUTH: [f64; 7] = [1.7, 480.0, 2100.0, 3e4, 0.35, 0.37, 1.2];

/// Every schedule on three sizes and three lengths.
fn runs() -> Vec<Trajectory> {
    let ramp = |shape, sparsity, start, end| Ramp::new(shape, sparsity, start, end, Unit::Fraction);
    let schedules: [Schedule; 7] = [
        Schedule::Dense,
        Schedule::one_shot(0.75, 1.0, Unit::Fraction),
        Schedule::one_shot(0.5, 0.1, Unit::Fraction),
        ramp(Shape::Cubic, 0.8, 0.25, 0.75).into(),
        ramp(Shape::Geometric, 0.9, 0.0, 1.0).into(),
        ramp(Shape::Geometric, 0.75, 0.0, 1.0).with_every(0.001).into(),
        ramp(Shape::Linear, 0.6, 0.4, 0.95).with_every(0.0005).into(),
    ];
    let run = |i: usize, j: usize, schedule: &Schedule| {
        let (params, tokens) = (1e8 * 5f64.powi(i as i32), 2e9 * 5f64.powi(j as i32));
        schedule.trajectory(Network::new(params), Extent::new(tokens)).unwrap()
    };
    let of = |schedule: &Schedule| (0..9).map(|k| run(k / 3, k % 3, schedule)).collect::<Vec<_>>();
    schedules.iter().flat_map(of).collect()
}

#[test]
fn it_is_recovered_from_cuts_at_the_last_step_smooth_ramps_and_a_thousand_cuts() {
    let (runs, law) = (runs(), schedule());
    let of = |read: fn(&Trajectory) -> f64| runs.iter().map(read).collect::<Vec<f64>>();
    let average = of(Trajectory::average_params);
    let with = |losses: Vec<f64>| {
        Observations::new(average.clone(), of(Trajectory::tokens), losses)
            .and_then(|rows| {
                let (initial, last) = (of(Trajectory::initial_params), of(Trajectory::final_params));
                rows.with_size(Size::AVERAGE).with_param_counts(initial, average.clone(), last)
            })
            .and_then(|rows| rows.with_trajectories(&runs))
            .unwrap()
    };
    let columns = law.spec().columns(&with(vec![1.0; runs.len()])).unwrap();
    let row = |i: usize| columns.iter().map(|column| column[i]).collect::<Vec<f64>>();
    let losses: Vec<f64> = (0..runs.len()).map(|i| law.loss(&TRUTH, &row(i))).collect();
    assert!(losses.iter().all(|loss| loss.is_finite() && *loss > TRUTH[0]), "{losses:?}");
    let fit =
        fit_scaling_law(&with(losses), &FitOptions::default().with_law(std::sync::Arc::new(law))).unwrap();
    for (found, truth) in fit.parameters.iter().zip(TRUTH) {
        near(*found, truth, 1e-6);
    }
    let draws = fit.bootstrap(&BootstrapOptions::default().with_replicates(20)).unwrap();
    assert!(draws.draws.iter().flatten().all(|value| value.is_finite()));
}

#[test]
fn trajectories_are_those_of_their_rows_and_tell_their_counts() {
    let run = Trajectory::from_counts(&[(0.0, 8e8), (5e9, 4e8)], 1e10).unwrap();
    let rows = |params: f64, tokens: f64| Observations::new(vec![params], vec![tokens], vec![3.0]).unwrap();
    let told = rows(6e8, 1e10).with_trajectories(std::slice::from_ref(&run)).unwrap();
    assert_eq!(
        (told.initial_params(), told.average_params(), told.final_params()),
        (&[8e8][..], &[6e8][..], &[4e8][..])
    );
    for (params, tokens, part) in
        [(6e8, 1e9, "tokens of trajectory 0"), (8e8, 1e10, "average of trajectory 0")]
    {
        let refused =
            rows(params, tokens).with_trajectories(std::slice::from_ref(&run)).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
    // N may be another count, and counts that are given stay.
    let first = rows(8e8, 1e10).with_size(Size::Initial).with_trajectories(&[run]).unwrap();
    assert_eq!((first.params(), first.average_params()), (&[8e8][..], &[6e8][..]));
}
