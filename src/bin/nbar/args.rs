//! Arguments that several subcommands share.

use std::io::Read;
use std::path::{Path, PathBuf};

use nbar::answer::RunShape;
use nbar::law::Input;
use nbar::optimize::Starts;
use nbar::read::RunTable;
use nbar::report::Report;
use nbar::run::{ColumnMapping, Format, TrajectoryLog};
use nbar::schedule::{Interpolation, ScheduleFields};
use nbar::units::parse_quantity;
use nbar::{
    Ensemble, Error, Extent, FitOptions, Network, ObservationOptions, Observations, ReadOptions, Residual,
    Result, RobustLoss, Schedule, Size, Sweep, Trajectory,
};

use crate::curves::CurveArgs;
use crate::restrict::{RestrictionArgs, WeightArgs};
use crate::talk;

/// Reads a positive quantity such as `7B`.
pub(crate) fn quantity(text: &str) -> Result<f64, String> {
    let value = parse_quantity(text).map_err(|e| e.to_string())?;
    if value > 0.0 { Ok(value) } else { Err(format!("'{text}' is not above zero")) }
}

/// Reads a quantity that may be zero.
pub(crate) fn amount(text: &str) -> Result<f64, String> {
    parse_quantity(text).map_err(|e| e.to_string())
}

/// Reads a quantity that may be zero, or a percentage such as `25%`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    position(text).map(|position| position.value)
}

/// A place in a run: a number in some unit, or a percentage, which only fits units that are fractions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) value: f64,
    pub(crate) percent: bool,
}

/// Reads a place such as `2500`, `20B` or `25%`.
pub(crate) fn position(text: &str) -> Result<Position, String> {
    match text.strip_suffix('%') {
        Some(percent) => {
            parse_quantity(percent).map(|value| Position { value: value / 100.0, percent: true })
        }
        None => parse_quantity(text).map(|value| Position { value, percent: false }),
    }
    .map_err(|e| e.to_string())
}

/// Whether an error is one of the command line rather than of the input.
pub(crate) fn is_usage(error: &Error) -> bool {
    matches!(
        error,
        Error::UnknownName { .. }
            | Error::InvalidOption { .. }
            | Error::InvalidFilter { .. }
            | Error::InvalidQuantity { .. }
    )
}

/// An error in the words of the command line: a schedule's numbers by their flags. (Those of a table come
/// inside an error that names the table's row, and keep the names of its columns.)
pub(crate) fn spoken(error: &Error) -> String {
    match error {
        Error::InvalidSchedule { .. }
        | Error::ReversedRamp { .. }
        | Error::RampNotMultiple { .. }
        | Error::BeyondRun { .. }
        | Error::UnknownSchedule { .. }
        | Error::UnknownName { what: "prune_unit", .. }
        | Error::MissingInput { .. } => {
            let flags = [
                ("final_sparsity", "--final-sparsity"),
                ("initial_sparsity", "--initial-sparsity"),
                ("prune_start", "--start"),
                ("prune_end", "--end"),
                ("prune_every", "--every"),
                ("prune_power", "--power"),
                ("prune_unit", "--unit"),
                ("needs schedule,", "needs --shape,"),
            ];
            flags.iter().fold(error.to_string(), |text, (field, flag)| text.replace(field, flag))
        }
        _ => error.to_string(),
    }
}

