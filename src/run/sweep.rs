//! A validated set of runs.

use smol_str::SmolStr;

use super::doubtful::Doubtful;
use super::mapping::ColumnMapping;
use super::source_file::{Format, SourceFile};
use super::told::Told;
use super::unmet::Unmet;
use super::{Names, Run};
use crate::error::Location;
use crate::{Error, Result};

/// Where a run came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// Index into the sweep's files; none for a run built in memory.
    pub(crate) file: Option<u32>,
    /// The run's first line in it.
    pub(crate) line: u64,
    pub(crate) named: Named,
    /// Whether a row of it is to be fitted, and whether one is to be predicted, where filters say so.
    pub(crate) sides: [bool; 2],
}

/// What named a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// Its rows.
    Table,
    /// The name of its file.
    File,
    /// Its line, until there are several files.
    Line,
    /// Its line and its file.
    LineOfFile,
}

/// A validated set of runs: names occur once, numbers are positive and finite, loss curves are sorted by
/// tokens, and schedules fit the runs.
///
/// Two sweeps are equal when they hold the same runs, in whatever order and wherever they came from.
///
/// ```
/// use nbar::{ObservationOptions, Run, Sweep};
/// let sweep = Sweep::from_runs(vec![Run::dense("a", 1e8, 2e9, 3.4), Run::dense("b", 1e9, 2e10, 2.6)])?;
/// let observations = sweep.observations(&ObservationOptions::default())?;
/// assert_eq!(observations.params(), [1e8, 1e9]);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sweep {
    pub(crate) runs: Vec<Run>,
    /// One for each run.
    pub(crate) origins: Vec<Origin>,
    pub(crate) files: Vec<String>,
    pub(crate) mapping: Vec<ColumnMapping>,
    pub(crate) unused_columns: Vec<String>,
    pub(crate) sources: Vec<SourceFile>,
    /// Options that changed what was read.
    pub(crate) uses: Vec<&'static str>,
    pub(crate) rows_read: usize,
    pub(crate) rows_filtered_out: usize,
    pub(crate) rows_passed_over: usize,
    /// Of the filters that chose the rows.
    pub(crate) unmet: Vec<Unmet>,
    /// Columns that may say how much is pruned, and that nothing reads.
    pub(crate) doubtful: Vec<Doubtful>,
    /// Runs of the files that have no finite loss.
    pub(crate) lost: Vec<SmolStr>,
    /// What stands in the place of where the files say that runs were pruned.
    pub(crate) prune_window: Option<String>,
    /// The table of runs beside it.
    pub(crate) told: Option<Told>,
}

impl PartialEq for Sweep {
    fn eq(&self, other: &Self) -> bool {
        let sorted = |sweep: &Self| {
            let mut order: Vec<usize> = (0..sweep.runs.len()).collect();
            order.sort_unstable_by(|&a, &b| sweep.runs[a].id().cmp(sweep.runs[b].id()));
            order
        };
        self.runs.len() == other.runs.len()
            && sorted(self).into_iter().zip(sorted(other)).all(|(a, b)| self.runs[a] == other.runs[b])
    }
}

impl Sweep {
    /// The sweep of a file of which a filter leaves none of so many rows.
    pub(crate) fn left_out(path: &str, format: Format, (rows, unmet): (usize, Vec<Unmet>)) -> Self {
        let path = path.to_owned();
        let notes = vec!["the filter leaves none of its rows".to_owned()];
        Self {
            runs: Vec::new(),
            origins: Vec::new(),
            files: vec![path.clone()],
            mapping: Vec::new(),
            unused_columns: Vec::new(),
            sources: vec![SourceFile { path, format, notes }],
            uses: Vec::new(),
            rows_read: rows,
            rows_filtered_out: rows,
            rows_passed_over: 0,
            unmet,
            doubtful: Vec::new(),
            lost: Vec::new(),
            prune_window: None,
            told: None,
        }
    }

    /// A sweep of runs that are built in memory.
    ///
    /// # Errors
    /// When there is no run, a name occurs twice, a run has no checkpoint or two at the same tokens, a number
    /// is not positive and finite, or a schedule does not fit its run.
    pub fn from_runs(mut runs: Vec<Run>) -> Result<Self> {
        if runs.is_empty() {
            return Err(Error::value("a sweep", "", "has no run", "give at least one"));
        }
        let mut names = Names::default();
        for index in 0..runs.len() {
            runs[index].check()?;
            let name = runs[index].id();
            if names.find_or_add(name, index, |place| runs[place].id()).is_some() {
                let problem = "the name is there twice";
                return Err(Location::in_run(name).refuse(problem, "give the runs different names"));
            }
        }
        let rows_read = runs.iter().map(|run| run.checkpoints().len()).sum();
        let origins =
            vec![Origin { file: None, line: 0, named: Named::Table, sides: [false; 2] }; runs.len()];
        Ok(Self {
            runs,
            origins,
            files: Vec::new(),
            mapping: Vec::new(),
            unused_columns: Vec::new(),
            sources: Vec::new(),
            uses: Vec::new(),
            rows_read,
            rows_filtered_out: 0,
            rows_passed_over: 0,
            unmet: Vec::new(),
            doubtful: Vec::new(),
            lost: Vec::new(),
            prune_window: None,
            told: None,
        })
    }

