//! Exponential, logarithm and sums that the compiler can vectorise: no branch, no table, no call.

use std::f64::consts::{LN_2, LOG2_E, SQRT_2};

use super::LANES;

/// 1.5 · 2⁵²: added to a small number, it leaves the nearest integer in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// ln 2, its low 32 bits cleared: a multiple by any exponent is exact.
const LN_2_HIGH: f64 = f64::from_bits(LN_2.to_bits() & 0xffff_ffff_0000_0000);
/// ln 2 - `LN_2_HIGH`.
const LN_2_LOW: f64 = 4.749_325_039_031_672_6e-7;
/// Beyond this, sums of a few exponentials would overflow or become subnormal.
const CLAMP: f64 = 700.0;

/// Of r² to r¹¹ in e^r: the polynomial after 1 + r whose largest relative error over |r| ≤ ln 2 / 2 is least, 4e-18.
const EXP: [f64; 10] = [
    0.500_000_000_000_001_1,
    0.166_666_666_666_664_13,
    0.041_666_666_666_530_155,
    0.008_333_333_333_494_463,
    0.001_388_888_894_363_007,
    0.000_198_412_695_065_763_98,
    2.480_149_309_894_754_3e-5,
    2.755_758_637_599_077_3e-6,
    2.763_024_836_611_497e-7,
    2.500_006_091_337_583_8e-8,
];
/// Of f³ to f¹⁵ in 2 artanh f: likewise after 2 f, over |f| ≤ (√2 - 1)/(√2 + 1), 2e-18.
const ARTANH: [f64; 7] = [
    0.666_666_666_666_673_4,
    0.399_999_999_994_143_2,
    0.285_714_287_424_749_9,
    0.222_221_985_634_760_92,
    0.181_835_648_670_679_9,
    0.153_140_358_269_472_48,
    0.147_961_055_102_240_17,
];
const ONE: u64 = 1.0f64.to_bits();

/// a · b + c, in one rounding where that is one instruction.
#[inline(always)]
pub(crate) fn fma<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Σ c_i x^i
#[inline(always)]
fn polynomial<const FMA: bool, const COUNT: usize>(c: &[f64; COUNT], x: f64) -> f64 {
    let mut p = c[COUNT - 1];
    let mut i = COUNT - 1;
    while i > 0 {
        i -= 1;
        p = fma::<FMA>(p, x, c[i]);
    }
    p
}

/// k ln 2 + r for x clamped to ±700, |r| ≤ ln 2 / 2: k in the low bits of the first, and r.
#[inline(always)]
fn reduce<const FMA: bool>(x: f64) -> (f64, f64) {
    let x = x.clamp(-CLAMP, CLAMP);
    let shifted = fma::<FMA>(x, LOG2_E, ROUND);
    let k = shifted - ROUND;
    (shifted, fma::<FMA>(k, -LN_2_LOW, fma::<FMA>(k, -LN_2_HIGH, x)))
}

/// e^x for x clamped to ±700, within 4 units in the last place.
///
/// x = k ln 2 + r with |r| ≤ ln 2 / 2; e^r by a polynomial; 2^k by adding k to the exponent bits.
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: f64) -> f64 {
    let (shifted, r) = reduce::<FMA>(x);
    let p = fma::<FMA>(polynomial::<FMA, _>(&EXP, r), r, 1.0);
    let p = fma::<FMA>(p, r, 1.0);
    f64::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// e^x - 1 for x clamped to ±700, within 4 units in the last place, however small x is.
///
/// 2^k (e^r - 1) + (2^k - 1), reduced as in [`exp`]; the series of e^r - 1 begins with r, and for k = 0 nothing cancels.
#[inline(always)]
pub(crate) fn exp_m1<const FMA: bool>(x: f64) -> f64 {
    let (shifted, r) = reduce::<FMA>(x);
    let p = fma::<FMA>(r * r, polynomial::<FMA, _>(&EXP, r), r);
    let power = f64::from_bits(ONE.wrapping_add(shifted.to_bits() << 52));
    fma::<FMA>(power, p, power - 1.0)
}

/// ln x for positive normal x, within 4 units in the last place.
///
/// x = 2^k m with √½ ≤ m < √2; ln m = 2 artanh f with f = (m - 1)/(m + 1), |f| ≤ .172, by a polynomial.
#[inline(always)]
pub(crate) fn ln<const FMA: bool>(x: f64) -> f64 {
    const SQRT_HALF: u64 = (0.5 * SQRT_2).to_bits();
    const MANTISSA: u64 = (1 << 52) - 1;
    /// Bits of 2⁵²: with an integer below 2⁵² in its mantissa, it is 2⁵² + that integer.
    const INTEGER: u64 = 0x4330_0000_0000_0000;
    let bits = x.to_bits().wrapping_add(ONE - SQRT_HALF);
    let k = f64::from_bits((bits >> 52) | INTEGER) - (4_503_599_627_370_496.0 + 1023.0);
    let m = f64::from_bits((bits & MANTISSA) + SQRT_HALF);
    let f = (m - 1.0) / (m + 1.0);
    let z = f * f;
    let tail = fma::<FMA>(f * z, polynomial::<FMA, _>(&ARTANH, z), k * LN_2_LOW);
    fma::<FMA>(k, LN_2_HIGH, fma::<FMA>(f, 2.0, tail))
}

/// ln(1 + x) for finite x > -1, within 4 units in the last place, however small x is: what 1 + x lost to rounding is made good.
#[inline(always)]
pub(crate) fn ln_1p<const FMA: bool>(x: f64) -> f64 {
    let sum = 1.0 + x;
    ln::<FMA>(sum) + (x - (sum - 1.0)) / sum
}

/// The largest |a|, over a length that is a multiple of [`LANES`].
#[inline(always)]
pub(crate) fn largest(a: &[f64]) -> f64 {
    let mut lanes = [0.0f64; LANES];
    for a in a.as_chunks::<LANES>().0 {
        for i in 0..LANES {
            let size = a[i].abs();
            lanes[i] = if size > lanes[i] { size } else { lanes[i] };
        }
    }
    lanes.into_iter().fold(0.0, f64::max)
}

/// Σ a, over a length that is a multiple of [`LANES`].
#[inline(always)]
pub(crate) fn sum(a: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for a in a.as_chunks::<LANES>().0 {
        for i in 0..LANES {
            lanes[i] += a[i];
        }
    }
    fold(lanes)
}

/// Σ a b, over a length that is a multiple of [`LANES`].
#[inline(always)]
pub(crate) fn dot<const FMA: bool>(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for i in 0..LANES {
            lanes[i] = fma::<FMA>(a[i], b[i], lanes[i]);
        }
    }
    fold(lanes)
}

