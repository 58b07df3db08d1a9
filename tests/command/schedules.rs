//! `nbar schedule` with tools' schedules, logs, batch-size ramps and figures; windows that are assumed of a sweep's runs.

use crate::{assert_near, good, json, refuses, run, scratch, stderr, write};

const RUN: [&str; 5] = ["schedule", "--params", "1B", "--steps", "400"];
const TFMOT: [&str; 6] =
    ["--dialect", "tfmot", "initial_sparsity=50%", "final_sparsity=0.8", "begin_step=100", "end_step=250"];

#[test]
fn a_tool_s_schedule_from_arguments_and_from_json() {
    let args = [&RUN[..], &TFMOT].concat();
    let answer = json(&args);
    assert_near(&answer["average_density"], 0.25 + 0.25 * 0.5 + 0.5 * (0.2 + 0.3 / 27.0), 1e-14);
    let note = "the sparsity 0.8 is never reached by tfmot: 0.7889 holds from step 200 to the end";
    assert_eq!(answer["notes"][0], note);
    assert!(good(&args).contains(note));
    let file = write(
        "tfmot.json",
        r#"{"tool": "tfmot", "initial_sparsity": 0.5, "final_sparsity": 0.8, "begin_step": 100, "end_step": 250.0}"#,
    );
    assert_eq!(json(&[&RUN[..], &["--json", &file]].concat()), answer);
    let ours = write(
        "ours.json",
        r#"{"schedule": "linear", "final_sparsity": 0.8, "prune_start": 0, "prune_end": 1, "prune_unit": "fraction"}"#,
    );
    assert_near(&json(&[&RUN[..], &["--json", &ours]].concat())["average_density"], 0.6, 1e-14);
}

#[test]
fn tools_side_by_side() {
    let args = [
        "schedule",
        "--steps",
        "1000",
        "--compare",
        "tfmot,jin,neural-compressor",
        "--final-sparsity",
        "0.8",
        "--start",
        "0",
        "--end",
        "400",
        "--every",
        "200",
    ];
    let answer = json(&args);
    // Held cubic: 0, 0.7 and 0.8 in the one, 0, 0.1 and 0.8 in the other.
    assert_near(&answer[0]["average_density"], 0.2 + 0.2 * 0.3 + 0.6 * 0.2, 1e-14);
    assert_near(&answer[2]["average_density"], 0.2 + 0.2 * 0.9 + 0.6 * 0.2, 1e-14);
    assert_eq!((&answer[0]["first_cut"], &answer[0]["last_cut"]), (&200.0.into(), &400.0.into()));
    assert_eq!(answer[2]["written"]["sparsity_decay_type"], "cube");
    assert_eq!(answer[1]["refused"], "schedule of tool 'jin': it has no cubic ramp; choose a geometric one");
    let text = good(&args);
    assert!(text.contains("impossible") && text.contains("choose a geometric one"), "{text}");
}

#[test]
fn a_log_of_counts_held_or_linear() {
    let log = write("log.csv", "run,step,sparsity\na,0,0\na,200,0.8\nb,0,0.5\n");
    let of = |run: &str, how: &str| {
        json(&[&RUN[..], &["--trajectories", &log, "--run", run, "--interpolate", how]].concat())["average_density"]
            .clone()
    };
    assert_near(&of("a", "held"), 0.6, 1e-14);
    assert_near(&of("a", "linear"), 0.5 * 0.6 + 0.5 * 0.2, 1e-14);
    assert_near(&of("b", "linear"), 0.5, 1e-14);
    let output = run(&[&RUN[..], &["--trajectories", &log]].concat());
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("needs --run, which was not given; choose one of its 2 runs: a, b"));
    let open = write("open.csv", "tokens,params\n0,1e9\n1e9,5e8\n2e9,5e8\n");
    let answer = json(&["schedule", "--trajectories", &open]);
    assert_eq!((&answer["average_params"], &answer["tokens"]), (&75e7.into(), &2e9.into()));
    assert!(answer["notes"][1].as_str().is_some_and(|note| note.contains("end with the log's last row")));
}

#[test]
fn a_batch_ramp_puts_steps_on_tokens() {
    let cut = ["--shape", "one_shot", "--start", "200", "--final-sparsity", "0.6", "--unit", "step"];
    let answer = json(&[&RUN[..], &cut, &["--batch-ramp", "0:1M,200:2M"]].concat());
    assert_near(&answer["average_density"], 0.6, 1e-14);
    assert_near(&answer["tokens"], 6e8, 1e-14);
    let file = write("batches.csv", "step,tokens\n0,1000000\n200,2000000\n");
    assert_eq!(json(&[&RUN[..], &cut, &["--batch-ramp", &file]].concat()), answer);
    let file = write("batches_k.csv", "step (K),tokens (M)\n0,1\n0.2,2\n");
    assert_eq!(json(&[&RUN[..], &cut, &["--batch-ramp", &file]].concat()), answer);
    let file = write("batches_swapped.csv", "tokens,step\n0,1\n200,2\n");
    refuses(&[&RUN[..], &cut, &["--batch-ramp", &file]].concat(), 3, &["line 1", "write the step first"]);
    // Steps are said as they were given.
    let ramp =
        ["--shape", "linear", "--start", "100", "--end", "300", "--every", "1", "--final-sparsity", "0.6"];
    let text = good(&[&RUN[..], &ramp, &["--unit", "step", "--batch-ramp", "0:1M,200:2M"]].concat());
    assert!(text.contains("to 400M tokens (16.83 % to 66.67 %, steps 101 to 300)"), "{text}");
}

