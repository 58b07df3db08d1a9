//! `nbar versus`: one recipe against another.

mod text;

use std::path::Path;

use nbar::law::{Input, Law};
use nbar::versus::{Along, Versus, VersusOptions, VersusRow, of_pair, versus};
use nbar::{Document, Ensemble, Error, Observations, Result};

use crate::args::{BendArgs, DrawArgs, LawArgs, SweepArgs, load_both, quantity};
use crate::flags::refuse_idle;
use crate::format::digits;
use crate::restrict::flops_line;
use crate::table::{Format, LatexArgs};
use crate::{Outcome, talk, warn};
use text::{records, table};

/// Compare two recipes: what one needs for the loss of the other
///
/// Takes the sweep of the challenger and that of the baseline, or one table and --group. Fits a law to each. The multiplier of
/// compute is the FLOPs that the challenger needs over those of the baseline for one loss: above 1, it needs more.
///
/// Runs of both sweeps that match by name, or by parameters and tokens, are drawn together, so that noise which they share
/// cancels. Saved fits are compared without fitting. Exits with 4 if one of the fits is not to be trusted.
#[derive(Debug, clap::Args)]
#[command(mut_arg("files", |arg| arg.required(false)
    .help("Sweep of the challenger, then that of the baseline; two saved fits; or, with --group, tables with all recipes")))]
#[command(after_help = "Examples:
  nbar versus new.csv old.csv
  nbar versus data/overtraining.csv --group group --baseline rpj
  nbar versus new.fit.json old.fit.json --loss 2.5,2.2 --params 1B
  nbar versus --pair 3.8104,3.7542 --irreducible 1.6 --exponent 0.0941")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    /// Column that names the recipe of each run
    #[arg(long, value_name = "COLUMN", help_heading = "Input")]
    group: Option<String>,
    /// Recipe that the others are compared with
    #[arg(long, value_name = "NAME", help_heading = "Input", requires = "group")]
    baseline: Option<String>,
    /// Losses of two runs of equal compute, challenger first: the multiplier of this pair alone
    #[arg(long, value_name = "LOSS,LOSS", value_delimiter = ',', value_parser = quantity, help_heading = "Input",
        requires_all = ["irreducible", "exponent"], conflicts_with = "files")]
    pair: Vec<f64>,
    /// E of both recipes, for --pair
    #[arg(long, value_name = "E", value_parser = quantity, help_heading = "Input", requires = "pair")]
    irreducible: Option<f64>,
    /// Exponent of compute of both recipes, L = E + K C^-gamma, for --pair
    #[arg(long, value_name = "GAMMA", value_parser = quantity, help_heading = "Input", requires = "pair")]
    exponent: Option<f64>,
    /// Budgets of the baseline, FLOPs [default: five over both sweeps, 10 and 100 times the largest]
    #[arg(long, value_name = "C,...", value_delimiter = ',', value_parser = quantity, allow_hyphen_values = true,
        help_heading = "Input",
        conflicts_with = "pair")]
    flops: Vec<f64>,
    /// Losses to reach, nats a token
    #[arg(long, value_name = "L,...", value_delimiter = ',', value_parser = quantity, allow_hyphen_values = true,
        help_heading = "Input",
        conflicts_with = "pair")]
    loss: Vec<f64>,
    /// Compare runs of so many parameters, in place of the best run of each budget
    #[arg(long, value_name = "N", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with_all = ["tokens_per_param", "pair"])]
    params: Option<f64>,
    /// Compare runs of so many tokens a parameter
    #[arg(long, value_name = "RATIO", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with = "pair")]
    tokens_per_param: Option<f64>,
    /// Time that the challenger takes for a FLOP over what the baseline takes [default: 1]
    #[arg(long, value_name = "FACTOR", value_parser = quantity, allow_hyphen_values = true, help_heading = "Input",
        conflicts_with = "pair")]
    time_per_flop: Option<f64>,
    #[command(flatten)]
    law: LawArgs,
    /// Bootstrap replicates of each sweep
    #[arg(long, value_name = "COUNT", default_value_t = 1000, help_heading = "Intervals",
        value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    bootstrap: u32,
    #[command(flatten)]
    draws: DrawArgs,
    #[command(flatten)]
    bend: BendArgs,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    format: Format,
    #[command(flatten)]
    latex: LatexArgs,
}

/// Options that are read of saved fits, and of a pair of runs.
const OF_SAVED: [&str; 12] = [
    "files",
    "flops",
    "loss",
    "params",
    "tokens_per_param",
    "time_per_flop",
    "level",
    "bend",
    "format",
    "latex",
    "quiet",
    "jobs",
];
const OF_PAIR: [&str; 6] = ["pair", "irreducible", "exponent", "format", "latex", "quiet"];

