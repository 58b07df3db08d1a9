//! The command, as people and scripts meet it.

mod answers;
mod brought;
mod clusters;
mod comparing;
mod constants;
mod decisions;
mod diagnostics;
mod difference;
mod families;
mod first_runs;
mod fitting;
mod flags;
mod flops;
mod forecasts;
mod formulas;
mod gate;
mod golden;
mod holdout;
mod hostile;
mod hostile_files;
mod inspecting;
mod latex;
mod mending;
mod odd_laws;
mod outputs;
mod outright;
mod planning;
#[cfg(feature = "plot")]
mod plotting;
mod priors;
mod rates_told;
mod reading;
mod recipes;
mod refusals;
mod registered;
mod residuals;
mod restrictions;
mod resumed;
mod schedules;
mod scoring;
mod separators;
mod stopping;
mod twins;
mod valleys;

use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// Chinchilla's runs without the outliers, quickly.
const FIT: [&str; 6] = ["fit", "data/chinchilla.csv", "--where", "outlier=0", "--bootstrap", "20"];

fn run_with(args: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nbar"));
    command.args(args).write_stdin(stdin.to_owned()).output().expect("nbar starts")
}

fn run(args: &[&str]) -> Output {
    run_with(args, "")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("stdout is UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("stderr is UTF-8")
}

fn good(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    stdout(&output).to_owned()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&good(&[args, &["--format", "json"]].concat())).expect("one JSON document")
}

/// The keys of a JSON object.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn assert_near(value: &Value, expected: f64, tolerance: f64) {
    let found = value.as_f64().expect("a number");
    assert!((found / expected - 1.0).abs() < tolerance, "{found} is not {expected}");
}

/// A file of its own for a test.
fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn write(name: &str, text: impl AsRef<[u8]>) -> String {
    let path = scratch(name);
    std::fs::write(&path, text).expect("the folder for tests can be written");
    path.display().to_string()
}

/// Saves a fit for a test, and names it.
fn saved(name: &str) -> String {
    let path = scratch(name).display().to_string();
    good(&[FIT.as_slice(), &["-o", &path]].concat());
    path
}

/// Refuses with this code, prints nothing, and says all of `parts`.
fn refuses(args: &[&str], code: i32, parts: &[&str]) {
    let output = run(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
    assert_eq!(stdout(&output), "", "{args:?}");
    for part in parts {
        assert!(stderr(&output).contains(part), "{args:?}: no '{part}' in {}", stderr(&output));
    }
}
