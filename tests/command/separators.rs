//! What commas and dots in numbers mark: told by other cells, said by a person, or refused; and units in a row of their own.

use crate::mending::{offer, offered};
use crate::{good, refuses, run, saved, stderr, stdout, write};

const FAST: [&str; 5] = ["--bootstrap", "0", "--no-diagnostics", "--jobs", "1"];

/// Rows of a sweep table of a law, each written from its number, millions of parameters, millions of tokens and loss.
fn table(name: &str, header: &str, row: impl Fn(usize, f64, f64, f64) -> String) -> String {
    let rows = (0..24usize).map(|i| {
        let (n, d): (f64, f64) =
            ([70.0, 160.0, 410.0, 1000.0, 1800.0, 2800.0][i % 6], 700.0 * 6f64.powi((i / 6) as i32));
        let loss = 1.7 + 400.0 / (1e6 * n).powf(0.35) + 2000.0 / (1e6 * d).powf(0.37);
        row(i, n, d, loss) + "\n"
    });
    write(name, format!("{header}\n{}", rows.collect::<String>()))
}

/// A whole number, its digits parted by threes.
fn parted(value: f64, mark: &str) -> String {
    let digits = format!("{value:.0}");
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(mark)
}

fn comma(value: f64) -> String {
    format!("{value:.4}").replace('.', ",")
}

/// The least and the greatest parameters and tokens that are read.
fn counts(args: &[&str]) -> Vec<String> {
    let said = good(args);
    let lines = said
        .lines()
        .filter(|line| ["initial_params", "tokens"].iter().any(|name| line.trim_start().starts_with(name)));
    lines.flat_map(|line| line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()).collect()
}

const ALL: [&str; 4] = ["70M", "2.8B", "700M", "151.2B"];

#[test]
fn lone_dots_of_tables_with_decimal_commas_are_never_guessed() {
    let german = |tokens: fn(f64) -> String| {
        table("separators-german.csv", "Run;Params (M);Tokens (M);Loss", |i, n, d, loss| {
            format!("r{i};{};{};{}", parted(n, "."), tokens(d), comma(loss))
        })
    };
    let path = german(|d| format!("{d:.0}"));
    // No other cell of the column tells of 1.000.
    let output = run(&["inspect", &path]);
    assert_eq!((output.status.code(), stdout(&output), offer(stderr(&output), "")), (Some(3), "", None));
    let problem = "line 5, column 'Params (M)': '1.000' may be 1000, or a decimal";
    let remedy = "--commas decimal-dots-thousands; else write 1,000 for 1.000";
    refuses(&["inspect", &path, "--commas", "decimal"], 3, &[problem, remedy]);
    assert_eq!(counts(&["inspect", &path, "--commas", "decimal-dots-thousands"]), ALL);
    // A row of its own column is not left out for it; the column is what is not known.
    refuses(
        &["inspect", &path, "--commas", "decimal", "--columns", "params_millions=Params (M)"],
        3,
        &[remedy],
    );
    // A column of which nothing is read refuses nothing, but for a filter.
    let beside = table("separators-beside.csv", "Run;Params;Tokens;Loss;width", |i, n, d, loss| {
        format!("r{i};{n}M;{d}M;{};1.024", comma(loss))
    });
    assert_eq!(counts(&["inspect", &beside, "--commas", "decimal"]), ALL);
    refuses(
        &["inspect", &beside, "--commas", "decimal", "--where", "width>1000"],
        3,
        &["column 'width': '1.024' may be 1024"],
    );
}

#[test]
fn lone_dots_mark_what_other_cells_of_their_column_tell() {
    // 1.000,0 and 2.100.000 tell of thousands; the losses have decimal points of three digits, as no loss is in thousands.
    let path = table("separators-told.csv", "Run;Params (M);Tokens (K);Loss", |i, n, d, loss| {
        let n = if i == 3 { "1.000,0".to_owned() } else { parted(n, ".") };
        format!("r{i};{n};{};{loss:.3}", parted(1e3 * d, "."))
    });
    assert_eq!(counts(&["inspect", &path, "--commas", "decimal"]), ALL);
    let losses = good(&["inspect", &path, "--commas", "decimal"]);
    assert!(
        losses.lines().any(|line| line.trim_start().starts_with("loss ") && line.contains(" 2.0440 ")),
        "{losses}"
    );
    // 0.070 tells of decimals, whatever is said of dots.
    let path = table("separators-points.csv", "Run;Params (B);Tokens (M);Loss", |i, n, d, loss| {
        format!("r{i};{:.3};{d};{}", n / 1e3, comma(loss))
    });
    for commas in ["decimal", "decimal-dots-thousands"] {
        assert_eq!(counts(&["inspect", &path, "--commas", commas]), ALL);
    }
}

