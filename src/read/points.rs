//! Tables of runs that have not been trained.

mod counts;
mod odd;
mod restarted;

pub(crate) use odd::Unfinished;
pub(super) use odd::doubtful_columns;

use std::io::Read;
use std::path::Path;

use super::cells::{Range, Refusal, number};
use super::columns::Columns;
use super::commas::has_separators;
use super::fields::Field;
use super::options::ReadOptions;
use super::row::Rows;
use super::rows::is_summary;
use super::schedule_fields::{decay, schedule_fields};
use super::settings::Settings;
use super::small::{Reading, SmallTable, open};
use super::source;
use super::unread::Unread;
use super::window_units::{IN_PERCENT, WindowNames, complete};
use crate::error::Location;
use crate::run::{ColumnMapping, Doubtful};
use crate::schedule::{Extent, Network, Schedule, ScheduleFields, Trajectory};
use crate::units;
use crate::{Error, Result};

/// A run that has not been trained, as a table has it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Point {
    /// Its name, where the table gives one.
    pub run: Option<String>,
    /// Its line in the table; none for one of no table.
    pub line: Option<u64>,
    /// Its parameter count over its tokens.
    pub trajectory: Trajectory,
    /// Different tokens that it sees.
    pub unique_tokens: Option<f64>,
    /// Its loss, nats a token, where it was measured.
    pub loss: Option<f64>,
    /// The numbers in its row by the table's own names, for laws that read columns.
    pub columns: Vec<(String, f64)>,
    /// Its group, of the column `group` or the one that [`ReadOptions::columns`] names so, for fits by groups.
    pub group: Option<String>,
    /// Its training FLOPs, where the table says them beside its size and length.
    pub flops: Option<f64>,
    /// Whether its tokens are these FLOPs over 6 N.
    pub tokens_by_flops: bool,
    /// Whether FLOPs are all that the table says of its size and length, for laws of compute.
    pub flops_alone: bool,
}

/// A table of runs that have not been trained, one a row.
///
/// Its columns are `params`, `tokens` (or `flops` alone, for laws of compute) and, as in a sweep table and by the same names, `run`, `step` (all steps of the run),
/// `fixed_params`, `unique_tokens`, `group`, what tells tokens in their place, `loss` (measured, and empty where it is not yet), those of a schedule and those that say how the learning rate falls. Shares may be written as percentages.
///
/// ```
/// use nbar::read::PointTable;
/// let table = PointTable::from_reader("points.csv", "n_params;n_tokens;note\n7B;140B;mine\n".as_bytes())?;
/// assert_eq!(table.mapping[0].to_string(), "points.csv: params is column 'n_params'");
/// assert_eq!(table.points[0].trajectory.average_params(), 7e9);
/// assert_eq!(table.unused_columns, ["note"]);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PointTable {
    /// In the order of the table.
    pub points: Vec<Point>,
    /// What each field was read from, and how its numbers were converted.
    pub mapping: Vec<ColumnMapping>,
    /// Columns that were not read.
    pub unused_columns: Vec<String>,
    /// Columns that may say how runs are pruned, and are not read.
    pub(crate) doubtful: Vec<Doubtful>,
    /// Measured runs that did not come to their end.
    pub(crate) unfinished: Vec<Unfinished>,
    /// Measured rows that are left out, as their run restarts from a checkpoint before them.
    pub superseded: usize,
}

impl Point {
    /// One of no table.
    #[must_use]
    pub fn new(trajectory: Trajectory) -> Self {
        Self {
            run: None,
            line: None,
            trajectory,
            unique_tokens: None,
            loss: None,
            columns: Vec::new(),
            group: None,
            flops: None,
            tokens_by_flops: false,
            flops_alone: false,
        }
    }
}

