//! How people word what is pruned: `sparsity 0.4 -> 0.8`, `80% of weights pruned`, `non-zero: 20 %`.

use super::super::unread::is_of_pruning;
use crate::units;

/// Things that are pruned too, and are no weights.
const NO_WEIGHTS: [&str; 10] =
    ["document", "docs", "dataset", "checkpoint", "ckpt", "vocab", "cache", "samples", "examples", "tokens"];
/// Words that may stand before them.
const BEFORE: usize = 3;
/// Words between a name and its number.
const BETWEEN: [&str; 15] = [
    "->",
    "from",
    "to",
    "is",
    "at",
    "now",
    "increased",
    "raised",
    "rose",
    "updated",
    "changed",
    "set",
    "of",
    "reached",
    "=",
];
/// Words behind a share that say what it is of.
const SPARSE: [&str; 3] = ["sparse", "sparsity", "pruned"];
const WEIGHTS: [&str; 5] = ["of", "the", "weights", "params", "parameters"];
/// Words before a share of the weights that say it is left, or taken away.
const KEPT: [&str; 7] = ["kept", "keep", "keeping", "retained", "retaining", "remaining", "left"];
const REMOVED: [&str; 2] = ["removed", "zeroed"];
/// Words between a count and its weights that say they are left.
const ARE_LEFT: [&str; 4] = ["nonzero", "remaining", "unpruned", "surviving"];
/// Units that may stand apart from their number.
const UNITS: [&str; 5] = ["%", "K", "M", "B", "T"];

/// Whether a line has one of the words that names of pruning have.
pub(super) fn may_mention_pruning(line: &str) -> bool {
    // Lines are many, and few have one.
    let begins = |(at, byte): (usize, &u8)| {
        let stems: &[&str] = match byte.to_ascii_lowercase() {
            b'p' => &["prun"],
            b's' => &["spars", "surviving"],
            b'd' => &["density"],
            b'n' => &["nnz", "nonzero", "non-zero"],
            b'm' => &["mask"],
            b'a' => &["alive"],
            b'z' => &["zero"],
            b'r' => &["removed", "remaining", "retain"],
            b'k' => &["keep", "kept"],
            b'l' => &["left"],
            b'e' => &["effective"],
            b'u' => &["unprun"],
            b'c' => &["compression"],
            _ => return false,
        };
        let is = |stem: &&str| {
            line.as_bytes()
                .get(at..at + stem.len())
                .is_some_and(|own| own.eq_ignore_ascii_case(stem.as_bytes()))
        };
        stems.iter().any(is)
    };
    line.as_bytes().iter().enumerate().any(begins)
}

/// Whether a word is of something else than weights.
pub(super) fn is_of_others(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    NO_WEIGHTS.iter().any(|other| lower.starts_with(other))
}

/// The line with names before their numbers, and of a number that changes the new one.
pub(super) fn plainly(line: &str) -> String {
    let mut text = line.replace('→', "->").replace("=>", "->").replace("->", " -> ");
    for (written, plain) in
        [("non-zero", "nonzero"), ("Non-zero", "nonzero"), ("Non-Zero", "nonzero"), ("un-pruned", "unpruned")]
    {
        text = text.replace(written, plain);
    }
    for percent in [" (%)", "(%)", " [%]", "[%]"] {
        text = text.replace(percent, "_percent");
    }
    text = text.replace(['(', ')'], " ");
    let mut words: Vec<&str> = text.split_whitespace().collect();
    if line.to_ascii_lowercase().contains("compression") {
        words.iter_mut().for_each(|word| *word = without_times(word));
    }
    let mut plain: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let (word, next) = (words[at], words.get(at + 1).copied().unwrap_or_default());
        let changes = is_number(word)
            && ["->", "to"].contains(&next)
            && words.get(at + 2).is_some_and(|new| is_number(new));
        let is_between = BETWEEN.contains(&&*word.to_ascii_lowercase())
            && (is_number(next) || BETWEEN.contains(&&*next.to_ascii_lowercase()))
            && plain.last().is_some_and(|before| is_of_pruning(before.trim_end_matches([':', '='])));
        // `pruned 45% of documents`, `pruning 2 old checkpoints`.
        let behind =
            words[at + 1..].iter().take(BEFORE).take_while(|word| !word.contains([':', '=', '|', ',']));
        let is_of_word = plain.last().is_some_and(|before| is_of_pruning(before));
        if is_number(word) && is_of_word && behind.clone().any(|word| is_of_others(word)) {
            at += 1;
        } else if changes {
            at += 2;
        } else if is_between {
            at += 1;
        } else if is_number(word) && UNITS.contains(&next.trim_end_matches([',', ';', '|'])) {
            plain.push(format!("{word}{next}"));
            at += 2;
        } else if let Some((name, of)) = of_weights(&words[at..]) {
            plain.push(name);
            at += of;
        } else if let Some(of) = of_share(word, &words[at + 1..]) {
            plain.push(format!("sparsity={word}"));
            at += 1 + of;
        } else {
            plain.push(word.to_owned());
            at += 1;
        }
    }
    plain.join(" ")
}

