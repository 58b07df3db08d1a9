//! Whether what a saved fit says agrees with itself.

use super::saved::{Saved, SavedBootstrap};
use crate::bootstrap::{Interval, check_level};
use crate::document::Checksum;
use crate::fit::{Fit, Problem, Residual, Rho, Warning};
use crate::law::Scale;
use crate::observation::FlopsCount;
use crate::{Observations, Result};

/// An objective is what was saved to so much of it.
const AGREES: f64 = 1e-9;
/// Rounding of a residual.
const ROUNDING: f64 = 1e-13;
/// A draw passes by some run, nearer than so much of ln L, or than so many times the largest residual of the fit.
const NEAR: (f64, f64) = (0.5, 10.0);

/// Counts and names that have to be those of the rows.
pub(super) fn counts(saved: &Saved, rows: &Observations) -> Result<(), String> {
    let same = |name: &str, said: &dyn ToString, found: &dyn ToString| {
        let (said, found) = (said.to_string(), found.to_string());
        let differ = || format!("'{name}' is {said}, and its observations say {found}");
        if said == found { Ok(()) } else { Err(differ()) }
    };
    let or_none = |what: &Option<String>| what.clone().unwrap_or("none".to_owned());
    let clusters = |count: Option<usize>| or_none(&count.map(|count| count.to_string()));
    let made = |how: Option<crate::observation::LossFrom>| or_none(&how.map(|how| how.to_string()));
    same("n", &saved.n, &rows.len())?;
    same("runs", &saved.runs, &rows.run_count())?;
    same("clusters", &clusters(saved.clusters), &clusters(rows.cluster_count()))?;
    same("size", &saved.size, &rows.size())?;
    same("weights", &or_none(&saved.weights), &or_none(&rows.weighting()))?;
    same("loss_at", &made(saved.loss_at), &made(rows.loss_from()))?;
    let window = rows.prune_window().map(str::to_owned);
    same("prune_window", &or_none(&saved.prune_window), &or_none(&window))?;
    same("flops_count", &saved.flops_count.unwrap_or(FlopsCount::Average), &rows.flops_count())?;
    let starts = &saved.starts;
    let own = [starts.at_optimum, starts.unproven];
    let most = own.into_iter().chain(saved.minima.iter().map(|m| m.starts)).fold(0, usize::max);
    if starts.at_optimum == 0 || most > starts.tried {
        return Err(format!("its counts of 'starts' are not from 1 to the {} tried", starts.tried));
    }
    Ok(())
}