/// How a run is pruned.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Pruning schedule")]
pub(crate) struct ScheduleArgs {
    /// Shape of the ramp: dense, constant, one_shot, linear, cubic, polynomial, geometric, cosine [default: dense]
    #[arg(long)]
    pub(crate) shape: Option<String>,
    /// Sparsity when pruning ends, in [0, 1): 0.8 leaves a fifth
    #[arg(long, value_name = "S", value_parser = share, allow_hyphen_values = true)]
    pub(crate) final_sparsity: Option<f64>,
    /// Sparsity when training starts
    #[arg(long, value_name = "S", value_parser = share, allow_hyphen_values = true)]
    pub(crate) initial_sparsity: Option<f64>,
    /// Where pruning starts, in --unit: 2500, 20B, 0.25 or 25%
    #[arg(long, value_name = "X", value_parser = position, allow_hyphen_values = true)]
    pub(crate) start: Option<Position>,
    /// Where pruning ends, in --unit
    #[arg(long, value_name = "X", value_parser = position, allow_hyphen_values = true)]
    pub(crate) end: Option<Position>,
    /// Distance between cuts, in --unit; without it the ramp is smooth
    #[arg(long, value_name = "X", value_parser = position, allow_hyphen_values = true)]
    pub(crate) every: Option<Position>,
    /// Power of the polynomial ramp [default: 3]
    #[arg(long, value_name = "P", value_parser = share, allow_hyphen_values = true)]
    pub(crate) power: Option<f64>,
    /// Unit of start, end and every: token, step, fraction (of all tokens) or compute (fraction of all FLOPs)
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// Parameters that are never pruned, added to N(t): embeddings, norms
    #[arg(long, value_name = "N", default_value = "0", value_parser = share, allow_hyphen_values = true)]
    pub(crate) fixed_params: f64,
}

impl ScheduleArgs {
    pub(crate) fn schedule(&self) -> Result<Schedule> {
        let places = [("--start", self.start), ("--end", self.end), ("--every", self.every)];
        let absolute = self.unit.as_deref().is_some_and(|unit| unit.starts_with(['t', 's', 'T', 'S']));
        for (name, place) in places {
            if let Some(place) = place.filter(|place| place.percent && absolute) {
                let value = format!("{}%", 100.0 * place.value);
                let expected =
                    "a number of tokens or steps; a percentage goes with --unit fraction or compute";
                return Err(Error::InvalidOption { name, value, expected });
            }
        }
        let value = |place: Option<Position>| place.map(|place| place.value);
        Schedule::from_fields(&ScheduleFields {
            schedule: self.shape.clone(),
            final_sparsity: self.final_sparsity,
            initial_sparsity: self.initial_sparsity,
            prune_start: value(self.start),
            prune_end: value(self.end),
            prune_unit: self.unit.clone(),
            prune_every: value(self.every),
            prune_power: self.power,
        })
    }

    /// The shape of runs whose size and length are not given.
    pub(crate) fn shape(&self) -> Result<RunShape> {
        self.without_fixed()?;
        RunShape::new(&self.schedule()?)
    }

    /// Refuses parameters that are never pruned: of runs of one shape all counts go together.
    pub(crate) fn without_fixed(&self) -> Result<()> {
        if !(self.fixed_params > 0.0) {
            return Ok(());
        }
        Err(Error::Unanswerable {
            question: "allocate",
            problem: "the size of the run is what is asked for, so that it cannot have a fixed number of parameters that are \
                      not pruned"
                .to_owned(),
            remedy: "leave out --fixed-params",
        })
    }

    pub(crate) fn trajectory(&self, prunable: f64, tokens: f64, steps: Option<f64>) -> Result<Trajectory> {
        self.schedule()?.trajectory(Network { prunable, fixed: self.fixed_params }, Extent { tokens, steps })
    }
}

