//! `nbar forecast`: where curves will end.

use std::fmt::Write;
use std::path::PathBuf;

use nbar::forecast::{Annealing, ForecastOptions, Forecasts, RunForecast, forecast};
use nbar::units::format_quantity;
use nbar::{Document, Result};

use crate::args::{SweepArgs, level, quantity, share};
use crate::flags::refuse_idle;
use crate::format::{digits, format_count, percent};
use crate::outputs::Outputs;
use crate::table::{Format, LatexArgs, Table, between, count, full, interval, number, text};
use crate::{Outcome, warn};

/// Runs without a forecast that are named; of the others the count is said.
const NAMED: usize = 5;
/// The share of a fall from which on rows tell what the rest of it is worth.
const FALL_TOLD: f64 = 0.5;

/// Forecast the final losses of runs that are not finished, from their loss curves
///
/// Each run's curve is followed to its planned end (the column planned_tokens or planned_steps, or --to), along its learning rate:
/// L = L0 + A S^-alpha + K m. S is the learning so far, and m follows the learning rate with a memory. Exponents are common to the runs.
/// Intervals are calibrated by stopping the same curves earlier.
///
/// The columns lr_schedule, lr_floor, lr_warmup and lr_decay say how the learning rate falls, or the options of these names. Curves take
/// four rows, alone six. With --stop, later rows are held back and compared with the forecasts.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar forecast curves.csv --lr-schedule cosine --lr-floor 10% -o forecasts.csv
  nbar fit forecasts.csv --weight weight
  nbar forecast data/gemstones_hot.csv --to 200B --lr-schedule constant
  nbar forecast curves.csv --stop 50%")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    /// Tokens at which every run is to end: 1.4T [default: what the table says of each]
    #[arg(long, value_name = "TOKENS", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    to: Option<f64>,
    /// Share of the planned tokens after which rows are held back, to compare them with the forecasts: 75%
    #[arg(long, value_name = "SHARE", value_parser = share, allow_hyphen_values = true, help_heading = "Input")]
    stop: Option<f64>,
    /// How the learning rate falls, in place of what the table says: constant, cosine, linear or wsd
    #[arg(long, value_name = "SHAPE", help_heading = "Schedule")]
    lr_schedule: Option<String>,
    /// Learning rate at the end over its peak, likewise [default: 0, with a warning]
    #[arg(long, value_name = "X", value_parser = share, allow_hyphen_values = true, help_heading = "Schedule")]
    lr_floor: Option<f64>,
    /// Share of the run that warm-up takes, likewise
    #[arg(long, value_name = "X", value_parser = share, allow_hyphen_values = true, help_heading = "Schedule")]
    lr_warmup: Option<f64>,
    /// Share of the run over which wsd falls, likewise
    #[arg(long, value_name = "X", value_parser = share, allow_hyphen_values = true, help_heading = "Schedule")]
    lr_decay: Option<f64>,
    /// How losses follow a rate that falls: followed (eta^p with a memory), tissue (Tissue et al. 2024) or multi-power (Luo et al. 2025)
    #[arg(long, value_name = "LAW", default_value_t, help_heading = "Schedule")]
    annealing: Annealing,
    /// Level of the intervals, between 0 and 1; that of 90 % is printed too
    #[arg(long, default_value = "0.95", value_parser = level, allow_hyphen_values = true, help_heading = "Intervals")]
    level: f64,
    /// Writes a sweep table of the final losses, with weights, which nbar fit reads
    #[arg(short, long, value_name = "FORECASTS.csv", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
    #[command(flatten)]
    latex: LatexArgs,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    Outputs::of(args.sweep.inputs()).and("output", args.output.as_deref(), Forecasts::check_writable)?;
    refuse_idle(
        |id| id == "cluster",
        " on forecasts: each run is forecast from its own curve and its family's",
        "leave it out",
    )?;
    let sweep = args.sweep.read_curves()?;
    let mut options = ForecastOptions::default().with_level(args.level).with_annealing(args.annealing);
    (options.to, options.stop) = (args.to, args.stop);
    options.lr_schedule.clone_from(&args.lr_schedule);
    (options.lr_floor, options.lr_warmup, options.lr_decay) = (args.lr_floor, args.lr_warmup, args.lr_decay);
    let found = forecast(&sweep, &options)?;
    found.left_out.iter().take(NAMED).for_each(|(run, why)| warn(format!("no forecast of {run}: {why}")));
    if found.left_out.len() > NAMED {
        warn(format!("no forecast of {} more; the JSON has the reasons", found.left_out.len() - NAMED));
    }
    let stdout = match args.latex.or(args.format) {
        Format::Csv => records(&found).csv(),
        form => shown(&found).written(form, || found.to_json(), || sentences(&found)),
    };
    if let Some(shown) = found.fall_shown.filter(|shown| *shown < FALL_TOLD) {
        warn(format!(
            "no run shows more than {} of the learning rate's fall: the intervals may be much too narrow; train one run to its end",
            percent(shown)
        ));
    }
    if let Some(stop) = args.stop.filter(|_| found.score.is_none()) {
        warn(format!(
            "nothing was held back to compare with: no run that has a forecast goes on from {} of its planned tokens to its end",
            percent(stop)
        ));
    }
    let mut odd: Vec<_> = found.runs.iter().filter_map(|run| Some((run, run.odd_row?))).collect();
    odd.sort_by(|(_, a), (_, b)| b[2].total_cmp(&a[2]));
    for (run, [tokens, loss, times]) in odd.iter().take(NAMED) {
        warn(format!(
            "the loss of {} at {} tokens, {}, lies {times:.0} times as far from what its earlier rows say as rows usually do, and moves all forecasts: \
             mend that row, or leave it out (--where)",
            run.run,
            format_quantity(*tokens, 4),
            digits(*loss, 4)
        ));
    }
    if odd.len() > NAMED {
        warn(format!("such rows are in {} more runs; the JSON has them (odd_row)", odd.len() - NAMED));
    }
    if found.floor_assumed {
        warn(
            "nothing says where the learning rate ends, and 0 is assumed: if it ends above, say how far (--lr-floor 10%), or the forecasts are off",
        );
    }
    let outcome = Outcome::good(stdout);
    let Some(path) = args.output.clone() else { return Ok(outcome) };
    Ok(outcome.saving(move || found.save_csv(&path).map(|()| String::new())))
}

