//! A first sweep, from a guess at the law.

use std::fmt::Write;
use std::path::PathBuf;

use nbar::design::{Decision, Expected, FirstRun, FirstRuns, FirstRunsOptions, Layout, SweepDesign};
use nbar::law::{LawSpec, Scale};
use nbar::read::PointTable;
use nbar::units::format_quantity;
use nbar::{Document, Error, Fit, Result};

use super::Args;
use crate::Outcome;
use crate::allocations::far;
use crate::args::{quantity, say_columns, share};
use crate::format::{digits, format_count, percent};
use crate::host::read;
use crate::outputs::Outputs;
use crate::progress::observer;
use crate::table::{Cell, Format, Table, count, full, number, shown, text};

/// What only first sweeps have.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
pub(super) struct FirstArgs {
    /// Most FLOPs of one run of a first sweep [default: a quarter of the budget]
    #[arg(long, value_name = "C", value_parser = quantity, allow_hyphen_values = true)]
    max_run_flops: Option<f64>,
    /// Noise of a run of a first sweep: the standard deviation of ln L about the law [default: 0.5%]
    #[arg(long, value_name = "S", value_parser = share, allow_hyphen_values = true)]
    noise: Option<f64>,
    /// A first sweep of your own to score beside the others: a table of params and tokens, whose losses may be empty
    #[arg(long, value_name = "PLAN.csv")]
    from: Option<PathBuf>,
    /// Threads of simulations, 0 for one a processor; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(..=512), help_heading = "Search")]
    jobs: Option<u16>,
    /// Simulated sweeps of the chosen design; each other design has a quarter as many [default: 120]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(20..=100_000), help_heading = "Intervals")]
    simulations: Option<u32>,
    /// Seed of all that is random [default: 0]
    #[arg(long, help_heading = "Intervals")]
    seed: Option<u64>,
    /// File for the best first sweep: a table that nbar fit reads once its losses are filled in
    #[arg(short, long, value_name = "SWEEP.csv", help_heading = "Output")]
    output: Option<PathBuf>,
}

impl FirstArgs {
    /// Refuses what says nothing about runs that are added to those of a fit.
    pub(super) fn refuse_with_fit(&self) -> Result<()> {
        let given = [
            ("max_run_flops", self.max_run_flops.map(full)),
            ("noise", self.noise.map(full)),
            ("from", self.from.as_ref().map(|path| path.display().to_string())),
            ("simulations", self.simulations.map(|count| count.to_string())),
            ("seed", self.seed.map(|seed| seed.to_string())),
            ("jobs", self.jobs.map(|jobs| jobs.to_string())),
            ("output", self.output.as_ref().map(|path| path.display().to_string())),
        ];
        match given.into_iter().find_map(|(name, value)| Some((name, value?))) {
            None => Ok(()),
            Some((name, value)) => {
                let problem = "is of first sweeps, and the fit has runs already";
                Err(Error::option(
                    name,
                    value,
                    problem,
                    "leave it out, or give a guess (`law=NAME`) in place of the fit",
                ))
            }
        }
    }

    fn options(&self, args: &Args) -> Result<FirstRunsOptions> {
        let mut options = FirstRunsOptions::new(args.target_flops, args.budget).with_decision(args.decision);
        options.max_run_flops = self.max_run_flops;
        options.runs = args.new_runs.map_or(options.runs, usize::from);
        options.noise = self.noise.unwrap_or(options.noise);
        options.simulations = self.simulations.map_or(options.simulations, |count| count as usize);
        options.seed = self.seed.unwrap_or(options.seed);
        if let Some(path) = &self.from {
            let table = read(path, PointTable::from_reader, |path| PointTable::from_path(path))?;
            say_columns(path, &table.mapping);
            options.given = table.points;
        }
        Ok(options)
    }
}

