//! Columns that stand for no field, and yet say what a run is: that it is pruned, or that its steps are longer.

use std::cell::Cell;

use super::batches::is_multiplier;
use super::cells;
use super::fields::{Field, normalise};
use super::text::last;
use super::{ramped, scale};
use crate::run::LeftShare;
use crate::units;

/// Words of which a name is made that says how much of a network is pruned or left; one of these is needed.
const PRUNED: [(&str, Left); 27] = [
    ("unpruned", Left::All),
    ("wanda", Left::None),
    ("sparsegpt", Left::None),
    ("sparsität", Left::None),
    ("sparsité", Left::None),
    ("稀疏度", Left::None),
    ("sparsity", Left::None),
    ("sparse", Left::None),
    ("pruned", Left::None),
    ("pruning", Left::None),
    ("prune", Left::None),
    ("density", Left::All),
    ("nonzeros", Left::All),
    ("nonzero", Left::All),
    ("nnz", Left::All),
    ("compression", Left::Times),
    // These need another word beside them.
    ("pruner", Left::None),
    ("zeros", Left::None),
    ("zeroed", Left::None),
    ("removed", Left::None),
    ("zero", Left::None),
    ("keep", Left::All),
    ("kept", Left::All),
    ("remaining", Left::All),
    ("surviving", Left::All),
    ("left", Left::All),
    ("effective", Left::All),
];
/// How many of them say it alone.
const ALONE: usize = 16;
const BESIDE: &str = "end measured realized realised reached factor overall now cur percentage percent pct fraction frac ratio rate \
     level amount final target model network weights weight params parameters param global total mean average avg \
     unstructured structured mask achieved actual current after in num number count nm pattern layers layer heads \
     head neurons neuron channels channel blocks mlp ffn n";

/// Parts of a name that say what a batch is counted in.
const COUNTED_BY: [&str; 5] = ["seq", "sample", "example", "sentence", "document"];
/// Batches of fewer sequences are common.
const MANY_SEQUENCES: f64 = 8192.0;

/// Words of a mean over the run.
const MEAN: [&str; 3] = ["average", "avg", "mean"];

/// What a dense run has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// 0: nothing is pruned.
    None,
    /// 1, 100 %, or its parameters: all is left.
    All,
    /// 1: it is not made smaller.
    Times,
}

