//! Sweeps read from tables: the published ones in data/, and every way to get a table wrong.

use nbar::{Checkpoint, Checkpoints, ObservationOptions, ReadOptions, Result, Run, Schedule, Size, Sweep};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::refuses;

fn read(table: &str) -> Result<Sweep> {
    Sweep::from_csv_str("t.csv", table)
}

fn read_with(table: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_csv_reader("t.csv", table.as_bytes(), options)
}

/// Fails unless the table is refused by a message with all `parts` in it.
#[track_caller]
fn refused(table: &str, parts: &[&str]) {
    refuses(read(table), table, parts);
}

#[test]
fn published_tables_have_their_rows_and_runs() -> Result<()> {
    for (table, rows, runs) in [
        ("chinchilla", 245, 245),
        ("t5_c4_sparse", 48, 48),
        ("sparsellm_1b", 8, 8),
        ("gemstones_hot", 220, 22),
        ("gemstones_cool_end", 199, 20),
        ("overtraining", 104, 104),
        ("repeated_data", 182, 182),
    ] {
        let sweep = Sweep::from_csv_path(format!("data/{table}.csv"))?;
        assert_eq!((sweep.rows_read(), sweep.checkpoint_count(), sweep.len()), (rows, rows, runs), "{table}");
        let options = ObservationOptions::default().with_checkpoints(Checkpoints::All);
        let observations = sweep.observations(&options)?;
        assert_eq!((observations.len(), observations.run_count()), (rows, runs), "{table}");
        assert_eq!(observations.unique_tokens().is_some(), table == "repeated_data");
        assert!(sweep.mapping().iter().all(|m| m.by() == "exact" || m.column == "steps"), "{table}");
    }
    Ok(())
}

#[test]
fn a_filter_leaves_the_five_outliers_of_chinchilla_out() -> Result<()> {
    let options = ReadOptions::default().with_filter("outlier=0");
    let sweep = Sweep::from_csv_path_with("data/chinchilla.csv", &options)?;
    assert_eq!((sweep.len(), sweep.rows_read(), sweep.rows_filtered_out()), (240, 245, 5));
    assert_eq!(sweep.unused_columns(), ["outlier"]);
    Ok(())
}

#[test]
fn order_of_rows_and_columns_makes_no_difference() -> Result<()> {
    let permuted = |text: &str, shift: usize| -> String {
        let mut lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        lines[1..].reverse();
        lines[1..].rotate_left(shift);
        lines.iter_mut().for_each(|cells| cells.rotate_left(shift));
        lines.iter().map(|cells| cells.join(",") + "\n").collect()
    };
    for table in ["gemstones_hot", "t5_c4_sparse", "overtraining"] {
        let text = std::fs::read_to_string(format!("data/{table}.csv")).expect("a table");
        for shift in 1..5 {
            assert_eq!(read(&permuted(&text, shift))?, read(&text)?, "{table}, {shift}");
        }
    }
    Ok(())
}

#[test]
fn files_that_are_not_tables_are_refused_by_name() {
    let bytes = |bytes: &[u8], parts: &[&str]| {
        refuses(Sweep::from_csv_reader("t.csv", bytes, &ReadOptions::default()), "bytes", parts);
    };
    for empty in ["", "\n\r\n", "\u{feff}", "  \n"] {
        refused(empty, &["t.csv: the file is empty; give a header"]);
    }
    refused(
        "run,params,tokens,loss\n\n",
        &["t.csv: no row follows the header; give a row for each checkpoint"],
    );
    bytes(b"\xff\xfep\0a\0", &["line 1", "UTF-16 (little-endian)", "save it as UTF-8"]);
    bytes(b"p\0a\0r\0", &["NUL bytes", "save the table as UTF-8"]);
    bytes(b"params,tokens,loss,group\n1e9,2e10,2.5,d\xe9j\xe0\n", &["line 2", "0xE9", "Latin-1"]);
    bytes(b"\x1f\x8b\x08\0", &["compressed by gzip", "gunzip -c"]);
    bytes(b"ARROW1\0\0", &["Arrow or Feather", "CSV"]);
    bytes(
        b"\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09\0\0brain.Event:2",
        &["events of TensorBoard", "export its scalars"],
    );
    bytes(b"PK\x03\x04", &["zip archive or a spreadsheet", "CSV"]);
    refused("{\"run\": 1}\n", &["looks like JSON"]);
    refuses(Sweep::from_csv_path("data"), "a directory", &["cannot read data", "it is a directory"]);
    refuses(Sweep::from_csv_path("no/such.csv"), "no file", &["cannot read no/such.csv", "No such file"]);
}