#[cfg(feature = "plot")]
#[test]
fn a_schedule_is_drawn() {
    let file = write("figure.svg", "");
    good(&[&RUN[..], &TFMOT, &["-o", &file]].concat());
    let svg = std::fs::read_to_string(&file).expect("it was drawn");
    assert!(
        svg.starts_with("<svg") && svg.contains("steps") && svg.contains("N̄ = 480.6M = 0.481 N₀"),
        "{svg}"
    );
}

#[test]
fn what_does_not_go_together_is_wrong_usage() {
    let code = |args: &[&str]| run(&[&RUN[..], args].concat()).status.code();
    assert_eq!(code(&["--dialect", "tfmto", "a=1"]), Some(2));
    assert_eq!(code(&["--dialect", "tfmot", "a"]), Some(2));
    assert_eq!(code(&["a=1"]), Some(2));
    assert_eq!(code(&[&TFMOT[..], &["--shape", "cubic"]].concat()), Some(2));
    assert_eq!(code(&["--batch-ramp", "0:1M", "--tokens", "1B"]), Some(2));
    assert_eq!(code(&["--dialect", "tfmot", "a=1"]), Some(3));
}

#[test]
fn a_sweep_may_hold_tools_schedules() {
    let sweep = write(
        "tools.csv",
        "run,params,tokens,steps,loss,schedule\n\
         a,1B,400M,400,3,\"{\"\"tool\"\": \"\"tfmot-constant\"\", \"\"target_sparsity\"\": 0.8, \"\"begin_step\"\": 200}\"\n",
    );
    let answer = json(&["inspect", &sweep]);
    assert!(answer.to_string().contains("600000000"), "{answer}");
}

#[test]
fn a_window_that_is_assumed_is_said_wherever_a_sweep_is_read() {
    let window = ["--prune-window", "2500..125K", "--unit", "step", "--where", "steps=250000"];
    let said = "pruned over 2500..125000 steps: --prune-window, not the files";
    for (command, more) in [
        ("fit", ["--bootstrap", "0"].as_slice()),
        ("compare", &["--laws", "compute", "--bootstrap", "2"]),
        ("holdout", &["--law", "compute", "--bootstrap", "2", "--folds", "2", "--by", "run"]),
        ("inspect", &[]),
    ] {
        let sweep = [command, "data/t5_c4_sparse.csv"];
        let args = [&sweep, window.as_slice(), more].concat();
        let with = |format: &[&str]| crate::stdout(&run(&[&args[..], format].concat())).to_owned();
        assert!(with(&[]).contains(said), "{command}: {}", with(&[]));
        let document: serde_json::Value =
            serde_json::from_str(&with(&["--format", "json"])).expect("a document");
        let place = if command == "inspect" { &document["fit"] } else { &document };
        assert_eq!(place["prune_window"], "2500..125000 steps", "{command}");
    }
    let path = scratch("window.fit.json").display().to_string();
    let sweep = ["fit", "data/t5_c4_sparse.csv", "--bootstrap", "20", "--prune-window"];
    good(&[&sweep[..], &["10%..50%", "-o", &path]].concat());
    let text = std::fs::read_to_string(&path).expect("it was saved");
    let saved: serde_json::Value = serde_json::from_str(&text).expect("a document");
    assert_eq!(saved["prune_window"], "10%..50% of the tokens");
    assert_eq!(saved["observations"]["prune_window"], saved["prune_window"]);
    good(&["predict", &path, "--params", "10M", "--tokens", "20B"]);
    // The window of the table itself changes nothing.
    let plain = json(&sweep[..4]);
    let same = json(&[&sweep[..], &["25%..75%"]].concat());
    assert_eq!(plain["parameters"], same["parameters"]);
    assert!(plain.get("prune_window").is_none());
}

#[test]
fn windows_that_are_none_are_refused() {
    let sweep = ["inspect", "data/t5_c4_sparse.csv"];
    for (flags, parts) in [
        (["--prune-window", "50%..10%"].as_slice(), ["--prune-window 0.5..0.1 does not end", "10%..50%"]),
        (&["--prune-window", "10%"], ["10%..50%", "--prune-window"]),
        (&["--prune-window", "10%..50%", "--unit", "step"], ["percentage", "--unit fraction"]),
        (&["--prune-window", "5K..1M"], ["--unit step", "--unit token"]),
        (
            &["--prune-window", "5K..1M", "--unit", "step"],
            ["250000 steps, the end of run 't5-02'", "(--unit)"],
        ),
        (&["--unit", "step"], ["--prune-window", "has no effect"]),
    ] {
        refuses(&[&sweep[..], flags].concat(), 2, &parts);
    }
    let dense = ["inspect", "data/chinchilla.csv", "--prune-window", "10%..50%"];
    refuses(&dense, 2, &["no run is pruned", "leave it out"]);
    let log = write("window_log.csv", "run,tokens,sparsity\nt5-02,0,0\nt5-02,5e9,0.5\n");
    let both = ["--prune-window", "10%..50%", "--trajectories", &log];
    refuses(&[&sweep[..], &both].concat(), 2, &["logged of run 't5-02'", "leave out one of the two"]);
}
