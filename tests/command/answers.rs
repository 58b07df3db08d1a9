//! `nbar predict`, `allocate`, `schedule`, `completions`: answers without refitting.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{assert_near, good, json, keys, refuses, run, run_with, saved, scratch, stderr, stdout, write};

#[test]
fn predict_has_the_documented_keys_and_reads_stdin() {
    let fit = saved("predict.fit.json");
    let args = ["predict", &fit, "--params", "70B", "--tokens", "1.4T"];
    let answer = json(&args);
    let of_loss = ["estimate", "mean_interval", "run_interval", "run_interval_if_law_holds", "bend"];
    assert_eq!(keys(&answer["loss"]), of_loss);
    assert_eq!(keys(&answer["loss"]["bend"]), ["probability", "shift", "std_error"]);
    let straight = json(&[args.as_slice(), &["--bend", "off"]].concat());
    assert_eq!(keys(&straight["loss"]), of_loss[..4]);
    assert_eq!(straight["loss"]["run_interval"], answer["loss"]["run_interval_if_law_holds"]);
    assert_eq!(straight["loss"]["mean_interval"], answer["loss"]["mean_interval"]);
    let straight = good(&[args.as_slice(), &["--bend", "off"]].concat());
    assert!(straight.contains("interval), if the law holds\n") && !straight.contains("bends"), "{straight}");
    assert_near(&answer["loss"]["estimate"], 1.97337, 1e-4);
    assert_near(&answer["flops"], 5.88e23, 1e-12);
    assert_near(&answer["extrapolation"]["flops"], 45.384, 1e-4);
    assert_eq!(answer["average_params"], 70e9);
    assert_eq!(answer["tokens"], 1.4e12);
    let kinds: Vec<&str> =
        answer["warnings"].as_array().into_iter().flatten().filter_map(|w| w["kind"].as_str()).collect();
    assert_eq!(kinds, ["extrapolates_beyond", "lack_of_fit", "few_draws"]);
    for format in ["text", "csv", "md"] {
        assert!(good(&[args.as_slice(), &["--format", format]].concat()).contains("1.973"), "{format}");
    }
    let piped = std::fs::read_to_string(&fit).expect("it was saved");
    let output =
        run_with(&["predict", "-", "--params", "70B", "--tokens", "1.4T", "--format", "json"], &piped);
    assert_eq!(serde_json::from_str::<serde_json::Value>(stdout(&output)).expect("JSON"), answer);
}

#[test]
fn a_schedule_makes_the_predicted_run_sparse() {
    let fit = saved("sparse.fit.json");
    let answer = json(&[
        "predict",
        &fit,
        "--params",
        "1B",
        "--tokens",
        "20B",
        "--shape",
        "cubic",
        "--final-sparsity",
        "0.8",
        "--start",
        "25%",
        "--end",
        "75%",
        "--unit",
        "fraction",
    ]);
    assert_near(&answer["average_params"], 0.5e9, 1e-12);
    assert_near(&answer["final_params"], 0.2e9, 1e-12);
}

