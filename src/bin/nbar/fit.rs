//! `nbar fit`: from sweep tables to a bootstrapped law.

use std::path::{Path, PathBuf};

use nbar::bootstrap::{Interval, Resample};
use nbar::diagnose::Profiles;
use nbar::families::{Family, fit_by_group};
use nbar::fit::Warning;
use nbar::report::Report;
use nbar::{BootstrapOptions, Error, Fit, Result};

use crate::args::{BendArgs, DrawArgs, LawArgs, SweepArgs, laws};
use crate::fitted::{Printed, Saving};
use crate::outputs::Outputs;
use crate::progress::unless_stopped;
use crate::restrict::from_files;
use crate::table::{Format, LatexArgs};
use crate::{Outcome, talk, warn};

const EXAMPLES: &str = "Examples:
  nbar fit data/chinchilla.csv --where outlier=0 -o chinchilla.fit.json
  nbar fit sweep.csv --columns loss=c4_val,params=n_non_embedding --format json
  nbar fit curves.csv --checkpoints all --size geometric --bootstrap 0";

/// Fit a scaling law to sweep tables, with intervals
///
/// Reads training runs (params, tokens, loss, and how they were pruned) and integrates the average parameter count of each.
/// Fits the law and bootstraps its intervals. Exits with 4 if the fit is not to be trusted; stderr says why.
/// Ctrl-C stops with what is done so far.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{}\n\n{EXAMPLES}", laws()))]
#[command(mut_arg("law", |arg| arg.help("Law to fit, of those below, or a formula")))]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    #[command(flatten)]
    law: LawArgs,
    /// Column that sorts the runs into groups, each with parameters of its own but for those of --share
    #[arg(long, value_name = "COLUMN", help_heading = "Law")]
    group: Option<String>,
    /// Parameters that all groups have in common, separated by commas: alpha,beta
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', help_heading = "Law", requires = "group")]
    share: Vec<String>,
    /// Group that the others are measured by [default: the first by name]
    #[arg(long, value_name = "NAME", help_heading = "Law", requires = "group")]
    baseline: Option<String>,
    /// Refits at other deltas and without single runs are skipped (above 20,000 rows they are anyway)
    #[arg(long, help_heading = "Search")]
    no_diagnostics: bool,
    /// Bootstrap replicates; 0 for none, and then no intervals
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = replicates, help_heading = "Intervals")]
    bootstrap: usize,
    /// What differs between replicates: weights (of runs), runs (with all rows), rows, residuals (wild, by run) or parametric; intervals
    /// of the last two are too narrow on sweeps of some 50 runs
    #[arg(long, default_value = "weights", help_heading = "Intervals")]
    resample: Resample,
    /// How intervals are read off the draws: corrected, percentile, bca or basic
    #[arg(long, default_value = "corrected", help_heading = "Intervals")]
    interval: Interval,
    #[command(flatten)]
    draws: DrawArgs,
    #[command(flatten)]
    bend: BendArgs,
    /// Profiles of all parameters too, compared with the bootstrap
    #[arg(long, help_heading = "Intervals")]
    profile: bool,
    /// File for the fit with its observations and draws, for predict, allocate and the others
    #[arg(short, long, value_name = "NAME.fit.json", help_heading = "Output")]
    output: Option<PathBuf>,
    /// File for the residuals of all rows, as CSV
    #[arg(long, value_name = "FILE.csv", help_heading = "Output")]
    residuals: Option<PathBuf>,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
    #[command(flatten)]
    latex: LatexArgs,
}

/// A fit, and what is printed with it.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) report: Report,
    pub(crate) profiles: Option<Profiles>,
    pub(crate) family: Option<Family>,
    /// What was observed, and where it is from.
    pub(crate) from: String,
}

impl Made {
    /// As it is printed, where it is to be saved there.
    fn printed<'a>(&'a self, output: Option<&'a Path>) -> Printed<'a> {
        let (report, profiles, from) = (&self.report, self.profiles.as_ref(), self.from.clone());
        Printed { report, profiles, family: self.family.as_ref(), from, saving: Saving::of(output) }
    }

