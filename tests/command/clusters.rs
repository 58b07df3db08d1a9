//! `--cluster`, wherever a sweep is read.

use std::fmt::Write;

use crate::{good, json, refuses, run, stderr, write};

/// Eleven budgets of four sizes, three seeds.
fn table(name: &str) -> String {
    let mut table = "run,params,tokens,loss,budget,seed\n".to_owned();
    for i in 0..44 {
        let budget = 6e18 * 2f64.powi(i / 4);
        let n = (budget / 120.0).sqrt() * 2f64.powi(i % 4 - 2);
        let d = budget / 6.0 / n;
        let noise = 0.004 * (f64::from(i) * 2.3).sin();
        let loss = (1.8 + 480.0 / n.powf(0.35) + 2100.0 / d.powf(0.37)) * noise.exp();
        let _ = writeln!(table, "r{i},{n},{d},{loss},{budget},{}", i % 3);
    }
    write(name, table)
}

#[test]
fn fit_compare_holdout_and_inspect_know_clusters() {
    let table = table("clusters.csv");
    let with = |command: &'static str, more: &[&'static str]| -> Vec<String> {
        let own = [command, table.as_str(), "--cluster", "budget"];
        own.iter().chain(more).map(|word| (*word).to_owned()).collect()
    };
    let quick = ["--bootstrap", "20"];
    let commands = [
        with("fit", &quick),
        with("compare", &["--laws", "chinchilla", "--bootstrap", "20"]),
        with("holdout", &quick),
        with("inspect", &[]),
    ];
    for args in &commands {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert!(good(&args).contains("44 observations of 44 runs in 11 clusters"), "{args:?}");
        let json = json(&args);
        let clusters = if args[0] == "inspect" { &json["fit"]["clusters"] } else { &json["clusters"] };
        assert_eq!(clusters, 11, "{args:?}");
    }
}

#[test]
fn splits_that_part_clusters_say_so() {
    let table = table("parted.csv");
    let said = |args: &[&str]| {
        let args = [args, &["--bootstrap", "20"]].concat();
        stderr(&run(&args)).to_owned()
    };
    let parted = "warning: 3 clusters have runs both fitted and held out";
    assert!(said(&["holdout", &table, "--cluster", "seed"]).contains(parted));
    assert!(said(&["compare", &table, "--laws", "chinchilla", "--cluster", "seed"]).contains(parted));
    assert!(!said(&["holdout", &table, "--cluster", "budget"]).contains("both fitted"));
    assert!(
        !said(&["holdout", &table, "--cluster", "seed", "--by", "run", "--folds", "3"])
            .contains("both fitted")
    );
}

#[test]
fn a_column_that_is_not_there_is_refused_in_the_words_of_the_command() {
    let table = table("no_column.csv");
    refuses(
        &["fit", &table, "--cluster", "budgte"],
        2,
        &["--cluster 'budgte' is no column of", "write 'budget' if that is meant"],
    );
}
