//! What the rows and runs of a sweep are like.

use crate::Observations;
use crate::law::{Input, LawSpec};
use crate::observation::ONE_BUDGET;

/// Values closer than this, relatively, count as one.
const SAME_VALUE: f64 = 1e-3;
/// Tokens per parameter within such a factor are all alike.
const ALIKE: f64 = 4.0;

/// Least and most tokens per parameter, where N and D vary and their ratio hardly does.
pub(super) fn risen_together(law: &LawSpec, observations: &Observations) -> Option<[f64; 2]> {
    if ![Input::Params, Input::Tokens].iter().all(|input| law.inputs.contains(input)) {
        return None;
    }
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold([f64::INFINITY, 0.0f64], |[least, most], x| [least.min(x), most.max(x)])
    };
    let params = observations.params();
    let [least, most] = range(&mut params.iter().copied());
    let ratio = range(&mut observations.tokens().iter().zip(params).map(|(d, n)| d / n));
    let spread = ratio[1] / ratio[0];
    (spread <= ALIKE && spread * spread < most / least).then_some(ratio)
}

/// (Σ w)² / Σ w² over the runs, or the clusters, w the weight of all rows of one; the rows are in order.
pub(in crate::fit) fn effective_runs(rows: &Observations) -> f64 {
    let weight = |row: usize| rows.weight().map_or(1.0, |w| w[row]);
    let of = |weights: &mut dyn Iterator<Item = f64>| {
        let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
        sum * sum / squares
    };
    if rows.cluster_count().is_none() {
        return of(&mut rows.by_run().map(|(_, run)| run.map(weight).sum()));
    }
    let (of_row, count) = rows.clusters();
    let mut weights = vec![0.0; count];
    for (row, group) in of_row.into_iter().enumerate() {
        weights[group as usize] += weight(row);
    }
    of(&mut weights.into_iter())
}

/// Number of values that differ by more than a thousandth, or, of budgets of FLOPs, by more than a twentieth, up to three.
pub(super) fn distinct_values(input: &Input, column: &[f64]) -> usize {
    let same = if *input == Input::Flops { ONE_BUDGET - 1.0 } else { SAME_VALUE };
    let mut known: Vec<f64> = Vec::with_capacity(3);
    for value in column {
        if !known.iter().any(|k| (value - k).abs() <= same * k.abs()) {
            known.push(*value);
            if known.len() == 3 {
                break;
            }
        }
    }
    known.len()
}
