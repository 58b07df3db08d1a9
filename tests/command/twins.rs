//! `nbar twin`.

use crate::{FIT, assert_near, good, json, keys, refuses, run, saved, scratch, stderr, write};

const DENSE: [&str; 7] = ["twin", "--dense-params", "7B", "--tokens", "1T", "--final-params", "4B"];
const SPARSE: [&str; 9] =
    ["twin", "--params", "8B", "--tokens", "1T", "--shape", "geometric", "--final-sparsity", "0.8"];
const RAMP: [&str; 6] = ["--start", "25%", "--end", "75%", "--unit", "compute"];

/// The numbers of the command that checks a pasted schedule.
fn checked(answer: &serde_json::Value) -> serde_json::Value {
    let command = answer["sparse"]["command"].as_str().expect("a command");
    json(&command.split(' ').skip(1).collect::<Vec<_>>())
}

#[test]
fn a_dense_run_is_replaced_by_a_sparse_one_with_a_command_that_checks_it() {
    let given =
        [&DENSE[..], &["--shape", "geometric", "--every", "100", "--tokens-per-step", "8M"], &RAMP].concat();
    let answer = json(&given);
    assert_eq!(answer, json(&DENSE), "these are the defaults");
    assert_eq!(keys(&answer), ["schema", "sparse", "dense"]);
    assert_eq!(answer["schema"], "nbar.twin/2");
    let sparse = &answer["sparse"];
    let schedule = &sparse["schedule"];
    assert_eq!((&schedule["start_step"], &schedule["end_step"]), (&15_600.into(), &70_300.into()));
    assert_eq!((&sparse["steps"], &schedule["every_steps"]), (&125_000.into(), &100.into()));
    assert_near(&sparse["final_params"], 4e9, 1e-12);
    for run in [sparse, &answer["dense"]] {
        assert_near(&run["average_params"], 7e9, 1e-12);
        assert_near(&run["training_flops"], 4.2e22, 1e-12);
    }
    let initial = sparse["initial_params"].as_f64().expect("a number");
    assert_near(&sparse["served_bytes"], 8e9 + initial / 8.0, 1e-12);
    assert_near(&answer["dense"]["served_bytes"], 14e9, 1e-12);
    // To whole parameters.
    let again = checked(&answer);
    assert_near(&again["average_params"], 7e9, 1e-9);
    assert_near(&again["final_params"], 4e9, 1e-9);
    assert_near(&again["flops"], 4.2e22, 1e-9);
}

#[test]
fn the_text_can_be_pasted() {
    let text = good(&DENSE);
    let (before, pasted) = text.split_once("\n# sparse run\n").expect("something to paste");
    assert!(
        before.starts_with("the sparse run that replaces a dense one: the same N̄, the same tokens\n"),
        "{before}"
    );
    for line in [
        " initial params  N0  14.04B      7B",
        " average params  N̄       7B      7B",
        " final params            4B      7B",
        " final sparsity      0.7150       0",
        " served              9.75GB    14GB",
    ] {
        assert!(before.lines().any(|l| l == line), "no '{line}' in {before}");
    }
    let lines: Vec<&str> = pasted.lines().collect();
    assert_eq!(lines[..2], ["steps: 125000           # of 8000000 tokens", "shape: geometric"]);
    assert!(lines[2].starts_with("final_sparsity: 0.71503641015979"), "{}", lines[2]);
    assert_eq!(
        lines[3..7],
        [
            "prune_start_step: 15600 # 124800000000 tokens; asked for: step 15584.8, +15.2",
            "prune_end_step: 70300   # 562400000000 tokens; asked for: step 70309.5, -9.5",
            "prune_every_steps: 100  # 800000000 tokens",
            "average_density: 0.49869",
        ]
    );
    assert!(
        lines[7].starts_with("# check: nbar schedule --params 14036881000 --tokens 1000000000000"),
        "{pasted}"
    );
}

