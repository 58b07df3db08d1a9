//! `nbar design`: which runs to add to the sweep.

use std::fmt::Write;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use nbar::design::{Decision, Design, DesignOptions, NextRun};
use nbar::units::format_quantity;
use nbar::{Document, Result};

use crate::Outcome;
use crate::allocations::far;
use crate::args::{SavedFitArgs, load, quantity};
use crate::format::digits;
use crate::table::{Format, Table, count, number, text};

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
    #[arg(long, default_value = "params", value_parser = PossibleValuesParser::new(["params", "loss"]).map(decision),
        hide_possible_values = true, help_heading = "Input")]
    decision: Decision,
    /// Different tokens in the data, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    unique_tokens: Option<f64>,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

/// Reads what is decided, one of two words.
fn decision(word: String) -> Decision {
    if word == "loss" { Decision::Loss } else { Decision::Params }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = load(&args.saved.fit)?;
    let mut options = DesignOptions::new(args.target_flops, args.budget, args.new_runs.into());
    options.decision = args.decision;
    options.unique_tokens = args.unique_tokens;
    let design = ensemble.design(&options)?;
    let text = || far(design.extrapolation) + &sentences(&design);
    let stdout = runs(&design).written(args.format, || design.to_json(), text);
    Ok(Outcome::of_saved(&ensemble, &design.warnings, args.format, stdout))
}

fn runs(design: &Design) -> Table<(usize, &NextRun)> {
    Table::of(design.runs.iter().enumerate())
        .column("run", |(i, _)| text(i + 1))
        .column("params", |(_, run)| count(run.params, 3))
        .column("tokens", |(_, run)| count(run.tokens, 3))
        .column("flops", |(_, run)| count(run.flops, 3))
        .column("std_error", |(_, run)| number(run.std_error, 3))
}

fn sentences(design: &Design) -> String {
    let mut out = format!(
        "standard error of {} at {} FLOPs: {} with the sweep as it is\n\n",
        design.decision,
        format_quantity(design.target_flops, 4),
        digits(design.std_error, 3)
    );
    out.push_str(&runs(design).text());
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
