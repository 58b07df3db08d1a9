//! Which rows share noise, where groups are larger than runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::Observations;
use crate::error::Location;
use crate::{Error, Result};

/// The cluster of each row, or its group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clusters {
    /// In the order of letters, each once.
    names: Vec<SmolStr>,
    /// An index into the names for each row.
    of_row: Vec<u32>,
}

impl Clusters {
    pub(super) fn new<S: AsRef<str>>(of_rows: &[S]) -> Self {
        let mut places: BTreeMap<&str, u32> = of_rows.iter().map(|name| (name.as_ref(), 0)).collect();
        for (place, of_name) in (0..).zip(places.values_mut()) {
            *of_name = place;
        }
        let of_row = of_rows.iter().map(|name| places[name.as_ref()]).collect();
        Self { names: places.into_keys().map(SmolStr::from).collect(), of_row }
    }

    /// Those of a file, which may hold anything.
    fn renewed(&self, field: &str, rows: usize) -> Result<Self> {
        if self.of_row.len() != rows {
            return Err(Error::length(field, self.of_row.len(), rows));
        }
        let name = |index: &u32| self.names.get(*index as usize);
        let of_rows: Option<Vec<&SmolStr>> = self.of_row.iter().map(name).collect();
        let unnamed = || Error::value(field, "", "holds an index without a name", "name them all");
        Ok(Self::new(&of_rows.ok_or_else(unnamed)?))
    }

    pub(super) fn select(&self, rows: &[usize]) -> Self {
        Self { names: self.names.clone(), of_row: rows.iter().map(|row| self.of_row[*row]).collect() }
    }

    /// The name of a row's.
    pub(super) fn name(&self, row: usize) -> &str {
        &self.names[self.of_row[row] as usize]
    }

    /// The place of a row's cluster among the names.
    pub(super) fn place(&self, row: usize) -> u32 {
        self.of_row[row]
    }

    /// The clusters that occur, numbered from 0 in the order of their names, and their number.
    fn numbered(&self) -> (Vec<u32>, usize) {
        let mut numbers = vec![None; self.names.len()];
        for index in &self.of_row {
            numbers[*index as usize] = Some(0);
        }
        let occurring = numbers.iter_mut().flatten();
        let count = (0..).zip(occurring).map(|(number, of_name)| *of_name = number).count();
        (self.of_row.iter().map(|index| numbers[*index as usize].unwrap_or_default()).collect(), count)
    }
}

impl Observations {
    /// Gathers runs that share noise: gives each row the name of its cluster, as of a budget, a seed or an order of the data.
    ///
    /// Clusters take the place of runs in the bootstrap, in the degrees of freedom of its intervals and where runs are
    /// counted. They are drawn in the order of their names.
    ///
    /// ```
    /// use nbar::Observations;
    /// let observations = Observations::new(vec![1e8, 2e8, 1e9], vec![4e9, 2e9, 2e10], vec![3.2, 3.1, 2.6])?;
    /// assert_eq!(observations.cluster_count(), None);
    /// let observations = observations.with_clusters(&["small", "small", "large"])?;
    /// assert_eq!((observations.run_count(), observations.cluster_count()), (3, Some(2)));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is not one for each row, a name is empty, or rows of a run differ.
    pub fn with_clusters<S: AsRef<str>>(mut self, clusters: &[S]) -> Result<Self> {
        if clusters.len() != self.len() {
            return Err(Error::length("clusters", clusters.len(), self.len()));
        }
        if let Some(row) = clusters.iter().position(|name| name.as_ref().is_empty()) {
            let field = format!("the cluster of observation {row}");
            return Err(Error::value(&field, "", "has no name", "name every cluster"));
        }
        self.clusters = Some(Clusters::new(clusters));
        self.check_clusters()?;
        Ok(self)
    }

    /// The same, those of a file checked.
    pub(super) fn with_clusters_renewed(mut self) -> Result<Self> {
        let rows = self.len();
        let renewed = |clusters: &Clusters| clusters.renewed("clusters", rows);
        self.clusters = self.clusters.as_ref().map(renewed).transpose()?;
        self.check_clusters()?;
        Ok(self)
    }

    /// The same of groups.
    pub(super) fn with_groups_renewed(mut self) -> Result<Self> {
        let rows = self.len();
        let renewed = |groups: &Clusters| groups.renewed("groups", rows);
        self.groups = self.groups.as_ref().map(renewed).transpose()?;
        Ok(self)
    }

    /// Refuses runs that lie in several clusters.
    pub(super) fn check_clusters(&self) -> Result<()> {
        let Some(Clusters { names, of_row }) = &self.clusters else { return Ok(()) };
        let mut first: BTreeMap<u32, usize> = BTreeMap::new();
        for (row, run) in self.run.iter().enumerate() {
            let before = *first.entry(*run).or_insert(row);
            if of_row[before] != of_row[row] {
                let name = |row: usize| &names[of_row[row] as usize];
                let problem = format!(
                    "observation {row} is in cluster '{}', and observation {before} in '{}'",
                    name(row),
                    name(before)
                );
                let remedy = "put all rows of a run in one cluster, or give the runs different names";
                return Err(Location::in_run(&self.run_name(*run)).refuse(problem, remedy));
            }
        }
        Ok(())
    }

    /// Number of different clusters; none where runs are not [gathered](Self::with_clusters).
    #[must_use]
    pub fn cluster_count(&self) -> Option<usize> {
        self.clusters.as_ref().map(|clusters| clusters.numbered().1)
    }

    /// The name of a row's cluster, where rows have them.
    pub(crate) fn cluster_name(&self, row: usize) -> Option<&str> {
        self.clusters.as_ref().map(|clusters| clusters.name(row))
    }

    /// What is drawn together: the group of each row, numbered from 0, and the number of groups, where rows are
    /// [in order](Self::in_order). Groups are clusters, in the order of their names; without clusters they are runs, in order.
    pub(crate) fn clusters(&self) -> (Vec<u32>, usize) {
        if let Some(clusters) = &self.clusters {
            return clusters.numbered();
        }
        let (mut of_row, mut count) = (Vec::with_capacity(self.len()), 0);
        for (_, run) in self.by_run() {
            of_row.extend(run.map(|_| count as u32));
            count += 1;
        }
        (of_row, count)
    }
}
