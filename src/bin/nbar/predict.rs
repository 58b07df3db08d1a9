//! `nbar predict`: the loss of runs that have not been trained.

pub(crate) mod points;

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use nbar::error::Location;
use nbar::law::Input;
use nbar::predict::{LossBend, NewRun, Outcome as Measured, PredictedLoss, Prediction};
use nbar::read::Point;
use nbar::registration::{ScoreReport, SourceFile};
use nbar::units::format_quantity;
use nbar::{Document, Ensemble, Error, Extent, Result, Schedule};
use sha2::{Digest, Sha256};

use crate::allocations::far;
use crate::args::{AnswerArgs, DECAY_FLAGS, SCHEDULE_FLAGS, SavedFitArgs, ScheduleArgs, TableArgs, quantity};
use crate::format::{digits, format_count, percent, range};
use crate::host::{host, read as read_held};
use crate::schedule::{is_short, warn_of_short};
use crate::score::{self, yes_or_no};
use crate::sensitivity::{Held, held};
use crate::table::{Cell, Format, Table, count, end, number, text};
use crate::{Outcome, warn};

/// How many points' warnings go to stderr.
const SHOWN: usize = 3;

/// Predict the loss of new runs from a saved fit, with intervals
///
/// With a schedule the run is pruned: --params are its prunable parameters before pruning, and its average count N̄
/// is integrated. Many runs at once come from a table, --from. Losses in that table are scored: error, z, place in the
/// predictive distribution (PIT), hits of the run interval and its score.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar predict chinchilla.fit.json --params 70B --tokens 1.4T
  nbar predict t5.fit.json --params 1B --tokens 20B --shape cubic \\
      --final-sparsity 0.8 --start 25% --end 75% --unit fraction
  nbar predict compute.fit.json --flops 1e23 --fix E=1.4,1.5,1.6
  nbar predict chinchilla.fit.json --from points.csv --format csv
  nbar predict chinchilla.fit.json --from points.csv \\
      --preregister forecasts.json")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// Parameters of the run
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        required_unless_present_any = ["from", "flops"])]
    params: Option<f64>,
    /// Tokens of the run
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        required_unless_present_any = ["from", "flops"])]
    tokens: Option<f64>,
    /// Instead of parameters and tokens: training FLOPs of the run, for laws of compute alone
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with_all = SCHEDULE_FLAGS,
        conflicts_with_all = ["params", "tokens", "unique_tokens", "steps", "fixed_params", "from"])]
    flops: Option<f64>,
    /// Different tokens in the data, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    unique_tokens: Option<f64>,
    /// Optimiser steps of the run, for a schedule in steps
    #[arg(long, value_name = "T", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    steps: Option<f64>,
    /// Table of runs: params, tokens and, as in a sweep table, run, steps, unique_tokens and a schedule; - is stdin
    #[arg(long, value_name = "POINTS.csv", help_heading = "Input", conflicts_with_all = SCHEDULE_FLAGS,
        conflicts_with_all = DECAY_FLAGS, conflicts_with_all = ["params", "tokens", "unique_tokens", "steps", "fixed_params"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    reading: TableArgs,
    /// Also from fits to the same runs with a parameter held at each of these values, a row each: E=1.4,1.5,1.6
    #[arg(long, value_name = "NAME=VALUE,...", value_parser = held, allow_hyphen_values = true, help_heading = "Law",
        conflicts_with = "from")]
    fix: Option<Held>,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    answer: AnswerArgs,
    /// Publish today: write the forecasts of --from to a new file, with hashes of the fit and the table and the date
    #[arg(long, value_name = "NAME.json", help_heading = "Output", requires = "from")]
    preregister: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if args.from.as_ref().is_some_and(|from| from.as_os_str() == "-" && args.saved.fit.as_os_str() == "-") {
        return Err(Error::option("from", "-", "is stdin, as the fit is", "name a file for one of the two"));
    }
    let whole = args.answer.load_whole(&args.saved.fit)?;
    let of_all = args.fix.as_ref().map(|held| (held, whole.clone()));
    let ensemble = args.answer.of_group(whole)?;
    check_unique_tokens(&ensemble, args.unique_tokens)?;
    if let (Some(unique), Some(tokens)) = (args.unique_tokens, args.tokens) {
        points::warn_of_unique(unique, tokens);
    }
    if args.from.is_none() {
        args.reading.refuse_without_table()?;
    }
    let reading = args.reading.options()?;
    let points = match (&args.from, args.params, args.tokens) {
        _ if args.flops.is_some() => Vec::new(),
        (None, Some(params), Some(tokens)) => {
            let mut extent = Extent::new(tokens);
            extent.steps = args.steps;
            let schedule = args.schedule.schedule()?;
            if let (Some(steps), Schedule::Dense) = (args.steps, &schedule) {
                let remedy = "leave it out, or say how the run is pruned (`shape`, `final_sparsity`)";
                return Err(Error::option("steps", steps, "is not read of a dense run", remedy));
            }
            let trajectory = schedule.trajectory(args.schedule.network(params), extent)?;
            warn_of_short(&trajectory, args.steps);
            let mut point = Point::new(trajectory);
            point.unique_tokens = args.unique_tokens;
            vec![point]
        }
        (from, ..) => points::read(from.as_deref().unwrap_or(Path::new("-")), &reading, &ensemble)?,
    };
    if let Some(short) = args.from.as_ref().and(points.iter().find(|point| is_short(&point.trajectory, None)))
    {
        warn_of_short(&short.trajectory, None);
    }
    points::warn_of_others(&points, args.answer.group());
    points::warn_of_fitted(points.iter(), &ensemble);
    if let Some(path) = &args.preregister {
        preregister(args, path, &ensemble, &points)?;
    }
    let mut lines: Vec<Option<u64>> = points.iter().map(|point| point.line).collect();
    if let Some((held, all)) = &of_all {
        let run = match (args.flops, points.first()) {
            (None, Some(point)) => NewRun::of_point(point)?,
            (flops, _) => NewRun::of_flops(flops.unwrap_or(f64::NAN))?,
        };
        return held.run(all, &run, &args.answer);
    }
    let mut runs = points.iter().map(NewRun::of_point).collect::<Result<Vec<_>>>()?;
    if let Some(flops) = args.flops {
        runs.push(NewRun::of_flops(flops)?);
        lines.push(None);
    }
    let placed = |error| points::placed(error, &points, (args.from.as_deref(), &ensemble));
    let answers = ensemble.predict_runs(&runs).map_err(placed)?;
    let stdout = match (args.answer.format, answers.as_slice()) {
        (Format::Text, [answer]) if args.from.is_none() => sentences(answer),
        (Format::Json, [answer]) if args.from.is_none() => answer.to_json() + "\n",
        (Format::Json, _) => Prediction::list_to_json(&answers) + "\n",
        (Format::Csv, _) => full_records(&answers).csv(),
        (Format::Md, _) => short_records(&answers).markdown(),
        (Format::Latex, _) => short_records(&answers).latex(),
        (Format::Text, _) => {
            let farthest = answers.iter().map(|answer| answer.extrapolation.flops).max_by(f64::total_cmp);
            let caution = farthest.map_or_else(String::new, far);
            let if_so = condition(answers.iter().any(|answer| answer.loss.bend.is_some()));
            let note = match ensemble.draws.is_empty() {
                true => String::new(),
                false => {
                    format!("\nmean: where the law's curve lies; run: where a new run would land, {if_so}\n")
                }
            };
            let ends = score::are_last(&points);
            let last =
                answers.iter().zip(&ends).filter(|(_, is_last)| **is_last).map(|(answer, _)| answer.clone());
            let scores = ScoreReport::of_predictions(&last.collect::<Vec<_>>());
            let before = ends
                .iter()
                .zip(&points)
                .filter(|(is_last, point)| !**is_last && point.loss.is_some())
                .count();
            let left = match before {
                0 => String::new(),
                rows => format!("not scored: {} before the last of a run\n", format_count(rows, "row")),
            };
            let scores = scores.map_or_else(String::new, |scores| score::summary(&scores) + &left);
            format!("{caution}{}{note}{scores}", short_records(&answers).text())
        }
    };
    let outcome = Outcome::of_saved(&ensemble, &[], args.answer.format, stdout);
    warn_of(&answers, &lines, &ensemble);
    Ok(outcome)
}

