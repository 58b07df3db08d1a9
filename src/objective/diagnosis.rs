//! What a fit can be told about itself at its optimum.

use std::borrow::Cow;

use nalgebra::{DMatrix, SymmetricEigen};

use super::Objective;
use crate::kernel::measure::Measure;
use crate::law::Scale;

/// An effect on all rows together below this share of the largest is none.
const NO_EFFECT: f64 = 1e-9;
/// Rows that a diagnosis looks at.
const MOST_LOOKED_AT: usize = 50_000;

/// What the rows say about the parameters at a point.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Diagnosis {
    /// Residuals within δ, and priors.
    pub(crate) inside: usize,
    /// Least eigenvalue of JᵀJ, its columns scaled to length 1: 1 when the parameters act independently, 0 when
    /// some combination of them changes no prediction. Idle parameters are left out.
    pub(crate) overlap: f64,
    /// Free parameters that change no prediction at this point.
    pub(crate) idle: Vec<usize>,
    /// The combination that changes the predictions least, one entry a free parameter, of length 1.
    pub(crate) direction: Vec<f64>,
}

/// Least eigenvalue of the scaled JᵀJ and its eigenvector, and the parameters that are left out because they do nothing.
fn overlap(columns: &[&[f64]], units: &[f64]) -> (f64, Vec<f64>, Vec<usize>) {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lengths: Vec<f64> = columns.iter().map(|c| product(c, c).sqrt()).collect();
    let effect = |j: usize| lengths[j] * units[j];
    let longest = (0..columns.len()).map(effect).fold(0.0, f64::max);
    let (alive, idle): (Vec<usize>, Vec<usize>) =
        (0..columns.len()).partition(|j| effect(*j) > NO_EFFECT * longest);
    let entry = |i: usize, j: usize| {
        let (i, j) = (alive[i], alive[j]);
        product(columns[i], columns[j]) / (lengths[i] * lengths[j])
    };
    let matrix = DMatrix::from_fn(alive.len(), alive.len(), entry);
    let mut direction = vec![0.0; columns.len()];
    if alive.is_empty() || matrix.iter().any(|x| !x.is_finite()) {
        return (0.0, direction, idle);
    }
    let eigen = SymmetricEigen::new(matrix);
    let least = eigen.eigenvalues.imin();
    for (place, &j) in alive.iter().enumerate() {
        direction[j] = eigen.eigenvectors[(place, least)];
    }
    (eigen.eigenvalues[least].max(0.0), direction, idle)
}

/// Takes off each exponent's column the multiple of one coefficient's that leaves the least of it: what centring its input
/// does to a sum of powers, on whose own scale a coefficient and its exponent always look alike.
fn centre_slopes(jacobian: &mut [f64], size: usize, is_log: impl Fn(usize) -> bool) {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let count = jacobian.len() / size.max(1);
    for j in (0..count).filter(|j| !is_log(*j)) {
        let (own, taken) = {
            let column = |j: usize| &jacobian[j * size..][..size];
            let part = |k: usize| {
                let along = product(column(j), column(k));
                (along * along / product(column(k), column(k)), k, along / product(column(k), column(k)))
            };
            let most = (0..count).filter(|k| is_log(*k)).map(part).filter(|p| p.0.is_finite());
            let Some((_, k, factor)) = most.max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            let taken: Vec<f64> = column(k).iter().map(|x| factor * x).collect();
            (j, taken)
        };
        for (x, taken) in jacobian[own * size..][..size].iter_mut().zip(taken) {
            *x -= taken;
        }
    }
}

