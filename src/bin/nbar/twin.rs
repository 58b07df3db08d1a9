//! `nbar twin`: matched pairs of a dense run and a sparse one.

mod print;

use std::path::PathBuf;

use clap::ArgGroup;
use nbar::answer::{EVERY, STEP_TOKENS, TwinOptions, Wanted, dense_twin, sparse_twin};
use nbar::bootstrap::Estimate;
use nbar::fit::Warning;
use nbar::predict::{NewRun, Prediction};
use nbar::schedule::PlannedSchedule;
use nbar::schedule::{Ramp, Shape, Unit};
use nbar::{Ensemble, Error, Extent, Network, Result, Schedule, Size, Trajectory};

use crate::args::{ScheduleArgs, load, position, quantity};
use crate::table::Format;
use crate::{Outcome, warn};

/// Match a sparse run with a dense one: the same average parameter count N̄, the same tokens
///
/// Of a dense run (--dense-params) the sparse one that replaces it and ends with --final-params, or at --final-sparsity: its pruning schedule
/// in whole steps, with N₀ and the sparsity such that under just those steps N̄ is the dense run's N. Of a sparse run (--params and a
/// schedule) the dense one.
///
/// Both train for the same FLOPs, 6 N̄ D. With a saved fit, what it has to say of their losses: under a law whose N is N̄ they are
/// alike, under others they are not.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("run").required(true).args(["dense_params", "params"]))]
#[command(group = ArgGroup::new("wanted").args(["final_params", "final_sparsity"]))]
#[command(mut_arg("every", |arg| arg.value_name("STEPS").help("Steps between cuts, whatever the unit; without it the ramp of --params is smooth [default of --dense-params: 100]")))]
#[command(mut_arg("shape", |arg| arg.help("Shape of the ramp: linear, cubic, polynomial, geometric, cosine; of --params also constant, one_shot [default of --dense-params: geometric]")))]
#[command(mut_arg("start", |arg| arg.help("Where pruning starts, in --unit: 2500, 20B, 0.25 or 25% [default of --dense-params: 25%]")))]
#[command(mut_arg("end", |arg| arg.help("Where pruning ends, in --unit [default of --dense-params: 75%]")))]
#[command(mut_arg("unit", |arg| arg.help("Unit of start and end: token, step, fraction (of all tokens) or compute (fraction of all FLOPs) [default of --dense-params: compute]")))]
#[command(mut_arg("fixed_params", |arg| arg.help("Parameters that are never pruned: embeddings, norms; counted in --dense-params and --final-params, added to --params")))]
#[command(after_help = "Examples:
  nbar twin --dense-params 7B --tokens 1T --final-params 4B
  nbar twin --dense-params 7B --tokens 1T --final-sparsity 0.8 --shape cubic --start 20% --end 60% \\
      --unit fraction --every 50 --steps-tokens 4M
  nbar twin --params 8B --tokens 1T --shape geometric --final-sparsity 0.8 --start 25% --end 75% \\
      --unit compute
  nbar twin t5.fit.json --dense-params 1B --tokens 20B --final-params 500M --steps-tokens 1M")]
pub(crate) struct Args {
    /// A fit saved with nbar fit -o, for the losses of both; - is stdin
    #[arg(value_name = "FIT.json")]
    fit: Option<PathBuf>,
    /// Parameters of a dense run that is to be replaced
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, requires = "wanted")]
    dense_params: Option<f64>,
    /// Prunable parameters before pruning of a sparse run whose dense twin is asked for
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true)]
    params: Option<f64>,
    /// Tokens of both runs
    #[arg(long, value_name = "D", value_parser = quantity, allow_hyphen_values = true)]
    tokens: f64,
    /// Parameters left at the end of the sparse run that replaces the dense one
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, conflicts_with = "params")]
    final_params: Option<f64>,
    /// Optimiser steps of both runs
    #[arg(long, value_name = "T", value_parser = whole, allow_hyphen_values = true)]
    steps: Option<f64>,
    /// Tokens of a step; the run is then as many whole steps as are nearest to its tokens [default: 8M]
    #[arg(long, value_name = "TOKENS", value_parser = quantity, allow_hyphen_values = true, conflicts_with = "steps")]
    steps_tokens: Option<f64>,
    /// Different tokens that the runs see, for laws of repeated data
    #[arg(long, value_name = "U", value_parser = quantity, allow_hyphen_values = true, requires = "fit")]
    unique_tokens: Option<f64>,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    schedule: ScheduleArgs,
}

