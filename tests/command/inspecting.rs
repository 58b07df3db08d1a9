//! `nbar inspect`, and the choice of a run's loss.

use crate::{assert_near, good, json, refuses, run, stderr, write};

/// A table with most of what can be odd.
const ODD: &str = "tests/command/odd.csv";

/// Curves of 16 runs whose sizes and lengths vary apart from each other, with a ripple in place of noise.
fn curves() -> String {
    let mut rows = "run,params,tokens,loss\n".to_owned();
    for run in 0..16 {
        let params = 1e8 * f64::powi(2.0, run % 4);
        for step in 1..=20 {
            let tokens = 2e8 * f64::from(step) * f64::powi(4.0, run / 4);
            let ripple = 0.01 * (f64::from(step) * 7.3 + f64::from(run) * 2.1).sin();
            let loss = 1.8 + 400.0 / params.powf(0.34) + 2000.0 / tokens.powf(0.37) + ripple;
            rows += &format!("r{run},{params},{tokens},{loss}\n");
        }
    }
    rows
}

#[test]
fn the_document_has_a_table_a_file_and_its_findings() {
    let document = json(&["inspect", ODD, "data/overtraining.csv"]);
    assert_eq!(document["schema"], "nbar.inspect/1");
    assert_eq!(document["tables"][0]["files"][0], ODD);
    assert_eq!(document["tables"][1]["runs"], 104);
    assert_eq!(document["tables"][0]["formats"][0], "sweep table, CSV");
    assert_eq!(document["table"]["runs"], 108);
    let kinds: Vec<&str> = document["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| finding["what"]["kind"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        kinds,
        [
            "implausible_params",
            "loss_above_guessing",
            "flops_disagree",
            "duplicates",
            "cut_short",
            "intermediate"
        ]
    );
    assert_eq!(document["findings"][0]["places"][0]["run"], "b");
    assert_eq!(document["findings"][0]["places"][0]["line"], 4);
    let one = json(&["inspect", "data/t5_c4_sparse.csv"]);
    assert_eq!(one["tables"].as_array().map(Vec::len), Some(1));
    assert_near(&one["schedules"][1]["average_density"][0], 0.6875, 1e-12);
    for format in ["csv", "md"] {
        let ranges = good(&["inspect", ODD, "--format", format]);
        assert!(ranges.contains("flops") && ranges.lines().count() >= 6, "{ranges}");
    }
}

#[test]
fn the_loss_of_a_run_is_recorded_where_it_is_not_the_last() {
    let table = write("loss_at.csv", curves());
    let fit = ["fit", &table, "--bootstrap", "0", "--no-diagnostics"];
    let plain = json(&["fit", &table, "--bootstrap", "20"]);
    assert!(plain.get("loss_at").is_none());
    let saved = write("loss_at.fit.json", "");
    let mean = json(&["fit", &table, "--bootstrap", "20", "--loss-at", "mean-last:10%", "-o", &saved]);
    assert_eq!(mean["loss_at"]["at"], "mean-last:10%");
    assert_eq!(mean["loss_at"]["rows"], serde_json::json!([2, 2]));
    assert_ne!(mean["parameters"]["E"]["estimate"], plain["parameters"]["E"]["estimate"]);
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&saved).expect("it was saved")).expect("JSON");
    assert_eq!(kept["loss_at"], mean["loss_at"]);
    assert_eq!(kept["observations"]["loss_from"], mean["loss_at"]);
    good(&["predict", &saved, "--params", "1B", "--tokens", "20B"]);
    let text = good(&[&fit[..], &["--loss-at", "mean-last:10%"]].concat());
    assert!(
        text.contains("\nloss: mean over the last 10 % of each run's tokens (2 rows a run), on average"),
        "{text}"
    );
    assert!(!good(&fit).contains("\nloss: "));
    let compared =
        json(&["compare", &table, "--laws", "chinchilla", "--sizes", "average", "--loss-at", "ema:0.5"]);
    assert_eq!(compared["loss_at"]["at"], "ema:0.5");
}

#[test]
fn the_least_loss_is_warned_of() {
    let table = write("least.csv", curves());
    let fit = |at: &str| run(&["fit", &table, "--bootstrap", "0", "--no-diagnostics", "--loss-at", at]);
    let warned = |at: &str| stderr(&fit(at)).contains("biased low");
    assert!(warned("min"));
    assert!(!warned("last") && !warned("mean-last:5%") && !warned("ema:0.9"));
}

#[test]
fn fits_of_every_row_are_warned_once_of_intermediate_losses() {
    let table = write("every.csv", curves());
    let lines = |extra: &[&str]| {
        let output = run(&[&["fit", &table, "--bootstrap", "0", "--no-diagnostics"], extra].concat());
        stderr(&output).lines().filter(|line| line.contains("before their run's last")).count()
    };
    assert_eq!(lines(&["--checkpoints", "all"]), 1);
    assert_eq!(lines(&[]), 0);
    // A law of tokens alone is fitted to curves.
    let one = write("one_curve.csv", curves().lines().take(21).collect::<Vec<_>>().join("\n"));
    let output =
        run(&["fit", &one, "--law", "bnsl", "--checkpoints", "all", "--bootstrap", "0", "--no-diagnostics"]);
    assert!(!stderr(&output).contains("before their run's last"), "{}", stderr(&output));
    let mut constant = curves().replace("tokens,loss\n", "tokens,loss,lr\n");
    constant = constant.replace('\n', ",3e-4\n").replacen(",3e-4\n", "\n", 1);
    let constant = write("constant.csv", constant);
    let output = run(&["fit", &constant, "--bootstrap", "0", "--no-diagnostics", "--checkpoints", "all"]);
    assert!(!stderr(&output).contains("before their run's last"), "{}", stderr(&output));
}

#[test]
fn wrong_choices_exit_with_2() {
    let with: [(&[&str], &[&str]); 5] = [
        (&["--loss-at", "first"], &["--loss-at", "mean-last:SHARE", "ema:DECAY", "min"]),
        (&["--loss-at", "mean-last:0%"], &["mean-last:0%", "above 0"]),
        (&["--loss-at", "ema:1"], &["ema:1", "below 1"]),
        (
            &["--loss-at", "min", "--checkpoints", "all"],
            &["--loss-at min makes one loss", "--checkpoints all"],
        ),
        (&["--checkpoints", "some"], &["--checkpoints", "last, all"]),
    ];
    for (args, parts) in with {
        for command in ["fit", "inspect", "holdout", "compare"] {
            refuses(&[&[command, "data/gemstones_hot.csv"], args].concat(), 2, parts);
        }
    }
    refuses(&["inspect", "no_such.csv"], 3, &["cannot read no_such.csv"]);
    refuses(&["inspect", "data/gemstones_hot.csv", "--columns", "loss"], 2, &["--columns"]);
}
