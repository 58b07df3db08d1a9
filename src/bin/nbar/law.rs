//! `nbar law`: a law from published constants.

use std::path::PathBuf;

use nbar::report::Report;
use nbar::{Fit, Result};

use crate::Outcome;
use crate::args::{fixed, laws};
use crate::fitted::{Printed, Saving};
use crate::host;
use crate::outputs::Outputs;
use crate::table::Format;

/// Make a law from published constants, without runs
///
/// The saved law answers predict, allocate, plan, solve and twin as a fit does, but without intervals. Its N is the
/// average parameter count, and that of sparse and sparse-density the final one.
#[derive(Debug, clap::Args)]
#[command(next_display_order = 1)]
#[command(after_help = format!("{}\n\nExamples:
  nbar law chinchilla --set E=1.69,A=406.4,B=410.7,alpha=0.34,beta=0.28 -o hoffmann.fit.json", laws()))]
pub(crate) struct Args {
    /// Law, of those below
    #[arg(value_name = "LAW", display_order = 0)]
    law: String,
    /// Values of all its parameters: E=1.69; again, or separated by commas, for more
    #[arg(long, value_name = "NAME=VALUE", required = true, value_delimiter = ',', value_parser = fixed,
        allow_hyphen_values = true, help_heading = "Input")]
    set: Vec<(String, f64)>,
    /// File for the law, for predict, allocate and the others
    #[arg(short, long, value_name = "NAME.fit.json", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    Outputs::of([]).and("output", args.output.as_deref(), Report::check_writable)?;
    let report = args.make()?;
    let printed = Printed { saving: Saving::of(args.output.as_deref()), ..Printed::of(&report) };
    let (outcome, next) = (Outcome::good(printed.form(args.format)), printed.next(args.format));
    let output = args.output.clone();
    Ok(outcome.saving(move || output.map_or(Ok(()), |path| report.save(&path)).map(|()| next)))
}

impl Args {
    /// The law, as a saved fit has it.
    pub(crate) fn make(&self) -> Result<Report> {
        let constants: Vec<(&str, f64)> =
            self.set.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        Ok(Report::Point(Fit::of_constants(host::law(&self.law)?, &constants)?))
    }
}
