//! Normal equations: `Jᵀs` and `Jᵀ diag(c) J` in one pass over the rows.

use super::{dot, fma};

/// Lanes of one accumulator: with five columns, all twenty accumulators stay in registers.
const WIDTH: usize = 8;

/// Some columns of a matrix that is stored column by column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) values: &'a [f64],
    /// From the start of one column to the start of the next.
    pub(crate) stride: usize,
    /// Which columns, in order.
    pub(crate) which: &'a [usize],
}

impl<'a> Columns<'a> {
    #[inline(always)]
    fn get(&self, index: usize, rows: usize) -> &'a [f64] {
        &self.values[self.which[index] * self.stride..][..rows]
    }
}

/// Puts `Jᵀ slope` into `gradient` and the lower triangle of `Jᵀ diag(curvature) J` into `matrix` (row-major), over
/// a number of rows that is a multiple of [`LANES`](super::LANES).
#[inline(always)]
pub(crate) fn normal_equations<const FMA: bool>(
    columns: Columns<'_>,
    slope: &[f64],
    curvature: &[f64],
    gradient: &mut [f64],
    matrix: &mut [f64],
) {
    match columns.which.len() {
        2 => fused::<2, FMA>(columns, slope, curvature, gradient, matrix),
        3 => fused::<3, FMA>(columns, slope, curvature, gradient, matrix),
        4 => fused::<4, FMA>(columns, slope, curvature, gradient, matrix),
        5 => fused::<5, FMA>(columns, slope, curvature, gradient, matrix),
        6 => fused::<6, FMA>(columns, slope, curvature, gradient, matrix),
        7 => fused::<7, FMA>(columns, slope, curvature, gradient, matrix),
        count => {
            let rows = slope.len();
            for i in 0..count {
                let left = columns.get(i, rows);
                gradient[i] = dot::<FMA>(slope, left);
                for j in 0..=i {
                    matrix[i * count + j] = triple::<FMA>(left, curvature, columns.get(j, rows));
                }
            }
        }
    }
}

/// The same for a number of columns that the compiler knows.
#[inline(always)]
fn fused<const P: usize, const FMA: bool>(
    columns: Columns<'_>,
    slope: &[f64],
    curvature: &[f64],
    gradient: &mut [f64],
    matrix: &mut [f64],
) {
    let rows = slope.len();
    let count = rows / WIDTH;
    let mut column: [&[[f64; WIDTH]]; P] = [&[]; P];
    for i in 0..P {
        column[i] = &columns.get(i, rows).as_chunks().0[..count];
    }
    let (slope, curvature) = (&slope.as_chunks().0[..count], &curvature.as_chunks().0[..count]);
    let (mut first, mut second) = ([Lanes::ZERO; P], [[Lanes::ZERO; P]; P]);
    for c in 0..count {
        let (slope, curvature) = (Lanes(slope[c]), Lanes(curvature[c]));
        for i in 0..P {
            let left = Lanes(column[i][c]);
            first[i] = slope.times_plus::<FMA>(left, first[i]);
            let curved = curvature.times(left);
            // Not `0..=i`: a loop whose length varies is not unrolled, and the sums would leave the registers.
            for j in 0..P {
                if j <= i {
                    second[i][j] = curved.times_plus::<FMA>(Lanes(column[j][c]), second[i][j]);
                }
            }
        }
    }
    for i in 0..P {
        gradient[i] = first[i].sum();
        for j in 0..=i {
            matrix[i * P + j] = second[i][j].sum();
        }
    }
}

/// Σ a b x^k for k = 0, 1 and 2.
#[inline(always)]
pub(crate) fn moments<const FMA: bool>(a: &[f64], b: &[f64], x: &[f64]) -> [f64; 3] {
    let (mut zeroth, mut first, mut second) = (Lanes::ZERO, Lanes::ZERO, Lanes::ZERO);
    let rows = a.as_chunks().0.iter().zip(b.as_chunks().0).zip(x.as_chunks().0);
    for ((a, b), x) in rows {
        let (product, x) = (Lanes(*a).times(Lanes(*b)), Lanes(*x));
        let moment = product.times(x);
        zeroth = zeroth.plus(product);
        first = first.plus(moment);
        second = moment.times_plus::<FMA>(x, second);
    }
    [zeroth.sum(), first.sum(), second.sum()]
}

/// Numbers that the compiler keeps in one register: loops over plain arrays it would spread over the stack.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Lanes([f64; WIDTH]);

impl Lanes {
    const ZERO: Self = Self([0.0; WIDTH]);

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        let mut out = self;
        for i in 0..WIDTH {
            out.0[i] *= other.0[i];
        }
        out
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        let mut out = self;
        for i in 0..WIDTH {
            out.0[i] += other.0[i];
        }
        out
    }

    #[inline(always)]
    fn times_plus<const FMA: bool>(self, other: Self, addend: Self) -> Self {
        let mut out = self;
        for i in 0..WIDTH {
            out.0[i] = fma::<FMA>(self.0[i], other.0[i], addend.0[i]);
        }
        out
    }

    #[inline(always)]
    fn sum(self) -> f64 {
        let a = self.0;
        ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]))
    }
}

/// Σ a b c.
#[inline(always)]
fn triple<const FMA: bool>(a: &[f64], b: &[f64], c: &[f64]) -> f64 {
    let mut lanes = [0.0; super::LANES];
    let (a, b, c) = (a.as_chunks().0, b.as_chunks().0, c.as_chunks().0);
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        let (a, b, c): (&[f64; super::LANES], &[f64; super::LANES], &[f64; super::LANES]) = (a, b, c);
        for i in 0..super::LANES {
            lanes[i] = fma::<FMA>(a[i] * b[i], c[i], lanes[i]);
        }
    }
    super::fold(lanes)
}
