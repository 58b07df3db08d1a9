//! Where the schedule of `nbar schedule` comes from: flags, a tool's own words, a JSON file, or a log.

use std::path::{Path, PathBuf};

use nbar::run::TrajectoryLog;
use nbar::schedule::{BatchRamp, Dialect, Interpolation, Length, Resolved};
use nbar::{Error, ReadOptions, Result, Schedule};

use super::Args;
use crate::args::SCHEDULE_FLAGS;
use crate::flags::refuse_idle;
use crate::host::{host, read};

/// Schedules that are not given by flags.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Schedules as tools write them", next_display_order = 20)]
pub(crate) struct SourceArgs {
    /// Parameters of the tool, by its own names; lists as in JSON: phases='[[0, 100, 1], [100, 200, 0.1]]'
    #[arg(value_name = "NAME=VALUE", requires = "dialect", value_parser = pair, display_order = 0)]
    parameters: Vec<(String, String)>,
    #[arg(long, value_name = "TOOL", conflicts_with_all = SCHEDULE_FLAGS, help = tools())]
    dialect: Option<String>,
    /// File with a schedule: JSON {"tool": "tfmot", ...}, the columns of a sweep table, a recipe or a Keras config; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = SCHEDULE_FLAGS, conflicts_with = "dialect")]
    json: Option<PathBuf>,
    /// Logged counts, in a table or a tool's export: tokens or step; params, nonzero or sparsity; run, if of several;
    /// layer and size, if a row is of a layer
    #[arg(long, value_name = "LOG.csv", conflicts_with_all = SCHEDULE_FLAGS, conflicts_with_all = ["dialect", "json"])]
    trajectories: Option<PathBuf>,
    /// Columns of the log to read instead of those recognised: sparsity=Value,step=Step
    #[arg(long, value_name = "FIELD=COLUMN,...", requires = "trajectories")]
    columns: Option<String>,
    /// Run of the log
    #[arg(long, value_name = "ID", requires = "trajectories")]
    run: Option<String>,
    /// What holds between two rows of the log: held (the row before) or linear [default: held]
    #[arg(long, value_name = "HOW", requires = "trajectories")]
    interpolate: Option<Interpolation>,
    /// Tokens a step that change: from which steps on (0:1M,5000:2M), or a file of step,tokens rows
    #[arg(long, value_name = "STEP:TOKENS,...", conflicts_with = "tokens", requires = "steps")]
    pub(super) batch_ramp: Option<String>,
    /// Tools to compare, with the numbers of --final-sparsity, --start, --end and --every (in steps) in each one's words
    #[arg(long, value_name = "TOOL,...", value_delimiter = ',', conflicts_with_all = ["dialect", "json", "trajectories"])]
    pub(super) compare: Vec<String>,
}

fn tools() -> String {
    format!("Tool whose words the NAME=VALUE arguments are: {}", Dialect::TOOLS.join(", "))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, as begin_step=2500")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl SourceArgs {
    /// The files that are read.
    #[cfg(feature = "plot")]
    pub(super) fn inputs(&self) -> impl Iterator<Item = PathBuf> {
        let ramp = self.batch_ramp.as_ref().map(PathBuf::from);
        [self.json.clone(), self.trajectories.clone(), ramp].into_iter().flatten()
    }
}

impl SourceArgs {
    /// Refuses what nothing reads: a need that another flag excludes is none to the parser.
    fn refuse_idle(&self) -> Result<()> {
        if let (Some((name, value)), None) = (self.parameters.first(), &self.dialect) {
            let problem = "is a tool's, and no tool is named";
            let remedy = "name it (`dialect`) in place of flags such as --shape, or leave it out";
            return Err(Error::option(&format!("parameter {name}"), value, problem, remedy));
        }
        if self.trajectories.is_none() {
            let of_log = |id: &str| matches!(id, "columns" | "run" | "interpolate");
            return refuse_idle(of_log, " without a log", "leave it out, or give the log (`trajectories`)");
        }
        Ok(())
    }
}

pub(super) fn resolve(args: &Args, batches: Option<&BatchRamp>) -> Result<Resolved> {
    let source = &args.source;
    source.refuse_idle()?;
    let length = Length::new(args.tokens, args.steps, batches.cloned());
    let network = args.params.map(|params| args.schedule.network(params));
    if let Some(path) = &source.trajectories {
        let between = source.interpolate.unwrap_or_default();
        let mut options = ReadOptions::default();
        if let Some(columns) = &source.columns {
            options = options.with_columns(columns)?;
        }
        let log = read(
            path,
            |name, text| TrajectoryLog::from_reader_with(name, text, &options),
            |path| TrajectoryLog::from_path_with(path, &options),
        )?;
        return log.resolved(source.run.as_deref(), network, &length, between);
    }
    let network =
        network.ok_or_else(|| Error::missing("a schedule", "--params", "was not given", "give it"))?;
    let schedule = match (&source.json, &source.dialect) {
        (Some(path), _) => from_json(path)?,
        (None, Some(tool)) => {
            let pairs = source.parameters.iter().map(|(name, value)| (&**name, &**value));
            Dialect::from_pairs(tool, pairs)?.into()
        }
        (None, None) => args.schedule.schedule()?,
    };
    schedule.resolved(network, &length)
}

/// A batch ramp as written, or of a file.
pub(super) fn batches(text: &str) -> Result<BatchRamp> {
    if text.contains(':') { text.parse() } else { BatchRamp::from_path(text) }
}

fn from_json(path: &Path) -> Result<Schedule> {
    let name = path.display().to_string();
    let text = match host().and_then(|host| host.open(&name)) {
        Some(text) => std::io::read_to_string(text),
        None if name == "-" => std::io::read_to_string(std::io::stdin()),
        None => std::fs::read_to_string(path),
    };
    let text = text.map_err(|source| Error::read(name.as_str(), source))?;
    Schedule::from_json(&name, &text)
}
