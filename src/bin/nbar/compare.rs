//! `nbar compare`: laws and sizes side by side.

use std::fmt::Write;
use std::sync::Arc;

use nbar::compare::{Candidates, Compared, ComparedRow, Comparison};
use nbar::law::Law;
use nbar::{Document, FitOptions, Observations, Result, Size};

use crate::args::{DrawArgs, ObservationArgs, RestrictionArgs, SearchArgs, SweepArgs, share, split_laws};
use crate::escape;
use crate::flags::spoken;
use crate::format::{format_count, made_of, percent, range};
use crate::host;
use crate::kinds::{Kind, kinds, warn_of_sweep};
use crate::restrict::{data_lines, from_files, shared_clusters};
use crate::table::{Format, LatexArgs, Table, full, interval, number, text as words};
use crate::{Outcome, talk, warn};

/// Laws that are compared where none are named: of sweeps with pruned runs, and of dense ones.
const PRUNED: [&str; 3] = ["chinchilla", "averaged", "power-mean"];
const DENSE: [&str; 4] = ["chinchilla", "tied", "coupled", "kaplan"];

/// Compare laws, and choices of what N is, on the runs that they were not fitted to
///
/// Fits every law on every size to all runs, and again without the largest of them by FLOPs. Laws whose errors on these do not
/// tell them apart make one group. Replicates redraw the weights of all runs, the same for every law, and refit. What cannot be fitted is left out, and stderr
/// says why. Exits with 4 if none of the fits is to be trusted. Ctrl-C stops with the replicates so far.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar compare data/t5_c4_sparse.csv
  nbar compare data/t5_c4_sparse.csv --laws chinchilla,sparse \\
      --sizes average,final
  nbar compare data/chinchilla.csv --where outlier=0 \\
      --laws chinchilla,tied,kaplan --sizes average --top 30%
  nbar compare data/t5_c4_sparse.csv --format csv")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    #[command(flatten)]
    observed: ObservationArgs,
    /// Share of the runs to hold out, the largest by FLOPs
    #[arg(long, value_name = "SHARE", default_value = "20%", value_parser = share, allow_hyphen_values = true,
        help_heading = "Input")]
    top: f64,
    /// Laws to compare, names or formulas, separated by commas; those that read no N ignore --sizes [default:
    /// chinchilla,averaged,power-mean; where no run is pruned chinchilla,tied,coupled,kaplan]
    #[arg(long, help_heading = "Law")]
    laws: Vec<String>,
    /// Parameter counts that N may be, separated by commas: average, initial, final, geometric, harmonic or power:P
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "initial,final,average,geometric,harmonic",
        allow_hyphen_values = true,
        help_heading = "Law"
    )]
    sizes: Vec<Size>,
    #[command(flatten)]
    restrictions: RestrictionArgs,
    #[command(flatten)]
    search: SearchArgs,
    /// Paired replicates, which say what is told apart
    #[arg(long, value_name = "COUNT", default_value_t = 1000, help_heading = "Intervals",
        value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    bootstrap: u32,
    #[command(flatten)]
    draws: DrawArgs,
    /// Form of the output: text, json, csv (a record for each run and candidate) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
    #[command(flatten)]
    latex: LatexArgs,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let mut names: Vec<&str> = Vec::new();
    for name in args.laws.iter().flat_map(|list| split_laws(list)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let read = names.iter().map(|name| host::may_read(name)).collect::<Result<Vec<_>>>()?.concat();
    let sweep = args.sweep.read(&args.observed, read)?;
    let observed = args.observed.options();
    if names.is_empty() {
        // Where no run is pruned all means of its counts are one.
        let is_dense = sweep.observations(&observed).is_ok_and(|rows| rows.is_dense());
        names.extend(if is_dense { &DENSE[..] } else { &PRUNED[..] });
    }
    let laws = names.iter().map(|name| host::law(name)).collect::<Result<Vec<Arc<dyn Law>>>>()?;
    let candidates = Candidates::of(&sweep, &laws, &args.sizes, &observed)?;
    let options = args.restrictions.restrict(args.search.apply(FitOptions::default()));
    let draws = args.draws.options(args.bootstrap as usize);
    let comparison = candidates.compare(&options, args.top, &draws)?;
    warn_of_sweep(comparison.candidates.iter().flat_map(|c| &c.fit.warnings));
    let notes = Notes::of(&comparison);
    let observations = &comparison.candidates[0].fit.observations;
    let format = args.latex.or(args.format);
    let stdout = match format {
        Format::Text => spoken(text(args, &comparison, observations, &notes)),
        Format::Json => comparison.to_json() + "\n",
        Format::Csv => records(&comparison).csv(),
        Format::Md => table(args, &comparison, &notes).markdown(),
        Format::Latex => table(args, &comparison, &notes).latex(),
    };
    if comparison.shared_clusters > 0 {
        let take = "take the held-out errors as those of more runs in these clusters";
        warn(format!("{}; {take}", shared_clusters(comparison.shared_clusters)));
    }
    for reason in &comparison.left_out {
        talk(format!("left out: {reason}"));
    }
    if let Some(made) = comparison.partial {
        let unknown = comparison.candidates.iter().any(|c| c.wins.is_nan());
        let stopped = match unknown {
            true => "stopped before every law was refitted often enough: which are told apart is not known"
                .to_owned(),
            false => format!(
                "stopped when every law had {} replicates: groups and wins rest on these",
                made_of(Some(made), draws.replicates)
            ),
        };
        warn(format!("{stopped}; run it again to the end"));
    }
    if format != Format::Text {
        notes.sentences.iter().for_each(warn);
    }
    let trustworthy = comparison.candidates.iter().any(|c| c.fit.is_trustworthy());
    Ok(Outcome::of(stdout, trustworthy))
}

