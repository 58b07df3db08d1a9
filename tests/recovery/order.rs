//! The order of a table changes nothing: not one bit of a fit, of its draws, or of what follows from them.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use nbar::bootstrap::{Interval, Resample};
use nbar::compare::Candidates;
use nbar::design::DesignOptions;
use nbar::diagnose::Refit;
use nbar::fit::Warning;
use nbar::law::{Input, Law, averaged, chinchilla};
use nbar::report::Report;
use nbar::{
    BootstrapOptions, Checkpoints, Fit, FitOptions, HoldOut, ObservationOptions, Observations, Size, Sweep,
    fit_scaling_law, holdout,
};
use proptest::prelude::*;

/// Whether runs have names, by which they are known in the shuffled table too.
#[derive(Clone, Copy, PartialEq)]
enum Runs {
    Named,
    Unnamed,
}

/// The rows of a table in another order, under the same header.
fn shuffled(table: &str, mut seed: u64) -> String {
    let (header, rows) = table.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    for place in (1..rows.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(place, (seed >> 33) as usize % (place + 1));
    }
    format!("{header}\n{}\n", rows.join("\n"))
}

fn table(name: &str) -> String {
    std::fs::read_to_string(format!("{}/data/{name}.csv", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn read(table: &str) -> Sweep {
    Sweep::from_csv_str("table.csv", table).unwrap()
}

/// Writes a value so that every bit shows: a number in the fewest digits that tell it from any other.
fn note(out: &mut String, what: &str, value: impl Debug) {
    writeln!(out, "{what}: {value:?}").unwrap();
}

/// Fails with the first line that differs.
fn same(one: &str, other: &str) {
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(one.lines().count(), other.lines().count());
}

/// A fit, its draws in every way, and what refits say of it.
fn fitted(out: &mut String, fit: &Fit, runs: Runs) {
    let starts = (fit.starts_tried, fit.starts_at_optimum, fit.starts_unproven);
    note(out, "optimum", (&fit.parameters, fit.objective, fit.gradient_norm, fit.termination, starts));
    note(out, "minima", &fit.minima);
    let without = |w: &Refit<String>| {
        let name = if runs == Runs::Named { w.at.as_str() } else { "" };
        format!("{name} {:?} {:?} {:?}", w.parameters, w.objective, w.change)
    };
    let influence = fit.influence().unwrap();
    note(out, "single", influence.single.iter().map(without).collect::<Vec<_>>());
    note(out, "joint", influence.joint.iter().map(without).collect::<Vec<_>>());
    note(out, "sensitivity", fit.sensitivity().unwrap());
    note(out, "profile", fit.profile("alpha", 0.95).unwrap());
    for resample in
        [Resample::Weights, Resample::Runs, Resample::Rows, Resample::Residuals, Resample::Parametric]
    {
        let interval = if resample == Resample::Weights { Interval::Bca } else { Interval::default() };
        let options = BootstrapOptions::default().with_replicates(60).with_resample(resample);
        let ensemble = fit.bootstrap(&options.with_interval(interval)).unwrap();
        note(out, "draws", (&ensemble.draws, &ensemble.left_out, ensemble.failed, ensemble.disagreed));
        let mut prediction = ensemble.predict(1e11, 1e12).unwrap();
        // What is odd about a sweep names the files.
        prediction.warnings.retain(|warning| !matches!(warning, Warning::Finding { .. }));
        note(out, "prediction", prediction);
        note(out, "design", ensemble.design(&DesignOptions::new(1e24, 1e22, 2)).unwrap());
        note(out, "parameters", Report::Ensemble(ensemble).parameters());
    }
}

/// What is held out, which runs and how they were foretold.
fn held_out(out: &mut String, observations: &Observations, runs: Runs) {
    let bootstrap = BootstrapOptions::default().with_replicates(30);
    let largest = HoldOut::Largest { by: Input::Flops, share: 0.25 };
    for by in [largest, HoldOut::Rolling { by: Input::Flops }, HoldOut::Folds { count: 3 }] {
        let mut report = holdout(observations, &FitOptions::default(), &bootstrap, &by).unwrap();
        note(out, "overall", (&report.overall, report.skipped));
        for split in &mut report.splits {
            let mut rows = std::mem::take(&mut split.rows);
            if runs == Runs::Unnamed {
                rows.iter_mut().for_each(|row| row.run.clear());
            }
            let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            rows.sort();
            note(out, "split", (split.fitted_runs, split.fitted_rows, split.tied, split.score.reach));
            note(out, "score", (&split.parameters, &split.score, &rows));
        }
    }
}

/// Laws and sizes side by side.
fn compared(out: &mut String, of_size: impl Fn(Size) -> Observations) {
    let law = |law: Arc<dyn Law>, size| (law, of_size(size));
    let candidates = [
        law(Arc::new(chinchilla()), Size::AVERAGE),
        law(Arc::new(chinchilla()), Size::Final),
        law(Arc::new(averaged()), Size::AVERAGE),
    ];
    let draws = BootstrapOptions::default().with_replicates(20);
    let comparison =
        Candidates::new(candidates.to_vec()).compare(&FitOptions::default(), 0.2, &draws).unwrap();
    for c in &comparison.candidates {
        note(out, "candidate", (&c.law, &c.size, c.objective, c.aic, c.bic, &c.fitted, &c.held_out));
        note(out, "replicates", (c.behind, c.wins, c.failed, c.disagreed));
        let mut losses: Vec<_> = c.fitted_losses.iter().zip(&c.predicted_losses).collect();
        losses.sort_by(|a, b| a.partial_cmp(b).unwrap());
        note(out, "losses", losses);
    }
}

/// All of it for a sweep.
fn essence(sweep: &Sweep, checkpoints: Checkpoints, runs: Runs) -> String {
    let options = ObservationOptions::default().with_checkpoints(checkpoints);
    let of_size = |size| sweep.observations(&options.with_size(size)).unwrap();
    let observations = of_size(Size::AVERAGE);
    let mut out = String::new();
    let fit = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
    fitted(&mut out, &fit, runs);
    held_out(&mut out, &observations, runs);
    compared(&mut out, of_size);
    let weighted = observations.with_power_weights("flops:0.3".parse().unwrap()).unwrap();
    let fit = fit_scaling_law(&weighted, &FitOptions::default()).unwrap();
    note(&mut out, "weighted", (&fit.parameters, fit.objective, fit.standard_errors()));
    out
}

#[test]
fn a_table_of_named_runs_may_be_in_any_order() {
    for table in ["t5_c4_sparse", "overtraining"].map(table) {
        let whole = essence(&read(&table), Checkpoints::Last, Runs::Named);
        same(&whole, &essence(&read(&shuffled(&table, 1)), Checkpoints::Last, Runs::Named));
    }
}

#[test]
fn runs_with_curves_may_be_split_over_files_in_any_order() {
    let table = table("gemstones_hot");
    let (header, rows) = table.split_once('\n').unwrap();
    // Every third row is in another file, so that most runs are in both.
    let file = |other: bool| {
        let rows: Vec<&str> =
            rows.lines().enumerate().filter(|(i, _)| (i % 3 == 0) == other).map(|r| r.1).collect();
        Sweep::from_csv_str(&format!("{other}.csv"), &format!("{header}\n{}\n", rows.join("\n"))).unwrap()
    };
    let whole = essence(&read(&table), Checkpoints::All, Runs::Named);
    for first in [false, true] {
        let sweep = file(first).merge(file(!first)).unwrap();
        same(&whole, &essence(&sweep, Checkpoints::All, Runs::Named));
        let options = ObservationOptions::default().with_loss_at("mean-last:30%".parse().unwrap());
        let from = |sweep: &Sweep| sweep.observations(&options).unwrap().loss_from();
        assert_eq!(from(&sweep), from(&read(&table)));
    }
}

#[test]
fn rows_without_runs_go_by_their_values_wherever_they_stand() {
    let rows: Vec<String> = table("overtraining")
        .lines()
        .map(|row| row.split(',').skip(2).collect::<Vec<_>>().join(","))
        .collect();
    let table = format!("{}\n", rows.join("\n"));
    let whole = essence(&read(&table), Checkpoints::Last, Runs::Unnamed);
    same(&whole, &essence(&read(&shuffled(&table, 2)), Checkpoints::Last, Runs::Unnamed));
    // In files, their names are those of the files and lines.
    let (header, rows) = table.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let file = |name: &str, rows: &[&str]| {
        Sweep::from_csv_str(name, &format!("{header}\n{}\n", rows.join("\n"))).unwrap()
    };
    let sweep = file("b.csv", &rows[60..]).merge(file("a.csv", &rows[..60])).unwrap();
    assert_eq!(sweep.runs()[0].id(), "b.csv, line 2");
    same(&whole, &essence(&sweep, Checkpoints::Last, Runs::Unnamed));
}

/// A row as a user of the library has it: N₀, N̄, D, L, weight.
type Row = [f64; 5];

fn observations(rows: &[Row]) -> Observations {
    let column = |k: usize| rows.iter().map(|row| row[k]).collect::<Vec<f64>>();
    Observations::new(column(1), column(2), column(3))
        .and_then(|o| o.with_param_counts(column(0), column(1), column(1)))
        .and_then(|o| o.with_weights(column(4)))
        .unwrap()
}

/// Rows of which some are there twice, and some differ in one column alone.
fn rows() -> Vec<Row> {
    let row = |i: u32| {
        let (n, d) = (1e7 * 8f64.powi((i % 5) as i32), 1e8 * 6f64.powi((i / 5) as i32));
        let noise = 0.02 * (f64::from(i) * 1.7).sin();
        [1.25 * n, n, d, (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * noise.exp(), 1.0]
    };
    let mut rows: Vec<Row> = (0..25).map(row).collect();
    rows.extend([row(3), row(3), row(11), row(24)]);
    for column in 0..5 {
        let mut other = row(13);
        other[column] *= 1.03;
        rows.push(other);
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn observations_without_runs_may_be_in_any_order(rows in Just(rows()).prop_shuffle()) {
        let all = |rows: &[Row]| {
            let observations = observations(rows);
            let fit = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
            let mut out = String::new();
            fitted(&mut out, &fit, Runs::Unnamed);
            held_out(&mut out, &observations, Runs::Unnamed);
            out
        };
        same(&all(&self::rows()), &all(&rows));
    }
}

#[test]
fn what_is_listed_row_by_row_stays_in_the_order_of_the_table() {
    let sweep = read(&shuffled(&table("overtraining"), 3));
    let observations = sweep.observations(&ObservationOptions::default()).unwrap();
    let names: Vec<String> = sweep.runs().iter().map(|run| run.id().to_owned()).collect();
    assert!(!names.is_sorted());
    let fit = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
    assert_eq!(fit.observations, observations);
    let expected = |row: usize| fit.predict(observations.params()[row], observations.tokens()[row]).unwrap();
    for (row, residual) in fit.residuals().unwrap().iter().enumerate() {
        assert!((residual - (observations.loss()[row] / expected(row)).ln()).abs() < 1e-12);
    }
    let candidates = [(Arc::new(chinchilla()) as Arc<dyn Law>, observations.clone())];
    let draws = BootstrapOptions::default().with_replicates(10);
    let comparison =
        Candidates::new(candidates.to_vec()).compare(&FitOptions::default(), 0.2, &draws).unwrap();
    let candidate = &comparison.candidates[0];
    assert_eq!(candidate.fit.observations, observations);
    assert!(comparison.rows.iter().map(|row| &row.run).eq(&names));
    for (row, compared) in comparison.rows.iter().enumerate() {
        assert_eq!(compared.loss, observations.loss()[row]);
        assert!((candidate.fitted_losses[row] / expected(row) - 1.0).abs() < 1e-12);
    }
    let largest = HoldOut::Largest { by: Input::Flops, share: 0.25 };
    let few = BootstrapOptions::default().with_replicates(10);
    let report = holdout(&observations, &FitOptions::default(), &few, &largest).unwrap();
    let listed: Vec<&String> = report.splits[0].rows.iter().map(|row| &row.run).collect();
    assert!(names.iter().filter(|name| listed.contains(name)).eq(listed.iter().copied()));
    let path = std::env::temp_dir().join(format!("nbar-order-{}.fit.json", std::process::id()));
    let report = Report::Ensemble(fit.bootstrap(&few).unwrap());
    report.save(&path).unwrap();
    let loaded = Report::load(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(loaded, report);
    assert_eq!(loaded.fit().observations, observations);
}

#[test]
fn fits_saved_before_draws_went_by_name_predict_what_they_did() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/saved_before_names.json");
    let report = Report::load(path.as_ref()).unwrap();
    let loss = report.ensemble().unwrap().predict(3e10, 1e12).unwrap().loss;
    // As the version that saved it said.
    let expected = [1.8731687268624044, 1.8243754607686906, 1.8975415718083466];
    let found = [[loss.estimate].as_slice(), &loss.mean_interval].concat();
    for (found, expected) in found.iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} is not {expected}");
    }
    // Saved again, it stays what it was.
    let path = std::env::temp_dir().join(format!("nbar-old-{}.fit.json", std::process::id()));
    report.save(&path).unwrap();
    // The old file has no checksum of its draws, and is said to have none.
    let without = |report: Report| match report {
        Report::Ensemble(mut ensemble) => {
            ensemble.fit.warnings.retain(|warning| *warning != Warning::NoChecksum);
            Report::Ensemble(ensemble)
        }
        point => point,
    };
    assert!(report.fit().warnings.contains(&Warning::NoChecksum));
    assert_eq!(without(Report::load(&path).unwrap()), without(report));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_name_is_of_one_run() {
    let observations = Observations::new(vec![1e8, 1e9], vec![2e9, 2e10], vec![3.2, 2.6]).unwrap();
    let error = observations.with_runs(vec![0, 1], vec!["a".into(), "a".into()]).unwrap_err().to_string();
    assert!(error.contains("run 'a': it is there twice"), "{error}");
}