    /// In a form of the output.
    #[allow(dead_code, reason = "the Python module asks for it")]
    pub(crate) fn form(&self, output: Option<&Path>, format: Format) -> String {
        let printed = self.printed(output);
        printed.form(format) + &printed.next(format)
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let made = make(args)?;
    let format = args.latex.or(args.format);
    let printed = made.printed(args.output.as_deref());
    let next = printed.next(format);
    let outcome = Outcome::of(printed.form(format), made.report.fit().is_trustworthy());
    let (output, residuals) = (args.output.clone(), args.residuals.clone());
    Ok(outcome.saving(move || {
        let saved = output.map_or(Ok(()), |path| made.report.save(&path));
        let written = residuals.map_or(Ok(()), |path| made.report.save_residuals(&path));
        saved.and(written).map(|()| next)
    }))
}

/// Fits; nothing is saved yet.
pub(crate) fn make(args: &Args) -> Result<Made> {
    args.check_effect()?;
    let options = args.law.fit_options()?;
    Outputs::of(args.sweep.inputs()).and("output", args.output.as_deref(), Report::check_writable)?.and(
        "residuals",
        args.residuals.as_deref(),
        Report::check_residuals_writable,
    )?;
    let sweep = match &args.group {
        Some(column) => args.sweep.clone().with_group(column).read(&args.law.observed, args.law.names()?)?,
        None => args.sweep.read(&args.law.observed, args.law.names()?)?,
    };
    let (observations, filtered_out) = (args.law.observations(&sweep)?, sweep.rows_filtered_out());
    // A fit needs its memory.
    drop(sweep);
    let shared: Vec<&str> = args.share.iter().map(String::as_str).collect();
    let by_group = || fit_by_group(&observations, &options, &shared, args.baseline.as_deref());
    let family = args.group.is_some().then(by_group).transpose()?;
    let mut fit = match &family {
        Some(family) => family.fit.clone(),
        None => nbar::fit_scaling_law(&observations, &options)?,
    };
    if args.resample == Resample::Rows && (family.is_some() || fit.repeats().is_some()) {
        let what =
            if family.is_some() { "the groups of a fit by groups" } else { "runs that repeat each other" };
        let problem = format!("takes rows for independent, and {what} are drawn as runs");
        return Err(Error::option("resample", "rows", &problem, "give weights or runs, or leave it out"));
    }
    if !args.no_diagnostics && observations.len() <= Fit::DIAGNOSED_ROWS {
        fit.warnings.extend(unless_stopped(fit.diagnose())?.unwrap_or_default());
    }
    let profiles = if args.profile { profiles(&fit, args.draws.level)? } else { None };
    let mut report = if args.bootstrap == 0 {
        Report::Point(fit)
    } else {
        let options = args.draws.options(args.bootstrap).with_bend(args.bend.bend.0);
        let options = options.with_resample(args.resample);
        match unless_stopped(fit.bootstrap(&options.with_interval(args.interval))) {
            Ok(drawn) => drawn.map_or(Report::Point(fit), Report::Ensemble),
            // No two replicates converged: the fit stands without intervals.
            Err(Error::Unanswerable { question: "bootstrap", .. }) => {
                let (failed, replicates) = (args.bootstrap, args.bootstrap);
                fit.warnings.push(Warning::ReplicatesFailed { failed, replicates });
                Report::Point(fit)
            }
            Err(other) => return Err(other),
        }
    };
    if let (Some(profiles), Report::Ensemble(ensemble)) = (&profiles, &mut report) {
        let disagreements = ensemble.disagreements(&profiles.profiles);
        ensemble.fit.warnings.extend(disagreements);
    }
    let fit = report.fit();
    fit.warnings.iter().for_each(warn);
    let from = from_files(&args.sweep, filtered_out, &fit.observations);
    Ok(Made { report, profiles, family, from })
}

impl Args {
    /// Refuses what was said of draws where there are none.
    fn check_effect(&self) -> Result<()> {
        let usual = BootstrapOptions::default();
        let Self { draws, resample, interval, bend, .. } = self;
        let said = [
            ("level", draws.level != usual.level && !self.profile, draws.level.to_string()),
            ("seed", draws.seed != usual.seed, draws.seed.to_string()),
            ("resample", *resample != usual.resample, resample.to_string()),
            ("interval", *interval != usual.interval, interval.to_string()),
            ("bend", !bend.bend.0, "off".to_owned()),
        ];
        match said.into_iter().find(|(_, differs, _)| *differs && self.bootstrap == 0) {
            Some((option, _, value)) => {
                let problem = "has no effect: there are no replicates (`replicates=0`)";
                Err(Error::option(option, value, problem, "leave one of the two out"))
            }
            None => Ok(()),
        }
    }
}

/// Reads a number of replicates: none, or enough for a standard deviation.
fn replicates(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count == 0 || (2..=10_000_000).contains(&count) => Ok(count),
        _ => Err("it is 0 (no bootstrap) or a number from 2 to 10000000; 1000 is usual".to_owned()),
    }
}

/// The profiles, or none where the fit has none: that is said, and the fit printed all the same.
fn profiles(fit: &Fit, level: f64) -> Result<Option<Profiles>> {
    match unless_stopped(fit.profiles(level)) {
        Ok(profiles) => {
            if profiles.as_ref().is_some_and(|profiles| profiles.partial) {
                warn("profiles are missing: they were stopped before all were done; run it again to the end");
            }
            Ok(profiles)
        }
        Err(error @ Error::Unanswerable { .. }) => {
            talk(error);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}
