//! Tables of logged parameter counts: what really happened, which beats any schedule that was configured.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::cells::{Range, number, shown};
use super::fields::normalise;
use super::records::Records;
use super::source;
use super::table::Rows;
use crate::schedule::{BatchRamp, Interpolation, Network, Trajectory, Unit};
use crate::{Error, Result};

/// What a table counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counted {
    /// `params`: all parameters that are active, fixed ones included.
    Params,
    /// `nonzero`: those that are left of the prunable ones.
    Nonzero,
    /// `sparsity`: the share of the prunable ones that is gone.
    Sparsity,
}

/// Names of columns, normalised, that give a position or a count, in order of preference.
const POSITIONS: [(Unit, &[&str]); 2] = [
    (Unit::Token, &["tokens", "token", "tokensseen", "trainedtokens", "consumedtokens"]),
    (Unit::Step, &["step", "steps", "globalstep", "iteration"]),
];
const COUNTS: [(Counted, &[&str]); 3] = [
    (Counted::Params, &["params", "parameters", "activeparams"]),
    (Counted::Nonzero, &["nonzero", "nonzeros", "nnz", "nonzeroparams"]),
    (Counted::Sparsity, &["sparsity"]),
];

/// Logged counts of one run or several: a table with the columns `tokens` or `step`, one of `params`, `nonzero` and
/// `sparsity`, and, if it holds several runs, `run`.
///
/// ```
/// use nbar::run::{Counted, TrajectoryLog};
/// use nbar::schedule::{Interpolation, Network};
///
/// let log = TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\na,0,0\na,5B,0.5\nb,0,0.2\n")?;
/// assert_eq!(log.runs().collect::<Vec<_>>(), ["a", "b"]);
/// assert_eq!(log.counted, Counted::Sparsity);
/// let network = Some(Network::new(1e9));
/// assert_eq!(log.trajectory("a", network, 10e9, None, Interpolation::Held)?.average_params(), 0.75e9);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrajectoryLog {
    /// The file.
    pub path: String,
    /// Token or step.
    pub unit: Unit,
    /// What is counted.
    pub counted: Counted,
    /// Rows read.
    pub rows: usize,
    names: Vec<String>,
    index: HashMap<String, usize>,
    points: Vec<Vec<(f64, f64)>>,
}

