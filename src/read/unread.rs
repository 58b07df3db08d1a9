//! Columns that stand for no field, and yet say what a run is: that it is pruned, or that its steps are longer.

use super::cells;
use super::columns::Columns;
use super::fields::{Field, normalise};
use super::row::Rows;
use crate::error::Location;
use crate::{Result, units};

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
    /// Those of a table that nothing else makes harmless.
    pub(super) fn new(columns: &Columns, is_given: impl Fn(Field) -> bool) -> Self {
        let told = |field: &Field| columns.index(*field).is_some() || is_given(*field);
        let says = |fields: &[Field]| fields.iter().any(told);
        let free = || columns.headers().iter().enumerate().filter(|(i, _)| columns.field_of(*i).is_none());
        let mut unread = Self::default();
        if !says(&[Field::Schedule, Field::FinalSparsity, Field::AverageParams])
            && !columns.is_off(Field::FinalSparsity)
        {
            unread.pruned = free().filter_map(|(index, header)| Some((index, pruned(header)?))).collect();
        }
        let counted = says(&[Field::Tokens, Field::TokensPerStep, Field::Samples]);
        if !counted && says(&[Field::SequenceLength]) && columns.is_batch_of_a_device() {
            let is_multiplier = |header: &str| MULTIPLIERS.contains(&normalise(header).as_str());
            unread.multipliers =
                free().filter(|(_, name)| is_multiplier(name)).map(|(index, _)| index).collect();
        }
        unread
    }

    /// The column by which a row's run of `params` is pruned.
    fn pruned(&self, row: &impl Rows, params: f64) -> Option<usize> {
        let is_dense = |cell: &str, left| match (units::number(cell.trim_end_matches('%')), left) {
            (None, _) => is_no(cell),
            (Some(value), Left::None) => value == 0.0,
            (Some(value), Left::All) => value == 1.0 || value == 100.0,
            (Some(value), Left::Count) => value >= params,
        };
        let mut says = self.pruned.iter().filter(|(index, left)| !is_dense(row.cell(*index), *left));
        says.next().map(|(index, _)| *index)
    }

    /// Refuses a row whose run is pruned by what such a column says; `or` ends the remedy.
    pub(super) fn refuse_pruned(
        &self,
        row: &impl Rows,
        params: f64,
        columns: &Columns,
        place: impl FnOnce() -> Location,
        or: &str,
    ) -> Result<()> {
        let Some(column) = self.pruned(row, params) else { return Ok(()) };
        let problem = format!(
            "the cell is '{}', and no column says how the run was pruned",
            cells::shown(row.cell(column))
        );
        let remedy = format!("add `schedule` and `final_sparsity`{or}");
        Err(place().column(&columns.headers()[column]).refuse(problem, remedy))
    }

    /// The column by which a step of the row's run is longer than its batch.
    pub(super) fn multiplier(&self, row: &impl Rows) -> Option<usize> {
        let is_more = |index: &usize| units::number(row.cell(*index)).is_some_and(|value| value != 1.0);
        self.multipliers.iter().copied().find(is_more)
    }
}

/// What to say of a table: how tokens are computed where a batch tells them, and which losses are passed over.
pub(super) fn notes(columns: &Columns, is_given: impl Fn(Field) -> bool) -> Vec<String> {
    let here = |field: Field| columns.index(field).is_some();
    let told = |field: Field| here(field) || is_given(field);
    let mut notes = Vec::new();
    let by_batch = !here(Field::Tokens) && !here(Field::Samples) && !told(Field::TokensPerStep);
    if by_batch
        && [Field::Step, Field::BatchSize].iter().all(|field| here(*field))
        && told(Field::SequenceLength)
    {
        let [step, batch, length] =
            [Field::Step, Field::BatchSize, Field::SequenceLength].map(|field| columns.header(field));
        notes.push(format!("tokens are {step} x {batch} x {length}"));
    }
    let header = columns.header(Field::Loss);
    if here(Field::Loss) && header == Field::Loss.name() && !columns.is_chosen(Field::Loss) {
        let is_other = |name: &&String| **name != header && Field::Loss.info().is_alias(&normalise(name));
        let others: Vec<&String> = columns.headers().iter().filter(is_other).collect();
        if let Some(other) = others.first() {
            notes.push(format!("losses are those of 'loss', not of '{other}'"));
        }
    }
    notes
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
