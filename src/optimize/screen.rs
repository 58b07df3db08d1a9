//! The screen: for fixed exponents a sum of powers is linear in its coefficients, so that each cell of a
//! grid over the exponents is a small non-negative least squares problem, solved exactly.

mod general;
mod non_negative;

use crate::kernel::power_sum::KernelTerm;
use crate::kernel::{dot_slices, exp_slice, ln_slice, padded};
use crate::law::Law;
use crate::numeric::random::halton;
use crate::objective::Objective;
use general::general;
use non_negative::NonNegative;

/// Cells of a grid over two exponents, a side.
const SIDE: usize = 16;
/// Cells for a law of three exponents or more, spread evenly.
const CELLS: usize = 1024;
/// Rows used at most: more do not change which cells are good.
const ROWS: usize = 1024;
/// A coefficient that least squares sets to zero starts from this share of the loss.
const FLOOR: f64 = 1e-3;

/// How far the second grid goes beyond the first: exponents up to ten times as large are rare but real optima
/// of small noisy sweeps.
const WIDER: [f64; 2] = [3.0, 10.0];

/// Which grid of exponents is screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grid {
    /// Over the ranges that the law declares.
    Declared,
    /// Other cells of those ranges, of a law that is no sum of powers.
    Again,
    /// Other cells, coarser, and beyond those ranges: an audit of the first.
    Wide,
}

impl Grid {
    /// The range of an exponent on this grid.
    fn range(self, low: f64, high: f64) -> (f64, f64) {
        match self {
            Grid::Declared | Grid::Again => (low, high),
            Grid::Wide if low > 0.0 => (low / WIDER[0], high * WIDER[1]),
            Grid::Wide => self.interval(low, high),
        }
    }

    /// The same where no end has to stay positive: on the second grid three times as long.
    fn interval(self, low: f64, high: f64) -> (f64, f64) {
        match self {
            Grid::Declared | Grid::Again => (low, high),
            Grid::Wide => (low - (high - low), high + (high - low)),
        }
    }
}

/// A cell of the screen, with its best coefficients.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    /// Σ w (1 - L̂/L)² at the best non-negative coefficients.
    pub(super) misfit: f64,
    /// Where the cell stands in the grid, one index an exponent.
    pub(super) position: Vec<f64>,
    /// Whether an exponent lies outside the range that the law declares.
    pub(super) outside: bool,
    /// Start, centred.
    pub(super) theta: Vec<f64>,
}

/// Values of the exponents of each cell: (position in the unit cube times the grid's side, values). A grid of two
/// exponents at most; more are spread evenly.
fn cells(exponents: &[(usize, f64, f64)]) -> Vec<(Vec<f64>, Vec<f64>)> {
    let dimensions = exponents.len();
    let (count, side) = match dimensions {
        0..=2 => (SIDE.pow(dimensions as u32), (SIDE - 1) as f64),
        _ => (CELLS, (CELLS as f64).powf(1.0 / dimensions as f64)),
    };
    let unit = |i: usize, d: usize| match dimensions {
        0..=2 => (i / SIDE.pow((dimensions - 1 - d) as u32) % SIDE) as f64 / side,
        _ => halton(i + 1, d),
    };
    let value = |((_, low, high), u): (&(usize, f64, f64), &f64)| {
        // Evenly in the logarithm where the range allows it.
        if *low > 0.0 { low * (high / low).powf(*u) } else { low + (high - low) * u }
    };
    let cell = |i: usize| {
        let unit: Vec<f64> = (0..dimensions).map(|d| unit(i, d)).collect();
        (unit.iter().map(|u| u * side).collect(), exponents.iter().zip(&unit).map(value).collect())
    };
    (0..count).map(cell).collect()
}

/// All cells of the screen, best first: the grid is over the free exponents, the least squares over the free
/// coefficients.
pub(super) fn screen(law: &dyn Law, objective: &Objective, grid: Grid) -> Vec<Cell> {
    let Some(terms) = objective.terms() else { return general(law, objective, grid) };
    let (coordinates, free) = (objective.coordinates(), objective.coordinates().free());
    let is_coefficient = |j: usize| terms.iter().any(|t| t.coefficient == j);
    let (coefficients, others): (Vec<usize>, Vec<usize>) =
        (0..free.len()).partition(|a| is_coefficient(free[*a]));
    let ranges = coordinates.declared();
    let declared: Vec<(usize, f64, f64)> =
        others.into_iter().map(|a| (a, ranges[free[a]].0, ranges[free[a]].1)).collect();
    let screened = |&(a, low, high): &(usize, f64, f64)| {
        let (low, high) = coordinates.narrowed(free[a], grid.range(low, high));
        (a, low, high)
    };
    let exponents: Vec<(usize, f64, f64)> = declared.iter().map(screened).collect();
    let start = |values: &[f64]| {
        let mut start = vec![0.0; free.len()];
        exponents.iter().zip(values).for_each(|((a, ..), value)| start[*a] = *value);
        start
    };
    // The place, among the free coefficients, of the one that a term has; none if it is fixed.
    let owner = |term: &KernelTerm| {
        let root = coordinates.root(term.coefficient);
        coefficients.iter().position(|a| free[*a] == root)
    };
    let owners: Vec<Option<usize>> = terms.iter().map(owner).collect();
    let basis = Basis::new(objective);
    let grid = cells(&exponents);
    let count = terms.len();
    let mut vectors = Vectors::default();
    let (mut uses, mut factors) = (Vec::with_capacity(grid.len() * count), Vec::new());
    for (_, values) in &grid {
        // With the free coefficients at 1: what is left is each term's own factor.
        let theta = coordinates.free_to_centred(&start(values));
        uses.extend(terms.iter().enumerate().map(|(k, term)| vectors.find(k, term, &theta, &basis)));
        factors.extend(terms.iter().map(|term| theta[term.coefficient].exp()));
    }
    let right: Vec<f64> = vectors.values.iter().map(|v| dot_slices(v, &basis.target)).collect();
    let whole = dot_slices(&basis.target, &basis.target);
    let mut gram = Gram::new(&vectors.values);
    let mut solver = NonNegative::new(coefficients.len());
    let mut out = Vec::with_capacity(grid.len());
    for (((position, values), uses), factors) in
        grid.into_iter().zip(uses.chunks(count)).zip(factors.chunks(count))
    {
        let products = |i: usize, j: usize| factors[i] * factors[j] * gram.get(uses[i], uses[j]);
        let whole = whole + solver.set(&owners, |i| factors[i] * right[uses[i]], products);
        let Some(gain) = solver.solve() else { continue };
        let misfit = whole - gain;
        let mut theta = start(&values);
        for (a, c) in coefficients.iter().zip(&solver.best) {
            theta[*a] = c.ln().max(basis.mean_ln_loss + FLOOR.ln());
        }
        if misfit.is_finite() && theta.iter().all(|x| x.is_finite()) {
            let outside = declared.iter().zip(&values).any(|((_, low, high), x)| x < low || x > high);
            out.push(Cell { misfit, position, outside, theta });
        }
    }
    out.sort_by(|a, b| a.misfit.total_cmp(&b.misfit));
    out
}

