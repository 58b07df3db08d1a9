//! Rolling hold-outs of public sweeps: what intervals are worth on groups of runs larger than all that were fitted.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use nbar::holdout::{HeldOutRow, Split};
use nbar::law::{Input, Law, by_name, chinchilla};
use nbar::{
    BootstrapOptions, Checkpoints, FitOptions, HoldOut, ObservationOptions, Observations, ReadOptions,
    Result, Sweep, Warning, fit_scaling_law, holdout,
};
use rayon::prelude::*;

use crate::usual::{Usual, median};

/// Level of the intervals.
pub(crate) const LEVEL: f64 = 0.9;
/// A sweep is large if its largest fifth is foretold from so many runs.
const LARGE: usize = 60;
/// Sweeps of fewer runs are left out: most of their splits have hardly more runs than the law has parameters.
const FEWEST_RUNS: usize = 16;

/// A sweep, and a law that reads it.
pub(crate) struct Case {
    pub(crate) name: String,
    law: Arc<dyn Law>,
    /// Whether it counts with the others: it does under the law that is the default.
    pub(crate) pooled: bool,
    pub(crate) observations: Observations,
}

/// A held-out run, and its intervals of ln L: the one to quote, that of a law that holds, and the usual one.
struct Scored {
    /// Whether the fit is to be trusted, by its own warnings.
    trusted: bool,
    loss: f64,
    quoted: [f64; 2],
    if_law_holds: [f64; 2],
    usual: [f64; 2],
}

/// Of some held-out runs: how many there are, hits and mean interval scores of the three intervals, the median ratio of the
/// first's width to the last's.
struct Summary {
    runs: usize,
    hits: [f64; 3],
    scores: [f64; 3],
    width_ratio: f64,
    half_width: f64,
}

/// The sweeps of a table: without the rows marked as outliers, one for each group, if there are groups. Where different tokens
/// are counted, the law that reads them stands beside the default.
fn cases(path: &Path) -> Result<Vec<Case>> {
    let read = |filter: Option<String>| {
        let options = ReadOptions::default();
        Sweep::from_csv_path_with(path, &filter.into_iter().fold(options, ReadOptions::with_filter))
    };
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let header = lines.next().unwrap_or_default();
    let place = |name: &str| header.iter().position(|column| *column == name);
    let filter = place("outlier").map(|_| "outlier=0".to_owned());
    let groups: BTreeSet<&str> =
        place("group").map(|at| lines.map(|row| row[at]).collect()).unwrap_or_default();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let named = match groups.len() {
        0 => vec![(stem.to_string(), filter)],
        _ => {
            groups.iter().map(|group| (format!("{stem}, {group}"), Some(format!("group={group}")))).collect()
        }
    };
    let mut cases = Vec::new();
    for (name, filter) in named {
        let sweep = read(filter)?;
        let checkpoints =
            if sweep.checkpoint_count() > sweep.len() { Checkpoints::All } else { Checkpoints::Last };
        let observations =
            sweep.observations(&ObservationOptions::default().with_checkpoints(checkpoints))?;
        if observations.run_count() < FEWEST_RUNS {
            continue;
        }
        if observations.unique_tokens().is_some() {
            let (law, name) = (by_name("repeated-data")?, format!("{name}, law repeated-data"));
            cases.push(Case { name, law, pooled: false, observations: observations.clone() });
        }
        cases.push(Case { name, law: Arc::new(chinchilla()), pooled: true, observations });
    }
    Ok(cases)
}

impl Case {
    fn options(&self) -> FitOptions {
        FitOptions::default().with_jobs(1).with_law(self.law.clone())
    }

