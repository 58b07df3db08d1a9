//! `nbar plan`: sparse or dense, down to steps and layers.

mod text;

use nbar::Result;
use nbar::answer::RunShape;
use nbar::answer::{EqualLoss, Plan, PlanOptions, PlannedRun};
use nbar::bootstrap::Estimate;
use nbar::units::format_quantity;
use serde_json::{Value, json};

use crate::allocations::{Prices, QuestionArgs, far};
use crate::args::{LevelArgs, RampArgs, SavedFitArgs, quantity, share};
use crate::format::{Format, Rows, digits};
use crate::paste::command;
use crate::{Outcome, talk};

/// Plan the next run: sparse or dense, with a schedule in whole steps
///
/// Takes a budget of training FLOPs (6 N̄ D) and final sparsities. Prints for each sparsity the compute-optimal run with its
/// intervals, its pruning schedule in steps and tokens, and a network of its size. N₀ is chosen so that the schedule in whole
/// steps gives N̄ exactly.
///
/// Which is best? By loss: at the same training budget. By total: the run that reaches the loss of the dense compute-optimal
/// run at the least cost of training and serving. A served token costs 2 N_final FLOPs; with --sparse-speedup X it costs
/// 2 N₀ / X on sparse networks.
///
/// Shares say in how many draws of the fit each is best. The break-even says what number of served tokens would change the
/// answer.
#[derive(Debug, clap::Args)]
#[command(mut_arg("shape", |arg| arg.help("How sparsity rises: linear, cubic, polynomial, geometric or cosine [default: geometric]")))]
#[command(mut_arg("start", |arg| arg.help("Where pruning starts, in --unit: 0.25 or 25% [default: 25%]")))]
#[command(mut_arg("end", |arg| arg.help("Where pruning ends, in --unit [default: 75%]")))]
#[command(mut_arg("every", |arg| arg.value_name("STEPS").help("Steps between cuts [default: 100]")))]
#[command(mut_arg("unit", |arg| arg.help("Unit of --start and --end: fraction (of all tokens) or compute (of all FLOPs) [default: compute]")))]
#[command(after_help = "Examples:
  nbar plan sweep.fit.json --flops 1e23 --inference-tokens 2T --sparsity 0,0.5,0.6,0.8
  nbar plan sweep.fit.json --flops 1e21 --inference-tokens 10T --sparsity 0,80% \\
      --sparse-speedup 1.3 --shape cubic --start 20% --end 60% --unit fraction \\
      --every 50 --tokens-per-step 4M")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// Training FLOPs, 6 N̄ D
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    flops: f64,
    /// Final sparsities, each in [0, 1): 0 is dense
    #[arg(long, value_name = "S,...", value_delimiter = ',', default_value = "0,0.5,0.6,0.8", value_parser = sparsity,
        allow_hyphen_values = true, help_heading = "Input")]
    sparsity: Vec<f64>,
    #[command(flatten)]
    question: QuestionArgs,
    /// Vocabulary of the network
    #[arg(long, value_name = "V", default_value_t = 32_000, value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "Input")]
    vocabulary: u64,
    #[command(flatten)]
    ramp: RampArgs,
    /// Tokens of a step
    #[arg(long, value_name = "D", default_value = "8M", value_parser = quantity, allow_hyphen_values = true,
        help_heading = "Schedule")]
    tokens_per_step: f64,
    #[command(flatten)]
    prices: Prices,
    #[command(flatten)]
    level: LevelArgs,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