fn open(found: &Forecasts) -> impl Iterator<Item = &RunForecast> {
    found.runs.iter().filter(|run| !run.finished)
}

/// A row for each run that has a forecast.
fn shown(found: &Forecasts) -> Table<&RunForecast> {
    let ends = |ends: [f64; 2]| text(between(ends, |v| digits(v, 4)));
    let has_other = found.level != 0.9;
    Table::of(open(found))
        .column("run", |run| text(&run.run))
        .column("done", |run| text(percent(run.tokens / run.planned_tokens)))
        .column("of tokens", |run| count(run.planned_tokens, 3))
        .column("loss now", |run| number(run.last_loss, 4))
        .column("at the end", |run| number(run.loss.estimate, 4))
        .column("90 %", move |run| ends(run.interval_90))
        .column_if(has_other, &interval(found.level), move |run| ends(run.loss.interval))
        .column("own curve", |run| number(run.own.map_or(f64::NAN, |own| own.estimate), 4))
        .column_if(found.score.is_some(), "came", |run| number(run.came.unwrap_or(f64::NAN), 4))
}

/// Everything in full precision: a row for each run.
fn records(found: &Forecasts) -> Table<&RunForecast> {
    let value = |value: f64| text(full(value));
    Table::of(&found.runs)
        .column("run", |run| text(&run.run))
        .column("finished", |run| text(u8::from(run.finished)))
        .column("tokens", move |run| value(run.tokens))
        .column("planned_tokens", move |run| value(run.planned_tokens))
        .column("last_loss", move |run| value(run.last_loss))
        .column("loss", move |run| value(run.loss.estimate))
        .column("loss_sd", move |run| value(run.loss.std_error))
        .column("lower_90", move |run| value(run.interval_90[0]))
        .column("upper_90", move |run| value(run.interval_90[1]))
        .column("lower", move |run| value(run.loss.interval[0]))
        .column("upper", move |run| value(run.loss.interval[1]))
        .column("own", move |run| value(run.own.map_or(f64::NAN, |own| own.estimate)))
        .column("weight", move |run| value(run.weight))
        .column("came", move |run| value(run.came.unwrap_or(f64::NAN)))
}

fn sentences(found: &Forecasts) -> String {
    let finished = found.runs.len() - open(found).count();
    let mut out = format!(
        "{} of {}",
        format_count(open(found).count(), "forecast"),
        format_count(found.runs.len() + found.left_out.len(), "run")
    );
    if finished > 0 {
        let have = if finished == 1 { "has" } else { "have" };
        let _ = write!(out, ", {finished} of which {have} ended");
    }
    let _ = write!(out, "\n\n{}\n{}, alpha {}", shown(found).text(), found.law, digits(found.alpha, 3));
    if let Some(memory) = found.memory {
        let _ = match (found.power, found.fade) {
            (None, _) => write!(out, "; S2 follows the learning rate"),
            (Some(power), None) => write!(out, "; m follows the learning rate to the {}", digits(power, 3)),
            (Some(power), Some(fade)) => {
                write!(out, "; gamma {}, beta {}, 1/C", digits(power, 3), digits(fade, 3))
            }
        };
        let over = if found.fade.is_some() { "of" } else { "over" };
        let _ = write!(out, " {over} {} tokens", format_quantity(memory, 2));
    }
    let _ = match found.tries {
        0 => writeln!(
            out,
            "\nintervals: those of the model, as no curve is long enough to be tried at an earlier stop"
        ),
        tries => writeln!(
            out,
            "\nintervals: {} on curves that were stopped earlier erred {} times as far as the model says",
            format_count(tries, "try").replace("trys", "tries"),
            digits(found.factor, 2)
        ),
    };
    if let Some(score) = &found.score {
        let _ = writeln!(
            out,
            "of {} that came: RMS error {}, of the last rows {}; {} within 90 %, mean width {}",
            format_count(score.runs, "loss").replace("losss", "losses"),
            digits(score.rms, 2),
            digits(score.rms_of_last, 2),
            percent(score.within_90),
            digits(score.width_90, 2),
        );
    }
    out
}
