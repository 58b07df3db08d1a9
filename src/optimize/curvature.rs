//! The curvature that residuals add to a linearised problem, as a small matrix.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::numeric::cholesky::cholesky;

/// First shift of a matrix that is not positive definite, in units of the curvature that all rows inside δ would have.
const FIRST_SHIFT: f64 = 1e-9;
/// Shift after which a matrix is given up.
const LAST_SHIFT: f64 = 1e3;

/// What a [`Convex`](super::convex::Convex) problem knows of second derivatives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Curvature<'a> {
    /// Nothing: residuals are linear.
    None,
    /// The whole Hessian of the objective, row-major over all parameters; where what residuals add to the curvature of the
    /// rows inside δ is negative and not outweighed, its size is taken instead.
    Whole(&'a [f64]),
    /// The same, but the size is taken of all that is negative: then no step runs away.
    Absolute(&'a [f64]),
}

impl Curvature<'_> {
    /// The part of the Hessian that is not in `inside`, the lower triangle of the free parameters' Gauss-Newton matrix; false
    /// if there is none.
    pub(super) fn part(
        self,
        free: &[usize],
        parameters: usize,
        inside: &[f64],
        scale: &[f64],
        part: &mut Vec<f64>,
    ) -> bool {
        let (hessian, absolute) = match self {
            Curvature::None => return false,
            Curvature::Whole(hessian) => (hessian, false),
            Curvature::Absolute(hessian) => (hessian, true),
        };
        let count = free.len();
        part.resize(count * count, 0.0);
        for (a, &row) in free.iter().enumerate() {
            for (b, &column) in free[..=a].iter().enumerate() {
                let rest = hessian[row * parameters + column] - inside[a * count + b];
                part[a * count + b] = rest;
                part[b * count + a] = rest;
            }
        }
        if absolute || !is_positive(inside, part, count) {
            take_sizes(part, scale);
        }
        true
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
        let hessian = [1.0, 2.0, 2.0, 1.0];
        let part_of = |curvature: Curvature<'_>, inside: [f64; 4]| {
            let mut part = Vec::new();
            assert!(curvature.part(&[0, 1], 2, &inside, &[1.0, 1.0], &mut part));
            part
        };
        let sizes = part_of(Curvature::Whole(&hessian), [0.0; 4]);
        for (size, expected) in sizes.iter().zip([2.0, 1.0, 1.0, 2.0]) {
            assert!((size - expected).abs() < 1e-14, "{sizes:?}");
        }
        // What the rows inside δ outweigh is kept: the whole is positive then.
        let whole = [3.0, 0.0, 0.0, 3.0];
        let inside = [4.0, 0.0, 0.0, 1.0];
        assert_eq!(part_of(Curvature::Whole(&whole), inside), [-1.0, 0.0, 0.0, 2.0]);
        assert_eq!(part_of(Curvature::Absolute(&whole), inside), [1.0, 0.0, 0.0, 2.0]);
    }
}
