//! Values that a filter asks for, and that no row has.

use crate::Error;
use crate::error::Location;

/// A value that a filter asks for by `=` or `!=`, and that no row has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unmet {
    pub(crate) clause: String,
    pub(crate) column: String,
    pub(crate) value: String,
    /// Whether rows of that value were to be left out.
    pub(crate) leaves_out: bool,
    /// The first values that rows have.
    pub(crate) values: Vec<String>,
}

impl Unmet {
    /// At most so many values are kept: one more than are shown.
    pub(crate) const VALUES: usize = 5;

    /// What rows have instead, in words.
    pub(crate) fn instead(&self) -> String {
        let shown = &self.values[..self.values.len().min(Self::VALUES - 1)];
        let shown: Vec<String> = shown.iter().map(|value| format!("'{value}'")).collect();
        let more = if self.values.len() < Self::VALUES { "" } else { ", ..." };
        format!("{}{more}", shown.join(", "))
    }
}

/// Refuses filters that leave no row, by a value that no row has, if there is one.
pub(crate) fn refuse_none(place: Location, problem: &str, unmet: &[Unmet]) -> Error {
    match unmet.iter().find(|unmet| !unmet.leaves_out && !unmet.values.is_empty()) {
        Some(unmet) => place.refuse(
            format!("{problem}: no '{}' is '{}'", unmet.column, unmet.value),
            format!("choose among what there is: {}", unmet.instead()),
        ),
        None => place.refuse(problem, "loosen it, or see the values of its columns"),
    }
}

/// Keeps of unmet values those that no row of another file has either.
pub(super) fn keep_unmet(all: &mut Vec<Unmet>, other: &[Unmet]) {
    all.retain_mut(|own| {
        let Some(same) = other.iter().find(|unmet| unmet.clause == own.clause) else { return false };
        let more = same.values.iter().filter(|value| !own.values.contains(value)).cloned();
        let more: Vec<String> = more.collect();
        own.values.extend(more);
        own.values.truncate(Unmet::VALUES);
        true
    });
}
