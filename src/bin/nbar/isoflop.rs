//! `nbar isoflop`: the minima of budgets, beside a law.

use std::collections::BTreeSet;
use std::fmt::Write;

use nbar::bootstrap::Estimate;
use nbar::isoflop::{BesideLaw, Bracket, Grid, Isoflop, IsoflopOptions, PowerOfCompute, Valley, isoflop};
use nbar::units::format_quantity;
use nbar::{Document, Ensemble, Error, Observations, Result, Run, fit_scaling_law};

use crate::args::{DrawArgs, LawArgs, SweepArgs, quantity};
use crate::format::{digits, format_count};
use crate::restrict::flops_line;
use crate::table::{Format, LatexArgs, Table, between, count, full, interval, number, text};
use crate::{Outcome, escape, flags, talk, warn};

/// So many runs that are left out are named.
const NAMED: usize = 3;

/// Find the valleys of a sweep: the best size at each budget, and how it grows with compute
///
/// Budgets are runs of equal FLOPs. Each has a parabola of the loss in ln N, and its minimum if that is between the runs. A line of
/// ln N* on ln C follows (approach 2 of Hoffmann et al.), and stands beside the law that is fitted to the same runs (approach 3). Of loss
/// curves (--checkpoints all) there is their envelope as well (approach 1).
///
/// Exits with 4 if the fit of the law is not to be trusted. Without a fit (--bootstrap 0) the valleys stand alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar isoflop data/chinchilla_isoflop.csv
  nbar isoflop sweep.csv --flops 1e18,3e18,1e19 --within 10%")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    /// Budgets, FLOPs [default: those at which the sweep has three runs of different sizes]
    #[arg(long, value_name = "C,...", value_delimiter = ',', value_parser = quantity, allow_hyphen_values = true,
        help_heading = "Input")]
    flops: Vec<f64>,
    /// How far FLOPs of runs may be from their budget
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = crate::args::share, help_heading = "Input")]
    within: f64,
    #[command(flatten)]
    law: LawArgs,
    /// Bootstrap replicates of the law; 0 is no law
    #[arg(long, value_name = "COUNT", default_value_t = 1000, help_heading = "Intervals",
        value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    bootstrap: u32,
    #[command(flatten)]
    draws: DrawArgs,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
    #[command(flatten)]
    latex: LatexArgs,
}

/// Options that are read of the law alone.
const OF_LAW: [&str; 10] = ["law", "fix", "tie", "bound", "prior", "rho", "delta", "on", "starts", "seed"];

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let sweep = args.sweep.read(&args.law.observed, args.law.names()?)?;
    let observations = args.law.observations(&sweep)?;
    let options = IsoflopOptions::default().with_budgets(args.flops.clone()).with_within(args.within);
    let alone = isoflop(&observations, &options.with_level(args.draws.level))?;
    let (found, trustworthy) = match args.law(&observations)? {
        None => (alone, true),
        Some(ensemble) => match alone.clone().beside(&ensemble) {
            Ok(found) => {
                ensemble.fit.warnings.iter().for_each(warn);
                (found, ensemble.fit.is_trustworthy())
            }
            Err(error @ Error::Unanswerable { .. }) => {
                talk(format!("no law beside the valleys: {error}"));
                (alone, true)
            }
            Err(other) => return Err(other),
        },
    };
    for valley in found.valleys.iter().filter(|valley| valley.bracket != Bracket::Bracketed) {
        warn(format!("at {} FLOPs {}", format_quantity(valley.flops, 4), why(valley.bracket)));
    }
    if observations.weight().is_some() {
        warn("parabolas and their lines take all runs alike: weights count in the law beside them alone");
    }
    let groups: BTreeSet<&str> = sweep.runs().iter().filter_map(Run::group).collect();
    if groups.len() > 1 {
        let names: Vec<String> =
            groups.iter().take(NAMED).map(|name| escape::line(name).into_owned()).collect();
        let more = if groups.len() > NAMED { ", ..." } else { "" };
        let count = format_count(groups.len(), "group");
        warn(format!("valleys are of {count} together ({}{more}): choose one by --where", names.join(", ")));
    }
    let table = valleys(&found);
    let sentences = || sentences(&found, &observations, &table);
    let stdout = match args.latex.or(args.format) {
        Format::Csv => records(&found).csv(),
        form => table.written(form, || found.to_json(), sentences),
    };
    Ok(Outcome::of(stdout, trustworthy))
}

