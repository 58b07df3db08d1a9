//! Starts that are not screened: the published ones, and random ones.

use crate::bootstrap::stream;
use crate::law::Parameter;
use rand_chacha::rand_core::Rng;

/// Points spread at random over the ranges that the parameters declare, on the scale on which they are fitted.
pub(super) fn random(parameters: &[Parameter], count: u32, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = stream(seed, 0);
    let mut unit = move || f64::from(rng.next_u32()) / f64::from(u32::MAX);
    let mut point = || {
        let within = |p: &Parameter| (p.to_fitted(p.low), p.to_fitted(p.high));
        parameters.iter().map(within).map(|(low, high)| low + (high - low) * unit()).collect()
    };
    (0..count).map(|_| point()).collect()
}

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
