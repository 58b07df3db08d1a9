//! The screen of laws that are no sums of powers: evenly spread points of their parameters' ranges, at each of which the
//! coefficients in which the law says that it is linear are solved for.

use super::{Basis, CELLS, Cell, FLOOR, Grid, NonNegative, SIDE};
use crate::kernel::{dot_slices, exp_slice};
use crate::law::Law;
use crate::numeric::random::halton;
use crate::objective::{Objective, evaluate};

/// Cells for a law with this many free parameters in which it is linear, and this many others. Where the first are solved
/// for, each of many others is worth its cells: a curve with two breaks has seven.
fn count(coefficients: usize, others: usize) -> usize {
    match (coefficients, others) {
        (1.., 6) => 4 * CELLS,
        (1.., 7..) => 16 * CELLS,
        _ => SIDE.checked_pow(others as u32).map_or(CELLS, |cells| cells.min(CELLS)),
    }
}

/// All cells, best first: by relative squares where there are coefficients to solve for, and else by |ln L - ln L̂|.
pub(super) fn general(law: &dyn Law, objective: &Objective, grid: Grid) -> Vec<Cell> {
    let (coordinates, free) = (objective.coordinates(), objective.coordinates().free());
    let (coefficients, spread): (Vec<usize>, Vec<usize>) =
        (0..free.len()).partition(|a| coordinates.is_coefficient(*a));
    let inputs = objective.own_inputs();
    let inputs: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
    let ranges = coordinates.ranges(&inputs);
    let range = |a: &usize| {
        let (low, high) = ranges[free[*a]];
        let (low, high) = coordinates.narrowed(free[*a], grid.interval(low, high));
        (*a, low, high)
    };
    let ranges: Vec<(usize, f64, f64)> = spread.iter().map(range).collect();
    let cells = count(coefficients.len(), ranges.len());
    // The second grid is coarser.
    let cells = if grid == Grid::Wide { cells.div_ceil(2) } else { cells };
    let side = (cells as f64).powf(1.0 / ranges.len().max(1) as f64);
    let mut solver = Linear::new(law, objective, &coefficients);
    let mut out = Vec::with_capacity(cells);
    let first = if grid == Grid::Again { 1 + cells } else { 1 };
    for i in first..first + cells {
        let unit: Vec<f64> = (0..ranges.len()).map(|d| halton(i, d)).collect();
        let values = ranges.iter().zip(&unit).map(|(&(a, low, high), u)| (a, low + (high - low) * u));
        let mut theta = coordinates.start_at(values);
        coefficients.iter().for_each(|a| theta[*a] = 0.0);
        let Some(misfit) = solver.solve(&mut theta) else { continue };
        if misfit.is_finite() && theta.iter().all(|x| x.is_finite()) {
            let position = unit.iter().map(|u| u * side).collect();
            out.push(Cell { misfit, position, outside: false, theta });
        }
    }
    out.sort_by(|a, b| a.misfit.total_cmp(&b.misfit));
    out
}

/// The best coefficients at given other parameters. With `L̂ = g₀ + Σ_k c_k g_k`, what the law writes gives them all:
/// `c_k g_k = L̂ ∂ ln L̂/∂ ln c_k`, and g₀ is the rest.
struct Linear<'a> {
    law: &'a dyn Law,
    objective: &'a Objective,
    /// Places among the free parameters.
    coefficients: &'a [usize],
    /// The parameters in which the law is linear.
    linear: Vec<usize>,
    /// For each parameter in which the law is linear, then for the rest: the coefficient that it is, none if it is known.
    owners: Vec<Option<usize>>,
    basis: Basis,
    whole: f64,
    right: Vec<f64>,
    vectors: Vec<Vec<f64>>,
    ln_loss: Vec<f64>,
    jacobian: Vec<f64>,
    least_squares: NonNegative,
}

impl<'a> Linear<'a> {
    fn new(law: &'a dyn Law, objective: &'a Objective, coefficients: &'a [usize]) -> Self {
        let (coordinates, free) = (objective.coordinates(), objective.coordinates().free());
        let owner = |j: &usize| coefficients.iter().position(|a| free[*a] == coordinates.root(*j));
        let linear = law.spec().coefficients();
        let owners: Vec<Option<usize>> = linear.iter().map(owner).chain([None]).collect();
        let basis = Basis::new(objective);
        let rows = basis.target.len();
        Self {
            law,
            objective,
            coefficients,
            whole: dot_slices(&basis.target, &basis.target),
            right: vec![0.0; owners.len()],
            vectors: vec![vec![0.0; rows]; owners.len()],
            ln_loss: vec![0.0; rows],
            jacobian: vec![0.0; rows * law.spec().parameters.len()],
            least_squares: NonNegative::new(coefficients.len()),
            linear,
            owners,
            basis,
        }
    }

    /// Puts the coefficients into `theta`, where they are zero, and returns the misfit.
    fn solve(&mut self, theta: &mut [f64]) -> Option<f64> {
        let rows = self.basis.target.len();
        let inputs: Vec<&[f64]> = self.basis.columns.iter().map(Vec::as_slice).collect();
        let out = (&mut *self.ln_loss, &mut *self.jacobian);
        evaluate(self.law, &self.objective.coordinates().free_to_centred(theta), &inputs, false, out);
        // L̂ √w / L, of which each term has the share that is its derivative.
        for (x, measured) in self.ln_loss.iter_mut().zip(&self.basis.ln_loss) {
            *x -= measured;
        }
        if self.coefficients.is_empty() {
            let weighted = self.ln_loss.iter().zip(&self.basis.target).map(|(x, root)| x.abs() * root * root);
            return Some(weighted.sum());
        }
        exp_slice(&mut self.ln_loss);
        let (rest, terms) = self.vectors.split_last_mut()?;
        for (i, weight) in self.basis.target.iter().enumerate() {
            rest[i] = self.ln_loss[i] * weight;
            self.ln_loss[i] = rest[i];
        }
        for (vector, &j) in terms.iter_mut().zip(&self.linear) {
            let shares = &self.jacobian[j * rows..][..rows];
            for (i, share) in shares.iter().enumerate() {
                vector[i] = self.ln_loss[i] * share;
                rest[i] -= vector[i];
            }
        }
        for (right, vector) in self.right.iter_mut().zip(&self.vectors) {
            *right = dot_slices(vector, &self.basis.target);
        }
        let products = |i: usize, j: usize| dot_slices(&self.vectors[i], &self.vectors[j]);
        let whole = self.whole + self.least_squares.set(&self.owners, |i| self.right[i], products);
        let misfit = whole - self.least_squares.solve()?;
        for (k, a) in self.coefficients.iter().enumerate() {
            // One that least squares sets to zero starts from a small share of the loss.
            let own = self.owners.iter().zip(&self.right).filter(|(owner, _)| **owner == Some(k));
            let mean = own.map(|(_, right)| right).sum::<f64>() / self.whole;
            theta[*a] = self.least_squares.best[k].max(FLOOR / mean).ln();
        }
        Some(misfit)
    }
}
