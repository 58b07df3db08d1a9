//! Which measured run is which of those registered.

use super::RegisteredRun;
use crate::error::Location;
use crate::read::{Measured, MeasuredTable};
use crate::units::format_number;
use crate::{Error, Result};

/// Counts that differ by no more than this, relatively, are of one run.
const NEAR: f64 = 0.01;
const UNHEALED: &str = "unhealed parameters (by its window and its learning rate)";
/// What is left unhealed of one run differs by no more: whole steps and warm-ups that are not told move it.
const NEAR_UNHEALED: f64 = 0.1;
/// Numbers in columns are often written with two digits.
const NEAR_COLUMN: f64 = 0.06;
/// Counts of FLOPs of one run differ by less than this factor, as attention and embeddings are counted or not.
const WAYS: f64 = 2.0;
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

/// The groups of both, where they are two.
fn apart<'a>(run: &'a RegisteredRun, row: &'a Measured) -> Option<[&'a str; 2]> {
    let groups = [run.group.as_deref()?, row.group.as_deref()?];
    (groups[0] != groups[1]).then_some(groups)
}

/// Whether FLOPs are all that was known of a run.
fn is_of_flops(run: &RegisteredRun) -> bool {
    run.initial_params.is_nan()
}

fn off(measured: f64, registered: f64) -> f64 {
    (measured - registered).abs() / registered.abs()
}

/// How far a measured run is from a registered one; none if they are not one run.
fn distance(run: &RegisteredRun, row: &Measured) -> Option<f64> {
    if apart(run, row).is_some() || differs(run, row).is_some() {
        return None;
    }
    let flops = if is_of_flops(run) { row.flops.or_else(|| counted(row)) } else { None };
    // Tokens that FLOPs tell depend on how these are counted.
    let same_flops = row.flops.filter(|_| row.tokens_by_flops || run.flops_told);
    let same_flops = same_flops.is_some_and(|flops| off(flops, run.flops) <= NEAR);
    let tokens = row.tokens.filter(|_| !same_flops);
    let each = [
        (row.params, run.initial_params),
        (tokens, run.tokens),
        (row.average_params, run.average_params),
        (flops, run.flops),
    ];
    // Counts of runs of which FLOPs alone are known are not numbers.
    let known = each.into_iter().filter(|(_, registered)| !registered.is_nan());
    let each: Vec<f64> = known.map(|(measured, own)| measured.map_or(0.0, |count| off(count, own))).collect();
    each.iter().all(|off| *off <= NEAR).then(|| each.iter().sum())
}

/// 6 N̄ D.
fn counted(row: &Measured) -> Option<f64> {
    Some(6.0 * row.average_params.or(row.params)? * row.tokens?)
}

