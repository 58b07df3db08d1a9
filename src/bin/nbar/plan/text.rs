//! A plan for people.

use std::fmt::Write;

use nbar::answer::{EqualLoss, Plan, PlannedRun};
use nbar::network::TransformerShape;
use nbar::units::format_quantity;

use super::{Args, draws};
use crate::allocations::priced;
use crate::flags::spoken;
use crate::format::{digits, range};
use crate::paste::command;
use crate::regret;
use crate::table::{Cell, Table, between, count, interval, number, text as words};
use crate::windows;

/// What the share of the draws of one run is above an even one, where it is said.
const UNEVEN: f64 = 0.05;

pub(super) fn text(args: &Args, plan: &Plan) -> String {
    let mut out = String::new();
    let served = format_quantity(plan.inference_tokens, 4);
    let _ = writeln!(
        out,
        "compute-optimal runs of {} training FLOPs, {served} tokens served\n",
        format_quantity(plan.flops, 4),
    );
    out.push_str(&runs(plan).text());
    let _ = writeln!(
        out,
        "\nserved: memory at {} bytes a parameter; of sparse networks, the values and a mask of one bit a parameter",
        args.question.bytes_per_param.unwrap_or(2.0)
    );
    out.push_str(&regret::of_plan(plan));
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
        if plan.runs.len() > 1 {
            let share = cheapest(|run| run.at_least_total.as_ref());
            let least = best(plan, plan.best_by_least_total, share, "all alike");
            let _ = writeln!(out, "\nleast of all: {least}");
        }
    }
    for best in &plan.windows {
        let _ = write!(out, "\n# sparsity {}", best.sparsity);
        out.push_str(&windows::text(best, plan.level));
        out.push_str(
            "the runs above are the compute-optimal ones along the best window: their size is another\n",
        );
    }
    for run in &plan.runs {
        paste(&mut out, plan, run);
    }
    out
}

/// Whether there are draws to say intervals and shares of.
fn has_draws(plan: &Plan) -> bool {
    !plan.level.is_nan()
}

/// A count's interval.
fn counts(ends: [f64; 2]) -> String {
    between(ends, |v| format_quantity(v, 3))
}

/// The compute-optimal run of each sparsity.
pub(super) fn runs(plan: &Plan) -> Table<&PlannedRun> {
    let drawn = has_draws(plan);
    Table::of(&plan.runs)
        .column("sparsity", |run| words(run.sparsity))
        .column("initial", |run| count(run.initial_params.estimate, 4))
        .column("average", |run| count(run.average_params.estimate, 4))
        .column_if(drawn, &interval(plan.level), |run| words(counts(run.average_params.interval)))
        .column("final", |run| count(run.final_params.estimate, 4))
        .column("tokens", |run| count(run.tokens.estimate, 4))
        .column_if(drawn, &interval(plan.level), |run| words(counts(run.tokens.interval)))
        .column("loss", |run| number(run.loss.estimate, 4))
        .column_if(drawn, &interval(plan.level), |run| words(range(run.loss.interval, 4)))
        .column("served", |run| words(bytes(run.served_bytes.estimate)))
}

/// Bytes, as 7GB.
pub(crate) fn bytes(value: f64) -> String {
    format!("{}B", format_quantity(value, 3).replace('B', "G"))
}

fn total_interval(equal: &EqualLoss) -> Cell {
    words(counts(equal.total_flops.interval))
}

/// Which of the runs of the dense loss.
type Which = fn(&PlannedRun) -> Option<&EqualLoss>;

/// What a run of the dense loss has, or other words where there is none.
fn of(which: Which, none: &'static str, cell: impl Fn(&EqualLoss) -> Cell) -> impl Fn(&&PlannedRun) -> Cell {
    move |run| which(run).map_or_else(|| words(none), &cell)
}

/// Columns of prices, where they are asked for.
fn with_prices<'a>(table: Table<&'a PlannedRun>, args: &Args, which: Which) -> Table<&'a PlannedRun> {
    let prices = args.prices.prices();
    table
        .column_if(
            prices.flops_per_gpu_hour.is_some(),
            "GPU-hours",
            of(which, "-", |equal| priced(equal.bill.gpu_hours)),
        )
        .column_if(prices.gpu_hour.is_some(), "cost", of(which, "-", |equal| priced(equal.bill.cost)))
}

fn costs<'a>(args: &Args, plan: &'a Plan) -> Table<&'a PlannedRun> {
    let (which, drawn): (Which, _) = (|run| run.at_dense_loss.as_ref(), has_draws(plan));
    let break_even = |run: &&PlannedRun| match run.break_even_speedup {
        Some(speedup) if which(run).is_some() => words(format!("{} x", digits(speedup, 3))),
        _ => words("-"),
    };
    let table = Table::of(&plan.runs)
        .column("sparsity", |run| words(run.sparsity))
        .column("training", of(which, "not reached", |equal| count(equal.training_flops.estimate, 4)))
        .column("serving", of(which, "-", |equal| count(equal.serving_flops.estimate, 4)))
        .column("total", of(which, "-", |equal| count(equal.total_flops.estimate, 4)))
        .column_if(drawn, &interval(plan.level), of(which, "-", total_interval))
        .column_if(drawn, "cheapest in", of(which, "-", |equal| words(draws(equal.cheapest))))
        .column("break-even", break_even);
    with_prices(table, args, which)
}

