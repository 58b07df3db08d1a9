//! Columns whose names have a word of pruning beside others, or whose cells are patterns as 2:4. They may be of a part of the network,
//! or of something else, so that nothing reads them, and nothing is refused for them.

mod experts;
mod texts;

use super::cells::is_no;
use super::fields::normalise;
use super::text::{is_in, last};
use super::unread::is_of_pruning;
use crate::run::{About, Doubtful, is_pattern};
use crate::units;
use experts::ExpertTexts;
use texts::{OTHER_STEMS, STEMS, is_of_pruned_run, is_text_of_pruning};

/// Words of pruning in such names.
const WORDS: &str = "unstructured structured spars sparcity unmasked compress gradual sparsification sparsified retain survivors surviving survival \
     prunning sparsity sparse sparsify pruned prune pruning density nonzero nnz kept keep zeros zeroed dropped removed remaining \
     retained mask masked masking compressed structure";

/// Words beside them that make another thing of it.
const OTHER: [&str; 51] = [
    "corpus",
    "coef",
    "coefficient",
    "penalty",
    "lambda",
    "sae",
    "l1",
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

/// Names that say it alone, where they have shares: those of the field (s, s_f, wr: weights left), of PyTorch's and DeepSpeed's pruning, of nn_pruning.
const SHARES: &str = "s sfinal finals targets starget sp ρ wr topkfrac amount denseratio alive active live left connectivity finalthreshold sf set dst erk";
/// The same of counts, and of tools.
const ALONE: [&str; 15] = [
    "nz",
    "lotteryround",
    "impround",
    "aliveparams",
    "aliveweights",
    "paramsafter",
    "parametersafter",
    "weightsafter",
    "paramsleft",
    "parametersleft",
    "weightsleft",
    "nafter",
    "nleft",
    "rigl",
    "wanda",
];

/// What was seen of a column of texts: the last one, and whether one is of pruning.
#[derive(Debug, Default)]
struct Seen {
    last: String,
    is_of_pruning: bool,
}

/// Such columns of a table.
#[derive(Debug, Default)]
pub(super) struct DoubtfulColumns {
    named: Vec<(usize, Doubtful)>,
    /// Other columns, for their cells.
    others: Vec<(usize, Doubtful)>,
    /// Those of names that say it where they have shares.
    shares: Vec<(usize, Doubtful)>,
    /// Those whose texts are looked at, and whether one of them is of pruning.
    texts: Vec<(usize, Doubtful, Seen)>,
    /// The column of the runs' names: those that are of pruning are noted.
    names: Option<(usize, Doubtful)>,
    experts: ExpertTexts,
    /// How often runs saw their data.
    epochs: Option<(usize, Doubtful)>,
}

impl DoubtfulColumns {
    /// Those of a table, of which a person may have said that nothing of pruning is to be read: then those that surely are of it.
    pub(super) fn new(headers: &[String], is_free: impl Fn(usize) -> bool, is_off: bool) -> Self {
        let mut all = Self::default();
        for (index, header) in headers.iter().enumerate().filter(|(index, _)| is_free(*index)) {
            let own = (index, Doubtful::new(header, About::Pruning { is_off }));
            match if is_off { is_of_pruning(header) } else { is_doubtful(header) || is_in_pruning(header) } {
                true => all.named.push(own),
                false if is_off => {}
                false => {
                    let name = normalise(header);
                    if is_in(SHARES, &normalise(last(header))) {
                        all.shares.push(own.clone());
                    }
                    if !OTHER_STEMS.iter().any(|other| name.contains(other)) {
                        all.texts.push((index, own.1.clone(), Seen::default()));
                    }
                    all.others.push(own);
                }
            }
        }
        all
    }

    /// The same, with the column of the runs' names.
    pub(super) fn with_names(self, names: Option<(usize, &str)>) -> Self {
        Self {
            names: names
                .map(|(index, header)| (index, Doubtful::new(header, About::Pruning { is_off: false }))),
            ..self
        }
    }

    /// The same, with what texts of these columns say of experts, beside parameters that the last chooses.
    pub(super) fn with_experts<'a>(
        self,
        (columns, remedy): (impl Iterator<Item = (usize, &'a str)>, String),
    ) -> Self {
        Self { experts: ExpertTexts::new(columns, remedy), ..self }
    }

    /// The same, with a column of epochs beside tokens that may be those of one.
    pub(super) fn with_epochs(self, column: Option<(usize, &str)>) -> Self {
        Self { epochs: column.map(|(index, header)| (index, Doubtful::new(header, About::Epochs))), ..self }
    }

    /// Notes what a row of a run says.
    pub(super) fn note<'a>(&mut self, cell: impl Fn(usize) -> &'a str) {
        self.experts.note(&cell);
        if let Some((index, doubtful)) = &mut self.epochs
            && units::number(cell(*index)).is_some_and(|epochs| epochs > 1.0)
        {
            doubtful.note(cell(*index));
            doubtful.is_told = true;
        }
        if let Some((index, doubtful)) = &mut self.names
            && is_of_pruned_run(cell(*index))
        {
            doubtful.note(cell(*index));
            doubtful.is_told = true;
        }
        for (index, doubtful) in &mut self.named {
            note(doubtful, cell(*index));
        }
        self.shares.retain_mut(|(index, doubtful)| {
            let cell = cell(*index);
            let percent = cell.strip_suffix('%').map(str::trim_end);
            let most = if percent.is_some() || doubtful.column.contains('%') { 100.0 } else { 1.0 };
            let share = units::number(percent.unwrap_or(cell));
            let is_share = is_no(cell) || share.is_some_and(|share| (0.0..=most).contains(&share));
            // A letter or two may be of anything that all runs have.
            match normalise(last(&doubtful.column)).chars().count() {
                0..=2 => doubtful.note(cell),
                _ => note(doubtful, cell),
            }
            // Ones and noughts are seeds, or mean yes and no.
            doubtful.is_part |= share.is_some_and(|share| share > 0.0 && share < most);
            is_share
        });
        self.texts.retain_mut(|(index, doubtful, seen)| {
            let cell = cell(*index);
            if cell == seen.last && !doubtful.values.is_empty() {
                return true;
            }
            // Numbers are no texts.
            if units::number(cell).is_some() {
                return false;
            }
            seen.last.clear();
            seen.last.push_str(cell);
            note(doubtful, cell);
            seen.is_of_pruning |= is_text_of_pruning(cell);
            true
        });
        self.others.retain_mut(|(index, doubtful)| {
            let cell = cell(*index);
            let is_one = is_pattern(cell)
                || cell.is_empty()
                || ["none", "dense", "no"].contains(&&*cell.to_lowercase());
            if is_one {
                note(doubtful, cell);
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
                .for_each(|cell| note(doubtful, cell));
        }
    }

    /// What they say.
    pub(super) fn finish(self) -> Vec<Doubtful> {
        let patterns =
            self.others.into_iter().filter(|(_, own)| own.values.iter().any(|cell| is_pattern(cell)));
        let shares = self.shares.into_iter().filter(|(_, own)| own.is_part);
        let texts = self
            .texts
            .into_iter()
            .filter(|(.., seen)| seen.is_of_pruning)
            .map(|(index, own, _)| (index, own));
        let mut all: Vec<_> = self.named.into_iter().chain(shares).chain(patterns).collect();
        for text in texts {
            if all.iter().all(|(index, _)| *index != text.0) {
                all.push(text);
            }
        }
        let epochs = self.epochs.map(|(_, own)| own);
        // Names repeat what another column says.
        let names = self.names.filter(|(_, own)| own.is_told && all.is_empty());
        all.into_iter().chain(names).map(|(_, own)| own).chain(self.experts.finish()).chain(epochs).collect()
    }
}

/// Whether a part of a key is about pruning, so that what stands below it is.
pub(super) fn speaks_of_pruning(key: &str) -> bool {
    key.split(['/', '.']).any(|part| {
        let part = normalise(part);
        STEMS.iter().any(|stem| part.contains(stem)) && !OTHER_STEMS.iter().any(|other| part.contains(other))
            || is_doubtful(&part)
    })
}

/// Whether a name stands among those of pruning, and says how much: `rigl/dense_allocation`.
fn is_in_pruning(header: &str) -> bool {
    const HOW_MUCH: [&str; 10] = [
        "dense",
        "allocation",
        "ratio",
        "amount",
        "level",
        "fraction",
        "final",
        "target",
        "budget",
        "threshold",
    ];
    let Some((above, last)) = header.rsplit_once(['/', '.']) else { return false };
    let last = last.to_lowercase();
    let mut words = last.split(|c: char| !c.is_alphanumeric());
    speaks_of_pruning(above) && words.any(|word| HOW_MUCH.contains(&word))
}

/// Notes what a column says of a run.
fn note(doubtful: &mut Doubtful, cell: &str) {
    doubtful.note(cell);
    doubtful.is_told |= is_of_pruned(&doubtful.column, cell);
}

/// Whether a cell says that a run is pruned, though all may say so: how much, so many of a few weights, as 2:4, by what, or that it is.
fn is_of_pruned(header: &str, cell: &str) -> bool {
    /// Words that say little alone: masked language models have a `mask_ratio`, and data a density.
    const WEAK: [&str; 8] =
        ["mask", "masked", "masking", "density", "structure", "compressed", "retained", "quality"];
    if is_pattern(cell) || is_text_of_pruning(cell) {
        return true;
    }
    let lower = header.to_lowercase();
    let is_weak = || lower.split(|c: char| !c.is_alphanumeric()).any(|word| WEAK.contains(&word));
    if ["true", "yes"].iter().any(|yes| cell.eq_ignore_ascii_case(yes)) {
        return lower.contains("prun") || lower.contains("spars");
    }
    let number = units::number(cell.trim_end_matches([' ', '%']));
    number.is_some_and(|share| ![0.0, 1.0, 100.0].contains(&share)) && !is_weak()
}

/// Whether a name has a word of pruning, and none that makes another thing of it.
fn is_doubtful(header: &str) -> bool {
    if ALONE.contains(&&*normalise(last(header))) || is_pattern(header) {
        return true;
    }
    let lower = header.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let has = |all: &[&str]| words().any(|word| all.contains(&word));
    let is_word = |word: &str| is_in(WORDS, word);
    !is_of_pruning(header) && words().any(is_word) && !has(&OTHER)
}

/// Whether such a name says that weights are pruned, if its numbers change within a run.
pub(super) fn is_of_weights(header: &str) -> bool {
    const SURE: [&str; 8] = ["sparsity", "sparse", "pruned", "prune", "pruning", "density", "nonzero", "nnz"];
    let lower = header.to_lowercase();
    is_doubtful(header) && lower.split(|c: char| !c.is_alphanumeric()).any(|word| SURE.contains(&word))
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
            "params_after",
            "config/weights_left",
            "semi_structured",
            "unmasked_params",
            "compress_ratio",
            "2:4",
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
