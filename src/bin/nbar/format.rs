//! How results are printed.

use clap::ValueEnum;
use comfy_table::{CellAlignment, Table, presets};
pub(crate) use nbar::units::format_number as digits;

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

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn cells_with_commas_quotes_and_line_breaks_survive_csv() {
        let mut rows = Rows::new(&["run", "loss"]);
        rows.push(vec!["a, \"b\"\nc".to_owned(), "2.5".to_owned()]);
        assert_eq!(rows.csv(), "run,loss\n\"a, \"\"b\"\"\nc\",2.5\n");
    }
}