/// Warnings of all candidates: a letter for each kind, and a sentence.
struct Notes {
    /// A sentence for each kind, in the order of their letters.
    sentences: Vec<String>,
    /// The letters of each candidate.
    letters: Vec<String>,
}

impl Notes {
    fn of<'a>(comparison: &'a Comparison) -> Self {
        let of = |(i, c): (usize, &'a Compared)| {
            // Of the fit to the smaller runs only what makes its predictions void and is not said already.
            let void = c.smaller.warnings.iter().filter(|w| w.is_disqualifying());
            let void = void.map(move |w| (i, w, ", fitted to the smaller runs"));
            c.fit.warnings.iter().map(move |w| (i, w, "")).chain(void)
        };
        let kinds = kinds(comparison.candidates.iter().enumerate().flat_map(of));
        let name = |i: &usize| comparison.candidates[*i].name();
        let sentence = |kind: &Kind<'_>| {
            let also = kind.others(name).map_or(String::new(), |others| format!(" ({others})"));
            format!("{}{}: {}{also}", name(&kind.of[0]), kind.note, kind.first)
        };
        let letters = |i: usize| {
            let own = kinds.iter().enumerate().filter(|(_, kind)| kind.of.contains(&i));
            own.map(|(place, _)| letter(place)).collect()
        };
        let sentences = kinds.iter().map(sentence).collect();
        Self { sentences, letters: (0..comparison.candidates.len()).map(letters).collect() }
    }
}

/// The letter of a kind of warning; there are fewer kinds than letters.
fn letter(place: usize) -> char {
    char::from_u32('a' as u32 + place as u32).unwrap_or('?')
}

