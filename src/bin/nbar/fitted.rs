//! A fit in the forms in which it is printed.

mod budgets;
mod groups;
pub(crate) mod residuals;

use std::fmt::Write;
use std::path::Path;

use nbar::bootstrap::Estimate;
use nbar::diagnose::Profiles;
use nbar::families::Family;
use nbar::fit::{Freedom, Prior};
use nbar::report::Report;
use nbar::{Document, Fit, FitOptions, Residual, Rho, Warning};

use crate::format::{digits, made_of, range, thousands};
use crate::restrict::heading;
use crate::sketch;
use crate::table::{Format, Table, full, interval, number, shown, text as words};

/// Where the fit is saved.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Saving<'a> {
    /// Nowhere.
    No,
    /// Just now.
    Now(&'a Path),
    /// It was read from there.
    There(&'a Path),
}

impl<'a> Saving<'a> {
    /// To this path, if there is one.
    pub(crate) fn of(output: Option<&'a Path>) -> Self {
        output.map_or(Saving::No, Saving::Now)
    }
}

/// What is printed of a fit.
#[derive(Debug)]
pub(crate) struct Printed<'a> {
    pub(crate) report: &'a Report,
    /// What was observed, and where it is from.
    pub(crate) from: String,
    pub(crate) saving: Saving<'a>,
    pub(crate) profiles: Option<&'a Profiles>,
    pub(crate) family: Option<&'a Family>,
}

impl<'a> Printed<'a> {
    /// A fit alone.
    pub(crate) fn of(report: &'a Report) -> Self {
        Self { report, from: String::new(), saving: Saving::No, profiles: None, family: None }
    }

    /// In a form of the output.
    pub(crate) fn form(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Json => match self.family {
                Some(family) => self.report.summary_by_group(self.profiles, family).to_json() + "\n",
                None => self.report.summary(self.profiles).to_json() + "\n",
            },
            Format::Csv => records(self.report).csv(),
            Format::Md => parameters(self.report).markdown(),
            Format::Latex => parameters(self.report).latex(),
        }
    }

    /// What may be asked next, and that the fit is saved: what follows the text once that is so.
    pub(crate) fn next(&self, format: Format) -> String {
        match format {
            Format::Text => format!("\n{}", budgets::next(self.report, self.saving)),
            _ => String::new(),
        }
    }

    fn text(&self) -> String {
        let (report, fit) = (self.report, self.report.fit());
        if fit.is_of_constants() {
            let parameters = parameters(report).text();
            let heading =
                heading(fit.law(), "constants without data: no runs, and no intervals", &fit.observations);
            return format!("{heading}\n{parameters}");
        }
        let mut out = heading(fit.law(), &self.from, &fit.observations);
        out.push('\n');
        out.push_str(&parameters(report).text());
        if let Some(profiles) = self.profiles {
            let _ = write!(out, "\n{}", profiled(profiles));
        }
        let _ = writeln!(
            out,
            "\nobjective {} ({}), {}, {} of {} starts agree",
            digits(fit.objective, 8),
            objective(&fit.options),
            gradient(fit),
            thousands(fit.starts_at_optimum),
            thousands(fit.starts_tried),
        );
        out.push_str(&priors(fit));
        let _ = writeln!(out, "{}", verdict(fit));
        out.push_str(&repeats(fit));
        out.push_str(&groups::lines(report, self.family));
        out.push_str(&residuals::largest(fit));
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
        }
        out.push_str(&residuals::by_group(fit));
        out.push_str(&sketch::residuals(fit));
        if let Some(table) = budgets::optima(report) {
            let _ = write!(out, "\n{table}");
        }
        out
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
    vanished: Option<Vanished>,
}

/// What a term that adds nothing leaves of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Vanished {
    /// 0, with what it may be at the most where that is known.
    Zero(Option<f64>),
    /// No value.
    Nothing,
}

