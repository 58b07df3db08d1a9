//! Vectorised arithmetic: one body of safe code, compiled for each instruction set and chosen at run time.
//!
//! Everything here is plain loops over slices. They are compiled three times (portable, AVX2 with fused
//! multiply-add, AVX-512) and the widest that the machine has is called; rounding differs in the
//! last bits between the three, which the tests bound.

mod dispatch;
mod elementary;
pub(crate) mod measure;
mod normal;
pub(crate) mod power_sum;

pub(crate) use dispatch::{Kernel, dispatch};
pub(crate) use elementary::{dot, exp, exp_m1, fma, ln, scaled_sum, sum};
pub(crate) use normal::{Columns, moments, normal_equations};

#[cfg(test)]
pub(crate) use dispatch::{Level, dispatch_at};

/// Rows of a padded column: lengths are multiples of this, so that no loop has a remainder.
pub(crate) const LANES: usize = 16;

/// Rows worked on at a time: a dozen blocks of them stay in the first-level cache.
pub(crate) const BLOCK: usize = 256;

/// The least multiple of [`LANES`] that holds `rows`.
pub(crate) fn padded(rows: usize) -> usize {
    rows.div_ceil(LANES) * LANES
}

struct Dot<'a>(&'a [f64], &'a [f64]);

impl Kernel for Dot<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        dot::<FMA>(self.0, self.1)
    }
}

/// Σ a b of two columns.
pub(crate) fn dot_slices(a: &[f64], b: &[f64]) -> f64 {
    dispatch(Dot(a, b))
}

struct ExpSlice<'a>(&'a mut [f64]);

impl Kernel for ExpSlice<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.0 {
            *x = exp::<FMA>(*x);
        }
    }
}

struct ExpM1Slice<'a>(&'a mut [f64]);

impl Kernel for ExpM1Slice<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.0 {
            *x = exp_m1::<FMA>(*x);
        }
    }
}

struct LnSlice<'a>(&'a mut [f64]);

impl Kernel for LnSlice<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.0 {
            *x = ln::<FMA>(*x);
        }
    }
}

/// Replaces each value by its exponential, within 4 units in the last place; values are clamped to ±700, so
/// that sums of the results can neither overflow nor vanish. For laws written outside the crate.
///
/// ```
/// let mut x = [0.0, 1.0];
/// nbar::kernel::exp_slice(&mut x);
/// assert_eq!(x, [1.0, std::f64::consts::E]);
/// ```
pub fn exp_slice(values: &mut [f64]) {
    dispatch(ExpSlice(values));
}

/// Replaces each value by its exponential less 1, within 4 units in the last place however small the value is; values are
/// clamped to ±700. For laws written outside the crate.
///
/// ```
/// let mut x = [0.0, 1e-200, -700.0];
/// nbar::kernel::exp_m1_slice(&mut x);
/// assert_eq!(x, [0.0, 1e-200, -1.0]);
/// ```
pub fn exp_m1_slice(values: &mut [f64]) {
    dispatch(ExpM1Slice(values));
}

/// Replaces each value by its natural logarithm, within 4 units in the last place; values must be positive
/// and normal. For laws written outside the crate.
///
/// ```
/// let mut x = [1.0, 8.0];
/// nbar::kernel::ln_slice(&mut x);
/// assert!((x[1] - 8f64.ln()).abs() < 1e-15 && x[0] == 0.0);
/// ```
pub fn ln_slice(values: &mut [f64]) {
    dispatch(LnSlice(values));
}