fn text(args: &Args, comparison: &Comparison, observations: &Observations, notes: &Notes) -> String {
    let mut out = format!(
        "{}; held out: the {} of most flops\n{}\n{}\n\
         errors are of ln L, predicted - measured; held-out RMS: of a fit to the other {}, at each run's last row\n\
         behind: held-out RMS less the least, with its {} interval and wins, how often it is least, over {} paired \
         replicates:\nthe weights of all runs are drawn again, the same for every law, and each law is refitted\n\
         laws of one group are not told apart: the interval of what each is behind the group's best is not all above 0\n",
        from_files(&args.sweep, 0, observations),
        format_count(comparison.runs.len(), "run"),
        data_lines(observations),
        table(args, comparison, notes).text(),
        format_count(comparison.fitted_runs, "run"),
        percent(args.draws.level),
        made_of(comparison.partial, args.bootstrap as usize),
    );
    let count = |of: fn(&Compared) -> usize| {
        let some = comparison.candidates.iter().filter(|c| of(c) > 0);
        let each = some.map(|c| format!("{} ({})", c.name(), of(c)));
        each.collect::<Vec<String>>().join(", ")
    };
    let failed = count(|c| c.failed);
    if !failed.is_empty() {
        let _ = writeln!(out, "replicates that did not converge, and win nothing: {failed}");
    }
    let disagreed = count(|c| c.disagreed);
    if !disagreed.is_empty() {
        let audited = comparison.candidates.iter().map(|c| c.audited).max().unwrap_or_default();
        let _ = writeln!(out, "of {audited} audited replicates a search went lower in: {disagreed}");
    }
    if observations.is_dense() {
        let _ = writeln!(
            out,
            "no run was pruned: every size is the same count, shown once, and this sweep cannot tell one average from another"
        );
    }
    for (place, sentence) in notes.sentences.iter().enumerate() {
        let _ = writeln!(out, "{} {}", letter(place), escape::line(sentence));
    }
    for reason in &comparison.left_out {
        let _ = writeln!(out, "left out: {}", escape::line(&reason.to_string()));
    }
    out
}

fn table<'a>(args: &Args, comparison: &'a Comparison, notes: &'a Notes) -> Table<(&'a Compared, &'a String)> {
    let interval = interval(args.draws.level);
    let least = comparison.candidates.iter().map(|c| c.held_out.rms).fold(f64::INFINITY, f64::min);
    let is_best = |c: &Compared| c.held_out.rms == least;
    Table::of(comparison.candidates.iter().zip(&notes.letters))
        .column("law", |(c, _)| words(&c.law))
        .column("N", |(c, _)| words(c.size.as_deref().unwrap_or("-")))
        .column("group", |(c, _)| words(c.group))
        .column("parameters", |(c, _)| words(c.parameters))
        .column("objective", |(c, _)| number(c.objective, 6))
        .column("RMS", |(c, _)| number(c.fitted.rms, 3))
        .column("largest", |(c, _)| number(c.fitted.largest, 3))
        .column("held-out RMS", |(c, _)| number(c.held_out.rms, 3))
        .column("AIC", |(c, _)| words(format!("{:.1}", c.aic)))
        .column("BIC", |(c, _)| words(format!("{:.1}", c.bic)))
        .column("behind", |(c, _)| match c.behind {
            _ if is_best(c) => words("-"),
            Some(behind) => number(behind.estimate, 2),
            None => number(c.held_out.rms - least, 2),
        })
        .column(&interval, |(c, _)| match c.behind {
            _ if is_best(c) => words("-"),
            Some(behind) => words(range(behind.interval, 2)),
            None => words("?"),
        })
        .column("wins", |(c, _)| match c.wins {
            wins if wins.is_nan() => words("?"),
            wins => words(format!("{:.1} %", 100.0 * wins)),
        })
        .column("notes", |(_, letters)| words(letters))
}

/// A record for each row of the sweep and each candidate, in full precision.
fn records(comparison: &Comparison) -> Table<(&Compared, usize, &ComparedRow)> {
    let of = |c| comparison.rows.iter().enumerate().map(move |(i, row)| (c, i, row));
    Table::of(comparison.candidates.iter().flat_map(of))
        .column("law", |(c, ..)| words(&c.law))
        .column("size", |(c, ..)| words(c.size.as_deref().unwrap_or_default()))
        .column("group", |(c, ..)| words(c.group))
        .column("run", |(.., row)| words(&row.run))
        .column("held_out", |(.., row)| words(u8::from(row.held_out)))
        .column("last", |(.., row)| words(u8::from(row.last)))
        .column("params", |(c, i, _)| {
            words(c.size.as_ref().map_or_else(String::new, |_| full(c.fit.observations.params()[*i])))
        })
        .column("tokens", |(.., row)| words(full(row.tokens)))
        .column("flops", |(.., row)| words(full(row.flops)))
        .column("loss", |(.., row)| words(full(row.loss)))
        .column("fitted", |(c, i, _)| words(full(c.fitted_losses[*i])))
        .column("predicted", |(c, i, _)| words(full(c.predicted_losses[*i])))
}
