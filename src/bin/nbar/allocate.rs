//! `nbar allocate`: the best run of a budget, of several, or of a loss.

use nbar::answer::Allocation;
use nbar::{Error, Result};

use crate::Outcome;
use crate::allocations::{Asked, PriceArgs, QuestionArgs, cheapest, print};
use crate::args::{AnswerArgs, SavedFitArgs, ScheduleArgs, quantity};
use crate::flags::refuse_idle;

/// Split a budget of compute between parameters and tokens
///
/// Prints N* and D* of least loss at C = 6 N̄ D training FLOPs, each with its interval. Several budgets give a table; --loss
/// gives the cheapest run that reaches a loss.
///
/// With --inference-tokens the budget pays for serving too. With a schedule in fractions or in compute the run is pruned, and
/// N̄ is its average parameter count. An interval has no upper end where some draws do not reach the loss.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar allocate chinchilla.fit.json --flops 1e24
  nbar allocate chinchilla.fit.json --flops 1e21..1e24 --points 10 --format csv
  nbar allocate chinchilla.fit.json --loss 2.0 --inference-tokens 2T
  nbar allocate t5.fit.json --flops 1e21 --shape cubic --final-sparsity 0.8 \\
      --start 25% --end 75% --unit fraction")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// FLOPs of training, 6 N̄ D, and of serving, if any: one budget, several (1e22,1e23), or a range (1e21..1e24)
    #[arg(long, value_name = "C", value_parser = budgets, allow_hyphen_values = true, required_unless_present = "loss")]
    flops: Option<Budgets>,
    /// How many budgets of a range, evenly spread in their logarithm
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..=10_000))]
    points: u16,
    /// Instead of a budget: the loss to reach at the least cost, nats a token
    #[arg(long, value_name = "L", value_parser = quantity, allow_hyphen_values = true, conflicts_with = "flops")]
    loss: Option<f64>,
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// Budgets of FLOPs.
#[derive(Debug, Clone, PartialEq)]
enum Budgets {
    Listed(Vec<f64>),
    Range(f64, f64),
}

/// Reads budgets such as `1e24`, `1e22,1e23` or `1e21..1e24`.
fn budgets(text: &str) -> Result<Budgets, String> {
    if let Some((from, to)) = text.split_once("..") {
        let (from, to) = (quantity(from)?, quantity(to)?);
        return if from < to { Ok(Budgets::Range(from, to)) } else { Err(format!("'{text}' does not rise")) };
    }
    text.split(',').map(quantity).collect::<Result<_, _>>().map(Budgets::Listed)
}

/// Budgets from one to another, evenly spread in their logarithm, both ends included.
fn evenly_spread(from: f64, to: f64, count: usize) -> Vec<f64> {
    let step = (to / from).ln() / (count - 1) as f64;
    let at = |i: usize| if i + 1 == count { to } else { from * (step * i as f64).exp() };
    (0..count).map(at).collect()
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if !matches!(args.flops, Some(Budgets::Range(..))) {
        let remedy = "leave it out, or give a range of budgets: `flops=1e21..1e24`";
        refuse_idle(|id| id == "points", " without a range of budgets", remedy)?;
    }
    args.question.check_memory()?;
    let ensemble = args.answer.load(&args.saved.fit)?;
    let options = args.question.options(args.schedule.shape()?, args.prices);
    let several = |budgets: &[f64]| Ok::<_, Error>((Asked::Frontier, ensemble.frontier(budgets, &options)?));
    let (asked, runs): (Asked, Vec<Allocation>) = match (&args.flops, args.loss) {
        (None, Some(loss)) => return cheapest(loss, &options, &ensemble, args.answer.format),
        (None, None) => return Err(Error::option("flops", "", "is not given", "give a budget, or a `loss`")),
        (Some(Budgets::Listed(flops)), _) if flops.len() == 1 => {
            (Asked::Budget, vec![ensemble.allocate(flops[0], &options)?])
        }
        (Some(Budgets::Listed(flops)), _) => several(flops)?,
        (Some(Budgets::Range(from, to)), _) => several(&evenly_spread(*from, *to, usize::from(args.points)))?,
    };
    Ok(print(asked, &runs, &options, &ensemble, args.answer.format))
}
