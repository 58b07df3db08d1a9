//! Columns whose names have a word of pruning beside others, or whose cells are patterns as 2:4. They may be of a part of the network,
//! or of something else, so that nothing reads them, and nothing is refused for them.

use super::unread::is_of_pruning;
use crate::run::Doubtful;

/// Words of pruning in such names.
const WORDS: [&str; 22] = [
    "sparsity",
    "sparse",
    "sparsify",
    "pruned",
    "prune",
    "pruning",
    "density",
    "nonzero",
    "nnz",
    "kept",
    "keep",
    "zeros",
    "zeroed",
    "dropped",
    "removed",
    "remaining",
    "retained",
    "mask",
    "masked",
    "masking",
    "compressed",
    "structure",
];

/// Words beside them that make another thing of it.
const OTHER: [&str; 44] = [
    "activation",
    "activations",
    "act",
    "relu",
    "grad",
    "gradient",
    "gradients",
    "update",
    "updates",
    "feature",
    "features",
    "expert",
    "experts",
    "moe",
    "router",
    "data",
    "dataset",
    "docs",
    "documents",
    "tokens",
    "token",
    "samples",
    "examples",
    "rows",
    "batches",
    "checkpoint",
    "checkpoints",
    "ckpt",
    "ckpts",
    "last",
    "best",
    "loss",
    "lm",
    "mlm",
    "causal",
    "padding",
    "prob",
    "rate",
    "freq",
    "frequency",
    "time",
    "stage",
    "optimizer",
    "adam",
];

/// Such columns of a table.
#[derive(Debug, Default)]
pub(super) struct DoubtfulColumns {
    named: Vec<(usize, Doubtful)>,
    /// Other columns, for their cells.
    others: Vec<(usize, Doubtful)>,
}

impl DoubtfulColumns {
    /// Those of a table, of which a person may have said that nothing of pruning is to be read: then those that surely are of it.
    pub(super) fn new(headers: &[String], is_free: impl Fn(usize) -> bool, is_off: bool) -> Self {
        let mut all = Self::default();
        for (index, header) in headers.iter().enumerate().filter(|(index, _)| is_free(*index)) {
            let own = (index, Doubtful::new(header, is_off));
            match if is_off { is_of_pruning(header) } else { is_doubtful(header) } {
                true => all.named.push(own),
                false if is_off => {}
                false => all.others.push(own),
            }
        }
        all
    }

    /// Notes what a row of a run says.
    pub(super) fn note<'a>(&mut self, cell: impl Fn(usize) -> &'a str) {
        for (index, doubtful) in &mut self.named {
            doubtful.note(cell(*index));
        }
        self.others.retain_mut(|(index, doubtful)| {
            let cell = cell(*index);
            let is_one = is_pattern(cell)
                || cell.is_empty()
                || ["none", "dense", "no"].contains(&&*cell.to_lowercase());
            if is_one {
                doubtful.note(cell);
            }
            is_one
        });
    }

    /// Notes what a row of a log says that has no loss.
    pub(super) fn note_apart<'a>(&mut self, cell: impl Fn(usize) -> &'a str) {
        for (index, doubtful) in &mut self.named {
            Some(cell(*index))
                .filter(|cell| !cell.is_empty())
                .into_iter()
                .for_each(|cell| doubtful.note(cell));
        }
    }

    /// What they say.
    pub(super) fn finish(self) -> Vec<Doubtful> {
        let patterns =
            self.others.into_iter().filter(|(_, own)| own.values.iter().any(|cell| is_pattern(cell)));
        self.named.into_iter().chain(patterns).map(|(_, own)| own).collect()
    }
}

/// Whether a name has a word of pruning, and none that makes another thing of it.
fn is_doubtful(header: &str) -> bool {
    let lower = header.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let has = |all: &[&str]| words().any(|word| all.contains(&word));
    !is_of_pruning(header) && has(&WORDS) && !has(&OTHER)
}

/// Whether such a name says that weights are pruned, if its numbers change within a run.
pub(super) fn is_of_weights(header: &str) -> bool {
    const SURE: [&str; 8] = ["sparsity", "sparse", "pruned", "prune", "pruning", "density", "nonzero", "nnz"];
    let lower = header.to_lowercase();
    is_doubtful(header) && lower.split(|c: char| !c.is_alphanumeric()).any(|word| SURE.contains(&word))
}

/// Whether so many of a few weights are kept: `2:4`.
fn is_pattern(cell: &str) -> bool {
    let parts =
        cell.split_once(':').and_then(|(n, m)| Some((n.parse::<u32>().ok()?, m.parse::<u32>().ok()?)));
    parts.is_some_and(|(n, m)| n > 0 && n < m && [2, 4, 8, 16, 32].contains(&m))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_say_how_much_is_pruned() {
        for header in [
            "attention_sparsity",
            "width_kept",
            "kept",
            "keep",
            "zeros",
            "dropped_layers",
            "qkv_sparsity",
            "mask",
        ] {
            assert!(is_doubtful(header), "{header}");
        }
        for header in [
            "sparsity",
            "activation_sparsity",
            "moe_sparsity",
            "keep_last_n_checkpoints",
            "mask_prob",
            "data density",
            "zero_stage",
            "dropout",
            "grad/num_zeros",
            "lr",
        ] {
            assert!(!is_doubtful(header), "{header}");
        }
        assert!(is_pattern("2:4") && !is_pattern("4:2") && !is_pattern("10:35") && !is_pattern("2"));
    }
}