impl PointTable {
    /// Reads the table from a file.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, or holds what no run can be; the message names file, line and column.
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
    /// use nbar::{ReadOptions, read::{Commas, PointTable}};
    /// let options = ReadOptions::default().with_commas(Commas::Decimal).with_column("params_billions", "size");
    /// let table = PointTable::from_reader_with("points.csv", "size;tokens\n7,5;1,5e11\n".as_bytes(), &options)?;
    /// assert_eq!(table.points[0].trajectory.average_params(), 7.5e9);
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
        let flops_alone = table.columns.is_flops_alone(|_| false);
        if !flops_alone {
            table.first(&[Field::Params], "params")?;
            if !table.columns.tell_tokens(|_| false) {
                table.first(&[Field::Tokens], "tokens")?;
            }
        }
        table.refuse_rivals();
        let (unread, open) = (table.columns.unread_columns(|_| false), reading.columns.is_some());
        let mut doubtful = doubtful_columns(&table.columns);
        let (mut points, mut settings) = (Vec::new(), Settings::new(table.columns.headers()));
        let mut unfinished = Vec::new();
        while table.advance()? {
            let row = Row { path: name, columns: &table.columns, cells: &table, open };
            let point = if flops_alone { row.of_flops()? } else { row.point(&unread)? };
            if let Some(run) = point.run.as_deref().filter(|run| is_summary(run)) {
                let problem = format!("'{run}' is what a row is called that sums up others");
                let place = row.place().column(table.columns.header(Field::Run));
                return Err(place.refuse(problem, "remove the row, or, if it is a run, name it otherwise"));
            }
            doubtful.note(|column| row.cells.cell(column));
            let ended = Unfinished::of(&table.columns, &table, point.run.as_deref());
            unfinished.extend(ended.filter(|_| point.loss.is_some()));
            if let Some(run) = &point.run {
                settings.note_row(&run.into(), row.cells.line(), |column| row.cells.cell(column));
            }
            points.push(Point { group: row.text(Field::Group), ..point });
        }
        let (points, superseded) = restarted::without_superseded(points, &settings);
        if points.is_empty() {
            let remedy = "write a row for each point";
            return Err(Location::in_file(name).refuse("no row follows the header", remedy));
        }
        let (mapping, unused_columns) = (table.columns.mapping(), table.columns.unused());
        let doubtful = if flops_alone { Vec::new() } else { doubtful.finish() };
        Ok(Self { points, mapping, unused_columns, doubtful, unfinished, superseded })
    }
}

/// Opens a table of runs, with all columns that a point has.
pub(super) fn open_points(name: &str, reader: impl Read, reading: Reading<'_>) -> Result<SmallTable> {
    let mut fields = vec![Field::Params, Field::Tokens, Field::Run, Field::Step];
    fields.extend([Field::FixedParams, Field::UniqueTokens, Field::Group]);
    fields.extend(Field::SCHEDULE);
    fields.extend(Field::DECAY);
    fields.extend([Field::Loss, Field::Flops, Field::AverageParams, Field::FinalParams]);
    let mut table = open(name, reader, &fields, reading)?;
    table.columns.measure_loss()?;
    table.columns.measure_flops()?;
    if table.columns.index(Field::Tokens).is_none() {
        let chosen = table.columns.chosen();
        table.columns.find_each(&Field::RATES, &chosen)?;
        table.columns.find_each(&[Field::TokensPerParam], &chosen)?;
    }
    Ok(table)
}

/// A row of the table.
pub(super) struct Row<'a, R> {
    pub(super) path: &'a str,
    pub(super) columns: &'a Columns,
    pub(super) cells: &'a R,
    /// Whether a person can say what commas mark.
    pub(super) open: bool,
}