impl Objective {
    /// Number of residuals within δ, and how the parameters' effects on ln L̂ and priors overlap; of every k-th row where
    /// there are very many.
    pub(crate) fn diagnose(&self, theta: &[f64]) -> Diagnosis {
        let some = self.share(self.rows.len.div_ceil(MOST_LOOKED_AT).max(1));
        let (len, size) = (some.rows.len, some.rows.target.len());
        let (residuals, jacobian) = some.linearised(theta);
        let within = residuals[..len].iter().filter(|r| r.abs() <= self.measure.delta).count();
        // A prior is a row that its parameter alone moves.
        let priors = some.prior_information(theta);
        let row =
            |j: usize| priors.iter().map(move |(free, firm)| if *free == j { firm.sqrt() } else { 0.0 });
        let with_priors =
            |(j, column): (usize, &[f64])| column.iter().copied().chain(row(j)).collect::<Vec<_>>();
        let whole_size = size + priors.len();
        // Of very many rows a copy would be much.
        let mut jacobian: Vec<f64> = match priors.is_empty() {
            true => jacobian,
            false => jacobian.chunks(size).enumerate().flat_map(with_priors).collect(),
        };
        if self.terms().is_none() || self.coordinates.has_priors() {
            let (law, free) = (self.coordinates.law().spec(), self.coordinates.free());
            centre_slopes(&mut jacobian, whole_size, |a| law.parameters[free[a]].scale == Scale::Log);
        }
        let columns: Vec<Cow<'_, [f64]>> = match priors.is_empty() {
            true => jacobian.chunks(size).map(|column| Cow::Borrowed(&column[..len])).collect(),
            false => jacobian
                .chunks(whole_size)
                .map(|column| Cow::Owned([&column[..len], &column[size..]].concat()))
                .collect(),
        };
        let columns: Vec<&[f64]> = columns.iter().map(AsRef::as_ref).collect();
        let (overlap, direction, idle) = overlap(&columns, &self.coordinates.free_units());
        Diagnosis { inside: within + priors.len(), overlap, direction, idle }
    }

    /// w |ρ'| of each row times the root of its leverage, `jᵀ (JᵀJ)⁻¹ j` for its row j of J: how hard it pulls at the
    /// parameters.
    pub(crate) fn pulls(&self, theta: &[f64]) -> Vec<f64> {
        let (residuals, jacobian) = self.linearised(theta);
        let jacobian = DMatrix::from_vec(residuals.len(), self.parameters(), jacobian);
        let cross = jacobian.rows(0, self.rows.len).tr_mul(&jacobian.rows(0, self.rows.len));
        let Ok(inverse) = cross.pseudo_inverse(0.0) else { return vec![0.0; self.rows.len] };
        let leverage = |i: usize| (jacobian.row(i) * &inverse * jacobian.row(i).transpose())[0].max(0.0);
        let Measure { delta, below, .. } = self.measure;
        let weight = |i: usize| self.rows.weight[i] * if residuals[i] < 0.0 { below } else { 1.0 };
        let slope = |i: usize| weight(i) * residuals[i].clamp(-delta, delta).abs();
        (0..self.rows.len).map(|i| slope(i) * leverage(i).sqrt()).collect()
    }

    /// Largest share of L̂ that the terms of each coefficient have on any row, or on every k-th where there are very
    /// many, in the order of the law's parameters; none for laws that are no sum of powers.
    pub(crate) fn largest_shares(&self, theta: &[f64]) -> Vec<f64> {
        let Some(terms) = self.terms() else { return Vec::new() };
        let theta = self.coordinates.free_to_centred(theta);
        let mut largest = vec![0.0f64; self.coordinates.len()];
        let mut shares = largest.clone();
        let mut exponents = vec![0.0; terms.len()];
        for row in (0..self.rows.len).step_by(self.rows.len.div_ceil(MOST_LOOKED_AT)) {
            for (exponent, term) in exponents.iter_mut().zip(terms) {
                let slopes =
                    term.factors.iter().map(|&(column, p)| self.rows.columns[column][row] * theta[p]);
                let offset = term.offset.map_or(0.0, |column| self.rows.columns[column][row]);
                *exponent = theta[term.coefficient] + offset + slopes.sum::<f64>();
            }
            let top = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = exponents.iter().map(|e| (e - top).exp()).sum();
            shares.fill(0.0);
            for (term, exponent) in terms.iter().zip(&exponents) {
                shares[term.coefficient] += (exponent - top).exp() / total;
            }
            for (largest, share) in largest.iter_mut().zip(&shares) {
                *largest = largest.max(*share);
            }
        }
        largest
    }
}