/// A name and its runs.
type Recipe = (String, Observations);

/// A challenger against the baseline.
struct Match {
    names: [String; 2],
    found: Versus,
    trustworthy: bool,
    /// How the FLOPs of both are counted, where that is not as those of the answer are.
    flops: [Option<String>; 2],
}

/// How FLOPs are counted, where the law does not read them and they are not 6 N̄ D.
fn flops(law: &dyn Law, observations: &Observations) -> Option<String> {
    flops_line(observations).filter(|_| !law.spec().inputs.contains(&Input::Flops))
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if let [own, other] = args.pair[..] {
        refuse_idle(|id| !OF_PAIR.contains(&id), " on a pair of runs", "leave it out, or give two sweeps")?;
        return pair(args, [own, other]);
    }
    if !args.pair.is_empty() {
        let given = args.pair.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        return Err(Error::option(
            "pair",
            given,
            "is not two losses",
            "give two, challenger first: 3.81,3.75",
        ));
    }
    let matches = args.matches()?;
    let format = args.latex.or(args.format);
    let mut said = Vec::new();
    for warning in matches.iter().flat_map(Match::warnings) {
        if !said.contains(&warning) {
            said.push(warning);
        }
    }
    said.iter().for_each(warn);
    let counted = |one: &Match| {
        let of = |i: usize| Some(format!("{}: {}", one.names[i], one.flops[i].as_ref()?));
        [of(0), of(1)]
    };
    let mut counted: Vec<String> = matches.iter().flat_map(counted).flatten().collect();
    counted.dedup();
    counted
        .iter()
        .for_each(|line| talk(format!("{line}; those of this answer are 6 N̄ D, and so is its multiplier")));
    let rows: Vec<(&Match, &VersusRow)> =
        matches.iter().flat_map(|one| one.found.rows.iter().map(move |row| (one, row))).collect();
    let stdout = match format {
        Format::Json => json(&matches) + "\n",
        Format::Csv => records(rows).csv(),
        Format::Md => table(args, rows, matches.len() > 1).markdown(),
        Format::Latex => table(args, rows, matches.len() > 1).latex(),
        Format::Text => matches.iter().map(|one| one.text(args)).collect::<Vec<String>>().join("\n"),
    };
    Ok(Outcome::of(stdout, matches.iter().all(|one| one.trustworthy)))
}

fn pair(args: &Args, losses: [f64; 2]) -> Result<Outcome> {
    let (Some(e), Some(gamma)) = (args.irreducible, args.exponent) else {
        return Err(Error::option("pair", "", "has no law", "give `irreducible` and `exponent` too"));
    };
    let multiplier = of_pair(losses, e, gamma)?;
    Ok(Outcome::good(match args.format {
        Format::Json => format!("{{\"schema\":\"nbar.versus-pair/1\",\"multiplier\":{multiplier}}}\n"),
        Format::Csv => format!("multiplier\n{multiplier}\n"),
        _ => format!(
            "multiplier of compute {}\nL = E + K C^-gamma with E = {e} and gamma = {gamma} for both; no interval: one pair of runs\n",
            digits(multiplier, 4)
        ),
    }))
}

/// Several documents as an array, one as it is.
fn json(matches: &[Match]) -> String {
    match matches {
        [one] => one.found.to_json(),
        _ => {
            let each: Vec<String> = matches
                .iter()
                .map(|one| {
                    let name = serde_json::to_string(&one.names[0]).unwrap_or_default();
                    one.found.to_json().replacen('{', &format!("{{\"challenger\":{name},"), 1)
                })
                .collect();
            format!("[{}]", each.join(","))
        }
    }
}

impl Args {
    fn options(&self) -> VersusOptions {
        let along = match (self.params, self.tokens_per_param) {
            (Some(params), _) => Along::Params(params),
            (None, Some(ratio)) => Along::TokensPerParam(ratio),
            (None, None) => Along::Frontier,
        };
        let options = VersusOptions::default().with_along(along).with_budgets(self.flops.clone());
        options.with_losses(self.loss.clone()).with_time_per_flop(self.time_per_flop.unwrap_or(1.0))
    }

