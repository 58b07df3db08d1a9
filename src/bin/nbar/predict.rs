//! `nbar predict`: the loss of runs that have not been trained.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use nbar::fit::Warning;
use nbar::predict::{NewRun, Prediction};
use nbar::read::{Point, PointTable};
use nbar::units::format_quantity;
use nbar::{Error, Extent, Result};
use serde_json::json;

use crate::allocations::far;
use crate::args::{LevelArgs, SCHEDULE_FLAGS, SavedFitArgs, ScheduleArgs, quantity};
use crate::format::{Format, Rows, digits, percent, range};
use crate::{Outcome, talk};

/// How many points' warnings go to stderr.
const SHOWN: usize = 3;

/// Predict the loss of new runs from a saved fit, with intervals
///
/// With a schedule the run is pruned: --params are its prunable parameters before pruning, and its average count N̄
/// is integrated. Many runs at once come from a table, --from.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar predict chinchilla.fit.json --params 70B --tokens 1.4T
  nbar predict t5.fit.json --params 1B --tokens 20B --shape cubic --final-sparsity 0.8 \\
      --start 25% --end 75% --unit fraction
  nbar predict chinchilla.fit.json --from points.csv --format csv")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// Parameters of the run
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        required_unless_present = "from")]
    params: Option<f64>,
    /// Tokens of the run
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        required_unless_present = "from")]
    tokens: Option<f64>,
    /// Different tokens in the data, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    unique_tokens: Option<f64>,
    /// Optimiser steps of the run, for a schedule in steps
    #[arg(long, value_name = "T", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    steps: Option<f64>,
    /// Table of runs: params, tokens and, as in a sweep table, run, steps, unique_tokens and a schedule; - is stdin
    #[arg(long, value_name = "POINTS.csv", help_heading = "Input", conflicts_with_all = SCHEDULE_FLAGS,
        conflicts_with_all = ["params", "tokens", "unique_tokens", "steps", "fixed_params"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    level: LevelArgs,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if args.from.as_ref().is_some_and(|from| from.as_os_str() == "-" && args.saved.fit.as_os_str() == "-") {
        return Err(Error::option("from", "-", "is stdin, as the fit is", "name a file for one of the two"));
    }
    let ensemble = args.level.load(&args.saved.fit, "predict")?;
    let points = match (&args.from, args.params, args.tokens) {
        (None, Some(params), Some(tokens)) => {
            let extent = Extent { tokens, steps: args.steps };
            let trajectory = args.schedule.schedule()?.trajectory(args.schedule.network(params), extent)?;
            let mut point = Point::new(trajectory);
            point.unique_tokens = args.unique_tokens;
            vec![point]
        }
        (from, ..) => read(from.as_deref().unwrap_or(Path::new("-")))?,
    };
    let mut answers = Vec::with_capacity(points.len());
    for point in points {
        let prediction = ensemble.predict_run(&NewRun::of_point(&point)?)?;
        answers.push(Answer { point, prediction });
    }
    warn(&answers, &ensemble.fit.warnings);
    let level = ensemble.options.level;
    let stdout = match (args.format, answers.as_slice()) {
        (Format::Text, [answer]) if args.from.is_none() => answer.text(level),
        (Format::Json, [answer]) if args.from.is_none() => {
            format!("{}\n", answer.json(level, &ensemble.fit.warnings))
        }
        (Format::Json, _) => {
            let all: Vec<_> = answers.iter().map(|a| a.json(level, &ensemble.fit.warnings)).collect();
            format!("{}\n", json!(all))
        }
        (Format::Csv, _) => rows(&answers, |v| v.to_string(), |v| v.to_string()).csv(),
        (Format::Md, _) => rows(&answers, |v| format_quantity(v, 4), |v| digits(v, 5)).markdown(),
        (Format::Text, _) => {
            let table = rows(&answers, |v| format_quantity(v, 4), |v| digits(v, 5)).text();
            let note = "mean: where the law's curve lies; run: where a new run would land";
            let farthest = answers.iter().map(|answer| answer.prediction.extrapolation);
            let farthest = farthest
                .max_by(|a, b| a.flops.total_cmp(&b.flops))
                .map_or_else(String::new, |e| far(e.flops));
            format!("{farthest}{table}\n{} intervals; {note}\n", percent(level))
        }
    };
    Ok(Outcome { stdout, trustworthy: ensemble.fit.answers_are_trustworthy() })
}