#[test]
fn several_dots_are_read_as_the_offer_says_and_not_left_out() {
    let path = table("separators-dots.csv", "Run;Params (M);Tokens (K);Loss", |i, n, d, loss| {
        format!("r{i};{n};{};{loss}", if i == 23 { parted(1e3 * d, ".") } else { format!("{:.0}", 1e3 * d) })
    });
    let said = run(&["inspect", &path]);
    let next = offered(stderr(&said), "");
    assert_eq!(next[2..], ["--commas", "decimal"], "{}", stderr(&said));
    assert_eq!(counts(&next.iter().map(String::as_str).collect::<Vec<_>>()), ALL);
}

#[test]
fn rows_with_commas_are_not_left_out() {
    // The largest models alone have commas, which may mark either: nothing is tried.
    for some in [3, 5] {
        let path = table("separators-largest.csv", "run,params (M),tokens (M),loss", |i, n, d, loss| {
            let n = if i % 6 >= some { format!("\"{}\"", parted(n, ",")) } else { n.to_string() };
            format!("r{i},{n},{d},{loss}")
        });
        let output = run(&["inspect", &path]);
        let said = stderr(&output);
        assert!(said.contains("say what commas mark: --commas WHICH, thousands or decimal"), "{said}");
        assert!(!said.contains("--where") && offer(said, "").is_none(), "{said}");
        assert_eq!(counts(&["inspect", &path, "--commas", "thousands"]), ALL);
    }
    // One such row alone is not left out either.
    let one = write(
        "separators-one.csv",
        "run,params (M),tokens,loss\na,500,10B,2.8\nb,700,14B,2.7\nc,\"1,000\",20B,2.6\n",
    );
    let output = run(&["inspect", &one]);
    assert!(
        !stderr(&output).contains("--where") && stderr(&output).contains("--commas WHICH"),
        "{}",
        stderr(&output)
    );
    // One cell with two commas tells of all of them, on whatever row it stands.
    let told = table("separators-told-by.csv", "run,params (M),tokens (K),loss", |i, n, d, loss| {
        let d = if i == 23 { "\"151,200,000\"".to_owned() } else { format!("{}", 1e3 * d) };
        format!("r{i},\"{}\",{d},{loss}", parted(n, ","))
    });
    // Half of the losses have decimal commas.
    let half = table("separators-half.csv", "run,params (M),tokens (M),loss", |i, n, d, loss| {
        let loss = if i % 2 == 0 { format!("\"{}\"", comma(loss)) } else { format!("{loss:.4}") };
        format!("r{i},{n},{d},{loss}")
    });
    for (path, commas) in [(told, "thousands"), (half, "decimal")] {
        let output = run(&["inspect", &path]);
        let next = offered(stderr(&output), "");
        assert_eq!(next[2..], ["--commas", commas], "{}", stderr(&output));
        assert_eq!(counts(&next.iter().map(String::as_str).collect::<Vec<_>>()), ALL);
    }
    // Where a loss has a comma that may mark either, thousands elsewhere do not say that it is in thousands.
    let loss = table("separators-loss.csv", "run,params (K),tokens (M),loss", |i, n, d, loss| {
        format!("r{i},\"{}\",{d},\"{}\"", parted(1e3 * n, ","), format!("{loss:.3}").replace('.', ","))
    });
    let output = run(&["inspect", &loss]);
    assert_eq!(offer(stderr(&output), ""), None, "{}", stderr(&output));
}

#[test]
fn digits_that_spaces_part_by_threes_need_no_option() {
    for space in [" ", "\u{a0}", "\u{202f}"] {
        let path = table("separators-spaces.csv", "run,params (M),tokens (K),loss", |i, n, d, loss| {
            format!("r{i},{},{},{loss}", parted(n, space), parted(1e3 * d, space))
        });
        assert_eq!(counts(&["inspect", &path]), ALL);
    }
    let path = write("separators-space.csv", "run,params,tokens,loss\na,1 00,1B,3\n");
    refuses(&["inspect", &path], 3, &["'1 00' is not a positive number"]);
}

