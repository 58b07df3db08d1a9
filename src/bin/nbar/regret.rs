//! What a wrong choice of the size costs, as `nbar allocate` and `nbar plan` print it.

use nbar::answer::{LimitedBy, OtherSize, Plan, Regret};
use nbar::bootstrap::Estimate;
use nbar::units::format_quantity;

use crate::flags::spoken;
use crate::format::{digits, percent, range};
use crate::table::{Named, Table, between, count, interval, number, text as words};

/// A share of the loss that rounding makes of nothing.
const ROUNDING: f64 = 1e-12;

/// A size over the best, as people say it.
fn size(factor: f64) -> String {
    match factor {
        0.25 => "1/4 N*".to_owned(),
        0.5 => "1/2 N*".to_owned(),
        1.0 => "N*".to_owned(),
        factor => format!("{factor} N*"),
    }
}

/// A share as a percentage, to two digits.
fn share(share: f64) -> String {
    let share = if share.abs() < ROUNDING { 0.0 } else { share };
    format!("{} %", digits(100.0 * share, 2))
}

/// All that it holds, by name: what is of a size ends with that size over the best.
pub(crate) fn quantities(regret: &Regret) -> Vec<Named> {
    let named = |name: String, value: Estimate| Named { name: name.into(), value, given: false };
    let ends =
        [("least_params_near_best", regret.least_params), ("most_params_near_best", regret.most_params)];
    let of_size = |other: &OtherSize| {
        let all = [
            ("loss", Some(other.loss)),
            ("excess_loss", Some(other.excess_loss)),
            ("flops_to_match", other.flops_to_match),
            ("flops_worth", other.flops_worth.map(Estimate::point)),
            ("near_best", Some(Estimate::point(other.near_best))),
        ];
        let factor = other.factor;
        all.into_iter().filter_map(move |(name, value)| Some(named(format!("{name}_at_{factor}"), value?)))
    };
    let ends = ends.into_iter().map(|(name, value)| named(name.to_owned(), value));
    ends.chain(regret.sizes.iter().flat_map(of_size)).collect()
}

/// The table of sizes, and the band, below the answer of one budget.
pub(crate) fn text(regret: &Regret, level: f64) -> String {
    let drawn = !level.is_nan();
    let budget = regret.flops;
    let over = |value: Option<Estimate>| match value {
        Some(value) => words(format!("{} x", digits(value.estimate / budget, 3))),
        None => words("not reached"),
    };
    let table = Table::of(&regret.sizes)
        .column("size", |other| words(size(other.factor)))
        .column("params", |other| count(other.average_params, 3))
        .column("tokens", |other| count(other.tokens, 3))
        .column("loss", |other| number(other.loss.estimate, 4))
        .column("above least", |other| words(share(other.excess_loss.estimate)))
        .column_if(drawn, &interval(level), |other| {
            words(format!("{} %", range(other.excess_loss.interval.map(in_percent), 2)))
        })
        .column("to match", |other| over(other.flops_to_match))
        .column("worth", |other| over(other.flops_worth.map(Estimate::point)))
        .column_if(drawn, "near in", |other| words(format!("{:.0} %", 100.0 * other.near_best)));
    let within = percent(regret.within);
    let broken: String = regret
        .sizes
        .iter()
        .filter_map(|other| Some(format!("{} breaks {}\n", size(other.factor), spoken(other.breaks?))))
        .collect();
    let is_missing = |factor: &&f64| regret.sizes.iter().all(|other| other.factor != **factor);
    let best = regret.sizes.iter().find(|other| other.factor == 1.0);
    // Where the budget is one of training alone.
    let is_training = |best: &OtherSize| 6.0 * best.average_params * best.tokens > 0.99 * regret.flops;
    let has_tokens = |factor: f64| best.is_some_and(|best| is_training(best) && best.tokens / factor >= 1.0);
    let missing: String = Regret::FACTORS
        .iter()
        .filter(is_missing)
        .map(|factor| {
            let why = match has_tokens(*factor) {
                true => "the law has no loss there",
                false => "the budget does not pay for it",
            };
            format!("no row of {}: {why}\n", size(*factor))
        })
        .collect();
    let bent = regret.sizes.iter().any(|other| other.loss.interval_if_law_holds.is_some());
    let near = if drawn {
        let bends = if bent { "; these, and intervals, allow for a bend of the law" } else { "" };
        format!("\nnear in: draws in which it is within {within} of the least{bends}")
    } else {
        String::new()
    };
    format!(
        "\nother sizes at this budget\n\n{}{broken}{missing}\n\
         to match: FLOPs that this size takes for the least loss, over the budget\n\
         worth: FLOPs with which the best size has this loss, over the budget{near}\n\n\
         within {within} of the least loss: {}\n",
        table.text(),
        band(regret, drawn),
    )
}