/// Reads a whole number of steps.
fn whole(text: &str) -> Result<f64, String> {
    let steps = quantity(text)?;
    if steps.fract() == 0.0 { Ok(steps) } else { Err(format!("'{text}' is not a whole number")) }
}

/// Two runs of the same N̄ and D.
struct Pair {
    sparse: Trajectory,
    dense: NewRun,
    /// Of the sparse run's parameters, those that are never pruned.
    fixed_params: f64,
    /// Final sparsity of the others.
    sparsity: f64,
    /// Steps, where they matter.
    steps: Option<u64>,
    /// The schedule in whole steps, where it was put there.
    schedule: Option<PlannedSchedule>,
}

/// What a fit has to say of them.
struct Losses {
    sparse: Prediction,
    dense: Prediction,
    /// That of the sparse run less that of the dense one.
    difference: Estimate,
    level: f64,
    /// Why they are alike, or not.
    why: String,
    /// Of the predictions and of the fit.
    warnings: Vec<Warning>,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let pair = match (args.dense_params, args.params) {
        (Some(params), _) => args.replacing(params)?,
        (None, params) => args.dense_for(params.unwrap_or(0.0))?,
    };
    let Some(path) = &args.fit else {
        return Ok(Outcome::good(print::form(args, &pair, None)));
    };
    let ensemble = load(path, "twin")?;
    let losses = pair.losses(&ensemble, args.unique_tokens)?;
    losses.warnings.iter().for_each(warn);
    let stdout = print::form(args, &pair, Some(&losses));
    Ok(Outcome { stdout, trustworthy: ensemble.fit.answers_are_trustworthy() })
}

impl Args {
    /// The sparse run that replaces a dense one.
    fn replacing(&self, dense_params: f64) -> Result<Pair> {
        let wanted = match (self.final_params, self.schedule.final_sparsity) {
            (Some(last), _) => Wanted::FinalParams(last),
            (None, sparsity) => Wanted::Sparsity(sparsity.unwrap_or(0.0)),
        };
        // Without a wanted sparsity any at all: that with which the schedule starts, and a little.
        let some = 0.5 + 0.5 * self.schedule.initial_sparsity.unwrap_or(0.0);
        let given = &self.schedule;
        let ramp = Self::ramp(&ScheduleArgs {
            shape: given.shape.clone().or(Some("geometric".to_owned())),
            start: given.start.or_else(|| position("25%").ok()),
            end: given.end.or_else(|| position("75%").ok()),
            unit: given.unit.clone().or(Some("compute".to_owned())),
            final_sparsity: Some(given.final_sparsity.unwrap_or(some)),
            ..given.clone()
        })?;
        let options = TwinOptions::default()
            .with_ramp(ramp)
            .with_every(self.every()?.unwrap_or(EVERY))
            .with_fixed_params(given.fixed_params);
        let twin = sparse_twin(dense_params, self.whole_steps(), wanted, &options)?;
        let sparse = twin.trajectory()?;
        Ok(Pair {
            dense: dense_twin(&sparse)?,
            sparse,
            fixed_params: twin.fixed_params,
            sparsity: twin.sparsity,
            steps: Some(twin.steps),
            schedule: Some(twin.schedule),
        })
    }

