//! Whether the runs depart from the law by more than they scatter.

use std::borrow::Cow;
use std::iter;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;

use super::axes::{Axes, Axis};
use super::shared_noise::whiten;
use super::tangent::{By, Tangent};
use super::{Fit, Warning, warning};
use crate::Observations;
use crate::numeric::statistics::quantiles;
use crate::objective::Residual;

/// Residuals are clipped at so many robust standard deviations.
const CLIPPED: f64 = 4.0;
/// The standard deviation of normal numbers over their median absolute deviation.
const NORMAL: f64 = 1.4826;
/// Directions whose singular value is below this share of the largest add nothing.
const RANK: f64 = 1e-9;
/// Above so many rows departures are looked for on rows evenly spread over all.
const MOST_ROWS: usize = 10_000;
/// Variances that runs of a cluster may share, over those that they do not.
const SHARED: [f64; 8] = [0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 16.0];
/// What the law does not read tells nothing new where no more of its spread is left beside what is read, or where it spreads by no more.
const TOLD: f64 = 0.1;
const VARIES: f64 = 1e-6;
/// A departure is more than scatter below this p.
const SURE: f64 = 1e-3;
/// It is not denied below this p.
const LIKELY: f64 = 0.05;

/// How well a law fits, and whether the runs depart from it by more than they scatter.
///
/// An F test. The residuals of ln L, clipped at 4 × 1.4826 times their median absolute deviation, are regressed on J, the derivatives of ln L̂
/// at the optimum, and then on squares and products of the logarithms of what the law reads as well, these about their means. Where runs
/// were pruned, ln(N_final/N₀) and its square are added too. So are what the law does not read of N, D and different tokens, and ln(N̄/N₀), if
/// they are no smooth function of what it reads. Rows of a run are averaged first, because they are not independent, and runs
/// of a cluster are made independent of what they share. A prior is one more row: what it pulls the law off the runs is a departure. Above 10,000 rows, some that are
/// evenly spread stand for all.
///
/// ```
/// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
/// let sweep = Sweep::from_csv_path("data/chinchilla.csv")?;
/// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
/// assert!(fit.lack_of_fit().unwrap().p < 1e-12);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LackOfFit {
    /// Root mean square over the runs of what the added columns explain, in ln L.
    pub departure: f64,
    /// Probability of an F as large where the law holds.
    pub p: f64,
    /// Columns added.
    pub terms: usize,
    /// Degrees of freedom that are left.
    pub freedom: usize,
}

impl LackOfFit {
    /// Whether p is below .001.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.p < SURE
    }

    /// Whether p is below .05: a departure that is not to be denied.
    #[must_use]
    pub fn is_likely(&self) -> bool {
        self.p < LIKELY
    }
}

/// What residuals are regressed on.
struct Regression {
    /// The derivatives of the law, and then what is added.
    all: DMatrix<f64>,
    /// Residuals, one a run, and behind them one a prior.
    y: DVector<f64>,
    runs: usize,
    shared: usize,
    /// Squares and products, and columns of density behind them.
    added: usize,
    density: usize,
}

/// The test, and what only the bend asks of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tested {
    pub(crate) whole: LackOfFit,
    /// Whether density explains what the other columns do not.
    pub(crate) by_density: bool,
}

impl Fit {
    /// The test of fit; none where too few runs are left for it, or the optimum is not one of all parameters: not proven, not identified, or without a
    /// residual.
    #[must_use]
    pub fn lack_of_fit(&self) -> Option<LackOfFit> {
        self.tested().map(|tested| tested.whole)
    }

    /// The warning of a sure departure.
    pub(crate) fn departs(&self, test: Option<LackOfFit>) -> Option<Warning> {
        let LackOfFit { departure, p, .. } = test.filter(LackOfFit::is_sure)?;
        Some(Warning::LackOfFit { departure, p, laws: warning::richer(self) })
    }

