//! How rows were weighted and losses made from curves, in words.

use nbar::Observations;
use nbar::units::format_quantity;

/// Lines that say what weights were used and how losses were made from curves; empty where all rows count alike and each loss
/// is that of a row.
pub(crate) fn data_lines(observations: &Observations) -> String {
    let mut lines = String::new();
    if let Some((how, weight)) = observations.weighting().zip(observations.weight()) {
        let least = weight.iter().copied().fold(f64::INFINITY, f64::min);
        let most = weight.iter().copied().fold(0.0, f64::max);
        let (least, most) = (format_quantity(least, 3), format_quantity(most, 3));
        lines = format!("weights: {how}, from {least} to {most}\n");
    }
    if let Some(from) = observations.loss_from() {
        lines.push_str(&format!("loss: {from}\n"));
    }
    lines
}
