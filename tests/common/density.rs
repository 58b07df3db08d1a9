//! Sweeps like that of Wu (2026), whose losses are not published.

use nbar::law::{Law, SparseDensity};
use nbar::{Observations, Result};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The published coefficients of one epoch: E, A and B, of which the logarithms are published, α, ε, c, μ.
pub fn truth() -> [f64; 7] {
    [
        0.853_550_132_491_835_4f64.exp(),
        5.240_737_178_917_673f64.exp(),
        6.103_030_891_809_012f64.exp(),
        0.326_821_771_814_882_9,
        -0.009_680_437_509_279_435,
        -0.272_889_319_907_484_9,
        0.846_617_933_705_453_2,
    ]
}

/// Parameters and density of the fitted networks, as the authors' fitting notebook has them; the lengths are six of its list.
const SIZES: [f64; 8] = [2.7e7, 4.5e7, 8.0e7, 1.45e8, 2.68e8, 5.21e8, 1.17e9, 1.99e9];
const DENSITIES: [f64; 5] = [1.0, 0.5, 0.25, 0.125, 0.0625];
const TOKENS: [f64; 6] = [1.3e8, 5.2e8, 1.3e9, 2.6e9, 5.2e9, 2.08e10];

/// 232 runs, 47 of them dense as theirs, with normal noise of standard deviation `noise` in ln L.
///
/// The largest network is not trained for longest, nor are the next largest at three densities.
pub fn sweep(noise: f64, seed: u64) -> Result<Observations> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = move || (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
    let (law, truth) = (SparseDensity::default(), truth());
    let (mut initial, mut left, mut tokens, mut loss) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (i, size) in SIZES.iter().enumerate() {
        for (j, length) in TOKENS.iter().enumerate() {
            for (k, density) in DENSITIES.iter().enumerate() {
                if j + 1 == TOKENS.len() && (i + 1 == SIZES.len() || (i + 2 == SIZES.len() && k >= 2)) {
                    continue;
                }
                let normal = (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
                initial.push(*size);
                left.push(size * density);
                tokens.push(*length);
                loss.push(law.loss(&truth, &[size * density, *size, *length]) * (noise * normal).exp());
            }
        }
    }
    Observations::new(left.clone(), tokens, loss)?.with_param_counts(initial, left.clone(), left)
}
