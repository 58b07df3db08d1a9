//! `nbar twin`: matched pairs of a dense run and a sparse one.

mod print;

use std::path::PathBuf;

use clap::ArgGroup;
use nbar::answer::{BestWindow, TwinOptions, Twins, Wanted, sparse_twin};
use nbar::schedule::Unit;
use nbar::{Ensemble, Error, Extent, Result, Schedule, Warning};

use crate::Outcome;
use crate::args::{AnswerArgs, ScheduleArgs, quantity, whole};
use crate::predict::check_unique_tokens;
use crate::schedule::warn_of_short;
use crate::windows::WindowArgs;

/// Match a sparse run with a dense one: the same average parameter count N̄, the same tokens
///
/// With --dense-params: finds a sparse run with the same N̄ and tokens that ends at --final-params or --final-sparsity. Prints
/// N₀, the sparsity and a schedule in whole steps. With --params and a schedule: finds the dense run.
///
/// Both train for the same FLOPs, 6 N̄ D. Of a fit with --flops-count dense the sparse run costs 6 N₀ D. With a saved fit their losses are compared: under a law whose N is N̄ they are alike,
/// under others they are not.
#[derive(Debug, Clone, clap::Args)]
#[command(next_display_order = 1)]
#[command(group = ArgGroup::new("of").required(true).args(["dense_params", "params"]))]
#[command(group = ArgGroup::new("wanted").args(["final_params", "final_sparsity"]))]
#[command(mut_arg("shape", |arg| arg.help("How sparsity rises: linear, cubic, polynomial, geometric, cosine, best; with --params also constant, one_shot [default with --dense-params: geometric]")))]
#[command(mut_arg("start", |arg| arg.help("Where pruning starts, in --unit: 2500, 20B, 0.25 or 25% [default with --dense-params: 25%]")))]
#[command(mut_arg("end", |arg| arg.help("Where pruning ends, in --unit [default with --dense-params: 75%]")))]
#[command(mut_arg("every", |arg| arg.value_name("STEPS").help("Steps between cuts; without it the ramp of --params is smooth [default with --dense-params: 100]")))]
#[command(mut_arg("unit", |arg| arg.help("Unit of --start and --end: token, step, fraction (of all tokens) or compute (of all FLOPs) [default with --dense-params: compute]")))]
#[command(mut_arg("fixed_params", |arg| arg.help("Parameters that are never pruned: counted in --dense-params and --final-params, added to --params")))]
#[command(after_help = "Examples:
  nbar twin --dense-params 7B --tokens 1T --final-params 4B
  nbar twin --dense-params 7B --tokens 1T --final-sparsity 0.8 --shape cubic \\
      --start 20% --end 60% --unit fraction --every 50 --tokens-per-step 4M
  nbar twin --params 8B --tokens 1T --shape geometric --final-sparsity 0.8 \\
      --start 25% --end 75% --unit compute
  nbar twin t5.fit.json --dense-params 1B --tokens 20B --final-params 500M \\
      --tokens-per-step 1M
  nbar twin journey.fit.json --dense-params 800K --tokens 65M \\
      --final-params 400K --prune-window best --shape best --tokens-per-step 4096")]
