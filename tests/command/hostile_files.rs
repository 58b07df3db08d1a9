//! Files that lie: saved fits that were changed, names that steer terminals and spreadsheets, tables of absurd size.

use serde_json::Value;

use crate::{good, refuses, run, saved, scratch, stderr, stdout, write};

/// Names of runs that steer a terminal, begin a formula, or end a row.
const NAMES: [&str; 12] = [
    "=HYPERLINK(\"http://a\",\"b\")",
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "|pipe\\|",
    "\u{1b}[31mRED\u{1b}[0m",
    "\u{1b}]0;title\u{7}",
    "\u{202e}evil",
    "a\rb",
    "\u{9b}31mC1",
    "tab\tname",
    "line\nbreak",
];

/// A cell of a table.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Runs with these names, by an exact law or with noise.
fn sweep(noise: f64) -> String {
    let row = |(i, name): (usize, &&str)| {
        let (n, d) = (1e8 * 2f64.powi(i as i32 / 4), 2e9 * 2f64.powi(i as i32 % 4));
        let loss = 1.8 + 400.0 / n.powf(0.34) + 2000.0 / d.powf(0.37);
        format!("{},{n},{d},{}\n", quoted(name), loss * (noise * (i as f64 * 2.4).sin()).exp())
    };
    let rows: String = NAMES.iter().enumerate().map(row).collect();
    format!("run,params,tokens,loss\n{rows}")
}

/// Fails where something that is printed steers.
#[track_caller]
fn is_plain(text: &str) {
    let steers = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{200f}".contains(c);
    assert!(!text.contains(steers), "{text:?}");
}

#[test]
fn what_steers_in_names_is_written_out_in_all_that_is_printed() {
    let table = write("steers.csv", sweep(0.01));
    let header = write("steers-header.csv", "params,tokens,\u{1b}[31mRED\u{1b}[0m\n1e9,2e10,3\n");
    let twice =
        write("steers-twice.csv", "run,params,tokens,loss\n\u{1b}[1mx,1e9,2e10,3\n\u{1b}[1mx,1e9,2e10,3\n");
    let fit = ["fit", &table, "--bootstrap", "20"];
    for args in [
        &fit[..],
        &[&fit[..], &["--format", "json"]].concat(),
        &[&fit[..], &["--format", "md"]].concat(),
        &["inspect", &table],
        &["inspect", &table, "--format", "json"],
        &["fit", &header],
        &["inspect", &header],
        &["fit", &twice],
        &["holdout", &table, "--by", "run", "--folds", "2", "--bootstrap", "0"],
    ] {
        let output = run(args);
        is_plain(stdout(&output));
        is_plain(stderr(&output));
    }
    // The document says what the names are.
    let output = run(&[&fit[..], &["--format", "json"]].concat());
    serde_json::from_str::<Value>(stdout(&output)).expect("one document");
    assert!(stderr(&run(&["fit", &header])).contains("\\u001b[31mRED"));
}