    fn matches(&self) -> Result<Vec<Match>> {
        let options = self.options();
        if self.group.is_none() && self.sweep.files.len() != 2 {
            let problem = format!("are {}, not 2", self.sweep.files.len());
            let remedy =
                "give the challenger's file and the baseline's, or one table with `group` and `baseline`";
            return Err(Error::option("files", self.sweep.files.join(" "), &problem, remedy));
        }
        let saved = self.sweep.files.iter().filter(|file| file.ends_with(".fit.json")).count();
        if self.group.is_none() && saved == 1 {
            let (files, problem) = (self.sweep.files.join(" "), "are a sweep and a saved fit");
            return Err(Error::option("files", files, problem, "give two sweeps, or two saved fits"));
        }
        if self.group.is_none() && self.sweep.files.iter().all(|file| file.ends_with(".json")) {
            refuse_idle(
                |id| !OF_SAVED.contains(&id),
                " on saved fits, which are compared as they were fitted",
                "leave it out, or give the two sweeps",
            )?;
            let [own, other] = [0, 1].map(|i| name(&self.sweep.files[i]));
            let [first, second] = load_both([0, 1].map(|i| Path::new(&self.sweep.files[i])))?;
            let [first, second] = [self.asked(first)?, self.asked(second)?];
            let found = first.versus(&second, &options)?;
            let trustworthy = [&first, &second].iter().all(|e| e.fit.answers_are_trustworthy());
            let flops = [&first, &second].map(|e| flops(e.fit.law(), &e.fit.observations));
            return Ok(vec![Match { names: [own, other], found, trustworthy, flops }]);
        }
        let (challengers, baseline) = self.sweeps()?;
        let fit = self.law.fit_options()?;
        let draws = self.draws.options(self.bootstrap as usize).with_bend(self.bend.bend.0);
        let one = |(name, observations): Recipe| {
            let found = versus(&observations, &baseline.1, &fit, &draws, &options)?;
            let trustworthy = !found.warnings.iter().any(nbar::Warning::is_disqualifying);
            let flops = [&observations, &baseline.1].map(|runs| flops(&*fit.law, runs));
            Ok(Match { names: [name, baseline.0.clone()], found, trustworthy, flops })
        };
        challengers.into_iter().map(one).collect()
    }

    /// A saved fit, at the level and with the bend that are asked for.
    fn asked(&self, mut ensemble: Ensemble) -> Result<Ensemble> {
        ensemble.options.bend &= self.bend.bend.0;
        // A fit without draws answers without intervals.
        if ensemble.draws.is_empty() { Ok(ensemble) } else { ensemble.at_level(self.draws.level) }
    }

    /// The challengers and the baseline, with their names.
    fn sweeps(&self) -> Result<(Vec<Recipe>, Recipe)> {
        let Some(group) = &self.group else {
            let sweeps = self.sweep.read_apart(&self.law.observed, &self.law.names()?)?;
            let [first, second] = self.law.observations_of_both([&sweeps[0], &sweeps[1]])?;
            let [own, other] = [0, 1].map(|i| name(&self.sweep.files[i]));
            return Ok((vec![(own, first)], (other, second)));
        };
        let sweep = self.sweep.clone().with_group(group).read(&self.law.observed, self.law.names()?)?;
        let mut groups = self.law.observations(&sweep)?.by_group();
        if groups.len() < 2 {
            let problem = "has one value on all runs that are left";
            return Err(Error::option("group", group, problem, "name a column that tells the recipes apart"));
        }
        // So runs without a group are called.
        if groups.iter().any(|(name, _)| name == "-") {
            let remedy = format!("leave them out (`filter: {group}!=`), or fill the column");
            return Err(Error::option("group", group, "is empty for some runs", remedy));
        }
        let place = groups.iter().position(|(name, _)| Some(name) == self.baseline.as_ref());
        let Some(place) = place else {
            let names: Vec<&str> = groups.iter().map(|(name, _)| name.as_str()).collect();
            let remedy = format!("give one of {}", names.join(", "));
            let (given, problem) = match &self.baseline {
                Some(baseline) => (baseline.as_str(), format!("is no value of {group}")),
                None => ("", "is not given".to_owned()),
            };
            return Err(Error::option("baseline", given, &problem, remedy));
        };
        let baseline = groups.remove(place);
        Ok((groups, baseline))
    }
}

/// What a file is called.
fn name(file: &str) -> String {
    file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned()
}

impl Match {
    /// What is to be known, each with the name of the recipe that it is of, if it is of one.
    fn warnings(&self) -> Vec<String> {
        let of = [&self.found.challenger_warnings, &self.found.baseline_warnings];
        let named = |(place, warning): (usize, &nbar::Warning)| match of.map(|places| places.contains(&place))
        {
            [true, false] => format!("{}: {warning}", self.names[0]),
            [false, true] => format!("{}: {warning}", self.names[1]),
            _ => warning.to_string(),
        };
        self.found.warnings.iter().enumerate().map(named).collect()
    }
}