fn least<'a>(args: &Args, plan: &'a Plan) -> Table<&'a PlannedRun> {
    let (which, drawn): (Which, _) = (|run| run.at_least_total.as_ref(), has_draws(plan));
    let table = Table::of(&plan.runs)
        .column("sparsity", |run| words(run.sparsity))
        .column("average", of(which, "not reached", |equal| count(equal.average_params.estimate, 4)))
        .column("tokens", of(which, "-", |equal| count(equal.tokens.estimate, 4)))
        .column("training", of(which, "-", |equal| count(equal.training_flops.estimate, 4)))
        .column("serving", of(which, "-", |equal| count(equal.serving_flops.estimate, 4)))
        .column("total", of(which, "-", |equal| count(equal.total_flops.estimate, 4)))
        .column_if(drawn, &interval(plan.level), of(which, "-", total_interval))
        .column_if(drawn, "cheapest in", of(which, "-", |equal| words(draws(equal.cheapest))));
    with_prices(table, args, which)
}

/// Which run is best under the law, and in what share of the draws, and which is in more of them; words for where all are alike.
fn best(plan: &Plan, sparsity: Option<f64>, share: impl Fn(&PlannedRun) -> f64, alike: &str) -> String {
    match sparsity.and_then(|sparsity| plan.run(sparsity)) {
        Some(run) if has_draws(plan) => {
            let own = format!("{}, in {} of the draws", name(run.sparsity), draws(share(run)));
            let most = plan.runs.iter().max_by(|a, b| share(a).total_cmp(&share(b)));
            match most.filter(|most| share(most) > share(run)) {
                Some(most) => {
                    format!("{own}; more of them say {} ({})", name(most.sparsity), draws(share(most)))
                }
                None => own,
            }
        }
        Some(run) => name(run.sparsity),
        None => {
            // A bend may tell apart what the law does not.
            let even = 1.0 / plan.runs.len() as f64;
            let most = plan.runs.iter().max_by(|a, b| share(a).total_cmp(&share(b)));
            match most.filter(|most| share(most) > even + UNEVEN) {
                Some(most) => {
                    let (name, share) = (name(most.sparsity), draws(share(most)));
                    format!("all alike if the law holds; with its bend {name}, in {share} of the draws")
                }
                None => alike.to_owned(),
            }
        }
    }
}

/// The share in which a run of the dense loss costs least.
fn cheapest(which: Which) -> impl Fn(&PlannedRun) -> f64 {
    move |run| which(run).map_or(0.0, |equal| equal.cheapest)
}

fn name(sparsity: f64) -> String {
    if sparsity == 0.0 { "dense".to_owned() } else { format!("sparsity {sparsity}") }
}

fn verdict(out: &mut String, plan: &Plan) {
    let loss = best(plan, plan.best_by_loss, |run| run.least_loss, "all alike under this law");
    let _ = writeln!(out, "least loss at this budget: {loss}");
    let total = best(plan, plan.best_by_total, cheapest(|run| run.at_dense_loss.as_ref()), "all alike");
    let _ = writeln!(out, "least total at that loss: {total}");
    if plan.best_by_total.is_none() {
        return;
    }
    for other in &plan.break_even {
        let tokens = other.inference_tokens;
        let side = if tokens.estimate > plan.inference_tokens { "more" } else { "fewer" };
        let _ = writeln!(
            out,
            "{} would cost less if {side} than {} tokens were served{}",
            name(other.sparsity),
            format_quantity(tokens.estimate, 3),
            if has_draws(plan) { format!(" ({})", counts(tokens.interval)) } else { String::new() },
        );
    }
    if plan.break_even.is_empty() {
        let _ = writeln!(out, "no number of served tokens makes another one cheaper");
    }
}

fn paste(out: &mut String, plan: &Plan, run: &PlannedRun) {
    let network = run.network.as_ref().map_or("none of usual proportions".to_owned(), self::network);
    let recipe = plan.recipe(run);
    let _ = write!(out, "\n# sparsity {}\n{recipe}", run.sparsity);
    let _ = writeln!(out, "network: {network}");
    if run.schedule.is_some() {
        let _ = writeln!(out, "# check: {}", command(&recipe));
    }
}

/// A network in words.
pub(super) fn network(network: &TransformerShape) -> String {
    let TransformerShape { layers, width, ff, heads, prunable_params, difference, .. } = network;
    let (params, off) = (format_quantity(*prunable_params as f64, 4), 100.0 * difference);
    let off = if off.abs() < 0.05 { 0.0 } else { off };
    format!("{layers} layers x {width}, ff {ff}, {heads} heads ({params} parameters, {off:+.1} %)")
}
