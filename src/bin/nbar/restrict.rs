//! What was fixed, tied, bounded and weighted, and how losses were made from curves: in words and in JSON.

use nbar::units::format_quantity;
use nbar::{FitOptions, Observations};

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

/// Puts what was fixed, tied, bounded and weighted, and how losses were made from curves, into a result, by the names that a saved fit has for it.
pub(crate) fn record(result: &mut serde_json::Value, options: &FitOptions, observations: &Observations) {
    let Some(fields) = result.as_object_mut() else { return };
    fields.extend(nbar::report::restrictions(options));
    fields.extend(observations.weighting().map(|how| ("weights".to_owned(), how.into())));
    let loss_at = observations.loss_from().and_then(|from| serde_json::to_value(from).ok());
    fields.extend(loss_at.map(|from| ("loss_at".to_owned(), from)));
}
