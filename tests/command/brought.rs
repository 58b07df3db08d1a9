//! What people bring: tables of data frames, trackers and trainers reach the right fit in at most two commands, the second
//! of which is pasted from what the first says.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::mending::offered;
use crate::{good, run, stderr, stdout, write};

/// Runs on a grid: N, D and a loss that follows a law but for a wiggle.
fn runs() -> Vec<(String, f64, f64, f64)> {
    let run = |i: usize| {
        let (n, d) = (1e8 * 2f64.powi((i % 6) as i32), 4e9 * 2f64.powi((i / 6) as i32));
        let loss = 1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37);
        (format!("r{i}"), n, d, loss * (1.0 + 2e-3 * (3.0 * i as f64).sin()))
    };
    (0..30).map(run).collect()
}

/// A table with a header, and a row for each run but those that are left out.
fn table(name: &str, header: &str, row: impl Fn(usize, &str, f64, f64, f64) -> String) -> String {
    let mut table = format!("{header}\n");
    for (i, (run, n, d, loss)) in runs().iter().enumerate() {
        let _ = writeln!(table, "{}", row(i, run, *n, *d, *loss));
    }
    write(name, table)
}

const FIT: [&str; 8] = ["--bootstrap", "0", "--no-diagnostics", "--jobs", "1", "--quiet", "--format", "json"];

/// The parameters of the law, fitted with one command or with the one that it offers.
fn fitted(path: &str, value: &str) -> Vec<f64> {
    let mut output = run(&[&["fit", path][..], &FIT].concat());
    if output.status.code() == Some(3) {
        let next = offered(stderr(&output), value);
        output = run(&next.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(0), "{path}: {next:?}: {}", stderr(&output));
    }
    let fit: Value = serde_json::from_slice(&output.stdout).expect("a fit");
    let value = |name: &str| fit["parameters"][name]["estimate"].as_f64().expect("a parameter");
    ["E", "A", "B", "alpha", "beta"].map(value).to_vec()
}

/// The fit to all runs but some, from the plainest of tables.
fn plainly(name: &str, without: &[usize]) -> Vec<f64> {
    let mut text = "run,params,tokens,loss\n".to_owned();
    for (i, (run, n, d, loss)) in runs().iter().enumerate() {
        if !without.contains(&i) {
            let _ = writeln!(text, "{run},{n},{d},{loss}");
        }
    }
    fitted(&write(name, text), "")
}

fn same(left: &[f64], right: &[f64], what: &str) {
    let close = |(a, b): (&f64, &f64)| (a / b - 1.0).abs() < 1e-6;
    assert!(left.iter().zip(right).all(close), "{what}: {left:?} is not {right:?}");
}

#[test]
fn data_frames_of_every_shape_are_read() {
    let all = plainly("brought-plain.csv", &[]);
    let records: Vec<Value> = runs()
        .iter()
        .map(|(run, n, d, loss)| json!({ "run": run, "params": n, "tokens": d, "loss": loss }))
        .collect();
    let by = |key: &str| -> Vec<Value> { records.iter().map(|record| record[key].clone()).collect() };
    let numbered = |cells: Vec<Value>| -> Value {
        Value::Object(cells.into_iter().enumerate().map(|(i, cell)| (i.to_string(), cell)).collect())
    };
    let columns = ["run", "params", "tokens", "loss"];
    let rows: Vec<Value> = records.iter().map(|r| columns.map(|c| r[c].clone()).to_vec().into()).collect();
    let by_run = |key: &str| -> Value {
        let cells = records.iter().map(|r| (r["run"].as_str().expect("a name").to_owned(), r[key].clone()));
        Value::Object(cells.collect())
    };
    let mut named = serde_json::Map::new();
    for record in &records {
        let mut rest = record.clone();
        let name = rest.as_object_mut().expect("a record").remove("run").expect("a name");
        named.insert(name.as_str().expect("a name").to_owned(), rest);
    }
    for (shape, json) in [
        ("records", Value::from(records.clone())),
        ("columns", Value::Object(columns.map(|c| (c.to_owned(), numbered(by(c)))).into_iter().collect())),
        (
            "named columns",
            json!({ "params": by_run("params"), "tokens": by_run("tokens"), "loss": by_run("loss") }),
        ),
        ("index", numbered(records.clone())),
        ("named index", Value::Object(named)),
        ("split", json!({ "columns": columns, "index": (0..30).collect::<Vec<_>>(), "data": rows })),
        ("table", json!({ "schema": { "fields": [] }, "data": records })),
        ("list", Value::Object(columns.map(|c| (c.to_owned(), by(c).into())).into_iter().collect())),
    ] {
        let path = write(&format!("brought-{}.json", shape.replace(' ', "-")), json.to_string());
        same(&fitted(&path, ""), &all, shape);
    }
    let indexed =
        table("brought-index.csv", ",run,Params (M),Tokens [B],Final Loss", |i, run, n, d, loss| {
            format!("{i},{run},{},{},{loss}", n / 1e6, d / 1e9)
        });
    same(&fitted(&indexed, ""), &all, "units");
    let bars = table("brought-bars.csv", "run|params|tokens|loss", |_, run, n, d, loss| {
        format!("{run}|{n}|{d}|{loss}")
    });
    same(&fitted(&bars, ""), &all, "bars");
}

