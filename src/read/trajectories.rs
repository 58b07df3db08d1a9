//! Tables of logged parameter counts.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::cells::{Range, Refusal, number, share, shown};
use super::counted::{Share, find, has_counts};
use super::fields::normalise;
use super::held::Held;
use super::layers::Layers;
use super::layout::{Layout, Naming};
use super::options::ReadOptions;
use super::restart::{Pieces, Restarts, pieces};
use super::row::{Rows, is_blank};
use super::table::Table;
use super::text::run_name;
use super::{front, scale, source};
use crate::error::Location;
use crate::run::{Counted, TrajectoryLog};
use crate::schedule::Unit;
use crate::units::format_count;
use crate::{Error, Result};

/// Names of rows that sum up the layers.
const WHOLE: [&str; 8] = ["total", "all", "model", "overall", "sum", "network", "global", "average"];

impl TrajectoryLog {
    /// Reads a table from a file.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, or holds a cell that is no count; the message names file, line and
    /// column.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_path_with(path, &ReadOptions::default())
    }

    /// Reads a table from a file, its columns as `options` say.
    ///
    /// # Errors
    /// As [`from_reader_with`](Self::from_reader_with).
    pub fn from_path_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        Self::from_reader_with(&path.display().to_string(), source::open(path)?, options)
    }

    /// Reads a table from a text; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    #[allow(clippy::should_implement_trait)] // It takes a name besides the text.
    pub fn from_str(name: &str, text: &str) -> Result<Self> {
        Self::from_reader(name, text.as_bytes())
    }

    /// Reads a table from anything that can be read; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_reader(name: &str, reader: impl Read) -> Result<Self> {
        Self::from_reader_with(name, reader, &ReadOptions::default())
    }

    /// Reads a table whose columns for `tokens`, `step`, `run`, `params`, `nonzero`, `sparsity`, `density`, `layer` and
    /// `size` are those that [`ReadOptions::columns`] names, and whose commas mark what [`ReadOptions::commas`] says; other options are
    /// not read.
    ///
    /// Counts stand at their tokens, or at their steps where some have no tokens beside them. Rows of a `layer` each are summed at each position: counts, or sparsities by the `size` of each layer. A tool's
    /// export is read as [`Sweep::from_reader`](crate::Sweep::from_reader) reads it.
    ///
    /// ```
    /// use nbar::{ReadOptions, run::TrajectoryLog, schedule::{Interpolation, Length}};
    /// let table = "step,layer,zeros left,numel\n0,a,8,8\n0,b,2,2\n9,a,4,8\n9,b,1,2\n";
    /// let options = ReadOptions::default().with_column("nonzero", "zeros left");
    /// let log = TrajectoryLog::from_reader_with("log.csv", table.as_bytes(), &options)?;
    /// let run = log.resolved(None, None, &Length::new(None, Some(18.0), None), Interpolation::Held)?;
    /// assert_eq!(run.trajectory.average_params(), 7.5);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path), and for a column that is not there.
    pub fn from_reader_with(name: &str, reader: impl Read, options: &ReadOptions) -> Result<Self> {
        let (table, layout) = front::table(name, reader)?;
        Self::from_table(name, table, layout, options)
    }

    fn from_table(name: &str, mut table: Table, layout: Layout, options: &ReadOptions) -> Result<Self> {
        let columns = find(name, &table, &layout, &options.columns)?;
        let mut uses = None;
        if let Some(commas) = options.commas {
            let mut held = Held::gather(table.cursor())?;
            held.write_plainly(name, commas, table.headers(), |index| columns.holds(index))?;
            table = Table::gather(table.headers(), &mut held, |_| Ok(()))?;
            uses = held.uses();
        }
        let header = table.headers().to_vec();
        let units: Vec<f64> = header.iter().map(|header| scale::without_unit(header).1).collect();
        let whole = if layout.log { layout.naming } else { Naming::Column };
        let range = match columns.counted {
            Counted::Sparsity if columns.share == Share::Pruned => Range::Sparsity,
            Counted::Nonzero if columns.layer.is_some() => Range::NonNegative,
            _ => Range::Positive,
        };
        let mut log = Self {
            path: name.to_owned(),
            unit: if columns.in_steps { Unit::Step } else { Unit::Token },
            counted: columns.counted,
            rows: 0,
            names: Vec::new(),
            index: HashMap::new(),
            points: Vec::new(),
            sizes: Vec::new(),
            began: Vec::new(),
            of_file: options.run_name.clone().unwrap_or_else(|| run_name(name)),
            uses,
            notes: Vec::new(),
        };
        let mut layers: Vec<Layers> = Vec::new();
        // The first row of each run that is not in order.
        let mut unsorted: Vec<Option<(u64, Error)>> = Vec::new();
        let mut rows = table.into_cursor(layout.records);
        let mut current: usize = 0;
        while rows.advance()? {
            if is_blank(&rows) {
                continue;
            }
            // Other things are logged on other rows.
            if rows.cell(columns.count).is_empty() {
                continue;
            }
            let id = match (columns.run, &whole) {
                (Some(index), _) => rows.cell(index),
                (None, Naming::File(name)) => name,
                (None, _) => "",
            };
            if log.names.get(current).is_none_or(|name| name != id) {
                current = *log.index.entry(id.to_owned()).or_insert(log.names.len());
                if current == log.names.len() {
                    log.names.push(id.to_owned());
                    log.points.push(Vec::new());
                    log.began.push(columns.sparsity.and_then(|index| share(rows.cell(index))));
                    layers.push(Layers::default());
                    unsorted.push(None);
                }
            }
            let place =
                |index: usize| Location::in_file(&rows.place(name)).line(rows.line()).column(&header[index]);
            let cell = |index: usize, range| {
                let own = match rows.cell(index) {
                    times if columns.share == Share::Times && index == columns.count => {
                        times.trim_end_matches([' ', 'x', 'X', '×'])
                    }
                    own => own,
                };
                // Of densities too, all may be written as 100 %.
                let percent =
                    own.strip_suffix('%').filter(|_| columns.share == Share::Left && index == columns.count);
                let (text, unit) = percent.map_or((own, units[index]), |share| (share, 0.01));
                let text = scale::in_unit(text, unit);
                // A filter is of the sweep's rows.
                let of_log = |refusal: Refusal| match refusal.remedy.contains("`filter") {
                    true => Refusal { remedy: "mend it, or take the row out of the log".into(), ..refusal },
                    false => refusal,
                };
                number(&text, range, &header[index]).map_err(|refusal| of_log(refusal).at(place(index)))
            };
            if rows.cell(columns.position).is_empty() {
                let remedy = "write where it was counted, or take the row out of the log; of a tool's output make a table of step and count";
                return Err(place(columns.position).refuse("the cell is empty beside a count", remedy));
            }
            let position = cell(columns.position, Range::NonNegative)?;
            let mut count = cell(columns.count, range)?;
            if let Some((density, is_not, remedy)) = match columns.share {
                Share::Pruned => None,
                Share::Left => Some((count, "a density, at most 1", "write 0.2 for 20 %")),
                Share::Times => Some((
                    count.recip(),
                    "how many times the network is made smaller, at least 1",
                    "write 4 for a quarter of it; or add a column `sparsity`, the share that is pruned",
                )),
            } {
                if density > 1.0 {
                    let refusal = Refusal::of(rows.cell(columns.count), is_not, remedy);
                    return Err(refusal.at(place(columns.count)));
                }
                count = 1.0 - density;
            } else if columns.counted != Counted::Sparsity && count > 0.0 && count < 1.0 {
                let remedy = format!(
                    "write counts; or say that it is the share that is left: `columns=density={}`",
                    header[columns.count]
                );
                let refusal = Refusal::of(rows.cell(columns.count), "a count, at least 1", remedy);
                return Err(refusal.at(place(columns.count)));
            }
            log.rows += 1;
            if let Some(layer) = columns.layer {
                if WHOLE.contains(&&*normalise(rows.cell(layer))) {
                    let problem =
                        format!("'{}' is no layer: its row sums others up", shown(rows.cell(layer)));
                    return Err(place(layer).refuse(
                        problem,
                        "take such rows out of the log, or keep them alone, without this column",
                    ));
                }
                let size = columns.size.map(|index| cell(index, Range::Positive)).transpose()?;
                if !layers[current].add(position, rows.cell(layer), count, size) {
                    let problem =
                        format!("a second row of layer '{}' at {position}", shown(rows.cell(layer)));
                    return Err(place(layer).refuse(problem, "keep one row a layer at each position"));
                }
                continue;
            }
            let points = &mut log.points[current];
            let is_sorted = unsorted[current].is_none();
            if let Some(before) = points.last().filter(|before| is_sorted && before.0 >= position) {
                let is_not = format!("after {}, where the run's row before it stands", before.0);
                let remedy = "sort the rows, and keep one at each position; rows of a layer each need a column `layer`";
                let refusal = Refusal::of(rows.cell(columns.position), &is_not, remedy);
                unsorted[current] = Some((rows.line(), refusal.at(place(columns.position))));
            }
            points.push((position, count));
        }
        if log.rows == 0 {
            let remedy = "give a row for each count";
            return Err(Location::in_file(name).refuse("no row has a count", remedy));
        }
        for (run, unsorted) in unsorted.into_iter().enumerate() {
            let Some((line, error)) = unsorted else { continue };
            let left_out = leave_out_earlier(&mut log.points[run]).ok_or(error)?;
            let run = Some(&log.names[run]).filter(|run| !run.is_empty()).unwrap_or(&log.of_file);
            log.notes.push(format!(
                "{name}: the counts of run '{run}' restart from a checkpoint on line {line}: those logged before from there on ({}) are left out",
                format_count(left_out, "row")
            ));
        }
        log.sizes = vec![None; log.names.len()];
        if columns.layer.is_some() {
            for (run, layers) in layers.into_iter().enumerate() {
                (log.points[run], log.sizes[run]) = layers.sum(name, columns.counted)?;
            }
            if log.counted == Counted::Sparsity {
                log.counted = Counted::Nonzero;
            }
        }
        Ok(log)
    }
}

