//! Texts and names of runs that say that these are pruned.

use crate::run::is_pattern;

/// Parts of words of pruning, in texts and in the names of what a config groups.
pub(super) const STEMS: [&str; 6] = ["prun", "spars", "gmp", "rigl", "wanda", "unstructured"];
/// Parts of words beside them that make another thing of it.
pub(super) const OTHER_STEMS: [&str; 22] = [
    "moe",
    "expert",
    "atten",
    "attn",
    "activation",
    "grad",
    "embed",
    "data",
    "token",
    "upcycl",
    "autoencod",
    "retriev",
    "optim",
    "adam",
    "state",
    "status",
    "init",
    "note",
    "comment",
    "corpus",
    "sae",
    "descr",
];

/// Whether a text says that a run is pruned: `gmp50`, a recipe of a tool with a sparsity above 0.
pub(super) fn is_text_of_pruning(cell: &str) -> bool {
    let lower = cell.to_lowercase();
    if lower.starts_with(['{', '[']) {
        return lower.match_indices("sparsity").any(|(at, word)| {
            let rest = lower[at + word.len()..].trim_start_matches(['"', '\'', ' ', ':', '=']);
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            rest[..end].parse::<f64>().is_ok_and(|sparsity| sparsity > 0.0)
        });
    }
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    words.any(|word| STEMS.iter().any(|stem| word.starts_with(stem)))
        && !OTHER_STEMS.iter().any(|other| lower.contains(other))
}

/// Whether a run's name says that it is pruned: `70M-sparse50`, `70M_2of4`, `gpt-70M-sp50`.
pub(super) fn is_of_pruned_run(name: &str) -> bool {
    let lower = name.to_lowercase();
    if OTHER_STEMS.iter().any(|other| lower.contains(other)) {
        return false;
    }
    // Other numbers are those of a run.
    let is_percent = |text: &str| text.len() == 2 && text.parse().is_ok_and(|percent: u8| percent >= 10);
    let is_of = |word: &str| {
        let words = ["sp", "density", "sparse", "pruned", "kept"];
        words.iter().any(|stem| word.strip_prefix(stem).is_some_and(is_percent))
            || word.split_once("of").is_some_and(|(n, m)| is_pattern(&format!("{n}:{m}")))
    };
    is_text_of_pruning(&lower)
        || lower.split(|c: char| !c.is_alphanumeric() && c != ':').any(|word| is_of(word) || is_pattern(word))
}

#[cfg(test)]
mod tests {
    use super::is_of_pruned_run;

    #[test]
    fn names_say_that_a_run_is_pruned() {
        for name in [
            "gpt-70M-sp50",
            "70M_sparse50",
            "70M-50pct-sparse",
            "70M-sparsity-0.50",
            "70M_density50",
            "70M-2of4",
            "70M_2:4",
            "70M-pruned50",
            "sparsegpt-50-70M",
            "70M wanda 50",
        ] {
            assert!(is_of_pruned_run(name), "{name}");
        }
        for name in [
            "gpt-70M",
            "70M_dense",
            "sparse-moe-8x7B",
            "70M-sparse-attention",
            "70M-s0",
            "sp3-model",
            "high-density0",
            "spruce-70M",
            "pruned-data-70M",
            "10:35 run",
            "run 3 of 9",
            "wide-70M-spectral",
        ] {
            assert!(!is_of_pruned_run(name), "{name}");
        }
    }
}
