//! `nbar plan`: sparse or dense, down to steps and layers.

mod text;

use nbar::answer::{BestWindow, Bill, EqualLoss, Plan, PlanOptions, PlannedRun, RunShape};
use nbar::bootstrap::Estimate;
use nbar::schedule::Unit;
use nbar::{Document, Error, Result};

use crate::Outcome;
use crate::allocations::{PriceArgs, QuestionArgs, far};
use crate::args::{AnswerArgs, RampArgs, SavedFitArgs, quantity, share};
use crate::flags::refuse_idle;
use crate::paste::command;
use crate::regret;
use crate::table::{Cell, Format, LatexArgs, Named, Table, end, named, number, text as words};
use crate::windows::WindowArgs;

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
/// With --prune-window best the window is that of least loss, for this budget and the final size along the usual window. With
/// --shape best the shape is chosen too. What other windows cost is said.
///
/// Shares say in how many draws of the fit each is best. The break-even says what number of served tokens would change the
/// answer.
#[derive(Debug, clap::Args)]
#[command(mut_arg("shape", |arg| arg.help("How sparsity rises: linear, cubic, polynomial, geometric, cosine, or best [default: geometric]")))]
#[command(mut_arg("start", |arg| arg.help("Where pruning starts, in --unit: 0.25 or 25% [default: 25%]")))]
#[command(mut_arg("end", |arg| arg.help("Where pruning ends, in --unit [default: 75%]")))]
#[command(mut_arg("every", |arg| arg.value_name("STEPS").help("Steps between cuts [default: 100]")))]
#[command(mut_arg("unit", |arg| arg.help("Unit of --start and --end: fraction (of all tokens) or compute (of all FLOPs) [default: compute]")))]
#[command(after_help = "Examples:
  nbar plan sweep.fit.json --flops 1e23 --inference-tokens 2T --sparsity 0,0.8
  nbar plan sweep.fit.json --flops 1e21 --inference-tokens 10T \\
      --sparsity 0,80% --sparse-speedup 1.3 --shape cubic --start 20% \\
      --end 60% --unit fraction --every 50 --tokens-per-step 4M
  nbar plan journey.fit.json --flops 1e15 --sparsity 0,0.75 \\
      --prune-window best --shape best --tokens-per-step 4096")]
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
    #[command(flatten)]
    window: WindowArgs,
    /// Tokens of a step
    #[arg(long, value_name = "D", default_value = "8M", value_parser = quantity, allow_hyphen_values = true,
        help_heading = "Schedule")]
    tokens_per_step: f64,
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    latex: LatexArgs,
}