/// Such columns.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Each with the unit that its name says.
    pruned: Vec<(usize, Left, f64)>,
    multipliers: Vec<usize>,
    /// Those that say that steps grow.
    ramps: Vec<usize>,
    /// Whether a batch may be counted in tokens, and is multiplied by the length of its sequences.
    is_multiplied: bool,
    /// Whether a schedule was named that is surely one of pruning.
    prunes: Cell<bool>,
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
        if !is_off && !says(&[Field::AverageParams]) {
            unread.pruned = free()
                .filter_map(|(index, header)| {
                    let (left, unit) = pruned(header)?;
                    Some((index, left, unit))
                })
                .collect();
        }
        let counted = says(&[Field::Tokens, Field::Samples]);
        let free_of =
            |is: fn(&str) -> bool| free().filter(|(_, name)| is(name)).map(|(index, _)| index).collect();
        if batch.is_some() && !counted {
            unread.ramps = free_of(ramped::is_ramp);
        }
        // A batch is said to be a whole step's by its name, or as tokens a step.
        let of_a_device =
            batch.map(normalise).is_some_and(|name| name.contains("batch") && !name.contains("global"));
        if of_a_device && !counted && says(&[Field::SequenceLength, Field::TokensPerStep]) {
            unread.multipliers = free_of(is_multiplier);
        }
        // What a name counts is not asked about.
        let says_what = |name: String| COUNTED_BY.iter().any(|what| name.contains(what));
        unread.is_multiplied = batch.map(normalise).is_some_and(|name| !says_what(name))
            && !counted
            && !says(&[Field::TokensPerStep])
            && says(&[Field::SequenceLength]);
        unread
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.pruned.is_empty() && self.multipliers.is_empty() && self.ramps.is_empty() && !self.is_multiplied
    }

    /// The column by which a run of `params` with these cells is pruned, and what is wrong with it.
    pub(super) fn pruned<'a>(&self, cell: impl Fn(usize) -> &'a str, params: f64) -> Option<(usize, String)> {
        let is_dense = |(index, left, unit): &&(usize, Left, f64)| {
            let cell = cell(*index);
            match (units::number(cell.trim_end_matches([' ', '%'])), left) {
                // A word there is a method's: of data, of gradients.
                (_, Left::Times) => times(cell).is_none_or(|times| times == 1.0),
                (None, _) => cells::is_no(cell),
                (Some(value), Left::None) => value == 0.0,
                (Some(value), Left::All) => value == 1.0 || value == 100.0 || value * unit >= params,
            }
        };
        let (column, ..) = self.pruned.iter().find(|says| !is_dense(says))?;
        let cell = cells::shown(cell(*column));
        Some((*column, format!("the cell is '{cell}', and no column says how the run was pruned")))
    }

    /// What such columns say is left of a network, of which `params` may be pruned.
    pub(super) fn left<'a>(
        &self,
        cell: impl Fn(usize) -> &'a str,
        headers: &[String],
        params: f64,
    ) -> Vec<LeftShare> {
        let read = |&(column, left, unit): &(usize, Left, f64)| {
            let value = match left {
                Left::Times => times(cell(column))?,
                _ => units::number(cell(column).trim_end_matches([' ', '%']))?,
            };
            let in_percent = cell(column).ends_with('%') || headers[column].contains('%');
            // A share, per cent, or a count of parameters.
            let is_count = value * unit > 100.0 && left != Left::Times;
            let share = match value {
                value if left == Left::Times => value.recip(),
                value if is_count => value * unit / params,
                value if in_percent || value > 1.0 => value / 100.0,
                value => value,
            };
            let share = if left == Left::None { 1.0 - share } else { share };
            let name = normalise(&headers[column]);
            let of_run = MEAN.iter().any(|word| name.contains(word));
            (share >= 0.0).then_some(LeftShare { share, is_count, of_run, column })
        };
        self.pruned.iter().filter_map(read).collect()
    }

    /// The field that shares of such a column are of, in the end, and what these are.
    pub(super) fn field_of_share(&self, column: usize) -> Option<(&'static str, &'static str)> {
        match self.pruned.iter().find(|(own, ..)| *own == column)?.1 {
            Left::None => Some(("final_sparsity", "the sparsity in the end")),
            Left::All => Some(("final_density", "the share left in the end")),
            Left::Times => None,
        }
    }

    /// The column by which a step is longer than its batch, and what is wrong with it.
    pub(super) fn multiplier<'a>(
        &self,
        cell: impl Fn(usize) -> &'a str,
        batch: &str,
    ) -> Option<(usize, String)> {
        // `8xA100` are eight.
        let count = |cell: &'a str| units::number(cell).or_else(|| units::number(cell.split_once('x')?.0));
        let is_more = |index: &usize| count(cell(*index)).is_some_and(|value| value > 1.0);
        let column = self.multipliers.iter().copied().find(is_more)?;
        let cell = cells::shown(cell(column));
        Some((column, format!("the cell is '{cell}', and '{batch}' may be one part of a step")))
    }

    /// Whether a schedule may be the learning rate's, of names that both have, where no other row named one of pruning.
    pub(super) fn may_be_of_rate(&self, schedule: &str) -> bool {
        const BOTH: [&str; 6] = ["constant", "linear", "cosine", "exponential", "polynomial", "step"];
        let is_of_both = BOTH.iter().any(|name| schedule.eq_ignore_ascii_case(name));
        self.prunes.set(self.prunes.get() || !(is_of_both || schedule.is_empty()));
        is_of_both && !self.prunes.get()
    }

    /// What is odd about a batch and the length of its sequences: a batch of so many sequences is rare, and one of tokens is a multiple of
    /// that length.
    pub(super) fn may_count_tokens(&self, [batch, length]: [&str; 2]) -> Option<String> {
        let [size, sequence] = [units::number(batch)?, units::number(length)?];
        let is_odd = self.is_multiplied && size >= MANY_SEQUENCES && sequence > 1.0 && size % sequence == 0.0;
        is_odd.then(|| {
            format!(
                "the batch is {}, which may be in tokens, and it is multiplied by sequences of {length}",
                cells::shown(batch)
            )
        })
    }

    /// The column by which steps of these `sizes` are shorter at first, and what is wrong with it.
    pub(super) fn ramp<'a>(
        &self,
        cell: impl Fn(usize) -> &'a str,
        sizes: &[&str],
    ) -> Option<(usize, String)> {
        let column = self.ramps.iter().copied().find(|index| ramped::grows(cell(*index), sizes))?;
        let cell = cells::shown(cell(column));
        Some((
            column,
            format!("the cell is '{cell}': steps seem shorter at first, and are counted as all alike"),
        ))
    }
}

