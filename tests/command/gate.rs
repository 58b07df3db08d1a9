//! What is grave about a sweep is said by all commands that fit it, and nothing is allocated from losses that rise.

use std::fmt::Write;

use crate::{refuses, run, stderr, write};

/// Runs on a grid of sizes and lengths.
fn grid(name: &str, row: impl Fn(f64, f64) -> [f64; 3]) -> String {
    let mut table = "params,tokens,loss\n".to_owned();
    for n in [1e8, 2e8, 4e8, 8e8, 1.6e9] {
        for d in [2e9, 4e9, 8e9, 1.6e10, 3.2e10] {
            let [n, d, loss] = row(n, d);
            let _ = writeln!(table, "{n},{d},{loss}");
        }
    }
    write(name, table)
}

fn falls(n: f64, d: f64) -> f64 {
    (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * (1.0 + 2e-3 * (n + d / 7.0).sin())
}

#[test]
fn fit_compare_and_holdout_say_once_what_inspect_finds() {
    let swapped = grid("gate-swapped.csv", |n, d| [d, n, falls(n, d)]);
    let millions = grid("gate-millions.csv", |n, d| [n / 1e6, d / 1e9, falls(n, d)]);
    let perplexities = grid("gate-ppl.csv", |n, d| [n, d, falls(n, d).exp()]);
    let plain = grid("gate-plain.csv", |n, d| [n, d, falls(n, d)]);
    let few = ["--bootstrap", "20", "--jobs", "1"];
    let commands: [&[&str]; 4] =
        [&["inspect"], &["fit", "--no-diagnostics"], &["holdout"], &["compare", "--laws", "chinchilla"]];
    for (table, word) in [
        (swapped, "fewer tokens than parameters"),
        (millions, "fewer than 10K"),
        (perplexities, "above 11.78"),
        (plain, "no such word"),
    ] {
        for command in commands {
            let more = if command[0] == "inspect" { &few[..0] } else { &few };
            let output = run(&[command, &[&table], more].concat());
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + stderr(&output);
            let times = usize::from(word != "no such word");
            assert_eq!(said.matches(word).count(), times, "{command:?} {table}: {said}");
            assert_eq!(output.status.code(), Some(0), "{command:?} {table}: {said}");
        }
    }
}

#[test]
fn nothing_is_allocated_from_a_loss_that_rises() {
    let table = grid("gate-rising.csv", |n, d| [n, d, 5.0 - falls(n, d)]);
    let saved = write("gate-rising.fit.json", "");
    for draws in ["0", "40"] {
        let output = run(&["fit", &table, "--jobs", "1", "--bootstrap", draws, "-o", &saved]);
        assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("the loss rises with parameters and with tokens"),
            "{}",
            stderr(&output)
        );
        assert!(!String::from_utf8_lossy(&output.stdout).contains("compute-optimal"));
    }
    let questions: [&[&str]; 4] = [
        &["allocate", &saved, "--flops", "1e22"],
        &["solve", &saved, "--loss", "2", "--params", "1e9"],
        &["plan", &saved, "--flops", "1e21"],
        &["design", &saved, "--target-flops", "1e22", "--budget", "1e21", "--new-runs", "3"],
    ];
    for question in questions {
        refuses(question, 3, &["rises with parameters and with tokens", "nbar inspect"]);
    }
    let predicted = run(&["predict", &saved, "--params", "1B", "--tokens", "20B"]);
    assert_eq!(predicted.status.code(), Some(4));
    assert!(stderr(&predicted).contains("the loss rises"));
}

/// The published tables have no finding but those of groups and of rows before the last, which are so.
#[test]
fn bundled_tables_have_no_finding() {
    for entry in std::fs::read_dir("data").expect("the folder of tables") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        // A table of losses on a part of the validation text is no sweep.
        let is_sweep = text.lines().next().is_some_and(|names| names.split(',').any(|name| name == "loss"));
        if path.extension().is_some_and(|ending| ending == "csv") && is_sweep {
            let table = path.display().to_string();
            let fit =
                ["fit", &table, "--bootstrap", "0", "--no-diagnostics", "--jobs", "1", "--format", "json"];
            let output = run(&fit);
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            let grave = |warning: &serde_json::Value| match warning["kind"].as_str() {
                // One table marks runs that its authors left out.
                Some("finding") => !["several_groups", "marked_out"]
                    .contains(&warning["finding"]["what"]["kind"].as_str().unwrap_or("")),
                kind => kind == Some("loss_rises"),
            };
            let found: Vec<_> =
                json["warnings"].as_array().expect("warnings").iter().filter(|w| grave(w)).collect();
            assert!(found.is_empty(), "{table}: {found:?}");
        }
    }
}

#[test]
fn what_is_wrong_with_single_runs_is_said_too() {
    let copies =
        |n: f64, d: f64| [n, if d > 3e10 { 2e9 } else { d }, falls(n, if d > 3e10 { 2e9 } else { d })];
    for (table, word) in [
        (grid("gate-copies.csv", copies), "5 runs have the parameters, tokens and losses of another"),
        (
            grid("gate-diverged.csv", |n, d| [n, d, if (n, d) == (4e8, 8e9) { 7.5 } else { falls(n, d) }]),
            "1 run ends far above the loss of a run with no more parameters and tokens",
        ),
        (
            grid("gate-one-in-billions.csv", |n, d| {
                [n, if (n, d) == (4e8, 8e9) { 8.0 } else { d }, falls(n, d)]
            }),
            "1 run saw fewer tokens than parameters",
        ),
        (
            grid("gate-thousands.csv", |n, d| [n / 1e3, d, falls(n, d)]),
            "runs saw more than 10K tokens a parameter",
        ),
    ] {
        for command in [&["inspect"][..], &["fit", "--bootstrap", "0", "--no-diagnostics", "--jobs", "1"]] {
            let output = run(&[command, &[&table]].concat());
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + stderr(&output);
            assert_eq!(said.matches(word).count(), 1, "{command:?} {table}: {said}");
        }
    }
}
