//! How well a sweep tells a decision, by linear theory: for choosing what is simulated.

use nalgebra::{DMatrix, DVector};

use super::layouts::Draft;
use super::{Decision, FirstRunsOptions, Layout};
use crate::answer::AllocationOptions;
use crate::bootstrap::Ensemble;
use crate::fit::{Fit, Problem};
use crate::law::{Scale, fitted};
use crate::objective::evaluate;
use crate::{Observations, Result};

/// The step of differences, relative to a coefficient, and of an exponent.
const STEP: f64 = 1e-4;

/// The law near the guess, and what is decided.
pub(super) struct Precision<'a> {
    guess: &'a Fit,
    theta: Vec<f64>,
    /// Parameters that are free and that dense runs tell.
    free: Vec<usize>,
    /// The derivatives of ln N*, or of ln L, in these.
    gradient: Vec<f64>,
}

impl<'a> Precision<'a> {
    pub(super) fn of(
        guess: &'a Fit,
        options: &FirstRunsOptions,
        (params, tokens): (f64, f64),
    ) -> Result<Self> {
        let law = guess.law();
        let declared = &law.spec().parameters;
        let theta = fitted(declared, &guess.parameters);
        let some =
            [(1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (3.0, 5.0), (7.0, 3.0), (5.0, 5.0), (4.0, 9.0), (9.0, 4.0)];
        let (n, d) = some.into_iter().map(|(a, b)| (a * 0.1 * params, b * 0.1 * tokens)).unzip();
        let rows = Observations::new(n, d, vec![1.0; some.len()])?;
        let problem = Problem::new(&guess.options, &rows)?;
        let free = problem.coordinates.free().to_vec();
        let gradient = match options.decision {
            Decision::Loss => {
                let rows = Observations::new(vec![params], vec![tokens], vec![1.0])?;
                let row = Self { guess, theta: theta.clone(), free: free.clone(), gradient: Vec::new() }
                    .jacobian(&rows)?;
                row.row(0).iter().copied().collect()
            }
            Decision::Params => {
                let moved = |place: usize, step: f64| -> Result<f64> {
                    let mut other = guess.clone();
                    let value = &mut other.parameters[place];
                    *value =
                        if declared[place].scale == Scale::Log { *value * step.exp() } else { *value + step };
                    let other = Ensemble::without_draws(other);
                    let best = other.frontier(&[options.target_flops], &AllocationOptions::default())?;
                    Ok(best[0].average_params.estimate.ln())
                };
                let slope = |place: &usize| Ok((moved(*place, STEP)? - moved(*place, -STEP)?) / (2.0 * STEP));
                free.iter().map(slope).collect::<Result<_>>()?
            }
        };
        Ok(Self { guess, theta, free, gradient })
    }

    /// The derivatives of ln L in what is free, a row for each of these.
    fn jacobian(&self, rows: &Observations) -> Result<DMatrix<f64>> {
        let law = self.guess.law();
        let columns = law.spec().columns(rows)?;
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let (mut values, mut jacobian) = (vec![0.0; rows.len()], vec![0.0; rows.len() * self.theta.len()]);
        evaluate(law, &self.theta, &columns, false, (&mut values, &mut jacobian));
        Ok(DMatrix::from_fn(rows.len(), self.free.len(), |i, j| jacobian[self.free[j] * rows.len() + i]))
    }

    /// Variance of the decision for noise of variance 1; infinite where the runs do not tell it.
    fn variance(&self, jacobian: DMatrix<f64>) -> f64 {
        let lengths: Vec<f64> = jacobian.column_iter().map(|column| column.norm()).collect();
        let mut scaled = jacobian;
        scaled.column_iter_mut().zip(&lengths).for_each(|(mut column, length)| column /= *length);
        let gradient =
            DVector::from_iterator(lengths.len(), self.gradient.iter().zip(&lengths).map(|(g, l)| g / l));
        let r = scaled.qr().r();
        match r.transpose().solve_lower_triangular(&gradient) {
            Some(solved) if solved.iter().all(|x| x.is_finite()) => solved.norm_squared(),
            _ => f64::INFINITY,
        }
    }

    /// Of each layout the best, in the order in which layouts come.
    pub(super) fn best(&self, drafts: Vec<Draft>) -> Result<Vec<Draft>> {
        let mut best: Vec<(f64, Draft)> = Vec::new();
        for draft in drafts {
            let column = |of: fn(&super::FirstRun) -> f64| draft.runs.iter().map(of).collect::<Vec<f64>>();
            let (n, d) = (column(|run| run.params), column(|run| run.tokens));
            let rows = Observations::new(n, d, vec![1.0; draft.runs.len()])?;
            let variance = self.variance(self.jacobian(&rows)?);
            let known = best.iter_mut().find(|(_, known)| known.layout == draft.layout);
            match known {
                Some(known) if variance < known.0 => *known = (variance, draft),
                Some(_) => {}
                None => best.push((variance, draft)),
            }
        }
        debug_assert!(
            best.iter().all(|(_, draft)| draft.layout != Layout::Given),
            "what is given is not chosen"
        );
        Ok(best.into_iter().map(|(_, draft)| draft).collect())
    }
}
