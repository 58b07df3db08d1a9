//! The groups that a sweep's column sorts its runs into.

use super::Observations;
use super::clusters::Clusters;

impl Observations {
    /// Gives the group of each row; nothing where all rows are of one.
    pub(super) fn with_groups(mut self, of_rows: &[&str]) -> Self {
        let several = of_rows.iter().any(|group| *group != of_rows[0]);
        self.groups = several.then(|| Clusters::new(of_rows));
        self
    }

    /// The group of each row; none where all rows are of one.
    pub(crate) fn groups(&self) -> Option<Vec<&str>> {
        let groups = self.groups.as_ref()?;
        Some((0..self.len()).map(|row| groups.name(row)).collect())
    }
}
