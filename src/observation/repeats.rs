//! Rows that repeat each other: evaluations of a run, and runs of one size and length.

use std::collections::BTreeMap;

use super::Observations;
use crate::numeric::nested::{Nested, Places};
use crate::{Error, Result};

/// The rows of each run, or cluster, in each place.
pub(crate) type Repeated = Vec<Vec<Vec<usize>>>;

impl Observations {
    /// Rows at the end of their runs, by what they have in these columns and their group, and then by cluster; without clusters by run.
    pub(crate) fn repeated(&self, columns: &[&[f64]]) -> Repeated {
        self.repeated_by(|row| columns.iter().map(|column| column[row].to_bits()).collect())
    }

    fn repeated_by(&self, key: impl Fn(usize) -> Vec<u64>) -> Repeated {
        let mut ends: BTreeMap<u32, f64> = BTreeMap::new();
        for (run, tokens) in self.run.iter().zip(&self.tokens) {
            let end = ends.entry(*run).or_insert(*tokens);
            *end = end.max(*tokens);
        }
        let unit = |row: usize| self.clusters.as_ref().map_or(self.run[row], |clusters| clusters.place(row));
        let group = |row: usize| self.groups.as_ref().map(|groups| groups.place(row));
        let mut places: BTreeMap<_, BTreeMap<u32, Vec<usize>>> = BTreeMap::new();
        for row in (0..self.len()).filter(|row| self.tokens[*row] >= ends[&self.run[*row]]) {
            let of_place = places.entry((group(row), key(row))).or_default();
            of_place.entry(unit(row)).or_default().push(row);
        }
        places.into_values().map(|units| units.into_values().collect()).collect()
    }

    /// All that is known of a row's run.
    fn known(&self) -> impl Fn(usize) -> Vec<u64> {
        let known = [&self.initial_params, &self.average_params, &self.final_params, &self.unique_tokens];
        let known: Vec<&Vec<f64>> =
            known.into_iter().flatten().chain(&self.unhealed).chain(self.columns.values()).collect();
        let course = |row: usize| self.courses.iter().flat_map(move |all| all[row]).flat_map(|(a, b)| [a, b]);
        move |row| {
            let counts = [self.params[row], self.tokens[row]].into_iter().chain(known.iter().map(|c| c[row]));
            counts.chain(course(row)).map(f64::to_bits).collect()
        }
    }

    /// Runs that repeat one another by their last rows, in whatever group, and each other run alone; in the order of their first.
    pub(crate) fn repeated_runs(&self) -> Vec<Vec<u32>> {
        let (known, mut places) = (self.known(), BTreeMap::new());
        let mut runs: Vec<Vec<u32>> = Vec::new();
        for (run, rows) in self.by_run() {
            let place = *places.entry(known(rows.end - 1)).or_insert(runs.len());
            runs.resize(runs.len().max(place + 1), Vec::new());
            runs[place].push(run);
        }
        runs
    }

    /// How much each row says that its run's other rows do not, if repeats scatter as they do: `1/(m σ_r² + σ_e²)` of a run with m rows at
    /// its end; rows before it count as its end would alone.
    pub(super) fn precision_by_repeats(&self) -> Result<Vec<f64>> {
        let repeated = self.repeated_by(self.known());
        let value = |row: &usize| self.loss[*row].ln();
        let values = |unit: &Vec<usize>| unit.iter().map(value).collect();
        let places: Places = repeated.iter().map(|units| units.iter().map(values).collect()).collect();
        let nested = Nested::of(&places);
        let missing = |what: &str, remedy: &str| {
            Err(Error::missing("a weight by repeats", what, "the sweep has not got", remedy))
        };
        let Some((of_rows, _)) = nested.of_numbers() else {
            let what = "several evaluations of a run";
            return missing(what, "leave the weights out, or give rows of a run in a column `evaluation`");
        };
        let Some((of_runs, _)) = nested.of_units() else {
            let what = "several runs of one size and length";
            return missing(what, "leave the weights out, or add runs with other seeds");
        };
        let precision = |count: f64| 1.0 / (count * of_runs + of_rows);
        if !precision(1.0).is_finite() {
            return missing("repeats that scatter", "leave the weights out");
        }
        let mut of_row = vec![precision(1.0); self.len()];
        for unit in repeated.iter().flatten() {
            unit.iter().for_each(|row| of_row[*row] = precision(unit.len() as f64));
        }
        Ok(of_row)
    }
}
