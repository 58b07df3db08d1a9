//! Noise from a counter: the same on every machine, and from no library.

/// Number `i` of a sequence in [0, 1).
pub(crate) fn uniform(i: usize) -> f64 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 32;
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// Number `i` of a sequence in [-1, 1).
pub(crate) fn even(i: usize) -> f64 {
    2.0 * uniform(i) - 1.0
}

/// Number `i` of a sequence with mean 0 and variance 1, nearly normal: twelve uniform ones less their mean.
pub(crate) fn normal(i: usize) -> f64 {
    (0..12).map(|k| uniform(12 * i + k) - 0.5).sum()
}