#[test]
fn broken_rows_are_refused_with_their_line() {
    refused("params,tokens,loss\n1e9,2e10,2.5\n1e9,2e10\n", &["line 3: 2 cells where the header has 3"]);
    refused("params,tokens,loss\r\n\r\n1e9,2e10,2.5,7\r\n", &["line 3: 4 cells where the header has 3"]);
    refused("params,tokens,loss\n7\n", &["line 2: 1 cell where"]);
    refused(
        "Total parameters: 70,000,000\nloss 4.0\n",
        &["line 1: the line is no header", "'000'", "a log is read where"],
    );
    for log in ["Epoch: 3, loss: 3.2\n", "epoch 1 | loss 3.2\n", "params: 1e8\n"] {
        refused(log, &["line 1: the line is no header: a name would be", "a log is read where"]);
    }
    refused("params,loss,tokens,loss\n", &["line 1: columns 2 and 4 are both called 'loss'", "rename"]);
    refused("params,tokens,loss\n1e9,\"2e10,2.5\n", &["line 2: the quote before '2e10,2.5' is never closed"]);
    refused("params,tokens,loss\r1e9,2e10,2.5\r", &["line 1: a carriage return inside a line", "LF or CRLF"]);
}

#[test]
fn delimiters_marks_and_line_ends_are_recognised() -> Result<()> {
    let plain = read("run,params,tokens,loss\na,1e9,2e10,2.5\n")?;
    for table in [
        "\u{feff}run,params,tokens,loss\r\na,1e9,2e10,2.5\r\n",
        "run;params;tokens;loss\na;1e9;2e10;2.5",
        "run\tparams\ttokens\tloss\na\t1B\t20B\t2.5\n\n",
        "\"run\", params ,tokens,\"loss\"\n a ,\"1e9\",20000M,2.5\n",
    ] {
        assert_eq!(read(table)?, plain, "{table}");
    }
    Ok(())
}

#[test]
fn bad_cells_are_refused_with_file_line_column_value_and_remedy() {
    for (cell, remedy) in [
        ("many", "write 7000000000, 7e9, 7B, 300M or 1.4T"),
        ("-3", "a positive number; mend it, or leave such rows out with `filter: n_params!=-3`"),
        ("0", "a positive number"),
        ("NaN", "`filter: n_params!=NaN`"),
        ("inf", "`filter: n_params!=inf`"),
        ("1e400", "below 1.8e308"),
        ("7 00 B", "write 700B, without separators or spaces"),
        ("\"1,234,567\"", "write 1234567, without separators"),
    ] {
        let shown = cell.trim_matches('"');
        let place = format!("t.csv, line 3, column 'n_params': '{shown}' is not ");
        refused(&format!("n_params,tokens,loss\n1e9,2e10,2.5\n{cell},2e10,2.5\n"), &[&place, remedy]);
    }
    let empty = ["t.csv, line 2, column 'loss': the cell is empty; fill it", "`filter: loss!=`"];
    refused("params,tokens,loss\n1e9,2e10,\n", &empty);
    let cell = |column: &str, cell: &str, parts: &[&str]| {
        refused(&format!("params,tokens,loss,{column}\n1e9,2e10,2.5,{cell}\n"), parts);
    };
    cell("weight", "0", &["column 'weight': '0' is not a positive number"]);
    cell("steps", "x", &["column 'steps': 'x'"]);
    cell("flops", "-1", &["column 'flops': '-1'"]);
    cell("unique_tokens", "nan", &["column 'unique_tokens': 'nan'"]);
    cell("fixed_params", "-1", &["column 'fixed_params': '-1' is not a number, zero or more"]);
    cell(
        "final_sparsity",
        "180%",
        &["column 'final_sparsity': '180%' is not a sparsity", "write 0.8 for 80 %"],
    );
    cell("final_sparsity", "80", &["a sparsity from 0 up to, but not including, 1"]);
    cell("average_params", "2e9", &["the count is above `params` + `fixed_params`, 1000000000"]);
    refused(
        "run,params,tokens,loss\n,1e9,2e10,2.5\n",
        &["line 2, column 'run': the run has no name; name the run"],
    );
}

