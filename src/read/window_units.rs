//! The unit of a window of pruning, as the names of its columns say it.

use super::fields::Field;
use crate::Result;
use crate::error::Location;
use crate::run::Conversion;
use crate::schedule::{ScheduleFields, Unit, is_percent};

/// Words in the names of columns that say the unit of what they hold.
const UNITS: [(&str, &str); 12] = [
    ("step", "step"),
    ("steps", "step"),
    ("iter", "step"),
    ("iters", "step"),
    ("iteration", "step"),
    ("pct", "percent"),
    ("percent", "percent"),
    ("share", "fraction"),
    ("token", "token"),
    ("tokens", "token"),
    ("fraction", "fraction"),
    ("frac", "fraction"),
];

/// How a column in percent is read.
pub(super) const IN_PERCENT: Conversion = Conversion::Factor(0.01);

/// The unit that a column's name says, in one of its words.
pub(super) fn unit_of(header: &str) -> Option<&'static str> {
    let lower = header.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| UNITS.iter().find(|(own, _)| *own == word).map(|(_, unit)| *unit))
}

/// The names of the columns that say a row's window: of its start, its end and the distance between cuts.
#[derive(Debug)]
pub(super) struct WindowNames<'a>(Vec<&'a str>);

impl<'a> WindowNames<'a> {
    /// Of the fields that a row fills, by their columns' names.
    pub(super) fn of(header: impl Fn(Field) -> Option<&'a str>) -> Self {
        Self([Field::PruneStart, Field::PruneEnd, Field::PruneEvery].into_iter().filter_map(header).collect())
    }

    /// The unit that the first of them says; that of shares where another says it, as percentages are read as shares.
    pub(super) fn unit(&self) -> Option<&'static str> {
        let first = unit_of(self.0.first()?)?;
        let in_shares = || self.0.iter().any(|name| unit_of(name) == Some("fraction"));
        Some(if is_percent(first) && in_shares() { "fraction" } else { first })
    }

    /// Refuses names of two units, and one that says another than the row does, of a run that is pruned.
    pub(super) fn refuse_two(&self, place: Location, fields: &ScheduleFields) -> Result<()> {
        let is_named_dense =
            fields.schedule.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("dense"));
        let is_dense = is_named_dense || fields.final_sparsity == Some(0.0);
        if fields.prune_start.is_none() || is_dense {
            return Ok(());
        }
        let said = fields.prune_unit.as_deref();
        let told = || self.0.iter().filter_map(|name| Some((*name, unit_of(name)?)));
        let Some((name, unit)) = told().next() else { return Ok(()) };
        if let Some((other, its)) = told().find(|(_, its)| kind(its) != kind(unit)) {
            let problem = format!("'{name}' says {unit}, and '{other}' says {its}: a window has one unit");
            return Err(place.column(other).refuse(problem, "write all of the window in one unit"));
        }
        match said.filter(|said| kind(said).is_some_and(|said| kind(unit) != Some(said))) {
            None => Ok(()),
            Some(said) => {
                let problem = format!("'{name}' says {unit}, and `prune_unit` is {said}");
                Err(place.column(name).refuse(problem, "say one of the two, or call the column otherwise"))
            }
        }
    }
}

/// What a unit counts: shares of a run are of its tokens, or of its compute.
fn kind(unit: &str) -> Option<Unit> {
    match unit.parse() {
        _ if is_percent(unit) => Some(Unit::Fraction),
        Ok(Unit::Compute) => Some(Unit::Fraction),
        unit => unit.ok(),
    }
}

/// Gives the fields of a row the unit of their names, or of cells that are all `in_percent`, where nothing else says it.
pub(super) fn complete(
    fields: &mut ScheduleFields,
    names: &WindowNames<'_>,
    in_percent: impl Fn(&Field) -> bool,
) {
    if fields.prune_start.is_none() {
        return;
    }
    let of_cells = [Field::PruneStart, Field::PruneEnd].iter().all(in_percent).then_some("fraction");
    let said = fields.prune_unit.as_deref().or_else(|| names.unit());
    fields.prune_unit = match (said, of_cells) {
        (None, Some(of_cells)) => Some(of_cells.to_owned()),
        (Some(said), Some(of_cells)) if is_percent(said) => Some(of_cells.to_owned()),
        _ => said.map(str::to_owned),
    };
}
