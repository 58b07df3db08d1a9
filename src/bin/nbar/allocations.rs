//! How the best runs of budgets and losses are printed.

use std::fmt::Write;

use nbar::answer::FAR;
use nbar::answer::{Allocation, AllocationOptions, RunShape};
use nbar::bootstrap::Estimate;
use nbar::units::format_quantity;
use nbar::{Ensemble, Result};
use serde_json::{Value, json};

use crate::args::{amount, quantity};
use crate::flags::spoken;
use crate::format::{Format, Rows, digits, percent};
use crate::talk;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Asked {
    Budget,
    Frontier,
    Loss,
}

/// What limits a run, and what it serves.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct QuestionArgs {
    /// Most tokens to train on
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true)]
    max_tokens: Option<f64>,
    /// Most parameters before pruning
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true)]
    max_params: Option<f64>,
    /// Different tokens in the data, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true)]
    pub(crate) unique_tokens: Option<f64>,
    /// Tokens to be served: each costs 2 N_final FLOPs [default: 0]
    #[arg(long, value_name = "T", value_parser = amount, allow_hyphen_values = true)]
    inference_tokens: Option<f64>,
    /// Speedup of serving by pruning: a token costs 2 N0 / FACTOR FLOPs [default: the ideal, N0/N_final]
    #[arg(long, value_name = "FACTOR", value_parser = quantity, allow_hyphen_values = true, requires = "inference_tokens")]
    pub(crate) sparse_speedup: Option<f64>,
}

impl QuestionArgs {
    pub(crate) fn options(&self, shape: RunShape) -> AllocationOptions {
        let mut options = AllocationOptions::default().with_shape(shape);
        options.max_tokens = self.max_tokens;
        options.max_params = self.max_params;
        options.unique_tokens = self.unique_tokens;
        options.inference_tokens = self.inference_tokens.unwrap_or(0.0);
        options.sparse_speedup = self.sparse_speedup;
        options
    }
}

/// What compute costs.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Prices")]
pub(crate) struct Prices {
    /// FLOPs that a GPU does in an hour, as it is used: gives GPU-hours
    #[arg(long, value_name = "F", value_parser = quantity, allow_hyphen_values = true)]
    pub(crate) flops_per_gpu_hour: Option<f64>,
    /// Price of a GPU-hour, in any currency: gives the cost
    #[arg(long, value_name = "P", value_parser = quantity, allow_hyphen_values = true, requires = "flops_per_gpu_hour")]
    pub(crate) price: Option<f64>,
}

impl Prices {
    /// GPU-hours and cost of so many FLOPs, where they are asked for.
    pub(crate) fn of(self, flops: Estimate) -> Vec<(&'static str, Estimate)> {
        let hours = self.flops_per_gpu_hour.map(|rate| flops.times(1.0 / rate));
        let cost = hours.zip(self.price).map(|(hours, price)| hours.times(price));
        [("gpu_hours", hours), ("cost", cost)].into_iter().filter_map(|(name, e)| Some((name, e?))).collect()
    }
}

/// What the first line of text says of questions far beyond the sweep.
pub(crate) fn far(budget: f64) -> String {
    if !(budget > FAR) {
        return String::new();
    }
    format!(
        "caution: this is {} x the largest budget of the sweep, and nothing here says whether the law holds out there\n\n",
        format_quantity(budget, 3)
    )
}

/// An end of an interval, where infinite ones are not reached.
pub(crate) fn end(value: f64, write: impl Fn(f64) -> String) -> String {
    if value.is_infinite() { "not reached".to_owned() } else { write(value) }
}

/// A count to four digits, its interval to three.
pub(crate) fn count_row(name: &str, e: Estimate) -> Vec<String> {
    let [lower, upper] = e.interval.map(|v| end(v, |v| format_quantity(v, 3)));
    vec![name.to_owned(), format_quantity(e.estimate, 4), format!("{lower} to {upper}")]
}

/// The same of a number that is no count.
pub(crate) fn number_row(name: &str, e: Estimate, places: usize) -> Vec<String> {
    let [lower, upper] = e.interval.map(|v| end(v, |v| digits(v, places)));
    vec![name.to_owned(), digits(e.estimate, places), format!("{lower} to {upper}")]
}

