//! When to prune: the best window against all windows, and what lies outside those that were fitted.

use nbar::answer::{AllocationOptions, PlanOptions, RunShape, TwinOptions, Wanted, sparse_twin};
use nbar::fit::Warning;
use nbar::law::by_name;
use nbar::predict::NewRun;
use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
use nbar::{Ensemble, FitOptions, ObservationOptions, ReadOptions, Sweep, Trajectory, fit_scaling_law};

use crate::common::near::near;
use crate::common::noise::normal;
use crate::{replicates, sparse};

const SHAPES: [Shape; 4] = [Shape::Linear, Shape::Cubic, Shape::Geometric, Shape::Cosine];

fn journey(filter: &str, count: usize) -> Ensemble {
    let options = ReadOptions::default().with_filter(filter);
    let sweep = Sweep::from_csv_path_with("data/journey.csv", &options).unwrap();
    let law = FitOptions::default().with_law(by_name("schedule").unwrap());
    let observations = sweep.observations(&ObservationOptions::default()).unwrap();
    fit_scaling_law(&observations, &law).unwrap().bootstrap(&replicates(count)).unwrap()
}

/// A smooth run of one parameter and one token over a window.
fn unit(shape: Shape, sparsity: f64, [start, end]: [f64; 2]) -> Trajectory {
    let ramp = Ramp::new(shape, sparsity, start, end, Unit::Fraction);
    Schedule::from(ramp).trajectory(Network::new(1.0), Extent::new(1.0)).unwrap()
}

/// The loss of the run over a window that has these N̄, N_final and D; none where no sparsity gives it.
fn twin_loss(
    law: &Ensemble,
    shape: Shape,
    window: [f64; 2],
    [average, last, tokens]: [f64; 3],
) -> Option<f64> {
    let over = |s: f64| {
        let run = unit(shape, s, window);
        run.final_params() / run.average_params() - last / average
    };
    let (mut low, mut high) = (0.0, 0.9999);
    if over(high) > 0.0 {
        return None;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if over(middle) > 0.0 { low = middle } else { high = middle }
    }
    let params = average / unit(shape, high, window).average_params();
    let ramp = Ramp::new(shape, high, window[0], window[1], Unit::Fraction);
    let run = Schedule::from(ramp).trajectory(Network::new(params), Extent::new(tokens)).unwrap();
    Some(law.fit.predict_run(&NewRun::new(run)).unwrap())
}

/// The least loss over windows of so many steps a run, and then over thousandths around it.
fn brute(loss: impl Fn(Shape, [f64; 2]) -> Option<f64>) -> (f64, Shape, [f64; 2]) {
    let mut best = (f64::INFINITY, Shape::Linear, [0.0; 2]);
    let mut look = |shape, window| {
        if let Some(loss) = loss(shape, window).filter(|loss| *loss < best.0) {
            best = (loss, shape, window);
        }
        best
    };
    let steps = 25;
    let at = |i: usize| i as f64 / steps as f64;
    let mut rough = look(Shape::Linear, [0.0, 1.0]);
    for shape in SHAPES {
        for i in 0..=steps {
            (i..=steps).for_each(|j| rough = look(shape, [at(i), at(j)]));
        }
    }
    for width in [0.01, 0.001] {
        let (_, shape, [start, end]) = rough;
        for (i, j) in (-5..=5).flat_map(|i| (-5..=5).map(move |j| (f64::from(i), f64::from(j)))) {
            let window = [(start + i * width).clamp(0.0, 1.0), (end + j * width).clamp(0.0, 1.0)];
            if window[0] <= window[1] {
                rough = look(shape, window);
            }
        }
    }
    rough
}

