//! Runs held out: what is foretold of them, and that the splits are clean.

use nbar::law::Input;
use nbar::{
    BootstrapOptions, FitOptions, HoldOut, HoldoutReport, ObservationOptions, Observations, ReadOptions, Rho,
    Sweep, holdout,
};

use crate::common::noise::normal;
use crate::common::sweeps::grid;

const TOP: HoldOut = HoldOut::Largest { by: Input::Flops, share: 0.2 };

/// Noise of σ on a square grid.
fn sweep(side: usize, sigma: f64) -> Observations {
    grid(side, side, |i| sigma * normal(i))
}

fn held_out(observations: &Observations, level: f64, delta: f64, hold_out: &HoldOut) -> HoldoutReport {
    let bootstrap = BootstrapOptions::default().with_replicates(200).with_level(level);
    holdout(observations, &FitOptions::default().with_rho(Rho::Huber { delta }), &bootstrap, hold_out)
        .unwrap()
}

#[test]
fn errors_are_of_the_size_of_the_noise_however_small() {
    // Losses that are exact to rounding have no scatter for the bootstrap to converge in; a millionth will do.
    let sigma = 1e-6;
    let observations = sweep(8, sigma);
    for hold_out in [TOP, HoldOut::Folds { count: 5 }, HoldOut::Rolling { by: Input::Flops }] {
        let report = held_out(&observations, 0.99, 1e-3, &hold_out);
        let score = report.overall;
        // A run's own σ and the law's error, which is less than that where the sweep goes on as it began; a rolling
        // holdout goes twice as far as a quarter of the runs, and so multiplies the latter.
        assert!(score.law.rms < 10.0 * sigma && score.law.rms > 0.3 * sigma, "{hold_out:?}: {:?}", score.law);
        assert!(score.nearest.rms > 1e-2, "{:?}", score.nearest);
        // At least 0.99 of the runs, less four standard deviations of 64.
        assert!(
            score.in_run_interval * 100 >= 94 * score.runs,
            "{hold_out:?}: {} of {}",
            score.in_run_interval,
            score.runs
        );
    }
}

#[test]
fn the_law_beats_the_nearest_run_beyond_the_sweep() {
    let sigma = 0.01;
    let report = held_out(&sweep(10, sigma), 0.9, 0.1, &TOP);
    let (score, split) = (&report.overall, &report.splits[0]);
    // Twenty errors of size σ, and the law's own, which is smaller: its 80 runs surround those held out in N and
    // in D. RMS of 20 normal numbers is within 1 ± 4/√40 of σ.
    assert!(score.law.rms < 2.0 * sigma && score.law.rms > 0.3 * sigma, "{:?}", score.law);
    // A step of the grid, a factor 2, lowers the loss by more than σ; the nearest run is smaller, so too high.
    assert!(score.nearest.rms > 1.5 * score.law.rms && score.nearest.bias > sigma, "{:?}", score.nearest);
    assert!(score.reach[0] > 1.0 - 1e-9 && score.reach[1] > 5.0, "{:?}", score.reach);
    assert_eq!(split.fitted_runs + score.runs, 100);
}

#[test]
fn run_intervals_hold_their_share_of_runs_and_the_laws_hold_fewer() {
    let score = held_out(&sweep(15, 0.02), 0.8, 0.1, &HoldOut::Folds { count: 5 }).overall;
    // Binomial: 225 runs at 0.8 are 180 ± 6; four standard deviations.
    assert!((156..=204).contains(&score.in_run_interval), "{} of {}", score.in_run_interval, score.runs);
    // Five parameters on 180 runs: the curve is known to about σ √(5/180), 0.17 σ, so its interval of 80 % is about
    // ± 0.21 σ, where 17 % of runs land: 38 ± 6.
    assert!((14..=62).contains(&score.in_mean_interval), "{} of {}", score.in_mean_interval, score.runs);
}

#[test]
fn runs_are_never_parted() {
    let whole = sweep(12, 0.01);
    let runs = (0..144).map(|row| row / 6).collect();
    let observations = whole.with_runs(runs, (0..24).map(|i| format!("run {i}")).collect()).unwrap();
    for hold_out in [TOP, HoldOut::Rolling { by: Input::Params }, HoldOut::Folds { count: 7 }] {
        let report = held_out(&observations, 0.9, 1e-3, &hold_out);
        for split in &report.splits {
            // Six rows a run, on either side.
            assert_eq!(split.fitted_rows, 6 * split.fitted_runs, "{hold_out:?}");
            assert_eq!(split.rows.len(), 6 * split.score.runs, "{hold_out:?}");
            assert_eq!(split.rows.iter().filter(|row| row.last).count(), split.score.runs);
            for row in split.rows.iter().filter(|row| row.last) {
                let mut of_run = split.rows.iter().filter(|other| other.run == row.run);
                assert!(of_run.all(|other| other.tokens <= row.tokens), "{row:?}");
            }
        }
    }
    let report = held_out(&observations, 0.9, 1e-3, &HoldOut::Folds { count: 7 });
    let mut names: Vec<&str> =
        report.splits.iter().flat_map(|split| &split.rows).map(|row| row.run.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), report.overall.runs), (24, 24));
}

#[test]
fn threads_change_nothing_and_the_seed_shuffles() {
    let observations = sweep(6, 0.01);
    let report = |jobs, seed| {
        let bootstrap = BootstrapOptions::default().with_replicates(50).with_seed(seed);
        holdout(
            &observations,
            &FitOptions::default().with_jobs(jobs),
            &bootstrap,
            &HoldOut::Folds { count: 3 },
        )
        .unwrap()
    };
    assert_eq!(report(1, 0), report(2, 0));
    assert_eq!(report(1, 0), report(0, 0));
    let first = |seed| report(1, seed).splits[0].rows.iter().map(|row| row.run.clone()).collect::<Vec<_>>();
    assert_ne!(first(0), first(1));
}

