//! Measured losses beside predictions: `nbar predict --from`, `--preregister` and `nbar score`.

use serde_json::Value;

use crate::{assert_near, good, json, refuses, run, saved, scratch, stderr, stdout, write};

const POINTS: &str = "run,params,tokens\na,1B,20B\nb,7B,140B\nc,3B,60B\n";

/// A path at which no file is.
fn fresh(name: &str) -> String {
    let path = scratch(name);
    let _ = std::fs::remove_file(&path);
    path.display().to_string()
}

/// Losses of the runs of `POINTS`, each so far from its forecast.
fn measured(fit: &str, off: [f64; 3]) -> String {
    let points = write(&format!("{}.csv", fit.replace('/', "_")), POINTS);
    let losses = json(&["predict", fit, "--from", &points]);
    let rows = losses.as_array().unwrap().iter().zip(off).zip(["a,1B,20B", "b,7B,140B", "c,3B,60B"]);
    let row = |((answer, off), name): ((&Value, f64), &str)| {
        format!("{name},{}\n", answer["loss"]["estimate"].as_f64().unwrap() * (1.0 + off))
    };
    "run,params,tokens,loss\n".to_owned() + &rows.map(row).collect::<String>()
}

#[test]
fn losses_of_a_table_are_scored() {
    let fit = saved("scored.fit.json");
    let table = write("scored.csv", measured(&fit, [0.001, -0.3, 0.0]));
    let answers = json(&["predict", &fit, "--from", &table]);
    let outcome = |place: usize| &answers[place]["outcome"];
    assert_near(&outcome(0)["error"], -(1.001f64.ln()), 1e-9);
    assert_eq!(outcome(0)["in_run_interval"], true);
    assert_eq!(outcome(1)["in_run_interval"], false);
    assert_eq!(outcome(1)["pit"], 0.001);
    assert!(outcome(1)["z"].as_f64().unwrap() < -2.0);
    assert!(outcome(1)["run_score"].as_f64().unwrap() > outcome(0)["run_score"].as_f64().unwrap());
    let text = good(&["predict", &fit, "--from", &table]);
    for part in [
        "measured",
        "pit",
        "in the run interval: 2 of 3 runs, where 95 % would be expected",
        "interval score",
    ] {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
    let csv = good(&["predict", &fit, "--from", &table, "--format", "csv"]);
    assert!(csv.lines().next().unwrap().ends_with("in_run_interval,run_score"), "{csv}");
    // A saved fit is scored as it predicts.
    let report = json(&["score", &fit, &table]);
    assert_eq!((&report["schema"], &report["in_run_interval"]), (&"nbar.score/1".into(), &2.into()));
    for (place, row) in report["runs"].as_array().unwrap().iter().enumerate() {
        for key in ["loss", "error", "z", "pit", "in_run_interval", "run_score"] {
            assert_eq!(row[key], outcome(place)[key], "{key}");
        }
    }
    let mean = (0..3).map(|place| outcome(place)["run_score"].as_f64().unwrap()).sum::<f64>() / 3.0;
    assert_near(&report["run_score"], mean, 1e-12);
    // Perplexities become losses; runs without a loss are predicted as before.
    let ln =
        measured(&fit, [0.0; 3]).lines().nth(1).unwrap().rsplit(',').next().unwrap().parse::<f64>().unwrap();
    let perplexities =
        write("scored-ppl.csv", format!("params,tokens,perplexity\n1B,20B,{}\n2B,20B,\n", ln.exp()));
    let answers = json(&["predict", &fit, "--from", &perplexities]);
    assert!(answers[0]["outcome"]["error"].as_f64().unwrap().abs() < 1e-9);
    assert!(answers[1].get("outcome").is_none());
    let odd = write("scored-odd.csv", "params,tokens,loss\n1B,20B,-2\n");
    refuses(&["predict", &fit, "--from", &odd], 3, &["line 2, column 'loss'", "'-2' is not a loss"]);
}

#[test]
fn converted_columns_are_said_wherever_a_table_is_read() {
    let fit = saved("converted.fit.json");
    let table = write("converted.csv", "model_size_m,tokens_b,ppl\n400,20,14.3\n800,40,11.9\n");
    let points = write("converted-points.csv", "model_size_m,tokens_b\n400,20\n800,40\n");
    let registered = fresh("converted.json");
    good(&["predict", &fit, "--from", &points, "--preregister", &registered]);
    for words in
        [&["predict", &fit, "--from", &table][..], &["score", &fit, &table], &["score", &registered, &table]]
    {
        let output = run(words);
        let said = stderr(&output);
        for part in [
            "params is 1e6 x column 'model_size_m'",
            "tokens is 1e9 x column 'tokens_b'",
            "loss is the natural logarithm of column 'ppl'",
        ] {
            assert!(said.contains(part), "{words:?}: no '{part}' in {said}");
        }
    }
}

#[test]
fn what_is_registered_is_scored_later() {
    let fit = saved("registered.fit.json");
    let (points, path) = (write("registered.csv", POINTS), fresh("forecasts.json"));
    good(&["predict", &fit, "--from", &points, "--preregister", &path]);
    let registration: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(registration["schema"], "nbar.registration/1");
    // printf 'run,params,tokens\na,1B,20B\nb,7B,140B\nc,3B,60B\n' | sha256sum
    let hash = "beeccfc17378f6b13a876a62c92b95210eca8c91a1ff1b8ab695c0c652b1e34f";
    assert_eq!(registration["table"], serde_json::json!({"name": "registered.csv", "sha256": hash}));
    assert_eq!(registration["fit"]["sha256"].as_str().unwrap().len(), 64);
    assert!(registration["date"].as_str().unwrap().ends_with('Z'));
    // Whole: what the fit says of the measured table, though the fit is not asked.
    let table = write("registered-measured.csv", measured(&fit, [0.002, -0.01, 0.2]));
    let [later, now] = [json(&["score", &path, &table]), json(&["score", &fit, &table])];
    for key in ["in_run_interval", "run_width", "run_score", "law", "runs", "level"] {
        assert_eq!(later[key], now[key], "{key}");
    }
    assert_eq!(later["registered"], registration["date"]);
    // By name alone, in another order, and one not yet measured.
    let names = write("by-name.csv", "loss,run\n2.1,b\n2.5,a\n,c\n");
    let report = json(&["score", &path, &names]);
    assert_eq!(report["not_measured"], serde_json::json!(["c"]));
    assert_eq!((&report["runs"][0]["run"], &report["runs"][1]["loss"]), (&"a".into(), &2.1.into()));
    // By parameters and tokens, to 1 %.
    let counts = write("by-counts.csv", "params,tokens,loss\n7.05B,139B,2.2\n");
    assert_eq!(json(&["score", &path, &counts])["runs"][0]["run"], "b");
    let text = run(&["score", &path, &names]);
    assert!(stdout(&text).contains("not measured: c") && stderr(&text).contains(hash), "{}", stderr(&text));
}

#[test]
fn what_does_not_match_is_refused_with_a_word() {
    let fit = saved("refused.fit.json");
    let (points, path) = (write("refused.csv", POINTS), fresh("refused.json"));
    refuses(&["score", &points, &fit], 2, &["is a saved fit", "swap the two files"]);
    good(&["predict", &fit, "--from", &points, "--preregister", &path]);
    for (name, text, parts) in [
        ("no-loss.csv", "run,params\na,1B\n", &["'loss'"] as &[&str]),
        ("no-losses.csv", "run,loss\na,\n", &["no row has a loss"]),
        ("no-run.csv", "loss\n2.1\n", &["params"]),
        ("other-name.csv", "run,loss\nz,2.1\n", &["line 2, run 'z'", "no forecast has this name"]),
        (
            "own-name.csv",
            "run,params,tokens,loss\nmine,7B,140B,2.1\n",
            &["of these parameters and tokens is of 'b'"],
        ),
        ("other-run.csv", "params,tokens,loss\n2B,20B,2.1\n", &["line 2", "no forecast is of this run"]),
        ("other-size.csv", "run,params,tokens,loss\na,2B,20B,2.1\n", &["1.0000e9 parameters", "2.0000e9"]),
        ("twice.csv", "run,loss\na,2.1\na,2.0\n", &["line 3", "line 2 already", "one row"]),
        ("bits.csv", "run,bits_per_byte\na,0.8\n", &["nats a token"]),
    ] {
        let table = write(name, text);
        refuses(&["score", &path, &table], 3, parts);
    }
    let table = write("fine.csv", "run,loss\na,2.5\n");
    let text = std::fs::read_to_string(&path).unwrap();
    let next = text.replace("nbar.registration/1", "nbar.registration/2");
    refuses(
        &["score", &write("next.json", next), &table],
        3,
        &["nbar.registration/2", "nbar.registration/1", "score it with nbar"],
    );
    refuses(&["score", &write("none.json", "{}"), &table], 3, &["no registration"]);
    refuses(&["score", &write("plan.json", r#"{"schema":"nbar.plan/1"}"#), &table], 3, &["nbar.plan/1"]);
    let broken = text.replacen("\"level\":0.95", "\"level\":95", 1);
    refuses(&["score", &write("level.json", broken), &table], 3, &["level 95"]);
    // What was published stays as it is, and is of runs that are not trained.
    refuses(&["predict", &fit, "--from", &points, "--preregister", &path], 2, &["is there already"]);
    let trained = write("trained.csv", "params,tokens,loss\n1B,20B,2.5\n");
    let other = fresh("other.json");
    refuses(&["predict", &fit, "--from", &trained, "--preregister", &other], 2, &["yet to be trained"]);
    let doubled = write("doubled.csv", "run,params,tokens\na,1B,20B\na,2B,20B\n");
    refuses(
        &["predict", &fit, "--from", &doubled, "--preregister", &other],
        3,
        &["doubled.csv, line 3: the run on line 2 is called 'a' too"],
    );
    refuses(&["predict", &fit, "--params", "1B", "--tokens", "20B", "--preregister", &other], 2, &["--from"]);
    // Runs of one size and length that differ in their schedule are told apart by name only.
    let alike = "params,tokens,schedule,final_sparsity,prune_start,prune_end,prune_unit\n1B,20B,,,,,\n1B,20B,cubic,0.8,25%,75%,fraction\n";
    let (alike, ambiguous) = (write("alike.csv", alike), fresh("alike.json"));
    good(&["predict", &fit, "--from", &alike, "--preregister", &ambiguous]);
    let table = write("one-of-two.csv", "params,tokens,loss\n1B,20B,2.5\n");
    refuses(
        &["score", &ambiguous, &table],
        3,
        &["several forecasts", "name the run", "columns of its schedule"],
    );
}

#[test]
fn a_run_is_scored_by_the_forecast_of_its_own_schedule() {
    let fit = saved("scored-sparse.fit.json");
    let head = "params,fixed_params,tokens,schedule,final_sparsity,prune_start,prune_end,prune_unit";
    let runs = ["1B,200M,20B,dense,,,,", "1B,200M,20B,cubic,0.8,25%,75%,fraction"];
    let (points, path) =
        (write("sparse.csv", format!("{head}\n{}\n", runs.join("\n"))), fresh("sparse.json"));
    good(&["predict", &fit, "--from", &points, "--preregister", &path]);
    let [first, second] = runs;
    // In any order, by what the table says of pruning.
    let table = write("sparse-scored.csv", format!("{head},loss\n{second},2.6\n{first},2.5\n"));
    let [later, now] = [json(&["score", &path, &table]), json(&["score", &fit, &table])];
    let losses = |report: &Value| -> Vec<(f64, f64)> {
        let number = |run: &Value, key: &str| run[key].as_f64().unwrap();
        let runs = report["runs"].as_array().unwrap().iter();
        let mut all: Vec<_> = runs.map(|run| (number(run, "loss"), number(run, "predicted"))).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all
    };
    assert_eq!(losses(&later), losses(&now));
    assert!(losses(&later)[0].1 < losses(&later)[1].1, "{later}");
    // A run of another course is another run, whatever says so.
    let dense = write("dense.csv", "run,params,tokens\na,1B,20B\n");
    let registered = fresh("dense.json");
    good(&["predict", &fit, "--from", &dense, "--preregister", &registered]);
    for (name, table, part) in [
        (
            "other-course.csv",
            format!("run,{head},loss\na,{},2.6\n", second.replace("200M", "")),
            "on average",
        ),
        ("fixed.csv", "run,params,fixed_params,tokens,loss\na,1B,300M,20B,2.6\n".into(), "1.3000e9"),
        ("bare.csv", "run,params,tokens,final_sparsity,loss\na,1B,20B,0.8,2.6\n".into(), "needs 'schedule'"),
        ("density.csv", "run,params,tokens,density,loss\na,1B,20B,0.3,2.6\n".into(), "the cell is '0.3'"),
        (
            "mean.csv",
            "run,params,tokens,average_params,loss\na,1B,20B,400M,2.6\n".into(),
            "4.0000e8 on average",
        ),
    ] {
        refuses(&["score", &registered, &write(name, table)], 3, &["line 2", part]);
    }
}

#[test]
fn the_order_of_measured_rows_changes_nothing() {
    let fit = saved("scored-order.fit.json");
    let (points, path) = (write("near.csv", "params,tokens\n7B,100B\n7B,100.8B\n"), fresh("near.json"));
    good(&["predict", &fit, "--from", &points, "--preregister", &path]);
    let score = |name: &str, rows: [&str; 2]| {
        let table = write(name, format!("params,tokens,loss\n{}\n", rows.join("\n")));
        run(&["score", &path, &table, "--format", "json"])
    };
    let near = ["7B,100.1B,2.20", "7B,100.9B,2.30"];
    let [one, other] = [score("near-1.csv", near), score("near-2.csv", [near[1], near[0]])];
    assert_eq!((one.status.code(), stdout(&one)), (Some(0), stdout(&other)));
    // Both are nearest to one of them.
    for (name, rows) in
        [("both-1.csv", ["7B,100.5B,2.20", near[1]]), ("both-2.csv", [near[1], "7B,100.5B,2.20"])]
    {
        let output = score(name, rows);
        assert!(stderr(&output).contains("line 3: the run stands on line 2 already"), "{}", stderr(&output));
    }
    let named = write("named-of-unnamed.csv", "run,loss\nrun 1,2.2\n");
    refuses(&["score", &path, &named], 3, &["no forecast has a name", "give parameters and tokens"]);
    let short = write("short-row.csv", "params,tokens,loss\n7B,,2.2\n");
    refuses(&["score", &path, &short], 3, &["line 2: the row has no name, and lacks"]);
}

#[test]
fn counts_of_what_is_kept_leave_out_what_is_never_pruned() {
    let fit = saved("scored-kept.fit.json");
    let table = "params,fixed_params,tokens,loss,schedule,kept_final\n1B,200M,20B,2.5,dense,1B\n";
    good(&["score", &fit, &write("kept.csv", table)]);
    let pruned = write("kept-less.csv", table.replace("dense,1B", "dense,500M"));
    refuses(&["score", &fit, &pruned], 3, &["column 'kept_final'", "write its 'schedule'"]);
}

#[test]
fn caps_on_serving_are_flags() {
    let fit = saved("served.fit.json");
    let small = json(&["allocate", &fit, "--flops", "1e24", "--max-memory", "999KB"]);
    assert_near(&small["initial_params"]["estimate"], 999e3 / 2.0, 1e-9);
    let run = json(&["allocate", &fit, "--flops", "1e24", "--max-memory", "80GB"]);
    assert_eq!(run["limited_by"], "max_memory");
    assert_near(&run["final_params"]["estimate"], 40e9, 1e-12);
    let run = json(&["allocate", &fit, "--flops", "1e24", "--max-memory", "40GiB", "--bytes-per-param", "1"]);
    assert_near(&run["final_params"]["estimate"], 40.0 * 1024f64.powi(3), 1e-12);
    let slow = ["allocate", &fit, "--flops", "1e24", "--max-latency", "20ms", "--flops-per-second", "1e12"];
    let run = json(&slow);
    assert_near(&run["final_params"]["estimate"], 1e10, 1e-12);
    let text = good(&slow);
    for part in
        ["held by --max-latency", "other sizes at this budget", "2 N* breaks --max-latency", "within 0.5 %"]
    {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
    let csv = good(&["allocate", &fit, "--flops", "1e22", "--format", "csv"]);
    for row in ["excess_loss_at_0.25,", "flops_to_match_at_2,", "near_best_at_1,", "least_params_near_best,"]
    {
        assert!(csv.contains(row), "no '{row}' in {csv}");
    }
    let plan = good(&["plan", &fit, "--flops", "1e22", "--sparsity", "0,0.5"]);
    assert!(plan.contains("loss above the least at other sizes"), "{plan}");
    for (flags, parts) in [
        (&["--max-memory", "80B"] as &[&str], &["'80B'", "80GB"] as &[&str]),
        (&["--max-memory", "80"], &["'80' without a unit", "80GB"]),
        (&["--max-latency", "20ms"], &["--flops-per-second"]),
        (&["--max-latency", "fast", "--flops-per-second", "1e12"], &["'fast'", "20ms"]),
    ] {
        refuses(&[&["allocate", &fit, "--flops", "1e22"], flags].concat(), 2, parts);
    }
}

#[test]
fn a_run_is_scored_at_its_end_and_losses_far_off_are_remarked_on() {
    let fit = saved("scored-ends.fit.json");
    let ends = measured(&fit, [0.001, -0.3, 0.0]);
    let on_the_way = ends.clone() + "a,1B,10B,9.9\n";
    let [ends, on_the_way] =
        [("ends.csv", ends), ("on-the-way.csv", on_the_way)].map(|(name, table)| write(name, table));
    assert_eq!(json(&["score", &fit, &ends])["runs"], json(&["score", &fit, &on_the_way])["runs"]);
    let output = run(&["score", &fit, &on_the_way]);
    assert!(stderr(&output).contains("not scored: 1 row before the last of a run"), "{}", stderr(&output));
    let perplexities = write("perplexities.csv", measured(&fit, [4.0, 4.0, 4.0]));
    let output = run(&["score", &fit, &perplexities]);
    assert!(stderr(&output).contains("the loss of 3 runs is more than twice"), "{}", stderr(&output));
}

#[test]
fn a_run_that_ends_twice_and_columns_that_are_not_used_are_said() {
    let fit = saved("scored-twice.fit.json");
    let table = "run,params,tokens,eval,loss\na,1e9,2e10,c4,2.6\na,1e9,2e10,wiki,2.9\nb,2e9,2e10,c4,2.5\n";
    let output = run(&["score", &fit, &write("scored-twice.csv", table)]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("line 3: run 'a' ends on line 2 too"), "{}", stderr(&output));
    let one = write("scored-once.csv", table.replace("a,1e9,2e10,wiki,2.9\n", ""));
    let output = run(&["score", &fit, &one]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("columns not used: eval"), "{}", stderr(&output));
}

#[test]
fn tables_of_flops_alone_are_predicted_published_and_scored() {
    let rows: String = (0..12)
        .map(|i| {
            let flops = 1e18 * 2f64.powi(i);
            format!(
                "c{i},{flops:e},{}\n",
                1.7 + 300.0 / flops.powf(0.12) + [0.004, -0.004, 0.001][i as usize % 3]
            )
        })
        .collect();
    let sweep = write("flops.csv", format!("run,flops,loss\n{rows}"));
    let fit = scratch("flops.fit.json").display().to_string();
    run(&["fit", &sweep, "--law", "compute", "--bootstrap", "100", "-o", &fit]);
    let (points, path) = (write("flops-points.csv", "run,flops (1e18)\na,1e3\nb,1e4\n"), fresh("flops.json"));
    let one = json(&["predict", &fit, "--flops", "1e21"]);
    let all = json(&["predict", &fit, "--from", &points]);
    assert_eq!((&all[0]["loss"], all.as_array().unwrap().len()), (&one["loss"], 2));
    good(&["predict", &fit, "--from", &points, "--preregister", &path]);
    let measured = write("flops-measured.csv", "run,flops,loss\nb,1e22,2.3\n");
    let [later, now] = [json(&["score", &path, &measured]), json(&["score", &fit, &measured])];
    assert_eq!(later["runs"], now["runs"]);
    assert_eq!(later["not_measured"], serde_json::json!(["a"]));
    // Neither parameters nor tokens of its runs are known.
    let asked = run(&["predict", &fit, "--params", "7B", "--tokens", "140B"]);
    assert!(asked.status.success() && !stderr(&asked).contains("tokens a parameter"), "{}", stderr(&asked));
    let dense = saved("flops-dense.fit.json");
    refuses(&["predict", &dense, "--from", &points], 3, &["line 2", "needs 'params'"]);
}

#[test]
fn runs_that_were_fitted_and_forecasts_that_were_changed_are_told() {
    let fit = saved("scored-fitted.fit.json");
    let fitted: Value = serde_json::from_str(&std::fs::read_to_string(&fit).unwrap()).unwrap();
    let cell = |name: &str, row: usize| fitted["observations"][name][row].as_f64().unwrap();
    let row = |row: usize| format!("{},{},{}\n", cell("params", row), cell("tokens", row), cell("loss", row));
    let table =
        write("scored-fitted.csv", format!("params,tokens,loss\n{}{}7e9,1.4e11,2.2\n", row(0), row(5)));
    for command in [&["score", &fit, &table][..], &["predict", &fit, "--from", &table]] {
        let output = run(command);
        let said = stderr(&output);
        assert!(said.contains("2 of 3 runs with a loss were fitted"), "{said}");
    }
    let (points, path) = (write("changed-points.csv", POINTS), fresh("changed.json"));
    let output = run(&["predict", &fit, "--from", &points, "--preregister", &path]);
    assert!(!stderr(&output).contains("of a run that was fitted"), "{}", stderr(&output));
    let known = write(
        "known.csv",
        format!("params,tokens\n{},{}\n7e9,1.4e11\n", cell("params", 0), cell("tokens", 0)),
    );
    let output = run(&["predict", &fit, "--from", &known, "--preregister", &fresh("known.json")]);
    assert!(
        stderr(&output).contains("1 of 2 runs has the N̄ and D of a run that was fitted"),
        "{}",
        stderr(&output)
    );
    let measured = write("changed.csv", measured(&fit, [0.001, 0.0, 0.0]));
    good(&["score", &path, &measured]);
    let published = std::fs::read_to_string(&path).unwrap();
    let mut changed: Value = serde_json::from_str(&published).unwrap();
    let loss = changed["runs"][1]["loss"]["estimate"].as_f64().unwrap();
    changed["runs"][1]["loss"]["estimate"] = (loss * 1.0001).into();
    let other = write("changed-later.json", changed.to_string());
    refuses(&["score", &other, &measured], 3, &["changed after they were published", "as it was published"]);
    let mut table: Value = serde_json::from_str(&published).unwrap();
    table["table"]["sha256"] = "0".into();
    let other = write("changed-table.json", table.to_string());
    refuses(&["score", &other, &measured], 3, &["changed after they were published"]);
    // Files that were written without a checksum are read.
    changed.as_object_mut().unwrap().remove("checksum").unwrap();
    let output = run(&["score", &write("changed-none.json", changed.to_string()), &measured]);
    assert!(output.status.success() && stderr(&output).contains("no checksum"), "{}", stderr(&output));
}
