//! How results are printed.

use clap::ValueEnum;
use comfy_table::{CellAlignment, Table, presets};

/// Form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// Comma-separated values, full precision
    Csv,
    /// A Markdown table
    Md,
}

/// A table, its first column text, the others numbers.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Rows {
    pub(crate) fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|h| (*h).to_owned()).collect(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    fn table(&self, style: comfy_table::TableStyle) -> Table {
        let mut table = Table::new();
        table.load_style(style).set_header(&self.header);
        for row in &self.rows {
            table.add_row(row);
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            if index > 0 {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// As aligned text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for line in self.table(presets::NOTHING).lines() {
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        let escape = |cells: &Vec<String>| cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let escaped = Self { header: escape(&self.header), rows: self.rows.iter().map(escape).collect() };
        format!("{}\n", escaped.table(presets::ASCII_MARKDOWN))
    }

    /// As CSV.
    pub(crate) fn csv(&self) -> String {
        let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in std::iter::once(&self.header).chain(&self.rows) {
            out.write_record(row).expect("memory takes every record");
        }
        let bytes = out.into_inner().expect("memory takes every record");
        String::from_utf8(bytes).expect("texts joined by ASCII are UTF-8")
    }
}

/// A number with this many significant digits, in positional notation where that is shorter.
pub(crate) fn digits(value: f64, count: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let rounded: f64 = format!("{value:.*e}", count - 1).parse().unwrap_or(value);
    let magnitude = rounded.abs().log10().floor() as i32;
    if (-4..7).contains(&magnitude) {
        format!("{rounded:.*}", (count as i32 - 1 - magnitude).max(0) as usize)
    } else {
        format!("{value:.*e}", count - 1)
    }
}

/// An interval, to the digits of its width.
pub(crate) fn range([lower, upper]: [f64; 2], count: usize) -> String {
    format!("{} to {}", digits(lower, count), digits(upper, count))
}

/// A whole number with commas.
pub(crate) fn thousands(value: usize) -> String {
    let text = value.to_string();
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i > 0 && (text.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A level as a percentage.
pub(crate) fn percent(level: f64) -> String {
    format!("{} %", digits(100.0 * level, 4).trim_end_matches('0').trim_end_matches('.'))
}
