//! The table of runs that the W&B site exports: `Name`, `State`, `Created`, … and columns of configs and summaries, as
//! `model.n_params` and `val/loss`. Each row is a run, whose name others may have too.

use std::collections::HashMap;
use std::io::BufRead;

use super::super::fields::{Field, normalise};
use super::super::layout::Layout;
use super::super::records::Records;
use super::super::row::{Rows, check_width};
use super::super::table::Table;
use crate::Result;
use crate::run::Format;

/// What the site knows of every run.
const OWN: [&str; 9] =
    ["State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep", "Relative Time (Process)", "Updated"];

/// What a config or a summary may tell, wherever it stands in it.
const NESTED: [Field; 12] = [
    Field::Params,
    Field::FixedParams,
    Field::Tokens,
    Field::Step,
    Field::TokensPerStep,
    Field::SequenceLength,
    Field::BatchSize,
    Field::UniqueTokens,
    Field::LrSchedule,
    Field::LrFloor,
    Field::LrWarmup,
    Field::Loss,
];

pub(in crate::read) fn layout(headers: &[String]) -> Option<Layout> {
    let position = |name: &str| headers.iter().position(|header| header == name);
    let name = position("Name")?;
    if OWN.iter().filter(|own| position(own).is_some()).count() < 2 {
        return None;
    }
    let mut layout = Layout { format: Format::WandbRuns, log: true, ..Layout::default() };
    layout.preferred.push((Field::Run, position("ID").unwrap_or(name)));
    for field in NESTED {
        let whole = headers.iter().filter(|header| Field::named(header) == Some(field));
        if whole.count() > 0 {
            continue;
        }
        let found: Vec<usize> = (0..headers.len()).filter(|&index| is_part(&headers[index], field)).collect();
        match found[..] {
            [] => {}
            [only] => layout.preferred.push((field, only)),
            _ => {
                let names: Vec<&str> = found.iter().map(|&index| headers[index].as_str()).collect();
                let (names, field) = (names.join(", "), field.name());
                layout
                    .notes
                    .push(format!("{names} could all be {field}; choose with `columns: {field}=NAME`"));
            }
        }
    }
    Some(layout)
}

/// Whether the last part of a name is the field's; a loss must say of what.
fn is_part(header: &str, field: Field) -> bool {
    let Some((_, last)) = header.rsplit_once(['.', '/']) else { return false };
    Field::named(last) == Some(field)
        && (field != Field::Loss || field.info().is_alias(&normalise(last)))
        && !(header.contains("optim") && field == Field::Params)
}

/// The rows, each a run: names that several have are told apart by their lines.
pub(in crate::read) fn gather(
    path: &str,
    headers: &[String],
    records: &mut Records<impl BufRead>,
    layout: &mut Layout,
) -> Result<Table> {
    let name = layout.preferred.iter().find(|(field, _)| *field == Field::Run).map(|&(_, index)| index);
    let mut table = Table::default();
    let columns: Vec<usize> = headers.iter().map(|header| table.column(header)).collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut again = 0;
    while records.advance()? {
        check_width(path, records, headers.len())?;
        for (index, &column) in columns.iter().enumerate() {
            let cell = records.cell(index);
            if Some(index) != name {
                table.set(column, cell);
                continue;
            }
            let count = seen.entry(cell.to_owned()).or_default();
            *count += 1;
            if *count == 1 {
                table.set(column, cell);
            } else {
                again += 1;
                table.set(column, &format!("{cell} (line {})", records.line()));
            }
        }
        table.end_row(records.line());
    }
    if again > 0 {
        layout.notes.push(format!(
            "each row is a run; the names of {again} stand on a row before too, and are told apart by their lines"
        ));
    }
    Ok(table)
}
