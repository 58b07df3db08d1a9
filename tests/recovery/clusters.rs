//! Clusters of runs that share noise: they are drawn together, whatever the order of the table, and are saved.

use nbar::bootstrap::{Interval, Resample};
use nbar::report::Report;
use nbar::{
    BootstrapOptions, Document, Ensemble, FitOptions, HoldOut, Observations, Run, Sweep, Warning,
    fit_scaling_law, holdout, law::Input,
};

use crate::common::noise::normal;

/// Nine budgets of five sizes each, with noise of which the runs of a budget share `shared`; the clusters are the budgets.
fn runs(shared: f64) -> (Vec<[f64; 3]>, Vec<String>) {
    let noise: Vec<f64> = (0..54).map(normal).collect();
    let (mut rows, mut clusters) = (Vec::new(), Vec::new());
    for budget in 0..9 {
        let flops = 6e18 * 2.2f64.powi(budget as i32);
        for size in 0..5 {
            let n = (flops / 120.0).sqrt() * 2f64.powi(size - 2);
            let d = flops / 6.0 / n;
            let own = noise[9 + rows.len()] * 1e-3;
            let loss = 1.8172 + 477.8 / n.powf(0.3473) + 2143.4 / d.powf(0.3672);
            rows.push([n, d, loss * (shared * noise[budget] + own).exp()]);
            clusters.push(format!("budget {budget}"));
        }
    }
    (rows, clusters)
}

fn observations(rows: &[[f64; 3]]) -> Observations {
    let column = |k: usize| rows.iter().map(|row| row[k]).collect();
    Observations::new(column(0), column(1), column(2)).unwrap()
}

fn drawn(observations: &Observations, options: BootstrapOptions) -> Ensemble {
    fit_scaling_law(observations, &FitOptions::default()).unwrap().bootstrap(&options).unwrap()
}

fn options() -> BootstrapOptions {
    BootstrapOptions::default().with_replicates(200)
}

#[test]
fn noise_that_is_shared_is_seen_by_clusters_only() {
    let (rows, clusters) = runs(6e-3);
    let alone = observations(&rows);
    let together = alone.clone().with_clusters(&clusters).unwrap();
    let error = |observations: &Observations| {
        drawn(observations, options()).estimate(|p| (p[0] + p[1] * 1e12f64.powf(-p[3])).ln()).std_error
    };
    // Five runs that share all of their noise tell as much as one: √5, less what five parameters took of nine budgets.
    let ratio = error(&together) / error(&alone);
    assert!((1.3..3.0).contains(&ratio), "{ratio}");
}

/// A cluster for each run is no cluster: not one bit differs.
#[test]
fn clusters_of_one_run_each_are_runs() {
    let (rows, _) = runs(0.0);
    let names: Vec<String> = (0..rows.len()).map(|i| format!("{i:02}")).collect();
    let numbers = (0..rows.len() as u32).collect();
    let alone = observations(&rows).with_runs(numbers, names.clone()).unwrap();
    let together = alone.clone().with_clusters(&names).unwrap();
    for resample in [Resample::Weights, Resample::Runs, Resample::Residuals, Resample::Parametric] {
        let options = options().with_replicates(30).with_resample(resample).with_interval(Interval::Bca);
        let [alone, together] = [&alone, &together].map(|of| drawn(of, options.clone()));
        assert_eq!((&alone.draws, &alone.left_out), (&together.draws, &together.left_out), "{resample}");
    }
    let [alone, together] = [&alone, &together].map(|of| drawn(of, options()).parameter("E").unwrap());
    let near = |(a, b): (f64, f64)| (a / b - 1.0).abs() < 1e-9;
    assert!(alone.interval.into_iter().zip(together.interval).all(near), "{alone:?} {together:?}");
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let (mut rows, mut clusters) = runs(3e-3);
    // Two rows that only their clusters tell apart.
    rows.push(rows[0]);
    clusters.push("budget 8".to_owned());
    let all: Vec<usize> = (0..rows.len()).collect();
    let read = |order: &[usize]| {
        let rows: Vec<[f64; 3]> = order.iter().map(|i| rows[*i]).collect();
        let clusters: Vec<&String> = order.iter().map(|i| &clusters[*i]).collect();
        observations(&rows).with_clusters(&clusters).unwrap()
    };
    let moved: Vec<usize> = all.iter().map(|i| (i * 17 + 5) % rows.len()).collect();
    let (given, moved) = (read(&all), read(&moved));
    for resample in [Resample::Weights, Resample::Residuals, Resample::Parametric] {
        let options = options().with_replicates(30).with_resample(resample).with_interval(Interval::Bca);
        let [given, moved] = [&given, &moved].map(|of| drawn(of, options.clone()));
        assert_eq!((&given.draws, &given.left_out), (&moved.draws, &moved.left_out), "{resample}");
        assert_eq!(given.left_out.len(), 9);
        assert_eq!(given.predict(1e11, 1e12).unwrap(), moved.predict(1e11, 1e12).unwrap());
    }
    let folds = |of| {
        holdout(of, &FitOptions::default(), &options().with_replicates(20), &HoldOut::Folds { count: 3 })
    };
    let score = |of| folds(of).unwrap().overall;
    assert_eq!(score(&given), score(&moved));
}

