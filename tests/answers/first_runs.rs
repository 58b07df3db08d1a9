//! First sweeps, designed from a guess.

use nbar::design::{Decision, FirstRuns, FirstRunsOptions, Layout};
use nbar::law::by_name;
use nbar::read::PointTable;
use nbar::{Document, Fit, ObservationOptions, Sweep};

const USUAL: [(&str, f64); 5] = [("E", 1.7), ("A", 400.0), ("B", 410.0), ("alpha", 0.34), ("beta", 0.28)];

fn guess(law: &str, set: &[(&str, f64)]) -> Fit {
    Fit::of_constants(by_name(law).expect("a law"), set).expect("all parameters")
}

fn few(target: f64, budget: f64) -> FirstRunsOptions {
    FirstRunsOptions::new(target, budget).with_simulations(20)
}

fn of(found: &FirstRuns, layout: Layout) -> &nbar::design::SweepDesign {
    found.designs.iter().find(|design| design.layout == layout).expect("each layout is there")
}

#[test]
fn designs_keep_to_their_budget_and_ladders_are_named() {
    let guess = guess("chinchilla", &USUAL);
    let options = few(1e22, 1e20).with_max_run_flops(2e19).with_runs(20);
    let found = guess.first_runs(&options).expect("designs");
    assert_eq!(found.designs.len(), 4);
    for design in &found.designs {
        let total: f64 = design.runs.iter().map(|run| 6.0 * run.params * run.tokens).sum();
        assert!(total <= 1e20 && (total / design.flops - 1.0).abs() < 1e-12, "{total} {}", design.layout);
        assert!(design.runs.iter().all(|run| run.flops <= 2e19), "{}", design.layout);
        assert!((7..=20).contains(&design.runs.len()));
    }
    let ladder = of(&found, Layout::Ladder);
    assert!(ladder.collinear.as_ref().is_some_and(|why| why.starts_with("D = ")), "{ladder:?}");
    assert!(ladder.params.width > 2.0 * found.designs[found.chosen].params.width);
    let others = found.designs.iter().filter(|design| design.layout != Layout::Ladder);
    assert!(others.clone().all(|design| design.collinear.is_none()));
    let least = others.map(|design| design.params.width).fold(f64::INFINITY, f64::min);
    assert!(found.designs[found.chosen].params.width < 1.5 * least);
}

#[test]
fn seeds_and_not_threads_decide() {
    let design = |jobs: usize, seed: u64| {
        let mut guess = guess("E + A/N^alpha + B/D^beta", &USUAL);
        guess.options.jobs = jobs;
        guess.first_runs(&few(1e22, 1e20).with_seed(seed)).expect("designs").to_json()
    };
    let one = design(1, 0);
    assert_eq!(one, design(3, 0));
    assert_ne!(one, design(1, 1));
}

#[test]
fn tables_are_read_back_as_the_runs_that_were_scored() {
    let set = [USUAL.as_slice(), &[("p", 1.0)]].concat();
    let guess = guess("power-mean", &set);
    let found = guess.first_runs(&few(1e22, 1e20).with_runs(16).with_noise(0.002)).expect("designs");
    assert!(found.designs.iter().all(|design| design.pruning.len() == 1 && design.pruning[0].0 == "p"));
    let table = found.designs[found.chosen].table();
    let points = PointTable::from_reader("sweep.csv", table.as_bytes()).expect("a table of runs").points;
    for (point, run) in points.iter().zip(&found.designs[found.chosen].runs) {
        assert_eq!((point.run.as_deref(), point.loss), (Some(run.run.as_str()), None));
        assert!((point.trajectory.average_params() / run.average_params - 1.0).abs() < 1e-6);
        assert!((6.0 * run.average_params * run.tokens / run.flops - 1.0).abs() < 1e-6);
    }
    let filled = table.replace(",\n", ",2.5\n");
    let rows = Sweep::from_csv_str("sweep.csv", &filled).expect("a sweep");
    let rows = rows.observations(&ObservationOptions::default()).expect("rows");
    assert_eq!(rows.len(), found.designs[found.chosen].runs.len());
    assert!(!rows.is_dense());
}

#[test]
fn a_sweep_of_ones_own_stands_beside_the_others_and_is_not_chosen() {
    let plan: String = (1..=12).map(|k| format!("{}e7,{}e8\n", k * k, 20 * k * k)).collect();
    let given =
        PointTable::from_reader("own.csv", format!("params,tokens\n{plan}").as_bytes()).expect("a plan");
    let found = guess("chinchilla", &USUAL)
        .first_runs(&few(1e23, 1e20).with_given(given.points).with_decision(Decision::Loss))
        .expect("designs");
    let own = of(&found, Layout::Given);
    assert!(own.collinear.as_ref().is_some_and(|why| why.starts_with("D = 200 N")), "{:?}", own.collinear);
    assert_ne!(found.designs[found.chosen].layout, Layout::Given);
}

#[test]
fn what_cannot_be_designed_is_refused_in_a_word() {
    let usual = || guess("chinchilla", &USUAL);
    let compute = || guess("compute", &[("E", 1.5), ("K", 80.0), ("gamma", 0.09)]);
    let repeated = || guess("repeated-data", &[&USUAL[..4], &[("R_D", 15.4), ("R_N", 5.3)]].concat());
    for (guess, options, part) in [
        (usual(), few(1e22, 1e20).with_noise(0.0), "without noise"),
        (usual(), few(1e22, 0.0), "budget"),
        (usual(), few(1e22, 1e9), "pay for no sweep"),
        (usual(), few(1e18, 1e20), "not beyond the sweep"),
        (usual(), few(1e22, 1e20).with_runs(6), "too few for the 5 free parameters"),
        (usual(), few(1e22, 1e20).with_simulations(1), "20 to 100000"),
        (compute(), few(1e22, 1e20), "compute alone"),
        (repeated(), few(1e22, 1e20), "these designs do not set"),
    ] {
        let error = guess.first_runs(&options).expect_err(part).to_string();
        assert!(error.contains(part), "{part}: {error}");
        assert!(error.contains(';'), "a remedy: {error}");
    }
}
