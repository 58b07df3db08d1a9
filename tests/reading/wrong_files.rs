//! Files that are broken, or are not what they seem: read correctly, or refused with file, place and remedy; nothing
//! panics, hangs or drops a row in silence.

use nbar::{ReadOptions, Result, Sweep};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::refuses;

fn read(name: &str, bytes: &[u8]) -> Result<Sweep> {
    Sweep::from_reader(name, bytes, &ReadOptions::default())
}

/// Options that tell what no file here does.
fn told() -> ReadOptions {
    ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6).with_sequence_length(2048.0)
}

#[track_caller]
fn refused(name: &str, bytes: &[u8], parts: &[&str]) {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    refuses(read(name, bytes), &shown, &[&[name], parts].concat());
}

const TABLE: &str = "run,params,tokens,loss\na,1e9,1e10,2.75\na,1e9,2e10,2.5\n";
const RECORDS: &str = "[{\"run\": \"a\", \"params\": 1e9, \"tokens\": 1e10, \"loss\": 2.75},\n\
                       {\"run\": \"a\", \"params\": 1e9, \"tokens\": 2e10, \"loss\": 2.5}]\n";

fn utf16(text: &str, encode: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(encode).collect()
}

#[test]
fn files_that_hold_no_text_are_refused() {
    for empty in [&b""[..], b"\n\n", b"  ", b"\xef\xbb\xbf"] {
        refused("t.csv", empty, &["the file is empty"]);
    }
    refused("t.csv", b"\x7fELF\x02\x01\x01\0\0\0", &["line 1", "NUL bytes", "save the table as UTF-8"]);
    refused("t.csv", b"\x89PNG\r\n\x1a\n\xff\xfe", &["line 1", "0x89", "save the table as UTF-8"]);
    for (magic, what) in [
        (&b"\x1f\x8b\x08\0"[..], "gunzip -c"),
        (b"\x28\xb5\x2f\xfd\0", "zstd -dc"),
        (b"BZh91AY", "bzip2 -dc"),
        (b"PK\x03\x04", "export the sheet as CSV"),
        (b"PAR1\x15\x04", "Parquet"),
    ] {
        refused("t.json", magic, &[what]);
    }
    let directory = Sweep::from_csv_path("data").unwrap_err().to_string();
    assert!(directory.contains("cannot read data") && directory.contains("it is a directory"), "{directory}");
}

#[test]
fn other_encodings_are_refused_and_named() {
    for text in [TABLE, RECORDS] {
        let marked = format!("\u{feff}{text}");
        refused("t", &utf16(&marked, u16::to_le_bytes), &["UTF-16 (little-endian)", "save it as UTF-8"]);
        refused("t", &utf16(&marked, u16::to_be_bytes), &["UTF-16 (big-endian)", "save it as UTF-8"]);
        refused("t", &utf16(text, u16::to_le_bytes), &["UTF-16", "save the table as UTF-8"]);
        let mut latin = text.replace("2.5", "2.5 X").into_bytes();
        let at = latin.iter().position(|byte| *byte == b'X').expect("an X");
        latin[at] = 0xe9;
        let line = 1 + latin[..at].iter().filter(|byte| **byte == b'\n').count();
        refused("t", &latin, &[&format!("line {line}"), "0xE9", "not UTF-8", "Latin-1"]);
    }
}

#[test]
fn marks_line_ends_and_quoted_breaks_are_read() -> Result<()> {
    let plain = read("t", TABLE.as_bytes())?;
    for text in [
        format!("\u{feff}{TABLE}"),
        TABLE.replace('\n', "\r\n"),
        format!("\u{feff}{RECORDS}"),
        RECORDS.replace('\n', "\r\n"),
        RECORDS.replace(['[', ']'], "").replace("},", "}"),
    ] {
        assert_eq!(read("t", text.as_bytes())?, plain, "{text:?}");
    }
    let quoted = read("t", TABLE.replace("a,", "\"a\nb\",").as_bytes())?;
    assert_eq!((quoted.runs()[0].id(), quoted.rows_read()), ("a\nb", 2));
    Ok(())
}

#[test]
fn wide_and_ragged_tables_are_read_or_refused() -> Result<()> {
    let more: String = (0..1000).map(|i| format!(",x{i}")).collect();
    let cells: String = (0..1000).map(|i| format!(",{i}")).collect();
    let wide = format!("run,params,tokens,loss{more}\na,1e9,1e10,2.75{cells}\na,1e9,2e10,2.5{cells}\n");
    let sweep = read("t", wide.as_bytes())?;
    let plain = read("t", TABLE.as_bytes())?;
    let read_of = |sweep: &Sweep| {
        let run = &sweep.runs()[0];
        (sweep.len(), run.initial_params(), run.checkpoints().to_vec())
    };
    assert_eq!((read_of(&sweep), sweep.unused_columns().len()), (read_of(&plain), 1000));
    let anonymous = format!("run,params,tokens{more}\na,1e9,1e10{cells}\n");
    refused("t.csv", anonymous.as_bytes(), &["no column for 'loss'", "and 973 more", "`columns: loss=NAME`"]);
    refused("t.csv", format!("{TABLE}a,1e9\n").as_bytes(), &["line 4: 2 cells where the header has 4"]);
    Ok(())
}