/// Refuses unique tokens that the law does not read.
pub(crate) fn check_unique_tokens(ensemble: &Ensemble, given: Option<f64>) -> Result<()> {
    let Some(unique) = given.filter(|_| !reads_unique_tokens(ensemble)) else { return Ok(()) };
    let remedy = "leave it out, or fit a law of repeated data (`law=repeated-data`)";
    Err(Error::option("unique_tokens", unique, "is not read by this law", remedy))
}

fn reads_unique_tokens(ensemble: &Ensemble) -> bool {
    ensemble.fit.law().spec().inputs.contains(&Input::UniqueTokens)
}

/// Writes the forecasts to a new file.
fn preregister(args: &Args, path: &Path, ensemble: &Ensemble, points: &[Point]) -> Result<()> {
    let Some(table) = args.from.as_deref() else {
        let problem = "needs the table of the runs (`from`)";
        return Err(Error::option("preregister", path.display(), problem, "write the runs into a table"));
    };
    if points.iter().any(|point| point.loss.is_some()) {
        let problem = "is of runs that are yet to be trained, and the table has losses";
        let remedy = "remove the column, or leave out `preregister`";
        return Err(Error::option("preregister", path.display(), problem, remedy));
    }
    for (place, point) in points.iter().enumerate().filter(|(_, point)| point.run.is_some()) {
        if let Some(other) = points[..place].iter().find(|other| other.run == point.run) {
            let [line, first] = [point, other].map(|point| point.line.unwrap_or_default());
            let name = point.run.as_deref().unwrap_or_default();
            let place = Location::in_file(&table.display().to_string()).line(line);
            let problem = format!("the run on line {first} is called '{name}' too");
            return Err(place.refuse(problem, "give each run a name of its own"));
        }
    }
    points::warn_of_known(points, ensemble);
    let runs = points.iter().map(NewRun::of_point).collect::<Result<Vec<_>>>()?;
    let placed = |error| points::placed(error, points, (Some(table), ensemble));
    let registration =
        ensemble.register(&runs).map_err(placed)?.with_files(hashed(&args.saved.fit)?, hashed(table)?);
    let failed = |source| Error::write(path.display().to_string(), source);
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match file {
        Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => {
            let problem = "is there already, and what was published stays as it is";
            return Err(Error::option("preregister", path.display(), problem, "name another file"));
        }
        file => file.map_err(failed)?,
    };
    file.write_all((registration.to_json() + "\n").as_bytes()).map_err(failed)
}

