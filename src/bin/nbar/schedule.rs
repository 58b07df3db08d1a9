//! `nbar schedule`: the average parameter count of one run.

mod compare;
mod source;

use std::fmt::Write;

use nbar::schedule::{BatchRamp, ScheduleSummary};
use nbar::units::format_quantity;
use nbar::{Document, Result, Trajectory};

use crate::args::{ScheduleArgs, quantity};
use crate::format::digits;
#[cfg(feature = "plot")]
use crate::outputs::Outputs;
use crate::table::{Format, Table, full, text as words};
use crate::{Outcome, warn};

/// Columns and lines of the picture.
const WIDTH: usize = 60;
const HEIGHT: usize = 10;

/// Integrate the average parameter count over a pruning schedule
///
/// Prints N̄ (the mean of N(t) over tokens), the average density N̄/N₀, the final count and their ratio. Prints the
/// training FLOPs 6 N̄ D too, and a picture of the density.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar schedule --params 1.139B --tokens 200.4B --steps 25050 \\
      --shape geometric --final-sparsity 0.8 --start 2500 --end 12600 \\
      --every 100 --unit step
  nbar schedule --params 1B --tokens 20B --shape cubic --final-sparsity 80% \\
      --start 25% --end 75% --unit fraction
  nbar schedule --params 1B --steps 25050 --dialect tfmot initial_sparsity=0 \\
      final_sparsity=0.8 begin_step=2500 end_step=12600
  nbar schedule --params 1B --tokens 20B --trajectories counts.csv \\
      --interpolate linear
  nbar schedule --steps 25050 --compare tfmot,jaxpruner,neural-compressor \\
      --final-sparsity 0.8 --start 2500 --end 12600 --every 1000")]
pub(crate) struct Args {
    /// Prunable parameters before pruning; --fixed-params are added to them
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        required_unless_present_any = ["trajectories", "compare"])]
    params: Option<f64>,
    /// Tokens of the run; may be left out where --steps are given
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        required_unless_present_any = ["steps", "trajectories"])]
    tokens: Option<f64>,
    /// Optimiser steps of the run, for a schedule in steps
    #[arg(long, value_name = "T", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    steps: Option<f64>,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    source: source::SourceArgs,
    /// Figure of the schedule, .svg, .png or .pdf: density and N(t) against tokens, and N̄
    #[cfg(feature = "plot")]
    #[arg(short, long, value_name = "FILE.svg", help_heading = "Output", conflicts_with = "compare")]
    output: Option<std::path::PathBuf>,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    #[cfg(feature = "plot")]
    if let Some(path) = &args.output {
        Outputs::of(args.source.inputs()).and("output", Some(path), nbar::plot::Figure::check_writable)?;
    }
    if !args.source.compare.is_empty() {
        return compare::run(args);
    }
    let batches = args.source.batch_ramp.as_deref().map(source::batches).transpose()?;
    let run = source::resolve(args, batches.as_ref())?;
    let summary = run.summary(args.steps);
    warn_of_short(&run.trajectory, args.steps);
    let text =
        || picture(&run.trajectory) + &sentences(&summary, args.schedule.fixed_params, batches.as_ref());
    let outcome = Outcome::good(numbers(&summary).written(args.format, || summary.to_json(), text));
    #[cfg(feature = "plot")]
    if let Some(path) = args.output.clone() {
        return Ok(outcome.saving(move || draw(&run.trajectory, &summary, &path).map(|()| String::new())));
    }
    Ok(outcome)
}

/// Whether a ramp that is not one cut takes less than a step: shares of a run, in another unit.
pub(crate) fn is_short(run: &Trajectory, steps: Option<f64>) -> bool {
    // More steps than any run has.
    const STEPS: f64 = 1e7;
    let is_short = |(start, end)| end > start && end - start < run.tokens() / steps.unwrap_or(STEPS);
    run.pruning_tokens().is_some_and(is_short)
}

/// Says where it does.
pub(crate) fn warn_of_short(run: &Trajectory, steps: Option<f64>) {
    if let Some((start, end)) = run.pruning_tokens().filter(|_| is_short(run, steps)) {
        let ramp = format_quantity(end - start, 3);
        warn(format!(
            "pruning takes {ramp} of {} tokens, less than a step; shares of the run have another unit (--unit fraction)",
            format_quantity(run.tokens(), 3)
        ));
    }
}