/// Reads a final sparsity, as 0.8 or 80%.
fn sparsity(text: &str) -> Result<f64, String> {
    match share(text) {
        Ok(sparsity) if (0.0..1.0).contains(&sparsity) => Ok(sparsity),
        _ => Err("it lies from 0 to below 1; write 80 % as 0.8 or 80%".to_owned()),
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = args.answer.load(&args.saved.fit)?;
    if args.sparsity.iter().all(|sparsity| *sparsity == 0.0) {
        let idle = ["shape", "start", "end", "every", "unit", "power", "prune_window", "sparse_speedup"];
        let remedy = "leave it out, or plan a sparsity above 0";
        refuse_idle(|id| idle.contains(&id), " on dense runs", remedy)?;
    }
    let mut ramp = args.ramp.clone();
    let [window, shape] = args.window.asked(&mut ramp);
    let (fields, every) = ramp.in_steps()?;
    let unit = fields.prune_unit.as_deref().unwrap_or_default().parse();
    if let Ok(unit @ (Unit::Step | Unit::Token)) = unit {
        let problem = "is of runs of a known length, which a plan finds";
        return Err(Error::option("prune_unit", unit, problem, "give fraction (of the tokens) or compute"));
    }
    let mut options = PlanOptions::new(args.flops)
        .with_best_window(window)
        .with_best_shape(shape)
        .with_runs(args.question.options(RunShape::default(), args.prices))
        .with_sparsities(args.sparsity.clone())
        .with_step_tokens(args.tokens_per_step)
        .with_vocabulary(args.vocabulary);
    options.ramp = fields.ramp_or(&options.ramp)?;
    options.every = every.unwrap_or(options.every);
    let mut plan = ensemble.plan(&options)?;
    let commands: Vec<String> = plan.runs.iter().map(|run| command(&plan.recipe(run))).collect();
    for (run, command) in plan.runs.iter_mut().zip(commands) {
        run.command = run.schedule.as_ref().map(|_| command);
    }
    let format = args.latex.or(args.answer.format);
    let stdout = match format {
        Format::Json => plan.to_json() + "\n",
        Format::Text => far(plan.extrapolation) + &text::text(args, &plan),
        Format::Csv => table(&plan).csv(),
        Format::Md => far(plan.extrapolation) + &table(&plan).markdown(),
        Format::Latex => text::runs(&plan).latex(),
    };
    Ok(Outcome::of_saved(&ensemble, &plan.warnings, format, stdout))
}

/// Quantities of a run.
fn quantities(run: &PlannedRun) -> Vec<Named> {
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
    named(&all, Bill::default())
}

/// Quantities of a run of the dense loss.
fn equal_quantities(equal: &EqualLoss) -> Vec<Named> {
    let all = [
        ("average_params", equal.average_params),
        ("tokens", equal.tokens),
        ("training_flops", equal.training_flops),
        ("serving_flops", equal.serving_flops),
        ("total_flops", equal.total_flops),
    ];
    named(&all, equal.bill)
}

/// A row for each quantity of each run, so that each has its interval.
fn table(plan: &Plan) -> Table<(f64, String, [Cell; 3])> {
    let rows = plan.runs.iter().flat_map(|run| {
        let window = plan.windows.iter().find(|window| window.sparsity == run.sparsity);
        rows(run, window).into_iter().map(|(name, cells)| (run.sparsity, name, cells))
    });
    Table::of(rows)
        .column("sparsity", |(sparsity, ..)| words(sparsity))
        .column("quantity", |(_, name, _)| words(name))
        .column("estimate", |(.., [estimate, ..])| estimate.clone())
        .headed(end("lower", plan.level), |(.., [_, lower, _])| lower.clone())
        .headed(end("upper", plan.level), |(.., [.., upper])| upper.clone())
}

fn rows(run: &PlannedRun, window: Option<&BestWindow>) -> Vec<(String, [Cell; 3])> {
    let whole = |q: &Named| [q.value.estimate, q.value.interval[0], q.value.interval[1]].map(|v| q.cell(v));
    let single = |name: &str, cell: Cell| (name.to_owned(), [cell, words(""), words("")]);
    let equals = [(&run.at_dense_loss, "at_dense_loss"), (&run.at_least_total, "at_least_total")];
    let equals = || equals.into_iter().filter_map(|(equal, at)| Some((equal.as_ref()?, at)));
    let mut rows: Vec<_> = quantities(run).iter().map(|q| (q.name.to_string(), whole(q))).collect();
    rows.extend(run.regret.iter().flat_map(regret::quantities).map(|q| (q.name.to_string(), whole(&q))));
    for (equal, at) in equals() {
        rows.extend(equal_quantities(equal).iter().map(|q| (format!("{}_{at}", q.name), whole(q))));
    }
    rows.push(single("steps", words(run.steps)));
    if let Some(schedule) = &run.schedule {
        rows.push(single("start_step", words(schedule.start_step)));
        rows.push(single("end_step", words(schedule.end_step)));
        rows.push(single("every_steps", words(schedule.every_steps)));
    }
    rows.extend(window.into_iter().flat_map(|best| {
        let named = [("window_start", best.start), ("window_end", best.end), ("window_loss", best.loss)];
        let ends = |e: Estimate| [e.estimate, e.interval[0], e.interval[1]].map(|value| number(value, 4));
        named
            .map(|(name, value)| (name.to_owned(), ends(value)))
            .into_iter()
            .chain([single("shape", words(best.shape))])
    }));
    rows.extend(run.network.iter().map(|network| single("network", words(text::network(network)))));
    rows.push(single("least_loss", number(run.least_loss, 4)));
    for (equal, at) in equals() {
        rows.push(single(&format!("cheapest_{at}"), number(equal.cheapest, 4)));
        rows.push(single(&format!("reachable_{at}"), number(equal.reachable, 4)));
    }
    rows.extend(run.break_even_speedup.map(|speedup| single("break_even_speedup", number(speedup, 4))));
    rows
}

pub(crate) use text::bytes;

/// A share of the draws.
fn draws(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
