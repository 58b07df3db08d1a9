//! Which runs of two sweeps belong together.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Observations;
use crate::bootstrap::Shared;

/// Counts this close, relatively, are one.
const SAME: f64 = 1e-6;

/// What two sweeps have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PairedBy {
    /// The names of clusters.
    Clusters,
    /// The names of runs.
    Runs,
    /// Parameters and tokens, where one run of each has them.
    ParamsAndTokens,
    /// FLOPs, where nothing else is known of the runs.
    Flops,
    /// Nothing: no runs match, or the fits were drawn apart. The draws of the two are independent.
    Nothing,
}

impl std::fmt::Display for PairedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            PairedBy::Clusters => "names of clusters",
            PairedBy::Runs => "names of runs",
            PairedBy::ParamsAndTokens => "parameters and tokens",
            PairedBy::Flops => "FLOPs",
            PairedBy::Nothing => "nothing",
        })
    }
}

/// The runs, or clusters, of two sweeps, and which are drawn as one.
#[derive(Debug)]
pub(super) struct Pairs {
    pub(super) by: PairedBy,
    /// Runs, or clusters, that are drawn as one.
    pub(super) count: usize,
    pub(super) shared: [Shared; 2],
}

/// What is drawn of one sweep: the last row and the name of each, in order; no name where it only says where a run stands.
struct Drawn {
    rows: Vec<usize>,
    names: Vec<Option<String>>,
}

impl Drawn {
    fn of(observations: &Observations) -> Self {
        let (of_row, count) = observations.clusters();
        let mut rows = vec![0; count];
        of_row.iter().enumerate().for_each(|(row, group)| rows[*group as usize] = row);
        let name = |row: &usize| match observations.cluster_name(*row) {
            Some(cluster) => Some(cluster.to_owned()),
            None => observations.named(observations.run()[*row]),
        };
        Self { names: rows.iter().map(name).collect(), rows }
    }
}

impl Pairs {
    /// Of observations in order.
    pub(super) fn of(sweeps: [&Observations; 2]) -> Self {
        let drawn = sweeps.map(Drawn::of);
        let clusters = sweeps.iter().filter(|sweep| sweep.cluster_count().is_some()).count();
        let by_name = if clusters == 1 { Vec::new() } else { by_name(&drawn) };
        let by_counts = || if clusters == 0 { by_counts(sweeps, &drawn) } else { Vec::new() };
        let (by, pairs) = match (by_name, clusters) {
            (pairs, 2) if !pairs.is_empty() => (PairedBy::Clusters, pairs),
            (pairs, _) if !pairs.is_empty() => (PairedBy::Runs, pairs),
            _ if sweeps.iter().all(|sweep| sweep.is_flops_alone()) => (PairedBy::Flops, by_counts()),
            _ => (PairedBy::ParamsAndTokens, by_counts()),
        };
        let by = if pairs.is_empty() { PairedBy::Nothing } else { by };
        let [first, second] = [0, 1].map(|i| drawn[i].rows.len());
        let mut places: [Vec<u32>; 2] = [(0..first as u32).collect(), vec![u32::MAX; second]];
        pairs.iter().for_each(|[a, b]| places[1][*b] = *a as u32);
        let mut count = first;
        for place in places[1].iter_mut().filter(|place| **place == u32::MAX) {
            *place = count as u32;
            count += 1;
        }
        Self { by, count: pairs.len(), shared: places.map(|places| Shared { places, count }) }
    }
}

/// Those with one name.
fn by_name([first, second]: &[Drawn; 2]) -> Vec<[usize; 2]> {
    let named = second.names.iter().enumerate().filter_map(|(i, name)| Some((name.as_deref()?, i)));
    let places: BTreeMap<&str, usize> = named.collect();
    let of = |(i, name): (usize, &Option<String>)| Some([i, *places.get(name.as_deref()?)?]);
    first.names.iter().enumerate().filter_map(of).collect()
}

/// Those with one N₀ and D, if no other run of either sweep has them.
fn by_counts(sweeps: [&Observations; 2], drawn: &[Drawn; 2]) -> Vec<[usize; 2]> {
    let count = |sweep: usize, i: usize| {
        let row = drawn[sweep].rows[i];
        [sweeps[sweep].initial_params()[row], sweeps[sweep].tokens()[row]]
    };
    let same = |a: [f64; 2], b: [f64; 2]| a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() <= SAME);
    let of = |sweep: usize, at: [f64; 2]| {
        let mut found = (0..drawn[sweep].rows.len()).filter(move |i| same(count(sweep, *i), at));
        let first = found.next();
        if found.next().is_some() { None } else { first }
    };
    let pair = |i: usize| {
        let at = count(0, i);
        Some([of(0, at)?, of(1, at)?])
    };
    (0..drawn[0].rows.len()).filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(rows: &[(f64, f64)], names: Option<&[&str]>) -> Observations {
        let (params, tokens): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
        let loss = vec![3.0; params.len()];
        let all = Observations::new(params, tokens, loss).unwrap();
        let Some(names) = names else { return all.in_order() };
        let runs = (0..names.len() as u32).collect();
        all.with_runs(runs, names.iter().map(|name| (*name).to_owned()).collect()).unwrap().in_order()
    }

    #[test]
    fn runs_of_one_name_share_a_place_and_others_have_their_own() {
        let first = sweep(&[(1e8, 1e9), (2e8, 1e9), (4e8, 1e9)], Some(&["a", "b", "c"]));
        let second = sweep(&[(4e8, 1e9), (1e8, 2e9)], Some(&["c", "d"]));
        let pairs = Pairs::of([&first, &second]);
        assert_eq!((pairs.by, pairs.count), (PairedBy::Runs, 1));
        let [one, two] = pairs.shared;
        assert_eq!((one.places, two.places, two.count), (vec![0, 1, 2], vec![2, 3], 4));
    }

    #[test]
    fn without_names_counts_pair_where_they_are_unique() {
        let first = sweep(&[(1e8, 1e9), (2e8, 1e9), (4e8, 1e9), (4e8, 1e9)], None);
        let second = sweep(&[(2e8, 1e9), (4e8, 1e9), (8e8, 1e9)], None);
        let pairs = Pairs::of([&first, &second]);
        assert_eq!((pairs.by, pairs.count), (PairedBy::ParamsAndTokens, 1));
        let none = Pairs::of([&first, &sweep(&[(9e8, 1e9), (7e8, 1e9)], None)]);
        assert_eq!((none.by, none.count), (PairedBy::Nothing, 0));
    }
}
