//! What was fitted, in words.

use nbar::Observations;
use nbar::law::{Input, Law};
use nbar::observation::FlopsCount;
use nbar::units::format_quantity;

use crate::args::SweepArgs;
use crate::escape;
use crate::format::{digits, format_count, thousands};

/// Letters of a formula that stand on one line with the meaning of N and D.
const LONG: usize = 100;

/// Lines that say what law is fitted to what.
pub(crate) fn heading(law: &dyn Law, from: &str, observations: &Observations) -> String {
    let size = match law.spec().inputs.contains(&Input::Params) {
        true => format!("    N = {} parameters, D = tokens", observations.size()),
        false => String::new(),
    };
    let (formula, letters) = parted(&law.spec().formula);
    format!("{formula}{size}\n{letters}{from}\n{}", data_lines(observations))
}

/// A formula, and on a line of its own what its letters are, where it is long.
fn parted(formula: &str) -> (&str, String) {
    match formula.split_once(", ").filter(|_| formula.len() > LONG) {
        Some((formula, letters)) => (formula, format!("    {letters}\n")),
        None => (formula, String::new()),
    }
}

/// How many observations there are, from which files, and how many rows were left out.
pub(crate) fn from_files(args: &SweepArgs, filtered_out: usize, observations: &Observations) -> String {
    let filtered = match filtered_out {
        0 => String::new(),
        rows => format!(" ({} filtered out)", format_count(rows, "row")),
    };
    format!("{} from {}{filtered}", counted(observations), escape::line(&args.files.join(", ")))
}

/// How many observations there are.
pub(crate) fn counted(observations: &Observations) -> String {
    counts(observations.len(), observations.run_count(), observations.cluster_count())
}

/// So many observations, runs and, if any, clusters.
pub(crate) fn counts(observations: usize, runs: usize, clusters: Option<usize>) -> String {
    let clusters = clusters.map_or(String::new(), |count| format!(" in {}", format_count(count, "cluster")));
    format!("{} of {}{clusters}", format_count(observations, "observation"), format_count(runs, "run"))
}

/// What to know of a split in which so many clusters stand on both sides.
pub(crate) fn shared_clusters(count: usize) -> String {
    let (runs, them) = match count {
        1 => ("1 cluster has".to_owned(), "it shares"),
        _ => (format!("{} clusters have", thousands(count)), "they share"),
    };
    format!(
        "{runs} runs both fitted and held out: what {them} makes these look better foretold than runs of other clusters"
    )
}

/// Lines that say what weights were used, how losses were made from curves and what window runs are taken to be pruned over;
/// empty where all rows count alike, each loss is that of a row, and windows are those of the files.
pub(crate) fn data_lines(observations: &Observations) -> String {
    let mut lines = String::new();
    if let Some((how, weight)) = observations.weighting().zip(observations.weight()) {
        let least = weight.iter().copied().fold(f64::INFINITY, f64::min);
        let most = weight.iter().copied().fold(0.0, f64::max);
        let (least, most) = (format_quantity(least, 3), format_quantity(most, 3));
        lines = format!("weights: {}, from {least} to {most}\n", escape::line(&how));
    }
    if let Some(line) = flops_line(observations) {
        lines.push_str(&format!("{line}\n"));
    }
    if let Some(from) = observations.loss_from() {
        lines.push_str(&format!("loss: {from}\n"));
    }
    lines.push_str(&window_line(observations.prune_window()));
    lines
}

/// A line that says how FLOPs are counted, where they are not 6 N̄ D.
pub(crate) fn flops_line(observations: &Observations) -> Option<String> {
    let [least, most] = observations.flops_over_average()?.map(|ratio| digits(ratio, 3));
    let how = match observations.flops_count() {
        FlopsCount::Dense => "6 N0 D (--flops-count dense)",
        _ => "as measured, in the column flops",
    };
    let ratio = if least == most { least } else { format!("{least} to {most}") };
    Some(format!("FLOPs: {how}: {ratio} times 6 N̄ D"))
}

/// A line that says what window runs are taken to be pruned over; empty where it is that of the files.
pub(crate) fn window_line(window: Option<&str>) -> String {
    window.map_or(String::new(), |window| {
        format!("pruned over {}: --prune-window, not the files\n", escape::line(window))
    })
}
