//! Laws and sizes side by side.

use std::sync::Arc;

use nbar::compare::{CompareOptions, compare};
use nbar::holdout::{HoldOut, holdout};
use nbar::law::{Input, Law, chinchilla};
use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Observations, Size, Sweep};

fn candidates(path: &str, sizes: &[Size]) -> Vec<(Arc<dyn Law>, Observations)> {
    let sweep = Sweep::from_csv_path(path).unwrap();
    let on = |size: &Size| sweep.observations(&ObservationOptions::default().with_size(*size)).unwrap();
    sizes.iter().map(|size| (Arc::new(chinchilla()) as Arc<dyn Law>, on(size))).collect()
}

#[test]
fn the_sparse_sweep_prefers_averages_to_either_end() {
    let sizes = [Size::Initial, Size::AVERAGE, Size::Final];
    let all = candidates("data/t5_c4_sparse.csv", &sizes);
    let comparison = compare(&all, &FitOptions::default(), &CompareOptions::default()).unwrap();
    let order: Vec<&str> = comparison.candidates.iter().map(|c| c.size.as_deref().unwrap()).collect();
    assert_eq!(order, ["average", "initial", "final"]);
    assert!(comparison.candidates[1].behind[0] > 0.0, "the interval of the difference excludes none");
    let wins: f64 = comparison.candidates.iter().map(|c| c.wins).sum();
    assert!((wins - 1.0).abs() < 1e-9 && comparison.candidates[0].wins > 0.9);
    // Five parameters each: both criteria order as the likelihood does.
    for pair in comparison.candidates.windows(2) {
        assert_eq!(pair[0].aic < pair[1].aic, pair[0].objective < pair[1].objective);
        let penalty = 6.0 * (48f64.ln() - 2.0);
        assert!((pair[0].bic - pair[0].aic - penalty).abs() < 1e-9);
    }
}

#[test]
fn errors_are_those_of_the_holdout() {
    let all = candidates("data/chinchilla.csv", &[Size::AVERAGE]);
    let options = FitOptions::default();
    let compared = compare(&all, &options, &CompareOptions::default()).unwrap();
    let largest = HoldOut::Largest { by: Input::Flops, share: 0.2 };
    let bootstrap = BootstrapOptions::default().with_replicates(20);
    let report = holdout(&all[0].1, &options, &bootstrap, largest).unwrap();
    let (ours, theirs) = (compared.candidates[0].held_out, report.overall.law);
    assert_eq!(compared.runs.len(), report.overall.runs);
    assert!((ours.rms / theirs.rms - 1.0).abs() < 1e-9 && (ours.bias - theirs.bias).abs() < 1e-9);
}

#[test]
fn on_a_dense_sweep_all_sizes_are_one_and_tie() {
    let all = candidates("data/overtraining.csv", &[Size::AVERAGE, Size::Final, Size::GEOMETRIC]);
    let comparison = compare(&all, &FitOptions::default(), &CompareOptions::default()).unwrap();
    let first = &comparison.candidates[0];
    for candidate in &comparison.candidates {
        assert!((candidate.objective / first.objective - 1.0).abs() < 1e-9);
        assert!((candidate.wins - 1.0 / 3.0).abs() < 1e-9, "{}", candidate.wins);
    }
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let (options, how) = (FitOptions::default(), CompareOptions::default());
    assert!(compare(&[], &options, &how).is_err());
    let mut mixed = candidates("data/overtraining.csv", &[Size::AVERAGE]);
    mixed.extend(candidates("data/t5_c4_sparse.csv", &[Size::AVERAGE]));
    let error = compare(&mixed, &options, &how).unwrap_err().to_string();
    assert!(error.contains("not of the same runs") && error.contains("one sweep"), "{error}");
    let all = candidates("data/overtraining.csv", &[Size::AVERAGE]);
    assert!(compare(&all, &options, &how.clone().with_share(0.99)).is_err());
}

#[test]
fn the_law_of_final_sparsity_beats_every_average_on_the_sparse_sweep() {
    let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv").unwrap();
    let observations = sweep.observations(&ObservationOptions::default()).unwrap();
    let all: Vec<(Arc<dyn Law>, Observations)> = ["chinchilla", "tied", "compute", "sparse"]
        .iter()
        .map(|name| (nbar::law::by_name(name).unwrap(), observations.clone()))
        .collect();
    let comparison = compare(&all, &FitOptions::default(), &CompareOptions::default()).unwrap();
    let order: Vec<&str> = comparison.candidates.iter().map(|c| c.law.as_str()).collect();
    assert_eq!((order[0], order[3]), ("sparse", "compute"));
    assert!(comparison.candidates[0].bic < comparison.candidates[1].bic);
    assert_eq!(comparison.candidates[0].size, None);
}
