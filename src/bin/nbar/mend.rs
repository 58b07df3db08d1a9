//! What would read files that were refused: all that is wrong with them, and one set of options.

use std::path::{Path, PathBuf};

use nbar::read::Commas;
use nbar::{Error, ObservationOptions, Result, Sweep, inspect};

use crate::args::SweepArgs;
use crate::flags::{marked, pasteable, spoken_error};
use crate::keywords;

/// What tells the sizes of several runs.
const RUNS: &str = "--runs";
/// What a person has to choose, so that no command is offered.
const CHOICE: &str = "--columns";
/// Most options that are added one after the other.
const MOST: usize = 40;

/// Files that were refused, read with more options.
#[derive(Debug)]
pub(crate) struct Mended {
    /// What was wrong, in the order in which it was found.
    problems: Vec<Error>,
    /// With what the files can be read; none where no option helps.
    args: Option<SweepArgs>,
    /// Options whose value only the person knows.
    asked: Vec<&'static str>,
}

/// Reads the files with what their refusals offer until they can be read, or nothing is offered.
pub(crate) fn mended(given: &SweepArgs) -> Mended {
    let mut mended = Mended { problems: Vec::new(), args: None, asked: Vec::new() };
    // What was read once is gone.
    if given.files.iter().any(|file| file == "-") {
        return mended;
    }
    let mut args = given.clone();
    for _ in 0..MOST {
        let error = match read(&args) {
            Err(error) => error,
            Ok(sweep) => {
                if !mended.problems.is_empty() {
                    leave_out(&sweep, &mut args);
                }
                mended.args = Some(args);
                break;
            }
        };
        // What is still wrong is not mended by what was offered.
        if mended.problems.iter().any(|known| known.to_string() == error.to_string()) {
            break;
        }
        let is_helped = help(&error, &mut args, &mut mended.asked);
        mended.problems.push(error);
        if !is_helped {
            break;
        }
    }
    mended
}

fn read(args: &SweepArgs) -> Result<Sweep> {
    Sweep::from_sweeps(args.read_each()?.collect::<Result<Vec<Sweep>>>()?)
}

/// Leaves out runs that did not come to their end, where others are left.
fn leave_out(sweep: &Sweep, args: &mut SweepArgs) {
    for finding in inspect(sweep, &ObservationOptions::default()).findings {
        let said = finding.to_string();
        let offered =
            marked(&said).find(|(field, _)| *field == "filter").map(|(_, filter)| filter.to_owned());
        let Some(filter) = offered.filter(|_| finding.count < sweep.len()) else { continue };
        args.filter.push(filter);
        if read(args).is_err() {
            args.filter.pop();
        }
    }
}

/// Adds what a refusal offers first: columns that are named, then filters, then values.
fn help(error: &Error, args: &mut SweepArgs, asked: &mut Vec<&'static str>) -> bool {
    let remedy = error.remedy().unwrap_or_default();
    let offered: Vec<(&str, &str)> = marked(&remedy).collect();
    let of = |name: &str| offered.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
    let several_of = |field: &str| {
        let pairs = offered.iter().filter(|(name, _)| *name == "columns");
        pairs.filter(|(_, pair)| pair.split('=').next() == Some(field)).count() > 1
    };
    // Which of several counts is meant only a person knows: they may be parts of one. Any shows what else is wrong.
    if let Some(field) = ["params", "tokens"].into_iter().find(|field| several_of(field)) {
        let is_of = |pair: &&str| pair.split('=').next() == Some(field);
        let is_known = args.columns.iter().flat_map(|known| known.split(',')).any(|pair| is_of(&pair));
        let pairs = offered.iter().filter(|(name, _)| *name == "columns").map(|(_, pair)| *pair);
        let is_named = |pair: &&str| is_of(pair) && !pair.ends_with("=NAME");
        let first = pairs.clone().find(is_named).unwrap_or_default();
        let known = args.columns.take();
        args.columns = Some(known.map_or_else(|| first.to_owned(), |known| format!("{known},{first}")));
        asked.push(CHOICE);
        return !is_known;
    }
    // What a person has to know is not tried: that runs are dense, that a batch is all of a step.
    let is_known = |pair: &&str| {
        let (field, column) = pair.split_once('=').unwrap_or_default();
        column != "NAME"
            && column != field
            && !matches!(field, "batch_size" | "tokens_per_step" | "final_sparsity")
            && !matches!(*pair, "final_sparsity=" | "schedule=" | "fixed_params=" | "tokens=")
            && !field.starts_with("prune_")
            && !(field.starts_with("final_") && (of("schedule").is_some() || of("trajectories").is_some()))
            // Nor whether rows of one name are a curve.
            && *pair != "run="
    };
    if let Some(column) = of("columns").filter(is_known) {
        let field = column.split('=').next().unwrap_or_default();
        // A unit of a column replaces what said that it has the losses.
        let own = column.split_once('=').map_or(column, |(_, own)| own);
        let known = args.columns.take().map(|known| {
            let others = known
                .split(',')
                .filter(|pair| !pair.split_once('=').is_some_and(|(of, other)| of == "loss" && other == own));
            others.collect::<Vec<_>>().join(",")
        });
        let known = known.filter(|known| !known.is_empty());
        let is_new = known
            .as_ref()
            .is_none_or(|known| !known.split(',').any(|pair| pair.split('=').next() == Some(field)));
        args.columns = Some(known.map_or_else(|| column.to_owned(), |known| format!("{known},{column}")));
        return is_new;
    }
    // A log of the refused file itself, and not the one that a person may have.
    let log = of("trajectories").filter(|log| *log != "LOG.csv").map(Path::new);
    if let Some(log) = log {
        // Of a folder all logs are.
        let folder = args.files.iter().map(PathBuf::from).find(|file| file.is_dir() && log.starts_with(file));
        let log = folder.unwrap_or_else(|| log.to_path_buf());
        let is_new = !args.trajectories.contains(&log);
        args.trajectories.extend(is_new.then_some(log));
        return is_new;
    }
    if let Some(commas) = of("commas").and_then(|commas| commas.parse::<Commas>().ok()) {
        return args.commas.replace(commas).is_none();
    }
    if let Some(filter) = of("filter") {
        args.filter.push(filter.to_owned());
        return true;
    }
    // Runs of several files are hardly of one size.
    let several = args.files.len() > 1 || args.files.iter().any(|file| Path::new(file).is_dir());
    for (name, flag, value) in [
        ("tokens_per_step", "--tokens-per-step", &mut args.tokens_per_step),
        ("sequence_length", "--sequence-length", &mut args.sequence_length),
        ("bytes_per_token", "--bytes-per-token", &mut args.bytes_per_token),
        ("run_params", "--run-params", &mut args.run_params),
    ] {
        // The table of runs that a person gives is one.
        let has_table = several && name == "run_params" && args.runs.is_some();
        if value.is_none() && of(name).is_some() && !has_table {
            // Any value shows what else is wrong; it is not offered.
            *value = Some(1.0);
            asked.push(if several && name == "run_params" { RUNS } else { flag });
            return true;
        }
    }
    false
}

