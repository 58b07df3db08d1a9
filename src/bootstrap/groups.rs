//! Rows that are drawn together.

use super::Resample;
use crate::Observations;

/// Rows that belong together.
pub(super) struct Groups {
    /// The group of each row.
    of_row: Vec<u32>,
    count: usize,
}

impl Groups {
    /// Numbered by the rows, which are in order.
    pub(super) fn new(rows: &Observations, resample: Resample) -> Self {
        if resample == Resample::Rows {
            return Self { of_row: (0..rows.len() as u32).collect(), count: rows.len() };
        }
        let (of_row, count) = rows.clusters();
        Self { of_row, count }
    }

    /// The group of each row.
    pub(super) fn of_rows(&self) -> &[u32] {
        &self.of_row
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether some group has several rows.
    pub(super) fn are_clusters(&self) -> bool {
        self.count < self.of_row.len()
    }
}

impl Resample {
    /// How many groups of these rows are drawn.
    pub(crate) fn groups(self, rows: &Observations) -> usize {
        Groups::new(rows, self).len()
    }
}
