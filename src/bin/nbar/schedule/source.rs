//! Where the schedule of `nbar schedule` comes from: flags, a tool's own words, a JSON file, or a log.

use std::path::PathBuf;

use nbar::error::Location;
use nbar::run::TrajectoryLog;
use nbar::schedule::{BatchRamp, Dialect, Interpolation, ScheduleFields};
use nbar::{Error, Extent, Network, Result, Schedule, Trajectory};
use serde_json::Value;

use super::Args;

/// Schedules that are not given by flags.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Schedules as tools write them")]
pub(crate) struct SourceArgs {
    /// The tool whose words the NAME=VALUE arguments are: zhu-gupta, jin, tfmot, tfmot-constant, jaxpruner, torchao,
    /// sparseml, llm-compressor, neural-compressor, coremltools, coreai-opt, torch-prune, rigl, set, static, phases
    #[arg(long, value_name = "TOOL", conflicts_with_all = FLAGS)]
    dialect: Option<String>,
    /// Parameters of the tool, by its own names; lists as in JSON: phases='[[0, 100, 1], [100, 200, 0.1]]'
    #[arg(value_name = "NAME=VALUE", requires = "dialect", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// A file with a schedule as JSON: {"tool": "tfmot", ...}, or the columns of a sweep table
    #[arg(long, value_name = "FILE", conflicts_with_all = FLAGS, conflicts_with = "dialect")]
    json: Option<PathBuf>,
    /// A table of what was counted in training: tokens or step; params, nonzero or sparsity; run, if of several
    #[arg(long, value_name = "FILE", conflicts_with_all = FLAGS, conflicts_with_all = ["dialect", "json"])]
    log: Option<PathBuf>,
    /// Which run of the log
    #[arg(long, value_name = "ID", requires = "log")]
    run: Option<String>,
    /// What holds between two rows of the log: held (the row before) or linear [default: held]
    #[arg(long, value_name = "HOW", requires = "log")]
    interpolate: Option<Interpolation>,
    /// Tokens a step from given steps on, for batch sizes that change: 0:1M,5000:2M, or a file of step,tokens rows
    #[arg(long, value_name = "STEP:TOKENS,...", conflicts_with = "tokens", requires = "steps")]
    batch_ramp: Option<String>,
    /// Tools to compare, with the numbers of --final-sparsity, --start, --end, --every (in steps) in each one's words
    #[arg(long, value_name = "TOOL,...", value_delimiter = ',', conflicts_with_all = ["dialect", "json", "log"])]
    pub(super) compare: Vec<String>,
}

/// The flags of our own schedules.
const FLAGS: [&str; 8] =
    ["shape", "final_sparsity", "initial_sparsity", "start", "end", "every", "power", "unit"];

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, as begin_step=2500")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// A trajectory, its tokens if they are known, and what is to be said about it.
pub(super) struct Resolved {
    pub(super) trajectory: Trajectory,
    pub(super) tokens: Option<f64>,
    pub(super) notes: Vec<String>,
}

impl SourceArgs {
    /// Whether the schedule needs the parameters before pruning.
    fn batches(&self) -> Result<Option<BatchRamp>> {
        let Some(text) = &self.batch_ramp else { return Ok(None) };
        if text.contains(':') {
            return text.parse().map(Some);
        }
        let rows = std::fs::read_to_string(text).map_err(|source| Error::read(text.as_str(), source))?;
        let is_row = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit());
        let rows: Vec<String> =
            rows.lines().map(str::trim).filter(is_row).map(|line| line.replacen(',', ":", 1)).collect();
        rows.join(",").parse().map(Some)
    }

    fn dialect(&self) -> Result<Option<Dialect>> {
        let Some(tool) = &self.dialect else { return Ok(None) };
        Dialect::from_pairs(tool, self.parameters.iter().map(|(name, value)| (&**name, &**value))).map(Some)
    }
}

