//! `nbar allocate`: the best run of a budget, of several, or of a loss.

use nbar::answer::Allocation;
use nbar::{Error, Result};

use crate::Outcome;
use crate::allocations::{Asked, QuestionArgs, print};
use crate::args::{SavedFit, ScheduleArgs, quantity};
use crate::table::Format;

/// Split a budget of compute between parameters and tokens
///
/// Prints the N*, D* of least loss at C = 6 N̄ D training FLOPs, each with its interval; of several budgets a table; or, with
/// --loss, the cheapest run that reaches a loss. With --inference-tokens the budget pays for serving too. With a schedule in
/// fractions or in compute the run is pruned, and N̄ is its average parameter count. Intervals without an upper end are
/// those of a loss that some draws do not reach.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar allocate chinchilla.fit.json --flops 1e24
  nbar allocate chinchilla.fit.json --flops 1e21..1e24 --points 10 --format csv
  nbar allocate chinchilla.fit.json --loss 2.0 --inference-tokens 2T
  nbar allocate t5.fit.json --flops 1e21 --shape cubic --final-sparsity 0.8 \\
      --start 25% --end 75% --unit fraction")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFit,
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
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    schedule: ScheduleArgs,
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

impl Budgets {
    fn values(&self, points: u16) -> Vec<f64> {
        match self {
            Budgets::Listed(values) => values.clone(),
            Budgets::Range(from, to) => {
                let step = (to / from).ln() / f64::from(points - 1);
                let at = |i: u16| if i + 1 == points { *to } else { from * (step * f64::from(i)).exp() };
                (0..points).map(at).collect()
            }
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = args.saved.ensemble("allocate")?;
    let options = args.question.options(args.schedule.shape()?);
    let (asked, runs): (Asked, Vec<Allocation>) = match (&args.flops, args.loss) {
        (None, Some(loss)) => (Asked::Loss, vec![ensemble.cheapest(loss, &options)?]),
        (None, None) => return Err(Error::InvalidQuantity { value: String::new() }),
        (Some(Budgets::Listed(flops)), _) if flops.len() == 1 => {
            (Asked::Budget, vec![ensemble.allocate(flops[0], &options)?])
        }
        (Some(budgets), _) => (Asked::Frontier, ensemble.frontier(&budgets.values(args.points), &options)?),
    };
    Ok(print(asked, &runs, &options, &ensemble, args.format))
}
