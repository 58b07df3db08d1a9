//! `nbar fit`: from sweep tables to a bootstrapped law.

use std::fmt::Write;
use std::path::PathBuf;

use nbar::answer::AllocationOptions;
use nbar::bootstrap::{Estimate, Interval, Resample};
use nbar::diagnose::Profiles;
use nbar::fit::Freedom;
use nbar::report::Report;
use nbar::{Document, Error, Fit, FitOptions, Residual, Result, Rho};

use crate::args::{BendArgs, DrawArgs, LawArgs, SweepArgs, laws};
use crate::format::{digits, made_of, range, thousands};
use crate::progress::unless_stopped;
use crate::restrict::heading;
use crate::table::{Format, Table, count, full, interval, number, shown, text as words};
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
#[command(mut_arg("law", |arg| arg.help("Law to fit, of those below")))]
pub(crate) struct Args {
    #[command(flatten)]
    sweep: SweepArgs,
    #[command(flatten)]
    law: LawArgs,
    /// Refits at other deltas and without single runs are skipped (above 20,000 rows they are anyway)
    #[arg(long, help_heading = "Search")]
    no_diagnostics: bool,
    /// Bootstrap replicates; 0 for none, and then no intervals
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = replicates, help_heading = "Intervals")]
    bootstrap: usize,
    /// What differs between replicates: weights (of runs), runs (with all rows), rows, residuals (wild, by run) or parametric
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
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let options = args.law.fit_options()?;
    if let Some(path) = &args.output {
        Report::check_writable(path)?;
    }
    let sweep = args.sweep.read(&args.law.observed)?;
    let (observations, filtered_out) = (args.law.observations(&sweep)?, sweep.rows_filtered_out());
    // A fit needs its memory.
    drop(sweep);
    let mut fit = nbar::fit_scaling_law(&observations, &options)?;
    if !args.no_diagnostics && observations.len() <= Fit::DIAGNOSED_ROWS {
        fit.warnings.extend(unless_stopped(fit.diagnose())?.unwrap_or_default());
    }
    let profiles = if args.profile { profiles(&fit, args.draws.level)? } else { None };
    let mut report = if args.bootstrap == 0 {
        Report::Point(fit)
    } else {
        let options = args.draws.options(args.bootstrap).with_bend(args.bend.bend.0);
        let options = options.with_resample(args.resample);
        let drawn = fit.bootstrap(&options.with_interval(args.interval));
        unless_stopped(drawn)?.map_or(Report::Point(fit), Report::Ensemble)
    };
    if let (Some(profiles), Report::Ensemble(ensemble)) = (&profiles, &mut report) {
        let disagreements = ensemble.disagreements(&profiles.profiles);
        ensemble.fit.warnings.extend(disagreements);
    }
    if let Some(path) = &args.output {
        report.save(path)?;
    }
    report.fit().warnings.iter().for_each(warn);
    let stdout = match args.format {
        Format::Text => text(args, filtered_out, &report, profiles.as_ref()),
        Format::Json => report.summary(profiles.as_ref()).to_json() + "\n",
        Format::Csv => records(&report).csv(),
        Format::Md => parameters(&report).markdown(),
    };
    Ok(Outcome { stdout, trustworthy: report.fit().is_trustworthy() })
}

/// Reads a number of replicates: none, or enough for a standard deviation.
fn replicates(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count == 0 || (2..=10_000_000).contains(&count) => Ok(count),
        _ => Err("it is 0 (no bootstrap) or a number from 2 to 10000000; 1000 is usual".to_owned()),
    }
}

/// A parameter, or what follows from the parameters.
struct Row<'a> {
    name: &'a str,
    estimate: f64,
    with: Option<Estimate>,
    freedom: Freedom,
    /// The bound that it is at.
    bound: Option<String>,
}

fn rows(report: &Report) -> Table<Row<'_>> {
    let fit = report.fit();
    let row = |(name, estimate, with)| -> Row<'_> {
        let bound = fit.at_bound(name).map(|(_, end)| format!("at {end} bound"));
        Row { name, estimate, with, freedom: fit.freedom(name), bound }
    };
    Table::of(report.parameters().into_iter().chain(report.derived()).map(row))
        .column("parameter", |row| words(row.name))
        .column("estimate", |row| match &row.freedom {
            Freedom::Unidentified => shown("-", ""),
            _ => number(row.estimate, 5),
        })
}

fn parameters(report: &Report) -> Table<Row<'_>> {
    let table = rows(report);
    let Some(level) = report.ensemble().map(|e| e.options.level) else {
        return table.column_if(is_restricted(report.fit()), "", |row| match &row.freedom {
            Freedom::Free => words(row.bound.as_deref().unwrap_or_default()),
            given => words(given),
        });
    };
    table
        .column("std. error", |row| match (&row.freedom, row.with) {
            (Freedom::Free, Some(e)) if e.std_error.is_finite() => number(e.std_error, 2),
            (Freedom::Free, Some(_)) => words("-"),
            _ => words(""),
        })
        .column(&interval(level), |row| match (&row.freedom, row.with, &row.bound) {
            (Freedom::Free, Some(e), Some(bound)) => words(format!("{}, {bound}", range(e.interval, 4))),
            (Freedom::Free, Some(e), None) => words(range(e.interval, 4)),
            (Freedom::Free, None, bound) => words(bound.as_deref().unwrap_or_default()),
            (given, ..) => words(given),
        })
}