impl Vanished {
    fn of(fit: &Fit, name: &str, with: Option<&Estimate>) -> Option<Self> {
        let by_exponent =
            |name: &str| name.ends_with("_opt") && ["alpha", "beta"].iter().any(|e| fit.has_vanished(e));
        if !fit.has_vanished(name) && !by_exponent(name) {
            return None;
        }
        let constant = fit.warnings.iter().find_map(|warning| match warning {
            Warning::TermVanished { term, constant } if term == name => Some(*constant),
            _ => None,
        });
        let most = with.map(|with| with.interval[1]).filter(|most| most.is_finite());
        Some(constant.map_or(Self::Nothing, |constant| Self::Zero(most.filter(|_| constant))))
    }

    fn interval(self) -> String {
        match self {
            Self::Zero(Some(most)) => format!("below {}", digits(most, 4)),
            _ => "-".to_owned(),
        }
    }
}

fn rows(report: &Report) -> Table<Row<'_>> {
    let fit = report.fit();
    let row = |(name, estimate, with): (_, _, Option<Estimate>)| -> Row<'_> {
        let bound = fit.at_bound(name).map(|(_, end)| format!("at {end} bound"));
        let vanished = Vanished::of(fit, name, with.as_ref());
        Row { name, estimate, with, freedom: fit.freedom(name), bound, vanished }
    };
    Table::of(report.parameters().into_iter().chain(report.derived()).map(row))
        .column("parameter", |row| words(row.name))
        .column("estimate", |row| match (&row.freedom, row.vanished) {
            (Freedom::Unidentified, _) | (_, Some(Vanished::Nothing)) => shown("-", ""),
            (Freedom::AtLimit(limit), _) => shown(*limit, ""),
            (_, Some(Vanished::Zero(_))) => words("0"),
            _ => number(row.estimate, 5),
        })
}

fn parameters(report: &Report) -> Table<Row<'_>> {
    let table = rows(report);
    let Some(level) = report.ensemble().map(|e| e.options.level) else {
        return table.column_if(is_restricted(report.fit()), "", |row| match &row.freedom {
            Freedom::Free => words(row.bound.as_deref().unwrap_or_default()),
            Freedom::AtLimit(_) => words("at its limit"),
            given => words(given),
        });
    };
    table
        .column("std. error", |row| match (&row.freedom, row.with) {
            _ if row.vanished.is_some() => words("-"),
            (Freedom::Free, Some(e)) if e.std_error.is_finite() => number(e.std_error, 2),
            (Freedom::Free, Some(_)) => words("-"),
            _ => words(""),
        })
        .column(&interval(level), |row| match (&row.freedom, row.with, &row.bound) {
            (Freedom::Free, _, None) if row.vanished.is_some() => {
                words(row.vanished.map(Vanished::interval).unwrap_or_default())
            }
            (Freedom::Free, Some(e), Some(bound)) => words(format!("{}, {bound}", range(e.interval, 4))),
            (Freedom::Free, Some(e), None) => words(range(e.interval, 4)),
            (Freedom::Free, None, bound) => words(bound.as_deref().unwrap_or_default()),
            (Freedom::AtLimit(_), ..) => words("at its limit"),
            (given, ..) => words(given),
        })
}

/// The parameters in full precision.
fn records(report: &Report) -> Table<Row<'_>> {
    let of = |read: fn(&Estimate) -> f64| {
        move |row: &Row<'_>| {
            let known = row.with.as_ref().filter(|_| row.vanished.is_none());
            words(known.map_or_else(String::new, |e| full(read(e))))
        }
    };
    let end = |read: fn(&Estimate) -> f64, zero: fn(Option<f64>) -> Option<f64>| {
        move |row: &Row<'_>| match row.vanished {
            None => of(read)(row),
            Some(Vanished::Zero(most)) => words(zero(most).map_or_else(String::new, full)),
            Some(Vanished::Nothing) => words(""),
        }
    };
    rows(report)
        .column("std_error", of(|e| e.std_error))
        .column("lower", end(|e| e.interval[0], |most| most.map(|_| 0.0)))
        .column("upper", end(|e| e.interval[1], |most| most))
}

