//! The published starts.

/// The 4,500 starts of Hoffmann et al. (2022), as (ln E, ln A, ln B, α, β).
pub(super) fn hoffmann() -> Vec<Vec<f64>> {
    let mut starts = Vec::with_capacity(4500);
    for alpha in 0..5 {
        for beta in 0..5 {
            for e in 0..5 {
                for a in 0..6 {
                    for b in 0..6 {
                        starts.push(vec![
                            -1.0 + 0.5 * f64::from(e),
                            5.0 * f64::from(a),
                            5.0 * f64::from(b),
                            0.5 * f64::from(alpha),
                            0.5 * f64::from(beta),
                        ]);
                    }
                }
            }
        }
    }
    starts
}
