//! `nbar score`: what came of forecasts.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use nbar::error::Location;
use nbar::predict::NewRun;
use nbar::read::{MeasuredTable, Point};
use nbar::registration::{Registration, ScoreReport, ScoredRun};
use nbar::{Document, Ensemble, Error, ReadOptions, Result};

use crate::args::{TableArgs, load, say_columns};
use crate::format::{digits, format_count, percent};
use crate::host::{host, read};
use crate::predict::points;
use crate::table::{Format, Table, count, end, number, text};
use crate::{Outcome, talk, warn};

/// Score forecasts by what was measured
///
/// Takes what nbar predict --preregister has written, and a table of measured losses: the column loss, and run, or params and
/// tokens. Runs are matched by name, or else by parameters and tokens to 1 %. A saved fit in place of the file forecasts the
/// runs of the table now.
///
/// Prints for each run the error, ln predicted - ln measured; z, the measured loss less the forecast, over the standard deviation
/// of the run interval on that side; and its place in the predictive distribution (PIT), the probability of a lower loss. Then how many landed in
/// their run interval, and its interval score.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar predict sweep.fit.json --from points.csv --preregister forecasts.json
  nbar score forecasts.json measured.csv
  nbar score sweep.fit.json measured.csv")]
pub(crate) struct Args {
    /// Registration written by nbar predict --preregister, or a saved fit
    #[arg(value_name = "NAME.json", help_heading = "Input")]
    forecasts: PathBuf,
    /// Table of measured losses
    #[arg(value_name = "MEASURED.csv", help_heading = "Input")]
    measured: PathBuf,
    #[command(flatten)]
    reading: TableArgs,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let options = args.reading.options()?;
    let report = match fit(&args.forecasts)? {
        Some(ensemble) => of_fit(&ensemble, &args.measured, &options)?,
        None => {
            let name = args.forecasts.display().to_string();
            let bytes =
                std::fs::read(&args.forecasts).map_err(|source| Error::read(name.as_str(), source))?;
            let registration = Registration::from_json(&name, &bytes).map_err(|error| {
                let problem = "is a saved fit, and stands where the table of measured losses should";
                match is_fit(&args.measured) {
                    true => Error::option("measured", args.measured.display(), problem, "swap the two files"),
                    false => error,
                }
            })?;
            let held = |name: &str, text| MeasuredTable::from_reader_with(name, text, &options);
            let measured = read(&args.measured, held, |path| MeasuredTable::from_path_with(path, &options))?;
            say_columns(&args.measured, &measured.mapping);
            measured.findings().iter().for_each(|finding| warn(finding.to_string()));
            if registration.checksum.is_none() {
                talk("the forecasts have no checksum: what was changed later is not seen");
            }
            for (what, file) in [("fit", &registration.fit), ("table", &registration.table)] {
                if let Some(file) = file {
                    talk(format!(
                        "registered {}: {what} {}, SHA-256 {}",
                        registration.date, file.name, file.sha256
                    ));
                }
            }
            registration.score(&measured)?
        }
    };
    let far = report.runs.iter().filter(|run| run.outcome.error.abs() > std::f64::consts::LN_2).count();
    if far > 0 {
        let runs = format_count(far, "run");
        talk(format!(
            "the loss of {runs} is more than twice the forecast, or less than half; see whether losses are nats a token, not perplexities or bits"
        ));
    }
    let table = table(&report);
    let stdout = table.written(args.format, || report.to_json(), || table.text() + &summary(&report));
    Ok(Outcome::good(stdout))
}

/// The saved fit of this name, if it is one.
fn fit(path: &Path) -> Result<Option<Ensemble>> {
    if is_fit(path) { load(path).map(Some) } else { Ok(None) }
}

fn is_fit(path: &Path) -> bool {
    let is_held = host().is_some_and(|host| path.to_str().is_some_and(|name| host.fit(name).is_some()));
    let starts_as_fit = || {
        let bytes = std::fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(&bytes[..bytes.len().min(256)]).contains("\"nbar.fit/")
    };
    is_held || starts_as_fit()
}

