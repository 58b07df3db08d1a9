//! Whether a law's loss rises with parameters or tokens, which no law of training does.

use super::Fit;
use crate::law::{Kind, Law, fitted_into};
use crate::numeric::parallel::map_blocks;
use crate::objective::evaluate;

/// Draws that are looked at together.
const BLOCK: usize = 128;
/// Most rows at which the slope is taken.
const ROWS: usize = 16;
/// How far to either side in ln N and ln D.
const STEP: f64 = 1e-3;
/// A slope of ln L below this is rounding, or a term that has vanished.
const FLAT: f64 = 1e-9;

/// Slopes of the law's loss, on the average over rows of the sweep.
#[derive(Debug)]
pub(crate) struct Rising<'a> {
    law: &'a dyn Law,
    /// What the loss may rise with.
    axes: Vec<&'static str>,
    /// For each axis rows a step before, then the same a step behind.
    columns: Vec<Vec<f64>>,
    rows: usize,
    /// What each column is.
    kinds: Vec<Kind>,
}

impl<'a> Rising<'a> {
    pub(crate) fn of(fit: &'a Fit) -> Self {
        let spec = fit.law().spec();
        let every = fit.rows.len().div_ceil(ROWS).max(1);
        let some: Vec<usize> = (0..fit.rows.len()).step_by(every).collect();
        let columns = spec.columns(&fit.rows.select(&some)).unwrap_or_default();
        let kinds: Vec<Kind> = spec.layout().map(|(_, kind)| kind).collect();
        let mut known = vec![("parameters", Kind::Params), ("tokens", Kind::Tokens)];
        known.retain(|(_, kind)| kinds.contains(kind));
        if known.is_empty() && kinds.contains(&Kind::Flops) {
            known.push(("compute", Kind::Flops));
        }
        let stacked = |(column, kind): (Vec<f64>, &Kind)| {
            let sides = known.iter().flat_map(|(_, grows)| [(*grows, -STEP), (*grows, STEP)]);
            let side = |(grows, step): (Kind, f64)| {
                // More of either is more compute.
                let moves = *kind == grows || *kind == Kind::Flops;
                let factor = if moves { step.exp() } else { 1.0 };
                column.iter().map(|value| value * factor).collect::<Vec<f64>>()
            };
            sides.flat_map(side).collect()
        };
        let columns = columns.into_iter().zip(&kinds).map(stacked).collect();
        Self {
            law: fit.law(),
            axes: known.into_iter().map(|(name, _)| name).collect(),
            columns,
            rows: some.len(),
            kinds,
        }
    }

    /// With what the loss rises in most of these draws, and the least share of them.
    pub(crate) fn in_most(&self, draws: &[Vec<f64>], jobs: usize) -> Option<(Vec<String>, f64)> {
        if self.axes.is_empty() {
            return None;
        }
        let mut counts = vec![0; self.axes.len()];
        for of_block in map_blocks(jobs, draws.len(), BLOCK, |block| vec![self.counts(&draws[block])]) {
            counts.iter_mut().zip(of_block).for_each(|(all, own)| *all += own);
        }
        let of = draws.len();
        let most = counts.into_iter().zip(&self.axes).filter(|(count, _)| 2 * count > of);
        let (counts, with): (Vec<usize>, Vec<String>) =
            most.map(|(count, axis)| (count, (*axis).to_owned())).unzip();
        let least = counts.into_iter().min()?;
        Some((with, least as f64 / of as f64))
    }

    /// Whether all of a sum of powers falls with parameters and tokens, as its exponents say.
    fn falls(&self, draw: &[f64]) -> bool {
        let Some(law) = self.law.as_power_sum() else { return false };
        let grows = |column: usize| matches!(self.kinds[column], Kind::Params | Kind::Tokens | Kind::Flops);
        law.products().iter().all(|product| {
            let powers = product.powers.iter().map(|power| (power.column, power.sign * draw[power.exponent]));
            powers.chain(product.fixed.iter().copied()).all(|(column, power)| power <= 0.0 || !grows(column))
        })
    }

    /// In how many of these draws it rises along each axis.
    fn counts(&self, draws: &[Vec<f64>]) -> Vec<usize> {
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        let mut values = vec![0.0; 2 * self.axes.len() * self.rows];
        let (mut jacobian, mut counts) = (Vec::new(), vec![0; self.axes.len()]);
        let (parameters, mut theta) = (&self.law.spec().parameters, Vec::new());
        for draw in draws {
            if self.falls(draw) {
                continue;
            }
            fitted_into(parameters, draw, &mut theta);
            jacobian.resize(values.len() * theta.len(), 0.0);
            evaluate(self.law, &theta, &columns, false, (&mut values, &mut jacobian));
            for (count, sides) in counts.iter_mut().zip(values.chunks_exact(2 * self.rows)) {
                let (before, behind) = sides.split_at(self.rows);
                let rise = behind.iter().sum::<f64>() - before.iter().sum::<f64>();
                *count += usize::from(rise > 2.0 * STEP * FLAT * self.rows as f64);
            }
        }
        counts
    }
}
