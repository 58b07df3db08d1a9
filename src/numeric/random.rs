//! Random numbers: one stream of one seed for each piece of work, so that threads do not matter.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Stream `index` of `seed`.
pub(crate) fn stream(seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    rng
}

/// A number below `bound`, each as likely to within `bound` / 2³².
pub(crate) fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    ((u64::from(rng.next_u32()) * bound as u64) >> 32) as usize
}

/// A number strictly between 0 and 1.
pub(crate) fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0
}

/// A normal number of mean 0 and variance 1 (Box and Muller 1958).
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v) = (uniform(rng), uniform(rng));
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

const PRIMES: [usize; 10] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29];

/// Coordinate `dimension` of point `i` of Halton's sequence, in [0, 1): evenly spread, not at random.
///
/// The digits of `i` in the base of a prime, mirrored at the point.
pub(crate) fn halton(mut i: usize, dimension: usize) -> f64 {
    let base = PRIMES[dimension % PRIMES.len()];
    let (mut value, mut digit) = (0.0, 1.0 / base as f64);
    while i > 0 {
        value += (i % base) as f64 * digit;
        i /= base;
        digit /= base as f64;
    }
    value
}