/// Whether a name says how much of a network is pruned or left.
pub(super) fn is_of_pruning(header: &str) -> bool {
    pruned(header).is_some()
}

/// What a column of this name says of pruning, by what a dense run has there.
pub(super) fn says(header: &str) -> Option<Left> {
    pruned(header).map(|(left, _)| left)
}

/// Whether a name says that a run is pruned, or its steps longer than a batch.
pub(super) fn is_telling(header: &str) -> bool {
    is_of_pruning(header) || is_multiplier(header)
}

/// How many times a network is made smaller: `4`, `4x`.
pub(super) fn times(cell: &str) -> Option<f64> {
    units::number(cell.trim_end_matches([' ', '%', 'x', 'X', '×']))
}

/// What a dense run has in a column of this name, where the name says how much is pruned and nothing else; and its unit.
fn pruned(header: &str) -> Option<(Left, f64)> {
    let (found, unit) = of_name(last(header))?;
    let group = || header.rsplit(['/', '.']).nth(1);
    match found {
        Some(found) => Some((found, unit)),
        // A group of metrics may be called so, as in `sparsity/total`.
        None => {
            of_name(&format!("{} {}", group()?, last(header))).and_then(|(found, unit)| Some((found?, unit)))
        }
    }
}

/// The same of one part of a name; none for a name that has other words.
fn of_name(part: &str) -> Option<(Option<Left>, f64)> {
    let (header, unit) = scale::without_unit(part);
    let name: String = normalise(&header).chars().filter(|c| c.is_alphanumeric()).collect();
    // Longer names are sentences.
    const LONGEST: usize = 60;
    if name.len() > LONGEST || Field::named(&header) == Some(Field::PruneEnd) {
        return None;
    }
    let (found, beside) = parts(&name)?;
    let place = found.filter(|place| *place < ALONE || beside || unit != 1.0);
    // What a sparse network has is left of it.
    let of_sparse = |place: usize| PRUNED[place].0 == "sparse" && name.contains("param");
    let left = place.map(|place| if of_sparse(place) { Left::All } else { PRUNED[place].1 });
    Some((left, if unit < 1.0 { 1.0 } else { unit }))
}

/// The first word of pruning that a name is made of, if it is made of nothing but known words, and whether there are others.
fn parts(name: &str) -> Option<(Option<usize>, bool)> {
    if name.is_empty() {
        return Some((None, false));
    }
    let of_pruning = PRUNED.iter().enumerate().find_map(|(place, (word, _))| {
        // Of what is pruned a word of what is left says more: `prune_keep_ratio`.
        match parts(name.strip_prefix(word)?)? {
            (Some(left), _) if PRUNED[left].1 == Left::All => Some((Some(left), true)),
            (_, beside) => Some((Some(place), beside)),
        }
    });
    let of_others = || BESIDE.split(' ').find_map(|word| Some((parts(name.strip_prefix(word)?)?.0, true)));
    of_pruning.or_else(of_others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_that_a_network_is_pruned() {
        for header in [
            "sparsity (%)",
            "sparsity/total",
            "train/sparsity/mean",
            "sparsity.global",
            "sparsity_overall",
            "pruned_fraction",
            "model/sparsity",
            "weight_sparsity",
            "unstructured sparsity",
            "sparse",
            "prune_ratio",
            "pruning_rate",
            "zero_fraction",
            "params_after_pruning",
            "config/final_sparsity_pct",
            "num_zeros",
            "nm_sparsity",
            "sparsity_pattern",
            "layers_pruned",
            "head_sparsity",
            "mlp_sparsity",
            "weights_zeroed_pct",
            "removed_layers",
            "n_pruned_heads",
            "layers_removed",
        ] {
            assert_eq!(pruned(header), Some((Left::None, 1.0)), "{header}");
        }
        for header in [
            "Density",
            "weight density [%]",
            "mask_density",
            "nnz",
            "nonzero_params",
            "kept_params",
            "keep_ratio",
            "remaining weights (%)",
            "effective_params",
            "prune_keep_ratio",
            "pruning_remaining",
            "prune/remaining",
            "sparsity (remaining)",
        ] {
            assert_eq!(pruned(header), Some((Left::All, 1.0)), "{header}");
        }
        assert_eq!(pruned("nnz (M)"), Some((Left::All, 1e6)));
        for header in [
            "data density",
            "pruned_loss",
            "model",
            "kept",
            "left",
            "moe_sparsity",
            "prune_freq",
            "zero_stage",
            "sparsity_loss",
        ] {
            assert_eq!(pruned(header), None, "{header}");
        }
    }
}
