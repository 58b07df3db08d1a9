//! The one order in which rows are summed and runs drawn, so that the order of a table changes nothing.

use std::cmp::Ordering;
use std::ops::Range;

use super::Observations;
use super::clusters::Clusters;

impl Observations {
    /// The rows in the order in which they are summed and their runs drawn: runs by name, those without one first and by
    /// their values; within a run by tokens, then by loss and all that else is known. Rows alike in all of these stand as
    /// they were given, which changes nothing.
    ///
    /// What depends on the [`Size`](super::Size) that was chosen comes last: the rows of a sweep stand alike for all sizes.
    pub(crate) fn order(&self) -> Vec<usize> {
        let places = self.places_of_names();
        let place = |row: usize| places.get(self.run[row] as usize).copied().unwrap_or_default();
        // Positive numbers are in the order of their bits.
        let key = |row: usize| (place(row), self.tokens[row].to_bits(), self.loss[row].to_bits(), row as u32);
        let mut rows: Vec<(u32, u64, u64, u32)> = (0..self.len()).map(key).collect();
        let rest = self.other_columns();
        rows.sort_unstable_by(|a, b| {
            let alike = || self.compare(&rest, a.3 as usize, b.3 as usize).then(a.3.cmp(&b.3));
            (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)).then_with(alike)
        });
        rows.into_iter().map(|(.., row)| row as usize).collect()
    }

    /// The same rows in that [order](Self::order).
    pub(crate) fn in_order(&self) -> Self {
        let order = self.order();
        if order.is_sorted() { self.clone() } else { self.select(&order) }
    }

    /// The same, in place of those given.
    pub(crate) fn into_order(self) -> Self {
        let order = self.order();
        if order.is_sorted() { self } else { self.select(&order) }
    }

    /// Each run with the places of its rows, where these are [in order](Self::in_order).
    pub(crate) fn by_run(&self) -> impl Iterator<Item = (u32, Range<usize>)> + '_ {
        let mut end = 0;
        self.run.chunk_by(|a, b| a == b).map(move |run| {
            let start = end;
            end += run.len();
            (run[0], start..end)
        })
    }

    /// Whether each row is the last of its run: that of most tokens; of several, that of the greatest loss.
    pub(crate) fn is_last(&self) -> Vec<bool> {
        let mut last = vec![false; self.len()];
        for run in self.order().chunk_by(|a, b| self.run[*a] == self.run[*b]) {
            last[run[run.len() - 1]] = true;
        }
        last
    }

    /// The place of each run among the names in order, from 1; 0 for one that has no name of its own.
    fn places_of_names(&self) -> Vec<u32> {
        let mut runs: Vec<u32> = (0..self.run_names.len() as u32).collect();
        runs.sort_by_key(|run| &self.run_names[*run as usize]);
        let mut places = vec![0; runs.len()];
        for (place, run) in (1..).zip(runs) {
            places[run as usize] = place;
        }
        for run in &self.unnamed_runs {
            if let Some(place) = places.get_mut(*run as usize) {
                *place = 0;
            }
        }
        places
    }

    /// The columns beside tokens and loss, those that depend on the chosen size last.
    fn other_columns(&self) -> Vec<&[f64]> {
        let known = [&self.initial_params, &self.average_params, &self.final_params, &self.unique_tokens];
        let known = known.into_iter().flatten().chain(&self.unhealed).chain(self.columns.values());
        known.chain([&self.params]).chain(&self.flops).chain(&self.weight).map(Vec::as_slice).collect()
    }

    fn compare(&self, columns: &[&[f64]], a: usize, b: usize) -> Ordering {
        let of_courses = || {
            let course = |row: usize| self.courses.iter().flat_map(move |courses| courses[row]);
            let nodes = course(a).zip(course(b));
            nodes.map(|(a, b)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))).find(|order| order.is_ne())
        };
        let mut of_columns = columns.iter().map(|column| column[a].total_cmp(&column[b]));
        let of_clusters = |clusters: &Clusters| clusters.place(a).cmp(&clusters.place(b));
        let before = of_columns.find(|order| order.is_ne()).or_else(of_courses);
        before.or_else(|| self.clusters.as_ref().map(of_clusters)).unwrap_or(Ordering::Equal)
    }
}
