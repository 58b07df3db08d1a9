//! Tables as data frames write them to one object of JSON: by column, by row, or split into names and rows.

use serde_json::value::RawValue;

use super::super::fields::{Field, normalise};
use super::super::table::Table;
use super::documents::{Members, Text, cell, is_array};
use crate::Result;

/// Cells by their columns, row by row.
struct Frame<'a> {
    columns: Vec<String>,
    /// The name of each row, and its cells.
    rows: Vec<(String, Vec<&'a RawValue>)>,
}

/// The table that one object holds; none where it is no data frame.
pub(super) fn read<'a>(text: &Text<'a>, members: &Members<'a>) -> Result<Option<Table>> {
    let Some(frame) = frame(text, members)? else { return Ok(None) };
    let mut table = Table::default();
    // Rows that are only numbered have no names.
    let is_numbered = frame.rows.iter().all(|(name, _)| name.parse::<u64>().is_ok());
    // A `model` may be what several rows have in common.
    let names_runs = |column: &String| {
        let name = normalise(column);
        name == Field::Run.name() || Field::Run.info().is_alias(&name)
    };
    let has_runs = frame.columns.iter().any(names_runs);
    for (name, cells) in &frame.rows {
        if !is_numbered && !has_runs {
            let column = table.column(Field::Run.name());
            table.set(column, name);
        }
        for (header, value) in frame.columns.iter().zip(cells) {
            let column = table.column(header);
            table.set(column, &cell(value).unwrap_or_default());
        }
        table.end_row(cells.first().map_or(1, |value| text.line(value)));
    }
    Ok(Some(table))
}

fn frame<'a>(text: &Text<'a>, members: &Members<'a>) -> Result<Option<Frame<'a>>> {
    let member = |name| members.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
    if let (Some(columns), Some(data)) = (member("columns"), member("data"))
        && is_array(columns)
        && is_array(data)
    {
        return split(text, columns, member("index"), data).map(Some);
    }
    if members.0.iter().all(|(_, value)| is_array(value)) && names_losses(members) {
        return lists(text, members).map(Some);
    }
    if !members.0.iter().all(|(_, value)| value.get().starts_with('{')) {
        return Ok(None);
    }
    let parts: Vec<Members<'a>> =
        members.0.iter().map(|(_, part)| text.record(part)).collect::<Result<_>>()?;
    let Some(first) = parts.first() else { return Ok(None) };
    let names: Vec<String> = first.0.iter().map(|(key, _)| key.to_string()).collect();
    let is_alike =
        |part: &Members<'_>| part.0.iter().map(|(key, _)| &**key).eq(names.iter().map(String::as_str));
    if !parts.iter().all(is_alike) {
        return Ok(None);
    }
    let outer: Vec<String> = members.0.iter().map(|(key, _)| key.to_string()).collect();
    let cells = |part: &Members<'a>| part.0.iter().map(|(_, value)| *value).collect::<Vec<_>>();
    if names_losses(first) {
        let rows = outer.into_iter().zip(parts.iter().map(cells)).collect();
        return Ok(Some(Frame { columns: names, rows }));
    }
    if names_losses(members) {
        let row = |row: usize| parts.iter().map(|part| part.0[row].1).collect();
        let rows = names.into_iter().enumerate().map(|(index, name)| (name, row(index))).collect();
        return Ok(Some(Frame { columns: outer, rows }));
    }
    Ok(None)
}

/// Names of columns, and rows without them.
fn split<'a>(
    text: &Text<'a>,
    columns: &'a RawValue,
    index: Option<&'a RawValue>,
    data: &'a RawValue,
) -> Result<Frame<'a>> {
    let columns = text.parse::<Vec<&RawValue>>(columns, "an array of names")?;
    let columns =
        columns.into_iter().map(|name| cell(name).unwrap_or_default().into_owned()).collect::<Vec<_>>();
    let names = index.map(|index| text.parse::<Vec<&RawValue>>(index, "an array of names")).transpose()?;
    let mut rows = Vec::new();
    for (number, row) in text.parse::<Vec<&'a RawValue>>(data, "an array of rows")?.into_iter().enumerate() {
        let cells: Vec<&RawValue> = text.parse(row, "an array of cells")?;
        if cells.len() != columns.len() {
            let problem = format!("a row of {} cells where 'columns' has {}", cells.len(), columns.len());
            return Err(text.refuse(row, problem, "give each column a cell, null where there is none"));
        }
        let name = names.as_ref().and_then(|names| names.get(number)).and_then(|name| cell(name));
        rows.push((name.map_or_else(|| number.to_string(), |name| name.into_owned()), cells));
    }
    Ok(Frame { columns, rows })
}

/// Arrays of one length, one a column.
fn lists<'a>(text: &Text<'a>, members: &Members<'a>) -> Result<Frame<'a>> {
    let (mut columns, mut cells): (Vec<String>, Vec<Vec<&RawValue>>) = (Vec::new(), Vec::new());
    for (key, value) in &members.0 {
        let column: Vec<&RawValue> = text.parse(value, "an array of cells")?;
        if let Some(first) = cells.first().filter(|first| first.len() != column.len()) {
            let problem =
                format!("'{key}' has {} cells where '{}' has {}", column.len(), columns[0], first.len());
            return Err(text.refuse(
                value,
                problem,
                "give each row a cell in every column, null where there is none",
            ));
        }
        columns.push(key.to_string());
        cells.push(column);
    }
    let row = |row: usize| (row.to_string(), cells.iter().map(|column| column[row]).collect());
    let rows = (0..cells.first().map_or(0, Vec::len)).map(row).collect();
    Ok(Frame { columns, rows })
}

/// Whether a key names a loss, or one beside a size of a network.
pub(super) fn names_losses(members: &Members<'_>) -> bool {
    let named = |field| members.0.iter().any(|(key, _)| Field::named(key) == Some(field));
    // Names may be nested: `{"metrics": {"val": {"loss": 3.2}}}`.
    let is_inside = |value: &RawValue| {
        value.get().starts_with('{') && value.get().to_ascii_lowercase().contains("loss\":")
    };
    let loss = members.0.iter().any(|(key, value)| normalise(key).contains("loss") || is_inside(value));
    loss || named(Field::Loss) || (named(Field::Params) && named(Field::Tokens))
}