impl TrajectoryLog {
    /// Reads a table from a file.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, or holds a cell that is no count; the message names file, line and
    /// column.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_reader(&path.display().to_string(), source::open(path)?)
    }

    /// Reads a table from a text; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    #[allow(clippy::should_implement_trait)] // It takes a name besides the text.
    pub fn from_str(name: &str, text: &str) -> Result<Self> {
        Self::from_reader(name, text.as_bytes())
    }

    /// Reads a table from anything that can be read.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_reader(name: &str, reader: impl Read) -> Result<Self> {
        let source = source::detect(name, reader)?.csv(name)?;
        let mut records = Records::new(name, source.reader, source.delimiter);
        if !records.advance()? {
            return Err(Error::EmptyTable { path: name.to_owned(), found: "the file is empty" });
        }
        let header: Vec<String> = (0..records.len()).map(|index| records.cell(index).to_owned()).collect();
        let (unit, position) = choose(name, &header, &POSITIONS, "tokens or step")?;
        let (counted, count) = choose(name, &header, &COUNTS, "params, nonzero or sparsity")?;
        let run = header
            .iter()
            .position(|column| ["run", "runid", "runname"].contains(&normalise(column).as_str()));
        let range = match counted {
            Counted::Sparsity => Range::Sparsity,
            _ => Range::Positive,
        };
        let mut log = Self {
            path: name.to_owned(),
            unit,
            counted,
            rows: 0,
            names: Vec::new(),
            index: HashMap::new(),
            points: Vec::new(),
        };
        let mut current: usize = 0;
        while records.advance()? {
            if records.len() != header.len() {
                return Err(Error::MalformedTable {
                    path: name.to_owned(),
                    line: records.line(),
                    problem: format!("{} cells where the header has {}", records.len(), header.len()),
                    remedy: "fill or remove cells; quote those that hold a delimiter",
                });
            }
            let id = run.map_or("", |index| records.cell(index));
            if log.names.get(current).is_none_or(|name| name != id) {
                current = *log.index.entry(id.to_owned()).or_insert(log.names.len());
                if current == log.names.len() {
                    log.names.push(id.to_owned());
                    log.points.push(Vec::new());
                }
            }
            let cell = |index: usize, range| {
                number(records.cell(index), range, &header[index]).map_err(|expected| Error::InvalidCell {
                    path: name.to_owned(),
                    line: records.line(),
                    column: header[index].clone(),
                    value: shown(records.cell(index)),
                    expected,
                })
            };
            let point = (cell(position, Range::NonNegative)?, cell(count, range)?);
            let points = &mut log.points[current];
            if let Some(before) = points.last().filter(|before| before.0 >= point.0) {
                return Err(Error::InvalidCell {
                    path: name.to_owned(),
                    line: records.line(),
                    column: header[position].clone(),
                    value: shown(records.cell(position)),
                    expected: format!(
                        "after {}, where the run's row before it stands; sort the rows, and keep one at each position",
                        before.0
                    ),
                });
            }
            points.push(point);
            log.rows += 1;
        }
        if log.rows == 0 {
            return Err(Error::EmptyTable { path: name.to_owned(), found: "a header but no rows" });
        }
        Ok(log)
    }

    /// The names of the runs, in the order in which they come; one without a name where there is no column `run`.
    pub fn runs(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether its positions are steps.
    pub(crate) fn is_in_steps(&self) -> bool {
        self.unit == Unit::Step
    }

    /// Position of a run's last row, in the table's unit.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a run that is not there.
    pub fn last_position(&self, run: &str) -> Result<f64> {
        Ok(self.points[self.index(run)?].last().map_or(0.0, |point| point.0))
    }

    fn index(&self, run: &str) -> Result<usize> {
        self.index.get(run).copied().ok_or_else(|| Error::UnknownName {
            what: "run",
            value: run.to_owned(),
            known: self.names.iter().take(20).cloned().collect::<Vec<_>>().join(", "),
        })
    }

    /// The trajectory of a run of `total_tokens` tokens.
    ///
    /// A `network` is needed by a table of sparsities, and gives N₀, which is the first count otherwise, and the fixed
    /// parameters that `nonzero` leaves out. `batches` puts steps on the axis of tokens; a table in tokens needs none.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a run that is not there, [`Error::MissingInput`] for what is needed and not given, and
    /// those of [`Trajectory::from_log`].
    pub fn trajectory(
        &self,
        run: &str,
        network: Option<Network>,
        total_tokens: f64,
        batches: Option<&BatchRamp>,
        between: Interpolation,
    ) -> Result<Trajectory> {
        let points = &self.points[self.index(run)?];
        let needs = |input: &str, remedy: &str| {
            Error::missing(
                format!("the log {}", self.path),
                input.to_owned(),
                "is not given",
                remedy.to_owned(),
            )
        };
        let batches = match (self.unit, batches) {
            (Unit::Step, None) => {
                return Err(needs("tokens a step", "give steps and tokens, or a batch ramp"));
            }
            (Unit::Step, batches) => batches,
            _ => None,
        };
        let network = match (self.counted, network) {
            (Counted::Sparsity, None) => return Err(needs("params", "give the parameters before pruning")),
            (_, network) => network,
        };
        let fixed = network.map_or(0.0, |network| network.fixed);
        let count = |value: f64| match (self.counted, network) {
            (Counted::Sparsity, Some(network)) => network.fixed + network.prunable * (1.0 - value),
            (Counted::Nonzero, _) => fixed + value,
            _ => value,
        };
        let at = |position| batches.map_or(position, |batches| batches.tokens_at(position));
        let counts: Vec<_> = points.iter().map(|&(position, value)| (at(position), count(value))).collect();
        let trajectory = Trajectory::from_log(&counts, total_tokens, between)?;
        match network {
            Some(network) => trajectory.with_initial_params(network.prunable + network.fixed),
            None => Ok(trajectory),
        }
    }
}

/// The first kind that has a column, and the column.
fn choose<T: Copy>(
    path: &str,
    header: &[String],
    kinds: &[(T, &[&str])],
    wanted: &str,
) -> Result<(T, usize)> {
    for &(kind, names) in kinds {
        if let Some(index) = header.iter().position(|column| names.contains(&normalise(column).as_str())) {
            return Ok((kind, index));
        }
    }
    Err(Error::MissingColumn {
        path: path.to_owned(),
        column: wanted.to_owned(),
        found: header.join(", "),
        remedy: "a log has the columns tokens or step, and params, nonzero or sparsity".to_owned(),
    })
}
