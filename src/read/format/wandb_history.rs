//! Histories of Weights & Biases: rows with `_step`, alone or in an object beside `config` and `summary`.

use serde_json::value::RawValue;

use super::super::fields::Field;
use super::super::layout::Layout;
use super::super::table::Table;
use super::documents::{Text, cell};
use super::log::{has, log};
use crate::Result;
use crate::run::Format;

/// What a config may tell of a run.
const CONFIGURED: [Field; 6] = [
    Field::Params,
    Field::FixedParams,
    Field::TokensPerStep,
    Field::SequenceLength,
    Field::BatchSize,
    Field::UniqueTokens,
];

/// What a run is called, the first that is there.
const NAMES: [&str; 5] = ["run", "name", "display_name", "run_id", "id"];

/// A table of rows with `_step`.
pub(super) fn layout(path: &str, headers: &[String]) -> Option<Layout> {
    has(headers, "_step").then(|| log(Format::WandbHistory, path, headers))
}

/// Whether an object with these keys is a run's export.
pub(super) fn is_export<'a>(keys: impl Iterator<Item = &'a str>) -> bool {
    keys.fold([false; 2], |[config, rows], key| {
        [config || key == "config", rows || matches!(key, "history" | "summary")]
    }) == [true; 2]
}

/// The layout of a table of exported runs; `named` is what their columns say.
pub(super) fn exported(path: &str, headers: &[String], named: Layout) -> Layout {
    let mut layout = if named.log { named } else { log(Format::WandbHistory, path, headers) };
    for field in CONFIGURED {
        let of_config =
            |header: &&String| header.strip_prefix("config/").is_some_and(|key| is_called(key, field));
        let found: Vec<&String> = headers.iter().filter(of_config).collect();
        match found[..] {
            [] => {}
            [only] => {
                layout.preferred.extend(headers.iter().position(|h| h == only).map(|index| (field, index)))
            }
            _ => {
                let names: Vec<&str> = found.iter().map(|name| name.as_str()).collect();
                layout.notes.push(format!(
                    "{} could all be {}; choose with `columns: {}=NAME`",
                    names.join(", "),
                    field.name(),
                    field.name()
                ));
            }
        }
    }
    layout
}

/// Adds the rows of an exported run: those of its history, else its summary.
pub(super) fn read<'a>(
    text: &Text<'a>,
    record: &'a RawValue,
    members: &[(String, &'a RawValue)],
    table: &mut Table,
) -> Result<()> {
    let member = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
    let name = NAMES.iter().find_map(|name| member(name).and_then(cell));
    let mut facts = Vec::new();
    facts.extend(name.map(|name| ("run".to_owned(), name.into_owned())));
    if let Some(config) = member("config") {
        let mut cells = Vec::new();
        text.flatten("config", config, &mut cells)?;
        for (key, value) in cells {
            // W&B writes an entry of the config as {"value": ..., "desc": ...}.
            let key = key.strip_suffix("/value").unwrap_or(&key);
            if CONFIGURED.iter().any(|&field| is_called(key, field)) {
                facts.push((key.to_owned(), value));
            }
        }
    }
    match (member("history"), member("summary")) {
        (Some(history), _) if history.get().starts_with('[') => text.add_rows(table, &facts, history),
        (_, Some(summary)) => text.add_row(table, &facts, summary),
        _ => Err(text.refuse(
            record,
            "a run without history".to_owned(),
            "export its history as an array of rows",
        )),
    }
}

/// Whether the last part of a key names the field.
fn is_called(key: &str, field: Field) -> bool {
    key.rsplit('/').next().and_then(Field::named) == Some(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReadOptions, Sweep};

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
        assert_eq!((tiny.id.as_str(), tiny.params, tiny.checkpoints.len()), ("tiny", 1e8, 2));
        assert_eq!((tiny.checkpoints[1].tokens, tiny.checkpoints[1].loss), (200.0 * 256.0 * 2048.0, 3.125));
        assert_eq!(sweep.sources()[0].format, Format::WandbHistory);
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
        assert_eq!((sweep.runs()[0].id.as_str(), sweep.runs()[0].checkpoints[1].tokens), ("a", 2e8));
        assert!(sweep.sources()[0].notes[0].contains("mean over the whole training"));
        Ok(())
    }
}
