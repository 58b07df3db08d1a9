//! JSON and JSON Lines: sweep tables, and the JSON of tools.

use std::io::BufRead;

use serde_json::value::RawValue;

use super::super::cells::shown;
use super::super::fields::{Field, normalise};
use super::super::layout::Layout;
use super::super::table::Table;
use super::super::text::text;
use super::documents::{Members, Text, cell, is_array};
use super::python_numbers::quote_python_numbers;
use super::{hf_trainer, names, tensorboard, wandb_history};
use crate::Result;
use crate::error::Location;
use crate::run::Format;

/// Rows of a run inside its record.
const CURVES: [&str; 2] = ["history", "checkpoints"];

/// Reads any JSON that is a sweep table or that a known tool writes.
pub(in crate::read) fn read(path: &str, reader: impl BufRead) -> Result<(Table, Layout)> {
    let text = text(path, reader)?;
    let text = quote_python_numbers(&text);
    let text = Text::new(path, &text);
    let documents = text.documents()?;
    match documents[..] {
        [only] if is_array(only) => {
            let items: Vec<&RawValue> = text.parse(only, "an array")?;
            match items.first() {
                None => Err(Location::in_file(path)
                    .refuse("an array without records", "give one for each checkpoint")),
                Some(first) if is_array(first) => tensorboard::read(path, &text, &items),
                Some(_) => text.table(&items, Format::Json),
            }
        }
        [only] => {
            let members: Members<'_> = text.parse(only, "an object")?;
            let member = |name| members.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
            match (member("log_history"), member("runs").filter(|runs| is_array(runs))) {
                (Some(history), _) => hf_trainer::read(path, &text, history),
                (None, Some(runs)) => {
                    text.table(&text.parse::<Vec<&RawValue>>(runs, "an array")?, Format::Json)
                }
                (None, None) => {
                    text.refuse_other_tools(only, &members)?;
                    text.table(&documents, Format::JsonLines)
                }
            }
        }
        _ => text.table(&documents, Format::JsonLines),
    }
}

impl<'a> Text<'a> {
    /// The table of records, each a row, or a run with its curve.
    fn table(&self, records: &[&'a RawValue], format: Format) -> Result<(Table, Layout)> {
        let mut table = Table::default();
        let mut exported = false;
        for record in records {
            let members: Members<'_> = self.parse(record, "a record {\"run\": ..., \"loss\": ...}")?;
            let curve =
                members.0.iter().find(|(key, value)| CURVES.contains(&key.as_str()) && is_array(value));
            if wandb_history::is_export(members.0.iter().map(|(key, _)| key.as_str())) {
                exported = true;
                wandb_history::read(self, record, &members.0, &mut table)?;
            } else if let Some(&(ref key, rows)) = curve {
                let mut facts = Vec::new();
                for (name, value) in members.0.iter().filter(|(name, _)| name != key) {
                    let tool = value.get().starts_with('{') && normalise(name) == Field::Schedule.name();
                    let text = if tool { Some(value.get().into()) } else { cell(value) };
                    facts.extend(text.map(|cell| (name.clone(), cell.into_owned())));
                }
                self.add_rows(&mut table, &facts, rows)?;
            } else {
                self.add_row(&mut table, &[], record)?;
            }
        }
        let mut layout = names::layout(self.path, table.headers());
        if exported {
            layout = wandb_history::exported(self.path, table.headers(), layout);
        } else if layout.format == Format::Csv {
            layout.format = format;
        }
        layout.records = true;
        Ok((table, layout))
    }

    /// Refuses a single object that has nothing of a run.
    fn refuse_other_tools(&self, part: &RawValue, members: &Members<'_>) -> Result<()> {
        let keys: Vec<&str> = members.0.iter().map(|(key, _)| key.as_str()).collect();
        let known = |key: &&str| {
            let field = Field::named(key);
            matches!(field, Some(Field::Loss | Field::Params | Field::Tokens | Field::Step))
                || key.contains("loss")
        };
        if wandb_history::is_export(keys.iter().copied()) || keys.iter().any(known) {
            return Ok(());
        }
        let fit = members.0.iter().any(|(key, value)| key == "schema" && value.get().contains("nbar.fit"));
        if fit {
            let remedy =
                "name the table that it was fitted to; saved fits are for predictions and allocations";
            return Err(self.refuse(part, "the file is a saved fit, not a sweep".to_owned(), remedy));
        }
        let shown = if keys.is_empty() {
            "no keys".to_owned()
        } else {
            format!("the keys {}", shown(&keys.join(", ")))
        };
        let remedy = "give an array of records, {\"runs\": [...]}, JSON Lines, a trainer_state.json, a W&B history or \
                      TensorBoard's JSON";
        Err(self.refuse(part, format!("an object with {shown} is no sweep"), remedy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReadOptions, Sweep};

    fn read(text: &str) -> Result<Sweep> {
        Sweep::from_reader("t.json", text.as_bytes(), &ReadOptions::default())
    }

    #[test]
    fn every_form_of_the_table_is_the_same_sweep() -> Result<()> {
        let plain =
            Sweep::from_csv_str("t.csv", "run,params,tokens,loss\na,1e9,1e10,2.75\na,1e9,2e10,2.5\n")?;
        let rows = r#"{"run": "a", "params": "1B", "tokens": 1e10, "loss": 2.75},
                      {"run": "a", "params": 1000000000, "tokens": "20B", "loss": "2.5", "note": null}"#;
        for (text, format) in [
            (format!("[{rows}]"), Format::Json),
            (format!("{{\"runs\": [{rows}]}}"), Format::Json),
            (rows.replace("},", "}"), Format::JsonLines),
            (
                r#"{"runs": [{"run": "a", "params": 1e9,
                    "checkpoints": [{"tokens": 1e10, "loss": 2.75}, {"tokens": 2e10, "loss": 2.5}]}]}"#
                    .to_owned(),
                Format::Json,
            ),
        ] {
            let sweep = read(&text)?;
            assert_eq!(sweep, plain, "{text}");
            assert_eq!(sweep.sources()[0].format, format, "{text}");
        }
        Ok(())
    }

