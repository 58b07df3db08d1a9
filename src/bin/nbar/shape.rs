//! `nbar shape`: networks of a size.

use nbar::Result;
use nbar::network::{TransformerShape, shapes};
use nbar::units::format_quantity;
use serde_json::json;

use crate::Outcome;
use crate::args::quantity;
use crate::format::{Format, Rows, digits};

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
    let document = |n: &TransformerShape| {
        let mut value = json!(n);
        value["prunable_params"] = json!(n.prunable_params());
        value["difference"] = json!(difference(n, args.params));
        value
    };
    let stdout = match args.format {
        Format::Json => {
            format!("{}\n", networks.iter().map(document).collect::<serde_json::Value>())
        }
        Format::Text => rows(&networks, args, true).text(),
        Format::Csv => rows(&networks, args, false).csv(),
        Format::Md => rows(&networks, args, true).markdown(),
    };
    Ok(Outcome::good(stdout))
}

/// Relative difference of its size from the wanted one.
pub(crate) fn difference(network: &TransformerShape, params: f64) -> f64 {
    network.prunable_params() as f64 / params - 1.0
}

fn rows(networks: &[TransformerShape], args: &Args, short: bool) -> Rows {
    let mut rows =
        Rows::new(&["layers", "width", "ff", "heads", "vocabulary", "prunable_params", "difference"]);
    for n in networks {
        let difference = difference(n, args.params);
        let mut row: Vec<String> =
            [n.layers, n.width, n.ff, n.heads, n.vocabulary].iter().map(ToString::to_string).collect();
        row.extend(if short {
            [format_quantity(n.prunable_params() as f64, 5), format!("{} %", digits(100.0 * difference, 2))]
        } else {
            [n.prunable_params().to_string(), difference.to_string()]
        });
        rows.push(row);
    }
    rows
}
