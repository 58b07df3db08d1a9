//! `nbar solve`: what reaches a loss.

use std::fmt::Write;

use nbar::Result;
use nbar::answer::Answer;
use nbar::bootstrap::Estimate;
use nbar::units::format_quantity;
use serde_json::json;

use crate::allocations::{Prices, QuestionArgs, cheapest, count_row, far, number_row};
use crate::args::{LevelArgs, SavedFitArgs, ScheduleArgs, quantity};
use crate::format::{Format, Rows, digits, percent};
use crate::{Outcome, talk};

/// Find what reaches a loss: a budget, tokens, parameters or a sparsity
///
/// With --loss alone: the budget of the cheapest run, as allocate --loss. With --params: the tokens. With --tokens: the
/// parameters. With --final-params and --tokens: the sparsity to which a schedule has to prune.
///
/// Each has its interval. Where some draws do not reach the loss, the share that does is said. Where the law itself does not,
/// the question is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar solve chinchilla.fit.json --loss 2.1
  nbar solve chinchilla.fit.json --loss 2.1 --params 7B
  nbar solve chinchilla.fit.json --loss 2.1 --tokens 1T
  nbar solve t5.fit.json --loss 2.1 --final-params 3B --tokens 1T --shape geometric \\
      --start 25% --end 75% --unit compute")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// Loss to reach, nats a token
    #[arg(long, value_name = "L", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    loss: f64,
    /// Parameters of the run before pruning: solve for its tokens
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with_all = ["tokens", "final_params", "max_tokens", "max_params", "inference_tokens"])]
    params: Option<f64>,
    /// Tokens of the run: solve for its parameters
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with_all = ["max_tokens", "max_params", "inference_tokens"])]
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
    prices: Prices,
    #[command(flatten)]
    level: LevelArgs,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let ensemble = args.level.load(&args.saved.fit, "solve")?;
    let trustworthy = ensemble.fit.answers_are_trustworthy();
    if let (Some(last), Some(tokens)) = (args.final_params, args.tokens) {
        args.schedule.without_fixed()?;
        let schedule = args.schedule.fields()?.to_any_sparsity()?;
        let unique = args.question.unique_tokens;
        let answer = ensemble.sparsity_for(args.loss, last, tokens, &schedule, unique)?;
        return Ok(Outcome { stdout: args.print(&answer, &["sparsity"], &ensemble), trustworthy });
    }
    let options = args.question.options(args.schedule.shape()?);
    let stdout = match (args.params, args.tokens) {
        (Some(params), _) => {
            let answer = ensemble.tokens_for(args.loss, params, &options)?;
            args.print(&answer, &["tokens"], &ensemble)
        }
        (None, Some(tokens)) => {
            let answer = ensemble.params_for(args.loss, tokens, &options)?;
            args.print(&answer, &["initial_params", "average_params", "final_params"], &ensemble)
        }
        (None, None) => cheapest(args.loss, &options, &ensemble, args.prices, args.format)?,
    };
    Ok(Outcome { stdout, trustworthy })
}

impl Args {
    fn print(&self, answer: &Answer, asked: &[&str], ensemble: &nbar::Ensemble) -> String {
        for warning in answer.warnings.iter().chain(&ensemble.fit.warnings) {
            talk(format!("warning: {warning}"));
        }
        let level = ensemble.options.level;
        let plain = |v: f64| if v.is_finite() { v.to_string() } else { String::new() };
        match self.format {
            Format::Json => {
                let mut value = json!(answer);
                for (name, estimate) in self.prices.of(answer.flops) {
                    value[name] = json!(estimate);
                }
                value["solved_for"] = json!(asked[0]);
                value["level"] = json!(level);
                value["warnings"] = answer.warnings.iter().map(ToString::to_string).collect();
                format!("{value}\n")
            }
            Format::Text => self.text(answer, asked, level),
            Format::Csv => self.rows(answer, "lower", plain, plain).csv(),
            Format::Md => {
                let lower = format!("lower ({})", percent(level));
                self.rows(answer, &lower, |v| format_quantity(v, 4), |v| digits(v, 4)).markdown()
            }
        }
    }

    fn rows(
        &self,
        answer: &Answer,
        lower: &str,
        count: fn(f64) -> String,
        number: fn(f64) -> String,
    ) -> Rows {
        let mut rows = Rows::new(&["quantity", "estimate", "std_error", lower, "upper"]);
        for (name, e) in self.quantities(answer) {
            let write = if matches!(name, "sparsity" | "loss") { number } else { count };
            let numbers = [e.estimate, e.std_error, e.interval[0], e.interval[1]].into_iter().map(write);
            rows.push([name.to_owned()].into_iter().chain(numbers).collect());
        }
        rows
    }

    fn quantities(&self, answer: &Answer) -> Vec<(&'static str, Estimate)> {
        let mut all = vec![
            ("initial_params", answer.initial_params),
            ("average_params", answer.average_params),
            ("final_params", answer.final_params),
            ("sparsity", answer.sparsity),
            ("tokens", answer.tokens),
            ("flops", answer.flops),
            ("loss", answer.loss),
        ];
        all.extend(self.prices.of(answer.flops));
        all
    }

    fn text(&self, answer: &Answer, asked: &[&str], level: f64) -> String {
        let mut out = far(answer.extrapolation.flops);
        let word = match asked[0] {
            "tokens" => "tokens",
            "sparsity" => "sparsity",
            _ => "parameters",
        };
        let _ = writeln!(out, "{word} for a loss of {}\n", answer.loss.estimate);
        let mut table = Rows::new(&["", "estimate", &format!("{} interval", percent(level))]);
        let dense = answer.sparsity.estimate == 0.0 && word != "sparsity";
        for (name, e) in self.quantities(answer) {
            let row = match name {
                "loss" => continue,
                "sparsity" if dense => continue,
                "initial_params" | "final_params" if dense => continue,
                "sparsity" => number_row("sparsity", e, 4),
                "initial_params" => count_row("initial parameters", e),
                "average_params" => count_row(if dense { "parameters" } else { "average parameters" }, e),
                "final_params" => count_row("final parameters", e),
                "flops" => count_row("training FLOPs", e),
                "gpu_hours" => count_row("GPU-hours", e),
                _ => count_row(name, e),
            };
            let given = e.interval == [e.estimate; 2];
            table.push(if given { vec![row[0].clone(), row[1].clone(), "given".to_owned()] } else { row });
        }
        out.push_str(&table.text());
        if answer.reachable < 1.0 {
            let _ = writeln!(out, "\n{} of the draws reach this loss", percent(answer.reachable));
        }
        out
    }
}
