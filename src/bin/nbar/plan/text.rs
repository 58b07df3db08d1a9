//! A plan for people.

use std::fmt::Write;

use nbar::answer::{Plan, PlannedRun};
use nbar::bootstrap::Estimate;
use nbar::network::TransformerShape;
use nbar::units::format_quantity;

use super::{Args, draws};
use crate::allocations::end;
use crate::flags::spoken;
use crate::format::{Rows, digits, percent, range};
use crate::paste::command;
use crate::shape::difference;

pub(super) fn text(args: &Args, plan: &Plan, level: f64) -> String {
    let mut out = String::new();
    let served = format_quantity(plan.inference_tokens, 4);
    let _ = writeln!(
        out,
        "compute-optimal runs of {} training FLOPs, {served} tokens served; intervals of {}\n",
        format_quantity(plan.flops, 4),
        percent(level)
    );
    out.push_str(&runs(plan).text());
    let _ = writeln!(
        out,
        "\nserved: memory at 2 bytes a parameter; of sparse networks, the values and a mask of one bit a parameter"
    );
    let _ = writeln!(out, "\nat the loss of the dense compute-optimal run\n");
    out.push_str(&costs(args, plan).text());
    let serving = match args.question.sparse_speedup {
        Some(speedup) => {
            format!("2 N_final FLOPs a token, on sparse networks 2 N0 / {}", digits(speedup, 4))
        }
        None => "2 N_final FLOPs a token: the ideal, which hardware rarely reaches".to_owned(),
    };
    let _ = writeln!(
        out,
        "\nserving: {serving}; break-even: the sparse speedup above which it costs less than dense\n"
    );
    for run in &plan.runs {
        if let Some(limit) = run.limited_by {
            let _ = writeln!(out, "sparsity {}: held by {}", run.sparsity, spoken(limit));
        }
        if let Some(equal) = run.at_dense_loss.filter(|equal| equal.reachable < 1.0) {
            let share = draws(equal.reachable);
            let _ = writeln!(out, "sparsity {}: {share} of the draws reach that loss", run.sparsity);
        }
    }
    if plan.runs.len() > 1 {
        verdict(&mut out, plan);
    }
    if plan.inference_tokens > 0.0 {
        let _ = writeln!(out, "\nat the same loss, where training and serving together cost least\n");
        out.push_str(&least(args, plan).text());
        in_all(&mut out, plan);
    }
    for run in &plan.runs {
        paste(&mut out, plan, run);
    }
    out
}

fn interval(e: Estimate, write: impl Fn(f64) -> String) -> String {
    let [lower, upper] = e.interval.map(|v| end(v, &write));
    format!("{lower} to {upper}")
}

fn runs(plan: &Plan) -> Rows {
    let mut rows = Rows::new(&[
        "sparsity", "initial", "average", "interval", "final", "tokens", "interval", "loss", "interval",
        "served",
    ]);
    let count = |v: f64| format_quantity(v, 4);
    for run in &plan.runs {
        rows.push(vec![
            run.sparsity.to_string(),
            count(run.initial_params.estimate),
            count(run.average_params.estimate),
            interval(run.average_params, |v| format_quantity(v, 3)),
            count(run.final_params.estimate),
            count(run.tokens.estimate),
            interval(run.tokens, |v| format_quantity(v, 3)),
            digits(run.loss.estimate, 4),
            range(run.loss.interval, 4),
            format!("{}B", format_quantity(run.served_bytes.estimate, 3).replace('B', "G")),
        ]);
    }
    rows
}

fn costs(args: &Args, plan: &Plan) -> Rows {
    let mut header =
        vec!["sparsity", "training", "serving", "total", "interval", "cheapest in", "break-even"];
    header.extend(prices(args));
    let mut rows = Rows::new(&header);
    let flops = |v: f64| format_quantity(v, 4);
    for run in &plan.runs {
        let mut row = vec![run.sparsity.to_string()];
        match &run.at_dense_loss {
            Some(equal) => {
                row.extend(
                    [equal.training_flops, equal.serving_flops, equal.total_flops].map(|e| flops(e.estimate)),
                );
                row.extend([interval(equal.total_flops, |v| format_quantity(v, 3)), draws(equal.cheapest)]);
                row.push(
                    run.break_even_speedup
                        .map_or("-".to_owned(), |speedup| format!("{} x", digits(speedup, 3))),
                );
                let prices = args.prices.of(equal.total_flops);
                row.extend(prices.iter().map(|(_, e)| flops(e.estimate)));
            }
            None => {
                row.push("not reached".to_owned());
                row.resize(rows.header.len(), "-".to_owned());
            }
        }
        rows.push(row);
    }
    rows
}

