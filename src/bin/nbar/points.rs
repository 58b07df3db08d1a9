//! Tables of runs whose loss is to be predicted.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::StringRecord;
use nbar::predict::NewRun;
use nbar::schedule::ScheduleFields;
use nbar::{Error, Extent, Network, Result, Schedule, Trajectory};

use crate::args::{quantity, share};
use crate::talk;

/// Columns that are read; the first two must be there.
const COLUMNS: [&str; 14] = [
    "params",
    "tokens",
    "run",
    "steps",
    "fixed_params",
    "unique_tokens",
    "schedule",
    "final_sparsity",
    "initial_sparsity",
    "prune_start",
    "prune_end",
    "prune_unit",
    "prune_every",
    "prune_power",
];

/// A run that has not been trained.
#[derive(Debug)]
pub(crate) struct Point {
    /// Its name, where the table gives one.
    pub(crate) run: Option<String>,
    /// Its line in the table.
    pub(crate) line: u64,
    pub(crate) trajectory: Trajectory,
    pub(crate) unique_tokens: Option<f64>,
}

impl Point {
    /// What is to be predicted.
    pub(crate) fn new_run(&self) -> Result<NewRun> {
        let run = NewRun::new(self.trajectory.clone());
        let run = match &self.run {
            Some(name) => run.with_name(name),
            None => run,
        };
        self.unique_tokens.into_iter().try_fold(run, NewRun::with_unique_tokens)
    }
}

/// Reads a table of points; `-` is stdin.
pub(crate) fn read(path: &Path) -> Result<Vec<Point>> {
    let stdin = path.as_os_str() == "-";
    let name = if stdin { "<stdin>".to_owned() } else { path.display().to_string() };
    let refuse = |source| Error::Read { path: name.clone(), source };
    let mut text = Vec::new();
    let read = if stdin {
        std::io::stdin().lock().read_to_end(&mut text)
    } else {
        File::open(path).and_then(|mut file| file.read_to_end(&mut text))
    };
    read.map_err(refuse)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_slice());
    let malformed = |e: &csv::Error| Error::MalformedTable {
        path: name.clone(),
        line: e.position().map_or(1, csv::Position::line),
        problem: match e.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{len} cells where the header has {expected_len}")
            }
            _ => e.to_string(),
        },
        remedy: "fill or remove cells; quote those that hold a comma",
    };
    let header = reader.headers().map_err(|e| malformed(&e))?.clone();
    let table = Table::new(&name, &header)?;
    let mut points = Vec::new();
    for record in reader.records() {
        points.push(table.point(&record.map_err(|e| malformed(&e))?)?);
    }
    if points.is_empty() {
        return Err(Error::MalformedTable {
            path: name,
            line: 1,
            problem: "no row follows the header".to_owned(),
            remedy: "a table of points has a header (params, tokens, ...) and a row for each point",
        });
    }
    Ok(points)
}

/// The header of a table of points.
#[derive(Debug)]
struct Table<'a> {
    path: &'a str,
    columns: [Option<usize>; COLUMNS.len()],
}

impl<'a> Table<'a> {
    fn new(path: &'a str, header: &StringRecord) -> Result<Self> {
        let place = |name: &str| header.iter().position(|h| h.trim_start_matches('\u{feff}') == name);
        for needed in &COLUMNS[..2] {
            if place(needed).is_none() {
                return Err(Error::MissingColumn {
                    path: path.to_owned(),
                    column: (*needed).to_owned(),
                    found: header.iter().collect::<Vec<_>>().join(", "),
                    remedy: format!("name it {needed}"),
                });
            }
        }
        let unused: Vec<&str> =
            header.iter().filter(|h| !COLUMNS.contains(&h.trim_start_matches('\u{feff}'))).collect();
        if !unused.is_empty() {
            talk(format!("{path}: columns not used: {}", unused.join(", ")));
        }
        Ok(Self { path, columns: COLUMNS.map(place) })
    }

    /// The cell of a column, unless it is empty or not there.
    fn cell<'r>(&self, record: &'r StringRecord, column: &str) -> Option<&'r str> {
        let index = COLUMNS.iter().position(|c| *c == column).and_then(|c| self.columns[c])?;
        record.get(index).filter(|cell| !cell.is_empty())
    }

    fn number(
        &self,
        record: &StringRecord,
        column: &str,
        parse: fn(&str) -> Result<f64, String>,
        expected: &str,
    ) -> Result<Option<f64>> {
        let Some(cell) = self.cell(record, column) else { return Ok(None) };
        parse(cell).map(Some).map_err(|_| self.invalid(record, column, cell, expected))
    }

    fn positive(&self, record: &StringRecord, column: &str) -> Result<Option<f64>> {
        self.number(record, column, quantity, "a positive number; write 7000000000, 7e9, 7B, 300M or 1.4T")
    }

    fn needed(&self, record: &StringRecord, column: &str) -> Result<f64> {
        self.positive(record, column)?
            .ok_or_else(|| self.invalid(record, column, "", "a positive number; every point needs it"))
    }

    fn invalid(&self, record: &StringRecord, column: &str, value: &str, expected: &str) -> Error {
        Error::InvalidCell {
            path: self.path.to_owned(),
            line: line(record),
            column: column.to_owned(),
            value: value.to_owned(),
            expected: expected.to_owned(),
        }
    }

    fn point(&self, record: &StringRecord) -> Result<Point> {
        let plain = |column| self.number(record, column, share, "a number; write 0.25, 2500 or 20B");
        let text = |column| self.cell(record, column).map(str::to_owned);
        let (prunable, tokens) = (self.needed(record, "params")?, self.needed(record, "tokens")?);
        let network = Network { prunable, fixed: plain("fixed_params")?.unwrap_or(0.0) };
        let extent = Extent { tokens, steps: self.positive(record, "steps")? };
        let fields = ScheduleFields {
            schedule: text("schedule"),
            final_sparsity: plain("final_sparsity")?,
            initial_sparsity: plain("initial_sparsity")?,
            prune_start: plain("prune_start")?,
            prune_end: plain("prune_end")?,
            prune_unit: text("prune_unit"),
            prune_every: plain("prune_every")?,
            prune_power: plain("prune_power")?,
        };
        let run = text("run");
        let trajectory = Schedule::from_fields(&fields).and_then(|s| s.trajectory(network, extent));
        let trajectory = trajectory.map_err(|source| Error::InRun {
            path: self.path.to_owned(),
            line: line(record),
            run: run.clone().unwrap_or_else(|| "unnamed".to_owned()),
            source: Box::new(source),
        })?;
        let unique_tokens = self.positive(record, "unique_tokens")?;
        Ok(Point { run, line: line(record), trajectory, unique_tokens })
    }
}

fn line(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}