    /// The runs, in the order of their first rows.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Number of runs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether there is no run: never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Number of checkpoints of all runs.
    #[must_use]
    pub fn checkpoint_count(&self) -> usize {
        self.runs.iter().map(|run| run.checkpoints().len()).sum()
    }

    /// Files that were read, in order.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Which column of which file was read as which field.
    #[must_use]
    pub fn mapping(&self) -> &[ColumnMapping] {
        &self.mapping
    }

    /// Names of columns that stand for no field.
    #[must_use]
    pub fn unused_columns(&self) -> &[String] {
        &self.unused_columns
    }

    /// Rows of all files, those that the filter left out included.
    #[must_use]
    pub fn rows_read(&self) -> usize {
        self.rows_read
    }

    /// As what each file was read, and what to know of it.
    #[must_use]
    pub fn sources(&self) -> &[SourceFile] {
        &self.sources
    }

    /// Whether an option changed what was read: `run_params`, `tokens_per_step`, `sequence_length` or `bytes_per_token`.
    ///
    /// ```
    /// let options = nbar::ReadOptions::default().with_run_params(1e8).with_bytes_per_token(4.0);
    /// let sweep = nbar::Sweep::from_reader("a.csv", "tokens,loss\n2e9,3.1\n".as_bytes(), &options)?;
    /// assert!(sweep.uses("run_params") && !sweep.uses("bytes_per_token"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn uses(&self, option: &str) -> bool {
        self.uses.contains(&option)
    }

    /// Rows of logs that are no measurement of their own: without the loss, before the first token, or at tokens that
    /// a later row has too (a training set back to a checkpoint logs its steps twice).
    #[must_use]
    pub fn rows_passed_over(&self) -> usize {
        self.rows_passed_over
    }

    /// Rows that the filter left out.
    #[must_use]
    pub fn rows_filtered_out(&self) -> usize {
        self.rows_filtered_out
    }

    /// Names of the runs to fit and of those to predict, as the filters of [`with_sides`](crate::ReadOptions::with_sides) say.
    ///
    /// # Errors
    /// When a side has no run, or a run has rows on both.
    pub fn sides(&self) -> Result<[Vec<String>; 2]> {
        let both = self.origins.iter().position(|origin| origin.sides == [true; 2]);
        if let Some(run) = both {
            let problem = "has rows to fit and rows to predict: a run stands on one side with all its rows";
            let remedy = "choose by what a run has once, such as its schedule or size";
            return Err(self.blame(run, Error::value("the run", self.runs[run].id(), problem, remedy)));
        }
        let of = |side: usize| -> Vec<String> {
            let chosen = self.runs.iter().zip(&self.origins).filter(|(_, origin)| origin.sides[side]);
            chosen.map(|(run, _)| run.id().to_owned()).collect()
        };
        let sides = [of(0), of(1)];
        for (names, what) in sides.iter().zip(["to fit", "to predict"]) {
            if names.is_empty() {
                let remedy = "loosen the filters `fit` and `predict`, or see the values of their columns";
                return Err(Error::unanswerable("holdout", format!("no run is left {what}"), remedy));
            }
        }
        Ok(sides)
    }

    /// Runs that have no name but the place of their row.
    pub(crate) fn unnamed_runs(&self) -> Vec<u32> {
        let by_place = |origin: &Origin| matches!(origin.named, Named::Line | Named::LineOfFile);
        (0..).zip(&self.origins).filter(|(_, origin)| by_place(origin)).map(|(run, _)| run).collect()
    }

    /// Whether its rows name a run.
    pub(crate) fn is_named_by_table(&self, run: usize) -> bool {
        self.origins[run].named == Named::Table
    }

    /// File and line of a run's first row; none for a run built in memory.
    pub(crate) fn first_row(&self, run: usize) -> Option<(&str, u64)> {
        let origin = self.origins[run];
        origin.file.map(|file| (self.files[file as usize].as_str(), origin.line))
    }

    /// Names the file and line of an error inside a run.
    pub(crate) fn blame(&self, run: usize, error: Error) -> Error {
        let (run, origin) = (&self.runs[run], self.origins[run]);
        let place = match origin.file {
            None => Location::in_run(run.id()),
            Some(file) => Location::in_file(&self.files[file as usize]).line(origin.line).run(run.id()),
        };
        place.blame(error)
    }

    /// Name of the file that a run came from.
    pub(crate) fn path(&self, origin: Origin) -> String {
        origin.file.map_or(MEMORY, |file| &self.files[file as usize]).to_owned()
    }
}

/// What stands for a file's name where runs were built in memory.
const MEMORY: &str = "the runs in memory";