pub(crate) struct Args {
    /// Fit saved with nbar fit -o, for the losses of both; - is stdin
    #[arg(value_name = "FIT.json", display_order = 0, help_heading = "Input")]
    fit: Option<PathBuf>,
    /// Parameters of a dense run that is to be replaced
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        requires = "wanted")]
    dense_params: Option<f64>,
    /// Prunable parameters before pruning of a sparse run whose dense twin is asked for
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    params: Option<f64>,
    /// Tokens of both runs
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    tokens: f64,
    /// Parameters left at the end of the sparse run that replaces the dense one
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with = "params")]
    final_params: Option<f64>,
    /// Optimiser steps of both runs
    #[arg(long, value_name = "T", value_parser = whole, allow_hyphen_values = true, help_heading = "Input")]
    steps: Option<f64>,
    /// Different tokens in the data, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        requires = "fit")]
    unique_tokens: Option<f64>,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    window: WindowArgs,
    /// Tokens of a step; the run has as many whole steps as come nearest to its tokens [default: 8M]
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true, help_heading = "Schedule",
        conflicts_with = "steps")]
    tokens_per_step: Option<f64>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let mut args = args.clone();
    let asked = args.window.asked(&mut args.schedule.ramp);
    let ensemble = args.fit.as_ref().map(|path| args.answer.load(path)).transpose()?;
    let (pair, window) = match (args.dense_params, args.params) {
        (Some(params), _) => args.replacing(params, asked, ensemble.as_ref())?,
        (None, _) if asked != [false; 2] => {
            let remedy =
                "give `dense_params` and `final_params` in place of `params`, or say when the run is pruned";
            return Err(Error::unanswerable("best window", "a run that is given has its own window", remedy));
        }
        (None, params) => (args.dense_for(params.unwrap_or(0.0))?, None),
    };
    warn_of_short(&pair.sparse, pair.steps.map(|steps| steps as f64));
    let Some(ensemble) = ensemble else {
        return Ok(Outcome::good(print::form(&args, &pair, None, None)));
    };
    check_unique_tokens(&ensemble, args.unique_tokens)?;
    let losses = ensemble.twin_losses(&pair, args.unique_tokens)?;
    let of_fit = &ensemble.fit.warnings;
    let of_window = window.iter().flat_map(|best| &best.warnings);
    let own = losses.warnings.iter().filter(|w| !of_fit.contains(w)).chain(of_window);
    let own: Vec<Warning> = own.cloned().collect();
    let stdout = print::form(&args, &pair, Some(&losses), window);
    Ok(Outcome::of_saved(&ensemble, &own, args.answer.format, stdout))
}

impl Args {
    /// The sparse run that replaces a dense one, and its window, where that or the shape is chosen.
    fn replacing(
        &self,
        dense_params: f64,
        [window, shape]: [bool; 2],
        ensemble: Option<&Ensemble>,
    ) -> Result<(Twins, Option<BestWindow>)> {
        let wanted = match (self.final_params, self.schedule.final_sparsity) {
            (Some(last), _) => Wanted::FinalParams(last),
            (None, sparsity) => Wanted::Sparsity(sparsity.unwrap_or(0.0)),
        };
        let (fields, every) = self.schedule.in_steps()?;
        let mut options = TwinOptions::default().with_fixed_params(self.schedule.fixed_params);
        options.ramp = fields.ramp_or(&options.ramp)?;
        options.every = every.unwrap_or(options.every);
        options = options.with_best_window(window).with_best_shape(shape);
        let extent = self.whole_steps();
        let best = match ensemble {
            _ if !window && !shape => None,
            Some(ensemble) => {
                Some(ensemble.twin_window(dense_params, extent, wanted, &options, self.unique_tokens)?)
            }
            None => {
                let problem = "which window is best is a question to a fit, and none is given";
                let remedy = "give a saved one, of a law that knows when (`nbar fit SWEEP --law schedule -o FIT.json`)";
                return Err(Error::unanswerable("best window", problem, remedy));
            }
        };
        options.ramp = best.as_ref().map_or(options.ramp.clone(), |best| best.of(&options.ramp));
        Ok((sparse_twin(dense_params, extent, wanted, &options)?.with_dense()?, best))
    }

    /// The dense twin of a sparse run.
    fn dense_for(&self, params: f64) -> Result<Twins> {
        let unit = self.schedule.ramp.unit.as_deref();
        let in_steps = unit.is_some_and(|unit| unit.parse().is_ok_and(|unit: Unit| unit == Unit::Step));
        let (fields, every) = self.schedule.in_steps()?;
        let fields = if in_steps { self.schedule.fields()? } else { fields };
        let stepped = every.is_some() || in_steps || self.steps.is_some() || self.tokens_per_step.is_some();
        let extent = if stepped { self.whole_steps() } else { Extent::new(self.tokens) };
        let network = self.schedule.network(params);
        Twins::of_sparse(network, extent, &Schedule::from_fields(&fields)?, every)
    }

    /// The run in whole steps: as many as are given, or, of so many tokens each, as come nearest.
    fn whole_steps(&self) -> Extent {
        match self.steps {
            Some(steps) => Extent::new(self.tokens).with_steps(steps),
            None => Extent::of_steps(self.tokens, self.tokens_per_step.unwrap_or(TwinOptions::STEP_TOKENS)),
        }
    }
}
