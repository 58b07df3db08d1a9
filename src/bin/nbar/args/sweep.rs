//! Which runs are read, and what is fitted of them.

mod apart;

use std::path::{Path, PathBuf};

use nbar::observation::{FlopsCount, PowerWeight};
use nbar::read::Commas;
use nbar::run::{ColumnMapping, TrajectoryLog};
use nbar::schedule::{Interpolation, ScheduleFields, Unit};
use nbar::{Checkpoints, Error, LossAt, ObservationOptions, ReadOptions, Result, Sweep};

use super::parse::{Position, positions, quantity};
use crate::host::read;
use crate::talk;

/// Which files are the sweep, and how to read them.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Input", next_display_order = 1)]
pub(crate) struct SweepArgs {
    /// Sweep tables (CSV, JSON or JSON Lines with run, params, tokens, loss, ...) or what training tools write; - is stdin
    #[arg(required = true, value_name = "FILE", display_order = 0)]
    pub(crate) files: Vec<String>,
    /// Conditions on the rows to keep: outlier=0,params>=1e8 (operators = != < <= > >=). Commas and `and` bind before `or`;
    /// parentheses group
    #[arg(long = "where", value_name = "FILTER")]
    pub(crate) filter: Vec<String>,
    /// Columns to read instead of those recognised: loss=c4_val,params=n_non_embedding. A name with commas stands in double
    /// quotes: 'loss="loss, c4"'. A field without a name has no column: tokens=. Units in names, as in Params (M), count
    #[arg(long, value_name = "FIELD=COLUMN,...")]
    pub(crate) columns: Option<String>,
    /// Column of which runs with one value share noise (budget, seed, data_order): these groups are drawn in place of runs
    #[arg(long, value_name = "COLUMN")]
    cluster: Option<String>,
    /// Parameters of runs whose files do not tell them: 1.2B
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true)]
    pub(crate) run_params: Option<f64>,
    /// Tokens of a step, for files that tell steps only: 0.5M
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true)]
    pub(crate) tokens_per_step: Option<f64>,
    /// Tokens of a sample, for files that tell samples only: 2048
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true)]
    pub(crate) sequence_length: Option<f64>,
    /// Bytes of a token, for losses in bits a byte: 4.2
    #[arg(long, value_name = "B", value_parser = quantity, allow_hyphen_values = true)]
    pub(crate) bytes_per_token: Option<f64>,
    /// What commas in numbers mark: decimal (2,51), decimal-dots-thousands (1.234,5 and 1.234) or thousands (1,234)
    #[arg(long, value_name = "WHAT")]
    pub(crate) commas: Option<Commas>,
    /// Table with a row for each run, for what the files do not tell: run, params, tokens_per_step, schedule, ...
    #[arg(long, value_name = "RUNS.csv")]
    pub(crate) runs: Option<PathBuf>,
    /// Table of logged counts, which go before schedules: run; tokens or step; params, nonzero or sparsity. Or a folder of logs;
    /// it can be given several times
    #[arg(long, value_name = "LOG.csv")]
    pub(crate) trajectories: Vec<PathBuf>,
    /// What holds between two rows of the log: held (the row before) or linear
    #[arg(long, value_name = "HOW", default_value = "held", requires = "trajectories")]
    interpolate: Interpolation,
    /// From where to where runs were pruned, in place of what the files say, in --unit: 10%..50%
    #[arg(long, value_name = "START..END", value_parser = positions, allow_hyphen_values = true)]
    prune_window: Option<[Position; 2]>,
    /// Schedule of pruned runs of which the files tell no more than the sparsity: constant, linear, cubic, ...
    #[arg(long, value_name = "NAME")]
    shape: Option<String>,
    /// Unit of --prune-window, and of a start and an end whose unit the files do not tell: token, step, fraction (of all tokens) or
    /// compute (of all FLOPs) [default: fraction, for --prune-window]
    #[arg(long)]
    unit: Option<Unit>,
}

