//! What the names of columns say that a log counts.

use super::super::fields::{Field, normalise};
use super::super::measure::words;
use super::super::scale;
use super::super::text::last;
use super::super::unread::{Left, says};

/// Words of columns that say what a tool aims at, not what it counted.
const AIMS: [&str; 7] = ["target", "final", "init", "goal", "loss", "schedule", "grad"];
/// Words of names of a part of a network, or of what is no network.
const PARTS: [&str; 24] = [
    "attn",
    "attention",
    "mlp",
    "ffn",
    "feedforward",
    "embedding",
    "embeddings",
    "embed",
    "emb",
    "head",
    "heads",
    "kv",
    "qkv",
    "router",
    "gate",
    "expert",
    "experts",
    "activation",
    "activations",
    "act",
    "gradient",
    "gradients",
    "data",
    "optimizer",
];
/// Words of names that may say how a network shrinks, though nothing reads them.
const SHRINKS: [&str; 17] = [
    "mask",
    "masks",
    "masked",
    "unmasked",
    "active",
    "alive",
    "keep",
    "kept",
    "remaining",
    "left",
    "zeros",
    "zeroed",
    "pruned",
    "removed",
    "layers",
    "heads",
    "pattern",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Params,
    Nonzero,
    Sparsity,
    Density,
    Compression,
}

impl Kind {
    pub(super) const ALL: [(Kind, &'static str); 4] = [
        (Kind::Params, "params"),
        (Kind::Nonzero, "nonzero"),
        (Kind::Sparsity, "sparsity"),
        (Kind::Density, "density"),
    ];

    /// What a column of this name counts, of layers each or of a whole network.
    pub(super) fn of(header: &str, of_layers: bool) -> Option<Self> {
        let name = normalise(&scale::without_unit(header).0);
        if is_aim(&name) || (!of_layers && is_of_part(header)) {
            return None;
        }
        let active = ["activeparams", "activeparameters", "remainingparams", "remainingparameters"];
        let (own, is_of_sparsity) = (normalise(last(header)), name.contains("sparsity"));
        let is_left = || says(header) == Some(Left::All) || ["1sparsity", "nonsparsity"].contains(&&*own);
        match &*name {
            // Of a mask the mean is what is left, or not.
            _ if own.contains("mask") && !own.contains("sparsity") && !own.contains("density") => None,
            _ if is_of_sparsity && is_left() => Some(Self::Density),
            _ if is_of_sparsity => Some(Self::Sparsity),
            _ if name.contains("density") => Some(Self::Density),
            _ if name.contains("nonzero") || name.contains("nnz") => Some(Self::Nonzero),
            _ if [&name, &own].iter().any(|name| Field::named(name) == Some(Field::Params)) => {
                Some(Self::Params)
            }
            _ if active.iter().any(|end| name.ends_with(end)) => Some(Self::Params),
            _ => None,
        }
    }
}

/// Whether a name says what a tool aims at.
pub(super) fn is_aim(header: &str) -> bool {
    let name = normalise(header);
    AIMS.iter().any(|aim| name.contains(aim))
}

/// Whether a name is that of a share that a tool aims at. Where it changes, it is the share of its row.
pub(super) fn is_aim_of_shares(header: &str) -> bool {
    let name = normalise(header);
    is_aim(header) && (name.contains("spars") || name.contains("densit"))
}

/// Whether a name is that of how much of a part is pruned.
pub(super) fn is_share_of_part(header: &str) -> bool {
    let name = normalise(header);
    is_of_part(header) && (name.contains("sparsity") || name.contains("density"))
}

/// Whether a name is that of a part of a network, or of what flows through it.
fn is_of_part(header: &str) -> bool {
    words(header).iter().any(|word| PARTS.contains(&word.as_str()))
}

/// Whether a name says that a network may shrink, in words that are read or not.
pub(super) fn may_shrink(header: &str) -> bool {
    let lower = header.to_lowercase();
    let of_words = || {
        let has_stem = ["prun", "spars"].iter().any(|stem| lower.contains(stem));
        has_stem || words(header).iter().any(|word| SHRINKS.contains(&&**word))
    };
    // Other things are active, kept, or left to do.
    const OTHERS: [&str; 20] = [
        "steps",
        "step",
        "epochs",
        "epoch",
        "time",
        "hours",
        "eta",
        "tokens",
        "samples",
        "gpu",
        "gpus",
        "devices",
        "nodes",
        "checkpoint",
        "checkpoints",
        "ckpt",
        "padding",
        "causal",
        "attention",
        "users",
    ];
    if words(header).iter().any(|word| OTHERS.contains(&&**word)) {
        return false;
    }
    !is_aim(header) && (Kind::of(header, false).is_some() || says(header).is_some() || of_words())
}

/// What such a name says by what a dense network has, of the whole and not of a mask.
pub(super) fn says_all(header: &str) -> Option<Left> {
    let is_of_mask = words(header).iter().any(|word| word.starts_with("mask"));
    says(header).filter(|_| !is_aim(header) && !is_of_part(header) && !is_of_mask)
}