#[test]
fn numbers_that_cannot_be_read_are_refused_in_every_format() {
    for (cell, remedy) in [
        ("1e400", "below 1.8e308"),
        ("1,234,567", "write 1234567, without separators"),
        ("7 00 B", "write 700B"),
        ("nan", "`filter: params!=nan`"),
    ] {
        let table = format!("params,tokens,loss\n\"{cell}\",1e10,2.75\n");
        refused("t.csv", table.as_bytes(), &["line 2, column 'params'", cell, remedy]);
        let record = format!("[\n{{\"params\": \"{cell}\", \"tokens\": 1e10, \"loss\": 2.75}}]");
        refused("t.json", record.as_bytes(), &["record 1, line 2, column 'params'", cell, remedy]);
    }
    refused(
        "t.json",
        b"[{\"params\": 1e400, \"tokens\": 1e10, \"loss\": 2.75}]",
        &["record 1", "'1e400'", "below 1.8e308"],
    );
}

#[test]
fn json_that_is_cut_short_deep_or_of_another_tool_is_refused() {
    for end in 1..RECORDS.trim_end().len() {
        refused("t.json", &RECORDS.as_bytes()[..end], &["t.json, line", "export it again"]);
    }
    const DEEP: usize = 100_000;
    let arrays = |open: usize, close: usize| "[".repeat(open) + &"]".repeat(close);
    refused("t.json", arrays(DEEP, DEEP).as_bytes(), &["line 1: a point of 1 numbers"]);
    refused("t.json", arrays(DEEP, 0).as_bytes(), &["the JSON ends before"]);
    let objects = "{\"a\":".repeat(DEEP) + "1" + &"}".repeat(DEEP);
    refused("t.json", objects.as_bytes(), &["line 1: an object with the keys a is no sweep"]);
    let cell = RECORDS.replace("2.5", &arrays(DEEP, DEEP));
    refused("t.json", cell.as_bytes(), &["record 2, line 2, column 'loss'", "is not a positive number"]);
    let record = RECORDS.replace("2.5", &objects);
    refused("t.json", record.as_bytes(), &["line 2", "objects more than 8 deep", "write the record flat"]);
    for (text, parts) in [
        ("{\"compilerOptions\": {\"strict\": true}}", "an object with the keys compilerOptions is no sweep"),
        ("{\"cells\": [], \"nbformat\": 4}", "no sweep; give an array of records"),
        ("[\"a\", \"b\"]", "is not a record"),
        ("[{\"a\": 1}]", "no column for 'params' (found: a)"),
    ] {
        refused("t.json", text.as_bytes(), &[parts]);
    }
}

/// One small file of each format.
const FILES: [&str; 9] = [
    TABLE,
    RECORDS,
    "Step,a - loss,a - loss__MIN,a - loss__MAX,b - loss\n100,3.5,3.5,3.5,3.25\n200,3.25,3.25,3.25,\n",
    "{\"name\": \"a\", \"config\": {\"n_params\": {\"value\": 1e8}}, \"history\": [{\"_step\": 100, \"loss\": 3.5}, {\"_step\": 200}]}",
    "{\"log_history\": [{\"loss\": 3.5, \"step\": 10}, {\"step\": 20, \"train_loss\": 5.0, \"train_runtime\": 1}]}",
    "Wall time,Step,Value\n1,100,3.5\n2,200,3.25\n",
    "[[1, 100, 3.5], [2, 200, 3.25]]",
    " iteration 100/ 500 | consumed samples: 256 | lm loss: 3.5E+00 |\n iteration 200/ 500 | consumed samples: 512 | lm loss: 3.25E+00 |\n",
    "global_step,throughput/total_gflops,parameter_count,eval/loss\n10,1e9,1e8,3.5\n20,2e9,1e8,\n",
];

