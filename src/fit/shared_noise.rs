//! Noise that rows share, and rows made independent of it.

use nalgebra::DMatrix;

/// Multiplies rows by the roots of their weights, and makes rows of one group independent that share a deviation of variance `ratio` times
/// that of a row of weight 1. Returns ln of the determinant of the covariance that was there.
pub(crate) fn whiten(columns: &mut DMatrix<f64>, ratio: f64, groups: &[Vec<usize>], roots: &[f64]) -> f64 {
    for mut column in columns.column_iter_mut() {
        column.iter_mut().zip(roots).for_each(|(value, root)| *value *= root);
    }
    if ratio == 0.0 {
        return 0.0;
    }
    let mut ln_determinant = 0.0;
    for group in groups {
        let total: f64 = group.iter().map(|row| roots[*row].powi(2)).sum();
        // Of the covariance 1 + ratio u uᵀ, u being the roots, this is the one eigenvalue that is not 1.
        let along = 1.0 + ratio * total;
        ln_determinant += along.ln();
        for mut column in columns.column_iter_mut() {
            let part: f64 = group.iter().map(|row| column[*row] * roots[*row]).sum();
            let less = (1.0 - along.sqrt().recip()) * part / total;
            group.iter().for_each(|row| column[*row] -= less * roots[*row]);
        }
    }
    ln_determinant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whitened_has_the_quadratic_form_and_determinant_of_the_inverse_covariance() {
        let (roots, ratio) = ([1.0, 0.5, 2.0, 1.5], 1.7);
        let groups = [vec![0, 2], vec![1, 3]];
        let shares = |i: usize, j: usize| groups.iter().any(|group| group.contains(&i) && group.contains(&j));
        // In units of the rows' own noise: 1/weight, and what is shared.
        let covariance = DMatrix::from_fn(4, 4, |i, j| {
            f64::from(u8::from(i == j)) / (roots[i] * roots[j]) + if shares(i, j) { ratio } else { 0.0 }
        });
        let y = DMatrix::from_column_slice(4, 1, &[1.0, -2.0, 0.3, 0.7]);
        let mut white = y.clone();
        let ln_determinant = whiten(&mut white, ratio, &groups, &roots);
        let expected = (y.transpose() * covariance.clone().try_inverse().unwrap() * &y)[0];
        assert!((white.norm_squared() / expected - 1.0).abs() < 1e-12);
        let of_weights: f64 = roots.iter().map(|root| 2.0 * root.ln()).sum();
        assert!((covariance.determinant().ln() + of_weights - ln_determinant).abs() < 1e-12);
    }
}
