//! Kinds of runs that lie apart from one law, and runs of one size that lie together, in words.

use std::collections::BTreeMap;

use crate::units::format_number;

/// Most kinds that are named: those farthest up and down.
const NAMED: usize = 4;

/// What rounding alone makes of nothing.
const ROUNDING: f64 = 1e-12;

/// What is said of kinds that lie apart.
pub(super) fn apart(column: &str, departures: &BTreeMap<String, f64>, p: f64, shared: bool) -> String {
    let one = |(kind, departure): &(&String, &f64)| {
        let kind = if kind.is_empty() { "(empty)" } else { kind.as_str() };
        let off = format_number(100.0 * departure.exp_m1().abs(), 2);
        if departure.abs() < ROUNDING {
            return format!("'{kind}' on it");
        }
        let side = if **departure > 0.0 { "above" } else { "below" };
        format!("'{kind}' {off} % {side} it")
    };
    let mut kinds: Vec<(&String, &f64)> = departures.iter().collect();
    kinds.sort_by(|a, b| b.1.total_cmp(a.1));
    let ends = NAMED / 2;
    let left_out = kinds.len().saturating_sub(NAMED);
    let mut parts: Vec<String> = kinds.iter().take(ends).map(one).collect();
    parts.extend((left_out > 0).then(|| format!("{left_out} more between")));
    parts.extend(kinds.iter().skip(ends + left_out).map(one));
    let filled = if departures.contains_key("") { "write a word into the empty cells and " } else { "" };
    let remedy = match shared {
        true => "let them share fewer parameters (`share`)".to_owned(),
        false => format!("fit each kind apart (`group={column}`)"),
    };
    format!(
        "runs that '{column}' tells apart do not lie on one law (p = {}): on average {}; {filled}{remedy}, or \
         leave all but one out (`filter`)",
        format_number(p, 1),
        parts.join(", ")
    )
}

/// What is said of runs with these `params` or `tokens` in common.
pub(super) fn together(of: &str, p: f64) -> String {
    format!(
        "runs with the same {of} lie together about the law (p = {}): they share noise, and intervals are too narrow; draw them as one, by \
         a column that is alike for them (`cluster=COLUMN`)",
        format_number(p, 1)
    )
}