#[test]
fn commas_hold_for_json_and_for_tables_beside_the_files() {
    let rows = (0..24).map(|i| {
        let (n, d) = (1e6 * f64::from([70, 160, 410, 2800][i % 4]), 7e8 * 6f64.powi((i / 6) as i32));
        let loss = 1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37);
        format!(
            "{{\"run\": \"r{i}\", \"params\": \"{}\", \"tokens\": {d}, \"loss\": {loss}}}",
            parted(n, ",")
        )
    });
    let json = write("separators.json", format!("[{}]", rows.collect::<Vec<_>>().join(",")));
    let output = run(&[&["fit", &json][..], &FAST].concat());
    assert!(stderr(&output).contains("(6 rows), column 'params': '70,000,000'"), "{}", stderr(&output));
    let next = offered(stderr(&output), "");
    assert_eq!(next[next.len() - 2..], ["--commas", "thousands"], "{}", stderr(&output));
    assert_eq!(counts(&["inspect", &json, "--commas", "thousands"]), ALL);
    // A table of runs.
    let steps = table("separators-steps.csv", "run,params (M),step,loss", |i, n, d, loss| {
        format!("r{i},{n},{},{loss}", 1e6 * d / 524_288.0)
    });
    let runs = |name: &str, cell: &str| {
        let rows: String = (0..24).map(|i| format!("r{i};{cell}\n")).collect();
        write(name, format!("run;tokens_per_step\n{rows}"))
    };
    let us = runs("separators-runs-us.csv", "524,288");
    let part =
        "separators-runs-us.csv, lines 2, 3, 4, 5, 6, ... (24 rows), column 'tokens_per_step': '524,288'";
    refuses(&["inspect", &steps, "--runs", &us], 3, &[part, "--commas WHICH"]);
    assert_eq!(counts(&["inspect", &steps, "--runs", &us, "--commas", "thousands"]), ALL);
    let german = runs("separators-runs-de.csv", "524.288");
    let part = "separators-runs-de.csv, line 2, column 'tokens_per_step': '524.288' may be 524288";
    refuses(&["inspect", &steps, "--runs", &german, "--commas", "decimal"], 3, &[part]);
    assert_eq!(counts(&["inspect", &steps, "--runs", &german, "--commas", "decimal-dots-thousands"]), ALL);
}

#[test]
fn tables_of_new_runs_are_read_as_sweep_tables_are() {
    let fit = saved("separators.fit.json");
    let plain = write("separators-points.csv", "run,params (M),tokens (B)\na,7000,140.5\n");
    let german = write("separators-points-de.csv", "run;size;tokens (B)\na;7.000;140,5\n");
    let ask = ["predict", &fit, "--from", &german, "--columns", "params_millions=size"];
    let said = |commas| [&ask[..], &["--commas", commas, "--format", "csv"]].concat();
    refuses(&ask, 3, &["'140,5' is not a positive number", "--commas decimal"]);
    refuses(&said("decimal"), 3, &["column 'size': '7.000' may be 7000"]);
    let read = good(&said("decimal-dots-thousands"));
    assert_eq!(read, good(&["predict", &fit, "--from", &plain, "--format", "csv"]));
    let alone = ["predict", &fit, "--params", "1B", "--tokens", "20B", "--commas", "decimal"];
    refuses(&alone, 2, &["--commas", "--from"]);
}

#[test]
fn a_row_of_units_is_refused_whatever_is_left_out() {
    let path = table("separators-units.csv", "run,params,tokens,loss\n,M,(M),nats", |i, n, d, loss| {
        format!("r{i},{n},{d},{loss}")
    });
    for more in [&[][..], &["--where", "line!=2"], &["--where", "run!="]] {
        let output = run(&[&["inspect", &path][..], more].concat());
        let said = stderr(&output);
        assert!(said.contains("line 2, column 'params': the row has 3 units and no numbers"), "{said}");
        assert!(
            said.contains("as in 'params (M)', and remove the row") && offer(said, "").is_none(),
            "{said}"
        );
    }
    // Where the header says them, the row may be left out.
    let columns = "params_millions=params,tokens_millions=tokens";
    assert_eq!(counts(&["inspect", &path, "--columns", columns, "--where", "line!=2"]), ALL);
}
