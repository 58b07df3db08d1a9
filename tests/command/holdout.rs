//! `nbar holdout`.

use crate::{assert_near, good, json, keys, refuses, run, stderr, write};

const HOLDOUT: [&str; 6] = ["holdout", "data/chinchilla.csv", "--where", "outlier=0", "--bootstrap", "20"];

fn with(extra: &[&str]) -> Vec<&'static str> {
    HOLDOUT
        .into_iter()
        .chain(extra.iter().map(|word| -> &'static str { (*word).to_owned().leak() }))
        .collect()
}

#[test]
fn text_compares_the_law_with_simpler_predictions() {
    let text = good(&HOLDOUT);
    let columns = ["in 95 % run interval", "width, %", "score, %", "40.0 times the distance"];
    for part in columns.iter().chain(&["the 20 % of runs of most flops", " law ", " nearest ", " L(C) "]) {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
    assert_eq!(good(&with(&["--top", "20%"])), text);
    assert_eq!(good(&with(&["--top", "0.2", "--jobs", "2"])), text);
    let rolling = good(&with(&["--by", "tokens", "--rolling", "--level", "80%"]));
    assert!(rolling.contains("\n all ") && rolling.contains("in 80 % run interval"), "{rolling}");
}

#[test]
fn json_has_a_record_for_each_held_out_row() {
    let args = with(&["--by", "run", "--folds", "4"]);
    let report = json(&args);
    assert_eq!(report["schema"], "nbar.holdout/2");
    assert_eq!((&report["hold_out"]["folds"], &report["by"]), (&4.into(), &"run".into()));
    assert_eq!(report["splits"].as_array().map(Vec::len), Some(4));
    assert_eq!(keys(&report["splits"][0]["parameters"]), ["E", "A", "B", "alpha", "beta"]);
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!((rows.len(), &report["overall"]["runs"]), (240, &240.into()));
    let numbers = ["params", "tokens", "flops", "loss", "predicted", "mean_interval", "run_interval"];
    for key in ["split", "run", "last", "reach", "run_interval_if_law_holds"]
        .iter()
        .chain(&numbers)
        .chain(&["nearest", "compute"])
    {
        assert!(keys(&rows[0]).contains(key), "no {key}");
    }
    // The RMS of the records is the RMS that is reported.
    let error = |row: &serde_json::Value| {
        (row["predicted"].as_f64().expect("a number") / row["loss"].as_f64().expect("a number")).ln().powi(2)
    };
    let rms = (rows.iter().map(error).sum::<f64>() / 240.0).sqrt();
    assert_near(&report["overall"]["law"]["rms"], rms, 1e-12);
    // So are the width and the score of the run interval, and the reach.
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let (mut width, mut missed, mut reach) = (0.0, 0.0, [f64::INFINITY, 0.0]);
    for row in rows {
        let [lower, upper, loss] =
            [&row["run_interval"][0], &row["run_interval"][1], &row["loss"]].map(|x| number(x).ln());
        width += (upper - lower) / 240.0;
        missed += ((lower - loss).max(0.0) + (loss - upper).max(0.0)) / 240.0;
        reach = [f64::min(reach[0], number(&row["reach"])), f64::max(reach[1], number(&row["reach"]))];
    }
    assert!(missed > 0.0);
    assert_near(&report["overall"]["run_width"], width, 1e-12);
    assert_near(&report["overall"]["run_score"], width + 40.0 * missed, 1e-12);
    assert_eq!(report["overall"]["reach"], serde_json::json!(reach));
    let csv = good(&[args.as_slice(), &["--format", "csv"]].concat());
    assert!(
        csv.starts_with("split,run,last,params,tokens,flops,loss,predicted,") && csv.lines().count() == 241
    );
    let markdown = good(&[args.as_slice(), &["--format", "md"]].concat());
    assert_eq!(markdown.lines().count(), 2 + 4 + 1, "{markdown}");
}

#[test]
fn wrong_combinations_exit_with_2() {
    let cases: [(&[&str], &[&str]); 18] = [
        (&["--by", "window", "--top", "20%"], &["--by window has not", "--by flops"]),
        (&["--by", "schedule", "--rolling"], &["--by schedule is no order", "flops"]),
        (&["--by", "group", "--folds", "3"], &["--folds 3 are of whole runs", "--by run"]),
        (&["--fit", "params<1e9", "--by", "run"], &["--fit", "--by"]),
        (&["--predict", "params<1e9", "--top", "20%"], &["--predict", "--top"]),
        (&["--fit", "cows=1"], &["'cows', which data/chinchilla.csv has not"]),
        (&["--by", "cows"], &["--by", "flops", "run"]),
        (&["--top", "0"], &["--top", "20%"]),
        (&["--top", "100%"], &["--top", "20%"]),
        (&["--top", "20"], &["--top", "20%"]),
        (&["--top", "-1"], &["--top", "20%"]),
        (&["--by", "run", "--top", "20%"], &["--top 20 % asks for the largest", "--folds"]),
        (&["--by", "run", "--rolling"], &["--by run is no order", "flops"]),
        (&["--by", "run", "--folds", "1"], &["--folds 1 is not from 2"]),
        (&["--by", "run", "--folds", "241"], &["--folds 241 is not from 2 to 240"]),
        (&["--folds", "5"], &["--folds 5 is read with --by run alone", "--by run"]),
        (&["--top", "20%", "--folds", "5"], &["--top", "--folds"]),
        (&["--top", "20%", "--rolling"], &["--top", "--rolling"]),
    ];
    for (extra, parts) in cases {
        refuses(&with(extra), 2, parts);
    }
    refuses(&["holdout", "data/chinchilla.csv", "--bootstrap", "0"], 2, &["--bootstrap", "2..=10000000"]);
}

#[test]
fn filters_say_what_is_fitted_and_what_is_predicted() {
    let journey = ["holdout", "data/journey.csv", "--where", "lr_floor=0", "--bootstrap", "10"];
    let with = |rest: &[&'static str]| [&journey[..], rest].concat();
    let both = with(&["--fit", "schedule=dense", "--predict", "schedule!=dense"]);
    let text = good(&both);
    assert!(text.contains("held out: runs of 'schedule!=dense', predicted from 'schedule=dense'"), "{text}");
    let report = json(&both);
    assert_eq!((&report["by"], &report["hold_out"]["method"]), (&"name".into(), &"chosen".into()));
    assert_eq!((&report["splits"][0]["fitted_runs"], &report["overall"]["runs"]), (&33.into(), &158.into()));
    assert_eq!(json(&with(&["--fit", "schedule=dense"])), report, "the other side is the rest");
    refuses(&with(&["--fit", "params>1"]), 3, &["no run is left to predict", "--fit"]);
    let twice = with(&["--fit", "schedule=dense or end_share<=0.5", "--predict", "schedule!=dense"]);
    refuses(&twice, 3, &["rows to fit and rows to predict"]);
}

#[test]
fn one_window_one_schedule_or_one_group_is_left_out_at_a_time() {
    let few = "lr_floor=0 and (schedule=dense or final_sparsity=0.5 and (end_share=0.05 or end_share=0.5))";
    let with = |by| ["holdout", "data/journey.csv", "--where", few, "--bootstrap", "10", "--by", by];
    let report = json(&with("window"));
    assert_eq!((&report["by"], &report["hold_out"]["method"]), (&"window".into(), &"each".into()));
    let kinds: Vec<_> = report["splits"].as_array().expect("splits").iter().map(|s| &s["kind"]).collect();
    assert_eq!(kinds, ["0-5 %", "0-50 %"]);
    let text = good(&with("schedule"));
    assert!(text.contains(" geometric to 0.5, 0-50 % ") && text.contains("\n all "), "{text}");
    let groups = good(&["holdout", "data/overtraining.csv", "--by", "group", "--bootstrap", "10"]);
    assert!(groups.contains(" c4_original ") && groups.contains(" rpj "), "{groups}");
    refuses(&with("group"), 3, &["no run has a group", "--columns group=NAME", "--by run"]);
}

#[test]
fn sweeps_that_leave_too_little_exit_with_3() {
    refuses(&with(&["--top", "99%"]), 3, &["2 runs with 2 rows are left to fit", "hold out less"]);
    refuses(&with(&["--top", "0.1%"]), 3, &["less than half a run", "--top"]);
    // Every run of this sweep ends at the same tokens.
    let gemstones = ["holdout", "data/gemstones_hot.csv", "--by", "tokens"];
    refuses(&gemstones, 3, &["all runs have the same tokens within 5 %", "--by run"]);
    refuses(&[gemstones.as_slice(), &["--rolling"]].concat(), 3, &["same tokens"]);
    // Whole numbers make a budget several, and yet one.
    let one_budget: String = (1..=12)
        .map(|k| {
            let n = (1e8 * 1.37f64.powi(k)).round();
            format!("{n},{},{}\n", (1e19 / (6.0 * n)).round(), 2.5 + 0.02 * f64::from((k - 6).pow(2)))
        })
        .collect();
    let budget = write("one_budget.csv", format!("params,tokens,loss\n{one_budget}"));
    refuses(&["holdout", &budget], 3, &["all runs have the same flops within 5 %", "--by run"]);
    let said = good(&["inspect", &budget]);
    assert!(said.contains("but compute, overtraining: all runs have the same flops"), "{said}");
    let fit = run(&["fit", &budget, "--law", "compute", "--bootstrap", "0"]);
    assert_eq!(fit.status.code(), Some(4), "{}", stderr(&fit));
    assert!(stderr(&fit).contains("flops is the same on every row"), "{}", stderr(&fit));
    let table = write("held_out.csv", "params,tokens,loss\n1e8,1e9,3\n2e8,2e9,2.8\n4e8,4e9,2.6\n");
    refuses(&["holdout", &table, "--rolling"], 3, &["are left to fit", "6 rows"]);
}

#[test]
fn a_fit_not_to_be_trusted_exits_with_4_and_each_kind_of_warning_comes_once() {
    // One token count: the term of D cannot be told from E, in any fold.
    let output = run(&["holdout", "data/gemstones_hot.csv", "--by", "run", "--bootstrap", "20"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(!output.stdout.is_empty());
    let same = stderr(&output).lines().filter(|line| line.contains("tokens is the same on every row"));
    let same: Vec<&str> = same.collect();
    assert_eq!(same.len(), 1, "{same:?}");
    assert!(same[0].contains("split 1 (and likewise 2, 3, 4, 5)"), "{same:?}");
}

#[test]
fn a_fit_whose_coefficient_ran_off_foretells_nothing() {
    // Six runs of four kinds, of which the law needs an infinite B.
    let output = run(&["holdout", "data/sparsellm_1b.csv", "--bootstrap", "30"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("has run off; keep it in a range (--bound"), "{}", stderr(&output));
}
