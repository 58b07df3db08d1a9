//! Files of several formats in one sweep, and what is said of them.

use crate::{good, json, refuses, run, stderr, write};

const RUNS: &str = "run,params,tokens_per_step,sequence_length\n\
                    a,1e8,5e5,1024\nb,2e8,5e5,1024\nc,4e8,5e5,1024\nd,8e8,5e5,1024\n";

#[test]
fn formats_are_mixed_and_said_with_what_was_made_of_them() {
    let table = write("mixed.csv", "run,params,tokens,ppl\na,1e8,2e9,32\n");
    let lines = write("mixed.jsonl", "{\"run\": \"b\", \"tokens\": 1e9, \"val_loss\": 3.3}\n");
    let chart = write("chart.csv", "Step,c - eval/loss,d - eval/loss\n1000,3.5,3.25\n2000,3.25,\n");
    let runs = write("runs.csv", RUNS);
    let output = run(&[
        "fit",
        &table,
        &lines,
        &chart,
        "--runs",
        &runs,
        "--law",
        "compute",
        "--checkpoints",
        "all",
        "--bootstrap",
        "0",
    ]);
    let said = stderr(&output);
    for part in [
        "mixed.csv: sweep table, CSV; loss is the natural logarithm of column 'ppl'",
        "mixed.jsonl: sweep table, JSON Lines; loss is column 'val_loss'",
        "chart.csv: W&B chart; loss is column 'eval/loss'",
    ] {
        assert!(said.contains(part), "{said}\n lacks: {part}");
    }
    let inspected = json(&["inspect", &table, &lines, &chart, "--runs", &runs]);
    assert_eq!((&inspected["table"]["runs"], &inspected["table"]["checkpoints"]), (&4.into(), &5.into()));
}

#[test]
fn what_files_do_not_say_comes_from_flags_or_is_asked_for() {
    let state =
        write("s.json", "{\"log_history\": [{\"step\": 10, \"loss\": 3.5}, {\"step\": 20, \"loss\": 3.25}]}");
    refuses(&["inspect", &state], 3, &["s.json", "--run-params 1.2B", "--runs"]);
    refuses(&["inspect", &state, "--run-params", "1.2B"], 3, &["s.json", "--tokens-per-step 0.5M"]);
    let told =
        good(&["inspect", &state, "--run-params", "1.2B", "--tokens-per-step", "0.5M", "--format", "json"]);
    assert!(told.contains("10000000"), "{told}");
    let bits = write("bits.csv", "params,tokens,bpb\n1e8,1e9,1.0\n");
    refuses(&["inspect", &bits], 3, &["bits.csv, column 'bpb'", "--bytes-per-token 4.2"]);
    good(&["inspect", &bits, "--bytes-per-token", "4"]);
    refuses(&["inspect", &bits, "--bytes-per-token", "0"], 2, &["--bytes-per-token"]);
}