/// Which files are the sweep, and how to read them.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SweepArgs {
    /// Sweep tables (CSV, JSON or JSON Lines with run, params, tokens, loss, ...), or what training tools write:
    /// recognised by content; - is stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Keep the rows for which all of these hold: outlier=0,params>=1e8 (operators = != < <= > >=)
    #[arg(long = "where", value_name = "FILTER")]
    pub(crate) filter: Vec<String>,
    /// Columns to read instead of those recognised: loss=c4_val,params=n_non_embedding
    #[arg(long, value_name = "FIELD=COLUMN,...")]
    pub(crate) columns: Option<String>,
    /// Parameters of runs whose files do not tell them: 1.2B
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true)]
    run_params: Option<f64>,
    /// Tokens a step, for files that tell steps only: 0.5M
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true)]
    tokens_per_step: Option<f64>,
    /// Tokens a sample, for files that tell samples only: 2048
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true)]
    sequence_length: Option<f64>,
    /// Bytes a token, for losses in bits a byte: 4.2
    #[arg(long, value_name = "B", value_parser = quantity, allow_hyphen_values = true)]
    bytes_per_token: Option<f64>,
    /// Table with a row for each run (run, params, tokens_per_step, sequence_length, schedule, ...) for what the
    /// files do not tell
    #[arg(long, value_name = "RUNS.csv")]
    runs: Option<PathBuf>,
    /// Table of logged counts, which go before schedules: run, tokens or step, and params, nonzero or sparsity
    #[arg(long, value_name = "LOG.csv")]
    trajectories: Option<PathBuf>,
    /// Between rows of --trajectories: held (each count until the next) or linear
    #[arg(long, default_value = "held", requires = "trajectories")]
    interpolate: Interpolation,
}

impl SweepArgs {
    /// The sweep, with the weights that are asked for.
    pub(crate) fn read_weighted(&self, weights: &WeightArgs) -> Result<Sweep> {
        self.read_with(weights.read(ReadOptions::default()))
    }

    fn read_with(&self, options: ReadOptions) -> Result<Sweep> {
        let sweep = Sweep::from_sweeps(self.read_each_with(options)?.collect::<Result<Vec<Sweep>>>()?)?;
        self.log(sweep)
    }

    /// The sweep with the counts that were logged, if there is a log.
    pub(crate) fn log(&self, sweep: Sweep) -> Result<Sweep> {
        match &self.trajectories {
            Some(path) => sweep.with_trajectories(&TrajectoryLog::from_path(path)?, self.interpolate),
            None => Ok(sweep),
        }
    }

    /// The files one by one.
    pub(crate) fn read_each(&self) -> Result<impl Iterator<Item = Result<Sweep>>> {
        self.read_each_with(ReadOptions::default())
    }

    fn read_each_with(&self, mut options: ReadOptions) -> Result<impl Iterator<Item = Result<Sweep>>> {
        if let Some(columns) = &self.columns {
            options = options.with_columns(columns)?;
        }
        if !self.filter.is_empty() {
            options = options.with_filter(self.filter.join(","));
        }
        options.run_params = self.run_params;
        options.tokens_per_step = self.tokens_per_step;
        options.sequence_length = self.sequence_length;
        options.bytes_per_token = self.bytes_per_token;
        options.runs = self.runs.as_ref().map(RunTable::from_path).transpose()?;
        Ok(self.files.iter().map(move |file| match file.as_str() {
            "-" => Sweep::from_reader("<stdin>", std::io::stdin().lock(), &options),
            path => Sweep::from_path_with(path, &options),
        }))
    }
}