    #[test]
    fn schedules_are_read_flat_and_tools_schedules_as_objects() -> Result<()> {
        let flat = r#"[{"run": "a", "params": 1e9, "tokens": 2e10, "loss": 2.5, "schedule": "constant", "final_sparsity": 0.5}]"#;
        assert_eq!(read(flat)?.runs()[0].schedule, crate::Schedule::constant(0.5));
        let tool = r#""schedule": {"tool": "tfmot", "initial_sparsity": 0.0, "final_sparsity": 0.5, "begin_step": 100, "end_step": 500}"#;
        let record =
            format!(r#"[{{"run": "a", "params": 1e9, "tokens": 2e10, "step": 1000, "loss": 2.5, {tool}}}]"#);
        let curve = format!(
            r#"{{"runs": [{{"run": "a", "params": 1e9, {tool}, "checkpoints": [{{"tokens": 2e10, "step": 1000, "loss": 2.5}}]}}]}}"#
        );
        for text in [record, curve] {
            let schedule = read(&text)?.runs()[0].schedule.clone();
            assert!(
                matches!(&schedule, crate::Schedule::Tool(tool) if tool.tool() == "tfmot"),
                "{schedule:?}"
            );
        }
        let nested =
            r#"[{"run": "a", "params": 1e9, "tokens": 2e10, "loss": 2.5, "schedule": {"shape": "cubic"}}]"#;
        let error = read(nested).unwrap_err().to_string();
        assert!(error.contains("t.json") && error.contains("tool"), "{error}");
        Ok(())
    }

    #[test]
    fn refusals_name_record_line_and_column() {
        let row =
            |loss: &str| format!("{{\"run\": \"a\", \"params\": 1e9, \"tokens\": 2e10,\n \"loss\": {loss}}}");
        for (text, parts) in [
            (
                format!("[{}]", row("-1")),
                "t.json, record 1, line 1, column 'loss': '-1' is not a positive number",
            ),
            (
                format!("[\n{},\n{}]", row("2"), row("1e400")),
                "t.json, record 2, line 4, column 'loss': '1e400'",
            ),
            (
                format!("[{}]", row("NaN")),
                "'NaN' is not a positive number; if the run diverged, leave it out (`filter: run!=a`)",
            ),
            (format!("[{}]", row("[2.5]")), "'[2.5]' is not a positive number"),
            (format!("[{}", row("2")), "t.json, line 2: the JSON ends before its brackets are closed"),
            (format!("[{}]", row("two")), "t.json, line 2: no JSON at column"),
            ("[]".to_owned(), "an array without records"),
            ("[1, 2]".to_owned(), "t.json, line 1: '1' is not a record"),
            (
                "{\"name\": \"x\", \"dependencies\": {}}".to_owned(),
                "an object with the keys name, dependencies is no sweep",
            ),
            ("{\"schema\": \"nbar.fit/1\"}".to_owned(), "the file is a saved fit"),
            ("{}".to_owned(), "an object with no keys is no sweep"),
        ] {
            let message = read(&text).unwrap_err().to_string();
            assert!(message.contains(parts), "{text}\n gives: {message}");
        }
    }
}
