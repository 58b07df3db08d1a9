//! The table that the example of W&B's API makes of a project: `summary`, `config` and `name`, the first two of which hold
//! Python dictionaries. Each row becomes the JSON of a run.

use std::io::BufRead;

use super::super::cells::shown;
use super::super::layout::Layout;
use super::super::records::Records;
use super::super::row::{Rows, check_width};
use super::super::table::Table;
use super::json;
use crate::Result;
use crate::error::Location;
use crate::run::Format;
use crate::units::json_of_python;

const DICTIONARIES: [&str; 2] = ["summary", "config"];

/// Whether a table with this header is one.
pub(in crate::read) fn is_table(headers: &[String]) -> bool {
    DICTIONARIES.iter().all(|name| headers.iter().any(|header| header == name))
}

pub(in crate::read) fn read(
    path: &str,
    headers: &[String],
    records: &mut Records<impl BufRead>,
) -> Result<(Table, Layout)> {
    let (mut text, mut line) = (String::new(), 1);
    while records.advance()? {
        check_width(path, records, headers.len())?;
        // Each run stays on its line.
        let breaks = records.line().saturating_sub(line) as usize;
        text.extend(std::iter::repeat_n('\n', breaks));
        line += breaks as u64;
        let mut members = Vec::new();
        for (index, header) in headers.iter().enumerate() {
            let cell = records.cell(index);
            let value = if DICTIONARIES.contains(&header.as_str()) {
                let written = if cell.is_empty() { "{}" } else { cell };
                json_of_python(written).filter(|json| json.starts_with('{')).ok_or_else(|| {
                    let problem = format!("'{}' is not a Python dictionary", shown(cell));
                    let remedy =
                        "write a JSON object a run: {\"name\": ..., \"config\": {...}, \"summary\": {...}}";
                    Location::in_file(path).line(records.line()).column(header).refuse(problem, remedy)
                })?
            } else if header.is_empty() || cell.is_empty() {
                continue;
            } else {
                serde_json::Value::from(cell).to_string()
            };
            members.push(format!("{}:{value}", serde_json::Value::from(header.as_str())));
        }
        text.push_str(&format!("{{{}}}", members.join(",")));
    }
    let (table, mut layout) = json::read(path, text.as_bytes())?;
    if layout.format == Format::WandbHistory {
        layout.format = Format::WandbApi;
    }
    Ok((table, layout))
}