/// The words of this command, which are all UTF-8.
fn of_command() -> impl Iterator<Item = String> {
    crate::host::words().into_iter().filter_map(|word| word.into_string().ok())
}

/// Whether this command says what commas mark.
fn given_commas() -> bool {
    of_command().any(|word| word == "--commas" || word.starts_with("--commas="))
}

impl Mended {
    /// Whether it is reading that was refused.
    pub(crate) fn is_of(&self, error: &Error) -> bool {
        self.problems.first().is_some_and(|first| first.to_string() == error.to_string())
    }

    /// With what the files can be read, where only what they say themselves is missing.
    pub(crate) fn readable(self) -> Option<SweepArgs> {
        self.args.filter(|_| self.asked.is_empty())
    }

    /// The problems, and the command that has none.
    pub(crate) fn lines(&self) -> Vec<String> {
        let said = self.problems.iter().map(|problem| format!("nbar: {}", spoken_error(problem)));
        // A refusal of several rows has a line for each kind of them.
        let mut lines: Vec<String> =
            said.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
        if let Some(args) = self.args.as_ref().filter(|_| !self.asked.contains(&CHOICE)) {
            let of_person = match self.asked[..] {
                [] => "",
                [RUNS] => ", with a row of run and params for each run in RUNS.csv",
                [_] => ", with your own number for VALUE",
                _ => ", with your own number for each VALUE",
            };
            let offered = match crate::host::host() {
                Some(_) => self.keywords(args),
                None => self.command(args),
            };
            lines.push(format!("try{of_person}: {offered}"));
        }
        lines
    }

    /// The options as the keywords of a function.
    fn keywords(&self, args: &SweepArgs) -> String {
        let mut all = Vec::new();
        let mut add = |flag: &str, value: &str| all.push(keywords::written(flag, Some(value)));
        if let Some(columns) = &args.columns {
            add("columns", columns);
        }
        if !args.filter.is_empty() {
            add("where", &args.filter.join(","));
        }
        if let Some(commas) = args.commas {
            add("commas", &commas.to_string());
        }
        if let [log] = &args.trajectories[..] {
            add("trajectories", &log.display().to_string());
        }
        all.extend(self.asked.iter().map(|flag| {
            let keyword = keywords::written(flag.trim_start_matches('-'), None);
            format!("{keyword}={}", if *flag == RUNS { "'RUNS.csv'" } else { "VALUE" })
        }));
        all.join(", ")
    }

    /// This command with the options that were added.
    fn command(&self, args: &SweepArgs) -> String {
        let mut words = vec!["nbar".to_owned()];
        let mut given = of_command().skip(1);
        while let Some(word) = given.next() {
            // All columns are named once.
            match word.as_str() {
                "--columns" => drop(given.next()),
                word if word.starts_with("--columns=") => {}
                word => words.push(pasteable(word)),
            }
        }
        let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), pasteable(value)]);
        if let Some(columns) = &args.columns {
            add("--columns", columns);
        }
        let given = of_command().filter(|word| word == "--where" || word.starts_with("--where=")).count();
        let added = &args.filter[given.min(args.filter.len())..];
        if !added.is_empty() {
            add("--where", &added.join(","));
        }
        if let Some(commas) = args.commas.filter(|_| !given_commas()) {
            add("--commas", &commas.to_string());
        }
        let is_log = |word: &String| word == "--trajectories" || word.starts_with("--trajectories=");
        for log in &args.trajectories[of_command().filter(is_log).count().min(args.trajectories.len())..] {
            add("--trajectories", &log.display().to_string());
        }
        self.asked.iter().for_each(|flag| add(flag, if *flag == RUNS { "RUNS.csv" } else { "VALUE" }));
        words.join(" ")
    }
}
