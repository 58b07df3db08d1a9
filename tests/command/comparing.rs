//! `nbar compare`.

use super::*;

const COMPARE: [&str; 4] = ["compare", "data/t5_c4_sparse.csv", "--bootstrap", "50"];

#[test]
fn averages_stand_in_one_table_with_notes_and_what_was_left_out() {
    let laws = ["--laws", "chinchilla,averaged,sparse,repeated-data", "--sizes", "average,final"];
    let output = run(&[COMPARE.as_slice(), &laws].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for part in [
        "held-out RMS",
        "behind",
        "95 % interval",
        "wins",
        "notes",
        "0.000963557",
        "0.00161080",
        "0.000672192",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("50 paired replicates") && text.contains("E has fallen to 0"), "{text}");
    assert!(
        text.contains("left out: repeated-data on average parameters: the law needs 'unique_tokens'"),
        "{text}"
    );
    assert!(stderr(&output).contains("left out: repeated-data on final parameters"), "{}", stderr(&output));
    assert!(text.contains("laws of one group are not told apart"), "{text}");
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let header = words.iter().position(|words| words.first() == Some(&"law")).expect("a header");
    let rows: Vec<[&str; 3]> =
        words[header + 1..header + 5].iter().map(|row| [row[0], row[2], row[3]]).collect();
    // Averages and the law of final sparsity are one group, those of fewer parameters first; the final count is another.
    let expected =
        [["averaged", "1", "5"], ["chinchilla", "1", "5"], ["sparse", "1", "7"], ["chinchilla", "2", "5"]];
    assert_eq!(rows, expected, "{text}");
}

#[test]
fn a_size_that_the_sweep_does_not_give_is_left_out_too() {
    let rows: Vec<String> = (0..12)
        .map(|i| {
            let (n, d) = (1e8 * f64::from(1 + i % 4), 1e9 * 3f64.powi(i / 4));
            let loss = 1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37);
            format!("r{i},{n},{d},{loss},{}", 0.8 * n)
        })
        .collect();
    let path = write("averages.csv", format!("run,params,tokens,loss,average_params\n{}\n", rows.join("\n")));
    let output = run(&["compare", &path, "--sizes", "final,average,initial", "--bootstrap", "20"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("left out: final parameters"), "{}", stdout(&output));
    assert!(stdout(&output).contains("left out: averaged"), "{}", stdout(&output));
    refuses(&["compare", &path, "--sizes", "final"], 3, &["final", "does not give"]);
}

#[test]
fn csv_has_a_record_for_each_run_and_candidate() {
    let arguments = ["--laws", "chinchilla,sparse", "--sizes", "average,initial", "--format", "csv"];
    let text = good(&[COMPARE.as_slice(), &arguments].concat());
    let mut records = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(
        records.headers().unwrap(),
        [
            "law",
            "size",
            "group",
            "run",
            "held_out",
            "last",
            "params",
            "tokens",
            "flops",
            "loss",
            "fitted",
            "predicted"
        ]
        .as_slice()
    );
    let records: Vec<csv::StringRecord> = records.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 3 * 48);
    assert_eq!(records.iter().filter(|r| &r[4] == "1").count(), 3 * 11);
    let off =
        |r: &csv::StringRecord| (r[11].parse::<f64>().unwrap() / r[9].parse::<f64>().unwrap()).ln().abs();
    assert!(records.iter().all(|r| off(r) < 0.3));
}

#[test]
fn json_has_the_draws_and_the_rows() {
    let document =
        json(&[COMPARE.as_slice(), &["--laws", "chinchilla", "--sizes", "average,initial"]].concat());
    assert_eq!(document["schema"], "nbar.compare/2");
    assert_eq!(document["bootstrap"]["replicates"], 50);
    assert_eq!(document["rows"].as_array().unwrap().len(), 48);
    let second = &document["candidates"][1];
    assert_eq!((&second["size"], &second["group"]), (&"initial".into(), &1.into()));
    assert_eq!(second["behind"]["interval"].as_array().unwrap().len(), 2);
    assert_eq!(second["predicted_losses"].as_array().unwrap().len(), 48);
    assert!(second["values"]["alpha"].as_f64().unwrap() > 0.0);
}

#[test]
fn laws_stand_once_and_are_not_advised_where_they_stand() {
    let laws = "chinchilla,coupled,chinchilla";
    let args = ["compare", "data/chinchilla.csv", "--laws", laws, "--bootstrap", "20"];
    let output = run(&args);
    let text = stdout(&output);
    assert_eq!(text.lines().filter(|line| line.trim_start().starts_with("chinchilla ")).count(), 1, "{text}");
    assert!(text.contains("depart from the law") && !text.contains("--laws coupled"), "{text}");
    let output = run(&["compare", "data/chinchilla.csv", "--laws", "chinchilla", "--bootstrap", "20"]);
    let alone = stdout(&output);
    assert!(alone.contains("--laws coupled"), "{alone}");
}

#[test]
fn where_none_are_named_laws_are_compared_that_the_sweep_can_tell_apart() {
    let laws = |table: &str| {
        let compared = json(&["compare", table, "--sizes", "average", "--bootstrap", "2", "--top", "30%"]);
        let of = |candidate: &serde_json::Value| candidate["law"].as_str().unwrap().to_owned();
        let mut laws: Vec<String> = compared["candidates"].as_array().unwrap().iter().map(of).collect();
        laws.sort();
        laws
    };
    assert_eq!(laws("data/t5_c4_sparse.csv"), ["averaged", "chinchilla", "power-mean"]);
    assert_eq!(laws("data/overtraining.csv"), ["chinchilla", "coupled", "kaplan", "tied"]);
}
