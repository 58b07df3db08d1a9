//! The front door: what a file is, and its table.

use std::io::{BufRead, Read};

#[cfg(feature = "parquet")]
use super::format::parquet;
use super::format::{consoles, json, lightning, megatron, names, wandb_api, wandb_chart, wandb_runs};
use super::layout::Layout;
use super::records::{NO_HEADER, Records, header};
use super::row::check_width;
use super::source;
use super::table::Table;
use crate::Result;
use crate::error::Location;
use crate::run::Format;

/// A file as far as it was read to know what it is.
pub(super) enum Front<R> {
    /// All of it.
    Table(Table, Layout),
    /// A sweep table, the rows of which are still to be read.
    Rows(Vec<String>, Records<R>, Layout),
}

/// Whether a file begins with a word or a date in brackets, as no array of records does.
fn is_dated(head: &[u8]) -> bool {
    let Some(inside) = head.trim_ascii_start().strip_prefix(b"[") else { return false };
    let inside = inside.trim_ascii_start();
    let end = inside.iter().position(|byte| matches!(byte, b',' | b']')).unwrap_or(inside.len());
    let first = std::str::from_utf8(inside[..end].trim_ascii()).unwrap_or_default();
    let is_value = first.starts_with(['{', '[', '"']) || first.parse::<f64>().is_ok();
    !is_value && !["", "true", "false", "null"].contains(&first)
}

/// Sees what a file is.
pub(super) fn open<R: Read>(name: &str, reader: R) -> Result<Front<impl BufRead + use<R>>> {
    let source = source::detect(name, reader)?;
    let of_table = |(table, layout)| Front::Table(table, layout);
    #[cfg(feature = "parquet")]
    if source.parquet {
        return parquet::read(name, source.reader).map(of_table);
    }
    // Lines that begin with a date or a dictionary begin as JSON does.
    if megatron::is_log(&source.head) {
        return megatron::read(name, source.reader).map(of_table);
    }
    if let Some(tool) = consoles::of(&source.head) {
        return consoles::read(name, source.reader, tool).map(of_table);
    }
    if source.json && is_dated(&source.head) {
        let place = Location::in_file(name).line(1);
        return Err(place.refuse("the line begins a log of no known tool", NO_HEADER));
    }
    if source.json {
        return json::read(name, source.reader).map(of_table);
    }
    let mut records = Records::of(name, source);
    let headers = header(name, &mut records)?;
    if let Some(chart) = wandb_chart::Chart::of(&headers) {
        return chart.read(name, &mut records).map(of_table);
    }
    if wandb_api::is_table(&headers) {
        return wandb_api::read(name, &headers, &mut records).map(of_table);
    }
    // What these two write is CSV only; a table of runs may have the steps of a history.
    let runs = wandb_runs::layout(&headers);
    let mut layout = runs.unwrap_or_else(|| names::layout(name, &headers));
    if !layout.log {
        layout = lightning::layout(name, &headers).unwrap_or(layout);
    }
    if !layout.log {
        return Ok(Front::Rows(headers, records, layout));
    }
    let table = match layout.format {
        Format::WandbRuns => wandb_runs::gather(name, &headers, &mut records, &mut layout)?,
        Format::Lightning => {
            let table = gather(name, &headers, &mut records)?;
            if lightning::is_own(&headers, &table)? {
                let mut rows = lightning::FromOne::new(table.into_cursor(false), &headers);
                Table::gather(&headers, &mut rows, |_| Ok(()))?
            } else {
                layout = Layout::default();
                table
            }
        }
        _ => gather(name, &headers, &mut records)?,
    };
    Ok(Front::Table(table, layout))
}

/// The whole table of a file.
pub(super) fn table(name: &str, reader: impl Read) -> Result<(Table, Layout)> {
    match open(name, reader)? {
        Front::Table(table, layout) => Ok((table, layout)),
        Front::Rows(headers, mut records, layout) => Ok((gather(name, &headers, &mut records)?, layout)),
    }
}

/// All rows of a table.
pub(super) fn gather(name: &str, headers: &[String], records: &mut Records<impl BufRead>) -> Result<Table> {
    Table::gather(headers, records, |row| check_width(name, row, headers.len()))
}