    pub(crate) fn tested(&self) -> Option<Tested> {
        if !self.has_departures() {
            return None;
        }
        let Regression { all, y, runs, shared, added, density } = self.regression(&[])?;
        let law = left_over(&all.columns(0, shared).into_owned(), &y);
        let bent = left_over(&all.columns(0, shared + added).into_owned(), &y);
        let whole = left_over(&all, &y);
        let (p, terms, freedom) = f_test(law, whole, y.len())?;
        let departure = ((law.0 - whole.0).max(0.0) / runs as f64).sqrt();
        let by_density = density > 0 && {
            let dense = left_over(&all.columns(0, shared + added + density).into_owned(), &y);
            f_test(bent, dense, y.len()).is_some_and(|(p, ..)| p < SURE)
        };
        Some(Tested { whole: LackOfFit { departure, p, terms, freedom }, by_density })
    }

    /// p of columns that are added to all that the test looks at, and the share that they explain of what that leaves.
    pub(super) fn explained_by(&self, more: &[Vec<f64>]) -> Option<(f64, f64)> {
        let Regression { all, y, .. } = self.regression(more)?;
        let without = left_over(&all.columns(0, all.ncols() - more.len()).into_owned(), &y);
        let with = left_over(&all, &y);
        let (p, ..) = f_test(without, with, y.len())?;
        Some((p, 1.0 - with.0 / without.0))
    }

    /// The columns of the test, and `more` behind them.
    fn regression(&self, more: &[Vec<f64>]) -> Option<Regression> {
        let axes = Axes::of(self);
        let rows = &*self.seen();
        let columns = self.law().spec().columns(rows).ok()?;
        let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let tangent = Tangent::new(self).ok()?;
        let (_, jacobian) = tangent.at(self, &inputs);
        let residuals = self.residuals_of(rows, Residual::LnLoss).ok()?;
        let mut read = axes.columns(rows).ok()?;
        let added = squares_and_products(&read);
        let of_density = axes.clone().with_density(rows).and_then(|axes| axes.columns(rows).ok());
        let density = of_density.and_then(|mut columns| columns.pop()).map_or_else(Vec::new, |density| {
            let square = density.iter().map(|x| x * x).collect();
            vec![density, square]
        });
        read.extend(density.first().cloned());
        let further = further(&axes, rows, read);
        let mut y = residuals;
        clip(&mut y);
        let shared = jacobian.ncols();
        let with_density = shared + added.len() + density.len();
        let mut all = jacobian.resize_horizontally(with_density + further.len() + more.len(), 0.0);
        for (place, column) in added.iter().chain(&density).chain(&further).chain(more).enumerate() {
            all.column_mut(shared + place).copy_from_slice(column);
        }
        let (all, y, mut clusters) = by_run(rows, &all, &y);
        let runs = y.len();
        let (mut all, mut y) = tangent.with_priors(self, all, y, By::Rows(runs));
        clusters.extend((runs..y.len()).map(|row| vec![row]));
        if !all.iter().chain(&y).all(|x| x.is_finite()) {
            return None;
        }
        if clusters.len() < y.len() {
            (all, y) = apart(&all, &y, &clusters);
        }
        Some(Regression { all, y, runs, shared, added: added.len(), density: density.len() })
    }

    /// Whether it makes sense to ask how the runs depart from the optimum.
    pub(crate) fn has_departures(&self) -> bool {
        self.termination.is_converged()
            && self.unidentified.iter().all(|u| u.limit.is_some())
            && !self.is_perfect()
    }

    /// The rows in which departures are looked for: of many, some that are evenly spread.
    pub(crate) fn seen(&self) -> Cow<'_, Observations> {
        match self.rows.len().div_ceil(MOST_ROWS) {
            0 | 1 => Cow::Borrowed(&self.rows),
            stride => Cow::Owned(self.rows.subset(|row| row.is_multiple_of(stride))),
        }
    }
}