#[test]
fn empty_optional_cells_are_absent() -> Result<()> {
    let header = "params,tokens,loss,step,flops,unique_tokens,weight,group,fixed_params,schedule,final_sparsity,\
                  initial_sparsity,prune_start,prune_end,prune_unit,prune_every,prune_power,average_params,\
                  final_params";
    let sweep = read(&format!("{header}\n1e9,2e10,2.5{}\n", ",".repeat(16)))?;
    assert_eq!(sweep.runs()[0].checkpoints(), [Checkpoint::new(2e10, 2.5)]);
    assert_eq!((sweep.runs()[0].schedule(), sweep.runs()[0].group()), (&Schedule::Dense, None));
    assert_eq!(sweep.mapping().len(), 19);
    Ok(())
}

#[test]
fn columns_are_recognised_by_their_usual_names() -> Result<()> {
    let plain = read("run,params,tokens,loss\na,1e9,2e10,2.5\n")?;
    for header in ["run_id,N,D,Loss", "Run,Model Size,TRAIN-TOKENS,val_loss", "model,n_params,tokens,l"] {
        assert_eq!(read(&format!("{header}\na,1e9,2e10,2.5\n"))?, plain, "{header}");
    }
    let exact = read("params,n_params,N,tokens,loss,val_loss\n1e9,1B,3,2e10,2.5,2.50\n")?;
    assert_eq!((exact.runs()[0].params, exact.runs()[0].checkpoints()[0].loss), (1e9, 2.5));
    assert_eq!(exact.unused_columns(), ["n_params", "N", "val_loss"]);
    Ok(())
}

#[test]
fn columns_that_are_missing_or_could_be_two_things_are_named() {
    refused(
        "run,parms,tokens,loss\n",
        &[
            "no column for 'params' (found: run, parms, tokens, loss)",
            "if 'parms' is meant, say `columns: params=parms`",
        ],
    );
    refused("params,tokens,c4\n", &["no column for 'loss'", "`columns: loss=NAME`"]);
    // What grows where a loss falls is not proposed.
    for accuracy in ["val_acc", "eval_accuracy", "val_f1"] {
        refused(&format!("params,tokens,{accuracy}\n"), &["no column for 'loss'", "`columns: loss=NAME`"]);
    }
    refused(
        "params,loss\n",
        &["t.csv: no column for 'tokens'", "give FLOPs instead (`columns: flops=NAME`)"],
    );
    for (header, candidates) in [
        ("N,n_params,tokens,loss", "'N', 'n_params' could all be 'params'; choose one: `columns: params=N`"),
        ("n,N,tokens,loss", "'n', 'N' could all be 'params'"),
        ("params,D,train_tokens,loss", "'D', 'train_tokens' could all be 'tokens'"),
        ("params,tokens,train_loss,val_loss", "'train_loss', 'val_loss' could all be 'loss'"),
    ] {
        refused(&format!("{header}\n1,1,1,1\n"), &["t.csv: columns", candidates]);
    }
}

#[test]
fn chosen_columns_overrule_recognised_ones() -> Result<()> {
    let table = "run,params,tokens,loss,c4_val\na,1e9,2e10,9,2.5\n";
    let sweep = read_with(table, &ReadOptions::default().with_columns("loss=c4_val")?)?;
    assert_eq!(sweep.runs()[0].checkpoints()[0].loss, 2.5);
    let loss = sweep.mapping().iter().find(|m| m.field == "loss").expect("a loss");
    assert_eq!((loss.column.as_str(), loss.by()), ("c4_val", "chosen"));
    let choose = |field, column| read_with(table, &ReadOptions::default().with_column(field, column));
    refuses(
        choose("los", "c4_val"),
        "field",
        &["`columns` los=c4_val names no field 'los'", "params, tokens, loss"],
    );
    refuses(
        choose("loss", "c4_vall"),
        "column",
        &["no column for 'c4_vall'", "write 'c4_val' if that is meant"],
    );
    let twice = ReadOptions::default().with_columns("loss=c4_val,loss=loss")?;
    refuses(
        read_with(table, &twice),
        "twice",
        &["`columns` loss=loss is a second column for one field, beside 'c4_val'; name one"],
    );
    refuses(ReadOptions::default().with_columns("loss"), "pair", &["FIELD=COLUMN"]);
    Ok(())
}

#[test]
fn tokens_come_from_flops_for_dense_runs_only() -> Result<()> {
    let sweep = read("params,fixed_params,flops,loss\n9e8,1e8,1.2e20,2.5\n")?;
    assert_eq!(sweep.runs()[0].checkpoints()[0].tokens, 1.2e20 / 6e9);
    let remedy = ["line 2, run 'line 2'", "a pruned run needs `tokens`", "add the column"];
    refused("params,flops,loss,average_params\n1e9,1.2e20,2.5,5e8\n", &remedy);
    refused("params,flops,loss,final_sparsity\n1e9,1.2e20,2.5,0.5\n", &remedy);
    refused("params,flops,loss\n1e9,,2.5\n", &["line 2, column 'flops': the cell is empty"]);
    refused("params,tokens,flops,loss\n1e9,,,2.5\n", &["line 2, column 'tokens': the cell is empty"]);
    Ok(())
}