/// The cheapest run of a loss, printed.
pub(crate) fn cheapest(
    loss: f64,
    options: &AllocationOptions,
    ensemble: &Ensemble,
    prices: Prices,
    format: Format,
) -> Result<String> {
    let run = ensemble.cheapest(loss, options)?;
    Ok(print(Asked::Loss, &[run], options, ensemble, prices, format))
}

pub(crate) fn print(
    asked: Asked,
    runs: &[Allocation],
    options: &AllocationOptions,
    ensemble: &Ensemble,
    prices: Prices,
    format: Format,
) -> String {
    let farthest = runs.iter().max_by(|a, b| a.extrapolation.flops.total_cmp(&b.extrapolation.flops));
    for warning in farthest.iter().flat_map(|run| &run.warnings).chain(&ensemble.fit.warnings) {
        talk(format!("warning: {warning}"));
    }
    let level = ensemble.options.level;
    let plain = |v: f64| if v.is_finite() { v.to_string() } else { String::new() };
    match (format, runs) {
        (Format::Json, [run]) if asked != Asked::Frontier => format!("{}\n", document(run, prices, level)),
        (Format::Json, _) => {
            let all: Vec<Value> = runs.iter().map(|run| document(run, prices, level)).collect();
            format!("{}\n", json!(all))
        }
        (Format::Text, [run]) if asked != Asked::Frontier => text(asked, run, options, prices, level),
        (Format::Text, _) => {
            let far = farthest.map_or_else(String::new, |run| far(run.extrapolation.flops));
            format!("{far}{}\n{} intervals\n", frontier(runs, options).text(), percent(level))
        }
        (Format::Csv, [run]) if asked != Asked::Frontier => rows(run, prices, "lower", plain, plain).csv(),
        (Format::Csv, _) => records(runs, prices, plain).csv(),
        (Format::Md, [run]) if asked != Asked::Frontier => {
            let lower = format!("lower ({})", percent(level));
            rows(run, prices, &lower, |v| format_quantity(v, 4), |v| digits(v, 4)).markdown()
        }
        (Format::Md, _) => frontier(runs, options).markdown(),
    }
}

fn document(run: &Allocation, prices: Prices, level: f64) -> Value {
    let mut value = json!(run);
    for (name, estimate) in prices.of(run.total_flops) {
        value[name] = json!(estimate);
    }
    value["level"] = json!(level);
    value["warnings"] = run.warnings.iter().map(ToString::to_string).collect();
    value
}

/// What an allocation holds, by name, with whether it is a count.
fn quantities(run: &Allocation, prices: Prices) -> Vec<(&'static str, Estimate, bool)> {
    let mut all = vec![
        ("initial_params", run.initial_params, true),
        ("average_params", run.average_params, true),
        ("final_params", run.final_params, true),
        ("tokens", run.tokens, true),
        ("tokens_per_param", run.tokens_per_param, false),
        ("loss", run.loss, false),
        ("flops", run.flops, true),
        ("serving_flops", run.serving_flops, true),
        ("total_flops", run.total_flops, true),
    ];
    all.extend(prices.of(run.total_flops).into_iter().map(|(name, estimate)| (name, estimate, true)));
    all
}

fn rows(
    run: &Allocation,
    prices: Prices,
    lower: &str,
    count: fn(f64) -> String,
    number: fn(f64) -> String,
) -> Rows {
    let mut rows = Rows::new(&["quantity", "estimate", "std_error", lower, "upper"]);
    for (name, e, is_count) in quantities(run, prices) {
        let write = if is_count { count } else { number };
        let [lower, upper] = e.interval;
        let numbers = [e.estimate, e.std_error, lower, upper].into_iter().map(write);
        rows.push([name.to_owned()].into_iter().chain(numbers).collect());
    }
    rows
}

