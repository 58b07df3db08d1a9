//! What the law can do near the optimum: J, the derivatives of ln L̂ in what was fitted.

use nalgebra::{DMatrix, DVector};

use super::Fit;
use crate::Result;
use crate::objective::{Role, evaluate};

/// The derivatives of ln L̂ at the optimum, in the fitted parameters that are neither fixed nor held, nor at a bound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tangent {
    /// The optimum, on the fitted scale.
    theta: Vec<f64>,
    /// The column of J that each parameter moves; none for what does not move.
    column: Vec<Option<usize>>,
    columns: usize,
}

impl Tangent {
    pub(crate) fn new(fit: &Fit) -> Result<Self> {
        let coordinates = fit.problem()?.coordinates;
        let theta = coordinates.natural_to_fitted(&fit.parameters);
        let is_free = |place: usize| {
            coordinates.roles()[place] == Role::Free && coordinates.at_bound(place, theta[place]).is_none()
        };
        let free: Vec<usize> = (0..theta.len()).filter(|place| is_free(*place)).collect();
        let place = |place: usize| free.iter().position(|own| *own == place);
        let column = (0..theta.len()).map(|own| match coordinates.roles()[own] {
            Role::Tied(to) => place(to),
            _ => place(own),
        });
        Ok(Self { column: column.collect(), columns: free.len(), theta })
    }

    /// ln L̂ and J at rows of what the law reads.
    pub(crate) fn at(&self, fit: &Fit, inputs: &[&[f64]]) -> (Vec<f64>, DMatrix<f64>) {
        let rows = inputs.first().map_or(0, |column| column.len());
        let (mut ln_loss, mut jacobian) = (vec![0.0; rows], vec![0.0; rows * self.theta.len()]);
        evaluate(fit.law(), &self.theta, inputs, false, (&mut ln_loss, &mut jacobian));
        let mut own = DMatrix::zeros(rows, self.columns);
        for (column, derivatives) in self.column.iter().zip(jacobian.chunks(rows.max(1))) {
            let Some(column) = column else { continue };
            own.column_mut(*column).iter_mut().zip(derivatives).for_each(|(sum, slope)| *sum += slope);
        }
        (ln_loss, own)
    }

    /// A change of the columns of J as one of every parameter: tied ones move alike, and what is fixed does not.
    pub(crate) fn spread(&self, moved: &DVector<f64>) -> Vec<f64> {
        self.column.iter().map(|column| column.map_or(0.0, |column| moved[column])).collect()
    }

    /// The optimum, on the fitted scale.
    pub(crate) fn theta(&self) -> &[f64] {
        &self.theta
    }
}