impl SweepArgs {
    /// The sweep, with the weights that are asked for; says as what it was read.
    /// Columns of the names that the laws may read are kept.
    pub(crate) fn read(&self, observed: &ObservationArgs, names: Vec<String>) -> Result<Sweep> {
        self.read_sides(observed, names, [None, None])
    }

    /// The sweep, of which no law reads anything.
    pub(crate) fn read_curves(&self) -> Result<Sweep> {
        self.gathered(ReadOptions::default().with_curves())
    }

    /// The same, with what is to be fitted and what is to be predicted of it.
    pub(crate) fn read_sides(
        &self,
        observed: &ObservationArgs,
        names: Vec<String>,
        [fit, predict]: [Option<&str>; 2],
    ) -> Result<Sweep> {
        self.gathered(observed.reading().with_inputs(names).with_sides(fit, predict))
    }

    /// All files as one sweep.
    fn gathered(&self, reading: ReadOptions) -> Result<Sweep> {
        let each = self.read_each_with(reading)?.collect::<Result<Vec<Sweep>>>()?;
        let sweep = self.overrule(Sweep::from_sweeps(each)?)?;
        self.check_effect(&sweep)?;
        say_mapping(&sweep);
        Ok(sweep)
    }

    /// The same with the column that tells the recipe of each run.
    pub(crate) fn with_group(mut self, column: &str) -> Self {
        let own =
            if column.contains(',') { format!("group=\"{column}\"") } else { format!("group={column}") };
        self.columns = Some(self.columns.map_or(own.clone(), |columns| format!("{columns},{own}")));
        self
    }

    /// The sweep with the counts that were logged, if there is a log, and the window that is assumed, if one is.
    pub(crate) fn overrule(&self, mut sweep: Sweep) -> Result<Sweep> {
        sweep = sweep.with_trajectories(self.logs()?, self.interpolate)?;
        // A single cut was read where it is.
        let Some([start, end]) = self.prune_window.filter(|_| !self.is_cut()) else { return Ok(sweep) };
        sweep.with_prune_window(start.value..=end.value, self.unit.unwrap_or(Unit::Fraction))
    }

    /// The logs of counts.
    fn logs(&self) -> Result<Vec<TrajectoryLog>> {
        let mut options = ReadOptions::default();
        options.commas = self.commas;
        let all = self.trajectories.iter().map(|path| {
            read(
                path,
                |name, text| TrajectoryLog::from_reader_with(name, text, &options).map(|log| vec![log]),
                |path| TrajectoryLog::all_from_path(path, &options),
            )
        });
        Ok(all.collect::<Result<Vec<_>>>()?.concat())
    }

    /// Whether it is said that runs were pruned by a single cut.
    fn is_cut(&self) -> bool {
        let is_one = |shape: &String| shape.replace(['_', '-'], "").eq_ignore_ascii_case("oneshot");
        self.shape.as_ref().is_some_and(is_one)
    }

    /// What is said of pruned runs whose rows do not say it.
    fn pruning(&self) -> Result<ScheduleFields> {
        let mut fields = ScheduleFields { schedule: self.shape.clone(), ..ScheduleFields::default() };
        let unit = self.unit.or(self.prune_window.map(|_| Unit::Fraction));
        fields.prune_unit = unit.map(|unit| unit.to_string());
        if let Some([start, end]) = self.prune_window {
            let absolute = matches!(unit, Some(Unit::Token | Unit::Step));
            for place in [start, end] {
                place.fits("prune_window", absolute)?;
            }
            if self.is_cut() && start.value != end.value {
                let value = format!("{}..{}", start.value, end.value);
                let problem = "is two places, and a single cut has one";
                return Err(Error::option("prune_window", value, problem, "say AT..AT, as 50%..50%"));
            }
            (fields.prune_start, fields.prune_end) = (Some(start.value), Some(end.value));
        }
        Ok(fields)
    }

