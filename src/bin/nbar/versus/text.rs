//! What a comparison of recipes looks like.

use std::fmt::Write;

use nbar::bootstrap::Estimate;
use nbar::units::format_quantity;
use nbar::versus::{Along, PairedBy, VersusRow};

use super::{Args, Match};
use crate::format::{digits, format_count, percent, range, thousands};
use crate::table::{Table, between, count, interval, number, text};

/// By less than this factor nothing is beyond a sweep: `1.00 x` says nothing.
const FARTHER: f64 = 1.005;

impl Match {
    pub(super) fn text(&self, args: &Args) -> String {
        let ([own, other], found) = (&self.names, &self.found);
        let mut out =
            format!("{own} against the baseline {other}, {}\n", along(found.along, self.is_of_compute()));
        let counted = |runs| if runs == 0 { "constants".to_owned() } else { format_count(runs, "run") };
        let [first, second] = found.runs.map(counted);
        let paired = match found.paired_by {
            PairedBy::Nothing => {
                "no runs are drawn together: the draws of the two are independent".to_owned()
            }
            by => format!("{} drawn together, matched by {by}", format_count(found.pairs, "pair")),
        };
        let draws = match found.draws {
            0 => String::new(),
            draws => format!("; {paired}; {} pairs of draws", thousands(draws)),
        };
        let _ = writeln!(out, "{first} against {second}{draws}\n");
        let rows: Vec<(&Match, &VersusRow)> = found.rows.iter().map(|row| (self, row)).collect();
        out.push_str(&table(args, rows, false).text());
        let _ = writeln!(
            out,
            "\nmultiplier: FLOPs that {own} needs for the loss of {other}, over the baseline's; above 1 it needs more"
        );
        out.push_str(&self.verdict());
        if found.draws == 0 {
            out.push_str(
                "\nno intervals: one of the saved fits has no draws (nbar fit --bootstrap 1000 makes them; constants have none)\n",
            );
        }
        out
    }

    /// Whether the law of one does not tell how its runs split a budget.
    fn is_of_compute(&self) -> bool {
        let mut rows = self.found.rows.iter();
        rows.all(|row| row.token_multiplier.is_none() && row.multiplier.is_some())
    }

    /// Where the order turns.
    fn verdict(&self) -> String {
        let (found, own) = (&self.found, &self.names[0]);
        let budgets: Vec<f64> =
            found.rows.iter().filter(|row| row.loss.is_some()).map(|row| row.flops.estimate).collect();
        if budgets.len() < 2 {
            return String::new();
        }
        let share = percent((1000.0 * found.turning).round() / 1000.0);
        if found.draws == 0 {
            let turns =
                found.turns.iter().map(|turn| format_quantity(turn.flops, 3)).collect::<Vec<String>>();
            let at = if turns.is_empty() {
                "nowhere between these budgets".to_owned()
            } else {
                format!("at {} FLOPs", turns.join(", "))
            };
            return format!("the order turns {at}\n");
        }
        if found.turns.is_empty() {
            return format!(
                "the order does not turn between these budgets (if both laws hold, it does in {share} of the draws)\n"
            );
        }
        let one = |turn: &nbar::versus::Turn| {
            let ends = range_of(turn.interval);
            let side = if turn.better_above { "above" } else { "below" };
            format!(
                "the order turns at {} FLOPs ({ends} in the draws that turn, {share} of all): {own} is better {side}\n",
                format_quantity(turn.flops, 3)
            )
        };
        found.turns.iter().map(one).collect()
    }
}

fn range_of(ends: [f64; 2]) -> String {
    if ends[0].is_nan() { "no interval".to_owned() } else { between(ends, |v| format_quantity(v, 3)) }
}

/// What is compared, in words.
fn along(along: Along, is_of_compute: bool) -> String {
    match along {
        Along::Frontier if is_of_compute => {
            "each at a run of a budget, which its law does not split".to_owned()
        }
        Along::Params(params) => format!("runs of {} parameters", format_quantity(params, 4)),
        Along::TokensPerParam(ratio) => format!("runs of {} tokens a parameter", digits(ratio, 4)),
        _ => "each at its best run of a budget".to_owned(),
    }
}

