//! `nbar inspect`: what is in a sweep, before anything is fitted.

use std::fmt::Write;

use nbar::inspect::{self as library, Finding, FindingKind, FitInput, LearningRate, Range, ScheduleGroup};
use nbar::units::format_quantity;
use nbar::{Document, Inspection, Result, Size, Sweep, inspect};

use crate::Outcome;
use crate::args::{CurveArgs, SweepArgs};
use crate::escape;
use crate::flags::spoken;
use crate::format::{digits, format_count, some_names, thousands};
use crate::restrict::{counts as used, window_line};
use crate::table::{Format, Table, count, number, text as words};

/// Say what sweep tables hold, what a fit would use, and what looks odd
///
/// Prints columns, runs, ranges, schedules and the laws that the columns allow. Then it names what to look at before fitting:
/// curves that look unfinished, runs that are there twice, numbers that look as if they were in another unit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar inspect data/t5_c4_sparse.csv
  nbar inspect runs/*.csv --checkpoints all --format json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    #[command(flatten)]
    curves: CurveArgs,
    /// Parameter count that is N: average, initial, final, geometric, harmonic or power:P
    #[arg(long, default_value = "average", allow_hyphen_values = true, help_heading = "Law")]
    size: Size,
    /// Form of the output: text, json, csv or md (both with the ranges only)
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    with(args, &args.sweep)
}

/// The same of what `files` says to read.
pub(crate) fn with(args: &Args, files: &SweepArgs) -> Result<Outcome> {
    let (mut tables, mut each) = (Vec::new(), Vec::new());
    for sweep in files.read_each()? {
        let sweep = sweep?;
        if !sweep.is_empty() {
            tables.push(library::Table::of(&sweep));
        }
        each.push(sweep);
    }
    let sweep = files.overrule(Sweep::from_sweeps(each)?)?;
    files.check_effect(&sweep)?;
    let options = args.curves.options().with_size(args.size);
    options.check()?;
    let mut inspection = inspect(&sweep, &options);
    if tables.len() > 1 {
        inspection.tables = tables;
    }
    let (ranges, text) = (ranges(&inspection.table.ranges), || spoken(text(&inspection)));
    Ok(Outcome::good(ranges.written(args.format, || inspection.to_json(), text)))
}

fn ranges(ranges: &[Range]) -> Table<&Range> {
    let cell = |range: &Range, value| if range.column == "loss" { number(value, 5) } else { count(value, 4) };
    Table::of(ranges)
        .column("column", |range| words(range.column))
        .column("least", |range| cell(range, range.least))
        .column("greatest", |range| cell(range, range.greatest))
}

fn text(inspection: &Inspection) -> String {
    let mut out = String::new();
    let whole = &inspection.table;
    if let [only] = &inspection.tables[..] {
        out.push_str(&heading(only));
    } else {
        for table in &inspection.tables {
            let _ = writeln!(out, "{}\n{}", heading(table), ranges(&table.ranges).text());
        }
        let _ = writeln!(out, "together: {}", counts(whole));
        let said = |note: &&String| inspection.tables.iter().any(|table| table.notes.contains(note));
        for note in whole.notes.iter().filter(|note| !said(note)) {
            let _ = writeln!(out, "note: {}", escape::line(note));
        }
    }
    let groups: Vec<String> = inspection
        .groups
        .iter()
        .map(|group| format!("{} ({})", group.name.as_deref().unwrap_or("none"), thousands(group.runs)))
        .collect();
    if !groups.is_empty() {
        let _ = writeln!(out, "groups (runs): {}", escape::line(&groups.join(", ")));
    }
    let _ = match inspection.learning_rate {
        LearningRate::Falls => writeln!(out, "learning rate: falls along the curves"),
        LearningRate::Constant => {
            writeln!(out, "learning rate: constant along the curves, unless its column holds each run's peak")
        }
        _ => Ok(()),
    };
    let _ = writeln!(out, "\n{}", ranges(&whole.ranges).text());
    out.push_str(&schedules(&inspection.schedules).text());
    if let Some(more @ 1..) = inspection.schedules.len().checked_sub(SCHEDULES) {
        let _ = writeln!(out, " and {} more", thousands(more));
    }
    for warning in inspection.pruning.iter().chain(&inspection.places) {
        let _ = writeln!(out, " {warning}");
    }
    out.push('\n');
    out.push_str(&fit(&inspection.fit));
    let is_said =
        !inspection.pruning.is_empty() || !inspection.places.is_empty() || inspection.fit.refusal.is_some();
    out.push_str(&findings(&inspection.findings, is_said));
    out
}

/// What several files say, in order, each text once with how many say it.
fn each_once(all: impl Iterator<Item = String>) -> impl Iterator<Item = (String, usize)> {
    let mut once: Vec<(String, usize)> = Vec::new();
    for text in all {
        match once.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => once.push((text, 1)),
        }
    }
    once.into_iter()
}

/// What a table is: its file, format, counts and columns.
fn heading(table: &library::Table) -> String {
    let formats = table.formats.first().map_or(String::new(), |format| format!("{format}, "));
    let shown = table.files.iter().take(FILES).map(String::as_str).collect::<Vec<_>>().join(", ");
    let files = match table.files.len().checked_sub(FILES) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    };
    let mut out = format!("{}: {formats}{}\n", escape::line(&files), counts(table));
    let column = |c: &nbar::run::ColumnMapping| {
        let is_taken_as_it_is = c.described() == format!("{} is column '{}'", c.field, c.column);
        match c.field == c.column {
            _ if !is_taken_as_it_is => c.described(),
            true => c.column.clone(),
            false => format!("{} from '{}'", c.field, c.column),
        }
    };
    let columns: Vec<String> =
        each_once(table.columns.iter().map(column)).map(|(column, _)| column).collect();
    let _ = writeln!(out, "columns: {}", escape::line(&columns.join(", ")));
    for (note, files) in each_once(table.notes.iter().cloned()) {
        let of = if files > 1 { format!(" ({files} files)") } else { String::new() };
        let _ = writeln!(out, "note: {}{of}", escape::line(&note));
    }
    let unused: Vec<String> =
        each_once(table.unused_columns.iter().cloned()).map(|(column, _)| column).collect();
    if !unused.is_empty() {
        let _ = writeln!(out, "not used (but by --where): {}", escape::line(&some_names(&unused)));
    }
    out
}

fn counts(table: &library::Table) -> String {
    let mut parts = vec![
        format_count(table.rows, "row"),
        format_count(table.runs, "run"),
        format_count(table.checkpoints, "checkpoint"),
    ];
    if table.passed_over > 0 {
        parts.insert(1, format!("{} passed over", thousands(table.passed_over)));
    }
    if table.filtered_out > 0 {
        parts.insert(1, format!("{} filtered out", thousands(table.filtered_out)));
    }
    for (rows, what) in
        [(table.rows_with_unique_tokens, "unique tokens"), (table.rows_with_weight, "weights")]
    {
        if rows > 0 {
            parts.push(format!(
                "{what} on {}",
                if rows == table.checkpoints { "each".to_owned() } else { thousands(rows) }
            ));
        }
    }
    parts.join(", ")
}

fn schedules(groups: &[ScheduleGroup]) -> Table<&ScheduleGroup> {
    let span = |ends: Option<[f64; 2]>, write: &dyn Fn(f64) -> String| match ends.map(|ends| ends.map(write))
    {
        None => "-".to_owned(),
        Some([least, greatest]) if least == greatest => least,
        Some([least, greatest]) => format!("{least} to {greatest}"),
    };
    let share = |value: f64| format!("{} %", format_quantity(100.0 * value, 3));
    let window = |group: &ScheduleGroup| match group.windows {
        0 | 1 => span(group.pruned, &share),
        several => format!("{} in {several} windows", span(group.pruned, &share)),
    };
    Table::of(groups.iter().take(SCHEDULES))
        .column("schedule", |group| words(&group.schedule))
        .column("runs", |group| words(thousands(group.runs)))
        .column("sparse", |group| words(group.final_sparsity.map_or("-".to_owned(), share)))
        .column("pruned over", |group| words(window(group)))
        .column("N̄/N0", |group| words(span(group.average_density, &|value| digits(value, 4))))
}

fn fit(fit: &FitInput) -> String {
    if let Some(refusal) = &fit.refusal {
        return format!("a fit with N = {} parameters is refused: {}\n", fit.size, escape::line(refusal));
    }
    let loss = fit.loss_from.map_or_else(
        || match fit.checkpoints {
            nbar::Checkpoints::All => "every row's".to_owned(),
            _ => fit.loss_at.describe(),
        },
        |from| from.to_string(),
    );
    let mut out = format!(
        "a fit uses {}; N = {} parameters; loss: {loss}; weights: {}\n",
        used(fit.observations, fit.runs, fit.clusters),
        fit.size,
        escape::line(fit.weights.as_deref().unwrap_or("all alike")),
    );
    out.push_str(&window_line(fit.prune_window.as_deref()));
    let plain = |law: &&library::LawUse| law.allowed && law.note.is_none();
    let names: Vec<&str> = fit.laws.iter().filter(plain).map(|law| law.law.as_str()).collect();
    let _ = writeln!(out, "laws: {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") });
    // Laws of one note on one line, in the order of their first.
    let mut notes: Vec<(bool, &str, Vec<&str>)> = Vec::new();
    for law in fit.laws.iter().filter(|law| !plain(law)) {
        let (allowed, note) = (law.allowed, law.note.as_deref().unwrap_or_default());
        match notes.iter_mut().find(|(a, n, _)| (*a, *n) == (allowed, note)) {
            Some((_, _, names)) => names.push(&law.law),
            None => notes.push((allowed, note, vec![&law.law])),
        }
    }
    for (allowed, note, names) in notes {
        let _ = writeln!(out, "  {} {}: {note}", if allowed { "but" } else { "not" }, names.join(", "));
    }
    out
}

/// What looks odd; `more` where something was said before.
fn findings(findings: &[Finding], more: bool) -> String {
    if findings.is_empty() {
        return format!("\nnothing {}looks odd\n", if more { "else " } else { "" });
    }
    let mut out = "\nlook at:\n".to_owned();
    for finding in findings {
        let _ = writeln!(out, "- {}", escape::line(&finding.to_string()));
        if matches!(finding.kind, FindingKind::Intermediate { .. }) {
            continue;
        }
        let first: Vec<String> = finding.places.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = if finding.places.len() > SHOWN { ", ..." } else { "" };
        let _ = writeln!(out, "  {}{more}", escape::line(&first.join(", ")));
    }
    out
}

/// Schedules printed; JSON has all.
const SCHEDULES: usize = 20;
/// Most files of one sweep that are named.
const FILES: usize = 5;
/// Places printed of each finding; JSON has more.
const SHOWN: usize = 4;