/// Whether some parameter is no free one inside its bounds.
fn is_restricted(fit: &Fit) -> bool {
    let mut names = fit.law().spec().parameters.iter().map(|p| &*p.name);
    names.any(|name| fit.freedom(name) != Freedom::Free || fit.at_bound(name).is_some())
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

/// The gradient at the optimum; of residuals that are rounding, so is theirs.
fn gradient(fit: &Fit) -> String {
    /// Mean squares below this are of residuals of 1e-12.
    const ROUNDING: f64 = 1e-24;
    match fit.objective <= ROUNDING * fit.observations.len() as f64 {
        true => "every residual is rounding".to_owned(),
        false => format!("|gradient| {:.0e}", fit.gradient_norm),
    }
}

/// What is from each prior and what from the runs, a line each.
fn priors(fit: &Fit) -> String {
    let shares = fit.decided_by_priors().unwrap_or_default();
    let line = |((name, prior), (_, share)): (&(String, Prior), &(String, f64))| {
        let value = fit.parameter(name).unwrap_or(f64::NAN);
        let by = match *prior {
            Prior::Normal { centre, s } => (value - centre) / s,
            Prior::LogNormal { centre, factor } => (value / centre).ln() / factor.ln(),
            _ => f64::NAN,
        };
        let side = if by < 0.0 { "below" } else { "above" };
        let [own, rest] = [*share, 1.0 - share].map(|share| digits(100.0 * share, 2));
        format!(
            "prior {name}={prior}: decides {own} % of {name}, the runs {rest} %; {name} lies {} s {side} its centre\n",
            digits(by.abs(), 2)
        )
    };
    fit.options.priors.iter().zip(&shares).map(line).collect()
}

/// How well the law fits.
fn verdict(fit: &Fit) -> String {
    let percent = |share: f64| format!("{} %", digits(100.0 * share, 2));
    let rms = fit.rms();
    if !rms.is_finite() {
        return "fit: no residuals, as a parameter has run off beyond what numbers hold".to_owned();
    }
    let rms = percent(rms);
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
        false if test.is_likely() => format!(
            "fit: RMS {rms}, may depart from the law by {} of L over the sweep (F test, p = {p})",
            percent(test.departure)
        ),
        false => format!("fit: RMS {rms}, no departure from the law beyond scatter (F test, p = {p})"),
    }
}

/// How far runs of one size and length scatter, and evaluations of one run; empty where there are none.
fn repeats(fit: &Fit) -> String {
    let Some(found) = fit.repeats() else { return String::new() };
    let by = |deviation: f64, interval: [f64; 2]| {
        let [low, high] = interval.map(|end| digits(100.0 * end, 2));
        format!("by {} % of L ({low} to {high} %)", digits(100.0 * deviation, 2))
    };
    let verdict = match found.p {
        Some(p) if p < 0.05 => {
            format!("; the law departs from their means by more (F test, p = {})", digits(p, 1))
        }
        Some(p) => format!("; the law departs from their means by no more (F test, p = {})", digits(p, 1)),
        None => String::new(),
    };
    let (runs, sets) = (thousands(found.runs), format!("{} sizes and lengths", thousands(found.sets)));
    let whole = by(found.scatter, found.interval);
    let Some(of_run) = found.evaluation else {
        return format!("repeats: {runs} runs of {sets} scatter {whole}{verdict}\n");
    };
    let of_run = by(of_run.deviation, of_run.interval);
    let evaluations = thousands(found.evaluations);
    let what = format!("repeats: {evaluations} evaluations of {runs} runs of {sets} scatter");
    let Some(run) = found.run else { return format!("{what} {of_run} within a run\n") };
    let hint = "; runs differ in how many they have, and all rows count alike: --weight repeats weighs them";
    let hint = if found.uneven { hint } else { "" };
    format!(
        "{what} {whole}: runs {}, evaluations of a run {of_run}{verdict}{hint}\n",
        by(run.deviation, run.interval)
    )
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