/// What else the forecast rests on, and the run has another: what it is, and both.
fn differs(run: &RegisteredRun, row: &Measured) -> Option<(String, [f64; 2])> {
    let lacks_counts = row.params.is_none() || row.tokens.is_none();
    // FLOPs are counted in several ways, which differ by less than this.
    let flops = row.flops.filter(|own| {
        let apart = (own / run.flops).max(run.flops / own);
        (lacks_counts || run.flops_told) && !is_of_flops(run) && apart > WAYS
    });
    let named = [
        ("FLOPs", flops, Some(run.flops), NEAR),
        ("different tokens", row.unique_tokens, run.unique_tokens, NEAR),
        (UNHEALED, row.unhealed, run.unhealed, NEAR_UNHEALED),
    ];
    let named = named.into_iter().find_map(|(what, measured, registered, near)| {
        let both = [registered?, measured?];
        (off(both[1], both[0]) > near).then(|| (what.to_owned(), both))
    });
    let of_column = |(name, registered): (&String, &f64)| {
        let (_, measured) = row.columns.iter().find(|(own, _)| own == name)?;
        (off(*measured, *registered) > NEAR_COLUMN).then(|| (name.clone(), [*registered, *measured]))
    };
    named.or_else(|| run.columns.iter().find_map(of_column))
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
        if let Some([registered, measured]) = apart(run, row) {
            let problem = format!("its forecast is of group '{registered}', and the run of '{measured}'");
            return Err((
                problem,
                "mend its group, or leave the run out: a forecast of another group says nothing of it",
            ));
        }
        if let Some((what, [registered, measured])) = differs(run, row) {
            let [registered, measured] = [registered, measured].map(|value| format_number(value, 4));
            let problem = format!("its forecast is of {registered} {what}, and the run has {measured}");
            return Err((
                problem,
                "mend it, or leave the run out: a forecast of another run says nothing of it",
            ));
        }
        if let Some(flops) = row.flops.filter(|flops| is_of_flops(run) && off(*flops, run.flops) > NEAR) {
            let problem = format!("its forecast is of {:.4e} FLOPs, and the run has {flops:.4e}", run.flops);
            return Err((
                problem,
                "mend them, or leave the run out: a forecast of another run says nothing of it",
            ));
        }
        if !is_of_flops(run) && distance(run, row).is_none() {
            let counts = |[params, average, tokens]: [f64; 3]| {
                let average = if row.average_params.is_some() {
                    format!(", {average:.4e} on average")
                } else {
                    String::new()
                };
                format!("{params:.4e} parameters{average} and {tokens:.4e} tokens")
            };
            let own = [run.initial_params, run.average_params, run.tokens];
            let measured = [row.params, row.average_params, row.tokens];
            let problem = format!(
                "its forecast is of {}, and the run has {}",
                counts(own),
                counts([0, 1, 2].map(|place| measured[place].unwrap_or(own[place])))
            );
            let remedy = "mend its counts (parameters are with `fixed_params`), or leave the run out: a forecast of another run says nothing of it";
            return Err((problem, remedy));
        }
        return Ok(at);
    }
    let by_flops = row.flops.is_some() && runs.iter().any(is_of_flops);
    if (row.params.is_none() || row.tokens.is_none()) && !by_flops {
        let is_named = runs.iter().any(|run| run.run.is_some());
        return Err(match (&row.run, is_named) {
            (None, _) => {
                ("the row has no name, and lacks its parameters or its tokens".to_owned(), "fill them")
            }
            (Some(_), true) => (
                "no forecast has this name".to_owned(),
                "write the name as it was registered, or leave the row out",
            ),
            (Some(_), false) if runs.iter().all(is_of_flops) => {
                ("no forecast has a name".to_owned(), "give FLOPs (`flops`) in place of names")
            }
            (Some(_), false) => {
                ("no forecast has a name".to_owned(), "give parameters and tokens in place of names")
            }
        });
    }
    // A run that has a name of its own is not another that was registered by name.
    let may_be = |run: &RegisteredRun| row.run.is_none() || run.run.is_none();
    let all = runs.iter().enumerate().filter(|(_, run)| may_be(run));
    let mut near: Vec<(f64, usize)> = all.filter_map(|(at, run)| Some((distance(run, row)?, at))).collect();
    // Runs that are registered several times are as near: the first that is free.
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some(&(least, first)) = near.first() else {
        let alike = runs.iter().filter(|run| distance(run, row).is_some());
        let problem = match alike.filter_map(|run| run.run.as_deref()).next() {
            Some(name) => {
                format!("no forecast has this name; that of these parameters and tokens is of '{name}'")
            }
            None => {
                let counts = match row.average_params {
                    _ if by_flops => "FLOPs",
                    Some(_) => "parameters, their average and tokens",
                    None => "parameters and tokens",
                };
                format!("no forecast is of this run, by its name or by {counts} to 1 %")
            }
        };
        return Err((
            problem,
            "leave the row out, name the run as it was registered, or give the columns that were registered (`fixed_params`, `schedule`)",
        ));
    };
    let near: Vec<usize> =
        near.iter().filter(|(distance, _)| distance - least < AS_NEAR).map(|(_, at)| *at).collect();
    if near.iter().any(|other| runs[*other].loss != runs[first].loss) {
        let counts = if by_flops { "FLOPs" } else { "parameters and tokens" };
        return Err((
            format!("several forecasts are of runs of these {counts}"),
            "name the run as it was registered (`run`), or give the columns of its schedule",
        ));
    }
    Ok(near.iter().copied().find(|at| found[*at].is_none()).unwrap_or(first))
}
