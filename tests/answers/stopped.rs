//! Work that an observer follows, and stops.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use nbar::compare::Candidates;
use nbar::fit::Warning;
use nbar::law::{Input, by_name};
use nbar::predict::NewRun;
use nbar::{
    Document, Error, Fit, FitOptions, HoldOut, Observer, Progress, Report, Size, Starts, fit_scaling_law,
    holdout,
};

use super::common::sweeps::runs_by;
use super::replicates;

/// Stops work of a kind as soon as so much of it is done.
fn after(what: &'static str, count: usize) -> Observer {
    Observer::new(move |progress| match progress.what == what && progress.done >= count {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })
}

fn options(jobs: usize, observer: Observer) -> FitOptions {
    FitOptions::default().with_jobs(jobs).with_observer(observer)
}

fn fit(jobs: usize, observer: Observer) -> Fit {
    fit_scaling_law(&runs_by("chinchilla", Size::AVERAGE), &options(jobs, observer)).unwrap()
}

#[test]
fn draws_of_a_stopped_bootstrap_are_the_first_ones_and_say_so() {
    let whole = fit(1, Observer::default()).bootstrap(&replicates(300)).unwrap();
    assert_eq!((whole.partial, whole.failed, whole.disagreed), (None, 0, 0));
    for jobs in [1, 2] {
        let partial = fit(jobs, after("replicates", 60)).bootstrap(&replicates(300)).unwrap();
        let made = partial.partial.unwrap();
        // Those under way are finished, and the first that is not ends the row.
        assert!((61 - jobs..60 + jobs).contains(&made), "{made}");
        assert_eq!(partial.draws, whole.draws[..made]);
        let warning = Warning::Partial { made, replicates: 300, disagreed: 0 };
        assert!(partial.fit.warnings.contains(&warning) && !warning.is_disqualifying());
        assert!(warning.to_string().starts_with(&format!("stopped after {made} of 300 replicates")));
        let report = Report::Ensemble(partial);
        assert!(report.summary(None).to_json().contains(&format!(r#""partial":{made}"#)));
        let read = Report::from_json("stopped", report.to_json().as_bytes()).unwrap();
        assert_eq!(read.ensemble().unwrap().partial, Some(made));
        assert_eq!(read.to_json(), report.to_json());
    }
}

#[test]
fn too_few_draws_for_an_interval_are_refused() {
    let stopped = fit(1, after("replicates", 26)).bootstrap(&replicates(300)).unwrap_err();
    assert!(matches!(stopped, Error::Cancelled { .. }));
    assert_eq!(
        stopped.to_string(),
        "bootstrap: stopped after 26 of 300 replicates, and intervals of level 0.95 take 27 draws; run it again to the end"
    );
    assert!(fit(1, after("replicates", 27)).bootstrap(&replicates(300)).is_ok());
    let narrow = replicates(300).with_level(0.8);
    assert_eq!(fit(1, after("replicates", 26)).bootstrap(&narrow).unwrap().draws.len(), 26);
}

#[test]
fn every_replicate_is_heard_of_once_and_the_end_is_not_partial() {
    let heard: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let all = Arc::clone(&heard);
    let observer = Observer::new(move |progress| {
        all.lock().unwrap().push(progress);
        ControlFlow::Continue(())
    });
    let ensemble = fit(2, observer).bootstrap(&replicates(100)).unwrap();
    assert_eq!(ensemble.partial, None);
    let heard = heard.lock().unwrap();
    let of = |what: &str| {
        let mut of: Vec<(usize, usize)> =
            heard.iter().filter(|p| p.what == what).map(|p| (p.done, p.total)).collect();
        of.sort_unstable();
        of
    };
    assert_eq!(of("replicates"), (0..=100).map(|done| (done, 100)).collect::<Vec<_>>());
    let starts = of("starts");
    assert_eq!(starts.last(), Some(&(2 * ensemble.fit.starts_tried, 2 * ensemble.fit.starts_tried)));
    // Who hears is no part of what was fitted.
    assert_eq!(ensemble.fit, fit(2, Observer::default()));
}

#[test]
fn work_without_a_part_to_return_is_cancelled() {
    let observations = runs_by("chinchilla", Size::AVERAGE);
    for starts in [Starts::Screened, Starts::Random { count: 20, seed: 0 }] {
        let options = options(1, after("starts", 3)).with_starts(starts).with_bound("alpha", 0.6..);
        assert!(matches!(fit_scaling_law(&observations, &options), Err(Error::Cancelled { .. })));
    }
    let cancelled = |result: nbar::Result<()>| matches!(result, Err(Error::Cancelled { .. }));
    assert!(cancelled(fit(1, after("deltas", 1)).sensitivity().map(drop)));
    assert!(cancelled(fit(1, after("runs left out", 300)).influence().map(drop)));
    assert!(cancelled(fit(1, after("runs left out", 1)).diagnose().map(drop)));
    assert!(cancelled(fit(1, after("profile points", 30)).profile("alpha", 0.95).map(drop)));
    assert!(cancelled(fit(1, after("profile points", 30)).profiles(0.95).map(drop)));
    let bca = replicates(100).with_interval("bca".parse().unwrap());
    assert!(cancelled(fit(1, after("runs left out", 20)).bootstrap(&bca).map(drop)));
}

#[test]
fn profiles_that_are_done_stay() {
    let whole = fit(1, Observer::default()).profiles(0.95).unwrap();
    assert!(!whole.partial && whole.pair.is_some());
    for (points, profiles) in [(100, 1), (250, 3), (450, 5)] {
        let some = fit(1, after("profile points", points)).profiles(0.95).unwrap();
        assert!(some.partial && some.pair.is_none());
        assert_eq!(some.profiles, whole.profiles[..profiles]);
    }
}

#[test]
fn a_stopped_comparison_rests_on_the_replicates_that_all_have() {
    let observations = runs_by("chinchilla", Size::AVERAGE);
    let laws = ["tied", "chinchilla"].map(|law| (by_name(law).unwrap(), observations.clone()));
    let compare = |count, observer| {
        Candidates::new(laws.to_vec()).compare(&options(1, observer), 0.2, &replicates(count)).unwrap()
    };
    let (few, partial) = (compare(40, Observer::default()), compare(100, after("replicates", 140)));
    assert_eq!((few.partial, partial.partial), (None, Some(40)));
    assert_eq!(few.candidates.iter().map(|c| c.disagreed).sum::<usize>(), 0);
    for (few, partial) in few.candidates.iter().zip(&partial.candidates) {
        assert_eq!((few.name(), few.behind, few.wins), (partial.name(), partial.behind, partial.wins));
    }
    assert!(partial.to_json().contains(r#""partial":40"#));
    // Only one was refitted often enough: how sure the order is, is not known.
    let early = compare(100, after("replicates", 110));
    assert_eq!(early.partial, Some(10));
    assert!(early.candidates.iter().all(|c| c.wins.is_nan()));
    assert!(early.candidates[1].behind.is_none());
    let never =
        Candidates::new(laws.to_vec()).compare(&options(1, after("starts", 1)), 0.2, &replicates(100));
    assert!(matches!(never, Err(Error::Cancelled { .. })));
}

#[test]
fn a_stopped_holdout_has_the_splits_that_are_done() {
    let observations = runs_by("chinchilla", Size::AVERAGE);
    let by = HoldOut::Rolling { by: Input::Flops };
    let held_out = |observer| holdout(&observations, &options(1, observer), &replicates(50), &by);
    let whole = held_out(Observer::default()).unwrap();
    assert!(!whole.is_partial() && whole.missing == 0 && whole.splits.len() == 4);
    // The third split has too few draws.
    let some = held_out(after("replicates", 110)).unwrap();
    assert!(some.is_partial() && some.missing == 2);
    assert_eq!(some.splits, whole.splits[..2]);
    assert!(some.to_json().contains(r#""missing":2"#));
    // The third has enough, and says of how many.
    let some = held_out(after("replicates", 140)).unwrap();
    assert_eq!((some.missing, some.splits.len()), (1, 3));
    assert!(some.splits[2].warnings.contains(&Warning::Partial { made: 40, replicates: 50, disagreed: 0 }));
    assert!(matches!(held_out(after("replicates", 10)), Err(Error::Cancelled { .. })));
}

#[test]
fn predictions_of_several_runs_are_those_of_each_and_can_be_stopped() {
    let runs: Vec<NewRun> = (1..40).map(|i| NewRun::dense(1e8 * f64::from(i), 1e10).unwrap()).collect();
    let mut ensemble = fit(2, Observer::default()).bootstrap(&replicates(100)).unwrap();
    let each: Vec<_> = runs.iter().map(|run| ensemble.predict_run(run).unwrap()).collect();
    assert_eq!(ensemble.predict_runs(&runs).unwrap(), each);
    ensemble.fit.options.observer = after("predictions", 10);
    let stopped = ensemble.predict_runs(&runs).unwrap_err();
    assert!(matches!(stopped, Error::Cancelled { .. }), "{stopped}");
}
