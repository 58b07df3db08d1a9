//! `nbar holdout`: fits a part of a sweep and predicts the rest.

use std::fmt::Write;

use clap::ValueEnum;
use nbar::holdout::{Errors, HeldOutRow, Score, Split};
use nbar::law::Input;
use nbar::{Document, Error, HoldOut, HoldoutReport, Result};

use crate::args::{BendArgs, DrawArgs, LawArgs, SweepArgs, share};
use crate::format::{digits, percent, range};
use crate::kinds::{Kind, kinds, warn_of_sweep};
use crate::restrict::{from_files, heading, shared_clusters};
use crate::table::{Cell, Format, Table, full, number, text as words};
use crate::{Outcome, warn};

/// Share of the runs that is held out unless said otherwise.
const TOP: f64 = 0.2;
/// Folds unless said otherwise.
const FOLDS: usize = 5;

/// Fit a part of a sweep and predict the rest: what are the intervals worth?
///
/// Runs stand on one side with all their rows; a held-out run is scored at its last row. Errors are of ln L, predicted -
/// measured. Two simpler predictions stand beside the law: the loss of the nearest fitted run, and L = E + K/C^gamma fitted to
/// the same rows. Exits with 4 if a fit is not to be trusted; stderr says why.
/// Ctrl-C stops with the splits so far.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar holdout data/chinchilla.csv --where outlier=0
  nbar holdout data/chinchilla.csv --by tokens --rolling
  nbar holdout data/gemstones_hot.csv --by run --folds 11 --checkpoints all
  nbar holdout data/journey.csv --law schedule --by window
  nbar holdout data/journey.csv --fit schedule=dense --predict 'schedule!=dense'")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    /// What orders the runs: flops (6 N̄ D), tokens or params (N); or run, for cross-validation over whole runs; or window, schedule
    /// or group, to leave out one of each
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Input")]
    by: By,
    /// Share of the runs to hold out, the largest: 20% or 0.2 [default: 20%]
    #[arg(long, value_name = "SHARE", value_parser = top, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with_all = ["folds", "rolling"])]
    top: Option<f64>,
    /// Folds of the cross-validation, with --by run [default: 5]
    #[arg(long, value_name = "COUNT", conflicts_with = "rolling", help_heading = "Input")]
    folds: Option<usize>,
    /// Conditions on the runs to fit, as for --where; without --predict all others are predicted
    #[arg(long, value_name = "FILTER", help_heading = "Input", conflicts_with_all = ["by", "top", "folds", "rolling"])]
    fit: Option<String>,
    /// Conditions on the runs to predict; without --fit all others are fitted
    #[arg(long, value_name = "FILTER", help_heading = "Input", conflicts_with_all = ["by", "top", "folds", "rolling"])]
    predict: Option<String>,
    /// About five groups of the ordered runs, each predicted from all smaller ones
    #[arg(long, help_heading = "Input")]
    rolling: bool,
    #[command(flatten)]
    law: LawArgs,
    /// Bootstrap replicates of each fit
    #[arg(long, value_name = "COUNT", default_value_t = 1000, help_heading = "Intervals",
        value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    bootstrap: u32,
    #[command(flatten)]
    draws: DrawArgs,
    #[command(flatten)]
    bend: BendArgs,
    /// Form of the output: text, json, csv (both with a record for each held-out row) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

/// What orders the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum By {
    /// Training compute, 6 N̄ D
    #[default]
    Flops,
    /// D
    Tokens,
    /// N, as --size has it
    Params,
    /// Nothing
    Run,
    /// Nothing: one pruning window is left out at a time
    Window,
    /// The same of schedules
    Schedule,
    /// The same of groups
    Group,
}

impl By {
    fn input(self) -> Option<Input> {
        match self {
            By::Flops => Some(Input::Flops),
            By::Tokens => Some(Input::Tokens),
            By::Params => Some(Input::Params),
            By::Run | By::Window | By::Schedule | By::Group => None,
        }
    }