impl Args {
    /// The law of the same runs, if one is asked for.
    fn law(&self, observations: &Observations) -> Result<Option<Ensemble>> {
        if self.bootstrap == 0 {
            let of_law = |id: &str| OF_LAW.contains(&id);
            let remedy = "leave it out, or give `replicates`, so that a law is fitted beside the valleys";
            flags::refuse_idle(of_law, " without a law beside the valleys", remedy)?;
            return Ok(None);
        }
        let draws = self.draws.options(self.bootstrap as usize);
        let fitted =
            fit_scaling_law(observations, &self.law.fit_options()?).and_then(|fit| fit.bootstrap(&draws));
        match fitted {
            Err(error @ Error::Unanswerable { .. }) => {
                talk(format!("no law beside the valleys: {error}"));
                Ok(None)
            }
            other => other.map(Some),
        }
    }
}

fn why(bracket: Bracket) -> &'static str {
    match bracket {
        Bracket::Below => {
            "the parabola is least below the smallest run; it has no part in the lines: add smaller runs"
        }
        Bracket::Above => {
            "the parabola is least above the largest run; it has no part in the lines: add larger runs"
        }
        _ => "the parabola has no minimum; it has no part in the lines: add smaller and larger runs",
    }
}

/// An interval of counts; one that is not known, or reaches everywhere, in words.
fn counts(estimate: Option<Estimate>) -> String {
    match estimate {
        Some(Estimate { interval: [low, high], .. }) if low.is_nan() || high.is_nan() => "-".to_owned(),
        Some(Estimate { interval: [low, high], .. }) if low <= 0.0 && high.is_infinite() => "any".to_owned(),
        Some(Estimate { interval, .. }) => between(interval, |v| format_quantity(v, 3)),
        None => "-".to_owned(),
    }
}

fn powers(estimate: Estimate) -> String {
    if estimate.interval[0].is_nan() { "-".to_owned() } else { between(estimate.interval, |v| digits(v, 3)) }
}

/// A row for each budget.
fn valleys(found: &Isoflop) -> Table<&Valley> {
    let heading = interval(found.level);
    let value = |estimate: Option<Estimate>| estimate.map_or(f64::NAN, |e| e.estimate);
    Table::of(&found.valleys)
        .column("FLOPs", |v| count(v.flops, 3))
        .column("runs", |v| text(v.runs))
        .column("N*", move |v| match v.params {
            Some(params) => count(params.estimate, 4),
            None => text(v.bracket),
        })
        .column(&heading, |v| text(counts(v.params)))
        .column("D*", move |v| count(value(v.tokens), 4))
        .column("loss", |v| number(v.loss.unwrap_or(f64::NAN), 4))
        .column("place", |v| number(v.place.unwrap_or(f64::NAN), 2))
        .column("of cubic", |v| count(v.cubic_params.unwrap_or(f64::NAN), 4))
        .column("p of cubic", |v| number(v.cubic_p_value.unwrap_or(f64::NAN), 2))
        .column_if(found.law.is_some(), "N* of law", move |v| count(value(v.law_params), 4))
        .column_if(found.law.is_some(), &heading, |v| text(counts(v.law_params)))
}