    /// Each run that is held out of it in turn; none where the sweep cannot be ordered so.
    fn scored(&self, bootstrap: &BootstrapOptions, hold_out: &HoldOut) -> Result<Vec<Scored>> {
        let Ok(report) = holdout(&self.observations, &self.options(), bootstrap, hold_out) else {
            return Ok(Vec::new());
        };
        let names = |split: &Split| split.rows.iter().map(|row| row.run.clone()).collect::<BTreeSet<_>>();
        let held_out: Vec<BTreeSet<String>> = report.splits.iter().map(names).collect();
        let mut scored = Vec::new();
        for (place, split) in report.splits.iter().enumerate() {
            // What is held out later is not fitted now either.
            let later: BTreeSet<&String> = held_out[place..].iter().flatten().collect();
            let all = &self.observations;
            let fitted = all.subset(|row| !later.contains(&all.run_name(all.run()[row])));
            assert_eq!(fitted.len(), split.fitted_rows, "{}", self.name);
            let ensemble = fit_scaling_law(&fitted, &self.options())?.bootstrap(bootstrap)?;
            let usual = Usual::new(&ensemble)?;
            let columns = self.law.spec().columns(all)?;
            for row in split.rows.iter().filter(|row| row.last) {
                let inputs: Vec<f64> = columns.iter().map(|column| column[self.place(row)]).collect();
                scored.push(Scored {
                    trusted: !split.warnings.iter().any(Warning::is_disqualifying),
                    loss: row.loss.ln(),
                    quoted: row.run_interval.map(f64::ln),
                    if_law_holds: row.run_interval_if_law_holds.map(f64::ln),
                    usual: usual.interval(&inputs, LEVEL).map(f64::ln),
                });
            }
        }
        Ok(scored)
    }

    /// Where a held-out row stands.
    fn place(&self, row: &HeldOutRow) -> usize {
        let all = &self.observations;
        let same = |i: &usize| {
            all.tokens()[*i] == row.tokens
                && all.loss()[*i] == row.loss
                && all.run_name(all.run()[*i]) == row.run
        };
        (0..all.len()).find(same).expect("a row of the sweep")
    }
}

/// Width and 2/(1 - level) times the distance by which it misses (Gneiting and Raftery 2007).
pub(crate) fn interval_score([lower, upper]: [f64; 2], loss: f64) -> f64 {
    upper - lower + 2.0 / (1.0 - LEVEL) * (lower - loss).max(loss - upper).max(0.0)
}

fn summary<'a>(scored: impl IntoIterator<Item = &'a Scored>) -> Summary {
    let all: Vec<&Scored> = scored.into_iter().collect();
    let mean = |of: &dyn Fn(&Scored) -> f64| all.iter().map(|s| of(s)).sum::<f64>() / all.len() as f64;
    let three: [fn(&Scored) -> [f64; 2]; 3] = [|s| s.quoted, |s| s.if_law_holds, |s| s.usual];
    let hit = |[lower, upper]: [f64; 2], loss| f64::from(u8::from(lower <= loss && loss <= upper));
    let width = |[lower, upper]: [f64; 2]| upper - lower;
    Summary {
        runs: all.len(),
        hits: three.map(|of| mean(&|s| hit(of(s), s.loss))),
        scores: three.map(|of| mean(&|s| interval_score(of(s), s.loss))),
        width_ratio: median(all.iter().map(|s| width(s.quoted) / width(s.usual)).collect()),
        half_width: median(all.iter().map(|s| 0.5 * width(s.quoted)).collect()),
    }
}

impl Summary {
    fn cells(&self) -> String {
        let [hits, holds, usual] = self.hits.map(|share| 100.0 * share);
        let (runs, width, score) = (self.runs, self.width_ratio, self.scores[0] / self.scores[2]);
        format!("{runs} | {hits:.1} | {holds:.1} | {usual:.1} | {width:.2} | {score:.2} |")
    }
}

