//! `nbar compare`: laws and sizes side by side.

use std::sync::Arc;

use nbar::compare::{CompareOptions, Comparison};
use nbar::law::{Input, Law};
use nbar::{Checkpoints, FitOptions, ObservationOptions, Result, Size};
use serde_json::json;

use crate::args::{ObjectiveArgs, SweepArgs, say_mapping, share};
use crate::format::{Format, Rows, digits, range, thousands};
use crate::restrict::{RestrictionArgs, WeightArgs, record, weights_line};
use crate::{Outcome, talk};

const SCHEMA: &str = "nbar.compare/1";

/// Compare laws, and choices of what N is, on the runs that they were not fitted to
///
/// Every law is fitted on every size to all runs, and again without the largest of them by FLOPs; the table is sorted
/// by the error on these. Exits with 4 if none of the fits is to be trusted; stderr says why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar compare data/t5_c4_sparse.csv --sizes average,initial,final,geometric
  nbar compare data/chinchilla.csv --where outlier=0 --top 30% --format json")]
pub(crate) struct Args {
    #[command(flatten)]
    sweep: SweepArgs,
    /// Laws to compare, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "chinchilla")]
    laws: Vec<String>,
    /// What N may be, separated by commas: average, initial, final, geometric, harmonic or power:P
    #[arg(long, value_delimiter = ',', default_value = "average,initial,final", allow_hyphen_values = true)]
    sizes: Vec<Size>,
    /// Share of the runs to hold out, the largest by FLOPs
    #[arg(long, value_name = "SHARE", default_value = "20%", value_parser = share, allow_hyphen_values = true)]
    top: f64,
    /// Which rows of a run's loss curve to fit: last or all
    #[arg(long, default_value = "last")]
    checkpoints: Checkpoints,
    #[command(flatten)]
    objective: ObjectiveArgs,
    #[command(flatten)]
    restrictions: RestrictionArgs,
    #[command(flatten)]
    weights: WeightArgs,
    /// Seed of the draws that say how sure the order is
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads, 0 for one a processor; results do not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=512))]
    jobs: u16,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let laws =
        args.laws.iter().map(|name| nbar::law::by_name(name)).collect::<Result<Vec<Arc<dyn Law>>>>()?;
    let sweep = args.sweep.read_weighted(&args.weights)?;
    say_mapping(&sweep);
    let mut candidates = Vec::new();
    for (place, size) in args.sizes.iter().enumerate() {
        let options = ObservationOptions::default().with_size(*size).with_checkpoints(args.checkpoints);
        let observations = args.weights.weigh(sweep.observations(&options)?)?;
        // A law that does not read N is the same on every size.
        let reads = |law: &&Arc<dyn Law>| place == 0 || law.inputs().contains(&Input::Params);
        candidates.extend(laws.iter().filter(reads).map(|law| (Arc::clone(law), observations.clone())));
    }
    let options = args.objective.apply(FitOptions::default().with_jobs(usize::from(args.jobs)));
    let options = args.restrictions.restrict(options);
    let how = CompareOptions::default().with_share(args.top).with_seed(args.seed);
    let comparison = nbar::compare::compare(&candidates, &options, &how)?;
    for candidate in &comparison.candidates {
        for warning in &candidate.fit.warnings {
            let size =
                candidate.size.as_deref().map_or(String::new(), |size| format!(" on {size} parameters"));
            talk(format!("warning: {}{size}: {warning}", candidate.law));
        }
    }
    let stdout = match args.format {
        Format::Text => format!(
            "{} observations of {} runs from {}; held out: the {} runs of most flops\n{}\n{}\n\
             errors are of ln L, predicted - measured; held-out RMS: of a fit to the other {} runs, at each run's last row\n\
             behind: its interval less the first's, as the held-out runs' weights are drawn again; wins: how often it is least\n",
            thousands(candidates[0].1.len()),
            thousands(candidates[0].1.run_count()),
            args.sweep.files.join(", "),
            thousands(comparison.runs.len()),
            weights_line(&candidates[0].1),
            table(&comparison).text(),
            thousands(comparison.fitted_runs),
        ),
        Format::Json => {
            let mut value = json!(comparison);
            for (record, candidate) in
                value["candidates"].as_array_mut().into_iter().flatten().zip(&comparison.candidates)
            {
                let named = candidate.fit.law().parameters().iter().zip(&candidate.fit.parameters);
                record["values"] = named.map(|(p, x)| (p.name.to_owned(), json!(x))).collect();
                record["warnings"] = candidate.fit.warnings.iter().map(|w| json!(w.to_string())).collect();
            }
            record(&mut value, &options, &candidates[0].1);
            value["schema"] = json!(SCHEMA);
            format!("{value}\n")
        }
        Format::Csv => table(&comparison).csv(),
        Format::Md => table(&comparison).markdown(),
    };
    let trustworthy = comparison.candidates.iter().any(|c| c.fit.is_trustworthy());
    Ok(Outcome { stdout, trustworthy })
}

fn table(comparison: &Comparison) -> Rows {
    let header = [
        "law",
        "N",
        "held-out RMS",
        "behind",
        "wins",
        "RMS",
        "largest",
        "objective",
        "parameters",
        "AIC",
        "BIC",
    ];
    let mut rows = Rows::new(&header);
    for (place, c) in comparison.candidates.iter().enumerate() {
        rows.push(vec![
            c.law.clone(),
            c.size.clone().unwrap_or_else(|| "-".to_owned()),
            digits(c.held_out.rms, 3),
            if place == 0 { "-".to_owned() } else { range(c.behind, 2) },
            format!("{:.1} %", 100.0 * c.wins),
            digits(c.fitted.rms, 3),
            digits(c.fitted.largest, 3),
            digits(c.objective, 6),
            c.parameters.to_string(),
            format!("{:.1}", c.aic),
            format!("{:.1}", c.bic),
        ]);
    }
    rows
}