/// What a fit says of the runs of a table, beside what came of them.
fn of_fit(ensemble: &Ensemble, path: &Path, options: &ReadOptions) -> Result<ScoreReport> {
    let all = points::read(path, options, ensemble).map_err(|error| match error {
        Error::Data { place, problem, .. } if problem.starts_with("no column for 'params'") => {
            let remedy = "a saved fit forecasts runs by `params` and `tokens`: add these columns; forecasts that were registered (`preregister`) are found by name";
            place.refuse(problem, remedy)
        }
        error => error,
    })?;
    let points = last_rows(&all);
    let mut ends = HashMap::new();
    for point in &points {
        let Some(run) = point.run.as_deref() else { continue };
        let Some(first) = ends.insert(run, point.line) else { continue };
        let [first, line] = [first, point.line].map(Option::unwrap_or_default);
        let place = Location::in_file(&path.display().to_string()).line(line);
        let problem = format!("run '{run}' ends on line {first} too, with a loss of its own");
        return Err(place.refuse(
            problem,
            "keep one of them: of several evaluations that which was fitted, and name repeats apart",
        ));
    }
    if points.len() < all.len() {
        let left = format_count(all.len() - points.len(), "row");
        talk(format!("not scored: {left} before the last of a run, which has one loss, that of its end"));
    }
    points::warn_of_fitted(points.iter().copied(), ensemble);
    let runs = points.iter().map(|point| NewRun::of_point(point)).collect::<Result<Vec<_>>>()?;
    let placed = |error| points::placed(error, points, (Some(path), ensemble));
    let predictions = ensemble.predict_runs(&runs).map_err(placed)?;
    ScoreReport::of_predictions(&predictions).ok_or_else(|| {
        let problem = format!("{}: no row has a loss", path.display());
        Error::unanswerable("score", problem, "write the measured losses into the column `loss`")
    })
}

/// Of each run that has a name the row of the most tokens, and all without one.
fn last_rows(points: &[Point]) -> Vec<&Point> {
    let are_last = are_last(points);
    points.iter().zip(are_last).filter(|(_, is_last)| *is_last).map(|(point, _)| point).collect()
}

/// Whether each row is the last of its run.
pub(crate) fn are_last(points: &[Point]) -> Vec<bool> {
    let tokens = |point: &Point| point.trajectory.tokens();
    let mut most: HashMap<&str, f64> = HashMap::new();
    for point in points {
        let Some(run) = &point.run else { continue };
        most.entry(run).and_modify(|most| *most = most.max(tokens(point))).or_insert(tokens(point));
    }
    let is_last = |point: &Point| point.run.as_deref().is_none_or(|run| most[run] == tokens(point));
    points.iter().map(is_last).collect()
}

/// A row for each run.
fn table(report: &ScoreReport) -> Table<&ScoredRun> {
    let named = report.runs.iter().any(|run| run.run.is_some());
    let drawn = !report.level.is_nan();
    Table::of(&report.runs)
        .column_if(named, "run", |run| text(run.run.as_deref().unwrap_or_default()))
        .column("initial_params", |run| count(run.initial_params, 4))
        .column("tokens", |run| count(run.tokens, 4))
        .column("predicted", |run| number(run.predicted, 5))
        .headed(end("run_lower", report.level), |run| number(run.run_interval[0], 5))
        .headed(end("run_upper", report.level), |run| number(run.run_interval[1], 5))
        .column("measured", |run| number(run.outcome.loss, 5))
        .column("error", |run| number(run.outcome.error, 3))
        .column_if(drawn, "z", |run| number(run.outcome.z, 3))
        .column_if(drawn, "pit", |run| number(run.outcome.pit, 3))
        .column_if(drawn, "in_run_interval", |run| text(run.outcome.in_run_interval.map_or("", yes_or_no)))
        .column_if(drawn, "run_score", |run| number(run.outcome.run_score, 4))
}

/// A word for whether something is so.
pub(crate) fn yes_or_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// What all runs say together.
pub(crate) fn summary(report: &ScoreReport) -> String {
    let mut out = String::from("\n");
    let per_cent = |share: f64| format!("{} %", digits(100.0 * share, 3));
    if let Some(inside) = report.in_run_interval {
        let _ = writeln!(
            out,
            "in the run interval: {inside} of {}, where {} would be expected",
            format_count(report.scored, "run"),
            percent(report.level)
        );
        let _ = writeln!(
            out,
            "run interval: mean width {} of L, interval score {}",
            per_cent(report.run_width),
            per_cent(report.run_score)
        );
    }
    let law = report.law;
    let _ = writeln!(
        out,
        "error of L (positive is too high): mean {}, root mean square {}, largest {}",
        per_cent(law.bias),
        per_cent(law.rms),
        per_cent(law.largest)
    );
    if report.in_run_interval.is_some() {
        let _ = writeln!(
            out,
            "error: ln of the forecast over what was measured; z: the measured loss less the forecast, over its standard deviation; pit: probability of a lower loss"
        );
    }
    if !report.not_measured.is_empty() {
        let _ = writeln!(out, "not measured: {}", report.not_measured.join(", "));
    }
    out
}
