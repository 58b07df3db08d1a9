//! Questions about the best runs of budgets and losses, and how the answers are printed.

use std::fmt::Write;

use nbar::answer::{Allocation, AllocationOptions, LimitedBy, Prices, RunShape};
use nbar::bootstrap::Estimate;
use nbar::predict::Extrapolation;
use nbar::units::format_quantity;
use nbar::{Document, Ensemble, Error, Result};

use crate::args::{amount, bytes, quantity, seconds};
use crate::flags::spoken;
use crate::format::{digits, percent};
use crate::regret;
use crate::sketch::frontier;
use crate::table::{
    Cell, Format, Named, Table, between, by_label, by_name, count, interval, named, number, text,
};
use crate::{Outcome, warn};

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
#[command(group = clap::ArgGroup::new("serving").args(["inference_tokens", "max_latency"]).multiple(true))]
pub(crate) struct QuestionArgs {
    /// Most tokens to train on
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true)]
    max_tokens: Option<f64>,
    /// Most parameters before pruning
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true)]
    max_params: Option<f64>,
    /// Most memory of the served parameters, as 80GB or 24GiB: 2 N_final bytes, and N0 / 8 for the mask of a sparse network
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_hyphen_values = true)]
    pub(crate) max_memory: Option<f64>,
    /// Bytes of a served parameter [default: 2]
    #[arg(long, value_name = "BYTES", value_parser = quantity, allow_hyphen_values = true)]
    pub(crate) bytes_per_param: Option<f64>,
    /// Most time of a served token, as 20ms: its FLOPs, 2 N_final or 2 N0 / --sparse-speedup, at --flops-per-second
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_hyphen_values = true, requires = "flops_per_second")]
    pub(crate) max_latency: Option<f64>,
    /// FLOPs a second of what serves, as it is used for one token after the other
    #[arg(long, value_name = "F", value_parser = quantity, allow_hyphen_values = true, requires = "max_latency")]
    pub(crate) flops_per_second: Option<f64>,
    /// Different tokens in the data, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true)]
    unique_tokens: Option<f64>,
    /// Tokens to be served: each costs 2 N_final FLOPs [default: 0]
    #[arg(long, value_name = "T", value_parser = amount, allow_hyphen_values = true)]
    inference_tokens: Option<f64>,
    /// Speedup of serving by pruning: a token costs 2 N0 / FACTOR FLOPs [default: the ideal, N0/N_final]
    #[arg(long, value_name = "FACTOR", value_parser = quantity, allow_hyphen_values = true, requires = "serving")]
    pub(crate) sparse_speedup: Option<f64>,
}