#[test]
fn a_sparsity_fixed_parameters_and_a_sparse_start_may_be_given() {
    let dense =
        ["twin", "--dense-params", "1B", "--tokens", "20B", "--final-sparsity", "80%", "--steps", "25000"];
    let rest = ["--shape", "polynomial", "--power", "2", "--start", "5B", "--end", "15B", "--unit", "token"];
    let more = ["--fixed-params", "50M", "--initial-sparsity", "0.1", "--every", "50"];
    let answer = json(&[&dense[..], &rest, &more].concat());
    let sparse = &answer["sparse"];
    assert_eq!((&sparse["sparsity"], &sparse["fixed_params"]), (&0.8.into(), &50e6.into()));
    assert_eq!((&sparse["schedule"]["start_step"], &sparse["step_tokens"]), (&6250.into(), &800e3.into()));
    let again = checked(&answer);
    assert_near(&again["average_params"], 1e9, 1e-8);
    assert_near(&again["final_params"], sparse["final_params"].as_f64().expect("a number"), 1e-8);
    // As many whole steps as come nearest.
    let uneven = ["twin", "--dense-params", "1B", "--tokens", "20.001B", "--final-params", "600M"];
    assert_near(&json(&uneven)["dense"]["tokens"], 2500.0 * 8e6, 1e-15);
    assert!(
        good(&uneven).contains("tokens: 20000000000 of the 20001000000 that were asked for, in whole steps")
    );
}

#[test]
fn a_sparse_run_has_a_dense_twin() {
    let smooth = json(&[&SPARSE[..], &RAMP].concat());
    let schedule = json(&[&["schedule"], &SPARSE[1..], &RAMP].concat());
    for run in ["sparse", "dense"] {
        assert_eq!(smooth[run]["average_params"], schedule["average_params"]);
        assert_near(&smooth[run]["training_flops"], schedule["flops"].as_f64().expect("a number"), 1e-14);
    }
    assert_eq!(smooth["dense"]["final_params"], schedule["average_params"]);
    assert!(smooth["sparse"]["schedule"].is_null() && smooth["sparse"]["command"].is_null());
    // In cuts it is put on whole steps; a schedule in steps is on them already.
    let stepped = json(&[&SPARSE[..], &RAMP, &["--every", "100", "--tokens-per-step", "8M"]].concat());
    let again = checked(&stepped);
    assert_near(
        &again["average_params"],
        stepped["dense"]["initial_params"].as_f64().expect("a number"),
        1e-9,
    );
    let in_steps = ["--start", "12510", "--end", "62510", "--unit", "step", "--every", "100"];
    let exact = json(&[&SPARSE[..], &in_steps].concat());
    let same = json(&[&["schedule"], &SPARSE[1..], &in_steps, &["--steps", "125000"]].concat());
    assert_eq!(exact["dense"]["initial_params"], same["average_params"]);
    let one_shot =
        ["twin", "--params", "8B", "--tokens", "1T", "--shape", "one_shot", "--final-sparsity", "0.5"];
    let answer = json(&[&one_shot[..], &["--start", "50%", "--unit", "fraction"]].concat());
    assert_near(&answer["dense"]["final_params"], 6e9, 1e-15);
    assert!(good(&[&SPARSE[..], &RAMP].concat()).starts_with("the dense twin of a sparse run"));
}

