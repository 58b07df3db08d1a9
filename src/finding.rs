//! What looks odd about the runs of a sweep: all of it, and what is grave enough to be said with every fit.

mod curves;
mod duplicates;
mod ended;
mod filters;
mod given;
mod kind;
mod learning_rate;
mod losses;
mod magnitudes;
mod marked;
mod points;
mod pruned;
mod ramps;
mod repeats;
mod resumed;
mod slope;

pub(crate) use given::FEWEST_OF_A_KIND;
pub use kind::{Finding, FindingKind, Place};
pub use learning_rate::LearningRate;

use crate::Sweep;

/// Fewest tokens per parameter that anyone trains a run for.
const FEWEST: f64 = 1e-3;
/// The same where half of the runs see a thousand times as many.
const FEW: f64 = 0.02;

/// What [`inspect`](crate::inspect()) says.
pub(crate) fn all(sweep: &Sweep) -> Vec<Finding> {
    let mut found = magnitudes::findings(sweep, true);
    found.extend(given::findings(sweep, true));
    found.extend(marked::findings(sweep));
    found.extend(filters::findings(sweep));
    found.extend(ended::without_loss(sweep));
    found.extend(pruned::findings(sweep));
    found.extend(pruned::counts_end(sweep));
    found.extend(pruned::counts_apart(sweep));
    found.extend(pruned::not_counted(sweep));
    found.extend(losses::rising(sweep));
    found.extend(losses::far_from_others(sweep));
    found.extend(duplicates::findings(sweep));
    found.extend(repeats::findings(sweep));
    found.extend(ramps::shorter_than_a_step(sweep));
    found.extend(curves::findings(sweep));
    found
}

/// What every fit says of its sweep, where it is fitted to the last row of each run, or to `every_row`.
pub(crate) fn grave(sweep: &Sweep, every_row: bool) -> Vec<Finding> {
    let mut found = magnitudes::findings(sweep, every_row);
    found.retain(|finding| match finding.kind {
        // A few such runs are trained on purpose, unless no one would.
        FindingKind::TokensBelowParams { least } => {
            least < FEWEST
                || 2 * finding.count > sweep.len()
                || (least < FEW && magnitudes::is_apart(sweep, least))
        }
        _ => true,
    });
    found.extend(given::findings(sweep, every_row));
    found.extend(marked::findings(sweep));
    found.extend(filters::findings(sweep));
    found.extend(ended::without_loss(sweep));
    found.extend(pruned::findings(sweep));
    found.extend(pruned::counts_end(sweep));
    found.extend(pruned::counts_apart(sweep));
    found.extend(pruned::not_counted(sweep));
    found.extend(losses::rising(sweep));
    found.extend(losses::far_from_others(sweep));
    found.extend(duplicates::findings(sweep));
    found.extend(repeats::findings(sweep));
    found.extend(ramps::shorter_than_a_step(sweep));
    found.extend(if every_row {
        curves::intermediate(sweep).into_iter().collect()
    } else {
        curves::unfinished(sweep)
    });
    found
}