#[test]
fn saved_fits_carry_clusters() {
    let (rows, clusters) = runs(3e-3);
    let ensemble = drawn(&observations(&rows).with_clusters(&clusters).unwrap(), options());
    assert_eq!(ensemble.fit.observations.cluster_count(), Some(9));
    let report = Report::Ensemble(ensemble);
    let text = report.to_json();
    let again = Report::from_json("again", text.as_bytes()).unwrap();
    assert_eq!(again, report);
    assert_eq!(again.parameters(), report.parameters());
    let summary: serde_json::Value = serde_json::from_str(&report.summary(None).to_json()).unwrap();
    assert_eq!(summary["clusters"], 9);
    // An index without a name.
    let broken = text.replacen(r#","budget 8"],"of_row""#, r#"],"of_row""#, 1);
    assert_ne!(broken, text);
    assert!(Report::from_json("broken", broken.as_bytes()).is_err());
}

#[test]
fn few_clusters_are_warned_of_and_one_is_refused() {
    let (rows, clusters) = runs(0.0);
    let few = |observations: &Observations| {
        let fit = fit_scaling_law(observations, &FitOptions::default()).unwrap();
        fit.warnings.into_iter().find(|warning| matches!(warning, Warning::FewRuns { .. }))
    };
    assert_eq!(few(&observations(&rows)), None);
    let warning = few(&observations(&rows).with_clusters(&clusters).unwrap()).unwrap();
    assert_eq!(warning, Warning::FewRuns { effective: 9.0, clusters: true });
    assert!(warning.to_string().starts_with("the sweep has the weight of 9 clusters: "), "{warning}");
    let one = observations(&rows).with_clusters(&vec!["one"; rows.len()]).unwrap();
    let fit = fit_scaling_law(&one, &FitOptions::default()).unwrap();
    let refused = fit.bootstrap(&options()).unwrap_err().to_string();
    assert!(
        refused.contains("cannot draw from a single cluster") && refused.contains("add clusters"),
        "{refused}"
    );
}

#[test]
fn clusters_that_are_none_are_refused() {
    let rows = || observations(&[[1e8, 1e9, 3.0], [1e8, 2e9, 2.9], [1e9, 2e9, 2.7]]);
    let refused = |clusters: &[&str]| rows().with_clusters(clusters).unwrap_err().to_string();
    assert!(refused(&["a", "b"]).contains("clusters"));
    let empty = refused(&["a", "", "b"]);
    assert!(
        empty.contains("the cluster of observation 1") && empty.contains("name every cluster"),
        "{empty}"
    );
    let named = |of: Observations| of.with_runs(vec![0, 0, 1], vec!["x".into(), "y".into()]);
    let parts = [
        "run 'x'",
        "observation 1 is in cluster 'b', and observation 0 in 'a'",
        "put all rows of a run in one",
    ];
    let apart = named(rows()).unwrap().with_clusters(&["a", "b", "b"]);
    let later = named(rows().with_clusters(&["a", "b", "b"]).unwrap());
    for outcome in [apart, later] {
        let said = outcome.unwrap_err().to_string();
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
    let runs = vec![Run::dense("x", 1e8, 1e9, 3.0).with_cluster("a"), Run::dense("y", 1e9, 1e9, 2.9)];
    let said = Sweep::from_runs(runs).unwrap().observations(&Default::default()).unwrap_err().to_string();
    assert!(said.contains("run 'y'") && said.contains("give each run a cluster, or none"), "{said}");
}

#[test]
fn folds_keep_clusters_whole_and_orders_count_those_that_they_part() {
    let (rows, clusters) = runs(0.0);
    let replicates = options().with_replicates(20);
    let shared = |of: &Observations, hold_out: &HoldOut| {
        let report = holdout(of, &FitOptions::default(), &replicates, hold_out).unwrap();
        report.splits.iter().map(|split| split.shared_clusters).collect::<Vec<_>>()
    };
    let (folds, largest) = (HoldOut::Folds { count: 3 }, HoldOut::Largest { by: Input::Flops, share: 0.2 });
    let budgets = observations(&rows).with_clusters(&clusters).unwrap();
    assert_eq!((shared(&budgets, &folds), shared(&budgets, &largest)), (vec![0; 3], vec![0]));
    // Of three seeds, each with sizes of all budgets.
    let seeds: Vec<String> = (0..rows.len()).map(|i| (i % 3).to_string()).collect();
    let seeds = observations(&rows).with_clusters(&seeds).unwrap();
    assert_eq!((shared(&seeds, &folds), shared(&seeds, &largest)), (vec![0; 3], vec![3]));
    let four = holdout(&seeds, &FitOptions::default(), &replicates, &HoldOut::Folds { count: 4 });
    assert!(four.unwrap_err().to_string().contains("from 2 to 3, the number of clusters"));
}
