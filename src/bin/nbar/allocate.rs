//! `nbar allocate`: the compute-optimal run of a budget.

use std::fmt::Write;
use std::path::PathBuf;

use nbar::allocate::{Allocation, SizeRatios};
use nbar::bootstrap::Estimate;
use nbar::schedule::{Schedule, Unit};
use nbar::units::format_quantity;
use nbar::{Error, Result};
use serde_json::json;

use crate::args::{ScheduleArgs, load, quantity, size_of};
use crate::format::{Format, Rows, digits, percent, range};
use crate::predict::no_draws;
use crate::{Outcome, talk};

/// Split a budget of training compute between parameters and tokens
///
/// Prints the N*, D* of least loss at C = 6 N̄ D FLOPs, each with its interval. With a schedule in fractions or in
/// compute the run is pruned, and N̄ is its average parameter count.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar allocate chinchilla.fit.json --flops 1e24
  nbar allocate t5.fit.json --flops 1e21 --shape cubic --final-sparsity 0.8 \\
      --start 25% --end 75% --unit fraction")]
pub(crate) struct Args {
    /// A fit saved with: nbar fit -o; - is stdin
    #[arg(value_name = "FIT.json")]
    fit: PathBuf,
    /// Training FLOPs, 6 N̄ D
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true)]
    flops: f64,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    schedule: ScheduleArgs,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let report = load(&args.fit)?;
    let Some(ensemble) = report.ensemble() else {
        return Err(no_draws("allocate"));
    };
    let ratios = ratios(&args.schedule, report.fit().observations.size())?;
    let run = ensemble.allocate(args.flops, ratios)?;
    for warning in run.warnings.iter().chain(&report.fit().warnings) {
        talk(format!("warning: {warning}"));
    }
    let level = ensemble.options.level;
    let stdout = match args.format {
        Format::Json => {
            let mut value = json!(run);
            value["level"] = json!(level);
            value["warnings"] = run.warnings.iter().map(ToString::to_string).collect();
            format!("{value}\n")
        }
        Format::Text => text(args, &run, ratios, level),
        Format::Csv => rows(&run, "lower", |v| v.to_string(), |v| v.to_string()).csv(),
        Format::Md => {
            let lower = format!("lower ({})", percent(level));
            rows(&run, &lower, |v| format_quantity(v, 4), |v| digits(v, 4)).markdown()
        }
    };
    Ok(Outcome { stdout, trustworthy: report.fit().is_trustworthy() })
}

/// How the sizes of a run relate under a schedule that does not depend on its length.
fn ratios(args: &ScheduleArgs, size: nbar::Size) -> Result<SizeRatios> {
    let schedule = args.schedule()?;
    let in_absolute_units = match &schedule {
        Schedule::Ramp(ramp) => matches!(ramp.unit, Unit::Token | Unit::Step),
        Schedule::Staircase(stairs) => matches!(stairs.unit, Unit::Token | Unit::Step),
        _ => false,
    };
    if in_absolute_units || args.fixed_params > 0.0 {
        return Err(Error::Unanswerable {
            question: "allocate",
            problem: "the size and length of the run are what is asked for, so its schedule cannot be in tokens or steps, \
                      nor have a fixed number of parameters that are not pruned"
                .to_owned(),
            remedy: "give the schedule with --unit fraction or --unit compute",
        });
    }
    let trajectory = args.trajectory(1.0, 1.0, None)?;
    let average = trajectory.average_params();
    Ok(SizeRatios {
        initial: trajectory.initial_params() / average,
        law: size_of(&trajectory, size) / average,
        last: trajectory.final_params() / average,
    })
}

fn rows(run: &Allocation, lower: &str, count: fn(f64) -> String, number: fn(f64) -> String) -> Rows {
    let mut rows = Rows::new(&["quantity", "estimate", "std_error", lower, "upper"]);
    let mut push = |name: &str, e: Estimate, write: fn(f64) -> String| {
        let [lower, upper] = e.interval;
        rows.push(vec![name.to_owned(), write(e.estimate), write(e.std_error), write(lower), write(upper)]);
    };
    push("initial_params", run.initial_params, count);
    push("average_params", run.average_params, count);
    push("final_params", run.final_params, count);
    push("tokens", run.tokens, count);
    push("tokens_per_param", run.tokens_per_param, number);
    push("loss", run.loss, number);
    rows
}

fn text(args: &Args, run: &Allocation, ratios: SizeRatios, level: f64) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "compute-optimal run of {} training FLOPs\n", format_quantity(args.flops, 4));
    let mut table = Rows::new(&["", "estimate", &format!("{} interval", percent(level))]);
    let mut count = |name: &str, e: Estimate| {
        let [lower, upper] = e.interval.map(|v| format_quantity(v, 3));
        table.push(vec![name.to_owned(), format_quantity(e.estimate, 4), format!("{lower} to {upper}")]);
    };
    if ratios != SizeRatios::default() {
        count("initial parameters", run.initial_params);
        count("average parameters", run.average_params);
        count("final parameters", run.final_params);
    } else {
        count("parameters", run.average_params);
    }
    count("tokens", run.tokens);
    for (name, e) in [("tokens per parameter", run.tokens_per_param), ("loss, nats a token", run.loss)] {
        table.push(vec![name.to_owned(), digits(e.estimate, 4), range(e.interval, 4)]);
    }
    out.push_str(&table.text());
    out
}