#[test]
fn formulas_are_text_in_a_csv_and_a_row_of_data_is_one_of_markdown() {
    let fit = saved("steers.fit.json");
    let rows: String = NAMES.iter().map(|name| format!("{},1e9,2e10\n", quoted(name))).collect();
    let points = write("steers-points.csv", format!("run,params,tokens\n{rows}"));
    let predict = ["predict", &fit, "--from", &points, "--format"];
    let csv = good(&[&predict[..], &["csv"]].concat());
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let cells: Vec<String> = reader.records().map(|row| row.expect("a row")[0].to_owned()).collect();
    assert_eq!(cells.len(), NAMES.len());
    for (cell, name) in cells.iter().zip(NAMES) {
        assert_eq!(cell.starts_with('\''), name.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    // Numbers stay numbers.
    assert!(
        csv.lines()
            .nth(1)
            .expect("a row")
            .split(',')
            .skip(3)
            .all(|cell| cell.is_empty() || !cell.starts_with('\''))
    );
    let markdown = good(&[&predict[..], &["md"]].concat());
    assert_eq!(markdown.trim_end().lines().count(), 2 + NAMES.len(), "{markdown}");
    let columns = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
    let header = markdown.lines().next().map(columns);
    assert!(markdown.trim_end().lines().all(|line| Some(columns(line)) == header), "{markdown}");
    for text in [&csv, &markdown, &good(&[&predict[..], &["text"]].concat())] {
        is_plain(&text.replace("\"line\nbreak\"", "").replace('\t', ""));
    }
    // Text is a line for each row, too.
    let of_table = write("steers-residuals.csv", sweep(0.01));
    let residuals = scratch("steers-residuals-out.csv");
    let _ = std::fs::remove_file(&residuals);
    let path = residuals.display().to_string();
    run(&["fit", &of_table, "--bootstrap", "0", "--residuals", &path]);
    let written = std::fs::read_to_string(&residuals).expect("it was written");
    assert!(written.contains("\"'=HYPERLINK(") && !written.contains('\u{1b}'), "{written}");
}

#[test]
fn saved_fits_that_were_changed_are_refused_by_every_command_that_reads_them() {
    let fit = saved("changed.fit.json");
    let text = std::fs::read_to_string(&fit).expect("it was saved");
    let whole: Value = serde_json::from_str(&text).expect("JSON");
    let changed = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut changed = whole.clone();
        change(&mut changed);
        write(name, changed.to_string())
    };
    let zero: Vec<[f64; 5]> = vec![[0.0; 5]; 20];
    let empty = serde_json::json!({ "size": "average", "params": [], "tokens": [], "loss": [], "run": [] });
    let files = [
        (
            changed("draws-zero.fit.json", &|fit| fit["draws"] = serde_json::json!(zero)),
            "'draws[0]' fits none",
        ),
        (changed("no-draws.fit.json", &|fit| fit["draws"] = serde_json::json!([])), "0 'draws'"),
        (
            changed("level-2.fit.json", &|fit| fit["bootstrap"]["level"] = 2.0.into()),
            "'bootstrap.level' is 2",
        ),
        (changed("empty.fit.json", &|fit| fit["observations"] = empty.clone()), "no rows"),
        (changed("n.fit.json", &|fit| fit["n"] = 3.into()), "'n' is 3"),
        (changed("objective.fit.json", &|fit| fit["objective"] = 1e-3.into()), "'objective' is 1e-3"),
        (
            changed("alpha.fit.json", &|fit| fit["parameters"]["alpha"]["estimate"] = 0.3.into()),
            "'objective'",
        ),
        (
            changed("bool.fit.json", &|fit| fit["observations"]["loss"][1] = true.into()),
            "observations.loss[1]",
        ),
    ];
    let questions: [&[&str]; 7] = [
        &["predict", "FIT", "--params", "7B", "--tokens", "1T"],
        &["allocate", "FIT", "--flops", "1e22"],
        &["solve", "FIT", "--loss", "2.2", "--params", "7B"],
        &["plan", "FIT", "--flops", "1e22"],
        &["design", "FIT", "--target-flops", "1e24", "--budget", "1e21", "--new-runs", "3"],
        &["show", "FIT"],
        &[
            "twin",
            "FIT",
            "--params",
            "50M",
            "--tokens",
            "20B",
            "--shape",
            "geometric",
            "--final-sparsity",
            "0.8",
            "--start",
            "25%",
            "--end",
            "75%",
            "--unit",
            "fraction",
        ],
    ];
    for (i, (file, part)) in files.iter().enumerate() {
        // Each of the files meets one command, the first meets all.
        for question in questions.iter().enumerate().filter(|(q, _)| i == 0 || i % 7 == *q).map(|(_, q)| q) {
            let args: Vec<&str> =
                question.iter().map(|word| if *word == "FIT" { file } else { *word }).collect();
            let name = file.rsplit('/').next().expect("a name");
            refuses(&args, 3, &[name, part, "fit the table again"]);
        }
    }
}

#[test]
fn names_with_line_breaks_stay_on_their_lines() {
    let table = |between: &str| {
        let row = |i: i32| {
            let (n, d) = (1e8 * 2f64.powi(i / 4), 2e9 * 2f64.powi(i % 4));
            let loss = 1.8 + 400.0 / n.powf(0.34) + 2000.0 / d.powf(0.37) + 1e-3 * f64::from(i % 3);
            format!("\"run{between}{i}\",{n},{d},{loss},\"g{between}{}\",1", i % 2)
        };
        let header = format!("run,params,tokens,loss,group,\"a{between}b\"");
        [header].into_iter().chain((0..12).map(row)).collect::<Vec<_>>().join("\n")
    };
    let tables = [write("breaks-none.csv", table(" ")), write("breaks.csv", table("\n"))];
    for command in
        [&["inspect"][..], &["fit", "--bootstrap", "0"], &["fit", "--bootstrap", "0", "--format", "md"]]
    {
        let lines = tables.each_ref().map(|table| {
            let output = run(&[command, &[table]].concat());
            (stdout(&output).lines().count(), stderr(&output).lines().count())
        });
        assert_eq!(lines[0], lines[1], "{command:?}");
    }
}

#[test]
fn counts_beyond_reason_are_refused_in_words() {
    let fit = ["fit", "data/overtraining.csv", "--bootstrap", "0", "--starts"];
    for starts in ["random:0", "random:4294967295", "random:99999999999999999999", "random:1e3"] {
        refuses(&[&fit[..], &[starts]].concat(), 2, &["are not from 1 to 1000000 starts"]);
    }
    refuses(&["fit", "data/overtraining.csv", "--jobs", "513"], 2, &["513 is not in 0..=512"]);
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_nbar"));
    command.args(["fit", "data/overtraining.csv", "--bootstrap", "20"]).env("RAYON_NUM_THREADS", "1000000");
    assert_eq!(command.output().expect("nbar starts").status.code(), Some(0));
}

#[test]
fn a_header_of_very_many_columns_is_answered() {
    // Compared each with each they would take minutes.
    let names: String = (0..200_000).map(|i| format!("column{i},")).collect();
    let table = write("wide.csv", format!("{names}params,tokens\n{}1e9,2e10\n", "1,".repeat(200_000)));
    refuses(&["fit", &table], 3, &["no column for 'loss'", "and 199972 more"]);
}

#[test]
fn an_exact_law_is_said_to_be_one() {
    let exact = write("exact.csv", sweep(0.0));
    let output = run(&["fit", &exact, "--bootstrap", "20"]);
    assert!(stderr(&output).contains("follow the law exactly"), "{}", stderr(&output));
    let noisy = write("inexact.csv", sweep(0.01));
    let output = run(&["fit", &noisy, "--bootstrap", "20"]);
    assert!(!stderr(&output).contains("follow the law exactly"), "{}", stderr(&output));
}

#[test]
fn where_all_replicates_fail_the_fit_is_printed_and_saved_without_intervals() {
    // Seven runs, and a law of six parameters.
    let table = write(
        "seven.csv",
        "params,tokens,loss\n\
         3.350e+09,1.855e+10,2.2239\n\
         5.570e+08,8.249e+09,2.1184\n\
         4.329e+08,1.008e+10,3.0979\n\
         6.621e+07,2.071e+09,3.0701\n\
         8.738e+07,1.196e+09,2.9021\n\
         9.133e+08,1.960e+09,3.0283\n\
         2.810e+09,1.846e+10,2.5179\n",
    );
    let fit = scratch("seven.fit.json").display().to_string();
    let args = ["fit", &table, "--law", "coupled", "--bootstrap", "2", "-o", &fit, "--seed"];
    let failed: Vec<String> = (0..12)
        .map(|seed: u32| seed.to_string())
        .filter(|seed| {
            let output = run(&[&args[..], &[seed]].concat());
            assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
            assert!(stdout(&output).contains("objective"));
            stderr(&output).contains("no two of 2 replicates converged, so there are no intervals")
        })
        .collect();
    assert!(!failed.is_empty());
    run(&[&args[..], &[&failed[0]]].concat());
    let shown = run(&["show", &fit]);
    assert_eq!(shown.status.code(), Some(4));
    assert!(stderr(&shown).contains("no two of 2 replicates"), "{}", stderr(&shown));
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_are_refused_in_words() {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.csv");
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_nbar"));
    let output = command.arg("fit").arg(name).output().expect("nbar starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is not UTF-8; give the file another name"), "{}", stderr(&output));
    let folder = scratch("not-utf-8");
    std::fs::create_dir_all(&folder).expect("a folder");
    if std::fs::write(folder.join(name), sweep(0.01)).is_ok() {
        refuses(&["fit", &folder.display().to_string()], 3, &["is not UTF-8", "give the file another name"]);
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_that_lies_is_refused_and_nothing_else_is_said() {
    refuses(&["inspect", "tests/data/bomb_dict.parquet"], 3, &["its cells come to more than 256 MB"]);
    let output = run(&["inspect", "tests/data/negative-range.parquet"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).starts_with("nbar: ") && stderr(&output).lines().count() == 1,
        "{}",
        stderr(&output)
    );
}