impl<R: Rows> Row<'_, R> {
    /// The run, which no column of `unread` may call pruned where its schedule does not.
    pub(super) fn point(&self, unread: &Unread) -> Result<Point> {
        let point = self.read(unread)?;
        let is_pruned = point.trajectory.final_params() < point.trajectory.initial_params();
        let pruned = unread.pruned(|column| self.cells.cell(column), self.needed(Field::Params)?);
        let sizes = [self.columns.size_of_step(), Field::SequenceLength].map(|field| self.cell(field));
        let give = "add a column `tokens_per_step`; ";
        if let Some(((column, problem), remedy)) = self.columns.wrong_step(unread, self.cells, sizes, give) {
            return Err(self.place().column(&self.columns.headers()[column]).refuse(problem, remedy));
        }
        let Some((column, problem)) = pruned.filter(|_| !is_pruned) else { return Ok(point) };
        let remedy = match self.columns.index(Field::Schedule) {
            Some(_) => {
                "write its `schedule` and `final_sparsity`, or, if the run is dense, remove the column"
            }
            None => "add `schedule` and `final_sparsity`, or, if the run is dense, remove the column",
        };
        Err(self.place().column(&self.columns.headers()[column]).refuse(problem, remedy))
    }

    /// A dense run of one parameter that takes the row's FLOPs.
    fn of_flops(&self) -> Result<Point> {
        let tokens = self.needed(Field::Flops)? / 6.0;
        let trajectory = Schedule::Dense.trajectory(Network::new(1.0), Extent::new(tokens))?;
        let (run, line) = (self.text(Field::Run), Some(self.cells.line()));
        let point =
            Point { run, line, loss: self.loss()?, columns: self.numbers(), ..Point::new(trajectory) };
        Ok(Point { flops_alone: true, ..point })
    }

    /// Gives a window the unit that its columns or cells say.
    fn complete_unit(&self, fields: &mut ScheduleFields, place: &Location) -> Result<()> {
        let is_filled = |field: &Field| !self.cell(*field).is_empty();
        let names = WindowNames::of(|field| is_filled(&field).then(|| self.columns.header(field)));
        names.refuse_two(place.clone(), fields)?;
        let in_percent = |field: &Field| {
            !is_filled(field)
                || self.cell(*field).ends_with('%')
                || self.columns.conversion(*field) == IN_PERCENT
        };
        complete(fields, &names, in_percent);
        Ok(())
    }

    /// The numbers of the row, each with its column.
    pub(super) fn numbers(&self) -> Vec<(String, f64)> {
        let headers = self.columns.headers().iter().enumerate();
        let own =
            headers.filter_map(|(index, name)| Some((name.clone(), units::number(self.cells.cell(index))?)));
        own.collect()
    }

    fn read(&self, unread: &Unread) -> Result<Point> {
        let network = Network {
            prunable: self.needed(Field::Params)?,
            fixed: self.number(Field::FixedParams, Range::NonNegative)?.unwrap_or(0.0),
        };
        self.columns.check_total(network.fixed)?;
        let mut fields = schedule_fields(|field| self.text(field), |field, range| self.number(field, range))?;
        let (run, line) = (self.text(Field::Run), self.cells.line());
        let place = run.iter().fold(self.place(), |place, run| place.run(run));
        if let Some([problem, remedy]) = self.columns.schedule_of_rate(unread, self.cells) {
            return Err(place.column(self.columns.header(Field::Schedule)).refuse(problem, remedy));
        }
        self.complete_unit(&mut fields, &place)?;
        let schedule = schedule(&fields).map_err(|error| place.clone().blame(error))?;
        let is_told = fields != ScheduleFields::default();
        let (tokens, tokens_by_flops) = self.tokens(&schedule, network)?;
        let flops = self.number(Field::Flops, Range::Positive)?;
        let extent = Extent { tokens, steps: self.number(Field::Step, Range::Positive)? };
        let trajectory = schedule.trajectory(network, extent);
        let header = self.columns.header(Field::LrSchedule);
        let (decay, _) = decay(header, |field| self.text(field), |field, range| self.number(field, range));
        let is_dense = schedule == Schedule::Dense;
        let with_decay = |mut trajectory: Trajectory| {
            // Of a dense run nothing is to heal.
            trajectory.decay = if is_dense { decay.unwrap_or_default() } else { decay? };
            Ok(trajectory)
        };
        let trajectory = trajectory.and_then(with_decay).map_err(|error| place.blame(error))?;
        let trajectory = self.with_counts(trajectory, is_told, tokens_by_flops)?;
        let unique_tokens = self.number(Field::UniqueTokens, Range::Positive)?;
        let loss = self.loss()?;
        let columns = self.numbers();
        let told = Point { flops, tokens_by_flops, ..Point::new(trajectory) };
        Ok(Point { run, line: Some(line), unique_tokens, loss, columns, ..told })
    }

    /// The loss, in nats a token; none where there is none.
    pub(super) fn loss(&self) -> Result<Option<f64>> {
        let cell = self.cell(Field::Loss);
        if cell.is_empty() {
            return Ok(None);
        }
        let conversion = self.columns.conversion(Field::Loss);
        let value = number(cell, Range::Positive, "loss").ok().and_then(|value| conversion.apply(value));
        if let Some(value) = value.filter(|value| value.is_finite() && *value > 0.0) {
            return Ok(Some(value));
        }
        let remedy = match units::number(&cell.replace(',', ".")) {
            Some(_) if cell.contains(',') => "if the comma marks decimals, say `commas=decimal`",
            _ => "write nats a token, or leave the cell empty if there is no loss",
        };
        let place = self.place().column(self.columns.header(Field::Loss));
        Err(place.refuse(format!("'{cell}' is not a loss above 0"), remedy))
    }

    /// The cell of a field; empty where it has no column.
    pub(super) fn cell(&self, field: Field) -> &str {
        self.columns.cell(field, self.cells)
    }

    fn text(&self, field: Field) -> Option<String> {
        Some(self.cell(field)).filter(|cell| !cell.is_empty()).map(str::to_owned)
    }

    pub(super) fn number(&self, field: Field, range: Range) -> Result<Option<f64>> {
        let cell = self.columns.scaled(field, self.cells);
        if cell.is_empty() {
            return Ok(None);
        }
        let is_count = field.is_amount();
        let share = cell.strip_suffix('%').filter(|_| !is_count).and_then(units::number);
        let written = share.map_or_else(|| cell.to_string(), |percent| (percent / 100.0).to_string());
        number(&written, range, field.name()).map(Some).map_err(|_| self.refuse(field, range))
    }

    fn needed(&self, field: Field) -> Result<f64> {
        self.number(field, Range::Positive)?.ok_or_else(|| self.refuse(field, Range::Positive))
    }

    fn refuse(&self, field: Field, range: Range) -> Error {
        let cell = self.cell(field);
        let place = self.place().column(self.columns.header(field));
        match (cell, range) {
            (cell, range) if self.open && has_separators(cell) => {
                let refused = number(cell, range, field.name());
                refused
                    .map_or_else(|refusal| refusal, |_| Refusal::of(cell, range.words(), "mend it"))
                    .at(place)
            }
            ("", _) => place.refuse("the cell is empty", "fill it: every point needs it"),
            (_, Range::Sparsity) => Refusal::of(cell, range.words(), "write 0.8 or 80%").at(place),
            _ => Refusal::of(cell, range.words(), "write 7000000000, 7e9, 7B, 300M or 1.4T").at(place),
        }
    }

    fn place(&self) -> Location {
        Location::in_file(self.path).line(self.cells.line())
    }
}

/// The schedule of a row; a final sparsity of 0 and nothing else is that of a dense run.
fn schedule(fields: &ScheduleFields) -> Result<Schedule> {
    let dense = ScheduleFields { final_sparsity: Some(0.0), ..ScheduleFields::default() };
    if *fields == dense { Ok(Schedule::Dense) } else { Schedule::from_fields(fields) }
}

#[cfg(test)]
mod tests;
