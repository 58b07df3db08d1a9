//! `nbar design`: which runs to add to the sweep, or to train first.

mod first;

use std::fmt::Write;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use nbar::design::{Decision, Design, DesignOptions, NextRun};
use nbar::report::Report;
use nbar::units::format_quantity;
use nbar::{Document, Ensemble, Error, Fit, Result};

use crate::Outcome;
use crate::allocations::far;
use crate::args::{fixed, quantity, report};
use crate::format::digits;
use crate::host;
use crate::table::{Format, Table, count, number, text};

/// Choose the next runs: those that tell most about the compute-optimal run of a target budget; or the first, without a fit
///
/// With a saved fit: candidates are dense runs of different sizes and lengths, each of at most an equal part of the budget. Chosen are, one after
/// another, those expected to lower the standard error of the decision most: of ln N*, or of ln L at the best run.
/// The expectation is linear in the draws of the fit, and holds if the law does.
///
/// With a guess at the law, --law and --set, or what nbar law has saved: sweeps of isoFLOP budgets, ladders and random runs are simulated
/// and fitted. The table says which intervals their fits give. The best sweep is written as a table, -o, whose losses are to be filled in.
#[derive(Debug, clap::Args)]
#[command(next_display_order = 1)]
#[command(after_help = "Examples:
  nbar design sweep.fit.json --target-flops 1e24 --budget 1e21 --new-runs 5
  nbar design --law chinchilla --set E=1.7,A=400,B=410,alpha=.34,beta=.28 \\
      --target-flops 1e22 --budget 1e20 -o sweep.csv")]
pub(crate) struct Args {
    /// Fit saved with nbar fit -o, or a guess saved with nbar law -o; - is stdin
    #[arg(value_name = "FIT.json", display_order = 0, help_heading = "Input", conflicts_with = "law")]
    fit: Option<PathBuf>,
    /// Guessed law: a name, as in nbar law --help, or a formula
    #[arg(long, help_heading = "Law", requires = "set")]
    law: Option<String>,
    /// Values of all its parameters: E=1.69; again, or separated by commas, for more
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',', value_parser = fixed, allow_hyphen_values = true,
        help_heading = "Law", requires = "law")]
    set: Vec<(String, f64)>,
    /// Training FLOPs of the run that is to be decided on
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    target_flops: f64,
    /// Training FLOPs of all the runs together
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    budget: f64,
    /// Runs to add to the sweep of a fit; or the most runs of a first sweep, then 24 by default
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(1..=200), help_heading = "Input")]
    new_runs: Option<u8>,
    /// What is to become more certain: params (N* at the target) or loss (of the best run there)
    #[arg(long, default_value = "params", value_parser = PossibleValuesParser::new(["params", "loss"]).map(decision),
        hide_possible_values = true, help_heading = "Input")]
    decision: Decision,
    /// Different tokens in the data, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    unique_tokens: Option<f64>,
    #[command(flatten)]
    first: first::FirstArgs,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

/// Reads what is decided, one of two words.
fn decision(word: String) -> Decision {
    if word == "loss" { Decision::Loss } else { Decision::Params }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if let Some(guess) = args.guess()? {
        return first::run(args, guess);
    }
    let Some(path) = &args.fit else {
        let problem = "is not given, nor a saved fit to add runs to";
        return Err(Error::option(
            "law",
            "",
            problem,
            "guess one: `law=chinchilla`, with `set: E=1.7,A=400,...`",
        ));
    };
    args.first.refuse_with_fit()?;
    let ensemble = match report(path)? {
        Report::Ensemble(ensemble) => ensemble,
        Report::Point(fit) => Ensemble::without_draws(fit),
    };
    let new_runs = args.new_runs.ok_or_else(|| {
        Error::option("new_runs", "", "is needed with a fit: how many runs to add to its sweep", "give a few")
    })?;
    let mut options = DesignOptions::new(args.target_flops, args.budget, new_runs.into());
    options.decision = args.decision;
    options.unique_tokens = args.unique_tokens;
    let design = ensemble.design(&options)?;
    let text = || far(design.extrapolation) + &sentences(&design);
    let stdout = runs(&design).written(args.format, || design.to_json(), text);
    Ok(Outcome::of_saved(&ensemble, &design.warnings, args.format, stdout))
}

impl Args {
    /// The guessed law, unless runs are to be added to those of a fit.
    fn guess(&self) -> Result<Option<Fit>> {
        if let Some(law) = &self.law {
            let constants: Vec<(&str, f64)> =
                self.set.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            return Fit::of_constants(host::law(law)?, &constants).map(Some);
        }
        match self.fit.as_deref().map(report).transpose()? {
            Some(Report::Point(fit)) if fit.is_of_constants() => Ok(Some(fit)),
            _ => Ok(None),
        }
    }
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
        "\nstd_error: expected with this run and those before it; all of them, {} FLOPs, leave {:.0} % of it\nexpected over the draws of the fit, with their bend, where a run scatters by {} in ln L, as those of the sweep do",
        format_quantity(design.flops, 3),
        100.0 * last / design.std_error,
        digits(design.noise, 2),
    );
    out
}