/// What the basis vectors `x^-α √w / L` are made of, for the rows that are used.
struct Basis {
    /// Padded columns of the inputs' logs.
    columns: Vec<Vec<f64>>,
    ln_loss: Vec<f64>,
    /// √w: what a perfect law gives; 0 for padding.
    target: Vec<f64>,
    mean_ln_loss: f64,
}

impl Basis {
    fn new(objective: &Objective) -> Self {
        let rows = objective.rows();
        let stride = rows.len.div_ceil(ROWS).max(1);
        let size = padded(rows.len.div_ceil(stride));
        let chosen = |from: &[f64]| {
            let mut column: Vec<f64> = from[..rows.len].iter().step_by(stride).copied().collect();
            column.resize(size, from[0]);
            column
        };
        let mut target = chosen(&rows.weight);
        let used = rows.len.div_ceil(stride);
        target[used..].fill(0.0);
        target.iter_mut().for_each(|w| *w = w.sqrt());
        let mut ln_loss = chosen(&rows.target);
        if objective.on_loss() {
            // Padding has weight 0 and any loss.
            ln_loss[used..].fill(1.0);
            ln_slice(&mut ln_loss);
        }
        let mean_ln_loss = ln_loss[..used].iter().sum::<f64>() / used.max(1) as f64;
        Self { columns: rows.columns.iter().map(|c| chosen(c)).collect(), ln_loss, target, mean_ln_loss }
    }

    fn vector(&self, term: &KernelTerm, theta: &[f64]) -> Vec<f64> {
        let mut vector: Vec<f64> = self.ln_loss.iter().map(|l| -l).collect();
        if let Some(offset) = term.offset {
            for (out, x) in vector.iter_mut().zip(&self.columns[offset]) {
                *out += x;
            }
        }
        for &(column, exponent) in &term.factors {
            for (out, x) in vector.iter_mut().zip(&self.columns[column]) {
                *out += x * theta[exponent];
            }
        }
        exp_slice(&mut vector);
        for (out, weight) in vector.iter_mut().zip(&self.target) {
            *out *= weight;
        }
        vector
    }
}

/// One basis vector for each term and each different set of its exponents.
#[derive(Default)]
struct Vectors {
    keys: Vec<(usize, Vec<f64>)>,
    values: Vec<Vec<f64>>,
}

impl Vectors {
    /// Where the vector of a term stands.
    fn find(&mut self, k: usize, term: &KernelTerm, theta: &[f64], basis: &Basis) -> usize {
        let own = || term.factors.iter().map(|&(_, p)| theta[p]);
        let same = |(of, key): &(usize, Vec<f64>)| *of == k && key.iter().copied().eq(own());
        self.keys.iter().rposition(same).unwrap_or_else(|| {
            self.keys.push((k, own().collect()));
            self.values.push(basis.vector(term, theta));
            self.keys.len() - 1
        })
    }
}

/// Products of basis vectors, each computed when first asked for.
struct Gram<'a> {
    basis: &'a [Vec<f64>],
    known: Vec<f64>,
}

impl<'a> Gram<'a> {
    /// Above this many vectors hardly a product is asked for twice.
    const KEPT: usize = 256;

    fn new(basis: &'a [Vec<f64>]) -> Self {
        let kept = if basis.len() <= Self::KEPT { basis.len() * basis.len() } else { 0 };
        Self { basis, known: vec![f64::NAN; kept] }
    }

    fn get(&mut self, i: usize, j: usize) -> f64 {
        match self.known.get_mut(i * self.basis.len() + j) {
            None => dot_slices(&self.basis[i], &self.basis[j]),
            Some(known) => {
                if known.is_nan() {
                    *known = dot_slices(&self.basis[i], &self.basis[j]);
                }
                *known
            }
        }
    }
}
