//! Histories of Weights & Biases: rows with `_step`, alone or in an object beside `config` and `summary`.

use nbar::{ReadOptions, Result, Sweep};

fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("exports/a.json", text.as_bytes(), options)
}

#[test]
fn the_config_tells_parameters_and_tokens_a_step() -> Result<()> {
    let run = r#"{"name": "tiny", "config": {"model": {"n_params": {"value": 1e8}}, "loss": "mse",
        "total_tokens": 5, "global_batch_size": 256, "seq_len": 2048}, "history": [
        {"_step": 0, "train/loss": 11.0}, {"_step": 100, "train/loss": 3.5, "val_loss": 3.25},
        {"_step": 200, "train/loss": 3.0, "val_loss": 3.125}]}"#;
    let sweep = read(run, &ReadOptions::default())?;
    let tiny = &sweep.runs()[0];
    assert_eq!((tiny.id(), tiny.params, tiny.checkpoints().len()), ("tiny", 1e8, 2));
    assert_eq!((tiny.checkpoints()[1].tokens, tiny.checkpoints()[1].loss), (200.0 * 256.0 * 2048.0, 3.125));
    assert_eq!(sweep.sources()[0].format(), "W&B history");
    let said: Vec<String> = sweep.mapping().iter().map(|mapping| mapping.described()).collect();
    assert!(said.contains(&"params is column 'config/model/n_params'".to_owned()), "{said:?}");
    Ok(())
}

#[test]
fn several_runs_and_summaries_are_read() -> Result<()> {
    let runs = r#"{"config": {"n_params": 1e8}, "summary": {"eval/loss": 3.5, "throughput/total_tokens": 1e9}, "id": "a"}
        {"config": {"n_params": 2e8}, "summary": {"eval/loss": 3.25, "throughput/total_tokens": 1e9}, "id": "b"}"#;
    let sweep = read(runs, &ReadOptions::default())?;
    assert_eq!((sweep.len(), sweep.runs()[1].params), (2, 2e8));
    Ok(())
}

#[test]
fn rows_alone_are_a_run_called_by_its_file() -> Result<()> {
    let rows = r#"[{"_step": 100, "loss": 3.5, "train_loss": 4.0}, {"_step": 200, "loss": 3.25, "train_runtime": 9}]"#;
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6);
    let sweep = read(rows, &options)?;
    assert_eq!((sweep.runs()[0].id(), sweep.runs()[0].checkpoints()[1].tokens), ("a", 2e8));
    assert!(sweep.sources()[0].notes[0].contains("mean over the whole training"));
    Ok(())
}

#[test]
fn runs_of_one_name_are_told_apart_by_their_ids() -> Result<()> {
    let run = |id: &str, tokens: f64, loss: f64| {
        format!(
            r#"{{"name": "small", "id": "{id}", "state": "{}", "config": {{"n_params": 1e8}}, "summary": {{"eval/loss": {loss}, "total_tokens": {tokens}}}}}"#,
            if id == "x2" { "crashed" } else { "finished" }
        )
    };
    let text = [run("x0", 1e9, 3.5), run("x1", 2e9, 3.25), run("x2", 2e9, 3.125)].join("\n");
    let sweep = read(&text, &ReadOptions::default())?;
    let ends: Vec<_> = sweep.runs().iter().map(|run| (run.id(), run.checkpoints()[0].loss)).collect();
    assert_eq!(ends, [("x0", 3.5), ("x1", 3.25), ("x2", 3.125)]);
    assert_eq!(sweep.rows_passed_over(), 0);
    let found = nbar::inspect(&sweep, &nbar::ObservationOptions::default()).findings;
    let said = found[0].to_string();
    assert!(
        said.contains("1 run did not finish (crashed)") && said.ends_with("`filter: state!=crashed`"),
        "{said}"
    );
    assert_eq!(read(&text, &ReadOptions::default().with_filter("state!=crashed"))?.len(), 2);
    Ok(())
}

#[test]
fn a_table_of_runs_is_read_by_ids_too() -> Result<()> {
    let table = "Name,ID,State,Created,n_params,tokens,val/loss\nsmall,a1,finished,2025,1e8,2e9,3.5\n\
                 small,a2,finished,2025,1e8,2e9,3.25\nbig,a3,crashed,2025,2e8,2e9,3.0\n";
    let sweep = Sweep::from_reader("runs.csv", table.as_bytes(), &ReadOptions::default())?;
    assert_eq!(sweep.runs().iter().map(nbar::Run::id).collect::<Vec<_>>(), ["a1", "a2", "a3"]);
    let found = nbar::inspect(&sweep, &nbar::ObservationOptions::default()).findings;
    assert!(found.iter().any(|f| f.to_string().ends_with("`filter: State!=crashed`")), "{found:?}");
    Ok(())
}
