//! Forecasts by one law of annealing, and how far the other laws are from them.

use nalgebra::DMatrix;

use super::Annealing;
use super::curve::Curve;
use super::family::{Family, Shape, Told};

/// Forecasts by one law.
pub(super) struct Found {
    pub(super) shape: Shape,
    /// How sure the shape is.
    pub(super) sure: DMatrix<f64>,
    /// Of each curve, with how far the other laws are from it in its error.
    pub(super) told: Vec<Told>,
    /// How far they are: the root of the mean square, each law counting by how likely the losses of one run are under it, as runs of
    /// one schedule share what a law has wrong.
    pub(super) apart: Vec<f64>,
}

impl Found {
    pub(super) fn of(curves: &[Curve], annealing: Option<Annealing>, unit: f64) -> Self {
        let under = |annealing: Option<Annealing>| {
            let family = Family::of(curves, annealing, unit);
            let (shape, sure) = family.shape();
            let ln_evidence = family.ln_evidence(shape, &sure);
            (family.forecasts(shape, &sure), shape, sure, ln_evidence)
        };
        let (mut told, shape, sure, ln_evidence) = under(annealing);
        let others = Annealing::ALL.into_iter().filter(|law| annealing.is_some_and(|own| own != *law));
        let others: Vec<_> = others.map(|law| under(Some(law))).collect();
        let weight = |ln: f64| ((ln - ln_evidence) / curves.len() as f64).min(700.0).exp();
        let all: f64 = 1.0 + others.iter().map(|(_, _, _, ln)| weight(*ln)).sum::<f64>();
        let apart = |k: usize| {
            let square = |(told_by, _, _, ln): &(Vec<Told>, Shape, DMatrix<f64>, f64)| {
                weight(*ln) / all * (told_by[k].loss - told[k].loss).powi(2)
            };
            others.iter().map(square).filter(|square| square.is_finite()).sum::<f64>().sqrt()
        };
        let apart: Vec<f64> = (0..told.len()).map(apart).collect();
        told.iter_mut().zip(&apart).for_each(|(told, apart)| told.error = told.error.hypot(*apart));
        Self { shape, sure, told, apart }
    }

    /// The forecast of one of the curves from its own rows alone.
    pub(super) fn alone(
        &self,
        (place, curve): (usize, &Curve),
        annealing: Option<Annealing>,
        unit: f64,
    ) -> Told {
        let family = Family::of(std::slice::from_ref(curve), annealing, unit);
        let told = family.forecasts(self.shape, &self.sure)[0];
        Told { error: told.error.hypot(self.apart[place]), ..told }
    }
}