/// Runs of one cluster made independent, what they share being as the restricted likelihood has it.
fn apart(columns: &DMatrix<f64>, y: &DVector<f64>, clusters: &[Vec<usize>]) -> (DMatrix<f64>, DVector<f64>) {
    let (n, roots) = (y.len(), vec![1.0; y.len()]);
    let whitened = |ratio: f64| {
        let mut columns = columns.clone();
        let mut target = DMatrix::from_column_slice(n, 1, y.as_slice());
        let ln_noise = whiten(&mut columns, ratio, clusters, &roots);
        whiten(&mut target, ratio, clusters, &roots);
        (columns, target.column(0).into_owned(), ln_noise)
    };
    let likelihood = |ratio: f64| {
        let (columns, target, ln_noise) = whitened(ratio);
        let (squares, rank) = left_over(&columns, &target);
        let freedom = n.saturating_sub(rank) as f64;
        // ln |XᵀV⁻¹X| but for what no ratio changes.
        let values = columns.singular_values();
        let ln_columns: f64 = values.iter().take(rank).map(|value| 2.0 * value.ln()).sum();
        -0.5 * (freedom * (squares / freedom).ln() + ln_noise + ln_columns)
    };
    let best = SHARED.into_iter().max_by(|a, b| likelihood(*a).total_cmp(&likelihood(*b))).unwrap_or(0.0);
    let (columns, target, _) = whitened(best);
    (columns, target)
}

/// Rows times the root of their weights, those of one run averaged; and the runs of each cluster.
fn by_run(
    of: &Observations,
    columns: &DMatrix<f64>,
    y: &[f64],
) -> (DMatrix<f64>, DVector<f64>, Vec<Vec<usize>>) {
    let runs: Vec<_> = of.by_run().map(|(_, rows)| rows).collect();
    // Only ratios of weights count: their mean is put at 1.
    let mean = of.mean_weight();
    let weight = |row: usize| of.weight().map_or(1.0, |weight| weight[row] / mean);
    let mut averaged = DMatrix::zeros(runs.len(), columns.ncols());
    let mut target = DVector::zeros(runs.len());
    let (cluster, count) = of.clusters();
    let mut clusters = vec![Vec::new(); count];
    for (run, rows) in runs.into_iter().enumerate() {
        clusters[cluster[rows.start] as usize].push(run);
        let (count, total) = (rows.len() as f64, rows.clone().map(weight).sum::<f64>());
        // The mean by weight, times the root of the mean weight.
        let scale = (total / count).sqrt() / total;
        for row in rows {
            let part = scale * weight(row);
            target[run] += part * y[row];
            for (sum, value) in averaged.row_mut(run).iter_mut().zip(columns.row(row).iter()) {
                *sum += part * value;
            }
        }
    }
    (averaged, target, clusters)
}

/// Clips residuals at [`CLIPPED`] robust standard deviations; not at all where more than half are alike.
pub(crate) fn clip(residuals: &mut [f64]) {
    let [middle] = quantiles(&mut residuals.to_vec(), [0.5]);
    let mut sizes: Vec<f64> = residuals.iter().map(|r| (r - middle).abs()).collect();
    let most = CLIPPED * NORMAL * quantiles(&mut sizes, [0.5])[0];
    if most > 0.0 {
        residuals.iter_mut().for_each(|r| *r = r.clamp(-most, most));
    }
}

/// Squares and products of columns about their means.
fn squares_and_products(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let centred: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| {
            let mean = column.iter().sum::<f64>() / column.len().max(1) as f64;
            column.iter().map(|x| x - mean).collect()
        })
        .collect();
    let product = |i: usize, j: usize| centred[i].iter().zip(&centred[j]).map(|(a, b)| a * b).collect();
    (0..columns.len())
        .flat_map(|i| (i..columns.len()).map(move |j| (i, j)))
        .map(|(i, j)| product(i, j))
        .collect()
}

/// What the rows say and the law does not read of sizes, tokens and windows of pruning: what is no smooth function of what it reads, `known`, and the square
/// of that.
fn further(axes: &Axes, rows: &Observations, mut known: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let ln = |values: &[f64]| values.iter().map(|x| x.ln()).collect::<Vec<f64>>();
    let unread = [
        (Axis::Params, Some(rows.params())),
        (Axis::Tokens, Some(rows.tokens())),
        (Axis::UniqueTokens, rows.unique_tokens()),
    ];
    let unread =
        unread.into_iter().filter(|(axis, _)| !axes.0.contains(axis)).filter_map(|(_, of)| of.map(ln));
    let windows = (!rows.is_dense()).then(|| {
        let counts = rows.average_params().iter().zip(rows.initial_params());
        counts.map(|(average, initial)| (average / initial).ln()).collect()
    });
    let mut found = Vec::new();
    for column in unread.chain(windows) {
        let Some(untold) = untold(&known, &column) else { continue };
        found.push(untold.iter().map(|x| x * x).collect());
        found.push(untold);
        known.push(column);
    }
    found
}

