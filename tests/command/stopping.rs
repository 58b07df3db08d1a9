//! Ctrl-C, and what stderr has of progress where it is a pipe.
#![cfg(unix)]

use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::{run, scratch, stderr, stdout};

/// More replicates than can be made, of a law that takes its time.
const ENDLESS: [&str; 6] = ["fit", "data/t5_c4_sparse.csv", "--law", "power-mean", "--bootstrap", "1000000"];
const STOPPING: &str = "nbar: stopping with what is done so far; Ctrl-C again ends at once\n";
const PARTIAL: &str = "warning: stopped after ";
const NOTHING: &str = "nbar: stopped before there was a result\n";

fn start(args: &[&str]) -> Child {
    let mut nbar = Command::new(env!("CARGO_BIN_EXE_nbar"));
    nbar.args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("nbar starts")
}

fn shell(line: &str) -> bool {
    Command::new("sh").args(["-c", line]).status().expect("sh starts").success()
}

/// Ctrl-C after a while, and again, up to so many times; if `is_early` says that the first came too soon, once more
/// after a longer while.
fn stopped(args: &[&str], presses: usize, is_early: impl Fn(&Output) -> bool) -> (usize, Output) {
    for wait in [1500, 3000, 6000, 12000, 24000] {
        let mut child = start(args);
        // Nobody writes, and nobody says that there is nothing to come.
        let stdin = child.stdin.take();
        let mut pressed = 0;
        while pressed < presses && child.try_wait().expect("nbar is a child").is_none() {
            sleep(Duration::from_millis(wait));
            shell(&format!("kill -INT {}", child.id()));
            pressed += 1;
        }
        if presses > 1 {
            let _ = child.kill();
        }
        let output = child.wait_with_output().expect("nbar ends");
        drop(stdin);
        if !is_early(&output) {
            return (pressed, output);
        }
    }
    panic!("{args:?} is never ready")
}

#[test]
fn the_draws_so_far_are_printed_and_saved_and_said_to_be_partial() {
    let path = scratch("stopped.fit.json").display().to_string();
    for extra in [["--format", "text"], ["--quiet", "--format=json"]] {
        let args = [&ENDLESS[..], &extra, &["-o", &path]].concat();
        let (_, output) = stopped(&args, 1, |output| !stderr(output).contains(PARTIAL));
        assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
        let said = stderr(&output);
        assert!(said.contains(STOPPING));
        // All of it is lines of talk: none of progress.
        assert!(!said.contains(['\r', '\x1b']) && !said.contains("a second"), "{said}");
        let warning = said.lines().find(|line| line.starts_with(PARTIAL)).expect("it is said to be partial");
        let made =
            warning[PARTIAL.len()..].split_once(" of 1000000 ").and_then(|(made, _)| made.parse().ok());
        let made: usize = made.unwrap_or_else(|| panic!("{warning}"));
        assert!(made >= 27 && stdout(&output).contains("alpha"));
        let document = std::fs::read_to_string(&path).expect("the fit is saved");
        let saved: serde_json::Value = serde_json::from_str(&document).expect("JSON");
        assert_eq!(saved["bootstrap"]["partial"], made);
        let failed = saved["bootstrap"]["failed"].as_u64().expect("a number") as usize;
        assert_eq!(saved["draws"].as_array().map(Vec::len), Some(made - failed));
        let answer = run(&["predict", &path, "--params", "7B", "--tokens", "140B"]);
        assert!(stdout(&answer).contains("95 % interval") && stderr(&answer).contains(warning));
    }
}

#[test]
fn ctrl_c_before_a_result_says_that_there_is_none() {
    let (_, output) = stopped(&["fit", "-"], 1, |output| output.status.code().is_none());
    assert_eq!((output.status.code(), stdout(&output)), (Some(130), ""));
    assert!(stderr(&output).ends_with(NOTHING), "{}", stderr(&output));
}

#[test]
fn ctrl_c_twice_ends_at_once() {
    // The fit is saved to a pipe that nobody reads, so that it never ends by itself.
    let pipe = scratch("nobody-reads").display().to_string();
    assert!(shell(&format!("rm -f '{pipe}' && mkfifo '{pipe}'")));
    let args = [&ENDLESS[..], &["-o", &pipe]].concat();
    let (pressed, output) = stopped(&args, 20, |output| !stderr(output).contains(STOPPING));
    // What was computed may be printed by then, but nothing is saved.
    assert_eq!(output.status.code(), Some(130));
    assert!(!stdout(&output).contains("saved"), "{}", stdout(&output));
    assert!(pressed > 1, "{}", stderr(&output));
}
