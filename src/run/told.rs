//! A table of runs beside a sweep, by the names in it.

use std::collections::HashSet;

use crate::Result;
use crate::error::Location;
use crate::units::format_count;

/// What a table of runs is called, and the names of its rows.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) path: String,
    pub(crate) names: Vec<String>,
}

impl Told {
    /// Refuses a table of runs that lacks some of the sweep's, and has rows of none: a name is written in two ways. Of runs that are `lost`
    /// nothing but the name is known.
    pub(super) fn refuse_strangers(&self, runs: &[&str], lost: &[&str]) -> Result<()> {
        let Self { path, names } = self;
        let known: HashSet<&str> = runs.iter().chain(lost).copied().collect();
        let told: HashSet<&str> = names.iter().map(String::as_str).collect();
        let strangers: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| !known.contains(name)).collect();
        let without: Vec<&str> = runs.iter().copied().filter(|name| !told.contains(name)).collect();
        let ([stranger, ..], [run, ..]) = (&strangers[..], &without[..]) else { return Ok(()) };
        let [rows, runs] =
            [(strangers.len(), "row"), (without.len(), "run")].map(|(n, of)| format_count(n, of));
        let problem =
            format!("{rows} name no run of the sweep ('{stranger}'), and {runs} have no row ('{run}')");
        let remedy =
            "call runs alike in both files; if these are others, remove the rows, or give each run a row";
        Err(Location::in_file(path).refuse(problem, remedy))
    }
}