fn least(args: &Args, plan: &Plan) -> Rows {
    let mut header =
        vec!["sparsity", "average", "tokens", "training", "serving", "total", "interval", "cheapest in"];
    header.extend(prices(args));
    let mut rows = Rows::new(&header);
    let count = |v: f64| format_quantity(v, 4);
    for run in &plan.runs {
        let mut row = vec![run.sparsity.to_string()];
        if let Some(of) = &run.at_least_total {
            let all = [of.average_params, of.tokens, of.training_flops, of.serving_flops, of.total_flops];
            row.extend(all.map(|e| count(e.estimate)));
            row.extend([interval(of.total_flops, |v| format_quantity(v, 3)), draws(of.cheapest)]);
            row.extend(args.prices.of(of.total_flops).iter().map(|(_, e)| count(e.estimate)));
        } else {
            row.push("not reached".to_owned());
            row.resize(header.len(), "-".to_owned());
        }
        rows.push(row);
    }
    rows
}

/// Columns of prices, where they are asked for.
fn prices(args: &Args) -> impl Iterator<Item = &'static str> {
    let prices = args.prices;
    let columns = [(prices.flops_per_gpu_hour, "GPU-hours"), (prices.price, "cost")];
    columns.into_iter().filter_map(|(given, name)| given.map(|_| name))
}

fn in_all(out: &mut String, plan: &Plan) {
    if plan.runs.len() == 1 {
        return;
    }
    let _ = match plan.best_by_least_total {
        Some(best) => {
            let run = &plan.runs[best];
            let share = draws(run.at_least_total.map_or(0.0, |equal| equal.cheapest));
            writeln!(out, "\nleast of all: {}, in {share} of the draws", name(run.sparsity))
        }
        None => writeln!(out, "\nleast of all: all alike"),
    };
}

fn name(sparsity: f64) -> String {
    if sparsity == 0.0 { "dense".to_owned() } else { format!("sparsity {sparsity}") }
}

fn verdict(out: &mut String, plan: &Plan) {
    let _ = match plan.best_by_loss {
        Some(best) => {
            let run = &plan.runs[best];
            writeln!(
                out,
                "least loss at this budget: {}, in {} of the draws",
                name(run.sparsity),
                draws(run.least_loss)
            )
        }
        None => writeln!(out, "least loss at this budget: all alike under this law"),
    };
    let Some(best) = plan.best_by_total else {
        let _ = writeln!(out, "least total at that loss: all alike");
        return;
    };
    let run = &plan.runs[best];
    let cheapest = draws(run.at_dense_loss.map_or(0.0, |equal| equal.cheapest));
    let _ = writeln!(out, "least total at that loss: {}, in {cheapest} of the draws", name(run.sparsity));
    for other in &plan.break_even {
        let tokens = other.inference_tokens;
        let side = if tokens.estimate > plan.inference_tokens { "more" } else { "fewer" };
        let _ = writeln!(
            out,
            "{} would cost less if {side} than {} tokens were served ({})",
            name(other.sparsity),
            format_quantity(tokens.estimate, 3),
            interval(tokens, |v| format_quantity(v, 3)),
        );
    }
    if plan.break_even.is_empty() {
        let _ = writeln!(out, "no number of served tokens makes another one cheaper");
    }
}

fn paste(out: &mut String, plan: &Plan, run: &PlannedRun) {
    let network = run.network.map_or("none of usual proportions".to_owned(), |network| {
        self::network(&network, run.initial_params.estimate)
    });
    let recipe = plan.recipe(run);
    let _ = write!(out, "\n# sparsity {}\n{recipe}", run.sparsity);
    let _ = writeln!(out, "network: {network}");
    if run.schedule.is_some() {
        let _ = writeln!(out, "# check: {}", command(&recipe));
    }
}

/// A network of about so many parameters, in words.
pub(super) fn network(network: &TransformerShape, params: f64) -> String {
    let TransformerShape { layers, width, ff, heads, .. } = network;
    let off = 100.0 * difference(network, params);
    format!(
        "{layers} layers x {width}, ff {ff}, {heads} heads ({} parameters, {off:+.1} %)",
        format_quantity(network.prunable_params() as f64, 4)
    )
}