/// What known columns, their squares and a constant leave of a column, if that is more than [`TOLD`] of its spread and all is finite.
fn untold(known: &[Vec<f64>], column: &[f64]) -> Option<Vec<f64>> {
    if !column.iter().chain(known.iter().flatten()).all(|x| x.is_finite()) {
        return None;
    }
    let about_mean = |column: &[f64]| {
        let mean = column.iter().sum::<f64>() / column.len().max(1) as f64;
        column.iter().map(|x| x - mean).collect::<Vec<f64>>()
    };
    let centred: Vec<Vec<f64>> = known.iter().map(|column| about_mean(column)).collect();
    let squares = centred.iter().map(|column| column.iter().map(|x| x * x).collect());
    let columns: Vec<Vec<f64>> =
        iter::once(vec![1.0; column.len()]).chain(squares).chain(centred.clone()).collect();
    let matrix = DMatrix::from_fn(column.len(), columns.len(), |row, k| columns[k][row]);
    let own = DVector::from_vec(about_mean(column));
    let (basis, _) = basis(&matrix, RANK);
    let explained = basis.tr_mul(&own);
    let left = &own - basis * explained;
    let most = (TOLD * own.norm()).max(VARIES);
    (left.norm() > most).then(|| left.as_slice().to_vec())
}

/// Sum of squares of what columns leave of y, and their rank.
pub(super) fn left_over(columns: &DMatrix<f64>, y: &DVector<f64>) -> (f64, usize) {
    if columns.ncols() == 0 {
        return (y.norm_squared(), 0);
    }
    let (basis, rank) = basis(columns, RANK);
    let explained = basis.tr_mul(y);
    ((y - basis * explained).norm_squared(), rank)
}

/// An orthonormal basis of what columns span, singular values below a share of the largest left out, and its rank.
fn basis(columns: &DMatrix<f64>, share: f64) -> (DMatrix<f64>, usize) {
    let mut scaled = columns.clone();
    for mut column in scaled.column_iter_mut() {
        let length = column.norm();
        if length > 0.0 {
            column /= length;
        }
    }
    if scaled.nrows() < scaled.ncols() {
        let svd = scaled.svd(true, false);
        return leading(&DMatrix::identity(columns.nrows(), columns.nrows()), svd, share);
    }
    let qr = scaled.qr();
    leading(&qr.q(), qr.r().svd(true, false), share)
}

fn leading(
    q: &DMatrix<f64>,
    svd: nalgebra::SVD<f64, nalgebra::Dyn, nalgebra::Dyn>,
    share: f64,
) -> (DMatrix<f64>, usize) {
    let largest = svd.singular_values.max();
    let kept: Vec<usize> =
        (0..svd.singular_values.len()).filter(|k| svd.singular_values[*k] > share * largest).collect();
    let rank = kept.len();
    let u = svd.u.map_or_else(|| DMatrix::zeros(q.ncols(), 0), |u| u.select_columns(&kept));
    (q * u, rank)
}

/// p of F, its degrees of freedom, of (sum of squares, rank) without and with more columns; none where nothing is added or
/// left.
fn f_test(without: (f64, usize), with: (f64, usize), n: usize) -> Option<(f64, usize, usize)> {
    let terms = with.1.checked_sub(without.1).filter(|terms| *terms > 0)?;
    let freedom = n.checked_sub(with.1).filter(|freedom| *freedom > 0)?;
    let (d1, d2) = (terms as f64, freedom as f64);
    let f = (without.0 - with.0).max(0.0) / d1 / (with.0 / d2);
    // The tail of F as that of a beta distribution, which keeps small probabilities.
    let p = if f.is_finite() { beta_reg(0.5 * d2, 0.5 * d1, d2 / (d2 + d1 * f)) } else { 0.0 };
    Some((p, terms, freedom))
}
