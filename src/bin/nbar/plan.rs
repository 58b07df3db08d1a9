//! `nbar plan`: sparse or dense, down to steps and layers.

mod text;

use nbar::answer::{Bill, EqualLoss, Plan, PlanOptions, PlannedRun, RunShape};
use nbar::schedule::{Ramp, Shape};
use nbar::{Document, Error, Result};

use crate::Outcome;
use crate::allocations::{QuestionArgs, far};
use crate::args::{Position, SavedFit, position, quantity, share};
use crate::table::{Cell, Format, Named, Table, named, number, text as words};

/// Plan the next run: sparse or dense, with a schedule in whole steps
///
/// For a budget of training FLOPs (6 N̄ D) and each final sparsity: the compute-optimal run with its intervals, its pruning schedule
/// in steps and tokens, and a network of its size. N₀ is chosen so that the schedule in whole steps gives N̄ exactly.
///
/// Which is best? By loss: at the same training budget. By total: each sparsity's run of least training cost that reaches the loss of the
/// dense compute-optimal run, training and serving together; a served token costs 2 N_final FLOPs, or, with --sparse-speedup X, 2 N₀ / X
/// on sparse networks. The shares say in how many draws of the fit each is best, and the break-even what number of served tokens would
/// change the answer.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar plan sweep.fit.json --flops 1e23 --inference-tokens 2T --sparsity 0,0.5,0.6,0.8
  nbar plan sweep.fit.json --flops 1e21 --inference-tokens 10T --sparsity 0,80% --sparse-speedup 1.3 \\
      --shape cubic --start 20% --end 60% --unit fraction --every 50 --steps-tokens 4M")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFit,
    /// Training FLOPs, 6 N̄ D
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true)]
    flops: f64,
    /// Final sparsities, each in [0, 1): 0 is dense
    #[arg(long, value_name = "S,...", value_delimiter = ',', default_value = "0,0.5,0.6,0.8", value_parser = sparsity, allow_hyphen_values = true)]
    sparsity: Vec<f64>,
    /// Vocabulary of the network
    #[arg(long, value_name = "V", default_value_t = 32_000, value_parser = clap::value_parser!(u64).range(1..))]
    vocabulary: u64,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    schedule: RampArgs,
}

/// How the sparse runs are pruned.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pruning schedule")]
struct RampArgs {
    /// Shape of the ramp: linear, cubic, polynomial, geometric, cosine
    #[arg(long, default_value = "geometric")]
    shape: Shape,
    /// Where pruning starts, in --unit: 0.25 or 25%
    #[arg(long, value_name = "X", default_value = "25%", value_parser = position, allow_hyphen_values = true)]
    start: Position,
    /// Where pruning ends, in --unit
    #[arg(long, value_name = "X", default_value = "75%", value_parser = position, allow_hyphen_values = true)]
    end: Position,
    /// Unit of start and end: fraction (of all tokens) or compute (fraction of all FLOPs)
    #[arg(long, default_value = "compute")]
    unit: nbar::schedule::Unit,
    /// Power of the polynomial ramp [default: 3]
    #[arg(long, value_name = "P", value_parser = quantity, allow_hyphen_values = true)]
    power: Option<f64>,
    /// Steps between cuts
    #[arg(long, value_name = "STEPS", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Tokens of a step
    #[arg(long, value_name = "TOKENS", default_value = "8M", value_parser = quantity, allow_hyphen_values = true)]
    steps_tokens: f64,
}

impl RampArgs {
    fn ramp(&self) -> Result<Ramp> {
        let shape = match (self.shape, self.power) {
            (shape, None) => shape,
            (Shape::Polynomial { .. }, Some(power)) => Shape::Polynomial { power },
            (_, Some(power)) => {
                let (value, expected) =
                    (power.to_string(), "for this shape; it goes with --shape polynomial");
                return Err(Error::InvalidOption { name: "--power", value, expected });
            }
        };
        Ok(Ramp::new(shape, 0.0, self.start.value, self.end.value, self.unit))
    }
}

/// Reads a final sparsity, as 0.8 or 80%.
fn sparsity(text: &str) -> Result<f64, String> {
    match share(text) {
        Ok(sparsity) if (0.0..1.0).contains(&sparsity) => Ok(sparsity),
        _ => Err("it lies from 0 to below 1; write 80 % as 0.8 or 80%".to_owned()),
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = args.saved.ensemble("plan")?;
    let options = PlanOptions::new(args.flops)
        .with_runs(args.question.options(RunShape::default()))
        .with_sparsities(args.sparsity.clone())
        .with_ramp(args.schedule.ramp()?)
        .with_every(args.schedule.every)
        .with_step_tokens(args.schedule.steps_tokens)
        .with_vocabulary(args.vocabulary);
    let mut plan = ensemble.plan(&options)?;
    let commands: Vec<_> = plan.runs.iter().map(|run| text::pasted(&plan, run).command()).collect();
    for (run, command) in plan.runs.iter_mut().zip(commands) {
        run.command = run.schedule.as_ref().map(|_| command);
    }
    let stdout = match args.format {
        Format::Json => plan.to_json() + "\n",
        Format::Text => far(plan.extrapolation) + &text::text(args, &plan),
        Format::Csv => table(&plan).csv(),
        Format::Md => far(plan.extrapolation) + &table(&plan).markdown(),
    };
    Ok(Outcome::of_saved(&ensemble, &plan.warnings, stdout))
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
    let rows = plan
        .runs
        .iter()
        .flat_map(|run| rows(run).into_iter().map(|(name, cells)| (run.sparsity, name, cells)));
    Table::of(rows)
        .column("sparsity", |(sparsity, ..)| words(sparsity))
        .column("quantity", |(_, name, _)| words(name))
        .column("estimate", |(.., [estimate, ..])| estimate.clone())
        .column("lower", |(.., [_, lower, _])| lower.clone())
        .column("upper", |(.., [.., upper])| upper.clone())
}

fn rows(run: &PlannedRun) -> Vec<(String, [Cell; 3])> {
    let whole = |q: &Named| [q.value.estimate, q.value.interval[0], q.value.interval[1]].map(|v| q.cell(v));
    let single = |name: &str, cell: Cell| (name.to_owned(), [cell, words(""), words("")]);
    let equals = [(&run.at_dense_loss, "at_dense_loss"), (&run.at_least_total, "at_least_total")];
    let equals = || equals.into_iter().filter_map(|(equal, at)| Some((equal.as_ref()?, at)));
    let mut rows: Vec<_> = quantities(run).iter().map(|q| (q.name.to_owned(), whole(q))).collect();
    for (equal, at) in equals() {
        rows.extend(equal_quantities(equal).iter().map(|q| (format!("{}_{at}", q.name), whole(q))));
    }
    rows.push(single("steps", words(run.steps)));
    if let Some(schedule) = &run.schedule {
        rows.push(single("start_step", words(schedule.start_step)));
        rows.push(single("end_step", words(schedule.end_step)));
        rows.push(single("every_steps", words(schedule.every_steps)));
    }
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