#[test]
fn the_best_window_of_a_twin_is_that_of_all_windows() {
    let law = journey("lr_floor=0", 40);
    for (average, last) in [(8e5, 4e5), (1e6, 9e5), (5e6, 1e6)] {
        let tokens = 6.5e7;
        let options = TwinOptions::default();
        let wanted = Wanted::FinalParams(last);
        let best =
            law.twin_window(average, Extent::of_steps(tokens, 4096.0), wanted, &options, None).unwrap();
        let (loss, shape, window) =
            brute(|shape, window| twin_loss(&law, shape, window, [average, last, best.tokens]));
        let found = best.loss.estimate;
        assert!((found / loss - 1.0).abs() < 1e-6, "{found} over {best:?}, {loss} over {shape} {window:?}");
        near(best.average_params, average, 1e-9);
        near(best.final_params, last, 1e-9);
        assert!(best.others.iter().all(|other| other.more.estimate > -1e-12), "{best:?}");
        let [low, high] = best.end.interval;
        assert!(low <= best.end.estimate + 0.05 && best.end.estimate <= high + 0.05, "{best:?}");
        near(best.shapes.values().sum::<f64>(), 1.0, 1e-9);
        // It becomes a schedule in whole steps whose loss is that of the smooth ramp, nearly.
        let ramp = best.of(&options.ramp);
        let twin =
            sparse_twin(average, Extent::of_steps(tokens, 4096.0), wanted, &options.with_ramp(ramp)).unwrap();
        let stepped = law.fit.predict_run(&NewRun::new(twin.trajectory().unwrap())).unwrap();
        near(stepped, found, 2e-3);
    }
}

#[test]
fn the_best_window_of_a_plan_is_that_of_all_windows_of_one_size_and_budget() {
    let law = journey("lr_floor=0", 20);
    let flops = 4e14;
    let plan = |options: PlanOptions| law.plan(&options.with_step_tokens(4096.0)).unwrap();
    let asked = PlanOptions::new(flops).with_sparsities(vec![0.0, 0.75]);
    let plan = plan(asked.with_best_window(true).with_best_shape(true));
    let best = &plan.windows[0];
    assert_eq!((plan.windows.len(), best.sparsity), (1, 0.75));
    let at_size = |shape: Shape, window: [f64; 2]| {
        let average = best.initial_params * unit(shape, 0.75, window).average_params();
        let ramp = Ramp::new(shape, 0.75, window[0], window[1], Unit::Fraction);
        let extent = Extent::new(flops / (6.0 * average));
        let run = Schedule::from(ramp).trajectory(Network::new(best.initial_params), extent).unwrap();
        Some(law.fit.predict_run(&NewRun::new(run)).unwrap())
    };
    let (loss, shape, window) = brute(at_size);
    let found = best.loss.estimate;
    assert!((found / loss - 1.0).abs() < 1e-6, "{found} over {best:?}, {loss} over {shape} {window:?}");
    near(6.0 * best.average_params * best.tokens, flops, 1e-9);
    let run = plan.run(0.75).unwrap();
    let schedule = run.schedule.as_ref().unwrap();
    near(schedule.asked_end_step / run.steps as f64, best.end.estimate, 1e-3);
    // The shape alone, over the usual window.
    let shapes = law.plan(
        &PlanOptions::new(flops).with_sparsities(vec![0.75]).with_step_tokens(4096.0).with_best_shape(true),
    );
    let best = &shapes.unwrap().windows[0];
    assert_eq!(best.start.interval, [best.start.estimate; 2]);
}

#[test]
fn laws_that_do_not_know_when_refuse_and_say_what_does() {
    let law = sparse("chinchilla", nbar::Size::AVERAGE);
    let options = PlanOptions::new(1e20).with_best_window(true);
    let message = law.plan(&options).unwrap_err().to_string();
    assert!(message.contains("does not know when parameters are removed"), "{message}");
    assert!(message.contains("law=schedule"), "{message}");
    // Dense runs do not tell what a cut does.
    let dense = journey("schedule=dense and lr_floor=0", 10);
    let (extent, wanted) = (Extent::of_steps(6.5e7, 4096.0), Wanted::FinalParams(4e5));
    let message =
        dense.twin_window(8e5, extent, wanted, &TwinOptions::default(), None).unwrap_err().to_string();
    assert!(message.contains("does not identify"), "{message}");
}

