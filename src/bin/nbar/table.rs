//! Tables of named quantities: for people as text or Markdown, in full precision as CSV.

use std::borrow::Cow;

use clap::ValueEnum;
use comfy_table::{CellAlignment, TableStyle, presets};
use nbar::answer::Bill;
use nbar::bootstrap::Estimate;
use nbar::report::csv_cell;
use nbar::units::format_quantity;

use crate::escape;
use crate::format::{digits, percent};

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
    /// A LaTeX table
    #[value(skip)]
    Latex,
}

/// The switch for LaTeX.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct LatexArgs {
    /// A LaTeX table with the rules of booktabs, in place of --format
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    latex: bool,
}

impl LatexArgs {
    /// The form of the output.
    pub(crate) fn or(self, format: Format) -> Format {
        if self.latex { Format::Latex } else { format }
    }
}

/// What stands in a table: for people, and in full.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    short: String,
    full: String,
}

/// Words, or a whole number.
pub(crate) fn text(value: impl ToString) -> Cell {
    shown(value.to_string(), value)
}

/// A count: people see so many digits and a unit, as in 7B.
pub(crate) fn count(value: f64, places: usize) -> Cell {
    shown(known(value, |value| format_quantity(value, places)), full(value))
}

/// Any other number: people see so many significant digits.
pub(crate) fn number(value: f64, places: usize) -> Cell {
    shown(known(value, |value| digits(value, places)), full(value))
}

fn known(value: f64, write: impl FnOnce(f64) -> String) -> String {
    if value.is_nan() { "-".to_owned() } else { write(value) }
}

/// What people see, and what a CSV holds.
pub(crate) fn shown(short: impl Into<String>, full: impl ToString) -> Cell {
    Cell { short: short.into(), full: full.to_string() }
}

