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

/// A number of a χ² distribution (Marsaglia and Tsang 2000, a gamma distribution by normal numbers).
pub(crate) fn chi_squared(rng: &mut ChaCha8Rng, freedom: f64) -> f64 {
    // Below two degrees of freedom, two more are drawn, and a power of a uniform number takes them away.
    let (shape, factor) = match 0.5 * freedom {
        shape if shape < 1.0 => (shape + 1.0, uniform(rng).powf(1.0 / shape)),
        shape => (shape, 1.0),
    };
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && uniform(rng).ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
            return 2.0 * d * v * factor;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_squared_has_its_mean_its_variance_and_its_median() {
        for (freedom, median) in [(1.0, 0.454_936), (3.0, 2.365_974), (57.0, 56.335_5)] {
            let mut rng = stream(3, freedom as u64);
            let all: Vec<f64> = (0..40_000).map(|_| chi_squared(&mut rng, freedom)).collect();
            let n = all.len() as f64;
            let mean = all.iter().sum::<f64>() / n;
            let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            let below = all.iter().filter(|x| **x < median).count() as f64 / n;
            // Four standard errors of each: the fourth cumulant is 48 f.
            assert!((mean - freedom).abs() < 4.0 * (2.0 * freedom / n).sqrt(), "{mean}");
            let error = ((48.0 * freedom + 8.0 * freedom * freedom) / n).sqrt();
            assert!((variance - 2.0 * freedom).abs() < 4.0 * error, "{variance}");
            assert!((below - 0.5).abs() < 4.0 * 0.5 / n.sqrt(), "{below}");
        }
    }
}
