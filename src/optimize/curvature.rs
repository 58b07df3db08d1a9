//! The curvature that residuals add to a linearised problem, as a small matrix.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::numeric::cholesky::cholesky;

/// First shift of a matrix that is not positive definite, in units of the curvature that all rows inside δ would have.
const FIRST_SHIFT: f64 = 1e-9;
/// What is left of a sum, relative to what cancels in it, below which it is none.
const UNDEFINED: f64 = 1e-8;
/// Shift after which a matrix is given up.
const LAST_SHIFT: f64 = 1e3;

/// What a [`Convex`](super::convex::Convex) problem knows of second derivatives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Curvature<'a> {
    /// Row-major over all parameters.
    pub(super) matrix: &'a [f64],
    /// Whether it is the whole Hessian of the objective, which has that of the rows inside δ in it.
    pub(super) whole: bool,
    /// Whether the size is taken of all that is negative: then no step runs away. Else it is taken only if the rows inside δ
    /// do not outweigh what is negative.
    pub(super) absolute: bool,
}

impl Curvature<'_> {
    /// What residuals add to `inside`, the lower triangle of the free parameters' Gauss-Newton matrix.
    pub(super) fn part(self, free: &[usize], inside: &[f64], scale: &[f64], part: &mut Vec<f64>) {
        let count = free.len();
        let parameters = self.matrix.len().isqrt();
        part.resize(count * count, 0.0);
        for (a, &row) in free.iter().enumerate() {
            for (b, &column) in free[..=a].iter().enumerate() {
                let taken = if self.whole { inside[a * count + b] } else { 0.0 };
                let rest = self.matrix[row * parameters + column] - taken;
                part[a * count + b] = rest;
                part[b * count + a] = rest;
            }
        }
        if self.absolute || !is_positive(inside, part, count) {
            take_sizes(part, scale);
        }
    }
}

/// The symmetric update of rank one: `matrix` times `step` becomes `change`, which is used up. Where that is not defined the
/// matrix stays (Nocedal and Wright 2006, section 6.2).
pub(super) fn learn(matrix: &mut [f64], step: &[f64], change: &mut [f64]) {
    let p = step.len();
    for a in 0..p {
        change[a] -= product(matrix, a, step);
    }
    let along: f64 = change.iter().zip(step).map(|(x, s)| x * s).sum();
    let sizes: f64 = change.iter().zip(step).map(|(x, s)| (x * s).abs()).sum();
    if !(along.abs() > UNDEFINED * sizes) {
        return;
    }
    for a in 0..p {
        for b in 0..p {
            matrix[a * p + b] += change[a] * change[b] / along;
        }
    }
}

fn is_positive(inside: &[f64], part: &[f64], count: usize) -> bool {
    let mut whole: Vec<f64> = inside.iter().zip(part).map(|(a, b)| a + b).collect();
    cholesky(&mut whole, count)
}

/// Makes a symmetric matrix positive: its eigenvalues, the parameters measured in their scales, by their sizes.
fn take_sizes(matrix: &mut [f64], scale: &[f64]) {
    let count = scale.len();
    let unit = |a: usize, b: usize| (scale[a] * scale[b]).sqrt();
    let scaled = DMatrix::from_fn(count, count, |a, b| matrix[a * count + b] / unit(a, b));
    if scaled.iter().any(|x| !x.is_finite()) {
        return;
    }
    let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::new(scaled);
    if eigenvalues.iter().all(|x| *x >= 0.0) {
        return;
    }
    for a in 0..count {
        for b in 0..count {
            let term = |k: usize| eigenvectors[(a, k)] * eigenvalues[k].abs() * eigenvectors[(b, k)];
            matrix[a * count + b] = unit(a, b) * (0..count).map(term).sum::<f64>();
        }
    }
}

/// Factors a matrix, shifted as little as it takes to be positive definite; false if no shift is enough.
pub(super) fn factor_shifted(matrix: &mut [f64], scale: &[f64], kept: &mut Vec<f64>) -> bool {
    let count = scale.len();
    kept.clear();
    kept.extend_from_slice(matrix);
    let mut shift = FIRST_SHIFT;
    while !cholesky(matrix, count) {
        if shift > LAST_SHIFT {
            return false;
        }
        matrix.copy_from_slice(kept);
        for (a, scale) in scale.iter().enumerate() {
            matrix[a * count + a] += shift * scale;
        }
        shift *= 8.0;
    }
    true
}

/// The product of a symmetric matrix and a vector, entry `a`.
pub(super) fn product(matrix: &[f64], a: usize, vector: &[f64]) -> f64 {
    let row = &matrix[a * vector.len()..][..vector.len()];
    row.iter().zip(vector).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_negative_the_size_is_taken() {
        // Eigenvalues 3 and -1, along (1, 1) and (1, -1).
        let part_of = |matrix: [f64; 4], whole: bool, absolute: bool, inside: [f64; 4]| {
            let mut part = Vec::new();
            Curvature { matrix: &matrix, whole, absolute }.part(&[0, 1], &inside, &[1.0, 1.0], &mut part);
            part
        };
        let sizes = part_of([1.0, 2.0, 2.0, 1.0], false, false, [0.0; 4]);
        for (size, expected) in sizes.iter().zip([2.0, 1.0, 1.0, 2.0]) {
            assert!((size - expected).abs() < 1e-14, "{sizes:?}");
        }
        // What the rows inside δ outweigh is kept: the whole is positive then.
        let (whole, inside) = ([3.0, 0.0, 0.0, 3.0], [4.0, 0.0, 0.0, 1.0]);
        assert_eq!(part_of(whole, true, false, inside), [-1.0, 0.0, 0.0, 2.0]);
        assert_eq!(part_of(whole, true, true, inside), [1.0, 0.0, 0.0, 2.0]);
    }

    #[test]
    fn a_matrix_is_learnt_from_steps_in_all_directions() {
        let truth = [2.0, 0.5, 0.5, -1.0];
        let mut matrix = vec![0.0; 4];
        for step in [[1.0, 0.25], [-0.5, 1.0]] {
            let mut change = [0, 1].map(|a| product(&truth, a, &step));
            learn(&mut matrix, &step, &mut change);
        }
        for (found, expected) in matrix.iter().zip(truth) {
            assert!((found - expected).abs() < 1e-14, "{matrix:?}");
        }
        // Nothing is new.
        let before = matrix.clone();
        learn(&mut matrix, &[0.0; 2], &mut [0.0; 2]);
        assert_eq!(matrix, before);
    }
}
