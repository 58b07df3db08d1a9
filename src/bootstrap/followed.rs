//! How far a fit follows each of its runs.

use super::groups::Groups;
use crate::Rho;
use crate::numeric::cholesky::{cholesky, solve_lower};
use crate::objective::Objective;

/// The linear fit about an optimum.
#[derive(Debug)]
pub(super) struct Followed {
    /// Cholesky factor of JᵀWJ, J being the derivatives of the fitted values, with what priors add.
    pub(super) information: Vec<f64>,
    /// What each run adds to the score if all its residuals move by one, in units in which JᵀWJ is 1.
    pub(super) scores: Vec<f64>,
    /// Of each row, by how much the fit moves with it.
    pub(super) of_row: Vec<f64>,
    /// Of each run, by how much the fit moves with all its rows, on average over them: between 0 and 1.
    pub(super) of_run: Vec<f64>,
    /// How far the fit is one of least squares: by how much more than half of the residuals count by their squares, over half of them.
    /// As many residuals as there are parameters are left out, which a fit can bring to nothing.
    pub(super) squared: f64,
}

/// A row of the linear fit.
pub(super) struct Row<'a> {
    pub(super) run: usize,
    pub(super) weight: f64,
    pub(super) residual: f64,
    /// Its derivatives, in units in which JᵀWJ is 1.
    pub(super) slopes: &'a [f64],
}

impl Followed {
    /// None where the parameters cannot be told apart. `each` sees every row in turn.
    pub(super) fn new(
        objective: &Objective,
        theta: &[f64],
        groups: &Groups,
        mut each: impl FnMut(Row<'_>),
    ) -> Option<Self> {
        let (rows, p) = (objective.rows(), theta.len());
        if p == 0 {
            return None;
        }
        let (residuals, jacobian) = objective.linearised(theta);
        let slope = |row: usize, k: usize| jacobian[k * residuals.len() + row];
        let mut information = vec![0.0; p * p];
        for row in 0..rows.len {
            for i in 0..p {
                for j in 0..p {
                    information[i * p + j] += rows.weight[row] * slope(row, i) * slope(row, j);
                }
            }
        }
        for (k, firm) in objective.prior_information(theta) {
            information[k * p + k] += firm;
        }
        if information.iter().any(|x| !x.is_finite()) || !cholesky(&mut information, p) {
            return None;
        }
        let (mut scores, mut weights) = (vec![0.0; groups.len() * p], vec![0.0; groups.len()]);
        let (mut of_row, mut slopes) = (vec![0.0; rows.len], vec![0.0; p]);
        for (row, run) in groups.of_rows().iter().enumerate() {
            let (run, weight) = (*run as usize, rows.weight[row]);
            (0..p).for_each(|k| slopes[k] = slope(row, k));
            solve_lower(&information, &mut slopes);
            of_row[row] = weight * square(&slopes);
            weights[run] += weight;
            (0..p).for_each(|k| scores[run * p + k] += weight * slopes[k]);
            each(Row { run, weight, residual: residuals[row], slopes: &slopes });
        }
        let of_run =
            scores.chunks_exact(p).zip(&weights).map(|(score, weight)| match square(score) / weight {
                share if share.is_finite() => share.min(1.0),
                _ => 0.0,
            });
        let of_run = of_run.collect();
        let squared = by_squares(reach(objective.rho), &residuals[..rows.len], p);
        Some(Self { information, scores, of_row, of_run, squared })
    }
}

/// The size up to which a residual counts by its square.
pub(super) fn reach(rho: Rho) -> f64 {
    match rho {
        Rho::Squared => f64::INFINITY,
        rho => rho.delta().unwrap_or(0.0),
    }
}

fn by_squares(reach: f64, residuals: &[f64], parameters: usize) -> f64 {
    let inside = residuals.iter().filter(|r| r.abs() <= reach).count();
    let left = residuals.len().saturating_sub(parameters).max(1);
    (2.0 * inside.saturating_sub(parameters) as f64 / left as f64 - 1.0).max(0.0)
}

fn square(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}
