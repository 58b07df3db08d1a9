//! `nbar shape`: networks of a size.

use nbar::network::{TransformerShape, shapes};
use nbar::{Document, Result};

use crate::Outcome;
use crate::args::quantity;
use crate::format::digits;
use crate::table::{Format, Table, count, shown, text};

/// List the transformer shapes nearest to a number of prunable parameters
///
/// Counts the linear weights: layers (4 width² + 3 width ff) + width vocabulary. The head at the end is among them; the
/// embedding and the norms are not (Jin et al. 2025).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar shape --params 1.1B --vocabulary 32000")]
pub(crate) struct Args {
    /// Prunable parameters before pruning
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input")]
    params: f64,
    /// Vocabulary of the network
    #[arg(long, value_name = "V", default_value_t = 32_000, value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "Input")]
    vocabulary: u64,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let networks = shapes(args.params, args.vocabulary)?;
    let table = Table::of(&networks)
        .column("layers", |n| text(n.layers))
        .column("width", |n| text(n.width))
        .column("ff", |n| text(n.ff))
        .column("heads", |n| text(n.heads))
        .column("vocabulary", |n| text(n.vocabulary))
        .column("prunable_params", |n| count(n.prunable_params as f64, 5))
        .column("difference", |n| shown(format!("{} %", digits(100.0 * n.difference, 2)), n.difference));
    let json = || TransformerShape::list_to_json(&networks);
    Ok(Outcome::good(table.written(args.format, json, || table.text())))
}
