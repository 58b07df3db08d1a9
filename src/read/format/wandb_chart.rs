//! Charts exported from Weights & Biases: the axis, then columns `RUN - METRIC`, `RUN - METRIC__MIN` and `…__MAX`.

use std::collections::HashMap;
use std::io::BufRead;

use super::super::fields::normalise;
use super::super::layout::Layout;
use super::super::records::Records;
use super::super::row::{Rows, check_width};
use super::super::table::Table;
use crate::Result;
use crate::run::Format;

/// A column of values, with the bounds of what it stands for.
#[derive(Debug)]
struct Series {
    metric: String,
    value: usize,
    bounds: [Option<usize>; 2],
}

/// The header of a chart.
#[derive(Debug)]
pub(in crate::read) struct Chart {
    axis: String,
    width: usize,
    runs: Vec<(String, Vec<Series>)>,
}

impl Chart {
    /// The chart that has this header, if it is one.
    pub(in crate::read) fn of(headers: &[String]) -> Option<Self> {
        let (axis, columns) = headers.split_first().filter(|(_, columns)| !columns.is_empty())?;
        let mut chart = Self { axis: axis.clone(), width: headers.len(), runs: Vec::new() };
        let mut by_run: HashMap<&str, usize> = HashMap::new();
        let positions: HashMap<&str, usize> =
            headers.iter().enumerate().map(|(i, h)| (h.as_str(), i)).collect();
        for (index, header) in columns.iter().enumerate() {
            let (run, metric) = header.rsplit_once(" - ")?;
            if metric.ends_with("__MIN") || metric.ends_with("__MAX") {
                continue;
            }
            // The counter of steps goes beside the metric, and says what the axis says.
            if metric == "_step" && normalise(axis) == "step" {
                continue;
            }
            let position = *by_run.entry(run).or_insert_with(|| {
                chart.runs.push((run.to_owned(), Vec::new()));
                chart.runs.len() - 1
            });
            let bounds = ["__MIN", "__MAX"].map(|end| positions.get(&*format!("{header}{end}")).copied());
            chart.runs[position].1.push(Series { metric: metric.to_owned(), value: index + 1, bounds });
        }
        (!chart.runs.is_empty()).then_some(chart)
    }

    /// The table with a row for each run and point.
    pub(in crate::read) fn read(
        &self,
        path: &str,
        records: &mut Records<impl BufRead>,
    ) -> Result<(Table, Layout)> {
        let mut table = Table::default();
        let (run_column, axis) = (table.column("run"), table.column(&self.axis));
        let mut bucketed = false;
        while records.advance()? {
            check_width(path, records, self.width)?;
            for (run, series) in &self.runs {
                if series.iter().all(|series| records.cell(series.value).is_empty()) {
                    continue;
                }
                table.set(run_column, run);
                table.set(axis, records.cell(0));
                for Series { metric, value, bounds } in series {
                    let cell = records.cell(*value);
                    let column = table.column(metric);
                    table.set(column, cell);
                    bucketed |=
                        bounds.iter().flatten().any(|bound| ![cell, ""].contains(&records.cell(*bound)));
                }
                table.end_row(records.line());
            }
        }
        let mut notes = Vec::new();
        if bucketed {
            notes.push(
                "the chart's points are means of several steps (their __MIN and __MAX differ); the history has them all"
                    .to_owned(),
            );
        }
        Ok((table, Layout { format: Format::WandbChart, log: true, notes, ..Layout::default() }))
    }
}
