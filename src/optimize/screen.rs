//! The screen: for fixed exponents a sum of powers is linear in its coefficients, so that each cell of a
//! grid over the exponents is a small non-negative least squares problem, solved exactly.

use super::newton::{cholesky, cholesky_solve};
use crate::law::{Law, Scale};
use crate::objective::Objective;

/// Cells of a grid over two exponents, a side.
const SIDE: usize = 16;
/// Cells for a law of three exponents or more, spread evenly.
const CELLS: usize = 1024;
/// Rows used at most: more do not change which cells are good.
const ROWS: usize = 1024;
/// A coefficient that least squares sets to zero starts from this share of the loss.
const FLOOR: f64 = 1e-3;

/// A cell of the screen, with its best coefficients.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    /// Σ w (1 - L̂/L)² at the best non-negative coefficients.
    pub(super) misfit: f64,
    /// Where the cell stands in the grid, one index an exponent.
    pub(super) position: Vec<f64>,
    /// Start, centred.
    pub(super) theta: Vec<f64>,
}

/// Values of the exponents of one cell: (position in the unit cube times the grid's side, values).
fn cells(exponents: &[(usize, f64, f64)]) -> Vec<(Vec<f64>, Vec<f64>)> {
    let place = |unit: &[f64], side: f64| {
        let values = exponents.iter().zip(unit).map(|(&(_, low, high), u)| {
            // Evenly in the logarithm where the range allows it.
            if low > 0.0 { low * (high / low).powf(*u) } else { low + (high - low) * u }
        });
        (unit.iter().map(|u| u * side).collect(), values.collect())
    };
    let last = (SIDE - 1) as f64;
    match exponents.len() {
        0 => vec![(Vec::new(), Vec::new())],
        1 => (0..SIDE).map(|i| place(&[i as f64 / last], last)).collect(),
        2 => (0..SIDE * SIDE)
            .map(|i| place(&[(i / SIDE) as f64 / last, (i % SIDE) as f64 / last], last))
            .collect(),
        dimensions => (0..CELLS)
            .map(|i| {
                let unit: Vec<f64> =
                    (0..dimensions).map(|d| radical_inverse(i + 1, PRIMES[d % PRIMES.len()])).collect();
                place(&unit, (CELLS as f64).powf(1.0 / dimensions as f64))
            })
            .collect(),
    }
}

const PRIMES: [usize; 10] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29];

/// Halton's sequence: the digits of `i` in base `base`, mirrored at the point.
fn radical_inverse(mut i: usize, base: usize) -> f64 {
    let (mut value, mut digit) = (0.0, 1.0 / base as f64);
    while i > 0 {
        value += (i % base) as f64 * digit;
        i /= base;
        digit /= base as f64;
    }
    value
}

/// Cells for a law that is no sum of powers: evenly spread points of its parameters' ranges, by the objective.
fn general(law: &dyn Law, objective: &Objective) -> Vec<Cell> {
    let ranges: Vec<(f64, f64)> =
        law.parameters().iter().map(|p| (p.to_fitted(p.low), p.to_fitted(p.high))).collect();
    let (mut workspace, mut gradient) = (objective.workspace(), vec![0.0; ranges.len()]);
    let side = (CELLS as f64).powf(1.0 / ranges.len() as f64);
    let mut out: Vec<Cell> = (0..CELLS)
        .map(|i| {
            let unit: Vec<f64> =
                (0..ranges.len()).map(|d| radical_inverse(i + 1, PRIMES[d % PRIMES.len()])).collect();
            let theta: Vec<f64> =
                ranges.iter().zip(&unit).map(|((low, high), u)| low + (high - low) * u).collect();
            let misfit = objective.gradient(&theta, &mut workspace, &mut gradient).value;
            Cell { misfit, position: unit.iter().map(|u| u * side).collect(), theta }
        })
        .filter(|cell| cell.misfit.is_finite())
        .collect();
    out.sort_by(|a, b| a.misfit.total_cmp(&b.misfit));
    out
}

