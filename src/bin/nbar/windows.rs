//! Pruning windows that are chosen.

use std::fmt::Write;

use nbar::answer::{BestWindow, WindowCost};
use nbar::bootstrap::Estimate;
use nbar::units::format_quantity;

use crate::args::RampArgs;
use crate::format::{digits, percent, range};
use crate::table::{Table, interval, number, text as words};

/// The word that asks for what is best.
const BEST: &str = "best";

/// Whether the window is chosen.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Schedule")]
pub(crate) struct WindowArgs {
    /// Choose the window: best is that of least loss for the final size and the cost, under a law that knows when (nbar fit --law
    /// schedule)
    #[arg(long, value_name = "best", value_parser = best, conflicts_with_all = ["start", "end", "unit"])]
    prune_window: Option<()>,
}

fn best(text: &str) -> Result<(), String> {
    let remedy = "write best, or give the window by --start and --end";
    if text == BEST { Ok(()) } else { Err(remedy.to_owned()) }
}

impl WindowArgs {
    /// Whether the window is asked for, and whether the shape is; that word is no shape.
    pub(crate) fn asked(&self, ramp: &mut RampArgs) -> [bool; 2] {
        let shape = ramp.shape.as_deref() == Some(BEST);
        ramp.shape.take_if(|_| shape);
        [self.prune_window.is_some(), shape]
    }
}

/// Where to prune, in words.
pub(crate) fn text(best: &BestWindow, level: f64) -> String {
    let mut out = String::new();
    let place = |e: Estimate| match level.is_nan() || e.interval[0] == e.interval[1] {
        true => share(e.estimate),
        false => format!(
            "{} ({} interval {})",
            share(e.estimate),
            percent(level),
            range(e.interval.map(|end| 100.0 * end), 3)
        ),
    };
    let counted = |count: f64| format_quantity(count, 4);
    let _ = writeln!(
        out,
        "\nwhen to prune: the least loss of runs of {} final parameters, {} on average and {} tokens\n",
        counted(best.final_params),
        counted(best.average_params),
        counted(best.tokens),
    );
    let (start, end) = (place(best.start), place(best.end));
    let _ = match best.is_cut() {
        true => writeln!(out, "one cut, at {start} of the tokens"),
        false => writeln!(out, "{}, from {start} to {end} of the tokens", best.shape),
    };
    if best.end.estimate == 0.0 || best.start.estimate == 1.0 {
        let _ = writeln!(out, "an edge: no window inside the run is better, for this size and cost");
    }
    if best.shapes.len() > 1 {
        let wins = best.shapes.iter().map(|(shape, share)| format!("{shape} {:.1} %", 100.0 * share));
        let _ = writeln!(out, "best in so many draws: {}", wins.collect::<Vec<_>>().join(", "));
    }
    let _ = write!(out, "\n{}", table(best, level).text());
    out
}

fn share(value: f64) -> String {
    format!("{} %", if value == 0.0 { "0".to_owned() } else { digits(100.0 * value, 3) })
}

/// The best window and others: what each costs.
fn table(best: &BestWindow, level: f64) -> Table<(String, [f64; 2], f64, Option<Estimate>)> {
    let own = ("best".to_owned(), [best.start.estimate, best.end.estimate], best.loss.estimate, None);
    let other =
        |cost: &WindowCost| (cost.name.clone(), [cost.start, cost.end], cost.loss.estimate, Some(cost.more));
    let rows: Vec<_> = std::iter::once(own).chain(best.others.iter().map(other)).collect();
    let drawn = !level.is_nan();
    Table::of(rows)
        .column("window", |(name, ..)| words(name))
        .column("start", |(_, [start, _], ..)| words(share(*start)))
        .column("end", |(_, [_, end], ..)| words(share(*end)))
        .column("loss", |(.., loss, _)| number(*loss, 5))
        .column("more", |(.., more)| more.map_or_else(|| words("-"), |more| number(more.estimate, 3)))
        .column_if(drawn, &interval(level), |(.., more)| {
            more.map_or_else(|| words("-"), |more| words(range(more.interval, 3)))
        })
}
