//! The Cholesky factorisation of small matrices, without allocating.

/// Replaces the lower triangle of a symmetric matrix by its Cholesky factor, without allocating; false if
/// the matrix is not positive definite to rounding.
pub(crate) fn cholesky(matrix: &mut [f64], p: usize) -> bool {
    for j in 0..p {
        let whole = matrix[j * p + j];
        let mut pivot = whole;
        for k in 0..j {
            pivot -= matrix[j * p + k] * matrix[j * p + k];
        }
        if !(pivot > 1e-13 * whole.abs()) {
            return false;
        }
        let pivot = pivot.sqrt();
        matrix[j * p + j] = pivot;
        for i in j + 1..p {
            let mut value = matrix[i * p + j];
            for k in 0..j {
                value -= matrix[i * p + k] * matrix[j * p + k];
            }
            matrix[i * p + j] = value / pivot;
        }
    }
    true
}

/// Solves L Lᵀ x = b in place.
pub(crate) fn cholesky_solve(factor: &[f64], x: &mut [f64]) {
    let p = x.len();
    solve_lower(factor, x);
    for i in (0..p).rev() {
        for k in i + 1..p {
            x[i] -= factor[k * p + i] * x[k];
        }
        x[i] /= factor[i * p + i];
    }
}

/// Solves L x = b in place.
pub(crate) fn solve_lower(factor: &[f64], x: &mut [f64]) {
    let p = x.len();
    for i in 0..p {
        for k in 0..i {
            x[i] -= factor[i * p + k] * x[k];
        }
        x[i] /= factor[i * p + i];
    }
}
