//! `nbar design`: which runs to add to the sweep.

use std::fmt::Write;

use nbar::Result;
use nbar::design::{Decision, Design, DesignOptions};
use nbar::units::format_quantity;
use serde_json::json;

use crate::allocations::far;
use crate::args::{SavedFitArgs, load, quantity};
use crate::format::{Format, Rows, digits};
use crate::{Outcome, talk};

/// Choose the next runs: those that tell most about the compute-optimal run of a target budget
///
/// Candidates are dense runs of different sizes and lengths, each of at most an equal part of the budget. Chosen are, one after
/// another, those expected to lower the standard error of the decision most: of ln N*, or of ln L at the best run.
///
/// The expectation is linear in the draws of the fit, and holds if the law does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar design sweep.fit.json --target-flops 1e24 --budget 1e21 --new-runs 5")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// Training FLOPs of the run that is to be decided on
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    target_flops: f64,
    /// Training FLOPs of all the runs to add
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    budget: f64,
    /// Runs to add
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(1..=100), help_heading = "Input")]
    new_runs: u8,
    /// What is to become more certain: params (N* at the target) or loss (of the best run there)
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Input")]
    decision: DecisionArg,
    /// Different tokens in the data, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    unique_tokens: Option<f64>,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

/// What is decided.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum DecisionArg {
    #[default]
    Params,
    Loss,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = load(&args.saved.fit, "design")?;
    let mut options = DesignOptions::new(args.target_flops, args.budget, args.new_runs.into());
    options.decision = match args.decision {
        DecisionArg::Params => Decision::Params,
        DecisionArg::Loss => Decision::Loss,
    };
    options.unique_tokens = args.unique_tokens;
    let design = ensemble.design(&options)?;
    for warning in design.warnings.iter().chain(&ensemble.fit.warnings) {
        talk(format!("warning: {warning}"));
    }
    let stdout = match args.format {
        Format::Json => {
            let mut value = json!({"schema": "nbar.design/1"});
            if let (Some(all), serde_json::Value::Object(fields)) = (value.as_object_mut(), json!(design)) {
                all.extend(fields);
            }
            value["warnings"] = design.warnings.iter().map(ToString::to_string).collect();
            format!("{value}\n")
        }
        Format::Text => far(design.extrapolation) + &text(&design),
        Format::Csv => rows(&design, |v| v.to_string(), |v| v.to_string()).csv(),
        Format::Md => rows(&design, |v| format_quantity(v, 3), |v| digits(v, 3)).markdown(),
    };
    Ok(Outcome { stdout, trustworthy: ensemble.fit.answers_are_trustworthy() })
}

fn rows(design: &Design, count: fn(f64) -> String, number: fn(f64) -> String) -> Rows {
    let mut rows = Rows::new(&["run", "params", "tokens", "flops", "std_error"]);
    for (i, run) in design.runs.iter().enumerate() {
        rows.push(vec![
            (i + 1).to_string(),
            count(run.params),
            count(run.tokens),
            count(run.flops),
            number(run.std_error),
        ]);
    }
    rows
}

fn text(design: &Design) -> String {
    let mut out = format!(
        "standard error of {} at {} FLOPs: {} with the sweep as it is\n\n",
        design.decision,
        format_quantity(design.target_flops, 4),
        digits(design.std_error, 3)
    );
    out.push_str(&rows(design, |v| format_quantity(v, 3), |v| digits(v, 3)).text());
    let last = design.runs.last().map_or(design.std_error, |run| run.std_error);
    let _ = writeln!(
        out,
        "\nstd_error: expected with this run and those before it; all of them, {} FLOPs, leave {:.0} % of it\nexpected if the law holds there and a run scatters by {} in ln L, as those of the sweep do",
        format_quantity(design.flops, 3),
        100.0 * last / design.std_error,
        digits(design.noise, 2),
    );
    out
}
