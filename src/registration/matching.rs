//! Which measured run is which of those registered.

use super::RegisteredRun;
use crate::error::Location;
use crate::read::{Measured, MeasuredTable};
use crate::{Error, Result};

/// Counts that differ by no more than this, relatively, are of one run.
const NEAR: f64 = 0.01;
/// Runs whose distances differ by less are as near.
const AS_NEAR: f64 = 1e-9;

/// The measured loss of each registered run; none where there is none yet.
pub(super) fn matched(runs: &[RegisteredRun], table: &MeasuredTable) -> Result<Vec<Option<f64>>> {
    let mut found: Vec<Option<&Measured>> = vec![None; runs.len()];
    for row in &table.rows {
        let place = || {
            let place = Location::in_file(&table.name).line(row.line);
            row.run.iter().fold(place, |place, run| place.run(run))
        };
        let at = of(runs, row, &found).map_err(|(problem, remedy)| place().refuse(problem, remedy))?;
        if let Some(other) = found[at] {
            let problem = format!("the run stands on line {} already", other.line);
            return Err(place().refuse(problem, "leave one row for each run: that of its end"));
        }
        found[at] = Some(row);
    }
    let losses: Vec<Option<f64>> = found.into_iter().map(|row| row?.loss).collect();
    if losses.iter().all(Option::is_none) {
        let remedy = "write the measured loss of each run, and leave empty what is not measured yet";
        return Err(Location::in_file(&table.name).refuse("no row has a loss", remedy) as Error);
    }
    Ok(losses)
}

/// How far a measured run is from a registered one; none if they are not one run.
fn distance(run: &RegisteredRun, row: &Measured) -> Option<f64> {
    let off = |measured: Option<f64>, registered: f64| {
        measured.map_or(0.0, |count| (count / registered - 1.0).abs())
    };
    let (params, tokens) = (off(row.params, run.initial_params), off(row.tokens, run.tokens));
    // Counts of runs of which FLOPs alone are known are not numbers.
    (!(params > NEAR) && !(tokens > NEAR)).then_some(params.max(0.0) + tokens.max(0.0))
}

/// The registered run that a row is of, or what is wrong and what to do.
fn of(
    runs: &[RegisteredRun],
    row: &Measured,
    found: &[Option<&Measured>],
) -> std::result::Result<usize, (String, &'static str)> {
    let named = row.run.as_ref().and_then(|name| runs.iter().position(|run| run.run.as_ref() == Some(name)));
    if let Some(at) = named {
        let run = &runs[at];
        if distance(run, row).is_none() {
            let counts =
                |params: f64, tokens: f64| format!("{params:.4e} parameters and {tokens:.4e} tokens");
            let problem = format!(
                "its forecast is of {}, and the run has {}",
                counts(run.initial_params, run.tokens),
                counts(row.params.unwrap_or(run.initial_params), row.tokens.unwrap_or(run.tokens))
            );
            return Err((problem, "leave the run out: a forecast of another run says nothing of it"));
        }
        return Ok(at);
    }
    if row.params.is_none() || row.tokens.is_none() {
        return Err((
            "no forecast has this name".to_owned(),
            "write the name as it was registered, or leave the row out",
        ));
    }
    // A run that has a name of its own is not another that was registered by name.
    let may_be = |run: &RegisteredRun| row.run.is_none() || run.run.is_none();
    let mut near: Vec<(f64, usize)> = runs
        .iter()
        .enumerate()
        .filter(|(at, run)| may_be(run) && found[*at].is_none())
        .filter_map(|(at, run)| Some((distance(run, row)?, at)))
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some(&(least, at)) = near.first() else {
        let taken = runs.iter().position(|run| may_be(run) && distance(run, row).is_some());
        return match taken {
            Some(at) => Ok(at),
            None => {
                let alike = runs.iter().filter(|run| distance(run, row).is_some());
                let problem = match alike.filter_map(|run| run.run.as_deref()).next() {
                    Some(name) => {
                        format!(
                            "no forecast has this name; that of these parameters and tokens is of '{name}'"
                        )
                    }
                    None => "no forecast is of this run, by its name or by parameters and tokens to 1 %"
                        .to_owned(),
                };
                Err((problem, "leave the row out, or name the run as it was registered"))
            }
        };
    };
    let same = |other: usize| runs[other].loss == runs[at].loss;
    if near.iter().any(|(distance, other)| distance - least < AS_NEAR && !same(*other)) {
        let problem = "several forecasts are of runs of these parameters and tokens";
        return Err((problem.to_owned(), "name the run as it was registered (`run`)"));
    }
    Ok(at)
}