pub(super) fn run(args: &Args, mut guess: Fit) -> Result<Outcome> {
    if let Some(unique) = args.unique_tokens {
        let problem = "has no effect on first sweeps, whose tokens are all different";
        return Err(Error::option("unique_tokens", full(unique), problem, "leave it out"));
    }
    let inputs = args.fit.iter().chain(&args.first.from).cloned();
    Outputs::of(inputs).and("output", args.first.output.as_deref(), SweepDesign::check_writable)?;
    let options = args.first.options(args)?;
    guess.options.jobs = args.first.jobs.unwrap_or(0).into();
    guess.options.observer = observer();
    let found = guess.first_runs(&options)?;
    let table = designs(&found, guess.law().spec());
    let stdout = match args.format {
        Format::Csv => records(&found).csv(),
        form => table.written(form, || found.to_json(), || sentences(&found, &table)),
    };
    let outcome = Outcome::good(stdout);
    let Some(path) = args.first.output.clone() else { return Ok(outcome) };
    let (best, form) = (found.designs[found.chosen].clone(), args.format);
    Ok(outcome.saving(move || {
        best.save(&path)?;
        let path = path.display();
        Ok(match form {
            Format::Text => format!("\nwritten to {path}; fill in the column loss, then: nbar fit {path}\n"),
            _ => String::new(),
        })
    }))
}

/// Half an interval of a logarithm: as a factor.
fn factor(expected: &Expected) -> Cell {
    let half = 0.5 * expected.width;
    match half.is_finite() {
        true => shown(format!("{} x", digits(half.exp(), 3)), full(half.exp())),
        false => shown("any", full(f64::NAN)),
    }
}

/// Half an interval, in per cent of what it is of.
fn share_of(expected: &Expected) -> Cell {
    let half = 100.0 * (0.5 * expected.width).exp_m1();
    if half.is_finite() {
        shown(format!("{} %", digits(half, 2)), full(half))
    } else {
        shown("any", full(f64::NAN))
    }
}

/// The standard error of a length, in per cent of it.
fn error(expected: &Expected) -> Cell {
    let error = 100.0 * expected.std_error / expected.width;
    if error.is_finite() { shown(format!("{error:.0} %"), full(error)) } else { shown("-", full(f64::NAN)) }
}

fn holds(expected: &Expected) -> Cell {
    number(100.0 * expected.holds, 3)
}

fn designs<'a>(found: &'a FirstRuns, law: &LawSpec) -> Table<(usize, &'a SweepDesign)> {
    let name = |k: usize, design: &SweepDesign| match found.designs[k].pruning.is_empty() {
        true => design.layout.to_string(),
        false if design.layout == Layout::Given => design.layout.to_string(),
        false => format!("pruned {}", k + 1),
    };
    let mut table = Table::of(found.designs.iter().enumerate())
        .column("design", |(k, design)| text(name(*k, design)))
        .column("runs", |(_, design)| text(design.runs.len()))
        .column("flops", |(_, design)| count(design.flops, 3))
        .column("largest", |(_, design)| count(largest(design), 3))
        .column("N* within", |(_, design)| factor(&design.params))
        .column("error", |(_, design)| error(&design.params))
        .column("L within", |(_, design)| share_of(&design.loss))
        .column("error of L", |(_, design)| error(&design.loss));
    for (place, (parameter, _)) in found.designs[0].pruning.iter().enumerate() {
        let is_log = law.parameters.iter().any(|own| own.name == *parameter && own.scale == Scale::Log);
        table = match is_log {
            true => table
                .column(&format!("{parameter} within"), move |(_, design)| factor(&design.pruning[place].1)),
            false => table.column(&format!("{parameter} +-"), move |(_, design)| {
                let half = 0.5 * design.pruning[place].1.width;
                if half.is_finite() { number(half, 3) } else { shown("any", full(f64::NAN)) }
            }),
        };
    }
    table
        .column("hold N*, %", |(_, design)| holds(&design.params))
        .column("no answer", |(_, design)| {
            text(match design.simulations {
                0 => "collinear".to_owned(),
                simulations => format!("{} of {simulations}", design.unanswered),
            })
        })
        .column("", |(k, _)| text(if *k == found.chosen { "<" } else { "" }))
}

/// FLOPs of the dearest run.
fn largest(design: &SweepDesign) -> f64 {
    design.runs.iter().map(|run| run.flops).fold(0.0, f64::max)
}

