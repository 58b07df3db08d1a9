//! `nbar solve`: what reaches a loss.

use nbar::answer::{Answer, RunShape};
use nbar::law::Input;
use nbar::{Document, Ensemble, Result};

use crate::Outcome;
use crate::allocations::{PriceArgs, QuestionArgs, cheapest, far, reached};
use crate::args::{AnswerArgs, SavedFitArgs, ScheduleArgs, quantity};
use crate::table::{Named, by_label, by_name, named};

/// Find what reaches a loss: a budget, tokens, parameters or a sparsity
///
/// With --loss alone: the budget of the cheapest run, as allocate --loss; under a law of compute alone, the FLOPs. With --params: the tokens. With --tokens: the
/// parameters. With --final-params and --tokens: the sparsity to which a schedule has to prune.
///
/// Each has its interval. Where some draws do not reach the loss, the share that does is said. Where the law itself does not,
/// the question is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar solve chinchilla.fit.json --loss 2.1
  nbar solve chinchilla.fit.json --loss 2.1 --params 7B
  nbar solve chinchilla.fit.json --loss 2.1 --tokens 1T
  nbar solve t5.fit.json --loss 2.1 --final-params 3B --tokens 1T \\
      --shape geometric --start 25% --end 75% --unit compute")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// Loss to reach, nats a token
    #[arg(long, value_name = "L", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    loss: f64,
    /// Parameters of the run before pruning: solve for its tokens
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with_all = ["tokens", "final_params", "max_tokens", "max_params", "max_memory", "max_latency", "inference_tokens"])]
    params: Option<f64>,
    /// Tokens of the run: solve for its parameters
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with_all = ["max_tokens", "max_params", "max_memory", "max_latency", "inference_tokens"])]
    tokens: Option<f64>,
    /// Parameters left at the end: solve for the sparsity
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        requires = "tokens", conflicts_with = "final_sparsity")]
    final_params: Option<f64>,
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = args.answer.load(&args.saved.fit)?;
    let answer = if let (Some(last), Some(tokens)) = (args.final_params, args.tokens) {
        args.schedule.without_fixed()?;
        let schedule = args.schedule.fields()?.to_any_sparsity()?;
        let options = args.question.options(RunShape::default(), args.prices);
        ensemble.sparsity_for(args.loss, last, tokens, &schedule, &options)?
    } else {
        args.question.check_memory()?;
        let options = args.question.options(args.schedule.shape()?, args.prices);
        match (args.params, args.tokens) {
            (Some(params), _) => ensemble.tokens_for(args.loss, params, &options)?,
            (None, Some(tokens)) => ensemble.params_for(args.loss, tokens, &options)?,
            (None, None) if is_of_compute(&ensemble) => ensemble.flops_for(args.loss, &options)?,
            (None, None) => return cheapest(args.loss, &options, &ensemble, args.answer.format),
        }
    };
    let table = by_name(quantities(&answer), answer.level);
    let stdout = table.written(args.answer.format, || answer.to_json(), || sentences(&answer));
    Ok(Outcome::of_saved(&ensemble, &answer.warnings, args.answer.format, stdout))
}

/// Whether FLOPs are all that its law reads.
fn is_of_compute(ensemble: &Ensemble) -> bool {
    ensemble.fit.law().spec().inputs.iter().all(|input| *input == Input::Flops)
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
    let given: &[&str] = match answer.solved_for {
        "tokens" => &["initial_params", "average_params", "final_params", "sparsity"],
        "sparsity" => &["final_params", "tokens"],
        "flops" => &["sparsity"],
        _ => &["sparsity", "tokens"],
    };
    let mut all = named(&all, answer.bill);
    all.retain(|q| !q.value.estimate.is_nan());
    all.iter_mut().for_each(|q| q.given = q.name == "loss" || given.contains(&&*q.name));
    all
}

fn sentences(answer: &Answer) -> String {
    let word = match answer.solved_for {
        "initial_params" => "parameters",
        "flops" => "training FLOPs",
        word => word,
    };
    let dense = answer.sparsity.estimate == 0.0 && word != "sparsity";
    let mut all = quantities(answer);
    all.retain(|q| match &*q.name {
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