    /// The dense twin of a sparse run.
    fn dense_for(&self, params: f64) -> Result<Pair> {
        let given = &self.schedule;
        let unit = given.unit.as_deref().map(str::parse::<Unit>).transpose()?;
        let (every, in_steps) = (self.every()?, unit == Some(Unit::Step));
        let network = Network { prunable: params, fixed: given.fixed_params };
        let stepped = every.is_some() || in_steps || self.steps.is_some() || self.steps_tokens.is_some();
        let extent = if stepped { self.whole_steps() } else { Extent::new(self.tokens) };
        // A schedule in steps is taken as it is; any other that goes in cuts is put on whole steps.
        let schedule = match every.filter(|_| !in_steps) {
            Some(every) => Some(PlannedSchedule::of_run(&Self::ramp(given)?, network, extent, every)?),
            None => None,
        };
        let pruned = match &schedule {
            Some(schedule) => Schedule::from(schedule.ramp.clone()),
            None => given.schedule()?,
        };
        let sparse = pruned.trajectory(network, extent)?;
        if sparse.average_params() == sparse.initial_params()
            && sparse.final_params() == sparse.initial_params()
        {
            return Err(Error::Unanswerable {
                question: "dense twin",
                problem: "the run is dense: nothing is pruned".to_owned(),
                remedy: "give its schedule (--shape, --final-sparsity, --start, --end, --unit)",
            });
        }
        Ok(Pair {
            dense: dense_twin(&sparse)?,
            sparse,
            fixed_params: given.fixed_params,
            sparsity: given.final_sparsity.unwrap_or(0.0),
            steps: extent.steps.map(|steps| steps as u64),
            schedule,
        })
    }

    /// The ramp of these arguments, as if it were smooth.
    fn ramp(given: &ScheduleArgs) -> Result<Ramp> {
        let shape = given.shape.as_deref().unwrap_or("dense");
        if shape.parse::<Shape>().is_ok()
            && let Schedule::Ramp(ramp) = (ScheduleArgs { every: None, ..given.clone() }).schedule()?
        {
            return Ok(ramp);
        }
        Err(Error::InvalidOption {
            name: "--shape",
            value: shape.to_owned(),
            expected: "a ramp where cuts are put on whole steps: linear, cubic, polynomial, geometric, cosine; a single cut is a ramp \
                       whose --start is its --end",
        })
    }

    /// Steps between cuts.
    fn every(&self) -> Result<Option<u64>> {
        let Some(every) = self.schedule.every else { return Ok(None) };
        if every.value >= 1.0 && every.value.fract() == 0.0 && !every.percent {
            return Ok(Some(every.value as u64));
        }
        let value = if every.percent { format!("{}%", 100.0 * every.value) } else { every.value.to_string() };
        let expected = "a whole number of steps, whatever the unit of --start and --end";
        Err(Error::InvalidOption { name: "--every", value, expected })
    }

    /// The run in whole steps: as many as are given, or, of so many tokens each, as come nearest.
    fn whole_steps(&self) -> Extent {
        if let Some(steps) = self.steps {
            return Extent::new(self.tokens).with_steps(steps);
        }
        let step_tokens = self.steps_tokens.unwrap_or(STEP_TOKENS);
        let steps = (self.tokens / step_tokens).round().max(1.0);
        Extent::new(steps * step_tokens).with_steps(steps)
    }
}

impl Pair {
    fn losses(&self, ensemble: &Ensemble, unique_tokens: Option<f64>) -> Result<Losses> {
        let [sparse, dense] =
            [NewRun::new(self.sparse.clone()), self.dense.clone()].map(|run| match unique_tokens {
                Some(unique) => run.with_unique_tokens(unique),
                None => Ok(run),
            });
        let (sparse, dense) = (sparse?, dense?);
        let difference = ensemble.loss_difference(&sparse, &dense)?;
        let (law, size) = (ensemble.fit.law().name(), ensemble.fit.observations.size());
        let alike = difference.estimate == 0.0 && difference.interval == [0.0; 2];
        let why = match (alike, size) {
            (true, Size::AVERAGE) => format!("alike, since the N of this {law} law is N̄"),
            (true, _) => format!("alike: this {law} law reads nothing in which they differ"),
            (false, Size::AVERAGE) => format!("this {law} law reads more of a run than N̄ and D"),
            (false, size) => format!("the N of this {law} law is not N̄ but the {size} one (--size {size})"),
        };
        let (sparse, dense) = (ensemble.predict_run(&sparse)?, ensemble.predict_run(&dense)?);
        let of_fit = &ensemble.fit.warnings;
        let own = sparse.warnings.iter().chain(&dense.warnings).filter(|w| !of_fit.contains(w));
        let mut warnings: Vec<Warning> = own.chain(of_fit).cloned().collect();
        warnings.dedup();
        Ok(Losses { sparse, dense, difference, level: ensemble.options.level, why, warnings })
    }
}
