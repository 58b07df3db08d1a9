//! Lines that may say how much of a network is pruned, in words that nothing reads: `applying mask, target=0.5`.

use super::super::fields::Field;
use super::pruning_words::is_of_others;
use crate::units;

/// The column that such lines are put in, for a person to see.
pub(super) const COLUMN: &str = "lines about pruning";

/// How words begin that are of pruned weights.
const STEMS: [&str; 8] = ["prun", "unprun", "sparsi", "nonzero", "nnz", "zeros", "zeroed", "mask"];
/// Words that are, with one of weights or a percentage on the line.
const BESIDE: [&str; 8] = ["kept", "keeping", "keep", "remaining", "left", "removed", "alive", "compression"];
const WEIGHTS: [&str; 5] = ["weight", "weights", "params", "parameters", "neurons"];
/// How words begin that make another thing of it, near by and beside it.
const OTHER: [&str; 16] = [
    "activation",
    "grad",
    "attention",
    "attn",
    "causal",
    "padding",
    "expert",
    "moe",
    "router",
    "optimizer",
    "stage",
    "time",
    "eta",
    "disk",
    "memory",
    "prob",
];
const OTHER_BESIDE: [&str; 4] = ["loss", "lm", "mlm", "num"];
/// Words of places in the training.
const PLACES: [&str; 3] = ["epoch", "epochs", "ep"];
/// How far a number may be from such a word.
const NEAR: usize = 4;
/// Longer lines are cut.
const LONGEST: usize = 80;

/// The line, if it may say that weights are pruned, and by how much; none where what it says is of a dense network.
pub(super) fn doubtful(line: &str) -> Option<String> {
    let line = line.trim();
    line.split('|').any(is_doubtful).then(|| line.chars().take(LONGEST).collect())
}

fn is_doubtful(part: &str) -> bool {
    // A time, or a step.
    let part = part.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(part, |(_, rest)| rest);
    let is_between = |c: char| c.is_whitespace() || ",;()[]{}'\"".contains(c);
    let words: Vec<&str> = part.split(is_between).flat_map(pair).filter(|word| !word.is_empty()).collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase().replace('-', "")).collect();
    let begins = |word: &str, all: &[&str]| all.iter().any(|stem| word.starts_with(stem));
    let has_share = words.iter().any(|word| word.ends_with('%'));
    let is_of_network = has_share || lower.iter().any(|word| WEIGHTS.contains(&&**word));
    let is_of_weights = |word: &str| {
        begins(word, &STEMS) || word == "compression" || (BESIDE.contains(&word) && is_of_network)
    };
    let near = |at: usize, far: usize| at.saturating_sub(far)..(at + far + 1).min(words.len());
    let is_of_other = |at: usize| {
        near(at, NEAR).any(|near| begins(&lower[near], &OTHER) || is_of_others(&lower[near]))
            || near(at, 1).any(|near| OTHER_BESIDE.contains(&&*lower[near]))
    };
    let says = |at: usize| {
        let number = |near: usize| {
            number(words[near]).is_some() && !is_dense(words[near]) && !is_place(&lower[..near])
        };
        is_of_weights(&lower[at]) && near(at, NEAR).any(number) && !is_of_other(at)
    };
    (0..words.len()).any(says)
}

/// A name and its value: `target=0.5`, `step:`.
fn pair(word: &str) -> [&str; 2] {
    match word.split_once(['=', ':']) {
        Some((name, value)) if name.starts_with(|c: char| c.is_ascii_alphabetic()) => [name, value],
        _ => [word, ""],
    }
}

/// The number that a word is, whatever its unit.
fn number(word: &str) -> Option<f64> {
    let word = word.trim_end_matches(['.', ':', '%', 'x']);
    units::number(word.strip_prefix("1:").unwrap_or(word))
}

/// Whether the words before a number say that it is a place in the training.
fn is_place(before: &[String]) -> bool {
    before.last().is_some_and(|name| {
        PLACES.contains(&&**name)
            || Field::named(name).is_some_and(|field| [Field::Step, Field::Tokens].contains(&field))
    })
}

/// Whether a number is one that a dense network has: nothing, or all.
fn is_dense(word: &str) -> bool {
    let is = |all: &[f64]| number(word).is_some_and(|value| all.contains(&value));
    is(&[0.0, 1.0]) || (word.ends_with('%') && is(&[100.0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_may_say_how_much_is_pruned_are_shown() {
        for line in [
            "INFO pruner: applying mask, target=0.500 step=2000",
            "[2000] zeros: 10006172",
            "step 2000 | remaining 50.00%",
            "step 250 | loss 7.1688 | zeros 5000 | lr 3e-4",
            "12:01:33 masks updated (0.45)",
            "pruned the network to 12.5M",
            "step 50: mask ratio 0.3",
            "70% of the weights alive",
            "Sparsifying layer 3 by 0.5",
        ] {
            assert_eq!(doubtful(line).as_deref(), Some(line));
        }
        for line in [
            "[50] zeros: 0",
            "step 100 | remaining 100.00%",
            "step 2000: pruning",
            "step 2000 | loss 3.2 | num zeros: 120",
            "time remaining: 50%",
            "pruning 2 old checkpoints",
            "attention mask 1024",
            "masked lm loss 3.2",
            "pruned 45% of documents",
            "mask loss 2.5",
            "kept 3 files",
            "Using sparsity",
        ] {
            assert_eq!(doubtful(line), None, "{line}");
        }
    }
}
