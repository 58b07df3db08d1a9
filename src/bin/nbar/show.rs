//! `nbar show`: a saved fit, printed again.

use std::path::PathBuf;

use nbar::Result;
use nbar::report::Report;

use crate::args::{SavedFitArgs, report};
use crate::fitted::{Printed, Saving};
use crate::outputs::Outputs;
use crate::restrict::counted;
use crate::table::Format;
use crate::{Outcome, warn};

/// Print a saved fit again
///
/// Prints what nbar fit printed, and the warnings of the fit. Exits with 4 if the fit is not to be trusted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar show chinchilla.fit.json
  nbar show chinchilla.fit.json --residuals residuals.csv")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// File for the residuals of all rows, as CSV
    #[arg(long, value_name = "FILE.csv", help_heading = "Output")]
    residuals: Option<PathBuf>,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let report = report(&args.saved.fit)?;
    let fit = report.fit();
    let inputs = [args.saved.fit.clone()];
    Outputs::of(inputs).and("residuals", args.residuals.as_deref(), Report::check_residuals_writable)?;
    fit.warnings.iter().for_each(warn);
    let name = match args.saved.fit.as_os_str() {
        stdin if stdin == "-" => "stdin".to_owned(),
        _ => args.saved.fit.display().to_string(),
    };
    let from = format!("{}, saved in {name}", counted(&fit.observations));
    let printed = Printed { from, saving: Saving::There(&args.saved.fit), ..Printed::of(&report) };
    let next = printed.next(args.format);
    let outcome = Outcome::of(printed.form(args.format), fit.is_trustworthy());
    let residuals = args.residuals.clone();
    Ok(outcome.saving(move || residuals.map_or(Ok(()), |path| report.save_residuals(&path)).map(|()| next)))
}