#[test]
fn rows_of_a_run_are_its_curve_and_must_agree() -> Result<()> {
    let sweep = read("run,params,tokens,loss\na,1e9,2e10,2.5\nb,2e9,1e10,2.6\na,1B,1e10,2.7\n")?;
    let curve = [Checkpoint::new(1e10, 2.7), Checkpoint::new(2e10, 2.5)];
    assert_eq!((sweep.len(), sweep.runs()[0].checkpoints()), (2, &curve[..]));
    refused(
        "run,params,tokens,loss\na,1e9,2e10,2.5\nb,2e9,1e10,2.6\na,2e9,1e10,2.7\n",
        &[
            "t.csv, line 4, run 'a', column 'params': the value is '2e9' here and '1e9' on line 2; mend one of them",
        ],
    );
    refused(
        "run,params,tokens,loss,group\na,1e9,2e10,2.5,c4\na,1e9,1e10,2.7,pile\n",
        &["line 3, run 'a', column 'group': the value is 'pile' here and 'c4' on line 2"],
    );
    refused(
        "run,params,tokens,loss\na,1e9,2e10,2.5\na,1e9,1e10,2.7\na,1e9,20B,2.4\n",
        &["t.csv, line 4, run 'a': the row on line 2 is at 20000000000 tokens too; remove one"],
    );
    Ok(())
}

#[test]
fn filters_leave_rows_out_before_they_are_validated() -> Result<()> {
    let table = "run,N,D,loss,ok\na,1e9,2e10,2.5,yes\nb,2e9,2e10,diverged,no\nc,4e7,2e10,2.9,yes\n";
    let left = |filter: &str| read_with(table, &ReadOptions::default().with_filter(filter));
    for filter in ["ok=yes", "loss!=diverged", "ok==yes,params>0", "N!=2e9", "params<2e9"] {
        assert_eq!(left(filter)?.len(), 2, "{filter}");
    }
    assert_eq!(left("ok=yes,params>=1e8")?.runs()[0].id(), "a");
    assert_eq!(left("tokens<=20B,params<1e8")?.rows_filtered_out(), 2);
    refuses(left("params>1T"), "none left", &["t.csv: the filter 'params>1T' leaves none of 3 rows"]);
    refuses(
        left("okk=yes"),
        "column",
        &["`filter` 'okk=yes' names the column 'okk'", "write 'ok' if that is meant"],
    );
    refuses(left("loss<3"), "cell", &["line 3, column 'loss': 'diverged' is not a number"]);
    Ok(())
}

#[test]
fn files_merge_unless_they_say_a_row_twice() -> Result<()> {
    let named =
        |name: &str, rows: &str| Sweep::from_csv_str(name, &format!("run,params,tokens,loss\n{rows}"));
    let first = named("1.csv", "a,1e9,2e10,2.5\n")?;
    let both = first.clone().merge(named("2.csv", "b,1e9,2e10,2.6\na,1e9,1e10,2.7\n")?)?;
    assert_eq!((both.len(), both.checkpoint_count(), both.rows_read()), (2, 3, 3));
    assert_eq!((both.files(), both.mapping().len()), (&["1.csv".to_owned(), "2.csv".to_owned()][..], 8));
    let twice = first.clone().merge(named("2.csv", "b,1e9,2e10,2.6\na,1e9,2e10,2.5\n")?);
    let parts =
        ["2.csv, line 3, run 'a'", "1.csv too (from line 2)", "both have a row at 20000000000 tokens"];
    refuses(twice, "the same row", &parts);
    let other = first.merge(named("2.csv", "a,2e9,1e10,2.7\n")?);
    refuses(other, "params", &["1.csv", "2.csv", "its `params` are 1000000000 there and 2000000000 here"]);
    let unnamed = |name| Sweep::from_csv_str(name, "params,tokens,loss\n1e9,2e10,2.5\n");
    assert_eq!(unnamed("1.csv")?.merge(unnamed("2.csv")?)?.runs()[1].id(), "2.csv, line 2");
    Ok(())
}