    /// One kind of runs left out at a time.
    fn kinds(self) -> Option<HoldOut> {
        match self {
            By::Window => Some(HoldOut::Windows),
            By::Schedule => Some(HoldOut::Schedules),
            By::Group => Some(HoldOut::Groups),
            _ => None,
        }
    }

    /// The word that chooses it, and names it in a sentence.
    fn word(self) -> &'static str {
        match self {
            By::Flops => "flops",
            By::Tokens => "tokens",
            By::Params => "params",
            By::Run => "run",
            By::Window => "window",
            By::Schedule => "schedule",
            By::Group => "group",
        }
    }
}

/// Reads a share of the runs, as 0.2 or 20%.
fn top(text: &str) -> Result<f64, String> {
    match share(text) {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("it lies between 0 and 1 (100 %), both excluded; 20% is usual".to_owned()),
    }
}

impl Args {
    fn hold_out(&self) -> Result<HoldOut> {
        let refuse = |field, value: String, problem: &str, remedy: &str| {
            Err(Error::option(field, value, problem, remedy))
        };
        let word = self.by.word();
        match (self.by.input(), self.top, self.folds) {
            (None, Some(top), _) => {
                let problem = format!("asks for the largest, which `by={word}` has not");
                let remedy =
                    if self.by == By::Run { "give `folds`" } else { "choose `by=flops`, tokens or params" };
                refuse("top", percent(top), &problem, remedy)
            }
            (None, ..) if self.rolling => {
                refuse("by", word.to_owned(), "is no order to roll along", "choose flops, tokens or params")
            }
            (None, _, Some(folds)) if self.by != By::Run => {
                let problem = format!("are of whole runs, and `by={word}` leaves out one {word} at a time");
                refuse("folds", folds.to_string(), &problem, "leave it out, or use `by=run`")
            }
            (None, ..) if self.by != By::Run => Ok(self.by.kinds().unwrap_or(HoldOut::Groups)),
            (None, _, folds) => Ok(HoldOut::Folds { count: folds.unwrap_or(FOLDS) }),
            (Some(_), _, Some(folds)) => {
                refuse("folds", folds.to_string(), "is read with `by=run` alone", "add it, or give `top`")
            }
            (Some(by), ..) if self.rolling => Ok(HoldOut::Rolling { by }),
            (Some(by), top, _) => Ok(HoldOut::Largest { by, share: top.unwrap_or(TOP) }),
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let (mut hold_out, options) = (args.hold_out()?, args.law.fit_options()?);
    let sides = [args.fit.as_deref(), args.predict.as_deref()];
    let sweep = args.sweep.read_sides(&args.law.observed, args.law.names()?, sides)?;
    if sides.iter().any(Option::is_some) {
        let [fitted, held_out] = sweep.sides()?;
        hold_out = HoldOut::Chosen { fitted, held_out };
    }
    let observations = args.law.observations(&sweep)?;
    let bootstrap = args.draws.options(args.bootstrap as usize).with_bend(args.bend.bend.0);
    let read = options.law.reading(&observations)?;
    let report = nbar::holdout(&observations, &options, &bootstrap, &hold_out)?;
    warn_of(&report.splits);
    if let Some(shared) =
        report.splits.iter().map(|split| split.shared_clusters).max().filter(|most| *most > 0)
    {
        let hold_out = "hold out whole clusters instead (--by run)";
        warn(format!("{}; {hold_out}", shared_clusters(shared)));
    }
    if report.missing > 0 {
        let of = report.splits.len() + report.skipped + report.missing;
        warn(format!("stopped before {} of {of} splits were done; run it again to the end", report.missing));
    }
    let stdout = match args.format {
        Format::Text => {
            let from = from_files(&args.sweep, sweep.rows_filtered_out(), &observations);
            heading(read.as_deref().unwrap_or(&*options.law), &from, &observations)
                + &text(args, &report, &hold_out)
        }
        Format::Json => report.to_json() + "\n",
        Format::Csv => records(&report).csv(),
        Format::Md => splits(&report, args.draws.level).markdown(),
        Format::Latex => splits(&report, args.draws.level).latex(),
    };
    Ok(Outcome::of(stdout, report.is_trustworthy()))
}

/// Says on stderr what weakens the fits, each kind of warning once.
fn warn_of(splits: &[Split]) {
    warn_of_sweep(splits.iter().flat_map(|split| &split.warnings));
    let all = splits.iter().zip(1..).flat_map(|(split, i)| split.warnings.iter().map(move |w| (i, w, "")));
    for kind in kinds(all) {
        let Kind { first, of, .. } = &kind;
        match (splits.len(), kind.others(ToString::to_string)) {
            (1, _) => warn(first),
            (_, None) => warn(format!("split {}: {first}", of[0])),
            (_, Some(others)) => warn(format!("split {} ({others}): {first}", of[0])),
        }
    }
}

/// A record for each held-out row, in full precision.
fn records<'a>(report: &'a HoldoutReport) -> Table<(usize, &'a HeldOutRow)> {
    let of = |(i, split): (usize, &'a Split)| split.rows.iter().map(move |row| (i + 1, row));
    let number = |value: f64| words(full(value));
    Table::of(report.splits.iter().enumerate().flat_map(of))
        .column("split", |(split, _)| words(split))
        .column("run", |(_, row)| words(&row.run))
        .column("last", |(_, row)| words(u8::from(row.last)))
        .column("params", |(_, row)| number(row.params))
        .column("tokens", |(_, row)| number(row.tokens))
        .column("flops", |(_, row)| number(row.flops))
        .column("loss", |(_, row)| number(row.loss))
        .column("predicted", |(_, row)| number(row.predicted))
        .column("mean_lower", |(_, row)| number(row.mean_interval[0]))
        .column("mean_upper", |(_, row)| number(row.mean_interval[1]))
        .column("run_lower", |(_, row)| number(row.run_interval[0]))
        .column("run_upper", |(_, row)| number(row.run_interval[1]))
        .column("nearest", |(_, row)| number(row.nearest))
        .column("compute", |(_, row)| number(row.compute))
        .column("reach", |(_, row)| number(row.reach))
        .column("run_if_law_holds_lower", |(_, row)| number(row.run_interval_if_law_holds[0]))
        .column("run_if_law_holds_upper", |(_, row)| number(row.run_interval_if_law_holds[1]))
}

fn text(args: &Args, report: &HoldoutReport, hold_out: &HoldOut) -> String {
    let mut out = String::new();
    let by = args.by.word();
    let _ = match hold_out {
        HoldOut::Largest { share, .. } => {
            writeln!(out, "held out: the {} of runs of most {by}", percent(*share))
        }
        HoldOut::Chosen { .. } => {
            let named = |side: &Option<String>| {
                side.as_ref().map_or("all others".to_owned(), |side| format!("'{side}'"))
            };
            writeln!(out, "held out: runs of {}, predicted from {}", named(&args.predict), named(&args.fit))
        }
        HoldOut::Windows | HoldOut::Schedules => {
            writeln!(
                out,
                "held out: each pruning {by}, predicted from all other runs; dense runs are always fitted"
            )
        }
        HoldOut::Groups => writeln!(out, "held out: each group, predicted from all others"),
        HoldOut::Folds { count } => {
            writeln!(out, "held out: each of {count} folds of whole runs, seed {}", args.draws.seed)
        }
        _ => writeln!(out, "held out: each group of runs in order of {by}, predicted from all smaller ones"),
    };
    let tied: usize = report.splits.iter().map(|split| split.tied).sum();
    if tied > 0 {
        let _ = writeln!(out, "plus {tied} tied with the least of them in {by}");
    }
    if report.skipped > 0 {
        let (what, rest) = match args.by.kinds() {
            Some(_) => (by, "the other runs"),
            None => ("group", "those below them"),
        };
        let _ = writeln!(out, "{what}s not predicted, because {rest} do not bear a fit: {}", report.skipped);
    }
    let _ = write!(out, "\n{}", splits(report, args.draws.level).text());
    let _ = write!(out, "\n{}", predictions(&report.overall).text());
    let miss = digits(2.0 / (1.0 - args.draws.level), 3);
    let _ = writeln!(
        out,
        "\nerrors are of ln L, predicted - measured, at each run's last row; means are of their sizes\n\
         FLOPs x: least and greatest held out, over the most that were fitted\n\
         width: mean width of the run interval, in % of L\n\
         score: width plus {miss} times the distance by which a run misses its interval; less is better\n\
         nearest: loss of the fitted run nearest in (ln N, ln D); L(C): E + K/C^gamma, fitted to the same rows"
    );
    out
}

/// A row for each split, and one for all.
fn splits(report: &HoldoutReport, level: f64) -> Table<(Option<(usize, &Split)>, &Score)> {
    let inside = format!("in {} run interval", percent(level));
    let each = report.splits.iter().enumerate().map(|(i, split)| (Some((i + 1, split)), &split.score));
    let all = (report.splits.len() > 1).then_some((None, &report.overall));
    let hits = |count: usize, of: &Score| words(format!("{count} ({})", share_of(count, of.runs)));
    let of = |split: &Option<(usize, &Split)>, text: &dyn Fn(&Split) -> String| {
        words(split.map_or_else(String::new, |(_, split)| text(split)))
    };
    let name = |(place, split): (usize, &Split)| split.kind.clone().unwrap_or_else(|| place.to_string());
    Table::of(each.chain(all))
        .column("split", |(split, _)| words(split.map_or("all".to_owned(), name)))
        .column("fitted", |(split, _)| of(split, &|split| split.fitted_runs.to_string()))
        .column("held out", |(_, score)| words(score.runs))
        .column("FLOPs x", |(_, score)| words(range(score.reach, 3)))
        .column("bias", |(_, score)| error(score.law.bias))
        .column("RMS", |(_, score)| error(score.law.rms))
        .column("RMS nearest", |(_, score)| error(score.nearest.rms))
        .column("RMS L(C)", |(_, score)| error(score.compute.rms))
        .column(&inside, |(_, score)| hits(score.in_run_interval, score))
        .column("width, %", |(_, score)| number(100.0 * score.run_width, 3))
        .column("score, %", |(_, score)| number(100.0 * score.run_score, 3))
        .column("in law's", |(_, score)| hits(score.in_mean_interval, score))
}

/// A row for each way of predicting.
fn predictions(score: &Score) -> Table<(&'static str, Errors)> {
    Table::of([("law", score.law), ("nearest", score.nearest), ("L(C)", score.compute)])
        .column("prediction", |(name, _)| words(name))
        .column("bias", |(_, errors)| error(errors.bias))
        .column("RMS", |(_, errors)| error(errors.rms))
        .column("largest", |(_, errors)| error(errors.largest))
        .column("mean in nats", |(_, errors)| error(errors.loss))
        .column(
            "mean in %",
            |(_, errors)| if errors.percent.is_nan() { words("-") } else { number(errors.percent, 3) },
        )
}

/// An error, to four places, or in powers of ten if it is smaller than that.
fn error(value: f64) -> Cell {
    if value.is_nan() {
        return words("-");
    }
    words(if value != 0.0 && value.abs() < 1e-3 { format!("{value:.1e}") } else { format!("{value:.4}") })
}

fn share_of(count: usize, of: usize) -> String {
    format!("{:.0} %", 100.0 * count as f64 / of as f64)
}
