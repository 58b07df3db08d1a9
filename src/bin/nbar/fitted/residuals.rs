//! How far the rows lie from the law.

use nbar::units::format_quantity;
use nbar::{Fit, Residual, Result};

use crate::escape;
use crate::format::{digits, format_count, thousands};
use crate::table::{Table, number, text as words};

/// How many runs are named.
const NAMED: usize = 5;
/// How many groups are listed.
const GROUPS: usize = 20;

/// A residual with its sign: a share of L, or nats.
fn signed(fit: &Fit, residual: f64) -> String {
    let (value, unit) = match fit.options.residual {
        Residual::LnLoss => (100.0 * residual.exp_m1(), " %"),
        _ => (residual, ""),
    };
    let plus = if value > 0.0 { "+" } else { "" };
    format!("{plus}{}{unit}", digits(value, 2))
}

/// The runs whose rows lie farthest from the law, each with its farthest row; nothing where all lie on it.
pub(super) fn largest(fit: &Fit) -> String {
    let residuals = fit.residuals().unwrap_or_default();
    let observations = &fit.observations;
    let mut rows: Vec<usize> = (0..residuals.len()).filter(|row| residuals[*row].abs() > 1e-12).collect();
    rows.sort_by(|a, b| residuals[*b].abs().total_cmp(&residuals[*a].abs()));
    let several = observations.len() > observations.run_count() && !observations.is_flops_alone();
    let mut named: Vec<u32> = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    for row in rows {
        let run = observations.run()[row];
        if parts.len() == NAMED {
            break;
        }
        if named.contains(&run) {
            continue;
        }
        named.push(run);
        let at = if several {
            format!(" at {}", format_quantity(observations.tokens()[row], 3))
        } else {
            String::new()
        };
        let name = observations.run_name(run);
        parts.push(format!("{}{at} {}", escape::line(&name), signed(fit, residuals[row])));
    }
    if parts.is_empty() {
        return String::new();
    }
    let of = match fit.options.residual {
        Residual::LnLoss => "of L",
        _ => "nats a token",
    };
    format!("largest residuals ({of}, measured above the law is +): {}\n", parts.join(", "))
}

/// The run of each row, and its columns of numbers: N, D, FLOPs, the loss, the law's loss and the residual.
#[allow(dead_code, reason = "the Python module asks for them")]
pub(crate) fn residuals(fit: &Fit) -> Result<(Vec<String>, [Vec<f64>; 6])> {
    let (residuals, observations) = (fit.residuals()?, &fit.observations);
    let loss = observations.loss();
    let fitted = |row: usize| match fit.options.residual {
        Residual::LnLoss => loss[row] * (-residuals[row]).exp(),
        _ => loss[row] - residuals[row],
    };
    let unknown = observations.is_flops_alone();
    let known = |counts: &[f64]| if unknown { vec![f64::NAN; counts.len()] } else { counts.to_vec() };
    let columns = [
        known(observations.params()),
        known(observations.tokens()),
        observations.flops().collect(),
        loss.to_vec(),
        (0..loss.len()).map(fitted).collect(),
        residuals.clone(),
    ];
    let runs = observations.run().iter().map(|run| observations.run_name(*run)).collect();
    Ok((runs, columns))
}

/// Means and root mean squares of the residuals of groups: shares of L, or nats. Of many groups those of the greatest.
pub(super) fn by_group(fit: &Fit) -> String {
    let mut groups: Vec<(String, Vec<f64>)> =
        fit.residuals_by_group().unwrap_or_default().into_iter().collect();
    if groups.is_empty() {
        return String::new();
    }
    let (scale, unit) = match fit.options.residual {
        Residual::LnLoss => (100.0, "% of L"),
        _ => (1.0, "nats"),
    };
    let mean = |of: &[f64]| scale * of.iter().sum::<f64>() / of.len() as f64;
    let rms = |of: &[f64]| scale * (of.iter().map(|r| r * r).sum::<f64>() / of.len() as f64).sqrt();
    let left = groups.len().saturating_sub(GROUPS);
    if left > 0 {
        groups.sort_by(|a, b| rms(&b.1).total_cmp(&rms(&a.1)));
        groups.truncate(GROUPS);
    }
    let table = Table::of(groups)
        .column("residuals of group", |(group, _)| words(group))
        .column("rows", |(_, of)| words(thousands(of.len())))
        .column(&format!("mean, {unit}"), |(_, of)| number(mean(of), 2))
        .column(&format!("RMS, {unit}"), |(_, of)| number(rms(of), 2))
        .text();
    let others = format!("and {} of lesser RMS\n", format_count(left, "group"));
    format!("\n{table}{}", if left > 0 { &others } else { "" })
}