/// Each run of each design, in full.
fn records(found: &FirstRuns) -> Table<(&SweepDesign, &FirstRun)> {
    let all = found.designs.iter().flat_map(|design| design.runs.iter().map(move |run| (design, run)));
    Table::of(all)
        .column("layout", |(design, _)| text(design.layout))
        .column("run", |(_, run)| text(&run.run))
        .column("params", |(_, run)| count(run.params, 4))
        .column("average_params", |(_, run)| count(run.average_params, 4))
        .column("tokens", |(_, run)| count(run.tokens, 4))
        .column("flops", |(_, run)| count(run.flops, 4))
        .column("final_sparsity", |(_, run)| number(run.final_sparsity, 3))
        .column("params_width", |(design, _)| number(design.params.width, 4))
        .column("loss_width", |(design, _)| number(design.loss.width, 4))
}

/// The runs of the chosen design.
fn runs(design: &SweepDesign) -> Table<&FirstRun> {
    let sparse = design.runs.iter().any(|run| run.prune_window.is_some());
    Table::of(&design.runs)
        .column("run", |run| text(&run.run))
        .column("params", |run| count(run.params, 3))
        .column("tokens", |run| count(run.tokens, 4))
        .column("flops", |run| count(run.flops, 3))
        .column_if(sparse, "sparsity", |run| text(run.final_sparsity))
        .column_if(sparse, "pruned over", |run| {
            let window =
                run.prune_window.map(|[start, end]| format!("{} to {}", percent(start), percent(end)));
            text(window.unwrap_or_else(|| "-".to_owned()))
        })
}

fn sentences(found: &FirstRuns, table: &Table<(usize, &SweepDesign)>) -> String {
    let best = &found.designs[found.chosen];
    let values: Vec<String> =
        found.parameters.iter().map(|(name, value)| format!("{name}={}", digits(*value, 4))).collect();
    let mut out = far(found.target_flops / found.max_run_flops);
    let _ = writeln!(out, "guess: {} with {}", found.law, values.join(", "));
    let _ = writeln!(
        out,
        "target: {} FLOPs, where the guess has N* = {}, D* = {} and L = {}",
        format_quantity(found.target_flops, 3),
        format_quantity(found.target_params, 3),
        format_quantity(found.target_tokens, 3),
        digits(found.target_loss, 4)
    );
    let _ = writeln!(
        out,
        "sweep: {} FLOPs, none above {} a run; ln L scatters by {} from run to run\n",
        format_quantity(found.budget, 3),
        format_quantity(found.max_run_flops, 3),
        digits(found.noise, 2)
    );
    out += &table.text();
    let _ = writeln!(
        out,
        "\nwithin: half of the {} interval that nbar fit is expected to give (median of simulated sweeps, and its error)",
        percent(found.level)
    );
    let _ = writeln!(
        out,
        "< is chosen for {}",
        match (found.designs[0].pruning.is_empty(), found.decision) {
            (false, _) => "what dense runs do not tell".to_owned(),
            (_, Decision::Params) => "N* at the target".to_owned(),
            _ => "the loss at the target".to_owned(),
        }
    );
    let decided = |design: &SweepDesign| match found.decision {
        Decision::Params => design.params,
        _ => design.loss,
    };
    let is_as_good = |other: &&SweepDesign| {
        let is_one =
            other.layout != best.layout && other.layout != Layout::Given && other.collinear.is_none();
        is_one && found.designs[0].pruning.is_empty() && decided(other).width < decided(best).width
    };
    let others: Vec<String> =
        found.designs.iter().filter(is_as_good).map(|other| other.layout.to_string()).collect();
    if !others.is_empty() {
        let _ = writeln!(
            out,
            "{} may be as good or better: more --simulations tell them apart",
            others.join(" and ")
        );
    }
    if let Some(other) =
        found.designs.iter().find(|other| other.layout != best.layout && other.simulations > 0)
    {
        let sweeps = |design: &SweepDesign| format_count(design.simulations, "sweep");
        let _ = writeln!(
            out,
            "it was chosen by {} of each design; its numbers are from {} that did not choose it",
            sweeps(other),
            sweeps(best)
        );
    }
    for design in &found.designs {
        let _ = writeln!(out, "{}: {}", design.layout, design.summary);
        if design.flops > found.budget * (1.0 + 1e-6) {
            let _ = writeln!(out, "  costs {} times the budget", digits(design.flops / found.budget, 3));
        }
        if let Some(why) = &design.collinear {
            let _ = writeln!(out, "  collinear: {why}");
        }
    }
    let _ = writeln!(out, "\nthe {} of the chosen design:", format_count(best.runs.len(), "run"));
    out + &runs(best).text()
}