pub(super) fn table<'a>(
    args: &Args,
    rows: Vec<(&'a Match, &'a VersusRow)>,
    several: bool,
) -> Table<(&'a Match, &'a VersusRow)> {
    let level = rows.first().map_or(f64::NAN, |(one, _)| one.found.level);
    let heading = interval(level);
    let losses = rows.iter().any(|(_, row)| row.loss.is_some());
    let tokens = rows.iter().any(|(one, _)| !one.is_of_compute());
    let intervals = rows.iter().any(|(one, _)| one.found.draws > 0);
    let bends = rows.iter().any(|(_, row)| (row.better - row.better_if_laws_hold).abs() > 1e-3);
    let times = |multiplier: &Option<Estimate>| match multiplier {
        Some(found) => number(found.estimate, 4),
        None => text("not reached"),
    };
    let ends = |found: &Option<Estimate>| match found {
        Some(found) if found.interval[1].is_infinite() || found.interval[0] == 0.0 => {
            text(between(found.interval, |v| digits(v, 3)))
        }
        Some(found) => text(range(found.interval, 3)),
        None => text("-"),
    };
    Table::of(rows)
        .column_if(several, "challenger", |(one, _)| text(&one.names[0]))
        .column("FLOPs", |(_, row)| count(row.flops.estimate, 3))
        .column("loss of baseline", |(_, row)| number(row.baseline_loss.estimate, 4))
        .column_if(losses, "minus baseline's", |(_, row)| match &row.difference {
            Some(difference) => number(difference.estimate, 2),
            None => text("-"),
        })
        .column_if(losses && intervals, &heading, |(_, row)| match &row.difference {
            Some(difference) => text(range(difference.interval, 2)),
            None => text("-"),
        })
        .column("multiplier", |(_, row)| times(&row.multiplier))
        .column_if(intervals, &heading, |(_, row)| ends(&row.multiplier))
        .column_if(tokens, "of tokens", |(_, row)| times(&row.token_multiplier))
        .column_if(args.time_per_flop.is_some(), "of time", |(_, row)| times(&row.time_multiplier))
        .column_if(intervals, "better", |(_, row)| text(chance(row.better)))
        .column_if(intervals && bends, "if laws hold", |(_, row)| text(chance(row.better_if_laws_hold)))
        .column("beyond", |(_, row)| match row.reach {
            reach if reach > FARTHER => text(format!("{} x", digits(reach, 3))),
            _ => text("-"),
        })
}

/// Everything in full precision.
pub(super) fn records<'a>(rows: Vec<(&'a Match, &'a VersusRow)>) -> Table<(&'a Match, &'a VersusRow)> {
    type Of = fn(&VersusRow) -> Option<Estimate>;
    let all: [(&str, Of); 7] = [
        ("flops", |row| Some(row.flops)),
        ("baseline_loss", |row| Some(row.baseline_loss)),
        ("loss", |row| row.loss),
        ("difference", |row| row.difference),
        ("multiplier", |row| row.multiplier),
        ("token_multiplier", |row| row.token_multiplier),
        ("time_multiplier", |row| row.time_multiplier),
    ];
    let full = |value: Option<f64>| text(crate::table::full(value.unwrap_or(f64::NAN)));
    let table = Table::of(rows).column("challenger", |(one, _)| text(&one.names[0]));
    let table = table.column("baseline", |(one, _)| text(&one.names[1]));
    let table = all.iter().fold(table, |table, (name, of)| {
        table
            .column(name, |(_, row)| full(of(row).map(|e| e.estimate)))
            .column(&format!("{name}_lower"), |(_, row)| full(of(row).map(|e| e.interval[0])))
            .column(&format!("{name}_upper"), |(_, row)| full(of(row).map(|e| e.interval[1])))
    });
    table
        .column("better", |(_, row)| full(Some(row.better)))
        .column("better_if_laws_hold", |(_, row)| full(Some(row.better_if_laws_hold)))
        .column("reachable", |(_, row)| full(Some(row.reachable)))
        .column("reach", |(_, row)| full(Some(row.reach)))
}

/// A probability that draws tell, of which none is sure.
fn chance(share: f64) -> String {
    match share {
        _ if share > 0.9995 => "> 99.9 %".to_owned(),
        _ if share < 0.0005 => "< 0.1 %".to_owned(),
        _ => format!("{:.1} %", 100.0 * share),
    }
}
