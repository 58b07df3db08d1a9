//! The bend by matrices of n × n, as method.md writes it: what nbar finds from few features is held against it.

use nalgebra::{Cholesky, DMatrix, DVector};
use nbar::Fit;

const LENGTHS: [f64; 3] = [1.0, 2.0, 4.0];
const RATIOS: [f64; 6] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// Columns ∂ ln L̂/∂(ln E, ln A, ln B, α, β) of the chinchilla law.
fn tangent(t: &[f64], runs: &[[f64; 2]]) -> DMatrix<f64> {
    DMatrix::from_fn(runs.len(), 5, |i, j| {
        let [n, d] = runs[i];
        let (u, v) = (t[1] * n.powf(-t[3]), t[2] * d.powf(-t[4]));
        [t[0], u, v, -u * n.ln(), -v * d.ln()][j] / (t[0] + u + v)
    })
}

fn median(values: &[f64]) -> f64 {
    crate::usual::median(values.to_vec())
}

/// Shift and deviation of ln L at some (N, D), of a fit of the chinchilla law to dense runs.
pub(crate) fn bend(fit: &Fit, at: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    let (t, observations) = (&fit.parameters, &fit.observations);
    let runs: Vec<[f64; 2]> =
        observations.params().iter().zip(observations.tokens()).map(|(n, d)| [*n, *d]).collect();
    let mut y = fit.residuals().ok()?;
    let middle = median(&y);
    let most = 4.0 * 1.4826 * median(&y.iter().map(|r| (r - middle).abs()).collect::<Vec<_>>());
    y.iter_mut().for_each(|r| *r = r.clamp(-most, most));
    let y = DVector::from_vec(y);
    let qr = tangent(t, &runs).qr();
    let (basis, map) = (qr.q(), qr.r().try_inverse()?);
    let there = tangent(t, at) * map;
    let (n, p) = basis.shape();
    let kernel = |a: &[[f64; 2]], b: &[[f64; 2]], length: f64| {
        DMatrix::from_fn(a.len(), b.len(), |i, j| {
            let square: f64 = (0..2).map(|k| (a[i][k] / b[j][k]).ln().powi(2)).sum();
            (-0.5 * square / (length * length)).exp()
        })
    };
    let mut grid = Vec::new();
    for (place, length) in LENGTHS.into_iter().enumerate() {
        let (own, cross) = (kernel(&runs, &runs, length), kernel(&runs, at, length));
        for ratio in [0.0].into_iter().chain(RATIOS).filter(|ratio| *ratio > 0.0 || place == 0) {
            let mut v = &own * (ratio * ratio);
            (0..n).for_each(|i| v[(i, i)] += 1.0);
            let chol = Cholesky::new(v)?;
            let solve = |b: &DMatrix<f64>| chol.l().solve_lower_triangular(b);
            let (j, y) = (solve(&basis)?, solve(&DMatrix::from_column_slice(n, 1, y.as_slice()))?);
            let qr = j.clone().qr();
            let (q, r) = (qr.q(), qr.r());
            let explained = q.tr_mul(&y);
            let squares = (&y - &q * &explained).norm_squared();
            let freedom = (n - p) as f64;
            let ln = |m: &DMatrix<f64>| m.diagonal().iter().map(|x| 2.0 * x.abs().ln()).sum::<f64>();
            let weight = -0.5 * (freedom * (squares / freedom).ln() + ln(&chol.l()) + ln(&r));
            let prior: f64 = if ratio == 0.0 { 0.5 } else { 0.5 / 18.0 };
            let change = r.solve_upper_triangular(&explained)?;
            let g = solve(&(&cross * (ratio * ratio)))?;
            let shift = &there * &change + g.tr_mul(&(&y - &j * &change));
            let each = (0..at.len()).map(|k| {
                let variance = ratio * ratio - g.column(k).norm_squared();
                [shift[k], squares / freedom * variance.max(0.0)]
            });
            grid.push((weight + prior.ln(), each.collect::<Vec<_>>()));
        }
    }
    let most = grid.iter().map(|(weight, _)| *weight).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = grid.iter().map(|(weight, _)| (weight - most).exp()).sum();
    let mean = |k: usize, of: &dyn Fn([f64; 2]) -> f64| {
        grid.iter().map(|(weight, each)| (weight - most).exp() / total * of(each[k])).sum::<f64>()
    };
    let one = |k: usize| {
        let shift = mean(k, &|[shift, _]| shift);
        [shift, mean(k, &|[own, variance]| variance + (own - shift).powi(2)).sqrt()]
    };
    Some((0..at.len()).map(one).collect())
}