/// Leaves out what a run had logged before it restarted from a checkpoint, and says how many rows these are; none where its rows are in disorder.
fn leave_out_earlier(points: &mut Vec<(f64, f64)>) -> Option<usize> {
    let at: Vec<f64> = points.iter().map(|point| point.0).collect();
    let Pieces::Restarts(Restarts { kept, .. }) = pieces(&at, |_| true) else { return None };
    let left: Vec<_> = kept.into_iter().map(|row| points[row]).collect();
    let is_sorted = left.is_sorted_by(|a, b| a.0 < b.0);
    let count = points.len() - left.len();
    *points = left;
    is_sorted.then_some(count)
}

/// The log of a file that counts what is left; none of another file.
pub(super) fn counts(name: &str, reader: impl Read, options: &ReadOptions) -> Result<Option<TrajectoryLog>> {
    let (table, layout) = front::table(name, reader)?;
    has_counts(&table)?.then(|| TrajectoryLog::from_table(name, table, layout, options)).transpose()
}

#[cfg(test)]
mod tests {
    use super::super::commas::Commas;
    use super::*;

    #[test]
    fn commas_and_dots_mark_what_the_options_say() -> Result<()> {
        let read = |count: &str, commas| {
            let table = format!("run;tokens;nonzero\nr1.000;0,5;{count}\nr1.000;1,5;500\n");
            let options = ReadOptions::default().with_commas(commas);
            TrajectoryLog::from_reader_with("log.csv", table.as_bytes(), &options)
        };
        let log = read("1.000,0", Commas::Decimal)?;
        assert_eq!((&log.points[0][..], log.uses), (&[(0.5, 1000.0), (1.5, 500.0)][..], Some("commas")));
        assert_eq!(log.names, ["r1.000"]);
        assert_eq!(read("1.000", Commas::DecimalDotsThousands)?.points, log.points);
        let refused = read("1.000", Commas::Decimal).unwrap_err().to_string();
        assert!(refused.contains("log.csv, line 2, column 'nonzero': '1.000' may be 1000"), "{refused}");
        Ok(())
    }
}