#[test]
fn windows_outside_those_that_were_fitted_are_said() {
    let outside = |law: &Ensemble, start: f64, end: f64| {
        let ramp = Ramp::new(Shape::Geometric, 0.75, start, end, Unit::Fraction);
        let run = Schedule::from(ramp).trajectory(Network::new(1e6), Extent::new(6e7)).unwrap();
        let said = law.predict_run(&NewRun::new(run)).unwrap().warnings;
        said.iter().any(|warning| matches!(warning, Warning::OutsideWindows { .. }))
    };
    // Under a law of averages what ends no later lies among them.
    let averages = sparse("chinchilla", nbar::Size::AVERAGE);
    assert!(!outside(&averages, 0.25, 0.75) && !outside(&averages, 0.3, 0.6));
    assert!(outside(&averages, 0.6, 0.95) && !outside(&averages, 0.0, 0.5));
    let law = journey("lr_floor=0", 2);
    assert!(!outside(&law, 0.25, 0.75) && !outside(&law, 0.3, 0.6));
    assert!(outside(&law, 0.8, 0.99) && outside(&law, 0.0, 0.95));
    let early = journey("lr_floor=0 and (end_share<=0.5 or schedule=dense)", 2);
    assert!(outside(&early, 0.25, 0.75) && !outside(&early, 0.1, 0.3));
}

#[test]
fn a_sweep_of_dense_runs_says_that_it_knows_of_no_pruning() {
    let dense =
        Sweep::from_csv_path_with("data/journey.csv", &ReadOptions::default().with_filter("schedule=dense"));
    let observations = dense.unwrap().observations(&ObservationOptions::default()).unwrap();
    let law =
        fit_scaling_law(&observations, &FitOptions::default()).unwrap().bootstrap(&replicates(2)).unwrap();
    let is_said = |warnings: &[Warning]| warnings.contains(&Warning::NoneWasPruned);
    let schedule = Schedule::one_shot(0.9, 0.95, Unit::Fraction);
    let late = schedule.trajectory(Network::new(1e6), Extent::new(6e7)).unwrap();
    assert!(is_said(&law.predict_run(&NewRun::new(late)).unwrap().warnings));
    assert!(!is_said(&law.predict(1e6, 6e7).unwrap().warnings));
    let runs = AllocationOptions::default().with_shape(RunShape::new(&schedule).unwrap());
    assert!(is_said(&law.allocate(1e15, &runs).unwrap().warnings));
    assert!(is_said(&law.tokens_for(3.0, 1e6, &runs).unwrap().warnings));
    let sparsity = law.sparsity_for(
        law.fit.predict(1.5e6, 6e7).unwrap(),
        1e6,
        6e7,
        &schedule,
        &AllocationOptions::default(),
    );
    assert!(is_said(&sparsity.unwrap().warnings));
    assert!(!is_said(&law.allocate(1e15, &AllocationOptions::default()).unwrap().warnings));
}

#[test]
fn the_best_window_of_a_twin_leaves_room_for_whole_steps() {
    // The form of this law wants the cut at the very start, where no network has this average and this end.
    let law = journey("lr_floor=0 and (end_share<=0.5 or schedule=dense)", 2);
    let (extent, options) = (Extent::of_steps(6.5e7, 4096.0), TwinOptions::default());
    let best = law.twin_window(8e5, extent, Wanted::FinalParams(4e5), &options, None).unwrap();
    assert!(best.end.estimate >= 100.0 / extent.steps.unwrap(), "{best:?}");
    let ramp = best.of(&options.ramp);
    sparse_twin(8e5, extent, Wanted::FinalParams(4e5), &options.with_ramp(ramp)).unwrap();
}