pub(super) fn resolve(args: &Args) -> Result<Resolved> {
    let source = &args.source;
    let batches = source.batches()?;
    if let Some(path) = &source.log {
        return logged(args, path, batches);
    }
    let params = args.params.ok_or_else(|| missing("a schedule", "params"))?;
    let network = Network::new(params).with_fixed(args.schedule.fixed_params);
    let tokens = match (&batches, args.steps) {
        (Some(batches), Some(steps)) => Some(batches.tokens_at(steps)),
        _ => args.tokens,
    };
    // Without tokens a step counts as one: averages do not depend on the unit, and FLOPs stay unknown.
    let extent = Extent { tokens: tokens.or(args.steps).unwrap_or(1.0), steps: args.steps };
    let dialect = match &source.json {
        Some(path) => parse_json(path)?,
        None => source.dialect()?.map(Written::Tool),
    };
    let (schedule, notes) = match dialect {
        Some(Written::Tool(dialect)) => (dialect.schedule(extent)?, dialect.shortfall(extent)?),
        Some(Written::Ours(schedule)) => (schedule, None),
        None => (args.schedule.schedule()?, None),
    };
    if tokens.is_none() && in_tokens(&schedule) {
        return Err(missing("a schedule in tokens", "tokens"));
    }
    let trajectory = match (&batches, args.steps) {
        (Some(batches), Some(steps)) => schedule.trajectory_with_batches(network, steps, batches)?,
        _ => schedule.trajectory(network, extent)?,
    };
    Ok(Resolved { trajectory, tokens, notes: notes.into_iter().collect() })
}

fn in_tokens(schedule: &Schedule) -> bool {
    use nbar::schedule::Unit;
    match schedule {
        Schedule::Ramp(ramp) => ramp.unit == Unit::Token,
        Schedule::Staircase(stairs) => stairs.unit == Unit::Token,
        _ => false,
    }
}

fn missing(needed_by: &str, field: &str) -> Error {
    Error::missing(needed_by, field, "is not given", "give it")
}

/// A schedule in a JSON file.
enum Written {
    Tool(Dialect),
    Ours(Schedule),
}

fn parse_json(path: &std::path::Path) -> Result<Option<Written>> {
    let name = path.display().to_string();
    let text =
        if name == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    let text = text.map_err(|source| Error::read(name.as_str(), source))?;
    let is_ours = serde_json::from_str::<Value>(&text).is_ok_and(|value| value.get("schedule").is_some());
    if !is_ours {
        return Dialect::from_json(&name, &text).map(Written::Tool).map(Some);
    }
    let fields: ScheduleFields = serde_json::from_str(&text).map_err(|error| {
        Location::in_file(&name).refuse(error.to_string(), "name columns of a sweep table")
    })?;
    Schedule::from_fields(&fields).map(Written::Ours).map(Some)
}

fn logged(args: &Args, path: &std::path::Path, batches: Option<BatchRamp>) -> Result<Resolved> {
    let log = TrajectoryLog::from_path(path)?;
    let runs: Vec<&str> = log.runs().collect();
    let run = match (&args.source.run, &runs[..]) {
        (Some(run), _) => run.as_str(),
        (None, [run]) => run,
        (None, _) => {
            let known = runs.iter().take(20).copied().collect::<Vec<_>>().join(", ");
            return Err(Error::missing(
                format!("the log {}", log.path),
                "run",
                "is not given",
                format!("choose one of its {} runs: {known}", runs.len()),
            ));
        }
    };
    let between = args.source.interpolate.unwrap_or_default();
    let last = log.last_position(run)?;
    let mut notes = vec![format!(
        "counted, not configured: {} rows of {}, {}",
        log.rows,
        log.path,
        match between {
            Interpolation::Linear => "linear between them",
            _ => "each held until the next",
        }
    )];
    let in_steps = log.unit == nbar::schedule::Unit::Step;
    let (tokens, batches, total) = match (args.tokens, args.steps, batches) {
        (_, Some(steps), Some(batches)) => {
            let total = batches.tokens_at(steps);
            (Some(total), Some(batches), total)
        }
        (Some(tokens), Some(steps), None) => {
            (Some(tokens), Some(BatchRamp::new(vec![(0.0, tokens / steps)])?), tokens)
        }
        (Some(_), None, None) if in_steps => return Err(missing("a log in steps", "steps")),
        (Some(tokens), ..) => (Some(tokens), None, tokens),
        (None, Some(steps), None) if in_steps => (None, Some(BatchRamp::new(vec![(0.0, 1.0)])?), steps),
        _ => {
            notes.push(format!("the run is taken to end with the log's last row, at {last} {}s", log.unit));
            if in_steps {
                (None, Some(BatchRamp::new(vec![(0.0, 1.0)])?), last)
            } else {
                (Some(last), None, last)
            }
        }
    };
    let network = args.params.map(|params| Network::new(params).with_fixed(args.schedule.fixed_params));
    let trajectory = log.trajectory(run, network, total, batches.as_ref(), between)?;
    Ok(Resolved { trajectory, tokens, notes })
}
