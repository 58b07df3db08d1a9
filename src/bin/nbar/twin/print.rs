//! The forms in which a matched pair is printed.

use std::fmt::Write;

use nbar::answer::{TwinLosses, Twins, served_bytes};
use nbar::units::format_quantity;
use serde_json::{Value, json};

use super::{Args, Losses};
use crate::allocations::far;
use crate::format::{digits, percent, range};
use crate::paste::command;
use crate::plan::bytes;
use crate::table::{Cell, Format, Table, count, number, text as words};

pub(super) fn form(args: &Args, pair: &Twins, losses: Option<&Losses>) -> String {
    match args.format {
        Format::Json => format!("{}\n", document(pair, losses)),
        Format::Text => text(args, pair, losses),
        Format::Csv => table(pair, losses).csv(),
        Format::Md => table(pair, losses).markdown(),
    }
}

/// Both runs' numbers: sparse, dense.
fn numbers(pair: &Twins) -> Vec<(&'static str, [f64; 2])> {
    let (sparse, dense) = (&pair.sparse, &pair.dense);
    let prunable = sparse.initial_params() - pair.fixed_params;
    let both = |of: fn(&nbar::Trajectory) -> f64| [of(sparse), of(dense)];
    vec![
        ("initial_params", both(nbar::Trajectory::initial_params)),
        ("average_params", both(nbar::Trajectory::average_params)),
        ("final_params", both(nbar::Trajectory::final_params)),
        ("sparsity", [pair.sparsity, 0.0]),
        ("tokens", both(nbar::Trajectory::tokens)),
        ("training_flops", both(|run| 6.0 * run.average_params() * run.tokens())),
        (
            "served_bytes",
            [served_bytes(sparse.final_params(), prunable), served_bytes(dense.final_params(), 0.0)],
        ),
    ]
}

fn document(pair: &Twins, losses: Option<&Losses>) -> Value {
    let mut runs = [json!({}), json!({})];
    for (name, values) in numbers(pair) {
        for (run, value) in runs.iter_mut().zip(values) {
            run[name] = json!(value);
        }
    }
    let [mut sparse, mut dense] = runs;
    sparse["fixed_params"] = json!(pair.fixed_params);
    for run in [&mut sparse, &mut dense] {
        run["steps"] = json!(pair.steps);
        run["step_tokens"] = json!(pair.step_tokens());
    }
    sparse["schedule"] = json!(pair.schedule);
    sparse["command"] = json!(pair.recipe().map(|recipe| command(&recipe)));
    let mut value = json!({"schema": "nbar.twin/1"});
    if let Some(losses) = losses {
        value["warnings"] = losses.of.warnings.iter().map(ToString::to_string).collect();
        sparse["loss"] = json!(losses.of.sparse.loss);
        dense["loss"] = json!(losses.of.dense.loss);
        value["loss_difference"] = json!(losses.of.difference);
        value["note"] = json!(losses.of.why);
        value["level"] = json!(losses.level);
        value["extrapolation"] = json!(losses.of.sparse.extrapolation);
    }
    value["sparse"] = sparse;
    value["dense"] = dense;
    value
}

fn table(pair: &Twins, losses: Option<&Losses>) -> Table<(&'static str, [Cell; 2])> {
    let three = |name, values: [f64; 2]| (name, values.map(|v| number(v, 5)));
    let single = |name, cell| (name, [cell, words("")]);
    let mut rows = Vec::new();
    for (name, values) in numbers(pair) {
        let write = if name == "sparsity" { |v| number(v, 5) } else { |v| count(v, 4) };
        rows.push((name, values.map(write)));
    }
    if let Some(Losses { of: TwinLosses { sparse, dense, difference, .. }, .. }) = losses {
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

fn text(args: &Args, pair: &Twins, losses: Option<&Losses>) -> String {
    let mut out = losses.map_or_else(String::new, |losses| far(losses.of.sparse.extrapolation.flops));
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
        let both = [losses.of.sparse.loss, losses.of.dense.loss];
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
        let e = losses.of.difference;
        let plus = if e.estimate > 0.0 { "+" } else { "" };
        let amount = match e.estimate {
            0.0 => String::new(),
            estimate => format!("{plus}{} ({}); ", digits(estimate, 3), range(e.interval, 3)),
        };
        let _ = writeln!(out, "loss of sparse less dense: {amount}{}", losses.of.why);
        let _ = writeln!(out, "intervals of {}", percent(losses.level));
    }
    if pair.sparse.tokens() != args.tokens {
        let _ = writeln!(
            out,
            "tokens: {} of the {} that were asked for, in whole steps",
            pair.sparse.tokens(),
            args.tokens
        );
    }
    if let Some(recipe) = pair.recipe() {
        let _ = write!(out, "\n# sparse run\n{recipe}# check: {}\n", command(&recipe));
    }
    out
}
