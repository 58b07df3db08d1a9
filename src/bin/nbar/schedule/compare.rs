//! The same numbers in several tools, side by side.

use nbar::schedule::{Dialect, InTool};
use nbar::{Error, Result};
use serde_json::{Value, json};

use super::Args;
use crate::Outcome;
use crate::flags::spoken_error;
use crate::format::{Format, Rows, digits};

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let steps =
        args.steps.ok_or_else(|| Error::missing("--compare", "--steps", "was not given", "give it"))?;
    let rows = Dialect::side_by_side(&args.source.compare, &args.schedule.fields()?, steps)?;
    Ok(Outcome::good(match args.format {
        Format::Json => format!("{}\n", Value::from(rows.iter().map(json_of).collect::<Vec<_>>())),
        Format::Csv => table(&rows, 17).csv(),
        Format::Md => table(&rows, 5).markdown(),
        Format::Text => format!("{}{}", table(&rows, 5).text(), notes(&rows)),
    }))
}

fn json_of(row: &InTool) -> Value {
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

fn table(rows: &[InTool], count: usize) -> Rows {
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
fn notes(rows: &[InTool]) -> String {
    let mut out = String::from("\n");
    for row in rows {
        match &row.outcome {
            Ok(reached) => {
                out.push_str(&format!("{}\n", json!(reached.written)));
                reached.shortfall.iter().for_each(|note| out.push_str(&format!("  {note}\n")));
            }
            Err(error) => out.push_str(&format!("{}\n", spoken_error(error))),
        }
    }
    out
}
