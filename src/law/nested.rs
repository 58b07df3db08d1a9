//! What laws with a sum inside a power share.

use crate::kernel::{exp_slice, ln_slice};

/// `ln(e^a + e^b)` into `sum` and `e^a / (e^a + e^b)` into `share`, row by row.
pub(super) fn log_add(a: &[f64], b: &[f64], sum: &mut [f64], share: &mut [f64]) {
    for row in 0..a.len() {
        share[row] = -(a[row] - b[row]).abs();
    }
    exp_slice(share);
    for row in 0..a.len() {
        sum[row] = 1.0 + share[row];
    }
    ln_slice(sum);
    for row in 0..a.len() {
        let smaller = share[row];
        sum[row] += a[row].max(b[row]);
        share[row] = if a[row] >= b[row] { 1.0 } else { smaller } / (1.0 + smaller);
    }
}

/// `ln(1 + e^z)` into `sum` and `e^z / (1 + e^z)` into `share`, row by row.
pub(super) fn soft_plus(z: &[f64], sum: &mut [f64], share: &mut [f64]) {
    for row in 0..z.len() {
        share[row] = -z[row].abs();
    }
    exp_slice(share);
    for row in 0..z.len() {
        sum[row] = 1.0 + share[row];
    }
    ln_slice(sum);
    for row in 0..z.len() {
        let smaller = share[row];
        sum[row] += z[row].max(0.0);
        share[row] = if z[row] >= 0.0 { 1.0 } else { smaller } / (1.0 + smaller);
    }
}

#[cfg(test)]
mod tests {
    use super::{log_add, soft_plus};

    #[test]
    fn soft_plus_of_large_and_small() {
        let z = [0.0, 3f64.ln(), 900.0, -900.0];
        let (mut sum, mut share) = ([0.0; 4], [0.0; 4]);
        soft_plus(&z, &mut sum, &mut share);
        for (i, (of_sum, of_share)) in
            [(2f64.ln(), 0.5), (4f64.ln(), 0.75), (900.0, 1.0), (0.0, 0.0)].into_iter().enumerate()
        {
            assert!((sum[i] - of_sum).abs() < 1e-13 && (share[i] - of_share).abs() < 1e-13, "{i}");
        }
    }

    #[test]
    fn either_term_may_be_the_larger_by_far() {
        let (mut sum, mut share) = ([0.0; 4], [0.0; 4]);
        log_add(&[0.0, 3f64.ln(), 900.0, -900.0], &[0.0, 0.0, -900.0, 900.0], &mut sum, &mut share);
        for (found, expected) in sum.iter().zip([2f64.ln(), 4f64.ln(), 900.0, 900.0]) {
            assert!((found / expected - 1.0).abs() < 1e-14, "{sum:?}");
        }
        for (found, expected) in share.iter().zip([0.5, 0.75, 1.0, 0.0]) {
            assert!((found - expected).abs() < 1e-14, "{share:?}");
        }
    }
}
