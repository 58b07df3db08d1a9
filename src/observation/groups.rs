//! The groups that a sweep's column sorts its runs into.

use smol_str::SmolStr;

use super::Observations;
use super::clusters::Clusters;

/// The group of runs that have none, where others have one.
pub(crate) const NO_GROUP: &str = "-";

/// What columns that no law reads sort the runs into, by the column's name. It is not saved, and makes no other observations.
#[derive(Debug, Clone, Default)]
pub(super) struct Kinds(Vec<(SmolStr, Clusters)>);

impl PartialEq for Kinds {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Kinds {
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        Self(self.0.iter().map(|(name, kinds)| (name.clone(), kinds.select(rows))).collect())
    }
}

impl Observations {
    /// The rows of each group that the sweep sorts its runs into, with its name, in the order of the names; all rows as one group
    /// without a name where they are not sorted.
    ///
    /// ```
    /// use nbar::{ObservationOptions, Sweep};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let groups = sweep.observations(&ObservationOptions::default())?.by_group();
    /// let names: Vec<&str> = groups.iter().map(|(name, _)| name.as_str()).collect();
    /// assert_eq!(names, ["c4_original", "rpj", "rw_original"]);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn by_group(&self) -> Vec<(String, Self)> {
        let Some(groups) = self.groups() else { return vec![(String::new(), self.clone())] };
        let mut names = groups.clone();
        names.sort_unstable();
        names.dedup();
        names.iter().map(|name| ((*name).to_owned(), self.subset(|row| groups[row] == *name))).collect()
    }

    /// Gives the group of each row; nothing where all rows are of one.
    pub(super) fn with_groups(mut self, of_rows: &[&str]) -> Self {
        let several = of_rows.iter().any(|group| *group != of_rows[0]);
        self.groups = several.then(|| Clusters::new(of_rows));
        self
    }

    /// Gives what a column sorts the runs into.
    pub(super) fn with_kinds(mut self, kinds: Vec<(SmolStr, Vec<&str>)>) -> Self {
        self.kinds =
            Kinds(kinds.into_iter().map(|(name, of_rows)| (name, Clusters::new(&of_rows))).collect());
        self
    }

    /// Columns that sort the runs, and the kind of each row.
    pub(crate) fn kinds<'a>(&'a self) -> impl Iterator<Item = (&'a str, impl Fn(usize) -> &'a str)> {
        self.kinds.0.iter().map(|(name, kinds)| (name.as_str(), |row| kinds.name(row)))
    }

    /// Puts a single row into the group of a row of others.
    pub(crate) fn with_group_of(mut self, others: &Self, row: usize) -> Self {
        self.groups = others.groups.as_ref().map(|groups| groups.select(&[row]));
        self
    }

    /// Whether each row is of a group: 1, or 0; none where rows have no groups.
    pub(crate) fn is_of_group(&self, name: &str) -> Option<Vec<f64>> {
        Some(self.groups()?.into_iter().map(|own| f64::from(u8::from(own == name))).collect())
    }

    /// The group of each row; none where all rows are of one.
    pub(crate) fn groups(&self) -> Option<Vec<&str>> {
        let groups = self.groups.as_ref()?;
        Some((0..self.len()).map(|row| groups.name(row)).collect())
    }
}
