//! Rows that are far from what the rows before them say.

use super::{Family, Shape, Solved};
use crate::numeric::statistics::upper_median;

/// A row this many times as far from what is expected as rows usually are is odd.
const ODD: f64 = 10.0;
/// Less than this, over the loss, is too little to say.
const LEAST: f64 = 5e-3;
/// Normal numbers are within this of 0 as often as not.
const HALF: f64 = 0.674_489_750_196_081_7;
/// Rows at the start of a curve, of which nothing is expected: its level and its two responses are told by them.
const START: usize = 3;

impl Family {
    /// Of each curve, the row farthest from what those before it say, and how many times as far as rows usually are; none where that is not far.
    pub(in crate::forecast) fn odd_rows(&self, shape: Shape) -> Vec<Option<(usize, f64)>> {
        let nothing = || vec![None; self.rows.len()];
        let followed = self.followed(shape);
        let solved: Option<Vec<_>> =
            self.rows.iter().map(|row| row.solved(shape, &followed[row.followed])).collect();
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let Some(solved) = solved else { return nothing() };
        let Some((means, _)) = self.means(&all, &solved) else { return nothing() };
        let [mean_b, mean_c] = means.at;
        // Each row less what is expected of it, over the error of that.
        let left = solved.iter().map(|solved| {
            let [b, c, y] = &solved.columns;
            (0..y.len()).map(|k| (y[k] - mean_b * b[k] - mean_c * c[k]).abs()).collect::<Vec<f64>>()
        });
        let left: Vec<Vec<f64>> = left.collect();
        let usual =
            upper_median(left.iter().flat_map(|left| left.iter().skip(START).copied()).collect()) / HALF;
        let odd = |(left, solved): (&Vec<f64>, &Solved)| {
            // A run may be noisier than the others.
            let own = upper_median(left.iter().skip(START).copied().collect()) / HALF;
            let usual = usual.max(own);
            let (row, far) = left.iter().enumerate().skip(START).max_by(|a, b| a.1.total_cmp(b.1))?;
            let of_loss = far * solved.factor[row * (left.len() + 1)];
            (*far > ODD * usual && of_loss > LEAST).then_some((row, far / usual))
        };
        left.iter().zip(&solved).map(odd).collect()
    }
}