#[test]
fn runs_in_memory_are_validated_too() {
    let sweep = |runs| Sweep::from_runs(runs);
    let good = || Run::dense("a", 1e9, 2e10, 2.5);
    refuses(sweep(vec![]), "no run", &["a sweep has no run; give at least one"]);
    refuses(sweep(vec![good(), good()]), "twice", &["run 'a': the name is there twice"]);
    refuses(sweep(vec![Run::new("a", 1e9, vec![])]), "no row", &["run 'a': the run has no checkpoint"]);
    refuses(sweep(vec![Run::dense("a", 1e9, 2e10, f64::NAN)]), "loss", &["run 'a'", "loss", "NaN"]);
    let again = good().with_checkpoint(Checkpoint::new(2e10, 2.4));
    refuses(sweep(vec![again]), "tokens", &["run 'a': two checkpoints are at 20000000000 tokens"]);
}

#[test]
fn counts_given_outright_go_before_the_schedule() -> Result<()> {
    let sweep = read(
        "run,params,fixed_params,tokens,loss,average_params,final_params\n\
         a,9e8,1e8,2e10,2.5,6e8,4e8\nb,9e8,1e8,2e10,2.5,1e9,\n",
    )?;
    let of = |size| sweep.observations(&ObservationOptions::default().with_size(size));
    assert_eq!(of(Size::Initial)?.params(), [1e9, 1e9]);
    assert_eq!(of(Size::AVERAGE)?.params(), [6e8, 1e9]);
    assert_eq!(of(Size::Final)?.params(), [4e8, 1e9]);
    let geometric = of(Size::GEOMETRIC);
    refuses(geometric, "no schedule", &["t.csv, line 2, run 'a': size 'geometric' needs"]);
    let observations = of(Size::AVERAGE)?;
    assert_eq!(
        (observations.initial_params(), observations.final_params()),
        (&[1e9, 1e9][..], &[4e8, 1e9][..])
    );
    assert!(observations.has_final_params());
    assert_eq!((observations.run(), observations.run_name(1)), (&[0, 1][..], "b".to_owned()));

    let average_only = read("params,tokens,loss,average_params\n1e9,2e10,2.5,6e8\n")?;
    assert!(!average_only.observations(&ObservationOptions::default())?.has_final_params());
    let last = average_only.observations(&ObservationOptions::default().with_size(Size::Final));
    refuses(last, "no final", &["run 'line 2': size 'final' needs", "give `final_params`"]);
    Ok(())
}

#[test]
fn weights_and_unique_tokens_are_kept_where_every_row_has_them() -> Result<()> {
    let rows = |a: &str, b: &str| {
        read(&format!(
            "run,params,tokens,loss,weight,unique_tokens\na,1e9,2e10,2.5,{a}\nb,1e9,1e10,2.6,{b}\n"
        ))?
        .observations(&ObservationOptions::default())
    };
    let full = rows("1,1e10", "2,1e9")?;
    assert_eq!((full.weight(), full.unique_tokens()), (Some(&[1.0, 2.0][..]), Some(&[1e10, 1e9][..])));
    let part = rows(",1e10", ",")?;
    assert_eq!((part.weight(), part.unique_tokens()), (None, None));
    for (a, b) in [("1,", ","), (",", "1,")] {
        refuses(rows(a, b), "weights", &["run 'b'", "a weight for every row"]);
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        cells in vec(prop_oneof!["[ -~]{0,6}", "[0-9]{1,3}(e[0-9]{1,3})?[KMBT]?", "\\PC{0,3}"], 0..40),
        ends in vec(prop_oneof![Just(","), Just("\n"), Just("\r\n"), Just("\""), Just("\t")], 40),
        cut in 0..400_usize,
    ) {
        let rows: String = cells.iter().zip(ends).map(|(cell, end)| format!("{cell}{end}")).collect();
        let table = format!("run,N,D,loss,schedule,final_sparsity\n{rows}");
        for bytes in [table.as_bytes(), rows.as_bytes(), &table.as_bytes()[..cut.min(table.len())]] {
            if let Ok(sweep) = Sweep::from_csv_reader("t.csv", bytes, &ReadOptions::default()) {
                prop_assert!(!sweep.is_empty() && sweep.checkpoint_count() == sweep.rows_read());
            }
        }
    }

    #[test]
    fn no_filter_makes_the_reader_panic(filter in "(loss|N|params|\\PC{0,3})[=!<>]{0,2}\\PC{0,4}(,\\PC{0,3})?") {
        let options = ReadOptions::default().with_filter(&filter);
        let _ = read_with("N,D,loss\n1e9,2e10,2.5\n", &options).map_err(|error| error.to_string());
    }
}
