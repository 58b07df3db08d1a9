//! The same numbers in several tools, side by side.

use nbar::schedule::{Dialect, InTool, Shape, ToolSchedule, Unit};
use nbar::{Document, Error, Result};

use super::Args;
use crate::Outcome;
use crate::flags::spoken_error;
use crate::table::{Cell, Table, number, text};

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let steps =
        args.steps.ok_or_else(|| Error::missing("--compare", "--steps", "was not given", "give it"))?;
    let ramp = args.schedule.fields()?.ramp_in(Shape::Cubic, Unit::Step)?;
    let tools = Dialect::side_by_side(&args.source.compare, &ramp, steps)?;
    let table = table(&tools);
    let text = || table.text() + &notes(&tools);
    Ok(Outcome::good(table.written(args.format, || InTool::list_to_json(&tools), text)))
}

/// What a tool reaches, or what stands there where it has no words for the numbers.
fn of(refused: &'static str, cell: impl Fn(&ToolSchedule) -> Cell) -> impl Fn(&&InTool) -> Cell {
    move |tool| tool.outcome.as_ref().map_or_else(|_| text(refused), &cell)
}

fn table(tools: &[InTool]) -> Table<&InTool> {
    let cut = |at: Option<f64>| at.map_or_else(|| text("none"), |step| text(step.round()));
    Table::of(tools)
        .column("tool", |tool| text(&tool.tool))
        .column("average density", of("impossible", |of| number(of.average_density, 5)))
        .column("final sparsity", of("", |of| number(of.final_sparsity, 5)))
        .column("first cut", of("", |of| cut(of.first_cut)))
        .column("last cut", of("", |of| cut(of.last_cut)))
}

/// How each tool was told, why a translation is impossible, and where the final sparsity is not reached.
fn notes(tools: &[InTool]) -> String {
    let mut out = String::from("\n");
    for tool in tools {
        match &tool.outcome {
            Ok(reached) => {
                out.push_str(&format!("{}\n", serde_json::json!(reached.written)));
                reached.note.iter().for_each(|note| out.push_str(&format!("  {note}\n")));
            }
            Err(error) => out.push_str(&format!("{}\n", spoken_error(error))),
        }
    }
    out
}