#[test]
fn a_fit_tells_the_losses_of_both() {
    let fit = saved("twin.fit.json");
    let with = |fit: &str, rest: &[&str]| {
        [&["twin", fit], &DENSE[1..], rest].concat().iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
    };
    let call = |fit: &str, rest: &[&str]| {
        let args = with(fit, rest);
        good(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let document = |fit: &str| {
        serde_json::from_str::<serde_json::Value>(&call(fit, &["--format", "json"])).expect("JSON")
    };
    let alike = document(&fit);
    assert_eq!(alike["sparse"]["loss"], alike["dense"]["loss"]);
    assert_eq!(
        (&alike["loss_difference"]["estimate"], &alike["loss_difference"]["interval"]),
        (&0.0.into(), &serde_json::json!([0.0, 0.0]))
    );
    assert_eq!(alike["note"], "alike, since the N of this chinchilla law is N̄");
    let predicted = json(&["predict", &fit, "--params", "7B", "--tokens", "1T"]);
    assert_eq!(alike["dense"]["loss"], predicted["loss"]);
    let text = call(&fit, &[]);
    assert!(
        text.contains("\nloss of sparse less dense: alike, since the N of this chinchilla law is N̄\n"),
        "{text}"
    );
    // The runs of that sweep are dense, and any size fits them alike; the pair is not.
    let other = scratch("twin_geometric.fit.json").display().to_string();
    good(&[&FIT[..], &["--size", "geometric", "-o", &other]].concat());
    let differs = document(&other);
    assert!(differs["loss_difference"]["interval"][0].as_f64() > Some(0.0));
    assert_eq!(differs["note"], "the N of this chinchilla law is not N̄ but the geometric one");
    assert!(call(&other, &[]).contains("loss of sparse less dense: +0.0"));
    let csv = call(&other, &["--format", "csv"]);
    assert!(csv.starts_with("quantity,sparse,dense\ninitial_params,1403688"), "{csv}");
    for part in ["\nloss,", "\nrun_upper,", "\nloss_difference_lower,", "\nstart_step,15600,\n"] {
        assert!(csv.contains(part), "no '{part}' in {csv}");
    }
    let md = call(&other, &["--format", "md"]);
    assert!(md.lines().any(|l| l.split_whitespace().eq("| average_params | 7B | 7B |".split(' '))), "{md}");
    // 4.2e22 FLOPs are three times the sweep's largest budget.
    assert!(
        stderr(&run(&["twin", &fit, "--dense-params", "7B", "--tokens", "1T", "--final-params", "4B"]))
            .contains("warning: this asks for")
    );
}

#[test]
fn what_cannot_be_matched_is_refused() {
    let dense = ["twin", "--dense-params", "7B", "--tokens", "1T"];
    let of_dense: [(&[&str], i32, &str); 15] = [
        (&["--final-params", "7B"], 3, "no fewer than"),
        (&["--final-params", "8B"], 3, "no fewer than"),
        (&["--final-params", "1B"], 3, "are the fewest"),
        (&["--final-sparsity", "0"], 3, "prunes nothing"),
        (&["--final-sparsity", "1"], 3, "--final-sparsity 1 is not"),
        (&[], 2, "--final-params"),
        (&["--final-params", "4B", "--final-sparsity", "0.5"], 2, "cannot be used with"),
        (&["--final-params", "4B", "--params", "8B"], 2, "cannot be used with"),
        (&["--final-params", "4B", "--every", "60000"], 3, "no room"),
        (&["--final-params", "4B", "--every", "0.5"], 2, "--every 0.5 is no whole number of steps"),
        (&["--final-params", "4B", "--every", "100%"], 2, "--every 100% is no whole number of steps"),
        (&["--final-params", "4B", "--steps", "10.5"], 2, "not a whole number"),
        (
            &["--final-params", "4B", "--shape", "constant"],
            2,
            "for a single cut, a ramp with --start at its --end",
        ),
        (
            &["--final-params", "4B", "--fixed-params", "5B"],
            3,
            "--fixed-params 5000000000 is not from 0 to below",
        ),
        (&["--final-params", "4B", "--unique-tokens", "1B"], 2, "FIT.json"),
    ];
    for (args, code, part) in of_dense {
        refuses(&[&dense[..], args].concat(), code, &[part]);
    }
    let without = ["twin", "--params", "8B", "--shape", "linear", "--final-sparsity", "0.8"];
    refuses(&[&without[..], &["--start", "1B", "--end", "2B", "--unit", "token"]].concat(), 2, &["--tokens"]);
    let sparse = ["twin", "--params", "8B", "--tokens", "1T"];
    refuses(&sparse, 3, &["the run is dense", "--shape"]);
    refuses(
        &[&sparse[..], &["--shape", "linear", "--final-sparsity", "0"], &RAMP].concat(),
        3,
        &["the run is dense"],
    );
    refuses(&[&sparse[..], &["--every", "100"]].concat(), 2, &["--shape dense is not a ramp"]);
    refuses(&[&SPARSE[..], &RAMP, &["--tokens-per-step", "0"]].concat(), 2, &["above zero"]);
    refuses(&["twin", "--tokens", "1T"], 2, &["--dense-params"]);
}

#[test]
fn the_best_window_is_chosen_under_a_law_that_knows_when() {
    let fit = scratch("journey_window.fit.json");
    let fit = fit.to_str().expect("a path");
    let sweep = ["data/journey.csv", "--law", "schedule", "--where", "lr_floor=0", "--bootstrap", "20"];
    assert!(run(&[&["fit"], &sweep[..], &["-o", fit]].concat()).status.success());
    let run_of =
        ["--dense-params", "800K", "--tokens", "65M", "--final-params", "400K", "--tokens-per-step", "4096"];
    let best = [&["twin", fit], &run_of[..], &["--prune-window", "best", "--shape", "best"]].concat();
    let answer = json(&best);
    let window = &answer["window"];
    let at = |key: &str| window[key]["estimate"].as_f64().expect("a number");
    let schedule = &answer["sparse"]["schedule"];
    let steps = answer["sparse"]["steps"].as_f64().expect("a number");
    assert!((schedule["end_step"].as_f64().expect("a number") / steps - at("end")).abs() < 0.01);
    let others = window["others"].as_array().expect("others");
    assert!(others.len() >= 4 && others.iter().all(|other| other["more"]["estimate"].as_f64() >= Some(0.0)));
    let text = good(&best);
    for part in ["when to prune: the least loss", "25-75 % of the FLOPs", "a tenth later", "95 % interval"] {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
    let rows = good(&[&best[..], &["--format", "csv"]].concat());
    assert!(rows.contains("\nwindow_start,") && rows.contains("\nshape,"), "{rows}");
    // A law of means refuses, and so does a question without a fit, or of a run that is given.
    let blind = saved("window_blind.fit.json");
    let refused = |words: &[&str], parts: &[&str]| refuses(words, 3, parts);
    let of_blind = [&["twin", &blind], &run_of[..], &["--prune-window", "best"]].concat();
    refused(&of_blind, &["does not know when parameters are removed", "--law schedule"]);
    refused(&[&DENSE[..], &["--shape", "best"]].concat(), &["a question to a fit", "--law schedule"]);
    let given = [&SPARSE[..], &RAMP, &["--prune-window", "best"]].concat();
    refuses(&given, 2, &["--prune-window", "--start"]);
    refuses(&[&best[..8], &["--prune-window", "10%..50%"]].concat(), 2, &["write best", "--start and --end"]);
}

#[test]
fn dense_runs_of_a_sweep_without_any_are_said_to_be_out_of_it_or_refused() {
    let pruned = ["data/t5_c4_sparse.csv", "--where", "final_sparsity>0"];
    let saved = scratch("all-pruned.fit.json").display().to_string();
    let fitted =
        good(&[&["fit"], &pruned[..], &["--size", "final", "--bootstrap", "50", "-o", &saved]].concat());
    assert!(fitted.contains("these are dense runs, and every run of the sweep is pruned"), "{fitted}");
    let said = |arguments: &[&str]| {
        stderr(&run(arguments)).contains("a dense run is asked about, and every run of the sweep is pruned")
    };
    let like = ["--shape", "cubic", "--final-sparsity", "0.6", "--prune-window", "20%..60%"];
    for question in [
        &["predict", &saved, "--params", "1B", "--tokens", "20B"][..],
        &["allocate", &saved, "--flops", "1e20"],
    ] {
        assert!(said(question) && !said(&[question, &like].concat()), "{question:?}");
    }
    refuses(
        &["versus", &saved, &saved, "--flops", "1e20"],
        3,
        &["every run of the sweep is pruned", "--size average"],
    );
    let mixed = scratch("some-pruned.fit.json").display().to_string();
    run(&["fit", "data/t5_c4_sparse.csv", "--size", "final", "--bootstrap", "50", "-o", &mixed]);
    assert!(!said(&["allocate", &mixed, "--flops", "1e20"]));
}

#[test]
fn a_window_of_less_than_a_step_is_doubted_wherever_it_is_said() {
    let said = |arguments: &[&str]| {
        stderr(&run(arguments)).contains("pruning takes 8 of 20B tokens, less than a step")
    };
    let window =
        ["--shape", "linear", "--final-sparsity", "0.8", "--start", "4", "--end", "12", "--unit", "token"];
    assert!(said(&[&["twin", "--params", "1B", "--tokens", "20B"], &window[..]].concat()));
    let fit = saved("short-window.fit.json");
    let points = "params,tokens,schedule,final_sparsity,prune_start,prune_end,prune_unit\n1B,20B,linear,0.8,4,12,token\n";
    assert!(said(&["predict", &fit, "--from", &write("short-window.csv", points)]));
}

#[test]
fn runs_that_are_hardly_pruned_tell_of_dense_ones() {
    let mut table =
        "run,params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n".to_owned();
    for i in 0..30 {
        let (params, tokens) = (1e7 * 1.6f64.powi(i % 6), 2e9 * 2f64.powi(i / 6));
        let sparsity = [0.01, 0.5, 0.8][i as usize % 3];
        let loss = 1.8 + 450.0 / (params * (1.0 - sparsity)).powf(0.34) + 2000.0 / tokens.powf(0.36);
        table += &format!("r{i},{params},{tokens},{loss},cubic,{sparsity},0.2,0.6,fraction\n");
    }
    let table = write("hardly-pruned.csv", table);
    let fitted = run(&["fit", &table, "--size", "final", "--bootstrap", "20"]);
    let said = String::from_utf8_lossy(&fitted.stdout).into_owned();
    assert!(
        said.contains("compute-optimal at") && !said.contains("every run of the sweep is pruned"),
        "{said}"
    );
}