/// Reads a table of points, and says which of its columns have no use; `-` is stdin.
fn read(path: &Path) -> Result<Vec<Point>> {
    let (name, table) = match path.to_str() {
        Some("-") => ("<stdin>", PointTable::from_reader("<stdin>", std::io::stdin().lock())?),
        name => (name.unwrap_or("the table"), PointTable::from_path(path)?),
    };
    if !table.unused_columns.is_empty() {
        talk(format!("{name}: columns not used: {}", table.unused_columns.join(", ")));
    }
    Ok(table.points)
}

/// Says on stderr what weakens the fit, and of the points the first few warnings.
fn warn(answers: &[Answer], of_fit: &[Warning]) {
    for warning in of_fit {
        talk(format!("warning: {warning}"));
    }
    let all: Vec<_> =
        answers.iter().flat_map(|a| a.prediction.warnings.iter().map(move |w| (a, w))).collect();
    for (answer, warning) in all.iter().take(SHOWN) {
        match answer.point.line {
            None => talk(format!("warning: {warning}")),
            Some(line) => talk(format!("warning: line {line}: {warning}")),
        }
    }
    if all.len() > SHOWN {
        talk(format!("warning: and {} more; --format json has all of them", all.len() - SHOWN));
    }
}

/// A run and what is predicted of it.
#[derive(Debug)]
struct Answer {
    point: Point,
    prediction: Prediction,
}

impl Answer {
    fn json(&self, level: f64, of_fit: &[Warning]) -> serde_json::Value {
        let mut value = json!(self.prediction);
        value["initial_params"] = json!(self.point.trajectory.initial_params());
        value["final_params"] = json!(self.point.trajectory.final_params());
        value["level"] = json!(level);
        value["warnings"] = self.prediction.warnings.iter().chain(of_fit).map(ToString::to_string).collect();
        if let Some(run) = &self.point.run {
            value["run"] = json!(run);
        }
        value
    }

    fn text(&self, level: f64) -> String {
        let (prediction, trajectory) = (&self.prediction, &self.point.trajectory);
        let mut out = far(prediction.extrapolation.flops);
        let loss = prediction.loss;
        let count = |n: f64| format_quantity(n, 4);
        let (average, first, last) =
            (trajectory.average_params(), trajectory.initial_params(), trajectory.final_params());
        let size = if average == first && average == last {
            format!("{} parameters", count(average))
        } else {
            format!(
                "{} parameters on average ({} at first, {} at the end)",
                count(average),
                count(first),
                count(last)
            )
        };
        let flops = format_quantity(prediction.flops, 3);
        let _ = writeln!(out, "{size}, {} tokens, {flops} FLOPs\n", count(prediction.tokens));
        let _ = writeln!(out, "loss             {}  nats a token", digits(loss.estimate, 5));
        let _ =
            writeln!(out, "law lies in      {}  ({} interval)", range(loss.mean_interval, 5), percent(level));
        let _ =
            writeln!(out, "run would land   {}  ({} interval)", range(loss.run_interval, 5), percent(level));
        let far = prediction.extrapolation;
        let _ = writeln!(
            out,
            "\nagainst the largest in the sweep: FLOPs x {}, params x {}, tokens x {}",
            digits(far.flops, 3),
            digits(far.params, 3),
            digits(far.tokens, 3)
        );
        out
    }
}

fn rows(answers: &[Answer], count: fn(f64) -> String, number: fn(f64) -> String) -> Rows {
    let named = answers.iter().any(|answer| answer.point.run.is_some());
    let mut header = vec!["initial_params", "average_params", "final_params", "tokens", "flops"];
    header.extend(["loss", "mean_lower", "mean_upper", "run_lower", "run_upper"]);
    if named {
        header.insert(0, "run");
    }
    let mut rows = Rows::new(&header);
    for Answer { point, prediction } in answers {
        let (loss, trajectory) = (prediction.loss, &point.trajectory);
        let sizes = [trajectory.initial_params(), prediction.average_params, trajectory.final_params()];
        let losses = [[loss.estimate].as_slice(), &loss.mean_interval, &loss.run_interval].concat();
        let mut row: Vec<String> = named.then(|| point.run.clone().unwrap_or_default()).into_iter().collect();
        row.extend(sizes.into_iter().chain([prediction.tokens, prediction.flops]).map(count));
        row.extend(losses.into_iter().map(number));
        rows.push(row);
    }
    rows
}
