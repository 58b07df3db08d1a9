//! `nbar solve`: what reaches a loss.

use nbar::answer::{AllocationOptions, Answer};
use nbar::{Document, Error, Result, Schedule};

use crate::Outcome;
use crate::allocations::{Asked, PriceArgs, far, print, reached};
use crate::args::{SavedFit, ScheduleArgs, quantity};
use crate::table::{Format, Named, by_label, by_name, named};

/// Find what reaches a loss: a budget, tokens, parameters or a sparsity
///
/// With --loss alone the budget of the cheapest run; with --params the tokens; with --tokens the parameters; with
/// --final-params and --tokens the sparsity to which a schedule has to prune. Each has its interval; where some draws do not reach the
/// loss, the share that does is said, and where the law itself does not, the question is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar solve chinchilla.fit.json --loss 2.1
  nbar solve chinchilla.fit.json --loss 2.1 --params 7B
  nbar solve chinchilla.fit.json --loss 2.1 --tokens 1T
  nbar solve t5.fit.json --loss 2.1 --final-params 3B --tokens 1T --shape geometric \\
      --start 25% --end 75% --unit compute")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFit,
    /// The loss to reach, nats a token
    #[arg(long, value_name = "L", value_parser = quantity, allow_hyphen_values = true)]
    loss: f64,
    /// Parameters of the run before pruning: solve for its tokens
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, conflicts_with_all = ["tokens", "final_params"])]
    params: Option<f64>,
    /// Tokens of the run: solve for its parameters
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true)]
    tokens: Option<f64>,
    /// Parameters left at the end: solve for the sparsity
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, requires = "tokens")]
    final_params: Option<f64>,
    /// Different tokens that there are, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true)]
    unique_tokens: Option<f64>,
    #[command(flatten)]
    prices: PriceArgs,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    schedule: ScheduleArgs,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = args.saved.ensemble("solve")?;
    let mut options = AllocationOptions::default().with_prices(args.prices.prices());
    options.unique_tokens = args.unique_tokens;
    let answer = if let (Some(last), Some(tokens)) = (args.final_params, args.tokens) {
        ensemble.sparsity_for(args.loss, last, tokens, &args.whatever_sparsity()?, &options)?
    } else {
        options = options.with_shape(args.schedule.shape()?);
        match (args.params, args.tokens) {
            (Some(params), _) => ensemble.tokens_for(args.loss, params, &options)?,
            (None, Some(tokens)) => ensemble.params_for(args.loss, tokens, &options)?,
            (None, None) => {
                let run = ensemble.cheapest(args.loss, &options)?;
                return Ok(print(Asked::Loss, &[run], &options, &ensemble, args.format));
            }
        }
    };
    let stdout = match args.format {
        Format::Json => answer.to_json() + "\n",
        Format::Text => sentences(&answer),
        Format::Csv => by_name(quantities(&answer), answer.level).csv(),
        Format::Md => by_name(quantities(&answer), answer.level).markdown(),
    };
    Ok(Outcome::of_saved(&ensemble, &answer.warnings, stdout))
}

impl Args {
    /// The schedule, whose sparsity is what is asked for.
    fn whatever_sparsity(&self) -> Result<Schedule> {
        if let Some(sparsity) = self.schedule.final_sparsity {
            let expected = "to be given: with --final-params it is what is solved for; leave it out";
            return Err(Error::InvalidOption {
                name: "--final-sparsity",
                value: sparsity.to_string(),
                expected,
            });
        }
        let pruned = self.schedule.shape.as_deref().is_some_and(|shape| shape != "dense");
        // Any sparsity at all: that with which the schedule starts, and a little.
        let some = 0.5 + 0.5 * self.schedule.initial_sparsity.unwrap_or(0.0);
        let args = ScheduleArgs { final_sparsity: pruned.then_some(some), ..self.schedule.clone() };
        args.without_fixed()?;
        args.schedule()
    }
}

fn quantities(answer: &Answer) -> Vec<Named> {
    let all = [
        ("initial_params", answer.initial_params),
        ("average_params", answer.average_params),
        ("final_params", answer.final_params),
        ("sparsity", answer.sparsity),
        ("tokens", answer.tokens),
        ("flops", answer.flops),
        ("loss", answer.loss),
    ];
    let mut all = named(&all, answer.bill);
    all.iter_mut().for_each(|q| q.given = q.value.interval == [q.value.estimate; 2]);
    all
}

fn sentences(answer: &Answer) -> String {
    let word = if answer.solved_for == "initial_params" { "parameters" } else { answer.solved_for };
    let dense = answer.sparsity.estimate == 0.0 && word != "sparsity";
    let mut all = quantities(answer);
    all.retain(|q| match q.name {
        "initial_params" | "final_params" | "sparsity" => !dense,
        name => name != "loss",
    });
    format!(
        "{}{word} for a loss of {}\n\n{}{}",
        far(answer.extrapolation.flops),
        answer.loss.estimate,
        by_label(all, answer.level),
        reached(answer.reachable)
    )
}