/// The sizes near the best.
fn band(regret: &Regret, drawn: bool) -> String {
    let short = |value: f64| format_quantity(value, 3);
    let limited = |by: Option<LimitedBy>| match by {
        Some(LimitedBy::Range) | None => String::new(),
        Some(by) => format!(", held by {}", spoken(by)),
    };
    let end = |value: Estimate, by: Option<LimitedBy>| match drawn {
        true => format!("{} ({}{})", short(value.estimate), between(value.interval, short), limited(by)),
        false => short(value.estimate),
    };
    format!(
        "{} to {} parameters",
        end(regret.least_params, regret.least_params_limited_by),
        end(regret.most_params, regret.most_params_limited_by)
    )
}

/// The sizes of all runs of a plan: how far each is above the least, and which are near it.
pub(crate) fn of_plan(plan: &Plan) -> String {
    let regrets: Vec<(f64, &Regret)> =
        plan.runs.iter().filter_map(|run| Some((run.sparsity, run.regret.as_ref()?))).collect();
    let Some(within) = regrets.first().map(|(_, regret)| percent(regret.within)) else {
        return String::new();
    };
    let at = |regret: &Regret, factor: f64| regret.sizes.iter().find(|other| other.factor == factor).copied();
    let drawn = !plan.level.is_nan();
    let breaks = |(sparsity, regret): &(f64, &Regret)| {
        let broken = |other: &&OtherSize| other.breaks.is_some() && other.factor != 1.0;
        let sizes: Vec<String> = regret.sizes.iter().filter(broken).map(|other| size(other.factor)).collect();
        let by = spoken(regret.sizes.iter().find(broken)?.breaks?);
        let verb = if sizes.len() > 1 { "break" } else { "breaks" };
        Some(format!("sparsity {sparsity}: {} {verb} {by}\n", sizes.join(" and ")))
    };
    let broken: String = regrets.iter().filter_map(breaks).collect();
    let mut table = Table::of(regrets).column("sparsity", |(sparsity, _)| words(sparsity));
    for factor in Regret::FACTORS.into_iter().filter(|factor| *factor != 1.0) {
        table = table.column(&size(factor), |(_, regret)| {
            words(at(regret, factor).map_or("-".to_owned(), |other| share(other.excess_loss.estimate)))
        });
    }
    let table = table
        .column(&format!("within {within}"), |(_, regret)| {
            words(between([regret.least_params.estimate, regret.most_params.estimate], |value| {
                format_quantity(value, 3)
            }))
        })
        .column_if(drawn, "N* is, in", |(_, regret)| {
            words(at(regret, 1.0).map_or("-".to_owned(), |other| format!("{:.0} %", 100.0 * other.near_best)))
        });
    format!(
        "\nloss above the least at other sizes of this budget, and the average parameters within {within} of it\n\n{}{broken}",
        table.text()
    )
}

/// A share in percent; what rounding leaves of nothing is nothing.
fn in_percent(share: f64) -> f64 {
    if share.abs() < ROUNDING { 0.0 } else { 100.0 * share }
}
