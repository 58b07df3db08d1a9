//! Ways of writing one and the same table.

use nbar::{ReadOptions, Result, Sweep};

use crate::refuses;

fn read(name: &str, text: &str) -> Result<Sweep> {
    Sweep::from_reader(name, text.as_bytes(), &ReadOptions::default())
}

/// Parameters, tokens and losses of all rows.
fn rows(sweep: &Sweep) -> Vec<[f64; 3]> {
    let of_run = |run: &nbar::Run| {
        let params = run.initial_params();
        run.checkpoints().iter().map(move |point| [params, point.tokens, point.loss]).collect::<Vec<_>>()
    };
    sweep.runs().iter().flat_map(of_run).collect()
}

#[test]
fn marks_of_one_meaning_and_the_delimiter_of_excel_are_read() -> Result<()> {
    for text in [
        "run,params,tokens,loss\na,1'500'000,50'000'000,3.5\n",
        "run,params,tokens,loss\na,1’500’000,50’000’000,3.5\n",
        "run,params,tokens,loss\na,1_500_000,50_000_000,3.5\n",
        "sep=;\nrun;params;tokens;loss\na;1500000;5e7;3.5\n",
        "\u{feff}sep=\t\r\nrun\tparams\ttokens\tloss\r\na\t1500000\t5e7\t3.5\r\n",
    ] {
        assert_eq!(rows(&read("runs.csv", text)?), [[1.5e6, 5e7, 3.5]], "{text}");
    }
    for cell in ["1_5", "15'00", "1_000'000", "1000_000", "_100", "100_"] {
        let text = format!("run,params,tokens,loss\na,{cell},5e7,3.5\n");
        refuses(read("runs.csv", &text), &text, &["line 2, column 'params'"]);
    }
    // The line of a delimiter is counted.
    refuses(read("runs.csv", "sep=;\nrun;params;tokens;loss\na;x;1;1\n"), "sep", &["line 3"]);
    Ok(())
}

#[test]
fn curves_may_begin_before_the_first_token_and_finished_runs_may_not() -> Result<()> {
    let text = "run,params,tokens,loss\na,1e8,0,10.8\na,1e8,1e9,3.5\n";
    let sweep = read("runs.csv", text)?;
    assert_eq!(rows(&sweep), [[1e8, 1e9, 3.5]]);
    assert!(sweep.sources()[0].notes.iter().any(|note| note.contains("1 of 2 rows before the first token")));
    refuses(
        read("runs.csv", &(text.to_owned() + "b,1e8,0,10.8\n")),
        "b",
        &["line 4, run 'b'", "no row after its first token"],
    );
    refuses(
        read("runs.csv", "params,tokens,loss\n1e8,0,10.8\n1e8,1e9,3\n"),
        "unnamed",
        &["line 2", "'0' is not"],
    );
    Ok(())
}

#[test]
fn configs_and_summaries_tell_params_tokens_steps_and_batches() -> Result<()> {
    for record in [
        r#"{"config": {"params": 1e8, "tokens": 1e9}, "summary": {"loss": 3.5}}"#,
        r#"{"config": {"model": {"n_params": 1e8}, "total_tokens": 1e9}, "summary": {"val_loss": 3.5, "_step": 7}}"#,
        // What was logged goes before what was planned.
        r#"{"config": {"params": 1e8, "tokens": 2e9}, "summary": {"loss": 3.5, "tokens": 1e9}}"#,
        r#"{"config": {"params": 1e8, "total_tokens": 9e9, "batch_size": 10, "seq_len": 1000}, "summary": {"loss": 3.5, "_step": 100000}}"#,
        r#"{"config": {"params": 1e8, "steps": 100000, "batch_size": 10, "seq_len": 1000}, "summary": {"loss": 3.5}}"#,
        r#"{"config": {"params": 1e8, "tokens": 9e9}, "history": [{"tokens": 1e9, "loss": 3.5}]}"#,
        // No tool's.
        r#"{"config": {"params": 1e8, "batch_size": 10, "seq_len": 1000}, "step": 100000, "loss": 3.5}"#,
        r#"{"config": {"params": 1e8}, "train": {"tokens": 1e9}, "loss": 3.5}"#,
    ] {
        let lines = format!("{record}\n{record}\n").replace("{\"config", "{\"name\": \"r\", \"config");
        let lines = lines.replacen("\"r\"", "\"q\"", 1);
        let array = format!("[{}]", lines.trim_end().replace('\n', ","));
        for (name, text) in [("runs.jsonl", lines), ("runs.json", array)] {
            let read = read(name, &text).unwrap_or_else(|error| panic!("{record}: {error}"));
            assert_eq!(rows(&read), [[1e8, 1e9, 3.5]; 2], "{record}");
        }
    }
    Ok(())
}

#[test]
fn averages_without_a_count_may_stand_for_it() -> Result<()> {
    let text = "run,average_params,tokens,loss\na,1e8,1e9,3.5\n";
    refuses(read("runs.csv", text), text, &["no column for 'params'", "`columns: params=average_params`"]);
    let options = ReadOptions::default().with_column("params", "average_params");
    assert_eq!(rows(&Sweep::from_reader("runs.csv", text.as_bytes(), &options)?), [[1e8, 1e9, 3.5]]);
    let pruned = "run,average_params,final_sparsity,tokens,loss\na,1e8,0.5,1e9,3.5\n";
    let message = read("runs.csv", pruned).unwrap_err().to_string();
    assert!(!message.contains("params=average_params"), "{message}");
    Ok(())
}

#[test]
fn what_is_left_of_dense_runs_may_be_rounded() -> Result<()> {
    for (left, is_dense) in [("6.99999e9", true), ("6.98e9", true), ("7e9", true), ("6.9e9", false)] {
        let text = format!("run,params,final_params,tokens,loss\na,7e9,{left},1e9,3.5\n");
        let observed = read("runs.csv", &text)?.observations(&nbar::ObservationOptions::default());
        assert_eq!(observed.is_ok(), is_dense, "{left}: {observed:?}");
    }
    Ok(())
}