/// a ← a b, elementwise, returning Σ a b.
#[inline(always)]
pub(crate) fn scaled_sum(a: &mut [f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (a, b) in a.as_chunks_mut::<LANES>().0.iter_mut().zip(b.as_chunks::<LANES>().0) {
        for i in 0..LANES {
            a[i] *= b[i];
            lanes[i] += a[i];
        }
    }
    fold(lanes)
}

/// Sum of the lanes, pairwise.
#[inline(always)]
pub(crate) fn fold(mut lanes: [f64; LANES]) -> f64 {
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::super::{Kernel, Level, dispatch_at};
    use super::{exp, exp_m1, ln, ln_1p};

    struct All<'a>(&'a mut [f64], &'a mut [f64], &'a mut [f64], &'a mut [f64]);

    impl Kernel for All<'_> {
        type Output = ();
        #[inline(always)]
        fn run<const FMA: bool>(self) {
            for x in self.0 {
                *x = exp::<FMA>(*x);
            }
            for x in self.1 {
                *x = ln::<FMA>(*x);
            }
            for x in self.2 {
                *x = exp_m1::<FMA>(*x);
            }
            for x in self.3 {
                *x = ln_1p::<FMA>(*x);
            }
        }
    }

    /// Distance in the least that a unit in the last place of `b` can be, |b| 2⁻⁵³.
    fn ulps(a: f64, b: f64) -> f64 {
        (a - b).abs() / (b.abs() * f64::EPSILON / 2.0).max(f64::MIN_POSITIVE)
    }

    /// Steps from one end of a range to the other, and a tenth of them; Miri is a thousand times slower.
    const STEPS: i32 = if cfg!(miri) { 200 } else { 200_000 };
    const FEW: i32 = STEPS / 10;

    /// `from` to `to` in equal steps.
    fn range(from: f64, to: f64, steps: i32) -> impl Iterator<Item = f64> {
        (0..=steps).map(move |i| from + (to - from) * f64::from(i) / f64::from(steps))
    }

    #[test]
    fn exp_ln_and_both_about_1_are_within_four_ulps_at_every_level() {
        let exponents: Vec<f64> = range(-700.0, 700.0, STEPS).collect();
        let positives: Vec<f64> =
            range(-690.0, 690.0, STEPS).map(f64::exp).chain(range(0.5, 2.5, FEW)).collect();
        // Large and small of both signs, 0, and all about where the reduction goes from one power of 2 to the next.
        let differences: Vec<f64> = (range(-300.0, 2.8, FEW).map(|x| 10f64.powf(x)))
            .chain(range(0.0, 2.5, FEW))
            .flat_map(|x| [x, -x])
            .collect();
        let above: Vec<f64> = differences.iter().chain(&positives).copied().filter(|x| *x > -1.0).collect();
        for level in [Level::Portable, Level::detect()].into_iter().chain(extra()) {
            let (mut e, mut l, mut m) = (exponents.clone(), positives.clone(), differences.clone());
            let mut p = above.clone();
            dispatch_at(level, All(&mut e, &mut l, &mut m, &mut p));
            for (x, y) in above.iter().zip(&p) {
                assert!(ulps(*y, x.ln_1p()) <= 4.0, "{level:?}: ln(1 + {x}) = {y}, not {}", x.ln_1p());
            }
            for (x, y) in differences.iter().zip(&m) {
                assert!(ulps(*y, x.exp_m1()) <= 4.0, "{level:?}: exp({x}) - 1 = {y}, not {}", x.exp_m1());
            }
            for (x, y) in exponents.iter().zip(&e) {
                assert!(ulps(*y, x.exp()) <= 4.0, "{level:?}: exp({x}) = {y}, not {}", x.exp());
            }
            for (x, y) in positives.iter().zip(&l) {
                assert!(ulps(*y, x.ln()) <= 4.0, "{level:?}: ln({x}) = {y}, not {}", x.ln());
            }
        }
    }

    fn extra() -> Vec<Level> {
        #[cfg(target_arch = "x86_64")]
        return vec![Level::Avx2];
        #[cfg(not(target_arch = "x86_64"))]
        vec![]
    }

    #[test]
    fn extremes_are_clamped() {
        let (mut e, mut l, mut m) = (vec![-1e300, 1e300, 0.0], vec![1.0], vec![-1e300, 1e300]);
        dispatch_at(Level::detect(), All(&mut e, &mut l, &mut m, &mut []));
        assert!(m[0] == -1.0 && ulps(m[1], 700f64.exp()) <= 4.0);
        assert!(ulps(e[0], (-700f64).exp()) <= 4.0 && ulps(e[1], 700f64.exp()) <= 4.0 && e[2] == 1.0);
        assert_eq!(l[0], 0.0);
    }
}
