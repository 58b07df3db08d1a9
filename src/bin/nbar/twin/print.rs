//! The forms in which a matched pair is printed.

use std::fmt::Write;

use nbar::Document;
use nbar::answer::{TwinCounts, TwinLosses, Twins};
use nbar::units::format_quantity;

use super::Args;
use crate::allocations::far;
use crate::format::{digits, percent, range};
use crate::plan::bytes;
use crate::table::{Cell, Format, Table, count, number, text as words};

pub(super) fn form(args: &Args, pair: &Twins) -> String {
    match args.answer.format {
        Format::Json => pair.to_json() + "\n",
        Format::Text => text(args, pair),
        Format::Csv => table(pair).csv(),
        Format::Md => table(pair).markdown(),
    }
}

/// Both runs' numbers: sparse, dense.
fn numbers(pair: &Twins) -> [(&'static str, [f64; 2]); 7] {
    let counts = pair.counts();
    let both = |of: fn(TwinCounts) -> f64| counts.map(of);
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

fn table(pair: &Twins) -> Table<(&'static str, [Cell; 2])> {
    let three = |name, values: [f64; 2]| (name, values.map(|v| number(v, 5)));
    let single = |name, cell| (name, [cell, words("")]);
    let mut rows = Vec::new();
    for (name, values) in numbers(pair) {
        let write = if name == "sparsity" { |v| number(v, 5) } else { |v| count(v, 4) };
        rows.push((name, values.map(write)));
    }
    if let Some(TwinLosses { sparse, dense, difference, .. }) = &pair.losses {
        let both = [sparse.loss, dense.loss];
        rows.push(three("loss", both.map(|loss| loss.estimate)));
        rows.push(three("mean_lower", both.map(|loss| loss.mean_interval[0])));
        rows.push(three("mean_upper", both.map(|loss| loss.mean_interval[1])));
        rows.push(three("run_lower", both.map(|loss| loss.run_interval[0])));
        rows.push(three("run_upper", both.map(|loss| loss.run_interval[1])));
        rows.push(single("loss_difference", number(difference.estimate, 5)));
        rows.push(single("loss_difference_lower", number(difference.interval[0], 5)));
        rows.push(single("loss_difference_upper", number(difference.interval[1], 5)));
    }
    rows.extend(pair.steps.map(|steps| single("steps", words(steps))));
    if let Some(schedule) = &pair.schedule {
        rows.push(single("start_step", words(schedule.start_step)));
        rows.push(single("end_step", words(schedule.end_step)));
        rows.push(single("every_steps", words(schedule.every_steps)));
    }
    sides("quantity", rows)
}

/// What both runs have, side by side.
fn sides(heading: &str, rows: Vec<(&'static str, [Cell; 2])>) -> Table<(&'static str, [Cell; 2])> {
    Table::of(rows)
        .column(heading, |(name, _)| words(name))
        .column("sparse", |(_, [sparse, _])| sparse.clone())
        .column("dense", |(_, [_, dense])| dense.clone())
}

fn text(args: &Args, pair: &Twins) -> String {
    let losses = pair.losses.as_ref();
    let mut out = losses.map_or_else(String::new, |losses| far(losses.sparse.extrapolation.flops));
    out.push_str(match args.dense_params {
        Some(_) => "the sparse run that replaces a dense one: the same N̄, the same tokens\n\n",
        None => "the dense twin of a sparse run: the same N̄, the same tokens\n\n",
    });
    let mut rows: Vec<(&'static str, [Cell; 2])> = Vec::new();
    for (name, values) in numbers(pair) {
        rows.push(match name {
            "initial_params" => ("initial params  N0", values.map(|v| count(v, 4))),
            "average_params" => ("average params  N̄", values.map(|v| count(v, 4))),
            "final_params" => ("final params", values.map(|v| count(v, 4))),
            "sparsity" => ("final sparsity", values.map(|v| number(v, 4))),
            "training_flops" => ("training FLOPs", values.map(|v| count(v, 4))),
            "served_bytes" => ("served", values.map(|v| words(bytes(v)))),
            name => (name, values.map(|v| count(v, 4))),
        });
    }
    if let Some(losses) = losses {
        let both = [losses.sparse.loss, losses.dense.loss];
        rows.push(("loss", both.map(|loss| number(loss.estimate, 5))));
        rows.push(("law lies in", both.map(|loss| words(range(loss.mean_interval, 5)))));
        rows.push(("run would land", both.map(|loss| words(range(loss.run_interval, 5)))));
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
    if let Some(losses) = losses {
        let e = losses.difference;
        let plus = if e.estimate > 0.0 { "+" } else { "" };
        let amount = match e.estimate {
            0.0 => String::new(),
            estimate => format!("{plus}{} ({}); ", digits(estimate, 3), range(e.interval, 3)),
        };
        let _ = writeln!(out, "loss of sparse less dense: {amount}{}", losses.why);
        let _ = writeln!(out, "intervals of {}", percent(losses.sparse.level));
    }
    if pair.sparse.tokens() != args.tokens {
        let _ = writeln!(
            out,
            "tokens: {} of the {} that were asked for, in whole steps",
            pair.sparse.tokens(),
            args.tokens
        );
    }
    if let Some((recipe, command)) = pair.recipe().zip(pair.command.as_ref()) {
        let _ = write!(out, "\n# sparse run\n{recipe}# check: {command}\n");
    }
    out
}