/// The name of a file and the hash of its bytes; of a fit that a host holds, of those that it would be saved as.
fn hashed(path: &Path) -> Result<SourceFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let held = host().and_then(|host| host.fit(path.to_str()?));
    let bytes = match held {
        Some(report) => report.to_json().into_bytes(),
        None if path.as_os_str() == "-" => {
            let remedy = "save it, and name the file";
            return Err(Error::option("preregister", "", "hashes files, and stdin is none", remedy));
        }
        None => {
            let failed = |source| Error::read(path.display().to_string(), source);
            let of_text = |_: &str, mut text: Box<dyn Read>| {
                let mut bytes = Vec::new();
                text.read_to_end(&mut bytes).map(|_| bytes).map_err(failed)
            };
            read_held(path, of_text, |path| std::fs::read(path).map_err(failed))?
        }
    };
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(SourceFile { name, sha256 })
}

/// Says on stderr the first few warnings of the points, each with its line.
fn warn_of(answers: &[Prediction], lines: &[Option<u64>], ensemble: &Ensemble) {
    let each = answers.iter().zip(lines).flat_map(|(a, line)| a.warnings.iter().map(move |w| (line, w)));
    let own: Vec<_> = each.filter(|(_, warning)| !ensemble.fit.warnings.contains(warning)).collect();
    for (line, warning) in own.iter().take(SHOWN) {
        match line {
            None => warn(warning),
            Some(line) => warn(format!("line {line}: {warning}")),
        }
    }
    if own.len() > SHOWN {
        let all =
            if crate::host::host().is_some() { "the column `warnings` has" } else { "--format json has" };
        warn(format!("and {} more; {all} all of them", own.len() - SHOWN));
    }
}

/// What the interval of a run rests on.
fn condition(bends: bool) -> &'static str {
    if bends { "if the law bends as the runs suggest" } else { "if the law holds" }
}

/// Where a run would land if the law holds, and the posterior of a bend; nothing where the law is not bent.
fn bend(loss: PredictedLoss, level: &str) -> String {
    let percent = |share: f64| format!("{} %", digits(100.0 * share, 2));
    loss.bend.map_or_else(String::new, |bend| {
        format!(
            "if the law holds {}  ({level} interval)\n\
             bend             probability {}, moves L by {} +- {}\n",
            range(loss.run_interval_if_law_holds, 5),
            percent(bend.probability),
            percent(bend.shift.exp_m1()),
            percent(bend.std_error)
        )
    })
}

