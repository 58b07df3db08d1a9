//! What lines of any log say of pruning, whatever tool printed it: `step 300: sparsity=0.45`.

use std::borrow::Cow;

use super::super::fields::Field;
use super::super::table::Table;
use super::pairs::{place, said};
use super::pruning_text::{self, doubtful};
use super::pruning_words::may_mention_pruning;

/// Adds to the row in the making what its line says of pruning, beside its `own` cells.
pub(super) fn add(table: &mut Table, line: &str, own: &[&str]) {
    let is_own = |name: &str| own.contains(&name) || place(name).is_some();
    let cells = said(line);
    for (name, cell) in cells.iter().filter(|(name, _)| !is_own(name)) {
        let column = table.column(name);
        table.set(column, cell);
    }
    if cells.is_empty() {
        add_text(table, line);
    }
}

/// Adds a row of what a line says of pruning, if it says something.
pub(super) fn add_row(table: &mut Table, line: &str, number: u64) {
    let cells = said(line);
    for (name, cell) in &cells {
        let is_same = |header: &&String| place(name).is_some() && Field::named(header) == place(name);
        let known = table.headers().iter().find(is_same).cloned();
        let column = table.column(&known.map_or(Cow::Borrowed(&**name), Cow::Owned));
        table.set(column, cell);
    }
    if !cells.is_empty() || add_text(table, line) {
        table.end_row(number);
    }
}

/// Adds a line that may say it in words that nothing reads; false where it does not.
fn add_text(table: &mut Table, line: &str) -> bool {
    let text = may_mention_pruning(line).then(|| doubtful(line)).flatten();
    if let Some(text) = &text {
        let column = table.column(pruning_text::COLUMN);
        table.set(column, text);
    }
    text.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_is_pruned_and_when() {
        let read = |line| {
            let cells = said(line);
            cells.iter().map(|(name, cell)| format!("{name} {cell}")).collect::<Vec<_>>().join(", ")
        };
        for (line, cells) in [
            ("step 300: sparsity=0.45", "step 300, sparsity 0.45"),
            ("[prune] iteration 1,200 | model sparsity: 45.0%", "iteration 1200, model sparsity 45.0%"),
            ("[step 300] remaining weights: 62%", "step 300, remaining weights 62%"),
            ("INFO: nonzero params: 62M at step 7", "nonzero params 62M, step 7"),
            ("current sparsity: 0.3", "current sparsity 0.3"),
            ("step 500 | pruning: sparsity 0.0000 -> 0.8000", "step 500, sparsity 0.8000"),
            ("step 5: sparsity increased from 0.1 to 0.2", "step 5, sparsity 0.2"),
            ("step 5 | non-zero fraction: 0.4", "step 5, nonzero fraction 0.4"),
            ("step 5, non-zero: 20.0 %", "step 5, nonzero 20.0%"),
            ("step 5 unpruned: 20%", "step 5, unpruned 20%"),
            ("step 5 sparsity (%): 80", "step 5, sparsity_percent 80"),
            ("step 5 nonzero params 91.99 M", "step 5, nonzero params 91.99M"),
            ("step 5: 80.0% of weights pruned", "step 5, sparsity 80.0%"),
            ("step 5: mask updated: 0.45 sparse", "step 5, sparsity 0.45"),
            ("step 5 lr 0.001 sparsity 0.8", "step 5, sparsity 0.8"),
            ("step: 5 mfu: 30.1% pruned weights: 60%", "step 5, pruned weights 60%"),
            ("step 5 mfu 30.1% pruned weights 60%", "step 5, pruned weights 60%"),
            ("step 5 dropout 0.1 sparsity -> 0.8", "step 5, sparsity 0.8"),
            ("step 5 sparsity 0.8 lr 0.001", "step 5, sparsity 0.8"),
            ("step 5 loss 0.9 weights pruned 80%", "step 5, weights pruned 80%"),
            ("step 5: 80% sparsity at step 5", "step 5, sparsity 80%"),
            ("step 5: sparsity (80.0%)", "step 5, sparsity 80.0%"),
            ("step 5: sparsity is 0.8", "step 5, sparsity 0.8"),
            (" iteration 5/ 9 | consumed samples: 250 | lm loss: 2.5 | sparsity: 0.8 |", "sparsity 0.8"),
            ("step 5: saved a checkpoint at sparsity 0.8", "step 5, sparsity 0.8"),
            ("step 5: docs pruned: 45%", ""),
            ("step 5: pruned 45% of documents", ""),
            ("step 5: pruning 2 old checkpoints", ""),
            ("step 5: packing density: 0.97, data density: 0.35", ""),
            ("step 3: zero_stage=2 activation sparsity=0.4 time left: 3", ""),
            (" iteration 3/ 9 | lm loss: 2.5E+00 | num zeros: 120.0 |", ""),
            ("Using sparsity", ""),
        ] {
            assert_eq!(read(line), cells, "{line}");
        }
    }
}