/// Everything in full precision: a row for each budget.
fn records(found: &Isoflop) -> Table<&Valley> {
    type Of = fn(&Valley) -> Option<Estimate>;
    let all: [(&str, Of); 3] =
        [("params", |v| v.params), ("tokens", |v| v.tokens), ("law_params", |v| v.law_params)];
    let value = |value: Option<f64>| text(full(value.unwrap_or(f64::NAN)));
    let table = Table::of(&found.valleys)
        .column("flops", |v| count(v.flops, 4))
        .column("runs", |v| text(v.runs))
        .column("smallest", |v| count(v.sizes[0], 4))
        .column("largest", |v| count(v.sizes[1], 4))
        .column("bracket", |v| text(v.bracket));
    let table = all.iter().fold(table, |table, (name, of)| {
        table
            .column(name, |v| value(of(v).map(|e| e.estimate)))
            .column(&format!("{name}_lower"), |v| value(of(v).map(|e| e.interval[0])))
            .column(&format!("{name}_upper"), |v| value(of(v).map(|e| e.interval[1])))
    });
    table
        .column("loss", |v| value(v.loss))
        .column("curvature", |v| value(Some(v.curvature)))
        .column("place", |v| value(v.place))
        .column("cubic_params", |v| value(v.cubic_params))
        .column("cubic_p_value", |v| value(v.cubic_p_value))
}

fn sentences(found: &Isoflop, observations: &Observations, table: &Table<&Valley>) -> String {
    let runs = observations.run_count();
    let mut out = format!(
        "{} of {} of {}{}\n\n{}\n",
        format_count(found.valleys.len(), "budget"),
        runs - found.left_out.len(),
        format_count(runs, "run"),
        left_out(found, observations),
        table.text()
    );
    out.push_str(
        "place: of N* among the sizes, -1 the smallest, 1 the largest; p of cubic: if small, the valley is no parabola\n\n",
    );
    if let Some(line) = flops_line(observations) {
        let besides = if found.law.is_some() { "; budgets and the law's best runs are of these" } else { "" };
        let _ = writeln!(out, "{line}{besides}\n");
    }
    out.push_str(&lines(found));
    out.push_str(&grid(found));
    if let Some(law) = &found.law {
        out.push_str(&beside(law, &found.params));
    }
    out
}

/// The runs that are at no budget, with their FLOPs.
fn left_out(found: &Isoflop, observations: &Observations) -> String {
    if found.left_out.is_empty() {
        return String::new();
    }
    let flops_of = |name: &str| {
        let rows = observations.run().iter().zip(observations.flops());
        rows.filter(|(run, _)| observations.run_name(**run) == name)
            .map(|(_, flops)| flops)
            .fold(0.0, f64::max)
    };
    let one = |name: &String| format!("{name} ({} FLOPs)", format_quantity(flops_of(name), 3));
    let named: Vec<String> = found.left_out.iter().take(NAMED).map(one).collect();
    let more = found.left_out.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("; at no budget: {}{more}", named.join(", "))
}

