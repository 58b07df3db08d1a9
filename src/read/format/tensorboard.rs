//! Scalars exported from TensorBoard: CSV with the columns `Wall time,Step,Value`, or JSON `[[wall time, step, value], …]`.

use serde_json::value::RawValue;

use super::super::cells::shown;
use super::super::fields::Field;
use super::super::layout::{Layout, Naming};
use super::super::measure::against;
use super::super::table::Table;
use super::super::text::run_name;
use super::documents::Text;
use crate::Result;
use crate::run::Format;

const HEADERS: [&str; 3] = ["Wall time", "Step", "Value"];

pub(super) fn layout(path: &str, headers: &[String]) -> Option<Layout> {
    if headers != HEADERS {
        return None;
    }
    let (run, tag) = named(path);
    let axis = tag.as_deref().and_then(against).map_or(Field::Step, |(_, axis)| axis);
    Some(Layout {
        format: Format::TensorBoard,
        log: true,
        naming: Naming::File(run),
        preferred: vec![(axis, 1), (Field::Loss, 2)],
        tag,
        notes: vec![
            "TensorBoard down-samples: by default 1,000 points of a curve are kept, at random, its last among them"
                .to_owned(),
        ],
        ..Layout::default()
    })
}

/// The table of a JSON array of `[wall time, step, value]`.
pub(super) fn read(path: &str, text: &Text<'_>, points: &[&RawValue]) -> Result<(Table, Layout)> {
    let mut table = Table::default();
    let columns = HEADERS.map(|header| table.column(header));
    for point in points {
        let numbers: Vec<&RawValue> = text.parse(point, "a point [wall time, step, value]")?;
        if numbers.len() != 3 {
            return Err(text.refuse(
                point,
                format!("a point of {} numbers", numbers.len()),
                "TensorBoard writes [wall time, step, value]",
            ));
        }
        let wall_time = super::documents::cell(numbers[0]).unwrap_or_default();
        if !is_time(&wall_time) {
            let problem = format!(
                "'{}' is no wall time of [wall time, step, value], as TensorBoard writes it",
                shown(&wall_time)
            );
            let remedy = "give records with names: {\"params\": 7e7, \"tokens\": 1.4e9, \"loss\": 3.99}";
            return Err(text.refuse(point, problem, remedy));
        }
        for (column, number) in columns.into_iter().zip(numbers) {
            if let Some(cell) = super::documents::cell(number) {
                table.set(column, &cell);
            }
        }
        table.end_row(text.line(point));
    }
    let mut layout = layout(path, table.headers()).unwrap_or_default();
    layout.records = true;
    Ok((table, layout))
}

/// Whether a cell may be a wall time: seconds since 1970, or since a training began. Counts of parameters are mostly between or above.
fn is_time(cell: &str) -> bool {
    const MONTH: f64 = 3e6;
    const SINCE_1970: std::ops::Range<f64> = 1e9..1e10;
    cell.parse::<f64>().is_ok_and(|seconds| seconds.abs() < MONTH || SINCE_1970.contains(&seconds))
}

/// The names of the run and of its scalar: TensorBoard calls its files `run-NAME-tag-TAG.csv`.
fn named(path: &str) -> (String, Option<String>) {
    let name = run_name(path);
    let both = name.strip_prefix("run-").and_then(|rest| rest.rsplit_once("-tag-"));
    match both {
        // A browser calls a second file `… (1)`.
        Some((run, tag)) => {
            let tag = tag.split_once(" (").map_or(tag, |(tag, _)| tag);
            (run.to_owned(), Some(tag.to_owned()))
        }
        None => (name, None),
    }
}
