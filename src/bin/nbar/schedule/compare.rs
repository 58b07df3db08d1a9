//! The same numbers in several tools, side by side.

use nbar::schedule::{Dialect, Ramp, Shape, Unit};
use nbar::{Error, Extent, Network, Result};
use serde_json::{Value, json};

use super::Args;
use crate::Outcome;
use crate::flags::spoken_error;
use crate::format::{Format, Rows, digits};

/// What a tool makes of the numbers.
struct Row {
    tool: String,
    outcome: Result<Reached>,
}

struct Reached {
    /// The numbers in the tool's words.
    written: Value,
    average_density: f64,
    final_sparsity: f64,
    /// Steps of the first cut and the last.
    cuts: Option<(f64, f64)>,
    shortfall: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let numbers = numbers(args)?;
    let steps = args.steps.ok_or_else(|| needed("steps"))?;
    let extent = Extent::new(steps).with_steps(steps);
    let mut rows = Vec::new();
    for tool in &args.source.compare {
        let outcome = match Dialect::from_ramp(tool, &numbers) {
            Err(error @ Error::Option { .. }) => return Err(error),
            Err(error) => Err(error),
            Ok(dialect) => reached(&dialect, extent),
        };
        rows.push(Row { tool: tool.clone(), outcome });
    }
    Ok(Outcome::good(match args.format {
        Format::Json => format!("{}\n", Value::from(rows.iter().map(json_of).collect::<Vec<_>>())),
        Format::Csv => table(&rows, 17).csv(),
        Format::Md => table(&rows, 5).markdown(),
        Format::Text => format!("{}{}", table(&rows, 5).text(), notes(&rows)),
    }))
}

fn reached(dialect: &Dialect, extent: Extent) -> Result<Reached> {
    let trajectory = dialect.schedule(extent)?.trajectory(Network::new(1.0), extent)?;
    Ok(Reached {
        written: serde_json::to_value(dialect).unwrap_or_default(),
        average_density: trajectory.average_params(),
        final_sparsity: 1.0 - trajectory.final_params(),
        cuts: trajectory.pruning_tokens(),
        shortfall: dialect.shortfall(extent)?,
    })
}

/// The numbers of the flags, a cubic ramp in steps unless they say otherwise.
fn numbers(args: &Args) -> Result<Ramp> {
    let flags = &args.schedule;
    let shape = match flags.shape.as_deref().unwrap_or("cubic").parse()? {
        Shape::Polynomial { power } => Shape::Polynomial { power: flags.power.unwrap_or(power) },
        shape => shape,
    };
    let unit = flags.unit.as_deref().map_or(Ok(Unit::Step), str::parse)?;
    let last = flags.final_sparsity.ok_or_else(|| needed("final_sparsity"))?;
    let start = flags.start.ok_or_else(|| needed("prune_start"))?;
    let end = flags.end.ok_or_else(|| needed("prune_end"))?;
    let mut ramp = Ramp::new(shape, last, start.value, end.value, unit);
    ramp.initial_sparsity = flags.initial_sparsity.unwrap_or(0.0);
    ramp.every = flags.every.map(|every| every.value);
    Ok(ramp)
}

fn needed(field: &str) -> Error {
    Error::missing(
        "`compare`",
        field,
        "is not given",
        if field.starts_with("prune_") { "give it, in steps" } else { "give it" },
    )
}

fn json_of(row: &Row) -> Value {
    match &row.outcome {
        Ok(reached) => json!({
            "tool": row.tool,
            "average_density": reached.average_density,
            "final_sparsity": reached.final_sparsity,
            "first_cut": reached.cuts.map(|cuts| cuts.0),
            "last_cut": reached.cuts.map(|cuts| cuts.1),
            "note": reached.shortfall,
            "written": reached.written,
        }),
        Err(error) => json!({"tool": row.tool, "refused": error.to_string()}),
    }
}

fn table(rows: &[Row], count: usize) -> Rows {
    let mut table = Rows::new(&["tool", "average density", "final sparsity", "first cut", "last cut"]);
    for row in rows {
        let mut cells = vec![row.tool.clone()];
        match &row.outcome {
            Ok(reached) => {
                let cut = |at: Option<f64>| at.map_or("none".to_owned(), |step| step.round().to_string());
                cells.extend([digits(reached.average_density, count), digits(reached.final_sparsity, count)]);
                cells.extend([cut(reached.cuts.map(|cuts| cuts.0)), cut(reached.cuts.map(|cuts| cuts.1))]);
            }
            Err(_) => cells.extend(["impossible", "", "", ""].map(str::to_owned)),
        }
        table.push(cells);
    }
    table
}

/// How each tool was told, why a translation is impossible, and where the final sparsity is not reached.
fn notes(rows: &[Row]) -> String {
    let mut out = String::from("\n");
    for row in rows {
        match &row.outcome {
            Ok(reached) => {
                out.push_str(&format!("{}\n", reached.written));
                reached.shortfall.iter().for_each(|note| out.push_str(&format!("  {note}\n")));
            }
            Err(error) => out.push_str(&format!("{}\n", spoken_error(error))),
        }
    }
    out
}