    /// Refuses what was said of the files and changes nothing.
    pub(crate) fn check_effect(&self, sweep: &Sweep) -> Result<()> {
        for (option, value, problem, pair) in [
            (
                "run_params",
                self.run_params,
                "has no effect: the files tell the parameters of their runs",
                "params=",
            ),
            (
                "tokens_per_step",
                self.tokens_per_step,
                "has no effect: no run needs it to compute tokens from steps",
                "tokens=",
            ),
            (
                "sequence_length",
                self.sequence_length,
                "has no effect: no run needs it to compute tokens from samples",
                "tokens=",
            ),
            (
                "bytes_per_token",
                self.bytes_per_token,
                "has no effect: no loss is in bits or nats a byte",
                "bits_per_byte=NAME",
            ),
        ] {
            if let Some(value) = value.filter(|_| !sweep.uses(option)) {
                let remedy = format!("leave it out, or say how the files are to be read (`columns: {pair}`)");
                return Err(Error::option(option, value, problem, remedy));
            }
        }
        let unit = self.unit.filter(|_| self.prune_window.is_none()).map(|unit| unit.to_string());
        for (option, value, problem) in [
            ("schedule", self.shape.clone(), "has no effect: no pruned run of the files needs it"),
            (
                "prune_unit",
                unit,
                "has no effect: no pruned run of the files needs it, and there is no `prune_window`",
            ),
        ] {
            if let Some(value) = value.filter(|_| !sweep.uses(option)) {
                return Err(Error::option(option, value, problem, "leave it out"));
            }
        }
        if let Some(commas) = self.commas.filter(|_| !sweep.uses("commas")) {
            let problem = "has no effect: no number of a table has commas";
            return Err(Error::option("commas", commas, problem, "leave it out"));
        }
        Ok(())
    }

    /// All that is read: files and folders.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = PathBuf> {
        let tables = self.runs.iter().chain(&self.trajectories).cloned();
        self.files.iter().map(PathBuf::from).chain(tables)
    }

    /// The files one by one.
    pub(crate) fn read_each(&self) -> Result<impl Iterator<Item = Result<Sweep>>> {
        self.read_each_with(ReadOptions::default())
    }

    fn read_each_with(&self, mut options: ReadOptions) -> Result<impl Iterator<Item = Result<Sweep>>> {
        if self.files.len() > 1 {
            options = options.among_others();
        }
        if let Some(columns) = &self.columns {
            options = options.with_columns(columns)?;
        }
        if !self.filter.is_empty() {
            options = options.with_filter(all_of(&self.filter));
        }
        options.clusters.clone_from(&self.cluster);
        options.run_params = self.run_params;
        options.tokens_per_step = self.tokens_per_step;
        options.sequence_length = self.sequence_length;
        options.bytes_per_token = self.bytes_per_token;
        options.commas = self.commas;
        options.pruning = self.pruning()?;
        if let Some(runs) = &self.runs {
            let plain = options.clone();
            options =
                read(runs, |name, text| plain.with_runs_from(name, text), |path| options.with_runs(path))?;
        }
        for log in self.logs()? {
            options = options.with_counted_runs(&log);
        }
        Ok(self.files.iter().map(move |file| match file.as_str() {
            "-" => Sweep::from_reader("<stdin>", std::io::stdin().lock(), &options),
            path => read(
                Path::new(path),
                |name, text| Sweep::from_reader(name, text, &options),
                |path| Sweep::from_path_with(path, &options),
            ),
        }))
    }
}

/// One filter that asks for each of some.
fn all_of(filters: &[String]) -> String {
    let group = |filter: &String| match filter.to_ascii_lowercase().contains("or") && filters.len() > 1 {
        true => format!("({filter})"),
        false => filter.clone(),
    };
    filters.iter().map(group).collect::<Vec<_>>().join(",")
}

