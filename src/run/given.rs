//! What files do not say of their runs: from options, from a table of runs, or from other rows of a log.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::cells::shown;
use super::columns::Columns;
use super::csv::header;
use super::fields::{FIELDS, Field};
use super::layout::Layout;
use super::records::Records;
use super::table::Rows;
use super::{ReadOptions, source};
use crate::{Error, Result};

/// A table with a row for each run, for what the files with the losses do not say.
///
/// Its columns are `run`, which names the run as the other files do, and any of `params`, `fixed_params`, `group`,
/// `tokens_per_step`, `sequence_length`, `batch_size` (sequences a step), `unique_tokens` and those of the schedule.
///
/// ```
/// use nbar::{ReadOptions, Sweep};
/// use nbar::run::RunTable;
/// let runs = RunTable::from_csv_str("runs.csv", "run,params,tokens_per_step\na,1.2B,0.5M\nb,7B,4M\n")?;
/// let options = ReadOptions::default().with_runs(runs);
/// let losses = "run,step,loss\na,1000,3.1\nb,1000,2.9\n";
/// let sweep = Sweep::from_reader("losses.csv", losses.as_bytes(), &options)?;
/// assert_eq!((sweep.runs()[1].params, sweep.runs()[1].checkpoints[0].tokens), (7e9, 4e9));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RunTable(Arc<Facts>);

/// Cells of some fields for each run.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Facts {
    path: String,
    fields: Vec<Field>,
    /// The run's line and its cells.
    rows: HashMap<String, (u64, Vec<Box<str>>)>,
}

/// Fields that a run has once, beside those that its first row must have.
pub(super) const ONCE: [Field; Field::FACTS.len() + 1] = {
    let mut all = [Field::UniqueTokens; Field::FACTS.len() + 1];
    let mut index = 0;
    while index < Field::FACTS.len() {
        all[index] = Field::FACTS[index];
        index += 1;
    }
    all
};

impl RunTable {
    /// Reads the table from a file.
    ///
    /// # Errors
    /// When the file cannot be read, is not a table, has no column `run`, or names a run twice.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::read(&path.display().to_string(), source::open(path)?)
    }

    /// Reads the table from a text; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_csv_str(name: &str, text: &str) -> Result<Self> {
        Self::read(name, text.as_bytes())
    }

    fn read(path: &str, reader: impl std::io::Read) -> Result<Self> {
        let source = source::detect(path, reader)?.csv(path)?;
        let mut records = Records::new(path, source.reader, source.delimiter);
        let headers = header(path, &mut records)?;
        let columns = Columns::find_all(path, headers, &Layout::default(), &[])?;
        let Some(run) = columns.index(Field::Run) else {
            return Err(Error::MissingColumn {
                path: path.to_owned(),
                column: "run".to_owned(),
                found: columns.headers().join(", "),
                remedy: "name the runs as the other files do".to_owned(),
            });
        };
        let mut facts = Facts::new(path, &columns);
        while records.advance()? {
            super::csv::check_width(path, &records, columns.headers().len())?;
            let id = records.cell(run).to_owned();
            if facts.rows.contains_key(&id) {
                return Err(Error::MalformedTable {
                    path: path.to_owned(),
                    line: records.line(),
                    problem: format!("a second row of run '{id}'"),
                    remedy: "a table of runs has one row a run; remove one",
                });
            }
            facts.learn(&id, &columns, &records);
        }
        Ok(Self(Arc::new(facts)))
    }
}

impl Facts {
    /// No run yet, with the fields that have columns.
    pub(super) fn new(path: &str, columns: &Columns) -> Self {
        let fields = ONCE.into_iter().filter(|&field| columns.index(field).is_some()).collect();
        Self { path: path.to_owned(), fields, rows: HashMap::new() }
    }

    /// Keeps what a row says of its run and no row before it said.
    pub(super) fn learn(&mut self, run: &str, columns: &Columns, row: &impl Rows) {
        if !self.rows.contains_key(run) {
            self.rows.insert(run.to_owned(), (row.line(), vec![Box::default(); self.fields.len()]));
        }
        let Some((_, known)) = self.rows.get_mut(run) else { return };
        for (cell, &field) in known.iter_mut().zip(&self.fields) {
            if cell.is_empty()
                && let Some(index) = columns.index(field)
            {
                *cell = row.cell(index).into();
            }
        }
    }

    fn cell(&self, run: &str, field: Field) -> &str {
        let position = self.fields.iter().position(|&known| known == field);
        position.and_then(|position| Some(&*self.rows.get(run)?.1[position])).unwrap_or_default()
    }
}

/// What is known of runs beside their own rows; what stands first goes first.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// From other rows of the same file.
    learnt: Facts,
    runs: Option<RunTable>,
    /// Whatever the run.
    options: [String; FIELDS.len()],
}