/// All cells of the screen, best first.
pub(super) fn screen(law: &dyn Law, objective: &Objective) -> Vec<Cell> {
    let Some(terms) = objective.terms() else { return general(law, objective) };
    let parameters = law.parameters();
    let exponents: Vec<(usize, f64, f64)> = parameters
        .iter()
        .enumerate()
        .filter(|(i, _)| !terms.iter().any(|t| t.coefficient == *i))
        .map(|(i, p)| {
            (
                i,
                if p.scale == Scale::Log { p.low.ln() } else { p.low },
                if p.scale == Scale::Log { p.high.ln() } else { p.high },
            )
        })
        .collect();
    let rows = objective.rows();
    let stride = rows.len.div_ceil(ROWS).max(1);
    let chosen: Vec<usize> = (0..rows.len).step_by(stride).collect();
    let mean_ln_loss = chosen.iter().map(|&i| rows.ln_loss[i]).sum::<f64>() / chosen.len().max(1) as f64;

    // One basis vector for each term and each different set of its exponents: x^-α √w / L.
    let mut basis: Vec<(usize, Vec<f64>, Vec<f64>)> = Vec::new();
    let mut theta = vec![0.0; parameters.len()];
    let grid = cells(&exponents);
    let mut uses: Vec<Vec<usize>> = Vec::with_capacity(grid.len());
    for (_, values) in &grid {
        for (&(index, ..), value) in exponents.iter().zip(values) {
            theta[index] = *value;
        }
        let vectors = terms.iter().enumerate().map(|(k, term)| {
            let own: Vec<f64> = term.factors.iter().map(|&(_, p)| theta[p]).collect();
            let known = basis.iter().position(|(term, key, _)| *term == k && *key == own);
            known.unwrap_or_else(|| {
                let vector = chosen.iter().map(|&i| {
                    let power: f64 = term.factors.iter().map(|&(c, p)| rows.columns[c][i] * theta[p]).sum();
                    (power - rows.ln_loss[i]).exp() * rows.weight[i].sqrt()
                });
                basis.push((k, own, vector.collect()));
                basis.len() - 1
            })
        });
        uses.push(vectors.collect());
    }
    let target: Vec<f64> = chosen.iter().map(|&i| rows.weight[i].sqrt()).collect();
    let whole: f64 = target.iter().map(|t| t * t).sum();
    let right: Vec<f64> = basis.iter().map(|(_, _, v)| plain_dot(v, &target)).collect();
    let mut gram = Gram::new(&basis);

    let count = terms.len();
    let mut out = Vec::with_capacity(grid.len());
    let mut matrix = vec![0.0; count * count];
    for ((position, values), uses) in grid.into_iter().zip(uses) {
        for i in 0..count {
            for j in 0..=i {
                let value = gram.get(uses[i], uses[j]);
                matrix[i * count + j] = value;
                matrix[j * count + i] = value;
            }
        }
        let b: Vec<f64> = uses.iter().map(|&u| right[u]).collect();
        let Some((coefficients, gain)) = non_negative(&matrix, &b) else { continue };
        let misfit = whole - gain;
        let mut start = vec![0.0; parameters.len()];
        for (&(index, ..), value) in exponents.iter().zip(&values) {
            start[index] = *value;
        }
        for (term, c) in terms.iter().zip(&coefficients) {
            start[term.coefficient] = c.ln().max(mean_ln_loss + FLOOR.ln());
        }
        if misfit.is_finite() && start.iter().all(|x| x.is_finite()) {
            out.push(Cell { misfit, position, theta: start });
        }
    }
    out.sort_by(|a, b| a.misfit.total_cmp(&b.misfit));
    out
}

/// Products of basis vectors, each computed when first asked for.
struct Gram<'a> {
    basis: &'a [(usize, Vec<f64>, Vec<f64>)],
    known: Vec<f64>,
}

impl<'a> Gram<'a> {
    /// Above this many vectors hardly a product is asked for twice.
    const KEPT: usize = 256;

    fn new(basis: &'a [(usize, Vec<f64>, Vec<f64>)]) -> Self {
        let kept = if basis.len() <= Self::KEPT { basis.len() * basis.len() } else { 0 };
        Self { basis, known: vec![f64::NAN; kept] }
    }

    fn get(&mut self, i: usize, j: usize) -> f64 {
        let product = || plain_dot(&self.basis[i].2, &self.basis[j].2);
        match self.known.get_mut(i * self.basis.len() + j) {
            None => product(),
            Some(known) => {
                if known.is_nan() {
                    *known = product();
                }
                *known
            }
        }
    }
}

fn plain_dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a, b) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.0.iter().zip(b.0) {
        for i in 0..8 {
            lanes[i] += a[i] * b[i];
        }
    }
    lanes.iter().sum::<f64>() + a.1.iter().zip(b.1).map(|(a, b)| a * b).sum::<f64>()
}

/// The non-negative c that minimises cᵀGc - 2bᵀc, and how far it gets below zero: the best of all sets of
/// positive coefficients (there are few terms). None if every set is singular.
fn non_negative(gram: &[f64], b: &[f64]) -> Option<(Vec<f64>, f64)> {
    let count = b.len();
    let full = (1usize << count) - 1;
    let mut best: Option<(Vec<f64>, f64)> = None;
    // From all coefficients down: if the unconstrained solution is positive, nothing is better.
    for set in (1..=full).rev() {
        let members: Vec<usize> = (0..count).filter(|i| set >> i & 1 == 1).collect();
        let p = members.len();
        let mut factor = vec![0.0; p * p];
        for (i, &row) in members.iter().enumerate() {
            for (j, &column) in members.iter().enumerate() {
                factor[i * p + j] = gram[row * count + column];
            }
        }
        if !cholesky(&mut factor, p) {
            continue;
        }
        let mut x: Vec<f64> = members.iter().map(|&i| b[i]).collect();
        cholesky_solve(&factor, &mut x);
        if x.iter().any(|c| !(*c > 0.0)) {
            continue;
        }
        let gain: f64 = members.iter().zip(&x).map(|(&i, c)| b[i] * c).sum();
        if best.as_ref().is_none_or(|(_, most)| gain > *most) {
            let mut coefficients = vec![0.0; count];
            for (&i, c) in members.iter().zip(&x) {
                coefficients[i] = *c;
            }
            best = Some((coefficients, gain));
        }
        if set == full {
            break;
        }
    }
    best
}
