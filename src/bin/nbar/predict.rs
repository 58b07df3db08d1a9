//! `nbar predict`: the loss of a run that has not been trained.

use std::fmt::Write;
use std::path::PathBuf;

use nbar::predict::Prediction;
use nbar::units::format_quantity;
use nbar::{Error, Result};
use serde_json::json;

use crate::args::{ScheduleArgs, load, quantity, size_of};
use crate::format::{Format, Rows, digits, percent, range};
use crate::{Outcome, talk};

/// Predict the loss of a new run from a saved fit, with its intervals
///
/// With a schedule the run is pruned: --params are its prunable parameters before pruning, and N̄ is integrated.
///
/// Example: nbar predict chinchilla.fit.json --params 70B --tokens 1.4T
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A fit saved with: nbar fit -o; - is stdin
    #[arg(value_name = "FIT.json")]
    fit: PathBuf,
    /// Parameters of the run
    #[arg(long, value_name = "N", value_parser = quantity)]
    params: f64,
    /// Tokens of the run
    #[arg(long, value_name = "D", value_parser = quantity)]
    tokens: f64,
    /// Steps of the run, for a schedule in steps
    #[arg(long, value_name = "T", value_parser = quantity)]
    steps: Option<f64>,
    #[command(flatten)]
    schedule: ScheduleArgs,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let report = load(&args.fit)?;
    let trajectory = args.schedule.trajectory(args.params, args.tokens, args.steps)?;
    let Some(ensemble) = report.ensemble() else {
        return Err(no_draws("predict"));
    };
    let params = size_of(&trajectory, report.fit().observations.size());
    let prediction = ensemble.predict_run(params, trajectory.average_params(), args.tokens)?;
    for warning in prediction.warnings.iter().chain(&report.fit().warnings) {
        talk(format!("warning: {warning}"));
    }
    let level = ensemble.options.level;
    let stdout = match args.format {
        Format::Json => {
            let mut value = json!(prediction);
            value["initial_params"] = json!(trajectory.initial_params());
            value["final_params"] = json!(trajectory.final_params());
            value["level"] = json!(level);
            value["warnings"] = prediction.warnings.iter().map(ToString::to_string).collect();
            format!("{value}\n")
        }
        Format::Text => text(args, &prediction, trajectory.final_params(), level),
        Format::Csv => rows(&prediction, |v| v.to_string()).csv(),
        Format::Md => rows(&prediction, |v| digits(v, 5)).markdown(),
    };
    Ok(Outcome { stdout, trustworthy: report.fit().is_trustworthy() })
}

/// A saved fit without draws cannot answer with an interval.
pub(crate) fn no_draws(question: &'static str) -> Error {
    Error::Unanswerable {
        question,
        problem: "the saved fit has no draws, so there is no interval to give".to_owned(),
        remedy: "refit with --bootstrap 1000",
    }
}

fn rows(prediction: &Prediction, write: impl Fn(f64) -> String) -> Rows {
    let mut rows = Rows::new(&[
        "loss",
        "mean_lower",
        "mean_upper",
        "run_lower",
        "run_upper",
        "average_params",
        "tokens",
    ]);
    let loss = prediction.loss;
    let ends = [loss.mean_interval, loss.run_interval].concat();
    let numbers = [vec![loss.estimate], ends, vec![prediction.average_params, prediction.tokens]].concat();
    rows.push(numbers.into_iter().map(write).collect());
    rows
}

fn text(args: &Args, prediction: &Prediction, final_params: f64, level: f64) -> String {
    let mut out = String::new();
    let loss = prediction.loss;
    let size = if args.schedule.is_given() {
        format!(
            "{} parameters on average ({} at first, {} at the end)",
            format_quantity(prediction.average_params, 4),
            format_quantity(args.params + args.schedule.fixed_params, 4),
            format_quantity(final_params, 4)
        )
    } else {
        format!("{} parameters", format_quantity(prediction.params, 4))
    };
    let _ = writeln!(
        out,
        "{size}, {} tokens, {} FLOPs\n",
        format_quantity(prediction.tokens, 4),
        format_quantity(prediction.flops, 3)
    );
    let _ = writeln!(out, "loss             {}  nats a token", digits(loss.estimate, 5));
    let _ = writeln!(out, "law lies in      {}  ({} interval)", range(loss.mean_interval, 5), percent(level));
    let _ = writeln!(out, "run would land   {}  ({} interval)", range(loss.run_interval, 5), percent(level));
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