impl Given {
    pub(super) fn new(options: &ReadOptions) -> Self {
        let mut given = Self { runs: options.runs.clone(), ..Self::default() };
        for (field, value) in [
            (Field::Params, options.run_params),
            (Field::TokensPerStep, options.tokens_per_step),
            (Field::SequenceLength, options.sequence_length),
        ] {
            given.options[field as usize] = value.map(|value| value.to_string()).unwrap_or_default();
        }
        given
    }

    pub(super) fn with_learnt(mut self, learnt: Facts) -> Self {
        self.learnt = learnt;
        self
    }

    /// Whether some run may have the field.
    pub(super) fn has(&self, field: Field) -> bool {
        !self.options[field as usize].is_empty()
            || self.runs.as_ref().is_some_and(|runs| runs.0.fields.contains(&field))
            || self.learnt.fields.contains(&field)
    }

    /// The field of a run; empty where nothing says it.
    pub(super) fn cell(&self, run: &str, field: Field) -> &str {
        let own = self.learnt.cell(run, field);
        let joined = self.runs.as_ref().map_or("", |runs| runs.0.cell(run, field));
        match (own, joined) {
            ("", "") => &self.options[field as usize],
            ("", joined) => joined,
            (own, _) => own,
        }
    }

    /// An error that blames what says the field of a run, in `file` or elsewhere.
    pub(super) fn refuse(&self, run: &str, field: Field, file: &str, expected: String) -> Error {
        let value = shown(self.cell(run, field));
        let tables = std::iter::once((file, &self.learnt))
            .chain(self.runs.as_ref().map(|runs| (runs.0.path.as_str(), &*runs.0)));
        for (path, facts) in tables {
            if let Some((line, _)) = facts.rows.get(run).filter(|_| !facts.cell(run, field).is_empty()) {
                let column = field.name().to_owned();
                return Error::InvalidCell { path: path.to_owned(), line: *line, column, value, expected };
            }
        }
        Error::InvalidOption { name: field.name(), value, expected: "a positive number" }
    }

    /// What is missing, of what, and what to do.
    pub(super) fn missing(&self, needed_by: String, input: &str, missing_from: &str, remedy: &str) -> Error {
        let table = self.runs.as_ref().map(|runs| format!(" (it is not in {} either)", runs.0.path));
        Error::missing(
            needed_by,
            input.to_owned(),
            format!("{missing_from}{}", table.unwrap_or_default()),
            remedy.to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::RunTable;
    use crate::{ReadOptions, Result, Sweep};

    const LOSSES: &str = "run,step,loss\na,1000,3.1\nb,1000,2.9\n";

    fn read(runs: &str, options: ReadOptions) -> Result<Sweep> {
        let options = options.with_runs(RunTable::from_csv_str("runs.csv", runs)?);
        Sweep::from_reader("losses.csv", LOSSES.as_bytes(), &options)
    }

    #[test]
    fn the_table_goes_before_the_options_and_tells_schedules_too() -> Result<()> {
        let runs = "run,params,seq_len,batch_size,schedule,final_sparsity,unique_tokens\n\
                    a,1B,1024,100,constant,0.5,1M\nb,,1024,100,,,\n";
        let sweep = read(runs, ReadOptions::default().with_run_params(7e9))?;
        let [a, b] = [&sweep.runs()[0], &sweep.runs()[1]];
        assert_eq!((a.params, b.params, &a.schedule), (1e9, 7e9, &crate::Schedule::constant(0.5)));
        assert_eq!(a.checkpoints[0].tokens, 1000.0 * 100.0 * 1024.0);
        assert_eq!((a.checkpoints[0].unique_tokens(), b.checkpoints[0].unique_tokens()), (Some(1e6), None));
        Ok(())
    }

    #[test]
    fn what_the_table_lacks_or_has_wrong_is_named() {
        let options = ReadOptions::default;
        for (runs, options, part) in [
            (
                "run,params,tokens_per_step\na,1e9,1e6\n",
                options(),
                "losses.csv, line 3, run 'b' needs params",
            ),
            ("run,params\na,1e9\nb,1e9\n", options(), "or give --tokens-per-step 0.5M"),
            ("run,params,tokens_per_step\na,1e9,\nb,1e9,1\n", options(), "run 'a' needs tokens a step"),
            (
                "run,params,tokens_per_step\nb,1e9,1\na,x,1\n",
                options(),
                "runs.csv, line 3, column 'params': 'x'",
            ),
            (
                "run,tokens_per_step\na,1\nb,1\n",
                options().with_run_params(-1.0),
                "params = -1 is not a positive",
            ),
            ("run,params\na,1\na,2\n", options(), "runs.csv, line 3: a second row of run 'a'"),
            ("name,params\na,1,2\n", options(), "runs.csv, line 2: 3 cells where the header has 2"),
            ("params\n1\n", options(), "runs.csv: no column for 'run' (found: params)"),
            ("{}", options(), "runs.csv, line 1: the file looks like JSON"),
        ] {
            let message = read(runs, options).unwrap_err().to_string();
            assert!(message.contains(part), "{runs}\n gives: {message}");
        }
    }
}