/// A number in full precision; empty for what is not a number.
pub(crate) fn full(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

/// A row for each of some things, and columns that say of each what stands there. The first column is text, the others are numbers.
#[derive(Debug)]
pub(crate) struct Table<T> {
    of: Vec<T>,
    header: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

impl<T> Table<T> {
    /// A row for each of these, still without columns.
    pub(crate) fn of(of: impl IntoIterator<Item = T>) -> Self {
        let of: Vec<T> = of.into_iter().collect();
        Self { header: Vec::new(), rows: vec![Vec::new(); of.len()], of }
    }

    /// Whether any of the rows is so.
    pub(crate) fn any(&self, is: impl Fn(&T) -> bool) -> bool {
        self.of.iter().any(is)
    }

    /// Adds a column.
    pub(crate) fn column(self, name: &str, cell: impl Fn(&T) -> Cell) -> Self {
        self.headed(text(name), cell)
    }

    /// Adds a column, if there is one.
    pub(crate) fn column_if(self, there: bool, name: &str, cell: impl Fn(&T) -> Cell) -> Self {
        if there { self.column(name, cell) } else { self }
    }

    /// Adds a column that people know by another name.
    pub(crate) fn headed(mut self, header: Cell, cell: impl Fn(&T) -> Cell) -> Self {
        self.header.push(header);
        for (row, of) in self.rows.iter_mut().zip(&self.of) {
            row.push(cell(of));
        }
        self
    }

    fn aligned(&self, style: TableStyle, write: impl Fn(&Cell) -> String) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table.load_style(style).set_header(self.header.iter().map(&write));
        for row in &self.rows {
            table.add_row(row.iter().map(&write));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    /// In a form of the output, of which the document and the sentences are written by others.
    pub(crate) fn written(
        &self,
        form: Format,
        json: impl FnOnce() -> String,
        sentences: impl FnOnce() -> String,
    ) -> String {
        match form {
            Format::Json => json() + "\n",
            Format::Text => sentences(),
            Format::Csv => self.csv(),
            Format::Md => self.markdown(),
            Format::Latex => self.latex(),
        }
    }

    /// As aligned text.
    pub(crate) fn text(&self) -> String {
        let table = self.aligned(presets::NOTHING, |cell| escape::line(&cell.short).into_owned());
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        format!("{}\n", self.aligned(presets::ASCII_MARKDOWN, |cell| escape::markdown(&cell.short)))
    }

    /// As a LaTeX table with the rules of booktabs.
    pub(crate) fn latex(&self) -> String {
        let row = |cells: &Vec<Cell>| {
            let cells: Vec<String> = cells.iter().map(|cell| escape::latex(&cell.short)).collect();
            format!("{} \\\\\n", cells.join(" & "))
        };
        let columns = "r".repeat(self.header.len().saturating_sub(1));
        let rows: String = self.rows.iter().map(row).collect();
        format!(
            "\\begin{{tabular}}{{l{columns}}}\n\\toprule\n{}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n",
            row(&self.header)
        )
    }

    /// As CSV.
    pub(crate) fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        for row in std::iter::once(&self.header).chain(&self.rows) {
            out.write_record(row.iter().map(|cell| csv_cell(&cell.full).into_owned()))
                .expect("memory takes every record");
        }
        let bytes = out.into_inner().expect("memory takes every record");
        String::from_utf8(bytes).expect("texts joined by ASCII are UTF-8")
    }
}

/// A quantity by its name in documents; what people call it, and how it is written, follows.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: Estimate,
    /// Whether it was no question.
    pub(crate) given: bool,
}

/// Quantities, and what they cost.
pub(crate) fn named(all: &[(&'static str, Estimate)], bill: Bill) -> Vec<Named> {
    let priced = [("gpu_hours", bill.gpu_hours), ("cost", bill.cost)];
    let priced = priced.into_iter().filter_map(|(name, value)| Some((name, value?)));
    all.iter()
        .copied()
        .chain(priced)
        .map(|(name, value)| Named { name: name.into(), value, given: false })
        .collect()
}

impl Named {
    fn label(&self) -> &str {
        match &*self.name {
            "initial_params" => "initial parameters",
            "average_params" => "average parameters",
            "final_params" => "final parameters",
            "tokens_per_param" => "tokens per parameter",
            "loss" => "loss, nats a token",
            "flops" => "training FLOPs",
            "serving_flops" => "serving FLOPs",
            "total_flops" => "both together",
            "gpu_hours" => "GPU-hours",
            name => name,
        }
    }

    fn is_count(&self) -> bool {
        !matches!(&*self.name, "loss" | "sparsity" | "tokens_per_param")
            && !["loss_at_", "excess_", "near_"].iter().any(|start| self.name.starts_with(start))
    }

    /// A value of this quantity.
    pub(crate) fn cell(&self, value: f64) -> Cell {
        if self.is_count() { count(value, 4) } else { number(value, 4) }
    }

    fn interval(&self) -> String {
        if self.given { "given".to_owned() } else { self.between(self.value.interval) }
    }

    /// The interval if the law holds; nothing where that is no other.
    fn if_law_holds(&self) -> String {
        let ends = self.value.interval_if_law_holds.filter(|_| !self.given);
        ends.map(|ends| self.between(ends)).unwrap_or_default()
    }

    fn between(&self, ends: [f64; 2]) -> String {
        if self.is_count() {
            between(ends, |v| format_quantity(v, 3))
        } else {
            between(ends, |v| digits(v, 4))
        }
    }
}

/// The heading of intervals of a level.
pub(crate) fn interval(level: f64) -> String {
    format!("{} interval", percent(level))
}

/// The heading of an end of intervals of a level; in a CSV, and without a level, its name alone.
pub(crate) fn end(name: &str, level: f64) -> Cell {
    if level.is_nan() { text(name) } else { shown(format!("{name} ({})", percent(level)), name) }
}

/// An interval, which may have no end; or lie where nothing reaches.
pub(crate) fn between(ends: [f64; 2], write: impl Fn(f64) -> String) -> String {
    match ends {
        [f64::INFINITY, _] => "not reached".to_owned(),
        [f64::NEG_INFINITY, f64::INFINITY] => "no ends".to_owned(),
        [f64::NEG_INFINITY, upper] => format!("no end to {}", write(upper)),
        [lower, f64::INFINITY] => format!("{} to no end", write(lower)),
        [lower, upper] => format!("{} to {}", write(lower), write(upper)),
    }
}

/// Quantities by their names.
pub(crate) fn by_name(all: Vec<Named>, level: f64) -> Table<Named> {
    let table = Table::of(all)
        .column("quantity", |q| text(&q.name))
        .column("estimate", |q| q.cell(q.value.estimate))
        .column("std_error", |q| q.cell(q.value.std_error))
        .headed(end("lower", level), |q| q.cell(q.value.interval[0]))
        .headed(end("upper", level), |q| q.cell(q.value.interval[1]));
    let bent = table.any(|q| q.value.interval_if_law_holds.is_some());
    let at =
        |i: usize| move |q: &Named| q.cell(q.value.interval_if_law_holds.map_or(f64::NAN, |ends| ends[i]));
    table.column_if(bent, "lower_if_law_holds", at(0)).column_if(bent, "upper_if_law_holds", at(1))
}

/// Quantities as people call them, with their intervals if these have a level. Where N̄ is the only size, it is that of a dense run.
pub(crate) fn by_label(all: Vec<Named>, level: f64) -> String {
    let dense = !all.iter().any(|q| q.name == "initial_params");
    let label = |q: &Named| match &*q.name {
        "average_params" if dense => "parameters".to_owned(),
        _ => q.label().to_owned(),
    };
    let table = Table::of(all)
        .column("", |q| text(label(q)))
        .column("estimate", |q| q.cell(q.value.estimate))
        .column_if(!level.is_nan(), &interval(level), |q| text(q.interval()));
    let bent = table.any(|q| !q.if_law_holds().is_empty());
    table.column_if(bent, "if the law holds", |q| text(q.if_law_holds())).text()
}

#[cfg(test)]
mod tests {
    use super::{Table, number, text};

    #[test]
    fn cells_with_commas_quotes_and_line_breaks_survive_csv() {
        let table = Table::of([2.5, f64::NAN]).column("run", |_| text("a, \"b\"\nc"));
        let table = table.column("loss", |loss| number(*loss, 3));
        assert_eq!(table.csv(), "run,loss\n\"a, \"\"b\"\"\nc\",2.5\n\"a, \"\"b\"\"\nc\",\n");
    }
}
