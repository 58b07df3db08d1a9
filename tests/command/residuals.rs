//! What a fit says of how well it fits, and of what comes next.

use std::path::Path;

use serde_json::Value;

use crate::{FIT, assert_near, good, json, refuses, run, scratch, stdout, write};

/// The rows of a CSV file with a heading.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn residuals_of_all_rows_are_written_and_the_largest_are_named() {
    let path = scratch("residuals.csv");
    let _ = std::fs::remove_file(&path);
    let args = [&FIT[..5], &["0", "--residuals", path.to_str().unwrap()]].concat();
    let (text, document) = (good(&args), json(&args));
    let rows = rows(&path);
    assert_eq!(rows.len(), 240);
    let number = |row: &Vec<String>, at: usize| row[at].parse::<f64>().unwrap();
    let parameter = |name: &str| document["parameters"][name]["estimate"].as_f64().unwrap();
    for row in &rows {
        let law = parameter("E")
            + parameter("A") / number(row, 1).powf(parameter("alpha"))
            + parameter("B") / number(row, 2).powf(parameter("beta"));
        assert!((number(row, 5) / law - 1.0).abs() < 1e-12);
        assert!((number(row, 6) - (number(row, 4) / law).ln()).abs() < 1e-12);
    }
    let squares: f64 = rows.iter().map(|row| number(row, 6).powi(2)).sum();
    assert_near(&document["rms"], (squares / 240.0).sqrt(), 1e-9);
    let farthest = rows.iter().max_by(|a, b| number(a, 6).abs().total_cmp(&number(b, 6).abs())).unwrap();
    let said = text.lines().find(|line| line.starts_with("largest residuals")).expect(&text);
    let percent = format!("{} +{:.1} %", farthest[0], 100.0 * number(farthest, 6).exp_m1());
    assert!(said.contains(&percent), "{said}: {percent}");
}

#[test]
fn a_file_that_holds_no_residuals_is_kept() {
    let table = write("kept.csv", "params,tokens,loss\n1,2,3\n");
    refuses(&[&FIT[..5], &["0", "--residuals", &table]].concat(), 3, &["holds no residuals", "name another"]);
    assert_eq!(std::fs::read_to_string(table).unwrap(), "params,tokens,loss\n1,2,3\n");
}

#[test]
fn residuals_are_summed_up_by_group_where_a_column_tells_groups() {
    let path = scratch("groups.csv");
    let _ = std::fs::remove_file(&path);
    let saved = scratch("groups.fit.json").display().to_string();
    let args = ["fit", "data/overtraining.csv", "--bootstrap", "0", "-o", &saved, "--residuals"];
    let text = good(&[&args[..], &[path.to_str().unwrap()]].concat());
    let (shown, document) = (good(&["show", &saved]), json(&["show", &saved]));
    for group in ["c4_original", "rpj", "rw_original"] {
        let of: Vec<f64> = rows(&path)
            .iter()
            .filter(|row| row[0].starts_with(group))
            .map(|row| row[6].parse().unwrap())
            .collect();
        let rms = 100.0 * (of.iter().map(|r| r * r).sum::<f64>() / of.len() as f64).sqrt();
        let line =
            text.lines().find(|line| line.trim_start().starts_with(&format!("{group} "))).expect(&text);
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((cells[1], cells[3]), (&*of.len().to_string(), &*format!("{rms:.1}")), "{line}");
        assert!(shown.contains(line), "{shown}");
        let groups = document["residuals_by_group"].as_array().unwrap();
        let entry = groups.iter().find(|entry| entry["group"] == group).unwrap();
        assert_eq!(entry["rows"], of.len());
        assert_near(&entry["rms"], rms / 100.0, 1e-9);
        assert_near(&entry["mean"], of.iter().sum::<f64>() / of.len() as f64, 1e-9);
    }
    assert!(!good(&["fit", "data/chinchilla.csv", "--bootstrap", "0"]).contains("of group"));
}

#[test]
fn a_saved_fit_is_shown_as_it_was_printed() {
    let path = scratch("shown.fit.json").display().to_string();
    for format in ["json", "csv", "md"] {
        let fitted = run(&[FIT.as_slice(), &["-o", &path, "--format", format]].concat());
        let shown = run(&["show", &path, "--format", format]);
        assert_eq!(stdout(&shown), stdout(&fitted));
        assert_eq!((&shown.stderr, shown.status.code()), (&fitted.stderr, fitted.status.code()));
    }
    let fitted = good(&[FIT.as_slice(), &["-o", &path]].concat());
    let shown = good(&["show", &path]);
    let changed: Vec<(&str, &str)> = fitted.lines().zip(shown.lines()).filter(|(a, b)| a != b).collect();
    assert_eq!(fitted.lines().count(), shown.lines().count());
    let saved = format!("240 observations of 240 runs, saved in {path}");
    assert!(changed.len() == 2 && changed[0].1 == saved && changed[1].1 == "next:", "{changed:?}");
}

#[test]
fn budgets_are_those_of_the_sweep() {
    let path = scratch("budgets.fit.json").display().to_string();
    let text = good(&[FIT.as_slice(), &["-o", &path]].concat());
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let of =
        |name: &str| -> Vec<f64> { serde_json::from_value(saved["observations"][name].clone()).unwrap() };
    let largest = of("params").iter().zip(of("tokens")).map(|(n, d)| 6.0 * n * d).fold(0.0, f64::max);
    for beyond in [1.0, 10.0, 100.0] {
        let budget = nbar::units::format_quantity(beyond * largest, 3);
        let starts = format!(" {budget} FLOPs");
        let line = text.lines().find(|line| line.starts_with(&starts)).expect(&text);
        assert_eq!(line.split_whitespace().nth(2), Some(&*beyond.to_string()), "{line}");
    }
    assert!(!text.contains("1e21") && !text.contains("70B"));
}

#[test]
fn what_a_fit_suggests_next_works_for_its_law() {
    let laws = [
        ("data/overtraining.csv", "compute"),
        ("data/overtraining.csv", "kaplan"),
        ("data/overtraining.csv", "overtraining"),
        ("data/repeated_data.csv", "repeated-data"),
        ("data/t5_c4_sparse.csv", "sparse"),
    ];
    for (table, law) in laws {
        let path = scratch(&format!("next-{law}.fit.json")).display().to_string();
        let output = run(&["fit", table, "--law", law, "--bootstrap", "0", "--no-diagnostics", "-o", &path]);
        let commands: Vec<&str> =
            stdout(&output).lines().filter_map(|line| line.strip_prefix("  nbar ")).collect();
        let trusted = output.status.code() == Some(0);
        assert_eq!(commands.is_empty(), !trusted, "{law}: {}", stdout(&output));
        for command in commands {
            good(&command.split(' ').collect::<Vec<_>>());
        }
    }
}
