//! Whether runs that a column tells apart, and the law does not, lie on one law.

use std::collections::BTreeMap;

use super::{Fit, FitOptions, Warning, fit_scaling_law};
use crate::Observations;
use crate::finding::{FEWEST_OF_A_KIND, FindingKind};
use crate::objective::Residual;
use crate::units::is_number;

/// Kinds lie apart below this p, over all columns that are looked at.
const SURE: f64 = 1e-3;
/// Kinds of a number that changes with size are tested where there are so few of them, and lie apart below this p: a law that is off may look
/// like them.
const FEW_OF_SIZE: usize = 3;
const SURE_OF_SIZE: f64 = 1e-6;
/// They count where they explain this share of the scatter.
pub(super) const COUNTS: f64 = 0.1;

/// Numbers that tell more than this share of the spread of ln N, ln D, ln ND or ln D/N are of a run's size, and sort nothing.
const OF_SIZE: f64 = 0.25;

/// Sweeps of more rows are not asked.
const MOST_ROWS: usize = 10_000;

/// What a fit of the Chinchilla law says of where the runs of a sweep lie: sizes or tokens that hardly vary, both rising together, and
/// kinds of runs on laws of their own.
pub(crate) fn of_places(rows: &Observations) -> Vec<Warning> {
    if rows.is_flops_alone() || rows.len() > MOST_ROWS {
        return Vec::new();
    }
    let Ok(fit) = fit_scaling_law(rows, &FitOptions::default()) else { return Vec::new() };
    let is_of_places = |warning: &Warning| match warning {
        Warning::FewDistinct { .. } | Warning::KindsApart { .. } => true,
        Warning::Overlap { tokens_per_param, .. } => tokens_per_param.is_some(),
        _ => false,
    };
    fit.warnings.into_iter().filter(is_of_places).collect()
}

/// Whether kinds of rows are of other sizes, tokens or FLOPs, or of others in proportion.
fn tell_size<'a>(rows: &Observations, of_row: impl Fn(usize) -> &'a str) -> bool {
    let places = || rows.params().iter().zip(rows.tokens());
    let along = |of: fn(f64, f64) -> f64| -> Vec<f64> { places().map(|(n, d)| of(n.ln(), d.ln())).collect() };
    [along(|n, _| n), along(|_, d| d), along(|n, d| n + d), along(|n, d| d - n)].iter().any(|values| {
        let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        for (row, value) in values.iter().enumerate() {
            let (count, sum) = sums.entry(of_row(row)).or_default();
            (*count, *sum) = (*count + 1.0, *sum + value - mean);
        }
        let told: f64 = sums.values().map(|(count, sum)| sum * sum / count).sum();
        let all: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        // So much is told by chance.
        let idle = (sums.len() - 1) as f64 / (values.len() - 1).max(1) as f64;
        told > (OF_SIZE + idle) * all
    })
}

impl Fit {
    /// The column whose kinds of runs lie farthest apart, and by more than they scatter.
    ///
    /// The F test of [`lack_of_fit`](Fit::lack_of_fit): kinds of three runs or more are added to all that it looks at.
    pub(crate) fn kinds_apart(&self) -> Option<Warning> {
        if !self.has_departures() {
            return None;
        }
        let rows = &*self.seen();
        // Of kinds that meet at one N and D more is said.
        let is_said = |column: &str| {
            rows.findings().iter().any(|finding| match &finding.kind {
                FindingKind::SeveralKinds { column: said, .. } => said == column,
                FindingKind::SeveralGroups { column: said, .. } => said == column && self.mixes_groups(),
                _ => false,
            })
        };
        let columns: Vec<_> = rows.kinds().filter(|(column, _)| !is_said(column)).collect();
        let tested = columns.iter().filter_map(|(column, of_row)| {
            let mut kinds: Vec<(&str, usize)> = Vec::new();
            for (_, own) in rows.by_run() {
                let kind = of_row(own.start);
                match kinds.iter_mut().find(|(known, _)| *known == kind) {
                    Some((_, count)) => *count += 1,
                    None => kinds.push((kind, 1)),
                }
            }
            kinds.retain(|(_, count)| *count >= FEWEST_OF_A_KIND);
            let others = kinds.get(1..).filter(|others| !others.is_empty())?;
            // A length of sequences may change with size once or twice. What changes oftener is of the size itself.
            let is_of_size = kinds.iter().any(|(kind, _)| is_number(kind)) && tell_size(rows, of_row);
            if is_of_size && kinds.len() > FEW_OF_SIZE {
                return None;
            }
            let least = if is_of_size { SURE_OF_SIZE } else { SURE };
            let is_of =
                |kind: &str| (0..rows.len()).map(|row| f64::from(u8::from(of_row(row) == kind))).collect();
            let (p, explained) =
                self.explained_by(&others.iter().map(|(kind, _)| is_of(kind)).collect::<Vec<_>>())?;
            let sure = p * columns.len() as f64 <= least && explained >= COUNTS;
            sure.then_some((*column, of_row, kinds, p, explained))
        });
        let (column, of_row, kinds, p, _) = tested.max_by(|a, b| a.4.total_cmp(&b.4))?;
        let residuals = self.residuals_of(rows, Residual::LnLoss).ok()?;
        let departure = |(kind, _): (&str, usize)| {
            let own: Vec<f64> =
                (0..rows.len()).filter(|row| of_row(*row) == kind).map(|row| residuals[row]).collect();
            (kind.to_owned(), own.iter().sum::<f64>() / own.len() as f64)
        };
        let departures: BTreeMap<String, f64> = kinds.into_iter().map(departure).collect();
        let shared =
            self.by_group().is_some_and(|own| departures.keys().all(|kind| own.groups.contains(kind)));
        Some(Warning::KindsApart { column: column.to_owned(), departures, p, shared })
    }
}