#[test]
fn every_file_here_is_good_when_whole() -> Result<()> {
    for file in FILES {
        let sweep = Sweep::from_reader("t", file.as_bytes(), &told())?;
        assert_eq!(sweep.rows_read(), sweep.checkpoint_count() + sweep.rows_passed_over(), "{file}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_damage_makes_a_reader_panic_or_lose_a_row(
        file in 0..FILES.len(),
        damage in vec((0..400_usize, prop_oneof![any::<u8>(), Just(b'"'), Just(b'\n'), Just(b'['), Just(b'9')]), 0..4),
        cut in prop_oneof![Just(usize::MAX), 0..400_usize],
    ) {
        let mut bytes = FILES[file].as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(cut);
        match Sweep::from_reader("t.x", &bytes[..], &told()) {
            Ok(sweep) => prop_assert_eq!(sweep.rows_read(), sweep.checkpoint_count() + sweep.rows_passed_over()),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn cells_that_differ_alike_are_shown_by_three() {
    let rows: String = (1..10).map(|i| format!("{i} many,2e9,3.0\n")).collect();
    let parts = [
        "9 rows cannot be read",
        "line 4, column 'params': '3 many'",
        "\n  6 rows more like these, column 'params'\n",
    ];
    refused("t.csv", format!("params,tokens,loss\n{rows}").as_bytes(), &parts);
}

#[test]
fn a_comment_above_the_header_is_named() -> Result<()> {
    for text in ["# my runs\n", "#params,tokens,loss\n1e9,2e10,2.5\n"] {
        let text = format!("{text}{TABLE}");
        refused("t.csv", text.as_bytes(), &["line 1", "the header begins with '#", "remove the comments"]);
    }
    assert_eq!(read("t.csv", b"#,params,tokens,loss\n1,1e9,2e10,2.5\n")?.len(), 1);
    Ok(())
}

#[test]
fn records_of_one_line_are_runs_of_their_own_and_keys_stand_once() -> Result<()> {
    let sweep = read("t.json", br#"{"params":[1e8,2e8],"tokens":[2e9,4e9],"loss":[3.1,3.0]}"#)?;
    assert_eq!([0, 1].map(|run| sweep.runs()[run].id()), ["line 1", "line 1, record 2"]);
    let twice = br#"[{"params":1e8,"tokens":2e9,"loss":3.1,"loss":2.0}]"#;
    refused("t.json", twice, &["line 1", "the key 'loss' is there twice", "keep one"]);
    refused("t.json", br#"[{"params":1,"eval":{"loss":3},"eval/loss":2}]"#, &["the key 'eval/loss'"]);
    Ok(())
}

#[test]
fn a_header_below_titles_is_found() {
    for (text, line) in [
        (
            "Stand: 03.02.2025;;;\n;;;\n;Modell;;Ergebnis\nRun;Params (M);Tokens [B];Val loss\nr0;60;0,48;4,1\n",
            4,
        ),
        ("Model,,Training,Eval\nRun,Params (M),Tokens [M],Val loss (nats/tok)\nr0,60,480,4.1\n", 2),
        ("Sweep of March\nparams,tokens,loss\n1e8,2e9,3.1\n", 2),
    ] {
        let said = Sweep::from_csv_str("t.csv", text).unwrap_err().to_string();
        let expected = format!("t.csv, line {line}: the header stands here");
        assert!(said.starts_with(&expected) && said.contains("remove the lines above it"), "{said}");
    }
    // Where no line names columns, what is lacked is named.
    let said = Sweep::from_csv_str("t.csv", "a,b,c\n1,2,3\n4,5,6\n").unwrap_err().to_string();
    assert!(said.contains("no column for 'loss'"), "{said}");
}

#[test]
fn rows_that_sum_up_others_are_no_runs() {
    let table = "run,params,tokens,loss\na,1e8,1e9,3.5\nb,2e8,2e9,3.1\n";
    for name in
        ["Average", "mean", "TOTAL", "Grand total", "std", "All", "Mean (n=12)", "Σ", "Mittelwert", "TOTAL:"]
    {
        let summed = format!("{table}{name},1.5e8,1.5e9,3.3\n");
        let quoted = if name.contains('(') { format!("\"{name}\"") } else { name.to_owned() };
        let told = format!("filter: run!={quoted}");
        refused("t.csv", summed.as_bytes(), &["line 4, column 'run'", "sums up others", &told]);
        let options = ReadOptions::default().with_filter(format!("run!={quoted}"));
        let sweep = Sweep::from_reader("t.csv", summed.as_bytes(), &options).unwrap();
        assert_eq!(sweep.runs().len(), 2, "{name}");
    }
    // An index without a name, as pandas writes it.
    let indexed = "\u{20},params,tokens,loss\n0,1e8,1e9,3.5\n1,2e8,2e9,3.1\nmean,1.5e8,1.5e9,3.3\n";
    refused("t.csv", indexed.as_bytes(), &["line 4", "sums up others", "remove the row"]);
    // Words of another column, and within names, are none of these.
    assert!(read("t.csv", b"pooling,params,tokens,loss\nmean,1e8,1e9,3.5\nmax,2e8,2e9,3.1\n").is_ok());
    let named = read("t.csv", table.replace("b,", "average-b,").as_bytes()).unwrap();
    assert_eq!(named.runs().len(), 2);
}

#[test]
fn counts_of_a_device_or_a_step_are_not_those_of_the_run() {
    let chosen = |field: &str, column: &str| {
        let table = format!(
            "{},loss\n1e8,1e9,3.5\n2e8,2e9,3.1\n",
            match field {
                "tokens" => format!("params,{column}"),
                _ => format!("{column},tokens"),
            }
        );
        let options = ReadOptions::default().with_column(field, column);
        Sweep::from_reader("t.csv", table.as_bytes(), &options)
    };
    for (field, column, remedy) in [
        ("tokens", "tokens_per_gpu", "the whole run's"),
        ("tokens", "tok/s", "the whole run's"),
        ("tokens", "Tokens per Step", "tokens_per_step=Tokens per Step"),
        ("tokens", "tokensPerGpu", "the whole run's"),
        ("params", "params_per_rank", "the whole run's"),
    ] {
        refuses(chosen(field, column), column, &["t.csv", column, "per ", remedy]);
    }
    for (field, column) in [("tokens", "tokens_per_run"), ("params", "n_per_model"), ("tokens", "papers")] {
        assert!(chosen(field, column).is_ok(), "{column}");
    }
}

#[test]
fn tables_of_another_form_are_told_how_to_be_one() {
    refused("t.csv", b"run & params & loss \\\\\na & 1e8 & 3.5 \\\\\n", &["as CSV"]);
    refused("t.csv", b"run,metric,value\na,params,1e8\na,loss,3.5\n", &["one row for each run", "pivot"]);
    let bits = ReadOptions::default().with_column("loss", "loss_log2");
    let table = "params,tokens,loss_log2\n1e8,1e9,4.9\n";
    refuses(Sweep::from_reader("t.csv", table.as_bytes(), &bits), "bits", &["call it 'loss (bits)'"]);
    let renamed = read("t.csv", table.replace("loss_log2", "loss (bits)").as_bytes()).unwrap();
    let loss = renamed.runs()[0].checkpoints()[0].loss;
    assert!((loss - 4.9 * std::f64::consts::LN_2).abs() < 1e-12, "{loss}");
}

#[test]
fn tables_of_markdown_are_read() -> Result<()> {
    let rows = "| Model | Params | Tokens | Val Loss |\n|:------|-------:|--------|----------|\n| tiny | 70M | 1B | 4.1 |\n| small | 160M | | 3.6 |\n";
    refused("t.md", rows.as_bytes(), &["line 4, column 'Tokens': the cell is empty"]);
    let sweep = read("t.md", rows.replace("160M | |", "160M | 2B |").as_bytes())?;
    let ends = |sweep: &Sweep| {
        sweep.runs().iter().map(|run| (run.params, run.checkpoints()[0].loss)).collect::<Vec<_>>()
    };
    assert_eq!(ends(&sweep), [(7e7, 4.1), (1.6e8, 3.6)]);
    // An index has no name, and its row no bar.
    let index = "|params|tokens|loss\n0|7e7|1e9|4.1\n1|1.6e8|2e9|3.6\n";
    assert_eq!(ends(&read("t.csv", index.as_bytes())?), [(7e7, 4.1), (1.6e8, 3.6)]);
    // Without bars at its ends an empty cell is one.
    let plain = "params|tokens|loss\n7e7|1e9|4.1\n|2e9|3.6\n";
    refused("t.csv", plain.as_bytes(), &["line 3, column 'params': the cell is empty"]);
    Ok(())
}

#[test]
fn yaml_is_refused_by_its_name() {
    for text in ["runs:\n  - params: 70M\n    tokens: 1B\n    loss: 4.1\n", "- params: 70M\n  tokens: 1B\n"] {
        refused("t.yaml", text.as_bytes(), &["line 1", "YAML", "write the table as CSV or JSON"]);
    }
}

#[test]
fn merged_cells_are_to_be_filled_in_and_no_row_is_left_out() {
    let table = |cells: [&str; 6]| {
        let row = |(i, cell): (usize, &&str)| format!("{cell},{}e9,{}\n", i + 1, 4.0 - 0.1 * i as f64);
        format!("params,tokens,loss\n{}", cells.iter().enumerate().map(row).collect::<String>())
    };
    let merged = table(["7e7", "", "", "1.6e8", "", ""]);
    refused("t.csv", merged.as_bytes(), &["lines 3, 4, 6, 7", "fill them in", "(merged cells)"]);
    assert!(!read("t.csv", merged.as_bytes()).unwrap_err().to_string().contains("filter"));
    // A few that are empty are left out.
    let few = table(["7e7", "7e7", "", "1.6e8", "1.6e8", ""]);
    refused("t.csv", few.as_bytes(), &["lines 4, 7", "`filter: params!=`"]);
}