#[test]
fn points_are_predicted_one_a_row() {
    let fit = saved("points.fit.json");
    let points = write(
        "points.csv",
        "run,params,tokens,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
         \"a, \"\"b\"\"\nc\",70B,1.4T,,,,,\nd,1B,20B,cubic,0.8,0.25,0.75,fraction\n",
    );
    let answers = json(&["predict", &fit, "--from", &points]);
    assert_eq!(answers.as_array().map(Vec::len), Some(2));
    assert_eq!(answers[0]["run"], "a, \"b\"\nc");
    assert_near(&answers[1]["average_params"], 0.5e9, 1e-12);
    let csv = good(&["predict", &fit, "--from", &points, "--format", "csv"]);
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains("\n\"a, \"\"b\"\"\nc\",70000000000,"), "{csv}");
    let slip = run(&["predict", &fit, "--params", "7", "--tokens", "140B"]);
    assert!(stderr(&slip).contains("see whether a unit is missing (7B,"), "{}", stderr(&slip));
    let bad = write("bad_points.csv", "params,tokens\n1B,20B\n1B,many\n");
    let output = run(&["predict", &fit, "--from", &bad]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains("bad_points.csv, line 3, column 'tokens': 'many'"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn allocate_has_the_documented_keys() {
    let fit = saved("allocate.fit.json");
    let args = ["allocate", &fit, "--flops", "1e24"];
    let answer = json(&args);
    for key in ["initial_params", "average_params", "final_params", "tokens", "flops", "loss"] {
        assert!(
            keys(&answer[key]).contains(&"estimate") && keys(&answer[key]).contains(&"interval"),
            "{key}"
        );
    }
    assert_near(&answer["average_params"]["estimate"], 97.18e9, 1e-3);
    assert_near(&answer["tokens"]["estimate"], 1.715e12, 1e-3);
    let csv = good(&[args.as_slice(), &["--format", "csv"]].concat());
    let header = "quantity,estimate,std_error,lower,upper,lower_if_law_holds,upper_if_law_holds\n";
    assert!(csv.starts_with(header), "{csv}");
    for format in ["text", "md"] {
        assert!(good(&[args.as_slice(), &["--format", format]].concat()).contains("1.715T"), "{format}");
    }
}

#[test]
fn schedule_integrates_the_published_staircase() {
    let ramp = [
        "--steps",
        "25050",
        "--shape",
        "geometric",
        "--final-sparsity",
        "0.8",
        "--start",
        "2500",
        "--end",
        "12600",
        "--every",
        "100",
        "--unit",
        "step",
    ];
    let answer = json(&[&["schedule", "--params", "1.139B"], ramp.as_slice()].concat());
    assert_near(&answer["average_density"], 0.3992, 1e-4);
    assert_near(&answer["average_params"], 0.3992 * 1.139e9, 1e-4);
    assert_near(&answer["final_params"], 0.2 * 1.139e9, 1e-12);
    assert_near(&answer["compression"], 1.996, 1e-4);
    assert!(answer["flops"].is_null());
    let with_tokens =
        json(&[&["schedule", "--params", "1.139B", "--tokens", "200.4B"], ramp.as_slice()].concat());
    assert_near(&with_tokens["flops"], 5.467e20, 1e-3);
}

#[test]
fn compute_is_a_unit_and_percentages_are_fractions() {
    let ramp = |start, end, unit| {
        json(&[
            "schedule",
            "--params",
            "1B",
            "--tokens",
            "20B",
            "--shape",
            "cubic",
            "--final-sparsity",
            "0.5",
            "--start",
            start,
            "--end",
            end,
            "--unit",
            unit,
        ])
    };
    assert_eq!(ramp("25%", "75%", "fraction"), ramp("0.25", "0.75", "fraction"));
    // A quarter of the compute is dense, half at the ramp's mean of 0.625, a quarter at 0.5: N̄ is the harmonic mean.
    assert_near(
        &ramp("25%", "75%", "compute")["average_density"],
        1.0 / (0.25 + 0.5 / 0.625 + 0.25 / 0.5),
        1e-12,
    );
}

#[test]
fn completions_name_the_subcommands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = good(&["completions", shell]);
        assert!(script.contains("allocate") && script.contains("final-sparsity"), "{shell}");
    }
}