/// How many words behind a share say that so much is pruned.
fn of_share(share: &str, behind: &[&str]) -> Option<usize> {
    let is_share =
        share.ends_with('%') || units::number(share).is_some_and(|value| value > 0.0 && value < 1.0);
    let weights = behind.iter().take_while(|word| WEIGHTS.contains(&&*word.to_ascii_lowercase())).count();
    let word = behind.get(weights)?.trim_end_matches([',', ';', '.', '|']).to_ascii_lowercase();
    // Of `lr 0.1 sparsity 0.8` the number before is another's.
    let is_part = |word: &str, of: &[&str]| of.contains(&&*word.to_ascii_lowercase());
    let signs = [':', '='];
    let name =
        behind[weights + 1..].iter().take_while(|word| is_part(word.trim_end_matches(signs), &WEIGHTS));
    let is_named = name.clone().any(|word| word.ends_with(signs));
    let mut after = behind[weights + 1 + name.count()..].iter().filter(|word| !is_part(word, &BETWEEN));
    let has_own = is_named || after.next().is_some_and(|next| is_number(next));
    (is_share && !has_own && is_number(share) && SPARSE.contains(&&*word)).then_some(weights + 1)
}

/// A share or a count of weights that words say is left, or taken away, and how many words do: `kept 50% of the weights`, `10M nonzero
/// weights`.
fn of_weights(words: &[&str]) -> Option<(String, usize)> {
    let bare = |at: usize| {
        words.get(at).map(|word| word.trim_end_matches([',', ';', '.', '|']).to_ascii_lowercase())
    };
    let is = |at: usize, all: &[&str]| bare(at).is_some_and(|word| all.contains(&&*word));
    if (is(0, &KEPT) || is(0, &REMOVED))
        && words.get(1).is_some_and(|word| is_number(word) && word.contains('%'))
    {
        let between = (2..4).take_while(|at| is(*at, &WEIGHTS[..2])).count();
        let name = if is(0, &KEPT) { "kept" } else { "removed" };
        return is(2 + between, &WEIGHTS[2..])
            .then(|| (format!("| {name} weights={}", words[1]), 3 + between));
    }
    let has_own = || words.get(3).is_some_and(|next| is_number(next));
    (is_number(words[0]) && is(1, &ARE_LEFT) && is(2, &WEIGHTS[2..]) && !has_own())
        .then(|| (format!("| nonzero params={}", words[0]), 3))
}

/// How many times a network is made smaller, as a number: of `2.0x`, `1:2.0` and `factor=2x`.
fn without_times(word: &str) -> &str {
    let is_plain = |text: &str| text.parse::<f64>().is_ok();
    let value = word.rsplit('=').next().unwrap_or_default();
    let end = word.trim_end_matches([',', ';', '|']);
    match value.trim_end_matches([',', ';', '|']).strip_suffix(['x', 'X', '×']) {
        Some(times) if is_plain(times) => end.trim_end_matches(['x', 'X', '×']),
        _ => match end.strip_prefix("1:").or_else(|| end.strip_suffix(":1")) {
            Some(times) if is_plain(times) => times,
            _ => word,
        },
    }
}

/// Whether a word is a number, or a percentage.
fn is_number(word: &str) -> bool {
    let word = word.trim_end_matches([',', ';', '|']);
    units::number(word.strip_suffix('%').unwrap_or(word)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_any_word_of_pruning_are_looked_at() {
        let words = "sparsity sparse pruned pruning prune unpruned density nonzeros nonzero nnz zeros zeroed removed zero keep kept \
                     remaining surviving left effective compression";
        for word in words.split_whitespace() {
            assert!(may_mention_pruning(&format!("é {}: 3", word.to_uppercase())), "{word}");
        }
        assert!(!may_mention_pruning("iter 3: loss 4.0, time 100.12ms, mfu 30.12%"));
    }
}