#[test]
fn cells_that_are_not_there_are_left_out_by_the_command_that_is_offered() {
    let rest = plainly("brought-rest.csv", &[3, 7, 9]);
    for word in ["", "NA", "NaN", "null", "None"] {
        let path = table(
            &format!("brought-nan-{word}.csv"),
            ",run,params,tokens,loss",
            |i, run, n, d, loss| match i {
                3 | 9 => format!("{i},{run},{n},{d},{word}"),
                7 => format!("{i},{run},{word},{d},{loss}"),
                _ => format!("{i},{run},{n},{d},{loss}"),
            },
        );
        same(&fitted(&path, ""), &rest, word);
    }
}

#[test]
fn commas_in_numbers_are_read_as_the_offer_says() {
    let all = plainly("brought-no-commas.csv", &[]);
    let comma = |value: f64| format!("{value:?}").replace('.', ",");
    let european = table("brought-european.csv", "run;params;tokens;loss", |_, run, n, d, loss| {
        format!("{run};{};{};{}", comma(n), comma(d), comma(loss))
    });
    let thousands = table("brought-thousands.csv", "run,params,tokens,loss", |_, run, n, d, loss| {
        let grouped = |value: f64| {
            let digits = format!("{value:.0}");
            let groups: Vec<&str> =
                digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
            groups.join(",")
        };
        format!("{run},\"{}\",\"{}\",{loss}", grouped(n), grouped(d))
    });
    for path in [european, thousands] {
        same(&fitted(&path, ""), &all, &path);
    }
    // A comma before three digits may be either, and nothing is guessed.
    let either = table("brought-either.csv", "run;params;tokens;loss", |_, run, n, d, loss| {
        format!("{run};{n};{d};{}", format!("{loss:.3}").replace('.', ","))
    });
    let refused = run(&["fit", &either]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(
        stderr(&refused).contains("could mark thousands or decimals") && !stderr(&refused).contains("try")
    );
    let plain = table("brought-comma-less.csv", "run,params,tokens,loss", |_, run, n, d, loss| {
        format!("{run},{n},{d},{loss}")
    });
    let idle = run(&["fit", &plain, "--commas", "decimal"]);
    assert_eq!(idle.status.code(), Some(2), "{}", stderr(&idle));
    assert!(stderr(&idle).contains("has no effect"));
}

#[test]
fn a_table_of_wandb_runs_is_fitted_without_those_that_did_not_finish() {
    let header =
        "Name,State,Notes,User,Tags,Created,Runtime,ID,lr,MODEL,model.d_model,_step,train/tokens,val/loss";
    let rest = plainly("brought-finished.csv", &[4, 9, 11]);
    for (params, name) in [("n_params_here", "asked"), ("model.size_total", "guessed")] {
        let path = table(
            &format!("brought-wandb-{name}.csv"),
            &header.replace("MODEL", params),
            |i, _, n, d, loss| {
                let (state, loss) = match i {
                    4 => ("crashed", "6.5".to_owned()),
                    9 => ("failed", String::new()),
                    11 => ("running", loss.to_string()),
                    _ => ("finished", loss.to_string()),
                };
                format!(
                    "fog-{i},{state},-,ann,,2024-05-01T10:00:00.000Z,3600,abc{i},3e-4,{n},512,{i},{d},{loss}"
                )
            },
        );
        same(&fitted(&path, ""), &rest, name);
    }
    // Names of a tree of settings are known; nothing is refused, and what did not finish is said.
    let path = table("brought-wandb.csv", &header.replace("MODEL", "model.n_params"), |i, _, n, d, loss| {
        let state = if i == 4 { "crashed" } else { "finished" };
        format!("fog-{i},{state},-,ann,,2024-05-01T10:00:00.000Z,3600,abc{i},3e-4,{n},512,{i},{d},{loss}")
    });
    let output = run(&["fit", &path, "--bootstrap", "0", "--no-diagnostics", "--jobs", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("--where 'State!=crashed'"), "{}", stderr(&output));
    // Runs of one name, without an id.
    let path = table(
        "brought-one-name.csv",
        "Name,State,Created,_step,n_params,tokens,val_loss",
        |i, _, n, d, loss| format!("baseline,finished,2024-05-01,{i},{n},{d},{loss}"),
    );
    same(&fitted(&path, ""), &plainly("brought-named.csv", &[]), "one name");
}

#[test]
fn folders_of_trainer_states_are_fitted() {
    let all = plainly("brought-states.csv", &[]);
    for told in [true, false] {
        let folder = write(&format!("brought-states-{told}.txt"), "").replace(".txt", "");
        for (run, n, d, loss) in runs() {
            let steps = (d / 5e5).round();
            for (share, above) in [(0.5, 0.3), (1.0, 0.0)] {
                let place = format!("{folder}/{run}/checkpoint-{}", steps * share);
                std::fs::create_dir_all(&place).expect("a folder of this test");
                let mut row = json!({ "eval_loss": loss + above, "step": steps * share, "epoch": share });
                let mut state = json!({ "max_steps": steps, "global_step": steps * share });
                if told {
                    row["num_input_tokens_seen"] = (d * share).into();
                    state["num_input_tokens_seen"] = (d * share).into();
                    state["total_flos"] = (6.0 * n * d * share).into();
                }
                let train =
                    json!({ "loss": loss, "step": steps * share, "epoch": share, "learning_rate": 1e-4 });
                state["log_history"] = json!([train, row]);
                std::fs::write(format!("{place}/trainer_state.json"), state.to_string()).expect("a file");
            }
        }
        if told {
            same(&fitted(&folder, ""), &all, "told");
            continue;
        }
        // A table of runs tells what the states do not, and the refusal asks for it.
        let refused = run(&["fit", &folder]);
        assert_eq!(refused.status.code(), Some(3));
        for word in ["--runs RUNS.csv", "--run-params", "--tokens-per-step"] {
            assert!(stderr(&refused).contains(word), "no {word} in {}", stderr(&refused));
        }
        let sizes = table("brought-sizes.csv", "run,params,tokens_per_step", |_, run, n, _, _| {
            format!("{run},{n},0.5M")
        });
        let fit = good(&[&["fit", &folder, "--runs", &sizes][..], &FIT].concat());
        let fit: Value = serde_json::from_str(&fit).expect("a fit");
        let alpha = fit["parameters"]["alpha"]["estimate"].as_f64().expect("alpha");
        same(&[alpha], &all[3..4], "runs");
    }
}

#[test]
fn a_unit_is_said_with_the_field_that_has_it() {
    let all = plainly("brought-nats.csv", &[]);
    for (columns, row) in [
        ("perplexity=loss", (|n, d, loss: f64| [n, d, loss.exp()]) as fn(f64, f64, f64) -> [f64; 3]),
        ("bits=loss", |n, d, loss| [n, d, loss / std::f64::consts::LN_2]),
        ("params_millions=params,tokens (B)=tokens", |n, d, loss| [n / 1e6, d / 1e9, loss]),
    ] {
        let path = table("brought-unit.csv", "run,params,tokens,loss", |_, run, n, d, loss| {
            let [n, d, loss] = row(n, d, loss);
            format!("{run},{n},{d},{loss}")
        });
        let fit = good(&[&["fit", &path, "--columns", columns][..], &FIT].concat());
        let fit: Value = serde_json::from_str(&fit).expect("a fit");
        assert_eq!(fit["warnings"], json!([]), "{columns}");
        let value = |name: &str| fit["parameters"][name]["estimate"].as_f64().expect("a parameter");
        same(&["E", "A", "B", "alpha", "beta"].map(value), &all, columns);
    }
}

/// Losses without a constant: E is 0, and what is printed of it is no more than that and its bound.
#[test]
fn nothing_is_printed_of_a_constant_that_has_vanished_but_its_bound() {
    let path = table("brought-no-constant.csv", "run,params,tokens,loss", |i, run, n, d, _| {
        let wiggle = 1.0 + 5e-3 * (2.0 * i as f64).sin();
        format!("{run},{n},{d},{}", (60.0 / n.powf(0.2) + 400.0 / d.powf(0.25)) * wiggle - 0.05)
    });
    let fit = |form: &str| {
        let output = run(&["fit", &path, "--bootstrap", "50", "--jobs", "1", "--format", form]);
        assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
        stdout(&output).to_owned()
    };
    let json: Value = serde_json::from_str(&fit("json")).expect("JSON");
    let of = &json["parameters"]["E"];
    assert_eq!((of["estimate"].as_f64(), of["vanished"].as_bool()), (Some(0.0), Some(true)), "{of}");
    let most = of["below"].as_f64().expect("a bound");
    assert!((0.0..1.7).contains(&most), "{of}");
    assert!(json["parameters"]["A"].get("vanished").is_none());
    let text = fit("text");
    let line = text.lines().find(|line| line.starts_with(" E ")).expect("a row of E");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(&words[..4], ["E", "0", "-", "below"], "{line}");
    assert!((words[4].parse::<f64>().expect("a number") / most - 1.0).abs() < 1e-3, "{line}");
    let md = fit("md");
    assert!(md.lines().any(|line| line.starts_with("| E ") && line.contains(" below ")), "{md}");
    let csv = fit("csv");
    assert!(csv.lines().any(|line| line == format!("E,0,,0,{most}")), "{csv}");
}

/// The best of several learning rates lies on the law; all of them lie above it.
#[test]
fn the_envelope_of_a_sweep_of_learning_rates_is_the_law() {
    let mut text = "name,N,D,loss,lr\n".to_owned();
    for n in [5e7, 1.5e8, 6e8] {
        for ratio in [120.0, 200.0, 400.0, 800.0] {
            for (lr, above) in [(1e-4, 0.06), (3e-4, 0.0), (1e-3, 0.11)] {
                let d = ratio * 1.5e8;
                let loss = (1.5 + 200.0 / f64::powf(n, 0.28) + 900.0 / f64::powf(d, 0.33)) * (1.0 + above);
                let _ = writeln!(text, "r{n}-{d}-{lr},{n},{d},{loss},{lr}");
            }
        }
    }
    let path = write("brought-rates.csv", text);
    let read = |rho: &[&str]| {
        let output = run(&[&["fit", &path][..], &FIT, rho].concat());
        // Who fits the envelope has done what the warning asks for.
        assert_eq!(stderr(&output).contains("36 runs share 12 pairs"), rho.is_empty(), "{}", stderr(&output));
        // The rates are told once.
        assert!(!stderr(&output).contains("'lr' tells apart"), "{}", stderr(&output));
        let fit: Value = serde_json::from_slice(&output.stdout).expect("a fit");
        ["E", "alpha"].map(|name| fit["parameters"][name]["estimate"].as_f64().expect("a parameter"))
    };
    let [e, alpha] = read(&["--rho", "asymmetric:10"]);
    assert!((e - 1.5).abs() < 5e-3 && (alpha - 0.28).abs() < 2e-3, "E {e}, alpha {alpha}");
    let [e, _] = read(&[]);
    assert!((e - 1.5).abs() > 0.02, "all rows give E {e}");
}
