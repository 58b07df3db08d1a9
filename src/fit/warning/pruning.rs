//! Warnings of how runs were pruned, in words.

use super::{SparseDeparture, Warning};
use crate::run::pruned::in_words;
use crate::units::{format_count, format_number};

/// Most kinds of runs that are named.
const NAMED: usize = 4;

/// How far kinds of sparse runs lie from the law.
fn departed(all: &[SparseDeparture]) -> String {
    let one = |of: &SparseDeparture| {
        let off = format_number(100.0 * of.departure.exp_m1().abs(), 2);
        let side = if of.departure > 0.0 { "above" } else { "below" };
        format!("{}, measured {off} % {side} it ({})", of.runs, format_count(of.count, "run"))
    };
    let mut parts: Vec<String> = all.iter().take(NAMED).map(one).collect();
    if let Some(more @ 1..) = all.len().checked_sub(NAMED) {
        parts.push(format!("and {more} more"));
    }
    parts.join(", ")
}

/// Shares in whole per cent, one or a range.
fn from_to([least, most]: [f64; 2]) -> String {
    let [least, most] = [least, most].map(|share| format!("{:.0}", 100.0 * share));
    if least == most { format!("{least} %") } else { format!("{least} to {most} %") }
}

/// What a warning of pruning says; nothing of others.
pub(super) fn of_pruning(warning: &Warning) -> String {
    match warning {
        Warning::SparseDepart { departures, level } => format!(
            "sparse runs do not lie on the law of the dense ones (level {} %): {}; fit a law that knows when parameters are \
                 removed (`law=schedule`), try another `size`, or leave such runs out",
            100.0 * level,
            departed(departures)
        ),
        Warning::WindowsAlike { windows } => match windows.as_slice() {
            [one] => format!(
                "all runs with a pruning window are pruned over {one}: this sweep cannot tell what another window does; add \
                     runs of the same sparsity over another"
            ),
            _ => "no two pruning windows occur with one final sparsity: this sweep cannot tell windows from sparsities; add runs \
                  of one sparsity over two windows"
                .to_owned(),
        },
        Warning::OutsideWindows { window, fitted_start, fitted_end } => format!(
            "pruning over {} of the tokens lies outside the windows that were fitted, which start at {} and end at {}: no run tells of \
                 it but by the form of the law",
            in_words(*window),
            from_to(*fitted_start),
            from_to(*fitted_end)
        ),
        Warning::NoneWasPruned => "a pruned run is asked about, and no run of the sweep is said to be pruned: how far pruned runs lie from this law is \
                                   not known, and those pruned late lie above it; add pruned runs to the sweep"
            .to_owned(),
        Warning::SparserThanRuns { sparsity, fitted } => format!(
            "this asks for a sparsity of {} %, and the sparsest run of the sweep has {} %: no run tells whether the law holds there",
            (1e4 * sparsity).round() / 100.0,
            (1e4 * fitted).round() / 100.0
        ),
        Warning::DenserThanRuns { sparsity, fitted } => {
            let asked = match *sparsity {
                0.0 => "a dense run is asked about".to_owned(),
                sparsity => format!("this asks for a sparsity of {} %", (1e4 * sparsity).round() / 100.0),
            };
            format!(
                "{asked}, and every run of the sweep is pruned, to {} % at least: no run tells whether the law holds there; ask about runs pruned like \
                 those, or add dense runs to the sweep",
                (1e4 * fitted).round() / 100.0
            )
        }
        Warning::BestIsOneCut { rows: 0, .. } => "the form of this law favours one cut, whatever its parameters, and no run of the \
                                                   sweep was cut at once; prefer the best window of a usual length"
            .to_owned(),
        Warning::BestIsOneCut { rows, departure } => format!(
            "the form of this law favours one cut, whatever its parameters; the runs that were cut at once were measured {} % {} it \
                 ({}): where that is more than a cut wins, prefer the best window of a usual length",
            format_number(100.0 * departure.exp_m1().abs(), 2),
            if *departure < 0.0 { "below" } else { "above" },
            format_count(*rows, "row")
        ),
        _ => String::new(),
    }
}
