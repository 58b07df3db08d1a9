//! JSON and JSON Lines: sweep tables, and the JSON of tools.

use std::io::BufRead;

use serde_json::value::RawValue;

use super::super::cells::shown;
use super::super::fields::{Field, normalise};
use super::super::layout::Layout;
use super::super::table::Table;
use super::super::text::text;
use super::documents::{Members, Text, cell, is_array};
use super::pandas::names_losses;
use super::python_numbers::quote_python_numbers;
use super::{hf_trainer, names, pandas, tensorboard, wandb_history};
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
            text.refuse_own(only, &members)?;
            let member = |name| members.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
            let records =
                |value: &&RawValue| is_array(value) && value.get()[1..].trim_start().starts_with('{');
            let runs = member("runs").filter(|runs| is_array(runs));
            match (member("log_history"), runs.or_else(|| member("data").filter(records))) {
                (Some(history), _) => hf_trainer::read(path, &text, &members, history),
                (None, Some(runs)) => {
                    text.table(&text.parse::<Vec<&RawValue>>(runs, "an array")?, Format::Json)
                }
                (None, None) => {
                    let is_export = wandb_history::is_export(members.0.iter().map(|(key, _)| &**key));
                    if let Some(table) = if is_export { None } else { pandas::read(&text, &members)? } {
                        let mut layout = names::layout(path, table.headers());
                        layout.records = true;
                        if layout.format == Format::Csv {
                            layout.format = Format::Json;
                        }
                        return Ok((table, layout));
                    }
                    if let Some((key, rows)) = text.rows_of_runs(&members)? {
                        return text.table_of(&members, key, rows);
                    }
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
        for (place, record) in records.iter().enumerate() {
            let members = self.record(record)?;
            let curve = members.0.iter().find(|(key, value)| CURVES.contains(&&**key) && is_array(value));
            if wandb_history::is_export(members.0.iter().map(|(key, _)| &**key)) {
                exported = true;
                let place = (records.len() > 1).then_some(place + 1);
                wandb_history::read(self, record, &members.0, place, &mut table)?;
            } else if let Some(&(ref key, rows)) = curve {
                let mut facts = Vec::new();
                for (name, value) in members.0.iter().filter(|(name, _)| name != key) {
                    let tool = value.get().starts_with('{') && normalise(name) == Field::Schedule.name();
                    let text = if tool { Some(value.get().into()) } else { cell(value) };
                    facts.extend(text.map(|cell| (name.clone(), cell)));
                }
                self.add_rows(&mut table, &facts, rows)?;
            } else {
                self.add_row(&mut table, record, members)?;
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

    /// The only array of records with losses, where the object around it has none: `{"batch_size": 32, "results": [...]}`.
    fn rows_of_runs<'m>(&self, members: &'m Members<'a>) -> Result<Option<(&'m str, &'a RawValue)>> {
        let mut found = None;
        for (key, value) in members.0.iter().filter(|(key, _)| !CURVES.contains(&&**key)) {
            if !is_array(value) || !value.get()[1..].trim_start().starts_with('{') {
                continue;
            }
            let rows: Vec<&RawValue> = self.parse(value, "an array")?;
            let is_of_losses = rows.first().map(|row| self.record(row)).transpose()?;
            if is_of_losses.is_some_and(|row| names_losses(&row)) && found.replace((&**key, *value)).is_some()
            {
                return Ok(None);
            }
        }
        Ok(found.filter(|_| !members.0.iter().any(|(key, _)| normalise(key).contains("loss"))))
    }

    /// The table of these rows, of which each has what stands once around them, but for a name.
    fn table_of(&self, members: &Members<'a>, key: &str, rows: &'a RawValue) -> Result<(Table, Layout)> {
        let mut table = Table::default();
        let is_fact = |name: &str| name != key && Field::named(name) != Some(Field::Run);
        let facts = members.0.iter().filter(|(name, value)| is_fact(name) && !is_array(value));
        let facts: Vec<_> = facts.filter_map(|(name, value)| Some((name.clone(), cell(value)?))).collect();
        self.add_rows(&mut table, &facts, rows)?;
        let mut layout = names::layout(self.path, table.headers());
        if layout.format == Format::Csv {
            layout.format = Format::Json;
        }
        layout.records = true;
        Ok((table, layout))
    }

    /// Refuses what nbar itself has written.
    fn refuse_own(&self, part: &RawValue, members: &Members<'_>) -> Result<()> {
        let schema = members.0.iter().find(|(key, _)| key == "schema").map(|(_, value)| value.get());
        let Some(schema) = schema.map(|text| text.trim_matches('"')).filter(|text| text.starts_with("nbar."))
        else {
            return Ok(());
        };
        if schema.starts_with("nbar.fit/") {
            let remedy =
                "name the table that it was fitted to; saved fits are for predictions and allocations";
            return Err(self.refuse(part, "the file is a saved fit, not a sweep".to_owned(), remedy));
        }
        let problem = format!("the file is an answer of nbar ({}), not a sweep", shown(schema));
        Err(self.refuse(part, problem, "name the table of runs"))
    }

    /// Refuses a single object that has nothing of a run.
    fn refuse_other_tools(&self, part: &RawValue, members: &Members<'_>) -> Result<()> {
        let keys: Vec<&str> = members.0.iter().map(|(key, _)| &**key).collect();
        let known = |key: &&str| {
            let field = Field::named(key);
            matches!(field, Some(Field::Loss | Field::Params | Field::Tokens | Field::Step))
                || key.contains("loss")
        };
        if wandb_history::is_export(keys.iter().copied()) || keys.iter().any(known) {
            return Ok(());
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