/// Says as what the files were read, and which columns were taken for what, where their names do not.
fn say_mapping(sweep: &Sweep) {
    // Files that were read alike are said once.
    let mut said: Vec<(String, &str, usize)> = Vec::new();
    for source in sweep.sources() {
        let columns = described(sweep.mapping().iter().filter(|mapping| mapping.path == source.path));
        let parts = [&columns[..], &source.notes[..]].concat();
        if columns.is_empty() && source.is_plain() {
            continue;
        }
        let text =
            format!("{}{}{}", source.format(), if parts.is_empty() { "" } else { "; " }, parts.join("; "));
        match said.iter_mut().find(|(known, ..)| *known == text) {
            Some((.., others)) => *others += 1,
            None => said.push((text, &source.path, 0)),
        }
    }
    for (text, path, others) in said {
        let others = if others == 0 { String::new() } else { format!(" and {others} more") };
        talk(format!("{path}{others}: {text}"));
    }
}

/// What was read from columns whose names do not say it, or converted.
fn described<'a>(mapping: impl Iterator<Item = &'a ColumnMapping>) -> Vec<String> {
    mapping.filter(|mapping| !mapping.is_plain()).map(ColumnMapping::described).collect()
}

/// Says which columns of one table were taken for what, where their names do not.
pub(crate) fn say_columns(path: &Path, mapping: &[ColumnMapping]) {
    let columns = described(mapping.iter());
    if !columns.is_empty() {
        talk(format!("{}: {}", path.display(), columns.join("; ")));
    }
}

/// Which rows of loss curves are fitted, and what the loss of a run is.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct CurveArgs {
    /// Rows of a run's loss curve to fit: last or all
    #[arg(long, default_value = "last")]
    checkpoints: Checkpoints,
    /// Loss of a run with a curve: last, mean-last:1% (over the last 1 % of its tokens), ema:0.99 or min (biased low)
    #[arg(long, value_name = "HOW", default_value = "last")]
    loss_at: LossAt,
}

/// What is fitted of a sweep.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct ObservationArgs {
    #[command(flatten)]
    curves: CurveArgs,
    /// Weights of rows: a power of a count (flops:0.5, mean 1), repeats (by how much evaluations of a run say), or a column of the
    /// table [default: its column weight, if any]
    #[arg(long, value_name = "QUANTITY:POWER|repeats|COLUMN", value_parser = weight)]
    weight: Option<Weight>,
    /// What training FLOPs are: measured (the column flops), average (6 N̄ D) or dense (6 N0 D, of masked training that saved
    /// nothing) [default: measured where every row says it, else average]
    #[arg(long, value_name = "HOW")]
    flops_count: Option<FlopsCount>,
}

#[derive(Debug, Clone)]
enum Weight {
    Power(PowerWeight),
    Column(String),
}

/// Reads a quantity and its power, or the name of a column.
fn weight(text: &str) -> Result<Weight> {
    if text == "repeats" {
        return "repeats:1".parse().map(Weight::Power);
    }
    if format!("{text}:1").parse::<PowerWeight>().is_ok() {
        let remedy = format!("write how much it counts, as {text}:1, or name a column of weights");
        return Err(Error::option("weight", text, "is a quantity without its power", remedy));
    }
    if text.contains(':') { text.parse().map(Weight::Power) } else { Ok(Weight::Column(text.to_owned())) }
}

impl CurveArgs {
    pub(crate) fn options(&self) -> ObservationOptions {
        ObservationOptions::default().with_checkpoints(self.checkpoints).with_loss_at(self.loss_at)
    }
}

impl ObservationArgs {
    pub(crate) fn options(&self) -> ObservationOptions {
        let mut options = self.curves.options();
        options.flops_count = self.flops_count;
        match &self.weight {
            None => options,
            Some(Weight::Column(_)) => options.with_weights_needed(),
            Some(Weight::Power(by)) => options.with_power_weights(*by),
        }
    }

    /// How the sweep is read: with the column of weights, if one is named.
    fn reading(&self) -> ReadOptions {
        let options = ReadOptions::default();
        let options = if self.curves.options() == ObservationOptions::default() {
            options
        } else {
            options.with_curves()
        };
        match &self.weight {
            Some(Weight::Column(column)) => options.with_column("weight", column),
            _ => options,
        }
    }
}