/// All of the predictions; with what the bend does where a machine reads them.
fn full_records(answers: &[Prediction]) -> Table<&Prediction> {
    let level = answers.first().map_or(f64::NAN, |answer| answer.level);
    let bend = |a: &Prediction, of: fn(LossBend) -> f64| match a.loss.bend {
        Some(bend) => number(of(bend), 5),
        None => text(""),
    };
    let measured = answers.iter().any(|answer| answer.outcome.is_some());
    let scored = |a: &Prediction, of: fn(&Measured) -> Cell| a.outcome.as_ref().map_or_else(|| text(""), of);
    records(answers)
        .headed(end("run_if_law_holds_lower", level), |a| number(a.loss.run_interval_if_law_holds[0], 5))
        .headed(end("run_if_law_holds_upper", level), |a| number(a.loss.run_interval_if_law_holds[1], 5))
        .column("bend_probability", move |a| bend(a, |bend| bend.probability))
        .column("bend_shift", move |a| bend(a, |bend| bend.shift))
        .column("bend_std_error", move |a| bend(a, |bend| bend.std_error))
        .column_if(measured, "in_run_interval", |a| {
            scored(a, |o| text(o.in_run_interval.map_or("", yes_or_no)))
        })
        .column_if(measured, "run_score", |a| scored(a, |o| number(o.run_score, 4)))
}

/// For people: without the ends of intervals where there are none.
fn short_records(answers: &[Prediction]) -> Table<&Prediction> {
    if answers.iter().all(|answer| answer.level.is_nan()) {
        with_outcomes(estimates(answers))
    } else {
        records(answers)
    }
}

fn records(answers: &[Prediction]) -> Table<&Prediction> {
    let level = answers.first().map_or(f64::NAN, |answer| answer.level);
    let table = estimates(answers)
        .headed(end("mean_lower", level), |a| number(a.loss.mean_interval[0], 5))
        .headed(end("mean_upper", level), |a| number(a.loss.mean_interval[1], 5))
        .headed(end("run_lower", level), |a| number(a.loss.run_interval[0], 5))
        .headed(end("run_upper", level), |a| number(a.loss.run_interval[1], 5));
    with_outcomes(table)
}

fn estimates(answers: &[Prediction]) -> Table<&Prediction> {
    let named = answers.iter().any(|answer| answer.run.is_some());
    Table::of(answers)
        .column_if(named, "run", |a| text(a.run.as_deref().unwrap_or_default()))
        .column("initial_params", |a| count(a.initial_params, 4))
        .column("average_params", |a| count(a.average_params, 4))
        .column("final_params", |a| count(a.final_params, 4))
        .column("tokens", |a| count(a.tokens, 4))
        .column("flops", |a| count(a.flops, 4))
        .column("loss", |a| number(a.loss.estimate, 5))
}

/// Columns of what came of the runs, where any was measured.
fn with_outcomes(table: Table<&Prediction>) -> Table<&Prediction> {
    let measured = table.any(|answer| answer.outcome.is_some());
    let of = |a: &Prediction, of: fn(&Measured) -> f64, places: usize| {
        a.outcome.as_ref().map_or_else(|| text(""), |outcome| number(of(outcome), places))
    };
    table
        .column_if(measured, "measured", |a| of(a, |o| o.loss, 5))
        .column_if(measured, "error", |a| of(a, |o| o.error, 3))
        .column_if(measured, "z", |a| of(a, |o| o.z, 3))
        .column_if(measured, "pit", |a| of(a, |o| o.pit, 3))
}

fn sentences(answer: &Prediction) -> String {
    let count = |n: f64| format_quantity(n, 4);
    let (average, first, last) = (answer.average_params, answer.initial_params, answer.final_params);
    let mut size = format!("{} parameters", count(average));
    if average != first || average != last {
        let _ = write!(size, " on average ({} at first, {} at the end)", count(first), count(last));
    }
    let size =
        if average.is_nan() { String::new() } else { format!("{size}, {} tokens, ", count(answer.tokens)) };
    let (loss, beyond, level) = (answer.loss, answer.extrapolation, percent(answer.level));
    let mut out = format!(
        "{}{size}{} FLOPs\n\n\
         loss             {}  nats a token\n",
        far(beyond.flops),
        format_quantity(answer.flops, 3),
        digits(loss.estimate, 5),
    );
    if !answer.level.is_nan() {
        let _ = write!(
            out,
            "law lies in      {}  ({level} interval)\n\
             run would land   {}  ({level} interval), {}\n\
             {}",
            range(loss.mean_interval, 5),
            range(loss.run_interval, 5),
            condition(loss.bend.is_some()),
            bend(loss, &level),
        );
    }
    if !beyond.flops.is_nan() {
        let _ = write!(out, "\nagainst the largest in the sweep: FLOPs x {}", digits(beyond.flops, 3));
        if !beyond.params.is_nan() {
            let [params, tokens] = [beyond.params, beyond.tokens].map(|factor| digits(factor, 3));
            let _ = write!(out, ", params x {params}, tokens x {tokens}");
        }
        out.push('\n');
    }
    out
}
