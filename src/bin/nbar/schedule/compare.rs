//! The same numbers in several tools, side by side.

use nbar::schedule::dialect::{InTool, ToolOutcome};
use nbar::schedule::{Dialect, Ramp, Shape, Unit};
use nbar::{Document, Error, Result};

use super::Args;
use crate::Outcome;
use crate::table::{Cell, Format, Table, number, text};

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let steps = args.steps.ok_or_else(|| needed("--steps"))?;
    let tools = Dialect::side_by_side(&args.source.compare, &numbers(args)?, steps)?;
    Ok(Outcome::good(match args.format {
        Format::Json => InTool::list_to_json(&tools) + "\n",
        Format::Csv => table(&tools).csv(),
        Format::Md => table(&tools).markdown(),
        Format::Text => format!("{}{}", table(&tools).text(), notes(&tools)),
    }))
}

/// The numbers of the flags, a cubic ramp in steps unless they say otherwise.
fn numbers(args: &Args) -> Result<Ramp> {
    let flags = &args.schedule;
    let shape = match flags.shape.as_deref().unwrap_or("cubic").parse()? {
        Shape::Polynomial { power } => Shape::Polynomial { power: flags.power.unwrap_or(power) },
        shape => shape,
    };
    let unit = flags.unit.as_deref().map_or(Ok(Unit::Step), str::parse)?;
    let last = flags.final_sparsity.ok_or_else(|| needed("--final-sparsity"))?;
    let start = flags.start.ok_or_else(|| needed("--start"))?;
    let end = flags.end.ok_or_else(|| needed("--end"))?;
    let mut ramp = Ramp::new(shape, last, start.value, end.value, unit);
    ramp.initial_sparsity = flags.initial_sparsity.unwrap_or(0.0);
    ramp.every = flags.every.map(|every| every.value);
    Ok(ramp)
}

fn needed(flag: &str) -> Error {
    Error::MissingInput {
        needed_by: "--compare".to_owned(),
        input: flag.to_owned(),
        missing_from: "was not given".to_owned(),
        remedy: "give it, in steps".to_owned(),
    }
}

fn table(tools: &[InTool]) -> Table<&InTool> {
    // What a tool reaches: two numbers, and the steps of its cuts.
    let cell = |i: usize, refused: &'static str| {
        let cut = |at: &Option<f64>| at.map_or_else(|| text("none"), |step| text(step.round()));
        move |tool: &&InTool| -> Cell {
            match &tool.outcome {
                ToolOutcome::Reached { average_density, final_sparsity, first_cut, last_cut, .. } => {
                    [number(*average_density, 5), number(*final_sparsity, 5), cut(first_cut), cut(last_cut)]
                        [i]
                        .clone()
                }
                _ => text(refused),
            }
        }
    };
    Table::of(tools)
        .column("tool", |tool| text(&tool.tool))
        .column("average density", cell(0, "impossible"))
        .column("final sparsity", cell(1, ""))
        .column("first cut", cell(2, ""))
        .column("last cut", cell(3, ""))
}

/// How each tool was told, why a translation is impossible, and where the final sparsity is not reached.
fn notes(tools: &[InTool]) -> String {
    let mut out = String::from("\n");
    for tool in tools {
        match &tool.outcome {
            ToolOutcome::Reached { written, note, .. } => {
                let words = serde_json::to_string(written).unwrap_or_default();
                out.push_str(&format!("{words}\n"));
                note.iter().for_each(|note| out.push_str(&format!("  {note}\n")));
            }
            ToolOutcome::Refused { refused, .. } => out.push_str(&format!("{refused}\n")),
            _ => {}
        }
    }
    out
}