/// Reads a final sparsity, as 0.8 or 80%.
fn sparsity(text: &str) -> Result<f64, String> {
    match share(text) {
        Ok(sparsity) if (0.0..1.0).contains(&sparsity) => Ok(sparsity),
        _ => Err("it lies from 0 to below 1; write 80 % as 0.8 or 80%".to_owned()),
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = args.level.load(&args.saved.fit, "plan")?;
    let (fields, every) = args.ramp.in_steps()?;
    let mut options = PlanOptions::new(args.flops)
        .with_runs(args.question.options(RunShape::default()))
        .with_sparsities(args.sparsity.clone())
        .with_step_tokens(args.tokens_per_step)
        .with_vocabulary(args.vocabulary);
    options.ramp = fields.ramp_or(&options.ramp)?;
    options.every = every.unwrap_or(options.every);
    let plan = ensemble.plan(&options)?;
    for warning in plan.warnings.iter().chain(&ensemble.fit.warnings) {
        talk(format!("warning: {warning}"));
    }
    let level = ensemble.options.level;
    let stdout = match args.format {
        Format::Json => format!("{}\n", document(args, &plan, level)),
        Format::Text => far(plan.extrapolation) + &text::text(args, &plan, level),
        Format::Csv => rows(args, &plan, |v, _| v.to_string()).csv(),
        Format::Md => far(plan.extrapolation) + &rows(args, &plan, short).markdown(),
    };
    Ok(Outcome { stdout, trustworthy: ensemble.fit.answers_are_trustworthy() })
}

/// The runs of the dense loss, with what they are called.
fn equals(run: &PlannedRun) -> impl Iterator<Item = (&EqualLoss, &'static str)> {
    let all = [(&run.at_dense_loss, "at_dense_loss"), (&run.at_least_total, "at_least_total")];
    all.into_iter().filter_map(|(equal, name)| Some((equal.as_ref()?, name)))
}

/// A quantity of a run by name.
fn quantities(args: &Args, run: &PlannedRun) -> Vec<(String, Estimate)> {
    let all = [
        ("initial_params", run.initial_params),
        ("average_params", run.average_params),
        ("final_params", run.final_params),
        ("tokens", run.tokens),
        ("loss", run.loss),
        ("training_flops", run.training_flops),
        ("serving_flops", run.serving_flops),
        ("total_flops", run.total_flops),
        ("served_bytes", run.served_bytes),
    ];
    let mut all: Vec<(String, Estimate)> = all.map(|(name, e)| (name.to_owned(), e)).into();
    for (equal, where_) in equals(run) {
        let of = [
            ("average_params", equal.average_params),
            ("tokens", equal.tokens),
            ("training_flops", equal.training_flops),
            ("serving_flops", equal.serving_flops),
            ("total_flops", equal.total_flops),
        ];
        let of = of.into_iter().chain(args.prices.of(equal.total_flops));
        all.extend(of.map(|(name, e)| (format!("{name}_{where_}"), e)));
    }
    all
}

fn document(args: &Args, plan: &Plan, level: f64) -> Value {
    // In this order: what to know before believing it comes first.
    let warnings: Vec<String> = plan.warnings.iter().map(ToString::to_string).collect();
    let mut value = json!({"schema": "nbar.plan/1", "warnings": &warnings, "level": level});
    if let (Value::Object(all), Value::Object(plan)) = (&mut value, json!(plan)) {
        all.extend(plan);
    }
    value["warnings"] = json!(warnings);
    let sparsity = |index: Option<usize>| index.map(|i| plan.runs[i].sparsity);
    value["best_by_loss"] = json!(sparsity(plan.best_by_loss));
    value["best_by_total"] = json!(sparsity(plan.best_by_total));
    value["best_by_least_total"] = json!(sparsity(plan.best_by_least_total));
    for (i, run) in plan.runs.iter().enumerate() {
        for (equal, key) in equals(run) {
            for (name, estimate) in args.prices.of(equal.total_flops) {
                value["runs"][i][key][name] = json!(estimate);
            }
        }
        if let Some(network) = &run.network {
            value["runs"][i]["network"]["prunable_params"] = json!(network.prunable_params());
        }
        if run.schedule.is_some() {
            value["runs"][i]["command"] = json!(command(&plan.recipe(run)));
        }
    }
    value
}

/// A row for each quantity of each run, so that each has its interval.
fn rows(args: &Args, plan: &Plan, write: fn(f64, &str) -> String) -> Rows {
    let mut rows = Rows::new(&["sparsity", "quantity", "estimate", "lower", "upper"]);
    for run in &plan.runs {
        for (name, e) in quantities(args, run) {
            let numbers = [e.estimate, e.interval[0], e.interval[1]].map(|v| write(v, &name));
            rows.push([run.sparsity.to_string(), name].into_iter().chain(numbers).collect());
        }
        let mut single = |name: &str, value: String| {
            let none = String::new;
            rows.push(vec![run.sparsity.to_string(), name.to_owned(), value, none(), none()]);
        };
        single("steps", run.steps.to_string());
        if let Some(schedule) = &run.schedule {
            single("start_step", schedule.start_step.to_string());
            single("end_step", schedule.end_step.to_string());
            single("every_steps", schedule.every_steps.to_string());
        }
        if let Some(network) = &run.network {
            single("network", text::network(network, run.initial_params.estimate));
        }
        single("least_loss", write(run.least_loss, "share"));
        for (equal, name) in equals(run) {
            single(&format!("cheapest_{name}"), write(equal.cheapest, "share"));
            single(&format!("reachable_{name}"), write(equal.reachable, "share"));
        }
        if let Some(speedup) = run.break_even_speedup {
            single("break_even_speedup", write(speedup, "share"));
        }
    }
    rows
}

fn short(value: f64, name: &str) -> String {
    match name {
        "loss" | "share" => digits(value, 4),
        _ => format_quantity(value, 4),
    }
}

/// A share of the draws.
fn draws(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