#[test]
fn too_little_to_fit_is_refused_and_rolling_skips_it() {
    let refused = |observations: &Observations, hold_out: HoldOut| {
        let bootstrap = BootstrapOptions::default().with_replicates(10);
        holdout(observations, &FitOptions::default(), &bootstrap, &hold_out).unwrap_err().to_string()
    };
    let four = sweep(2, 0.01);
    assert!(refused(&four, TOP).contains("3 runs with 3 rows are left to fit"));
    let two_runs = sweep(4, 0.01).with_runs((0..16).map(|i| i / 8).collect(), vec!["a".into(), "b".into()]);
    let half = HoldOut::Largest { by: Input::Flops, share: 0.5 };
    assert!(refused(&two_runs.unwrap(), half).contains("at least 3 runs and 6 rows"));
    let tiny = HoldOut::Largest { by: Input::Flops, share: 0.1 };
    assert!(refused(&four, tiny).contains("less than half a run"));
    for share in [0.0, 1.0, f64::NAN] {
        assert!(refused(&four, HoldOut::Largest { by: Input::Flops, share }).contains("`share`"), "{share}");
    }
    // Sixteen runs in five groups: three of them in the first, too few to be fitted alone.
    let report = held_out(&sweep(4, 0.01), 0.9, 1e-3, &HoldOut::Rolling { by: Input::Flops });
    assert!(report.skipped >= 1 && report.splits[0].fitted_rows >= 6, "{report:?}");
    assert_eq!(report.splits.len() + report.skipped, 4);
}

/// The runs of journey.csv that this filter keeps.
fn journey(filter: &str) -> Observations {
    let options = ReadOptions::default().with_filter(filter);
    let sweep = Sweep::from_csv_path_with("data/journey.csv", &options).unwrap();
    sweep.observations(&ObservationOptions::default()).unwrap()
}

#[test]
fn each_window_schedule_and_group_is_left_out_once_and_dense_runs_never() {
    let few = "lr_floor=0 and (schedule=dense or final_sparsity=0.5 and (end_share=0.05 or end_share=0.5))";
    let observations = journey(few);
    for (by, kinds) in [
        (HoldOut::Windows, ["0-5 %", "0-50 %"]),
        (HoldOut::Schedules, ["geometric to 0.5, 0-5 %", "geometric to 0.5, 0-50 %"]),
    ] {
        let report = held_out(&observations, 0.9, 1e-3, &by);
        let found: Vec<_> = report.splits.iter().map(|split| split.kind.as_deref().unwrap()).collect();
        assert_eq!(found, kinds);
        let runs: usize = report.splits.iter().map(|split| split.score.runs).sum();
        assert_eq!((runs, report.overall.runs), (15, 15));
        assert!(report.splits.iter().flat_map(|split| &split.rows).all(|row| !row.run.contains("dense")));
        // The pooled error is that of all rows together.
        let pooled = report.splits.iter().map(|s| s.score.runs as f64 * s.score.law.rms.powi(2)).sum::<f64>();
        let rms = (pooled / runs as f64).sqrt();
        assert!((report.overall.law.rms / rms - 1.0).abs() < 1e-12);
    }
    let grouped = Sweep::from_csv_path("data/overtraining.csv").unwrap();
    let grouped = grouped.observations(&ObservationOptions::default()).unwrap();
    let report = held_out(&grouped, 0.9, 1e-3, &HoldOut::Groups);
    assert_eq!(report.splits.iter().map(|split| split.score.runs).collect::<Vec<_>>(), [34, 35, 35]);
    let refused = |observations: &Observations, by: &HoldOut| {
        let bootstrap = BootstrapOptions::default().with_replicates(10);
        holdout(observations, &FitOptions::default(), &bootstrap, by).unwrap_err().to_string()
    };
    assert!(refused(&journey("schedule=dense"), &HoldOut::Windows).contains("no run has a pruning window"));
    assert!(refused(&observations, &HoldOut::Groups).contains("no run has a group"));
}

#[test]
fn runs_are_chosen_by_filters() {
    let sides = |fit, predict| {
        let options = ReadOptions::default().with_filter("lr_floor=0").with_sides(fit, predict);
        Sweep::from_csv_path_with("data/journey.csv", &options)
    };
    let sweep = sides(Some("schedule=dense"), Some("schedule!=dense and end_share<=0.5")).unwrap();
    let [fitted, chosen] = sweep.sides().unwrap();
    let by = HoldOut::Chosen { fitted: fitted.clone(), held_out: chosen };
    let report = held_out(&sweep.observations(&ObservationOptions::default()).unwrap(), 0.9, 1e-3, &by);
    assert_eq!((report.splits.len(), report.splits[0].fitted_runs, report.overall.runs), (1, 33, 68));
    // One side alone: the other is the rest.
    let [rest, others] = sides(None, Some("schedule!=dense")).unwrap().sides().unwrap();
    assert_eq!((rest, others.len()), (fitted, 158));
    let no_run = sides(Some("schedule=dense"), Some("schedule=dense")).unwrap().sides().unwrap_err();
    assert!(no_run.to_string().contains("stands on one side"), "{no_run}");
    let none = sides(Some("params<1"), Some("schedule=dense")).unwrap().sides().unwrap_err();
    assert!(none.to_string().contains("no run is left to fit"), "{none}");
}
