//! Runs that a column marks as not to be used.

use std::collections::BTreeMap;

use super::kind::{Finding, FindingKind, Found, Place};
use crate::Sweep;

/// What such columns are called where they say yes of a run that is not to be used, and no of one that is.
const OUT: [&str; 21] = [
    "exclude",
    "excluded",
    "skipped",
    "dropped",
    "ignore",
    "ignored",
    "outlier",
    "bad",
    "invalid",
    "failed",
    "failure",
    "diverged",
    "divergence",
    "broken",
    "corrupt",
    "corrupted",
    "unstable",
    "crashed",
    "discard",
    "discarded",
    "omit",
];
/// And where they say no of it.
const IN: [&str; 8] =
    ["include", "included", "valid", "usable", "converged", "stable", "finished", "completed"];
const YES: [&str; 5] = ["true", "1", "yes", "y", "x"];
const NO: [&str; 4] = ["false", "0", "no", "n"];
/// Where more are marked than this share of the runs, the mark says something else.
const MOST: f64 = 0.5;

/// The last word of a column's name that says what it is: `is_outlier`, `quality/excluded`.
fn name(column: &str) -> String {
    let last = column.rsplit(['/', '.']).next().unwrap_or(column).to_lowercase();
    let words: Vec<&str> =
        last.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        ["is" | "was" | "has" | "to", rest @ ..] => rest.join(" "),
        words => words.join(" "),
    }
}

/// Whether a cell of such a column marks its run.
fn marks(column: &str, cell: &str) -> bool {
    let (name, cell) = (name(column), cell.trim().to_lowercase());
    let says = |words: &[&str]| words.contains(&&*cell);
    (OUT.contains(&&*name) && says(&YES)) || (IN.contains(&&*name) && says(&NO))
}

pub(super) fn findings(sweep: &Sweep) -> Vec<Finding> {
    let mut marked: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate() {
        for [column, cell] in run.labels() {
            if marks(column, cell) {
                marked.entry((column, cell)).or_default().push(index);
            }
        }
    }
    marked.retain(|_, runs| (runs.len() as f64) < MOST * sweep.len() as f64);
    let finding = |((column, value), runs): ((&str, &str), Vec<usize>)| {
        let mut found = Found::default();
        runs.into_iter().for_each(|run| found.add(|| Place::run(sweep, run)));
        let quoted = |text: &str| match text.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c)) {
            true => text.to_owned(),
            false => format!("\"{}\"", text.replace('"', "")),
        };
        let remedy = format!("leave them out (`filter: {}!={}`)", quoted(column), quoted(value));
        let kind = FindingKind::MarkedOut { column: column.to_owned(), value: value.to_owned(), remedy };
        Finding::some(kind, found)
    };
    marked.into_iter().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::marks;

    #[test]
    fn what_marks_a_run_and_what_does_not() {
        for (column, cell) in [
            ("exclude", "True"),
            ("is_outlier", "1"),
            ("config/quality.diverged", "yes"),
            ("Valid", "false"),
            ("include", "0"),
        ] {
            assert!(marks(column, cell), "{column} {cell}");
        }
        for (column, cell) in [
            ("exclude", "False"),
            ("outlier", "0"),
            ("outliers", "1"),
            ("dropout", "1"),
            ("valid", "true"),
            ("arch", "x"),
            ("data", "excluded"),
        ] {
            assert!(!marks(column, cell), "{column} {cell}");
        }
    }
}