impl QuestionArgs {
    /// Refuses bytes of a parameter where no memory is asked about.
    pub(crate) fn check_memory(&self) -> Result<()> {
        match (self.bytes_per_param, self.max_memory) {
            (Some(bytes), None) => {
                let remedy = "leave it out, or give `max_memory`";
                Err(Error::option("bytes_per_param", bytes, "has no effect without a cap of memory", remedy))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn options(&self, shape: RunShape, prices: PriceArgs) -> AllocationOptions {
        prices.check();
        let mut options = AllocationOptions::default().with_shape(shape).with_prices(prices.prices());
        options.max_tokens = self.max_tokens;
        options.max_params = self.max_params;
        options.max_memory = self.max_memory;
        options.bytes_per_param = self.bytes_per_param;
        options.max_latency = self.max_latency;
        options.flops_per_second = self.flops_per_second;
        options.unique_tokens = self.unique_tokens;
        options.inference_tokens = self.inference_tokens.unwrap_or(0.0);
        options.sparse_speedup = self.sparse_speedup;
        options
    }
}

/// What compute costs.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Prices")]
pub(crate) struct PriceArgs {
    /// FLOPs that a GPU does in an hour, as it is used: gives GPU-hours
    #[arg(long, value_name = "F", value_parser = quantity, allow_hyphen_values = true)]
    flops_per_gpu_hour: Option<f64>,
    /// Price of a GPU-hour, in any currency: gives the cost
    #[arg(long, value_name = "P", value_parser = quantity, allow_hyphen_values = true, requires = "flops_per_gpu_hour")]
    price: Option<f64>,
}

impl PriceArgs {
    /// Warns of a rate that no GPU has.
    pub(crate) fn check(self) {
        const RATES: std::ops::RangeInclusive<f64> = 1e16..=1e20;
        if let Some(rate) = self.flops_per_gpu_hour.filter(|rate| !RATES.contains(rate)) {
            let [second, hour] = [rate / 3600.0, rate * 3600.0].map(|flops| format_quantity(flops, 3));
            let slip = if rate < *RATES.start() {
                format!("; if it is a rate a second, say {hour}")
            } else {
                String::new()
            };
            warn(format!("`flops_per_gpu_hour` is {second} FLOPs a second, which no GPU does{slip}"));
        }
    }

    pub(crate) fn prices(self) -> Prices {
        let mut prices = Prices::default();
        (prices.flops_per_gpu_hour, prices.gpu_hour) = (self.flops_per_gpu_hour, self.price);
        prices
    }
}

/// What the first line of text says of questions far beyond the sweep.
pub(crate) fn far(budget: f64) -> String {
    if !(budget > Extrapolation::FAR) {
        return String::new();
    }
    format!(
        "caution: this is {} x the largest budget of the sweep, and nothing here says whether the law holds out there\n\n",
        format_quantity(budget, 3)
    )
}

/// The cheapest run of a loss, printed.
pub(crate) fn cheapest(
    loss: f64,
    options: &AllocationOptions,
    ensemble: &Ensemble,
    format: Format,
) -> Result<Outcome> {
    Ok(print(Asked::Loss, &[ensemble.cheapest(loss, options)?], options, ensemble, format))
}

/// Prints the answer: one run, or all of a frontier.
pub(crate) fn print(
    asked: Asked,
    runs: &[Allocation],
    options: &AllocationOptions,
    ensemble: &Ensemble,
    format: Format,
) -> Outcome {
    let farthest = runs.iter().max_by(|a, b| a.extrapolation.flops.total_cmp(&b.extrapolation.flops));
    let stdout = match runs {
        [run] if asked != Asked::Frontier => {
            let all = quantities(run).into_iter().chain(run.regret.iter().flat_map(regret::quantities));
            let table = by_name(all.collect(), ensemble.options.level);
            table.written(
                format,
                || run.to_json(),
                || sentences(asked, run, options) + &frontier(ensemble, runs, options),
            )
        }
        _ if format == Format::Csv => records(runs).csv(),
        _ => {
            let (table, far) = (budgets(runs, options), farthest.map(|run| far(run.extrapolation.flops)));
            let text = || {
                far.unwrap_or_default() + &table.text() + &pays(options) + &frontier(ensemble, runs, options)
            };
            table.written(format, || Allocation::list_to_json(runs), text)
        }
    };
    Outcome::of_saved(ensemble, farthest.map_or(&[], |run| &run.warnings), format, stdout)
}

/// What an allocation holds.
fn quantities(run: &Allocation) -> Vec<Named> {
    let all = [
        ("initial_params", run.initial_params),
        ("average_params", run.average_params),
        ("final_params", run.final_params),
        ("tokens", run.tokens),
        ("tokens_per_param", run.tokens_per_param),
        ("loss", run.loss),
        ("flops", run.flops),
        ("serving_flops", run.serving_flops),
        ("total_flops", run.total_flops),
    ];
    named(&all, run.bill)
}

/// A record for each budget.
type Record = (Vec<Named>, Option<LimitedBy>);

fn records(runs: &[Allocation]) -> Table<Record> {
    let names: Vec<_> = runs.iter().take(1).flat_map(quantities).map(|q| q.name).collect();
    let all = || runs.iter().map(|run| (quantities(run), run.limited_by));
    let is_limited = runs.iter().any(|run| run.limited_by.is_some());
    let table = names.iter().enumerate().fold(Table::of(all()), |table, (i, name)| {
        let at = |of: fn(&Named) -> f64| move |(all, _): &Record| all[i].cell(of(&all[i]));
        let bent = all().any(|(all, _)| all[i].value.interval_if_law_holds.is_some());
        let straight = |end: usize| {
            move |(all, _): &Record| {
                let ends = all[i].value.interval_if_law_holds;
                all[i].cell(ends.map_or(f64::NAN, |ends| ends[end]))
            }
        };
        table
            .column(name, at(|q| q.value.estimate))
            .column(&format!("{name}_lower"), at(|q| q.value.interval[0]))
            .column(&format!("{name}_upper"), at(|q| q.value.interval[1]))
            .column_if(bent, &format!("{name}_lower_if_law_holds"), straight(0))
            .column_if(bent, &format!("{name}_upper_if_law_holds"), straight(1))
    });
    table.column_if(is_limited, "limited_by", |(_, limit)| {
        text(limit.map_or_else(String::new, |limit| limit.to_string().replace('`', "")))
    })
}

/// The table of several budgets.
fn budgets<'a>(runs: &'a [Allocation], options: &AllocationOptions) -> Table<&'a Allocation> {
    let pruned = !options.shape.is_dense();
    let size = if pruned { "average params" } else { "params" };
    let counts = |ends: [f64; 2]| text(between(ends, |v| format_quantity(v, 3)));
    let level = runs.first().map_or(f64::NAN, |run| run.level);
    let (drawn, interval) = (!level.is_nan(), interval(level));
    Table::of(runs)
        .column("FLOPs", |run| count(run.total_flops.estimate, 4))
        .column_if(pruned, "initial params", |run| count(run.initial_params.estimate, 3))
        .column(size, |run| count(run.average_params.estimate, 3))
        .column_if(pruned, "final params", |run| count(run.final_params.estimate, 3))
        .column_if(drawn, &interval, |run| counts(run.average_params.interval))
        .column("tokens", |run| count(run.tokens.estimate, 3))
        .column_if(drawn, &interval, |run| counts(run.tokens.interval))
        .column("tokens per param", |run| number(run.tokens_per_param.estimate, 3))
        .column("loss", |run| number(run.loss.estimate, 4))
        .column_if(drawn, &interval, |run| text(between(run.loss.interval, |v| digits(v, 4))))
        .column_if(options.inference_tokens > 0.0, "serving FLOPs", |run| {
            count(run.serving_flops.estimate, 4)
        })
        .column_if(options.prices.flops_per_gpu_hour.is_some(), "GPU-hours", |run| priced(run.bill.gpu_hours))
        .column_if(options.prices.gpu_hour.is_some(), "cost", |run| priced(run.bill.cost))
        .column_if(runs.iter().any(|run| run.limited_by.is_some()), "held by", |run| {
            text(run.limited_by.map_or_else(|| "-".to_owned(), spoken))
        })
}

/// What budgets pay for.
fn pays(options: &AllocationOptions) -> String {
    match options.inference_tokens {
        tokens if tokens > 0.0 => {
            format!("\nFLOPs pay for training and for {} served tokens\n", format_quantity(tokens, 4))
        }
        _ => String::new(),
    }
}

/// What compute costs, in a cell.
pub(crate) fn priced(of: Option<Estimate>) -> Cell {
    of.map_or_else(|| text("-"), |of| count(of.estimate, 4))
}

fn sentences(asked: Asked, run: &Allocation, options: &AllocationOptions) -> String {
    let mut out = far(run.extrapolation.flops);
    let (served, for_loss) = (options.inference_tokens > 0.0, asked == Asked::Loss);
    let serving = format!("{} served tokens", format_quantity(options.inference_tokens, 4));
    let budget = format_quantity(run.total_flops.estimate, 4);
    let _ = match (for_loss, served) {
        (true, false) => writeln!(out, "cheapest run of loss {}\n", run.loss.estimate),
        (true, true) => writeln!(out, "cheapest run of loss {}, with {serving}\n", run.loss.estimate),
        (false, false) => writeln!(out, "compute-optimal run of {budget} training FLOPs\n"),
        (false, true) => {
            writeln!(out, "compute-optimal run of {budget} FLOPs of training and of {serving}\n")
        }
    };
    let mut all = quantities(run);
    all.retain(|q| match &*q.name {
        "initial_params" | "final_params" => !options.shape.is_dense(),
        "loss" => !for_loss,
        "flops" => for_loss || served,
        "serving_flops" => served,
        "total_flops" => for_loss && served,
        _ => true,
    });
    out.push_str(&by_label(all, run.level));
    if let Some(limit) = run.limited_by {
        let _ = writeln!(out, "\nheld by {}: without it another split would be better", spoken(limit));
    }
    out.push_str(&reached(run.reachable));
    out + &run.regret.as_ref().map_or_else(String::new, |regret| regret::text(regret, run.level))
}

/// How many draws reach a loss, where not all do.
pub(crate) fn reached(share: f64) -> String {
    if share < 1.0 { format!("\n{} of the draws reach this loss\n", percent(share)) } else { String::new() }
}
