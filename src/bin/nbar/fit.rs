//! `nbar fit`: from sweep tables to a bootstrapped law.

use std::fmt::Write;
use std::path::PathBuf;

use nbar::answer::AllocationOptions;
use nbar::bootstrap::{Estimate, Interval, Resample};
use nbar::diagnose::{ProfileOptions, Profiles};
use nbar::fit::Freedom;
use nbar::law::Input;
use nbar::report::Report;
use nbar::units::format_quantity;
use nbar::{BootstrapOptions, Error, Fit, FitOptions, Residual, Result, Rho, Sweep};

use crate::args::{DrawArgs, LawArgs, SweepArgs};
use crate::format::{Format, Rows, digits, percent, range, thousands};
use crate::restrict::data_lines;
use crate::{Outcome, talk};

/// Fit a scaling law to sweep tables, with intervals
///
/// Reads training runs (params, tokens, loss, and how they were pruned) and integrates the average parameter count of each.
/// Fits the law and bootstraps its intervals. Exits with 4 if the fit is not to be trusted; stderr says why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar fit data/chinchilla.csv --where outlier=0 -o chinchilla.fit.json
  nbar fit sweep.csv --columns loss=c4_val,params=n_non_embedding --format json
  nbar fit curves.csv --checkpoints all --size geometric --bootstrap 0")]
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
        check_writable(path)?;
    }
    let sweep = args.sweep.read(&args.law.observed)?;
    let observations = args.law.observations(&sweep)?;
    let mut fit = nbar::fit_scaling_law(&observations, &options)?;
    if !args.no_diagnostics && observations.len() <= Fit::DIAGNOSED_ROWS {
        fit.warnings.extend(fit.diagnose()?);
    }
    let profiles = if args.profile { profiles(&fit, args.draws.level)? } else { None };
    let mut report = if args.bootstrap == 0 {
        Report::Point(fit)
    } else {
        let options = BootstrapOptions::default()
            .with_replicates(args.bootstrap)
            .with_resample(args.resample)
            .with_interval(args.interval)
            .with_level(args.draws.level)
            .with_seed(args.draws.seed);
        Report::Ensemble(fit.bootstrap(&options)?)
    };
    if let (Some(profiles), Report::Ensemble(ensemble)) = (&profiles, &mut report) {
        let disagreements = ensemble.disagreements(&profiles.profiles);
        ensemble.fit.warnings.extend(disagreements);
    }
    if let Some(path) = &args.output {
        report.save(path)?;
    }
    for warning in &report.fit().warnings {
        talk(format!("warning: {warning}"));
    }
    let stdout = match args.format {
        Format::Text => text(args, &sweep, &report, profiles.as_ref()),
        Format::Json => match &profiles {
            Some(profiles) => format!("{}\n", report.to_json_with(profiles)),
            None => format!("{}\n", report.to_json()),
        },
        Format::Csv => full_precision(&report).csv(),
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

/// Refuses an output that cannot be written before any work is done: a file is created beside it, and removed.
fn check_writable(path: &std::path::Path) -> Result<()> {
    let refuse = |source| Error::write(path.display().to_string(), source);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    if !folder.is_dir() {
        return Err(refuse(std::io::Error::new(std::io::ErrorKind::NotFound, "its folder does not exist")));
    }
    if path.is_dir() {
        return Err(refuse(std::io::Error::new(std::io::ErrorKind::IsADirectory, "it is a folder")));
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.trial", std::process::id()));
    let trial = path.with_file_name(name);
    std::fs::File::create(&trial).and_then(|_| std::fs::remove_file(&trial)).map_err(refuse)
}

fn parameters(report: &Report) -> Rows {
    let level = report.ensemble().map(|e| e.options.level);
    let mut rows = match level {
        Some(level) => {
            Rows::new(&["parameter", "estimate", "std. error", &format!("{} interval", percent(level))])
        }
        None if !is_restricted(report.fit()) => Rows::new(&["parameter", "estimate"]),
        None => Rows::new(&["parameter", "estimate", ""]),
    };
    for (name, estimate, with) in report.parameters().into_iter().chain(report.derived()) {
        let freedom = report.fit().freedom(name);
        let shown = if freedom == Freedom::Unidentified { "-".to_owned() } else { digits(estimate, 5) };
        let mut row = vec![name.to_owned(), shown];
        let end = report.fit().at_bound(name).map(|(_, end)| format!("at {end} bound"));
        match (freedom, with) {
            (Freedom::Free, Some(e)) => {
                let note = end.map_or(String::new(), |note| format!(", {note}"));
                let error = if e.std_error.is_finite() { digits(e.std_error, 2) } else { "-".to_owned() };
                row.extend([error, format!("{}{note}", range(e.interval, 4))]);
            }
            (Freedom::Free, None) => row.extend(end),
            (given, _) if level.is_some() => row.extend([String::new(), given.to_string()]),
            (given, _) => row.push(given.to_string()),
        }
        rows.push(row);
    }
    rows
}

/// Whether some parameter is no free one inside its bounds.
fn is_restricted(fit: &Fit) -> bool {
    let mut names = fit.law().spec().parameters.iter().map(|p| &*p.name);
    names.any(|name| fit.freedom(name) != Freedom::Free || fit.at_bound(name).is_some())
}

/// The profiles, or none where the fit has none: that is said, and the fit printed all the same.
fn profiles(fit: &Fit, level: f64) -> Result<Option<Profiles>> {
    match Profiles::of(fit, &ProfileOptions::default().with_level(level)) {
        Ok(profiles) => Ok(Some(profiles)),
        Err(error @ Error::Unanswerable { .. }) => {
            talk(error);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

fn profiled(profiles: &Profiles) -> Rows {
    let level = profiles.profiles.first().map_or(f64::NAN, |p| p.level);
    let mut rows = Rows::new(&["profile", "estimate", &format!("{} interval", percent(level))]);
    for profile in &profiles.profiles {
        let end = |end: Option<f64>, open: &str| end.map_or(open.to_owned(), |value| digits(value, 4));
        let [lower, upper] = profile.interval;
        let interval = format!("{} to {}", end(lower, "open"), end(upper, "open"));
        rows.push(vec![profile.parameter.clone(), digits(profile.estimate, 5), interval]);
    }
    rows
}

fn full_precision(report: &Report) -> Rows {
    let mut rows = Rows::new(&["parameter", "estimate", "std_error", "lower", "upper"]);
    for (name, estimate, with) in report.parameters().into_iter().chain(report.derived()) {
        let of = |read: fn(Estimate) -> f64| with.map_or(String::new(), |e| read(e).to_string());
        let ends = [of(|e| e.std_error), of(|e| e.interval[0]), of(|e| e.interval[1])];
        let known = report.fit().freedom(name) != Freedom::Unidentified;
        let estimate = if known { estimate.to_string() } else { String::new() };
        rows.push([vec![name.to_owned(), estimate], ends.to_vec()].concat());
    }
    rows
}

fn text(args: &Args, sweep: &Sweep, report: &Report, profiles: Option<&Profiles>) -> String {
    let fit = report.fit();
    let (law, observations) = (fit.law(), &fit.observations);
    let mut out = String::new();
    let filtered = match sweep.rows_filtered_out() {
        0 => String::new(),
        rows => format!(" ({} rows filtered out)", thousands(rows)),
    };
    let counted = format!(
        "{} observations of {} runs from {}{filtered}",
        thousands(observations.len()),
        thousands(observations.run_count()),
        args.sweep.files.join(", "),
    );
    let _ = match law.spec().inputs.contains(&Input::Params) {
        true => writeln!(out, "{}    N = {} parameters, D = tokens", law.spec().formula, observations.size()),
        false => writeln!(out, "{}", law.spec().formula),
    };
    let _ = writeln!(out, "{counted}\n{}", data_lines(observations));
    out.push_str(&parameters(report).text());
    if let Some(profiles) = profiles {
        let _ = write!(out, "\n{}", profiled(profiles).text());
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
    if let Some(ensemble) = report.ensemble() {
        let _ = writeln!(
            out,
            "bootstrap by {}: {} replicates, seed {}, {} failed, {} audited, {} disagreed",
            ensemble.options.resample,
            thousands(ensemble.options.replicates),
            ensemble.options.seed,
            thousands(ensemble.failed),
            thousands(ensemble.audited),
            thousands(ensemble.disagreed),
        );
        if let Some(rows) = optima(ensemble) {
            let _ = write!(out, "\n{}", rows.text());
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
fn optima(ensemble: &nbar::Ensemble) -> Option<Rows> {
    let mut rows = Rows::new(&["compute-optimal at", "params", "tokens", "tokens per param", "interval"]);
    for flops in [1e21, 1e24] {
        let run = ensemble.allocate(flops, &AllocationOptions::default()).ok()?;
        rows.push(vec![
            format!("{flops:e} FLOPs"),
            format_quantity(run.average_params.estimate, 3),
            format_quantity(run.tokens.estimate, 3),
            digits(run.tokens_per_param.estimate, 3),
            range(run.tokens_per_param.interval, 3),
        ]);
    }
    Some(rows)
}
