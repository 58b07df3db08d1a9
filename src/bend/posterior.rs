//! The posterior at each point of the grid.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::features::Features;
use super::{LENGTHS, RATIOS, SHARED};
use crate::fit::whiten;

/// One ℓ and one v.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub(super) features: Features,
    /// What J on the rows is multiplied by, from the right, to be orthonormal once rows are independent: R⁻¹ of its factor.
    pub(super) inverse: DMatrix<f64>,
    /// Qᵀ F: the part of the features that J could have done.
    pub(super) overlap: DMatrix<f64>,
    /// Qᵀ y: what J alone explains.
    pub(super) explained: DVector<f64>,
}

/// What a family is at a point.
pub(super) struct Seen {
    /// J in the basis Q.
    slopes: DVector<f64>,
    features: DVector<f64>,
    /// The features less what J could have done of them.
    apart: DVector<f64>,
}

/// One point of the grid.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) family: usize,
    /// ln of prior times likelihood first, and then the posterior weight.
    pub(super) weight: f64,
    pub(super) variance: f64,
    /// None for r = 0.
    pub(super) bent: Option<Bent>,
}

/// The features' coefficients a, of prior variance r² σ².
#[derive(Debug, Clone)]
pub(super) struct Bent {
    pub(super) ratio: f64,
    pub(super) mean: DVector<f64>,
    /// Of 1/r² + F'F with J fitted beside, and with J known: the inverse covariances of a over σ².
    pub(super) beside: Cholesky<f64, Dyn>,
    known: Cholesky<f64, Dyn>,
}

impl Family {
    pub(super) fn at(&self, slopes: &DVector<f64>, x: &[f64]) -> Seen {
        let slopes = self.inverse.tr_mul(slopes);
        let features = self.features.at(x);
        let apart = &features - self.overlap.tr_mul(&slopes);
        Seen { slopes, features, apart }
    }
}

impl Component {
    /// Weight, shift and variance at a point.
    pub(super) fn at(&self, families: &[Family], seen: &[Seen]) -> (f64, f64, f64) {
        let (family, seen) = (&families[self.family], &seen[self.family]);
        let by_law = seen.slopes.dot(&family.explained);
        let Some(bent) = &self.bent else { return (self.weight, by_law, 0.0) };
        let shift = by_law + seen.apart.dot(&bent.mean);
        let told = seen.features.dot(&bent.known.solve(&seen.features));
        let untold = bent.ratio.powi(2) * (1.0 - seen.features.norm_squared()).max(0.0);
        (self.weight, shift, self.variance * (told + untold))
    }
}

/// What J explains of the residuals under one noise: `J = Q R` once rows are independent.
pub(super) struct ByLaw {
    q: DMatrix<f64>,
    inverse: DMatrix<f64>,
    explained: DVector<f64>,
    left: DVector<f64>,
    freedom: f64,
    /// ln of the determinants of the noise and of R'R.
    ln_noise: f64,
}

/// What makes rows independent.
pub(super) struct Noise<'a> {
    shared: f64,
    groups: &'a [Vec<usize>],
    roots: &'a [f64],
    /// How many there are.
    of: f64,
}

impl<'a> Noise<'a> {
    pub(super) fn new(shared: f64, groups: &'a [Vec<usize>], roots: &'a [f64]) -> Self {
        let of = if groups.len() < roots.len() { SHARED.len() as f64 } else { 1.0 };
        Self { shared, groups, roots, of }
    }

    fn whiten(&self, columns: &mut DMatrix<f64>) -> f64 {
        whiten(columns, self.shared, self.groups, self.roots)
    }

    /// What J alone explains of y. None where J has no full rank.
    pub(super) fn by_law(&self, basis: &DMatrix<f64>, y: &[f64]) -> Option<ByLaw> {
        let (n, p) = basis.shape();
        let mut y = DMatrix::from_column_slice(n, 1, y);
        self.whiten(&mut y);
        let y = y.column(0).into_owned();
        let mut basis = basis.clone();
        let ln_noise = self.whiten(&mut basis);
        let qr = basis.qr();
        let (q, r) = (qr.q(), qr.r());
        let ln_law: f64 = r.diagonal().iter().map(|x| x.abs().ln()).sum();
        let inverse = r.try_inverse()?;
        let explained = q.tr_mul(&y);
        let left = &y - &q * &explained;
        let freedom = (n - p) as f64;
        Some(ByLaw { q, inverse, explained, left, freedom, ln_noise: ln_noise + 2.0 * ln_law })
    }

    /// The grid's points of this noise and one length: those of the first length hold the one without a bend.
    pub(super) fn explain(
        &self,
        by_law: &ByLaw,
        (length, (features, rows)): (usize, &(Features, DMatrix<f64>)),
    ) -> (Family, Vec<Component>) {
        let ByLaw { q, left, freedom, .. } = by_law;
        let (squares, freedom) = (left.norm_squared(), *freedom);
        let likelihood = |squares: f64, ln_bend: f64| {
            -0.5 * (freedom * (squares / freedom).ln() + by_law.ln_noise + ln_bend)
        };
        let prior = |share: f64| (share / self.of).ln();
        let mut rows = rows.clone();
        self.whiten(&mut rows);
        let overlap = q.tr_mul(&rows);
        let whole = rows.tr_mul(&rows);
        let apart = &whole - overlap.tr_mul(&overlap);
        let along = rows.tr_mul(left);
        let mut components = Vec::new();
        if length == 0 {
            let weight = likelihood(squares, 0.0) + prior(0.5);
            components.push(Component { family: 0, weight, variance: squares / freedom, bent: None });
        }
        for ratio in RATIOS {
            let inverse_covariance = |mut gram: DMatrix<f64>| {
                gram.iter_mut().step_by(along.len() + 1).for_each(|x| *x += ratio.powi(-2));
                Cholesky::new(gram)
            };
            let covariances = (inverse_covariance(apart.clone()), inverse_covariance(whole.clone()));
            let (Some(beside), Some(known)) = covariances else { continue };
            let mean = beside.solve(&along);
            let squares = squares - along.dot(&mean);
            // |1 + r² G| of the m features from |1/r² + G|.
            let ln_bend: f64 = beside.l_dirty().diagonal().iter().map(|x| 2.0 * x.ln()).sum();
            let ln_bend = ln_bend + 2.0 * along.len() as f64 * ratio.ln();
            let share = 0.5 / (LENGTHS.len() * RATIOS.len()) as f64;
            components.push(Component {
                family: 0,
                weight: likelihood(squares, ln_bend) + prior(share),
                variance: squares / freedom,
                bent: Some(Bent { ratio, mean, beside, known }),
            });
        }
        let (inverse, explained) = (by_law.inverse.clone(), by_law.explained.clone());
        (Family { features: features.clone(), inverse, overlap, explained }, components)
    }
}
