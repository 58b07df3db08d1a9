//! Names of schedules and of units, as people write them.

use super::{Shape, Unit};
use crate::{Error, Result};

/// Other names of schedules, of which most are of Zhu and Gupta's (2017, arXiv 1710.01878) cubic ramp.
const OTHERS: [(&str, &str); 18] = [
    ("agp", "cubic"),
    ("automated_gradual", "cubic"),
    ("automated_gradual_pruning", "cubic"),
    ("gradual_cubic", "cubic"),
    ("cubic_gradual", "cubic"),
    ("cubic_decay", "cubic"),
    ("zhu_gupta", "cubic"),
    ("gmp", "cubic"),
    ("gmp_cubic", "cubic"),
    ("polynomial_decay", "polynomial"),
    ("polynomialdecay", "polynomial"),
    ("static", "constant"),
    // What they prune grows back elsewhere.
    ("rigl", "constant"),
    ("set", "constant"),
    ("baseline", "dense"),
    ("unpruned", "dense"),
    ("no_pruning", "dense"),
    ("not_pruned", "dense"),
];

/// What the unit of percentages of the run is called.
const PERCENT: [&str; 4] = ["percent", "percentage", "pct", "%"];

/// The shape that a text names, as it is written here; none of any other text.
pub(crate) fn shape_named(text: &str) -> Option<String> {
    let name = own_name(text.trim());
    match name.as_str() {
        "none" => Some("dense".to_owned()),
        "oneshot" => Some("one_shot".to_owned()),
        "dense" | "constant" | "one_shot" => Some(name),
        _ => name.parse::<Shape>().is_ok().then_some(name),
    }
}

/// The name of a schedule as it is written here.
pub(super) fn own_name(given: &str) -> String {
    let name = given.to_ascii_lowercase().replace(['-', ' '], "_");
    OTHERS.iter().find(|(other, _)| *other == name).map_or(name, |(_, own)| (*own).to_owned())
}

/// Whether a unit is that of percentages.
pub(crate) fn is_percent(unit: &str) -> bool {
    PERCENT.iter().any(|own| unit.eq_ignore_ascii_case(own))
}

/// The unit of places that a text names.
pub(super) fn unit_named(unit: &str) -> Result<Unit> {
    if is_percent(unit) {
        let problem = "may be percentages or shares: no place is above 1";
        let remedy = "write percentages with their sign (0.5%), or shares with the unit fraction";
        return Err(Error::option("prune_unit", unit, problem, remedy));
    }
    if ["epoch", "epochs"].contains(&&*unit.to_ascii_lowercase()) {
        return Err(Error::option("prune_unit", format!("'{unit}'"), "is of no one length", IN_EPOCHS));
    }
    unit.parse()
}

/// What to do about places in epochs.
pub(crate) const IN_EPOCHS: &str =
    "divide epochs by how many the run has, and say that these are shares of it (`prune_unit=fraction`)";
