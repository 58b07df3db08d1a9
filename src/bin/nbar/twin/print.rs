//! The forms in which a matched pair is printed.

use std::fmt::Write;

use nbar::answer::{TwinLosses, Twins, served_bytes};
use nbar::units::format_quantity;
use serde_json::{Value, json};

use super::{Args, Losses};
use crate::allocations::far;
use crate::format::{Format, Rows, digits, percent, range};
use crate::paste::command;

pub(super) fn form(args: &Args, pair: &Twins, losses: Option<&Losses>) -> String {
    match args.format {
        Format::Json => format!("{}\n", document(pair, losses)),
        Format::Text => text(args, pair, losses),
        Format::Csv => rows(pair, losses, |v, _| v.to_string()).csv(),
        Format::Md => rows(pair, losses, |v, name| match name {
            "sparsity" | "loss" => digits(v, 5),
            _ => format_quantity(v, 4),
        })
        .markdown(),
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

fn rows(pair: &Twins, losses: Option<&Losses>, write: fn(f64, &str) -> String) -> Rows {
    let mut rows = Rows::new(&["quantity", "sparse", "dense"]);
    let mut both = |name: &str, kind: &str, values: [f64; 2]| {
        rows.push([name.to_owned()].into_iter().chain(values.map(|v| write(v, kind))).collect());
    };
    for (name, values) in numbers(pair) {
        both(name, name, values);
    }
    if let Some(Losses { of: TwinLosses { sparse, dense, .. }, .. }) = losses {
        let all = [sparse, dense].map(|of| {
            [[of.loss.estimate].as_slice(), &of.loss.mean_interval, &of.loss.run_interval].concat()
        });
        for (i, name) in
            ["loss", "mean_lower", "mean_upper", "run_lower", "run_upper"].into_iter().enumerate()
        {
            both(name, "loss", [all[0][i], all[1][i]]);
        }
    }
    let mut single = |name: &str, value: String| rows.push(vec![name.to_owned(), value, String::new()]);
    if let Some(losses) = losses {
        let [lower, upper] = losses.of.difference.interval;
        single("loss_difference", write(losses.of.difference.estimate, "loss"));
        single("loss_difference_lower", write(lower, "loss"));
        single("loss_difference_upper", write(upper, "loss"));
    }
    if let Some(steps) = pair.steps {
        single("steps", steps.to_string());
    }
    if let Some(schedule) = &pair.schedule {
        single("start_step", schedule.start_step.to_string());
        single("end_step", schedule.end_step.to_string());
        single("every_steps", schedule.every_steps.to_string());
    }
    rows
}

fn text(args: &Args, pair: &Twins, losses: Option<&Losses>) -> String {
    let mut out = losses.map_or_else(String::new, |losses| far(losses.of.sparse.extrapolation.flops));
    out.push_str(match args.dense_params {
        Some(_) => "the sparse run that replaces a dense one: the same N̄, the same tokens\n\n",
        None => "the dense twin of a sparse run: the same N̄, the same tokens\n\n",
    });
    let mut table = Rows::new(&["", "sparse", "dense"]);
    for (name, [sparse, dense]) in numbers(pair) {
        let (name, write): (_, fn(f64) -> String) = match name {
            "initial_params" => ("initial params  N0", |v| format_quantity(v, 4)),
            "average_params" => ("average params  N̄", |v| format_quantity(v, 4)),
            "final_params" => ("final params", |v| format_quantity(v, 4)),
            "sparsity" => ("final sparsity", |v| digits(v, 4)),
            "training_flops" => ("training FLOPs", |v| format_quantity(v, 4)),
            "served_bytes" => ("served", |v| format!("{}B", format_quantity(v, 3).replace('B', "G"))),
            name => (name, |v| format_quantity(v, 4)),
        };
        table.push(vec![name.to_owned(), write(sparse), write(dense)]);
    }
    if let Some(losses) = losses {
        let (sparse, dense) = (losses.of.sparse.loss, losses.of.dense.loss);
        let mut row = |name: &str, values: [String; 2]| {
            table.push([name.to_owned()].into_iter().chain(values).collect());
        };
        row("loss", [sparse, dense].map(|loss| digits(loss.estimate, 5)));
        row("law lies in", [sparse, dense].map(|loss| range(loss.mean_interval, 5)));
        row("run would land", [sparse, dense].map(|loss| range(loss.run_interval, 5)));
    }
    out.push_str(&table.text());
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
