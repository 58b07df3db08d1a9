//! `nbar fit`.

use crate::{FIT, assert_near, good, json, keys, refuses, run, run_with, stderr, stdout, write};

#[test]
fn text_shows_parameters_objective_and_optima() {
    let text = good(&FIT);
    for row in [" E  ", " A  ", " B  ", " alpha  ", " beta  ", " a_opt  ", " b_opt  "] {
        assert!(text.lines().any(|line| line.starts_with(row)), "no row{row}in {text}");
    }
    for part in ["objective 0.0010182740", "18 of 18 starts agree", "compute-optimal at", "x the largest run"]
    {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
}

#[test]
fn json_has_the_documented_keys() {
    let fit = json(&FIT);
    let documented = ["schema", "law", "size", "n", "runs", "delta", "objective", "gradient_norm", "starts"];
    for key in documented.iter().chain(&["minima", "parameters", "derived", "bootstrap", "warnings"]) {
        assert!(keys(&fit).contains(key), "no {key}");
    }
    assert_eq!((&fit["schema"], &fit["law"]), (&"nbar.fit/1".into(), &"chinchilla".into()));
    assert_eq!((&fit["n"], &fit["runs"]), (&240.into(), &240.into()));
    assert_eq!(keys(&fit["parameters"]), ["E", "A", "B", "alpha", "beta"]);
    assert_eq!(keys(&fit["derived"]), ["a_opt", "b_opt"]);
    assert_eq!(keys(&fit["parameters"]["E"]), ["estimate", "std_error", "interval"]);
    assert_near(&fit["parameters"]["E"]["estimate"], 1.8172, 1e-4);
    assert_near(&fit["objective"], 0.0010182740178006, 1e-9);
    for key in ["replicates", "resample", "seed", "failed", "level", "interval"] {
        assert!(keys(&fit["bootstrap"]).contains(&key), "no {key}");
    }
    assert_eq!(fit["starts"]["tried"], 18);
    assert_eq!(fit["starts"]["at_optimum"], 18);
}

#[test]
fn threads_do_not_change_a_byte_and_seeds_do() {
    let with = |extra: &[&str]| good(&[FIT.as_slice(), &["--format", "json"], extra].concat());
    let one = with(&["--jobs", "1"]);
    assert_eq!(one, with(&["--jobs", "2"]));
    assert_eq!(one, with(&["--jobs", "8"]));
    assert_ne!(one, with(&["--jobs", "1", "--seed", "1"]));
}

#[test]
fn tables_come_from_stdin_and_from_several_files() {
    let table = std::fs::read_to_string("data/chinchilla.csv").expect("the data are there");
    let args = ["fit", "-", "--where", "outlier=0", "--bootstrap", "0", "--format", "json"];
    let piped = run_with(&args, &table);
    assert_eq!(piped.status.code(), Some(0), "{}", stderr(&piped));
    let lines: Vec<&str> = table.lines().collect();
    let (first, second) = lines[1..].split_at(100);
    let part = |rows: &[&str]| format!("{}\n{}\n", lines[0], rows.join("\n"));
    let (first, second) = (write("first.csv", part(first)), write("second.csv", part(second)));
    let merged = good(&[&["fit", &first, &second], &args[2..]].concat());
    assert_eq!(stdout(&piped), merged);
}

#[test]
fn aliases_are_announced_and_columns_overrule() {
    let table = std::fs::read_to_string("data/chinchilla.csv").expect("the data are there");
    let alias = write("alias.csv", table.replacen(",loss,", ",val_loss,", 1));
    let output = run(&["fit", &alias, "--bootstrap", "0"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("loss is column 'val_loss'"), "{}", stderr(&output));
    let odd = write("odd.csv", table.replacen(",loss,", ",c4,", 1));
    assert_eq!(run(&["fit", &odd, "--bootstrap", "0"]).status.code(), Some(3));
    good(&["fit", &odd, "--bootstrap", "0", "--columns", "loss=c4"]);
}

#[test]
fn filters_may_be_joined_or_repeated() {
    let n = |filter: &[&str]| {
        json(&[&["fit", "data/chinchilla.csv", "--bootstrap", "0"], filter].concat())["n"].clone()
    };
    let joined = n(&["--where", "outlier=0,params>1e8"]);
    assert_eq!(joined, n(&["--where", "outlier=0", "--where", "params>1e8"]));
    assert_eq!(joined, 231);
}

#[test]
fn every_size_and_all_checkpoints_are_fitted() {
    for size in ["average", "initial", "final", "geometric", "harmonic", "power:-0.5"] {
        json(&["fit", "data/t5_c4_sparse.csv", "--bootstrap", "0", "--size", size]);
    }
    let output = run(&[
        "fit",
        "data/gemstones_hot.csv",
        "--checkpoints",
        "all",
        "--bootstrap",
        "0",
        "--format",
        "json",
    ]);
    let fit: serde_json::Value = serde_json::from_str(stdout(&output)).expect("JSON");
    assert_eq!((&fit["runs"], &fit["n"]), (&22.into(), &220.into()));
}

#[test]
fn an_unidentified_fit_is_printed_and_exits_with_4() {
    let table = std::fs::read_to_string("data/chinchilla.csv").expect("the data are there");
    let mut constant = String::from("run,params,tokens,loss\n");
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        constant.push_str(&format!("{},{},1e9,{}\n", cells[0], cells[1], cells[4]));
    }
    let output = run(&["fit", &write("constant.csv", constant), "--bootstrap", "0"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stdout(&output).contains(" alpha "));
    assert!(stderr(&output).contains("warning: tokens is the same on every row"), "{}", stderr(&output));
}

#[test]
fn piped_output_has_no_escape_codes() {
    for args in [FIT.as_slice(), &["--help"], &["fit", "--bogus"]] {
        let output = run(args);
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{args:?}");
    }
}

#[test]
fn named_laws_are_fitted_and_what_they_cannot_answer_is_refused() {
    for law in ["chinchilla", "tied", "compute", "sparse"] {
        let output = run(&["fit", "data/t5_c4_sparse.csv", "--law", law, "--bootstrap", "0"]);
        assert_eq!(output.status.code(), Some(0), "{law}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("24 of 24 starts agree"), "{law}");
    }
    // Of these all starts agree on no one point, or the sweep lacks what they read.
    let density = run(&["fit", "data/t5_c4_sparse.csv", "--law", "sparse-density", "--bootstrap", "0"]);
    assert!(String::from_utf8_lossy(&density.stdout).contains("objective 0.000"));
    refuses(&["fit", "data/t5_c4_sparse.csv", "--law", "repeated-data"], 3, &["unique_tokens"]);
    let path = write("sparse.fit.json", String::new());
    run(&["fit", "data/t5_c4_sparse.csv", "--law", "sparse", "--bootstrap", "50", "-o", &path]);
    let pruned = [
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
    ];
    let ask = ["predict", &path, "--params", "100M", "--tokens", "20B"];
    let losses =
        [json(&ask), json(&[ask.as_slice(), &pruned].concat())].map(|p| p["loss"]["estimate"].as_f64());
    assert!(losses[0] < losses[1], "{losses:?}");
    let repeated = write("repeated.fit.json", String::new());
    good(&["fit", "data/repeated_data.csv", "--law", "repeated-data", "--bootstrap", "20", "-o", &repeated]);
    let ask = ["predict", &repeated, "--params", "7B", "--tokens", "1T"];
    refuses(&ask, 3, &["--unique-tokens"]);
    // Of a run of fewer tokens all differ.
    let more = run(&[ask.as_slice(), &["--unique-tokens", "2T"]].concat());
    assert!(stderr(&more).contains("more unique tokens than tokens"), "{}", stderr(&more));
    let losses = ["2T", "1T", "100B"].map(|unique| {
        json(&[ask.as_slice(), &["--unique-tokens", unique]].concat())["loss"]["estimate"].as_f64()
    });
    assert!(losses[0] == losses[1] && losses[1] < losses[2], "{losses:?}");
    let run = json(&["allocate", &path, "--flops", "1e21"]);
    assert!(run["average_params"]["estimate"].as_f64() > Some(1e7));
}

#[test]
fn robust_losses_and_residuals_on_l_are_fitted_said_and_kept() {
    let fit = |args: &[&str]| json(&[&FIT[..4], &["--bootstrap", "0"], args].concat());
    let of = |fit: &serde_json::Value| fit["objective"].as_f64().expect("a number");
    let huber = fit(&["--rho", "huber:1e-2"]);
    assert_eq!(of(&huber), of(&fit(&["--delta", "1e-2"])));
    assert_eq!((huber["delta"].as_f64(), huber.get("loss"), huber.get("on")), (Some(0.01), None, None));
    let squared = fit(&["--rho", "squared", "--on", "loss"]);
    let expected = (None, &serde_json::json!("squared"), &serde_json::json!("loss"));
    assert_eq!((squared.get("delta"), &squared["loss"], &squared["on"]), expected);
    let text = good(&[&FIT[..4], &["--bootstrap", "0", "--rho", "asymmetric:10", "--on", "loss"]].concat());
    assert!(text.contains("times 10 where the curve is above, on loss"), "{text}");
    let path = write("laplace.fit.json", String::new());
    good(&[&FIT[..4], &["--rho", "laplace", "--bootstrap", "50", "-o", &path]].concat());
    assert!(good(&["predict", &path, "--params", "7B", "--tokens", "1T"]).contains("loss"));
    let compared = [
        "compare",
        "data/t5_c4_sparse.csv",
        "--laws",
        "chinchilla",
        "--sizes",
        "average,final",
        "--rho",
        "laplace",
        "--bootstrap",
        "20",
    ];
    assert!(json(&compared)["candidates"][0]["aic"].as_f64().is_some());
    let holdout =
        ["holdout", "data/chinchilla.csv", "--where", "outlier=0", "--bootstrap", "20", "--rho", "laplace"];
    assert_eq!(json(&holdout)["loss"], serde_json::json!("laplace"));
}

#[test]
fn an_order_that_runs_off_is_its_limit_and_exits_with_4() {
    let of = ["fit", "data/journey.csv", "--where", "lr_floor=0", "--bootstrap", "60", "--no-diagnostics"];
    let args = [of.as_slice(), &["--law", "power-mean"]].concat();
    let output = run(&args);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    let row = stdout(&output).lines().find(|line| line.starts_with(" p "));
    let words: Vec<&str> = row.expect("a row").split_whitespace().collect();
    assert_eq!(words.join(" "), "p the final count at its limit");
    assert!(
        stderr(&output).contains("do not tell it from its limit, the final count"),
        "{}",
        stderr(&output)
    );
    let document = run(&[args.as_slice(), &["--format", "json"]].concat());
    let document: serde_json::Value = serde_json::from_str(stdout(&document)).expect("JSON");
    let p = &document["parameters"]["p"];
    assert_eq!((&p["estimate"], &p["limit"]), (&serde_json::Value::Null, &"the final count".into()));
    let of_count = json(&[of.as_slice(), &["--size", "final"]].concat());
    assert_near(&document["objective"], of_count["objective"].as_f64().expect("a number"), 1e-9);
    // The saved fit says so too, and answers.
    let saved = crate::scratch("limit.fit.json").display().to_string();
    assert_eq!(run(&[args.as_slice(), &["-o", &saved]].concat()).status.code(), Some(4));
    let answer = run(&["predict", &saved, "--params", "1M", "--tokens", "50M"]);
    assert!(stdout(&answer).contains("run would land"), "{}", stderr(&answer));
}