#[cfg(feature = "plot")]
fn draw(trajectory: &Trajectory, summary: &ScheduleSummary, path: &std::path::Path) -> Result<()> {
    let extent = if summary.tokens.is_some() { "tokens" } else { "steps" };
    nbar::plot::Figure::schedule(trajectory, extent, &nbar::plot::FigureOptions::default())?.save(path)
}

fn numbers(summary: &ScheduleSummary) -> Table<(&'static str, Option<f64>)> {
    let all = [
        ("initial_params", Some(summary.initial_params)),
        ("average_params", Some(summary.average_params)),
        ("average_density", Some(summary.average_density)),
        ("final_params", Some(summary.final_params)),
        ("compression", Some(summary.compression)),
        ("geometric_mean_params", Some(summary.geometric_mean_params)),
        ("harmonic_mean_params", Some(summary.harmonic_mean_params)),
        ("tokens", summary.tokens),
        ("steps", summary.steps),
        ("flops", summary.flops),
        ("pruning_start_tokens", summary.pruning_start_tokens),
        ("pruning_end_tokens", summary.pruning_end_tokens),
    ];
    Table::of(all)
        .column("quantity", |(name, _)| words(name))
        .column("value", |(_, value)| words(value.map_or_else(String::new, full)))
}

fn sentences(summary: &ScheduleSummary, fixed: f64, batches: Option<&BatchRamp>) -> String {
    let mut out = String::new();
    let count = |n: f64| format_quantity(n, 5);
    let mut line = |name: &str, value: String, note: &str| {
        let _ = writeln!(out, "{}", format!("{name:<24}{value:>12}   {note}").trim_end());
    };
    line("initial params  N0", count(summary.initial_params), "");
    line("average params  N̄", count(summary.average_params), "mean of N(t) over tokens");
    line("final params", count(summary.final_params), "");
    line("average density", digits(summary.average_density, 4), "N̄ / N0");
    line(
        "compression",
        digits(summary.compression, 4),
        "N̄ / final: the lossless factor, where the law holds",
    );
    if fixed > 0.0 {
        line("never pruned", count(fixed), "counted in all of the above");
    }
    if let Some(flops) = summary.flops {
        line("training FLOPs", format_quantity(flops, 4), "6 N̄ D");
    }
    let pruning = summary.pruning_start_tokens.zip(summary.pruning_end_tokens);
    if let (Some((start, end)), Some(tokens)) = (pruning, summary.tokens) {
        let steps = summary.steps.map_or(String::new(), |steps| {
            let step = |t: f64| batches.map_or(t / tokens * steps, |batches| batches.step_at(t));
            let at = |t: f64| format_quantity(step(t), 6);
            format!(", steps {} to {}", at(start), at(end))
        });
        let share = |t: f64| digits(100.0 * t / tokens, 4);
        let note = format!("to {} tokens ({} % to {} %{steps})", count(end), share(start), share(end));
        line("pruning from", count(start), &note);
    }
    if !summary.notes.is_empty() {
        let _ = writeln!(out, "\n{}", crate::flags::spoken(summary.notes.join("\n")));
    }
    out
}

/// N(t)/N₀ against tokens, a filled column for each of [`WIDTH`] moments.
fn picture(trajectory: &Trajectory) -> String {
    let initial = trajectory.initial_params();
    let at = |column: usize| trajectory.tokens() * (column as f64 + 0.5) / WIDTH as f64;
    let density: Vec<f64> = (0..WIDTH).map(|c| trajectory.params_at(at(c)) / initial).collect();
    let mut out = String::from("N(t)/N0\n");
    for row in (0..HEIGHT).rev() {
        let label = match row {
            r if r == HEIGHT - 1 => "1.0",
            r if r == HEIGHT / 2 - 1 => "0.5",
            _ => "",
        };
        let bar: String = density.iter().map(|d| eighths(d * HEIGHT as f64 - row as f64)).collect();
        let _ = writeln!(out, "{label:>4} {}", bar.trim_end());
    }
    let _ = writeln!(out, "     {}", "‾".repeat(WIDTH));
    let _ = writeln!(out, "     0{:>width$}\n", "D", width = WIDTH - 1);
    out
}

/// A block filled from below to this share.
fn eighths(share: f64) -> char {
    [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][(share * 8.0).round().clamp(0.0, 8.0) as usize]
}
