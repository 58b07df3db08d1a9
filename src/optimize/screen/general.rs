//! The screen of laws that are no sums of powers: evenly spread points of their parameters' ranges, at each of which the
//! coefficients in which the law says that it is linear are solved for.

use super::{Basis, CELLS, Cell, FLOOR, Grid, NonNegative, SIDE};
use crate::kernel::{dot_slices, exp_slice};
use crate::law::Law;
use crate::numeric::random::halton;
use crate::objective::{Objective, evaluate};

/// Values of the coefficients that are tried until the law has a loss of every row: so many within their ranges, and 1 of one with these of the others.
const PROBES: usize = 8;
const SMALL: [f64; 3] = [1e-3, 1e-6, 1e-12];

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
    let declared = coordinates.ranges(&inputs);
    let range = |a: &usize| {
        let (low, high) = declared[free[*a]];
        let (low, high) = coordinates.narrowed(free[*a], grid.interval(low, high));
        (*a, low, high)
    };
    let ranges: Vec<(usize, f64, f64)> = spread.iter().map(range).collect();
    let cells = count(coefficients.len(), ranges.len());
    // The second grid is coarser.
    let cells = if grid == Grid::Wide { cells.div_ceil(2) } else { cells };
    let side = (cells as f64).powf(1.0 / ranges.len().max(1) as f64);
    let of_coefficients: Vec<(f64, f64)> = coefficients.iter().map(|a| declared[free[*a]]).collect();
    let mut solver = Linear::new(law, objective, &coefficients, &of_coefficients);
    let mut out = Vec::with_capacity(cells);
    let first = if grid == Grid::Again { 1 + cells } else { 1 };
    for i in first..first + cells {
        let unit: Vec<f64> = (0..ranges.len()).map(|d| halton(i, d)).collect();
        let values = ranges.iter().zip(&unit).map(|(&(a, low, high), u)| (a, low + (high - low) * u));
        let mut theta = coordinates.start_at(values);
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
    /// Logarithms of coefficients at which the law may be evaluated, and the place of those that were last of use.
    probes: Vec<Vec<f64>>,
    latest: usize,
}

impl<'a> Linear<'a> {
    fn new(
        law: &'a dyn Law,
        objective: &'a Objective,
        coefficients: &'a [usize],
        ranges: &[(f64, f64)],
    ) -> Self {
        let within = |i: usize| {
            let of = |(d, (low, high)): (usize, &(f64, f64))| low + (high - low) * halton(i, d);
            ranges.iter().enumerate().map(of).collect()
        };
        let ones = vec![0.0; coefficients.len()];
        let one = |d: usize, rest: f64| {
            (0..coefficients.len()).map(|k| if k == d { 0.0 } else { rest }).collect::<Vec<f64>>()
        };
        let alone =
            SMALL.into_iter().flat_map(|rest| (0..coefficients.len()).map(move |d| one(d, rest.ln())));
        let probes = std::iter::once(ones).chain((1..=PROBES).map(within)).chain(alone).collect();
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
            probes,
            latest: 0,
        }
    }

    /// Puts coefficients into `theta` at which the law has a loss of every row, and evaluates it there: with a coefficient of 1 before a term with a
    /// minus sign, it may have none. None if no such are found.
    fn evaluate(&mut self, theta: &mut [f64]) -> Option<()> {
        let inputs: Vec<&[f64]> = self.basis.columns.iter().map(Vec::as_slice).collect();
        let others = (0..self.probes.len()).filter(|place| *place != self.latest);
        for place in std::iter::once(self.latest).chain(others) {
            self.coefficients.iter().zip(&self.probes[place]).for_each(|(a, ln)| theta[*a] = *ln);
            let centred = self.objective.coordinates().free_to_centred(theta);
            evaluate(self.law, &centred, &inputs, false, (&mut self.ln_loss, &mut self.jacobian));
            if self.coefficients.is_empty() || self.ln_loss.iter().all(|ln_loss| ln_loss.is_finite()) {
                self.latest = place;
                return Some(());
            }
        }
        None
    }

    /// Puts the best coefficients into `theta`, and returns the misfit.
    fn solve(&mut self, theta: &mut [f64]) -> Option<f64> {
        let rows = self.basis.target.len();
        self.evaluate(theta)?;
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
            theta[*a] += self.least_squares.best[k].max(FLOOR / mean.abs()).ln();
        }
        Some(misfit)
    }
}