/// Those of data/ and of further tables.
pub(crate) fn all_cases(tables: &[String]) -> Result<Vec<Case>> {
    let mut paths: Vec<_> =
        std::fs::read_dir("data").into_iter().flatten().flatten().map(|f| f.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    paths.sort();
    paths.extend(tables.iter().map(Into::into));
    let mut all = Vec::new();
    for path in paths {
        all.extend(cases(&path)?);
    }
    Ok(all)
}

#[allow(clippy::print_stdout)]
pub(crate) fn print(replicates: usize, tables: &[String]) -> Result<()> {
    let all = all_cases(tables)?;
    let bootstrap = BootstrapOptions::default().with_replicates(replicates).with_level(LEVEL);
    let orders = [Input::Flops, Input::Params, Input::Tokens];
    let ways: Vec<HoldOut> = orders
        .into_iter()
        .map(|by| HoldOut::Rolling { by })
        .chain([HoldOut::Largest { by: Input::Flops, share: 0.2 }])
        .collect();
    let work: Vec<(&Case, &HoldOut)> =
        all.iter().flat_map(|case| ways.iter().map(move |way| (case, way))).collect();
    let done = work.into_par_iter().map(|(case, way)| case.scored(&bootstrap, way));
    let done: Vec<Vec<Scored>> = done.collect::<Result<_>>()?;
    let of_case = |i: usize| &done[ways.len() * i..ways.len() * (i + 1)];

    println!(
        "| sweep | runs | by | predictions | hits, % | if law holds | usual | width ratio | score ratio |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut by_sweep = Vec::new();
    for (i, case) in all.iter().enumerate() {
        for (by, scored) in ["FLOPs", "parameters", "tokens"].iter().zip(of_case(i)) {
            if !scored.is_empty() {
                let runs = case.observations.run_count();
                println!("| {} | {runs} | {by} | {}", case.name, summary(scored).cells());
            }
        }
        let own: Vec<&Scored> = of_case(i)[..3].iter().flatten().collect();
        if !own.is_empty() {
            let own = summary(own);
            println!("| {} | | all | {}", case.name, own.cells());
            by_sweep.extend(case.pooled.then_some(own));
        }
    }
    let pooled = || (0..all.len()).filter(|i| all[*i].pooled).flat_map(|i| of_case(i)[..3].iter().flatten());
    println!("| all predictions | | | {}", summary(pooled()).cells());
    println!("| of fits to be trusted | | | {}", summary(pooled().filter(|s| s.trusted)).cells());
    let mean = |of: &dyn Fn(&Summary) -> f64| by_sweep.iter().map(of).sum::<f64>() / by_sweep.len() as f64;
    let worst = |k: usize| 100.0 * by_sweep.iter().map(|s| s.hits[k]).fold(1.0, f64::min);
    let [hits, holds, usual] = [0, 1, 2].map(|k| 100.0 * mean(&|s| s.hits[k]));
    let (width, score) = (mean(&|s| s.width_ratio), mean(&|s| s.scores[0] / s.scores[2]));
    println!("| mean of sweeps | | | | {hits:.1} | {holds:.1} | {usual:.1} | {width:.2} | {score:.2} |");
    println!("| worst sweep | | | | {:.1} | {:.1} | {:.1} | | |", worst(0), worst(1), worst(2));
    println!(
        "\nWidth ratio: median over predictions of the width over the usual one. Score ratio: mean interval score of the\n\
         predictions over the usual one's; the mean of sweeps is of their ratios. Both in ln L. A sweep under a law\n\
         that is not the default counts in its own rows only."
    );

    println!(
        "\n| largest fifth by FLOPs | fitted | held out | hits, % | if law holds | usual | half width, % of L |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut large = Vec::new();
    for (i, case) in all.iter().enumerate() {
        let scored = &of_case(i)[3];
        let fitted = case.observations.run_count() - scored.len();
        if fitted >= LARGE && case.observations.is_dense() && case.pooled {
            large.extend(scored);
        }
        if !scored.is_empty() {
            fifth(&case.name, &fitted.to_string(), &summary(scored));
        }
    }
    fifth(&format!("dense, {LARGE} fitted runs or more"), "", &summary(large));
    Ok(())
}

#[allow(clippy::print_stdout)]
fn fifth(name: &str, fitted: &str, summary: &Summary) {
    let [hits, holds, usual] = summary.hits.map(|share| 100.0 * share);
    let (runs, width) = (summary.runs, 100.0 * summary.half_width);
    println!("| {name} | {fitted} | {runs} | {hits:.0} | {holds:.0} | {usual:.0} | {width:.2} |");
}
