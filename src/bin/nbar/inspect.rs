//! `nbar inspect`: what is in a sweep, before anything is fitted.

use std::fmt::Write;

use nbar::units::format_quantity;
use nbar::{Checkpoints, ObservationOptions, Result};
use serde_json::json;

use crate::Outcome;
use crate::args::SweepArgs;
use crate::format::{Format, Rows, digits, thousands};

/// Say what a sweep table holds: columns, runs, ranges
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  nbar inspect data/t5_c4_sparse.csv")]
pub(crate) struct Args {
    #[command(flatten)]
    sweep: SweepArgs,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let sweep = args.sweep.read()?;
    let observations =
        sweep.observations(&ObservationOptions::default().with_checkpoints(Checkpoints::All))?;
    let range = |values: &[f64]| {
        values.iter().fold([f64::INFINITY, 0.0f64], |[low, high], v| [low.min(*v), high.max(*v)])
    };
    let flops: Vec<f64> = observations.flops().collect();
    let ranges = [
        ("initial_params", range(observations.initial_params())),
        ("average_params", range(observations.average_params())),
        ("tokens", range(observations.tokens())),
        ("flops", range(&flops)),
        ("loss", range(observations.loss())),
    ];
    let mut rows = Rows::new(&["column", "least", "greatest"]);
    for (name, [low, high]) in ranges {
        let write = |v: f64| match (args.format, name) {
            (Format::Text | Format::Md, "loss") => digits(v, 5),
            (Format::Text | Format::Md, _) => format_quantity(v, 4),
            _ => v.to_string(),
        };
        rows.push(vec![name.to_owned(), write(low), write(high)]);
    }
    let mapping: Vec<String> = sweep.mapping().iter().map(ToString::to_string).collect();
    let stdout = match args.format {
        Format::Json => {
            let ranges: serde_json::Map<_, _> =
                ranges.iter().map(|(name, ends)| ((*name).to_owned(), json!(ends))).collect();
            format!(
                "{}\n",
                json!({
                    "files": args.sweep.files, "rows": sweep.rows_read(), "filtered_out": sweep.rows_filtered_out(),
                    "runs": sweep.len(), "checkpoints": observations.len(), "columns": mapping,
                    "unused_columns": sweep.unused_columns(), "ranges": ranges,
                })
            )
        }
        Format::Csv => rows.csv(),
        Format::Md => rows.markdown(),
        Format::Text => {
            let mut out = String::new();
            let _ = writeln!(
                out,
                "{}: {} rows read, {} filtered out, {} runs, {} checkpoints\n",
                args.sweep.files.join(", "),
                thousands(sweep.rows_read()),
                thousands(sweep.rows_filtered_out()),
                thousands(sweep.len()),
                thousands(observations.len())
            );
            for line in mapping {
                let _ = writeln!(out, "{line}");
            }
            if !sweep.unused_columns().is_empty() {
                let _ = writeln!(
                    out,
                    "columns not used (but for --where): {}",
                    sweep.unused_columns().join(", ")
                );
            }
            let _ = write!(out, "\n{}", rows.text());
            out
        }
    };
    Ok(Outcome::good(stdout))
}
