//! Columns that stand for no field, and yet say what a run is: that it is pruned, or that its steps are longer.

use super::cells;
use super::fields::{Field, normalise};
use crate::units;

/// Words of which a name is made that says how much of a network is pruned or left; the first are needed.
const PRUNED: [(&str, Left); 8] = [
    ("keptparams", Left::Count),
    ("keptweights", Left::Count),
    ("sparsity", Left::None),
    ("pruned", Left::None),
    ("density", Left::All),
    ("nonzeros", Left::Count),
    ("nonzero", Left::Count),
    ("nnz", Left::Count),
];
const BESIDE: [&str; 22] = [
    "percentage",
    "percent",
    "pct",
    "fraction",
    "frac",
    "ratio",
    "rate",
    "level",
    "final",
    "target",
    "model",
    "network",
    "weights",
    "weight",
    "params",
    "parameters",
    "param",
    "global",
    "total",
    "mean",
    "in",
    "%",
];

/// Names of what a batch of one device is multiplied by to be a step's.
const MULTIPLIERS: [&str; 22] = [
    "gradaccum",
    "gradaccumsteps",
    "gradientaccumulation",
    "gradientaccumulationsteps",
    "accumulategradbatches",
    "accumulationsteps",
    "accumsteps",
    "numgpus",
    "ngpus",
    "ngpu",
    "gpus",
    "gpucount",
    "worldsize",
    "numdevices",
    "ndevices",
    "devices",
    "dataparallelsize",
    "dpsize",
    "numnodes",
    "nnodes",
    "nodes",
    "microbatches",
];

/// What a dense run has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// 0: nothing is pruned.
    None,
    /// 1, or 100 %: all is left.
    All,
    /// The parameters: so many are left.
    Count,
}

/// Such columns.
#[derive(Debug, Default)]
pub(super) struct Unread {
    pruned: Vec<(usize, Left)>,
    multipliers: Vec<usize>,
}

impl Unread {
    /// Those of a table with these headers, where nothing that is `told` makes them harmless.
    pub(super) fn new(
        headers: &[String],
        is_free: impl Fn(usize) -> bool,
        told: impl Fn(Field) -> bool,
        is_off: bool,
        batch: Option<&str>,
    ) -> Self {
        let says = |fields: &[Field]| fields.iter().any(|field| told(*field));
        let free = || headers.iter().enumerate().filter(|(index, _)| is_free(*index));
        let mut unread = Self::default();
        if !is_off && !says(&[Field::Schedule, Field::FinalSparsity, Field::AverageParams]) {
            unread.pruned = free().filter_map(|(index, header)| Some((index, pruned(header)?))).collect();
        }
        let counted = says(&[Field::Tokens, Field::TokensPerStep, Field::Samples]);
        let of_a_device = batch.is_some_and(|header| !normalise(header).contains("global"));
        if of_a_device && !counted && says(&[Field::SequenceLength]) {
            let is_multiplier = |header: &str| MULTIPLIERS.contains(&normalise(header).as_str());
            unread.multipliers =
                free().filter(|(_, name)| is_multiplier(name)).map(|(index, _)| index).collect();
        }
        unread
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.pruned.is_empty() && self.multipliers.is_empty()
    }

    /// The column by which a run of `params` with these cells is pruned, and what is wrong with it.
    pub(super) fn pruned<'a>(&self, cell: impl Fn(usize) -> &'a str, params: f64) -> Option<(usize, String)> {
        let is_dense = |cell: &str, left| match (units::number(cell.trim_end_matches([' ', '%'])), left) {
            (None, _) => is_no(cell),
            (Some(value), Left::None) => value == 0.0,
            (Some(value), Left::All) => value == 1.0 || value == 100.0,
            (Some(value), Left::Count) => value >= params,
        };
        let (column, _) = self.pruned.iter().find(|(index, left)| !is_dense(cell(*index), *left))?;
        let cell = cells::shown(cell(*column));
        Some((*column, format!("the cell is '{cell}', and no column says how the run was pruned")))
    }

    /// The column by which a step is longer than its batch, and what is wrong with it.
    pub(super) fn multiplier<'a>(
        &self,
        cell: impl Fn(usize) -> &'a str,
        batch: &str,
    ) -> Option<(usize, String)> {
        let is_more = |index: &usize| units::number(cell(*index)).is_some_and(|value| value != 1.0);
        let column = self.multipliers.iter().copied().find(is_more)?;
        let cell = cells::shown(cell(column));
        Some((column, format!("the cell is '{cell}', and '{batch}' may be one part of a step")))
    }
}

/// Whether a cell of words says that a run is not pruned.
fn is_no(cell: &str) -> bool {
    cell.is_empty()
        || cells::is_no_number(cell)
        || ["false", "no", "dense"].iter().any(|no| cell.eq_ignore_ascii_case(no))
}

/// What a dense run has in a column of this name, where the name says how much is pruned and nothing else.
fn pruned(header: &str) -> Option<Left> {
    let name: String = normalise(header).chars().filter(|c| c.is_alphanumeric() || *c == '%').collect();
    let (mut rest, mut left) = (name.as_str(), None);
    while !rest.is_empty() {
        if let Some((word, of)) = PRUNED.iter().find(|(word, _)| rest.starts_with(word)) {
            (rest, left) = (&rest[word.len()..], left.or(Some(*of)));
        } else {
            let word = BESIDE.iter().find(|word| rest.starts_with(**word))?;
            rest = &rest[word.len()..];
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_that_a_network_is_pruned() {
        for (header, left) in [
            ("sparsity (%)", Some(Left::None)),
            ("pruned_fraction", Some(Left::None)),
            ("model/sparsity", Some(Left::None)),
            ("Density", Some(Left::All)),
            ("weight density [%]", Some(Left::All)),
            ("nnz", Some(Left::Count)),
            ("nonzero_params", Some(Left::Count)),
            ("kept_params", Some(Left::Count)),
            ("data density", None),
            ("pruned_loss", None),
            ("model", None),
        ] {
            assert_eq!(pruned(header), left, "{header}");
        }
    }
}