/// Says as what the files were read, and which columns were taken for what, where their names do not.
pub(crate) fn say_mapping(sweep: &Sweep) {
    // Files that were read alike are said once.
    let mut said: Vec<(String, &str, usize)> = Vec::new();
    for source in sweep.sources() {
        let columns =
            sweep.mapping().iter().filter(|mapping| mapping.path == source.path && !mapping.is_plain());
        let columns: Vec<String> = columns.map(ColumnMapping::described).collect();
        let parts = [&columns[..], &source.notes[..]].concat();
        if parts.is_empty() && source.format == Format::Csv {
            continue;
        }
        let text =
            format!("{}{}{}", source.format, if parts.is_empty() { "" } else { "; " }, parts.join("; "));
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

/// The laws that are known, with their formulas.
fn laws() -> String {
    let law = |name: &&str| Some(format!("{name} ({})", nbar::law::by_name(name).ok()?.formula()));
    format!("Law to fit: {}", nbar::law::NAMES.iter().filter_map(law).collect::<Vec<_>>().join("; "))
}

/// What is minimised.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ObjectiveArgs {
    /// What a residual counts for: huber:DELTA, laplace (its size), squared, or asymmetric:FACTOR (Huber, and FACTOR times as
    /// much where the curve lies above the data: the lower envelope) [default: huber:1e-3]
    #[arg(long, value_name = "LOSS")]
    loss: Option<RobustLoss>,
    /// Huber's delta, in units of ln L (with --on loss, of L): short for --loss huber:DELTA
    #[arg(long, default_value = "1e-3", value_parser = quantity, allow_hyphen_values = true, conflicts_with = "loss")]
    delta: f64,
    /// What a residual is a difference of: ln-loss or loss
    #[arg(long, default_value = "ln-loss")]
    on: Residual,
}

impl ObjectiveArgs {
    pub(crate) fn apply(&self, options: FitOptions) -> FitOptions {
        let loss = self.loss.unwrap_or(RobustLoss::Huber { delta: self.delta });
        options.with_loss(loss).with_residual(self.on)
    }
}

/// What is fitted to the sweep, and how.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LawArgs {
    #[arg(long, default_value = "chinchilla", help = laws())]
    law: String,
    /// Which parameter count is N: average, initial, final, geometric, harmonic or power:P
    #[arg(long, default_value = "average", allow_hyphen_values = true)]
    size: Size,
    #[command(flatten)]
    curves: CurveArgs,
    #[command(flatten)]
    objective: ObjectiveArgs,
    #[command(flatten)]
    restrictions: RestrictionArgs,
    #[command(flatten)]
    pub(crate) weights: WeightArgs,
    /// Where the search starts: screened (the best cells of two grids), hoffmann (the 4,500 published points) or
    /// random:COUNT
    #[arg(long, default_value = "screened")]
    starts: Starts,
    /// Threads, 0 for one a processor; results do not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=512))]
    jobs: u16,
}

impl LawArgs {
    pub(crate) fn observations(&self, sweep: &Sweep) -> Result<Observations> {
        let options = ObservationOptions::default().with_size(self.size);
        // A law of tokens alone is fitted to curves, and their rows are what it is about.
        let options = match nbar::law::by_name(&self.law)?.inputs()[..] {
            [Input::Tokens] => self.curves.apply(options),
            _ => self.curves.said(sweep, options),
        };
        self.weights.weigh(sweep.observations(&options)?)
    }

    pub(crate) fn fit_options(&self) -> Result<FitOptions> {
        let options = FitOptions::default()
            .with_law(nbar::law::by_name(&self.law)?)
            .with_starts(self.starts.clone())
            .with_jobs(usize::from(self.jobs));
        Ok(self.restrictions.restrict(self.objective.apply(options)))
    }
}

/// Reads the level of intervals, as 0.95 or 95%.
pub(crate) fn level(text: &str) -> Result<f64, String> {
    match share(text) {
        Ok(level) if level > 0.0 && level < 1.0 => Ok(level),
        _ => Err("it lies between 0 and 1, both excluded; 0.95 is usual".to_owned()),
    }
}

/// A saved fit that is asked a question.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SavedFit {
    /// A fit saved with: nbar fit -o; - is stdin
    #[arg(value_name = "FIT.json")]
    pub(crate) fit: PathBuf,
}

impl SavedFit {
    /// The draws, without which there is no answer.
    pub(crate) fn ensemble(&self, question: &'static str) -> Result<Ensemble> {
        load(&self.fit, question)
    }
}

/// Reads a saved fit with its draws, without which there is no interval to give; `-` is stdin.
pub(crate) fn load(path: &Path, question: &'static str) -> Result<Ensemble> {
    let report = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|source| Error::Read { path: "<stdin>".to_owned(), source })?;
        Report::from_json("<stdin>", &bytes)?
    } else {
        Report::load(path)?
    };
    match report {
        Report::Ensemble(ensemble) => Ok(ensemble),
        Report::Point(_) => Err(Error::Unanswerable {
            question,
            problem: "the saved fit has no draws, so there is no interval to give".to_owned(),
            remedy: "refit with --bootstrap 1000",
        }),
    }
}