#[test]
fn runs_that_are_much_sparser_than_those_that_were_fitted_are_said_to_be() {
    let law = sparse("chinchilla", nbar::Size::AVERAGE);
    let said = |sparsity: f64| {
        let ramp = Ramp::new(Shape::Cubic, sparsity, 0.25, 0.75, Unit::Fraction);
        let run = Schedule::from(ramp).trajectory(Network::new(1e7), Extent::new(2e10)).unwrap();
        let warnings = law.predict_run(&NewRun::new(run)).unwrap().warnings;
        let sparser = warnings.iter().find(|warning| matches!(warning, Warning::SparserThanRuns { .. }));
        sparser.map(ToString::to_string)
    };
    // The sparsest has 87.5 %: half of what is left of it is 6.25 %.
    assert_eq!((said(0.875), said(0.93)), (None, None));
    assert!(
        said(0.95)
            .unwrap()
            .starts_with("this asks for a sparsity of 95 %, and the sparsest run of the sweep has 87.5 %")
    );
    let plan = |sparsity: f64| {
        let options = PlanOptions::new(1e20).with_sparsities(vec![0.0, sparsity]);
        let warnings = law.plan(&options).unwrap().warnings;
        warnings.iter().any(|warning| matches!(warning, Warning::SparserThanRuns { .. }))
    };
    assert!(plan(0.95) && !plan(0.8));
}

/// The runs of journey.csv of floor 0, with losses of the schedule law at these parameters times e^noise.
fn drawn_again(law: &Ensemble, seed: usize) -> Ensemble {
    let text = std::fs::read_to_string("data/journey.csv").unwrap();
    let kept: Vec<&str> = text.lines().filter(|line| line.split(',').nth(16) != Some("0.1")).collect();
    let mut lines = vec![kept[0].to_owned()];
    let inputs = law.fit.law().spec().columns(&law.fit.observations).unwrap();
    assert_eq!(kept.len() - 1, law.fit.observations.len());
    for (row, line) in kept[1..].iter().enumerate() {
        let of_row: Vec<f64> = inputs.iter().map(|column| column[row]).collect();
        let loss =
            law.fit.law().loss(&law.fit.parameters, &of_row) * (0.01 * normal(1000 * seed + row)).exp();
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells[5] = format!("{loss:.12}");
        lines.push(cells.join(","));
    }
    let sweep = Sweep::from_csv_str("drawn.csv", &lines.join("\n")).unwrap();
    let options = FitOptions::default().with_law(by_name("schedule").unwrap());
    let observations = sweep.observations(&ObservationOptions::default()).unwrap();
    fit_scaling_law(&observations, &options).unwrap().bootstrap(&replicates(200)).unwrap()
}

#[test]
#[allow(clippy::print_stdout)] // The count is there to be read.
fn intervals_of_the_best_window_and_of_its_loss_hold_the_truth() {
    let truth = journey("lr_floor=0", 2);
    let ask = |law: &Ensemble| {
        let (extent, wanted) = (Extent::of_steps(6.5e7, 4096.0), Wanted::FinalParams(4e5));
        let options = TwinOptions::default().with_best_shape(false);
        law.twin_window(8e5, extent, wanted, &options, None).unwrap()
    };
    let expected = ask(&truth);
    let sweeps = std::env::var("SWEEPS").ok().and_then(|count| count.parse().ok()).unwrap_or(12);
    let mut held = [0; 3];
    for seed in 0..sweeps {
        let found = ask(&drawn_again(&truth, seed));
        let of = |place: usize| {
            let pairs =
                [(found.start, expected.start), (found.end, expected.end), (found.loss, expected.loss)];
            let (found, expected) = pairs[place];
            found.interval[0] <= expected.estimate && expected.estimate <= found.interval[1]
        };
        (0..3).for_each(|place| held[place] += usize::from(of(place)));
    }
    println!("start, end and loss held in {held:?} of {sweeps} sweeps");
    // Of 95 %, four binomial standard deviations less.
    let count = sweeps as f64;
    let least = 0.95 * count - 4.0 * (0.95 * 0.05 * count).sqrt();
    assert!(held.iter().all(|held| *held as f64 >= least), "{held:?} of {sweeps}");
}