/// What the optimum has to be.
pub(super) fn optimum(fit: &Fit) -> Result<(), String> {
    values(fit, &fit.parameters, "parameters", true)?;
    for (place, minimum) in fit.minima.iter().enumerate() {
        let name = format!("minima[{place}]");
        values(fit, &minimum.parameters, &name, true)?;
        if !(minimum.objective >= fit.objective * (1.0 - AGREES)) {
            return Err(format!("'{name}.objective' is {}, less than at the optimum", minimum.objective));
        }
    }
    if !(fit.gradient_norm >= 0.0) {
        return Err(format!("'gradient_norm' is {}, not a number from 0", fit.gradient_norm));
    }
    let problem = Problem::new(&fit.options, &fit.rows).map_err(|e| e.problem())?;
    let open: Vec<_> = fit.unidentified.iter().filter(|u| u.limit.is_none()).cloned().collect();
    if problem.unidentified != open {
        let names: Vec<_> = problem.unidentified.iter().map(|u| u.parameter.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(format!("'unidentified' is not what its observations leave open: {names}"));
    }
    objective(fit)
}

/// The objective at the parameters is what was saved.
fn objective(fit: &Fit) -> Result<(), String> {
    let said = fit.warnings.iter().any(Warning::is_disqualifying);
    let named = || fit.law().spec().parameters.iter().zip(&fit.parameters);
    if let Some((beyond, _)) = named().find(|(_, value)| value.is_infinite()) {
        // A coefficient beyond all numbers has no loss to compare; a fit that ended there says so.
        let unsaid = || Err(format!("'{}' in 'parameters' is infinite, and no warning says so", beyond.name));
        return if said { Ok(()) } else { unsaid() };
    }
    let rho = fit.options.rho;
    let found = fit.objective_anew().map_err(|e| e.problem())?;
    let weights = fit.rows.weight().map_or(fit.rows.len() as f64, |weights| weights.iter().sum());
    // On L residuals are as large as L.
    let size = match fit.options.residual {
        Residual::LnLoss => 1.0,
        Residual::Loss => fit.rows.loss().iter().fold(1.0, |most: f64, loss| most.max(*loss)),
    };
    let (rounding, weight) = (ROUNDING * size, weights * rho.most_curved());
    let rounding = match rho {
        Rho::Laplace => weight * rounding,
        // Σ w |ψ| is at most the root of twice the objective times Σ w (Cauchy).
        _ => rounding * (2.0 * found * weight).sqrt() + weight * rounding * rounding,
    };
    let saved = fit.objective;
    if saved >= 0.0 && (found - saved).abs() <= AGREES * saved + rounding {
        return Ok(());
    }
    // One too small for a number has lost its digits: its exponent may make up for it.
    if said && named().any(|(p, value)| p.scale == Scale::Log && !value.is_normal()) {
        return Ok(());
    }
    Err(format!("'objective' is {saved:e}, and at its parameters it is {found:e}"))
}

/// Values are of parameters of the law: finite, positive where they are coefficients, and as they are restricted.
fn values(fit: &Fit, values: &[f64], name: &str, may_be_infinite: bool) -> Result<(), String> {
    let spec = fit.law().spec();
    for (parameter, value) in spec.parameters.iter().zip(values) {
        let is_log = parameter.scale == Scale::Log;
        let finite = value.is_finite() || (may_be_infinite && is_log && *value == f64::INFINITY);
        if !finite || (is_log && *value < 0.0) {
            let range = if is_log { "a number from 0" } else { "a finite number" };
            return Err(format!("'{}' in '{name}' is {value}, not {range}", parameter.name));
        }
    }
    let close =
        |a: f64, b: f64| a == b || ((a - b).is_finite() && (a - b).abs() <= AGREES * a.abs().max(b.abs()));
    let of = |parameter: &str| spec.place(parameter).map_or(f64::NAN, |place| values[place]);
    if let Some((fixed, at)) = fit.options.fixed.iter().find(|(fixed, at)| !close(of(fixed), *at)) {
        return Err(format!("'{fixed}' in '{name}' is {}, and it is fixed at {at}", of(fixed)));
    }
    if let Some((one, other)) = fit.options.tied.iter().find(|(one, other)| !close(of(one), of(other))) {
        return Err(format!("'{one}' in '{name}' is not '{other}', to which it is tied"));
    }
    let outside = |(bounded, [least, most]): &&(String, [f64; 2])| {
        let value = of(bounded);
        !((value >= *least && value <= *most) || close(value, *least) || close(value, *most))
    };
    match fit.options.bounds.iter().find(outside) {
        Some((bounded, _)) => {
            Err(format!("'{bounded}' in '{name}' is {}, beyond what it is bounded to", of(bounded)))
        }
        None => Ok(()),
    }
}

/// What draws have to be.
pub(super) fn draws(fit: &Fit, said: &SavedBootstrap, draws: &[Vec<f64>]) -> Result<(), String> {
    check_level(said.level)
        .map_err(|_| format!("'bootstrap.level' is {}, not between 0 and 1", said.level))?;
    let made = said.partial.unwrap_or(said.replicates);
    let kept = made.checked_sub(said.failed);
    if made > said.replicates || kept != Some(draws.len()) || draws.len() < 2 {
        let (failed, count) = (said.failed, draws.len());
        return Err(format!("it has {count} 'draws', and 'bootstrap' says {failed} of {made} failed"));
    }
    if said.disagreed > said.audited || said.audited > made {
        let (disagreed, audited) = (said.disagreed, said.audited);
        return Err(format!("'bootstrap' says that {disagreed} of {audited} audits of {made} disagreed"));
    }
    let groups = said.resample.groups(&fit.rows);
    let left = if said.interval == Interval::Bca { groups } else { 0 };
    if said.left_out.len() != left {
        let found = said.left_out.len();
        return Err(format!("'bootstrap.left_out' has {found} fits, and its intervals take {left}"));
    }
    let count = fit.parameters.len();
    let unlike = |lens: Vec<usize>| lens.iter().position(|len| *len != count);
    let refuse =
        |name: &str, row: usize| Err(format!("'{name}[{row}]' has not the {count} parameters of the law"));
    if let Some(row) = unlike(draws.iter().map(Vec::len).collect()) {
        return refuse("draws", row);
    }
    if let Some(row) = unlike(said.left_out.iter().map(Vec::len).collect()) {
        return refuse("bootstrap.left_out", row);
    }
    let left_out: Vec<Vec<f64>> =
        said.left_out.iter().map(|left| left.iter().map(|value| value.0).collect()).collect();
    for (place, left) in left_out.iter().enumerate() {
        values(fit, left, &format!("bootstrap.left_out[{place}]"), true)?;
    }
    let columns = fit.law().spec().columns(&fit.rows).map_err(|e| e.problem())?;
    let own = fit.residuals_of(&fit.rows, Residual::LnLoss).map_err(|e| e.problem())?;
    let near = NEAR.0.max(NEAR.1 * own.iter().fold(0.0f64, |most, r| most.max(r.abs())));
    let mut row = vec![0.0; columns.len()];
    for (place, draw) in draws.iter().enumerate() {
        let name = format!("draws[{place}]");
        values(fit, draw, &name, false)?;
        // A draw was fitted to some of the runs, and a vanished coefficient may be below all numbers.
        let coefficients =
            fit.law().spec().parameters.iter().zip(draw).filter(|(p, _)| p.scale == Scale::Log);
        let (gone, left): (Vec<f64>, Vec<f64>) =
            coefficients.map(|(_, value)| *value).partition(|v| *v == 0.0);
        let passes = fit.rows.loss().iter().enumerate().any(|(i, loss)| {
            row.iter_mut().zip(&columns).for_each(|(cell, column)| *cell = column[i]);
            let fitted = fit.law().loss(draw, &row);
            (loss.ln() - fitted.ln()).abs() <= near
                || (fitted.is_nan() && !gone.is_empty() && !left.is_empty())
        });
        if !passes {
            return Err(format!("'{name}' fits none of its observations"));
        }
    }
    let is_other = |saved: &String| *saved != checksum(draws, &left_out);
    if said.checksum.as_ref().is_some_and(is_other) {
        let what = "'draws' or 'bootstrap.left_out' were changed after the fit was saved";
        return Err(format!("{what}: 'bootstrap.checksum' is not theirs"));
    }
    Ok(())
}

/// A checksum of draws, by the bits of their values: any one value that differs changes it.
pub(super) fn checksum(draws: &[Vec<f64>], left_out: &[Vec<f64>]) -> String {
    let mut sum = Checksum::from(draws.len() as u64);
    let mut add = |word: u64| sum.add(word);
    for row in draws.iter().chain(left_out) {
        add(row.len() as u64);
        // Both zeros are one, and all that is not finite is saved as null.
        row.iter()
            .for_each(|value| add(if value.is_finite() { value + 0.0 } else { f64::INFINITY }.to_bits()));
    }
    sum.to_string()
}
