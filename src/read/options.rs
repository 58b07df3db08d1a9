//! How a table is read.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::commas::Commas;
use super::facts::RunTable;
use super::source;
use crate::run::TrajectoryLog;
use crate::schedule::ScheduleFields;
use crate::{Error, Result};

/// How a table is read.
///
/// ```
/// use nbar::{ReadOptions, Sweep};
/// let table = "params,tokens,c4_val,outlier\n1e9,2e10,2.5,0\n1e9,2e10,9.9,1\n";
/// let options = ReadOptions::default().with_column("loss", "c4_val").with_filter("outlier=0");
/// let sweep = Sweep::from_csv_reader("runs.csv", table.as_bytes(), &options)?;
/// assert_eq!((sweep.len(), sweep.rows_read(), sweep.rows_filtered_out()), (1, 2, 1));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Pairs of a field and the column that it is read from; default none: columns are recognised by name.
    pub columns: Vec<(String, String)>,
    /// Which rows are read; default all.
    ///
    /// Clauses `column operator value`, joined by `and`, a comma or `or`: `outlier=0,params>=1e8 or note=c4`. `and`, like a comma,
    /// binds before `or`, and parentheses before both. A name or a value that holds such a word or a comma stands in double
    /// quotes. The operators are `=` (or `==`), `!=`, `<`, `<=`, `>` and `>=`. The column is
    /// any of the file, by its own name or by that of the field it stands for. Where both sides are numbers
    /// (`7B` is one) they are compared as such, else as texts, letter by letter, by `=` and `!=` only. An
    /// empty cell equals nothing and fulfils `!=`; an empty value asks for empty cells: `schedule=` keeps
    /// rows without a schedule (and not those with `dense`), `schedule!=` the others. Clauses are tried from
    /// left to right, and a row that is left out may hold anything.
    pub filter: Option<String>,
    /// Parameters of runs of which neither their file nor [a table](Self::with_runs) tells them; default none.
    pub run_params: Option<f64>,
    /// Tokens a step, where only steps are known; default none.
    pub tokens_per_step: Option<f64>,
    /// Tokens a sample, where samples or a batch size in samples are known; default none.
    pub sequence_length: Option<f64>,
    /// Bytes a token, which turns bits a byte into nats a token: loss = bits a byte x ln 2 x this; default none.
    pub bytes_per_token: Option<f64>,
    /// What rows of pruned runs, whose final sparsity they tell, do not say of the schedule: its name, its unit, or from where to where
    /// it goes; default nothing.
    pub pruning: ScheduleFields,
    /// What commas in the numbers of a table mark; default nothing: such numbers are refused.
    pub commas: Option<Commas>,
    /// The column whose values say which runs share noise; default none. See [`with_clusters`](Self::with_clusters).
    pub clusters: Option<String>,
    /// Which rows are fitted and which are predicted; default none.
    pub(crate) sides: [Option<String>; 2],
    /// Whether the file is one of several, of which a filter may leave no row. Default no. See [`among_others`](Self::among_others).
    pub(crate) among_others: bool,
    /// Columns that a law reads by name, where the table has them; default none. See [`with_inputs`](Self::with_inputs).
    pub inputs: Vec<String>,
    /// What the run of a file is called that only its file names; default the file's name.
    pub(crate) run_name: Option<String>,
    /// What files do not say of their runs, run by run; default none.
    pub(crate) runs: Option<RunTable>,
    /// Whether rows of one name are a loss curve for sure; default no.
    pub(crate) curves: bool,
    /// Runs whose counts are logged elsewhere; default none.
    pub(crate) counted: Arc<HashSet<String>>,
}

impl ReadOptions {
    /// Reads `field` from `column`, whatever the columns are called.
    #[must_use]
    pub fn with_column(mut self, field: impl Into<String>, column: impl Into<String>) -> Self {
        self.columns.push((field.into(), column.into()));
        self
    }

