//! Tables of what runs came to, beside forecasts of them.

use std::io::Read;
use std::path::Path;

use super::cells::Range;
use super::fields::Field;
use super::options::ReadOptions;
use super::points::{Row, Unfinished, doubtful_columns, open_points};
use super::row::Rows;
use super::small::Reading;
use super::source;
use crate::Result;
use crate::error::Location;
use crate::run::{ColumnMapping, Doubtful};

/// A run as a table of measured losses has it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Measured {
    /// Its name.
    pub run: Option<String>,
    /// Its line in the table.
    pub line: u64,
    /// Parameters before pruning, those that are never pruned included.
    pub params: Option<f64>,
    /// Tokens.
    pub tokens: Option<f64>,
    /// N̄, where the table says how its runs were pruned.
    pub average_params: Option<f64>,
    /// Training FLOPs.
    pub flops: Option<f64>,
    /// Whether its tokens are these over 6 N.
    pub tokens_by_flops: bool,
    /// Different tokens that it saw.
    pub unique_tokens: Option<f64>,
    /// What pruning left unhealed of it, where the table says how its runs were pruned.
    pub unhealed: Option<f64>,
    /// The numbers in its row by the table's own names.
    pub columns: Vec<(String, f64)>,
    /// Its group, for forecasts of a fit by groups.
    pub group: Option<String>,
    /// Loss, nats a token; none for a run that has none yet.
    pub loss: Option<f64>,
}

/// A table of measured losses, one run a row: the column `loss`, and `run`, or `params` and `tokens`, or `flops` alone, or all of them. Other columns are
/// those of a [`PointTable`](crate::read::PointTable): of a run that was pruned they say N̄.
///
/// ```
/// use nbar::read::MeasuredTable;
/// let table = MeasuredTable::from_reader("measured.csv", "run,loss\na,2.31\nb,\n".as_bytes())?;
/// assert_eq!((table.rows[0].loss, table.rows[1].loss), (Some(2.31), None));
/// assert!(MeasuredTable::from_reader("measured.csv", "run,params\na,1e9\n".as_bytes()).is_err());
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MeasuredTable {
    /// What the table is called.
    pub name: String,
    /// In the order of the table.
    pub rows: Vec<Measured>,
    /// What each field was read from, and how its numbers were converted.
    pub mapping: Vec<ColumnMapping>,
    /// Columns that may say how runs are pruned, and are not read.
    pub(crate) doubtful: Vec<Doubtful>,
    /// Runs that did not come to their end.
    pub(crate) unfinished: Vec<Unfinished>,
}

impl MeasuredTable {
    /// Reads the table from a file.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, or holds what no loss can be; the message names file, line and column.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_reader(&path.display().to_string(), source::open(path)?)
    }

    /// Reads the table from a file, as [`from_reader_with`](Self::from_reader_with) does.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path), and when the options name a column that is not there.
    pub fn from_path_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        Self::from_reader_with(&path.display().to_string(), source::open(path)?, options)
    }

    /// Reads the table from anything that can be read; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_reader(name: &str, reader: impl Read) -> Result<Self> {
        Self::read(name, reader, Reading::default())
    }

    /// The same with columns and commas as [`ReadOptions::columns`] and [`ReadOptions::commas`] say; other options are not read.
    ///
    /// ```
    /// use nbar::{ReadOptions, read::{Commas, MeasuredTable}};
    /// let options = ReadOptions::default().with_commas(Commas::Decimal).with_column("loss", "final");
    /// let table = MeasuredTable::from_reader_with("measured.csv", "run;final\na;2,31\n".as_bytes(), &options)?;
    /// assert_eq!(table.rows[0].loss, Some(2.31));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_path_with`](Self::from_path_with).
    pub fn from_reader_with(name: &str, reader: impl Read, options: &ReadOptions) -> Result<Self> {
        Self::read(name, reader, Reading { commas: options.commas, columns: Some(&options.columns) })
    }

    fn read(name: &str, reader: impl Read, reading: Reading<'_>) -> Result<Self> {
        let mut table = open_points(name, reader, reading)?;
        table.first(&[Field::Loss], "loss")?;
        table.columns.measure_loss()?;
        let by_name = table.columns.index(Field::Run).is_some();
        if !by_name && !table.columns.is_flops_alone(|_| false) {
            table.first(&[Field::Params], "params")?;
            if !table.columns.tell_tokens(|_| false) {
                table.first(&[Field::Tokens], "tokens")?;
            }
        }
        table.refuse_rivals();
        let (unread, open) = (table.columns.unread_columns(|_| false), reading.columns.is_some());
        let mut doubtful = doubtful_columns(&table.columns);
        let says = |field: &Field| table.columns.index(*field).is_some();
        let says_pruning =
            Field::SCHEDULE.iter().chain(&[Field::AverageParams, Field::FinalParams]).any(says)
                || !unread.is_empty();
        let (mut rows, mut unfinished) = (Vec::new(), Vec::new());
        while table.advance()? {
            let columns = &table.columns;
            let row = Row { path: name, columns, cells: &table, open };
            let text = |field| Some(row.cell(field)).filter(|cell| !cell.is_empty()).map(str::to_owned);
            let mut measured = Measured {
                run: text(Field::Run),
                group: text(Field::Group),
                line: table.line(),
                params: None,
                tokens: None,
                average_params: None,
                flops: row.number(Field::Flops, Range::Positive)?,
                unique_tokens: row.number(Field::UniqueTokens, Range::Positive)?,
                tokens_by_flops: false,
                unhealed: None,
                columns: row.numbers(),
                loss: row.loss()?,
            };
            let tells_tokens = [Field::Tokens, Field::Samples, Field::Step, Field::Flops];
            if !row.cell(Field::Params).is_empty()
                && table.columns.tell_tokens(|_| false)
                && tells_tokens.iter().any(|field| !row.cell(*field).is_empty())
            {
                let point = row.point(&unread)?;
                doubtful.note(|column| table.cell(column));
                let run = point.trajectory;
                (measured.params, measured.tokens) = (Some(run.initial_params()), Some(run.tokens()));
                measured.tokens_by_flops = point.tokens_by_flops;
                measured.average_params = says_pruning.then(|| run.average_params());
                measured.unhealed = run.healing().filter(|_| says_pruning);
            } else {
                measured.params = row.number(Field::Params, Range::Positive)?;
                measured.tokens = row.number(Field::Tokens, Range::Positive)?;
            }
            let ended = Unfinished::of(&table.columns, &table, measured.run.as_deref());
            unfinished.extend(ended.filter(|_| measured.loss.is_some()));
            rows.push(measured);
        }
        if !rows.iter().any(|row| row.loss.is_some()) {
            let remedy = "write the measured loss of each run, and leave empty what is not measured yet";
            return Err(Location::in_file(name).refuse("no row has a loss", remedy));
        }
        let doubtful = doubtful.finish();
        Ok(Self { name: name.to_owned(), rows, mapping: table.columns.mapping(), doubtful, unfinished })
    }
}
