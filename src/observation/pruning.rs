//! How the runs of each row were pruned.

use serde::{Deserialize, Serialize};

use super::Observations;
use crate::run::PrunedAs;
use crate::{Error, Result};

/// The kinds of pruning that occur, and that of each row.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pruning {
    kinds: Vec<PrunedAs>,
    /// An index into the kinds for each row.
    of_row: Vec<u32>,
}

impl Pruning {
    /// Adds a row.
    pub(super) fn push(&mut self, kind: PrunedAs) {
        let latest = self.of_row.last().map(|kind| *kind as usize);
        let is_latest = latest.filter(|latest| self.kinds[*latest] == kind);
        let place = is_latest.or_else(|| self.kinds.iter().position(|known| *known == kind));
        let place = place.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        self.of_row.push(place as u32);
    }

    pub(super) fn select(&self, rows: &[usize]) -> Self {
        Self { kinds: self.kinds.clone(), of_row: rows.iter().map(|row| self.of_row[*row]).collect() }
    }

    pub(super) fn check(&self, rows: usize) -> Result<()> {
        if self.of_row.len() != rows {
            return Err(Error::length("pruning", self.of_row.len(), rows));
        }
        if self.of_row.iter().any(|kind| *kind as usize >= self.kinds.len()) {
            return Err(Error::value("pruning", "", "holds an index without a kind", "say them all"));
        }
        Ok(())
    }
}

impl Observations {
    /// Says how the run of each row was pruned.
    pub(super) fn with_pruning(mut self, pruning: Option<Pruning>) -> Self {
        self.pruning = pruning;
        self
    }

    /// How the run of a row was pruned, where that is known.
    pub(crate) fn pruned_as(&self, row: usize) -> Option<&PrunedAs> {
        let pruning = self.pruning.as_ref()?;
        pruning.kinds.get(pruning.of_row[row] as usize)
    }
}
