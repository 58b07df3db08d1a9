//! The forms in which a matched pair is printed.

use std::fmt::Write;

use nbar::Document;
use nbar::answer::{BestWindow, TwinLosses, TwinReport, TwinRun, Twins};
use nbar::predict::PredictedLoss;
use nbar::units::format_quantity;

use super::Args;
use crate::allocations::far;
use crate::format::{digits, percent, range};
use crate::paste::command;
use crate::plan::bytes;
use crate::table::{Cell, Table, count, end, number, text as words};
use crate::windows;

pub(super) fn form(
    args: &Args,
    pair: &Twins,
    losses: Option<&TwinLosses>,
    window: Option<BestWindow>,
) -> String {
    let mut report = pair.report(losses);
    report.window = window;
    report.sparse.command = pair.recipe().map(|recipe| command(&recipe));
    table(&report).written(args.answer.format, || report.to_json(), || text(args, pair, &report))
}

/// Both runs' numbers: sparse, dense.
fn numbers(report: &TwinReport) -> [(&'static str, [f64; 2]); 7] {
    let both = |of: fn(&TwinRun) -> f64| [of(&report.sparse.run), of(&report.dense)];
    [
        ("initial_params", both(|run| run.initial_params)),
        ("average_params", both(|run| run.average_params)),
        ("final_params", both(|run| run.final_params)),
        ("sparsity", both(|run| run.sparsity)),
        ("tokens", both(|run| run.tokens)),
        ("training_flops", both(|run| run.training_flops)),
        ("served_bytes", both(|run| run.served_bytes)),
    ]
}

/// The losses of both, and how they differ.
fn losses(report: &TwinReport) -> Option<([PredictedLoss; 2], &TwinLosses)> {
    Some(([report.sparse.run.loss?, report.dense.loss?], report.losses.as_ref()?))
}

fn table(report: &TwinReport) -> Table<Both> {
    let single = |name: Cell, cell| (name, [cell, words("")]);
    let mut rows = Vec::new();
    for (name, values) in numbers(report) {
        let write = if name == "sparsity" { |v| number(v, 5) } else { |v| count(v, 4) };
        rows.push((words(name), values.map(write)));
    }
    if let Some((both, TwinLosses { loss_difference, level, .. })) = losses(report) {
        let three = |name, values: [f64; 2]| (name, values.map(|v| number(v, 5)));
        let end = |name| end(name, *level);
        rows.push(three(words("loss"), both.map(|loss| loss.estimate)));
        rows.push(three(end("mean_lower"), both.map(|loss| loss.mean_interval[0])));
        rows.push(three(end("mean_upper"), both.map(|loss| loss.mean_interval[1])));
        rows.push(three(end("run_lower"), both.map(|loss| loss.run_interval[0])));
        rows.push(three(end("run_upper"), both.map(|loss| loss.run_interval[1])));
        rows.push(single(words("loss_difference"), number(loss_difference.estimate, 5)));
        rows.push(single(end("loss_difference_lower"), number(loss_difference.interval[0], 5)));
        rows.push(single(end("loss_difference_upper"), number(loss_difference.interval[1], 5)));
    }
    if let Some(best) = &report.window {
        let level = losses(report).map_or(f64::NAN, |(_, of)| of.level);
        for (name, at) in [("window_start", best.start), ("window_end", best.end)] {
            rows.push(single(words(name), number(at.estimate, 4)));
            rows.push(single(end(&format!("{name}_lower"), level), number(at.interval[0], 4)));
            rows.push(single(end(&format!("{name}_upper"), level), number(at.interval[1], 4)));
        }
        rows.push(single(words("shape"), words(best.shape)));
    }
    rows.extend(report.dense.steps.map(|steps| single(words("steps"), words(steps))));
    if let Some(schedule) = &report.sparse.schedule {
        rows.push(single(words("start_step"), words(schedule.start_step)));
        rows.push(single(words("end_step"), words(schedule.end_step)));
        rows.push(single(words("every_steps"), words(schedule.every_steps)));
    }
    sides("quantity", rows)
}

/// A name, and what both runs have: sparse, dense.
type Both = (Cell, [Cell; 2]);

/// What both runs have, side by side.
fn sides(heading: &str, rows: Vec<Both>) -> Table<Both> {
    Table::of(rows)
        .column(heading, |(name, _)| name.clone())
        .column("sparse", |(_, [sparse, _])| sparse.clone())
        .column("dense", |(_, [_, dense])| dense.clone())
}

fn text(args: &Args, pair: &Twins, report: &TwinReport) -> String {
    let losses = losses(report);
    let mut out = losses.map_or_else(String::new, |(_, of)| far(of.extrapolation.flops));
    out.push_str(match args.dense_params {
        Some(_) => "the sparse run that replaces a dense one: the same N̄, the same tokens\n\n",
        None => "the dense twin of a sparse run: the same N̄, the same tokens\n\n",
    });
    let mut rows: Vec<Both> = Vec::new();
    for (name, values) in numbers(report) {
        let (name, values) = match name {
            "initial_params" => ("initial params  N0", values.map(|v| count(v, 4))),
            "average_params" => ("average params  N̄", values.map(|v| count(v, 4))),
            "final_params" => ("final params", values.map(|v| count(v, 4))),
            "sparsity" => ("final sparsity", values.map(|v| number(v, 4))),
            "training_flops" => ("training FLOPs", values.map(|v| count(v, 4))),
            "served_bytes" => ("served", values.map(|v| words(bytes(v)))),
            name => (name, values.map(|v| count(v, 4))),
        };
        rows.push((words(name), values));
    }
    if let Some((both, of)) = losses {
        let with_level = |name: &str| words(format!("{name} ({})", percent(of.level)));
        rows.push((words("loss"), both.map(|loss| number(loss.estimate, 5))));
        if !of.level.is_nan() {
            rows.push((with_level("law lies in"), both.map(|loss| words(range(loss.mean_interval, 5)))));
            rows.push((with_level("run would land"), both.map(|loss| words(range(loss.run_interval, 5)))));
        }
    }
    out.push_str(&sides("", rows).text());
    if pair.fixed_params > 0.0 {
        let _ = writeln!(
            out,
            "\nof these {} are never pruned; the sparsity is that of the others",
            format_quantity(pair.fixed_params, 4)
        );
    }
    let _ = writeln!(
        out,
        "\nserved: memory at 2 bytes a parameter; of the sparse network, the values and a mask of one bit a parameter"
    );
    if let Some((_, of)) = losses {
        let e = of.loss_difference;
        let plus = if e.estimate > 0.0 { "+" } else { "" };
        let amount = match e.estimate {
            0.0 => String::new(),
            estimate if of.level.is_nan() => format!("{plus}{}; ", digits(estimate, 3)),
            estimate => format!(
                "{plus}{} ({} interval {}); ",
                digits(estimate, 3),
                percent(of.level),
                range(e.interval, 3)
            ),
        };
        let _ = writeln!(out, "loss of sparse less dense: {amount}{}", of.note);
    }
    if pair.sparse.tokens() != args.tokens {
        let _ = writeln!(
            out,
            "tokens: {} of the {} that were asked for, in whole steps",
            pair.sparse.tokens(),
            args.tokens
        );
    }
    if let Some((best, (_, of))) = report.window.as_ref().zip(losses) {
        out.push_str(&windows::text(best, of.level));
    }
    if let Some(recipe) = pair.recipe() {
        let _ = write!(out, "\n# sparse run\n{recipe}# check: {}\n", command(&recipe));
    }
    out
}
