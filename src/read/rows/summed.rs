//! Rows below a table that sum up the others: spreadsheets and statistics packages put them there.

use super::super::cells::shown;
use super::super::fields::{Field, normalise};
use super::super::repeats::tells_seeds;
use super::super::row::Rows;
use super::super::text::in_filter;
use super::Assembler;
use crate::Result;

/// What such rows are called, as [`normalise`] writes it.
const NAMES: [&str; 28] = [
    "allruns",
    "mean±std",
    "mean±sd",
    "summary",
    "Σ",
    "σ",
    "∑",
    "mittelwert",
    "durchschnitt",
    "summe",
    "gesamt",
    "moyenne",
    "average",
    "averages",
    "avg",
    "mean",
    "means",
    "median",
    "total",
    "totals",
    "grandtotal",
    "subtotal",
    "sum",
    "overall",
    "std",
    "stdev",
    "stddev",
    "stderr",
];

/// What pandas puts before rows that describe a table, besides.
const STATISTICS: [&str; 6] = ["count", "min", "25%", "50%", "75%", "max"];

/// Whether a row of this name sums up others.
pub(in crate::read) fn is_summary(name: &str) -> bool {
    // As `Mean (n=12)`; so pandas calls the margins of a pivot table, and `all` may be a run.
    let name = name.split('(').next().unwrap_or_default().trim_end_matches([':', ' ']);
    name.trim() == "All" || NAMES.contains(&normalise(name).as_str())
}

impl Assembler {
    /// Refuses a row whose name, or whose cell in an index, says that it sums up other rows: it is no run.
    pub(super) fn refuse_summary(&self, row: &impl Rows) -> Result<()> {
        if self.log {
            return Ok(());
        }
        let is_index = |index: &usize| {
            ["", "index", "unnamed:0"].contains(&&*normalise(&self.columns.headers()[*index]))
        };
        let seeds =
            (0..self.columns.headers().len()).find(|index| tells_seeds(&self.columns.headers()[*index]));
        let named =
            self.columns.index(Field::Run).into_iter().chain(seeds).chain([0].into_iter().filter(is_index));
        let is_summary = |index: &usize| {
            let name = row.cell(*index);
            is_summary(name) || (is_index(index) && STATISTICS.contains(&name.trim()))
        };
        let Some(index) = named.into_iter().find(is_summary) else { return Ok(()) };
        let (header, cell) = (&self.columns.headers()[index], shown(row.cell(index)));
        let remedy = match header.trim() {
            "" => "remove the row, or, if it is a run, name it otherwise".to_owned(),
            header => {
                let (header, cell) = (in_filter(header), in_filter(&cell));
                format!("leave it out (`filter: {header}!={cell}`), or, if it is a run, name it otherwise")
            }
        };
        let problem = format!("'{cell}' is what a row is called that sums up others");
        Err(self.place(row).column(header).refuse(problem, remedy))
    }
}
