//! What laws with a sum inside a power share.

use crate::kernel::{exp_slice, ln_slice};

/// `ln(e^a + e^b)` into `sum` and `e^a / (e^a + e^b)` into `share`, row by row.
pub(super) fn log_add(a: &[f64], b: &[f64], sum: &mut [f64], share: &mut [f64]) {
    let b = &b[..a.len()];
    add(a, |row| b[row], sum, share);
}

/// `ln(1 + e^z)` into `sum` and `e^z / (1 + e^z)` into `share`, row by row.
pub(super) fn soft_plus(z: &[f64], sum: &mut [f64], share: &mut [f64]) {
    add(z, |_| 0.0, sum, share);
}

#[inline(always)]
fn add(a: &[f64], b: impl Fn(usize) -> f64, sum: &mut [f64], share: &mut [f64]) {
    // Of one known length, all of them: then no index is checked.
    let rows = a.len();
    let (sum, share) = (&mut sum[..rows], &mut share[..rows]);
    for row in 0..rows {
        share[row] = -(a[row] - b(row)).abs();
    }
    exp_slice(share);
    for row in 0..rows {
        sum[row] = 1.0 + share[row];
    }
    ln_slice(sum);
    for row in 0..rows {
        let smaller = share[row];
        let (a, b) = (a[row], b(row));
        sum[row] += if a >= b { a } else { b };
        share[row] = if a >= b { 1.0 } else { smaller } / (1.0 + smaller);
    }
}

#[cfg(test)]
mod tests {
    use super::{log_add, soft_plus};

    #[test]
    fn either_term_may_be_the_larger_by_far() {
        let (a, none) = ([0.0, 3f64.ln(), 900.0, -900.0], [0.0; 4]);
        for (b, sums) in [
            ([0.0, 0.0, -900.0, 900.0], [2f64.ln(), 4f64.ln(), 900.0, 900.0]),
            (none, [2f64.ln(), 4f64.ln(), 900.0, 0.0]),
        ] {
            let (mut sum, mut share) = (none, none);
            log_add(&a, &b, &mut sum, &mut share);
            for (i, (of_sum, of_share)) in sums.into_iter().zip([0.5, 0.75, 1.0, 0.0]).enumerate() {
                assert!((sum[i] - of_sum).abs() <= 1e-14 * of_sum.abs(), "{sum:?}");
                assert!((share[i] - of_share).abs() < 1e-14, "{share:?}");
            }
            if b == none {
                let (mut same, mut shares) = (none, none);
                soft_plus(&a, &mut same, &mut shares);
                assert_eq!((same, shares), (sum, share));
            }
        }
    }
}