    /// Says that rows of one `model` or `name` are a loss curve, where that would be asked.
    ///
    /// ```
    /// use nbar::{ReadOptions, Sweep};
    /// let table = "model,params,tokens,loss\na,1e8,1e9,3.5\na,1e8,2e9,3.3\n";
    /// let read = |options| Sweep::from_reader("runs.csv", table.as_bytes(), &options);
    /// assert!(read(ReadOptions::default()).is_err());
    /// assert_eq!(read(ReadOptions::default().with_curves())?.runs().len(), 1);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_curves(mut self) -> Self {
        self.curves = true;
        self
    }

    /// Says that the counts of these runs are logged, so that a sparsity in their rows need not tell a schedule. For
    /// [`Sweep::with_trajectories`](crate::Sweep::with_trajectories) with the same log.
    ///
    /// ```
    /// use nbar::{ReadOptions, Sweep, run::TrajectoryLog};
    /// let log = TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\na,0,0\na,5e9,0.5\n")?;
    /// let options = ReadOptions::default().with_counted_runs(&log);
    /// let table = "run,params,tokens,loss,sparsity\na,1e8,1e10,3.0,0.5\n";
    /// assert!(Sweep::from_reader("runs.csv", table.as_bytes(), &options).is_ok());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_counted_runs(mut self, log: &TrajectoryLog) -> Self {
        Arc::make_mut(&mut self.counted).extend(log.of_its_file().runs().map(str::to_owned));
        self
    }

    /// Reads fields from columns as in `loss=c4_val,params=n_non_embedding`. A name with a comma stands in double quotes; a
    /// field without a name is read from no column.
    ///
    /// ```
    /// use nbar::{ReadOptions, Sweep};
    /// let table = "params,tokens,\"loss, c4\"\n1e9,2e10,2.5\n1e9,3e10,2.4\n";
    /// let options = ReadOptions::default().with_columns("loss=\"loss, c4\"")?;
    /// assert_eq!(Sweep::from_csv_reader("runs.csv", table.as_bytes(), &options)?.runs()[1].checkpoints()[0].loss, 2.4);
    /// let off = options.with_columns("params=")?.with_run_params(2e9);
    /// assert_eq!(Sweep::from_csv_reader("runs.csv", table.as_bytes(), &off)?.runs()[0].params, 2e9);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a part is not `field=column`.
    pub fn with_columns(mut self, pairs: &str) -> Result<Self> {
        let mut quoted = false;
        let parts = pairs.split(|letter: char| {
            quoted ^= letter == '"';
            letter == ',' && !quoted
        });
        for pair in parts {
            let (field, column) = pair.split_once('=').unwrap_or_default();
            let (field, column) = (field.trim(), column.trim());
            if field.is_empty() {
                let problem = "names no field and its column";
                let remedy = "write FIELD=COLUMN, joined by commas: loss=c4_val,params=n_non_embedding";
                return Err(Error::option("columns", format!("'{pair}'"), problem, remedy));
            }
            let inside = column.strip_prefix('"').and_then(|column| column.strip_suffix('"'));
            self = self.with_column(field, inside.unwrap_or(column));
        }
        if quoted {
            let problem = "has a quote that is never closed";
            return Err(Error::option("columns", format!("'{pairs}'"), problem, "close it"));
        }
        Ok(self)
    }

    setters! {
        /// Gives the parameters of runs of which nothing else tells them.
        with_run_params(run_params: f64);
        /// Gives the tokens of a step where only steps are known.
        with_tokens_per_step(tokens_per_step: f64);
        /// Gives the tokens of a sample where only samples are known.
        with_sequence_length(sequence_length: f64);
        /// Says what commas in numbers mark.
        with_commas(commas: Commas);
        /// Gives the bytes of a token, for losses in bits a byte.
        with_bytes_per_token(bytes_per_token: f64);
    }

    /// Gives what rows of pruned runs do not say of their schedule; see [`pruning`](Self::pruning).
    ///
    /// ```
    /// use nbar::{ReadOptions, Schedule, Sweep, schedule::ScheduleFields};
    /// let table = "params,tokens,loss,final_sparsity\n1e8,2e9,3.4,0\n1e8,2e9,3.5,0.5\n";
    /// let pruning = ScheduleFields { schedule: Some("constant".to_owned()), ..ScheduleFields::default() };
    /// let options = ReadOptions::default().with_pruning(pruning);
    /// let sweep = Sweep::from_reader("t.csv", table.as_bytes(), &options)?;
    /// assert_eq!(sweep.runs()[1].schedule(), &Schedule::constant(0.5));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_pruning(mut self, fields: ScheduleFields) -> Self {
        self.pruning = fields;
        self
    }

    /// Gives what the files do not say of their runs, from a table with a row for each run.
    ///
    /// Its columns are `run`, which names the run as the other files do, and any of `params`, `fixed_params`, `group`,
    /// `tokens_per_step`, `sequence_length`, `batch_size` (sequences a step), `unique_tokens` and those of the schedule.
    /// Commas mark in it what [`with_commas`](Self::with_commas) said before.
    ///
    /// # Errors
    /// When the file cannot be read, is not a table, has no column `run`, or names a run twice.
    pub fn with_runs(self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        self.with_runs_from(&path.display().to_string(), source::open(path)?)
    }

    /// The same from anything that can be read; `name` is what messages call it.
    ///
    /// ```
    /// use nbar::{ReadOptions, Sweep};
    /// let runs = "run,params,tokens_per_step\na,1.2B,0.5M\nb,7B,4M\n";
    /// let options = ReadOptions::default().with_runs_from("runs.csv", runs.as_bytes())?;
    /// let losses = "run,step,loss\na,1000,3.1\nb,1000,2.9\n";
    /// let sweep = Sweep::from_reader("losses.csv", losses.as_bytes(), &options)?;
    /// assert_eq!((sweep.runs()[1].params, sweep.runs()[1].checkpoints()[0].tokens), (7e9, 4e9));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`with_runs`](Self::with_runs).
    pub fn with_runs_from(mut self, name: &str, reader: impl Read) -> Result<Self> {
        self.runs = Some(RunTable::read(name, reader, self.commas)?);
        Ok(self)
    }

    /// Gathers runs that share noise: those with the same value in this column, as of a budget, a seed or an order of the
    /// data. Values are numbers or texts, and compared as the [filter](Self::filter) compares them; the column may stand
    /// for a field as well, or be one of the [table of runs](Self::with_runs).
    ///
    /// ```
    /// use nbar::{ObservationOptions, ReadOptions, Sweep};
    /// let table = "params,tokens,loss,budget\n1e8,4e9,3.2,2.4e18\n2e8,2e9,3.1,24e17\n1e9,2e10,2.6,1.2e20\n";
    /// let options = ReadOptions::default().with_clusters("budget");
    /// let sweep = Sweep::from_csv_reader("runs.csv", table.as_bytes(), &options)?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// assert_eq!((observations.run_count(), observations.cluster_count()), (3, Some(2)));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_clusters(mut self, column: impl Into<String>) -> Self {
        self.clusters = Some(column.into());
        self
    }

    /// Says by filters which runs are to be fitted and which predicted: see [`Sweep::sides`](crate::Sweep::sides). Of one alone the
    /// other side is all other rows; of two, rows on neither side are not read.
    ///
    /// ```
    /// use nbar::{ReadOptions, Sweep};
    /// let table = "run,params,tokens,loss\na,1e8,2e9,3.1\nb,1e9,2e10,2.5\n";
    /// let options = ReadOptions::default().with_sides(Some("params<1e9"), None);
    /// let sweep = Sweep::from_csv_reader("runs.csv", table.as_bytes(), &options)?;
    /// assert_eq!(sweep.sides()?, [["a"], ["b"]]);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_sides(mut self, fit: Option<&str>, predict: Option<&str>) -> Self {
        self.sides = [fit, predict].map(|side| side.map(str::to_owned));
        self
    }

    /// Keeps columns of these names, of whatever the table has among them, for laws that read them
    /// ([`Formula`](crate::law::Formula)): then their cells must be numbers. [`law::may_read`](crate::law::may_read) has the names.
    /// A name that differs from a column's by case, signs or a plural alone is refused.
    ///
    /// ```
    /// use nbar::{ObservationOptions, ReadOptions, Sweep};
    /// let table = "params,tokens,loss,lr\n1e8,4e9,3.2,0.01\n1e9,2e10,2.6,0.02\n";
    /// let options = ReadOptions::default().with_inputs(["lr", "E"]);
    /// let sweep = Sweep::from_csv_reader("runs.csv", table.as_bytes(), &options)?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// assert_eq!((observations.column("lr"), observations.column("E")), (Some(&[0.01, 0.02][..]), None));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_inputs(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.inputs.extend(names.into_iter().map(Into::into));
        self
    }

    /// Says that the file is one of several: its sweep has no run where a filter leaves none of its rows, and
    /// [`Sweep::from_sweeps`](crate::Sweep::from_sweeps) refuses only where no file has any.
    ///
    /// ```
    /// use nbar::{ReadOptions, Sweep};
    /// let options = ReadOptions::default().with_filter("params>1e8").among_others();
    /// let read = |name: &str, params: &str| {
    ///     let table = format!("run,params,tokens,loss\n{name},{params},2e10,3.1\n");
    ///     Sweep::from_reader(&format!("{name}.csv"), table.as_bytes(), &options)
    /// };
    /// let sweep = Sweep::from_sweeps([read("a", "1e8")?, read("b", "2e8")?])?;
    /// assert_eq!((sweep.len(), sweep.runs()[0].id()), (1, "b"));
    /// assert!(Sweep::from_sweeps([read("a", "1e8")?]).is_err());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn among_others(mut self) -> Self {
        self.among_others = true;
        self
    }

    /// Reads only the rows that `filter` keeps; see [`filter`](Self::filter).
    #[must_use]
    pub fn with_filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }
}
