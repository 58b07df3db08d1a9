//! A Gaussian process as a sum of few features: its covariance factored at the points that tell most of it.

use nalgebra::{DMatrix, DVector};

use super::way::Way;
use crate::kernel::{LANES, exp, exp_slice, fma, padded};

/// A point whose variance, given those that were chosen, is below this share of the whole adds nothing.
const TOLD: f64 = 1e-6;
/// At most so many points are chosen.
const MOST: usize = 400;

/// Points of a process of variance 1, and the Cholesky factor of their covariance.
#[derive(Debug, Clone)]
pub(super) struct Features {
    /// Over which the process changes, in e-folds.
    pub(super) length: f64,
    pub(super) points: Vec<Vec<f64>>,
    /// The points axis by axis, in padded columns.
    axes: Vec<Vec<f64>>,
    pub(super) factor: DMatrix<f64>,
}

impl Features {
    /// Chooses points by pivoted Cholesky factorisation of the covariance `exp(-|x - x'|²/(2 ℓ²))` of the rows; also returns the factor F of
    /// all rows, with `F Fᵀ` that covariance to 1e-6.
    pub(super) fn new(places: &[Vec<f64>], length: f64) -> (Self, DMatrix<f64>) {
        let n = places.first().map_or(0, Vec::len);
        let point = |row: usize| places.iter().map(|axis| axis[row]).collect::<Vec<f64>>();
        let rows: Vec<Vec<f64>> = (0..n).map(point).collect();
        let scale = -0.5 / (length * length);
        let mut left = vec![1.0f64; n];
        let (mut columns, mut chosen): (Vec<Vec<f64>>, Vec<usize>) = (Vec::new(), Vec::new());
        while chosen.len() < MOST.min(n) {
            let Some(pivot) = (0..n).max_by(|a, b| left[*a].total_cmp(&left[*b])) else { break };
            if left[pivot] < TOLD {
                break;
            }
            let mut column: Vec<f64> = rows.iter().map(|row| scale * square(row, &rows[pivot])).collect();
            exp_slice(&mut column);
            for earlier in &columns {
                let part = earlier[pivot];
                column.iter_mut().zip(earlier).for_each(|(value, other)| *value -= part * other);
            }
            let root = left[pivot].sqrt();
            for (value, left) in column.iter_mut().zip(&mut left) {
                *value /= root;
                *left -= *value * *value;
            }
            left[pivot] = 0.0;
            columns.push(column);
            chosen.push(pivot);
        }
        let all = DMatrix::from_fn(n, chosen.len(), |row, k| columns[k][row]);
        let factor =
            DMatrix::from_fn(
                chosen.len(),
                chosen.len(),
                |i, k| if k > i { 0.0 } else { columns[k][chosen[i]] },
            );
        let points: Vec<Vec<f64>> = chosen.iter().map(|row| rows[*row].clone()).collect();
        let axis = |axis: &Vec<f64>| {
            let mut column: Vec<f64> = chosen.iter().map(|row| axis[*row]).collect();
            column.resize(padded(chosen.len()), 0.0);
            column
        };
        let axes = places.iter().map(axis).collect();
        (Self { length, points, axes, factor }, all)
    }

    /// Weights of the points for [`Features::add`].
    pub(super) fn weights(&self, of: &DVector<f64>) -> Vec<f64> {
        let mut weights = of.as_slice().to_vec();
        weights.resize(padded(weights.len()), 0.0);
        weights
    }

    /// The covariances of a point with those that were chosen, weighted and added to some lanes.
    #[inline(always)]
    pub(super) fn add<const FMA: bool>(&self, x: &[f64], weights: &[f64], sums: &mut [f64; LANES]) {
        let scale = -0.5 / (self.length * self.length);
        let weights = weights.as_chunks::<LANES>().0;
        for (block, weights) in weights.iter().enumerate() {
            let mut squares = [0.0; LANES];
            for (axis, x) in self.axes.iter().zip(x) {
                let Some(axis) = axis.as_chunks::<LANES>().0.get(block) else { continue };
                for i in 0..LANES {
                    let d = x - axis[i];
                    squares[i] = fma::<FMA>(d, d, squares[i]);
                }
            }
            for i in 0..LANES {
                sums[i] = fma::<FMA>(exp::<FMA>(scale * squares[i]), weights[i], sums[i]);
            }
        }
    }

    /// The same, and how it changes along a way.
    #[inline(always)]
    pub(super) fn changes<const FMA: bool>(
        &self,
        (way, axes): (&Way, usize),
        weights: &[f64],
        sums: &mut [[f64; LANES]; 4],
    ) {
        let scale = -0.5 / (self.length * self.length);
        let bends = 2.0 * scale * way.to.iter().take(axes).map(|to| to * to).sum::<f64>();
        for (block, weights) in weights.as_chunks::<LANES>().0.iter().enumerate() {
            let (mut squares, mut rates, mut asides) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for (place, axis) in self.axes.iter().enumerate().take(axes) {
                let Some(axis) = axis.as_chunks::<LANES>().0.get(block) else { continue };
                for i in 0..LANES {
                    let d = way.at[place] - axis[i];
                    squares[i] = fma::<FMA>(d, d, squares[i]);
                    rates[i] = fma::<FMA>(d, way.to[place], rates[i]);
                    asides[i] = fma::<FMA>(d, way.aside[place], asides[i]);
                }
            }
            for i in 0..LANES {
                let (value, rate) = (exp::<FMA>(scale * squares[i]) * weights[i], 2.0 * scale * rates[i]);
                sums[0][i] += value;
                sums[1][i] = fma::<FMA>(value, rate, sums[1][i]);
                sums[2][i] = fma::<FMA>(value, fma::<FMA>(rate, rate, bends), sums[2][i]);
                sums[3][i] = fma::<FMA>(value, 2.0 * scale * asides[i], sums[3][i]);
            }
        }
    }

    /// The covariance of a point with those that were chosen.
    pub(super) fn covariances(&self, x: &[f64]) -> DVector<f64> {
        let scale = -0.5 / (self.length * self.length);
        let mut squares: Vec<f64> = self.points.iter().map(|z| scale * square(x, z)).collect();
        exp_slice(&mut squares);
        DVector::from_vec(squares)
    }

    /// The features of a point: its row of F.
    pub(super) fn at(&self, x: &[f64]) -> DVector<f64> {
        let mut features = self.covariances(x);
        // The diagonal is above 0: no point was chosen that adds nothing.
        let _ = self.factor.solve_lower_triangular_mut(&mut features);
        features
    }
}

fn square(x: &[f64], z: &[f64]) -> f64 {
    x.iter().zip(z).map(|(a, b)| (a - b) * (a - b)).sum()
}
