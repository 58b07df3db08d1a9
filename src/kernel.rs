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
mod workspace;

pub(crate) use dispatch::{Kernel, dispatch};
pub(crate) use elementary::{dot, exp, exp_m1, fma, fold, largest, ln, ln_1p, scaled_sum, sum};
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

macro_rules! slice_kernels {
    ($($(#[$doc:meta])* $name:ident = $Slice:ident of $function:ident;)*) => {$(
        struct $Slice<'a>(&'a mut [f64]);

        impl Kernel for $Slice<'_> {
            type Output = ();

            #[inline(always)]
            fn run<const FMA: bool>(self) {
                for x in self.0 {
                    *x = $function::<FMA>(*x);
                }
            }
        }

        $(#[$doc])*
        pub(crate) fn $name(values: &mut [f64]) {
            dispatch($Slice(values));
        }
    )*};
}

slice_kernels! {
    /// Replaces each value by its exponential; values are clamped to ±700, so that sums can neither overflow nor vanish.
    exp_slice = ExpSlice of exp;
    /// Replaces each value by its exponential less 1; values are clamped to ±700.
    exp_m1_slice = ExpM1Slice of exp_m1;
    /// Replaces each value by its natural logarithm; values must be positive and normal.
    ln_slice = LnSlice of ln;
}
