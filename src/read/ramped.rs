//! Columns that say that steps are shorter at first: batches or sequences grow.

use super::cells;
use super::text::last;
use crate::units;

/// What grows, and words that say so.
const GROWING: [&str; 8] =
    ["batch", "bsz", "seqlen", "seqlength", "sequencelen", "contextlen", "ctxlen", "blocksize"];
const GROWS: [&str; 7] = ["ramp", "warmup", "curriculum", "schedule", "doubl", "increas", "growth"];
/// Words of the size that a ramp starts from.
const FROM: [&str; 5] = ["start", "starting", "initial", "init", "min"];
/// Kinds of schedules along which nothing grows.
const EVEN: [&str; 3] = ["constant", "fixed", "const"];

/// Whether a column of this name says that batches or sequences grow.
pub(super) fn is_ramp(header: &str) -> bool {
    let lower = last(header).to_lowercase();
    // `warmup_batches` counts batches of another warm-up.
    let name: String = lower.replace("batches", "").chars().filter(|c| c.is_alphanumeric()).collect();
    let words = || lower.split(|c: char| !c.is_alphanumeric());
    let grows = GROWS.iter().any(|word| name.contains(word)) || words().any(|word| FROM.contains(&word));
    grows
        && (GROWING.iter().any(|word| name.contains(word))
            || words().any(|word| matches!(word, "bs" | "seq")))
}

/// Whether a cell of such a column says so, where steps are of these `sizes`: what starts as large does not grow.
pub(super) fn grows(cell: &str, sizes: &[&str]) -> bool {
    let is_even = cells::is_no(cell)
        || units::number(cell) == Some(0.0)
        || EVEN.iter().any(|even| cell.eq_ignore_ascii_case(even))
        || sizes.iter().any(|size| cells::same_number(cell, size));
    !is_even
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_that_steps_grow() {
        for header in [
            "rampup_batch_size",
            "config/batch_size_warmup_steps",
            "bsz_warmup",
            "curriculum_seqlen",
            "seq_len_warmup",
            "Start batch size",
            "initial_seq_len",
            "batch-size-ramp",
            "batch_size_schedule",
            "batch_rampup_samples",
            "bs_rampup",
            "double_batch_at_step",
            "seq_warmup",
        ] {
            assert!(is_ramp(header), "{header}");
        }
        for header in
            ["mini_batch_size", "warmup_batches", "lr_warmup", "batch_size", "micro_batch", "start_step"]
        {
            assert!(!is_ramp(header), "{header}");
        }
    }

    #[test]
    fn what_starts_as_large_does_not_grow() {
        for cell in ["", "none", "0", "False", "constant", "256", "256.0"] {
            assert!(!grows(cell, &["256", "2048"]), "{cell}");
        }
        for cell in ["32", "32 32 1000000", "linear", "true", "[32, 32, 1e6]"] {
            assert!(grows(cell, &["256", "2048"]), "{cell}");
        }
    }
}