/// The parameters in full precision.
fn records(report: &Report) -> Table<Row<'_>> {
    let of = |read: fn(&Estimate) -> f64| {
        move |row: &Row<'_>| words(row.with.as_ref().map_or_else(String::new, |e| full(read(e))))
    };
    rows(report)
        .column("std_error", of(|e| e.std_error))
        .column("lower", of(|e| e.interval[0]))
        .column("upper", of(|e| e.interval[1]))
}

/// Whether some parameter is no free one inside its bounds.
fn is_restricted(fit: &Fit) -> bool {
    let mut names = fit.law().spec().parameters.iter().map(|p| &*p.name);
    names.any(|name| fit.freedom(name) != Freedom::Free || fit.at_bound(name).is_some())
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

fn profiled(profiles: &Profiles) -> String {
    let level = profiles.profiles.first().map_or(f64::NAN, |p| p.level);
    let end = |end: Option<f64>| end.map_or("open".to_owned(), |value| digits(value, 4));
    Table::of(&profiles.profiles)
        .column("profile", |profile| words(&profile.parameter))
        .column("estimate", |profile| number(profile.estimate, 5))
        .column(&interval(level), |profile| words(profile.interval.map(end).join(" to ")))
        .text()
}

fn text(args: &Args, filtered_out: usize, report: &Report, profiles: Option<&Profiles>) -> String {
    let fit = report.fit();
    let mut out = heading(fit.law(), &args.sweep, filtered_out, &fit.observations);
    out.push('\n');
    out.push_str(&parameters(report).text());
    if let Some(profiles) = profiles {
        let _ = write!(out, "\n{}", profiled(profiles));
    }
    let _ = writeln!(
        out,
        "\nobjective {} ({}), |gradient| {:.0e}, {} of {} starts agree",
        digits(fit.objective, 8),
        objective(&fit.options),
        fit.gradient_norm,
        thousands(fit.starts_at_optimum),
        thousands(fit.starts_tried),
    );
    let _ = writeln!(out, "{}", verdict(fit));
    if let Some(ensemble) = report.ensemble() {
        let _ = writeln!(
            out,
            "bootstrap by {}: {} replicates, seed {}, {} failed, {} audited, {} disagreed",
            ensemble.options.resample,
            made_of(ensemble.partial, ensemble.options.replicates),
            ensemble.options.seed,
            thousands(ensemble.failed),
            thousands(ensemble.audited),
            thousands(ensemble.disagreed),
        );
        if let Some(table) = optima(ensemble) {
            let _ = write!(out, "\n{table}");
        }
    }
    let saved = args.output.as_ref().map(|p| p.display().to_string());
    let _ = match saved {
        Some(path) => writeln!(
            out,
            "\nsaved {path}; next:\n  nbar predict {path} --params 70B --tokens 1.4T\n  nbar allocate {path} --flops 1e24"
        ),
        None => {
            writeln!(out, "\nnext: add -o NAME.fit.json to save this fit, then nbar predict or nbar allocate")
        }
    };
    out
}

/// How well the law fits.
fn verdict(fit: &Fit) -> String {
    let percent = |share: f64| format!("{} %", digits(100.0 * share, 2));
    let rms = percent(fit.rms());
    let Some(test) = fit.lack_of_fit() else {
        return format!(
            "fit: RMS {rms}; no test of fit (too few runs, no scatter, or parameters that are not identified)"
        );
    };
    let p = digits(test.p, 1);
    match test.is_sure() {
        true => format!(
            "fit: RMS {rms}, departs from the law by {} of L over the sweep (F test, p = {p})",
            percent(test.departure)
        ),
        false => format!("fit: RMS {rms}, no departure from the law beyond scatter (F test, p = {p})"),
    }
}

/// What was minimised, in words.
fn objective(options: &FitOptions) -> String {
    let sum = match options.rho {
        Rho::Huber { delta } => format!("sum of Huber, delta {delta}"),
        Rho::Laplace => "sum of |residual|".to_owned(),
        Rho::Squared => "sum of residual^2 / 2".to_owned(),
        Rho::Asymmetric { factor, delta } => {
            format!("sum of Huber, delta {delta}, times {factor} where the curve is above")
        }
        other => format!("sum of {other}"),
    };
    match options.residual {
        Residual::LnLoss => sum,
        other => format!("{sum}, on {other}"),
    }
}

/// The compute-optimal runs of two budgets.
fn optima(ensemble: &nbar::Ensemble) -> Option<String> {
    let runs = ensemble.frontier(&[1e21, 1e24], &AllocationOptions::default()).ok()?;
    let table = Table::of(runs)
        .column("compute-optimal at", |run| words(format!("{:e} FLOPs", run.total_flops.estimate)))
        .column("params", |run| count(run.average_params.estimate, 3))
        .column("tokens", |run| count(run.tokens.estimate, 3))
        .column("tokens per param", |run| number(run.tokens_per_param.estimate, 3))
        .column(&interval(ensemble.options.level), |run| words(range(run.tokens_per_param.interval, 3)));
    Some(table.text())
}
