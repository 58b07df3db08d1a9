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