/// A record for each budget.
fn records(runs: &[Allocation], prices: Prices, write: fn(f64) -> String) -> Rows {
    let mut table = Rows::default();
    for run in runs {
        let all = quantities(run, prices);
        if table.header.is_empty() {
            let columns =
                |name: &&str| [(*name).to_owned(), format!("{name}_lower"), format!("{name}_upper")];
            table.header = all.iter().flat_map(|(name, ..)| columns(name)).collect();
        }
        let cells = all.iter().flat_map(|(_, e, _)| [e.estimate, e.interval[0], e.interval[1]]);
        table.push(cells.map(write).collect());
    }
    table
}

/// The table of several budgets.
fn frontier(runs: &[Allocation], options: &AllocationOptions) -> Rows {
    let mut header = vec!["FLOPs"];
    let pruned = !options.shape.is_dense();
    header.extend(if pruned {
        ["initial params", "average params", "final params"].as_slice()
    } else {
        &["params"]
    });
    header.extend(["interval", "tokens", "interval", "tokens per param", "loss", "interval"]);
    let mut table = Rows::new(&header);
    let count = |v| format_quantity(v, 3);
    let between = |e: Estimate, write: &dyn Fn(f64) -> String| {
        let [lower, upper] = e.interval.map(write);
        format!("{lower} to {upper}")
    };
    for run in runs {
        let mut row = vec![format_quantity(run.total_flops.estimate, 4)];
        if pruned {
            row.extend([run.initial_params, run.average_params, run.final_params].map(|e| count(e.estimate)));
        } else {
            row.push(count(run.average_params.estimate));
        }
        row.extend([
            between(run.average_params, &count),
            count(run.tokens.estimate),
            between(run.tokens, &count),
        ]);
        row.extend([digits(run.tokens_per_param.estimate, 3), digits(run.loss.estimate, 4)]);
        row.push(between(run.loss, &|v| digits(v, 4)));
        table.push(row);
    }
    table
}

fn text(asked: Asked, run: &Allocation, options: &AllocationOptions, prices: Prices, level: f64) -> String {
    let mut out = far(run.extrapolation.flops);
    let served = options.inference_tokens;
    let serving = format!("{} served tokens", format_quantity(served, 4));
    let budget = format_quantity(run.total_flops.estimate, 4);
    let _ = match (asked, served > 0.0) {
        (Asked::Loss, false) => writeln!(out, "cheapest run of loss {}\n", run.loss.estimate),
        (Asked::Loss, true) => writeln!(out, "cheapest run of loss {}, with {serving}\n", run.loss.estimate),
        (_, false) => writeln!(out, "compute-optimal run of {budget} training FLOPs\n"),
        (_, true) => writeln!(out, "compute-optimal run of {budget} FLOPs of training and of {serving}\n"),
    };
    let mut table = Rows::new(&["", "estimate", &format!("{} interval", percent(level))]);
    if options.shape.is_dense() {
        table.push(count_row("parameters", run.average_params));
    } else {
        table.push(count_row("initial parameters", run.initial_params));
        table.push(count_row("average parameters", run.average_params));
        table.push(count_row("final parameters", run.final_params));
    }
    table.push(count_row("tokens", run.tokens));
    table.push(number_row("tokens per parameter", run.tokens_per_param, 4));
    if asked != Asked::Loss {
        table.push(number_row("loss, nats a token", run.loss, 4));
    }
    if asked == Asked::Loss || served > 0.0 {
        table.push(count_row("training FLOPs", run.flops));
    }
    if served > 0.0 {
        table.push(count_row("serving FLOPs", run.serving_flops));
        if asked == Asked::Loss {
            table.push(count_row("both together", run.total_flops));
        }
    }
    for (name, estimate) in prices.of(run.total_flops) {
        let name = if name == "cost" { "cost" } else { "GPU-hours" };
        table.push(count_row(name, estimate));
    }
    out.push_str(&table.text());
    if let Some(limit) = run.limited_by {
        let _ = writeln!(out, "\nheld by {}: without it another split would be better", spoken(limit));
    }
    if run.reachable < 1.0 {
        let _ = writeln!(out, "\n{} of the draws reach this loss", percent(run.reachable));
    }
    out
}