#[test]
fn a_reader_that_left_early_is_no_failure() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_nbar"))
        .args(["completions", "bash"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .expect("nbar starts");
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
}

/// The law of schedules with these constants, saved.
fn law_of_schedules(name: &str) -> String {
    let fit = scratch(name).display().to_string();
    let constants = "E=0.7,A=50,B=1000,C=50,alpha=0.4,beta=0.5,p=1";
    good(&["law", "schedule", "--set", constants, "-o", &fit]);
    fit
}

#[test]
fn what_is_left_of_the_learning_rate_heals_late_cuts() {
    let fit = law_of_schedules("schedule.fit.json");
    let run_of = |flags: &[&str]| {
        let run = ["predict", &fit, "--params", "1M", "--tokens", "100M", "--shape", "one_shot"];
        let cut = ["--final-sparsity", "0.75", "--start", "90%", "--unit", "fraction"];
        let answer = json(&[run.as_slice(), &cut, flags].concat());
        answer["loss"]["estimate"].as_f64().expect("a loss")
    };
    let to_zero = run_of(&[]);
    assert_eq!(run_of(&["--lr-schedule", "cosine"]), to_zero);
    let to_a_tenth = run_of(&["--lr-floor", "10%"]);
    let constant = run_of(&["--lr-schedule", "constant"]);
    assert!(constant < to_a_tenth && to_a_tenth < to_zero, "{constant} {to_a_tenth} {to_zero}");
    // A table says it in columns, and not in flags.
    let points = write(
        "lr_points.csv",
        "params,tokens,schedule,final_sparsity,prune_start,prune_unit,lr_floor\n1M,100M,one_shot,0.75,0.9,fraction,0.1\n",
    );
    assert_eq!(json(&["predict", &fit, "--from", &points])[0]["loss"]["estimate"].as_f64(), Some(to_a_tenth));
    refuses(&["predict", &fit, "--from", &points, "--lr-floor", "0.2"], 2, &["--lr-floor"]);
    let of_dense = saved("lr.fit.json");
    let asked = ["predict", &of_dense, "--params", "1B", "--tokens", "20B", "--lr-floor", "0.2"];
    refuses(&asked, 2, &["says how the learning rate falls, which the"]);
}

#[test]
fn epochs_and_different_tokens_out_of_the_sweep_are_said_and_of_the_first_epoch_all_tokens_differ() {
    // Muennighoff et al. (2023): E 1.8, A 480, B 1900, alpha .35, R_D 12, R_N 6.
    let loss = |params: f64, tokens: f64, unique: f64| {
        let unique = unique.min(tokens);
        let worth = |x: f64, r: f64| 1.0 + r * (1.0 - (-x / r).exp());
        let best = params.min(unique * (480.0f64 / 1900.0).powf(1.0 / 0.35));
        let (n, d) = (best * worth(params / best - 1.0, 6.0), unique * worth(tokens / unique - 1.0, 12.0));
        1.8 + 480.0 / n.powf(0.35) + 1900.0 / d.powf(0.35)
    };
    let mut table = "run,params,tokens,unique_tokens,loss\n".to_owned();
    for (k, params) in [3e7, 1e8, 3e8, 1e9].into_iter().enumerate() {
        for (j, unique) in [3e8, 1e9, 4e9].into_iter().enumerate() {
            for share in [0.3, 1.0, 2.0, 4.0, 8.0] {
                let tokens = share * unique;
                let _ =
                    writeln!(table, "r{k}{j},{params},{tokens},{unique},{}", loss(params, tokens, unique));
            }
        }
    }
    let table = write("epochs.csv", table);
    let fit = scratch("epochs.fit.json").display().to_string();
    // The noise is none, and its intervals are no matter.
    let args =
        ["fit", &table, "--law", "repeated-data", "--checkpoints", "all", "--bootstrap", "20", "-o", &fit];
    let output = run(&args);
    assert!(!stderr(&output).contains("more unique tokens than tokens"), "{}", stderr(&output));
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(&fit).expect("a fit")).expect("JSON");
    for (name, truth) in
        [("E", 1.8), ("A", 480.0), ("B", 1900.0), ("alpha", 0.35), ("R_D", 12.0), ("R_N", 6.0)]
    {
        let value = saved["parameters"][name]["estimate"].as_f64().expect("a number");
        assert!((value / truth - 1.0).abs() < 1e-4, "{name}: {value}");
    }
    let said = |arguments: &[&str], part: &str| stderr(&run(arguments)).contains(part);
    let predict = |tokens: &str, part: &str| {
        said(&["predict", &fit, "--params", "300M", "--tokens", tokens, "--unique-tokens", "1B"], part)
    };
    assert!(predict("24B", "3 x the largest number of epochs") && !predict("6B", "epochs"));
    let few = ["predict", &fit, "--params", "300M", "--tokens", "500M", "--unique-tokens", "30M"];
    assert!(said(&few, "1/3 of the least number of unique tokens"));
    let allocate = |flops: &str, unique: &str| {
        said(&["allocate", &fit, "--flops", flops, "--unique-tokens", unique], "number of epochs")
    };
    assert!(allocate("2e21", "1B") && !allocate("1e19", "4B"));
}