/// Approach 2, and approach 3 beside it.
fn lines(found: &Isoflop) -> String {
    let (law, middle) = (found.law.as_ref(), format_quantity(found.middle, 3));
    let around = found
        .envelope
        .as_ref()
        .map(|e| [e.params.slope, e.tokens.slope, e.params.at_middle, e.tokens.at_middle]);
    let of = |k: usize| around.map(|around| around[k]);
    let rows = [
        ("N* grows as C to the", found.params.slope, of(0), law.map(|law| law.slopes[0]), found.cubic_slope),
        ("D* grows as C to the", found.tokens.slope, of(1), law.map(|law| law.slopes[1]), None),
        ("N* at the middle", found.params.at_middle, of(2), law.map(|law| law.at_middle[0]), None),
        ("D* at the middle", found.tokens.at_middle, of(3), law.map(|law| law.at_middle[1]), None),
    ];
    let heading = interval(found.level);
    let is_power = |name: &str| name.contains("grows");
    let cell = |name: &str, value: f64| if is_power(name) { number(value, 4) } else { count(value, 4) };
    let ends = |name: &str, e: Estimate| if is_power(name) { powers(e) } else { counts(Some(e)) };
    let table = Table::of(rows)
        .column("", |(name, ..)| text(name))
        .column("parabolas", |(name, own, ..)| cell(name, own.estimate))
        .column(&heading, |(name, own, ..)| text(ends(name, *own)))
        .column_if(around.is_some(), "envelope", |(name, _, around, ..)| {
            cell(name, around.map_or(f64::NAN, |e| e.estimate))
        })
        .column_if(around.is_some(), &heading, |(name, _, around, ..)| {
            text(around.map_or_else(String::new, |e| ends(name, e)))
        })
        .column_if(found.cubic_slope.is_some(), "cubics", |(.., cubic)| number(cubic.unwrap_or(f64::NAN), 4))
        .column_if(law.is_some(), "law", |(name, _, _, law, _)| {
            cell(name, law.map_or(f64::NAN, |e| e.estimate))
        })
        .column_if(law.is_some(), &heading, |(name, _, _, law, _)| {
            text(law.map_or_else(String::new, |e| ends(name, e)))
        });
    let mut out = format!("{}middle: {middle} FLOPs", table.text());
    if found.params.widened > 1.0 {
        let _ = write!(
            out,
            "; the minima lie {} times farther from a line than their errors tell, and intervals are as much wider",
            digits(found.params.widened, 2)
        );
    }
    if let Some(envelope) = &found.envelope {
        let [low, high] = envelope.flops.map(|flops| format_quantity(flops, 2));
        let _ = write!(
            out,
            "\nenvelope: the lowest of the loss curves from {low} to {high} FLOPs, {} of them; rows before a run's end are no final losses where the learning rate falls later",
            envelope.curves
        );
    }
    out + "\n"
}

fn grid(found: &Isoflop) -> String {
    let said = match found.grid {
        Grid::Centred => {
            "centred: the minima lie in the middle of grids of one width, so that the slope is right, and the level where valleys are parabolas"
        }
        Grid::Offset => {
            "offset: the minima lie off the middle by one factor, so that the slope is right and the level is not"
        }
        Grid::Fixed => {
            "fixed: the sizes are the same at all budgets, so that slope and level err where valleys are no parabolas"
        }
        Grid::Unclear => {
            "unclear: the minima are known to no better than half a grid, or one lies near an edge: nothing tells whether the slope is right"
        }
        _ => {
            "drifting: the minima move through their grids, or these change width, so that slope and level err where valleys are no parabolas"
        }
    };
    format!("grid {said}\n")
}

/// Whether the two agree, and what parabolas would make of the law.
fn beside(law: &BesideLaw, own: &PowerOfCompute) -> String {
    let mut out = String::new();
    let said = |differ: Option<bool>| match differ {
        Some(true) => "differ by more than their intervals",
        Some(false) => "agree within their intervals",
        None => "cannot be compared: one has no interval, or one that does not end",
    };
    let (slopes, middles) = (said(law.slopes_differ), said(law.middles_differ));
    let _ = writeln!(
        out,
        "parabolas and law ({}): the powers {slopes}; N* at the middle: they {middles}",
        law.law
    );
    if let (Some(slope), Some(factor)) = (law.slope_bias, law.middle_bias) {
        let _ = writeln!(
            out,
            "if the law holds, parabolas on these runs are off by {} in the power and by {} % in N*",
            digits(slope, 2),
            digits(100.0 * (factor - 1.0), 2),
        );
        let without = |own: Estimate, value: f64, shown: String| {
            let [low, high] = own.interval;
            let is_outside = low.is_finite() && high.is_finite() && !(low..=high).contains(&value);
            format!("{shown}{}", if is_outside { ", outside their interval" } else { "" })
        };
        let (power, middle) = (own.slope.estimate - slope, own.at_middle.estimate / factor);
        let _ = writeln!(
            out,
            "without that: the power {}; N* at the middle {}",
            without(own.slope, power, digits(power, 4)),
            without(own.at_middle, middle, format_quantity(middle, 4)),
        );
    }
    out
}
